"""Arrays as they are shown on a page: small ones number by number, large ones by their picture and their statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glassnet.lab.expressions import Name
from glassnet.plots import png
from glassnet.plots.images import span
from glassnet.plots.theme import diverging
from glassnet.typing import Array, Floats

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace

MOST_ENTRIES, MOST_COLUMNS = 60, 8  # of an array that is written out
SIDE = 112  # cells of the longer side of a picture; of a larger array each cell is the strongest number of its block
LEVELS = 63
MOST_LARGEST = 5


@dataclass(frozen=True)
class Statistics:
    """An array in a few numbers."""

    least: float
    greatest: float
    mean: float
    deviation: float
    zeros: float

    @classmethod
    def of(cls, value: Array) -> Statistics:
        """Those of an array."""
        numbers = np.asarray(value, np.float64)
        zeros = float((numbers == 0).mean())
        return cls(float(numbers.min()), float(numbers.max()), float(numbers.mean()), float(numbers.std()), zeros)


def written_out(value: Array) -> bool:
    """Whether an array is small enough to be read number by number."""
    return value.size <= MOST_ENTRIES and (value.ndim < 2 or as_rows(value).shape[1] <= MOST_COLUMNS)


def as_rows(value: Array) -> Array:
    """The array with two axes: a vector is one row, of more axes the first is that of the rows."""
    return value.reshape(1, -1) if value.ndim < 2 else value.reshape(len(value), -1)


def largest(trace: Trace, name: str, most: int = MOST_LARGEST) -> list[Name]:
    """The entries (as stored) with the largest magnitudes, the largest first."""
    value = np.abs(trace.quantities[name].value)
    flat = value.reshape(-1)
    found = np.argpartition(-flat, most - 1)[:most] if flat.size > most else np.arange(flat.size)
    order = found[np.lexsort((found, -flat[found]))]
    return [Name(name, tuple(int(i) for i in np.unravel_index(place, value.shape))) for place in order]


def example_of(trace: Trace, name: str) -> Name:
    """The entry that is opened where one stands for all: the largest in magnitude."""
    return largest(trace, name, 1)[0]


def pooled(value: Array) -> Floats:
    """The array with at most SIDE cells a side: of each block the number of the largest magnitude."""
    rows: Array = np.nan_to_num(np.asarray(as_rows(value), np.float64), posinf=0, neginf=0)
    if rows.shape[0] == 1 and rows.shape[1] > SIDE:  # a long vector as a block of lines
        width = int(np.ceil(np.sqrt(rows.shape[1])))
        padded = np.zeros(width * -(-rows.shape[1] // width))
        padded[: rows.shape[1]] = rows[0]
        rows = padded.reshape(-1, width)
    for axis in (0, 1):
        block = -(-rows.shape[axis] // SIDE)
        if block > 1:
            rows = _strongest(rows, block, axis)
    return rows


def _strongest(rows: Floats, block: int, axis: int) -> Floats:
    moved = np.moveaxis(rows, axis, 0)
    count = -(-len(moved) // block)
    padded = np.zeros((count * block, moved.shape[1]))
    padded[: len(moved)] = moved
    blocks = padded.reshape(count, block, -1)
    place = np.abs(blocks).argmax(axis=1)[:, None]
    return np.moveaxis(np.take_along_axis(blocks, place, axis=1)[:, 0], 0, axis)


def picture(value: Array) -> str:
    """An array as a heat map, a data URI: orange below zero, white at zero, blue above."""
    cells = pooled(value)
    share = np.clip(cells / span(cells, 1.0), -1, 1)
    return png.data_uri(((share + 1) / 2 * (LEVELS - 1)).round().astype(np.uint8), diverging(LEVELS))
