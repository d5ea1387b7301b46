"""What a schedule is: a learning rate for every step, as plain data.

A function of the step is a schedule too, but only a class of this package can be written into a run's card and brought
back. Steps are counted from 0, from the first step of the optimizer that has the schedule: `fit` again with the same
optimizer goes on, another optimizer begins anew.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from glassnet.optim.settings import Settings


@dataclass(frozen=True)
class Schedule(Settings, ABC):
    """The settings of a schedule, and `schedule(step)`, the rate of a step.

    Cosines and powers may differ in the last bit between two machines, and a run has to have the same bits on both: so
    a rate is rounded to 9 digits.

    Shapes: a step is a whole number from 0, a rate is one number.

    Raises:
        SettingError: a setting that is not in its range; the sentence names the range.
    """

    learning_rate: float

    name: ClassVar[str]

    def __post_init__(self) -> None:
        self._check_not_negative("learning_rate")

    def __call__(self, step: int) -> float:
        return float(f"{self.at(step):.9g}")

    @abstractmethod
    def at(self, step: int) -> float:
        """The formula: the rate of this step, before it is rounded."""

    def config(self) -> dict[str, Any]:
        """The schedule as plain data, from which `schedules.from_config` makes it again.

        >>> from glassnet.optim.schedules import InverseTime
        >>> InverseTime(0.1, steps=50).config()
        {'name': 'inverse_time', 'learning_rate': 0.1, 'steps': 50}
        """
        settings = {field.name: getattr(self, field.name) for field in fields(self)}
        return {"name": self.name} | {
            name: value.config() if isinstance(value, Schedule) else value for name, value in settings.items()
        }
