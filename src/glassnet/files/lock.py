"""One process at a time: a lock that dies with its owner.

The system itself holds the lock (flock, or its like on Windows) and lets go of it when the process ends in whatever
way. So a file left behind by a killed process locks nobody out, and no number of a process has to be believed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from glassnet.errors import ExistsError
from glassnet.files.atomic import sentences

NAME = ".lock"


class Lock:
    """Held from its making to `release`.

    Raises: ExistsError where another process (or another run of this one) holds it.

    >>> import tempfile; folder = Path(tempfile.mkdtemp())
    >>> lock = Lock(folder)
    >>> Lock(folder)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    glassnet.errors.ExistsError: ... is being written by another process; wait for it or stop it first.
    >>> lock.release()
    >>> Lock(folder).release()
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        while True:
            with sentences(self.path):
                self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            if not _taken(self.descriptor):
                os.close(self.descriptor)
                raise ExistsError(f"{folder} is being written by another process; wait for it or stop it first.")
            if self._still_named():
                return
            os.close(self.descriptor)  # its owner removed the file between our opening and our locking it

    def release(self) -> None:
        """Lets go; may be called twice."""
        if self.descriptor < 0:
            return
        if sys.platform != "win32":  # Windows does not remove open files
            self.path.unlink(missing_ok=True)
        os.close(self.descriptor)
        self.descriptor = -1

    def _still_named(self) -> bool:
        try:
            named = os.stat(self.path)
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(self.descriptor))


def _taken(descriptor: int) -> bool:
    """Whether the system gave us the lock."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
