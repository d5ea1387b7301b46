"""Files from elsewhere: whatever is in them, the answer is one sentence, soon, and without the memory they ask for."""

from __future__ import annotations

import io
import os
import tracemalloc
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from glassnet.data.npy import read_npz
from glassnet.errors import FormatError, GlassnetError

from .commands import Place, complaint
from .corpus import PATHS, Case, cases, found
from .targets import Target, targets

FOUND = Path(__file__).with_name("found")
MEMORY = 200 * 2**20  # bytes that reading may take beyond the file's own
LARGE = ("MB", "gigabyte", "terabyte", "exabyte", "overflow", "2^63", "one-hot", "braces", "million", "10^")


@cache
def known() -> dict[str, Target]:
    return targets()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("commands"))


CASES = [*cases(known()), *found(FOUND)]
BY_TARGET = {name: [case for case in CASES if case.target == name] for name in known()}


@pytest.mark.parametrize("name", known())
def test_a_right_file_is_read(name: str) -> None:
    for seed in known()[name].seeds:
        known()[name].parse(seed)


@pytest.mark.parametrize("name", known())
def test_every_hostile_file_is_one_sentence_of_its_kind_and_takes_little_memory(name: str) -> None:
    target = known()[name]
    for case in BY_TARGET[name]:
        error, peak = answered(case)
        assert peak < MEMORY + len(case.data), case
        assert case.fault is None or error is not None, f"{case} was read"
        if error is not None:
            assert "\n" not in str(error), case
            assert len(str(error)) < 2000, case
            assert isinstance(error, target.answers), f"{case}: {error!r}"
        if case.fault is not None:
            assert isinstance(error, FormatError), f"{case}: {error!r}"
            assert error.fault is case.fault, f"{case}: {error.fault}, {error}"


def answered(case: Case) -> tuple[GlassnetError | None, int]:
    """What the parser says to a file, and the bytes it took, which are counted where a file asks for many."""
    counted = any(word in case.name for word in LARGE)
    if counted:
        tracemalloc.start()
    try:
        known()[case.target].parse(case.data)
    except GlassnetError as error:
        return error, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return None, 0


@pytest.mark.parametrize("name", known())
def test_the_commands_answer_every_hostile_file_with_a_sentence(name: str, place: Place, tmp_path: Path) -> None:
    for case in BY_TARGET[name]:
        if case.target == "card" and " is " in case.name:
            continue  # the same way as the cards before
        file = tmp_path / "file"
        file.write_bytes(case.data)
        assert complaint(place, case.target, file) is None, case


def test_no_name_in_an_archive_becomes_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading opens one file, the archive itself, and writes none."""
    archives = [case for case in BY_TARGET["npz"] if case.name.startswith("a member named")]
    assert len(archives) == len(PATHS)
    opened: list[object] = []
    real = io.open

    def spying(file: Any, *arguments: Any, **keywords: Any) -> Any:
        opened.append(file)
        return real(file, *arguments, **keywords)

    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for place, case in enumerate(archives):
        path = tmp_path / f"{place}.npz"
        path.write_bytes(case.data)
        with monkeypatch.context() as patch:
            patch.setattr(io, "open", spying)
            patch.setattr(os, "open", spying)
            patch.setattr(os, "mkdir", spying)
            with pytest.raises(FormatError):
                read_npz(path)
        assert opened == [path]
        opened.clear()
    assert list((tmp_path / "here").iterdir()) == []
