"""Lines and outlines on a grid, against curves that are known."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet.plots.outlines import lines, outlines, simplified
from glassnet.typing import Floats

XS = np.linspace(-1.0, 1.0, 41)


def table(f: str) -> Floats:
    x, y = np.meshgrid(XS, XS)
    return np.asarray({
        "circle": 0.5 - np.hypot(x, y),
        "ring": 0.2 - np.abs(np.hypot(x, y) - 0.6),
        "half": x + y,
        "everywhere": np.ones_like(x),
        "nowhere": -np.ones_like(x),
        "saddle": x * y - 0.01,
    }[f])  # fmt: skip


def area(polygons: list[Floats]) -> float:
    """The area by the shoelace formula; holes go round the other way, so they count as less."""
    return float(sum((p[:-1, 0] * p[1:, 1] - p[1:, 0] * p[:-1, 1]).sum() / 2 for p in polygons))


@pytest.mark.parametrize(
    ("f", "expected", "polygons"),
    [("circle", np.pi / 4, 1), ("ring", np.pi * (0.8**2 - 0.4**2), 2), ("half", 2.0, 1), ("everywhere", 4.0, 1),
     ("nowhere", 0.0, 0), ("saddle", 2 - 0.02 * (1 + np.log(100)), 2)],
)  # fmt: skip
def test_outlines_have_the_area_of_the_side(f: str, expected: float, polygons: int) -> None:
    found = outlines(table(f), XS, XS, 1e-4)
    assert len(found) == polygons
    assert area(found) == pytest.approx(expected, abs=0.01)
    assert all(np.array_equal(p[0], p[-1]) for p in found)


@pytest.mark.parametrize(("f", "count", "closed"), [("circle", 1, True), ("ring", 2, True), ("half", 1, False)])
def test_lines_are_few_and_lie_where_the_function_is_zero(f: str, count: int, closed: bool) -> None:
    found = lines(table(f), XS, XS, 1e-4)
    assert len(found) == count
    assert all(np.array_equal(line[0], line[-1]) == closed for line in found)
    if f == "half":
        assert found[0].tolist() in ([[-1, 1], [1, -1]], [[1, -1], [-1, 1]])
    if f == "circle":
        assert np.abs(np.hypot(*found[0].T) - 0.5).max() < 1e-3


def test_a_line_that_is_simplified_passes_by_no_point() -> None:
    x = np.linspace(0, 3, 400)
    line = np.stack([x, np.sin(3 * x)], 1)
    kept = simplified(line, 0.01)
    assert len(kept) < 40
    assert np.abs(np.interp(x, kept[:, 0], kept[:, 1]) - line[:, 1]).max() < 0.04  # steep: across it is nearer
    assert simplified(np.zeros((3, 2)), 0.1).tolist() == [[0, 0], [0, 0]]
