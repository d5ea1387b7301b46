"""The affine map and its gradients: against sums written out, against slopes, and for shapes that do not fit."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import ShapeError
from glassnet.maths.activations import sigmoid
from glassnet.maths.affine import affine, affine_backward
from glassnet.maths.updates import gradient_descent
from glassnet.typing import Array

DTYPES = (np.float32, np.float64)


def numbers(seed: int, *shape: int, dtype: type = np.float64) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@given(B=st.integers(0, 5), I=st.integers(1, 5), O=st.integers(1, 5), dtype=st.sampled_from(DTYPES))
def test_every_number_is_the_sum_of_the_lecture(B: int, I: int, O: int, dtype: type) -> None:  # noqa: E741
    X, W, b = numbers(1, B, I, dtype=dtype), numbers(2, I, O, dtype=dtype), numbers(3, O, dtype=dtype)
    Z = affine(X, W, b)
    assert Z.dtype == dtype
    assert Z.shape == (B, O)
    for n in range(B):
        for o in range(O):
            total = sum(float(X[n, i]) * float(W[i, o]) for i in range(I)) + float(b[o])
            assert Z[n, o] == pytest.approx(total, rel=1e-5, abs=1e-5)


@given(B=st.integers(0, 5), I=st.integers(1, 5), O=st.integers(1, 5), dtype=st.sampled_from(DTYPES))
def test_every_gradient_is_the_sum_of_the_lecture(B: int, I: int, O: int, dtype: type) -> None:  # noqa: E741
    X, W, dZ = numbers(1, B, I, dtype=dtype), numbers(2, I, O, dtype=dtype), numbers(3, B, O, dtype=dtype)
    dX, dW, db = affine_backward(dZ, X, W)
    assert dX is not None
    assert dW is not None
    assert db is not None
    assert dX.dtype == dW.dtype == db.dtype == dtype
    close = {"rtol": 1e-5, "atol": 1e-5}
    np.testing.assert_allclose(dX, [[sum(dZ[n] * W[i]) for i in range(I)] for n in range(B)] or X, **close)
    np.testing.assert_allclose(dW, [[sum(X[:, i] * dZ[:, o]) for o in range(O)] for i in range(I)], **close)
    np.testing.assert_allclose(db, [sum(dZ[:, o]) for o in range(O)], **close)


@pytest.mark.parametrize("quantity", ["X", "W", "b"])
def test_gradients_are_slopes(quantity: str) -> None:
    values = {"X": numbers(1, 4, 3), "W": numbers(2, 3, 2), "b": numbers(3, 2)}
    weights = numbers(4, 4, 2)  # E = sum(weights * Z), so dZ = weights
    gradients = dict(zip(("X", "W", "b"), affine_backward(weights, values["X"], values["W"]), strict=True))
    direction = numbers(5, *values[quantity].shape)

    def loss(t: float) -> float:
        return float(np.sum(weights * affine(**{**values, quantity: values[quantity] + t * direction})))

    # Z is linear in each of its parts, so a difference over any distance is exact up to rounding.
    assert np.sum(gradients[quantity] * direction) == pytest.approx((loss(1.0) - loss(-1.0)) / 2, rel=1e-12)


def test_out_receives_the_results() -> None:
    X, W, b, dZ = numbers(1, 4, 3), numbers(2, 3, 2), numbers(3, 2), numbers(4, 4, 2)
    Z, dX, dW, db = np.empty((4, 2)), np.empty((4, 3)), np.empty((3, 2)), np.empty(2)
    assert affine(X, W, b, out=Z) is Z
    np.testing.assert_array_equal(Z, X @ W + b)
    assert all(a is b for a, b in zip(affine_backward(dZ, X, W, out=(dX, dW, db)), (dX, dW, db), strict=True))
    for given_out, new in zip((dX, dW, db), affine_backward(dZ, X, W), strict=True):
        np.testing.assert_array_equal(given_out, new)


def test_what_nobody_needs_is_left_out() -> None:
    X, W, dZ = numbers(1, 4, 3), numbers(2, 3, 2), numbers(3, 4, 2)
    dX, dW, _ = affine_backward(dZ, X, W, needs_input=False)
    assert dX is None
    np.testing.assert_array_equal(dW, X.T @ dZ)
    assert affine_backward(dZ, X, W, out=(None, np.empty((3, 2)), None))[::2] == (None, None)


def test_without_a_bias() -> None:
    X, W = numbers(1, 4, 3), numbers(2, 3, 2)
    np.testing.assert_array_equal(affine(X, W, None), X @ W)


def test_whole_numbers_may_be_given() -> None:
    assert affine(np.array([[1, 2]]), np.array([[3], [4]]), np.array([0.5])).tolist() == [[11.5]]


@pytest.mark.parametrize(
    ("X", "W", "b", "says"),
    [
        ((2, 3), (4, 5), (5,), "given X (2, 3), W (4, 5) and b (5,)."),
        ((2, 3), (3, 5), (2,), "given X (2, 3), W (3, 5) and b (2,)."),
        ((2, 3), (3, 5), (1, 5), "given X (2, 3), W (3, 5) and b (1, 5)."),
        ((3,), (3, 5), (5,), "given X (3,), W (3, 5) and b (5,)."),
        ((2, 3), (4, 5), None, "given X (2, 3), W (4, 5)."),
    ],
)
def test_sizes_that_do_not_fit_are_a_sentence(
    X: tuple[int, ...], W: tuple[int, ...], b: tuple[int, ...] | None, says: str
) -> None:
    with pytest.raises(ShapeError, match=re.escape(says)):
        affine(np.zeros(X), np.zeros(W), None if b is None else np.zeros(b))


@pytest.mark.parametrize("dZ", [(2, 4), (1, 5), (2,)])
def test_a_gradient_that_does_not_fit_is_a_sentence(dZ: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=re.escape(f"given dZ {dZ}, X (2, 3) and W (3, 5).")):
        affine_backward(np.zeros(dZ), np.zeros((2, 3)), np.zeros((3, 5)))


def test_back_propagation_by_hand() -> None:
    """The course's worked example, C6: one sigmoid hidden neuron, one sigmoid output, E = (y - a2)^2 / 2."""
    x, y = np.array([[0.1]]), np.array([[0.25]])
    W1, b1, W2, b2 = np.array([[0.15]]), np.array([0.40]), np.array([[0.45]]), np.array([0.62])

    z1 = affine(x, W1, b1)
    a1 = sigmoid(z1)
    z2 = affine(a1, W2, b2)
    a2 = sigmoid(z2)
    E = (y - a2) ** 2 / 2
    dz2 = sigmoid.backward(a2 - y, z2, a2)
    da1, dW2, db2 = affine_backward(dz2, a1, W2)
    assert da1 is not None
    dz1 = sigmoid.backward(da1, z1, a1)
    _, dW1, db1 = affine_backward(dz1, x, W1, needs_input=False)

    def new(weight: Array, gradient: Array | None) -> Array:
        assert gradient is not None
        return gradient_descent(weight, gradient, learning_rate=1.0)

    values = [
        (z1, "0.4150000"), (a1, "0.6022862"), (z2, "0.8910288"), (a2, "0.7091024"), (E, "0.1053875"),
        (dW2, "0.0570376"), (db2, "0.0947019"), (dW1, "0.00102081"), (db1, "0.01020810"),
        (new(W1, dW1), "0.1489792"), (new(W2, dW2), "0.3929624"),
        (new(b1, db1), "0.3897919"), (new(b2, db2), "0.5252981"),
    ]  # fmt: skip
    for value, digits in values:
        assert value is not None
        assert f"{value.item():.{len(digits) - 2}f}" == digits
