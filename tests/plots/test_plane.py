"""Points, lines and regions of a plane."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from glassnet.plots.plane import LEVELS, SIDE, Plane, ranges

UNIT = Plane((0.0, 1.0), (0.0, 1.0))


def area(markup: str) -> float:
    """The area of all polygons of a path, as a share of the frame."""
    total = 0.0
    for piece in re.findall(r"M([^MZ]*)Z", markup):
        x = y = 0.0
        points = []
        for letter, numbers in re.findall(r"([LHV]?)([-0-9. ]+)", piece):
            values = [float(value) for value in numbers.split()]
            if letter == "H":
                x = values[0]
            elif letter == "V":
                y = values[0]
            else:
                x, y = values
            points.append((x, y))
        total += abs(sum(a * d - b * c for (a, b), (c, d) in zip(points, points[1:] + points[:1], strict=True))) / 2
    return total / SIDE**2


@pytest.mark.parametrize(
    ("half", "share"),
    [((1, 0, -0.25), 0.75), ((1, 1, -1), 0.5), ((1, 1, -0.5), 0.875), ((0, 0, 1), 1.0), ((1, 0, -2), 0.0)],
)
def test_a_side_has_its_area(half: tuple[float, float, float], share: float) -> None:
    assert area(UNIT.half(*half)) == pytest.approx(share, abs=1e-3)
    a, b, c = half
    corners = UNIT.corners()
    assert area(UNIT.shade(corners @ [a, b] + c)) == pytest.approx(share, abs=1e-3)


def test_a_circle_by_marching_squares() -> None:
    corners = UNIT.corners() - 0.5
    values = 0.3**2 - (corners**2).sum(1)
    assert area(UNIT.shade(values)) == pytest.approx(np.pi * 0.3**2, rel=3e-3)
    points = [tuple(map(float, p.split())) for p in re.findall(r"[ML]([-0-9.]+ [-0-9.]+)", UNIT.contour(values))]
    x, y = UNIT.at((0.5, 0.5))
    assert all(abs(np.hypot(a - x, b - y) / SIDE - 0.3) < 2e-3 for a, b in points)
    assert len(points) > LEVELS


def test_what_is_not_finite_is_not_drawn() -> None:
    values = np.full((LEVELS + 1) ** 2, np.nan)
    assert UNIT.shade(values) == UNIT.contour(values) == ""


def test_lines_end_at_the_frame() -> None:
    assert UNIT.within(1, 0, -0.5) == ((0.5, 0.0), (0.5, 1.0))
    assert UNIT.within(1, 0, -2) is None
    assert UNIT.within(0, 0, 1) is None


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, 0), (2, 1)], ((-0.8, 2.8), (-1.3, 2.3))),
        ([(0, 0), (100, 1)], ((-40, 140), (-0.4, 1.4))),
        ([(3, 3)], ((2.1, 3.9), (2.1, 3.9))),
    ],
)
def test_ranges_of_one_length_where_that_fits(rows: list[tuple[float, float]], expected: object) -> None:
    found = ranges(rows)
    assert np.allclose(found, expected)  # type: ignore[arg-type]


def test_the_picture() -> None:
    drawn = UNIT.drawn(UNIT.dot((0.5, 0.5), True, ringed=True, said="here"), title="A point", description="One point.")
    root = ElementTree.fromstring(drawn)
    assert [circle.get("class") for circle in root.iter("circle")] == ["ringed", "right dot"]
    assert root.find("title").text == "A point"  # type: ignore[union-attr]
    flat = Plane((0, 1), (-1, 1), "a rather long name", flat=True)
    assert flat.size[1] < UNIT.size[1]
