"""Losses whose outputs mean something else than the targets: a logarithm of a rate, a mean with its variance."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ShapeError

RANDOM = np.random.default_rng(6)
X = RANDOM.normal(size=(300, 2))
ADAM = gn.optimizers.Adam(0.02)
ENGINES = pytest.mark.parametrize("engine", ["reference", "auto"])


@ENGINES
def test_poisson_learns_the_logarithm_and_predicts_the_rate(engine, tmp_path):
    counts = RANDOM.poisson(np.exp(0.8 * X[:, 0] + 0.3)).astype(float)
    net = gn.Network([gn.Dense(1)])
    net.fit(
        X, counts, loss="poisson", optimizer=ADAM, epochs=60, metrics=("mae", "r2"), engine=engine, out=tmp_path / "r"
    )
    assert net.parameters()["W1"].ravel() == pytest.approx([0.8, 0], abs=0.1)
    assert net.parameters()["b1"] == pytest.approx(0.3, abs=0.1)
    rate = net.predict(X)
    np.testing.assert_allclose(rate, np.exp(net.logits(X)[:, 0]), rtol=1e-5)
    measured = net.evaluate(X, counts, metrics=("mae", "poisson"))
    assert measured["mae"] == pytest.approx(np.abs(counts - rate).mean(), rel=1e-5)
    assert measured["poisson"] == pytest.approx(measured["loss"], rel=1e-5)
    np.testing.assert_allclose(gn.load(tmp_path / "r/model.safetensors").predict(X), rate, rtol=1e-5)


def test_behind_an_exponential_layer_it_is_the_same_network():
    counts = RANDOM.poisson(np.exp(X[:, 1])).astype(float)
    linear, ending = gn.Network([gn.Dense(1)]), gn.Network([gn.Dense(1, "exponential")])
    for net in (linear, ending):
        net.fit(X, counts, loss="poisson", epochs=2)
    np.testing.assert_array_equal(linear.predict(X), ending.predict(X))


@ENGINES
def test_a_mean_and_a_variance_for_every_target(engine, tmp_path):
    y = X[:, 0] + RANDOM.normal(size=300) * np.exp(X[:, 1])
    net = gn.Network([gn.Dense(2)])
    run = net.fit(X, y, loss="gaussian_nll", optimizer=ADAM, epochs=80, engine=engine, out=tmp_path / "r")
    W = net.parameters()["W1"]
    assert W[:, 0] == pytest.approx([1, 0], abs=0.2)  # the mean
    assert W[:, 1] == pytest.approx([0, 2], abs=0.3)  # the logarithm of the variance
    assert net.predict(X).shape == (300,)
    np.testing.assert_array_equal(net.predict(X), net.outputs(X)[:, 0])
    assert run.history[-1].keys() == {"epoch", "loss", "r2", "seconds"}
    loaded = gn.load_run(tmp_path / "r")
    assert loaded.verify()
    np.testing.assert_array_equal(loaded.network.predict(X), net.predict(X))


def test_several_targets_have_their_means_first():
    Y = np.column_stack([X[:, 0], X[:, 1] + 5])
    net = gn.Network([gn.Dense(4)])
    net.fit(X, Y, loss="gaussian_nll", optimizer=gn.optimizers.Adam(0.1), epochs=60)
    assert net.predict(X).shape == (300, 2)
    assert np.abs(net.predict(X) - Y).mean() < 0.3


@pytest.mark.parametrize(("units", "says"), [(1, "1 a row a last layer of 2 units; it has 1"), (3, "it has 3")])
def test_outputs_that_are_no_pairs_are_refused(units, says):
    with pytest.raises(ShapeError, match=says):
        gn.Network([gn.Dense(units)]).fit(X, X[:, 0], loss="gaussian_nll")
