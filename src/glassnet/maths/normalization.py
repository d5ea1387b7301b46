"""Normalization: values brought to a common size, over the batch or over the row; each with its gradient beneath it.

All three are one formula. Over an axis (0: each column over the rows of the batch, 1: each row over its entries)

    Xhat = (X - mean) r,   r = 1 / sqrt(mean((X - mean)^2) + epsilon),   A = gamma Xhat + beta

and RMS normalization is the same without the mean. Its gradient follows from the two ways in which an entry of X
reaches Xhat: by itself, and through mean and r, which all entries of the axis share.

Shapes: X, A and their gradients (B, I), gamma and beta (I,), mean and r (1, I) over the batch, (B, 1) over the row.
"""

from __future__ import annotations

import numpy as np

from glassnet.typing import Array, Floats

__all__ = [
    "inverse_root",
    "normalize",
    "normalize_backward",
    "rms_normalize",
    "rms_normalize_backward",
    "running",
    "scale_shift_backward",
]


def inverse_root(variance: Floats, epsilon: float) -> Floats:
    """r = 1 / sqrt(variance + epsilon).

    Example:
        >>> inverse_root(np.array([1.0, 0.0]), 0.25).round(4)
        array([0.8944, 2.    ])
    """
    r: Floats = 1 / np.sqrt(variance + variance.dtype.type(epsilon))
    return r


def normalize(X: Floats, axis: int, epsilon: float, *, out: Floats | None = None) -> tuple[Floats, Floats, Floats]:
    """(Xhat, mean, variance): Xhat has mean 0 and deviation 1 along the axis, but for epsilon.

    A column (row) that never changes becomes 0. The variance is the mean of the squares, over B (I) and not B - 1.

    Example:
        >>> Xhat, mean, variance = normalize(np.array([[1.0, 5.0], [3.0, 5.0]]), axis=0, epsilon=0.25)
        >>> Xhat.round(4).tolist(), mean.tolist(), variance.tolist()
        ([[-0.8944, 0.0], [0.8944, 0.0]], [[2.0, 5.0]], [[1.0, 0.0]])

    Source: Ioffe and Szegedy (2015), arXiv 1502.03167, algorithm 1 (axis 0); Ba, Kiros and Hinton (2016), arXiv
    1607.06450, equation 3 (axis 1).
    """
    mean = np.mean(X, axis=axis, keepdims=True)
    centred = np.subtract(X, mean, out=out)
    variance = np.mean(np.square(centred), axis=axis, keepdims=True)
    return np.multiply(centred, inverse_root(variance, epsilon), out=out), mean, variance


def normalize_backward(dXhat: Floats, Xhat: Floats, r: Floats, axis: int, *, out: Floats | None = None) -> Floats:
    """dX = r (dXhat - mean(dXhat) - Xhat mean(dXhat Xhat)).

    The first term is the entry itself, the second its part in the mean, the third its part in r.

    Example:
        >>> Xhat, _, variance = normalize(np.array([[1.0, 5.0], [3.0, 6.0], [2.0, 9.0]]), axis=0, epsilon=1e-5)
        >>> r = inverse_root(variance, 1e-5)
        >>> dX = normalize_backward(np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]), Xhat, r, axis=0)
        >>> dX.sum(axis=0).round(12)  # a common shift changes nothing
        array([0., 0.])

    Source: Ioffe and Szegedy (2015), arXiv 1502.03167, section 3, the gradients simplified.
    """
    shared = Xhat * np.mean(dXhat * Xhat, axis=axis, keepdims=True)
    dX: Floats = np.subtract(dXhat, np.mean(dXhat, axis=axis, keepdims=True), out=out)
    dX = np.subtract(dX, shared, out=out)
    dX *= r
    return dX


def rms_normalize(X: Floats, epsilon: float, *, out: Floats | None = None) -> tuple[Floats, Floats]:
    """(Xhat, r): Xhat = X r with r = 1 / sqrt(mean(X^2) + epsilon) over each row.

    Example:
        >>> Xhat, r = rms_normalize(np.array([[3.0, 4.0]]), epsilon=0.0)
        >>> Xhat.round(4)
        array([[0.8485, 1.1314]])

    Source: Zhang and Sennrich (2019), arXiv 1910.07467, equation 4.
    """
    r = inverse_root(np.mean(np.square(X), axis=1, keepdims=True), epsilon)
    return np.multiply(X, r, out=out), r


def rms_normalize_backward(dXhat: Floats, Xhat: Floats, r: Floats, *, out: Floats | None = None) -> Floats:
    """dX = r (dXhat - Xhat mean(dXhat Xhat)).

    Example:
        >>> Xhat, r = rms_normalize(np.array([[3.0, 4.0]]), epsilon=0.0)
        >>> rms_normalize_backward(Xhat, Xhat, r).round(12)  # a longer row is the same Xhat
        array([[0., 0.]])

    Source: Zhang and Sennrich (2019), arXiv 1910.07467, equation 10.
    """
    shared = Xhat * np.mean(dXhat * Xhat, axis=1, keepdims=True)
    dX: Floats = np.subtract(dXhat, shared, out=out)
    dX *= r
    return dX


def scale_shift_backward(
    dA: Floats, Xhat: Floats, gamma: Floats, *, out: tuple[Floats | None, Floats | None, Floats | None] | None = None
) -> tuple[Floats, Floats, Floats]:
    """(dXhat, dgamma, dbeta) of A = gamma Xhat + beta: (dA gamma, sum over rows of dA Xhat, sum over rows of dA).

    Example:
        >>> dXhat, dgamma, dbeta = scale_shift_backward(np.ones((2, 1)), np.array([[3.0], [4.0]]), np.array([2.0]))
        >>> dXhat.tolist(), dgamma.tolist(), dbeta.tolist()
        ([[2.0], [2.0]], [7.0], [2.0])
    """
    dXhat_out, dgamma_out, dbeta_out = out or (None, None, None)
    dgamma: Array = np.sum(dA * Xhat, axis=0, out=dgamma_out)
    dbeta: Array = np.sum(dA, axis=0, out=dbeta_out)
    return np.multiply(dA, gamma, out=dXhat_out), dgamma, dbeta


def running(kept: Floats, now: Floats, momentum: float) -> Floats:
    """momentum kept + (1 - momentum) now: what is remembered of all batches, the latest counting most.

    Example:
        >>> running(np.array([0.0]), np.array([1.0]), 0.9).round(4)
        array([0.1])

    Source: Ioffe and Szegedy (2015), arXiv 1502.03167, section 3.1 (a moving average in place of all batches' mean).
    """
    share = kept.dtype.type(momentum)
    return kept * share + now * (1 - share)
