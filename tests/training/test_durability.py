"""A run survives what can happen to it: kill -9 at any instant, and a disk that fails at any of its calls."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

import glassnet as gn
from glassnet.errors import StorageError
from glassnet.files import atomic, journal
from glassnet.training import recorder, spacing

from .killed import EveryStep, begin
from .runs import Edit, Press, everything, train

SCRIPT = Path(__file__).with_name("killed.py")


def killed_after(folder: Path, delay: float) -> bool:
    """Trains in a process of its own and kills it; True where it was finished before."""
    process = subprocess.Popen([sys.executable, SCRIPT, folder], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(delay)
    process.kill()
    rest = process.stdout.read()
    process.stdout.close()
    process.wait()
    return "done" in rest


def survives(folder: Path, kills: int, seed: int) -> int:
    """Kills a training again and again, and the one that resumes it; the number of kills that hit one under way."""
    expected, rng, hits = everything(begin(None)), random.Random(seed), 0
    longest = 0.4
    for _ in range(kills):
        finished = killed_after(folder, rng.uniform(0, longest))
        hits += not finished
        if not folder.exists():
            assert list(folder.parent.glob("[!.]*")) == []  # nothing visible before it is whole
            continue
        run = gn.load_run(folder)
        assert run.ended in ("", "finished")
        if run.ended:
            assert everything(run) == expected
            assert run.verify()
            shutil.rmtree(folder)
    if not folder.exists():
        begin(folder)
    resumed = gn.load_run(folder).resume(callbacks=[EveryStep()])
    assert everything(resumed) == expected
    assert gn.load_run(folder).verify()
    assert list(folder.rglob("*.tmp")) == []
    return hits


def test_30_kills(tmp_path: Path) -> None:
    assert survives(tmp_path / "run", 30, seed=1) >= 10


def test_a_kill_after_resuming_between_the_last_step_of_an_epoch_and_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint after that epoch can be resumed from, and no checkpoint that has to be is thinned out."""
    monkeypatch.setattr(spacing, "INTERVAL", 0.0)
    monkeypatch.setattr(spacing, "SHARE", 1e9)
    expected = everything(begin(None))

    class KilledError(BaseException):
        pass

    def killing(step: int) -> Any:
        def kill(self: Any, *arguments: Any) -> None:
            if self.run.state.step == step:
                raise KilledError
            return whole(self, *arguments)

        return kill

    with monkeypatch.context() as patched:
        whole = recorder.Recorder.epoch_row
        patched.setattr(recorder.Recorder, "epoch_row", killing(24))
        with pytest.raises(KilledError):
            begin(tmp_path / "run")
    with monkeypatch.context() as patched:
        whole = recorder.Recorder.after_steps
        patched.setattr(recorder.Recorder, "after_steps", killing(25))
        with pytest.raises(KilledError):
            gn.load_run(tmp_path / "run").resume(callbacks=[EveryStep()])
    assert everything(gn.load_run(tmp_path / "run").resume(callbacks=[EveryStep()])) == expected


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_300_kills(tmp_path: Path) -> None:
    assert survives(tmp_path / "run", 300, seed=2) >= 100


class FailingDisk:
    """The `os` module, whose calls to the disk fail from the N-th on, or that one alone."""

    DISK = ("open", "write", "fsync", "replace", "rename", "ftruncate")

    def __init__(self, fail_at: int | None = None, error: int = errno.ENOSPC, *, for_good: bool = False) -> None:
        self.fail_at, self.error, self.for_good, self.calls = fail_at, error, for_good, 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in self.DISK:
            return real

        def call(*arguments: Any, **keywords: Any) -> Any:
            self.calls += 1
            if self.fail_at is not None and (
                self.calls == self.fail_at or (self.for_good and self.calls > self.fail_at)
            ):
                if name == "write" and not self.for_good:  # a short write, as a disk does that is filling up
                    real(arguments[0], bytes(arguments[1])[:3])
                raise OSError(self.error, os.strerror(self.error))
            return real(*arguments, **keywords)

        return call


def with_disk(monkeypatch: pytest.MonkeyPatch, disk: Any) -> None:
    monkeypatch.setattr(atomic, "os", disk)
    monkeypatch.setattr(journal, "os", disk)


@pytest.mark.parametrize("for_good", [False, True])
def test_whatever_call_of_the_disk_fails_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, for_good: bool
) -> None:
    """Every call of a whole run with two checkpoints on the way, one after the other."""
    monkeypatch.setattr(spacing, "INTERVAL", 0.0)
    expected = everything(train(None, epochs=2))
    counted = FailingDisk()
    with_disk(monkeypatch, counted)
    train(tmp_path / "counted", epochs=2)
    for n in range(1, counted.calls + 1):
        out = tmp_path / str(n)
        with_disk(monkeypatch, FailingDisk(n, for_good=for_good))
        error = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            try:
                train(out, epochs=2)
            except StorageError as caught:
                error = caught
        with_disk(monkeypatch, os)
        assert error is not None
        assert "\n" not in str(error)
        if error.run is None:  # before the first step there was nothing to lose
            assert not out.exists() or gn.load_run(out).resume().ended == "finished"
            continue
        assert everything(error.run) == expected
        again = gn.load_run(out).resume()  # what is on the disk is whole, and can be taken on
        assert everything(again) == expected
        shutil.rmtree(out)


def test_a_full_disk_is_one_warning_and_one_sentence_and_another_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spacing, "INTERVAL", 0.0)
    with_disk(monkeypatch, FailingDisk(40, for_good=True))
    with (
        pytest.warns(RuntimeWarning, match="the disk is full. The training goes on in memory"),
        pytest.raises(StorageError, match=r"the disk is full.*run\.save\(PATH\)") as caught,
    ):
        train(tmp_path / "run")
    with_disk(monkeypatch, os)
    caught.value.run.save(tmp_path / "elsewhere")
    loaded = gn.load_run(tmp_path / "elsewhere")
    assert everything(loaded) == everything(train(None))
    assert loaded.verify()


def test_a_folder_that_vanishes_costs_only_the_folder(tmp_path: Path) -> None:
    class Vanish(gn.Callback):
        watches = True

        def on_epoch_end(self, run: Any, record: dict[str, Any]) -> None:
            if run.epoch == 5:
                shutil.rmtree(tmp_path / "run")

    with (
        pytest.warns(RuntimeWarning, match="goes on in memory"),
        pytest.raises(StorageError, match="its folder does not exist") as caught,
    ):
        train(tmp_path / "run", Vanish())
    assert everything(caught.value.run) == everything(train(None))
    caught.value.run.save(tmp_path / "elsewhere")
    assert gn.load_run(tmp_path / "elsewhere").verify()


def test_a_place_that_cannot_be_written_is_said_before_the_first_step(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="could not be written"):
        train(tmp_path / "file" / "run")


def test_edits_before_the_disk_was_full_are_replayed_from_the_other_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk still gives what it holds: the checkpoint of the edit comes along."""
    counted = FailingDisk()
    with_disk(monkeypatch, counted)
    train(tmp_path / "counted", Edit(3))
    with_disk(monkeypatch, FailingDisk(counted.calls - 12, for_good=True))
    with pytest.warns(RuntimeWarning, match="goes on in memory"), pytest.raises(StorageError) as caught:
        train(tmp_path / "run", Edit(3))
    with_disk(monkeypatch, os)
    caught.value.run.save(tmp_path / "elsewhere")
    loaded = gn.load_run(tmp_path / "elsewhere")
    assert loaded.verify()
    assert loaded.replay(25).before.parameters["W1"][0, 0] == 0.25


@pytest.mark.filterwarnings("ignore:.*goes on in memory:RuntimeWarning")
def test_an_interrupted_run_whose_disk_was_full_at_the_end_is_resumed_from_the_other_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What resuming needs comes along from the disk, too, whichever of the last calls is the first to fail."""
    expected = everything(train(None, epochs=2))
    counted = FailingDisk()
    with_disk(monkeypatch, counted)
    train(tmp_path / "counted", Press(5), epochs=2)
    for n in range(counted.calls - 19, counted.calls, 3):
        with_disk(monkeypatch, FailingDisk(n, for_good=True))
        with pytest.raises(StorageError) as caught:
            train(tmp_path / str(n), Press(5), epochs=2)
        with_disk(monkeypatch, os)
        assert caught.value.run.ended == "interrupted"
        caught.value.run.save(tmp_path / f"{n}-elsewhere")
        assert everything(gn.load_run(tmp_path / f"{n}-elsewhere").resume()) == expected, n
