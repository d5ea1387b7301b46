"""The run folder: what is in it, what is never in it, and when checkpoints are written."""

from __future__ import annotations

import getpass
import itertools
import json
import socket
import warnings
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import DataError, DivergedError, ExistsError, SettingError
from glassnet.files.journal import read_journal
from glassnet.files.store import Folder
from glassnet.training import recorder, spacing

from .runs import VALIDATION, Edit, EveryStep, Schedule, X, Y, network, state, train

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every piece of work, however little it was."""
    monkeypatch.setattr(spacing, "INTERVAL", 0.0)
    monkeypatch.setattr(spacing, "SHARE", 1e9)


class AtTheEnd(gn.Callback):
    """Writes to a weight when the training is over."""

    def on_fit_end(self, run: gn.Run) -> None:
        run.state.parameters["W1"][0, 0] = 0.25


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_run_folder_holds_what_was_promised(tmp_path: Path) -> None:
    run = train(tmp_path / "run")
    assert {name for name in files(tmp_path / "run") if "/" not in name} == {
        "run.json",
        "history.jsonl",
        "model.safetensors",
        "data.safetensors",
        "report.html",
    }
    lines = read_journal(tmp_path / "run" / "history.jsonl")
    assert [line["record"] for line in lines if line["kind"] == "epoch"] == run.history
    assert lines[-1] == {"kind": "end", "ended": "finished", "reason": "", "step": 80}
    loaded = gn.load(tmp_path / "run" / "model.safetensors")
    assert loaded.parameters().flat.tobytes() == run.network.parameters().flat.tobytes()


def test_the_card_says_how_and_on_what_and_by_what(tmp_path: Path) -> None:
    train(tmp_path / "run", gn.EarlyStopping(patience=50), optimizer="momentum")
    card = json.loads((tmp_path / "run" / "run.json").read_text())
    assert card["settings"] | {"rows": 60, "batch_size": 8, "epochs": 10, "seed": 4} == card["settings"]
    assert card["optimizer"] == {"name": "momentum", "learning_rate": 0.01, "eta": 0.9}
    assert card["callbacks"][0]["patience"] == 50
    assert card["data"]["train"]["source"] == "stored"
    assert card["versions"]["numpy"] == np.__version__
    assert card["start"] == {"step": 0, "epoch": 0, "optimizer": 0}


def test_nothing_in_a_run_says_where_or_who(tmp_path: Path) -> None:
    train(tmp_path / "run")
    places = {str(tmp_path), str(Path.home()), str(Path(gn.__file__).parents[2])}
    secrets = places | {getpass.getuser(), socket.gethostname()}
    for name in files(tmp_path / "run"):
        content = (tmp_path / "run" / name).read_bytes()
        found = [secret for secret in secrets if len(secret) > 4 and secret.encode() in content]
        assert found == [], name
    assert b"/home/" not in (tmp_path / "run" / "run.json").read_bytes()


def test_checkpoint_0_holds_the_start_weights(tmp_path: Path) -> None:
    train(tmp_path / "run")
    first = Folder(tmp_path / "run").valid()[0]
    numbers = Folder(tmp_path / "run").read(first).numbers
    assert numbers["step"] == 0
    assert numbers["values"].tobytes() == network().build(4, seed=4).parameters().flat.tobytes()


@pytest.mark.parametrize("existing", ["folder", "file"])
def test_an_output_that_exists_is_refused_before_anything_happens(tmp_path: Path, existing: str) -> None:
    (tmp_path / "run").mkdir() if existing == "folder" else (tmp_path / "run").write_text("mine")
    net = network()
    with pytest.raises(ExistsError, match="exists already"):
        train(tmp_path / "run", net=net)
    assert net.state is None
    assert existing == "folder" or (tmp_path / "run").read_text() == "mine"


def test_known_data_are_named_and_not_stored(tmp_path: Path) -> None:
    (X_train, y_train), (X_test, y_test) = gn.data.load("digits")
    gn.Network([gn.Dense(10)]).fit(X_train, y_train, epochs=1, validation_data=(X_test, y_test), out=tmp_path / "run")
    card = json.loads((tmp_path / "run" / "run.json").read_text())
    assert {part: described["source"] for part, described in card["data"].items()} == {
        "train": "digits",
        "validation": "digits",
    }
    assert "data.safetensors" not in files(tmp_path / "run")
    assert gn.load_run(tmp_path / "run").verify()


def test_a_run_is_the_same_with_and_without_a_folder(tmp_path: Path, quick: None) -> None:
    kept = train(tmp_path / "run", Schedule(), EveryStep())
    assert state(kept) == state(train(None, Schedule()))
    assert kept.events == train(None, Schedule(), EveryStep()).events


def test_in_memory_a_digest_waits_until_somebody_asks_or_its_checkpoint_goes(quick: None) -> None:
    run = train(None, EveryStep(), epochs=40)
    store = run.record.store
    assert (
        len(store._without) == len(store.names()) - 1
    )  # the first has no line; of those that were thinned out all are there
    lines = [line for line in store.entries() if line["kind"] == "checkpoint"]
    assert all(len(line["digest"]) == 32 for line in lines)
    kept = {checkpoint.place.entries: checkpoint.digest for checkpoint in map(store.read, store.names()[1:])}
    assert len(kept) < len(lines)
    assert all(store.entries()[number - 1]["digest"] == digest for number, digest in kept.items())
    assert run.verify()


def test_the_end_shares_the_numbers_of_a_checkpoint_at_its_step_unless_weights_were_changed(quick: None) -> None:
    for changed in (False, True):
        run = train(None, *([AtTheEnd()] if changed else []))
        before, last = map(run.record.store.read, run.record.store.names()[-2:])
        assert before.place.step == last.place.step
        assert (before.numbers is last.numbers) is not changed
        assert np.array_equal(last.numbers["values"], run.state.parameters.whole)


def test_events_are_lines_of_the_history(tmp_path: Path) -> None:
    run = train(tmp_path / "run", Edit(3))
    events = [line for line in read_journal(tmp_path / "run" / "history.jsonl") if line["kind"] == "event"]
    assert events == [{"kind": "event", "event": "weights", "step": 24, "reason": "changed by a callback"}]
    assert run.events == [{"event": "weights", "step": 24, "reason": "changed by a callback"}]


def test_restored_weights_of_early_stopping_are_an_event(tmp_path: Path) -> None:
    run = train(tmp_path / "run", gn.EarlyStopping(patience=1, min_delta=10.0))
    assert run.ended == "stopped"
    assert [event["event"] for event in run.events] == ["stop", "weights"]
    assert gn.load_run(tmp_path / "run").network.predict(X).tolist() == run.network.predict(X).tolist()


def test_checkpoints_come_at_the_pace_that_costs_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(0.0, 0.5)  # every look at the clock is half a second later
    for module in (recorder, spacing):
        monkeypatch.setattr(module, "perf_counter", lambda: next(clock))
    train(tmp_path / "run", EveryStep())
    paced = [line for line in read_journal(tmp_path / "run" / "history.jsonl") if line["kind"] == "checkpoint"]
    # One checkpoint takes half a second here, so the next is due 25 s, that is 50 looks, later.
    gaps = np.diff([line["step"] for line in paced[:-1]])
    assert len(gaps)
    assert (gaps >= 40).all()


def test_too_many_checkpoints_are_thinned_evenly(tmp_path: Path, quick: None) -> None:
    run = train(tmp_path / "run", EveryStep(), epochs=40)
    names = Folder(tmp_path / "run").valid()
    weights = run.state.parameters.flat.nbytes
    size = sum((tmp_path / "run" / "checkpoints" / f"{name}.safetensors").stat().st_size for name in names)
    overhead = 700 * len(names)  # of the headers: this network is tiny
    assert size - overhead < 40 * weights
    steps = [int(name.partition("-")[0]) for name in names]
    assert steps[0] == 0
    assert steps[-1] == 320
    assert max(np.diff(steps)) <= 320 / 4
    assert len(list((tmp_path / "run" / "checkpoints").glob("*.rest"))) == 1


def test_a_diverged_run_keeps_its_last_good_state(tmp_path: Path) -> None:
    with pytest.raises(DivergedError) as caught:
        gn.Network([gn.Dense(1)]).fit(
            X * 1e3, X[:, 0] * 1e5, loss="mse", optimizer=gn.optimizers.SGD(1e6), epochs=50, out=tmp_path / "run"
        )
    run = gn.load_run(tmp_path / "run")
    assert run.ended == "diverged"
    assert state(run) == state(caught.value.run)
    assert np.isfinite(run.state.parameters.flat).all()


def test_parts_of_ones_own_cannot_be_written_down(tmp_path: Path) -> None:
    rate = gn.optimizers.SGD(learning_rate=lambda step: 0.1)
    with pytest.raises(SettingError, match="cannot be stored in a file"):
        train(tmp_path / "run", optimizer=rate)
    assert not (tmp_path / "run").exists()


def test_a_run_in_memory_can_be_written_later(tmp_path: Path) -> None:
    run = train(None, Edit(3), gn.EarlyStopping())
    run.save(tmp_path / "run")
    loaded = gn.load_run(tmp_path / "run")
    assert state(loaded) == state(run)
    assert (loaded.history, loaded.events, loaded.ended) == (run.history, run.events, run.ended)
    assert loaded.verify()
    assert (tmp_path / "run" / "report.html").is_file()
    with pytest.raises(ExistsError):
        train(None).save(tmp_path / "run")


def test_training_on_writes_a_second_run_that_begins_where_the_first_ended(tmp_path: Path) -> None:
    net = network()
    first = train(tmp_path / "1", net=net, epochs=2)
    second = train(tmp_path / "2", net=net, epochs=2)
    assert (first.state.step, second.state.step) == (16, 32)
    loaded = gn.load_run(tmp_path / "2")
    assert [row["epoch"] for row in loaded.history] == [3, 4]
    assert loaded.verify()


def test_recording_warns_of_nothing(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(tmp_path / "run", Schedule(), validation_data=VALIDATION)


def test_words_and_sparse_rows_are_stored_and_found_again(tmp_path: Path) -> None:
    class Sparse:
        def __init__(self) -> None:
            rows, columns = np.nonzero(X > 0)
            self.data, self.indices = X[rows, columns], columns
            self.indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(X)))])
            self.shape = X.shape

    gn.Network([gn.Dense(2)]).fit(Sparse(), Y, epochs=2, out=tmp_path / "run", sample_weight=np.arange(1.0, 61.0))
    assert gn.load_run(tmp_path / "run").verify()


def test_a_run_that_is_not_replayable_keeps_no_checkpoint_and_says_so():
    run = train(None, replayable=False)
    assert run.record.store.valid() == []
    assert len(run.history) == len(train(None).history)
    with pytest.raises(DataError, match="trained with replayable=False"):
        run.replay(1)


def test_weights_of_held_out_rows_are_part_of_a_run(tmp_path):
    held_out = (*VALIDATION, np.arange(len(VALIDATION[1])) + 1.0)
    run = train(tmp_path / "run", validation_data=held_out, replayable=False)
    loaded = gn.load_run(tmp_path / "run")
    assert np.array_equal(loaded.material.validation_weight, held_out[2])
    assert loaded.verify().equal  # a folder is kept whatever `replayable` says
    other = train(None, validation_data=VALIDATION)
    assert run.history[-1]["val_loss"] != other.history[-1]["val_loss"]
