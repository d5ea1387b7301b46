"""Files that are either the old ones or the new ones, never half of each.

A file is replaced whole: its bytes go to a temporary file beside it, are pushed to the disk, and take its name by
rename, which file systems do at once or not at all. A folder appears the same way, with its files already in it.
Whatever stops this on the way (a kill, a full disk) leaves what was there before, and at most a temporary file whose
name begins with a dot and ends in ``.tmp``.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from glassnet.errors import ExistsError, SettingError, StorageError

PathLike = str | os.PathLike[str]
Pieces = Iterable[Any]  # bytes, or arrays of them: whatever has the buffer protocol

TEMPORARY = ".tmp"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
GONE = {errno.ENOENT, errno.ENOTDIR, errno.ESTALE}


def replace_file(path: PathLike, pieces: Pieces) -> None:
    """Writes a file whole: afterwards it holds these bytes; on any failure, what it held before.

    Raises: SettingError where the path is a folder; StorageError for a disk that is full, a folder that is gone or
    cannot be written to.

    >>> import tempfile; path = Path(tempfile.mkdtemp(), "greeting.txt")
    >>> replace_file(path, [b"good ", b"morning"])
    >>> path.read_bytes()
    b'good morning'
    """
    target = Path(path)
    temporary = _beside(target)
    with sentences(target):
        if target.is_dir():
            raise SettingError(f"{target} is a folder; a file's name is needed.")
        try:
            write_new(temporary, pieces)
            os.replace(temporary, target)
        except BaseException:
            remove(temporary)
            raise
        sync_folder(target.parent)


def create_folder(path: PathLike, files: Mapping[str, Pieces]) -> None:
    """Makes a folder that holds these files from the moment it can be seen; names may have one folder in them.

    Raises: ExistsError where there is something already; StorageError as `replace_file`.
    """
    target = Path(path)
    refuse_existing(target)
    temporary = _beside(target)
    with sentences(target):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.mkdir()
            folders = {temporary}
            for name, pieces in files.items():
                file = temporary / name
                file.parent.mkdir(exist_ok=True)
                write_new(file, pieces)
                folders.add(file.parent)
            for folder in sorted(folders, reverse=True):  # the inner ones first
                sync_folder(folder)
            refuse_existing(target)  # a rename would take the place of an empty folder made in between
            os.rename(temporary, target)
        except BaseException:
            import shutil  # 5 ms that only a failure has to wait for

            shutil.rmtree(temporary, ignore_errors=True)
            raise
        sync_folder(target.parent)


def refuse_existing(path: PathLike) -> None:
    """Raises ExistsError where there is anything at this path, a dangling link included."""
    with sentences(path):
        found = os.path.lexists(path)
    if found:
        raise ExistsError(f"{os.fspath(path)} exists already and is not overwritten; choose another name.")


def write_new(path: PathLike, pieces: Pieces) -> None:
    """Writes a file that is not there yet and waits until the disk has it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        for piece in pieces:
            write_all(descriptor, piece)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, piece: Any) -> None:
    """All bytes of a buffer: a system may take fewer than it is given."""
    rest = memoryview(piece).cast("B") if memoryview(piece).nbytes else memoryview(b"")
    while len(rest):
        written = os.write(descriptor, rest)
        if written <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written:]


def sync_folder(folder: PathLike) -> None:
    """Waits until the disk has the names in a folder, where the system can be asked for that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems do not know the question
            raise
    finally:
        os.close(descriptor)


def remove_temporaries(folder: PathLike) -> None:
    """Removes what interrupted writes left behind in a folder that nobody else is writing to."""
    for path in Path(folder).glob(f".*{TEMPORARY}"):
        if path.is_file():
            remove(path)


@contextmanager
def sentences(path: PathLike) -> Iterator[None]:
    """Turns what a disk can say into one sentence about this path."""
    name = os.fspath(path)
    try:
        yield
    except (StorageError, SettingError, ExistsError):
        raise
    except ValueError as error:  # a null character in the name
        raise SettingError(f"{name!r} cannot be a file's name: {error}.") from None
    except OSError as error:
        if error.errno in FULL:
            raise StorageError(f"{name} could not be written: the disk is full.") from error
        if error.errno in REFUSED:
            raise StorageError(f"{name} could not be written: there is no permission to write there.") from error
        if error.errno in GONE:
            raise StorageError(f"{name} could not be written: its folder does not exist (any more).") from error
        raise StorageError(f"{name} could not be written: {error.strerror or error}.") from error


def _beside(target: Path) -> Path:
    # A long name must not become too long for the system.
    return target.parent / f".{target.name[:100]}.{os.urandom(4).hex()}{TEMPORARY}"


def remove(path: PathLike) -> None:
    """Removes a file that nobody needs any more; one that cannot be removed does no harm."""
    with suppress(OSError):  # it was never made, or the disk is gone with it
        os.unlink(path)
