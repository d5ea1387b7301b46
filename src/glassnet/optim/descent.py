"""Gradient descent, plain and with momentum: one rate for all weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from glassnet.optim.base import Piecewise, Scalars
from glassnet.typing import Floats


@dataclass(frozen=True, repr=False)
class SGD(Piecewise):
    """Gradient descent: theta = theta - learning_rate g.

    Stochastic, mini-batch or full-batch by the batch size of the training. See `maths.updates.gradient_descent`.

    >>> SGD(0.1)
    SGD(learning_rate=0.1)

    Source: Cauchy 1847; with a part of the rows at each step Robbins and Monro 1951.
    """

    name: ClassVar[str] = "gradient_descent"

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        theta -= learning_rate * g


@dataclass(frozen=True, repr=False)
class Momentum(Piecewise):
    """Gradient descent with momentum: v = eta v + learning_rate g, theta = theta - v.

    See `maths.updates.momentum`.

    >>> Momentum(0.1, eta=0.8)
    Momentum(learning_rate=0.1, eta=0.8)
    """

    eta: float = 0.9
    name: ClassVar[str] = "momentum"
    moments: ClassVar[tuple[str, ...]] = ("v",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_fraction("eta")

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        (v,) = moments
        v *= self.eta
        v += learning_rate * g
        theta -= v


@dataclass(frozen=True, repr=False)
class Nesterov(Momentum):
    """Momentum with the gradient taken ahead: v = eta v + learning_rate g, theta = theta - (eta v + learning_rate g).

    The weights are those looked ahead to; `maths.updates.nesterov` derives this from the published form.

    >>> Nesterov(0.1)
    Nesterov(learning_rate=0.1, eta=0.9)

    Source: Nesterov 1983; in this form Sutskever, Martens, Dahl and Hinton 2013.
    """

    name: ClassVar[str] = "nesterov"

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        (v,) = moments
        step = learning_rate * g
        v *= self.eta
        v += step
        step += self.eta * v
        theta -= step
