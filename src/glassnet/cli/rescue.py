"""Where a run goes whose own disk failed: the training is done, and the process that holds it is about to end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glassnet.errors import GlassnetError, StorageError


@contextmanager
def kept_elsewhere(folder: Path) -> Iterator[None]:
    """Where the disk did not take the run, writes it to another place; the error then names that place."""
    try:
        yield
    except StorageError as error:
        if error.run is None:  # before the first step there is nothing to lose
            raise
        reason = error.__cause__ or error
        for place in _places(folder):
            try:
                error.run.save(place)
            except GlassnetError:
                continue
            raise StorageError(f"{reason} The training is done and kept in {place} instead.") from error
        raise StorageError(f"{reason} No other place took the run either: it is lost.") from error


def _places(folder: Path) -> Iterator[Path]:
    """Beside where the command was called, else among the system's temporary files."""
    name = f"{folder.name}-{os.urandom(3).hex()}"
    yield Path.cwd() / name
    yield Path(tempfile.gettempdir()) / f"glassnet-{name}"
