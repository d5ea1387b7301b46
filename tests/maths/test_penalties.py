"""Penalties and limits: numbers by hand are in the docstrings; here their gradients, their dtypes, their edges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.maths import penalties
from glassnet.typing import Array

W = np.array([[1.5, -2.0, 0.25], [-0.5, 3.0, 1.0]])


@pytest.mark.parametrize(
    ("value", "gradient"), [(penalties.l1, penalties.l1_gradient), (penalties.l2, penalties.l2_gradient)]
)
def test_the_gradient_is_that_of_the_penalty(
    value: Callable[[Array, float], float], gradient: Callable[[Array, float], Array]
) -> None:
    for place in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[place] = 1e-6
        slope = (value(W + step, 0.3) - value(W - step, 0.3)) / 2e-6
        assert gradient(W, 0.3)[place] == pytest.approx(slope, rel=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays(dtype: type) -> None:
    given_ = W.astype(dtype)
    for result in (
        penalties.l1_gradient(given_, 0.1),
        penalties.l2_gradient(given_, 0.1),
        penalties.max_norm(given_, 1.0),
        penalties.clip_by_norm(given_.ravel(), 1.0),
        penalties.clip_by_value(given_.ravel(), 1.0),
        penalties.running_mean(given_, given_, 0.9, 0.81),
    ):
        assert result.dtype == dtype


@given(limit=st.floats(1e-3, 1e3), seed=st.integers(0, 99))
def test_a_column_is_no_longer_than_the_limit_and_keeps_its_direction(limit: float, seed: int) -> None:
    weights = np.random.default_rng(seed).normal(size=(5, 3)) * 10.0 ** np.array([-3.0, 0.0, 3.0])
    limited = penalties.max_norm(weights, limit)
    before, after = (np.linalg.norm(each, axis=0) for each in (weights, limited))
    np.testing.assert_allclose(after, np.minimum(before, limit), rtol=1e-12)
    np.testing.assert_allclose(limited / after, weights / before, rtol=1e-12)


@given(limit=st.floats(1e-3, 1e3), seed=st.integers(0, 99))
def test_a_gradient_is_no_longer_than_the_limit_and_keeps_its_direction(limit: float, seed: int) -> None:
    g = np.random.default_rng(seed).normal(size=7)
    clipped = penalties.clip_by_norm(g, limit)
    assert np.linalg.norm(clipped) == pytest.approx(min(float(np.linalg.norm(g)), limit), rel=1e-12)
    np.testing.assert_allclose(clipped / np.linalg.norm(clipped), g / np.linalg.norm(g), rtol=1e-12)


def test_a_column_of_zeros_stays_one() -> None:
    np.testing.assert_array_equal(penalties.max_norm(np.zeros((3, 2)), 1.0), 0.0)


def test_a_long_float32_gradient_does_not_overflow_its_length() -> None:
    g = np.full(4, 1e30, np.float32)
    assert penalties.norm(g) == pytest.approx(2e30, rel=1e-6)
    np.testing.assert_allclose(penalties.clip_by_norm(g, 1.0), 0.5, rtol=1e-6)


def test_a_running_mean_is_the_weighted_mean_of_all_it_has_seen() -> None:
    seen, decay = [3.0, -1.0, 4.0, 2.0], 0.75
    mean, power = np.array([100.0]), 1.0
    for value in seen:
        power *= decay
        mean = penalties.running_mean(mean, np.array([value]), decay, power)
    weights = [decay ** (len(seen) - 1 - place) for place in range(len(seen))]
    assert mean.item() == pytest.approx(np.average(seen, weights=weights), rel=1e-14)
