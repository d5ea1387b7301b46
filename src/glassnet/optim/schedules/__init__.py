"""Schedules: learning rates that change with the step, as the `learning_rate` of any optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glassnet.errors import SettingError, unknown_name
from glassnet.optim.schedules.base import Schedule
from glassnet.optim.schedules.cycles import CosineRestarts, OneCycle, WarmUp, plateau_of
from glassnet.optim.schedules.decay import Constant, Cosine, Exponential, InverseTime, Polynomial, Step
from glassnet.optim.schedules.plateau import Plateau
from glassnet.optim.settings import made

__all__ = [
    "CATALOGUE",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "InverseTime",
    "OneCycle",
    "Plateau",
    "Polynomial",
    "Schedule",
    "Step",
    "WarmUp",
    "from_config",
    "get",
    "plateau_of",
]

# The closed list: a new schedule is its own class and one name here.
CATALOGUE: dict[str, type[Schedule]] = {
    schedule.name: schedule
    for schedule in (
        *(Constant, Step, Exponential, InverseTime, Polynomial, Cosine),
        *(CosineRestarts, OneCycle, WarmUp, Plateau),
    )
}


def get(name: str, **settings: Any) -> Schedule:
    """The schedule of this name with these settings.

    Raises:
        SettingError: a name or a setting that does not exist, is missing, or cannot be used.

    Example:
        >>> get("step", learning_rate=0.1, every=500)
        Step(learning_rate=0.1, every=500, factor=0.1)
    """
    if name not in CATALOGUE:
        raise unknown_name("schedule", name, CATALOGUE)
    inner = settings.get("learning_rate")
    if isinstance(inner, Mapping):
        if name != WarmUp.name or inner.get("name") == WarmUp.name:
            raise SettingError("Only a WarmUp stands around another schedule, and only around one of another kind.")
        settings["learning_rate"] = from_config(inner)
    schedule: Schedule = made("schedule", CATALOGUE[name], settings)
    return schedule


def from_config(config: Mapping[str, Any]) -> Schedule:
    """The schedule that `config()` described.

    >>> from_config(WarmUp(Step(0.1, every=9), steps=3).config())
    WarmUp(learning_rate=Step(learning_rate=0.1, every=9, factor=0.1), steps=3, start=0.0)
    """
    settings = dict(config)
    name = settings.pop("name", None)
    if not isinstance(name, str):
        raise SettingError(f"The description of a schedule has no name: {dict(config)!r}.")
    return get(name, **settings)
