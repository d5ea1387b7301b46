"""What an epoch was: means over the rows as they were trained on, and the validation after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.errors import unknown_name
from glassnet.maths import losses, metrics
from glassnet.training.targets import Targets
from glassnet.typing import Array, Floats, Indices

Metric = str | Callable[[Array, Array], float]


class EpochMean:
    """The mean loss of an epoch: each step's loss is a mean over its batch and counts with the batch's weight."""

    def __init__(self) -> None:
        self.sum = self.weight = 0.0

    def add(self, losses: Floats, order: Indices, batch_size: int, sample_weight: Floats | None) -> None:
        """Takes the losses of consecutive steps over the rows of `order`."""
        starts = np.arange(0, len(order), batch_size)[: len(losses)]
        each = np.ones(len(order)) if sample_weight is None else sample_weight[order]
        weights = np.add.reduceat(each, starts)
        self.sum += float(weights @ losses)
        self.weight += float(weights.sum())

    @property
    def value(self) -> float:
        return self.sum / self.weight if self.weight else float("nan")


def scores(
    wanted: Sequence[Metric], targets: Targets, encoded: Array, outputs: Array, threshold: float
) -> dict[str, float]:
    """Each metric of these outputs, by its name; losses of numbers (mse, mae, ...) may be asked for as metrics too."""
    result = {}
    truth, decided = targets.truth(encoded), targets.decide(outputs, threshold)
    for metric in wanted:
        name, function = _metric(metric)
        takes_scores = getattr(function, "takes_scores", False)
        result[name] = float(function(truth, outputs if takes_scores else decided))
    return result


def check_metrics(wanted: Sequence[Metric]) -> None:
    """Raises SettingError for an unknown metric, before any work is done."""
    for metric in wanted:
        _metric(metric)


def _metric(metric: Metric) -> tuple[str, Callable[..., Any]]:
    if callable(metric):
        return getattr(metric, "__name__", type(metric).__name__), metric
    if metric in metrics.CATALOGUE:
        return metric, metrics.CATALOGUE[metric]
    numbers = {name: loss for name, loss in losses.CATALOGUE.items() if loss.target_kind == "real"}
    if metric in numbers:
        return metric, numbers[metric]
    raise unknown_name("metric", metric, [*metrics.CATALOGUE, *numbers])
