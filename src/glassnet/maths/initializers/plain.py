"""Starts that do not look at the shape: constants, and numbers drawn from one distribution."""

from __future__ import annotations

from math import prod

import numpy as np
import numpy.typing as npt

from glassnet.errors import SettingError
from glassnet.maths import random
from glassnet.maths.initializers.initializer import check_numbers, initializer
from glassnet.maths.random import Purpose
from glassnet.typing import Floats, Shape


def _check_interval(low: float, high: float) -> None:
    check_numbers(low=low, high=high)
    if low > high:
        raise SettingError(f"An interval runs from low to high; low = {low!r} is above high = {high!r}.")


def _check_deviation(mean: float, deviation: float) -> None:
    check_numbers(mean=mean, deviation=deviation)
    if deviation < 0:
        raise SettingError(f"A standard deviation cannot be negative; given {deviation!r}.")


@initializer()
def zeros(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """All zero, W_ij = 0: the usual start of a bias. (Weights that start equal stay equal: a layer never learns.)

    Shapes: any; the weights have the shape that was asked for.

    Raises:
        SettingError: a setting, of which it has none.

    >>> zeros((2, 3))
    array([[0., 0., 0.],
           [0., 0., 0.]])

    Source: Goodfellow, Bengio and Courville 2016, "Deep learning", section 8.4.
    """
    return np.zeros(shape, dtype)


@initializer()
def ones(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """All one, W_ij = 1: the start of a factor, such as that of a normalization.

    Shapes: any; the weights have the shape that was asked for.

    Raises:
        SettingError: a setting, of which it has none.

    >>> ones((2,))
    array([1., 1.])

    Source: Ioffe and Szegedy 2015, arXiv 1502.03167 (gamma).
    """
    return np.ones(shape, dtype)


@initializer(check_numbers, value=0.0)
def constant(
    shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64, value: float = 0.0
) -> Floats:
    """All one `value`: W_ij = value.

    Shapes: any; the weights have the shape that was asked for.

    Raises:
        SettingError: settings that are no finite numbers.

    >>> constant.configured(value=0.1)((3,))
    array([0.1, 0.1, 0.1])

    Source: none is needed: the number itself.
    """
    return np.full(shape, value, dtype)


@initializer(_check_interval, low=-0.05, high=0.05)
def uniform(
    shape: Shape,
    *,
    seed: int = 0,
    layer: int = 0,
    dtype: npt.DTypeLike = np.float64,
    low: float = -0.05,
    high: float = 0.05,
) -> Floats:
    """Uniform in [low, high): W_ij = low + (high - low) u, with u uniform in [0, 1).

    Shapes: any; the weights have the shape that was asked for.

    Raises:
        SettingError: settings that are no finite numbers, or low above high.

    >>> uniform((2, 3), seed=7, low=-0.5, high=0.5).round(4)
    array([[ 0.4546, -0.3858, -0.093 ],
           [-0.3282, -0.4939,  0.3077]])

    Source: LeCun, Bottou, Orr and Mueller (1998), "Efficient BackProp", section 4.6.
    """
    numbers = random.uniform(seed, Purpose.INITIALIZE, 0, layer, prod(shape), low, high)
    return numbers.reshape(shape).astype(dtype, copy=False)


@initializer(_check_deviation, mean=0.0, deviation=0.05)
def normal(
    shape: Shape,
    *,
    seed: int = 0,
    layer: int = 0,
    dtype: npt.DTypeLike = np.float64,
    mean: float = 0.0,
    deviation: float = 0.05,
) -> Floats:
    """Normal (not truncated): W_ij = mean + deviation * z, with z normal.

    Shapes: any; the weights have the shape that was asked for.

    Raises:
        SettingError: settings that are no finite numbers, or a negative deviation.

    >>> normal((2, 2), seed=7, deviation=1.0).round(4)
    array([[ 1.6912, -1.2046],
           [-0.2354, -0.9471]])

    Source: LeCun, Bottou, Orr and Mueller (1998), "Efficient BackProp", section 4.6.
    """
    numbers = mean + deviation * random.normal(seed, Purpose.INITIALIZE, 0, layer, prod(shape))
    return numbers.reshape(shape).astype(dtype, copy=False)


@initializer(_check_deviation, mean=0.0, deviation=0.05)
def truncated_normal(
    shape: Shape,
    *,
    seed: int = 0,
    layer: int = 0,
    dtype: npt.DTypeLike = np.float64,
    mean: float = 0.0,
    deviation: float = 0.05,
) -> Floats:
    """Normal, with what lies further than two deviations from the mean drawn again: no weight is an outlier.

    Formula: W_ij = mean + deviation * z, with z normal and |z| <= 2.

    ``deviation`` is that of the normal before it is cut, as in TensorFlow, PyTorch; what is left spreads 0.8796 times
    as much. The numbers of the next draws come from the counters (purpose, draw, layer, element), so that a weight does
    not depend on how often another had to be drawn.

    Shapes: any; the weights have the shape that was asked for.

    Raises:
        SettingError: settings that are no finite numbers, or a negative deviation.

    >>> W = truncated_normal((100, 100), deviation=1.0)
    >>> float(abs(W).max().round(1)), float(W.std().round(2))
    (2.0, 0.88)

    Source: Burkardt 2014, "The truncated normal distribution".
    """
    z = random.normal(seed, Purpose.INITIALIZE, 0, layer, prod(shape))
    draw = 1
    while (outside := np.abs(z) > 2).any():
        z[outside] = random.normal(seed, Purpose.INITIALIZE, draw, layer, z.size)[outside]
        draw += 1
    return (mean + deviation * z).reshape(shape).astype(dtype, copy=False)
