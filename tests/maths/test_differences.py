"""The checker itself: exact where it can be, and a wrong gradient never passes."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet.errors import SettingError, ShapeError
from glassnet.maths.differences import check_gradient, directional

M = np.random.default_rng(1).normal(size=(20, 20))
X = np.random.default_rng(2).normal(size=(20, 20))


def smooth(x):
    """sum sin(x) + <M, x x>: a scalar function of a matrix whose gradient has no symmetry."""
    return float(np.sin(x).sum() + (M * (x @ x)).sum())


def right(x):
    return np.cos(x) + M @ x.T + x.T @ M


def test_a_polynomial_of_degree_six_is_exact_up_to_rounding():
    def f(x):
        return float((x**6 - 4 * x**3 + x).sum())

    assert directional(f, [0.7], [1.0]) == pytest.approx(6 * 0.7**5 - 12 * 0.7**2 + 1, rel=1e-11)


def test_extrapolation_gains_the_digits_that_plain_central_differences_lack():
    def central(h):
        return (np.exp(1 + h) - np.exp(1 - h)) / (2 * h)

    def f(x):
        return float(np.exp(x[0]))

    step = 1e-2
    assert abs(central(step / 4) / np.e - 1) > 1e-7
    assert abs(directional(f, [1.0], [1.0], step=step) / np.e - 1) < 1e-12


def test_the_slope_is_linear_in_the_direction():
    d = np.random.default_rng(3).normal(size=X.shape)
    assert directional(smooth, X, -2 * d) == pytest.approx(-2 * directional(smooth, X, d), rel=1e-9)


def test_a_right_gradient_passes():
    assert check_gradient(smooth, right, X) < 1e-9
    assert check_gradient(smooth, right(X), X) < 1e-9


def one_entry_off(x):
    g = right(x)
    g[13, 7] *= 1 + 1e-4
    return g


def one_entry_missing(x):
    g = right(x)
    g[0, 19] = 0
    return g


def two_entries_swapped(x):
    g = right(x)
    g[3, 4], g[4, 3] = g[4, 3], g[3, 4]
    return g


WRONG = {
    "sign": (lambda x: -right(x), 1.99),
    "factor 2": (lambda x: 2 * right(x), 0.49),
    "factor just above 1": (lambda x: (1 + 1e-6) * right(x), 9e-7),
    "transposed": (lambda x: right(x).T, 1e-2),
    "a term left out": (lambda x: np.cos(x) + M @ x.T, 1e-2),
    "shifted by a constant": (lambda x: right(x) + 1e-4, 1e-8),
    "one entry of 400 off by 1 in 10000": (one_entry_off, 1e-8),
    "one entry of 400 missing": (one_entry_missing, 1e-5),
    "two entries swapped": (two_entries_swapped, 1e-5),
    "nothing": (np.zeros_like, 0.99),
    "NaN": (lambda x: np.full_like(x, np.nan), 1e300),
    "infinite": (lambda x: np.full_like(x, np.inf), 1e300),
}


@pytest.mark.parametrize("mistake", WRONG)
@pytest.mark.parametrize("seed", range(5))
def test_a_wrong_gradient_is_caught(mistake, seed):
    gradient, at_least = WRONG[mistake]
    assert check_gradient(smooth, gradient, X, seed=seed) > at_least


def test_a_gradient_across_a_kink_is_caught():
    assert check_gradient(lambda x: float(np.abs(x).sum()), np.sign, np.array([2e-4, 1.0])) > 1e-3


def test_a_function_that_does_not_move_and_a_gradient_of_zero_agree():
    assert check_gradient(lambda x: 3.0, np.zeros_like, X) == 0


def test_the_directions_are_those_of_the_seed():
    def wrong(x):
        return right(x) + 1e-3

    assert check_gradient(smooth, wrong, X, seed=1) == check_gradient(smooth, wrong, X, seed=1)
    assert check_gradient(smooth, wrong, X, seed=1) != check_gradient(smooth, wrong, X, seed=2)


def test_bad_arguments_are_a_sentence():
    with pytest.raises(ShapeError, match=r"gradient must have the shape of x, \(20, 20\); it has \(20,\)"):
        check_gradient(smooth, np.zeros(20), X)
    with pytest.raises(ShapeError, match="direction must have the shape of x"):
        directional(smooth, X, X[0])
    with pytest.raises(SettingError, match="at least one direction"):
        check_gradient(smooth, right, X, directions=0)
