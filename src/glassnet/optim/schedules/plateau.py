"""A rate that falls when the training no longer gets better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from glassnet.errors import SettingError
from glassnet.optim.schedules.base import Schedule


@dataclass(frozen=True)
class Plateau(Schedule):
    """The rate times `factor` whenever a quantity of the history has not improved for `patience` epochs.

    What the rate will be depends on the training, so `fit` listens to it: every change is an event of the run, written
    down with its step, and replaying applies it without measuring anything again.

    Formula:
        improved = better(record[monitor], best) by more than min_delta
        rate = max(floor, rate factor) after `patience` epochs without improvement or change

    Args:
        learning_rate: the first rate.
        factor: what it is multiplied by, above 0 and below 1.
        patience: epochs without improvement, at least 1.
        monitor: a column of the history; by default val_loss where there are validation data, else loss. Losses, and
            the metrics that measure errors, are minimised, any other column is maximised.
        min_delta: how much better counts as better.
        floor: the rate goes no lower.

    Raises:
        SettingError: a setting outside its range; at the first epoch, an unknown column.

    Example:
        >>> import glassnet as gn
        >>> net = gn.Network([gn.Dense(1)])
        >>> rate = gn.schedules.Plateau(1.0, factor=0.5, patience=1)
        >>> run = net.fit([[1.0]], [0.0], loss="mse", optimizer=gn.optimizers.SGD(rate), epochs=3, engine="reference")
        >>> [(event["event"], event["step"], event["value"]) for event in run.events]
        [('learning_rate', 2, 0.5), ('learning_rate', 3, 0.25)]

    Source: the practice of He et al. (2016), Deep residual learning, arXiv 1512.03385, section 3.4.
    """

    factor: float = 0.1
    patience: int = 10
    monitor: str | None = None
    min_delta: float = 0.0
    floor: float = 0.0
    name: ClassVar[str] = "plateau"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("factor", lambda value: 0 < value < 1, "above 0 and below 1")
        self._check_count("patience")
        self._check_not_negative("min_delta", "floor")
        if not (self.monitor is None or isinstance(self.monitor, str)):
            raise SettingError(f"Plateau: monitor must be the name of a column of the history, not {self.monitor!r}.")

    def at(self, step: int) -> float:
        return self.learning_rate
