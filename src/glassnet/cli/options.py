"""Options that several commands share, and the small languages of their values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.errors import SettingError


def option(metavar: str, help: str) -> Any:
    """An option that takes a value: what stands for it in the help page, and what it does."""
    return typer.Option(metavar=metavar, help=help)


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Plain = Annotated[bool, typer.Option("--plain", help="Sentences instead of bars, boxes and colours.")]
DataDir = Annotated[Path | None, option("FOLDER", "Where the four MNIST files lie.")]
RunOrModel = Annotated[Path, typer.Argument(metavar="RUN_OR_MODEL", help="A run's folder, or a model file.")]

Settings = dict[str, float | bool]


def widths(text: str) -> tuple[int, ...]:
    """The hidden widths in "128,64"; "none" is no hidden layer.

    >>> widths("128,64"), widths("none")
    ((128, 64), ())
    """
    if text.strip().lower() == "none":
        return ()
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or min(found) < 1:
        raise SettingError(f"--layers takes the widths of the hidden layers, such as 128 or 128,64; given {text!r}.")
    return found


def rows_a_step(text: str) -> int | str:
    """A batch size: a whole number, or "full".

    >>> rows_a_step("64"), rows_a_step("full")
    (64, 'full')
    """
    if text == "full":
        return text
    if not re.fullmatch(r"0*[1-9][0-9]*", text):
        raise SettingError(f"--batch-size is a whole number of at least 1, or full; given {text!r}.")
    return int(text)


def named(option: str, text: str) -> tuple[str, Settings]:
    """A name with settings after a colon.

    >>> named("--init", "uniform:low=-0.5,high=0.5")
    ('uniform', {'low': -0.5, 'high': 0.5})
    >>> named("--activation", "relu")
    ('relu', {})
    """
    name, _, rest = text.partition(":")
    settings: Settings = {}
    for part in filter(None, rest.split(",")):
        key, _, value = part.partition("=")
        settings[key.strip()] = _value(option, part, value.strip())
    return name.strip(), settings


def _value(option: str, part: str, text: str) -> float | bool:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return float(text)
    except ValueError:
        raise SettingError(
            f"{option} takes a name, or a name with settings such as name:setting=0.5; {part!r} sets no number."
        ) from None
