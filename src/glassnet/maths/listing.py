"""A closed list of classes, each imported when it is asked for: a program needs one or two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Listing(Mapping[str, type[T]], Generic[T]):
    """Names of classes, and where each stands: {"adam": "adam.Adam"} within a package.

    >>> Listing("glassnet.optim", {"lion": "sign.Lion"})["lion"].__name__
    'Lion'
    """

    def __init__(self, package: str, places: Mapping[str, str]) -> None:
        self.package, self.places = package, dict(places)

    def __getitem__(self, name: str) -> type[T]:
        module, _, class_name = self.places[name].partition(".")
        found: type[T] = getattr(import_module(f"{self.package}.{module}"), class_name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def attribute(self, class_name: str) -> Any:
        """The class of this name, for the `__getattr__` of the package."""
        for name, place in self.places.items():
            if place.partition(".")[2] == class_name:
                return self[name]
        raise AttributeError(f"module {self.package!r} has no attribute {class_name!r}")
