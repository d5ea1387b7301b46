"""What an initializer is: a function of a shape with a name and settings, its place in the catalogue, and as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from glassnet.errors import SettingError
from glassnet.maths.catalogue import Configurable, configurable, find
from glassnet.typing import Floats, Shape


class Initializer(Configurable, Protocol):
    """What starts a weight: `f(shape, *, seed, layer, dtype) -> array`, with a name and settings."""

    def __call__(
        self, shape: Shape, *, seed: int = 0, layer: int = 0, dtype: npt.DTypeLike = np.float64, **settings: float
    ) -> Floats: ...


CATALOGUE: dict[str, Initializer] = {}


def initializer(
    check: Callable[..., None] | None = None, **settings: float
) -> Callable[[Callable[..., Floats]], Initializer]:
    """Enter a function into the catalogue, with the defaults of its settings."""

    def enter(function: Callable[..., Floats]) -> Initializer:
        configurable(function, settings=settings, check=check)
        CATALOGUE[function.__name__] = cast(Initializer, function)
        return CATALOGUE[function.__name__]

    return enter


def get(name_or_initializer: str | Initializer, **settings: float) -> Initializer:
    """The initializer of this name, or the one given.

    Raises:
        SettingError: a name or a setting that does not exist.

    Example:
        >>> from glassnet.maths import initializers
        >>> initializers.get("uniform", low=-0.5, high=0.5)
        uniform.configured(low=-0.5, high=0.5)
    """
    return find("initializer", CATALOGUE, name_or_initializer, settings)


def describe(name_or_initializer: str | Initializer) -> str | dict[str, Any]:
    """The initializer as plain data for a file: its name, or a dictionary of name and settings.

    >>> from glassnet.maths.initializers import describe, he_normal, uniform
    >>> describe(uniform.configured(low=-0.5, high=0.5)), describe(he_normal)
    ({'name': 'uniform', 'low': -0.5, 'high': 0.5}, 'he_normal')
    """
    member = get(name_or_initializer)
    changed = member.settings != CATALOGUE[member.name].settings
    return {"name": member.name, **member.settings} if changed else member.name


def from_description(description: str | Initializer | Mapping[str, Any]) -> Initializer:
    """The initializer that `describe` described.

    >>> from glassnet.maths.initializers import from_description
    >>> from_description({"name": "uniform", "low": -0.5, "high": 0.5})
    uniform.configured(low=-0.5, high=0.5)
    """
    if isinstance(description, Mapping):
        settings = dict(description)
        return get(settings.pop("name", "(none)"), **settings)
    return get(description)


def check_numbers(**settings: float) -> None:
    """Raise SettingError unless all settings are finite numbers."""
    for name, value in settings.items():
        if not is_number(value):
            raise SettingError(f"The initializer's {name} must be a finite Python number, not {value!r}.")


def is_number(value: object) -> bool:
    """Whether it is a finite Python number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
