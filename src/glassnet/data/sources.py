"""Data by name or by file: one call for everything that can be trained on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glassnet.data import mnist
from glassnet.data.batches import require_finite
from glassnet.data.dataset import Dataset, Part, check_target, target_kind
from glassnet.data.download import Progress
from glassnet.data.encoding import from_categorical
from glassnet.data.images import as_rows, square
from glassnet.data.mnist import read_folder
from glassnet.data.reader import PathLike, open_reader
from glassnet.data.splits import hold_out
from glassnet.errors import DataError, MissingFileError, SettingError, unknown_name
from glassnet.typing import Array, Shape

if TYPE_CHECKING:
    from glassnet.data.csv import Column

HELD_OUT = 0.2  # of a file that does not say which rows are for the test
FEW = 10  # rows: with fewer, nothing is held out unless asked
AT_ONCE = 2**24  # bytes of a table that are moved at once
SUFFIXES = (".csv", ".tsv", ".txt", ".npy", ".npz", ".gz")
KINDS = ("classes", "real")


def load(
    name: PathLike,
    path: PathLike | None = None,
    *,
    target: str | None = None,
    split: float | None = None,
    seed: int = 0,
) -> tuple[Part, Part]:
    """((X_train, y_train), (X_test, y_test)) of a data set, by name or from a file.

    name: "digits" (float32 in 0..1, 1437 and 360 rows of 64), "mnist" (uint8, 60000 and 10000 rows of 784; ``path`` is
    the folder of its four files, found or downloaded otherwise), or a file: CSV with a header, NPZ, NPY, or a folder of
    IDX files named as MNIST's. See ``open_source`` for the rest.

    Raises: MissingFileError, SettingError, DataError; DownloadError and StorageError for MNIST.

    >>> (X, y), (X_test, y_test) = load("digits")
    >>> X.shape, X.dtype, X_test.shape
    ((1437, 64), dtype('float32'), (360, 64))
    """
    data = open_source(name, path, target=target, split=split, seed=seed)
    return (data.X_train, data.y_train), (data.X_test, data.y_test)


def open_source(
    name: PathLike,
    path: PathLike | None = None,
    *,
    target: str | None = None,
    split: float | None = None,
    kind: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Dataset:
    """A data set by name or from a file, with all that is known of it.

    target: the column of a table that is to be predicted, the last by default (of an NPY: its number). split: what is
    held out of a file that has no test part of its own, a fraction or a number of rows, 0 for nothing; by default a
    fifth, or nothing of fewer than 10 rows. Rows are held out by the seed, each class with its share. kind: what the
    targets are, by default ``target_kind``'s judgement.

    Raises: MissingFileError, SettingError, DataError; DownloadError and StorageError for MNIST.

    >>> open_source("digits").classes.tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    if kind is not None and kind not in KINDS:
        raise unknown_name("kind of target", kind, KINDS)
    if name in NAMED:
        if target is not None or split is not None:
            option = "target" if target is not None else "split"
            raise SettingError(f"{name} has fixed targets and a fixed test part; {option!r} is for files.")
        return NAMED[os.fspath(name)](path, progress)
    if path is not None:
        raise SettingError(f"A folder of data is for mnist; {os.fspath(name)!r} is read where it stands.")
    read = _read(_existing(name), target)
    chosen_kind = kind or target_kind(read.y)
    if chosen_kind == "real" and read.y.dtype.kind in "Ub":
        raise DataError(f"{read.name}: the targets are words, which cannot be met as numbers.")
    check_target(read.y, read.name)
    if read.test is not None and split is not None:
        raise SettingError(f"{read.name} has a test part of its own; 'split' is for files without one.")
    train, test = _parts(read, split, stratify=chosen_kind == "classes", seed=seed)
    return Dataset(
        *(read.name, *train, *test, chosen_kind),
        image_shape=read.image_shape,
        feature_names=read.feature_names,
        columns=read.columns,
        target=read.target,
        about=f"the file {read.name}",
    )


def open_part(
    path: PathLike, *, target: str | None = None, columns: Sequence[Column] | None = None
) -> tuple[Array, Array | None]:
    """(X, y) of a file as a whole, nothing held out: to evaluate or to predict. y is None where it has no targets.

    columns: those of the table that the network was trained on (``Dataset.columns``), so that words become the same
    one-hot columns. A file with parts of its own gives its test part.

    Raises: MissingFileError, SettingError, DataError.

    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "table.csv"
    >>> _ = path.write_text("a,b,kind\\n1,2,yes\\n3,4,no\\n")
    >>> X, y = open_part(path)
    >>> X.tolist(), y.tolist()
    ([[1.0, 2.0], [3.0, 4.0]], ['yes', 'no'])
    """
    read = _read(_existing(path), target, columns, whole=True)
    return read.test if read.test is not None else (read.X, read.y if len(read.y) else None)


@dataclass(frozen=True)
class _Read:
    """What a file holds; ``y`` of no rows where it has no targets."""

    name: str
    X: Array
    y: Array
    test: Part | None = None
    image_shape: Shape | None = None
    feature_names: tuple[str, ...] | None = None
    columns: tuple[Column, ...] | None = None
    target: str | None = None


def _parts(read: _Read, split: float | None, *, stratify: bool, seed: int) -> tuple[Part, Part]:
    X, y = read.X, read.y
    if read.test is not None:
        return (X, y), read.test
    if split is None:
        split = HELD_OUT if len(X) >= FEW else 0
    if split == 0:
        return (X, y), (X[:0], y[:0])
    train, test = hold_out(y, split, stratify=stratify, seed=seed)
    targets = y[train], y[test]  # before the rows of X are moved, of which they may be a column
    X = _arranged(X, np.concatenate([train, test]))
    return (X[: len(train)], targets[0]), (X[len(train) :], targets[1])


def _arranged(X: Array, order: Array) -> Array:
    """The rows of X in this order, in their own place where that can be: a large table is not in memory twice.

    >>> _arranged(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([2, 0, 1])).tolist()
    [[5.0, 6.0], [1.0, 2.0], [3.0, 4.0]]
    """
    if not (X.flags.writeable and X.flags.c_contiguous):
        return X[order]
    rows = X.reshape(len(X), -1)
    step = max(1, AT_ONCE // max(1, len(X) * X.itemsize))  # columns
    for start in range(0, rows.shape[1], step):
        rows[:, start : start + step] = rows[order, start : start + step]
    return X


def _existing(name: PathLike) -> str:
    path = os.fspath(name)
    if os.path.exists(path):
        return path
    if os.path.basename(path) != path or path.lower().endswith(SUFFIXES):
        raise MissingFileError(f"There is no file {path!r}.")
    raise SettingError(f"{unknown_name('data set', path, NAMED)} Or name a file: CSV, NPZ or NPY.")


def _read(path: str, target: str | None, columns: Sequence[Column] | None = None, *, whole: bool = False) -> _Read:
    """Reads a file by what it is, not by what it is called."""
    from glassnet.data import npy

    name = os.path.basename(os.path.abspath(path))
    if os.path.isdir(path):
        _no_target(target, name)
        return _read_pictures(path, name)
    with open_reader(path) as reader:
        start = reader.some(4)
    if start[:2] == b"PK":
        _no_target(target, name)
        return _read_arrays(npy.read_npz(path), name)
    if start == npy.MAGIC[:4]:
        return _read_matrix(npy.read_npy(path), target, name)
    if start[:2] == b"\0\0":
        raise DataError(f"{path} is an IDX file without its labels; name the folder that holds the four files.")
    return _read_table(path, target, columns, name, whole=whole)


def _no_target(target: str | None, name: str) -> None:
    if target is not None:
        raise SettingError(f"{name} has its targets in an array of their own; 'target' is for tables.")


def _read_table(path: str, target: str | None, columns: Sequence[Column] | None, name: str, *, whole: bool) -> _Read:
    from glassnet.data.csv import read_csv

    table = read_csv(path, target=target, columns=columns)
    y = table.X[:0, 0] if table.y is None else table.y
    image_shape = square(table.X.shape[1]) if table.X.dtype == np.uint8 else None
    return _Read(name, table.X, y, None, image_shape, table.feature_names, table.columns, table.target)


def _read_pictures(path: str, name: str) -> _Read:
    images, labels, test_images, test_labels = read_folder(Path(path))
    X, image_shape = as_rows(images)
    return _Read(name, X, labels, (as_rows(test_images)[0], test_labels), image_shape)


def _read_matrix(values: Array, target: str | None, name: str) -> _Read:
    """One array: its last column is the target, or the one of this number."""
    if values.ndim != 2 or values.shape[1] < 2 or values.dtype.kind not in "biuf":
        raise DataError(
            f"{name} holds {values.dtype} of shape {values.shape}; an NPY file needs rows of numbers with the target "
            "as a column. Arrays X and y of any shape can stand in an NPZ."
        )
    require_finite(values, name)
    column = values.shape[1] - 1
    if target is not None:
        if not target.isdecimal() or int(target) > column:
            raise SettingError(f"{name} has the columns 0 to {column}, but no column {target!r}.")
        column = int(target)
    return _Read(name, np.delete(values, column, axis=1), values[:, column].copy(), target=str(column))


def _read_arrays(arrays: Mapping[str, Array], name: str) -> _Read:
    """The arrays X and y, or x_train, y_train, x_test and y_test, in any case of letters; others are left alone."""
    by_name = {key.lower(): array for key, array in arrays.items()}
    if {"x_train", "y_train", "x_test", "y_test"} <= by_name.keys():
        X, y, image_shape = _pair(by_name, "x_train", "y_train", name)
        X_test, y_test, test_shape = _pair(by_name, "x_test", "y_test", name)
        if X.shape[1] != X_test.shape[1] or image_shape != test_shape or y.shape[1:] != y_test.shape[1:]:
            raise DataError(f"{name}: the rows of its train part and of its test part have different shapes.")
        return _Read(name, X, y, (X_test, y_test), image_shape)
    if {"x", "y"} <= by_name.keys():
        X, y, image_shape = _pair(by_name, "x", "y", name)
        return _Read(name, X, y, None, image_shape)
    found = ", ".join(sorted(arrays)[:12]) or "none"
    raise DataError(f"{name} needs arrays X and y, or x_train, y_train, x_test and y_test; it holds {found}.")


def _pair(arrays: Mapping[str, Array], X_name: str, y_name: str, name: str) -> tuple[Array, Array, Shape | None]:
    X, y = arrays[X_name], arrays[y_name]
    if X.ndim not in (2, 3, 4) or y.ndim not in (1, 2) or X.dtype.kind not in "biuf":
        raise DataError(
            f"{name}: {X_name} holds {X.dtype} of shape {X.shape}, {y_name} {y.dtype} of shape {y.shape}; numbers with "
            "a row (or a picture) an example, and as many targets, are needed."
        )
    if len(X) != len(y):
        raise DataError(f"{name}: {X_name} has {len(X)} rows, but {y_name} has {len(y)}.")
    rows, image_shape = as_rows(X)
    for array, array_name in ((rows, X_name), (y.reshape(len(y), -1), y_name)):
        if array.dtype.kind == "f":
            require_finite(array, f"{name}: {array_name}")
    return rows, _targets(y), image_shape


def _targets(y: Array) -> Array:
    """(n, 1) as (n,), and one-hot rows as the class numbers they stand for."""
    if y.ndim == 2 and y.shape[1] == 1:
        return y[:, 0]
    if y.ndim == 2 and y.dtype.kind != "U" and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
        return from_categorical(y)
    return y


def _open_digits(path: PathLike | None, progress: Progress | None) -> Dataset:
    from glassnet.data import digits

    if path is not None:
        raise SettingError("The digits come with glassnet; a folder of data is for mnist.")
    return _pictures("digits", digits.load_digits(), digits.ABOUT)


def _open_mnist(path: PathLike | None, progress: Progress | None) -> Dataset:
    return _pictures("mnist", mnist.load_mnist(path, progress=progress), mnist.ABOUT)


def _pictures(name: str, arrays: mnist.Arrays, about: str) -> Dataset:
    images, labels, test_images, test_labels = arrays
    X, image_shape = as_rows(images)
    return Dataset(name, X, labels, as_rows(test_images)[0], test_labels, "classes", image_shape, about=about)


NAMED: dict[str, Callable[[PathLike | None, Progress | None], Dataset]] = {"digits": _open_digits, "mnist": _open_mnist}
