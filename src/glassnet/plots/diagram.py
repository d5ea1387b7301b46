"""A network as it is drawn on the blackboard: a column of circles for each layer, every pair of neighbours joined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from glassnet.plots.readable import count
from glassnet.plots.svg import Markup, clip, element, number, picture

_MOST = 10  # circles in a column; of larger layers the first and the last four are drawn, with dots between
_HEIGHT = 254.0
_MIDDLE = 106.0
_APART = 22.0


def _heights(units: int) -> list[float]:
    """Where the circles of a layer stand."""
    if units > _MOST:
        return [_MIDDLE + _APART * k for k in (-4, -3, -2, -1, 1, 2, 3, 4)]
    return [_MIDDLE + _APART * (k - (units - 1) / 2) for k in range(units)]


def network(layers: Sequence[tuple[int, str]], *, title: str = "The network") -> Markup:
    """Layers as (units, what stands below), the input first."""
    gap = 118.0 if len(layers) <= 5 else 600.0 / len(layers)
    columns = [(60 + k * gap, _heights(units)) for k, (units, _) in enumerate(layers)]
    bonds = "".join(
        f"M{number(x0)} {number(y0)}L{number(x1)} {number(y1)}"
        for (x0, left), (x1, right) in pairwise(columns)
        for y0 in left
        for y1 in right
    )
    circles = [element("circle", cx=x, cy=y, r=6.5, class_="unit") for x, heights in columns for y in heights]
    dots = [
        element("circle", cx=x, cy=_MIDDLE + dy, r=1.6)
        for (x, _), (units, _) in zip(columns, layers, strict=True)
        if units > _MOST
        for dy in (-6, 0, 6)
    ]
    words = [
        (
            element("text", count(units), x=x, y=_HEIGHT - 22, class_="middle strong"),
            element("text", clip(name, int(gap / 6)), x=x, y=_HEIGHT - 6, class_="middle muted small"),
        )
        for (x, _), (units, name) in zip(columns, layers, strict=True)
    ]
    described = ", then ".join(f"{count(units)} {name}" for units, name in layers)
    return picture(
        120 + gap * (len(layers) - 1),
        _HEIGHT,
        element("path", d=bonds, class_="bonds") if bonds else None,
        circles,
        dots,
        words,
        title=title,
        description=f"{described}.",
    )
