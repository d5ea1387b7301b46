"""Showing a step, or what another bench found: on a terminal, as Markdown, LaTeX, a page of HTML, a picture, JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from glassnet.errors import SettingError, unknown_name
from glassnet.files.atomic import replace_file


class Shown(Protocol):
    """What can be written down: a `Trace`, or a `Document` of another bench."""

    def markdown(self) -> str:
        """As Markdown."""

    def latex(self) -> str:
        """As LaTeX."""

    def html(self) -> str:
        """As a page."""

    def svg(self) -> str:
        """As a picture."""

    def to_json(self) -> dict[str, Any]:
        """As data."""


FORMATS: dict[str, tuple[str, Callable[[Shown], str]]] = {
    "markdown": (".md", lambda shown: shown.markdown()),
    "latex": (".tex", lambda shown: shown.latex()),
    "html": (".html", lambda shown: shown.html()),
    "svg": (".svg", lambda shown: shown.svg()),
    "json": (".json", lambda shown: json.dumps(shown.to_json())),
}


def written(shown: Shown, format: str) -> str:
    """The step, or document, in one of FORMATS; raises SettingError for another."""
    if format not in FORMATS:
        raise unknown_name("format", format, FORMATS)
    return FORMATS[format][1](shown)


def save(shown: Shown, path: str | os.PathLike[str], what: str = "A step") -> None:
    """Writes the step, or document, in the format of the path's ending; `what` is what a sentence calls it."""
    path = Path(path)
    formats = {ending: format for format, (ending, _) in FORMATS.items()}
    if path.suffix not in formats:
        raise SettingError(f"{what} is saved as {', '.join(formats)}; {path.name} ends in none of these.")
    replace_file(path, [written(shown, formats[path.suffix]).encode()])
