"""What the worksheets are about: for each topic three levels, and how a candidate for each is drawn.

A candidate is a problem as plain data (what `mark` reads), its numbers drawn at random from those that calculate well.
Whether its results do is found out by the search; here stands only what may be drawn, and what must not happen: a
network whose units are all off teaches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet import optim

Random = np.random.Generator
Plain = dict[str, Any]
Draw = Callable[[Random], Plain]


@dataclass(frozen=True)
class Level:
    """One exercise of a topic: its task (a key of the sentences), how it is drawn, digits that every result may have.

    `alive` are quantities of which not all entries may be 0.
    """

    task: str
    draw: Draw
    digits: float = 5.0
    alive: tuple[str, ...] = ()


def tenths(rng: Random, low: float, high: float, shape: Any = None, step: float = 0.1, zero: bool = False) -> Any:
    """Multiples of a step between two numbers, as plain numbers; 0 only where it may be."""
    count = round((high - low) / step)

    def one() -> float:
        while True:
            value = plain(low + step * int(rng.integers(0, count + 1)))
            if value or zero:
                return value

    if shape is None:
        return one()
    if isinstance(shape, int):
        return [one() for _ in range(shape)]
    rows, columns = shape
    return [[one() for _ in range(columns)] for _ in range(rows)]


def plain(value: float) -> float:
    """A number as it is written by hand: 2, not 2.0, and no digits of the machine's own.

    >>> plain(2.0), plain(0.1 + 0.2)
    (2, 0.3)
    """
    value = round(float(value), 6)
    return int(value) if value == int(value) else value


def chosen(rng: Random, *of: Any) -> Any:
    """One of these."""
    return of[int(rng.integers(len(of)))]


# ---- networks ------------------------------------------------------------------------------------------------------


def network(
    rng: Random,
    widths: tuple[int, ...],
    kinds: tuple[str, ...],
    *,
    ask: list[str],
    rows: int = 1,
    loss: str = "half_mse",
    rate: float = 0.1,
    step: float = 0.5,
    reach: float = 2,
) -> Plain:
    """Layers of these widths with weights that are multiples of a step, a sample, a loss, gradient descent."""
    layers = [
        {"activation": kind, "W": tenths(rng, -reach, reach, (a, b), step), "b": tenths(rng, -1, 1, b, step, zero=True)}
        for a, b, kind in zip(widths, widths[1:], kinds, strict=False)
    ]
    end = widths[-1]
    if kinds[-1] == "softmax":
        y = [[int(c == label) for c in range(end)] for label in rng.integers(0, end, rows)]
    else:
        y = (
            tenths(rng, 0, 1, (rows, end), 1, zero=True)
            if kinds[-1] == "sigmoid"
            else tenths(rng, -2, 2, (rows, end), 1)
        )
    return {
        "layers": layers,
        "sample": {"X": tenths(rng, -2, 2, (rows, widths[0]), 1, zero=rows > 1), "y": y},
        "loss": {"name": loss},
        "optimizer": {"name": "gradient_descent", "learning_rate": rate},
        "ask": ask,
    }


FORWARD = ["Z1", "A1", "Z2", "A2"]
DELTAS = ["dZ2", "dW2", "db2", "dZ1", "dW1", "db1"]
NEW = ["W1.new", "b1.new", "W2.new", "b2.new"]


def step_network(rng: Random) -> Plain:
    """XOR by a hidden layer: one line below (1, 0) and (0, 1), one above them, and what lies between the two."""
    scales, order = [chosen(rng, 0.5, 1, 2, 3) for _ in range(2)], [int(i) for i in rng.permutation(2)]
    thresholds = chosen(rng, 0.5, 0.6, 0.8, 1), chosen(rng, 1.2, 1.4, 1.5, 2)
    units = [(scales[i], plain(-scales[i] * thresholds[i])) for i in order]
    p = chosen(rng, 1, 2, 4)
    below, above = plain(p * chosen(rng, 0.25, 0.5, 1)), p + chosen(rng, 0, 1, 2)
    out = [[p], [-above]]
    return {
        "layers": [
            {"activation": "step", "W": [[w for w, _ in units]] * 2, "b": [b for _, b in units]},
            {"activation": "step", "W": [out[i] for i in order], "b": [-below]},
        ],
        "sample": {"X": [[0, 0], [0, 1], [1, 0], [1, 1]], "y": [[0], [1], [1], [0]]},
        "loss": {"name": "mse"},
        "ask": FORWARD,
    }


def truth_table(inputs: int) -> list[list[int]]:
    """All rows of zeros and ones, in the order in which numbers are counted."""
    return [[(n >> (inputs - 1 - i)) & 1 for i in range(inputs)] for n in range(2**inputs)]


def gate_of(outputs: tuple[int, ...]) -> str | None:
    """The name of a gate by the outputs of its truth table; None for a function without a name here.

    >>> gate_of((0, 0, 0, 1)), gate_of((0, 0, 0, 1, 0, 1, 1, 1)), gate_of((0, 0, 1, 1))
    ('AND', 'majority', None)
    """
    ones = [sum(row) for row in truth_table(len(outputs).bit_length() - 1)]
    most = max(ones)
    named = {
        "AND": [n == most for n in ones], "OR": [n > 0 for n in ones], "NAND": [n < most for n in ones],
        "NOR": [n == 0 for n in ones], "XOR": [n % 2 == 1 for n in ones], "XNOR": [n % 2 == 0 for n in ones],
        "majority": [2 * n > most for n in ones], "minority": [2 * n < most for n in ones],
    }  # fmt: skip
    return next((name for name, table in named.items() if tuple(map(int, table)) == outputs), None)


def gate(rng: Random, step: float, inputs: int) -> Plain:
    """One unit with a step that is a gate with a name, shown every row of zeros and ones."""
    rows = truth_table(inputs)
    while True:
        weights, bias = tenths(rng, -3, 3, inputs, step), tenths(rng, -6, 6, step=step)
        sums = [sum(w * x for w, x in zip(weights, row, strict=True)) + bias for row in rows]
        if gate_of(tuple(int(z >= 0) for z in sums)):
            break
    return {
        "layers": [{"activation": "step", "W": [[w] for w in weights], "b": [bias]}],
        "sample": {"X": rows, "y": [[0]] * len(rows)},
        "loss": {"name": "mse"},
        "ask": ["Z1", "A1"],
    }


# ---- the perceptron's rule -------------------------------------------------------------------------------------------

TINY = 1e-14  # an epsilon that does not show in any digit
GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "nand": [1, 1, 1, 0], "nor": [1, 0, 0, 0]}


def of_gate(rng: Random, *, learned: bool, presentations: int) -> Plain:
    """The rule on a gate, its rows in a random order; with a fixed threshold only a gate that such a line can be."""
    rows = [[0, 0], [0, 1], [1, 0], [1, 1]]
    name = chosen(rng, "and", "or") if not learned else chosen(rng, *GATES)
    order = rng.permutation(4)
    given: Plain = {"rows": [rows[i] for i in order], "targets": [GATES[name][i] for i in order]}
    if learned:
        given["start"] = tenths(rng, -2, 2, 3, 1, zero=True)
    else:
        given |= {"threshold": tenths(rng, 0.5, 3.5, step=0.5), "start": tenths(rng, -1, 3, 2, 1, zero=True)}
    return {"perceptron": given | {"tie": "positive", "presentations": presentations}}


def of_points(rng: Random) -> Plain:
    """The rule on points of the plane that a line divides, the threshold learned."""
    line = [tenths(rng, -2, 2, step=1), tenths(rng, -2, 2, step=1), tenths(rng, -1, 1, step=0.5, zero=True)]
    rows = [[int(v) for v in rng.integers(-3, 4, 2)] for _ in range(5)]
    sides = [row[0] * line[0] + row[1] * line[1] + line[2] for row in rows]
    start = tenths(rng, -1, 1, 3, 1, zero=True)
    targets = [int(side >= 0) for side in sides]
    return {"perceptron": {"rows": rows, "targets": targets, "start": start, "tie": "positive", "presentations": 5}}


# ---- functions -------------------------------------------------------------------------------------------------------


def polynomial(terms: Mapping[str, float]) -> str:
    """A sum as it is written: {"x^2": 2, "x": -1, "": 3} is 2*x^2 - x + 3."""
    shown = ""
    for name, factor in terms.items():
        if not factor:
            continue
        size = f"{abs(factor):g}"
        body = size if not name else name if abs(factor) == 1 else f"{size}*{name}"
        shown += (" - " if factor < 0 else " + ") + body if shown else ("-" if factor < 0 else "") + body
    return shown or "0"


def path(of: str, start: Mapping[str, float], steps: int, optimizer: Plain) -> Plain:
    """A path's problem; asked are the slopes, the moments and the points, step by step."""
    ask: list[str] = []
    moments = optim.CATALOGUE[optimizer["name"]].moments
    for k in range(steps):
        ask += [f"d{name}{k}" for name in start]
        ask += [f"{moment}.{name}{k + 1}" for name in start for moment in moments]
        ask += [f"{name}{k + 1}" for name in start]
    return {"function": {"of": of, "start": dict(start)}, "steps": steps, "optimizer": optimizer, "ask": ask}


def parabola(rng: Random, steps: int, optimizer: Plain) -> Plain:
    """a x^2 + b x + c."""
    terms = {"x^2": chosen(rng, 1, 2, 3), "x": tenths(rng, -6, 6, step=1, zero=True), "": tenths(rng, -5, 5, step=1)}
    return path(polynomial(terms), {"x": tenths(rng, -5, 5, step=1)}, steps, optimizer)


def downhill(rng: Random) -> Plain:
    """A parabola and three steps of gradient descent."""
    return parabola(rng, 3, {"name": "gradient_descent", "learning_rate": chosen(rng, 0.1, 0.2, 0.25)})


def surface(rng: Random, steps: int, cross: bool) -> Plain:
    """a x^2 + b y^2, with c x y where it is to be harder: bowls and saddles."""
    terms = {"x^2": chosen(rng, 1, 2, 3), "x*y": chosen(rng, 1, -1, 2, -2) if cross else 0,
             "y^2": chosen(rng, 1, 2, -1, 3) if not cross else chosen(rng, 1, 2, 3)}  # fmt: skip
    x = tenths(rng, -4, 4, step=1)
    y = chosen(rng, *(value for value in (-4, -3, -2, -1, 1, 2, 3, 4) if abs(value) != abs(x)))
    start = {"x": x, "y": y}
    rate = chosen(rng, 0.1, 0.2, 0.25)
    return path(polynomial(terms), start, steps, {"name": "gradient_descent", "learning_rate": rate})


def with_rule(rng: Random, *names: str) -> Plain:
    """A parabola and two steps of one of these optimizers."""
    rules: dict[str, Plain] = {
        "momentum": {"learning_rate": chosen(rng, 0.1, 0.2), "eta": chosen(rng, 0.5, 0.9)},
        "nesterov": {"learning_rate": chosen(rng, 0.1, 0.2), "eta": chosen(rng, 0.5, 0.9)},
        "adagrad": {"learning_rate": chosen(rng, 0.5, 1.0, 2.0), "epsilon": TINY},
        "rmsprop": {"learning_rate": chosen(rng, 0.1, 0.5), "rho": chosen(rng, 0.75, 0.64, 0.96), "epsilon": TINY},
        "adam": {"learning_rate": chosen(rng, 0.1, 0.5), "beta1": 0.9, "beta2": 0.99, "epsilon": TINY},
    }
    name = chosen(rng, *names)
    return parabola(rng, 2, {"name": name, **rules[name]})


# ---- the topics ------------------------------------------------------------------------------------------------------

SOFTMAX, SLOPES = ["Z1", "A1", "loss"], ["dZ1", "dW1", "db1"]
ONE_UNIT = ["Z1", "A1", "dW1", "db1"]

TOPICS: dict[str, tuple[Level, Level, Level]] = {
    "perceptron": (
        Level("rule-fixed", lambda r: of_gate(r, learned=False, presentations=4)),
        Level("rule-learned", lambda r: of_gate(r, learned=True, presentations=6)),
        Level("rule-points", of_points),
    ),
    "gates": (
        Level("gate", lambda r: gate(r, 1, 2), alive=("A1",)),
        Level("gate", lambda r: gate(r, 0.5, 3), alive=("A1",)),
        Level("gate-hidden", step_network, alive=("A1", "A2")),
    ),
    "forward": (
        Level("forward", lambda r: network(r, (2, 1), ("relu",), ask=["Z1", "A1"]), 3),
        Level("forward", lambda r: network(r, (2, 2, 1), ("relu", "identity"), ask=FORWARD), 4, ("A1",)),
        Level("forward", lambda r: network(r, (3, 2, 1), ("relu", "sigmoid"), ask=FORWARD), alive=("A1",)),
    ),
    "backward": (
        Level("backward", lambda r: network(r, (2, 1), ("identity",), ask=ONE_UNIT), 3, ("dW1",)),
        Level("backward", lambda r: network(r, (2, 2, 1), ("relu", "identity"), ask=[*FORWARD, *DELTAS]), 4, ("dW1",)),
        Level("backward-mean", lambda r: network(r, (2, 2, 1), ("relu", "identity"), ask=[*FORWARD, *DELTAS], rows=2),
              5, ("dW1",)),
    ),
    "update": (
        Level("update", lambda r: network(r, (2, 1), ("identity",), ask=[*ONE_UNIT, "W1.new", "b1.new"]), 4, ("dW1",)),
        Level("update", lambda r: network(r, (1, 2, 1), ("relu", "identity"), ask=[*FORWARD, *DELTAS, *NEW]), 4,
              ("dW1",)),
        Level("update", lambda r: network(r, (1, 1, 1), ("sigmoid", "sigmoid"), ask=[*FORWARD, *DELTAS, *NEW],
                                          rate=1.0), alive=("dW1",)),
    ),
    "softmax": (
        Level("softmax", lambda r: network(r, (2, 3), ("softmax",), ask=SOFTMAX, reach=1,
                                           loss="categorical_crossentropy")),
        Level("softmax-backward", lambda r: network(r, (2, 3), ("softmax",), ask=[*SOFTMAX, *SLOPES],
                                                    reach=1, loss="categorical_crossentropy")),
        Level("softmax-step", lambda r: network(r, (2, 2), ("softmax",), rows=2, reach=1,
                                                ask=[*SOFTMAX, *SLOPES, "W1.new", "b1.new"],
                                                loss="categorical_crossentropy"), alive=("dW1",)),
    ),
    "optimizers": (
        Level("path-rule", lambda r: with_rule(r, "momentum", "nesterov")),
        Level("path-rule", lambda r: with_rule(r, "adagrad", "rmsprop"), 6),
        Level("path-rule", lambda r: with_rule(r, "adam"), 7),
    ),
    "descent": (
        Level("path", downhill),
        Level("path", lambda r: surface(r, 3, cross=False)),
        Level("path", lambda r: surface(r, 2, cross=True)),
    ),
}  # fmt: skip
