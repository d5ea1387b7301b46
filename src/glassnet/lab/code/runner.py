"""The student's process: started with limits, asked, and ended, whatever its code does."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from glassnet.errors import DataError, MissingFileError, SettingError
from glassnet.lab.code import child

MEMORY = 2**30  # bytes of address space
LARGEST_FILE = 2**20
LONGEST_LINE = 2**24  # characters of one answer
STARTING = 30.0  # seconds until the process has read the file: importing NumPy on a busy machine


@dataclass(frozen=True)
class Called:
    """What came of one call: the value, or why there is none; and what it did besides."""

    value: Any = None
    failed: str = ""  # raised, time, died; empty where there is a value
    said: str = ""
    line: int | None = None
    printed: str = ""
    changed: tuple[int, ...] = ()


@dataclass
class Student:
    """The student's functions in a process of their own; started when first asked, and again after it was ended.

    `code` is a file, or a mapping of names to functions, which are then run in a copy of this process.
    """

    code: Path | Mapping[str, Any]
    seconds: float = 5.0  # for one call
    memory: int = MEMORY
    functions: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None
    _child: int = 0  # of a copy of this process
    _folder: Any = None
    _in: IO[bytes] | None = None
    _out: int = -1
    _rest: bytes = b""

    def __enter__(self) -> Student:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    # ---- starting and ending ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the process and learns which functions there are.

        Raises:
            MissingFileError, DataError: a file that is not there, too large, or no Python.
        """
        if isinstance(self.code, Path):
            self._start_file(self.code)
        else:
            self._start_copy(dict(self.code))
        first = self._line(STARTING)
        if first is None:
            self.end()
            raise DataError(
                "The code could not be read: its first lines take too long, too much memory, or end Python."
            )
        if "unreadable" in first:
            self.end()
            where = f" in line {first['line']}" if first.get("line") else ""
            raise DataError(f"{self.code} is no Python{where}: {first['unreadable']}.")
        self.functions, self.notes = first["functions"], [str(note) for note in first["notes"]][:20]

    def _start_file(self, path: Path) -> None:
        if not path.is_file():
            raise MissingFileError(f"There is no file {path}.")
        if path.stat().st_size > LARGEST_FILE:
            raise DataError(f"{path} has more than {LARGEST_FILE} bytes; a file of a few functions is small.")
        try:
            source = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise DataError(f"{path} is no Python: it is not UTF-8 text.") from None
        self._folder = tempfile.TemporaryDirectory(prefix="glassnet-")
        allowed = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
        environment = allowed | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", child.__file__, str(self.memory), str(int(20 * self.seconds))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self._folder.name,
            env=environment, close_fds=True, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout.fileno()
        self._send({"source": source, "name": path.name})

    def _start_copy(self, functions: dict[str, Any]) -> None:
        """The functions as they are, in a copy of this process, which is where their closures and globals are."""
        if not hasattr(os, "fork"):
            raise SettingError("On this system the functions have to be in a file: mark_code(problem, 'my_code.py').")
        (read_end, write_end), (answers_read, answers_write) = os.pipe(), os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads: the copy uses none of theirs
            pid = os.fork()
        if pid == 0:  # pragma: no cover (another process)
            self._be_the_copy(functions, read_end, answers_write)
        os.close(read_end)
        os.close(answers_write)
        self._child, self._in, self._out = pid, os.fdopen(write_end, "wb", buffering=0), answers_read

    def _be_the_copy(self, functions: dict[str, Any], requests: int, answers: int) -> None:  # pragma: no cover
        try:
            os.setsid()
            os.dup2(requests, 0)
            os.dup2(answers, 1)
            os.closerange(3, 4096)
            channel = child.quiet()
            child.limit(max(self.memory, _used()), int(20 * self.seconds))
            child.serve(functions, [], child.trees_of_functions(functions), *channel)
        finally:
            os._exit(0)

    def end(self) -> None:
        """Ends the process and all that it started."""
        pid = self._child or (self._process.pid if self._process else 0)
        if pid:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL) if hasattr(os, "killpg") else self._process.kill()  # type: ignore[union-attr]
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
        elif self._child:
            with contextlib.suppress(OSError):
                os.kill(self._child, signal.SIGKILL)
                os.waitpid(self._child, 0)
            os.close(self._out)
        if self._in is not None:
            with contextlib.suppress(OSError):
                self._in.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._process, self._child, self._in, self._out, self._folder, self._rest = None, 0, None, -1, None, b""

    # ---- asking ----------------------------------------------------------------------------------------------------

    def call(
        self,
        function: str,
        arguments: Sequence[Any],
        *,
        around: Mapping[str, Any] | None = None,
        replaced: Mapping[str, Sequence[Any]] | None = None,
        seed: int = 0,
    ) -> Called:
        """Calls a function; `around` are names of its file, `replaced` functions that return what is given."""
        if self._in is None:
            self.start()
        request = {
            "function": function,
            "arguments": [child.packed(value) for value in arguments],
            "globals": {name: child.packed(value) for name, value in (around or {}).items()},
            "replaced": {name: child.packed(list(value)) for name, value in (replaced or {}).items()},
            "seed": seed,
        }
        self._send(request)
        started = time.monotonic()
        reply = self._line(self.seconds)
        if reply is None:
            late = time.monotonic() - started >= self.seconds
            self.end()
            return Called(failed="time" if late else "died")
        try:
            return self._read(reply)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.end()
            return Called(failed="died")

    def _read(self, reply: dict[str, Any]) -> Called:
        error = reply["error"]
        printed, changed = str(reply["printed"]), tuple(int(i) for i in reply["changed"])
        if error is not None:
            return Called(None, "raised", str(error["said"])[:300], error["line"], printed, changed)
        return Called(child.unpacked(reply["value"]), "", "", None, printed, changed)

    def _send(self, request: dict[str, Any]) -> None:
        assert self._in is not None
        with contextlib.suppress(OSError):  # a process that has ended shows when it is read from
            self._in.write(json.dumps(request).encode() + b"\n")
            self._in.flush()

    def _line(self, seconds: float) -> dict[str, Any] | None:
        """The next answer; None where none comes in time, or none that is one."""
        until = time.monotonic() + seconds
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or len(self._rest) > LONGEST_LINE or not select.select([self._out], [], [], left)[0]:
                return None
            piece = os.read(self._out, 2**16)
            if not piece:
                return None
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return reply if isinstance(reply, dict) else None


def _used() -> int:
    """What a copy of this process may use: as much again as this one uses."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
    except (OSError, ValueError):
        return 4 * MEMORY
