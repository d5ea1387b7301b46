"""C9 (a): the regression losses on numbers small enough to check by hand, and what their gradients honestly are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import DataError, SettingError
from glassnet.maths.losses import half_mse, huber, mae, mape, mbe, mse, rmse

T, P = [3.0, -1.0, 2.0, 4.0], [2.5, 0.0, 2.0, 8.0]  # e = 0.5, -1, 0, -4


def test_c9a_by_hand():
    assert mse(T, P) == (0.25 + 1 + 0 + 16) / 4
    assert half_mse(T, P) == mse(T, P) / 2
    assert rmse(T, P) == pytest.approx(math.sqrt(17.25 / 4), rel=1e-15)
    assert mae(T, P) == (0.5 + 1 + 0 + 4) / 4
    assert mbe(T, P) == (0.5 - 1 + 0 - 4) / 4
    assert mape(T, P) == pytest.approx(100 * (0.5 / 3 + 1 + 0 + 1) / 4, rel=1e-15)
    assert huber(T, P) == (0.125 + 0.5 + 0 + 3.5) / 4


def test_c6_the_error_of_the_worked_example():
    a2 = 0.7091023836786107
    assert round(half_mse([0.25], [a2]), 7) == 0.1053875
    assert half_mse.gradient([0.25], [a2])[0] == pytest.approx(a2 - 0.25, rel=1e-15)


def test_mbe_has_a_gradient_that_never_vanishes_and_no_minimum():
    assert mbe.gradient(T, P).tolist() == [-0.25] * 4
    assert mbe.gradient(T, T).tolist() == [-0.25] * 4
    assert mbe(T, np.add(T, 1e6)) == -1e6
    assert "no minimum" in mbe.__doc__


def test_the_corners_at_no_error_have_the_gradient_that_the_docstrings_say():
    for loss in (mae, mape, huber, mse, half_mse, rmse):
        assert loss(T, T) == 0.0
        assert loss.gradient(T, T).tolist() == [0.0] * 4
    assert "no derivative" in rmse.__doc__
    assert "corner" in mae.__doc__


def test_rmse_near_zero_has_the_slope_of_an_absolute_value():
    """So no choice at 0 is a limit from all sides: from above the slope tends to 1, from below to -1."""
    for error in (1e-3, 1e-160, 5e-324):
        assert rmse.gradient([0.0], [error]).tolist() == [1.0]
        assert rmse.gradient([0.0], [-error]).tolist() == [-1.0]


@pytest.mark.parametrize("size", [1e-320, 1e-200, 1e-3, 1.0, 1e200, 1e308])
def test_rmse_squares_without_leaving_the_range(size):
    assert rmse(np.zeros(4), np.full(4, size)) == pytest.approx(size, rel=1e-12)
    assert rmse.gradient(np.zeros(4), np.full(4, size)) == pytest.approx([0.25 / 1.0] * 4)


def test_rmse_by_rows_is_each_rows_own_root():
    errors = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert rmse(np.zeros((2, 2)), errors, reduction="none") == pytest.approx([math.sqrt(12.5), 0])
    expected = errors / (2 * math.sqrt(12.5))
    assert rmse.gradient(np.zeros((2, 2)), errors, reduction="none") == pytest.approx(expected)


def test_mape_refuses_a_target_of_zero():
    with pytest.raises(DataError, match="a target is 0, and no error is a percentage of 0"):
        mape([1.0, 0.0], [1.0, 1.0])
    with pytest.raises(DataError, match="a target is 0"):
        mape.value_and_gradient([1.0, 0.0], [1.0, 1.0])


@pytest.mark.parametrize("delta", [0, -1.0, float("nan")])
def test_huber_refuses_a_delta_that_is_not_positive(delta):
    for call in (
        lambda: huber.configured(delta=delta),
        lambda: huber(T, P, delta=delta),
        lambda: huber.gradient(T, P, delta=delta),
        lambda: huber.value_and_gradient(T, P, delta=delta),
    ):
        with pytest.raises(SettingError, match="huber: delta must be above 0"):
            call()


@given(st.floats(-100, 100), st.floats(0.01, 50))
def test_huber_lies_between_its_two_pieces_and_is_smooth_where_they_meet(e, delta):
    value = huber([0.0], [e], delta=delta)
    assert value <= e * e / 2 + 1e-9
    assert value <= delta * abs(e) + 1e-9
    assert huber([0.0], [delta], delta=delta) == pytest.approx(delta**2 / 2)
    assert huber.gradient([0.0], [2 * delta], delta=delta) == pytest.approx([delta])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8), st.floats(-1e6, 1e6))
def test_mean_and_median_minimise_mse_and_mae(values, other):
    def constant(c):
        return np.full(len(values), c)

    slack = 1e-9 * (1 + max(map(abs, values)) ** 2 + other**2)
    assert mse(values, constant(np.mean(values))) <= mse(values, constant(other)) + slack
    assert mae(values, constant(np.median(values))) <= mae(values, constant(other)) + slack
    assert mae(values, constant(other)) <= rmse(values, constant(other)) * (1 + 1e-12)


def test_a5_a_difference_is_no_loss_because_it_has_no_minimum_and_its_square_is():
    """A5: y - y_pred falls for ever as y_pred rises; an even function of the difference does not."""
    assert mbe([1.0], [1e9]) < mbe([1.0], [1.0])
    assert mse([1.0], [1e9]) == mse([1.0], [2 - 1e9]) > mse([1.0], [1.0]) == 0
