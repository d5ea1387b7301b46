"""Functions as numbers: values, gradients and Hessians by the tape, held against formulas and differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from table.functions import FUNCTIONS, POINTS

import glassnet as gn
from glassnet.errors import DataError
from glassnet.lab.descent.function import Function
from glassnet.lab.expressions import evaluate


@pytest.mark.parametrize("written", FUNCTIONS)
def test_the_tape_and_the_formulas_say_the_same(written: str) -> None:
    """Two ways to a derivative: Tensors, and the rules of lab/slopes.py read number by number."""
    f = Function.of(written)
    n = len(f.variables)
    assert f.slopes is not None
    for point in POINTS[:, :n]:
        numbers = dict(zip(f.variables, point.tolist(), strict=True))
        assert f(point) == pytest.approx(evaluate(f.tree, lambda name: numbers[name.quantity]), rel=1e-14)  # noqa: B023
        slopes = [evaluate(slope, lambda name: numbers[name.quantity]) for slope in f.slopes]  # noqa: B023
        np.testing.assert_allclose(f.gradient(point), slopes, rtol=1e-11, atol=1e-12)
    assert gn.check_gradients(lambda p: f.at([p[k] for k in range(n)]), POINTS[0, :n])


@pytest.mark.parametrize("written", FUNCTIONS)
def test_the_hessian_is_the_slope_of_the_gradient(written: str) -> None:
    f = Function.of(written)
    point = POINTS[1, : len(f.variables)]
    h = 1e-5
    columns = [(f.gradient(point + h * unit) - f.gradient(point - h * unit)) / (2 * h) for unit in np.eye(len(point))]
    np.testing.assert_allclose(f.hessian(point), np.array(columns), rtol=1e-6, atol=1e-7)
    hessian = gn.hessian(lambda p: f.at([p[k] for k in range(len(point))]))(point)
    np.testing.assert_allclose(f.hessian(point), np.asarray(hessian), rtol=1e-12, atol=1e-12)


def test_many_points_at_once() -> None:
    f = Function.of("x^2*y + sin(y)")
    points = POINTS[:, :2]
    np.testing.assert_array_equal(f.gradient(points), [f.gradient(point) for point in points])
    np.testing.assert_array_equal(f.hessian(points), [f.hessian(point) for point in points])
    assert f.gradient(points).shape == (3, 2)
    assert f.hessian(points).shape == (3, 2, 2)
    value, gradient = f.value_and_gradient(points[1])
    assert (value, gradient.tolist()) == (f(points[1]), f.gradient(points[1]).tolist())


@pytest.mark.parametrize(
    ("written", "point", "value"),
    [("1/x", 0.0, math.inf), ("log(x)", -1.0, math.nan), ("9^9^9*x", 1.0, math.inf), ("x^1000", 99.0, math.inf)],
)
def test_where_there_is_no_number(written: str, point: float, value: float) -> None:
    np.testing.assert_equal(Function.of(written)([point]), value)


def test_short_numbers_are_exact() -> None:
    """A quotient is divided by, not multiplied with its rounded inverse."""
    assert Function.of("x/3")([6.0]) == 2.0
    assert Function.of("x/49*49")([1.0]) == 1 / 49 * 49


@pytest.mark.parametrize(
    ("written", "said"), [("3 + pi", "has no variable"), ("a+b+c+g+h+k+l+o+p", "has the variables")]
)
def test_variables_are_needed_and_limited(written: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        Function.of(written)


def test_formulas_that_would_fill_pages_are_left_out() -> None:
    f = Function.of("*".join(["x"] * 201))
    assert f.slopes is not None
    assert f.curvatures is None
    assert f.gradient([1.0]).tolist() == [201.0]
    assert f.hessian([1.0]).tolist() == [[201.0 * 200]]
