"""Showing a step: as terminal tables, Markdown, LaTeX, a page of HTML, a picture, JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from glassnet.errors import SettingError, unknown_name
from glassnet.files.atomic import replace_file

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace

FORMATS: dict[str, tuple[str, Callable[[Trace], str]]] = {
    "markdown": (".md", lambda trace: trace.markdown()),
    "latex": (".tex", lambda trace: trace.latex()),
    "html": (".html", lambda trace: trace.html()),
    "svg": (".svg", lambda trace: trace.svg()),
    "json": (".json", lambda trace: json.dumps(trace.to_json())),
}


def written(trace: Trace, format: str) -> str:
    """The step in one of FORMATS; raises SettingError for another."""
    if format not in FORMATS:
        raise unknown_name("format", format, FORMATS)
    return FORMATS[format][1](trace)


def save(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Writes the step in the format of the path's ending."""
    path = Path(path)
    formats = {ending: format for format, (ending, _) in FORMATS.items()}
    if path.suffix not in formats:
        raise SettingError(f"A step is saved as {', '.join(formats)}; {path.name} ends in none of these.")
    replace_file(path, [written(trace, formats[path.suffix]).encode()])
