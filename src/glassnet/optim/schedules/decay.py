"""Rates that only fall."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sqrt
from typing import ClassVar

from glassnet.optim.schedules.base import Schedule


@dataclass(frozen=True)
class Constant(Schedule):
    """The same rate at every step; of use inside `WarmUp`.

    Formula:
        rate(t) = learning_rate

    Raises:
        SettingError: a negative rate.

    Example:
        >>> Constant(0.1)(1000)
        0.1

    Source: Robbins and Monro (1951), Ann. Math. Statist. 22, 400-407, whose rates have to fall to converge.
    """

    name: ClassVar[str] = "constant"

    def at(self, step: int) -> float:
        return self.learning_rate


@dataclass(frozen=True)
class Step(Schedule):
    """A staircase: the rate times `factor`, every `every` steps.

    Formula:
        rate(t) = learning_rate factor^floor(t / every)

    Raises:
        SettingError: a negative rate or factor, `every` below 1.

    Example:
        >>> [Step(0.1, every=100)(step) for step in (0, 99, 100, 200)]
        [0.1, 0.1, 0.01, 0.001]

    Source: Krizhevsky, Sutskever and Hinton (2012), NIPS 25, section 5.
    """

    every: int
    factor: float = 0.1
    name: ClassVar[str] = "step"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_count("every")
        self._check_not_negative("factor")

    def at(self, step: int) -> float:
        return self.learning_rate * self.factor ** (step // self.every)


@dataclass(frozen=True)
class Exponential(Schedule):
    """The rate times `factor` in the course of every `steps` steps, without stairs.

    Formula:
        rate(t) = learning_rate factor^(t / steps)

    Raises:
        SettingError: a negative rate, a factor of 0 or below, `steps` below 1.

    Example:
        >>> [Exponential(0.1, steps=100, factor=0.25)(step) for step in (0, 50, 100)]
        [0.1, 0.05, 0.025]

    Source: Darken and Moody (1990), NIPS 3, 832-838, compare it with schedules of other shapes.
    """

    steps: int
    factor: float = 0.1
    name: ClassVar[str] = "exponential"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_count("steps")
        self._check_positive("factor")

    def at(self, step: int) -> float:
        return float(self.learning_rate * self.factor ** (step / self.steps))


@dataclass(frozen=True)
class InverseTime(Schedule):
    """The rate of Robbins and Monro: half after `steps` steps, a third after twice as many.

    Formula:
        rate(t) = learning_rate / (1 + t / steps)

    Raises:
        SettingError: a negative rate, `steps` below 1.

    Example:
        >>> [InverseTime(0.3, steps=100)(step) for step in (0, 100, 200)]
        [0.3, 0.15, 0.1]

    Source: Robbins and Monro (1951), Ann. Math. Statist. 22, 400-407, equation 6; Darken and Moody (1990), equation 3.
    """

    steps: int
    name: ClassVar[str] = "inverse_time"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_count("steps")

    def at(self, step: int) -> float:
        return self.learning_rate / (1 + step / self.steps)


@dataclass(frozen=True)
class InverseScaling(Schedule):
    """A rate that falls with a power of the rows seen so far, counted at the ends of epochs.

    Formula:
        rate(t) = learning_rate / (1 + seen + rows floor(t / steps))^power, and learning_rate in the first epoch

    Args:
        learning_rate: that of the first epoch, whatever was seen before it.
        rows, steps: of an epoch.
        power: 0 changes nothing, 1/2 is the square root.
        seen: rows that were seen before the first step.

    Raises:
        SettingError: a negative rate or power, `rows` or `steps` below 1, `seen` below 0.

    Example:
        >>> [InverseScaling(0.3, rows=8, steps=2)(step) for step in (0, 1, 2, 3, 6)]
        [0.3, 0.3, 0.1, 0.1, 0.06]

    Source: the "invscaling" of scikit-learn's multi-layer perceptrons; Robbins and Monro (1951) for power 1.
    """

    rows: int
    steps: int
    power: float = 0.5
    seen: int = 0
    name: ClassVar[str] = "inverse_scaling"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_count("rows", "steps")
        self._check_count("seen", least=0)
        self._check_not_negative("power")

    def at(self, step: int) -> float:
        epoch = step // self.steps
        return float(
            self.learning_rate / (1 + self.seen + self.rows * epoch) ** self.power if epoch else self.learning_rate
        )


@dataclass(frozen=True)
class BiasCorrection(Schedule):
    """Adam's bias correction as a rate, for an `Adam(..., bias_correction=False)`: epsilon is then added to a root that
    is not corrected ("epsilon hat").

    Formula:
        rate(t) = learning_rate sqrt(1 - beta2^(t+1)) / (1 - beta1^(t+1))

    Raises:
        SettingError: a negative rate, a beta outside [0, 1).

    Example:
        >>> [BiasCorrection(0.1, beta1=0.5, beta2=0.64)(step) for step in (0, 1000)]
        [0.12, 0.1]

    Source: Kingma and Ba (2015), arXiv 1412.6980, the last lines of section 2.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    name: ClassVar[str] = "bias_correction"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_fraction("beta1", "beta2")

    def at(self, step: int) -> float:
        t = step + 1
        return float(self.learning_rate * sqrt(1 - self.beta2**t) / (1 - self.beta1**t))


@dataclass(frozen=True)
class Polynomial(Schedule):
    """From `learning_rate` to `final` in `steps` steps; `power` 1 is a straight line.

    Formula:
        rate(t) = final + (learning_rate - final) (1 - t / steps)^power, and final from step `steps` on

    Raises:
        SettingError: a negative rate, final or power, `steps` below 1.

    Example:
        >>> [Polynomial(0.1, steps=100)(step) for step in (0, 50, 100, 200)]
        [0.1, 0.05, 0.0, 0.0]

    Source: Liu, Rabinovich and Berg (2015), ParseNet, arXiv 1506.04579, section 3 ("poly" with power 0.9).
    """

    steps: int
    final: float = 0.0
    power: float = 1.0
    name: ClassVar[str] = "polynomial"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_count("steps")
        self._check_not_negative("final")
        self._check_positive("power")

    def at(self, step: int) -> float:
        left = 1 - min(step, self.steps) / self.steps
        return float(self.final + (self.learning_rate - self.final) * left**self.power)


@dataclass(frozen=True)
class Cosine(Schedule):
    """From `learning_rate` to `final` in `steps` steps along half a cosine: slow at both ends.

    Formula:
        rate(t) = final + (learning_rate - final) (1 + cos(pi t / steps)) / 2, and final from step `steps` on

    Raises:
        SettingError: a negative rate or final, `steps` below 1.

    Example:
        >>> [Cosine(0.1, steps=100)(step) for step in (0, 50, 100, 200)]
        [0.1, 0.05, 0.0, 0.0]

    Source: Loshchilov and Hutter (2017), SGDR, arXiv 1608.03983, equation 5, without restarts.
    """

    steps: int
    final: float = 0.0
    name: ClassVar[str] = "cosine"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_count("steps")
        self._check_not_negative("final")

    def at(self, step: int) -> float:
        return half_cosine(self.learning_rate, self.final, min(step, self.steps) / self.steps)


def half_cosine(first: float, last: float, share: float) -> float:
    """From `first` (share 0) to `last` (share 1) along half a cosine.

    >>> half_cosine(3.0, 1.0, 0.0), half_cosine(3.0, 1.0, 0.5), half_cosine(3.0, 1.0, 1.0)
    (3.0, 2.0, 1.0)
    """
    return last + (first - last) * (1 + cos(pi * share)) / 2
