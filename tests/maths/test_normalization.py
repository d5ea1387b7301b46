"""Normalization: by hand, against differences, and the same formulas on Tensors."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.maths import normalization
from glassnet.maths.differences import check_gradient

RANDOM = np.random.default_rng(5)
X, G = RANDOM.normal(size=(6, 4)), RANDOM.normal(size=(6, 4))
EPSILON = 1e-3


def over(axis):
    def value(X):
        return normalization.normalize(X, axis, EPSILON)[0]

    def backward(dXhat, X):
        Xhat, _, variance = normalization.normalize(X, axis, EPSILON)
        return normalization.normalize_backward(dXhat, Xhat, normalization.inverse_root(variance, EPSILON), axis)

    return value, backward


def rms():
    def value(X):
        return normalization.rms_normalize(X, EPSILON)[0]

    def backward(dXhat, X):
        Xhat, r = normalization.rms_normalize(X, EPSILON)
        return normalization.rms_normalize_backward(dXhat, Xhat, r)

    return value, backward


KINDS = {"over the batch": over(0), "over the row": over(1), "root mean square": rms()}


def test_by_hand():
    """Rows (1, 5), (3, 5), epsilon 1/4: columns have mean 2 and 5, variance 1 and 0, r = 1/sqrt(5/4) and 2."""
    Xhat, mean, variance = normalization.normalize(np.array([[1.0, 5.0], [3.0, 5.0]]), 0, 0.25)
    assert (mean.tolist(), variance.tolist()) == ([[2.0, 5.0]], [[1.0, 0.0]])
    np.testing.assert_allclose(Xhat, [[-2 / 5**0.5, 0], [2 / 5**0.5, 0]], rtol=1e-15)
    # Of the row (3, 4): the mean square is 12.5.
    Xhat, r = normalization.rms_normalize(np.array([[3.0, 4.0]]), 0.0)
    np.testing.assert_allclose(Xhat, [[3 / 12.5**0.5, 4 / 12.5**0.5]], rtol=1e-15)
    assert r.tolist() == [[12.5**-0.5]]


def test_scale_and_shift_by_hand():
    dXhat, dgamma, dbeta = normalization.scale_shift_backward(
        np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]]), np.array([10.0, 100.0])
    )
    assert dXhat.tolist() == [[10.0, 200.0], [30.0, 400.0]]
    assert (dgamma.tolist(), dbeta.tolist()) == ([26.0, 44.0], [4.0, 6.0])


def test_what_is_remembered_by_hand():
    kept = np.array([0.0])
    for _ in range(3):
        kept = normalization.running(kept, np.array([1.0]), 0.5)
    assert kept.tolist() == [0.875]


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_the_derivative(kind):
    value, backward = KINDS[kind]
    assert check_gradient(lambda X: float((value(X) * G).sum()), backward(G, X), X) < 1e-8
    narrow = backward(G.astype(np.float32), X.astype(np.float32))
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, backward(G, X), rtol=2e-3, atol=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_tape_finds_the_same_gradient(kind):
    value, backward = KINDS[kind]
    found = gn.grad(lambda X: (value(X) * G).sum())(X)
    np.testing.assert_allclose(np.asarray(found), backward(G, X), rtol=1e-11, atol=1e-13)


def test_a_column_that_never_changes_is_zero_and_not_nan():
    Xhat, _, variance = normalization.normalize(np.full((3, 2), 7.0), 0, 1e-5)
    assert not Xhat.any()
    r = normalization.inverse_root(variance, 1e-5)
    assert np.isfinite(normalization.normalize_backward(np.ones((3, 2)), Xhat, r, 0)).all()
