"""A matrix that grows row by row while a file is read, in about the bytes that its numbers need.

A table in figures has two bytes and more a number, and a float64 eight. So each block of rows is kept in the smallest
dtype that gives its numbers back to the last bit, and the blocks are let go while the final matrix is filled.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from glassnet.typing import Array

BLOCK = 2**17  # numbers that are kept as they come, before they are made small
SMALLER = {"d": ("u1", "i2", "i4", "f4"), "q": ("u1", "u2", "u4")}


class Growing:
    """Rows of `width` numbers, floats ("d") or whole numbers ("q"); `grown` is called with every block that is full.

    >>> growing = Growing(2, "d")
    >>> for row in ([1, 0.5], [2, 0.25]):
    ...     growing.add(row)
    >>> growing.column(1)
    array([0.5 , 0.25])
    >>> X = np.empty((2, 1))
    >>> for rows, block in growing.released():
    ...     X[rows] = block[:, :1]
    >>> X.tolist()
    [[1.0], [2.0]]
    """

    def __init__(self, width: int, kind: str, grown: Callable[[], None] = lambda: None) -> None:
        self.width, self.kind, self.grown = width, kind, grown
        self.recent: array[Any] = array(kind)
        self.blocks: list[Array] = []
        self.nbytes = 0  # of the blocks

    def add(self, row: Sequence[float]) -> None:
        """One more row."""
        self.recent.extend(row)
        if len(self.recent) >= BLOCK:
            self._pack()

    def column(self, place: int) -> Array:
        """One column, whole numbers (as far as 53 bits hold them) as int64, else in the wide dtype."""
        self._pack()
        chosen = [block[:, place] for block in self.blocks]
        whole = all(part.dtype.kind in "iu" or _are_whole(part) for part in chosen)
        column: Array = np.concatenate(chosen, dtype=np.int64 if whole else np.float64, casting="unsafe")
        return column

    def are_bytes(self, places: Sequence[int]) -> bool:
        """Whether these columns hold nothing but whole numbers 0..255."""
        self._pack()
        chosen = (block[:, places] for block in self.blocks)
        return all(
            block.dtype == np.uint8 or bool(block.min() >= 0 and block.max() <= 255 and _are_whole(block))
            for block in chosen
        )

    def largest(self, places: Sequence[int]) -> float:
        """The largest number of these columns."""
        self._pack()
        return max(float(block[:, places].max()) for block in self.blocks)

    def released(self) -> Iterator[tuple[slice, Array]]:
        """Every block with its rows, from the last to the first; what was handed out is forgotten."""
        self._pack()
        stop = sum(len(block) for block in self.blocks)
        while self.blocks:  # from the end, so that the memory can go back to the system
            block = self.blocks.pop()
            yield slice(stop - len(block), stop), block
            stop -= len(block)

    def _pack(self) -> None:
        if self.width and self.recent:
            wide = np.frombuffer(self.recent, np.dtype(self.kind))
            self.blocks.append(_small(wide, SMALLER[self.kind]).reshape(-1, self.width))
            self.nbytes += self.blocks[-1].nbytes
            del wide
            self.recent = array(self.kind)
            self.grown()


def _are_whole(numbers: Array) -> bool:
    return bool((np.floor(numbers) == numbers).all() and np.abs(numbers).max() < 2**53)


def _small(wide: Array, dtypes: Sequence[str]) -> Array:
    """The numbers in the first dtype that brings all of them back to the last bit (-0.0 is no whole number)."""
    with np.errstate(invalid="ignore", over="ignore"):
        for dtype in dtypes:
            small = wide.astype(dtype)
            if np.array_equal(small.astype(wide.dtype).view(np.int64), wide.view(np.int64)):
                return small
    return wide.copy()
