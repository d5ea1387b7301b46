"""One file from the first mirror that gives it whole."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from glassnet.errors import DataError, DownloadError, StorageError

TIMEOUT = 20.0  # seconds without a byte
DEADLINE = 900.0  # seconds for one file from one mirror, for servers that trickle
CHUNK = 2**16

Progress = Callable[[str, int, int | None], None]  # file name, bytes received, bytes expected if known
Accepted = TypeVar("Accepted")


class _MirrorFailedError(Exception):
    """Why one mirror did not give the file."""


def download(
    urls: Sequence[str],
    target: Path,
    accept: Callable[[Path], Accepted],
    *,
    limit: int,
    progress: Progress | None = None,
) -> Accepted:
    """Downloads to ``target`` and returns what ``accept`` makes of the file.

    The file gets its name only after ``accept`` has read it without a DataError, so a broken one is never kept. The
    mirrors are tried in turn. limit: bytes that are taken at most.

    Raises: DownloadError with the reason of every mirror, StorageError where the folder takes no file.
    """
    beside = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    reasons = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for url in urls:
            try:
                with beside.open("wb") as file:
                    _receive(url, file, target.name, limit, progress)
                accepted = accept(beside)
            except (_MirrorFailedError, DataError) as error:
                reasons.append(f"{_host(url)}: {str(error).replace(str(beside), 'what arrived').rstrip('.')}")
            else:
                beside.replace(target)
                return accepted
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{target.parent} cannot take the download: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    raise DownloadError(f"{target.name} could not be downloaded ({'; '.join(reasons)}).")


def _receive(url: str, file: BinaryIO, name: str, limit: int, progress: Progress | None) -> None:
    from http.client import HTTPException
    from urllib.request import Request, urlopen

    end = time.monotonic() + DEADLINE
    try:
        with urlopen(Request(url, headers={"User-Agent": "glassnet"}), timeout=TIMEOUT) as answer:
            announced = answer.headers.get("Content-Length", "")
            expected = int(announced) if announced.isdecimal() else None
            received = 0
            # read1: what has arrived, not a whole chunk; so a trickle is shown, and seen by the deadline
            while piece := answer.read1(CHUNK):
                received += len(piece)
                if received > limit:
                    raise _MirrorFailedError(f"more than the {limit} bytes expected")
                if time.monotonic() > end:
                    raise _MirrorFailedError(f"not finished after {DEADLINE:.0f} seconds")
                _write(file, piece)
                if progress is not None:
                    progress(name, received, expected)
    except (OSError, HTTPException, ValueError) as error:  # URLError, timeouts, broken answers, forged headers
        if isinstance(error, StorageError):
            raise
        raise _MirrorFailedError(_reason(error)) from None
    if expected is not None and received < expected:
        raise _MirrorFailedError(f"ended after {received} of {expected} bytes")


def _write(file: BinaryIO, piece: bytes) -> None:
    try:
        file.write(piece)
    except OSError as error:  # told apart from a connection that fails, which is an OSError too
        raise StorageError(f"The download cannot be stored: {error.strerror or error}.") from None


def _reason(error: Exception) -> str:
    code = getattr(error, "code", None)
    if code is not None:
        return f"answered {code}"
    reason = getattr(error, "reason", None) or error  # URLError wraps what happened
    if isinstance(reason, TimeoutError):
        return f"no answer for {TIMEOUT:.0f} seconds"
    return str(getattr(reason, "strerror", None) or reason) or type(error).__name__


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).netloc
