"""`glassnet dissect`: one step of training, every number of it with its formula."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from glassnet.cli.options import AsJson, DataDir, Plain, option
from glassnet.cli.output import Output
from glassnet.errors import SettingError
from glassnet.lab.problem import load_problem
from glassnet.lab.trace import Trace, short

FORMATS = ("terminal", "markdown")


def dissect(
    what: Annotated[Path, typer.Argument(metavar="MODEL|PROBLEM", help="A model, a run's folder, or a problem file.")],
    sample: Annotated[int, option("ROW", "Which row of the data is looked at, counted from 0.")] = 0,
    data: Annotated[str | None, option("digits|mnist|FILE", "The data; by default what the run held out.")] = None,
    data_dir: DataDir = None,
    explain: Annotated[str | None, option("NAME", "Open one number: 'dW1[210,7]'.")] = None,
    convention: Annotated[str | None, option("dZ|dW", "Where the mean's 1/m stands.")] = None,
    format: Annotated[str, option("terminal|markdown", "How the table is written.")] = "terminal",
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Open one step of training: forward, loss, backward, update, each quantity with formula and value."""
    if format not in FORMATS:
        raise SettingError(f"--format is terminal or markdown; given {format!r}.")
    output = Output.of(as_json, plain)
    trace = _trace(what, sample, data, data_dir, convention, output)
    if explain is not None:
        explained = trace.explain(explain)
        output.result(explained.to_json())
        output.show(str(explained))
        return 0
    output.result(trace.to_json())
    if format == "markdown":
        output.show(trace.markdown())
    else:
        output.show(str(trace) if output.plain else table(trace))
    return 0


def table(trace: Trace) -> Table:
    """A quantity a row."""
    shown = Table(box=None, padding=(0, 2), header_style="quiet")
    for name in ("quantity", "formula", "value"):
        shown.add_column(name, overflow="fold", style="name" if name == "quantity" else "")
    for quantity in trace.quantities.values():
        shown.add_row(quantity.name, quantity.formula.partition(" = ")[2] or "given", short(quantity.value))
    return shown


def _trace(
    what: Path, sample: int, data: str | None, data_dir: Path | None, convention: str | None, output: Output
) -> Trace:
    if what.suffix in (".toml", ".json"):
        return load_problem(what, mean_in=convention).trace
    from glassnet.cli.models import held_out, opened
    from glassnet.cli.progress import download_progress
    from glassnet.lab.dissect import dissect as trace_of

    network = opened(what)
    with download_progress(output) as progress:
        X, y, _ = held_out(what, network, data, data_dir, progress)
    if not 0 <= sample < len(y):
        raise SettingError(f"There is no row {sample}: the data have the rows 0 to {len(y) - 1}.")
    row: Any = X[sample : sample + 1]
    return trace_of(network, row, y[sample : sample + 1], mean_in=convention or "dZ")
