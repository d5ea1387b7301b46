"""Where a run is kept: in memory while the process lives, or in a folder that outlives it. Both answer alike.

RUN/run.json                           the card: what was trained, on what, by what
RUN/history.jsonl                      the journal: epochs, events, checkpoints, the end
RUN/checkpoints/STEP-LINES.safetensors weights and moments, for replaying
RUN/checkpoints/STEP-LINES.rest        what only resuming needs; of the newest alone
RUN/data.safetensors                   data that have no name, up to 64 MB
RUN/model.safetensors, report.html     the result
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from glassnet.data.reader import read_whole
from glassnet.errors import Fault, FormatError, MissingFileError
from glassnet.files import checkpoint as checkpoints
from glassnet.files import plain, tensors
from glassnet.files.atomic import Pieces, create_folder, remove, remove_temporaries, replace_file
from glassnet.files.checkpoint import Checkpoint, Rest
from glassnet.files.journal import Entry, Journal, read_journal, refuse_more_than_can_be_read, taken_back
from glassnet.files.lock import Lock
from glassnet.typing import Array

CARD, JOURNAL, MODEL, REPORT, DATA = "run.json", "history.jsonl", "model.safetensors", "report.html", "data.safetensors"
FOLDER, SUFFIX, REST = "checkpoints", ".safetensors", ".rest"
CARD_FORMAT = "glassnet run 1"


class Store(ABC):
    """The entries and checkpoints of one run."""

    @abstractmethod
    def entries(self) -> list[Entry]:
        """Every line of the journal, void ones too."""

    @abstractmethod
    def append(self, entries: Iterable[Entry]) -> None:
        """Adds lines to the journal."""

    @abstractmethod
    def count(self) -> int:
        """Lines written so far."""

    @abstractmethod
    def names(self) -> list[str]:
        """The names of all checkpoints, in the order of time, void ones too."""

    @abstractmethod
    def write(self, checkpoint: Checkpoint, rest: Rest | None) -> None:
        """Keeps a checkpoint; with a rest, it is the newest to resume from, and older rests go."""

    @abstractmethod
    def read(self, name: str) -> Checkpoint:
        """The checkpoint of this name."""

    @abstractmethod
    def rest(self, name: str) -> Rest | None:
        """What resuming needs on top, where it is kept."""

    @abstractmethod
    def discard(self, name: str) -> None:
        """Forgets a checkpoint."""

    def valid(self) -> list[str]:
        """The names of the checkpoints that no later `resume` took back."""
        gone = taken_back(self.entries())
        return [name for name in self.names() if not any(lines.start < _lines(name) < lines.stop for lines in gone)]


class Memory(Store):
    """A run that lives as long as its process.

    The line of a checkpoint may come without its digest: as long as the numbers are here, that can wait until somebody
    asks for the lines. Computing it takes as long as some steps of a training.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._checkpoints: dict[str, Checkpoint] = {}
        self._rests: dict[str, Rest] = {}
        self._without: dict[str, Entry] = {}  # lines without their digest, by the names of the checkpoints

    def entries(self) -> list[Entry]:
        for name in list(self._without):
            self._digest(name)
        return self._entries

    def append(self, entries: Iterable[Entry]) -> None:
        self._entries.extend(entries)

    def count(self) -> int:
        return len(self._entries)

    def names(self) -> list[str]:
        return sorted(self._checkpoints)

    def write(self, checkpoint: Checkpoint, rest: Rest | None) -> None:
        name = checkpoint.place.key
        self._checkpoints[name] = checkpoint
        for line in self._entries[: checkpoint.place.entries][-1:]:
            if line["kind"] == "checkpoint" and "digest" not in line:
                self._without[name] = line
        if rest is not None:
            self._rests = {name: rest}

    def read(self, name: str) -> Checkpoint:
        return self._checkpoints[name]

    def rest(self, name: str) -> Rest | None:
        return self._rests.get(name)

    def discard(self, name: str) -> None:
        self._digest(name)
        self._checkpoints.pop(name, None)
        self._rests.pop(name, None)

    def _digest(self, name: str) -> None:
        """Adds what the line of this checkpoint came without."""
        if (line := self._without.pop(name, None)) is not None:
            line["digest"] = self._checkpoints[name].digest


class Folder(Store):
    """A run in a folder. Reading takes no lock; the first writing takes it, `close` gives it back."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._lock: Lock | None = None
        self._journal: Journal | None = None
        self._count = 0

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        card: Mapping[str, Any],
        entries: list[Entry],
        first: Checkpoint,
        rest: Rest | None,
        others: Mapping[str, Pieces],
    ) -> Folder:
        """The folder appears at once, with its card, first lines and first checkpoint in it."""
        refuse_more_than_can_be_read(entries, Path(path))
        name = first.place.key
        files: dict[str, Pieces] = {
            CARD: [plain.write({"format": CARD_FORMAT} | dict(card), indent=1), b"\n"],
            JOURNAL: [plain.write(entry) + b"\n" for entry in entries],
            f"{FOLDER}/{name}{SUFFIX}": checkpoints.pack(first),
        }
        if rest is not None:
            files[f"{FOLDER}/{name}{REST}"] = checkpoints.pack_rest(rest)
        create_folder(path, files | dict(others))
        folder = cls(path)
        folder.open()
        return folder

    def open(self) -> None:
        """Takes the lock, and clears away what a killed process left half-written."""
        if self._lock is not None:
            return
        self._lock = Lock(self.path)
        try:
            for folder in (self.path, self.path / FOLDER):
                remove_temporaries(folder)
            entries = self.entries()
            self._journal = Journal(self.path / JOURNAL, entries)
            self._count = len(entries)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the folder; may be called twice."""
        if self._journal is not None:
            self._journal.close()
        if self._lock is not None:
            self._lock.release()
        self._journal = self._lock = None

    def card(self) -> dict[str, Any]:
        """The card; raises MissingFileError or DataError where the folder is not a run's."""
        if not self.path.is_dir():
            raise MissingFileError(f"There is no run {os.fspath(self.path)!r}: a run is a folder.")
        if not (self.path / CARD).is_file():
            raise FormatError(Fault.FOREIGN, f"{self.path} is not the folder of a run: it holds no {CARD}.")
        card = plain.parse(read_whole(self.path / CARD, plain.LIMIT), f"{self.path / CARD}")
        if card.pop("format", None) != CARD_FORMAT:
            raise FormatError(
                Fault.FOREIGN, f"{self.path / CARD} is not the card of a run of this version of glassnet."
            )
        return card

    def entries(self) -> list[Entry]:
        return read_journal(self.path / JOURNAL)

    def append(self, entries: Iterable[Entry]) -> None:
        self.open()
        assert self._journal is not None
        lines = list(entries)
        self._journal.append(lines)
        self._count += len(lines)

    def count(self) -> int:
        return self._count

    def names(self) -> list[str]:
        folder = self.path / FOLDER
        if not folder.is_dir():
            raise FormatError(Fault.FOREIGN, f"{self.path} is not the whole folder of a run: it holds no {FOLDER}.")
        return sorted(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}") if _is_name(path.name))

    def write(self, checkpoint: Checkpoint, rest: Rest | None) -> None:
        self.open()
        assert self._journal is not None
        self._journal.sync()  # the checkpoint counts its lines
        stem = self.path / FOLDER / checkpoint.place.key
        older = list((self.path / FOLDER).glob(f"*{REST}"))
        if rest is not None:  # before the checkpoint: where that is, all of it is
            replace_file(f"{stem}{REST}", checkpoints.pack_rest(rest))
        replace_file(f"{stem}{SUFFIX}", checkpoints.pack(checkpoint))
        if rest is not None:
            for path in older:
                if path != Path(f"{stem}{REST}"):
                    remove(path)

    def read(self, name: str) -> Checkpoint:
        return checkpoints.read(self.path / FOLDER / f"{name}{SUFFIX}")

    def rest(self, name: str) -> Rest | None:
        path = self.path / FOLDER / f"{name}{REST}"
        return checkpoints.read_rest(path) if path.is_file() else None

    def discard(self, name: str) -> None:
        for suffix in (SUFFIX, REST):
            remove(self.path / FOLDER / f"{name}{suffix}")

    def put(self, name: str, pieces: Pieces) -> None:
        """Writes one of the other files."""
        self.open()
        replace_file(self.path / name, pieces)

    def arrays(self) -> tuple[dict[str, Array], dict[str, str]]:
        """The stored data."""
        path = self.path / DATA
        return tensors.read(path, "file of data") if path.is_file() else ({}, {})


def _is_name(file: str) -> bool:
    step, _, lines = file.removesuffix(SUFFIX).partition("-")
    return step.isdecimal() and lines.isdecimal() and len(file) < 60


def _lines(name: str) -> int:
    """How many lines of the journal had been written before this checkpoint."""
    return int(name.partition("-")[2])
