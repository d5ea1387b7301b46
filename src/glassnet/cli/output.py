"""Where a command's words go: results to standard output, everything else to standard error.

With ``--json`` standard output is one JSON object and nothing else. With ``--plain``, NO_COLOR or a dumb terminal there
are no bars, boxes or colours, only sentences, which a log file and a screen reader take as they are.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from rich.console import Console, RenderableType
from rich.theme import Theme

THEME = Theme({"good": "bold green", "bad": "bold red", "quiet": "dim", "name": "cyan", "number": "bold"})


def wants_plain(arguments: Sequence[str] = ()) -> bool:
    """Whether --plain is among the arguments, NO_COLOR is set (see no-color.org), or the terminal is a dumb one."""
    return "--plain" in arguments or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in ("dumb", "unknown")


def jsonable(value: Any) -> Any:
    """The value as JSON has it: arrays as lists, numbers that are not finite as the strings "nan", "inf", "-inf".

    >>> jsonable({"loss": np.float32(0.5), "worst": np.inf, "labels": np.array([3, 1])})
    {'loss': 0.5, 'worst': 'inf', 'labels': [3, 1]}
    """
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): jsonable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(entry) for entry in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


@dataclass(frozen=True)
class Output:
    """How a command answers: as JSON, in sentences, or drawn."""

    as_json: bool = False
    plain: bool = False

    @classmethod
    def of(cls, as_json: bool, plain: bool) -> Output:
        """The output for a command's --json and --plain, and for the terminal it runs in."""
        return cls(as_json, plain or wants_plain())

    @cached_property
    def out(self) -> Console:
        """Standard output, for results."""
        return Console(theme=THEME, no_color=self.plain or None, highlight=False, emoji=False, soft_wrap=self.plain)

    @cached_property
    def err(self) -> Console:
        """Standard error, for progress and notes."""
        return Console(
            theme=THEME, no_color=self.plain or None, highlight=False, emoji=False, soft_wrap=self.plain, stderr=True
        )

    @property
    def live(self) -> bool:
        """Whether progress may be drawn in place."""
        return self.err.is_terminal and not self.plain

    def result(self, value: Mapping[str, Any]) -> None:
        """Writes the one JSON object; only with --json."""
        if self.as_json:
            json.dump(jsonable(value), sys.stdout, allow_nan=False)
            sys.stdout.write("\n")

    def show(self, *drawn: RenderableType) -> None:
        """Writes to standard output, which with --json is kept for the object."""
        if not self.as_json:
            for part in drawn:
                self.out.print(part, markup=False)

    def note(self, sentence: str) -> None:
        """Says something beside the result, on standard error."""
        self.err.print(sentence, markup=False, style="quiet", soft_wrap=not self.live)


def failed(sentence: str, as_json: bool) -> None:
    """One sentence on standard error and, with --json, the object {"error": sentence} on standard output."""
    sentence = " ".join(sentence.split())
    if as_json:
        json.dump({"error": sentence}, sys.stdout)
        sys.stdout.write("\n")
    said = f"glassnet: {sentence}"
    if sys.stderr.isatty():  # a terminal breaks lines in the middle of words
        said = textwrap.fill(said, shutil.get_terminal_size().columns, break_long_words=False, break_on_hyphens=False)
    print(said, file=sys.stderr)
