"""Operations along axes: Z = sum(X), max(X), norm(X), cumsum(X), ...

G is the gradient of Z. ``beside(G, X, axis)`` gives it the axes of X again, with length 1, so that it broadcasts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.maths.dispatch import overridable
from glassnet.maths.losses.likelihood import product_of_others
from glassnet.tensors.kinds import general, linear


def axes_of(X: Any, axis: Any) -> tuple[int, ...]:
    """The axes of a reduction as numbers from 0."""
    ndim = np.ndim(X)
    chosen = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(int(k) % ndim for k in chosen)


def beside(G: Any, X: Any, axis: Any) -> Any:
    """G with the reduced axes of X as axes of length 1."""
    reduced = axes_of(X, axis)
    return np.reshape(G, tuple(1 if k in reduced else n for k, n in enumerate(np.shape(X))))


def count(X: Any, axis: Any) -> int:
    """How many entries are reduced to one."""
    return int(np.prod([np.shape(X)[k] for k in axes_of(X, axis)], dtype=np.int64))


# ---- sums and means ------------------------------------------------------------------------------------------------


def sum_back(G: Any, X: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Every entry counts once."""
    return np.broadcast_to(beside(G, X, axis), np.shape(X))


def mean_back(G: Any, X: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Every entry counts 1 / n."""
    return sum_back(G / max(count(X, axis), 1), X, axis)


def cumsum_back(G: Any, X: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Every entry counts in its own sum and all later ones: G summed from the end."""
    if axis is None:
        return np.reshape(cumsum_back(G, np.ravel(X), 0), np.shape(X))
    return np.flip(np.cumsum(np.flip(G, axis), axis), axis)


linear(np.sum, sum_back)
linear(np.mean, mean_back)
linear(np.cumsum, cumsum_back)

# ---- largest and smallest ------------------------------------------------------------------------------------------


def extreme_back(G: Any, Z: Any, X: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """To the entries that are the extreme, in equal parts."""
    chosen = np.equal(X, beside(Z, X, axis))
    shares = chosen / np.maximum(np.sum(chosen, axis=axis, keepdims=True), 1)
    return beside(G, X, axis) * shares


for extreme in (np.max, np.min, np.amax, np.amin):
    general(extreme, extreme_back)

# ---- products ------------------------------------------------------------------------------------------------------


def prod_back(G: Any, Z: Any, X: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product of all other entries: not Z / X, which fails where X = 0."""
    reduced = axes_of(X, axis)
    order = (*(k for k in range(np.ndim(X)) if k not in reduced), *reduced)
    last = np.transpose(X, order)
    flat = np.reshape(last, (*np.shape(last)[: np.ndim(X) - len(reduced)], count(X, axis)))
    others = np.reshape(product_of_others(flat), np.shape(last))
    return beside(G, X, axis) * np.transpose(others, np.argsort(order).tolist())


def cumprod_back(G: Any, Z: Any, X: Any, axis: Any = None, dtype: Any = None) -> Any:
    """dX_i = Z_{i-1} S_i with S_i = G_i + X_{i+1} S_{i+1}: without a division, so that zeros are no exception."""
    if axis is None:
        return np.reshape(cumprod_back(G, Z, np.ravel(X), 0), np.shape(X))
    G, Z, X = (np.moveaxis(A, axis, 0) for A in (G, Z, X))
    if len(X) == 0:
        return np.moveaxis(G, 0, axis)
    later = [G[-1]]
    for i in range(len(X) - 2, -1, -1):
        later.append(G[i] + X[i + 1] * later[-1])
    before = np.concatenate([np.ones_like(Z[:1]), Z[:-1]])
    return np.moveaxis(before * np.stack(later[::-1]), 0, axis)


general(np.prod, prod_back)
general(np.cumprod, cumprod_back)

# ---- spread and size: at 0 they have a corner, and 0 is chosen -----------------------------------------------------


def var_back(
    G: Any, Z: Any, X: Any, axis: Any = None, dtype: Any = None, *, ddof: float = 0, keepdims: bool = False
) -> Any:
    """2 (X - mean) / (n - ddof)."""
    return beside(G, X, axis) * (2 / (count(X, axis) - ddof)) * (X - np.mean(X, axis=axis, keepdims=True))


def std_back(
    G: Any, Z: Any, X: Any, axis: Any = None, dtype: Any = None, *, ddof: float = 0, keepdims: bool = False
) -> Any:
    """(X - mean) / ((n - ddof) Z)."""
    return var_back(np.where(np.equal(Z, 0), 0, G / (2 * Z)), Z, X, axis, ddof=ddof)


@overridable
def vector_norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """np.linalg.norm, where it is the norm of vectors or the Frobenius norm."""
    return np.linalg.norm(x, ord, axis, keepdims)


def norm_back(G: Any, Z: Any, X: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """X / Z for the Euclidean norm; sign(X) (|X| / Z)^(p - 1) for the others; at the extremes for p = +-inf."""
    if ord in (np.inf, -np.inf):
        return np.sign(X) * extreme_back(G, Z, np.abs(X), axis)
    G, Z = beside(G, X, axis), beside(Z, X, axis)
    if ord == 1:
        return G * np.sign(X)
    if ord in (None, 2, "fro"):
        return G * np.where(np.equal(Z, 0), 0, X / Z)
    return G * np.sign(X) * np.where(np.equal(Z, 0), 0, (np.abs(X) / Z) ** (ord - 1))


general(np.var, var_back)
general(np.std, std_back)
general(vector_norm, norm_back)
