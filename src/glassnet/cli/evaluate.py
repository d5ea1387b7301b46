"""`glassnet evaluate`: how good a trained network is, class by class."""

from __future__ import annotations

from typing import Annotated

from rich.text import Text

from glassnet.cli.models import held_out, opened
from glassnet.cli.options import AsJson, DataDir, Plain, RunOrModel, option
from glassnet.cli.output import Output
from glassnet.cli.progress import download_progress
from glassnet.cli.scores import classes, confusion, headline, mistakes, score
from glassnet.plots.readable import significant


def evaluate(
    run_or_model: RunOrModel,
    data: Annotated[
        str | None,
        option("digits|mnist|FILE", "What to measure on; by default what the run held out."),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Measure a trained network: loss, accuracy, each class, and which classes it takes for which.

    It is measured on the test part of the data it was trained on, or on the whole of a FILE.
    """
    output = Output.of(as_json, plain)
    network = opened(run_or_model)
    with download_progress(output) as progress:
        X, y, what = held_out(run_or_model, network, data, data_dir, progress)
    scores = score(network, X, y)
    output.result(scores.as_json())
    sentence = headline(scores, what)
    loss = f"The loss ({network.loss.name if network.loss else 'none'}) is {significant(scores.loss, 4)}."
    if output.plain:
        output.show(sentence, loss, *mistakes(scores))
    else:
        parts = (*classes(scores), *confusion(scores, output.out.width))
        output.show(Text(f"\n{sentence}", "bold"), Text(loss, "quiet"), *parts)
    return 0
