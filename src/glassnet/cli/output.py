"""Where a command's words go: results to standard output, everything else to standard error.

With ``--json`` standard output is one JSON object and nothing else. With ``--plain``, NO_COLOR or a dumb terminal there
are no bars, boxes or colours, only sentences, which a log file and a screen reader take as they are.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from io import TextIOWrapper
from typing import IO, Any

import numpy as np
from rich.console import Console, RenderableType
from rich.theme import Theme

SPELLED = {
    "·": ".",
    "█": "#",
    "▀": "#",
    "−": "-",
    "–": "-",
    "×": "x",
    "∞": "inf",
    "“": '"',
    "”": '"',
    "’": "'",
    "θ": "theta",
    "≥": ">=",
    "≤": "<=",
}
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
        return Terminal(plain=self.plain)

    @cached_property
    def err(self) -> Console:
        """Standard error, for progress and notes."""
        return Terminal(plain=self.plain, stderr=True)

    @property
    def live(self) -> bool:
        """Whether progress may be drawn in place."""
        return self.err.is_terminal and not self.plain

    def result(self, value: Mapping[str, Any]) -> None:
        """Writes the one JSON object; only with --json."""
        if self.as_json:
            _write_json(jsonable(value))

    def show(self, *drawn: RenderableType) -> None:
        """Writes to standard output, which with --json is kept for the object."""
        if not self.as_json:
            for part in drawn:
                self.out.print(part, markup=False)

    def show_text(self, text: str) -> None:
        """Writes a document to standard output as it is, its lines unbroken."""
        if not self.as_json:
            self.out.print(text, markup=False, soft_wrap=True, end="")

    def note(self, sentence: str) -> None:
        """Says something beside the result, on standard error."""
        self.err.print(sentence, markup=False, style="quiet", soft_wrap=not self.live)


class Terminal(Console):
    """Rich's, in our colours, and silent once nobody reads it any more."""

    def __init__(self, *, plain: bool, **options: Any) -> None:
        colours: Any = {"color_system": None} if plain else {}
        super().__init__(theme=THEME, highlight=False, emoji=False, soft_wrap=plain, **colours, **options)

    def on_broken_pipe(self) -> None:
        """`glassnet ... | head` closes the pipe: that ends the output, not the work."""
        self.quiet = True
        silence(self.file)


def silence(stream: IO[str]) -> None:
    """Sends what is still in a stream's buffer nowhere, so that Python's exit does not stumble over it."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def failed(sentence: str, as_json: bool) -> None:
    """One sentence on standard error and, with --json, the object {"error": sentence} on standard output."""
    sentence = " ".join(sentence.split())
    if as_json:
        with suppress(OSError):  # where standard output itself is what failed
            _write_json({"error": sentence})
    said = f"glassnet: {sentence}"
    if sys.stderr.isatty():  # a terminal breaks lines in the middle of words
        said = textwrap.fill(said, shutil.get_terminal_size().columns, break_long_words=False, break_on_hyphens=False)
    with suppress(OSError):
        print(said, file=sys.stderr, flush=True)


def prepare_streams() -> None:
    """Streams that take every character: closed ones are thrown away, and those without "·" or "²" get "." and "2"."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 (open until the process ends)
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    codecs.register_error("glassnet", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="glassnet")


def _spelled(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    missing = unicodedata.normalize("NFKD", error.object[error.start : error.end])
    return "".join(c if c.isascii() else SPELLED.get(c, "?") for c in missing), error.end


def _write_json(value: Any) -> None:
    try:
        sys.stdout.write(json.dumps(value, allow_nan=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
