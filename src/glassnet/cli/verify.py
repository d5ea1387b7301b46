"""`glassnet verify`: whether a run, made again from its start, has the bits that were recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.options import AsJson, DataDir, Plain, option
from glassnet.cli.output import Output
from glassnet.cli.runs import opened_run
from glassnet.training.replay import Verdict

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")]
Data = Annotated[str | None, option("FILE", "What the run was trained on, where that was too large to be kept in it.")]

Engine = Annotated[
    str | None, option("native|reference", "Another engine than the run's, for a machine without that: to rounding.")
]


def verify(
    run: RunFolder,
    data: Data = None,
    data_dir: DataDir = None,
    engine: Engine = None,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Train a run again from its start and compare every number that was recorded, to the last bit."""
    output = Output.of(as_json, plain)
    answer(output, opened_run(run, data, data_dir).verify(engine=engine))
    return 0


def answer(output: Output, verdict: Verdict) -> None:
    """A verdict as JSON or as its sentence: that two runs differ is a result, not a failure."""
    output.result(
        {
            "equal": verdict.equal,
            "step": verdict.step,
            "quantity": verdict.quantity,
            "index": verdict.index,
            "values": verdict.values,
            "differences": verdict.differences,
            "explanation": verdict.sentence,
        }
    )
    output.show(verdict.sentence)
