"""Schedules: learning rates that change with the step, as the `learning_rate` of any optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from glassnet.errors import SettingError, unknown_name
from glassnet.maths.listing import Listing
from glassnet.optim.schedules.base import Schedule
from glassnet.optim.settings import made

if TYPE_CHECKING:
    from glassnet.optim.schedules.cycles import CosineRestarts, OneCycle, WarmUp
    from glassnet.optim.schedules.decay import (
        BiasCorrection,
        Constant,
        Cosine,
        Exponential,
        InverseScaling,
        InverseTime,
        Polynomial,
        Step,
    )
    from glassnet.optim.schedules.plateau import Plateau

__all__ = [
    "CATALOGUE",
    "BiasCorrection",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "InverseScaling",
    "InverseTime",
    "OneCycle",
    "Plateau",
    "Polynomial",
    "Schedule",
    "Step",
    "WarmUp",
    "from_config",
    "get",
]

# The closed list: a new schedule is its own class and one row here.
CATALOGUE: Listing[Schedule] = Listing(
    __name__,
    {
        "constant": "decay.Constant",
        "step": "decay.Step",
        "exponential": "decay.Exponential",
        "inverse_time": "decay.InverseTime",
        "inverse_scaling": "decay.InverseScaling",
        "bias_correction": "decay.BiasCorrection",
        "polynomial": "decay.Polynomial",
        "cosine": "decay.Cosine",
        "cosine_restarts": "cycles.CosineRestarts",
        "one_cycle": "cycles.OneCycle",
        "warm_up": "cycles.WarmUp",
        "plateau": "plateau.Plateau",
    },
)


def __getattr__(name: str) -> Any:
    return CATALOGUE.attribute(name)


def __dir__() -> list[str]:
    return __all__


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
        if name != "warm_up" or inner.get("name") == "warm_up":
            raise SettingError("Only a WarmUp stands around another schedule, and only around one of another kind.")
        settings["learning_rate"] = from_config(inner)
    schedule: Schedule = made("schedule", CATALOGUE[name], settings)
    return schedule


def from_config(config: Mapping[str, Any]) -> Schedule:
    """The schedule that `config()` described.

    >>> from glassnet.optim.schedules import Step, WarmUp
    >>> from_config(WarmUp(Step(0.1, every=9), steps=3).config())
    WarmUp(learning_rate=Step(learning_rate=0.1, every=9, factor=0.1), steps=3, start=0.0)
    """
    settings = dict(config)
    name = settings.pop("name", None)
    if not isinstance(name, str):
        raise SettingError(f"The description of a schedule has no name: {dict(config)!r}.")
    return get(name, **settings)
