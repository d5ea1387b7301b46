"""Many small pictures of functions side by side, all with the same axes, so that shapes can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.plots.charts import Series
from glassnet.plots.scales import Scale, fits
from glassnet.plots.svg import Markup, element, number, picture, text_width

SIZE = 168.0
EDGE, GAP, HEADING, LEGEND = 2.0, 16.0, 22.0, 30.0


@dataclass(frozen=True)
class Panel:
    """A named picture: a function, and what is drawn with it; `shaded` are stretches of x, `note` stands beside."""

    title: str
    series: Sequence[Series]
    note: str = ""
    shaded: Sequence[tuple[float, float]] = ()


def panels(
    given: Sequence[Panel], *, columns: int, x: tuple[float, float], y: tuple[float, float], title: str
) -> Markup:
    """The panels row by row; what leaves the common ranges of x and y is cut off, and the zero lines are drawn.

    Series of the same place in their panels have one colour and one dash, and one entry in the legend.
    """
    rows = -(-len(given) // columns)
    names = [s.name for s in max((panel.series for panel in given), key=len, default=())]
    width = 2 * EDGE + columns * SIZE + (columns - 1) * GAP
    ranges = f"{x[0]:g} to {x[1]:g} across, {y[0]:g} to {y[1]:g} up".replace("-", "−")
    parts = [_legend(names), element("text", ranges, x=width - EDGE, y=16.5, class_="end muted")]
    for place, panel in enumerate(given):
        left = EDGE + (place % columns) * (SIZE + GAP)
        top = LEGEND + (place // columns) * (SIZE + HEADING + GAP)
        parts.append(_panel(panel, left, top, x, y))
    height = LEGEND + rows * (SIZE + HEADING + GAP)
    said = ", ".join(panel.title for panel in given)
    return picture(width, height, parts, title=title, description=f"{' and '.join(names)} of {said}")


def _legend(names: Sequence[str]) -> Markup:
    entries = []
    for k, name in enumerate(names):
        left = EDGE + 150.0 * k
        entries.append(element("path", d=f"M{number(left)} 12h34", class_=f"curve s{k + 1}"))
        entries.append(element("text", name, x=left + 42, y=16.5))
    return element("g", entries)


def _panel(panel: Panel, left: float, top: float, x: tuple[float, float], y: tuple[float, float]) -> Markup:
    across = Scale(*x, left, left + SIZE)
    up = Scale(*y, top + HEADING + SIZE, top + HEADING)
    zero = (
        f"M{number(left)} {number(up(0.0))}h{number(SIZE)}M{number(across(0.0))} {number(top + HEADING)}v{number(SIZE)}"
    )
    units = [
        f"M{number(left)} {number(up(value))}h{number(SIZE)}"
        for value in range(int(y[0]), int(y[1]) + 1)
        if value and y[0] < value < y[1]
    ]
    frame = element("rect", x=left, y=top + HEADING, width=SIZE, height=SIZE, class_="axis")
    return element(
        "g",
        [_stretch(across, ends, top + HEADING) for ends in panel.shaded],
        element("text", panel.title, x=left, y=top + 15, class_=_title_class(panel.title)),
        element("path", d="".join(units), class_="grid"),
        element("path", d=zero, class_="axis"),
        frame,
        [_curve(s, k, across, up, y) for k, s in enumerate(panel.series)],
        element("text", panel.note, x=left + SIZE - 5, y=top + HEADING + 14, class_="end muted small halo")
        if panel.note
        else None,
    )


def _title_class(title: str) -> str:
    """Bold; a name that is wider than its panel is written small."""
    return "strong" if 1.1 * text_width(title) <= SIZE else "strong small"


def _stretch(across: Scale, ends: tuple[float, float], top: float) -> Markup:
    """A stretch of x behind the curves."""
    left, right = (across(min(max(end, across.low), across.high)) for end in ends)
    return element("rect", x=left, y=top, width=right - left, height=SIZE, class_="saturated")


def _curve(series: Series, place: int, across: Scale, up: Scale, y: tuple[float, float]) -> Markup:
    """A path with a new beginning behind each gap; lines are cut where they leave the panel."""
    path, drawing = "", False
    points = list(zip(series.x, series.y, strict=True))
    for k, (a, b) in enumerate(points):
        if not fits(b) or not _near(points, k, y):
            drawing = False
            continue
        inside = min(max(b, y[0]), y[1])
        path += f"{'L' if drawing else 'M'}{number(across(a))} {number(up(inside))}"
        drawing = True
    return element("path", d=path, class_=f"curve s{place + 1}")


def _near(points: Sequence[tuple[float, float]], k: int, y: tuple[float, float]) -> bool:
    """Whether a point or one beside it is within the panel."""
    return any(y[0] <= b <= y[1] for _, b in points[max(k - 1, 0) : k + 2])
