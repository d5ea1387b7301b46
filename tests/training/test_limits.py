"""What stands around the optimizer's rule: penalties, limits, decay, running means and accumulated gradients."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine import EngineNotice, choose
from glassnet.errors import SettingError
from glassnet.layers.penalty import Penalty
from glassnet.typing import Array

from .runs import EveryStep, Press, X, Y, everything, state, train

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

T = X[:, :1] - X[:, 1:2]


def line(**settings: Any) -> gn.Network:
    """One linear layer of two columns."""
    net = gn.Network([gn.Dense(2, **settings)]).build(4, dtype="float64")
    net.parameters()["W1"][...] = np.arange(8.0).reshape(4, 2) - 3
    net.parameters()["b1"][...] = [0.5, -0.5]
    return net


def step(net: gn.Network, optimizer: Any = None, **settings: Any) -> Array:
    """W1 after one step of gradient descent with the rate 1/2 over all rows."""
    chosen: dict[str, Any] = {"epochs": 1, "batch_size": "full", "engine": "reference", "metrics": ()}
    net.fit(X, np.hstack([T, T]), loss="mse", optimizer=optimizer or gn.optimizers.SGD(0.5), **(chosen | settings))
    return net.parameters()["W1"].copy()


START = line().parameters()["W1"].copy()
GRADIENT = (START - step(line())) / 0.5


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"l1": 0.1}, START - 0.5 * (GRADIENT + 0.1 * np.sign(START))),
        ({"l2": 0.1}, START - 0.5 * (GRADIENT + 0.2 * START)),
        ({"weight_decay": 0.1}, START - 0.5 * 0.1 * START - 0.5 * GRADIENT),
        ({"l1": 0.1, "l2": 0.2}, START - 0.5 * (GRADIENT + 0.1 * np.sign(START) + 0.4 * START)),
        ({"l2_shared": 0.3}, START - 0.5 * (GRADIENT + 2 * 0.3 / len(X) * START)),
    ],
    ids=["l1", "l2", "weight_decay", "both", "l2_shared"],
)
def test_a_step_with_a_penalty(settings: dict[str, float], expected: Array) -> None:
    net = line(**settings)
    np.testing.assert_allclose(step(net), expected, rtol=1e-13)
    bias = line()
    step(bias)
    np.testing.assert_array_equal(net.parameters()["b1"], bias.parameters()["b1"])  # never penalised


@pytest.mark.parametrize("settings", [{"l1": 0.01}, {"l2": 0.01}, {"l1": 0.02, "l2": 0.03}, {"l2_shared": 0.2}])
def test_what_is_minimised_is_the_loss_and_the_penalty(settings: dict[str, float]) -> None:
    """The step's gradient is the slope of loss + penalty, found by differences along a random direction."""
    net = line(**settings)
    direction = np.random.default_rng(1).normal(size=START.shape)

    def objective(move: float) -> float:
        moved = line(**settings)
        moved.parameters()["W1"][...] += move * direction
        run = moved.fit(X, np.hstack([T, T]), loss="mse", optimizer=gn.optimizers.SGD(0.0), epochs=1, batch_size="full")
        return float(run.history[0]["loss"] + run.history[0]["penalty"])

    slope = (objective(1e-5) - objective(-1e-5)) / 2e-5
    assert ((START - step(net)) / 0.5 * direction).sum() == pytest.approx(slope, rel=1e-8)


def test_the_history_has_the_penalty_beside_the_loss_and_evaluate_the_loss_alone() -> None:
    net = line(l2=0.5)
    before = line().fit(X, np.hstack([T, T]), loss="mse", optimizer=gn.optimizers.SGD(0.0), epochs=1, batch_size="full")
    run = net.fit(X, np.hstack([T, T]), loss="mse", optimizer=gn.optimizers.SGD(0.0), epochs=1, batch_size="full")
    assert run.history[0]["loss"] == pytest.approx(before.history[0]["loss"], rel=1e-12)
    assert run.history[0]["penalty"] == pytest.approx(0.5 * (START**2).sum(), rel=1e-12)
    assert "penalty" not in before.history[0]
    assert net.evaluate(X, np.hstack([T, T]))["loss"] == pytest.approx(run.history[0]["loss"], rel=1e-12)


def test_max_norm_limits_the_weights_into_a_unit() -> None:
    free = step(line())
    limited = step(line(max_norm=2.0))
    lengths = np.linalg.norm(free, axis=0)
    np.testing.assert_allclose(limited, free * np.minimum(1, 2.0 / lengths), rtol=1e-13)
    assert (np.linalg.norm(free, axis=0) > 2).any()


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("l1", -1.0, "l1 of a layer must be a finite number at least 0; given -1.0."),
        ("l2", "much", "l2 of a layer must be a finite number at least 0; given 'much'."),
        ("weight_decay", float("nan"), "weight_decay of a layer must be a finite number at least 0; given nan."),
        ("max_norm", 0.0, "max_norm of a layer must be a finite number above 0, or None; given 0.0."),
    ],
)
def test_a_penalty_that_is_none_is_a_sentence(setting: str, value: Any, says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        gn.Dense(3, **{setting: value})


def test_penalties_are_part_of_the_layer_and_of_the_model_file(tmp_path: Path) -> None:
    layer = gn.Dense(2, l1=1e-4, l2=1e-3, max_norm=3.0, weight_decay=0.01, l2_shared=0.1)
    assert layer.penalty == Penalty(1e-4, 1e-3, 3.0, 0.01, 0.1)
    assert "l2=0.001" in repr(layer)
    net = gn.Network([layer]).build(4)
    net.save(tmp_path / "model.safetensors")
    assert gn.load(tmp_path / "model.safetensors").layers == net.layers


# ---- clipping --------------------------------------------------------------------------------------------------------


def whole_gradient(net: gn.Network, **settings: Any) -> Array:
    before = net.parameters().flat.copy()
    step(net, gn.optimizers.SGD(0.5, **settings))
    return (before - net.parameters().flat) / 0.5


def test_clipping_by_norm_keeps_the_direction_of_the_whole_gradient() -> None:
    free, clipped = whole_gradient(line()), whole_gradient(line(), clip_norm=0.25)
    np.testing.assert_allclose(clipped, 0.25 * free / np.linalg.norm(free), rtol=1e-11)
    np.testing.assert_allclose(whole_gradient(line(), clip_norm=1e6), free, rtol=1e-14)


def test_clipping_by_value_and_then_by_norm() -> None:
    free = whole_gradient(line())
    np.testing.assert_allclose(whole_gradient(line(), clip_value=0.5), np.clip(free, -0.5, 0.5), rtol=1e-12)
    both = np.clip(free, -0.5, 0.5)
    expected = 0.1 * both / np.linalg.norm(both)
    np.testing.assert_allclose(whole_gradient(line(), clip_value=0.5, clip_norm=0.1), expected, rtol=1e-11)


def test_a_penalty_is_clipped_with_the_gradient() -> None:
    clipped = whole_gradient(line(l2=100.0), clip_norm=0.25)
    assert np.linalg.norm(clipped) == pytest.approx(0.25, rel=1e-11)


@pytest.mark.parametrize(
    ("setting", "value"), [("clip_norm", 0.0), ("clip_value", -1.0), ("ema", 1.0), ("ema", "most")]
)
def test_a_limit_that_is_none_is_a_sentence(setting: str, value: Any) -> None:
    with pytest.raises(SettingError, match=f"SGD: {setting} must be a finite number and"):
        gn.optimizers.SGD(0.1, **{setting: value})


def test_limits_are_settings_by_name_and_in_files() -> None:
    optimizer = gn.optimizers.get("adam", clip_norm=1.0, ema=0.99)
    assert optimizer.config()["clip_norm"] == 1.0
    assert "clip_value" not in optimizer.config()
    assert gn.optimizers.from_config(optimizer.config()) == optimizer
    assert repr(gn.optimizers.SGD(0.1, clip_norm=1.0)) == "SGD(learning_rate=0.1, clip_norm=1.0)"


# ---- a running mean of the weights -----------------------------------------------------------------------------------


class Weights(gn.Callback):
    every_step = True
    watches = True

    def __init__(self) -> None:
        self.seen: list[Array] = []

    def on_steps(self, run: gn.Run, losses: Any) -> None:
        self.seen.append(run.state.parameters.flat.astype(np.float64))


@pytest.fixture(scope="module")
def averaged() -> tuple[gn.Run, Array]:
    """A run with a running mean, and that mean by hand."""
    seen = Weights()
    run = train(None, seen, optimizer=gn.optimizers.Adam(0.02, ema=0.9), epochs=3, dtype="float64")
    weights = 0.9 ** np.arange(len(seen.seen))[::-1]
    return run, np.average(seen.seen, axis=0, weights=weights)


def test_predictions_use_the_mean_and_training_the_weights(averaged: tuple[gn.Run, Array], tmp_path: Path) -> None:
    run, mean = averaged
    net = run.network
    np.testing.assert_allclose(run.weights, mean, rtol=1e-12)
    assert not np.allclose(net.parameters().flat, mean, rtol=1e-3)
    by_hand = gn.Network(net.layers).build(4, dtype="float64")
    by_hand.parameters().flat[:] = run.weights
    np.testing.assert_allclose(net.logits(X), by_hand.logits(X), rtol=1e-12)
    assert run.history[-1]["val_loss"] == net.evaluate(X[:20] + 0.1, Y[:20])["loss"]
    net.save(tmp_path / "model.safetensors")
    loaded = gn.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.parameters().flat, run.weights)
    np.testing.assert_array_equal(loaded.predict_proba(X), net.predict_proba(X))
    np.testing.assert_array_equal(loaded.predict_proba(X[:1]), net.predict_proba(X[:1]))


def test_training_with_a_mean_takes_the_steps_of_training_without() -> None:
    one = train(None, optimizer=gn.optimizers.Adam(0.02), epochs=2)
    other = train(None, optimizer=gn.optimizers.Adam(0.02, ema=0.9), epochs=2, engine=one.engine and "reference")
    again = train(None, optimizer=gn.optimizers.Adam(0.02), epochs=2, engine="reference")
    np.testing.assert_array_equal(other.state.parameters.flat, again.state.parameters.flat)


def test_early_stopping_restores_the_mean_that_was_measured() -> None:
    stopping = gn.EarlyStopping(patience=2)
    run = train(None, stopping, optimizer=gn.optimizers.Adam(0.2, ema=0.8), epochs=40, engine="reference")
    assert run.ended == "stopped"
    best = min(row["val_loss"] for row in run.history)
    assert run.network.evaluate(X[:20] + 0.1, Y[:20])["loss"] == best
    assert run.network.parameters().flat.tobytes() == run.weights.tobytes()


# ---- gradients in pieces ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
def test_accumulated_gradients_are_those_of_the_large_batch(weighted: bool) -> None:
    weight = np.random.default_rng(5).uniform(size=60) * (np.arange(60) % 7 > 1) if weighted else None
    settings = {"dtype": "float64", "epochs": 3, "engine": "reference", "sample_weight": weight}
    large = train(None, batch_size=16, **settings)
    small = train(None, batch_size=4, accumulate=4, **settings)
    assert small.program.batch_size == 16
    assert small.state.step == large.state.step == 12
    np.testing.assert_allclose(small.state.parameters.flat, large.state.parameters.flat, rtol=1e-9, atol=1e-12)
    assert small.history[-1]["loss"] == pytest.approx(large.history[-1]["loss"], rel=1e-9)
    assert small.history[-1]["accuracy"] == large.history[-1]["accuracy"]


def test_a_piece_in_which_no_row_counts_is_passed_over() -> None:
    weight = np.repeat([0.0, 1.0], 30)
    run = train(None, batch_size=30, accumulate=2, shuffle=False, sample_weight=weight, epochs=1, engine="reference")
    assert np.isfinite(run.history[0]["loss"])


def test_the_likelihood_cannot_be_accumulated() -> None:
    with pytest.raises(SettingError, match="one product over all rows"):
        gn.Network([gn.Dense(2, activation="softmax")]).fit(
            X, np.eye(2)[(Y == "low") * 1], loss="likelihood", accumulate=2, batch_size=4
        )


def test_the_root_of_a_mean_cannot_be_accumulated() -> None:
    with pytest.raises(SettingError, match="one root over all rows"):
        gn.Network([gn.Dense(1)]).fit(X, X[:, 0], loss="rmse", accumulate=2, batch_size=4)


# ---- runs ------------------------------------------------------------------------------------------------------------


def everything_at_once() -> gn.Network:
    hidden = gn.Dense(5, activation="tanh", l1=1e-4, l2=1e-3, max_norm=1.0, weight_decay=0.1)
    return gn.Network([hidden, gn.Dropout(0.3), gn.Dense(2, l2=1e-3)])


def test_a_run_with_all_of_it_is_resumed_replayed_and_verified(tmp_path: Path) -> None:
    optimizer = gn.optimizers.AdamW(
        gn.schedules.Cosine(0.02, steps=60), clip_norm=0.5, clip_value=0.2, ema=0.9, weight_decay=0.05
    )
    settings = {"optimizer": optimizer, "batch_size": 3, "accumulate": 3, "engine": "reference", "epochs": 6}
    whole = train(tmp_path / "whole", EveryStep(), net=everything_at_once(), **settings)
    broken = train(tmp_path / "broken", EveryStep(), Press(23), net=everything_at_once(), **settings)
    assert broken.ended == "interrupted"
    resumed = gn.load_run(tmp_path / "broken").resume(callbacks=[EveryStep()])
    assert state(resumed) == state(whole)
    loaded = gn.load_run(tmp_path / "whole")
    assert everything(loaded) == everything(whole)
    assert loaded.program == replace(whole.program, specification=loaded.program.specification)
    assert loaded.network.evaluate(X, Y) == pytest.approx(whole.network.evaluate(X, Y), rel=1e-6)  # another engine
    assert loaded.replay(42).after.moments["ema"].tobytes() == whole.state.moments["ema"].tobytes()
    assert loaded.verify().equal


@pytest.mark.needs_native
@pytest.mark.parametrize(
    ("layer", "settings", "says"),
    [
        (gn.Dense(2, l1=0.1), {}, "no kernel for the limits of W1"),
        (gn.Dense(2), {"ema": 0.9}, "no kernel for the setting ema=0.9 of the optimizer adam"),
        (gn.Dense(2), {"accumulate": 2}, "no kernel for the setting piece=8 of the training"),
    ],
)
def test_the_native_engine_says_what_it_cannot(layer: gn.Layer, settings: dict[str, Any], says: str) -> None:
    own = {name: value for name, value in settings.items() if name != "accumulate"}
    rest = {name: value for name, value in settings.items() if name == "accumulate"}
    with pytest.raises(SettingError, match=re.escape(says)):
        train(None, net=gn.Network([layer]), optimizer=gn.optimizers.Adam(**own), engine="native", epochs=1, **rest)


@pytest.mark.needs_native
def test_a_network_with_penalties_predicts_on_the_native_engine(recwarn: pytest.WarningsRecorder) -> None:
    plain, penalised = (gn.Network([gn.Dense(2, **chosen)]).build(4) for chosen in ({}, {"l2": 0.1, "max_norm": 3.0}))
    for net in (plain, penalised):
        net.engine = "native"
    assert plain.logits(X).tobytes() == penalised.logits(X).tobytes()
    assert choose("native").name == "native"
    assert not [w for w in recwarn if issubclass(w.category, EngineNotice)]


@pytest.mark.parametrize("engine", ["reference", pytest.param("native", marks=pytest.mark.needs_native)])
@pytest.mark.parametrize("settings", [{"l2_shared": 0.3}, {"l2_shared": 0.3, "l2": 0.01}], ids=repr)
def test_a_shared_penalty_sees_a_weight_as_so_many_rows(engine: str, settings: dict[str, float]) -> None:
    """A row of the weight 2 is one that stands there twice, of the weight 0 one that is not there: penalties too."""
    weights = np.arange(len(X)) % 3
    repeated = np.repeat(np.arange(len(X)), weights)
    nets = [line(**settings) for _ in range(2)]
    common: dict[str, Any] = {"loss": "mse", "epochs": 20, "batch_size": "full", "engine": engine}
    targets = np.hstack([T, T])
    first = nets[0].fit(X, targets, sample_weight=weights, **common)
    second = nets[1].fit(X[repeated], targets[repeated], **common)
    np.testing.assert_allclose(nets[0].parameters().flat, nets[1].parameters().flat, rtol=1e-9)
    assert first.history[-1]["penalty"] == pytest.approx(second.history[-1]["penalty"], rel=1e-9)


@pytest.mark.parametrize(
    ("net", "optimizer"),
    [
        (gn.Network([gn.Dense(2)]), gn.optimizers.SGD(clip_norm=1.0)),
        (gn.Network([gn.Dense(2, l2=1.0, l2_shared=0.5)]), gn.optimizers.SGD()),
    ],
)
def test_a_trace_opens_what_stands_around_the_rule(net: gn.Network, optimizer: Any) -> None:
    trace = gn.dissect(net, X, Y, optimizer=optimizer)
    assert trace.notes == ()
    assert trace["W1.new"].formula != "W1.new as the engine has it"
