"""How a path comes nearer: distances, factors, and what does not count as coming nearer."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet.lab.descent.approach import approach
from glassnet.lab.descent.descend import descend


def test_the_factor_of_a_curved_valley_is_that_of_its_floor() -> None:
    """At the minimum of cosh the second derivative is 1: a step of rate 0.1 leaves 0.9 of the distance."""
    way = descend("cosh(x - 2)", 4, 0.1, 60).ways[0]
    coming = approach(way)
    assert coming is not None
    assert coming.level.point == pytest.approx((2,))
    assert coming.factor == pytest.approx(0.9, abs=1e-3)
    np.testing.assert_allclose(coming.distances, np.abs(way.points[:, 0] - 2))
    assert not coming.arrived


@pytest.mark.parametrize(
    ("function", "start", "rate", "steps"),
    [("x^2", 1, 1.0, 30), ("-x^2", 0.1, 0.1, 30), ("e^-x", 1, 0.1, 100), ("x^2", 1, 0.1, 1), ("3x", 1, 0.1, 30)],
)
def test_what_comes_nearer_to_nothing(function: str, start: float, rate: float, steps: int) -> None:
    assert approach(descend(function, start, rate, steps).ways[0]) is None


def test_a_factor_that_changes_is_not_named() -> None:
    coming = approach(descend("x^4", 1, 0.1, 100).ways[0])
    assert coming is not None
    assert coming.factor is None
    assert coming.steps_to(1e-3) is None
    assert coming.steps_to(0.5) == (int(np.flatnonzero(coming.distances > 0.5)[-1]) + 1, True)


def test_a_swing_that_ends_on_the_point_by_chance_has_not_arrived() -> None:
    """abs(x - 1) from 3 by tenths: the twentieth step ends on 1, the next leaves it again."""
    found = descend("abs(x - 1)", 3, 0.1, 100)
    assert abs(found.path[-1][0] - 1) < 1e-9
    assert found.verdicts[0].approach is None
