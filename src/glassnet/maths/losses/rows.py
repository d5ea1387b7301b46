"""The arguments of a loss as rows: shapes, dtypes, weights, the reduction, and 0 times infinity.

Letters: B rows, K outputs or classes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import numpy as np

from glassnet.errors import DataError, SettingError, ShapeError, TypeNotUsableError
from glassnet.maths.dispatch import as_array, number
from glassnet.typing import Array, ArrayLike

TargetKind = Literal["real", "binary", "one_hot", "classes", "gaussian"]
Reduction = Literal["mean", "sum", "none"]

# ---- targets and predictions ---------------------------------------------------------------------------------------


def predictions(prediction: ArrayLike, kind: TargetKind) -> Array:
    """The prediction as (B, K), in its floating dtype; integers become float64."""
    P = _as_rows(_numbers(prediction, "prediction"), kind)
    if P.ndim != 2 or not P.shape[1]:
        raise ShapeError(f"A loss takes predictions of shape (rows,) or (rows, outputs); given was shape {P.shape}.")
    return P if P.dtype.kind == "f" else P.astype(np.float64)


def numbers_like(target: ArrayLike, prediction: ArrayLike, P: Array, kind: TargetKind) -> Array:
    """The target as (B, K) in the dtype of P; it must have the rows and outputs of P: nothing is broadcast."""
    if kind == "gaussian":
        return _halves_like(target, prediction, P)
    T = _as_rows(_numbers(target, "target"), kind)
    if T.shape != P.shape:
        indices = kind == "one_hot" and np.ndim(target) < 2
        hint = " Class indices are for sparse_categorical_crossentropy." if indices else ""
        raise ShapeError(
            f"Target and prediction must have the same rows and outputs; the target has shape {np.shape(target)}, "
            f"the prediction {np.shape(prediction)}.{hint}"
        )
    return T.astype(P.dtype, copy=False)


def _halves_like(target: ArrayLike, prediction: ArrayLike, P: Array) -> Array:
    """The target as (B, K) for predictions (B, 2 K): K means, then as many logarithms of variances."""
    T = _as_rows(_numbers(target, "target"), "real")
    if P.shape != (len(T), 2 * T.shape[-1]):
        raise ShapeError(
            "For each output the prediction has a mean and a logarithm of the variance: first all means, then all "
            f"logarithms. The target has shape {np.shape(target)}, so the prediction must have shape "
            f"{(len(T), 2 * T.shape[-1])}; it has {np.shape(prediction)}."
        )
    return T.astype(P.dtype, copy=False)


def _as_rows(values: Array, kind: TargetKind) -> Array:
    """(B,) is (B, 1), and a number is (1, 1); but a vector over classes (K,) is one row of K classes."""
    if values.ndim >= 2:
        return values
    one_row = kind in ("one_hot", "classes", "gaussian") and values.size
    return values.reshape(1, -1) if one_row else values.reshape(-1, 1)


def classes_like(target: ArrayLike, P: Array) -> Array:
    """The target as class indices (B,), each between 0 and K - 1."""
    T = np.asarray(target)
    if T.dtype.kind not in "iu" and T.size:
        raise TypeNotUsableError(f"Class indices are whole numbers from 0; the target has dtype {T.dtype}.")
    count, classes = P.shape
    if T.shape != (count,):
        if T.size != count or T.shape not in ((), (count, 1)):
            raise ShapeError(f"Expected one class index a row, shape ({count},); the target has shape {T.shape}.")
        T = T.reshape(count)
    T = T.astype(np.intp, copy=False)
    if count and np.maximum.reduce(T.view(np.uintp)) >= classes:  # read as unsigned, a negative index is huge
        raise DataError(
            f"Class indices must lie between 0 and {classes - 1} for {classes} outputs; "
            f"the target has {T.min()} to {T.max()}."
        )
    return T


def within(values: Array, low: float, high: float, what: str) -> None:
    """Raise DataError unless every entry lies in low..high or is NaN."""
    if values.size and not (values.min() >= low and values.max() <= high) and _outside(values, low, high):
        raise DataError(f"{what}; given were values from {np.nanmin(values):g} to {np.nanmax(values):g}.")


def _outside(values: Array, low: float, high: float) -> bool:
    return bool(((values < low) | (values > high)).any())


def _numbers(values: ArrayLike, what: str) -> Array:
    array = as_array(values)
    if array.dtype.kind not in "fiub":
        raise TypeNotUsableError(f"The {what} must be an array of real numbers, not of dtype {array.dtype}.")
    return array


# ---- weights and the reduction -------------------------------------------------------------------------------------


def row_weights(sample_weight: ArrayLike | None, count: int) -> Array | None:
    """The weights of the rows in float64, (B,), not negative and finite; None where none are given."""
    if sample_weight is None:
        return None
    w = _numbers(sample_weight, "sample_weight").astype(np.float64)
    if w.shape != (count,):
        raise ShapeError(f"sample_weight must have one weight a row, shape ({count},); given was shape {w.shape}.")
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise DataError("sample_weight must be finite and not negative.")
    return w


def row_shares(w: Array | None, count: int, reduction: Reduction) -> Array | float:
    """What each row's loss is multiplied by: w / sum(w) for the mean, w for the sum and for none.

    Where no row counts (B = 0 or sum(w) = 0) the mean's shares are 0.
    """
    if reduction not in ("mean", "sum", "none"):
        raise SettingError(f'reduction must be "mean", "sum" or "none"; given was {reduction!r}.')
    if w is None:
        return 1 / max(count, 1) if reduction == "mean" else 1.0
    if reduction != "mean" or not w.any():
        return w
    largest = w.max()  # taken out first, so that the sum of large weights cannot overflow
    shares: Array = w / largest / (w / largest).sum()
    return shares


def reduced(rows: Array, shares: Array | float, reduction: Reduction) -> Any:
    """The loss from each row's loss (B,): a float, or with "none" an array (B,)."""
    if reduction == "none":
        return rows if isinstance(shares, float) else _shared(rows, shares).astype(rows.dtype)
    if isinstance(shares, float):
        return number(np.add.reduce(rows, dtype=np.float64) * shares)
    return number(_shared(rows, shares).sum(dtype=np.float64))


def _shared(rows: Array, shares: Array) -> Array:
    """A row of weight 0 counts for nothing, even where its loss is infinite or NaN."""
    return np.where(shares == 0, 0, shares * rows)


def scaled(G: Array, shares: Array | float, out: Array | None = None) -> Array:
    """The gradient from each row's gradient (B, K)."""
    if isinstance(shares, float):
        return np.multiply(G, shares, out=out)
    column = shares.astype(G.dtype)[:, None]
    G = np.multiply(G, column, out=out)
    np.copyto(G, 0, where=column == 0)
    return G


def out_rows(out: Array, shape: tuple[int, ...], P: Array) -> Array:
    """``out``, which must be like the prediction, as rows (B, K): a view of it."""
    if out.shape != shape or out.dtype != P.dtype:
        raise ShapeError(
            f"out must be like the prediction, shape {shape} and {P.dtype}; it has shape {out.shape} and {out.dtype}."
        )
    return out.reshape(P.shape)


# ---- label smoothing -----------------------------------------------------------------------------------------------


def check_smoothing(*, label_smoothing: float = 0.0) -> None:
    """Raise SettingError unless 0 <= label_smoothing < 1."""
    if not 0 <= label_smoothing < 1:
        raise SettingError(f"label_smoothing is at least 0 and below 1; given was {label_smoothing!r}.")


def smoothed(T: Array, label_smoothing: float, choices: int) -> Array:
    """(1 - s) T + s / choices: a share s of every target is spread over all choices alike.

    Source: Szegedy et al. 2016, "Rethinking the Inception architecture", arXiv 1512.00567, section 7.
    """
    if not label_smoothing:
        return T
    spread: Array = (1 - label_smoothing) * T + label_smoothing / choices
    return spread


# ---- 0 log 0 -------------------------------------------------------------------------------------------------------


def times(t: Array, x: Array) -> Array:
    """t x, where 0 times an infinity is 0: 0 log 0 = 0, the limit. NaN stays NaN."""
    products: Array = t * x
    if np.count_nonzero(np.isnan(products)):  # rare
        products = np.where(np.equal(t, 0) & np.isinf(x), 0, products)
    return products


def per(t: Array, p: Array) -> Array:
    """t / p, where 0 / 0 is 0: the derivative of t log p at t = 0 is 0 for every p, also in the limit p = 0."""
    return np.where((t == 0) & (p == 0), 0, t / p)


def summed_products(T: Array, X: Array) -> Array:
    """Each row's sum of t x, (B,), where 0 times an infinity is 0."""
    rows: Array = np.vecdot(T, X)
    if np.count_nonzero(np.isnan(rows)):  # rare
        rows = row_sums(times(T, X))
    return rows


def row_sums(X: Array) -> Array:
    """Each row's sum, (B,): X.sum(axis=1), which NumPy is slow at where rows are short."""
    rows: Array = np.vecdot(X, _ones(X.shape[1], X.dtype))
    return rows


@lru_cache(maxsize=16)
def _ones(count: int, dtype: np.dtype[Any]) -> Array:
    return np.ones(count, dtype)
