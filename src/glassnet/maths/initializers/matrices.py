"""Starts that are matrices of a kind: those that keep every length, and the one that changes nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from glassnet.errors import SettingError
from glassnet.maths import random
from glassnet.maths.initializers.initializer import check_numbers, initializer
from glassnet.maths.initializers.scaled import fans
from glassnet.maths.random import Purpose
from glassnet.typing import Floats, Shape


def _check_gain(gain: float) -> None:
    check_numbers(gain=gain)
    if gain < 0:
        raise SettingError(f"A gain cannot be negative; given {gain!r}.")


def orthonormal(A: Floats) -> Floats:
    """The columns of A, (n, k) with k <= n, made orthonormal in order: Q of A = Q R with a positive diagonal.

    Modified Gram-Schmidt: each column is divided by its length, and its part is taken out of all later ones. Rounding
    leaves a little of it in them where the columns are nearly dependent, so it is done twice, and twice is enough. Sums
    go down the rows one by one, without BLAS: the same bits on every machine.

    >>> Q = orthonormal(np.array([[3.0, 1.0], [4.0, 2.0]]))
    >>> Q.round(12)
    array([[ 0.6, -0.8],
           [ 0.8,  0.6]])

    Source: Golub and Van Loan 2013, "Matrix computations", section 5.2.8; Giraud, Langou and Rozloznik 2005 (twice).
    """
    Q = A.copy()
    for _ in range(2):
        for k in range(Q.shape[1]):
            own, later = Q[:, k : k + 1], Q[:, k + 1 :]
            own /= np.sqrt(np.add.reduce(own * own, axis=0))
            later -= own * np.add.reduce(own * later, axis=0)
    return Q


@initializer(_check_gain, gain=1.0)
def orthogonal(
    shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64, gain: float = 1.0
) -> Floats:
    """Orthonormal columns (rows, where out is larger) times ``gain``: W^T W = gain^2 I, so that no direction is lost.

    Uniform among all such matrices: normal numbers, made orthonormal (Q of their QR decomposition, R with a positive
    diagonal). A gain of sqrt(2) makes good what a relu cuts off. The work grows as in * out * min(in, out): seconds
    where both are a thousand.

    Shapes: (in, out); an error for anything else.

    Raises:
        ShapeError: a shape that has not two axes.
        SettingError: a gain that is negative or not finite.

    >>> W = orthogonal((5, 3), seed=1)
    >>> (W.T @ W).round(12) + 0.0
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])

    Source: Saxe, McClelland and Ganguli 2014, arXiv 1312.6120; Mezzadri 2007 (why the diagonal must be positive).
    """
    fan_in, fan_out = fans(shape)
    normals = random.normal(seed, Purpose.INITIALIZE, 0, layer, fan_in * fan_out)
    Q = orthonormal(normals.reshape(max(shape), min(shape)))
    return np.ascontiguousarray(gain * (Q if fan_in >= fan_out else Q.T), dtype)


@initializer(_check_gain, gain=1.0)
def identity(
    shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64, gain: float = 1.0
) -> Floats:
    """W_ij = gain where i = j and 0 elsewhere: the layer begins by passing on what it is given.

    Shapes: (in, out); an error for anything else.

    Raises:
        ShapeError: a shape that has not two axes.
        SettingError: a gain that is negative or not finite.

    >>> identity((2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]])

    Source: Le, Jaitly and Hinton 2015, arXiv 1504.00941.
    """
    return gain * np.eye(*fans(shape), dtype=dtype)
