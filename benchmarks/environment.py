"""What every benchmark does first: read its arguments, remove settings that make NumPy slower or faster than it is."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable

OVERRIDES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def arguments(page: str | None) -> argparse.ArgumentParser:
    """A parser whose `--help` is the script's own docstring, as it stands."""
    return argparse.ArgumentParser(description=page, formatter_class=argparse.RawDescriptionHelpFormatter)


def some_of(names: Iterable[str]) -> Callable[[str], list[str]]:
    """What reads an argument of some of these names, separated by commas."""
    known = list(names)

    def read(text: str) -> list[str]:
        given = text.split(",")
        for name in given:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return given

    return read


def at_least_one(text: str) -> int:
    """An argument that is a number of things, of which there is one at least."""
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def restart_without_overrides() -> None:
    """Starts this script again without them, if any was set: OpenBLAS reads them only when it is loaded."""
    found = [name for name in OVERRIDES if os.environ.pop(name, None) is not None]
    if found:
        print(f"removed from the environment, for all sides: {', '.join(found)}", flush=True)
        os.execv(sys.executable, [sys.executable, *sys.argv])
