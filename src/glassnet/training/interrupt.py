"""Ctrl-C during a training: the step under way is finished, then the training ends with what it learned."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from glassnet.typing import Array


@contextmanager
def deferred(stop: Array) -> Iterator[None]:
    """Within this block the first Ctrl-C sets `stop[0]`; a second one interrupts at once, as usual.

    A block around this one hears of it as well. Signals reach the main thread only, so elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):  # ignored, or handled outside Python: leave it so
        yield
        return
    first = _First(stop, before)
    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        if not first.heard:
            signal.signal(signal.SIGINT, before)


class _First:
    """The handler of the first Ctrl-C, which puts the one before it back in place."""

    def __init__(self, stop: Array, before: Callable[[int, Any], object]) -> None:
        self.stop, self.before, self.heard = stop, before, False

    def __call__(self, number: int, frame: Any) -> None:
        self.stop[0], self.heard = 1, True
        signal.signal(signal.SIGINT, self.before)
        if isinstance(self.before, _First):
            self.before(number, frame)
