"""A data set as it is handed to training: two parts, what their targets mean, and where they come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from glassnet.errors import DataError
from glassnet.typing import Array, Shape

if TYPE_CHECKING:
    from glassnet.data.csv import Column

MANY_CLASSES = 20
Part = tuple[Array, Array]


@dataclass(frozen=True)
class Dataset:
    """Rows to train on and rows held out.

    X_train (n, d), y_train (n,) labels or numbers, or (n, k) numbers; X_test and y_test likewise, of no rows where
    nothing was held out. kind: "classes" or "real". classes: the different labels, sorted, or None. image_shape: that
    of a row as a picture, (H, W) or (C, H, W). columns: those of a table, to read another one alike. about: source and
    licence, or what the file was.

    Raises: nothing; what reads the data checks them.

    >>> from glassnet.data import open_source
    >>> digits = open_source("digits")
    >>> digits.X_train.shape, digits.X_test.shape, digits.kind, digits.image_shape
    ((1437, 64), (360, 64), 'classes', (8, 8))
    """

    name: str
    X_train: Array
    y_train: Array
    X_test: Array
    y_test: Array
    kind: str
    image_shape: Shape | None = None
    feature_names: tuple[str, ...] | None = None
    columns: tuple[Column, ...] | None = None
    target: str | None = None
    about: str = ""

    @property
    def train(self) -> Part:
        """(X, y) to train on."""
        return self.X_train, self.y_train

    @property
    def test(self) -> Part | None:
        """(X, y) that was held out, or None."""
        return (self.X_test, self.y_test) if len(self.X_test) else None

    @cached_property
    def classes(self) -> Array | None:
        """The different labels, sorted; None where the targets are numbers to be met."""
        return np.unique(np.concatenate([self.y_train, self.y_test])) if self.kind == "classes" else None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything in it that training or testing reads."""
        return digest_of([self.X_train, self.y_train, self.X_test, self.y_test])


def digest_of(arrays: Iterable[Array]) -> str:
    """SHA-256 over dtype, shape and bytes (little-endian, C order) of arrays: the same on every machine.

    Raises: nothing.

    >>> digest_of([np.array([1, 2], ">i2")]) == digest_of([np.array([1, 2], "<i2")])
    True
    """
    import hashlib  # which costs milliseconds, and only data that are kept need it

    digest = hashlib.sha256()
    for array in arrays:
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        digest.update(f"{little.dtype.str} {array.shape} ".encode())
        digest.update(little.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def target_kind(y: Array) -> str:
    """What targets mean where nobody says it: "classes" or "real".

    Words and truth values are classes. Numbers are classes if they are whole, at most 20 different ones, and stand
    twice each on average; else they are numbers to be met.

    >>> target_kind(np.array(["cat", "dog"])), target_kind(np.array([0, 0, 0, 1]))
    ('classes', 'classes')
    >>> target_kind(np.array([1.5, 2.0])), target_kind(np.array([1, 2, 3, 4]))
    ('real', 'real')
    """
    if y.dtype.kind in "Ub":
        return "classes"
    if y.ndim != 1 or not (y == np.floor(y)).all():
        return "real"
    different = len(np.unique(y))
    return "classes" if different <= MANY_CLASSES and 2 * different <= len(y) else "real"


def check_target(y: Array, name: str) -> None:
    """Refuses targets that are all the same: there is nothing to learn."""
    if (y == y[0]).all():
        what = "class" if y.dtype.kind in "Ub" else "target"
        raise DataError(f"{name}: every row has the {what} {y[0].tolist()!r}; there is nothing to tell apart.")
