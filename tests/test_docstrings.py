"""Every public name says what it computes, for which shapes, what it raises, where it is from, and shows an example."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from docstrings import PARTS, is_base, missing, parts, required

import glassnet as gn

ROOMS = ("activations", "losses", "initializers", "metrics", "optimizers", "schedules", "data")


def public_names() -> Iterator[tuple[str, Any]]:
    """gn.NAME and gn.ROOM.NAME, without modules and constants."""
    for name in gn.__all__:
        yield f"gn.{name}", getattr(gn, name)
    for room in ROOMS:
        for name in getattr(getattr(gn, room, None), "__all__", ()):
            yield f"gn.{room}.{name}", getattr(getattr(gn, room), name)


NAMES = {name: value for name, value in public_names() if callable(value) or inspect.isclass(value)}


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_documented(name: str) -> None:
    assert missing(name, NAMES[name]) == []


def test_the_catalogues_are_among_them() -> None:
    for room in ("activations", "losses", "initializers", "metrics"):
        catalogue = getattr(gn, room).CATALOGUE
        assert {f"gn.{room}.{name}" for name in catalogue} <= NAMES.keys()
        assert all(required(f"gn.{room}.{name}", value) == PARTS for name, value in catalogue.items())


def methods() -> Iterator[tuple[str, Any]]:
    for name, value in NAMES.items():
        if inspect.isclass(value) and not is_base(value):
            for method, function in inspect.getmembers(value, callable):
                own = getattr(function, "__module__", "") or ""
                if not method.startswith("_") and own.startswith("glassnet"):
                    yield f"{name}.{method}", function


def test_every_method_of_a_public_class_has_a_sentence() -> None:
    found = dict(methods())
    assert len(found) > 50
    assert [name for name, function in found.items() if "summary" not in parts(inspect.getdoc(function) or "")] == []


# ---- the checker itself --------------------------------------------------------------------------------------------

WHOLE = """The square of a number, A = Z^2.

    Shapes: any, the same.

    Raises:
        TypeNotUsableError: something else than numbers.

    >>> 3**2
    9

    Source: Euclid, "Elements", book II.
    """

# Each part, and a docstring from which it alone was taken.
PLANTED = {
    "summary": WHOLE.replace("The square of a number, A = Z^2.", "A."),
    "formula": WHOLE.replace(", A = Z^2", ""),
    "shapes": WHOLE.replace("Shapes: any, the same.", ""),
    "raises": WHOLE.replace("TypeNotUsableError: something else than numbers.", "an error."),
    "example": WHOLE.replace(">>> ", ""),
    "source": WHOLE.replace('Source: Euclid, "Elements", book II.', "Source:"),
}


def documented(text: str | None, module: str = "glassnet.maths.squares") -> Any:
    def square(Z: Any) -> Any:
        return Z * Z

    square.__doc__, square.__module__ = text, module
    return square


def test_a_whole_docstring_passes() -> None:
    assert missing("gn.square", documented(WHOLE)) == []


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_is_found(part: str) -> None:
    text = PLANTED[part] if part != "summary" else PLANTED[part].replace("A.", "A.\n\n    A = Z^2.", 1)
    assert missing("gn.square", documented(text)) == [part]


def test_no_docstring_misses_everything() -> None:
    assert missing("gn.square", documented(None)) == list(PARTS)
    assert missing("gn.square", documented("square(Z)")) == list(PARTS)


def test_an_equation_in_an_example_is_no_formula() -> None:
    text = PLANTED["formula"].replace(">>> 3**2", ">>> A = 3\n    >>> A**2")
    assert missing("gn.square", documented(text)) == ["formula"]


def test_a_part_may_stand_where_a_docstring_points() -> None:
    """The formula of Adam stands on the page of formulas; of a metric that is a loss, at the loss."""
    assert missing("gn.square", documented("One step.\n\nSee `maths.updates.adam`.\n\n>>> 1\n1")) == [
        "shapes",
        "raises",
    ]
    assert missing("gn.mae", documented("As a measure.\n\nAs ``gn.losses.mae``.")) == []


def test_what_fetches_and_keeps_has_no_formula() -> None:
    text = "Reads a file.\n\nRaises: DataError.\n\n>>> 1\n1"
    assert missing("gn.read", documented(text, "glassnet.files.reader")) == []
    assert missing("gn.read", documented(text)) == ["formula", "shapes", "source"]
    assert required("gn.GlassnetError", gn.GlassnetError) == ("summary",)
    assert required("gn.losses.get", gn.losses.get) == ("summary", "example")
