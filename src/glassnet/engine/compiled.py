"""The compiled module `_native`, where this installation has it, and what of this machine it may use."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import import_module
from types import ModuleType

from glassnet.errors import SettingError, unknown_name

MOST_THREADS = 4


@lru_cache(maxsize=1)
def module() -> ModuleType | None:
    """The compiled module, or None where this installation has none."""
    try:
        return import_module("glassnet.engine._native")
    except ImportError:
        return None


def unavailable() -> str | None:
    """Why there is no native engine here, or None where there is one."""
    native = module()
    if native is None:
        return "it was not built when glassnet was installed (a C++20 compiler was missing)"
    if not native.has_fused_multiply_add and "GLASSNET_ISA" not in os.environ:
        return "this processor has no fused multiply-add, without which it would be slower than NumPy"
    return None


def instruction_set() -> str:
    """The instruction set in use: GLASSNET_ISA, or the widest of this processor."""
    native = module()
    assert native is not None
    usable: list[str] = native.instruction_sets
    wanted = os.environ.get("GLASSNET_ISA") or usable[0]
    if wanted not in usable:
        raise unknown_name("instruction set on this machine", wanted, usable)
    return wanted


def thread_count(threads: int | None = None) -> int:
    """How many threads a training may use at most: the argument, GLASSNET_THREADS, or the processors this process has.

    It uses fewer where a step has too little work, and while other processes want the processors.
    """
    given = threads if threads is not None else os.environ.get("GLASSNET_THREADS") or None
    if given is None:
        available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, min(available, MOST_THREADS))
    try:
        count = int(given)
    except ValueError:
        count = 0
    if not 1 <= count <= 256:
        raise SettingError(f"The number of threads must be a whole number from 1 to 256, not {given!r}.")
    return count
