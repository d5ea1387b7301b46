"""E6: minimising the cross-entropy is maximising the likelihood, and why the logarithm is taken."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import SettingError
from glassnet.maths.activations import softmax
from glassnet.maths.losses import binary_crossentropy, categorical_crossentropy, likelihood


def test_by_hand():
    assert likelihood([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0.8, 0.1, 0.1], [0.4, 0.5, 0.1], [0.2, 0.3, 0.5]]) == -0.2
    assert likelihood([1, 0, 1], [0.9, 0.2, 0.5]) == pytest.approx(-0.9 * 0.8 * 0.5)
    gradient = likelihood.gradient([1, 0, 1], [0.9, 0.2, 0.5])
    assert gradient == pytest.approx([-0.8 * 0.5, 0.9 * 0.5, -0.9 * 0.8])


three = st.lists(st.floats(-3, 3), min_size=3, max_size=3)


@given(st.lists(st.tuples(st.integers(0, 2), three), min_size=1, max_size=9))
def test_e6_the_cross_entropy_is_minus_the_logarithm_of_the_likelihood(rows):
    T, Z = np.eye(3)[[c for c, _ in rows]], np.array([z for _, z in rows])
    L = -likelihood(T, softmax(Z))
    assert categorical_crossentropy(T, softmax(Z)) == pytest.approx(-math.log(L) / len(rows), rel=1e-10)
    assert -likelihood(T, Z, from_logits=True) == pytest.approx(L, rel=1e-12)


def test_e6_both_have_their_best_model_in_the_same_place():
    """Seven heads in ten throws: of all coins the one of 0.7 is the likeliest, and has the least cross-entropy."""
    throws, coins = np.array([1] * 7 + [0] * 3), np.linspace(0.01, 0.99, 99)
    by_likelihood = [likelihood(throws, np.full(10, p)) for p in coins]
    by_entropy = [binary_crossentropy(throws, np.full(10, p)) for p in coins]
    assert coins[np.argmin(by_likelihood)] == coins[np.argmin(by_entropy)] == pytest.approx(0.7)
    assert (np.argsort(by_likelihood) == np.argsort(by_entropy)).all()  # the same order, not only the same best


def test_e6_their_gradients_have_the_same_direction():
    """d(-L) = L d(-log L): the gradients differ by the positive factor L n."""
    rng = np.random.default_rng(0)
    T, Z = np.eye(4)[rng.integers(0, 4, 5)], rng.normal(size=(5, 4))
    L = -likelihood(T, Z, from_logits=True)
    of_entropy = categorical_crossentropy.gradient(T, Z, from_logits=True)
    np.testing.assert_allclose(likelihood.gradient(T, Z, from_logits=True), 5 * L * of_entropy, rtol=1e-12, atol=1e-18)


def test_e6_the_product_underflows_and_the_sum_of_logarithms_does_not():
    T, Z = np.eye(2)[np.zeros(2000, int)], np.zeros((2000, 2))
    value, gradient = likelihood.value_and_gradient(T, Z, from_logits=True)
    assert value == 0
    assert not gradient.any()  # nothing to learn from
    assert categorical_crossentropy(T, Z, from_logits=True) == pytest.approx(math.log(2))
    assert categorical_crossentropy.gradient(T, Z, from_logits=True).any()


def test_one_impossible_row_leaves_its_own_gradient():
    """The product of the others is not the product over its own probability, which is 0."""
    gradient = likelihood.gradient([1, 1, 1], [0.5, 0.0, 0.25])
    assert gradient == pytest.approx([0, -0.125, 0])
    assert likelihood.gradient([1, 1, 1], [0.0, 0.0, 0.25]) == pytest.approx([0, 0, 0])


def test_it_takes_no_weights_and_no_reduction():
    for keywords in ({"sample_weight": [1, 1]}, {"reduction": "sum"}, {"reduction": "none"}):
        for method in (likelihood, likelihood.gradient):
            with pytest.raises(SettingError, match="no sample_weight and no reduction"):
                method([1, 0], [0.5, 0.5], **keywords)
