"""A journal: a file of JSON lines that only grows.

A line is written in one call, so a kill leaves at most the last one torn; it is dropped when the journal is read and
cut off before anything else is appended. Nothing is ever rewritten: where a run goes back to an earlier state, a
``resume`` line says how many lines still count, and those after them are void.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from glassnet.data.reader import ByteReader, opened, readable
from glassnet.errors import DataError
from glassnet.files import plain
from glassnet.files.atomic import sentences, write_all

LIMIT = 2**29  # bytes of a journal that are read
LINE_LIMIT = 2**20
Entry = dict[str, Any]


class Journal:
    """The growing end of a journal file that exists.

    >>> import tempfile; path = Path(tempfile.mkdtemp(), "history.jsonl"); path.touch()
    >>> with Journal(path) as journal:
    ...     journal.append([{"epoch": 1}, {"epoch": 2}])
    >>> read_journal(path)
    [{'epoch': 1}, {'epoch': 2}]
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with sentences(path):
            self.descriptor = os.open(path, os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            self._cut_torn_line()
        except BaseException:
            self.close()
            raise

    def append(self, entries: Iterable[Entry]) -> None:
        """Adds lines; they outlive this process at once, and a power failure after `sync`."""
        text = b"".join(plain.write(entry) + b"\n" for entry in entries)
        if text:
            with sentences(self.path):
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
        reader = ByteReader(file, os.fspath(path), os.fstat(file.fileno()).st_size, packed=False, limit=LIMIT)
        return parse_journal(reader)


def parse_journal(reader: ByteReader) -> list[Entry]:
    """The whole lines in the bytes of a journal."""
    entries: list[Entry] = []
    rest = b""
    while piece := reader.some(LINE_LIMIT):
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > LINE_LIMIT:
            raise DataError(f"{reader.name}, line {len(entries) + 1}: it is longer than {readable(LINE_LIMIT)}.")
        for line in lines:
            entries.append(plain.parse(line, f"{reader.name}, line {len(entries) + 1}", limit=LINE_LIMIT))
    return entries


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
                raise DataError(f"Line {place + 1} of the history goes back to a line that is not there.")
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
