"""All pictures of a document on one sheet, each with its caption: what .svg files hold."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from glassnet.lab.show.document import Picture
from glassnet.plots.svg import Markup, element, join, picture

COLUMNS, GAP, LINE = 3, 24.0, 17.0
LETTER = 6.4  # about the width of a small letter


def sheet(pictures: Sequence[Picture], title: str) -> Markup:
    """The pictures row by row; a single one without its caption is itself.

    >>> from glassnet.plots.svg import picture as empty
    >>> one = Picture(empty(100, 50, title="nothing"), "Nothing at all.")
    >>> sheet([one, one], "Two").split('viewBox="')[1].split('"')[0]
    '0 0 224 75'
    """
    if len(pictures) == 1:
        return pictures[0].markup
    sizes = [_size(each.markup) for each in pictures]
    column = max(width for width, _ in sizes)
    captions = [textwrap.wrap(each.caption, max(int(column / LETTER), 12)) for each in pictures]
    parts: list[Markup] = []
    top = 0.0
    for first in range(0, len(pictures), COLUMNS):
        row = range(first, min(first + COLUMNS, len(pictures)))
        tall = max(sizes[k][1] for k in row)
        for k in row:
            left = (k - first) * (column + GAP)
            body = Markup(pictures[k].markup.partition(">")[2].removesuffix("</svg>"))
            lines = [element("text", line, x=0, y=tall + LINE * (i + 0.75), class_="muted small")
                     for i, line in enumerate(captions[k])]  # fmt: skip
            parts.append(element("g", body, lines, transform=f"translate({left:g} {top:g})"))
        top += tall + LINE * max(len(captions[k]) for k in row) + 8
    width = min(len(pictures), COLUMNS) * (column + GAP) - GAP
    said = " ".join(each.caption for each in pictures)
    return picture(width, top, join(parts), title=title, description=said)


def _size(markup: Markup) -> tuple[float, float]:
    """Width and height of a picture."""
    _, _, width, height = map(float, markup.split('viewBox="', 1)[1].split('"', 1)[0].split())
    return width, height
