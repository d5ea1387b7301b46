"""Schedule-free AdamW: the mean of the weights in place of a falling rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from glassnet.engine.interface import Objective, State
from glassnet.errors import SettingError
from glassnet.optim.base import Piecewise, Rate, Scalars
from glassnet.typing import Floats


@dataclass(frozen=True, repr=False)
class ScheduleFreeAdamW(Piecewise):
    """AdamW whose result is a mean of all its weights: no schedule, and no need to know when the training ends.

    Formula:
        z = z - gamma (g / (sqrt(v) + epsilon) + weight_decay y),   x = (1 - c) x + c z,   y = (1 - beta1) z + beta1 x

    `net.parameters()` are y, where gradients are taken. `predict`, `evaluate`, validation and `save` use x, the mean;
    a model file holds x alone.

    Args:
        learning_rate: about that of AdamW, or somewhat higher.
        warm_up: steps in which the rate rises in a straight line; with more of them high rates are safe.
        beta1: how near to the mean the gradient is taken.

    Raises:
        SettingError: a setting outside its range; `ema`, since it keeps a mean already.

    Example:
        >>> ScheduleFreeAdamW().averaged
        'x'

    Source: Defazio et al. (2024), The road less scheduled, arXiv 2405.15682, algorithm 1; see
    `maths.updates.schedule_free_adamw`.
    """

    learning_rate: Rate = 0.0025
    weight_decay: float = 0.0
    warm_up: int = 0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    name: ClassVar[str] = "schedule_free_adamw"
    moments: ClassVar[tuple[str, ...]] = ("z", "x", "v")
    copies: ClassVar[tuple[str, ...]] = ("z", "x")
    powers: ClassVar[tuple[str, ...]] = ("beta2",)
    elementwise: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.ema is not None:
            raise SettingError("ScheduleFreeAdamW has no ema: predictions are made with its own mean already.")
        self._check_not_negative("weight_decay")
        self._check_count("warm_up", least=0)
        self._check_fraction("beta1", "beta2")
        self._check_epsilon()

    @property
    def averaged(self) -> str | None:
        return "x"

    def start(self) -> Scalars:
        return super().start() | {"steps": 0.0, "gamma": 0.0, "c": 0.0, "squares": 0.0}

    def advance(self, scalars: Scalars) -> Scalars:
        return scalars | super().advance(scalars) | {"steps": scalars["steps"] + 1}

    def apply(self, state: State, gradients: Floats, learning_rate: float, objective: Objective) -> None:
        before = state.scalars
        after = self.advance(before)
        warm = min(1.0, after["steps"] / self.warm_up) if self.warm_up else 1.0
        gamma = learning_rate * sqrt(1 - after["beta2_power"]) * warm
        squares = before["squares"] + gamma * gamma
        # The rule's base calls `advance` itself: what depends on the rate is put where it finds it.
        state.scalars = before | {"gamma": gamma, "squares": squares, "c": gamma * gamma / squares if squares else 0.0}
        super().apply(state, gradients, learning_rate, objective)

    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        z, x, v = moments
        gamma, c = scalars["gamma"], scalars["c"]
        v *= self.beta2
        v += (1 - self.beta2) * (g * g)
        z -= gamma * g / (np.sqrt(v) + self.epsilon)
        z -= (gamma * self.weight_decay) * theta
        x *= 1 - c
        x += c * z
        np.multiply(z, 1 - self.beta1, out=theta)
        theta += self.beta1 * x
