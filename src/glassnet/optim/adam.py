"""Adam and its kin: the step of each weight is a running mean of its gradients over their running size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.maths.updates import adam_corrections, nadam_momentum, nadam_shares, radam_rectification, root
from glassnet.optim.base import Piecewise, Rate, Scalars
from glassnet.typing import Floats


@dataclass(frozen=True, repr=False)
class Adam(Piecewise):
    """m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, theta = theta - learning_rate m_hat /
    (sqrt(v_hat) + epsilon), where m_hat = m / (1 - beta1^t) and v_hat = v / (1 - beta2^t).

    Without `bias_correction` m_hat is m and v_hat is v: the first steps are then about 3 times as long. With the
    largest v so far it is `AMSGrad`, with decay of the weights `AdamW`. See `maths.updates.adam`.

    >>> Adam(0.002).advance(Adam().start())
    {'beta1_power': 0.9, 'beta2_power': 0.999}
    """

    learning_rate: Rate = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    epsilon_inside: bool = False
    bias_correction: bool = True
    name: ClassVar[str] = "adam"
    moments: ClassVar[tuple[str, ...]] = ("m", "v")
    powers: ClassVar[tuple[str, ...]] = ("beta1", "beta2")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_fraction("beta1", "beta2")
        self._check_epsilon()
        self._check_flag("epsilon_inside", "bias_correction")

    def _corrections(self, scalars: Scalars) -> tuple[float, float]:
        return adam_corrections(scalars["beta1_power"], scalars["beta2_power"], self.bias_correction)

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        m, v = moments
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * (g * g)
        m_correction, v_correction = self._corrections(scalars)
        v_hat = v * v_correction
        theta -= (learning_rate * m_correction) * m / root(v_hat, self.epsilon, self.epsilon_inside)


@dataclass(frozen=True, repr=False)
class AdamW(Piecewise):
    """Adam with decoupled decay: every weight first shrinks by learning_rate weight_decay, whatever its gradient is.

    The decay is of all weights, biases too, as in the paper; a layer's `weight_decay` is of its own weights alone.
    See `maths.updates.adamw`.

    >>> AdamW().weight_decay
    0.01
    """

    learning_rate: Rate = 0.001
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    epsilon_inside: bool = False
    name: ClassVar[str] = "adamw"
    moments: ClassVar[tuple[str, ...]] = ("m", "v")
    powers: ClassVar[tuple[str, ...]] = ("beta1", "beta2")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_not_negative("weight_decay")
        self._check_fraction("beta1", "beta2")
        self._check_epsilon()
        self._check_flag("epsilon_inside")

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        m, v = moments
        theta -= (learning_rate * self.weight_decay) * theta
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * (g * g)
        m_correction, v_correction = adam_corrections(scalars["beta1_power"], scalars["beta2_power"], True)
        theta -= (learning_rate * m_correction) * m / root(v * v_correction, self.epsilon, self.epsilon_inside)


@dataclass(frozen=True, repr=False)
class AMSGrad(Adam):
    """Adam that divides by the largest v so far, v_max, so that a step is never longer than that allowed.

    See `maths.updates.amsgrad`.

    >>> AMSGrad().moments
    ('m', 'v', 'v_max')
    """

    name: ClassVar[str] = "amsgrad"
    moments: ClassVar[tuple[str, ...]] = ("m", "v", "v_max")

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        m, v, v_max = moments
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * (g * g)
        np.maximum(v_max, v, out=v_max)
        m_correction, v_correction = self._corrections(scalars)
        theta -= (learning_rate * m_correction) * m / root(v_max * v_correction, self.epsilon, self.epsilon_inside)


@dataclass(frozen=True, repr=False)
class NAdam(Piecewise):
    """Adam with Nesterov's momentum: the momentum of the next step acts already in this one.

    The momentum rises from beta1 / 2 to beta1: mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2).
    See `maths.updates.nadam`.

    >>> nadam = NAdam(beta1=0.5, momentum_decay=0.0)
    >>> nadam.advance(nadam.start())["mu"]
    0.25
    """

    learning_rate: Rate = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    momentum_decay: float = 0.004
    epsilon: float = 1e-8
    epsilon_inside: bool = False
    name: ClassVar[str] = "nadam"
    moments: ClassVar[tuple[str, ...]] = ("m", "v")
    powers: ClassVar[tuple[str, ...]] = ("beta2",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_fraction("beta1", "beta2")
        self._check_not_negative("momentum_decay")
        self._check_epsilon()
        self._check_flag("epsilon_inside")

    def start(self) -> Scalars:
        return super().start() | {"decay_power": 1.0, "mu": 0.0, "mu_next": self._mu(self._decay), "mu_product": 1.0}

    def advance(self, scalars: Scalars) -> Scalars:
        decay_power, mu = scalars["decay_power"] * self._decay, scalars["mu_next"]
        return super().advance(scalars) | {
            "decay_power": decay_power,
            "mu": mu,
            "mu_next": self._mu(decay_power * self._decay),
            "mu_product": scalars["mu_product"] * mu,
        }

    @property
    def _decay(self) -> float:
        return float(0.96**self.momentum_decay)

    def _mu(self, decay_power: float) -> float:
        return nadam_momentum(self.beta1, decay_power)

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        m, v = moments
        mu = scalars["mu"]
        m *= mu
        m += (1 - mu) * g
        v *= self.beta2
        v += (1 - self.beta2) * (g * g)
        _, v_correction = adam_corrections(0.0, scalars["beta2_power"], True)
        m_share, g_share = nadam_shares(mu, scalars["mu_next"], scalars["mu_product"])
        m_hat = m_share * m
        m_hat += g_share * g
        theta -= learning_rate * m_hat / root(v * v_correction, self.epsilon, self.epsilon_inside)


@dataclass(frozen=True, repr=False)
class RAdam(Piecewise):
    """Adam that begins without its divisor, and takes it on as v becomes the mean of enough squares: no warm-up needed.

    See `maths.updates.radam`.

    >>> RAdam().advance(RAdam().start())["r"]
    0.0
    """

    learning_rate: Rate = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    epsilon_inside: bool = False
    name: ClassVar[str] = "radam"
    moments: ClassVar[tuple[str, ...]] = ("m", "v")
    powers: ClassVar[tuple[str, ...]] = ("beta1", "beta2")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_fraction("beta1", "beta2")
        self._check("beta2", lambda value: value > 0.6, "above 0.6, where its rho is above 4,")
        self._check_epsilon()
        self._check_flag("epsilon_inside")

    def start(self) -> Scalars:
        return super().start() | {"beta2_sum": 0.0, "steps": 0.0, "r": 0.0}

    def advance(self, scalars: Scalars) -> Scalars:
        beta2_sum, steps = 1 + self.beta2 * scalars["beta2_sum"], scalars["steps"] + 1
        powers = super().advance(scalars)
        r = radam_rectification(self.beta2, powers["beta2_power"], beta2_sum, steps)
        return powers | {"beta2_sum": beta2_sum, "steps": steps, "r": r}

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        m, v = moments
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * (g * g)
        m_correction, v_correction = adam_corrections(scalars["beta1_power"], scalars["beta2_power"], True)
        r = scalars["r"]
        if r == 0:
            theta -= (learning_rate * m_correction) * m
        else:
            divisor = root(v * v_correction, self.epsilon, self.epsilon_inside)
            theta -= (learning_rate * m_correction * r) * m / divisor


@dataclass(frozen=True, repr=False)
class Adamax(Piecewise):
    """Adam with the largest gradient, slowly forgotten, in place of the root mean square: u = max(beta2 u, |g|).

    See `maths.updates.adamax`.

    >>> Adamax().moments
    ('m', 'u')
    """

    learning_rate: Rate = 0.002
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    name: ClassVar[str] = "adamax"
    moments: ClassVar[tuple[str, ...]] = ("m", "u")
    powers: ClassVar[tuple[str, ...]] = ("beta1",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_fraction("beta1", "beta2")
        self._check_epsilon()

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        m, u = moments
        m *= self.beta1
        m += (1 - self.beta1) * g
        u *= self.beta2
        np.maximum(u, np.abs(g), out=u)
        m_correction, _ = adam_corrections(scalars["beta1_power"], 0.0, True)
        theta -= (learning_rate * m_correction) * m / (u + self.epsilon)
