"""Optimizers that look at the sign of a gradient and not at its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.errors import SettingError
from glassnet.optim.base import Piecewise, Rate, Scalars
from glassnet.typing import Floats


@dataclass(frozen=True, repr=False)
class Lion(Piecewise):
    """theta = theta - learning_rate (sign(beta1 m + (1 - beta1) g) + weight_decay theta), m = beta2 m + (1 - beta2) g.

    Every weight moves by the same length, so rates are 3 to 10 times smaller than Adam's. See `maths.updates.lion`.

    >>> Lion()
    Lion(learning_rate=0.0001, beta1=0.9, beta2=0.99, weight_decay=0.0)
    """

    learning_rate: Rate = 0.0001
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0
    name: ClassVar[str] = "lion"
    moments: ClassVar[tuple[str, ...]] = ("m",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_fraction("beta1", "beta2")
        self._check_not_negative("weight_decay")

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        (m,) = moments
        direction = self.beta1 * m
        direction += (1 - self.beta1) * g
        np.sign(direction, out=direction)
        theta -= (learning_rate * self.weight_decay) * theta
        theta -= learning_rate * direction
        m *= self.beta2
        m += (1 - self.beta2) * g


@dataclass(frozen=True, repr=False)
class Rprop(Piecewise):
    """Each weight has a step size of its own: longer while the sign of its gradient stays, shorter when it turns.

    The learning rate is the size of the first step and counts nowhere else. It is made for full batches, which are the
    default with it. See `maths.updates.rprop`.

    >>> Rprop()
    Rprop(learning_rate=0.01, grow=1.2, shrink=0.5, smallest=1e-06, largest=50.0)
    """

    learning_rate: Rate = 0.01
    grow: float = 1.2
    shrink: float = 0.5
    smallest: float = 1e-6
    largest: float = 50.0
    name: ClassVar[str] = "rprop"
    moments: ClassVar[tuple[str, ...]] = ("p", "size", "d")
    full_batch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("grow", lambda value: value >= 1, "at least 1")
        self._check("shrink", lambda value: 0 < value <= 1, "above 0 and at most 1")
        self._check_positive("smallest", "largest")
        if self.smallest > self.largest:
            raise SettingError(f"Rprop: smallest ({self.smallest}) must not be above largest ({self.largest}).")

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        p, size, d = moments
        sign = np.sign(g)
        agree = sign * np.sign(p)
        size[size == 0] = learning_rate
        longer, turned = agree > 0, agree < 0
        size[longer] = np.minimum(self.grow * size[longer], self.largest)
        size[turned] = np.maximum(self.shrink * size[turned], self.smallest)
        np.negative(d, out=d)
        np.copyto(d, -sign * size, where=~turned)
        theta += d
        d[turned] = 0
        p[...] = g
        p[turned] = 0
