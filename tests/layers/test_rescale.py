"""Rescale: columns of any size become columns of one size; a network that begins with it takes rows as they come."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ShapeError

ROWS = np.array([[1.0, 5000.0, 7.0], [2.0, 5200.0, 7.0], [6.0, 4800.0, 7.0], [3.0, 5000.0, 7.0]])


def test_standardised_columns_have_mean_0_and_deviation_1_and_a_constant_one_is_0():
    layer = gn.Rescale.standardizing(ROWS)
    A = ROWS * np.array(layer.factor) + np.array(layer.offset)
    np.testing.assert_allclose(A.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(A.std(axis=0), [1, 1, 0], atol=1e-12)


def test_columns_that_are_not_marked_stay_as_they_are():
    layer = gn.Rescale.standardizing(ROWS, [True, False, False])
    assert (layer.factor[1:], layer.offset[1:]) == ((1.0, 1.0), (0.0, 0.0))


def test_a_column_of_rounding_noise_only_is_constant():
    assert gn.Rescale.standardizing(np.full((3, 1), 0.1)).factor == (1.0,)


def test_restoring_is_the_inverse_of_standardising():
    there, back = gn.Rescale.standardizing(ROWS), gn.Rescale.restoring(ROWS)
    A = ROWS * np.array(there.factor) + np.array(there.offset)
    np.testing.assert_allclose(A * np.array(back.factor) + np.array(back.offset), ROWS, rtol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_behind_it_sees_the_rescaled_rows(dtype):
    layer = gn.Rescale.standardizing(ROWS)
    plain = gn.Network([gn.Dense(2)]).build(3, seed=5, dtype=dtype)
    behind = gn.Network([layer, gn.Dense(2)]).build(3, seed=5, dtype=dtype)
    rescaled = ROWS * np.array(layer.factor) + np.array(layer.offset)
    np.testing.assert_allclose(behind.logits(ROWS), plain.logits(rescaled), atol=1e-5 if dtype == "float32" else 1e-13)
    assert behind.logits(ROWS).dtype == dtype


def test_its_backward_pass_is_the_factor_of_each_column():
    """Between two layers: the same steps as with the factor multiplied into the weights behind it by hand."""
    X, y, factor = np.array([[0.2, -0.4], [0.1, 0.3]]), np.array([[1.0], [2.0]]), np.array([2.0, -0.5])
    net = gn.Network([gn.Dense(2), gn.Rescale(tuple(factor), (0.0, 0.0)), gn.Dense(1)]).build(2, dtype="float64")
    W1, W2 = (net.parameters()[name].copy() for name in ("W1", "W2"))
    net.fit(X, y, loss="mse", optimizer=gn.optimizers.SGD(0.1), epochs=1, batch_size="full")
    dZ2 = 2 * (X @ W1 * factor @ W2 - y) / len(X)
    np.testing.assert_allclose(net.parameters()["W1"], W1 - 0.1 * X.T @ (dZ2 @ W2.T * factor), rtol=1e-12)


def test_it_learns_columns_that_bare_numbers_make_unlearnable():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2)) * [1, 1e4] + [0, 1e5]
    y = (X[:, 0] + (X[:, 1] - 1e5) / 1e4 > 0).astype(int)
    scores = {}
    for name, layers in {"bare": (), "standardised": (gn.Rescale.standardizing(X),)}.items():
        net = gn.Network([*layers, gn.Dense(8, activation="tanh"), gn.Dense(2)])
        net.fit(X, y, epochs=30, optimizer=gn.optimizers.Adam(0.01))
        scores[name] = net.evaluate(X, y)["accuracy"]
    assert scores["standardised"] > 0.97 > 0.8 > scores["bare"]


def test_it_travels_with_the_model(tmp_path):
    net = gn.Network([gn.Rescale.standardizing(ROWS), gn.Dense(2)]).build(3)
    net.save(tmp_path / "model.safetensors")
    loaded = gn.load(tmp_path / "model.safetensors")
    assert loaded.layers == net.layers
    np.testing.assert_array_equal(loaded.logits(ROWS), net.logits(ROWS))


def test_rows_of_another_width_are_one_sentence():
    with pytest.raises(ShapeError, match="rows of 3 numbers"):
        gn.Network([gn.Rescale.standardizing(ROWS), gn.Dense(2)]).build(4)
