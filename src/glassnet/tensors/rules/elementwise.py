"""Operations entry by entry: Z = f(X, Y), and beside each its partial derivatives by X and by Y.

A partial is a number where it is constant. Z stands first in every formula, because many derivatives are cheapest
from the value: exp' = exp, tanh' = 1 - tanh^2. Broadcasting is undone elsewhere (``fit``).

Source: Abramowitz and Stegun 1964, "Handbook of Mathematical Functions", chapters 3 and 4.
"""

from __future__ import annotations

import operator
from math import sqrt
from typing import Any

import numpy as np

from glassnet.maths import activations, special
from glassnet.maths.dispatch import overridable
from glassnet.tensors.kinds import elementwise, linear

power = overridable(operator.pow)  # x**2 is a multiplication and x**0.5 a root, which np.power does not know


@overridable
def select(x: Any, y: Any, condition: Any) -> Any:
    """x where the condition holds, y elsewhere."""
    return np.where(condition, x, y)


@overridable
def astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    """x in another dtype."""
    return x.astype(dtype, copy=copy)


# ---- arithmetic ----------------------------------------------------------------------------------------------------

elementwise(np.add, 1, 1)
elementwise(np.subtract, 1, -1)
elementwise(np.multiply, lambda Z, X, Y: Y, lambda Z, X, Y: X)
elementwise(np.divide, lambda Z, X, Y: 1 / Y, lambda Z, X, Y: -Z / Y)
elementwise(np.positive, 1)
elementwise(np.negative, -1)
elementwise(np.reciprocal, lambda Z, X: -np.square(Z))
elementwise(np.remainder, 1, lambda Z, X, Y: -np.floor_divide(X, Y))
elementwise(np.fmod, 1, lambda Z, X, Y: -np.trunc(X / Y))


# ---- powers --------------------------------------------------------------------------------------------------------


def power_by_base(Z: Any, X: Any, Y: Any) -> Any:
    """Y X^(Y - 1), which is 0 for Y = 0, also at X = 0."""
    return Y * X ** (Y - 1 if np.all(np.not_equal(Y, 0)) else np.where(np.equal(Y, 0), 1, Y - 1))


def power_by_exponent(Z: Any, X: Any, Y: Any) -> Any:
    """X^Y log X, which is 0 for X = 0 and Y > 0."""
    return Z * np.log(np.where(np.equal(X, 0) & np.greater(Y, 0), 1, X))


elementwise((np.power, np.float_power, power), power_by_base, power_by_exponent)
elementwise(np.square, lambda Z, X: 2 * X)
elementwise(np.sqrt, lambda Z, X: 0.5 / Z)
elementwise(np.cbrt, lambda Z, X: 1 / (3 * np.square(Z)))
elementwise(np.hypot, lambda Z, X, Y: X / Z, lambda Z, X, Y: Y / Z)

# ---- exponentials and logarithms -----------------------------------------------------------------------------------

elementwise(np.exp, lambda Z, X: Z)
elementwise(np.exp2, lambda Z, X: Z * float(np.log(2)))
elementwise(np.expm1, lambda Z, X: np.exp(X))
elementwise(np.log, lambda Z, X: 1 / X)
elementwise(np.log2, lambda Z, X: 1 / (X * float(np.log(2))))
elementwise(np.log10, lambda Z, X: 1 / (X * float(np.log(10))))
elementwise(np.log1p, lambda Z, X: 1 / (1 + X))
elementwise(
    np.logaddexp,
    lambda Z, X, Y: activations.sigmoid(X - Y),
    lambda Z, X, Y: activations.sigmoid(Y - X),
)
elementwise(
    np.logaddexp2,
    lambda Z, X, Y: activations.sigmoid((X - Y) * float(np.log(2))),
    lambda Z, X, Y: activations.sigmoid((Y - X) * float(np.log(2))),
)

# ---- the error function and its kin --------------------------------------------------------------------------------

# e^(-X^2) by the density, which is 0 and never NaN far out.
elementwise(special.erf, lambda Z, X: 2 * sqrt(2) * special.normal_density(X * sqrt(2)))
elementwise(special.erfc, lambda Z, X: -2 * sqrt(2) * special.normal_density(X * sqrt(2)))
elementwise(special.normal_cdf, lambda Z, X: special.normal_density(X))
elementwise(special.normal_density, lambda Z, X: -np.clip(X, -special.FAR, special.FAR) * Z)

# ---- trigonometric and hyperbolic ----------------------------------------------------------------------------------

elementwise(np.sin, lambda Z, X: np.cos(X))
elementwise(np.cos, lambda Z, X: -np.sin(X))
elementwise(np.tan, lambda Z, X: 1 + np.square(Z))
elementwise(np.arcsin, lambda Z, X: 1 / np.sqrt((1 - X) * (1 + X)))
elementwise(np.arccos, lambda Z, X: -1 / np.sqrt((1 - X) * (1 + X)))
elementwise(np.arctan, lambda Z, X: 1 / (1 + np.square(X)))
elementwise(np.arctan2, lambda Z, Y, X: X / (X * X + Y * Y), lambda Z, Y, X: -Y / (X * X + Y * Y))
elementwise(np.sinh, lambda Z, X: np.cosh(X))
elementwise(np.cosh, lambda Z, X: np.sinh(X))
elementwise(np.tanh, lambda Z, X: activations.tanh.gradient(X))
elementwise(np.arcsinh, lambda Z, X: 1 / np.hypot(X, 1))
elementwise(np.arccosh, lambda Z, X: 1 / (np.sqrt(X - 1) * np.sqrt(X + 1)))
elementwise(np.arctanh, lambda Z, X: 1 / ((1 - X) * (1 + X)))
elementwise((np.degrees, np.rad2deg), 180 / np.pi)
elementwise((np.radians, np.deg2rad), np.pi / 180)

# ---- corners: where a function has no derivative one of its slopes, or their mean, is chosen -----------------------


def share(Z: Any, X: Any, Y: Any) -> Any:
    """1 where X is the one that was taken, 0 where Y is, 1/2 where they are equal."""
    return np.where(np.equal(X, Y), 0.5, np.equal(Z, X))


def share_of_second(Z: Any, X: Any, Y: Any) -> Any:
    """What is left of ``share`` for Y."""
    return share(Z, Y, X)


elementwise((np.absolute, np.fabs), lambda Z, X: np.sign(X))
elementwise((np.maximum, np.minimum, np.fmax, np.fmin), share, share_of_second)
elementwise(np.copysign, lambda Z, X, Y: np.copysign(1, X) * np.copysign(1, Y), 0)
linear(select, lambda G, X, Y, c: np.where(c, G, 0), lambda G, X, Y, c: np.where(c, 0, G))
linear(astype, lambda G, X, dtype, copy=True: G)


@overridable
def clip(x: Any, low: Any, high: Any) -> Any:
    """x cut off at the two ends, either of which may be None."""
    return np.clip(x, low, high)


# At the ends themselves the slope is 1: an entry that is not changed passes.
elementwise(clip, lambda Z, X, low, high: np.equal(Z, X))

# Steps: their derivative is 0 wherever they have one, so nothing of them needs to be recorded.
STEPS = frozenset({np.sign, np.floor, np.ceil, np.trunc, np.rint, np.heaviside, np.floor_divide, np.round, np.around})
