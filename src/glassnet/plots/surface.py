"""A function of x and y as a map: lines of equal height, the higher the darker, with paths over it.

Heights are spaced evenly where that shows the surface; where most of it lies in one band (a ravine with steep walls),
they stand closer together towards the bottom.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from glassnet.plots.plane import Plane, Point, Range
from glassnet.plots.readable import significant
from glassnet.plots.svg import Markup, clip, element, join, number, picture
from glassnet.plots.theme import SERIES
from glassnet.typing import Floats

LEVELS = 12
LARGEST_BAND = 0.3  # of the map's area that lies below the lowest line
POWERS = (1, 2, 3, 4, 6, 8)
SIDE, LEGEND = 400.0, 190.0
MOST_DOTS = 60  # of a path whose every step is a dot


@dataclass(frozen=True)
class Walk:
    """A path over a map: its points (k, 2), its name, and what stands below the name."""

    points: Floats
    name: str
    said: str = ""


def heights(values: Floats, count: int = LEVELS) -> list[float]:
    """The levels of a map's lines, short numbers, ascending.

    >>> heights(np.linspace(0.0, 13.0, 1000))
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0]
    """
    known = values[np.isfinite(values)]
    if not known.size or known.max() - known.min() <= 1e-12 * (1 + np.abs(known).max()):
        return []
    low, high = float(known.min()), float(known.max())
    shares = np.arange(1, count + 1) / (count + 1)
    for power in POWERS:
        levels = low + (high - low) * shares**power
        if (known < levels[0]).mean() <= LARGEST_BAND:
            break
    return sorted({_short(float(level), float(gap)) for level, gap in zip(levels, np.gradient(levels), strict=True)})


def _short(level: float, gap: float) -> float:
    """The level with no more digits than tell it from the next."""
    decimals = int(np.clip(1 - np.floor(np.log10(gap)), -300, 300)) - (gap >= 2 * 10.0 ** np.floor(np.log10(gap)))
    return float(round(level, decimals)) + 0.0


@dataclass(frozen=True)
class Ground:
    """A map without paths: computed once, drawn under many."""

    plane: Plane
    values: Floats
    levels: tuple[float, ...]
    drawn: Markup

    @classmethod
    def of(
        cls,
        f: Callable[[Floats, Floats], Floats],
        x: Range,
        y: Range,
        *,
        x_label: str = "x",
        y_label: str = "y",
        count: int = LEVELS,
    ) -> Ground:
        """The map of f over the ranges of x and y: f takes arrays; what is not finite is not drawn."""
        plane = Plane(x, y, x_label, y_label, side=SIDE)
        corners = plane.corners()
        values = np.broadcast_to(np.asarray(f(corners[:, 0], corners[:, 1]), np.float64), len(corners))
        levels = heights(values, count)
        filled = np.where(np.isfinite(values), values, np.max(values[np.isfinite(values)], initial=-np.inf))
        shades = [plane.shade(filled, level, "height") for level in levels]
        return cls(plane, values, tuple(levels), join(shades, [plane.contour(filled, lv, "level") for lv in levels]))

    def picture(
        self,
        walks: Sequence[Walk] = (),
        marks: Sequence[tuple[Point, str]] = (),
        *,
        title: str,
        description: str = "",
        legend: bool = True,
    ) -> Markup:
        """The paths on the map, cut off at its edge, and marked points with their words; names stand beside it."""
        plane = self.plane
        named = bool(walks) and legend
        parts = [
            self.drawn,
            _named_levels(plane, plane.corners(), self.values, self.levels, walks),
            [_walk(plane, walk, k) for k, walk in enumerate(walks)],
            [_mark(plane, point, words) for point, words in marks],
        ]
        width, height = plane.size
        beside = _legend(walks, width + 8) if named else None
        return picture(width + LEGEND * named, height, parts, plane.frame(), beside, title=title,
                       description=description, narrowest=520 if named else None)  # fmt: skip


def _named_levels(
    plane: Plane, corners: Floats, values: Floats, levels: Sequence[float], walks: Sequence[Walk]
) -> list[Markup]:
    """Every other line with its height, where there is most room beside paths and other numbers."""
    across, up = plane.across, plane.up
    spots = np.array([plane.at((float(a), float(b))) for a, b in corners])
    taken = [np.array(plane.at((float(a), float(b)))) for walk in walks for a, b in walk.points[:MOST_DOTS]]
    inner = (np.abs(spots[:, 0] - (across.start + across.end) / 2) < plane.side / 2 - 30) & (
        np.abs(spots[:, 1] - (up.start + up.end) / 2) < plane.side / 2 - 20
    )
    shown = []
    for level in levels[::2]:
        near = np.flatnonzero(inner & (np.abs(values - level) <= _tolerance(values, level)))
        if not len(near):
            continue
        others = np.array(taken) if taken else np.zeros((1, 2))
        room = np.min(np.linalg.norm(spots[near, None] - others[None], axis=2), axis=1)
        best = int(near[int(room.argmax())])
        if room.max() < 26:
            continue
        taken.append(spots[best])
        shown.append(element("text", significant(level), x=spots[best, 0], y=spots[best, 1] + 4,
                             class_="middle muted small halo"))  # fmt: skip
    return shown


def _tolerance(values: Floats, level: float) -> float:
    """How near a corner's value is to a level that passes beside it."""
    known = np.abs(values[np.isfinite(values)] - level)
    return float(np.partition(known, min(60, len(known) - 1))[min(60, len(known) - 1)])


def _inside(plane: Plane, point: Floats) -> bool:
    (x0, x1), (y0, y1) = plane.x, plane.y
    return bool(x0 <= point[0] <= x1 and y0 <= point[1] <= y1)


def _walk(plane: Plane, walk: Walk, place: int) -> Markup:
    """The path, a dot a step, its start open and its end full; an arrow where it leaves the map."""
    style = place % SERIES + 1
    points = walk.points
    inside = [_inside(plane, point) for point in points]
    path, dots = "", []
    for k, (a, b) in enumerate(pairwise(points)):
        piece = _clipped(plane, a, b)
        if piece is None:
            continue
        (ax, ay), (bx, by) = plane.at(piece[0]), plane.at(piece[1])
        path += f"M{number(ax)} {number(ay)}L{number(bx)} {number(by)}"
        if inside[k] and not inside[k + 1]:
            dots.append(_arrow((ax, ay), (bx, by), style))
    shown = [point for point, within in zip(points, inside, strict=True) if within]
    if len(shown) <= MOST_DOTS:
        dots += [_dot(plane, point, style) for point in shown[1:]]
    start = element("circle", cx=plane.at(_pair(points[0]))[0], cy=plane.at(_pair(points[0]))[1], r=5.5,
                    class_=f"ring s{style}") if inside[0] else None  # fmt: skip
    end = _dot(plane, points[-1], style, 5.5) if inside[-1] else None
    line = element("path", d=path, class_=f"curve s{style}") if path else None
    return join(line, dots, start, end)


def _pair(point: Floats) -> Point:
    return float(point[0]), float(point[1])


def _dot(plane: Plane, point: Floats, style: int, radius: float = 2.8) -> Markup:
    x, y = plane.at(_pair(point))
    return element("circle", cx=x, cy=y, r=radius, class_=f"f{style}")


def _arrow(start: Point, end: Point, style: int) -> Markup:
    """The head of an arrow at the end of a line."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    ux, uy = 9 * dx / length, 9 * dy / length
    left, right = (end[0] - ux - uy / 2, end[1] - uy + ux / 2), (end[0] - ux + uy / 2, end[1] - uy - ux / 2)
    corners = "L".join(f"{number(a)} {number(b)}" for a, b in (end, left, right))
    return element("path", d=f"M{corners}Z", class_=f"f{style}")


def _clipped(plane: Plane, a: Floats, b: Floats) -> tuple[Point, Point] | None:
    """The part of a straight line that lies on the map (Liang and Barsky 1984)."""
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None
    first, last = 0.0, 1.0
    for k, (low, high) in enumerate((plane.x, plane.y)):
        span = float(b[k] - a[k])
        ends = (low - float(a[k]), high - float(a[k]))
        if span == 0:
            if ends[0] > 0 or ends[1] < 0:
                return None
            continue
        enter, leave = sorted(end / span for end in ends)
        first, last = max(first, enter), min(last, leave)
    if first > last:
        return None
    return _pair(a + first * (b - a)), _pair(a + last * (b - a))


def _mark(plane: Plane, point: Point, words: str) -> Markup:
    if not _inside(plane, np.array(point)):
        return join()
    x, y = plane.at(point)
    cross = element("path", d=f"M{number(x - 5)} {number(y - 5)}l10 10m0 -10l-10 10", class_="boundary")
    return join(cross, element("text", words, x=x + 10, y=y - 8, class_="halo small strong"))


def _legend(walks: Sequence[Walk], x: float) -> Markup:
    """The names below each other beside the map, each behind a piece of its line."""
    parts = []
    for k, walk in enumerate(walks):
        y = 30.0 + 44 * k
        parts.append(element("path", d=f"M{number(x)} {number(y - 4)}h26", class_=f"curve s{k % SERIES + 1}"))
        parts.append(element("text", clip(walk.name, 20), x=x + 34, y=y))
        parts.append(element("text", clip(walk.said, 26), x=x + 34, y=y + 16, class_="muted small"))
    return join(parts)
