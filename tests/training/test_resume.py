"""Stopped and resumed, a run has the bits of one that never stopped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassnet as gn
from glassnet.errors import DataError, ExistsError, MissingFileError, SettingError
from glassnet.files.lock import Lock
from glassnet.training import material

from .runs import VALIDATION, Edit, EveryStep, Press, PressBetween, Schedule, X, Y, everything, network, state, train

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")
Make = Callable[[], list[gn.Callback]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: [],
        lambda: [Schedule()],
        lambda: [gn.EarlyStopping(patience=3), Schedule()],
        lambda: [Edit(7), gn.EarlyStopping(patience=30)],
    ],
    ids=["plain", "schedule", "early stopping and schedule", "edited layer"],
)
def test_stopped_at_any_of_200_steps_and_resumed(tmp_path: Path, make: Make) -> None:
    """Through the folder: whatever is not in it is lost."""
    settings = {"epochs": 25, "batch_size": 8}  # 25 epochs of 8 steps
    straight = train(None, *make(), EveryStep(), **settings)
    last = straight.state.step
    assert last == 200 or straight.ended == "stopped"
    for step in range(1, last, 1 if last <= 80 else 7):
        out = tmp_path / str(step)
        stopped = train(out, *make(), Press(step), **settings)
        assert stopped.ended == ("interrupted" if stopped.reason == "" else "stopped")
        own = [callback for callback in make() if not isinstance(callback, gn.EarlyStopping)]
        resumed = gn.load_run(out).resume(callbacks=own)
        assert everything(resumed) == everything(straight), step
        shutil.rmtree(out)


@pytest.mark.parametrize(
    ("engine", "make"),
    [
        ("reference", lambda: []),
        pytest.param("native", lambda: [], marks=pytest.mark.needs_native),
        ("auto", lambda: [Schedule(), gn.EarlyStopping(patience=30)]),
    ],
    ids=["reference", "native", "schedule and early stopping"],
)
def test_stopped_at_every_one_of_200_steps_in_memory(engine: str, make: Make) -> None:
    straight = train(None, *make(), EveryStep(), epochs=25, engine=engine)
    assert straight.state.step == 200
    for step in range(1, 201):
        run = train(None, *make(), Press(step), epochs=25, engine=engine)
        assert everything(run.resume()) == everything(straight), step


@pytest.mark.parametrize("make", [lambda: [], lambda: [Schedule()]], ids=["plain", "schedule"])
def test_stopped_between_two_steps_or_epochs_and_resumed(tmp_path: Path, make: Make) -> None:
    """An epoch without a step is no epoch: it has no row, and it is not left out when the run goes on."""
    straight = train(None, *make(), EveryStep(), epochs=3)
    for step in range(24):
        out = tmp_path / str(step)
        stopped = train(out, *make(), PressBetween(step), epochs=3)
        assert (stopped.ended, stopped.state.step) == ("interrupted", step)
        assert [row["epoch"] for row in stopped.history] == list(range(1, -(-step // 8) + 1))
        resumed = gn.load_run(out).resume(callbacks=make())
        assert everything(resumed) == everything(straight), step
        if step % 8 == 0:  # between epochs the place is kept, and no step is taken again
            assert [entry["step"] for entry in resumed.record.store.entries() if entry["kind"] == "resume"] == [step]


def test_a_run_can_be_stopped_and_resumed_again_and_again(tmp_path: Path) -> None:
    straight = train(None, gn.EarlyStopping(patience=4))
    run = train(tmp_path / "run", gn.EarlyStopping(patience=4), Press(3))
    for step in (4, 5, 16, 17, 40, 77):
        run = gn.load_run(tmp_path / "run").resume(callbacks=[Press(step)])
        assert run.ended == "interrupted"
    assert everything(gn.load_run(tmp_path / "run").resume()) == everything(straight)
    assert gn.load_run(tmp_path / "run").verify()


def test_updates_are_counted_over_an_interrupt(tmp_path: Path) -> None:
    straight = train(None, updates=37)
    train(tmp_path / "run", Press(20), updates=37)
    resumed = gn.load_run(tmp_path / "run").resume()
    assert resumed.state.step == 37
    assert everything(resumed) == everything(straight)


def test_a_finished_run_resumes_to_itself(tmp_path: Path) -> None:
    run = train(tmp_path / "run")
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    loaded = gn.load_run(tmp_path / "run")
    assert loaded.resume() is loaded
    assert everything(loaded) == everything(run)
    assert before == {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}


def test_a_resumed_network_is_the_runs_own(tmp_path: Path) -> None:
    net = network()
    run = train(None, Press(9), net=net)
    assert run.resume().network is net
    assert net.epoch == 10


OPTIMIZERS = [
    *sorted(n for n, k in gn.optimizers.CATALOGUE.items() if k.elementwise or not k.full_batch),
    gn.optimizers.Adam(gn.schedules.Cosine(0.1, 40), ema=0.9),
    gn.optimizers.SGD(gn.schedules.WarmUp(gn.schedules.Step(0.1, 7), 5), clip_norm=0.5),
]


@settings(max_examples=25)
@given(
    widths=st.lists(st.integers(1, 5), min_size=0, max_size=2),
    activation=st.sampled_from(["relu", "tanh", "sigmoid", "leaky_relu"]),
    rate=st.sampled_from([0.0, 0.4]),
    optimizer=st.sampled_from(OPTIMIZERS),
    normalized=st.booleans(),
    engine=st.sampled_from(["auto", "reference"]),
    batch_size=st.integers(1, 70),
    dtype=st.sampled_from(["float32", "float64"]),
    shuffle=st.booleans(),
    weighted=st.booleans(),
    seed=st.integers(0, 2**64 - 1),
    stop=st.integers(1, 10_000),
)
def test_any_network_with_any_settings_resumes(
    tmp_path_factory: pytest.TempPathFactory,
    widths: list[int],
    activation: str,
    rate: float,
    optimizer: Any,
    normalized: bool,
    engine: str,
    batch_size: int,
    dtype: str,
    shuffle: bool,
    weighted: bool,
    seed: int,
    stop: int,
) -> None:
    def fit(out: Path | None, *callbacks: gn.Callback) -> Any:
        between = [gn.BatchNorm()] if normalized else []
        hidden = [each for w in widths for each in (gn.Dense(w, activation=activation), *between, gn.Dropout(rate))]
        return gn.Network([*hidden, gn.Dense(2)]).fit(
            X,
            Y,
            epochs=3,
            optimizer=optimizer,
            batch_size=max(batch_size, 2 if normalized else 1),  # the least that a BatchNorm takes
            dtype=dtype,
            engine=engine,
            shuffle=shuffle,
            seed=seed,
            sample_weight=np.arange(60) % 5 if weighted else None,
            callbacks=callbacks,
            out=out,
        )

    straight = fit(None)
    out = tmp_path_factory.mktemp("runs") / "run"
    fit(out, Press(1 + stop % max(1, straight.state.step - 1)))
    loaded = gn.load_run(out)
    assert everything(loaded.resume()) == everything(straight)
    assert gn.load_run(out).verify()


def test_what_the_reference_engine_measured_it_measures_after_resuming(tmp_path: Path) -> None:
    """The engine that was asked for measures the held-out rows, too."""
    straight = train(None, epochs=3, engine="reference")
    train(tmp_path / "run", Press(10), epochs=3, engine="reference")
    loaded = gn.load_run(tmp_path / "run")
    assert loaded.network.engine == "reference"
    assert everything(loaded.resume()) == everything(straight)


def test_pixels_and_scale_come_back(tmp_path: Path) -> None:
    pixels = (X * 40 + 128).clip(0, 255).astype(np.uint8).reshape(60, 2, 2)
    net = network()
    run = net.fit(pixels, Y, epochs=2, scale="symmetric", out=tmp_path / "run")
    loaded = gn.load_run(tmp_path / "run")
    assert loaded.verify()
    assert np.array_equal(loaded.network.logits(pixels), run.network.logits(pixels))


# ---- what is refused -------------------------------------------------------------------------------------------------


def test_ones_own_callback_has_to_be_given_again(tmp_path: Path) -> None:
    train(tmp_path / "run", Schedule(), Press(9))
    with pytest.raises(SettingError, match="your callback Schedule"):
        gn.load_run(tmp_path / "run").resume()
    with pytest.raises(SettingError, match="had no callback Edit"):
        gn.load_run(tmp_path / "run").resume(callbacks=[Schedule(), Edit()])
    assert gn.load_run(tmp_path / "run").resume(callbacks=[Schedule()]).ended == "finished"


def test_ones_own_metric_has_to_be_given_again(tmp_path: Path) -> None:
    def ones(true: Any, predicted: Any) -> float:
        return float(np.mean(predicted))

    straight = train(None, metrics=(ones, "accuracy"))
    train(tmp_path / "run", Press(9), metrics=(ones, "accuracy"))
    with pytest.raises(SettingError, match="resume\\(metrics"):
        gn.load_run(tmp_path / "run").resume()
    assert everything(gn.load_run(tmp_path / "run").resume(metrics=(ones, "accuracy"))) == everything(straight)


def test_large_data_have_to_be_given_again_and_be_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(material, "STORED_LIMIT", 100)
    straight = train(None)
    train(tmp_path / "run", Press(9))
    with pytest.raises(DataError, match=r"data of this run \(60 x 4\) were too large"):
        gn.load_run(tmp_path / "run").resume()
    with pytest.raises(DataError, match="not the data of this run"):
        gn.load_run(tmp_path / "run", X + 1, Y, validation_data=VALIDATION).resume()
    with pytest.raises(DataError, match="not the validation data of this run"):
        gn.load_run(tmp_path / "run", X, Y, validation_data=(X, Y)).resume()
    resumed = gn.load_run(tmp_path / "run", X, Y, validation_data=VALIDATION).resume()
    assert everything(resumed) == everything(straight)


def test_two_processes_on_one_run_are_refused(tmp_path: Path) -> None:
    train(tmp_path / "run", Press(9))
    other = Lock(tmp_path / "run")
    with pytest.raises(ExistsError, match="being written by another process"):
        gn.load_run(tmp_path / "run").resume()
    other.release()
    assert gn.load_run(tmp_path / "run").resume().ended == "finished"


def test_a_lock_left_behind_locks_nobody_out(tmp_path: Path) -> None:
    train(tmp_path / "run", Press(9))
    (tmp_path / "run" / ".lock").touch()
    assert gn.load_run(tmp_path / "run").resume().ended == "finished"
    assert not (tmp_path / "run" / ".lock").exists()


def test_what_is_no_run_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no run"):
        gn.load_run(tmp_path / "none")
    with pytest.raises(DataError, match=r"holds no run\.json"):
        gn.load_run(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(DataError, match="not the card of a run"):
        gn.load_run(tmp_path)


def without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(card: dict[str, Any]) -> None:
        for key in path[:-1]:
            card = card[key]
        del card[path[-1]]

    return change


def put(value: object, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(card: dict[str, Any]) -> None:
        for key in path[:-1]:
            card = card[key]
        card[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        without("architecture"),
        without("settings"),
        without("start"),
        without("targets"),
        put([], "settings"),
        put("many", "settings", "epochs"),
        put(-1, "settings", "last_step"),
        put(0, "settings", "rows"),
        put("full", "settings", "batch_size"),
        put(2**64, "settings", "seed"),
        put("float16", "settings", "dtype"),
        put({"name": "os.system"}, "optimizer"),
        put({"name": "adam", "beta1": 2}, "optimizer"),
        put([], "optimizer"),
        put("mse2", "loss"),
        put(None, "loss"),
        put(None, "targets"),
        put(1, "about"),
        put([10**12], "architecture", "input_shape"),
        put({"step": 0}, "start"),
        put(-1, "start", "optimizer"),
        put("warp", "engine"),
    ],
)
def test_a_forged_card_is_one_sentence(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    train(tmp_path / "run", Press(9))
    path = tmp_path / "run" / "run.json"
    card = json.loads(path.read_text())
    change(card)
    path.write_text(json.dumps(card))
    with pytest.raises((DataError, SettingError)) as caught:
        gn.load_run(tmp_path / "run").resume()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"{}",
        b'{"kind": "epoch"}',
        b'{"kind": "epoch", "step": -1, "record": {}}',
        b'{"kind": "epoch", "step": 8, "record": 1}',
        b'{"kind": "dance", "step": 8}',
        b'{"kind": "event", "step": 8, "event": "learning_rate", "value": "high"}',
        b'{"kind": "end", "step": 8, "ended": "well", "reason": ""}',
        b'{"kind": "resume", "step": 8, "entries": 99}',
        b"not json",
    ],
)
def test_a_forged_history_is_one_sentence(tmp_path: Path, line: bytes) -> None:
    train(tmp_path / "run", Press(9))
    with (tmp_path / "run" / "history.jsonl").open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(DataError) as caught:
        gn.load_run(tmp_path / "run")
    assert "\n" not in str(caught.value)


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    straight = train(None)
    train(tmp_path / "run", Press(9))
    with (tmp_path / "run" / "history.jsonl").open("ab") as file:
        file.write(b'{"kind": "epoch", "step": 16, "rec')
    resumed = gn.load_run(tmp_path / "run").resume()
    assert everything(resumed) == everything(straight)
    assert everything(gn.load_run(tmp_path / "run")) == everything(straight)


def test_a_changed_checkpoint_is_noticed(tmp_path: Path) -> None:
    train(tmp_path / "run")
    path = sorted((tmp_path / "run" / "checkpoints").glob("*.safetensors"))[-1]
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="digest differs"):
        gn.load_run(tmp_path / "run")


def test_loading_leaves_the_folder_alone(tmp_path: Path) -> None:
    train(tmp_path / "run", Press(9))
    before = sorted(path.name for path in (tmp_path / "run").rglob("*"))
    loaded = gn.load_run(tmp_path / "run")
    loaded.verify()
    loaded.replay(3)
    assert sorted(path.name for path in (tmp_path / "run").rglob("*")) == before
    assert state(loaded) == state(gn.load_run(tmp_path / "run"))


# ---- edits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loaded", [False, True])
def test_weights_that_were_edited_before_resuming_are_an_event(tmp_path: Path, loaded: bool) -> None:
    out = tmp_path / "run"
    run = train(out, Press(9))
    run = gn.load_run(out) if loaded else run
    run.network.parameters()["W1"][0, 0] = 0.75
    resumed = run.resume()
    assert resumed.events[-1] == {"event": "weights", "step": 9, "reason": "edited before resuming"}
    for again in (resumed, gn.load_run(out)):
        assert again.verify()
        assert again.replay(10).before.parameters["W1"][0, 0] == 0.75
        assert again.replay(9).after.parameters["W1"][0, 0] != 0.75
    assert state(resumed) != state(train(None))


def test_weights_that_were_edited_between_two_trainings_belong_to_the_second(tmp_path: Path) -> None:
    net = network()
    first = train(tmp_path / "1", net=net, epochs=2)
    net.parameters()["W1"][0, 0] = 0.75
    second = train(tmp_path / "2", net=net, epochs=2)
    for run in (first, second, gn.load_run(tmp_path / "1"), gn.load_run(tmp_path / "2")):
        assert run.verify()
    assert first.replay(16).after.parameters["W1"][0, 0] != 0.75
    assert gn.load_run(tmp_path / "2").replay(17).before.parameters["W1"][0, 0] == 0.75


class Tinker(gn.Callback):
    """Writes to the optimizer's state, and to nothing else."""

    def __init__(self, part: str) -> None:
        self.part = part

    def on_epoch_end(self, run: Any, record: dict[str, Any]) -> None:
        if run.epoch == 3 and self.part == "moment":
            run.state.moments["m"][2] = 1.0
        if run.epoch == 3 and self.part == "scalar":
            run.state.scalars["beta1_power"] = 0.5


@pytest.mark.parametrize("part", ["moment", "scalar"])
def test_an_edited_optimizer_is_an_event_too(tmp_path: Path, part: str) -> None:
    run = train(tmp_path / "run", Tinker(part))
    assert run.events == [{"event": "weights", "step": 24, "reason": "changed by a callback"}]
    assert gn.load_run(tmp_path / "run").verify()
    stopped = train(tmp_path / "stopped", Tinker(part), Press(37))
    assert stopped.ended == "interrupted"
    assert everything(gn.load_run(tmp_path / "stopped").resume(callbacks=[Tinker(part)])) == everything(run)
