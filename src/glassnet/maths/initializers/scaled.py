"""Starts whose spread depends on the shape (in, out), so that signals keep their size from layer to layer."""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt

from glassnet.errors import ShapeError
from glassnet.maths.initializers.initializer import initializer
from glassnet.maths.initializers.plain import normal, uniform
from glassnet.typing import Floats, Shape


def fans(shape: Shape) -> tuple[int, int]:
    """(fan-in, fan-out) = (in, out): how many inputs a neuron sees, and how many neurons see an input.

    Shapes: (in, out), neither of them 0.

    Raises:
        ShapeError: any other shape.

    >>> fans((784, 10))
    (784, 10)

    Source: LeCun, Bottou, Orr and Mueller (1998), "Efficient BackProp", section 4.6.
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

    For layers that are nearly linear around 0 (identity, tanh).

    Shapes: (in, out); an error for anything else.

    Raises:
        ShapeError: a shape that has not two axes.

    >>> abs(glorot_uniform((300, 300))).max().round(2)
    np.float64(0.1)

    Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks",
    equation 16.
    """
    fan_in, fan_out = fans(shape)
    return _symmetric(sqrt(6.0 / (fan_in + fan_out)), shape, seed, layer, dtype)


@initializer()
def glorot_normal(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Normal with deviation sqrt(2 / (in + out)).

    Shapes: (in, out); an error for anything else.

    Raises:
        ShapeError: a shape that has not two axes.

    >>> glorot_normal((100, 100)).std().round(2)
    np.float64(0.1)

    Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks",
    equation 12.
    """
    fan_in, fan_out = fans(shape)
    return _centred(sqrt(2.0 / (fan_in + fan_out)), shape, seed, layer, dtype)


@initializer()
def he_uniform(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Uniform within +-sqrt(6 / in): variance 2 / in, as in he_normal.

    Shapes: (in, out); an error for anything else.

    Raises:
        ShapeError: a shape that has not two axes.

    >>> abs(he_uniform((600, 100))).max().round(2)
    np.float64(0.1)

    Source: He, Zhang, Ren and Sun (2015), arXiv 1502.01852, equation 10.
    """
    return _symmetric(sqrt(6.0 / fans(shape)[0]), shape, seed, layer, dtype)


@initializer()
def he_normal(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Normal with deviation sqrt(2 / in): ReLU passes half of the variance, which the 2 makes good.

    Source: He, Zhang, Ren and Sun (2015), arXiv 1502.01852, equation 10.

    Shapes: (in, out); an error for anything else.

    Raises:
        ShapeError: a shape that has not two axes.

    >>> he_normal((200, 100)).std().round(2)
    np.float64(0.1)
    """
    return _centred(sqrt(2.0 / fans(shape)[0]), shape, seed, layer, dtype)


@initializer()
def lecun_uniform(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Uniform within +-sqrt(3 / in): variance 1 / in, as in lecun_normal.

    Shapes: (in, out); an error for anything else.

    Raises:
        ShapeError: a shape that has not two axes.

    >>> abs(lecun_uniform((300, 100))).max().round(2)
    np.float64(0.1)

    Source: LeCun, Bottou, Orr and Mueller (1998), "Efficient BackProp", equation 16.
    """
    return _symmetric(sqrt(3.0 / fans(shape)[0]), shape, seed, layer, dtype)


@initializer()
def lecun_normal(shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Normal with deviation sqrt(1 / in): inputs of variance 1 give sums of variance 1.

    Source: LeCun, Bottou, Orr and Mueller (1998), "Efficient BackProp", equation 16.

    Shapes: (in, out); an error for anything else.

    Raises:
        ShapeError: a shape that has not two axes.

    >>> lecun_normal((100, 100)).std().round(2)
    np.float64(0.1)
    """
    return _centred(sqrt(1.0 / fans(shape)[0]), shape, seed, layer, dtype)
