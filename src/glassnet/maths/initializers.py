"""How weights start: formulas of the shape (in, out), drawn from the counter-based generator.

Numbers are drawn in float64 and then rounded, so that a float32 network starts from the float64 one, rounded. Each
weight has a stream of its own, (seed, layer), so a layer's start does not depend on the sizes of the layers before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, prod, sqrt
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from glassnet.errors import SettingError, ShapeError
from glassnet.maths import random
from glassnet.maths.catalogue import Configurable, configurable, find
from glassnet.maths.random import Purpose
from glassnet.typing import Floats, Shape


class Initializer(Configurable, Protocol):
    """What starts a weight: `f(shape, *, seed, layer, dtype) -> array`, with a name and settings."""

    def __call__(
        self, shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64, **settings: float
    ) -> Floats: ...


CATALOGUE: dict[str, Initializer] = {}


def initializer(
    check: Callable[..., None] | None = None, **settings: float
) -> Callable[[Callable[..., Floats]], Initializer]:
    """Enter a function into the catalogue, with the defaults of its settings."""

    def enter(function: Callable[..., Floats]) -> Initializer:
        configurable(function, settings=settings, check=check)
        CATALOGUE[function.__name__] = cast(Initializer, function)
        return CATALOGUE[function.__name__]

    return enter


def get(name_or_initializer: str | Initializer, **settings: float) -> Initializer:
    """The initializer of this name, or the one given.

    Raises:
        SettingError: a name or a setting that does not exist.

    Example:
        >>> get("uniform", low=-0.5, high=0.5)
        uniform.configured(low=-0.5, high=0.5)
    """
    return find("initializer", CATALOGUE, name_or_initializer, settings)


def describe(name_or_initializer: str | Initializer) -> str | dict[str, Any]:
    """The initializer as plain data for a file: its name, or a dictionary of name and settings.

    >>> describe(uniform.configured(low=-0.5, high=0.5)), describe(he_normal)
    ({'name': 'uniform', 'low': -0.5, 'high': 0.5}, 'he_normal')
    """
    member = get(name_or_initializer)
    changed = member.settings != CATALOGUE[member.name].settings
    return {"name": member.name, **member.settings} if changed else member.name


def from_description(description: str | Initializer | Mapping[str, Any]) -> Initializer:
    """The initializer that `describe` described.

    >>> from_description({"name": "uniform", "low": -0.5, "high": 0.5})
    uniform.configured(low=-0.5, high=0.5)
    """
    if isinstance(description, Mapping):
        settings = dict(description)
        return get(settings.pop("name", "(none)"), **settings)
    return get(description)


# ---------------------------------------------------------------------------------------------- plain values


def _check_numbers(**settings: float) -> None:
    for name, value in settings.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            raise SettingError(f"The initializer's {name} must be a finite Python number, not {value!r}.")


def _check_interval(low: float, high: float) -> None:
    _check_numbers(low=low, high=high)
    if low > high:
        raise SettingError(f"An interval runs from low to high; low = {low!r} is above high = {high!r}.")


def _check_deviation(mean: float, deviation: float) -> None:
    _check_numbers(mean=mean, deviation=deviation)
    if deviation < 0:
        raise SettingError(f"A standard deviation cannot be negative; given {deviation!r}.")


@initializer()
def zeros(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """All zero: the usual start of a bias. (Weights that start equal stay equal, so a hidden layer never learns.)

    >>> zeros((2, 3))
    array([[0., 0., 0.],
           [0., 0., 0.]])
    """
    return np.zeros(shape, dtype)


@initializer(_check_numbers, value=0.0)
def constant(
    shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64, value: float = 0.0
) -> Floats:
    """All one `value`.

    >>> constant.configured(value=0.1)((3,))
    array([0.1, 0.1, 0.1])
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
    """Uniform in [low, high).

    >>> uniform((2, 3), seed=7, low=-0.5, high=0.5).round(4)
    array([[ 0.4546, -0.3858, -0.093 ],
           [-0.3282, -0.4939,  0.3077]])
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
    """Normal (not truncated): mean + deviation * z.

    >>> normal((2, 2), seed=7, deviation=1.0).round(4)
    array([[ 1.6912, -1.2046],
           [-0.2354, -0.9471]])
    """
    numbers = mean + deviation * random.normal(seed, Purpose.INITIALIZE, 0, layer, prod(shape))
    return numbers.reshape(shape).astype(dtype, copy=False)


# ---------------------------------------------------------------------------------------------- by the shape


def fans(shape: Shape) -> tuple[int, int]:
    """(fan-in, fan-out): how many inputs a neuron sees, and how many neurons see an input.

    >>> fans((784, 10))
    (784, 10)
    """
    if len(shape) != 2 or min(shape) < 1:
        raise ShapeError(
            f"This initializer scales by a weight's shape (in, out), and was given {tuple(shape)}; "
            "for a bias use zeros, constant, uniform or normal."
        )
    return shape[0], shape[1]


def _symmetric(limit: float, shape: Shape, seed: int, layer: int, dtype: npt.DTypeLike) -> Floats:
    return uniform(shape, seed=seed, layer=layer, dtype=dtype, low=-limit, high=limit)


def _centred(deviation: float, shape: Shape, seed: int, layer: int, dtype: npt.DTypeLike) -> Floats:
    return normal(shape, seed=seed, layer=layer, dtype=dtype, deviation=deviation)


@initializer()
def glorot_uniform(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Uniform within +-sqrt(6 / (in + out)): variance 2 / (in + out), a compromise of both directions.

    For layers that are nearly linear around 0 (identity, tanh). Source: Glorot and Bengio (2010), equation 16.

    >>> abs(glorot_uniform((300, 300))).max().round(2)
    np.float64(0.1)
    """
    fan_in, fan_out = fans(shape)
    return _symmetric(sqrt(6.0 / (fan_in + fan_out)), shape, seed, layer, dtype)


@initializer()
def glorot_normal(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Normal with deviation sqrt(2 / (in + out)). Source: Glorot and Bengio (2010), equation 12.

    >>> glorot_normal((100, 100)).std().round(2)
    np.float64(0.1)
    """
    fan_in, fan_out = fans(shape)
    return _centred(sqrt(2.0 / (fan_in + fan_out)), shape, seed, layer, dtype)


@initializer()
def he_uniform(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Uniform within +-sqrt(6 / in): variance 2 / in, as in he_normal.

    >>> abs(he_uniform((600, 100))).max().round(2)
    np.float64(0.1)
    """
    return _symmetric(sqrt(6.0 / fans(shape)[0]), shape, seed, layer, dtype)


@initializer()
def he_normal(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Normal with deviation sqrt(2 / in): ReLU passes half of the variance, which the 2 makes good.

    Source: He, Zhang, Ren and Sun (2015), arXiv 1502.01852, equation 10.

    >>> he_normal((200, 100)).std().round(2)
    np.float64(0.1)
    """
    return _centred(sqrt(2.0 / fans(shape)[0]), shape, seed, layer, dtype)


@initializer()
def lecun_uniform(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Uniform within +-sqrt(3 / in): variance 1 / in, as in lecun_normal.

    >>> abs(lecun_uniform((300, 100))).max().round(2)
    np.float64(0.1)
    """
    return _symmetric(sqrt(3.0 / fans(shape)[0]), shape, seed, layer, dtype)


@initializer()
def lecun_normal(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Normal with deviation sqrt(1 / in): inputs of variance 1 give sums of variance 1.

    Source: LeCun, Bottou, Orr and Mueller (1998), "Efficient BackProp", equation 16.

    >>> lecun_normal((100, 100)).std().round(2)
    np.float64(0.1)
    """
    return _centred(sqrt(1.0 / fans(shape)[0]), shape, seed, layer, dtype)
