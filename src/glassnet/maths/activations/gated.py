"""Smooth rectifiers: softplus, and z times a gate that opens from 0 to 1 as z grows.

Where the gate is 0 in floating point z is cut off, so that -inf times 0 is the limit 0 and not NaN.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from glassnet.maths.activations.activation import INFINITY, activation, floats
from glassnet.maths.activations.sigmoids import sigmoid
from glassnet.maths.special import normal_cdf, normal_density
from glassnet.typing import Array, ArrayLike

FAR = 1000.0  # e^-1000 is 0 in every dtype


def _bounded(Z: Array) -> Array:
    """Z where the slope of a gate is not yet 0, its end beyond."""
    return np.clip(Z, -FAR, FAR)


# ---- softplus --------------------------------------------------------------------------------------------------------


def softplus_gradient(Z: ArrayLike) -> Array:
    """The sigmoid."""
    return sigmoid(Z)


def softplus_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA sigmoid(Z)."""
    return np.multiply(dA, sigmoid(Z), out=out)


@activation(softplus_gradient, softplus_backward, range=(0.0, INFINITY))
def softplus(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The softplus, A = log(1 + e^Z), computed as max(0, Z) + log(1 + e^-|Z|): relu without its corner.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> softplus([-1000.0, 0.0, 1000.0])
    array([0.00000000e+00, 6.93147181e-01, 1.00000000e+03])

    Source: Dugas, Bengio, Belisle, Nadeau and Garcia 2001, "Incorporating second-order functional knowledge for better
    option pricing".
    """
    Z = floats(Z)
    return np.add(np.maximum(Z, 0), np.log1p(np.exp(-np.abs(Z))), out=out)


# ---- silu ------------------------------------------------------------------------------------------------------------


def silu_gradient(Z: ArrayLike) -> Array:
    """s (1 + z (1 - s)) with s = sigmoid(z)."""
    Z = _bounded(floats(Z))
    gate = sigmoid(Z)
    slope: Array = gate * (1 + Z * (1 - gate))
    return slope


def silu_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA s (1 + Z (1 - s)) with s = sigmoid(Z)."""
    return np.multiply(dA, silu_gradient(Z), out=out)


@activation(silu_gradient, silu_backward, range=(-0.2784645427610738, INFINITY))
def silu(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The sigmoid linear unit, also swish, A = Z sigmoid(Z); its least value is -0.278, at z = -1.278.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> silu([-1e4, -1.0, 2.0]).round(7)
    array([-0.       , -0.2689414,  1.7615942])

    Source: Elfwing, Uchibe and Doya 2018, arXiv 1702.03118; Ramachandran, Zoph and Le 2017, arXiv 1710.05941.
    """
    Z = floats(Z)
    return np.multiply(np.maximum(Z, -FAR), sigmoid(Z), out=out)


# ---- mish ------------------------------------------------------------------------------------------------------------


def mish_gradient(Z: ArrayLike) -> Array:
    """t + z (1 - t^2) sigmoid(z) with t = tanh(softplus(z))."""
    Z = _bounded(floats(Z))
    gate = np.tanh(softplus(Z))
    slope: Array = gate + Z * (1 - np.square(gate)) * sigmoid(Z)
    return slope


def mish_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA (t + Z (1 - t^2) sigmoid(Z)) with t = tanh(softplus(Z))."""
    return np.multiply(dA, mish_gradient(Z), out=out)


@activation(mish_gradient, mish_backward, range=(-0.30884341301725043, INFINITY))
def mish(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """Mish, A = Z tanh(softplus(Z)) = Z tanh(log(1 + e^Z)); its least value is -0.309, at z = -1.192.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> mish([-1e4, -1.0, 2.0]).round(7)
    array([-0.       , -0.3034015,  1.943959 ])

    Source: Misra 2019, arXiv 1908.08681, equation 1.
    """
    Z = floats(Z)
    return np.multiply(np.maximum(Z, -FAR), np.tanh(softplus(Z)), out=out)


# ---- gelu ------------------------------------------------------------------------------------------------------------

SQUEEZE = 2 * sqrt(2 / pi)  # twice the factor in the tanh: 1 + tanh(u) = 2 sigmoid(2u)
CUBIC = 0.044715


def _tanh_form(Z: Array) -> tuple[Array, Array]:
    """The gate (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))) / 2, and its slope."""
    Z = np.clip(Z, -40, 40)
    U = SQUEEZE * (Z + CUBIC * Z**3)
    return sigmoid(U), sigmoid.gradient(U) * (SQUEEZE * (1 + 3 * CUBIC * np.square(Z)))


def gelu_gradient(Z: ArrayLike, *, approximate: bool = False) -> Array:
    """Phi(z) + z phi(z), with the normal distribution's Phi and its density phi."""
    Z = floats(Z)
    gate, density = _tanh_form(Z) if approximate else (normal_cdf(Z), normal_density(Z))
    slope: Array = gate + _bounded(Z) * density
    return slope


def gelu_backward(dA: Array, Z: Array, A: Array, *, approximate: bool = False, out: Array | None = None) -> Array:
    """dZ = dA (Phi(Z) + Z phi(Z))."""
    return np.multiply(dA, gelu_gradient(Z, approximate=approximate), out=out)


@activation(gelu_gradient, gelu_backward, range=(-0.16997120747990366, INFINITY))
def gelu(Z: ArrayLike, *, approximate: bool = False, out: Array | None = None) -> Array:
    """The Gaussian error linear unit, A = Z Phi(Z): z times the probability that a normal variable is below it.

    Its least value is -0.170, at z = -0.752. ``approximate=True`` is the form with a tanh,
    Z / 2 (1 + tanh(sqrt(2 / pi) (Z + 0.044715 Z^3))), which differs by at most 0.0005: for weights that were trained
    with it.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> gelu([-1e4, -1.0, 2.0]).round(7)
    array([-0.       , -0.1586553,  1.9544997])
    >>> gelu.configured(approximate=True)([-1.0, 2.0]).round(7)
    array([-0.158808 ,  1.9545977])

    Source: Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2.
    """
    Z = floats(Z)
    gate = _tanh_form(Z)[0] if approximate else normal_cdf(Z)
    return np.multiply(np.maximum(Z, -FAR), gate, out=out)
