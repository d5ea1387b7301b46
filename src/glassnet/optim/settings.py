"""Settings that are checked once, where they are given, and kept as plain Python values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from math import isfinite
from numbers import Real
from typing import Any

from glassnet.errors import SettingError, unknown_name


class Settings:
    """The checks that optimizers and schedules (frozen dataclasses) make of their fields."""

    def _check(self, setting: str, allowed: Callable[[float], bool], must_be: str) -> None:
        """Keep a setting as a Python float (a np.float64 would turn float32 arrays into float64), or say why not."""
        value = getattr(self, setting)
        if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value) or not allowed(float(value)):
            raise SettingError(
                f"{type(self).__name__}: {setting} must be a finite number and {must_be}, not {value!r}."
            )
        object.__setattr__(self, setting, float(value))

    def _check_not_negative(self, *settings: str) -> None:
        for setting in settings:
            self._check(setting, lambda value: value >= 0, "not negative")

    def _check_positive(self, *settings: str) -> None:
        for setting in settings:
            self._check(setting, lambda value: value > 0, "above 0")

    def _check_fraction(self, *settings: str) -> None:
        for setting in settings:
            self._check(setting, lambda value: 0 <= value < 1, "at least 0 and below 1")

    def _check_count(self, *settings: str, least: int = 1) -> None:
        """A whole number, kept as an int; 1000.0 is one, since the command line reads every number as a float."""
        for setting in settings:
            value = getattr(self, setting)
            whole = isinstance(value, Real) and not isinstance(value, bool) and value == value // 1
            if not whole or value < least:
                raise SettingError(
                    f"{type(self).__name__}: {setting} must be a whole number of at least {least}, not {value!r}."
                )
            object.__setattr__(self, setting, int(value))

    def _check_epsilon(self) -> None:
        # Zero would divide 0 by 0 wherever a gradient is 0, at every pixel that is always black.
        self._check_positive("epsilon")

    def _check_flag(self, *settings: str) -> None:
        for setting in settings:
            if not isinstance(getattr(self, setting), bool):
                value = getattr(self, setting)
                raise SettingError(f"{type(self).__name__}: {setting} must be True or False, not {value!r}.")


def made(what: str, kind: type[Any], settings: Mapping[str, Any]) -> Any:
    """`kind(**settings)`; raises SettingError for a setting that it does not have, or one that it needs."""
    known = [field.name for field in fields(kind)]
    for setting in settings:
        if setting not in known:
            raise unknown_name(f"setting of the {what} {kind.name}", setting, known)
    try:
        return kind(**settings)
    except TypeError as error:  # "... missing 1 required positional argument: 'steps'"
        missing = str(error).partition("missing ")[2].partition(": ")[2] or str(error)
        raise SettingError(f"The {what} {kind.name} needs {missing}.") from None
