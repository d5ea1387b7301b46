"""Schedules in a training: which rates it takes, what a plateau does, and that runs with them are exact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import glassnet as gn
from glassnet.errors import SettingError
from glassnet.training.run import Run

from .runs import EveryStep, Press, X, Y, everything, network, state, train

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

PLATEAU = gn.schedules.WarmUp(
    gn.schedules.Plateau(0.05, factor=0.5, patience=1, monitor="val_accuracy", min_delta=0.02), steps=9
)
SCHEDULES = [gn.schedules.WarmUp(gn.schedules.CosineRestarts(0.05, steps=20), steps=9), PLATEAU]


def adam(rate: Any) -> gn.optimizers.Adam:
    return gn.optimizers.Adam(rate)


def rates_of(run: Run, steps: int) -> list[float]:
    return [run.replay(step).learning_rate for step in range(1, steps + 1)]


def test_every_step_has_the_rate_of_its_schedule() -> None:
    schedule = gn.schedules.OneCycle(0.02, steps=16)
    run = train(None, optimizer=adam(schedule), epochs=2)
    assert rates_of(run, 16) == [schedule(step) for step in range(16)]


def test_training_on_goes_on_in_the_schedule_and_another_optimizer_begins_a_new_one() -> None:
    schedule, other, net = gn.schedules.Cosine(0.02, steps=16), gn.schedules.Cosine(0.01, steps=8), network()
    first = train(None, optimizer=adam(schedule), epochs=1, net=net)
    second = train(None, optimizer=adam(schedule), epochs=1, net=net)
    third = train(None, optimizer=adam(other), epochs=1, net=net)
    assert rates_of(first, 8) == [schedule(step) for step in range(8)]
    assert [second.replay(9 + step).learning_rate for step in range(8)] == [schedule(8 + step) for step in range(8)]
    assert [third.replay(17 + step).learning_rate for step in range(8)] == [other(step) for step in range(8)]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["restarts", "plateau"])
@pytest.mark.parametrize("engine", ["reference", "auto"])
def test_a_run_is_resumed_replayed_and_verified(tmp_path: Path, schedule: Any, engine: str) -> None:
    settings = {"optimizer": adam(schedule), "engine": engine}
    whole = train(tmp_path / "whole", EveryStep(), **settings)
    broken = train(tmp_path / "broken", EveryStep(), Press(43), **settings)
    assert broken.ended == "interrupted"
    resumed = gn.load_run(tmp_path / "broken").resume(callbacks=[EveryStep()])
    assert state(resumed) == state(whole)
    without_interrupt = [event for event in resumed.events if event["event"] != "interrupt"]
    assert without_interrupt == whole.events
    loaded = gn.load_run(tmp_path / "whole")
    assert everything(loaded) == everything(whole)
    assert loaded.program.optimizer == whole.program.optimizer
    assert rates_of(loaded, 80) == rates_of(whole, 80)
    assert loaded.verify().equal


def test_a_plateau_lowers_the_rate_and_says_so() -> None:
    run = train(None, optimizer=adam(PLATEAU))
    changes = [event for event in run.events if event["event"] == "learning_rate"]
    assert [event["value"] for event in changes] == [0.05 * 0.5 ** (n + 1) for n in range(len(changes))]
    assert len(changes) >= 2
    # By hand: the best so far, the epochs since then, and nothing before the warm-up of 9 steps is over.
    best, since, expected = -1.0, 0, []
    for row in run.history:
        epoch, score = row["epoch"], row["val_accuracy"]
        if score > best + 0.02:
            best, since = score, epoch
        elif epoch * 8 < 9:
            since = epoch
        elif epoch - since >= 1:
            since = epoch
            expected.append(epoch * 8)
    assert [event["step"] for event in changes] == expected


def test_a_plateau_has_a_floor() -> None:
    rate = gn.schedules.Plateau(0.01, factor=0.1, patience=1, floor=0.002, min_delta=100.0)
    run = train(None, optimizer=adam(rate), epochs=5)
    assert [event["value"] for event in run.events] == [0.002]


def test_a_plateau_over_a_column_that_is_not_there_is_a_sentence() -> None:
    rate = gn.schedules.Plateau(0.01, monitor="val_acuracy")
    with pytest.raises(SettingError, match="no column of the history 'val_acuracy'; did you mean 'val_accuracy'"):
        train(None, optimizer=adam(rate), epochs=2)


def test_a_function_that_no_file_can_hold_is_refused_before_anything_is_changed(tmp_path: Path) -> None:
    net = network().build(4, dtype="float32")
    before = net.parameters().flat.tobytes()
    with pytest.raises(SettingError, match="a Python function as its learning rate"):
        net.fit(X, Y, optimizer=adam(lambda step: 0.1), out=tmp_path / "run", epochs=1)
    assert net.optimizer is None
    assert net.parameters().flat.tobytes() == before
    assert not (tmp_path / "run").exists()
