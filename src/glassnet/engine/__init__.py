"""Engines: how a specification is executed."""

from __future__ import annotations

from glassnet.engine.interface import Engine, Program, Rule, Session, State
from glassnet.engine.reference import ReferenceEngine
from glassnet.errors import unknown_name

__all__ = ["Engine", "Program", "Rule", "Session", "State", "choose"]

ENGINES = {"reference": ReferenceEngine}


def choose(name: str = "auto") -> Engine:
    """The engine of this name; "auto" is the fastest one that is here.

    Raises:
        SettingError: a name that does not exist.

    Example:
        >>> choose("auto").name
        'reference'
    """
    if name != "auto" and name not in ENGINES:
        raise unknown_name("engine", name, ["auto", *ENGINES])
    return ENGINES["reference" if name == "auto" else name]()
