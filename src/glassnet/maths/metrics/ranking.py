"""Of scores: how well they put the rows of a class before the others. Only their order counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from glassnet.errors import SettingError, ShapeError
from glassnet.maths.metrics.metric import column, metric, positions, share, weights_of
from glassnet.typing import Array, ArrayLike, Floats

Average = Literal["macro", "weighted"]


@metric("scores")
def top_k_accuracy(target: ArrayLike, prediction: ArrayLike, *, k: int = 5, labels: ArrayLike | None = None) -> float:
    """The share of rows whose true class is among the k highest scores.

    ``prediction`` (B, C) holds scores or probabilities, ``target`` (B,) the class indices, or labels where ``labels``
    names the columns. Equal scores rank in the order of the columns, as in argmax, so that k = 1 is the accuracy;
    a true class with a score of NaN is never among them.

    Shapes: target (B,), prediction (B, C); a float.

    Raises:
        ShapeError: scores that are not (B, C), a target of another length.
        SettingError: a k that is no whole number of at least 1.
        DataError: a label that no column is for.

    >>> top_k_accuracy([0, 1], [[0.2, 0.7, 0.1], [0.5, 0.1, 0.4]], k=2)
    0.5

    Source: Russakovsky et al. 2015, "ImageNet large scale visual recognition challenge", section 4.1.
    """
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise SettingError(f"top_k_accuracy: k is a whole number of at least 1; given was {k!r}.")
    scores = np.asarray(prediction)
    if scores.ndim != 2:
        raise ShapeError(f"top_k_accuracy takes scores of shape (rows, classes); given was shape {scores.shape}.")
    t = column(target, "target")
    if len(t) != len(scores):
        raise ShapeError(f"The target has {len(t)} rows, the scores {len(scores)}.")
    columns = positions(t, np.arange(scores.shape[1]) if labels is None else column(labels, "labels"))[:, None]
    own = np.take_along_axis(scores, columns, axis=1)
    earlier = np.arange(scores.shape[1]) < columns
    ahead = (scores > own).sum(axis=1) + ((scores == own) & earlier).sum(axis=1)
    hits = (ahead < k) & ~np.isnan(own[:, 0])
    return float(share(hits.sum(), len(t)))


@metric("ranks")
def roc_auc(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    average: Average | None = "macro",
    positive: Any = 1,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float | Floats:
    """The area under the ROC curve: how probable it is that a row of the class has a higher score than another row.

    Formula: sum over pairs (p of the class, n not) of w_p w_n ([s_p > s_n] + [s_p = s_n] / 2) / sum over pairs of
    w_p w_n: equal scores count half. 1 is a perfect order, 1/2 that of chance.

    One score a row, or two columns, is for two classes, of which ``positive`` (with columns: the second) is meant. With
    more columns each class is measured against all others: "macro" is the mean, "weighted" the mean by how often each
    occurs, None an array (C,).

    Where no row is of the class, or every row, there are no pairs, and the result is NaN, as where a score is NaN.

    Shapes: target (B,), prediction (B,) or (B, C), its columns for the classes 0 .. C-1, or for ``labels``; a float.

    Raises:
        ShapeError: target and prediction of different lengths.
        SettingError: one score a row and more than two labels, or labels that are not the positive one.
        DataError: a label that no column is for; weights that are negative.

    >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75

    Source: Hanley and McNeil 1982; Fawcett 2006, "An introduction to ROC analysis"; Mann and Whitney 1947.
    """
    return _averaged("roc_auc", area, target, prediction, average, positive, labels, sample_weight)


@metric("ranks")
def average_precision(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    average: Average | None = "macro",
    positive: Any = 1,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float | Floats:
    """The mean precision over the rows of a class, each at its own score: the area under precision by recall, in steps.

    Formula: sum over scores s, from the highest, of (R(s) - R(before)) P(s), with the recall R and the precision P of
    calling every row with at least the score s. Rows of equal score are called together.

    ``average``, ``positive``, ``labels`` and columns as for roc_auc. NaN where no row is of the class, or a score is
    NaN.

    Shapes: target (B,), prediction (B,) or (B, C), its columns for the classes 0 .. C-1, or for ``labels``; a float.

    Raises:
        ShapeError: target and prediction of different lengths.
        SettingError: one score a row and more than two labels, or labels that are not the positive one.
        DataError: a label that no column is for; weights that are negative.

    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 7)
    0.8333333

    Source: Zhu 2004, "Recall, precision and average precision"; Davis and Goadrich 2006 (why in steps).
    """
    return _averaged("average_precision", mean_precision, target, prediction, average, positive, labels, sample_weight)


def area(own: Array, scores: Array, w: Floats) -> float:
    """The area under the ROC curve of one class, from the rows that are its own."""
    ours, others = _by_score(own, scores, w)
    below = np.cumsum(others) - others
    pairs = ours.sum() * others.sum()
    return float((ours * (below + others / 2)).sum() / pairs) if pairs else float("nan")


def mean_precision(own: Array, scores: Array, w: Floats) -> float:
    """The average precision of one class, from the rows that are its own."""
    ours, others = (part[::-1] for part in _by_score(own, scores, w))
    precision = share(np.cumsum(ours), np.cumsum(ours + others))
    return float((ours * precision).sum() / ours.sum()) if ours.any() else float("nan")


def _by_score(own: Array, scores: Array, w: Floats) -> tuple[Floats, Floats]:
    """The weight of the class and of all others at each score that occurs, from the lowest."""
    different, place = np.unique(scores, return_inverse=True)
    ours, others = (np.bincount(place, w * part, len(different)).astype(np.float64) for part in (own, ~own))
    return ours, others


def _averaged(
    name: str,
    measure: Callable[[Array, Array, Floats], float],
    target: ArrayLike,
    prediction: ArrayLike,
    average: str | None,
    positive: Any,
    labels: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> float | Floats:
    """The measure of each class against the rest, combined as ``average`` says."""
    if average not in ("macro", "weighted", None):
        raise SettingError(f'{name}: average must be "macro", "weighted" or None; given was {average!r}.')
    t, own, scores = one_against_rest(name, target, prediction, positive, labels)
    w = weights_of(sample_weight, len(t))
    unknown = np.atleast_1d(np.isnan(scores[w > 0]).any(axis=0))
    found: Floats = np.array(
        [float("nan") if unknown[k] else measure(own[:, k], scores[:, k], w) for k in range(own.shape[1])]
    )
    if average is None and len(found) > 1:
        return found
    if average != "weighted" or len(found) == 1:
        return float(found.mean())
    frequency = (own * w[:, None]).sum(axis=0)
    return float(share(np.where(frequency == 0, 0, frequency * found).sum(), frequency.sum()))


def one_against_rest(
    name: str, target: ArrayLike, prediction: ArrayLike, positive: Any, labels: ArrayLike | None
) -> tuple[Array, Array, Floats]:
    """The labels (B,), which rows are of each class, and its scores, (B, 1) for two classes and else (B, C)."""
    t, scores = column(target, "target"), np.asarray(prediction, np.float64)
    if scores.ndim not in (1, 2) or len(scores) != len(t):
        raise ShapeError(
            f"{name} takes one score a row, (rows,), or one for each class, (rows, classes), and as many labels; given "
            f"were scores of shape {scores.shape} and {len(t)} labels."
        )
    scores = scores[:, None] if scores.ndim == 1 else scores
    if scores.shape[1] == 1:
        return t, _is_positive(name, t, positive)[:, None], scores
    places = positions(t, np.arange(scores.shape[1]) if labels is None else column(labels, "labels"))
    own = np.equal(places[:, None], np.arange(scores.shape[1]))
    return (t, own[:, 1:], scores[:, 1:]) if scores.shape[1] == 2 else (t, own, scores)


def _is_positive(name: str, t: Array, positive: Any) -> Array:
    occurring = np.unique(t)
    if len(occurring) > 2:
        raise SettingError(f"{name} of one score a row is for two classes; the target has {len(occurring)}.")
    if len(occurring) == 2 and positive not in occurring:
        raise SettingError(f"{name}: the positive class {positive!r} is none of {occurring.tolist()}.")
    own: Array = np.equal(t, positive) if len(t) else np.zeros(0, bool)
    return own
