"""A table as people have it, taken apart: columns of numbers or of words, and where a value is missing.

A DataFrame of pandas or Polars, an array of NumPy or a list of rows; neither library is imported, only what their
columns have in common is used. The rules, all of them:

- A column holds numbers (truths are 0 and 1) or words; a categorical column holds words, whatever its categories are.
- Missing is what the library says is missing, None and NaN. An infinite number is a mistake, not a missing one.
- Dates and times are refused: which of the year, the weekday or the days since a sale matters, the data do not say.
  So are columns in which every word is a date, such as 2026-11-25 or 25.11.2026, as a CSV file leaves them.
- A NumPy array of text has lost which columns were numbers. Those that read as numbers throughout are numbers there,
  and an empty text and "nan" are missing.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any, Literal

import numpy as np

from glassnet.errors import DataError, ShapeError, TypeNotUsableError
from glassnet.typing import Array

MOMENTS = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)
PERIODS = frozenset({"Period", "Interval"})  # of pandas: no subclasses of the above
NOTHING = frozenset({"NoneType", "NAType", "NaTType"})  # pandas' own signs refuse to be compared
FLOATS = (float, np.floating, Decimal)
CATEGORICAL = ("category", "categorical", "enum")  # as pandas and Polars write it
BLANK = frozenset({"", "nan"})
TIME = r"([T ]\d{1,2}:\d{2}.*)?"
WRITTEN_DATE = re.compile(rf"(\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}}){TIME}")

Kind = Literal["numbers", "words", "empty"]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table: `values` (n,) float64 for numbers, objects for words; `missing` (n,) marks the gaps.

    A column without a single value is of the kind "empty".
    """

    name: str
    kind: Kind
    values: Array
    missing: Array


def names_of(X: Any) -> tuple[str, ...] | None:
    """The names of the columns, where the table has names that are all words.

    >>> names_of(np.zeros((2, 3))) is None
    True
    """
    names = tuple(X.columns) if hasattr(X, "columns") else ()
    return names if names and all(isinstance(name, str) for name in names) else None


def columns_of(X: Any) -> tuple[Column, ...]:
    """The columns of a table.

    Args:
        X: a DataFrame, an array (n, d) or a list of n rows.

    Raises:
        TypeNotUsableError: what is no such table: a sparse matrix, a lazy frame; a column of dates, of complex numbers
            or of objects.
        ShapeError: an array of other than two dimensions, rows of different length, no columns or no rows.
        DataError: words and numbers in one column, an infinite number.

    Example:
        >>> columns = columns_of([["Thun", 3.5], ["Chur", None]])
        >>> [(column.name, column.kind, column.missing.tolist()) for column in columns]
        [('x0', 'words', [False, False]), ('x1', 'numbers', [False, True])]

    Source: the names x0, x1, ... of columns without names are scikit-learn's.
    """
    if hasattr(X, "collect") and hasattr(X, "collect_schema"):
        raise TypeNotUsableError("X is a lazy frame, which holds no rows yet: give X.collect().")
    if hasattr(X, "tocsr"):
        raise TypeNotUsableError(
            "preprocess='auto' reads tables whose columns differ, and X is a sparse matrix: leave preprocess at None."
        )
    series = _series(X)
    if series is not None:
        found = tuple(_of_series(str(name), one) for name, one in zip(X.columns, series, strict=True))
    else:
        found = tuple(_of_array(X))
    _not_empty(len(found[0].values) if found else len(X), len(found))
    return found


def _not_empty(rows: int, columns: int) -> None:
    """In scikit-learn's words."""
    for count, what in ((rows, "sample"), (columns, "feature")):
        if not count:
            raise ShapeError(f"X has 0 {what}(s) (shape=({rows}, {columns})) while a minimum of 1 is required.")


def _series(X: Any) -> Sequence[Any] | None:
    """The columns of a DataFrame in its library's own form; by place, since two may have one name."""
    if hasattr(X, "iloc") and hasattr(X, "columns"):
        return [X.iloc[:, k] for k in range(X.shape[1])]
    if hasattr(X, "get_columns"):
        return list(X.get_columns())
    return None


def _of_series(name: str, series: Any) -> Column:
    if str(series.dtype).lower().startswith(CATEGORICAL):
        return _categories(name, series)
    gaps = series.isna() if hasattr(series, "isna") else series.is_null()
    return _column(name, np.asarray(series.to_numpy()), np.asarray(gaps.to_numpy(), bool))


def _categories(name: str, series: Any) -> Column:
    """Categories are words, also where they are written as numbers: a code times two is another code."""
    if hasattr(series, "cat") and hasattr(series.cat, "codes"):  # pandas, whose arrays turn 3 into 3.0 beside a gap
        known, codes = series.cat.categories.tolist(), series.cat.codes.to_numpy()
        values = [None if code < 0 else known[code] for code in codes.tolist()]
    else:
        values = series.to_list()
    _refuse_moments(name, values)
    words = np.array([None if value is None else str(value) for value in values], object)
    return _column(name, words, np.zeros(len(words), bool))


def _of_array(X: Any) -> Iterator[Column]:
    listed = isinstance(X, (list, tuple))
    array = np.array(X, object) if listed else np.asarray(X)
    if listed and array.ndim == 1 and any(isinstance(row, (list, tuple, np.ndarray)) for row in X):
        raise ShapeError("The rows of X have different lengths; a table has the same columns in every row.")
    if array.ndim == 2:
        _not_empty(*array.shape)
    if array.ndim != 2:
        one = "Reshape your data: X.reshape(1, -1) is one row, X.reshape(-1, 1) one column."
        raise ShapeError(f"X has the shape {array.shape}; a table has rows and columns, (n, d). {one}")
    text = array.dtype.kind in "US"
    for k in range(array.shape[1]):
        values = array[:, k]
        yield _from_text(f"x{k}", values) if text else _column(f"x{k}", values, np.zeros(len(values), bool))


def _from_text(name: str, values: Array) -> Column:
    """A column of a NumPy array of text: numbers where every entry reads as one."""
    words = [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in values.tolist()]
    missing = np.array([word.strip().lower() in BLANK for word in words], bool)
    filled = ["nan" if gap else word for word, gap in zip(words, missing, strict=True)]
    try:
        return _column(name, np.array(filled, np.float64), missing)
    except ValueError:
        return _column(name, np.array(words, object), missing)


def _column(name: str, values: Array, missing: Array) -> Column:
    """Values of any dtype as what they are."""
    if values.dtype.kind in "mM":
        raise _moments(name)
    if values.dtype.kind in "fiub":
        return _numbers(name, values.astype(np.float64), missing)
    if values.dtype.kind in "US":
        values = values.astype(object)
    if values.dtype.kind != "O":
        raise TypeNotUsableError(f"Column {name!r} holds {values.dtype}; a column is numbers or words.")
    _refuse_moments(name, values)
    missing = missing | _gaps(values)
    kinds = set(map(type, values[~missing].tolist()))
    if not kinds:
        return Column(name, "empty", np.full(len(values), np.nan), missing)
    words = [kind for kind in kinds if issubclass(kind, str)]
    numbers = [kind for kind in kinds if issubclass(kind, (Real, Decimal, np.bool_))]
    if len(words) == len(kinds):
        if all(WRITTEN_DATE.fullmatch(word) for word in values[~missing]):
            raise _moments(name)
        return Column(name, "words", values, missing)
    if len(numbers) == len(kinds):
        return _numbers(name, np.where(missing, np.nan, values).astype(np.float64), missing)
    if len(words) + len(numbers) == len(kinds):
        raise _mixed(name, values, missing)
    strange = next(kind.__name__ for kind in kinds if kind not in words and kind not in numbers)
    raise TypeNotUsableError(f"Column {name!r} holds values of the type {strange}; a column is numbers or words.")


def _gaps(values: Array) -> Array:
    """None, NaN, and pandas' own signs for nothing."""
    return np.array([type(v).__name__ in NOTHING or (isinstance(v, FLOATS) and v != v) for v in values], bool)


def _numbers(name: str, values: Array, missing: Array) -> Column:
    endless = np.isinf(values)
    if endless.any():
        rows = np.flatnonzero(endless)
        others = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
        raise DataError(
            f"Column {name!r} holds {values[rows[0]]:g} in row {rows[0]}{others}: a division by zero, or a number too "
            "large. Put it right, or write NaN where the value is missing."
        )
    missing = missing | np.isnan(values)
    if missing.all():
        return Column(name, "empty", values, missing)
    return Column(name, "numbers", values, missing)


def _refuse_moments(name: str, values: Iterable[Any]) -> None:
    for kind in set(map(type, values)):
        if (issubclass(kind, MOMENTS) and kind.__name__ not in NOTHING) or kind.__name__ in PERIODS:
            raise _moments(name)


def _moments(name: str) -> TypeNotUsableError:
    return TypeNotUsableError(
        f"Column {name!r} holds dates or times, and a network learns from numbers: derive those that may matter, for "
        "example the year, the month, the weekday, or the days since a first date, and leave the column out."
    )


def _mixed(name: str, values: Array, missing: Array) -> DataError:
    def first(suits: Callable[[Any], bool]) -> tuple[int, Any]:
        return next((row, value) for row, value in _present(values, missing) if suits(value))

    row, word = first(lambda value: isinstance(value, str))
    _, number = first(lambda value: not isinstance(value, str))
    return DataError(
        f"Column {name!r} holds words and numbers: {word[:40]!r} in row {row} among numbers such as {number}. Write "
        "None or NaN where the word means that the value is missing, or make every value a word."
    )


def _present(values: Array, missing: Array) -> Iterable[tuple[int, Any]]:
    return ((row, values[row]) for row in np.flatnonzero(~missing).tolist())
