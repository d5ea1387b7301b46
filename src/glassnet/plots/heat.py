"""Tables of numbers as colour: the confusion matrix, and weights as a map.

In the confusion matrix the diagonal, where the network is right, and the rest, where it is wrong, have a colour each;
the strength of a cell goes by its share of its row, so that a rare class counts as much as a frequent one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.errors import ShapeError
from glassnet.plots.readable import count, percent, plural, significant
from glassnet.plots.svg import Markup, clip, element, join, number, picture, text_width
from glassnet.typing import Array, Floats

MOST_COUNTS = 30  # classes; with more, a cell is too small for its number
MOST_CELLS = 20_000  # that are not zero; with more, the picture would be larger than the rest of its page


def strength(share: float, largest: float) -> float:
    """The opacity of a cell that holds ``share`` of its row, where ``largest`` is the largest share of its kind.

    Up to one half, pale enough for ink to be read on it; beyond, full enough for the colour that writes on it. Nothing
    lies between, where neither could be read.

    >>> [strength(share, 0.02) for share in (0.0, 0.01, 0.02)], strength(0.5, 0.9), strength(1.0, 1.0)
    ([0.0, 0.2, 0.4], 0.4, 1.0)
    """
    if share <= 0.5:
        return 0.4 * share / min(largest, 0.5)
    return 0.92 + 0.08 * (share - 0.5) / 0.5


@dataclass(frozen=True)
class _Grid:
    """Cells of one size; ``font`` is 0 where they are too small to be written into."""

    names: Sequence[str]
    cell: float
    left: float
    top: float
    font: float
    upright: bool

    @property
    def side(self) -> float:
        return len(self.names) * self.cell


@dataclass(frozen=True)
class _Cell:
    """A cell that is not zero: in row i, column j, this many rows, this share of its row."""

    i: int
    j: int
    amount: int
    share: float
    opacity: float

    @property
    def kind(self) -> str:
        return "right" if self.i == self.j else "wrong"


def _grid(classes: Sequence[str], largest_count: int) -> _Grid:
    C = len(classes)
    names = [clip(name, 14) for name in classes]
    if C > MOST_COUNTS:
        return _Grid(names, max(3.0, 640 / C), 26.0, 26.0, 0.0, upright=False)
    cell = min(76.0, max(34.0, 440 / C))
    longest = max(text_width(name) for name in names)
    upright = longest > cell - 4
    # One size for all numbers: the largest up to 15 at which the longest fits into its cell.
    font = min(15.0, 1.6 * (cell - 5) / len(str(largest_count)))
    return _Grid(names, cell, 34 + longest, 26 + (longest + 8 if upright else 18), font, upright)


def confusion_matrix(counts: Array, classes: Sequence[str], *, title: str = "Confusion matrix") -> Markup:
    """How often the rows of each true class (one line each) were taken for each class (one column each).

    ``counts`` (C, C) whole numbers, rows true. Counts are written up to 30 classes; with more, the colours alone stay.

    Raises: ShapeError where counts and classes do not fit.
    """
    C = len(classes)
    if counts.shape != (C, C) or C == 0:
        raise ShapeError(f"A confusion matrix of {plural(C, 'class', 'classes')} is ({C}, {C}), not {counts.shape}.")
    grid = _grid(classes, int(counts.max()))
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    diagonal = np.eye(C, dtype=bool)
    largest = {True: float(shares[diagonal].max()), False: float(shares[~diagonal].max(initial=0.0))}
    cells = [
        _Cell(i, j, int(counts[i, j]), share := float(shares[i, j]), strength(share, largest[i == j]))
        for i, j in np.argwhere(counts > 0).tolist()
    ]
    middle = grid.side / 2
    right = int(np.trace(counts))
    return picture(
        grid.left + grid.side + 2,
        grid.top + grid.side + 2,
        element("text", "predicted", x=grid.left + middle, y=13, class_="middle muted"),
        element("text", "true", transform=_upwards(13, grid.top + middle), class_="middle muted"),
        _class_names(grid, classes) if grid.font else None,
        _lattice(grid),
        [_counted(grid, cell, classes) for cell in cells] if grid.font else _coloured(grid, cells),
        title=title,
        description=f"{plural(C, 'class', 'classes')}; {count(right)} of {plural(int(counts.sum()), 'row')} lie on the"
        " diagonal, where the prediction is right.",
        narrowest=grid.left + 27 * C if grid.font else 320,
    )


def _upwards(x: float, y: float) -> str:
    return f"translate({number(x)} {number(y)}) rotate(-90)"


def _class_names(grid: _Grid, classes: Sequence[str]) -> Markup:
    parts = []
    for i, (name, whole) in enumerate(zip(grid.names, classes, strict=True)):
        middle = (i + 0.5) * grid.cell
        full = element("title", whole) if name != whole else None
        x, y = grid.left + middle, grid.top + middle + 4.5
        parts.append(element("text", full, name, x=grid.left - 8, y=y, class_="end"))
        if grid.upright:
            parts.append(element("text", full, name, transform=_upwards(x + 4.5, grid.top - 6)))
        else:
            parts.append(element("text", full, name, x=x, y=grid.top - 8, class_="middle"))
    return join(parts)


def _lattice(grid: _Grid) -> Markup:
    left, top, side = number(grid.left), number(grid.top), number(grid.side)
    lines = range(len(grid.names) + 1) if grid.font else (0, len(grid.names))
    rows = "".join(f"M{left} {number(grid.top + k * grid.cell)}h{side}" for k in lines)
    columns = "".join(f"M{number(grid.left + k * grid.cell)} {top}v{side}" for k in lines)
    return element("path", d=rows + columns, class_="grid")


def _counted(grid: _Grid, cell: _Cell, classes: Sequence[str]) -> Markup:
    """A cell with its number, and with words for whoever points at it."""
    x, y, side = grid.left + cell.j * grid.cell, grid.top + cell.i * grid.cell, grid.cell
    amount, kind = plural(cell.amount, "row"), cell.kind
    words = f"true {classes[cell.i]}, predicted {classes[cell.j]}: {amount}, {percent(cell.share)} of the class"
    return element(
        "g",
        element("title", words),
        element(
            "rect", x=x + 1, y=y + 1, width=side - 2, height=side - 2, rx=3, class_=kind, fill_opacity=cell.opacity
        ),
        element(
            "text",
            str(cell.amount),
            x=x + side / 2,
            y=y + side / 2 + 0.36 * grid.font,
            font_size=grid.font,
            class_=f"middle on-{kind}" if cell.share > 0.5 else "middle",
        ),
    )


def _coloured(grid: _Grid, cells: Sequence[_Cell]) -> list[Markup]:
    """Many cells without numbers: one path of short thick lines for all that look the same."""
    alike: dict[tuple[str, float], list[str]] = {}
    for cell in cells:
        # In steps of 0.04, and never so pale that a mistake vanishes.
        look = (cell.kind, max(math.ceil(25 * cell.opacity) / 25, 0.12))
        x, y = grid.left + cell.j * grid.cell, grid.top + (cell.i + 0.5) * grid.cell
        alike.setdefault(look, []).append(f"M{number(x)} {number(y)}h{number(grid.cell)}")
    return [
        element("path", d="".join(lines), class_=f"{kind}-line", stroke_opacity=opacity, stroke_width=grid.cell)
        for (kind, opacity), lines in alike.items()
    ]


def weight_map(W: Floats, rows: Sequence[str], *, title: str) -> Markup:
    """A weight matrix (I, O) as coloured cells: blue above zero, orange below, stronger with the magnitude.

    ``rows`` are the names of the I inputs; each column is a unit. A weight that is not finite is left empty.
    """
    I, O = W.shape  # noqa: E741
    finite = np.abs(W[np.isfinite(W)])
    largest = float(finite.max()) if finite.size else 0.0
    cell = min(34.0, max(14.0, 640 / O))
    names = [clip(name, 20) for name in rows]
    left, top = 12 + max(text_width(name) for name in names), 44.0
    parts: list[Markup] = [element("text", "unit", x=left, y=14, class_="muted")]
    for j in range(0, O, 1 if cell > 20 else 5):
        parts.append(element("text", str(j), x=left + (j + 0.5) * cell, y=top - 8, class_="middle muted"))
    for i, name in enumerate(names):
        full = element("title", rows[i]) if name != rows[i] else None
        parts.append(element("text", full, name, x=left - 8, y=top + (i + 0.5) * 22 + 4.5, class_="end"))
        for j in range(O):
            w = float(W[i, j])
            if math.isfinite(w):
                parts.append(
                    element(
                        "rect",
                        element("title", f"{rows[i]} to unit {j}: {significant(w)}"),
                        x=left + j * cell + 0.5,
                        y=top + i * 22 + 0.5,
                        width=cell - 1,
                        height=21,
                        rx=2,
                        class_="right" if w > 0 else "wrong",
                        fill_opacity=abs(w) / largest if largest else 0.0,
                    )
                )
    words = f"{I} inputs by {plural(O, 'unit')}; the largest magnitude is {significant(largest)}."
    width = left + O * cell + 2
    return picture(width, top + I * 22 + 2, parts, title=title, description=words, narrowest=min(width, left + 14 * O))
