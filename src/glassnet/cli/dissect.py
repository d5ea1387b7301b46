"""`glassnet dissect`: one step of training, every number of it with its formula."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.options import AsJson, DataDir, Plain, option
from glassnet.cli.output import Output
from glassnet.cli.writing import Format, Out, check_format
from glassnet.errors import SettingError
from glassnet.lab.convention import Convention
from glassnet.lab.dissect import dissect as trace_of
from glassnet.lab.show import markdown, save, terminal, written
from glassnet.lab.trace import Trace

PROBLEMS = (".toml", ".json")
WORDS = "rows|columns, base 0|1, b|w0|theta, plus|minus, dZ|dW, lecture"


def dissect(
    what: Annotated[Path, typer.Argument(metavar="RUN|MODEL|PROBLEM", help="A run's folder, a model, a problem file.")],
    step: Annotated[int | None, option("N", "Which step of the run is made again, counted from 1.")] = None,
    sample: Annotated[int | None, option("ROW", "Without --step: which row of the data, from 0 (the first).")] = None,
    data: Annotated[str | None, option("digits|mnist|FILE", "The data; by default the run's own.")] = None,
    data_dir: DataDir = None,
    explain: Annotated[str | None, option("NAME", "Open one number: 'dW1[210,7]'.")] = None,
    chain: Annotated[str | None, option("NAME", "Follow one number back to the inputs and on to the loss.")] = None,
    attribute: Annotated[int | None, option("OUTPUT", "What every pixel and unit contributes to this logit.")] = None,
    convention: Annotated[str | None, option("WORDS", f"How it is written: {WORDS}.")] = None,
    format: Format = "terminal",
    out: Out = None,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Open one step of training: forward, loss, backward, update, each quantity with formula and value."""
    check_format(format)
    _refuse_together(what, step, sample, data, format, out, (explain, chain, attribute))
    output = Output.of(as_json, plain)
    trace = _trace(what, step, sample, data, data_dir, convention, output)
    if (explain, chain, attribute) != (None, None, None):
        return _one_number(trace, explain, chain, attribute, format, output)
    if out is not None:
        save(trace, out)
        output.result({"file": str(out)})
        output.show(f"The step is written to {out}.")
        return 0
    if as_json:
        output.result(trace.to_json())
    elif format != "terminal":
        output.show_text(written(trace, format))
    else:
        output.show(*([*trace.notes, str(trace)] if output.plain else [terminal.step(trace)]))
    return 0


def _refuse_together(
    what: Path,
    step: int | None,
    sample: int | None,
    data: str | None,
    format: str,
    out: Path | None,
    numbers: tuple[object, ...],
) -> None:
    """Raises SettingError for options of which one would have no effect beside the other."""
    if numbers != (None, None, None):
        if out is not None:
            raise SettingError("--out writes the whole step; without it --explain, --chain and --attribute print.")
        if format != "terminal" and not (format == "markdown" and numbers[1:] == (None, None)):
            raise SettingError(f"--format {format} is for the whole step; --explain also takes markdown.")
    else:
        check_format(format, out)
    if step is not None and sample is not None:
        raise SettingError("--step has the rows of its batch; --sample is for a model without --step.")
    if what.suffix in PROBLEMS and (sample is not None or data is not None):
        raise SettingError("A problem has its own sample: --sample and --data are for a run or a model.")


def _one_number(
    trace: Trace, explain: str | None, chain: str | None, attribute: int | None, format: str, output: Output
) -> int:
    """--explain, --chain, --attribute, or several of them."""
    result: dict[str, Any] = {}
    if explain is not None:
        explained = trace.explain(explain)
        result |= explained.to_json()
        if format == "markdown":
            output.show_text(markdown.explained(explained))
        else:
            output.show(str(explained) if output.plain else terminal.explained(explained))
    if chain is not None:
        followed = trace.chain(chain)
        result |= {"chain": followed.to_json()}
        output.show(str(followed) if output.plain else terminal.chain(followed))
    if attribute is not None:
        made = trace.attribution(0, attribute)
        result |= {"attribution": made.to_json()}
        output.show(str(made) if output.plain else terminal.attribution(made))
    output.result(result)
    return 0


def _trace(
    what: Path,
    step: int | None,
    sample: int | None,
    data: str | None,
    data_dir: Path | None,
    convention: str | None,
    output: Output,
) -> Trace:
    """The step that is looked at: a problem's, one of a run made again, or one on a row of data."""
    shown = Convention.of(convention)
    if what.suffix in PROBLEMS:
        return trace_of(what, step=step, convention=shown)
    if step is not None:
        from glassnet.cli.runs import opened_run

        if not what.is_dir():
            raise SettingError(f"{what} is no run's folder, and only a run has steps; --sample opens a model on a row.")
        return trace_of(opened_run(what, data, data_dir), step=step, convention=shown)
    from glassnet.cli.models import held_out, opened
    from glassnet.cli.progress import download_progress

    network = opened(what)
    with download_progress(output) as progress:
        X, y, _ = held_out(what, network, data, data_dir, progress)
    sample = sample or 0
    if not 0 <= sample < len(y):
        raise SettingError(f"There is no row {sample}: the data have the rows 0 to {len(y) - 1}.")
    return trace_of(network, X[sample : sample + 1], y[sample : sample + 1], convention=shown)
