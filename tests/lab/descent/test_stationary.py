"""Level points and their kinds, of functions whose level points are known."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet.lab.descent.function import Function
from glassnet.lab.descent.stationary import MOST, search, spread

ROOT = 2**-0.5
TETRAHEDRON = ((2, 2, 2), (-2, -2, 2), (-2, 2, -2), (2, -2, -2))
HIMMELBLAU = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
KNOWN = [
    ("x**2 - y**2", {(0, 0): "saddle"}),
    ("x^2 + 2x + 1", {(-1,): "minimum"}),
    ("-x^2 - 3y^2", {(0, 0): "maximum"}),
    ("(1 - x)^2 + 100(y - x^2)^2", {(1, 1): "minimum"}),
    ("x^4 - x^2", {(-ROOT,): "minimum", (0,): "maximum", (ROOT,): "minimum"}),
    ("x^3", {(0,): "inflection"}),
    ("x^4 + y^4", {(0, 0): "minimum"}),
    ("-x^4", {(0,): "maximum"}),
    ("x^3 - 3x*y^2", {(0, 0): "saddle"}),  # the monkey's saddle: its Hessian is zero
    ("x^2 + y^3", {(0, 0): "saddle"}),
    ("x^x", {(np.exp(-1),): "minimum"}),
    ("x^2 + y^2 + z^2 - x*y*z", {(0, 0, 0): "minimum"} | dict.fromkeys(TETRAHEDRON, "saddle")),
    ("e^-x", {}),
    ("3x - y", {}),
    ("log(x) + y", {}),
]


def found_in(written: str) -> dict[tuple[float, ...], str]:
    f = Function.of(written)
    n = len(f.variables)
    levels = search(f, np.ones(n), np.empty((0, n))).points
    return {tuple(round(x, 9) + 0.0 for x in level.point): level.kind for level in levels}


@pytest.mark.parametrize(("written", "kinds"), KNOWN)
def test_level_points(written: str, kinds: dict[tuple[float, ...], str]) -> None:
    assert found_in(written) == {tuple(round(float(x), 9) for x in point): kind for point, kind in kinds.items()}


def test_himmelblaus_nine() -> None:
    """Four minima, four saddles and a maximum (Himmelblau 1972)."""
    kinds = sorted(found_in(HIMMELBLAU).values())
    assert kinds == ["maximum"] + ["minimum"] * 4 + ["saddle"] * 4
    assert (3.0, 2.0) in found_in(HIMMELBLAU)


@pytest.mark.parametrize(("written", "kind"), [("(x + y)^2", "minimum"), ("step(x)", "flat"), ("x^2*y^2", "minimum")])
def test_a_valleys_floor_is_named_once(written: str, kind: str) -> None:
    f = Function.of(written)
    n = len(f.variables)
    (level,) = search(f, np.ones(n), np.empty((0, n))).points
    assert (level.kind, level.alone) == (kind, False)


def test_there_may_be_too_many() -> None:
    f = Function.of("sin(x)*sin(y)")
    found = search(f, np.array([9.0, 9.0]), np.empty((0, 2)))
    assert (len(found.points), found.reach) == (MOST, 18.0)
    assert found.left_out > 20


def test_coordinates_are_short_where_they_can_be() -> None:
    """-1 and not -0.9999999999999998; the number beside it is as long as it is."""
    f = Function.of("(x + 1)^2 + sin(y)")
    points = [level.point for level in search(f, np.zeros(2), np.empty((0, 2))).points]
    assert (-1.0, -np.pi / 2) in points


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_starts_are_spread_evenly(n: int) -> None:
    """Of each half of each axis about half of them."""
    points = spread(240, n)
    assert points.shape == (240, n)
    assert ((points > 0) & (points < 1)).all()
    assert np.abs((points < 0.5).mean(axis=0) - 0.5).max() < 0.05
