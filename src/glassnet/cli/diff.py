"""`glassnet diff`: the first number in which two runs part, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.options import AsJson, DataDir, Plain
from glassnet.cli.output import Output
from glassnet.cli.runs import opened_run
from glassnet.cli.verify import Data, Engine, answer
from glassnet.training.compare import diff as compare


def diff(
    first: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
    second: Annotated[Path, typer.Argument(metavar="RUN", help="Another one's.")],
    data: Data = None,
    data_dir: DataDir = None,
    engine: Engine = None,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Compare two runs to the last bit: the first step, quantity and entry in which they part, and what differs.

    A FILE is offered to both runs; data that lie in a run or have a name need none.
    """
    output = Output.of(as_json, plain)
    answer(output, compare(*(opened_run(folder, data, data_dir) for folder in (first, second)), engine=engine))
    return 0
