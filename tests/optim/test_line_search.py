"""The strong Wolfe conditions hold where the search says so, on functions that are hard for it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from glassnet.optim.line_search import Phi, Point, between, strong_wolfe

# Lines from Moré and Thuente (1994), ACM TOMS 20, 286-307, section 5, and some everyday ones: value and slope.
LINES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "first of Moré and Thuente": (lambda a: -a / (a * a + 2), lambda a: (a * a - 2) / (a * a + 2) ** 2),
    "second": (
        lambda a: (a + 0.004) ** 5 - 2 * (a + 0.004) ** 4,
        lambda a: 5 * (a + 0.004) ** 4 - 8 * (a + 0.004) ** 3,
    ),
    "parabola": (lambda a: (a - 3) ** 2, lambda a: 2 * (a - 3)),
    "steep": (lambda a: math.exp(min(a * 5, 700)) - 20 * a, lambda a: 5 * math.exp(min(a * 5, 700)) - 20),
    "waves": (lambda a: math.cos(3 * a) - a / 2, lambda a: -3 * math.sin(3 * a) - 0.5),
}


FLAT = ("second", 0.1)  # asks for a slope so small that the values around it are equal in every digit


def line(name: str) -> Phi:
    value, slope = LINES[name]
    return lambda a: Point(a, value(a), slope(a))


@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 10.0, 1000.0])
@pytest.mark.parametrize(("name", "c2"), [(name, c2) for name in LINES for c2 in (0.9, 0.1) if (name, c2) != FLAT])
def test_both_conditions_hold(name: str, c2: float, first: float) -> None:
    phi = line(name)
    start = phi(0.0)
    found = strong_wolfe(phi, start, first, c2=c2)
    assert found is not None
    assert found.value <= start.value + 1e-4 * found.a * start.slope
    assert abs(found.slope) <= c2 * abs(start.slope)
    assert (found.value, found.slope) == (phi(found.a).value, phi(found.a).slope)


def test_what_overflows_is_stepped_back_from() -> None:
    def phi(a: float) -> Point:
        return Point(a, math.inf, math.nan) if a > 0.5 else Point(a, (a - 0.25) ** 2, 2 * (a - 0.25))

    found = strong_wolfe(phi, phi(0.0), 64.0, c2=0.5)
    assert found is not None
    assert 0 < found.a <= 0.5


def test_where_nothing_is_lower_there_is_no_point() -> None:
    assert strong_wolfe(lambda a: Point(a, 1.0 + a, -1.0), Point(0.0, 1.0, -1.0), 1.0) is None


def test_trials_are_counted() -> None:
    asked: list[float] = []

    def phi(a: float) -> Point:
        asked.append(a)
        return Point(a, -a, -1.0)  # falls for ever

    found = strong_wolfe(phi, Point(0.0, 0.0, -1.0), 1.0, trials=5)
    assert asked == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert found is not None
    assert found.a == 16.0


@pytest.mark.parametrize("seed", range(5))
def test_the_cubic_finds_the_minimum_of_a_cubic(seed: int) -> None:
    low = np.random.default_rng(seed).uniform(0.2, 0.8)
    # f' = (a - low)(a + 1): a minimum at low, a maximum at -1
    value = np.polynomial.Polynomial([-low, 1 - low, 1]).integ()
    slope = value.deriv()
    for one, other in ((0.0, 1.0), (1.0, 0.0)):
        ends = [Point(a, float(value(a)), float(slope(a))) for a in (one, other)]
        assert between(*ends) == pytest.approx(low, rel=1e-9)
