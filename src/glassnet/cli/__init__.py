"""The commands: each one reads its options, calls the library, and shows what came back. No mathematics stands here."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """What `glassnet` runs; returns the exit status. `arguments` are those of the command line by default."""
    from glassnet.cli.app import run

    return run(arguments)
