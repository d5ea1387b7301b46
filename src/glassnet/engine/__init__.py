"""Engines: how a specification is executed."""

from __future__ import annotations

import os
import warnings

from glassnet.engine.compiled import unavailable
from glassnet.engine.interface import Engine, Program, Rule, Session, Shortcut, State
from glassnet.engine.native import NativeEngine
from glassnet.engine.reference import ReferenceEngine
from glassnet.errors import SettingError, unknown_name

__all__ = ["Engine", "EngineNotice", "Program", "Rule", "Session", "Shortcut", "State", "choose"]

ENGINES = ("reference", "native")


class EngineNotice(UserWarning):
    """A slower engine runs than was to be expected: why, once for each reason."""


_said: set[str] = set()


def choose(name: str = "auto", threads: int | None = None) -> Engine:
    """The engine of this name; "auto" is GLASSNET_ENGINE, or else native where that is possible, or else reference.

    Where "auto" has to take the reference engine it says so and why, once: as an EngineNotice, a warning.

    Raises:
        SettingError: a name that does not exist, or "native" where there is none.

    Example:
        >>> choose("reference").name
        'reference'
    """
    wanted = (os.environ.get("GLASSNET_ENGINE") or "auto") if name == "auto" else name
    if wanted not in ("auto", *ENGINES):
        raise unknown_name("engine", wanted, ["auto", *ENGINES])
    if wanted == "reference":
        return ReferenceEngine()
    reason = unavailable()
    if reason is None:
        return NativeEngine(fallback=say if wanted == "auto" else None, threads=threads)
    if wanted == "native":
        raise SettingError(
            f'There is no native engine here: {reason}. engine="reference" computes the same, but for rounding.'
        )
    say(reason)
    return ReferenceEngine()


def say(reason: str) -> None:
    """Warns that the reference engine runs, once for each reason."""
    if reason not in _said:
        _said.add(reason)
        warnings.warn(f"The reference engine runs, which is slower: {reason}.", EngineNotice, stacklevel=3)
