"""Functions over all classes of a row: the softmax, a probability for each class, and its logarithm."""

from __future__ import annotations

import numpy as np

from glassnet.maths.activations.activation import INFINITY, activation, floats
from glassnet.typing import Array, ArrayLike

# ---- softmax -------------------------------------------------------------------------------------------------------


def shifted(Z: Array, out: Array | None = None) -> Array:
    """Z less its row's largest entry, which changes no softmax and keeps e^z from overflowing.

    Where the largest entry is infinite the limit is taken: the entries equal to it share the row (0 each), all
    others get -inf. ``out`` may be Z itself.
    """
    largest = _row_maxima(np.asarray(Z))  # of a Tensor, too: the shift is a constant, no derivative passes by it
    infinite = np.isinf(largest)
    if np.count_nonzero(infinite):  # inf - inf would be NaN
        Z = np.where(infinite, np.where(largest == Z, 0, -INFINITY), Z).astype(Z.dtype)
        largest = np.where(infinite, 0, largest)
    S: Array = np.subtract(Z, largest, out=out)
    return S


def _row_maxima(Z: Array) -> Array:
    """Z.max(axis=-1, keepdims=True), and -inf for a row of no classes."""
    maxima: Array
    if Z.shape[-1] > 32:
        maxima = Z.max(axis=-1, keepdims=True, initial=-INFINITY)
    else:  # NumPy goes along short rows entry by entry; down the columns of a transposed copy it takes many at once
        maxima = np.maximum.reduce(np.ascontiguousarray(Z.T), axis=0, initial=-INFINITY).T[..., None]
    return maxima


def softmax_gradient(Z: ArrayLike) -> Array:
    """The Jacobian J[i, j] = A_i ([i = j] - A_j), of shape (..., C, C)."""
    A = softmax(Z)
    J: Array = A[..., :, None] * (np.eye(A.shape[-1], dtype=A.dtype) - A[..., None, :])
    return J


def softmax_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = A (dA - sum_c dA_c A_c): the Jacobian times dA, without forming the Jacobian."""
    dZ: Array = np.multiply(A, dA - (dA * A).sum(axis=-1, keepdims=True), out=out)
    return dZ


# Entries further apart than the dtype reaches overflow to -inf, which is right: e^-inf = 0. A row of no classes sums
# to 0, whose logarithm nobody reads.
quiet = np.errstate(over="ignore", divide="ignore")


@activation(softmax_gradient, softmax_backward, range=(0.0, 1.0), elementwise=False)
@quiet
def softmax(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The softmax, A_i = e^{Z_i} / sum_j e^{Z_j} over the last axis: positive numbers that sum to 1.

    Shapes: Z and A (..., C), the classes along the last axis; a number is one class.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    The first logit is 1.9; 1.3 would give the 0.02, 0.90, 0.05, 0.01, 0.02 that are often printed beside it:

    >>> softmax([1.9, 5.1, 2.2, 0.7, 1.1]).round(4)
    array([0.0362, 0.8878, 0.0488, 0.0109, 0.0163])
    >>> softmax([[1e4, 0.0], [float("-inf"), 0.0]])
    array([[1., 0.],
           [0., 1.]])

    Source: Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs".
    """
    A = shifted(_rows(Z), out)
    np.exp(A, out=A)
    A /= A.sum(axis=-1, keepdims=True)
    return A


def log_softmax_gradient(Z: ArrayLike) -> Array:
    """The Jacobian J[i, j] = [i = j] - softmax(Z)_j, of shape (..., C, C)."""
    S = softmax(Z)
    J: Array = np.eye(S.shape[-1], dtype=S.dtype) - S[..., None, :]
    return J


def log_softmax_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA - softmax(Z) sum_c dA_c, with softmax(Z) = e^A."""
    dZ: Array = np.subtract(dA, np.exp(A) * dA.sum(axis=-1, keepdims=True), out=out)
    return dZ


@activation(log_softmax_gradient, log_softmax_backward, range=(-INFINITY, 0.0), elementwise=False)
@quiet
def log_softmax(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The logarithm of the softmax, A_i = Z_i - log sum_j e^{Z_j}, right where the softmax itself underflows to 0.

    Shapes: Z and A (..., C), the classes along the last axis; a number is one class.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> log_softmax([1000.0, 0.0])
    array([    0., -1000.])

    Source: Bishop 2006, "Pattern recognition and machine learning", equation 4.62 and its logarithm.
    """
    A = shifted(_rows(Z), out)
    A -= np.log(np.exp(A).sum(axis=-1, keepdims=True))
    return A


def _rows(Z: ArrayLike) -> Array:
    """Z in floating dtype with at least one axis: a single number is a row of one class."""
    return np.atleast_1d(floats(Z))
