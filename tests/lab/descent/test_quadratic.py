"""What is known beforehand of quadratic functions, held against what descent then does."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet import optim
from glassnet.lab.descent.descend import descend
from glassnet.lab.descent.function import Function
from glassnet.lab.descent.quadratic import Rates, degree
from glassnet.lab.grammar import function_of
from glassnet.optim import SGD, Momentum, Nesterov, Optimizer

BOWL = "3x^2 + 2x*y + 5y^2 - x + 4"  # with the eigenvalues 8 - 2 sqrt(2) and 8 + 2 sqrt(2)
LOW, HIGH = 8 - 8**0.5, 8 + 8**0.5


@pytest.mark.parametrize(
    ("written", "of_degree"),
    [("3x^2 + 2x*y + 5y^2 - x + 4", 2), ("(x + y)*(x - y)", 2), ("3x + pi", 1), ("x^3*y/4", 4), ("x^2.5", None),
     ("x/y", None), ("sin(2)*x^2", 2), ("sin(x)", None), ("(x^2)^3", 6)],
)  # fmt: skip
def test_degrees(written: str, of_degree: int | None) -> None:
    assert degree(function_of(written)) == of_degree


def test_the_largest_and_the_best_rate() -> None:
    rates = descend(BOWL, (1, 1)).rates
    assert rates is not None
    assert rates.eigenvalues == pytest.approx((LOW, HIGH))
    assert rates.largest == pytest.approx(2 / HIGH)
    assert rates.best == pytest.approx(2 / (LOW + HIGH))
    assert rates.factors == pytest.approx((1 - 0.1 * LOW, 1 - 0.1 * HIGH))


@pytest.mark.parametrize("optimizer", [SGD(1.0), Momentum(1.0, eta=0.8), Nesterov(1.0, eta=0.8)])
def test_below_the_largest_rate_it_converges_and_above_it_does_not(optimizer: Optimizer) -> None:
    largest = Rates.of(Function.of(BOWL).hessian([0.0, 0.0]), optimizer).largest
    assert largest is not None
    below, above = (
        descend(BOWL, (1, 2), steps=400, optimizer=optim.get(optimizer, learning_rate=share * largest))
        for share in (0.9, 1.1)
    )
    assert (below.verdict, above.verdict) == ("minimum", "diverging")


def test_the_best_rate_is_the_fastest() -> None:
    rates = descend(BOWL, (1, 1)).rates
    assert rates is not None
    assert rates.best is not None
    steps = {
        share: max(
            descend(BOWL, start, share * rates.best).ways[0].steps for start in [(9, 1), (1, 9), (5, 5), (5, -5)]
        )
        for share in (0.9, 1.0, 1.1)
    }
    assert min(steps, key=lambda share: steps[share]) == 1.0


@pytest.mark.parametrize("written", ["x**2 - y**2", "-x^2", "3x - y"])
def test_no_rate_where_there_is_no_minimum(written: str) -> None:
    rates = descend(written).rates
    assert rates is not None
    assert (rates.largest, rates.best) == (None, None)


def test_a_valley_has_the_rates_of_its_walls() -> None:
    rates = descend("(x + y)^2").rates
    assert rates is not None
    assert (rates.largest, rates.best) == (pytest.approx(0.5), pytest.approx(0.25))


def test_other_functions_have_none() -> None:
    assert descend("x^4 + y^2").rates is None
    assert np.isfinite(descend("x^4 + y^2").path).all()
