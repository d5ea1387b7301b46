"""Lines over a common axis, and points against a diagonal.

What is not finite (or beyond 1e250) leaves a gap: no line is drawn through a value that is not there. A point between
two gaps is a dot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.plots import scales
from glassnet.plots.readable import NO_BREAK, percent, plural, significant
from glassnet.plots.scales import Scale
from glassnet.plots.svg import Markup, clip, element, join, number, picture, text_width
from glassnet.plots.theme import SERIES
from glassnet.typing import Floats

WIDTH, HEIGHT = 440.0, 300.0
_BOTTOM = 46.0
_BOLD = 1.18  # how much wider bold letters are
_MOST_POINTS = 600  # more than a line this wide can show
_MOST_HOVERS = 120


@dataclass(frozen=True)
class Series:
    """A named line: one y for each x; what is not finite is a gap. ``ring`` is the index of a point to stress."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    ring: int | None = None
    ring_label: str = ""


def _known(values: Sequence[float], log: bool = False) -> list[float]:
    return [float(v) for v in values if scales.fits(v, log)]


def line_chart(
    series: Sequence[Series],
    *,
    title: str,
    x_label: str,
    y_label: str = "",
    log: bool = False,
    zero: bool = False,
    share: bool = False,
    description: str = "",
) -> Markup:
    """Lines with axes, a legend, and the last value written at the end of each.

    ``log``: logarithmic y axis, on which values <= 0 are gaps. ``zero``: the y axis shows 0. ``share``: y is written
    in per cent. Several series are told apart by colour and by dashes.
    """
    ys = [v for s in series for v in _known(s.y, log)]
    xs = [v for s in series for v in _known(s.x)]
    named = _legend([s.name for s in series]) if len(series) > 1 else []
    top = 32.0 + 20 * len(named) if named else 52.0 if y_label else 20.0
    bottom = HEIGHT - _BOTTOM
    y = scales.logarithmic(ys, bottom, top) if log else scales.linear(ys, bottom, top, zero=zero)
    ends = [_write(last, share) for s in series if (last := _last(s, log)) is not None]
    left = 12 + max(text_width(name) for name in _names(y, share))
    right = WIDTH - 12 - _BOLD * max((text_width(text) for text in ends), default=0)
    x = scales.linear(xs, left, right, whole=True)
    nothing = element("text", "There are no numbers to draw.", x=(left + right) / 2, y=160, class_="middle muted")
    return picture(
        WIDTH,
        HEIGHT,
        _axes(x, y, _names(y, share), x_label, y_label),
        named,
        [_line(s, i, x, y, share, x_label) for i, s in enumerate(series)],
        _end_values(series, x, y, share) if ys else nothing,
        title=title,
        description=description or _describe(series, share),
    )


def _write(value: float, share: bool) -> str:
    return percent(value) if share else significant(value)


def _names(y: Scale, share: bool) -> list[str]:
    """What stands beside the ticks of the y axis."""
    if y.log:
        return [_write(value, share) for value in y.ticks()]
    if share:
        return [f"{name}{NO_BREAK}%" for name in scales.labels([100 * value for value in y.ticks()])]
    return scales.labels(y.ticks())


def _describe(series: Sequence[Series], share: bool) -> str:
    """What the lines show, in words."""
    known = [(s.name, values) for s in series if (values := _known(s.y))]
    sentences = [
        f"{name}: {plural(len(v), 'value')} from {_write(v[0], share)} to {_write(v[-1], share)}." for name, v in known
    ]
    return " ".join(sentences) or "No values."


def _last(s: Series, log: bool) -> float | None:
    values = _known(s.y[-1:], log)
    return values[0] if values else None


def _axes(x: Scale, y: Scale, names: Sequence[str], x_label: str, y_label: str) -> Markup:
    bottom = y.start
    parts: list[Markup] = []
    for value, label in zip(y.ticks(), names, strict=True):
        parts.append(element("path", d=f"M{number(x.start)} {number(y(value))}H{number(x.end)}", class_="grid"))
        parts.append(element("text", label, x=x.start - 8, y=y(value) + 4.5, class_="end muted"))
    marks = x.ticks()
    for value, label in zip(marks, scales.labels(marks), strict=True):
        parts.append(element("path", d=f"M{number(x(value))} {number(bottom)}v5", class_="axis"))
        parts.append(element("text", label, x=x(value), y=bottom + 19, class_="middle muted"))
    parts.append(element("path", d=f"M{number(x.start)} {number(bottom)}H{number(x.end)}", class_="axis"))
    parts.append(element("text", x_label, x=(x.start + x.end) / 2, y=HEIGHT - 6, class_="middle"))
    parts.append(element("text", y_label, x=2, y=15) if y_label else join())
    return join(parts)


def _legend(names: Sequence[str]) -> list[Markup]:
    """Rows above the lines, each name behind a piece of its line, from the right."""
    x, y = WIDTH, 15.0
    rows: list[list[Markup]] = [[]]
    for i, name in reversed(list(enumerate(names))):
        shown = clip(name, 22)
        if rows[-1] and x - text_width(shown) - 30 < 0:
            rows.append([])
            x, y = WIDTH, y + 20
        x -= text_width(shown)
        style = i % SERIES + 1
        rows[-1].append(element("text", shown, x=x, y=y))
        rows[-1].append(element("path", d=f"M{number(x - 30)} {number(y - 4.5)}h24", class_=f"curve s{style}"))
        x -= 50
    return [join(row) for row in rows]


def _line(s: Series, index: int, x: Scale, y: Scale, share: bool, x_label: str) -> Markup:
    style = index % SERIES + 1
    runs = _runs(s, y.log)
    path = "".join(_path(_thin(run), x, y) for run in runs if len(run) > 1)
    dots = [
        element("circle", cx=x(run[0][0]), cy=y(run[0][1]), r=4, class_=f"f{style}") for run in runs if len(run) == 1
    ]
    points = [point for run in runs for point in run]
    hovers = [
        element(
            "circle",
            element("title", f"{s.name}, {x_label} {significant(px, 6)}: {_write(py, share)}"),
            cx=x(px),
            cy=y(py),
            r=7,
            class_="hover",
        )
        for px, py in (points if len(points) <= _MOST_HOVERS else [])
    ]
    curve = element("path", d=path, class_=f"curve s{style}") if path else None
    return join(curve, dots, _ring(s, style, x, y), hovers)


def _ring(s: Series, style: int, x: Scale, y: Scale) -> Markup | None:
    if s.ring is None or not scales.fits(s.y[s.ring], y.log):
        return None
    cx, cy = x(s.x[s.ring]), y(s.y[s.ring])
    # Above the point, or below it where that would run into the legend.
    label = element("text", s.ring_label, x=cx, y=cy - 12 if cy > y.end + 24 else cy + 24, class_="middle muted small")
    return join(element("circle", cx=cx, cy=cy, r=5, class_=f"ring s{style}"), label if s.ring_label else None)


def _runs(s: Series, log: bool) -> list[list[tuple[float, float]]]:
    """The stretches of a series without a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for px, py in zip(s.x, s.y, strict=True):
        if scales.fits(py, log):
            runs[-1].append((float(px), float(py)))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _thin(run: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A long run as the lowest and the highest point of each of equal parts, so that no peak is lost."""
    if len(run) <= _MOST_POINTS:
        return run
    size = math.ceil(2 * (len(run) - 2) / (_MOST_POINTS - 2))
    kept = [run[0]]
    for i in range(1, len(run) - 1, size):
        part = run[i : min(i + size, len(run) - 1)]
        kept += sorted({min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1])})
    return [*kept, run[-1]]


def _path(run: list[tuple[float, float]], x: Scale, y: Scale) -> str:
    return "M" + "L".join(f"{number(x(px))} {number(y(py))}" for px, py in run)


def _end_values(series: Sequence[Series], x: Scale, y: Scale, share: bool) -> Markup:
    """The last value of each series beside its end, pushed apart where they would cover each other."""
    ends = sorted((y(last), i, last) for i, s in enumerate(series) if (last := _last(s, y.log)) is not None)
    heights: list[float] = []
    for height, _, _ in ends:
        heights.append(max(height, heights[-1] + 15) if heights else height)
    shift = max(0.0, heights[-1] - y.start) if heights else 0.0
    return join(
        element("text", _write(last, share), x=x.end + 8, y=at - shift + 4.5, class_=f"strong f{i % SERIES + 1}")
        for at, (_, i, last) in zip(heights, ends, strict=True)
    )


def scatter(true: Floats, predicted: Floats, *, title: str, description: str = "", most: int = 2000) -> Markup:
    """Predicted against true values with the diagonal on which a perfect prediction lies.

    ``true``, ``predicted`` (n,); pairs that are not finite are left out, and of more than ``most`` pairs every k-th
    is drawn.
    """
    pairs = np.stack([np.ravel(true), np.ravel(predicted)], 1).astype(np.float64)
    pairs = pairs[(np.abs(pairs) <= scales.LARGEST).all(1)]
    pairs = pairs[:: max(1, math.ceil(len(pairs) / most))]
    values = pairs.ravel().tolist()
    y = scales.linear(values, HEIGHT + 60 - _BOTTOM, 30)
    names = scales.labels(y.ticks())
    left = 12 + max(text_width(name) for name in names)
    x = Scale(y.low, y.high, left, WIDTH - 4 - text_width(names[-1]) / 2, y.step)
    parts = [element("path", d=f"M{number(left)} {number(y.start)}L{number(x.end)} {number(y.end)}", class_="guide")]
    stride = math.ceil(len(names) * (10 + max(text_width(name) for name in names)) / (x.end - left))
    for k, (value, name) in enumerate(zip(y.ticks(), names, strict=True)):
        parts.append(element("path", d=f"M{number(left)} {number(y(value))}H{number(x.end)}", class_="grid"))
        parts.append(element("path", d=f"M{number(x(value))} {number(y.start)}V{number(y.end)}", class_="grid"))
        parts.append(element("text", name, x=left - 8, y=y(value) + 4.5, class_="end muted"))
        if k % stride == 0:
            parts.append(element("text", name, x=x(value), y=y.start + 19, class_="middle muted"))
    dots = "".join(f"M{number(x(a))} {number(y(b))}h0" for a, b in pairs.tolist())
    parts.append(element("path", d=dots, class_="points s1"))
    parts.append(element("text", "predicted", x=2, y=15))
    parts.append(element("text", "true", x=(left + x.end) / 2, y=HEIGHT + 54, class_="middle"))
    words = description or f"{plural(len(pairs), 'point')}; on the dashed diagonal a prediction equals the true value."
    return picture(WIDTH, HEIGHT + 60, *parts, title=title, description=words)
