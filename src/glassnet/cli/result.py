"""What `glassnet train` says in the end: how good the network is, where it is kept, what to do with it."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from glassnet.cli.models import picture_size, widths_of
from glassnet.cli.output import Output
from glassnet.cli.scores import Scores, confusion, headline, mistakes, score
from glassnet.data import Dataset
from glassnet.files.store import MODEL, REPORT
from glassnet.plots.readable import duration, plural, significant
from glassnet.training.run import Run

INTERRUPTED = 130  # the exit status


def finish(output: Output, source: Dataset, run: Run, folder: Path) -> int:
    """Shows what was reached, and what to do with it."""
    scores = score(run.network, *(source.test or source.train))
    what = "held-out rows" if source.test else "training rows"
    loss = run.history[-1]["loss"] if run.history else None
    output.result(
        {
            "run": str(folder),
            "model": str(folder / MODEL),
            "parameters": run.network.parameters().flat.size,
            "seconds": run.seconds,
            "train": {"loss": loss},
            "test": _measured(scores) if source.test else None,
            "seed": run.program.seed,
            "engine": run.engine,
        }
    )
    facts = _facts(run, loss, scores if source.test else None, folder)
    if output.plain:
        output.show(headline(scores, what), *mistakes(scores), *(f"{name}: {fact}" for name, fact in facts))
    else:
        output.show(Text(f"\n{headline(scores, what)}\n", "bold"), *confusion(scores, output.out.width), _table(facts))
    if run.ended == "interrupted":
        output.note("Interrupted: what was learned until then is kept.")
        return INTERRUPTED
    return 0


def _measured(scores: Scores) -> dict[str, float | None]:
    second = {"r2": scores.r2} if scores.accuracy is None else {"accuracy": scores.accuracy}
    return {"loss": scores.loss, **second}


def _facts(run: Run, loss: float | None, scores: Scores | None, folder: Path) -> list[tuple[str, str]]:
    program, network = run.program, run.network
    held = f", {significant(scores.loss, 4)} held out" if scores else ""
    todo = f"predict {folder} a-digit-you-drew.png" if picture_size(network) else f"evaluate {folder}"
    return [
        ("network", f"{widths_of(network)}, {plural(network.parameters().flat.size, 'weight')}"),
        ("loss", f"{significant(loss, 4) if loss is not None else 'none'} in training{held} ({program.loss.name})"),
        ("time", f"{duration(run.seconds)} for {plural(run.epoch, 'epoch')}, {plural(run.state.step, 'step')}"),
        ("model", str(folder / MODEL)),
        ("report", str(folder / REPORT)),
        ("next", f"glassnet {todo}"),
    ]


def _table(facts: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="quiet")
    table.add_column(overflow="fold")
    for name, fact in facts:
        table.add_row(name, Text(fact, "name" if name in ("model", "report", "next") else ""))
    return table
