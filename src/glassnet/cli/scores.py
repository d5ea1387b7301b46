"""How a network does on rows with known targets, and how that is shown: a table, a confusion matrix, or sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from glassnet.maths import metrics
from glassnet.plots.readable import count, percent, plural, significant
from glassnet.typing import ArrayLike, Indices

if TYPE_CHECKING:
    from glassnet.training.network import Network

MOST_CLASSES = 30  # a matrix of more classes fits no terminal
HEAT = ("red", "bold red", "bold white on red")  # from few mistakes to most


@dataclass(frozen=True)
class Scores:
    """The loss with what else is known of it; `labels` in the order of the matrix, whose rows are the true classes."""

    rows: int
    loss: float
    accuracy: float | None = None
    r2: float | None = None
    labels: tuple[Any, ...] = ()
    matrix: Indices | None = None
    per_class: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object that `evaluate --json` prints."""
        if self.matrix is None:
            measured = {"loss": self.loss, "accuracy": self.accuracy, "r2": self.r2}
            return {**measured, "confusion_matrix": None, "per_class": None}
        return {
            "loss": self.loss,
            "accuracy": self.accuracy,
            "confusion_matrix": self.matrix,
            "per_class": self.per_class,
        }


def score(network: Network, X: Any, y: ArrayLike) -> Scores:
    """Measures a network on these rows."""
    measured = network.evaluate(X, y)
    scores = Scores(len(X), measured["loss"], measured.get("accuracy"), measured.get("r2"))
    if network.classes is None:
        return scores
    labels, predicted = network.classes, network.predict(X)
    true = np.asarray(y).reshape(-1)
    each = {
        name: np.asarray(measure(true, predicted, labels=labels, average=None)).tolist()
        for name, measure in (("precision", metrics.precision), ("recall", metrics.recall), ("f1", metrics.f1))
    }
    matrix = metrics.confusion_matrix(true, predicted, labels=labels)
    per_class = tuple(
        {"label": label, **{name: values[i] for name, values in each.items()}, "rows": int(matrix[i].sum())}
        for i, label in enumerate(labels)
    )
    return replace(scores, labels=labels, matrix=matrix, per_class=per_class)


def headline(scores: Scores, what: str) -> str:
    """The result in one sentence.

    >>> headline(Scores(360, 0.09, accuracy=0.975), "held-out digits")
    '97.5\\xa0% of 360 held-out digits are right; 9 are wrong.'
    """
    if scores.accuracy is not None:
        wrong = round((1 - scores.accuracy) * scores.rows)
        digits = 2 if scores.rows >= 5000 else 1
        mistakes = "none is wrong" if not wrong else f"{count(wrong)} {'is' if wrong == 1 else 'are'} wrong"
        return f"{percent(scores.accuracy, digits)} of {count(scores.rows)} {what} are right; {mistakes}."
    if scores.r2 is not None:
        return f"R² is {significant(scores.r2)} on {count(scores.rows)} {what} (1 is perfect, 0 is the mean)."
    return f"The loss is {significant(scores.loss, 4)} on {count(scores.rows)} {what}."


def confusion(scores: Scores, width: int) -> Iterator[RenderableType]:
    """The confusion matrix where it fits this width, else a sentence a class."""
    if scores.matrix is None or len(scores.labels) > MOST_CLASSES:
        return
    cell = max(len(word) for word in (*map(str, scores.labels), str(scores.matrix.max()))) + 1
    if cell * (len(scores.labels) + 1) <= width:
        yield _matrix(scores.labels, scores.matrix, cell)
    else:
        yield Text("\n".join(mistakes(scores)))
    yield Text()


def classes(scores: Scores) -> Iterator[RenderableType]:
    """The table of the classes, where there are any."""
    if scores.matrix is not None:
        yield _table_of_classes(scores)


def _table_of_classes(scores: Scores) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), title_justify="left", title_style="bold")
    table.add_column("class", style="name")
    for name in ("rows", "right", "precision", "recall", "F1"):
        table.add_column(name, justify="right")
    assert scores.matrix is not None
    right = np.diag(scores.matrix)
    for i, entry in enumerate(scores.per_class):
        shares = [percent(entry[name]) for name in ("precision", "recall", "f1")]
        table.add_row(str(entry["label"]), count(entry["rows"]), count(int(right[i])), *shares)
    return table


def _matrix(labels: Sequence[Any], matrix: Indices, cell: int) -> Text:
    """Rows are the true classes: read along a row where its digits went. Zeros are dots."""
    most = max(1, int((matrix - np.diag(np.diag(matrix))).max()))
    text = Text("True class down, predicted class across\n", "quiet")
    text.append(" " * cell + "".join(f"{label!s:>{cell}}" for label in labels), "name")
    for i, label in enumerate(labels):
        text.append(f"\n{label!s:>{cell}}", "name")
        for j, number in enumerate(matrix[i].tolist()):
            shown = str(number) if number else "·"
            text.append(" " * (cell - len(shown)))
            text.append(shown, _style(number, i == j, most))
    return text


def _style(number: int, right: bool, most: int) -> str:
    if number == 0:
        return "quiet"
    return "good" if right else HEAT[(len(HEAT) * number - 1) // most]


def mistakes(scores: Scores) -> Iterator[str]:
    """Each class as a sentence: how many of its rows are right, and what the others were taken for."""
    if scores.matrix is None:
        return
    for i, label in enumerate(scores.labels):
        total, right = int(scores.matrix[i].sum()), int(scores.matrix[i, i])
        order = np.argsort(-scores.matrix[i], kind="stable")
        others = [f"{scores.labels[j]} ({scores.matrix[i, j]})" for j in order if j != i and scores.matrix[i, j]]
        taken = f"; taken for {', '.join(others)}" if others else ""
        yield f"Class {label}: {count(right)} of {plural(total, 'row')} right{taken}."
