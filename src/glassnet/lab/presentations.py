"""The perceptron's rule as a problem: a row of the slides' table for every presentation.

    z = w1 x1 + ... + wn xn - theta     (threshold fixed)     z = w0 + w1 x1 + ... + wn xn     (learned, with x0 = 1)
    y = 1 where z >= 0 (tie "positive") or z > 0 (tie "negative"), else 0
    wi new = wi + rate (t - y) xi

Each presentation is a step: its quantities are z, y, w1.new, ..., those of the second `step2.z`, and it starts from the
weights that the one before it left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet import optim
from glassnet.errors import DataError, SettingError, ShapeError, unknown_name
from glassnet.lab.expressions import ONE, Expression, Name, call, evaluate, minus, plus, times
from glassnet.lab.expressions import text as shown
from glassnet.lab.solution import Solution
from glassnet.lab.trace import Quantity

MOST_PRESENTATIONS, MOST_INPUTS = 50, 20
KEYS = {"rows", "targets", "threshold", "start", "tie", "rate", "presentations"}
TIES = {"positive": "step", "negative": "positive"}  # the function that turns z into the output


@dataclass(frozen=True)
class RuleFormulas:
    """One presentation to a neuron of so many inputs."""

    inputs: int
    learned: bool
    tie: str = "positive"

    @property
    def optimizer(self) -> optim.Optimizer:
        """The rule is a step of descent without moments, for slips that ask."""
        return optim.get("gradient_descent", learning_rate=1.0)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Every quantity is one number."""
        return dict.fromkeys(self.weights, ())

    @property
    def weights(self) -> tuple[str, ...]:
        """w1, w2, ..., and w0 before them where the threshold is learned."""
        return tuple(f"w{i}" for i in range(0 if self.learned else 1, self.inputs + 1))

    def kind(self, quantity: str) -> str:
        """What a slip asks for: the sum, the output, or a weight by the rule."""
        return {"z": "presented", "y": "output"}.get(quantity, "corrected" if quantity.endswith(".new") else quantity)

    def input(self, weight: str) -> Expression:
        """What comes in through a weight."""
        return ONE if weight == "w0" else Name(f"x{weight[1:]}")

    def entry(self, name: str, index: tuple[int, ...]) -> Expression | None:
        """The formula of a quantity of the presentation."""
        if name == "z":
            total = plus(*(times(Name(weight), self.input(weight)) for weight in self.weights))
            return total if self.learned else minus(total, Name("theta"))
        if name == "y":
            return call(TIES[self.tie], Name("z"))
        weight = name.removesuffix(".new")
        if weight == name or weight not in self.weights:
            return None
        return plus(Name(weight), times(Name("rate"), minus(Name("t"), Name("y")), self.input(weight)))


def presentations_of(given: Any) -> Solution:
    """The presentations of a problem: {"rows": [[0, 1], ...], "targets": [0, ...], "threshold": 2.5, "start": [1, 1]}.

    Without `threshold` it is learned, and `start` is w0, w1, ...; `presentations` is how many there are (a pass over
    the rows by default), `tie` is "positive" or "negative", `rate` what x is multiplied by.

    Raises:
        DataError, SettingError, ShapeError: a table that cannot be used.

    >>> gate = presentations_of({"rows": [[0, 1], [1, 1]], "targets": [0, 1], "threshold": 2.5, "start": [1, 1]})
    >>> float(gate.quantities["step2.z"].value), float(gate.quantities["step2.w1.new"].value)
    (-0.5, 2.0)
    """
    if not isinstance(given, Mapping) or not {"rows", "targets"} <= set(given):
        raise DataError("A perceptron is a table {rows = [[0, 1], [1, 1]], targets = [0, 1], threshold = 2.5}.")
    for key in given:
        if key not in KEYS:
            raise unknown_name("key of a perceptron", key, KEYS)
    rows, targets = _numbers(given["rows"], 2, "rows"), _numbers(given["targets"], 1, "targets")
    if len(rows) != len(targets) or not set(targets.tolist()) <= {0.0, 1.0}:
        raise ShapeError("A perceptron has one target, 0 or 1, for each of its rows.")
    tie, learned = str(given.get("tie", "positive")), "threshold" not in given
    if tie not in TIES:
        raise SettingError(f"A tie (z = 0) is positive or negative; given {tie!r:.40}.")
    formulas = RuleFormulas(rows.shape[1], learned, tie)
    start = _numbers(given.get("start", [0] * len(formulas.weights)), 1, "start")
    if len(start) != len(formulas.weights):
        raise ShapeError(f"The start has a number for each of {', '.join(formulas.weights)}; given {len(start)}.")
    count = given.get("presentations", len(rows))
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_PRESENTATIONS:
        raise SettingError(f"Presentations are a whole number from 1 to {MOST_PRESENTATIONS}; given {count!r:.40}.")
    settings = {"rate": float(given.get("rate", 1))}
    settings |= {} if learned else {"theta": float(given["threshold"])}
    return _presented(
        formulas, rows, targets, dict(zip(formulas.weights, start.tolist(), strict=True)), settings, count
    )


def _presented(
    formulas: RuleFormulas, rows: Any, targets: Any, weights: dict[str, float], settings: dict[str, float], count: int
) -> Solution:
    """All numbers, by the formulas themselves."""
    quantities: dict[str, float] = dict(weights)
    for step in range(count):
        ahead = f"step{step + 1}." if step else ""
        row = step % len(rows)
        own = {f"x{i + 1}": float(value) for i, value in enumerate(rows[row])} | {"t": float(targets[row])}
        within = weights | own | settings
        for name in ("z", "y", *(f"{weight}.new" for weight in formulas.weights)):
            tree = formulas.entry(name, ())
            assert tree is not None
            own[name] = within[name] = evaluate(tree, lambda n: within[n.quantity])  # noqa: B023
        quantities |= {ahead + name: value for name, value in own.items()}
        weights = {weight: own[f"{weight}.new"] for weight in weights}
    named = {name: Quantity(name, np.array(value), _symbols(formulas, name)) for name, value in quantities.items()}
    return Solution(named, settings, [formulas] * count)


def _symbols(formulas: RuleFormulas, name: str) -> str:
    tree = formulas.entry(name.rpartition("step")[2].partition(".")[2] if name.startswith("step") else name, ())
    return f"{name} = {shown(tree)}" if tree is not None else f"{name} is given"


def _numbers(given: Any, axes: int, name: str) -> Any:
    try:
        array = np.array([[float(v) for v in row] for row in given] if axes == 2 else [float(v) for v in given])
    except (TypeError, ValueError):
        raise DataError(f"The {name} of a perceptron are numbers, in rows of the same length.") from None
    wide = axes == 2 and array.shape[-1] > MOST_INPUTS
    if array.ndim != axes or not array.size or not np.isfinite(array).all() or wide:
        raise ShapeError(f"The {name} of a perceptron are finite numbers; their shape is {array.shape}.")
    return array
