"""From a table as people have it to numbers and codes that a network can take, the same way at every prediction.

What is done to a column depends on what it holds, and is learned from the training rows alone:

- Numbers are brought to a common size by what outliers leave alone, and their tails are bent in smoothly.
- A gap among numbers becomes the median, and where the training rows had gaps one more column says so.
- Few words are one-hot columns; many are codes, which an `Embedding` turns into learned numbers.
- A word that stood in one row only, and one that is met for the first time at prediction, share a place of their own.
- A column that never changes says nothing and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.errors import DataError, ShapeError
from glassnet.estimators.columns import ONE_HOT, Learned, LeftOut, Numbers, Words, config, learn, recalled
from glassnet.estimators.frames import Column, columns_of, names_of
from glassnet.layers import Embedding, Layer, Rescale
from glassnet.typing import ArrayLike, Floats

DIM = 8  # learned numbers for a word of the other columns
MOST_BINNED = 100  # columns of numbers that have bins: of more, as of pixels, bins would be most of the matrix


@dataclass(frozen=True)
class Table:
    """What was learned of a table's columns, and how rows of it become the input of a network.

    Formula:
        X -> [columns of numbers, gaps and few words, in the order of the table; codes of the columns of many words;
        where asked for the bins of the columns of numbers]

    Raises:
        What `glassnet.estimators.frames.columns_of` raises for what is no table; DataError for columns other than
        those that were learned.

    Example:
        >>> table = Table.learn([["Thun", 60.0], ["Chur", None], ["Thun", 80.0], ["Chur", 95.0]])
        >>> table.names
        ('x0=Thun', 'x1', 'x1 is missing')
        >>> table.matrix([["Chur", 80.0], ["Genf", None]])
        array([[-1.,  0.,  0.],
               [ 0.,  0.,  1.]], dtype=float32)

    Source: Holzmueller et al. (2024), arXiv 2407.04491, sections 3 and A: what is done to numbers and categories.
    """

    columns: tuple[Learned, ...]
    named: bool  # whether the table had names, which are then compared

    @classmethod
    def learn(cls, X: Any, one_hot: int = ONE_HOT, bins: int = 0) -> Table:
        """From the training rows; up to `one_hot` words are one-hot columns, and columns of numbers have `bins`.

        More than 100 columns of numbers have none.
        """
        given = columns_of(X)
        many = sum(column.kind == "numbers" for column in given) > MOST_BINNED
        found = tuple(learn(column, one_hot, 0 if many else bins) for column in given)
        if not any(column.columns for column in found):
            raise DataError(
                f"None of the {len(given)} columns tells the rows of X apart (n_samples = {len(given[0].values)}): "
                "each holds one value, no value, or a word that is another in every row."
            )
        return cls(found, names_of(X) is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the matrix."""
        return (*self._plain, *self._codes, *(name for column in self._numbers for name in column.binned))

    @property
    def width(self) -> int:
        """How many columns of the matrix stand before the bins."""
        return len(self._plain) + len(self._codes)

    @property
    def _plain(self) -> tuple[str, ...]:
        return tuple(name for column in self.columns if not _coded(column) for name in column.columns)

    @property
    def _codes(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if _coded(column))

    @property
    def _numbers(self) -> tuple[Numbers, ...]:
        return tuple(column for column in self.columns if isinstance(column, Numbers))

    def without_bins(self) -> Table:
        """The table whose matrix is the first `width` columns of this one's."""
        plain = tuple(replace(column, edges=()) if isinstance(column, Numbers) else column for column in self.columns)
        return replace(self, columns=plain)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The columns that say nothing."""
        return tuple(column.name for column in self.columns if isinstance(column, LeftOut))

    def matrix(self, X: Any, dtype: Any = np.float32) -> Floats:
        """Rows of the table as numbers, (n, columns of the matrix)."""
        given = columns_of(X)
        self._fits(X, given)
        matrix: Floats = np.empty((len(given[0].values), len(self.names)), dtype)
        plain, code, bins = 0, len(self._plain), self.width  # the places of the next column of each kind
        for known, column in zip(self.columns, given, strict=True):
            parts = list(known.read(_as(known, column)))
            for place, values in enumerate(parts, start=code if _coded(known) else plain):
                matrix[:, place] = values
            if isinstance(known, Numbers) and known.edges:
                matrix[:, bins : bins + len(known.binned)] = known.read_bins(column)
                bins += len(known.binned)
            if _coded(known):
                code += 1
            else:
                plain += len(parts)
        return matrix

    def layers(self, dim: int = DIM) -> tuple[Layer, ...]:
        """What a network begins with: an `Embedding` of the codes, where there are some."""
        coded = [column for column in self.columns if isinstance(column, Words) and column.coded]
        first = len(self._plain)
        if not coded:
            return ()
        return (Embedding([column.categories for column in coded], dim, [*range(first, first + len(coded))]),)

    def config(self) -> dict[str, Any]:
        """As plain data, for a model file; `from_config` reads it back."""
        return {"named": self.named, "columns": [config(column) for column in self.columns]}

    @classmethod
    def from_config(cls, given: Any) -> Table:
        """The inverse of `config`.

        Raises:
            DataError: a description of no table.
        """
        if not isinstance(given, Mapping) or not isinstance(given.get("columns"), Sequence):
            raise DataError("This is no description of a table's columns.")
        return cls(tuple(map(recalled, given["columns"])), given.get("named") is True)

    def _fits(self, X: Any, given: Sequence[Column]) -> None:
        if len(given) != len(self.columns):
            raise ShapeError(f"X has {len(given)} columns, and the table that was learned has {len(self.columns)}.")
        names = names_of(X)
        if names is None or not self.named:
            return
        for known, name in zip(self.columns, names, strict=True):
            if known.name != name:
                raise DataError(
                    f"X has the column {name!r} where the table that was learned has {known.name!r}: give the same "
                    "columns in the same order."
                )


def _coded(column: Learned) -> bool:
    return isinstance(column, Words) and column.coded


def _as(known: Learned, column: Column) -> Column:
    """The column as the kind that was learned; one without values fits each."""
    if isinstance(known, LeftOut) or column.kind in ("empty", known.kind):
        return column
    raise DataError(
        f"Column {known.name!r} holds {column.kind}, and {known.kind} when it was learned: bring it to the same type."
    )


def target_scale(y: ArrayLike) -> Rescale:
    """From numbers of mean 0 and deviation 1 to the size of these targets: what brings predictions back.

    Formula:
        scaled = (y - offset) / factor,   y = scaled factor + offset;   offset the mean, factor the deviation

    Shapes: y (n,) or (n, k).

    Raises:
        DataError: targets that are not finite.

    Example:
        >>> target_scale([10.0, 30.0]).factor, target_scale([10.0, 30.0]).offset
        ((10.0,), (20.0,))

    Source: LeCun, Bottou, Orr and Mueller (1998), "Efficient BackProp", section 4.5.
    """
    if not np.isfinite(np.asarray(y, np.float64)).all():
        raise DataError("The targets hold NaN or infinity.")
    return Rescale.restoring(y)
