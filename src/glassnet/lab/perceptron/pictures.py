"""A line among its points: in a plane, on a line, or by distances.

Rows of one number stand on a line. Rows of more than two have no picture of their own: what is drawn then is how far
each of them is from the boundary, and on which side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from glassnet.lab.perceptron.exact import short
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.points import Points
from glassnet.lab.perceptron.separability import Proof
from glassnet.lab.show.document import Picture
from glassnet.plots.plane import Plane, Point, ranges
from glassnet.plots.readable import count
from glassnet.plots.svg import Markup, join

MOST_POINTS = 600  # that are drawn
MOST_TITLED = 100  # that say what they are when they are pointed at
MOST_TERMS = 8  # of an equation that is written out; of a longer one the first three and how many there are
MOST_WRITTEN = 4  # numbers of a row that is written out
Half = tuple[float, float, float]  # a, b, c of a x + b y + c >= 0
Step = tuple[Line | None, Line, int | None, int]  # the line before and after, the row that was wrong, which update


class Scene:
    """Points on paper: what stays the same in all pictures of a document."""

    def __init__(self, points: Points) -> None:
        self.points = points
        self.numbers = np.array([[float(value) for value in x] for x in points.rows])
        self.rows = range(0, len(points.rows), max(1, math.ceil(len(points.rows) / MOST_POINTS)))
        names = points.inputs
        if points.dimension == 2:
            across, up = ranges(self.numbers.tolist())
            self.plane = Plane(across, up, names[0], names[1])
        elif points.dimension == 1:
            across, _ = ranges([(float(x), 0.0) for (x,) in points.rows], room=0.15)
            self.plane = Plane(across, (-1, 1), names[0], flat=True)
        else:
            self.plane = Plane((-1, 1), (-1, 1), "distance from the boundary", flat=True)

    def place(self, line: Line, row: int) -> Point:
        """Where a row is drawn."""
        x = self.numbers[row]
        if self.points.dimension < 3:
            return float(x[0]), float(x[1]) if self.points.dimension == 2 else 0.0
        w = np.array([float(value) for value in line.weights])
        z, length = float(x @ w) - float(line.threshold), float(np.linalg.norm(w))
        return (z / length if length else z), (0.35 if self.points.positive[row] else -0.35)

    def half(self, line: Line) -> Half | None:
        """The boundary in the plane; None where the line has no weights."""
        if not any(line.weights):
            return None
        if self.points.dimension == 2:
            return float(line.weights[0]), float(line.weights[1]), -float(line.threshold)
        return (float(line.weights[0]), 0.0, -float(line.threshold)) if self.points.dimension == 1 else (1.0, 0.0, 0.0)

    def fitted(self, line: Line) -> Plane:
        """The plane; of distances it is as wide as they are."""
        if self.points.dimension < 3:
            return self.plane
        far = max((abs(self.place(line, row)[0]) for row in self.rows), default=1.0) or 1.0
        return Plane((-1.15 * far, 1.15 * far), (-1, 1), self.plane.x_label, flat=True)

    # ---- pictures ----------------------------------------------------------------------------------------------

    def of(self, line: Line, *, before: Line | None = None, wrong: int | None = None, caption: str = "") -> Picture:
        """A line with its positive side shaded, the one before it dashed, and a ring around the row that was wrong."""
        plane, half = self.fitted(line), self.half(line)
        parts: list[Markup] = []
        if half is not None:
            parts += [plane.half(*half), *self._plus(plane, half), plane.line(*half)]
        elif line.decides(-line.threshold):
            parts.append(plane.half(0.0, 0.0, 1.0))
        earlier = self.half(before) if before is not None and self.points.dimension < 3 else None
        if earlier is not None:
            parts.insert(-1, plane.line(*earlier, kind="guide"))
        parts += [self._dot(plane, line, row, ringed=row == wrong) for row in self.rows]
        if wrong is not None and wrong not in self.rows:
            parts.append(self._dot(plane, line, wrong, ringed=True))
        markup = plane.drawn(parts, title=described(line), description=caption)
        return Picture(markup, caption)

    def proof(self, proof: Proof, caption: str) -> Picture | None:
        """The rows of a proof, and the point that is a mean of them on either side; only in the plane or on a line."""
        if self.points.dimension > 2 or proof.threshold is not None:
            return None
        (s, k), line = proof.total(True), Line((Fraction(0),) * self.points.dimension, Fraction(0))
        mean = (float(s[0] / k), float(s[1] / k) if self.points.dimension == 2 else 0.0)
        parts: list[Markup] = []
        for side in (True, False):
            ends = [self.place(line, row) for row, _ in proof.of(side)]
            kind = "right-line span" if side else "wrong-line span"
            parts += [self.plane.stroke(a, b, kind) for k, a in enumerate(ends) for b in ends[k + 1 :]]
        parts += [self._dot(self.plane, line, row, ringed=row in proof.rows) for row in self.rows]
        x, y = self.plane.at(mean)
        parts += [_cross(x, y), self.plane.text(mean, f"({_short(mean)})", dx=12, dy=-10)]
        return Picture(self.plane.drawn(parts, title="Why no line can do it", description=caption), caption)

    def _plus(self, plane: Plane, half: Half) -> Iterator[Markup]:
        """A + on the positive side, beside the line."""
        place = _beside(plane, half)
        if place is not None:
            yield plane.text(place, "+", dy=5, kind="middle strong")

    def _dot(self, plane: Plane, line: Line, row: int, *, ringed: bool) -> Markup:
        said = f"{self.points.at(row)}: {self.points.label(self.points.positive[row])}"
        many = len(self.rows) > MOST_TITLED
        return plane.dot(self.place(line, row), self.points.positive[row], ringed=ringed, said="" if many else said,
                         radius=3.5 if many else 5.5)  # fmt: skip


def _cross(x: float, y: float) -> Markup:
    from glassnet.plots.svg import element, number

    path = f"M{number(x - 6)} {number(y - 6)}l12 12M{number(x - 6)} {number(y + 6)}l12 -12"
    return join(element("path", d=path, class_="boundary"))


def _short(point: Point) -> str:
    return ", ".join(f"{value:.3g}" for value in point)


def _beside(plane: Plane, half: Half) -> Point | None:
    """A place on the positive side of a line, beside its middle; None where the line is not in the frame."""
    ends = plane.within(*half)
    if ends is None:
        return None
    (x0, x1), (y0, y1) = plane.x, plane.y
    a, b = half[0] * (x1 - x0), half[1] * (y1 - y0)  # the direction across the line, on paper
    length = math.hypot(a, b)
    middle = [(p + q) / 2 for p, q in zip(*ends, strict=True)]
    return middle[0] + 0.05 * a / length * (x1 - x0), middle[1] + 0.05 * b / length * (y1 - y0)


def described(line: Line, heading: bool = False) -> str:
    """The line as an equation; without weights there is none, and all points have the same z."""
    if any(line.weights):
        equation = str(line)
        if sum(map(bool, line.weights)) > MOST_TERMS:
            first = Line((*line.weights[:3], *(Fraction(0),) * (len(line.weights) - 3)), Fraction(0))
            equation = f"{str(first).removesuffix(' = 0')} + ... = 0 ({len(line.weights)} weights)"
        said = f"The boundary: {equation}" if heading else equation
    else:
        said = f"{'No' if heading else 'no'} boundary: z = {short(-line.threshold)} everywhere"
    return said.replace("-", "−")


def updates(scene: Scene, steps: Sequence[Step]) -> Iterator[Picture]:
    """A picture for the start and for each update."""
    for before, after, wrong, number in steps:
        if before is None or wrong is None:
            caption = f"The start: {described(after)}"
        else:
            is_positive, points = scene.points.positive[wrong], scene.points
            row = points.at(wrong) if points.dimension <= MOST_WRITTEN else f"row {wrong}"
            z = short(before.z(points.rows[wrong]))
            caption = (f"Update {count(number)}: {row} is {points.label(is_positive)}; z = {z} said "
                       f"{points.label(not is_positive)}. Now {described(after)}")  # fmt: skip
        yield scene.of(after, before=before, wrong=wrong, caption=caption.replace("-", "−"))
