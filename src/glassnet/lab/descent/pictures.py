"""Pictures of a descent: its paths over a map of two variables, or down a curve with tangents; f against the step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from glassnet.lab.descent.function import Function
from glassnet.lab.descent.numbers import digits, point_words
from glassnet.lab.descent.stationary import Level
from glassnet.lab.descent.verdict import WORDS
from glassnet.lab.descent.way import Way
from glassnet.lab.show.document import Picture, Pictures
from glassnet.plots.charts import Series, line_chart
from glassnet.plots.plane import Plane, Point, Range
from glassnet.plots.surface import Ground, Walk
from glassnet.plots.svg import Markup, element, number, picture, text_width
from glassnet.typing import Floats

if TYPE_CHECKING:
    from glassnet.lab.descent.descend import Descent

MOST_TOGETHER = 5  # paths on one map; more have a map each
TANGENT = 85.0  # how far a tangent is drawn on either side, on paper
TANGENTS = 3  # of a path down a curve
ROOM = 0.18  # of the window beside what it has to show
REACH = 3.0  # how far beyond the start and the level points a path is followed, in their own size


def pictures(descent: Descent) -> Iterator[Picture | Pictures]:
    """The pictures that a function of so many variables has."""
    n = len(descent.function.variables)
    if n == 1:
        yield Picture(_curve(descent), "The curve, the path's first points with their tangents, and the level points. "
                      "A tangent's angle is theta = arctan of the slope.")  # fmt: skip
    elif n == 2 and len(descent.ways) <= MOST_TOGETHER:
        yield Picture(_map(descent, descent.ways), _map_caption(descent))
    elif n == 2:
        maps = [Picture(_map(descent, (way,), legend=False), _short(way)) for way in descent.ways]
        yield Pictures(tuple(maps))
    if descent.ways[0].steps > 1:
        yield Picture(_values(descent), "The function's value after each step.")


def _short(way: Way) -> str:
    return way.optimizer.name.replace("_", " ")


def _map_caption(descent: Descent) -> str:
    leaving = [way for way in descent.ways if not _shown_whole(descent, way)]
    said = "Lines of equal height, in stronger colour where f is higher; open circle: start, full one: end."
    return said + (" An arrow: the path leaves the map." if leaving else "")


# ---- what is shown -------------------------------------------------------------------------------------------------


def window(descent: Descent) -> tuple[Range, ...]:
    """The range of each variable: the start, the nearest level points, and the paths as far as they stay near these."""
    start = descent.path[0]
    near = _near_levels(descent, start)
    kept = np.array([start, *near])
    size = max(float(np.ptp(kept, axis=0).max()), _first_steps(descent), 1e-6)
    middle = (kept.min(axis=0) + kept.max(axis=0)) / 2
    points = np.concatenate([kept, *(way.points for way in descent.ways)])
    points = points[(np.abs(points - middle) <= REACH * size / 2 + size / 2).all(axis=1)]
    low, high = points.min(axis=0), points.max(axis=0)
    span = np.maximum(high - low, 0.25 * float((high - low).max()))
    span = np.where(span > 0, span, size)
    centre = (low + high) / 2
    return tuple((float(c - s * (0.5 + ROOM)), float(c + s * (0.5 + ROOM))) for c, s in zip(centre, span, strict=True))


def _near_levels(descent: Descent, start: Floats) -> list[Floats]:
    """The level point that is nearest to the start, and those about as near."""
    found = [np.array(level.point) for level in descent.stationary]
    if not found:
        return []
    distances = [float(np.linalg.norm(point - start)) for point in found]
    return [p for p, d in zip(found, distances, strict=True) if d <= 2 * min(distances) + 1e-9][:4]


def _first_steps(descent: Descent) -> float:
    """How far the paths get in their first steps, where there is no level point to give a size."""
    reached = max(float(np.abs(way.points[: 4 + 1] - way.points[0]).max()) for way in descent.ways)
    return reached if not descent.stationary else 0.0


def _shown_whole(descent: Descent, way: Way) -> bool:
    ranges = np.array(window(descent))
    return bool(((way.points >= ranges[:, 0]) & (way.points <= ranges[:, 1])).all())


# ---- two variables -------------------------------------------------------------------------------------------------


def _map(descent: Descent, ways: tuple[Way, ...], legend: bool = True) -> Markup:
    x, y = _square(window(descent))
    a, b = descent.function.variables
    names = [f"{_short(way)}, {_rate(way)}" if _same_names(descent) else _short(way) for way in ways]
    said = [f"{way.steps} steps: {descent.verdicts[descent.ways.index(way)].word}" for way in ways]
    walks = [Walk(way.points, name, words) for way, name, words in zip(ways, names, said, strict=True)]
    marks: list[tuple[Point, str]] = [
        ((level.point[0], level.point[1]), level.kind) for level in descent.stationary if level.kind != "flat"
    ]
    words = "; ".join(f"{name} from {point_words('xy', way.points[0])} to {point_words('xy', way.points[-1])}"
                      for way, name in zip(ways, names, strict=True))  # fmt: skip
    ground = _ground(descent.function, x, y, a, b)
    return ground.picture(walks, marks, title=f"Descent on {descent.function}", description=f"{words}.", legend=legend)


@lru_cache(maxsize=8)
def _ground(function: Function, x: Range, y: Range, x_label: str, y_label: str) -> Ground:
    return Ground.of(lambda p, q: function.at([p, q]), x, y, x_label=x_label, y_label=y_label)


def _same_names(descent: Descent) -> bool:
    names = [way.optimizer.name for way in descent.ways]
    return len(set(names)) < len(names)


def _rate(way: Way) -> str:
    return f"rate {way.optimizer.rate(0):g}"


def _square(ranges: tuple[Range, ...]) -> tuple[Range, Range]:
    """Ranges of one length, so that gradients stand upright on the lines of equal height."""
    length = max(high - low for low, high in ranges)
    middles = [(low + high) / 2 for low, high in ranges]
    x, y = ((middle - length / 2, middle + length / 2) for middle in middles)
    return x, y


# ---- one variable --------------------------------------------------------------------------------------------------


def _curve(descent: Descent) -> Markup:
    """The curve, the paths' points on it, the first tangents, and the level ones."""
    x = _around_levels(descent, *window(descent))
    xs = np.linspace(*x, 400)
    values = np.broadcast_to(np.asarray(descent.function.at([xs]), np.float64), xs.shape)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if known.size:  # a pole does not flatten the rest
        near = descent.function.at([np.clip(descent.path[:, 0], *x)])
        high = min(high, max(float(np.nanmax(near)) + 0.6 * (float(np.nanmax(near)) - low), low + 1e-9))
    room = 0.08 * (high - low) or 1.0
    plane = Plane(x, (low - room, high + room), descent.function.variables[0], "f", side=400.0)
    parts = [_graph(plane, xs, values)]
    drawn: list[Point] = []
    for level in descent.stationary:
        if x[0] <= level.point[0] <= x[1]:
            parts += _tangent(plane, level.point[0], level.value, 0.0, _named(level), drawn)
    way = descent.ways[0]
    for k in _told_apart(way):
        at, slope = float(way.points[k, 0]), float(way.gradients[k, 0])
        angle = f"{math.degrees(math.atan(slope)):.1f}°".replace("-", "−")
        words = f"{f'step {k}' if k else 'start'}: slope {digits(slope, 4)}, θ = {angle}".replace("-", "−")
        parts += _tangent(plane, at, float(way.values[k]), slope, words if abs(slope) > way.tolerance else "", drawn)
    for place, each in enumerate(descent.ways):
        parts.append(_points(plane, each, place + 1))
    width, height = plane.size
    described = f"From {point_words('x', way.points[0])} to {point_words('x', way.points[-1])} in {way.steps} steps."
    return picture(width, height, parts, plane.frame(), title=f"Descent on {descent.function}",
                   description=described, narrowest=480)  # fmt: skip


def _around_levels(descent: Descent, x: Range) -> Range:
    """The range with room on both sides of the level points in it: a valley has two sides."""
    low, high = x
    room = 0.35 * (high - low)
    inside = [level.point[0] for level in descent.stationary if low <= level.point[0] <= high]
    return min([low, *(point - room for point in inside)]), max([high, *(point + room for point in inside)])


def _told_apart(way: Way) -> list[int]:
    """The start, and the next steps whose slopes are about half of the one before: their tangents can be told apart."""
    chosen = [0]
    for k, slope in enumerate(way.slopes.tolist()):
        if len(chosen) < TANGENTS and slope <= 0.55 * way.slopes[chosen[-1]] and slope > way.tolerance:
            chosen.append(k)
    return chosen


def _named(level: Level) -> str:
    """What stands at a level point of a curve."""
    if not level.corner:
        return f"{_words(level.kind)}, slope 0: θ = 0°"
    slopes = " to ".join(digits(slope, 3) for (slope,) in (level.gradients[0], level.gradients[-1]))
    return f"{_words(level.kind)}, a corner: slope {slopes}".replace("-", "−")


def _words(kind: str) -> str:
    return {"flat": "level"}.get(kind, WORDS[kind].removeprefix("a "))


def _graph(plane: Plane, xs: Floats, values: Floats) -> Markup:
    """The curve; where it leaves the frame it is cut, with a gap."""
    path, drawing = "", False
    for x, y in zip(xs.tolist(), values.tolist(), strict=True):
        inside = math.isfinite(y) and plane.y[0] <= y <= plane.y[1]
        if inside:
            a, b = plane.at((x, y))
            path += f"{'L' if drawing else 'M'}{number(a)} {number(b)}"
        drawing = inside
    return element("path", d=path, class_="boundary")


def _tangent(plane: Plane, x: float, y: float, slope: float, words: str, taken: list[Point]) -> list[Markup]:
    """A piece of the tangent around its point, with its slope and angle in words where there is room for them."""
    if not (plane.x[0] <= x <= plane.x[1] and plane.y[0] <= y <= plane.y[1]):
        return []
    width = plane.x[1] - plane.x[0]  # a step that can be seen, whatever the numbers' size
    (ax, ay), (bx, by) = plane.at((x, y)), plane.at((x + width, y + slope * width))
    length = math.hypot(bx - ax, by - ay)
    if not math.isfinite(length):
        return []
    ux, uy = (bx - ax) / length, (by - ay) / length
    back, on = (min(TANGENT, _room(plane, (ax, ay), (sign * ux, sign * uy))) for sign in (-1, 1))
    ends = f"M{number(ax - back * ux)} {number(ay - back * uy)}L{number(ax + on * ux)} {number(ay + on * uy)}"
    line = element("path", d=ends, class_="tangent s2")
    # Beside the curve, where it is not: left of a rising one, right of a falling one; below a level tangent.
    middle = min(max(ax, plane.across.start + 90), plane.across.end - 90)
    at = (middle, ay + 20) if slope == 0 else (ax - 14, ay - 2) if slope > 0 else (ax + 14, ay - 2)
    free = all(abs(at[1] - other[1]) > 17 or abs(at[0] - other[0]) > 190 for other in taken)
    fits = slope <= 0 or at[0] - text_width(words) > plane.across.start - 20
    if not (words and free and fits):
        return [line]
    taken.append(at)
    anchor = "middle" if slope == 0 else "end" if slope > 0 else "start"
    return [line, element("text", words, x=at[0], y=at[1], class_=f"small halo {anchor}")]


def _room(plane: Plane, place: Point, direction: Point) -> float:
    """How far it is on paper from a place to the frame."""
    ends = ((plane.across.start, plane.across.end), (plane.up.end, plane.up.start))
    ways = [
        ((high if d > 0 else low) - at) / d
        for (low, high), at, d in zip(ends, place, direction, strict=True)
        if abs(d) > 1e-9
    ]
    return max(0.0, min(ways))


def _points(plane: Plane, way: Way, style: int) -> Markup:
    """The path's points on the curve, joined from one to the next."""
    spots = [
        plane.at((float(x), float(y)))
        for (x,), y in zip(way.points[:200], way.values[:200], strict=True)
        if plane.x[0] <= x <= plane.x[1] and plane.y[0] <= y <= plane.y[1]
    ]
    joined = "L".join(f"{number(a)} {number(b)}" for a, b in spots)
    dots = [element("circle", cx=a, cy=b, r=3.2, class_=f"f{style}") for a, b in spots[1:]]
    start = [element("circle", cx=a, cy=b, r=5.5, class_=f"ring s{style}") for a, b in spots[:1]]
    return element("g", element("path", d=f"M{joined}", class_=f"jump s{style}") if spots else None, dots, start)


# ---- values --------------------------------------------------------------------------------------------------------


def _values(descent: Descent) -> Markup:
    series = [
        Series(f"{_short(way)}{f', {_rate(way)}' if _same_names(descent) else ''}", list(range(way.steps + 1)),
               way.values.tolist())
        for way in descent.ways[:MOST_TOGETHER]
    ]  # fmt: skip
    positive = [value for s in series for value in s.y if value > 0]
    log = len(positive) == sum(len(s.y) for s in series) and max(positive) > 1e3 * min(positive)
    return line_chart(series, title="f against the step", x_label="step", y_label="" if series[1:] else "f", log=log)
