"""Optimizers: a rule of `maths.updates` with its settings, and the state it asks a training to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from glassnet.errors import SettingError, TypeNotUsableError, unknown_name
from glassnet.maths.listing import Listing
from glassnet.optim.base import Optimizer
from glassnet.optim.schedules import Schedule
from glassnet.optim.settings import made

if TYPE_CHECKING:
    from glassnet.optim.adam import Adam, Adamax, AdamW, AMSGrad, NAdam, RAdam
    from glassnet.optim.adaptive import AdaDelta, AdaGrad, RMSProp
    from glassnet.optim.descent import SGD, Momentum, Nesterov
    from glassnet.optim.muon import Muon
    from glassnet.optim.schedule_free import ScheduleFreeAdamW
    from glassnet.optim.second_order import LBFGS, LevenbergMarquardt
    from glassnet.optim.sign import Lion, Rprop
    from glassnet.optim.walk import minimize

__all__ = [
    "CATALOGUE",
    "LBFGS",
    "SGD",
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Adamax",
    "LevenbergMarquardt",
    "Lion",
    "Momentum",
    "Muon",
    "NAdam",
    "Nesterov",
    "Optimizer",
    "RAdam",
    "RMSProp",
    "Rprop",
    "Schedule",
    "ScheduleFreeAdamW",
    "from_config",
    "get",
    "minimize",
]

# The closed list: a new optimizer is its own class and one row here.
CATALOGUE: Listing[Optimizer] = Listing(
    __name__,
    {
        "gradient_descent": "descent.SGD",
        "momentum": "descent.Momentum",
        "nesterov": "descent.Nesterov",
        "adagrad": "adaptive.AdaGrad",
        "adadelta": "adaptive.AdaDelta",
        "rmsprop": "adaptive.RMSProp",
        "adam": "adam.Adam",
        "amsgrad": "adam.AMSGrad",
        "adamw": "adam.AdamW",
        "nadam": "adam.NAdam",
        "radam": "adam.RAdam",
        "adamax": "adam.Adamax",
        "lion": "sign.Lion",
        "rprop": "sign.Rprop",
        "muon": "muon.Muon",
        "schedule_free_adamw": "schedule_free.ScheduleFreeAdamW",
        "lbfgs": "second_order.LBFGS",
        "levenberg_marquardt": "second_order.LevenbergMarquardt",
    },
)
ALIASES = {"sgd": "gradient_descent", "l-bfgs": "lbfgs", "lm": "levenberg_marquardt"}


def __getattr__(name: str) -> Any:
    if name == "minimize":
        from glassnet.optim.walk import minimize

        return minimize
    return CATALOGUE.attribute(name)


def __dir__() -> list[str]:
    return __all__


def get(name_or_optimizer: str | Optimizer | type[Optimizer], **settings: Any) -> Optimizer:
    """The optimizer of this name, or the one given, with these settings.

    Raises:
        SettingError: a name or a setting that does not exist, or a value that cannot be used.
        TypeNotUsableError: something that is no optimizer.

    Example:
        >>> get("sgd", learning_rate=0.1)
        SGD(learning_rate=0.1)
    """
    given = name_or_optimizer
    if isinstance(given, str):
        name = ALIASES.get(given.lower(), given.lower())
        if name not in CATALOGUE:
            raise unknown_name("optimizer", given, [*CATALOGUE, *ALIASES])
        given = CATALOGUE[name]
    if not isinstance(given, Optimizer) and not (isinstance(given, type) and issubclass(given, Optimizer)):
        raise TypeNotUsableError(f"An optimizer is a name or for example Adam(0.001), not {given!r}.")
    kind = given if isinstance(given, type) else type(given)
    own = {} if isinstance(given, type) else {field.name: getattr(given, field.name) for field in fields(given)}
    optimizer: Optimizer = made("optimizer", kind, own | settings)
    return optimizer


def from_config(config: Mapping[str, Any]) -> Optimizer:
    """The optimizer that `config()` described.

    >>> from_config({"name": "adam", "learning_rate": 0.002}).rate(step=0)
    0.002
    """
    settings = dict(config)
    name = settings.pop("name", None)
    if not isinstance(name, str):
        raise SettingError(f"The description of an optimizer has no name: {dict(config)!r}.")
    return get(name, **settings)
