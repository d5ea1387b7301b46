"""Small grey pictures on a terminal: two pixels a character cell, or one letter a pixel where there are no colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text

from glassnet.data.centring import Centring, resized
from glassnet.typing import Array

SIDE = 28  # pixels of the longer side that are drawn
SHADES = " .:-=+*#%@"  # from black to white, as light is on a dark terminal


def half_blocks(picture: Array) -> Text:
    """(H, W) grey levels 0..255 as half blocks: the upper pixel is the ink of the cell, the lower one its paper."""
    rows = picture if len(picture) % 2 == 0 else np.vstack([picture, np.zeros((1, picture.shape[1]), picture.dtype)])
    text = Text()
    for i in range(0, len(rows), 2):
        for above, below in zip(rows[i].tolist(), rows[i + 1].tolist(), strict=True):
            text.append("▀", Style(color=_grey(above), bgcolor=_grey(below)))
        text.append("\n")
    text.rstrip()
    return text


def letters(picture: Array) -> str:
    """(H, W) grey levels 0..255 as two letters a pixel, so that a square stays a square.

    >>> print(letters(np.array([[0, 255], [128, 0]], np.uint8)))
      @@
    ++
    """
    last = len(SHADES) - 1
    return "\n".join(
        "".join(2 * SHADES[round(value * last / 255)] for value in row).rstrip() for row in picture.tolist()
    )


def centring(centred: Centring, width: int) -> RenderableType:
    """The steps from the drawing to the network's input, side by side as far as they fit."""
    steps = [Group(Text(title, "quiet"), half_blocks(fitted(picture))) for title, picture in centred.steps]
    if width < len(steps) * (SIDE + 2):  # the first, the last, and what lies between as room allows
        shown = max(2, min(len(steps), width // (SIDE + 2)))
        steps = [*steps[: shown - 1], steps[-1]]
    return Columns(steps, padding=(0, 2))


def described(centred: Centring) -> str:
    """The same as a sentence."""
    rows, columns = centred.box
    drawn = "light on dark" if centred.light_on_dark else "dark on light"
    return (
        f"Drawn {drawn}; the digit was found in rows {rows.start} to {rows.stop - 1} and columns {columns.start} to "
        f"{columns.stop - 1}, scaled to {centred.scaled.shape[0]}x{centred.scaled.shape[1]} and placed in "
        f"{centred.result.shape[0]}x{centred.result.shape[1]}."
    )


def fitted(picture: Array, side: int = SIDE) -> Array:
    """The picture with its longer side at `side`, so that steps of any size can stand beside each other."""
    height, width = picture.shape
    factor = side / max(height, width)
    size: Sequence[int] = (max(1, round(height * factor)), max(1, round(width * factor)))
    if factor >= 1:  # pixels stay squares with sharp edges
        rows, columns = (np.arange(new) * old // new for new, old in zip(size, picture.shape, strict=True))
        return picture[np.ix_(rows, columns)]
    return np.rint(resized(picture.astype(np.float64), *size)).astype(np.uint8)


def _grey(value: int) -> str:
    return f"#{value:02x}{value:02x}{value:02x}"
