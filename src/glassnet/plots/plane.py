"""A plane with points of two classes: the sides of a boundary shaded, lines, marks; and numbers above it as regions.

A filled circle is positive, an open one negative, whatever the colours. `shade` is the side on which a function is at
least a level, given on a grid (`outlines`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.plots import scales
from glassnet.plots.outlines import lines, outlines
from glassnet.plots.scales import Scale
from glassnet.plots.svg import Child, Markup, element, join, number, picture, text_width
from glassnet.typing import Array, Floats

Range = tuple[float, float]
Point = tuple[float, float]
SIDE = 260.0
LEVELS = 72  # cells of the grid along a side
_LEFT, _BOTTOM, _TOP, _RIGHT = 54.0, 42.0, 12.0, 14.0
_FURTHEST = 5.0  # how much longer one side's range may be for both axes to have one scale


@dataclass(frozen=True)
class Plane:
    """Where the numbers of x and y lie on paper; y may be missing, then it is a line with a little height."""

    x: Range
    y: Range
    x_label: str = "x1"
    y_label: str = "x2"
    flat: bool = False
    side: float = SIDE

    @property
    def across(self) -> Scale:
        """x on paper."""
        return Scale(*self.x, _LEFT, _LEFT + self.side, scales.nice_step(self.x[1] - self.x[0], 5))

    @property
    def up(self) -> Scale:
        """y on paper."""
        height = self.side / 4 if self.flat else self.side
        return Scale(*self.y, _TOP + height, _TOP, scales.nice_step(self.y[1] - self.y[0], 5))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the picture."""
        return _LEFT + self.side + _RIGHT, self.up.start + _BOTTOM

    def at(self, point: Point) -> Point:
        """A point on paper."""
        return self.across(point[0]), self.up(point[1])

    def grid(self) -> tuple[Floats, Floats]:
        """The x and the y of the corners of the cells."""
        xs, ys = (np.linspace(*ends, LEVELS + 1) for ends in (self.x, self.y))
        return xs, ys

    def corners(self) -> Floats:
        """All corners of the cells as rows (x, y), y outermost."""
        xs, ys = self.grid()
        return np.stack([part.ravel() for part in np.meshgrid(xs, ys)], 1)

    # ---- what is drawn -----------------------------------------------------------------------------------------

    def frame(self) -> Markup:
        """The frame with its ticks and names."""
        across, up = self.across, self.up
        parts: list[Child] = [
            element("rect", x=across.start, y=up.end, width=self.side, height=up.start - up.end, class_="axis")
        ]
        marks = across.ticks()
        for value, label in zip(marks, scales.labels(marks), strict=True):
            parts.append(element("path", d=f"M{number(across(value))} {number(up.start)}v4", class_="axis"))
            parts.append(element("text", label, x=across(value), y=up.start + 17, class_="middle muted small"))
        middle = (across.start + across.end) / 2
        parts.append(element("text", self.x_label, x=middle, y=up.start + 34, class_="middle"))
        if not self.flat:
            marks = up.ticks()
            for value, label in zip(marks, scales.labels(marks), strict=True):
                parts.append(element("path", d=f"M{number(across.start)} {number(up(value))}h-4", class_="axis"))
                parts.append(element("text", label, x=across.start - 7, y=up(value) + 4, class_="end muted small"))
            parts.append(_upright(self.y_label, 11, (up.start + up.end) / 2))
        return join(parts)

    def shade(self, values: Array, level: float = 0.0, kind: str = "right") -> Markup:
        """The side on which the function, given at `corners`, is at least the level."""
        table = np.asarray(values, np.float64).reshape(LEVELS + 1, LEVELS + 1) - level
        if not np.isfinite(table).all():
            return join()
        path = "".join(f"{_path(polygon[:-1])}Z" for polygon in outlines(table, *self._paper()))
        return element("path", d=path, class_=f"{kind} shade") if path else join()

    def contour(self, values: Array, level: float = 0.0, kind: str = "boundary") -> Markup:
        """The line on which the function, given at `corners`, has the level."""
        table = np.asarray(values, np.float64).reshape(LEVELS + 1, LEVELS + 1) - level
        if not np.isfinite(table).all():
            return join()
        path = "".join(map(_path, lines(table, *self._paper())))
        return element("path", d=path, class_=kind) if path else join()

    def line(self, a: float, b: float, c: float, kind: str = "boundary") -> Markup:
        """The line a x + b y + c = 0, as far as it is in the frame."""
        ends = self.within(a, b, c)
        return join() if ends is None else self.stroke(*ends, kind=kind)

    def half(self, a: float, b: float, c: float, kind: str = "right") -> Markup:
        """The side a x + b y + c >= 0."""
        (x0, x1), (y0, y1) = self.x, self.y
        polygon = _clipped([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], a, b, c)
        if len(polygon) < 3:
            return join()
        return element("path", d=f"M{'L'.join(_written(self.at(p)) for p in polygon)}Z", class_=f"{kind} shade")

    def within(self, a: float, b: float, c: float) -> tuple[Point, Point] | None:
        """Where the line a x + b y + c = 0 enters and leaves the frame.

        >>> Plane((0, 1), (0, 1)).within(1, 1, -1)
        ((1.0, 0.0), (0.0, 1.0))
        """
        (x0, x1), (y0, y1) = self.x, self.y
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        found: list[Point] = []
        for p, q in zip(corners, corners[1:] + corners[:1], strict=True):
            cut = _cut(p, q, a * p[0] + b * p[1] + c, a * q[0] + b * q[1] + c)
            if cut is not None and all(math.dist(cut, other) > 1e-9 * (x1 - x0 + y1 - y0) for other in found):
                found.append(cut)
        return (found[0], found[1]) if len(found) > 1 else None

    def stroke(self, start: Point, end: Point, kind: str = "boundary") -> Markup:
        """A straight line between two points."""
        return element("path", d=f"M{_written(self.at(start))}L{_written(self.at(end))}", class_=kind)

    def dot(self, point: Point, positive: bool, *, ringed: bool = False, said: str = "", radius: float = 5.5) -> Markup:
        """A point of a class, with a ring around it where it is the one that is spoken of."""
        x, y = self.at(point)
        title = element("title", said) if said else None
        kind = "right dot" if positive else "open dot"
        ring = element("circle", cx=x, cy=y, r=12, class_="ringed") if ringed else None
        return join(ring, element("circle", title, cx=x, cy=y, r=radius, class_=kind))

    def text(self, point: Point, words: str, *, dx: float = 0.0, dy: float = 0.0, kind: str = "small") -> Markup:
        """Words beside a point, with paper behind them."""
        x, y = self.at(point)
        return element("text", words, x=x + dx, y=y + dy, class_=f"halo {kind}")

    def drawn(self, *parts: Child, title: str, description: str = "") -> Markup:
        """The picture: its parts inside the frame, in order."""
        width, height = self.size
        return picture(width, height, parts, self.frame(), title=title, description=description)

    def _paper(self) -> tuple[Floats, Floats]:
        """The grid on paper."""
        across, up = self.across, self.up
        xs, ys = self.grid()
        return np.array([across(x) for x in xs.tolist()]), np.array([up(y) for y in ys.tolist()])


def ranges(rows: Sequence[Sequence[float]], room: float = 0.4) -> tuple[Range, Range]:
    """The ranges of x and y that hold the rows (x, y) with room around them, of one length where that fits both.

    >>> ranges([(0, 0), (1, 1)], room=0.5)
    ((-0.5, 1.5), (-0.5, 1.5))
    """
    columns = [[float(row[k]) for row in rows] for k in (0, 1)]
    spans = [max(column) - min(column) for column in columns]
    widest = max(spans) or 1.0
    found: list[Range] = []
    for column, span in zip(columns, spans, strict=True):
        length = widest if widest <= _FURTHEST * span or not span else span
        middle = (min(column) + max(column)) / 2
        found.append((middle - length * (0.5 + room), middle + length * (0.5 + room)))
    return found[0], found[1]


def _upright(text: str, x: float, y: float) -> Markup:
    """A short name as it is, a long one turned."""
    if text_width(text) < 20:
        return element("text", text, x=x + 2, y=y + 4, class_="middle")
    return element("text", text, x=x, y=y, class_="middle", transform=f"rotate(-90 {number(x)} {number(y)})")


def _path(points: Floats) -> str:
    return "M" + "L".join(map(_written, points.tolist()))


def _written(point: Sequence[float]) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _cut(p: Point, q: Point, u: float, v: float) -> Point | None:
    """Where a linear function with the values u at p and v at q is zero."""
    if (u > 0) == (v > 0) and u != 0 and v != 0:
        return None
    if u == v:
        return None
    share = u / (u - v)
    return p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])


def _clipped(polygon: Sequence[Point], a: float, b: float, c: float) -> list[Point]:
    """The part of a convex polygon on which a x + b y + c >= 0 (Sutherland and Hodgman 1974)."""
    found: list[Point] = []
    for p, q in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        u, v = a * p[0] + b * p[1] + c, a * q[0] + b * q[1] + c
        found += [p] if u >= 0 else []
        cut = _cut(p, q, u, v) if (u >= 0) != (v >= 0) else None
        found += [cut] if cut is not None else []
    return found
