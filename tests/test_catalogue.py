"""docs/catalogue.md is made from the catalogues: it fails here when it is out of date."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import glassnet as gn

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "make_catalogue.py"
specification = importlib.util.spec_from_file_location("make_catalogue", SCRIPT)
assert specification is not None
assert specification.loader is not None
make_catalogue = importlib.util.module_from_spec(specification)
specification.loader.exec_module(make_catalogue)


def test_the_page_is_what_the_catalogues_say() -> None:
    written = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    assert written == make_catalogue.page(), "run: python scripts/make_catalogue.py"


def test_every_name_stands_in_it() -> None:
    written = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    for room in (gn.activations, gn.losses, gn.initializers, gn.metrics):
        assert [name for name in room.CATALOGUE if f"| `{name}` |" not in written] == []


def test_the_picture_shows_every_activation_of_one_number() -> None:
    """By its names and its number of curves: the last digit of a place on paper may differ between machines."""
    picture = (ROOT / "docs" / make_catalogue.PICTURE).read_text(encoding="utf-8")
    fresh = make_catalogue.drawn()
    names = [name for name, g in make_catalogue.ACTIVATIONS if g.elementwise]
    assert re.findall(r'class="strong">(\w+)<', picture) == re.findall(r'class="strong">(\w+)<', fresh) == names
    assert picture.count('class="curve s2"') == fresh.count('class="curve s2"') == len(names) + 1  # and the legend
    assert len(picture) == len(fresh)
