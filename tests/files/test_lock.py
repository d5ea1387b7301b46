"""The lock: one at a time, and nobody locked out by the dead."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from glassnet.errors import ExistsError, StorageError
from glassnet.files.lock import NAME, Lock

HOLD = """
import sys, pathlib
from glassnet.files.lock import Lock
lock = Lock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
input()
"""


def test_another_process_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ExistsError, match="another process"):
            Lock(tmp_path)
        process.kill()
        process.wait()
    assert (tmp_path / NAME).exists()  # the dead cannot tidy up
    Lock(tmp_path).release()
    assert not (tmp_path / NAME).exists()


def test_a_lock_can_be_released_twice_and_taken_again(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    lock.release()
    lock.release()
    Lock(tmp_path).release()


def test_the_lock_says_nothing_of_its_owner(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    assert (tmp_path / NAME).read_bytes() == b""
    lock.release()


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="does not exist"):
        Lock(tmp_path / "none")
