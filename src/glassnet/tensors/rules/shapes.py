"""Operations that move entries and leave their values: the gradient of each entry goes back where the entry came from.

All are linear. Where moving back has a short name of its own (reshape, transpose, flip, ...) that is the rule; for
the others ``put_back`` finds the way by sending the numbers 0, 1, 2, ... through the same function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.maths.dispatch import overridable
from glassnet.tensors.kinds import general, linear, linear_in_all

# ---- the primitives of indexing and joining, which NumPy has as syntax or for lists --------------------------------


@overridable
def getitem(x: Any, key: Any) -> Any:
    """x[key]."""
    return x[key]


@overridable
def scatter(g: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of a shape, with g added at the key: an entry that was read twice receives twice."""
    whole = np.zeros(shape, g.dtype)
    if _may_repeat(key):
        np.add.at(whole, key, g)
    else:
        whole[key] = g
    return whole


@overridable
def place(x: Any, value: Any, key: Any) -> Any:
    """A copy of x in which x[key] = value."""
    whole = x.copy()
    whole[key] = value
    return whole


@overridable
def concatenated(*arrays: Any, axis: int = 0) -> Any:
    """np.concatenate, with the arrays as its arguments."""
    return np.concatenate(arrays, axis=axis)


@overridable
def stacked(*arrays: Any, axis: int = 0) -> Any:
    """np.stack, with the arrays as its arguments."""
    return np.stack(arrays, axis=axis)


def _may_repeat(key: Any) -> bool:
    """Whether a key can name an entry twice: lists and arrays of whole numbers can."""
    parts = key if isinstance(key, tuple) else (key,)
    return any(isinstance(k, list | tuple | np.ndarray) and np.asarray(k).dtype.kind in "iu" for k in parts)


# ---- their rules ---------------------------------------------------------------------------------------------------


def placed_value(G: Any, X: Any, V: Any, key: Any) -> Any:
    """G[key], and 0 for a value that a later one of the same key replaced."""
    numbers = np.arange(np.size(np.empty(np.shape(X), bool)[key])).reshape(np.shape(G[key]))
    last = np.empty(np.shape(X), np.intp)
    last[key] = numbers
    return np.where(last[key] == numbers, G[key], 0)


def part_of_concatenated(position: int, G: Any, *arrays: Any, axis: int = 0) -> Any:
    """The slice of G that array stands in."""
    start = sum(np.shape(array)[axis] for array in arrays[:position])
    key = (slice(None),) * (axis % G.ndim)
    return G[(*key, slice(start, start + np.shape(arrays[position])[axis]))]


def part_of_stacked(position: int, G: Any, *arrays: Any, axis: int = 0) -> Any:
    """The layer of G that array is."""
    return G[(*(slice(None),) * (axis % G.ndim), position)]


linear(getitem, lambda G, X, key: scatter(G, key, np.shape(X)))
linear(scatter, lambda G, X, key, shape: getitem(G, key))
linear(place, lambda G, X, V, key: place(G, np.zeros((), G.dtype), key), placed_value)
linear_in_all(concatenated, part_of_concatenated)
linear_in_all(stacked, part_of_stacked)

# ---- a new shape, the same order -----------------------------------------------------------------------------------


def put_back(function: Callable[..., Any], G: Any, X: Any, *arguments: Any, **settings: Any) -> Any:
    """G where the entries of X went through ``function``: each entry's number, sent the same way, says where it is."""
    numbers = np.empty_like(np.asarray(X), dtype=np.intp)  # laid out in memory as X is: order="K" depends on it
    numbers[...] = np.arange(numbers.size).reshape(numbers.shape)
    came_from = function(numbers, *arguments, **settings)
    return scatter(np.ravel(G), (np.ravel(came_from),), (numbers.size,)).reshape(numbers.shape)


def reshape_back(G: Any, X: Any, shape: Any, order: str = "C") -> Any:
    """G in the shape of X, read in the same order."""
    return np.reshape(G, np.shape(X), order=order) if order in ("C", "F") else put_back(np.reshape, G, X, shape, order)  # type: ignore[call-overload]


def ravel_back(G: Any, X: Any, order: str = "C") -> Any:
    """G in the shape of X, read in the same order."""
    return np.reshape(G, np.shape(X), order=order) if order in ("C", "F") else put_back(np.ravel, G, X, order)  # type: ignore[call-overload]


def transpose_back(G: Any, X: Any, axes: Any = None) -> Any:
    """The inverse permutation of the axes."""
    return np.transpose(G, None if axes is None else np.argsort([axis % G.ndim for axis in axes]).tolist())


def same_size(G: Any, X: Any, *arguments: Any, axis: Any = None) -> Any:
    """G in the shape of X: axes of length 1 came or went."""
    return np.reshape(G, np.shape(X))


linear(np.reshape, reshape_back)
linear(np.ravel, ravel_back)
linear(np.expand_dims, same_size)
linear(np.squeeze, same_size)
linear(np.copy, lambda G, X, order="K": G)
linear(np.broadcast_to, lambda G, X, shape: G)  # summed over the new entries by ``fit``
linear(np.transpose, transpose_back)
linear(np.matrix_transpose, lambda G, X: np.matrix_transpose(G))
linear(np.swapaxes, lambda G, X, axis1, axis2: np.swapaxes(G, axis1, axis2))
linear(np.moveaxis, lambda G, X, source, destination: np.moveaxis(G, destination, source))

# ---- entries in another order, repeated, or left out ---------------------------------------------------------------


def roll_back(G: Any, X: Any, shift: Any, axis: Any = None) -> Any:
    """Rolled the other way."""
    return np.roll(G, np.negative(shift), axis)


def diag_back(G: Any, X: Any, k: int = 0) -> Any:
    """The diagonal of G for a vector, G on the diagonal for a matrix."""
    return np.diag(G, k) if np.ndim(X) == 1 else put_back(np.diag, G, X, k)


def trace_back(G: Any, X: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """G on the diagonal."""
    shape = np.diagonal(np.empty(np.shape(X), bool), offset, axis1, axis2).shape
    return put_back(np.diagonal, np.broadcast_to(np.expand_dims(G, -1), shape), X, offset, axis1, axis2)


def take_back(G: Any, X: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Any:
    """Each entry of G where it was taken."""
    return put_back(np.take, G, X, indices, axis, mode=mode)


def take_along_back(G: Any, X: Any, indices: Any, axis: Any = -1) -> Any:
    """Each entry of G where it was taken."""
    return put_back(np.take_along_axis, G, X, indices, axis)


def repeat_back(G: Any, X: Any, repeats: Any, axis: Any = None) -> Any:
    """The sum over the copies."""
    return put_back(np.repeat, G, X, repeats, axis)


def tile_back(G: Any, X: Any, reps: Any) -> Any:
    """The sum over the copies."""
    return put_back(np.tile, G, X, reps)


def diagonal_back(G: Any, X: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """G on the diagonal."""
    return put_back(np.diagonal, G, X, offset, axis1, axis2)


linear(np.flip, lambda G, X, axis=None: np.flip(G, axis))
linear(np.roll, roll_back)
linear(np.tril, lambda G, X, k=0: np.tril(G, k))
linear(np.triu, lambda G, X, k=0: np.triu(G, k))
linear(np.diag, diag_back)
linear(np.diagonal, diagonal_back)
linear(np.trace, trace_back)
linear(np.take, take_back)
linear(np.take_along_axis, take_along_back)
linear(np.repeat, repeat_back)
linear(np.tile, tile_back)


def sort_back(G: Any, Z: Any, X: Any, axis: Any = -1, kind: Any = None, stable: Any = None) -> Any:
    """Each entry of G where the sorted one stood: equal entries keep their order."""
    if axis is None:
        return np.reshape(sort_back(G, Z, np.ravel(X)), np.shape(X))
    ranks = np.argsort(np.argsort(X, axis=axis, kind="stable"), axis=axis)
    return np.take_along_axis(G, ranks, axis)


general(np.sort, sort_back)
