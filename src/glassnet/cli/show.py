"""`glassnet show`: the functions of the library as pages and pictures for a lecture."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.options import AsJson, Plain, option
from glassnet.cli.output import Output
from glassnet.errors import SettingError, unknown_name
from glassnet.files.atomic import replace_file
from glassnet.lab.gallery import activations, boundaries, losses, optimizers
from glassnet.lab.show import FORMATS, save
from glassnet.lab.show.document import Document, terminal
from glassnet.plots import svg, theme

KINDS: dict[str, Callable[[], Document]] = {
    "activations": activations.document,
    "losses": losses.document,
    "optimizers": optimizers.document,
    "boundary": boundaries.document,
}
WRITTEN = ("html", "svg", "markdown", "latex", "json")


def show(
    kind: Annotated[str, typer.Argument(metavar="|".join(KINDS), help="What is shown.")],
    out: Annotated[Path, option("FOLDER", "Where the files go.")] = Path("show"),
    format: Annotated[str, option("FORMATS", "Of html, svg, markdown, latex, json, with commas.")] = "html,svg",
    model: Annotated[Path | None, option("RUN_OR_MODEL", "For boundary: a network with two inputs.")] = None,
    data: Annotated[
        Path | None, option("CSV", "For boundary: points to be drawn, two columns and their class.")
    ] = None,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Write pages and pictures of activations, losses, optimizers' paths, or what each neuron of a network sees."""
    if kind not in KINDS:
        raise unknown_name("thing to show", kind, KINDS)
    wanted = [each.strip() for each in format.split(",")]
    for each in wanted:
        if each not in WRITTEN:
            raise unknown_name("format", each, WRITTEN)
    if kind != "boundary" and (model is not None or data is not None):
        raise SettingError("--model and --data are for boundary.")
    output = Output.of(as_json, plain)
    document = _boundary(model, data) if kind == "boundary" else KINDS[kind]()
    files = _written(document, kind, out, wanted)
    output.result({"files": [str(path) for path in files]})
    output.show(str(document) if output.plain else terminal.drawn(document))
    output.show(f"Written: {', '.join(str(path) for path in files)}.")
    return 0


def _boundary(model: Path | None, data: Path | None) -> Document:
    """The pictures of a network from a file, with the points of a table on them."""
    if model is None:
        if data is not None:
            raise SettingError("--data are points for the network of --model; name one.")
        return boundaries.document()
    from glassnet.cli.models import opened
    from glassnet.data.csv import read_csv

    table = None if data is None else read_csv(data)
    return boundaries.document(opened(model), None if table is None else table.X, None if table is None else table.y)


def _written(document: Document, kind: str, folder: Path, formats: list[str]) -> list[Path]:
    """The document in each format; as pictures every one of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for format in formats:
        if format == "svg":
            files += _pictures(document, kind, folder)
        else:
            files.append(folder / f"{kind}{FORMATS[format][0]}")
            save(document, files[-1], "What is shown")
    return files


def _pictures(document: Document, kind: str, folder: Path) -> list[Path]:
    files = []
    for place, picture in enumerate(document.pictures(), 1):
        title = re.search(r"<title>(.*?)</title>", picture.markup)
        name = re.sub(r"[^a-z0-9]+", "-", (title[1] if title else "").lower()).strip("-")[:40]
        files.append(folder / f"{kind}-{place:02d}-{name or 'picture'}.svg")
        replace_file(files[-1], [str(svg.standalone(picture.markup, theme.css())).encode()])
    return files
