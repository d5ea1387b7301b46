"""Functions that squash every number into an interval, smoothly or with two corners."""

from __future__ import annotations

import numpy as np

from glassnet.errors import SettingError
from glassnet.maths.activations.activation import activation, floats
from glassnet.typing import Array, ArrayLike

# ---- sigmoid -------------------------------------------------------------------------------------------------------


def sigmoid_gradient(Z: ArrayLike) -> Array:
    """s'(z) = s(z) (1 - s(z)), with 1 - s(z) = s(-z), which keeps its digits where s(z) rounds to 1."""
    Z = floats(Z)
    slope: Array = sigmoid(Z) * sigmoid(-Z)
    return slope


def sigmoid_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA A (1 - A)."""
    dZ: Array = np.multiply(dA, A * (1 - A), out=out)
    return dZ


@activation(sigmoid_gradient, sigmoid_backward, range=(0.0, 1.0))
def sigmoid(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The logistic sigmoid, A = 1 / (1 + e^-Z): a number squashed into (0, 1), a probability.

    Saturates: far from 0 its slope vanishes, and with it what a layer below can learn. Its values are not centred
    at 0.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> sigmoid([-1e4, 0.0, 0.415]).round(7)
    array([0.       , 0.5      , 0.6022862])
    >>> sigmoid.gradient([0.0, 10.0]).round(7)
    array([2.50e-01, 4.54e-05])

    Source: Verhulst 1845 (the curve); Rumelhart, Hinton and Williams 1986 (in networks).
    """
    Z = floats(Z)
    # e^-|z| never overflows: 1 / (1 + e^-z) for z >= 0 and, the same number, e^z / (1 + e^z) for z < 0.
    small = np.exp(-np.abs(Z))
    A: Array = np.divide(np.where(Z >= 0, 1, small), 1 + small, out=out)
    return A


# ---- tanh ----------------------------------------------------------------------------------------------------------


def tanh_gradient(Z: ArrayLike) -> Array:
    """tanh'(z) = 1 - tanh(z)^2."""
    return 1 - np.square(np.tanh(floats(Z)))


def tanh_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA (1 - A^2)."""
    dZ: Array = np.multiply(dA, 1 - A * A, out=out)
    return dZ


@activation(tanh_gradient, tanh_backward, range=(-1.0, 1.0))
def tanh(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The hyperbolic tangent, A = tanh(Z) = 2 sigmoid(2 Z) - 1: squashed into (-1, 1) and centred at 0.

    Saturates as the sigmoid does.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> tanh([0.0, 1.0, 1e4]).round(7)
    array([0.       , 0.7615942, 1.       ])

    Source: LeCun, Bottou, Orr and Mueller 1998, "Efficient BackProp", section 4.4.
    """
    return np.tanh(floats(Z), out=out)


# ---- softsign --------------------------------------------------------------------------------------------------------


def softsign_gradient(Z: ArrayLike) -> Array:
    """1 / (1 + |z|)^2."""
    return np.square(1 / (1 + np.abs(floats(Z))))


def softsign_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA / (1 + |Z|)^2."""
    dZ: Array = np.multiply(dA, softsign_gradient(Z), out=out)
    return dZ


@activation(softsign_gradient, softsign_backward, range=(-1.0, 1.0))
def softsign(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The softsign, A = Z / (1 + |Z|): like tanh, but it saturates slowly, as 1/z and not as e^-2z.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> softsign([-3.0, 0.0, 1.0])
    array([-0.75,  0.  ,  0.5 ])

    Source: Turian, Bergstra and Bengio 2009; Glorot and Bengio 2010, "Understanding the difficulty of training deep
    feedforward neural networks", section 3.3.
    """
    Z = floats(Z)
    largest = np.finfo(Z.dtype).max
    Z = np.clip(Z, -largest, largest)  # inf / inf would be NaN
    A: Array = np.divide(Z, 1 + np.abs(Z), out=out)
    return A


# ---- hard tanh -------------------------------------------------------------------------------------------------------


def hard_tanh_gradient(Z: ArrayLike) -> Array:
    """1 for -1 < z < 1 and 0 elsewhere; at the two corners 0 is chosen."""
    slope: Array = np.heaviside(1 - np.abs(floats(Z)), 0)
    return slope


def hard_tanh_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA where -1 < A < 1, 0 elsewhere."""
    return np.multiply(dA, hard_tanh_gradient(A), out=out)


@activation(hard_tanh_gradient, hard_tanh_backward, range=(-1.0, 1.0))
def hard_tanh(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The hard tanh, A = min(max(Z, -1), 1): tanh drawn with three straight lines. Its slope is 0 at both corners.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> hard_tanh([-2.5, -1.0, 0.5, 4.0])
    array([-1. , -1. ,  0.5,  1. ])

    Source: Collobert 2004, "Large scale machine learning", section 6.3.
    """
    A: Array = np.clip(floats(Z), -1, 1, out=out)
    return A


# ---- hard sigmoid ----------------------------------------------------------------------------------------------------


def _check_hard_sigmoid(*, slope: float) -> None:
    if not 0 < slope <= 1:
        raise SettingError(f"hard_sigmoid: the slope is above 0 and at most 1; given was {slope!r}.")


def hard_sigmoid_gradient(Z: ArrayLike, *, slope: float = 1 / 6) -> Array:
    """``slope`` where 0 < a < 1 and 0 elsewhere; at the two corners 0 is chosen."""
    return _hard_slope(hard_sigmoid(Z, slope=slope), slope)


def hard_sigmoid_backward(dA: Array, Z: Array, A: Array, *, slope: float = 1 / 6, out: Array | None = None) -> Array:
    """dZ = slope dA where 0 < A < 1, 0 elsewhere."""
    return np.multiply(dA, _hard_slope(A, slope), out=out)


def _hard_slope(A: Array, slope: float) -> Array:
    inside: Array = slope * np.heaviside(A * (1 - A), 0)
    return inside


@activation(hard_sigmoid_gradient, hard_sigmoid_backward, range=(0.0, 1.0), check=_check_hard_sigmoid)
def hard_sigmoid(Z: ArrayLike, *, slope: float = 1 / 6, out: Array | None = None) -> Array:
    """The hard sigmoid, A = min(max(slope Z + 1/2, 0), 1): the sigmoid drawn with three straight lines.

    ``slope`` is 1/6 here, as in PyTorch and Keras 3 (0 below z = -3, 1 above 3); the paper and ONNX have 0.2, the
    tangent of the sigmoid at 0 has 1/4. Its slope is 0 at both corners.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.
        SettingError: a slope that is not above 0 and at most 1.

    >>> hard_sigmoid([-4.0, 0.0, 1.5])
    array([0.  , 0.5 , 0.75])
    >>> hard_sigmoid.configured(slope=0.2)([1.5])
    array([0.8])

    Source: Courbariaux, Bengio and David 2015, "BinaryConnect", equation 3.
    """
    _check_hard_sigmoid(slope=slope)
    A: Array = np.clip(slope * floats(Z) + 0.5, 0, 1, out=out)
    return A
