"""Replay: any step again, from the nearest checkpoint, without a callback, a validation or a metric."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import DataError, SettingError
from glassnet.files.store import Folder
from glassnet.training import history, recorder, spacing
from glassnet.training import replay as replaying
from glassnet.training.run import Run

from .runs import Edit, EveryStep, Press, Schedule, X, Y, network, train

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


class Remember(gn.Callback):
    """Keeps the weights before the callbacks of every step, and each step's loss."""

    every_step = True
    watches = True

    def __init__(self) -> None:
        self.after: dict[int, bytes] = {}
        self.losses: dict[int, float] = {}

    def on_steps(self, run: Run, losses: Any) -> None:
        self.after[run.state.step] = run.state.parameters.flat.tobytes()
        self.losses[run.state.step] = float(losses[0])


@pytest.mark.parametrize("in_folder", [True, False])
def test_every_step_can_be_replayed(tmp_path: Path, in_folder: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spacing, "INTERVAL", 0.0)
    seen = Remember()
    run = train(tmp_path / "run" if in_folder else None, seen, Schedule(), Edit(4))
    again = gn.load_run(tmp_path / "run") if in_folder else run
    for number in range(1, 81):
        step = again.replay(number)
        assert step.after.parameters.flat.tobytes() == seen.after[number]
        assert step.loss == seen.losses[number]
        assert (step.before.step, step.after.step, step.epoch) == (number - 1, number, 1 + (number - 1) // 8)
        assert len(step.rows) == (8 if number % 8 else 4)


def test_a_replayed_step_has_the_events_before_it(tmp_path: Path) -> None:
    run = train(tmp_path / "run", Schedule(), Edit(4))
    step = gn.load_run(tmp_path / "run").replay(33)  # the first of the fifth epoch
    assert step.before.parameters["W1"][0, 0] == 0.25
    assert step.learning_rate == 0.02 / 5
    assert run.replay(32).after.parameters["W1"][0, 0] != 0.25


def test_a_step_is_its_rule_applied_to_its_gradient(tmp_path: Path) -> None:
    run = gn.Network([gn.Dense(1)]).fit(
        X, X[:, 0], loss="mse", optimizer=gn.optimizers.SGD(0.1), batch_size=16, epochs=2, dtype="float64"
    )
    step = run.replay(6)
    W, b = step.before.parameters["W1"], step.before.parameters["b1"]
    residual = X[step.rows] @ W + b - X[step.rows, :1]
    assert step.loss == pytest.approx(float((residual**2).mean()), rel=1e-12)
    dW = 2 * X[step.rows].T @ residual / len(step.rows)
    assert step.after.parameters["W1"] == pytest.approx(W - 0.1 * dW, rel=1e-12)


def test_replay_asks_nobody(tmp_path: Path) -> None:
    class Once(gn.Callback):
        asked = 0

        def on_steps(self, run: Run, losses: Any) -> None:
            Once.asked += 1

        def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
            Once.asked += 1

    def metric(true: Any, predicted: Any) -> float:
        Once.asked += 1
        return 0.0

    run = train(None, Once(), metrics=(metric,))
    before = Once.asked
    run.replay(77)
    assert run.verify()
    assert Once.asked == before


@pytest.mark.parametrize("ask", ["replay", "verify", "diff"])
def test_replay_validates_and_measures_nothing(ask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever would be called is broken; a rate that was set, restored weights and an interrupt come back anyway."""
    run = train(None, Schedule(), Edit(2), gn.EarlyStopping(patience=1, min_delta=10.0), Press(9))
    run = run.resume()
    assert {event["event"] for event in run.events} == {"learning_rate", "weights", "stop"}

    def broken(*arguments: Any, **keywords: Any) -> Any:
        raise AssertionError("called")

    for owner, name in (
        (gn.Network, "evaluate"), (gn.Network, "_scores"), (history, "scores"), (gn.EarlyStopping, "on_epoch_end"),
        (gn.EarlyStopping, "on_fit_end"), (Schedule, "on_steps"), (Schedule, "on_epoch_end"), (Edit, "on_epoch_end"),
    ):  # fmt: skip
        monkeypatch.setattr(owner, name, broken)
    if ask == "replay":
        assert all(run.replay(step).number == step for step in range(1, run.state.step + 1))
    elif ask == "verify":
        assert run.verify()
    else:
        assert gn.diff(run, run)


def test_replaying_leaves_the_run_and_its_network_alone(tmp_path: Path) -> None:
    run = train(None)
    before = run.network.parameters().flat.copy()
    step = run.replay(5)
    step.after.parameters.flat[:] = 0
    run.verify()
    assert np.array_equal(run.network.parameters().flat, before)
    assert run.network.state is run.state
    assert run.epoch == run.network.epoch == 10


@pytest.mark.parametrize("step", [0, -1, 81, 1.5, "3", True])
def test_steps_that_are_none_are_refused(step: Any) -> None:
    with pytest.raises(SettingError, match="it has the steps 1 to 80"):
        train(None).replay(step)


def test_steps_go_on_counting_when_a_network_is_trained_again() -> None:
    net = network()
    train(None, net=net, epochs=2)
    second = train(None, net=net, epochs=2)
    assert second.replay(17).epoch == 3
    with pytest.raises(SettingError, match="17 to 32"):
        second.replay(16)


def test_an_interrupted_run_replays_as_far_as_it_went(tmp_path: Path) -> None:
    train(tmp_path / "run", gn.EarlyStopping(), Press(13))
    run = gn.load_run(tmp_path / "run")
    assert run.replay(13).after.step == 13
    assert run.verify()
    with pytest.raises(SettingError, match="1 to 13"):
        run.replay(14)


def test_runs_verify_with_everything_in_them(tmp_path: Path) -> None:
    train(tmp_path / "run", gn.EarlyStopping(patience=2, min_delta=0.01), Schedule(), Edit(2), EveryStep())
    verdict = gn.load_run(tmp_path / "run").verify()
    assert verdict
    assert "at every step" in str(verdict)


def test_a_run_with_another_seed_in_its_card_does_not_verify(tmp_path: Path) -> None:
    train(tmp_path / "run")
    card = json.loads((tmp_path / "run" / "run.json").read_text())
    card["settings"]["seed"] = 5
    card["versions"]["numpy"] = "1.0"
    (tmp_path / "run" / "run.json").write_text(json.dumps(card))
    run = gn.load_run(tmp_path / "run")
    verdict = run.verify()
    assert (verdict.equal, verdict.step) == (False, 8)
    assert "numpy 1.0" in verdict.sentence
    with pytest.raises(DataError, match="other numbers than were recorded"):
        run.replay(8)


def test_a_run_whose_data_were_changed_in_memory_does_not_verify() -> None:
    data = X.copy()
    run = network().fit(data, Y, epochs=3)
    data[5] += 0.01
    verdict = run.verify()
    assert not verdict
    assert verdict.step == run.state.step
    assert verdict.quantity is not None
    assert verdict.values is not None


def test_runs_too_large_for_memory_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MEMORY", 10)
    run = train(None)
    for wanted in (0, 3):
        with pytest.raises(SettingError, match="no step"):
            run.replay(wanted)
    with pytest.raises(DataError, match="too large to be kept in memory"):
        run.verify()


@pytest.mark.needs_mnist
def test_replaying_mnist_costs_little(tmp_path: Path, mnist_dir: Path) -> None:
    (X_train, y_train), (X_test, y_test) = gn.data.load("mnist", mnist_dir)
    net = gn.Network([gn.Dense(128, activation="relu"), gn.Dense(10)])
    started = time.perf_counter()
    run = net.fit(X_train, y_train, epochs=10, batch_size=64, validation_data=(X_test, y_test), out=tmp_path / "run")
    trained = time.perf_counter() - started
    folder = tmp_path / "run"
    stored = sum(file.stat().st_size for file in (folder / "checkpoints").iterdir())
    assert stored < 40 * os.path.getsize(folder / "model.safetensors")
    assert not (folder / "data.safetensors").exists()
    loaded = gn.load_run(folder, data_dir=mnist_dir)
    _ = loaded.material
    ends = [int(name.partition("-")[0]) for name in Folder(folder).valid()]
    farthest = max(np.diff(ends), default=0)
    costs = []
    for step in (1, int(ends[int(np.argmax(np.diff(ends)))] + farthest), run.state.step):
        started = time.perf_counter()
        loaded.replay(step)
        costs.append(time.perf_counter() - started)
    assert max(costs) < min(trained, 6 * max(1.0, trained / 12))  # 6 s on a machine that trains in 12


# ---- by another engine -----------------------------------------------------------------------------------------------


@pytest.mark.needs_native
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("made_by", "checked_by"), [("native", "reference"), ("reference", "native")])
def test_a_run_is_verified_to_rounding_by_the_other_engine(
    tmp_path: Path, made_by: str, checked_by: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spacing, "INTERVAL", 0.0)
    train(tmp_path / "run", Schedule(), Edit(4), gn.EarlyStopping(patience=50), engine=made_by, dtype=dtype)
    run = gn.load_run(tmp_path / "run")
    verdict = run.verify(engine=checked_by)
    assert verdict
    assert f"by the {checked_by} engine" in str(verdict)
    assert "to rounding" in str(verdict)
    assert "at every step" in str(run.verify())  # and to the bit by its own
    one, other = run.replay(60), run.replay(60, engine=checked_by)
    assert other.loss == pytest.approx(one.loss, rel=1e-4)
    assert np.allclose(other.after.parameters.flat, one.after.parameters.flat, rtol=1e-3, atol=1e-4)


@pytest.mark.needs_native
def test_another_run_is_not_taken_for_rounding(tmp_path: Path) -> None:
    train(tmp_path / "run", engine="native")
    card = json.loads((tmp_path / "run" / "run.json").read_text())
    card["settings"]["seed"] = 5
    (tmp_path / "run" / "run.json").write_text(json.dumps(card))
    verdict = gn.load_run(tmp_path / "run").verify(engine="reference")
    assert not verdict
    assert "rounding explains at most 0.01." in str(verdict)


@pytest.mark.needs_native
def test_without_the_engine_of_a_run_the_sentence_names_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(tmp_path / "run", engine="native")
    run = gn.load_run(tmp_path / "run")
    monkeypatch.setattr(replaying, "unavailable", lambda: "it was not built")
    for ask in (run.verify, lambda: run.replay(3), lambda: gn.diff(run, run)):
        with pytest.raises(SettingError, match=r"made by the native engine, and there is none here: it was not built"):
            ask()
    assert run.verify(engine="reference")
    assert run.replay(3, engine="reference").number == 3
    assert gn.diff(run, run, engine="reference")
