"""Labels to numbers and back: class indices and one-hot rows ("to categorical").

Labels may be words or numbers. A network computes with numbers, but a word times 5 means nothing, and a class number
times 5 is another class: neither the order of class numbers nor their distance says anything. One-hot rows have
neither: every class is as far from every other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from glassnet.data.reader import LIMIT, readable
from glassnet.errors import DataError, ShapeError, TypeNotUsableError
from glassnet.typing import Array, ArrayLike, Indices


def classes_of(labels: ArrayLike) -> Array:
    """The different labels, sorted: column c of ``to_categorical(labels)`` stands for ``classes_of(labels)[c]``.

    labels: (n,) or (n, 1), words or numbers. Returns (C,).

    Raises: ShapeError, DataError for what are no labels.

    >>> classes_of(["dog", "cat", "goat", "cat"])
    array(['cat', 'dog', 'goat'], dtype='<U4')
    """
    return np.unique(as_labels(labels))


def encode(labels: ArrayLike, classes: ArrayLike | int) -> Indices:
    """The position of each label among the classes, int64 (n,).

    Raises: DataError for a label that is none of the classes.

    >>> encode(["dog", "cat"], classes=["cat", "dog", "goat"])
    array([1, 0])
    """
    values, known = as_labels(labels), _as_classes(classes)
    if (values.dtype.kind == "U") != (known.dtype.kind == "U") and values.size:
        kinds = ("words", "numbers") if values.dtype.kind == "U" else ("numbers", "words")
        raise DataError("The labels are {} but the classes are {}.".format(*kinds))
    order = np.argsort(known, kind="stable")
    place = np.searchsorted(known, values, sorter=order)
    indices: Indices = order[np.minimum(place, len(known) - 1)].astype(np.int64, copy=False)
    strange = np.flatnonzero(known[indices] != values)
    if strange.size:
        row = int(strange[0])
        raise DataError(f"Row {row} has the label {values[row].item()!r}, which is none of the {len(known)} classes.")
    return indices


def decode(indices: Indices, classes: ArrayLike) -> Array:
    """The labels at these positions among the classes: the inverse of ``encode``.

    >>> decode(np.array([1, 0]), classes=["cat", "dog", "goat"])
    array(['dog', 'cat'], dtype='<U4')
    """
    return _as_classes(classes)[indices]


def to_categorical(
    labels: ArrayLike, classes: ArrayLike | int | None = None, *, dtype: npt.DTypeLike = np.float32
) -> Array:
    """One-hot rows: Y[i, c] = 1 where labels[i] is classes[c], else 0.

    labels: (n,) or (n, 1), words or numbers. classes: the order of the columns; a whole number C means 0 .. C-1; by
    default ``classes_of(labels)``, which are only those that occur. Returns (n, C) of ``dtype``.

    Raises: DataError for a label that is none of the classes, ShapeError for labels that are not one column.

    The labels of the first two MNIST digits, ten classes:

    >>> to_categorical([5, 0], classes=10).astype(int)
    array([[0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
           [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    >>> to_categorical(["cat", "goat"], classes=["cat", "dog", "goat"]).astype(int)
    array([[1, 0, 0],
           [0, 0, 1]])
    """
    values = as_labels(labels)
    known = classes_of(values) if classes is None else _as_classes(classes)
    size = len(values) * len(known) * np.dtype(dtype).itemsize
    if size > LIMIT:
        raise DataError(f"{len(values)} rows of {len(known)} classes would be {readable(size)} of one-hot rows.")
    onehot = np.zeros((len(values), len(known)), dtype)
    if values.size:
        onehot[np.arange(len(values)), encode(values, known)] = 1
    return onehot


def from_categorical(onehot: ArrayLike, classes: ArrayLike | None = None) -> Array:
    """The label of each row: classes[argmax of the row], the class index itself where ``classes`` is not given.

    onehot: (n, C), one-hot rows or probabilities (the first of equal ones counts). Returns (n,).

    Raises: ShapeError; DataError for a row without a positive entry or with NaN, which stands for no class.

    >>> from_categorical([[1, 0, 0], [0, 0, 1]], classes=["cat", "dog", "goat"])
    array(['cat', 'goat'], dtype='<U4')
    >>> from_categorical(to_categorical([5, 0], classes=10))
    array([5, 0])
    """
    rows = np.asarray(onehot)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ShapeError(f"One-hot rows have the shape (n, classes), not {rows.shape}.")
    if rows.dtype.kind not in "biuf":
        raise TypeNotUsableError(f"One-hot rows are numbers, not {rows.dtype}.")
    none = np.flatnonzero(~(rows.max(axis=1) > 0))  # "not greater", so that NaN is caught as well
    if none.size:
        raise DataError(f"Row {int(none[0])} stands for no class: it has no positive entry, or it holds NaN.")
    indices: Array = rows.argmax(axis=1)
    if classes is None:
        return indices
    known = _as_classes(classes)
    if len(known) != rows.shape[1]:
        raise ShapeError(f"The rows have {rows.shape[1]} columns, but there are {len(known)} classes.")
    return known[indices]


def as_labels(labels: ArrayLike) -> Array:
    """Labels as one column of words or of numbers, (n,); anything else is refused in a sentence."""
    # NumPy would turn ["cat", 5] into two words without a sound.
    if isinstance(labels, list | tuple) and len({isinstance(label, str) for label in labels}) > 1:
        raise TypeNotUsableError("Labels are either all words or all numbers, not both.")
    values = np.asarray(labels)
    if values.dtype == object and values.size and all(isinstance(label, str) for label in values.flat):
        values = values.astype(str)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        hint = " (one-hot rows become labels by from_categorical)" if values.ndim == 2 else ""
        raise ShapeError(f"Labels have the shape (n,), not {values.shape}{hint}.")
    if values.dtype.kind not in "biufU":
        raise TypeNotUsableError(f"Labels are words or numbers, not {values.dtype}.")
    if values.dtype.kind == "f" and np.isnan(values).any():
        raise DataError(f"Row {int(np.isnan(values).argmax())} has the label NaN, which is no class.")
    return values


def _as_classes(classes: ArrayLike | int) -> Array:
    known = np.arange(classes) if isinstance(classes, int) else as_labels(classes)
    if len(known) == 0:
        raise DataError("There are no classes.")
    if len(np.unique(known)) < len(known):
        raise DataError("A class stands twice among the classes.")
    return known
