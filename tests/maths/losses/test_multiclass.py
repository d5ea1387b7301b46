"""C9 (c): the losses for several classes, from probabilities and from logits."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import DataError, ShapeError, TypeNotUsableError
from glassnet.maths.activations import softmax
from glassnet.maths.losses import categorical_crossentropy, kl_divergence, sparse_categorical_crossentropy

C9 = [([1, 0, 0], [0.8, 0.1, 0.1], 0.2231), ([0, 1, 0], [0.4, 0.5, 0.1], 0.6931), ([0, 0, 1], [0.2, 0.3, 0.5], 0.6931)]


@pytest.mark.parametrize(("t", "p", "printed"), C9)
def test_c9_categorical_crossentropy(t, p, printed):
    assert round(categorical_crossentropy([t], [p]), 4) == printed
    assert round(sparse_categorical_crossentropy([t.index(1)], [p]), 4) == printed
    assert round(kl_divergence([t], [p]), 4) == printed
    assert round(categorical_crossentropy([t], [np.log(p)], from_logits=True), 4) == printed


def test_c9_as_a_batch():
    T, P, printed = (list(column) for column in zip(*C9, strict=True))
    assert categorical_crossentropy(T, P, reduction="none").round(4).tolist() == printed
    assert categorical_crossentropy(T, P) == pytest.approx(np.mean(printed), abs=1e-4)


def test_b1_the_gradient_from_logits_is_the_probability_less_the_one_hot_row():
    Z, y = np.random.default_rng(0).normal(size=(6, 10)), np.array([5, 0, 4, 1, 9, 2])
    expected = (softmax(Z) - np.eye(10)[y]) / 6
    for loss, T in ((categorical_crossentropy, np.eye(10)[y]), (sparse_categorical_crossentropy, y)):
        np.testing.assert_allclose(loss.gradient(T, Z, from_logits=True), expected, rtol=1e-13)


@given(st.lists(st.floats(-700, 700), min_size=2, max_size=6), st.integers(0, 5))
def test_from_logits_keeps_its_digits_where_the_probability_would_be_zero(z, c):
    c %= len(z)
    mp = mpmath.mp.clone()
    mp.dps = 60
    exact = mp.log(mp.fsum(mp.exp(v) for v in z)) - mp.mpf(z[c])
    for loss, t in ((categorical_crossentropy, np.eye(len(z))[[c]]), (sparse_categorical_crossentropy, [c])):
        assert loss(t, [z], from_logits=True) == pytest.approx(float(exact), rel=1e-14, abs=1e-15)


def test_targets_whose_sum_is_not_one_have_the_true_derivative_too():
    """P - T would be wrong by the factor sum(T) in P; the table's examples have sums of 1."""
    T, Z = np.array([[2.0, 1.0, 0.0]]), np.array([[0.3, -0.2, 1.0]])
    gradient = categorical_crossentropy.gradient(T, Z, from_logits=True)
    np.testing.assert_allclose(gradient, 3 * softmax(Z) - T, rtol=1e-14)


def test_a_class_without_a_share_may_be_impossible():
    T, Z = [[0.5, 0.5, 0.0]], [[1.0, 1.0, -np.inf]]
    assert categorical_crossentropy(T, Z, from_logits=True) == pytest.approx(math.log(2))
    assert categorical_crossentropy(T, [[0.5, 0.5, 0.0]]) == pytest.approx(math.log(2))
    assert kl_divergence(T, Z, from_logits=True) == pytest.approx(0, abs=1e-16)
    assert categorical_crossentropy.gradient(T, Z, from_logits=True).tolist() == [[0, 0, 0]]
    assert categorical_crossentropy.gradient(T, [[0.5, 0.5, 0.0]]).tolist() == [[-1, -1, 0]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.int64, np.uint64])
def test_class_indices_of_any_whole_dtype(dtype):
    Z, y = np.random.default_rng(1).normal(size=(4, 200)), np.array([3, 0, 99, 120])
    by_index = sparse_categorical_crossentropy(y, Z, from_logits=True)
    assert by_index == pytest.approx(categorical_crossentropy(np.eye(200)[y], Z, from_logits=True))
    for labels in (y.astype(dtype), y[:, None].astype(dtype)):
        assert sparse_categorical_crossentropy(labels, Z, from_logits=True) == by_index


@pytest.mark.parametrize(("labels", "range_"), [([0, 3], "0 to 3"), ([-1, 2], "-1 to 2")])
def test_an_index_that_is_no_class_is_refused_and_never_wraps(labels, range_):
    with pytest.raises(DataError, match=f"between 0 and 2 for 3 outputs; the target has {range_}"):
        sparse_categorical_crossentropy(labels, np.zeros((2, 3)), from_logits=True)


def test_class_indices_are_whole_numbers():
    with pytest.raises(TypeNotUsableError, match="whole numbers from 0; the target has dtype float64"):
        sparse_categorical_crossentropy([0.0, 1.0], np.zeros((2, 3)), from_logits=True)
    with pytest.raises(ShapeError, match=r"one class index a row, shape \(2,\); the target has shape \(2, 3\)"):
        sparse_categorical_crossentropy(np.eye(3, dtype=int)[[0, 1]], np.zeros((2, 3)), from_logits=True)


def test_class_indices_for_the_one_hot_loss_get_a_hint():
    with pytest.raises(ShapeError, match="Class indices are for sparse_categorical_crossentropy"):
        categorical_crossentropy([0, 2], np.zeros((2, 3)), from_logits=True)


distributions = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda v: np.array([v]) / np.sum(v))


@given(distributions, distributions)
def test_the_divergence_is_the_cross_entropy_less_the_entropy(T, P):
    entropy = categorical_crossentropy(T, T)
    assert kl_divergence(T, P) == pytest.approx(categorical_crossentropy(T, P) - entropy, abs=1e-14)
    assert kl_divergence(T, P) >= -1e-15
    assert kl_divergence(T, T) == 0
    assert kl_divergence(T, np.log(P), from_logits=True) == pytest.approx(kl_divergence(T, P), abs=1e-14)


def test_the_divergence_is_not_symmetric():
    a, b = [[0.5, 0.5]], [[0.9, 0.1]]
    assert kl_divergence(a, b) == pytest.approx(0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(5))
    assert kl_divergence(b, a) == pytest.approx(0.9 * math.log(1.8) + 0.1 * math.log(0.2))
