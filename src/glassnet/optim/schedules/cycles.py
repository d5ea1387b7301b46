"""Rates that rise as well: restarts, one cycle, a warm-up before any other schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from glassnet.errors import SettingError
from glassnet.optim.schedules.base import Schedule
from glassnet.optim.schedules.decay import Constant, half_cosine
from glassnet.optim.schedules.plateau import Plateau


@dataclass(frozen=True)
class CosineRestarts(Schedule):
    """Half cosines one after the other: each ends at `final`, and the next begins high again.

    Formula:
        rate(t) = final + (high_i - final) (1 + cos(pi s / T_i)) / 2, s steps into period i = 0, 1, ...
        T_i = steps stretch^i,   high_i = learning_rate shrink^i

    Args:
        learning_rate: at the start of the first period.
        steps: of the first period.
        final: the rate that every period falls to.
        stretch: how many times as long each period is as the one before; periods are whole numbers of steps.
        shrink: how many times as high it begins.

    Raises:
        SettingError: a negative rate or final, `steps` or `stretch` below 1, a negative shrink.

    Example:
        >>> [CosineRestarts(0.1, steps=10)(step) for step in (0, 5, 10, 20, 30)]
        [0.1, 0.05, 0.1, 0.05, 0.1]

    Source: Loshchilov and Hutter (2017), SGDR, arXiv 1608.03983, equation 5 and section 3.
    """

    steps: int
    final: float = 0.0
    stretch: float = 2.0
    shrink: float = 1.0
    name: ClassVar[str] = "cosine_restarts"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_count("steps")
        self._check_not_negative("final", "shrink")
        self._check("stretch", lambda value: value >= 1, "at least 1")

    def at(self, step: int) -> float:
        period, number = self.steps, 0
        if self.stretch == 1:
            number, step = divmod(step, period)
        length = float(period)
        while step >= period:
            step -= period
            number += 1
            length *= self.stretch
            period = round(length)
        return half_cosine(self.learning_rate * self.shrink**number, self.final, step / period)


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to `learning_rate` and down to nearly nothing, once, in `steps` steps; both ways along half a cosine.

    Formula:
        p = t / (steps - 1)
        rate = learning_rate start .. learning_rate while p <= rise, learning_rate .. learning_rate final after it

    Args:
        learning_rate: the highest rate; higher than a constant one could be (`gn.find_learning_rate` looks for it).
        steps: of the whole training.
        rise: the share of the steps in which the rate rises.
        start: where it begins, as a share of the highest.
        final: where it ends, as a share of the highest, and stays.

    Raises:
        SettingError: a negative rate, `steps` below 2, shares outside 0 to 1.

    Example:
        >>> [OneCycle(1.0, steps=101, rise=0.5, final=0.0)(step) for step in (0, 25, 50, 75, 100)]
        [0.04, 0.52, 1.0, 0.5, 0.0]

    Source: Smith and Topin (2018), Super-convergence, arXiv 1708.07120, section 3, with the cosines of fastai.
    """

    steps: int
    rise: float = 0.3
    start: float = 0.04
    final: float = 4e-6
    name: ClassVar[str] = "one_cycle"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_count("steps", least=2)
        self._check("rise", lambda value: 0 < value < 1, "between 0 and 1")
        for share in ("start", "final"):
            self._check(share, lambda value: 0 <= value <= 1, "from 0 to 1")

    def at(self, step: int) -> float:
        share, high = min(step, self.steps - 1) / (self.steps - 1), self.learning_rate
        if share <= self.rise:
            return half_cosine(high * self.start, high, share / self.rise)
        return half_cosine(high, high * self.final, (share - self.rise) / (1 - self.rise))


@dataclass(frozen=True)
class WarmUp(Schedule):
    """A straight line up to where another schedule begins, and then that schedule.

    Formula:
        rate(t) = r0 (start + (1 - start) (t + 1) / (steps + 1)) for t < steps,   schedule(t - steps) after it
        r0 = schedule(0)

    Args:
        learning_rate: a rate, or the schedule that begins after the warm-up.
        steps: of the warm-up.
        start: where the line begins, as a share of r0.

    Raises:
        SettingError: something that is no rate and no schedule, `steps` below 1, a start outside 0 to 1.

    Example:
        >>> from glassnet.optim.schedules import Cosine, WarmUp
        >>> [WarmUp(Cosine(0.1, steps=100), steps=4)(step) for step in (0, 1, 3, 4, 54)]
        [0.02, 0.04, 0.08, 0.1, 0.05]

    Source: Goyal et al. (2017), arXiv 1706.02677, section 2.2 ("gradual warmup").
    """

    learning_rate: float | Schedule  # type: ignore[assignment]
    steps: int
    start: float = 0.0
    name: ClassVar[str] = "warm_up"

    def __post_init__(self) -> None:
        if isinstance(self.learning_rate, WarmUp):
            raise SettingError("WarmUp: learning_rate must be a rate or another schedule, not a second WarmUp.")
        if callable(self.learning_rate) and not isinstance(self.learning_rate, Schedule):
            raise SettingError("WarmUp: learning_rate must be a rate or a schedule of gn.schedules, not a function.")
        if not isinstance(self.learning_rate, Schedule):
            super().__post_init__()
        self._check_count("steps")
        self._check("start", lambda value: 0 <= value <= 1, "from 0 to 1")

    @property
    def schedule(self) -> Schedule:
        """What begins after the warm-up."""
        given = self.learning_rate
        return given if isinstance(given, Schedule) else Constant(given)

    def at(self, step: int) -> float:
        if step >= self.steps:
            return self.schedule.at(step - self.steps)
        return self.schedule.at(0) * (self.start + (1 - self.start) * (step + 1) / (self.steps + 1))


def plateau_of(rate: object) -> tuple[Plateau, int] | None:
    """The plateau in a learning rate, and the step from which it counts; None where there is none.

    >>> plateau_of(WarmUp(Plateau(0.1), steps=50)), plateau_of(0.1)
    ((Plateau(learning_rate=0.1, factor=0.1, patience=10, monitor=None, min_delta=0.0, floor=0.0), 50), None)
    """
    if isinstance(rate, WarmUp):
        found = plateau_of(rate.learning_rate)
        return None if found is None else (found[0], found[1] + rate.steps)
    return (rate, 0) if isinstance(rate, Plateau) else None
