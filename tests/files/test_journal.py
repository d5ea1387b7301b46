"""The journal: whole lines, torn ones, and lines that were taken back."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from glassnet.data.reader import ByteReader
from glassnet.errors import DataError, Fault, FormatError, MissingFileError, StorageError
from glassnet.files import journal
from glassnet.files.journal import (
    LINE_LIMIT,
    Journal,
    Tally,
    parse_journal,
    read_journal,
    refuse_more_than_can_be_read,
    standing,
    taken_back,
)


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


LINES = (
    (b'{"":0}\n', 40_000),
    (b'{"kind": "event", "step": 70000, "event": "learning_rate", "value": 0.0123}\n', 20_000),
    (b'{"kind": "epoch", "step": 70000, "record": {"epoch": 1, "loss": 0.25, "seconds": 1.5}}\n', 10_000),
)


@pytest.mark.parametrize(("line", "count"), LINES)
def test_what_lines_take_in_memory_is_known_and_limited(
    line: bytes, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracemalloc.start()
    try:
        entries = parse_journal(ByteReader.over(line * count))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    tally = Tally()
    for entry in entries:
        tally.add(entry)
    assert taken <= 1.1 * tally.taken <= 2 * taken
    monkeypatch.setattr(journal, "MEMORY", tally.taken // 2)
    with pytest.raises(FormatError, match=f"line {count // 2}[0-9 :]|take more than") as caught:
        parse_journal(ByteReader.over(line * count))
    assert caught.value.fault is Fault.TOO_LARGE


def test_no_more_lines_are_written_than_can_be_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MEMORY", 4000)
    lines = [[{"kind": "event", "step": 1000 + n}] for n in range(100)]
    with Journal(path) as growing, pytest.raises(StorageError, match="is full"):
        list(map(growing.append, lines))
    entries = read_journal(path)
    assert 0 < len(entries) < 100
    with Journal(path, entries) as again, pytest.raises(StorageError, match="is full"):
        again.append([{"kind": "event", "step": 2000}])
    with pytest.raises(StorageError, match="more events than a folder holds"):
        refuse_more_than_can_be_read([{"kind": "event", "step": n} for n in range(100)], path)


@pytest.mark.parametrize("more", [b"[1]", b'{"a": {"b": 1}}', b'{"a": [1]}'])
def test_a_line_holds_numbers_words_and_one_object_of_them(path: Path, more: bytes) -> None:
    path.write_bytes(b'{"kind": "event", "more": ' + more + b"}\n")
    with pytest.raises(FormatError, match="more than numbers and words"):
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


def test_a_journal_that_grows_while_it_is_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b'{"epoch": 1}\n' * 10)
    with Journal(path) as growing:

        def added(reader: Any) -> list[dict[str, Any]]:
            growing.append([{"epoch": 2}])
            return parse_journal(reader)

        monkeypatch.setattr("glassnet.files.journal.parse_journal", added)
        assert read_journal(path) == [{"epoch": 1}] * 10 + [{"epoch": 2}]
