"""Rectifiers: straight lines with a corner at 0. At the corner the slope on the left is chosen.

prelu learns its slope: it has two arguments and two derivatives, and as a layer it is ``glassnet.layers.PReLU``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

import numpy as np

from glassnet.errors import SettingError, ShapeError
from glassnet.maths.activations.activation import INFINITY, activation, floats
from glassnet.maths.dispatch import overridable
from glassnet.typing import Array, ArrayLike

# ---- relu ----------------------------------------------------------------------------------------------------------


def relu_gradient(Z: ArrayLike) -> Array:
    """relu'(z) = 1 for z > 0 and 0 for z <= 0; at 0, where it has a corner, 0 is chosen."""
    return np.heaviside(floats(Z), 0)


def relu_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA where the unit is on, 0 where it is off."""
    # sign(A) is 1 where A > 0, 0 where A = 0 and, unlike A > 0, NaN where A is NaN.
    return np.multiply(dA, np.sign(A), out=out)


@activation(relu_gradient, relu_backward, range=(0.0, INFINITY))
def relu(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The rectified linear unit, A = max(0, Z). relu'(0) = 0.

    Does not saturate for z > 0; a unit whose z is negative for every example no longer learns.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> relu([-3.0, 0.0, 2.0]), relu.gradient([-3.0, 0.0, 2.0])
    (array([0., 0., 2.]), array([0., 0., 1.]))

    Source: Nair and Hinton 2010, "Rectified linear units improve restricted Boltzmann machines".
    """
    return np.maximum(floats(Z), 0, out=out)


# ---- leaky relu ----------------------------------------------------------------------------------------------------


def _check_slope(*, slope: float) -> None:
    if not 0 < slope <= 1:
        raise SettingError(f"leaky_relu: the slope is above 0 and at most 1 (0 is relu); given was {slope!r}.")


def leaky_relu_gradient(Z: ArrayLike, *, slope: float = 0.1) -> Array:
    """1 for z > 0 and ``slope`` for z <= 0; at 0, where it has a corner, ``slope`` is chosen."""
    return np.maximum(np.heaviside(floats(Z), 0), slope)


def leaky_relu_backward(dA: Array, Z: Array, A: Array, *, slope: float = 0.1, out: Array | None = None) -> Array:
    """dZ = dA where z > 0, slope dA elsewhere."""
    return np.multiply(dA, leaky_relu_gradient(A, slope=slope), out=out)


@activation(leaky_relu_gradient, leaky_relu_backward, range=(-INFINITY, INFINITY), check=_check_slope)
def leaky_relu(Z: ArrayLike, *, slope: float = 0.1, out: Array | None = None) -> Array:
    """The leaky rectified linear unit, A = max(slope Z, Z), with the slope 0.1 unless another is given.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.
        SettingError: a slope that is not above 0 and at most 1.

    >>> leaky_relu([-3.0, 0.0, 2.0])
    array([-0.3,  0. ,  2. ])
    >>> leaky_relu.configured(slope=0.01)
    leaky_relu.configured(slope=0.01)

    Source: Maas, Hannun and Ng 2013, "Rectifier nonlinearities improve neural network acoustic models".
    """
    _check_slope(slope=slope)
    Z = floats(Z)
    return np.maximum(slope * Z, Z, out=out)


# ---- relu6 -----------------------------------------------------------------------------------------------------------


def relu6_gradient(Z: ArrayLike) -> Array:
    """1 for 0 < z < 6 and 0 elsewhere; at the two corners 0 is chosen."""
    Z = floats(Z)
    slope: Array = np.heaviside(Z, 0) * np.heaviside(6 - Z, 0)
    return slope


def relu6_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA where 0 < A < 6, 0 elsewhere."""
    return np.multiply(dA, relu6_gradient(A), out=out)


@activation(relu6_gradient, relu6_backward, range=(0.0, 6.0))
def relu6(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The rectified linear unit cut off at 6, A = min(max(Z, 0), 6): its values fit into numbers of few bits.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> relu6([-3.0, 2.0, 9.0])
    array([0., 2., 6.])

    Source: Krizhevsky 2010, "Convolutional deep belief networks on CIFAR-10", section 2.
    """
    A: Array = np.clip(floats(Z), 0, 6, out=out)
    return A


# ---- prelu: a slope that is learned ----------------------------------------------------------------------------------


class LearnedActivation(Protocol):
    """A function of Z and of a weight, with both derivatives beside it."""

    def __call__(self, Z: ArrayLike, slope: ArrayLike, *, out: Array | None = None) -> Array: ...

    def gradient(self, Z: ArrayLike, slope: ArrayLike) -> Array: ...

    def backward(
        self, dA: Array, Z: Array, slope: Array, *, out: tuple[Array | None, Array | None] = ...
    ) -> tuple[Array, Array]: ...


def prelu_gradient(Z: ArrayLike, slope: ArrayLike) -> Array:
    """By Z: 1 for z > 0 and ``slope`` for z <= 0."""
    on = np.heaviside(floats(Z), 0)
    steepness: Array = on + slope * (1 - on)
    return steepness


def prelu_backward(
    dA: Array, Z: Array, slope: Array, *, out: tuple[Array | None, Array | None] = (None, None)
) -> tuple[Array, Array]:
    """dZ = dA where z > 0, slope dA elsewhere; dslope = the sum over rows of dA min(0, Z). ``out`` may hold dA."""
    by_slope = dA * np.minimum(Z, 0)
    dZ = np.multiply(dA, prelu_gradient(Z, slope), out=out[0])
    return dZ, _summed(by_slope, np.shape(slope), out[1])


def _summed(X: Array, shape: tuple[int, ...], out: Array | None) -> Array:
    """X summed over the axes along which an array of this shape was broadcast."""
    ahead = X.ndim - len(shape)
    stretched = tuple(ahead + k for k, n in enumerate(shape) if n != X.shape[ahead + k])
    total: Array = np.sum(X, axis=(*range(ahead), *stretched), keepdims=True).reshape(shape)
    return total if out is None else np.positive(total, out=out)


def _learned(formula: Callable[..., Array]) -> LearnedActivation:
    function: Any = overridable(formula)
    function.name, function.gradient, function.backward = formula.__name__, prelu_gradient, prelu_backward
    return cast(LearnedActivation, function)


@_learned
def prelu(Z: ArrayLike, slope: ArrayLike, *, out: Array | None = None) -> Array:
    """The parametric rectified linear unit, A = max(0, Z) + slope min(0, Z), with a slope that is learned.

    ``prelu.backward(dA, Z, slope)`` gives dZ and dslope. As a layer it is ``gn.PReLU``.

    Shapes: Z and A (B, I); slope (I,), one a unit, or any shape that broadcasts to that of Z, such as (1,).

    Raises:
        TypeNotUsableError: Z or slope is no array of real numbers.
        ShapeError: a slope that does not broadcast to the shape of Z.

    >>> prelu([[-2.0, 3.0], [-1.0, -4.0]], [0.1, 0.5])
    array([[-0.2,  3. ],
           [-0.1, -2. ]])
    >>> Z = np.array([[-2.0, 3.0], [-1.0, -4.0]])
    >>> prelu.backward(np.ones((2, 2)), Z, np.array([0.1, 0.5]))[1]
    array([-3., -4.])

    Source: He, Zhang, Ren and Sun 2015, arXiv 1502.01852, equations 1, 8 and 9.
    """
    Z, slope = floats(Z), floats(slope)
    if slope.ndim > Z.ndim or any(n not in (1, m) for n, m in zip(slope.shape[::-1], Z.shape[::-1], strict=False)):
        raise ShapeError(f"A slope of shape {slope.shape} does not broadcast to Z of shape {Z.shape}.")
    A: Array = np.add(np.maximum(Z, 0), slope * np.minimum(Z, 0), out=out)
    return A
