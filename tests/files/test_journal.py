"""The journal: whole lines, torn ones, and lines that were taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from glassnet.errors import DataError, MissingFileError, StorageError
from glassnet.files.journal import LINE_LIMIT, Journal, read_journal, standing, taken_back


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "history.jsonl").touch()
    return tmp_path / "history.jsonl"


def test_lines_come_back_in_order(path: Path) -> None:
    with Journal(path) as journal:
        journal.append([{"n": 1}])
        journal.append([])
        journal.append([{"n": 2}, {"n": 3}])
        journal.sync()
    with Journal(path) as journal:
        journal.append([{"n": 4}])
    assert [entry["n"] for entry in read_journal(path)] == [1, 2, 3, 4]


def test_every_cut_leaves_the_whole_lines(path: Path) -> None:
    with Journal(path) as journal:
        journal.append([{"n": n, "text": "line\nbreak"} for n in range(3)])
    data = path.read_bytes()
    for length in range(len(data) + 1):
        path.write_bytes(data[:length])
        whole = data[:length].count(b"\n")
        assert len(read_journal(path)) == whole
        with Journal(path) as journal:
            journal.append([{"n": 99}])
        assert [entry["n"] for entry in read_journal(path)] == [*range(whole), 99]


def test_a_damaged_line_in_the_middle_is_named(path: Path) -> None:
    path.write_bytes(b'{"n": 1}\n{"n": \n{"n": 3}\n')
    with pytest.raises(DataError, match="line 2 is not valid JSON"):
        read_journal(path)


def test_a_line_without_end_is_refused_before_it_fills_the_memory(path: Path) -> None:
    path.write_bytes(b'{"n": "' + b"a" * (3 * LINE_LIMIT))
    with pytest.raises(DataError, match="line 1: it is longer"):
        read_journal(path)


def test_a_journal_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_journal(tmp_path / "none")
    with pytest.raises(StorageError, match="does not exist"):
        Journal(tmp_path / "none")


def test_lines_that_were_taken_back_do_not_stand() -> None:
    entries = [
        {"n": 0},
        {"n": 1},
        {"kind": "resume", "entries": 1},
        {"n": 3},
        {"kind": "resume", "entries": 1},
        {"n": 5},
    ]
    assert [number for number, _ in standing(entries)] == [0, 5]
    assert taken_back(entries) == [range(1, 3), range(1, 5)]


@pytest.mark.parametrize("entries", [-1, 5, "1", None, True, 1.0])
def test_going_back_to_a_line_that_is_not_there_is_refused(entries: object) -> None:
    with pytest.raises(DataError, match="Line 2 of the history"):
        standing([{"n": 0}, {"kind": "resume", "entries": entries}])
