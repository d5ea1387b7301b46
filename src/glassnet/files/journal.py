"""A journal: a file of JSON lines that only grows.

A line is written in one call, so a kill leaves at most the last one torn; it is dropped when the journal is read and
cut off before anything else is appended. Nothing is ever rewritten: where a run goes back to an earlier state, a
``resume`` line says how many lines still count, and those after them are void.

A line is an object of numbers and words, of which one may be such an object again (the row of an epoch). So what it
takes as Python objects can be told, and is limited: a journal that takes more is neither read nor written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from glassnet.data.reader import ByteReader, opened, readable
from glassnet.errors import Fault, FormatError, StorageError
from glassnet.files import plain
from glassnet.files.atomic import sentences, write_all

LIMIT = 2**26  # bytes of a journal that are read
LINE_LIMIT = 2**20
MEMORY = 80 * 2**20  # bytes that its lines may take in memory: about 300 000 events
Entry = dict[str, Any]


class Journal:
    """The growing end of a journal file that exists.

    >>> import tempfile; path = Path(tempfile.mkdtemp(), "history.jsonl"); path.touch()
    >>> with Journal(path) as journal:
    ...     journal.append([{"epoch": 1}, {"epoch": 2}])
    >>> read_journal(path)
    [{'epoch': 1}, {'epoch': 2}]
    """

    def __init__(self, path: Path, entries: Iterable[Entry] = ()) -> None:
        """`entries`: the lines that are in it already."""
        self.path, self.tally = path, Tally()
        for entry in entries:
            self.tally.add(entry)
        with sentences(path):
            self.descriptor = os.open(path, os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            self._cut_torn_line()
        except BaseException:
            self.close()
            raise

    def append(self, entries: Iterable[Entry]) -> None:
        """Adds lines; they outlive this process at once, and a power failure after `sync`."""
        lines = list(entries)
        text = b"".join(plain.write(entry) + b"\n" for entry in lines)
        for entry in lines:
            self.tally.add(entry)
        if text:
            with sentences(self.path):
                full = self.tally.taken > MEMORY or os.fstat(self.descriptor).st_size + len(text) > LIMIT
                if full:
                    raise StorageError(f"{self.path} is full: with more lines it could not be read again.")
                write_all(self.descriptor, text)

    def sync(self) -> None:
        """Waits until the disk has every line."""
        with sentences(self.path):
            os.fsync(self.descriptor)

    def close(self) -> None:
        """Lets go of the file; may be called twice."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _cut_torn_line(self) -> None:
        with sentences(self.path):
            size = os.lseek(self.descriptor, 0, os.SEEK_END)
            os.lseek(self.descriptor, max(0, size - LINE_LIMIT), os.SEEK_SET)
            end = os.read(self.descriptor, LINE_LIMIT)
            torn = len(end) - (end.rfind(b"\n") + 1)
            if torn:
                os.ftruncate(self.descriptor, size - torn)


def read_journal(path: Path) -> list[Entry]:
    """The whole lines of a journal.

    Raises: MissingFileError; DataError that names the line where one before the last is damaged.
    """
    with opened(path) as file:
        # Not the file's present size: another process may be adding to it.
        return parse_journal(ByteReader(file, os.fspath(path), LIMIT, packed=False, limit=LIMIT))


def parse_journal(reader: ByteReader) -> list[Entry]:
    """The whole lines in the bytes of a journal."""
    entries: list[Entry] = []
    tally, rest = Tally(), b""
    while piece := reader.some(LINE_LIMIT):
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > LINE_LIMIT:
            raise FormatError(
                Fault.TOO_LARGE, f"{reader.name}, line {len(entries) + 1}: it is longer than {readable(LINE_LIMIT)}."
            )
        for line in lines:
            where = f"{reader.name}, line {len(entries) + 1}"
            entry = plain.parse(line, where, limit=LINE_LIMIT)
            if not _is_flat(entry):
                raise FormatError(Fault.MALFORMED, f"{where}: it holds more than numbers and words.")
            entries.append(tally.add(entry))
            if tally.taken > MEMORY:
                raise FormatError(Fault.TOO_LARGE, f"{where}: the lines up to here take more than {readable(MEMORY)}.")
    return entries


class Tally:
    """What lines take in memory. Names, and the words that say what a line is, are kept once for all of them.

    >>> tally = Tally()
    >>> tally.add({"kind": "event", "step": 300})
    {'kind': 'event', 'step': 300}
    >>> first = tally.taken
    >>> line = tally.add({"kind": "event", "step": 301})
    >>> tally.taken - first < first  # the words are there already
    True
    """

    def __init__(self) -> None:
        self.taken = 0
        self.words: dict[str, str] = {}

    def add(self, entry: Entry) -> Entry:
        """The line with shared names, counted."""
        line = {self._once(name): self._value(name, value) for name, value in entry.items()}
        self.taken += sys.getsizeof(line)
        return line

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self.add(value)
        if name in ("kind", "event") and isinstance(value, str):
            return self._once(value)
        self.taken += sys.getsizeof(value)
        return value

    def _once(self, word: str) -> str:
        if word not in self.words:
            self.taken += sys.getsizeof(word) + 100  # and its place among the words
        return self.words.setdefault(word, word)


def _is_flat(entry: Entry, depth: int = 0) -> bool:
    """Whether an object holds numbers, words, and at most objects of such."""
    return all(
        not isinstance(value, list) and (not isinstance(value, dict) or (depth == 0 and _is_flat(value, 1)))
        for value in entry.values()
    )


def refuse_more_than_can_be_read(entries: Iterable[Entry], path: Path) -> None:
    """Raises StorageError for lines that, written to a journal, could not be read again."""
    tally = Tally()
    for entry in entries:
        tally.add(entry)
    if tally.taken > MEMORY:
        raise StorageError(f"{path} could not be written: the run has more events than a folder holds.")


def taken_back(entries: list[Entry]) -> list[range]:
    """Ranges of line numbers (from 0) that later ``resume`` lines took back, each up to and with that line.

    >>> taken_back([{"epoch": 1}, {"epoch": 2}, {"kind": "resume", "entries": 1}, {"epoch": 2}])
    [range(1, 3)]
    """
    ranges = []
    for place, entry in enumerate(entries):
        if entry.get("kind") == "resume":
            kept = entry.get("entries")
            if type(kept) is not int or not 0 <= kept <= place:
                raise FormatError(
                    Fault.MALFORMED, f"Line {place + 1} of the history goes back to a line that is not there."
                )
            ranges.append(range(kept, place + 1))
    return ranges


def standing(entries: list[Entry]) -> list[tuple[int, Entry]]:
    """The lines that still count, each with its number.

    >>> standing([{"epoch": 1}, {"epoch": 2}, {"kind": "resume", "entries": 1}, {"epoch": 2}])
    [(0, {'epoch': 1}), (3, {'epoch': 2})]
    """
    gone = [False] * len(entries)
    for lines in taken_back(entries):
        gone[lines.start : lines.stop] = [True] * len(lines)
    return [(place, entry) for place, entry in enumerate(entries) if not gone[place]]
