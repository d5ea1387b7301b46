"""A line through points by gradient descent on its loss: linear and logistic regression in one input, the line moving.

    linear      f(w, b) = 1/n sum (w x + b - y)^2
    logistic    f(w, b) = 1/n sum softplus(z) - y z,  z = w x + b    (the cross-entropy of sigmoid(z))

The loss is a function of w and b like any other here: a formula, with every bench's verdicts, level points and rates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.data.csv import read_csv
from glassnet.errors import DataError, ShapeError, unknown_name
from glassnet.lab.descent.descend import Descent, Optimizers, descend, several
from glassnet.lab.descent.document import every_step, facts, lead, level_points, rates_of, told
from glassnet.lab.descent.function import Function
from glassnet.lab.descent.numbers import digits
from glassnet.lab.expressions import Expression, Name, Number, call, minus, over, plus, times
from glassnet.lab.show.document import Block, Document, Line, Lines, Part, Picture, Table, Words
from glassnet.maths.activations import sigmoid, softplus
from glassnet.optim import Optimizer
from glassnet.plots.plane import Plane, Point
from glassnet.plots.svg import Markup, element, number
from glassnet.typing import ArrayLike, Floats

KINDS = ("linear", "logistic")
RATE = 0.01  # where none is given: the lecture's lines are steep
MOST_POINTS = 500
# The lecture's one-dimensional data: class P from 5 on, N up to 4.
C1 = ((-2, 0), (6, 1), (7, 1), (3, 0), (2, 0), (-1, 0), (0, 0), (5, 1), (10, 1), (4, 0), (9, 1), (8, 1))
SHOWN = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)  # steps whose lines are drawn
MOST_LINES = 7
NEAREST = 0.07  # of the data's height: lines that are nearer are drawn once
TITLES = {"linear": "A straight line", "logistic": "A logistic curve"}


def descend_line(
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    kind: str = "linear",
    start: Any = (0.0, 0.0),
    learning_rate: Any = None,
    steps: int = 100,
    *,
    tolerance: float = 1e-10,
    optimizer: Optimizers = "gradient_descent",
) -> LineDescent:
    """Descent on the loss of a line (linear) or of a logistic curve through points; without points on the lecture's.

    Formula:
        f(w, b) = 1/n sum (w x + b - y)^2, or 1/n sum softplus(w x + b) - y (w x + b)

    Args:
        x, y: n numbers each; for the logistic curve y is 0 or 1.
        kind: "linear" or "logistic".
        start: w and b.
        learning_rate: as in `gn.descend`, but by default 0.01.
        steps, tolerance, optimizer: as in `gn.descend`.

    Raises:
        ShapeError: x and y that do not belong together.
        DataError: numbers that are not finite, too many of them, or classes that are not 0 and 1.
        SettingError: another kind, and what `gn.descend` refuses.

    >>> way = descend_line(kind="linear", learning_rate=0.02, steps=3000)
    >>> way.verdict, [round(float(w), 6) for w in way.path[-1]], round(way.threshold, 6)
    ('minimum', [0.113208, 0.018868], 4.25)
    """
    if kind not in KINDS:
        raise unknown_name("kind of line", kind, KINDS)
    points = rows_of(*(zip(*C1, strict=True) if x is None or y is None else (x, y)), kind=kind)
    loss = Loss(_loss(points, kind), ("w", "b"), _SAID[kind], points, kind)
    if learning_rate is None and not all(isinstance(each, Optimizer) for each in several(optimizer)):
        learning_rate = RATE
    found = descend(loss, {"w": start[0], "b": start[1]} if np.ndim(start) else start, learning_rate, steps,
                    tolerance=tolerance, optimizer=optimizer)  # fmt: skip
    return LineDescent(found.function, found.ways, points, kind)


_SAID = {
    "linear": "1/n sum (w x + b - y)^2",
    "logistic": "1/n sum softplus(w x + b) - y (w x + b)",
}


@dataclass(frozen=True)
class Loss(Function):
    """The mean over the points: the tree is its formula, the numbers are computed for all points at once."""

    points: Floats = field(compare=False, default_factory=lambda: np.empty((0, 2)))
    kind: str = "linear"

    def _value(self, *coordinates: Any) -> Any:
        w, b = coordinates
        x, y = (column.reshape(-1, *[1] * np.ndim(w)) for column in self.points.T)
        z = x * w + b
        return np.mean(np.square(z - y) if self.kind == "linear" else softplus(z) - y * z, axis=0)


def read_rows(path: Path, target: str | None = None) -> tuple[Floats, Floats]:
    """x and y of a table with one column beside its target, the last column or the one that is named."""
    table = read_csv(path, target=target)
    if table.X.shape[1] != 1 or table.y is None:
        raise ShapeError(f"{path}: a line needs one column of x and one of y; beside y there are {table.X.shape[1]}.")
    if table.y.dtype.kind not in "fiu":
        raise DataError(f"{path}: y is numbers, for the logistic curve 0 and 1; it has {table.y[0]!r}.")
    return np.asarray(table.X[:, 0], np.float64), np.asarray(table.y, np.float64)


def rows_of(x: Any, y: Any, *, kind: str) -> Floats:
    """The points (n, 2)."""
    columns = [np.asarray(column, np.float64).ravel() for column in (x, y)]
    if len(columns[0]) != len(columns[1]) or not len(columns[0]):
        raise ShapeError(f"A line needs as many x as y, and some; given were {len(columns[0])} and {len(columns[1])}.")
    points = np.stack(columns, axis=1)
    if len(points) > MOST_POINTS or not np.isfinite(points).all():
        raise DataError(f"A line is drawn through at most {MOST_POINTS} finite points; a Network fits more.")
    if kind == "logistic" and not np.isin(points[:, 1], (0.0, 1.0)).all():
        raise DataError("A logistic curve goes between two classes: y is 0 or 1.")
    return points


def _loss(points: Floats, kind: str) -> Expression:
    """The mean over the rows as a formula of w and b."""
    w, b = Name("w"), Name("b")
    terms = []
    for x, y in points.tolist():
        z = plus(times(_number(x), w), b)
        if kind == "linear":
            terms.append(call("^", minus(z, _number(y)), Number("2")))
        else:
            terms.append(minus(call("softplus", z), z) if y else call("softplus", z))
    return over(plus(*terms), Number(str(len(points))))


def _number(value: float) -> Number:
    return Number(repr(value).removesuffix(".0"))


@dataclass(frozen=True)
class LineDescent(Descent):
    """The descent of a line: `points` (n, 2) are the data; the variables are w and b."""

    points: Floats
    kind: str

    def predictions(self, step: int) -> Floats:
        """What the line of a step says of each point."""
        return self._curve(step, self.points[:, 0])

    def _curve(self, step: int, x: Floats) -> Floats:
        w, b = self.path[step]
        z: Floats = w * x + b
        return sigmoid(z) if self.kind == "logistic" else z

    @property
    def threshold(self) -> float:
        """Where the last line says one half: the boundary between the classes 0 and 1."""
        w, b = self.path[-1]
        half = 0.0 if self.kind == "logistic" else 0.5
        return float((half - b) / w) if w else float("nan")

    @property
    def right(self) -> int | None:
        """How many points of two classes lie on their side of the threshold; None where y is no class."""
        y = self.points[:, 1]
        if not np.isin(y, (0.0, 1.0)).all():
            return None
        return int(((self.predictions(-1) >= 0.5) == (y == 1)).sum())

    @property
    def explanation(self) -> str:
        """The cause of the verdict, and what the line makes of the points."""
        said = super().explanation
        if self.kind == "logistic" and self._separable():
            said += (
                " The two classes do not overlap, so this loss has no minimum: the steeper the curve, the smaller it "
                "is, and w grows for ever, ever more slowly."
            )
        if self.right is not None:
            said += f" The line says one half at x = {digits(self.threshold, 5)}: {self.right} of {len(self.points)}"
            said += " points lie on their side."
        return said

    def _separable(self) -> bool:
        low, high = (self.points[self.points[:, 1] == label, 0] for label in (0, 1))
        return not low.size or not high.size or low.max() < high.min() or high.max() < low.min()

    def document(self, most_rows: int = 2000, *, pictured: bool = True) -> Document:
        """The line moving, its loss as a map, the first step row by row, every step."""
        moving = (Picture(self.picture(), self._caption()),) if pictured else ()
        parts = [
            Part("The line moving", (Words(self.explanation), *moving)),
            Part("Down its loss", tuple(told(self, pictured, explained=False))),
            Part("The first step", tuple(self._first_step())),
            *(Part("Every step", (every_step(way, most_rows, 7 if pictured else 5),)) for way in self.ways),
            Part("Where the loss is level", tuple(level_points(self))),
        ]
        if self.rates is not None:
            parts.append(Part("Learning rates", tuple(rates_of(self, self.rates))))
        title = f"{TITLES[self.kind]} through {len(self.points)} points"
        said = f"f(w, b) = {self.function}. {lead(self)}"
        return Document("Descent", title, said, tuple(part for part in parts if part.blocks), tuple(facts(self)),
                        self.to_json())  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """The descent as plain data, with the points and the threshold."""
        return super().to_json() | {"points": self.points.tolist(), "kind": self.kind, "threshold": self.threshold,
                                    "right": self.right}  # fmt: skip

    # ---- the first step, row by row ----------------------------------------------------------------------------

    def _first_step(self) -> Iterator[Block]:
        if self.ways[0].optimizer.name != "gradient_descent" or not self.ways[0].steps:
            return
        x, y = self.points.T
        p = self.predictions(0)
        rows = [(digits(a), digits(t), digits(q, 5), digits(q - t, 5), digits((q - t) * a, 5))
                for a, t, q in zip(x.tolist(), y.tolist(), p.tolist(), strict=True)]  # fmt: skip
        total = [digits(float((p - y).sum()), 6), digits(float(((p - y) * x).sum()), 6)]
        prediction = "w x + b" if self.kind == "linear" else "sigmoid(w x + b)"
        yield Table(("x", "y", prediction, "error", "error × x"), (*rows, ("sum", "", "", *total)), words=(),
                    caption=f"At w = {digits(self.path[0, 0])}, b = {digits(self.path[0, 1])}")  # fmt: skip
        rate, (w0, b0), (w1, b1) = self.ways[0].optimizer.rate(0), self.path[0].tolist(), self.path[1].tolist()
        dw, db = self.gradients[0].tolist()
        share, doubled = (f"2/{len(x)}", ", twice") if self.kind == "linear" else (f"1/{len(x)}", "")
        yield Lines((
            Line(Name("df/dw"), "=", f"{share} × {total[1]} = {digits(dw, 6)}", f"mean of error × x{doubled}"),
            Line(Name("df/db"), "=", f"{share} × {total[0]} = {digits(db, 6)}", f"mean of the errors{doubled}"),
            Line(Name("w.new"), "=", f"{digits(w0)} - {rate:g} × {_in_brackets(dw)} = {digits(w1)}"),
            Line(Name("b.new"), "=", f"{digits(b0)} - {rate:g} × {_in_brackets(db)} = {digits(b1)}"),
        ))  # fmt: skip

    # ---- the picture -------------------------------------------------------------------------------------------

    def _steps_shown(self) -> list[int]:
        """The start, the last, and early steps between them whose lines can be told apart."""
        at = np.linspace(self.points[:, 0].min(), self.points[:, 0].max(), 50)
        last, height = self.ways[0].steps, float(np.ptp(self.points[:, 1])) or 1.0
        curves = [self._curve(last, at), self._curve(0, at)]
        shown = [0]
        for step in (step for step in SHOWN if 0 < step < last):
            curve = self._curve(step, at)
            if all(np.abs(curve - other).max() > NEAREST * height for other in curves):
                curves.append(curve)
                shown.append(step)
        return [*shown[:MOST_LINES], *([last] if last else [])]

    def picture(self) -> Markup:
        """The points, and the line after some of the steps: the later the stronger."""
        xs, ys = self.points.T
        span = float(np.ptp(xs)) or 1.0
        low, high = float(ys.min()), float(ys.max())
        room = 0.35 * ((high - low) or 1.0)
        x, y = (float(xs.min() - 0.1 * span), float(xs.max() + 0.1 * span)), (low - room, high + room)
        plane = Plane(x, y, "x", "y", side=400.0)
        at = np.linspace(*x, 200)
        shown = self._steps_shown()
        lines = [_stroke(plane, at, self._curve(step, at), (k + 1) / len(shown)) for k, step in enumerate(shown)]
        dots = [plane.dot((float(a), float(b)), self.right is None or b == 1) for a, b in self.points]
        names = _names_at_edge(plane, at, {str(step): self._curve(step, at) for step in reversed(shown)})
        boundary = self._boundary(plane)
        return plane.drawn(lines, boundary, dots, names, title=f"{TITLES[self.kind]} moving",
                           description=f"The line after the steps {', '.join(map(str, shown))}.")  # fmt: skip

    def _boundary(self, plane: Plane) -> list[Markup]:
        if self.right is None or not plane.x[0] < self.threshold < plane.x[1]:
            return []
        (x, top), (_, bottom) = (plane.at((self.threshold, edge)) for edge in reversed(plane.y))
        words = element("text", f"x = {digits(self.threshold, 4)}", x=x + 6, y=top + 16, class_="small halo")
        return [element("path", d=f"M{number(x)} {number(top)}V{number(bottom)}", class_="guide"), words]

    def _caption(self) -> str:
        shown = ", ".join(map(str, self._steps_shown()))
        where = " Dashed: where the last one says one half." if self.right is not None else ""
        return f"The line after the steps {shown}, the later the stronger.{where}"


def _in_brackets(value: float) -> str:
    return f"({digits(value, 6)})" if value < 0 else digits(value, 6)


def _stroke(plane: Plane, x: Floats, y: Floats, share: float) -> Markup:
    """A curve as far as it lies in the frame; a late one is strong."""
    path, drawing = "", False
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        inside = plane.y[0] <= b <= plane.y[1]
        if inside:
            left, top = plane.at((a, b))
            path += f"{'L' if drawing else 'M'}{number(left)} {number(top)}"
        drawing = inside
    return (
        element("path", d=path, class_="moving s1", stroke_opacity=round(0.2 + 0.8 * share**2, 2))
        if path
        else element("g")
    )


def _names_at_edge(plane: Plane, x: Floats, curves: dict[str, Floats]) -> list[Markup]:
    """Each curve's step where it leaves the frame, on the right or at the top, as far as there is room."""
    named: list[Markup] = []
    taken: list[Point] = []
    for name, y in curves.items():
        inside = np.flatnonzero((y >= plane.y[0]) & (y <= plane.y[1]))
        if not len(inside):
            continue
        last = int(inside[-1])
        left, top = plane.at((float(x[last]), float(y[last])))
        if any(abs(left - a) < 26 and abs(top - b) < 13 for a, b in taken):
            continue
        taken.append((left, top))
        at_end = last == len(x) - 1
        named.append(element("text", name, x=left - 4 if at_end else left, y=top - 6 if at_end else top + 16,
                             class_="muted small halo end"))  # fmt: skip
    return named
