"""Activations: each value with its derivative beneath it.

A network needs them because without one a stack of layers is a single matrix, however deep (COURSE D2). Every
function takes Z (the weighted sums, of any shape; rows are examples) and gives A = g(Z) in the same floating dtype
(integers become float64). Beside the value stand two more:

    g.gradient(Z)                    g'(Z) entry by entry; for softmax and log_softmax the Jacobian
                                     J[..., i, j] = dA_i / dZ_j, of shape (..., C, C)
    g.backward(dA, Z, A, out=None)   dZ from dA by the chain rule; ``out`` may be dA itself

NaN in gives NaN out; +-inf give the limits; nothing warns. To add an activation, write its three functions here and
its row in tests/maths/test_activations.py; the decorator puts it into CATALOGUE.

Letters: B batch, C classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, Self, cast, runtime_checkable

import numpy as np

from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.maths.catalogue import configurable, find
from glassnet.maths.dispatch import as_array, overridable
from glassnet.typing import Array, ArrayLike

__all__ = [
    "CATALOGUE",
    "Activation",
    "get",
    "identity",
    "leaky_relu",
    "log_softmax",
    "relu",
    "sigmoid",
    "softmax",
    "step",
    "tanh",
]

INFINITY = float("inf")


@runtime_checkable
class Activation(Protocol):
    """An activation: a function with its derivative and its properties beside it.

    ``range`` is the open interval its values fill (the ends are reached only by rounding, or by relu and step at
    rest); ``elementwise`` is False where an entry of A depends on its whole row of Z; ``settings`` are the
    numbers that choose a variant, changed by ``configured(...)``.
    """

    @property
    def name(self) -> str: ...

    @property
    def range(self) -> tuple[float, float]: ...

    @property
    def elementwise(self) -> bool: ...

    @property
    def settings(self) -> dict[str, Any]: ...

    def __call__(self, Z: ArrayLike, *, out: Array | None = None) -> Array: ...

    def gradient(self, Z: ArrayLike) -> Array: ...

    def backward(self, dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array: ...

    def configured(self, **settings: Any) -> Self: ...


CATALOGUE: dict[str, Activation] = {}

Formula = Callable[..., Array]


def activation(
    gradient: Formula,
    backward: Formula,
    *,
    range: tuple[float, float],
    elementwise: bool = True,
    check: Callable[..., None] | None = None,
) -> Callable[[Formula], Activation]:
    """Make a function an Activation by putting its derivative and its properties beside it."""

    def decorate(formula: Any) -> Activation:
        function: Any = overridable(formula)
        # An infinite dA times a derivative of 0 is NaN, and that is the answer: no warning beside it.
        quiet_backward = np.errstate(invalid="ignore", over="ignore")(backward)
        function.gradient, function.backward = gradient, quiet_backward
        function.range, function.elementwise = range, elementwise
        configurable(function, methods=("gradient", "backward"), check=check)
        CATALOGUE[function.name] = function
        return cast(Activation, function)

    return decorate


def get(activation: str | Activation, **settings: Any) -> Activation:
    """The activation with this name; "linear" is the identity; an activation is given back as it is.

    >>> get("leaky_relu", slope=0.2)(-1.0)
    np.float64(-0.2)
    """
    wanted = "identity" if activation == "linear" else activation
    return find("activation", CATALOGUE, wanted, settings, protocol=Activation)


def _floats(Z: ArrayLike) -> Array:
    """Z as an array of floating dtype: float32 stays float32, integers and booleans become float64."""
    Z = as_array(Z)
    if Z.dtype.kind == "f":
        return Z
    if Z.dtype.kind in "iub":
        return Z.astype(np.float64)
    raise TypeNotUsableError(f"An activation takes an array of real numbers, not of dtype {Z.dtype}.")


# ---- identity ------------------------------------------------------------------------------------------------------


def identity_gradient(Z: ArrayLike) -> Array:
    """1 everywhere."""
    return np.ones_like(_floats(Z))


def identity_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA."""
    return np.positive(dA, out=out)


@activation(identity_gradient, identity_backward, range=(-INFINITY, INFINITY))
def identity(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The identity, A = Z: a linear layer.

    >>> identity([-1.0, 0.0, 2.0])
    array([-1.,  0.,  2.])
    """
    return np.positive(_floats(Z), out=out)


# ---- step ----------------------------------------------------------------------------------------------------------


def _check_step(*, at_zero: float) -> None:
    if not 0 <= at_zero <= 1:
        raise SettingError(f"step: at_zero is the value at z = 0, between 0 and 1; given was {at_zero!r}.")


def step_gradient(Z: ArrayLike, *, at_zero: float = 1.0) -> Array:
    """0 everywhere, also at z = 0, where the step jumps and has no derivative: descent learns nothing through it."""
    return np.zeros_like(_floats(Z))


def step_backward(dA: Array, Z: Array, A: Array, *, at_zero: float = 1.0, out: Array | None = None) -> Array:
    """dZ = 0: nothing passes back through a step."""
    if out is None:
        return np.zeros_like(dA)
    out[...] = 0
    return out


@activation(step_gradient, step_backward, range=(0.0, 1.0), check=_check_step)
def step(Z: ArrayLike, *, at_zero: float = 1.0, out: Array | None = None) -> Array:
    """The unit step, A = 1 where Z >= 0 and 0 elsewhere: the perceptron's activation.

    ``at_zero`` is its value at z = 0: 1 in the course (z >= theta fires), 0 in scikit-learn's Perceptron.

    Its derivative is 0 wherever there is one, and at z = 0 there is none (0 is returned). Gradient descent can
    therefore not train a network through a step; the perceptron rule does not need the derivative.

    >>> step([-2.5, 0.0, 1.5])
    array([0., 1., 1.])
    >>> step.configured(at_zero=0.0)([-2.5, 0.0, 1.5])
    array([0., 0., 1.])

    Source: Rosenblatt 1958, "The perceptron"; Minsky and Papert 1969.
    """
    _check_step(at_zero=at_zero)
    return np.heaviside(_floats(Z), at_zero, out=out)


# ---- sigmoid -------------------------------------------------------------------------------------------------------


def sigmoid_gradient(Z: ArrayLike) -> Array:
    """s'(z) = s(z) (1 - s(z)), with 1 - s(z) = s(-z), which keeps its digits where s(z) rounds to 1."""
    Z = _floats(Z)
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

    >>> sigmoid([-1e4, 0.0, 0.415]).round(7)
    array([0.       , 0.5      , 0.6022862])
    >>> sigmoid.gradient([0.0, 10.0]).round(7)
    array([2.50e-01, 4.54e-05])
    """
    Z = _floats(Z)
    # e^-|z| never overflows: 1 / (1 + e^-z) for z >= 0 and, the same number, e^z / (1 + e^z) for z < 0.
    small = np.exp(-np.abs(Z))
    A: Array = np.divide(np.where(Z >= 0, 1, small), 1 + small, out=out)
    return A


# ---- tanh ----------------------------------------------------------------------------------------------------------


def tanh_gradient(Z: ArrayLike) -> Array:
    """tanh'(z) = 1 - tanh(z)^2."""
    return 1 - np.square(np.tanh(_floats(Z)))


def tanh_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA (1 - A^2)."""
    dZ: Array = np.multiply(dA, 1 - A * A, out=out)
    return dZ


@activation(tanh_gradient, tanh_backward, range=(-1.0, 1.0))
def tanh(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The hyperbolic tangent, A = tanh(Z) = 2 sigmoid(2 Z) - 1: squashed into (-1, 1) and centred at 0.

    Saturates as the sigmoid does.

    >>> tanh([0.0, 1.0, 1e4]).round(7)
    array([0.       , 0.7615942, 1.       ])
    """
    return np.tanh(_floats(Z), out=out)


# ---- relu ----------------------------------------------------------------------------------------------------------


def relu_gradient(Z: ArrayLike) -> Array:
    """relu'(z) = 1 for z > 0 and 0 for z <= 0; at 0, where it has a corner, 0 is chosen."""
    return np.heaviside(_floats(Z), 0)


def relu_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA where the unit is on, 0 where it is off."""
    # sign(A) is 1 where A > 0, 0 where A = 0 and, unlike A > 0, NaN where A is NaN.
    return np.multiply(dA, np.sign(A), out=out)


@activation(relu_gradient, relu_backward, range=(0.0, INFINITY))
def relu(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The rectified linear unit, A = max(0, Z). relu'(0) = 0.

    Does not saturate for z > 0; a unit whose z is negative for every example no longer learns.

    >>> relu([-3.0, 0.0, 2.0]), relu.gradient([-3.0, 0.0, 2.0])
    (array([0., 0., 2.]), array([0., 0., 1.]))

    Source: Nair and Hinton 2010, "Rectified linear units improve restricted Boltzmann machines".
    """
    return np.maximum(_floats(Z), 0, out=out)


# ---- leaky relu ----------------------------------------------------------------------------------------------------


def _check_slope(*, slope: float) -> None:
    if not 0 < slope <= 1:
        raise SettingError(f"leaky_relu: the slope is above 0 and at most 1 (0 is relu); given was {slope!r}.")


def leaky_relu_gradient(Z: ArrayLike, *, slope: float = 0.1) -> Array:
    """1 for z > 0 and ``slope`` for z <= 0; at 0, where it has a corner, ``slope`` is chosen."""
    return np.maximum(np.heaviside(_floats(Z), 0), slope)


def leaky_relu_backward(dA: Array, Z: Array, A: Array, *, slope: float = 0.1, out: Array | None = None) -> Array:
    """dZ = dA where z > 0, slope dA elsewhere."""
    return np.multiply(dA, leaky_relu_gradient(A, slope=slope), out=out)


@activation(leaky_relu_gradient, leaky_relu_backward, range=(-INFINITY, INFINITY), check=_check_slope)
def leaky_relu(Z: ArrayLike, *, slope: float = 0.1, out: Array | None = None) -> Array:
    """The leaky rectified linear unit, A = max(slope Z, Z), with the slope 0.1 unless another is given.

    >>> leaky_relu([-3.0, 0.0, 2.0])
    array([-0.3,  0. ,  2. ])
    >>> leaky_relu.configured(slope=0.01)
    leaky_relu.configured(slope=0.01)

    Source: Maas, Hannun and Ng 2013, "Rectifier nonlinearities improve neural network acoustic models".
    """
    _check_slope(slope=slope)
    Z = _floats(Z)
    return np.maximum(slope * Z, Z, out=out)


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

    >>> log_softmax([1000.0, 0.0])
    array([    0., -1000.])
    """
    A = shifted(_rows(Z), out)
    A -= np.log(np.exp(A).sum(axis=-1, keepdims=True))
    return A


def _rows(Z: ArrayLike) -> Array:
    """Z in floating dtype with at least one axis: a single number is a row of one class."""
    return np.atleast_1d(_floats(Z))
