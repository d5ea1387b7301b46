"""Optimizers that scale each weight's step by the size of its own gradients.

`epsilon_inside` says where epsilon stands: sqrt(s + epsilon) or, if False, sqrt(s) + epsilon. Frameworks differ from
each other and from textbooks there, and results differ with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from glassnet.maths.updates import root
from glassnet.optim.base import Piecewise, Rate, Scalars
from glassnet.typing import Floats


@dataclass(frozen=True, repr=False)
class AdaGrad(Piecewise):
    """s = s + g^2, theta = theta - learning_rate g / (sqrt(s) + epsilon).

    See `maths.updates.adagrad`.

    >>> AdaGrad(epsilon_inside=True).moments
    ('s',)
    """

    epsilon: float = 1e-8
    epsilon_inside: bool = False
    name: ClassVar[str] = "adagrad"
    moments: ClassVar[tuple[str, ...]] = ("s",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_epsilon()
        self._check_flag("epsilon_inside")

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        (s,) = moments
        s += g * g
        theta -= learning_rate * g / root(s, self.epsilon, self.epsilon_inside)


@dataclass(frozen=True, repr=False)
class RMSProp(Piecewise):
    """s = rho s + (1 - rho) g^2, theta = theta - learning_rate g / (sqrt(s) + epsilon).

    See `maths.updates.rmsprop`.

    >>> RMSProp()
    RMSProp(learning_rate=0.001, rho=0.9, epsilon=1e-08, epsilon_inside=False)
    """

    learning_rate: Rate = 0.001
    rho: float = 0.9
    epsilon: float = 1e-8
    epsilon_inside: bool = False
    name: ClassVar[str] = "rmsprop"
    moments: ClassVar[tuple[str, ...]] = ("s",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_fraction("rho")
        self._check_epsilon()
        self._check_flag("epsilon_inside")

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        (s,) = moments
        s *= self.rho
        s += (1 - self.rho) * (g * g)
        theta -= learning_rate * g / root(s, self.epsilon, self.epsilon_inside)


@dataclass(frozen=True, repr=False)
class AdaDelta(Piecewise):
    """d = sqrt(u + epsilon) / sqrt(s + epsilon) g, with running means s of g^2 and u of d^2; theta = theta - d.

    Needs no learning rate: as published it is 1. See `maths.updates.adadelta`.

    >>> AdaDelta()
    AdaDelta(learning_rate=1.0, rho=0.95, epsilon=1e-06, epsilon_inside=True)
    """

    learning_rate: Rate = 1.0
    rho: float = 0.95
    epsilon: float = 1e-6
    epsilon_inside: bool = True
    name: ClassVar[str] = "adadelta"
    moments: ClassVar[tuple[str, ...]] = ("s", "u")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_fraction("rho")
        self._check_epsilon()
        self._check_flag("epsilon_inside")

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        s, u = moments
        s *= self.rho
        s += (1 - self.rho) * (g * g)
        d = root(u, self.epsilon, self.epsilon_inside) / root(s, self.epsilon, self.epsilon_inside)
        d *= g
        u *= self.rho
        u += (1 - self.rho) * (d * d)
        theta -= learning_rate * d
