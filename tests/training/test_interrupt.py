"""Ctrl-C between any two lines of the loop, and a kill after any call of the disk: no bit of the run is another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.files import atomic, journal
from glassnet.training import spacing
from glassnet.training.run import Run

from .lines import at_line, press
from .runs import Edit, EveryStep, Press, Schedule, X, Y, everything, network, train

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")
ROWS, LABELS = X[:20], Y[:20]  # three steps an epoch
Make = Callable[[], list[gn.Callback]]


def fit(out: Path | None = None, *callbacks: gn.Callback, **settings: Any) -> Run:
    chosen: dict[str, Any] = {"epochs": 2, "batch_size": 8, "metrics": [], "seed": 4}
    return network().fit(ROWS, LABELS, callbacks=callbacks, out=out, **(chosen | settings))


# Callbacks, settings, and every how many lines Ctrl-C comes: the lines of a step come again in every other one.
WAYS: list[tuple[Make, dict[str, Any], int]] = [
    (lambda: [], {"epochs": 3}, 1),  # all epochs at once
    (lambda: [EveryStep()], {}, 3),
    (lambda: [Schedule(), Edit(1)], {"updates": 5, "metrics": None}, 5),
    (lambda: [EveryStep(), gn.EarlyStopping(patience=1)], {"validation_data": (ROWS + 0.1, LABELS), "epochs": 3}, 7),
]


@pytest.mark.parametrize(("make", "settings", "every"), WAYS, ids=["at once", "steps", "edited", "early stopping"])
def test_ctrl_c_before_a_line_and_resumed(make: Make, settings: dict[str, Any], every: int) -> None:
    """In memory, where nothing is kept that was not asked for. From its first hearing on no Ctrl-C raises."""
    straight = everything(fit(None, *make(), **settings))
    interrupted = 0
    for number in count(1, every):
        with at_line(number, press) as lines:
            try:
                run = fit(None, *make(), **settings)
            except KeyboardInterrupt:
                assert lines.where in ("__init__", "material"), number
                continue
        if not lines.where:
            break
        assert not any(np.isnan(row["loss"]) for row in run.history)
        assert run.ended == "interrupted" or everything(run) == straight, number
        assert (run.ended == "interrupted") <= (run.reason == "")
        interrupted += run.ended == "interrupted"
        assert everything(run.resume()) == straight, (number, lines.where)
    assert interrupted > 20


def test_ctrl_c_before_a_line_and_resumed_from_a_folder(tmp_path: Path) -> None:
    straight = everything(fit(None, Schedule()))
    for number in range(25, 1500, 23):
        out = tmp_path / str(number)
        with at_line(number, press) as lines:
            run = fit(out, Schedule())
        assert (out / "report.html").exists()
        loaded = gn.load_run(out)
        assert everything(loaded) == everything(run)
        assert loaded.verify()
        assert everything(loaded.resume(callbacks=[Schedule()])) == straight, (number, lines.where)
        assert gn.load_run(out).verify()
        shutil.rmtree(out)
        if not lines.where:
            return
    raise AssertionError("the run has more lines")


class Watched:
    """The `os` module; after each call that changes a file of the run, the run is copied: what a kill would leave."""

    def __init__(self, run: Path, copies: Path) -> None:
        self.run, self.copies = run, copies
        self.files: list[tuple[Path, int, int]] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in ("write", "replace", "rename", "remove", "unlink", "ftruncate"):
            return real

        def call(*arguments: Any, **keywords: Any) -> Any:
            result = real(*arguments, **keywords)
            whole = [path for path in self.run.rglob("*") if path.is_file() and path.suffix != ".tmp"]
            files = sorted((path, path.stat().st_size, path.stat().st_ino) for path in whole)
            if files != self.files:
                self.files = files
                shutil.copytree(self.run, self.copies / f"{len(os.listdir(self.copies)):04d}")
            return result

        return call


@pytest.mark.parametrize("settings", [{}, {"updates": 2}], ids=["epochs", "updates"])
def test_killed_after_any_call_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    """Every checkpoint that can be written is. After the end line the report alone is missing, and comes as well."""
    monkeypatch.setattr(spacing, "INTERVAL", 0.0)
    monkeypatch.setattr(spacing, "SHARE", 1e9)
    straight = everything(fit(None, Schedule(), Edit(1), **settings))
    copies = tmp_path / "copies"
    copies.mkdir()
    with monkeypatch.context() as patched:
        for module in (atomic, journal):
            patched.setattr(module, "os", Watched(tmp_path / "run", copies))
        fit(tmp_path / "run", Schedule(), Edit(1), **settings)
    left = sorted(copies.iterdir())
    assert len(left) > 15
    for folder in left:
        resumed = gn.load_run(folder).resume(callbacks=[Schedule(), Edit(1)])
        assert everything(resumed) == straight, folder.name
        assert everything(gn.load_run(folder)) == straight, folder.name
        assert resumed.verify(), folder.name
        assert (folder / "report.html").exists()
        assert list(folder.rglob("*.tmp")) == []


def test_a_run_interrupted_before_its_first_step_can_be_looked_at(tmp_path: Path) -> None:
    class PressAtOnce(gn.Callback):
        watches = True

        def on_fit_start(self, run: Run) -> None:
            press()

    run = train(tmp_path / "run", PressAtOnce())
    assert (run.ended, run.history, run.state.step) == ("interrupted", [], 0)
    assert "interrupted" in (tmp_path / "run" / "report.html").read_text()
    assert run.verify()
    assert gn.diff(run, train(None, PressAtOnce()))
    with pytest.raises(gn.errors.SettingError, match="it has none yet"):
        run.replay(1)
    run.resume(callbacks=[])
    assert everything(gn.load_run(tmp_path / "run")) == everything(train())


def test_a_stop_for_a_row_that_ctrl_c_cut_short_is_none() -> None:
    class Stop(gn.Callback):
        def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
            run.stop("enough")

    run = fit(None, Stop(), Press(2))
    assert (run.ended, run.reason, [event["event"] for event in run.events]) == ("interrupted", "", ["interrupt"])


def test_who_has_not_heard_of_the_start_does_not_hear_of_the_end() -> None:
    class Break(gn.Callback):
        def on_fit_start(self, run: Run) -> None:
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        fit(None, Break(), gn.EarlyStopping())
