"""What `fit` is given, checked once at the door: each check returns the value in the form the rooms below use."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from glassnet.errors import DataError, SettingError, ShapeError, unknown_name
from glassnet.typing import ArrayLike, Floats, Shape

DTYPES = ("float32", "float64")


def count(name: str, value: int) -> int:
    """A whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise SettingError(f"{name} must be a whole number of at least 1; given {value!r}.")
    return int(value)


def seed(value: int) -> int:
    """A whole number that 64 bits hold."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < 2**64:
        raise SettingError(f"seed must be a whole number from 0 to 2^64 - 1; given {value!r}.")
    return int(value)


def batch_size(value: int | str, n: int) -> int:
    """Rows a step: a whole number, at most n; "full" is n."""
    if isinstance(value, str):
        if value != "full":
            raise SettingError(f'batch_size must be a whole number of at least 1, or "full"; given {value!r}.')
        return n
    return min(count("batch_size", value), n)


def dtype(value: Any) -> np.dtype[Any]:
    """float32 or float64."""
    try:
        chosen: np.dtype[Any] = np.dtype(value)
    except TypeError:
        raise unknown_name("dtype", value, DTYPES) from None
    if chosen.name not in DTYPES:
        raise unknown_name("dtype for networks", chosen.name, DTYPES)
    return chosen


def row_shape(X: Any) -> Shape:
    """The shape of one row of X."""
    shape = tuple(X.shape) if hasattr(X, "shape") else np.shape(X)
    if len(shape) < 2:
        raise ShapeError(f"X must have one row an example, shape (n, d); given {shape}. One example is X[None, :].")
    return shape[1:]


def row_count(X: Any) -> int:
    """The number of rows of X."""
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)


def rows(n: int, y: ArrayLike) -> int:
    """The number of rows, equal in X and y and not zero."""
    targets = len(np.atleast_1d(np.asarray(y)))
    if n == 0:
        raise DataError("X has no rows: there is nothing to learn from.")
    if n != targets:
        raise ShapeError(f"X has {n} rows and y {targets}: they must be equal.")
    return n


def fits(expected: Shape, given: Shape) -> None:
    """Rows as the network was built for; those of equal size are the same rows, flat or not."""
    if prod(expected) != prod(given):
        raise ShapeError(f"This network takes rows of shape {expected}; X has rows of shape {given}.")


def sample_weight(value: ArrayLike | None, n: int, dtype: Any) -> Floats | None:
    """(n,) finite weights of at least 0, not all 0."""
    if value is None:
        return None
    weights = np.asarray(value, dtype)
    if weights.shape != (n,):
        raise ShapeError(f"sample_weight must have one weight a row, shape ({n},); given {weights.shape}.")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise DataError("sample_weight must be finite numbers of at least 0, and not all of them 0.")
    return weights
