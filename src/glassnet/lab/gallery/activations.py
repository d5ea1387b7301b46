"""Every activation and its derivative: range, saturation, how fast gradients vanish, what it has for a mean."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from glassnet.lab.descent.numbers import digits
from glassnet.lab.expressions import Name, Number, call, minus, over, plus, times
from glassnet.lab.show.document import Block, Document, Line, Lines, Part, Picture, Table, Words
from glassnet.maths import activations
from glassnet.maths.activations import sigmoid, tanh
from glassnet.maths.activations.activation import Activation
from glassnet.plots.charts import Series, line_chart
from glassnet.plots.panels import Panel, panels
from glassnet.plots.svg import Markup
from glassnet.typing import Floats

REACH = 6.0  # of the pictures and of what is called saturated
SATURATED = 0.05  # of the largest slope: where the curve is flatter than this it is saturated
LAYERS = 10  # through which a gradient is followed
COURSE = ("step", "sigmoid", "tanh", "relu", "leaky_relu")
AT = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)


def members() -> list[Activation]:
    """The activations of one number, the lecture's first."""
    known = [g for g in activations.CATALOGUE.values() if g.elementwise]
    return sorted(known, key=lambda g: COURSE.index(g.name) if g.name in COURSE else len(COURSE))


def document() -> Document:
    """All of it."""
    known = members()
    course = [g for g in known if g.name in COURSE]
    rows = [row(g) for g in known]
    parts = (
        Part("The lecture's", (
            Picture(drawn(course, 3), "Shaded: saturated, the slope is under a twentieth of its largest."),
            _table([r for r in rows if r["activation"] in COURSE]),
            *_ranges(),
        )),
        Part("tanh is a scaled sigmoid", tuple(_scaled())),
        Part("The sigmoid's derivative", tuple(_derived())),
        Part("Vanishing gradients", tuple(_vanishing(course))),
        Part("All of them", (Picture(drawn(known, 5)), _table(rows))),
    )  # fmt: skip
    lead = "What a neuron makes of its weighted sum, how steep that is, and where it is flat."
    return Document("Functions", "Activations", lead, parts, data={"activations": rows})


# ---- what is said of each ------------------------------------------------------------------------------------------


@cache
def _grid() -> Floats:
    return np.linspace(-15.0, 15.0, 6001)


def row(g: Activation) -> dict[str, object]:
    """What there is to say of an activation, as data.

    >>> sigmoid_row = row(sigmoid)
    >>> sigmoid_row["range"], sigmoid_row["largest_slope"], sigmoid_row["zero_centred"]
    ('(0, 1)', 0.25, False)
    """
    z = _grid()
    slopes = np.asarray(g.gradient(z), np.float64)
    return {
        "activation": g.name,
        "range": written_range(g),
        "largest_slope": float("inf") if slopes[-1] > 1.01 * slopes[-100] else float(slopes.max()),
        "saturated": [list(ends) for ends in saturated(g)],
        "zero_centred": zero_centred(g),
    }


def written_range(g: Activation) -> str:
    """The range as an interval: square where the end is reached, round where it is only approached.

    >>> from glassnet.maths.activations import relu, step, silu
    >>> written_range(tanh), written_range(relu), written_range(step), written_range(silu)
    ('(-1, 1)', '[0, ∞)', '{0, 1}', '[-0.2785, ∞)')
    """
    if g.name == "step":
        return "{0, 1}"
    values = np.asarray(g(_grid()), np.float64)
    low, high = g.range
    left = f"[{_end(low)}" if _reached(values, low, int(values.argmin())) else f"({_end(low)}"
    right = f"{_end(high)}]" if _reached(values, high, int(values.argmax())) else f"{_end(high)})"
    return f"{left}, {right}"


def _end(value: float) -> str:
    return ("∞" if value > 0 else "-∞") if np.isinf(value) else digits(value, 4)


def _reached(values: Floats, end: float, place: int) -> bool:
    """Whether the end is a value: exactly, or in the middle of the grid, between whose points it lies."""
    inside = 0 < place < len(values) - 1
    return bool(np.isfinite(end) and (values[place] == end or (inside and abs(values[place] - end) < 1e-5)))


def saturated(g: Activation) -> tuple[tuple[float, float], ...]:
    """The stretches at the ends of -6 .. 6 on which the slope is under a twentieth of the largest.

    >>> [[round(end, 2) for end in ends] for ends in saturated(sigmoid)]
    [[-6.0, -4.36], [4.36, 6.0]]
    """
    z = np.linspace(-REACH, REACH, 1201)
    slopes = np.abs(np.asarray(g.gradient(z), np.float64))
    flat = slopes <= SATURATED * slopes.max() if slopes.max() else np.ones(len(z), bool)
    if flat.all():
        return ((-REACH, REACH),)
    left, right = int(np.argmin(flat)), int(np.argmin(flat[::-1]))
    ends = [(-REACH, float(z[left - 1]))] if left > 1 else []
    return (*ends, (float(z[-right]), REACH)) if right > 1 else tuple(ends)


def zero_centred(g: Activation) -> bool:
    """Whether its mean is zero for sums that are as often above zero as below: whether it is odd."""
    z = _grid()
    return bool(np.allclose(g(z), -np.asarray(g(-z)), atol=1e-12))


def _table(rows: list[dict[str, object]]) -> Table:
    header = ("activation", "range", "largest slope", f"after {LAYERS} layers", "saturated", "zero-centred")
    return Table(header, tuple(_cells(r) for r in rows), words=(0, 1, 4, 5))


def _cells(r: dict[str, object]) -> tuple[str, ...]:
    steepest = float(str(r["largest_slope"]))
    ends = [(float(a), float(b)) for a, b in r["saturated"]]  # type: ignore[attr-defined]
    where = " and ".join(_stretch(a, b) for a, b in ends) or "nowhere"
    return (str(r["activation"]), str(r["range"]), digits(steepest, 4), digits(steepest**LAYERS, 3), where,
            "yes" if r["zero_centred"] else "no")  # fmt: skip


def _stretch(a: float, b: float) -> str:
    if (a, b) == (-REACH, REACH):
        return "everywhere"
    return f"z < {digits(b, 3)}" if a == -REACH else f"z > {digits(a, 3)}"


def _ranges() -> Iterator[Block]:
    names = ", ".join(f"{name} {written_range(activations.CATALOGUE[name])}" for name in COURSE)
    yield Words(f"Ranges: {names}. A round bracket is an end that is approached and never reached.")
    header = ("z", *(f"{name}" for name in COURSE), *(f"{name}'" for name in COURSE[1:4]))
    rows = []
    for z in AT:
        values = [float(activations.CATALOGUE[name](z)) for name in COURSE]
        slopes = [float(activations.CATALOGUE[name].gradient(z)) for name in COURSE[1:4]]
        rows.append((digits(z), *(digits(x, 5) for x in (*values, *slopes))))
    yield Table(header, tuple(rows), words=())


# ---- pictures ------------------------------------------------------------------------------------------------------


def drawn(known: list[Activation], columns: int) -> Markup:
    """A panel an activation: value, derivative, saturation shaded, the range beside the name."""
    z = np.linspace(-REACH, REACH, 241)
    shown = [
        Panel(g.name, [Series("value", z.tolist(), np.asarray(g(z)).tolist()),
                       Series("derivative", z.tolist(), np.asarray(g.gradient(z)).tolist())],
              note=written_range(g), shaded=saturated(g))
        for g in known
    ]  # fmt: skip
    return panels(shown, columns=columns, x=(-REACH, REACH), y=(-1.5, 3), title="Activations and their derivatives")


def _scaled() -> Iterator[Block]:
    """tanh(z) = 2 sigmoid(2 z) - 1."""
    z = Name("z")
    two = Number("2")
    e, e2 = call("exp", z), call("exp", times(Number("-1"), z))
    steep = call("exp", times(Number("-1"), two, z))
    yield Lines((
        Line(call("tanh", z), "=", over(minus(e, e2), plus(e, e2))),
        Line("", "=", over(minus(Number("1"), steep), plus(Number("1"), steep)), "both divided by e^z"),
        Line("", "=", minus(over(two, plus(Number("1"), steep)), Number("1"))),
        Line("", "=", minus(times(two, call("sigmoid", times(two, z))), Number("1"))),
    ))  # fmt: skip
    at = np.linspace(-REACH, REACH, 241)
    most = float(np.abs(tanh(at) - (2 * sigmoid(2 * at) - 1)).max())
    curves = [("sigmoid(z)", sigmoid(at)), ("2 sigmoid(2z) - 1", 2 * sigmoid(2 * at) - 1), ("tanh(z)", tanh(at))]
    series = [Series(name, at.tolist(), np.asarray(values).tolist()) for name, values in curves]
    yield Picture(
        line_chart(series, title="tanh as a scaled sigmoid", x_label="z"),
        f"The two agree to {digits(most, 2)}, which is rounding: twice as steep inside, twice as high, and one lower.",
    )


def _derived() -> Iterator[Block]:
    """sigmoid'(z) = sigmoid(z) (1 - sigmoid(z))."""
    z, one = Name("z"), Number("1")
    e = call("exp", times(Number("-1"), z))
    whole = plus(one, e)
    s = call("sigmoid", z)
    d = Name("dsigmoid/dz")
    yield Lines((
        Line(s, "=", over(one, whole)),
        Line(d, "=", over(e, call("^", whole, Number("2"))), "the chain rule: of 1/u it is -1/u², of u it is -e^(-z)"),
        Line("", "=", times(over(one, whole), over(e, whole))),
        Line("", "=", times(s, minus(one, s)), "since e^(-z) / (1 + e^(-z)) = 1 - sigmoid(z)"),
    ))  # fmt: skip


def _vanishing(known: list[Activation]) -> Iterator[Block]:
    yield Words("Backward, each layer multiplies a gradient by its activation's slope. At best, through "
                "1, 5, 10 and 20 layers:")  # fmt: skip
    rows = []
    for g in known:
        steepest = float(np.asarray(g.gradient(_grid())).max())
        rows.append((g.name, *(digits(steepest**layers, 3) for layers in (1, 5, 10, 20))))
    yield Table(("activation", "1", "5", "10", "20"), tuple(rows))
