"""How a function of the mathematics gets a name, settings, and a place in a catalogue.

Activations, losses and initializers are plain functions with attributes: ``relu.name``, ``huber.settings``,
``huber.configured(delta=2.0)``. Plain functions, because ``help``, ``pickle`` and doctest know them; attributes,
because a network stores the name and the settings of what it uses and never an import path.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

from glassnet.errors import SettingError, TypeNotUsableError, unknown_name

__all__ = ["Configurable", "Configured", "configurable", "describe", "find", "recall"]


@runtime_checkable
class Configurable(Protocol):
    """What every member of a catalogue has."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> dict[str, Any]: ...

    def configured(self, **settings: Any) -> Self: ...


OWN = ("activation", "loss")  # the kinds that have a decorator, in glassnet.tensors.own

Member = TypeVar("Member", bound=Configurable)
Check = Callable[..., None]


class Configured:
    """A function of a catalogue with its settings chosen; made by ``function.configured(...)``.

    It can be called like the function itself, has all its attributes, compares equal to the same choice made
    elsewhere, and survives pickle.

    >>> from glassnet.maths.losses import huber
    >>> huber.configured(delta=2.0)
    huber.configured(delta=2.0)
    >>> huber.configured(delta=2.0) == huber.configured(delta=2.0)
    True
    """

    def __init__(self, base: Any, settings: Mapping[str, Any]) -> None:
        # The base's other attributes first (name, range, target_kind, ...), so that what depends on the settings wins.
        self.__dict__.update(vars(base))
        self.__dict__.pop("__wrapped__", None)
        self.__doc__ = base.__doc__
        self.base = base
        self.settings = dict(settings)
        for method in base.settled_methods:
            setattr(self, method, partial(getattr(base, method), **self.settings))

    def configured(self, **settings: Any) -> Any:
        """The same function with these settings changed and the others kept."""
        return self.base.configured(**{**self.settings, **settings})

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.base(*arguments, **{**self.settings, **keywords})

    def __repr__(self) -> str:
        chosen = (f"{key}={value!r}" for key, value in self.settings.items() if value != self.base.settings[key])
        return f"{self.base.name}.configured({', '.join(chosen)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Configured):
            return NotImplemented
        return self.base is other.base and self.settings == other.settings

    def __hash__(self) -> int:
        return hash((self.base.name, *sorted(self.settings.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return Configured, (self.base, self.settings)


def configurable(
    function: Callable[..., Any],
    *,
    settings: Mapping[str, Any] | None = None,
    methods: Iterable[str] = (),
    check: Check | None = None,
) -> None:
    """Give a function ``name``, ``settings`` (its defaults) and ``configured``.

    ``settings`` are the keyword arguments that choose a variant, with their defaults; by default every keyword-only
    argument that has one, less ``out`` and ``dtype``. ``methods`` names the attributes that take the same settings
    (``gradient``, ...). ``check(**settings)`` raises a SettingError where a value cannot be used.

    >>> def scaled(x, *, factor=2.0, dtype=None):
    ...     return x * factor
    >>> configurable(scaled)
    >>> scaled.name, scaled.settings, scaled.configured(factor=5.0)(3.0)
    ('scaled', {'factor': 2.0}, 15.0)
    """
    member: Any = function
    member.name = function.__name__
    member.settings = dict(_keyword_defaults(function) if settings is None else settings)
    member.settled_methods = tuple(methods)

    def configured(**chosen: Any) -> Any:
        for key in chosen:
            if key not in member.settings:
                raise _unknown_setting(member, key)
        complete = {**member.settings, **chosen}
        if check is not None:
            check(**complete)
        return member if complete == member.settings else Configured(member, complete)

    member.configured = configured


def find(
    kind: str,
    catalogue: Mapping[str, Member],
    wanted: str | Member,
    settings: Mapping[str, Any] | None = None,
    *,
    protocol: type = Configurable,
) -> Member:
    """The member of a catalogue with this name, or the member itself where one is given.

    ``protocol`` says what a given object must have to be one (``Activation``, ``Loss``, ...).

    Raises SettingError for a name that does not exist (the nearest one is suggested) or a setting it does not have,
    and TypeNotUsableError for something that is no member, such as a bare NumPy function.
    """
    if isinstance(wanted, str) and wanted not in catalogue:
        raise unknown_name(kind, wanted, catalogue)
    member = catalogue[wanted] if isinstance(wanted, str) else wanted
    # A protocol asks attribute by attribute, which takes a while. A member that is given was checked when it was found;
    # a name may stand for an object of the user's.
    is_one: bool = any(wanted is known for known in catalogue.values()) or isinstance(member, protocol)
    if not is_one:
        known = ", ".join(sorted(catalogue))
        own = f" A function of your own becomes one by @gn.{kind}." if callable(wanted) and kind in OWN else ""
        raise TypeNotUsableError(f"Expected as {kind} one of these names or functions: {known}; got {wanted!r}.{own}")
    return member.configured(**settings) if settings else member


def describe(member: Configurable) -> str | dict[str, Any]:
    """The member as plain data: its name, or its name and settings where these are not the defaults.

    >>> from glassnet.maths.losses import huber
    >>> describe(huber), describe(huber.configured(delta=2.0))
    ('huber', {'name': 'huber', 'delta': 2.0})
    """
    return {"name": member.name, **member.settings} if isinstance(member, Configured) else member.name


def recall(kind: str, catalogue: Mapping[str, Member], description: object) -> Member:
    """The member that ``describe`` wrote down; raises SettingError for anything else."""
    if isinstance(description, str):
        return find(kind, catalogue, description)
    if isinstance(description, Mapping) and isinstance(description.get("name"), str):
        settings = dict(description)
        name: str = settings.pop("name")
        try:
            return find(kind, catalogue, name, settings)
        except TypeError:  # a description may come from a file: a word where a number is needed
            pass
    raise SettingError(f"No {kind} is described by {description!r}.")


def _keyword_defaults(function: Callable[..., Any]) -> dict[str, Any]:
    defaults = getattr(inspect.unwrap(function), "__kwdefaults__", None) or {}
    return {name: default for name, default in defaults.items() if name not in ("out", "dtype")}


def _unknown_setting(member: Any, key: str) -> SettingError:
    if member.settings:
        return unknown_name(f"setting of {member.name}", key, member.settings)
    return SettingError(f"{member.name} has no settings; it was given {key!r}.")
