"""Functions made of e^z: the exponential itself, and rectifiers that go over into it on the left.

Where A is -alpha + alpha e^z, its slope alpha e^z is A + alpha: backward needs no second exponential.
"""

from __future__ import annotations

import numpy as np

from glassnet.errors import SettingError
from glassnet.maths.activations.activation import INFINITY, activation, floats
from glassnet.typing import Array, ArrayLike

# ---- exponential -----------------------------------------------------------------------------------------------------


@np.errstate(over="ignore")
def exponential_gradient(Z: ArrayLike) -> Array:
    """e^z, its own derivative."""
    return np.exp(floats(Z))


def exponential_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA A."""
    return np.multiply(dA, A, out=out)


@activation(exponential_gradient, exponential_backward, range=(0.0, INFINITY))
@np.errstate(over="ignore")
def exponential(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The exponential, A = e^Z: a positive number, such as a rate, from any score.

    The poisson loss contains it: a linear last layer under that loss gives the logarithm of the rate.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> exponential([-1e4, 0.0, 1.0]).round(7)
    array([0.       , 1.       , 2.7182818])

    Source: McCullagh and Nelder 1989, "Generalized linear models", chapter 6 (the inverse of the log link).
    """
    return np.exp(floats(Z), out=out)


# ---- elu -------------------------------------------------------------------------------------------------------------


def _check_alpha(*, alpha: float) -> None:
    if not 0 < alpha < INFINITY:
        raise SettingError(f"alpha must be above 0 and finite; given was {alpha!r}.")


def elu_gradient(Z: ArrayLike, *, alpha: float = 1.0) -> Array:
    """1 for z > 0 and alpha e^z for z <= 0."""
    Z = floats(Z)
    return np.where(Z > 0, 1, alpha * np.exp(np.minimum(Z, 0)))


def elu_backward(dA: Array, Z: Array, A: Array, *, alpha: float = 1.0, out: Array | None = None) -> Array:
    """dZ = dA where Z > 0, dA (A + alpha) elsewhere."""
    return np.multiply(dA, np.where(A > 0, 1, A + alpha), out=out)


@activation(elu_gradient, elu_backward, range=(-1.0, INFINITY), check=_check_alpha)
def elu(Z: ArrayLike, *, alpha: float = 1.0, out: Array | None = None) -> Array:
    """The exponential linear unit, A = Z for Z > 0 and alpha (e^Z - 1) elsewhere: its mean is closer to 0 than relu's.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.
        SettingError: an alpha that is not above 0.

    >>> elu([-1e4, -1.0, 2.0]).round(7)
    array([-1.       , -0.6321206,  2.       ])

    Source: Clevert, Unterthiner and Hochreiter 2016, arXiv 1511.07289, equation 15.
    """
    _check_alpha(alpha=alpha)
    Z = floats(Z)
    return np.add(np.maximum(Z, 0), alpha * np.expm1(np.minimum(Z, 0)), out=out)


# ---- selu ------------------------------------------------------------------------------------------------------------

# The fixed point of mean 0 and variance 1: equation 14 of the paper, solved by tests/maths/test_activations.py.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def selu_gradient(Z: ArrayLike) -> Array:
    """scale for z > 0 and scale alpha e^z for z <= 0."""
    return SELU_SCALE * elu_gradient(Z, alpha=SELU_ALPHA)


def selu_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = scale dA where Z > 0, dA (A + scale alpha) elsewhere."""
    return np.multiply(dA, np.where(A > 0, SELU_SCALE, A + SELU_SCALE * SELU_ALPHA), out=out)


@activation(selu_gradient, selu_backward, range=(-SELU_SCALE * SELU_ALPHA, INFINITY))
@np.errstate(over="ignore")
def selu(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The scaled exponential linear unit, A = scale elu(Z) with alpha = 1.6733 and scale = 1.0507.

    Inputs of mean 0 and variance 1 give outputs of mean 0 and variance 1, layer after layer, where weights start with
    variance 1 / in (lecun_normal, which "auto" chooses for it).

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> selu([-1e4, 0.0, 1.0]).round(7)
    array([-1.7580993,  0.       ,  1.050701 ])

    Source: Klambauer, Unterthiner, Mayr and Hochreiter 2017, arXiv 1706.02515, equations 2 and 14.
    """
    return np.multiply(elu(Z, alpha=SELU_ALPHA), SELU_SCALE, out=out)


# ---- celu ------------------------------------------------------------------------------------------------------------


def celu_gradient(Z: ArrayLike, *, alpha: float = 1.0) -> Array:
    """1 for z > 0 and e^(z / alpha) for z <= 0."""
    Z = floats(Z)
    return np.exp(np.minimum(Z, 0) / alpha)


def celu_backward(dA: Array, Z: Array, A: Array, *, alpha: float = 1.0, out: Array | None = None) -> Array:
    """dZ = dA where Z > 0, dA (A / alpha + 1) elsewhere."""
    return np.multiply(dA, np.minimum(A, 0) / alpha + 1, out=out)


@activation(celu_gradient, celu_backward, range=(-1.0, INFINITY), check=_check_alpha)
def celu(Z: ArrayLike, *, alpha: float = 1.0, out: Array | None = None) -> Array:
    """The continuously differentiable elu, A = max(0, Z) + min(0, alpha (e^(Z / alpha) - 1)).

    For every alpha its slope is 1 at 0, where that of elu jumps from alpha to 1.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.
        SettingError: an alpha that is not above 0.

    >>> celu([-1e4, -1.0, 2.0], alpha=2.0).round(7)
    array([-2.       , -0.7869387,  2.       ])

    Source: Barron 2017, arXiv 1704.07483, equation 2.
    """
    _check_alpha(alpha=alpha)
    Z = floats(Z)
    return np.add(np.maximum(Z, 0), alpha * np.expm1(np.minimum(Z, 0) / alpha), out=out)
