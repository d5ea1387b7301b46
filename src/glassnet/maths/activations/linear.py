"""The two oldest: the identity of a linear layer, and the step of the perceptron."""

from __future__ import annotations

import numpy as np

from glassnet.errors import SettingError
from glassnet.maths.activations.activation import INFINITY, activation, floats
from glassnet.typing import Array, ArrayLike

# ---- identity ------------------------------------------------------------------------------------------------------


def identity_gradient(Z: ArrayLike) -> Array:
    """1 everywhere."""
    return np.ones_like(floats(Z))


def identity_backward(dA: Array, Z: Array, A: Array, *, out: Array | None = None) -> Array:
    """dZ = dA."""
    return np.positive(dA, out=out)


@activation(identity_gradient, identity_backward, range=(-INFINITY, INFINITY))
def identity(Z: ArrayLike, *, out: Array | None = None) -> Array:
    """The identity, A = Z: a linear layer.

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.

    >>> identity([-1.0, 0.0, 2.0])
    array([-1.,  0.,  2.])

    Source: COURSE D2: without another activation a network is a linear regression.
    """
    return np.positive(floats(Z), out=out)


# ---- step ----------------------------------------------------------------------------------------------------------


def _check_step(*, at_zero: float) -> None:
    if not 0 <= at_zero <= 1:
        raise SettingError(f"step: at_zero is the value at z = 0, between 0 and 1; given was {at_zero!r}.")


def step_gradient(Z: ArrayLike, *, at_zero: float = 1.0) -> Array:
    """0 everywhere, also at z = 0, where the step jumps and has no derivative: descent learns nothing through it."""
    return np.zeros_like(floats(Z))


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

    Shapes: Z and A of any shape, the same.

    Raises:
        TypeNotUsableError: Z is no array of real numbers.
        SettingError: at_zero is not between 0 and 1.

    >>> step([-2.5, 0.0, 1.5])
    array([0., 1., 1.])
    >>> step.configured(at_zero=0.0)([-2.5, 0.0, 1.5])
    array([0., 0., 1.])

    Source: Rosenblatt 1958, "The perceptron"; Minsky and Papert 1969.
    """
    _check_step(at_zero=at_zero)
    return np.heaviside(floats(Z), at_zero, out=out)
