"""What an epoch was: means over the rows as they were trained on, and the validation after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import SettingError, unknown_name
from glassnet.maths import losses, metrics
from glassnet.training.targets import Targets
from glassnet.typing import Array, Floats, Indices

if TYPE_CHECKING:
    from glassnet.training.preparation import Head

Metric = str | Callable[[Array, Array], float]


@dataclass
class EpochSoFar:
    """What of an epoch is behind: its steps, and the sums that its mean loss is made of.

    Each step's loss is a mean over its batch and counts with the batch's weight. The losses are added one after the
    other: a sum in pieces would be rounded differently, and pieces depend on the clock.
    """

    steps: int = 0
    loss_sum: float = 0.0
    weight: float = 0.0
    seconds: float = 0.0

    def add(
        self, losses: Floats, order: Indices, batch_size: int, sample_weight: Floats | None, seconds: float
    ) -> None:
        """Takes the losses of consecutive steps over the rows of `order`."""
        if not len(losses):
            return
        if sample_weight is None:
            rows, total = min(len(order), batch_size * len(losses)), self.loss_sum
            *whole, last = losses.tolist()
            for loss in whole:
                total += loss * batch_size
            self.loss_sum = total + last * (rows - batch_size * len(whole))
            self.weight += rows
        else:
            starts = np.arange(0, len(order), batch_size)[: len(losses)]
            weights = np.add.reduceat(sample_weight[order].astype(np.float64), starts)
            self.loss_sum = reduce(add, (weights * losses).tolist(), self.loss_sum)
            self.weight = reduce(add, weights.tolist(), self.weight)
        self.steps += len(losses)
        self.seconds += seconds

    @property
    def loss(self) -> float:
        """The mean loss; NaN where no row counted."""
        return self.loss_sum / self.weight if self.weight else float("nan")


def scores(
    wanted: Sequence[Metric],
    targets: Targets,
    encoded: Array,
    outputs: Array,
    head: Head,
    sample_weight: Floats | None = None,
) -> dict[str, float]:
    """Each metric of these outputs (logits where the loss contains the last activation), by its name.

    Rows count by their weights in the metrics that take weights.
    """
    truth = targets.truth(encoded)
    decided = targets.decide(outputs if targets.classifies else head.read(outputs), head.threshold)
    together = truth, decided, sample_weight
    if head.groups:
        together = head.answers(encoded), head.answers(outputs), sample_weight
    if targets.classifies and decided.ndim == 2:  # several yes-or-no answers a row: each counts
        sample_weight = None if sample_weight is None else np.repeat(sample_weight, truth.shape[1])
        truth, decided = truth.ravel(), decided.ravel()
    each = truth, decided, sample_weight
    result = {}
    for metric in wanted:
        function = resolved(metric, targets)
        takes = getattr(function, "takes", "labels")
        truth, decided, weight = together if takes == "answers" else each
        read = takes in ("scores", "ranks", "probabilities")
        given = _given(takes, _name(metric), targets, outputs, head) if read else decided
        weighted = {} if weight is None or not takes_weights(function) else {"sample_weight": weight}
        result[_name(metric)] = float(function(truth, given, **weighted))
    return result


def takes_weights(function: Callable[..., Any]) -> bool:
    """Whether a metric has a `sample_weight` to give to it."""
    from inspect import signature

    try:
        return "sample_weight" in signature(function).parameters
    except (TypeError, ValueError):  # what was not written in Python shows no parameters
        return False


def _given(takes: str, name: str, targets: Targets, outputs: Array, head: Head) -> Array:
    """The outputs as a metric takes them: scores as they are, ranks and probabilities behind the last activation.

    A yes-or-no answer is one column of probabilities; several of them count each, as they do for labels.
    """
    if takes == "scores":
        return outputs
    if not targets.classifies:
        raise SettingError(f"{name} is about classes, and this network learns numbers.")
    if takes == "probabilities" and not head.probabilities:
        raise SettingError(f"{name} takes probabilities, and this network has no softmax or sigmoid at its end.")
    read = head.read(outputs)
    return read.ravel() if targets.kind == "binary" else read


def resolved(metric: Metric, targets: Targets) -> Callable[..., Any]:
    """The function of a metric: by name from `gn.metrics`, or one of the losses of numbers, or one's own.

    Precision, recall and F1 of more than two classes are means over the classes (macro) where nothing else is said.

    Raises:
        SettingError: a name that does not exist, or whose result is no single number.
    """
    if not isinstance(metric, str):
        return metric
    numbers = {name: loss for name, loss in losses.CATALOGUE.items() if loss.target_kind == "real"}
    single = {name: found for name, found in metrics.CATALOGUE.items() if found.single}
    if metric not in single and metric not in numbers:
        raise unknown_name("metric", metric, [*single, *numbers])
    if metric not in single:
        return numbers[metric]
    many = targets.outputs > 2 and "average" in single[metric].settings
    return single[metric].configured(average="macro") if many else single[metric]


def tried(wanted: Sequence[Metric], targets: Targets, encoded: Array, head: Head) -> tuple[Metric, ...]:
    """The metrics, each tried on a few rows, so that a mistake shows before the first epoch and not after it."""
    if isinstance(wanted, str):
        raise SettingError(f"metrics is a sequence of names: write metrics=({wanted!r},).")
    few = encoded[:8]
    ours = [metric for metric in wanted if isinstance(metric, str) or hasattr(metric, "takes")]
    scores(ours, targets, few, np.zeros((len(few), targets.outputs), np.float32), head)
    return tuple(wanted)


def _name(metric: Metric) -> str:
    if isinstance(metric, str):
        return metric
    return str(getattr(metric, "name", None) or getattr(metric, "__name__", type(metric).__name__))
