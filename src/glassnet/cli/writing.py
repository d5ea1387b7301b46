"""How the commands of the lab's benches are told to write down what they found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from glassnet.cli.options import option
from glassnet.errors import SettingError, unknown_name
from glassnet.lab.show import FORMATS

Format = Annotated[str, option("terminal|" + "|".join(FORMATS), "How it is written down.")]
Out = Annotated[Path | None, option("FILE", "Where to: .html, .md, .tex, .svg or .json.")]


def check_format(format: str, out: Path | None = None) -> None:
    """Raises SettingError for a format that there is not, and for one beside a file, whose ending says it.

    >>> check_format("latex")
    """
    if format not in ("terminal", *FORMATS):
        raise unknown_name("format", format, ["terminal", *FORMATS])
    if out is not None and format != "terminal":
        raise SettingError("--out takes its format from the file's ending; leave --format out.")
