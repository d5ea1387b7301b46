"""`glassnet descend`: gradient descent on a function as it is written, or on the loss of a line through data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.options import AsJson, Plain, named, option
from glassnet.cli.output import Output
from glassnet.cli.writing import Format, Out, check_format
from glassnet.errors import SettingError
from glassnet.files.atomic import replace_file
from glassnet.lab.descent.descend import OWN_RATE, RATE, Descent
from glassnet.lab.descent.descend import descend as walk_down
from glassnet.lab.descent.regression import KINDS, descend_line, read_rows
from glassnet.lab.descent.regression import RATE as LINE_RATE
from glassnet.lab.show import save, written
from glassnet.lab.show.document import terminal

ROWS = 24  # of a table of steps in a terminal
SettingsHelp = "Which optimizer; again for another one: momentum, adam:beta1=0.8."


def descend(
    expression: Annotated[str | None, typer.Argument(metavar="EXPR", help="A function, such as 'x**2 - y**2'.")] = None,
    start: Annotated[str | None, option("2,3", "Where it begins: a number for each variable; else 1 for each.")] = None,
    learning_rate: Annotated[float | None, option("NUMBER", "How long the steps are; else 0.1 (--fit: 0.01).")] = None,
    steps: Annotated[int, option("N", "How many steps at most.")] = 100,
    tolerance: Annotated[float, option("NUMBER", "The path ends where the gradient is no longer than this.")] = 1e-10,
    optimizer: Annotated[list[str] | None, option("NAME", SettingsHelp)] = None,
    fit: Annotated[str | None, option("|".join(KINDS), "The loss of a line through points, in place of EXPR.")] = None,
    data: Annotated[Path | None, option("CSV", "The points of --fit: x and y; else the lecture's twelve.")] = None,
    plot: Annotated[Path | None, option("FILE", "The picture, as .svg.")] = None,
    format: Format = "terminal",
    out: Out = None,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Walk down a function, every step a row, and say what the path did and why."""
    check_format(format, out)
    if plot is not None and plot.suffix != ".svg":
        raise SettingError(f"--plot writes an SVG; {plot.name} does not end in .svg.")
    output = Output.of(as_json, plain)
    chosen = _optimizers(optimizer or ["gradient_descent"], learning_rate, RATE if fit is None else LINE_RATE)
    rate = learning_rate if any(isinstance(each, str) for each in chosen) else None  # the others have theirs
    options: dict[str, Any] = {"steps": steps, "tolerance": tolerance, "optimizer": chosen}
    found = _found(expression, fit, data, _start(start), rate, options)
    files = [str(path) for path in (plot, out) if path is not None]
    if plot is not None:
        replace_file(plot, [found.svg().encode()])
    if out is not None:
        save(found, out, "A descent")
    output.result(found.to_json() | ({"files": files} if files else {}))
    if files:
        output.show(f"{found.verdict.capitalize()}: {found.explanation}", f"Written to {' and '.join(files)}.")
    elif format != "terminal":
        output.show_text(written(found, format))
    else:
        _show(found, output)
    return 0


def _found(
    expression: str | None,
    fit: str | None,
    data: Path | None,
    start: list[float] | None,
    learning_rate: float | None,
    options: dict[str, Any],
) -> Descent:
    """The descent on the function, or on the loss of a line."""
    if (expression is None) == (fit is None):
        raise SettingError("Say what is walked down: a function EXPR, or --fit linear or logistic; one of them.")
    if expression is not None:
        if data is not None:
            raise SettingError("--data are the points of --fit; a function has none.")
        return walk_down(expression, start, learning_rate, **options)
    assert fit is not None
    x, y = (None, None) if data is None else read_rows(data)
    if learning_rate is not None:
        options["learning_rate"] = learning_rate
    return descend_line(x, y, fit, (0.0, 0.0) if start is None else start, **options)


def _show(found: Descent, output: Output) -> None:
    document = found.document(ROWS, pictured=False)
    output.show(str(document) if output.plain else terminal.drawn(document))


def _start(text: str | None) -> list[float] | None:
    """The numbers in "2,3"."""
    if text is None:
        return None
    try:
        return [float(part) for part in text.replace(";", ",").split(",")]
    except ValueError:
        raise SettingError(f"--start takes a number for each variable, such as 2,3; given {text!r:.80}.") from None


def _optimizers(texts: list[str], learning_rate: float | None, usual: float) -> list[Any]:
    """Names, and optimizers with the settings after their colons; a rate among these is its own."""
    given = [named("--optimizer", text) for text in texts]
    if learning_rate is not None and all("learning_rate" in settings for _, settings in given):
        raise SettingError("Each --optimizer has a learning_rate of its own; leave --learning-rate out.")
    return [_optimizer(name, settings, learning_rate, usual) if settings else name for name, settings in given]


def _optimizer(name: str, settings: dict[str, Any], learning_rate: float | None, usual: float) -> Any:
    """The optimizer with these settings."""
    from glassnet import optim

    if "learning_rate" in settings or (learning_rate is None and name in OWN_RATE):
        return optim.get(name, **settings)
    return optim.get(name, **settings, learning_rate=usual if learning_rate is None else learning_rate)
