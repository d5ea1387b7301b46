"""`glassnet predict`: what a trained network makes of a drawn digit, or of the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from glassnet.cli import picture
from glassnet.cli.models import is_table, opened, picture_size, rows_of
from glassnet.cli.options import AsJson, Plain, RunOrModel
from glassnet.cli.output import Output
from glassnet.data.centring import Centring, centre_digit
from glassnet.data.pictures import read_picture
from glassnet.errors import SettingError
from glassnet.plots.readable import NO_BREAK, percent, significant
from glassnet.training.network import Network
from glassnet.typing import Array

RUNNERS_UP = 2
BAR = 30  # columns of the longest bar


@dataclass(frozen=True)
class Prediction:
    """What the network says of one row; without probabilities where it has none."""

    source: str
    label: Any
    probabilities: tuple[float, ...] | None
    classes: tuple[Any, ...] | None
    centred: Centring | None = None

    @property
    def ranked(self) -> list[tuple[Any, float]]:
        """The classes with their probabilities, the most probable first."""
        if self.probabilities is None or self.classes is None:
            return []
        return sorted(zip(self.classes, self.probabilities, strict=True), key=lambda pair: -pair[1])

    @property
    def probability(self) -> float | None:
        """The probability of the label."""
        return next((p for label, p in self.ranked if label == self.label), None)

    def as_json(self, show_centring: bool) -> dict[str, Any]:
        """Its entry among the predictions."""
        entry = {
            "source": self.source,
            "label": self.label,
            "probability": self.probability,
            "probabilities": self.probabilities,
        }
        if show_centring and self.centred is not None:
            entry["centring"] = {
                "light_on_dark": self.centred.light_on_dark,
                "box": [[part.start, part.stop] for part in self.centred.box],
                "scaled": self.centred.scaled.shape,
                "result": self.centred.result,
            }
        return entry


def predict(
    run_or_model: RunOrModel,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures of digits, or CSV or NPY files.")],
    show_centring: Annotated[bool, typer.Option("--show-centring", help="Show how a picture becomes input.")] = False,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Say what a drawn digit is, or predict the rows of a table.

    A digit may be drawn in any size, dark on light or light on dark: it is found, scaled and centred like the ones
    that the network has learned.
    """
    output = Output.of(as_json, plain)
    network = opened(run_or_model)
    predictions = [prediction for path in files for prediction in predictions_of(network, path)]
    output.result(
        {
            "classes": network.classes,
            "predictions": [prediction.as_json(show_centring) for prediction in predictions],
        }
    )
    if as_json:
        return 0
    if show_centring:
        for prediction in predictions:
            _show_centring(output, prediction)
    if output.plain:
        output.show(*map(sentence, predictions))
    elif len(predictions) == 1 and predictions[0].ranked:
        output.show(Text(f"\n{sentence(predictions[0])}\n", "bold"), _bars(predictions[0]))
    else:
        output.show(_table(predictions))
    return 0


def predictions_of(network: Network, path: Path) -> Iterator[Prediction]:
    """One prediction for a picture, one a row for a table."""
    if is_table(path):
        X = rows_of(network, path)
        yield from _predicted(network, X, [f"{path}, row {i}" for i in range(1, len(X) + 1)])
    else:
        size = picture_size(network)
        if size is None:
            raise SettingError(
                f"{path} is a picture; this network does not read pictures of digits but rows of "
                f"{prod(network.input_shape or ())} numbers."
            )
        centred = centre_digit(read_picture(path), size)
        yield from _predicted(network, centred.row[None, :], [str(path)], centred)


def _predicted(
    network: Network, X: Array, sources: Sequence[str], centred: Centring | None = None
) -> Iterator[Prediction]:
    labels = network.predict(X).tolist()
    shares: Sequence[Any] = [None] * len(labels)
    if network.head.probabilities and network.classes is not None:
        shares = list(map(tuple, network.predict_proba(X).tolist()))
    for source, label, probabilities in zip(sources, labels, shares, strict=True):
        yield Prediction(source, label, probabilities, network.classes, centred)


def sentence(prediction: Prediction) -> str:
    """The prediction in words, with what else it might be."""
    if not prediction.ranked:
        label = significant(prediction.label, 6) if isinstance(prediction.label, float) else prediction.label
        return f"{prediction.source}: {label}."
    (_, first), *others = prediction.ranked
    rest = ", ".join(f"{label} ({share_of(share)})" for label, share in others[:RUNNERS_UP])
    return f"{prediction.source}: {prediction.label} ({share_of(first)}); next {rest}."


def share_of(share: float) -> str:
    """A probability as per cent, in one piece where lines are broken."""
    return percent(share).replace(" ", NO_BREAK)


def _show_centring(output: Output, prediction: Prediction) -> None:
    if prediction.centred is None:
        raise SettingError(f"{prediction.source}: --show-centring is for pictures.")
    if output.plain:
        drawn = picture.letters(prediction.centred.steps[-1][1])
        output.show(f"{prediction.source}: {picture.described(prediction.centred)}", drawn)
    else:
        caption = Text(picture.described(prediction.centred), "quiet")
        output.show(Text(), picture.centring(prediction.centred, output.out.width), caption)


def _bars(prediction: Prediction) -> Table:
    """Every class with its probability as a bar, in the order of the classes."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    assert prediction.probabilities is not None
    assert prediction.classes is not None
    for label, share in zip(prediction.classes, prediction.probabilities, strict=True):
        style = "good" if label == prediction.label else "quiet"
        table.add_row(Text(str(label), style), Text("█" * round(BAR * share), style), Text(share_of(share), style))
    return table


def _table(predictions: Sequence[Prediction]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("source", style="name", overflow="fold")
    table.add_column("prediction", style="number")
    if any(prediction.ranked for prediction in predictions):
        table.add_column("probability", justify="right")
        table.add_column("next", style="quiet")
    for prediction in predictions:
        if prediction.ranked:
            others = ", ".join(f"{label} ({share_of(share)})" for label, share in prediction.ranked[1:2])
            table.add_row(prediction.source, str(prediction.label), share_of(prediction.ranked[0][1]), others)
        else:
            table.add_row(prediction.source, sentence(prediction).rpartition(": ")[2].rstrip("."))
    return table
