"""Maps: heights that show the surface, paths cut at the edge, everything inside the picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from glassnet.plots.plane import Plane
from glassnet.plots.surface import SIDE, Ground, Walk, _clipped, heights


def drawn(f, walks=(), **options) -> ElementTree.Element:
    return ElementTree.fromstring(Ground.of(f, (-2, 2), (-2, 2)).picture(walks, title="a map", **options))


def test_heights_are_even_on_a_plane_and_close_together_in_a_ravine() -> None:
    even = heights(np.linspace(0, 13, 500))
    assert np.ptp(np.diff(even)) == 0
    steep = heights(np.linspace(0, 1, 500) ** 6)
    gaps = np.diff(steep)
    assert (gaps[1:] > gaps[:-1]).all()
    assert (np.linspace(0, 1, 500) ** 6 < steep[0]).mean() <= 0.35


@pytest.mark.parametrize("values", [np.zeros(4), np.full(3, np.nan), np.array([])])
def test_a_level_map_has_no_lines(values: np.ndarray) -> None:
    assert heights(values) == []


def test_a_line_lies_where_the_function_has_its_height() -> None:
    """Of x the lines of equal height are upright, at the heights themselves."""
    picture = drawn(lambda x, y: x)
    across = Plane((-2, 2), (-2, 2), side=SIDE).across
    levels = heights(Plane((-2, 2), (-2, 2)).corners()[:, 0])
    lines = [element.get("d") or "" for element in picture.iter() if element.get("class") == "level"]
    assert len(lines) == len(levels)
    for level, line in zip(levels, lines, strict=True):
        xs = {float(x) for x in re.findall(r"[ML]([-\d.]+) ", line)}
        assert max(abs(x - across(level)) for x in xs) < 0.01


def test_a_path_is_cut_at_the_edge_and_has_an_arrow() -> None:
    points = np.array([[0.0, 0.0], [1.0, 1.0], [1e9, 1e9]])
    picture = drawn(lambda x, y: x * x + y * y, [Walk(points, "away", "diverging")])
    path = next(e.get("d") for e in picture.iter() if e.get("class") == "curve s1")
    numbers = [float(n) for n in re.findall(r"[-\d.]+", path or "")]
    assert max(numbers) < 500
    assert sum(e.get("class") == "f1" and e.tag == "path" for e in picture.iter()) == 1
    assert {"away", "diverging"} <= {e.text for e in picture.iter()}


def test_clipping() -> None:
    plane = Plane((0, 1), (0, 1))
    assert _clipped(plane, np.array([-1.0, 0.5]), np.array([2.0, 0.5])) == ((0.0, 0.5), (1.0, 0.5))
    assert _clipped(plane, np.array([-1.0, 2.0]), np.array([2.0, 2.0])) is None
    assert _clipped(plane, np.array([0.5, -9.0]), np.array([0.5, 9.0])) == ((0.5, 0.0), (0.5, 1.0))
    assert _clipped(plane, np.array([-1.0, -2.0]), np.array([-1.0, np.inf])) is None


def test_holes_and_marks() -> None:
    picture = drawn(lambda x, y: np.where(x > 0, y, np.nan), marks=[((1.0, 1.0), "here"), ((9.0, 9.0), "outside")])
    words = "".join(picture.itertext())
    assert "here" in words
    assert "outside" not in words
