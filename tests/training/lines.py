"""Something that happens at the n-th line of the training loop, such as Ctrl-C between any two lines of it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from glassnet.training import loop, recorder, spacing

WATCHED = frozenset({loop.__file__, recorder.__file__, spacing.__file__})


class Lines:
    """Counts the lines of some files as they are run; at line `at` calls `act`, in the function `where`."""

    def __init__(self, at: int, act: Callable[[], object], files: frozenset[str | None] = WATCHED) -> None:
        self.at, self.act, self.files = at, act, files
        self.count, self.where = 0, ""

    def of_call(self, frame: FrameType, _event: str, _given: object) -> Any:
        return self.of_line if frame.f_code.co_filename in self.files else None

    def of_line(self, frame: FrameType, event: str, _given: object) -> Any:
        self.count += event == "line"
        if event == "line" and self.count == self.at:
            self.where = frame.f_code.co_name
            self.act()
        return self.of_line


@contextmanager
def at_line(number: int, act: Callable[[], object], files: frozenset[str | None] = WATCHED) -> Iterator[Lines]:
    """Within this block `act` is called before that line is run, counted from 1."""
    lines, before = Lines(number, act, files), sys.gettrace()
    sys.settrace(lines.of_call)
    try:
        yield lines
    finally:
        sys.settrace(before)


def press() -> None:
    """Ctrl-C."""
    signal.raise_signal(signal.SIGINT)
