"""Ctrl-C during a training: the step under way is finished, then the training ends with what it learned."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from glassnet.typing import Array


@contextmanager
def deferred(stop: Array) -> Iterator[None]:
    """Within this block the first Ctrl-C sets `stop[0]`; a second one interrupts at once, as usual.

    Signals reach the main thread only, so elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def first(_number: int, _frame: Any) -> None:
        stop[0] = 1
        signal.signal(signal.SIGINT, before)

    if not callable(before):  # ignored, or handled outside Python: leave it so
        yield
        return
    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
