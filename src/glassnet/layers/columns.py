"""Columns by their numbers: some of them (Columns), and those that hold categories (Embedding)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from glassnet.errors import DataError, SettingError, ShapeError
from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.layers.parameters import ParameterSpec
from glassnet.maths.initializers import normal
from glassnet.typing import Array, Indices, Shape

SMALL: Any = normal.configured(deviation=0.05)


def _whole_numbers(given: object, who: str, what: str, least: int) -> tuple[int, ...]:
    """A number, or a list of them, as a tuple."""
    numbers = (given,) if isinstance(given, (int, np.integer)) else given
    if not isinstance(numbers, Iterable) or isinstance(numbers, str):
        raise SettingError(f"{who} needs whole numbers as its {what}; given {given!r}.")
    found = tuple(numbers)
    for number in found:
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
            raise SettingError(f"{who} needs whole numbers of at least {least} as its {what}; given {number!r}.")
    return tuple(int(number) for number in found)


def _columns(given: object, who: str) -> tuple[int, ...]:
    columns = _whole_numbers(given, who, "columns", 0)
    if not columns or len(set(columns)) < len(columns):
        raise SettingError(f"{who} needs different columns, at least one; given {list(columns)}.")
    return columns


def _within(columns: tuple[int, ...], input_shape: Shape, who: str) -> None:
    if max(columns) >= width(input_shape):
        raise ShapeError(
            f"{who} names column {max(columns)}; these rows have the columns 0 to {width(input_shape) - 1}."
        )


@dataclass(frozen=True, repr=False)
class Columns(Layer):
    """Some of the columns, in the order in which they are named.

    Formula:
        A[:, k] = X[:, columns[k]];   dX is dA in these columns and 0 elsewhere

    Shapes: X (B, I), A (B, number of columns).

    Args:
        columns: their numbers, from 0.

    Raises:
        SettingError: no columns, a column twice, or a negative number. ShapeError: a column that the rows do not have.

    Example:
        >>> from glassnet.layers import Columns
        >>> Columns([2, 0]).build((5,)).output_shape
        (2,)

    Source: Cheng et al. (2016), arXiv 1606.07792: the wide part sees other columns than the deep one.
    """

    columns: Any
    kind: ClassVar[str] = "columns"

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", _columns(self.columns, "Columns"))

    def build(self, input_shape: Shape) -> Built:
        _within(self.columns, input_shape, repr(self))
        count = len(self.columns)
        return Built((count,), buffers={"A": count, "dX": width(input_shape)})

    def forward(self, X: Array, frame: Frame) -> Array:
        return np.take(X, self.columns, axis=1, out=frame.buffers["A"], mode="clip")

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        if not frame.needs_input_gradient:
            return None
        dX = frame.buffers["dX"]
        dX[...] = 0
        dX[:, self.columns] = dA
        return dX

    def config(self) -> dict[str, Any]:
        return {"kind": self.kind, "columns": list(self.columns)}

    def __repr__(self) -> str:
        return f"Columns({list(self.columns)})"


@dataclass(frozen=True, repr=False)
class Embedding(Layer):
    """Columns that hold categories, each category as a row of learned numbers; the other columns stay.

    Formula:
        A = [X without the columns, E[code of the first], E[code of the second], ...]
        dE[c] = sum of the parts of dA that category c gave, added in the order of the rows: the same bits every time

    A code is a whole number from 0 below the column's `categories`. E holds the categories of all columns one below the
    other: those of the second begin where those of the first end.

    Shapes: X (B, I), E (sum of the categories, dim), A (B, I - number of columns + number of columns dim).

    Args:
        categories: how many there are: one number, or one for each column.
        dim: how many numbers stand for a category.
        columns: which columns hold categories, by their numbers from 0; all of them by default.

    Raises:
        SettingError: numbers below 1, columns that stand twice, or not as many categories as columns.
        ShapeError: a column that the rows do not have.
        DataError: a row with a category that is none of them; `fit` looks at all its rows first.

    Example:
        >>> from glassnet.layers import Embedding
        >>> Embedding(12, 4, columns=[3]).build((5,)).output_shape  # four columns stay, and four numbers for the fifth
        (8,)

    Bytes are scaled before they reach a network, codes too: give uint8 codes with `fit(..., scale=None)`.

    Source: Bengio, Ducharme, Vincent and Jauvin (2003), JMLR 3, 1137-1155; Guo and Berkhahn (2016), arXiv 1604.06737,
    for tables.
    """

    categories: Any
    dim: int
    columns: Any = None
    kind: ClassVar[str] = "embedding"
    particular: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _whole_numbers(self.dim, "Embedding", "dim", 1)
        categories = _whole_numbers(self.categories, "Embedding", "number of categories", 1)
        if self.columns is not None:
            object.__setattr__(self, "columns", _columns(self.columns, "Embedding"))
            if len(categories) not in (1, len(self.columns)):
                raise SettingError(
                    f"Embedding has {len(categories)} numbers of categories for {len(self.columns)} columns; give one "
                    "for each, or one for all."
                )
        object.__setattr__(self, "categories", categories)

    def _places(self, input_shape: Shape) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The columns with categories, and how many each has."""
        columns = self.columns or tuple(range(width(input_shape)))
        counts = self.categories if len(self.categories) > 1 else self.categories * len(columns)
        if len(counts) != len(columns):
            raise ShapeError(f"{self!r} has {len(counts)} numbers of categories for rows of {len(columns)} columns.")
        return columns, counts

    def build(self, input_shape: Shape) -> Built:
        columns, counts = self._places(input_shape)
        _within(columns, input_shape, repr(self))
        E = ParameterSpec("E", "table", (sum(counts), self.dim), SMALL)
        out = width(input_shape) + len(columns) * (self.dim - 1)
        return Built((out,), (E,), {"A": out, "dX": width(input_shape)})

    def forward(self, X: Array, frame: Frame) -> Array:
        columns, counts = self._places(frame.shape)
        A, others = frame.buffers["A"], _others(columns, X.shape[1])
        frame.kept = self._codes(X, columns, counts)
        A[:, : len(others)] = X[:, others]
        A[:, len(others) :] = frame.weights["E"][frame.kept].reshape(len(X), -1)
        return A

    def _codes(self, X: Array, columns: tuple[int, ...], counts: tuple[int, ...]) -> Indices:
        """The row of E for each entry, (B, number of columns)."""
        given = X[:, columns]
        unknown = ~((given >= 0) & (given < counts) & (given == np.floor(given)))
        if unknown.any():
            row, k = np.argwhere(unknown)[0]
            raise DataError(
                f"Column {columns[k]} holds {given[row, k]:g}, and this embedding knows the categories 0 to "
                f"{counts[k] - 1}. (Codes are whole numbers; bytes are scaled unless scale=None.)"
            )
        first = np.cumsum([0, *counts[:-1]])
        codes: Indices = given.astype(np.int64) + first
        return codes

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        columns, _ = self._places(frame.shape)
        kept = dA.shape[1] - len(columns) * self.dim
        dE = frame.gradients["E"]
        dE[...] = 0
        np.add.at(dE, frame.kept.reshape(-1), dA[:, kept:].reshape(-1, self.dim))
        if not frame.needs_input_gradient:
            return None
        dX = frame.buffers["dX"]
        dX[...] = 0  # a category does not change a little
        dX[:, _others(columns, dX.shape[1])] = dA[:, :kept]
        return dX

    def config(self) -> dict[str, Any]:
        columns = None if self.columns is None else list(self.columns)
        return {"kind": self.kind, "categories": list(self.categories), "dim": self.dim, "columns": columns}

    def __repr__(self) -> str:
        categories = self.categories[0] if len(self.categories) == 1 else list(self.categories)
        where = "" if self.columns is None else f", columns={list(self.columns)}"
        return f"Embedding({categories}, {self.dim}{where})"


@lru_cache(maxsize=64)
def _others(columns: tuple[int, ...], count: int) -> tuple[int, ...]:
    """The columns that hold no categories."""
    return tuple(k for k in range(count) if k not in columns)
