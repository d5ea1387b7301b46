"""BatchNorm, LayerNorm, RMSNorm and GaussianNoise in a network: training beside use, and what is remembered."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError

RANDOM = np.random.default_rng(2)
X = RANDOM.normal(loc=[0.0, 5.0, -2.0], scale=[1.0, 3.0, 0.1], size=(23, 3))
Y = X @ [1.0, -0.5, 2.0]


def fitted(layers, **settings):
    how = {"loss": "mse", "epochs": 1, "batch_size": "full", "shuffle": False, "engine": "reference"}
    return gn.Network(layers).fit(X, Y, **(how | {"dtype": "float64"} | settings))


def test_the_running_numbers_by_hand():
    """Start 0 and 1; a step keeps the share 0.75, and the variance is that over B - 1."""
    run = fitted([gn.BatchNorm(momentum=0.75), gn.Dense(1)])
    kept = run.network.parameters().running
    np.testing.assert_allclose(kept["mean1"], 0.25 * X.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(kept["variance1"], 0.75 + 0.25 * X.var(axis=0, ddof=1), rtol=1e-13)


def test_training_normalises_by_the_batch_and_use_by_what_was_kept():
    run = fitted([gn.BatchNorm(epsilon=0.5), gn.Dense(1)], optimizer=gn.optimizers.SGD(0.0))
    p, kept = run.network.parameters(), run.network.parameters().running
    by_batch = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + 0.5) @ p["W2"] + p["b2"]
    assert run.history[0]["loss"] == pytest.approx(np.mean((by_batch[:, 0] - Y) ** 2))
    by_kept = (X - kept["mean1"]) / np.sqrt(kept["variance1"] + 0.5) @ p["W2"] + p["b2"]
    np.testing.assert_allclose(run.network.logits(X), by_kept, rtol=1e-12)
    one = run.network.logits(X[:1])  # a row alone is what it is in company
    np.testing.assert_allclose(one, run.network.logits(X)[:1], rtol=1e-12)


def test_after_many_steps_use_is_as_training():
    layers = [gn.Dense(8, "relu"), gn.BatchNorm(momentum=0.5), gn.Dense(1)]
    run = fitted(layers, epochs=60, optimizer=gn.optimizers.SGD(0.0))
    assert run.network.evaluate(X, Y)["loss"] == pytest.approx(run.history[-1]["loss"], rel=0.05)


def test_a_last_batch_of_one_row_goes_by_what_is_kept_and_leaves_it():
    """23 rows in batches of 11: 11, 11, 1."""
    settings = {"batch_size": 11, "optimizer": gn.optimizers.SGD(0.0)}
    whole = fitted([gn.BatchNorm(), gn.Dense(1)], **settings)
    kept = np.array([np.zeros(3), np.ones(3)])
    for batch in (X[:11], X[11:22]):
        kept = 0.9 * kept + 0.1 * np.array([batch.mean(axis=0), batch.var(axis=0, ddof=1)])
    np.testing.assert_allclose(whole.network.parameters().running["mean1"], kept[0], rtol=1e-12)
    np.testing.assert_allclose(whole.network.parameters().running["variance1"], kept[1], rtol=1e-12)
    trained = fitted([gn.BatchNorm(), gn.Dense(1)], batch_size=11, epochs=20)
    assert np.isfinite(trained.history[-1]["loss"])
    with pytest.raises(SettingError, match=r"BatchNorm\(\) .* needs 2 rows or more at a time; batch_size is 1"):
        fitted([gn.BatchNorm(), gn.Dense(1)], batch_size=1)


def test_accumulated_pieces_are_remembered_one_after_the_other():
    pieces = fitted([gn.BatchNorm(), gn.Dense(1)], batch_size=12, accumulate=2, optimizer=gn.optimizers.SGD(0.0))
    steps = fitted([gn.BatchNorm(), gn.Dense(1)], batch_size=12, optimizer=gn.optimizers.SGD(0.0))
    assert (pieces.state.step, steps.state.step) == (1, 2)
    for name, kept in steps.network.parameters().running.items():
        np.testing.assert_array_equal(pieces.network.parameters().running[name], kept)


def test_the_best_epoch_comes_back_with_what_was_kept():
    class Remember(gn.Callback):
        def on_fit_start(self, run):
            self.seen = []

        def on_epoch_end(self, run, record):
            self.seen.append((record["val_loss"], run.state.parameters.whole.copy()))

    remember = Remember()
    layers = [gn.Dense(6, "tanh"), gn.BatchNorm(), gn.Dense(1)]
    run = fitted(layers, epochs=40, batch_size=5, optimizer=gn.optimizers.Adam(0.3), validation_data=(X[:6] + 1, Y[:6]),
                 callbacks=[remember, gn.EarlyStopping(patience=2)])  # fmt: skip
    best = min(remember.seen, key=lambda pair: pair[0])[1]
    assert run.state.parameters.whole.tobytes() == best.tobytes()


@pytest.mark.parametrize("layer", [gn.LayerNorm(epsilon=0.1), gn.RMSNorm(epsilon=0.1)], ids=repr)
def test_over_the_row_training_is_as_use(layer):
    run = fitted([layer, gn.Dense(1)], optimizer=gn.optimizers.SGD(0.0))
    centred = X - X.mean(axis=1, keepdims=True) if isinstance(layer, gn.LayerNorm) else X
    Xhat = centred / np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + 0.1)
    p = run.network.parameters()
    np.testing.assert_allclose(run.network.logits(X), Xhat @ p["W2"] + p["b2"], rtol=1e-12)
    assert run.history[0]["loss"] == pytest.approx(run.network.evaluate(X, Y)["loss"])
    assert not p.running


def test_noise_has_its_deviation_is_made_again_and_is_off_in_use(tmp_path):
    run = fitted([gn.GaussianNoise(0.5), gn.Dense(1)], epochs=4, batch_size=7, optimizer=gn.optimizers.SGD(0.01))
    assert run.verify()
    p = run.network.parameters()
    np.testing.assert_allclose(run.network.logits(X), X @ p["W1"] + p["b1"], rtol=1e-12)


def test_noise_is_that_of_its_counter(session_of):
    session = session_of([gn.GaussianNoise(0.5), gn.Dense(1)], np.zeros((4000, 3)), np.zeros((4000, 1)), "mse")
    noise = session.plan.frames(4000)[0].buffers["A"]
    session.gradient(np.arange(4000))
    first = noise.copy()
    assert first.std() == pytest.approx(0.5, rel=0.02)
    assert abs(first.mean()) < 0.02
    session.gradient(np.arange(4000))
    assert np.array_equal(noise, first)
    session.state.step = 1
    session.gradient(np.arange(4000))
    assert not np.array_equal(noise, first)


def test_noise_in_pieces_is_the_noise_of_the_batch():
    at_once = fitted([gn.GaussianNoise(0.5), gn.Dense(1)], batch_size=22)
    pieces = fitted([gn.GaussianNoise(0.5), gn.Dense(1)], batch_size=11, accumulate=2)
    np.testing.assert_allclose(pieces.state.parameters.flat, at_once.state.parameters.flat, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: gn.BatchNorm(momentum=1.0), "momentum a number of at least 0 and below 1; given 1.0"),
        (lambda: gn.BatchNorm(epsilon=0.0), "epsilon a number above 0; given 0.0"),
        (lambda: gn.LayerNorm("small"), "epsilon a number above 0; given 'small'"),
        (lambda: gn.RMSNorm(float("nan")), "epsilon a number above 0; given nan"),
        (lambda: gn.GaussianNoise(-1.0), "deviation of at least 0; given -1.0"),
    ],
)
def test_settings_that_cannot_be_used(make, says):
    with pytest.raises(SettingError, match=says):
        make()
