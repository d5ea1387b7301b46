"""Metrics: how good predictions are, in numbers for people. None of them is differentiated.

Labels may be of any dtype that can be sorted: digits, words, booleans. The targets come first everywhere, and rows of
a confusion matrix are the true classes. 0 / 0 counts as 0, without a warning: a class that was never predicted has
precision 0, one that never occurs has recall 0, and no rows at all have accuracy 0.

Letters: B rows, C classes, K outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol, Self, cast, runtime_checkable

import numpy as np

from glassnet.errors import DataError, SettingError, ShapeError, TypeNotUsableError
from glassnet.maths.catalogue import configurable, find
from glassnet.typing import Array, ArrayLike, Floats, Indices

__all__ = [
    "CATALOGUE",
    "Metric",
    "accuracy",
    "confusion_matrix",
    "f1",
    "get",
    "precision",
    "r2",
    "recall",
    "top_k_accuracy",
]

Average = Literal["binary", "macro", "micro", "weighted"]


@runtime_checkable
class Metric(Protocol):
    """A metric: a function of targets and predictions.

    ``takes`` says what the predictions are: "labels" (B,), "scores" (B, C), one column a class, or "numbers" (B,) or
    (B, K).
    """

    @property
    def name(self) -> str: ...

    @property
    def takes(self) -> Literal["labels", "scores", "numbers"]: ...

    @property
    def settings(self) -> dict[str, Any]: ...

    def __call__(self, target: ArrayLike, prediction: ArrayLike, **settings: Any) -> Any: ...

    def configured(self, **settings: Any) -> Self: ...


CATALOGUE: dict[str, Metric] = {}


def metric(takes: Literal["labels", "scores", "numbers"]) -> Callable[[Callable[..., Any]], Metric]:
    """Make a function a Metric and enter it in CATALOGUE."""

    def decorate(function: Any) -> Metric:
        function.takes = takes
        configurable(function)
        CATALOGUE[function.name] = function
        return cast(Metric, function)

    return decorate


def get(metric: str | Metric, **settings: Any) -> Metric:
    """The metric with this name, with these settings; a metric is given back as it is.

    >>> get("f1", average="macro")
    f1.configured(average='macro')
    """
    return find("metric", CATALOGUE, metric, settings, protocol=Metric)


# ---- accuracy ------------------------------------------------------------------------------------------------------


@metric("labels")
def accuracy(target: ArrayLike, prediction: ArrayLike) -> float:
    """The share of rows whose label is right, between 0 and 1.

    >>> accuracy(["cat", "dog", "goat"], ["cat", "goat", "goat"])
    0.6666666666666666
    """
    t, p = _labels(target, prediction)
    return float(_share((t == p).sum(), len(t)))


@metric("scores")
def top_k_accuracy(target: ArrayLike, prediction: ArrayLike, *, k: int = 5, labels: ArrayLike | None = None) -> float:
    """The share of rows whose true class is among the k highest scores.

    ``prediction`` (B, C) holds scores or probabilities, ``target`` (B,) the class indices, or labels where ``labels``
    names the columns. Equal scores rank in the order of the columns, as in argmax, so that k = 1 is the accuracy;
    a true class with a score of NaN is never among them.

    >>> top_k_accuracy([0, 1], [[0.2, 0.7, 0.1], [0.5, 0.1, 0.4]], k=2)
    0.5
    """
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise SettingError(f"top_k_accuracy: k is a whole number of at least 1; given was {k!r}.")
    scores = np.asarray(prediction)
    if scores.ndim != 2:
        raise ShapeError(f"top_k_accuracy takes scores of shape (rows, classes); given was shape {scores.shape}.")
    t = _column(target, "target")
    if len(t) != len(scores):
        raise ShapeError(f"The target has {len(t)} rows, the scores {len(scores)}.")
    columns = _positions(t, np.arange(scores.shape[1]) if labels is None else _column(labels, "labels"))[:, None]
    own = np.take_along_axis(scores, columns, axis=1)
    earlier = np.arange(scores.shape[1]) < columns
    ahead = (scores > own).sum(axis=1) + ((scores == own) & earlier).sum(axis=1)
    hits = (ahead < k) & ~np.isnan(own[:, 0])
    return float(_share(hits.sum(), len(t)))


# ---- confusion matrix, and what is read off it ---------------------------------------------------------------------


@metric("labels")
def confusion_matrix(target: ArrayLike, prediction: ArrayLike, *, labels: ArrayLike | None = None) -> Indices:
    """How often class i (row) was called class j (column), as whole numbers (C, C).

    The classes are ``labels`` in the order given, else all that occur, sorted.

    Raises:
        DataError: a label that is not among ``labels``.

    >>> confusion_matrix(["cat", "dog", "cat"], ["cat", "cat", "dog"])
    array([[1, 1],
           [1, 0]])
    """
    return _confusion(*_labels(target, prediction), labels)[0]


@metric("labels")
def precision(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    average: Average | None = "binary",
    positive: Any = 1,
    labels: ArrayLike | None = None,
) -> float | Floats:
    """Of the rows called a class, the share that are: true positives / (true + false positives).

    ``average``: "binary" is the value of the class ``positive`` among two; "macro" the mean over the classes;
    "weighted" that mean weighted by how often each class occurs; "micro" counts all classes together (the accuracy,
    where every row has one label); None an array (C,), a class each. A class that was never predicted has 0.

    Raises:
        SettingError: "binary" with more than two classes.

    >>> precision([1, 0, 1, 1], [1, 1, 1, 0])
    0.6666666666666666
    >>> precision([2, 0, 1, 1], [2, 1, 1, 0], average=None)
    array([0. , 0.5, 1. ])
    """
    right, called, occurring, classes = _counts(target, prediction, labels)
    return _averaged("precision", right, called, occurring, classes, average, positive)


@metric("labels")
def recall(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    average: Average | None = "binary",
    positive: Any = 1,
    labels: ArrayLike | None = None,
) -> float | Floats:
    """Of the rows of a class, the share that were called it: true positives / (true positives + false negatives).

    ``average``, ``positive``, ``labels`` and Raises as for precision. A class that never occurs has 0.

    >>> recall([1, 0, 1, 1], [1, 1, 0, 0])
    0.3333333333333333
    """
    right, _, occurring, classes = _counts(target, prediction, labels)
    return _averaged("recall", right, occurring, occurring, classes, average, positive)


@metric("labels")
def f1(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    average: Average | None = "binary",
    positive: Any = 1,
    labels: ArrayLike | None = None,
) -> float | Floats:
    """The harmonic mean of precision and recall: 2 true positives / (rows called the class + rows of the class).

    ``average``, ``positive``, ``labels`` and Raises as for precision; "macro" is the mean of the classes' f1. A class
    that neither occurs nor was predicted has 0.

    >>> f1([1, 0, 1, 1], [1, 1, 0, 0])
    0.4

    Source: van Rijsbergen 1979, "Information retrieval".
    """
    right, called, occurring, classes = _counts(target, prediction, labels)
    return _averaged("f1", 2 * right, called + occurring, occurring, classes, average, positive)


# ---- regression ----------------------------------------------------------------------------------------------------


@metric("numbers")
def r2(target: ArrayLike, prediction: ArrayLike) -> float:
    """R^2 = 1 - sum (t - p)^2 / sum (t - mean t)^2: 1 is exact, 0 no better than the mean, and it may be negative.

    With several outputs the mean of their R^2. Where the target does not vary, 1 for exact predictions and else 0; for
    no rows 0.

    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    T, P = _numbers(target, "target"), _numbers(prediction, "prediction")
    if T.shape != P.shape:
        shapes = f"the target has shape {np.shape(target)}, the prediction {np.shape(prediction)}"
        raise ShapeError(f"Target and prediction must have the same rows and outputs; {shapes}.")
    if not T.size:
        return 0.0
    with np.errstate(all="ignore"):  # infinite predictions are legal, and so is a target that does not vary
        residual = np.square(T - P).sum(axis=0)
        total = np.square(T - T.mean(axis=0)).sum(axis=0)
        constant = np.equal(T, T[0]).all(axis=0)  # rounding in the mean would leave a total just above 0
        return float(np.where(constant, residual == 0, 1 - residual / total).mean())


# ---- arguments -----------------------------------------------------------------------------------------------------


def _share(part: Any, whole: Any) -> Any:
    """part / whole in float64, with 0 / 0 = 0."""
    whole = np.asarray(whole, dtype=np.float64)
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole != 0)


def _column(values: ArrayLike, what: str) -> Array:
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ShapeError(f"The {what} must be labels, one a row, shape (rows,); given was shape {array.shape}.")
    return array


def _labels(target: ArrayLike, prediction: ArrayLike) -> tuple[Array, Array]:
    t, p = _column(target, "target"), _column(prediction, "prediction")
    if len(t) != len(p):
        raise ShapeError(f"The target has {len(t)} labels, the prediction {len(p)}.")
    if t.size and (t.dtype.kind in "fiub") != (p.dtype.kind in "fiub") and "O" not in (t.dtype.kind, p.dtype.kind):
        raise DataError(f"Labels of dtype {t.dtype} cannot be compared with predictions of dtype {p.dtype}.")
    return t, p


def _positions(values: Array, classes: Array) -> Indices:
    """Where in ``classes`` each value stands; DataError for one that is not there."""
    order = np.argsort(classes, kind="stable")
    if not len(classes):
        places = np.zeros(len(values), dtype=np.int64)
    else:
        places = order[np.searchsorted(classes, values, sorter=order).clip(max=len(classes) - 1)]
    missing = np.ones(len(values), bool) if not len(classes) else classes[places] != values
    if missing.any():
        raise DataError(f"The label {values[missing][0]!r} is not among the classes {classes.tolist()}.")
    return places


def _confusion(t: Array, p: Array, labels: ArrayLike | None) -> tuple[Indices, Array]:
    try:
        classes = np.unique(np.concatenate([t, p])) if labels is None else _column(labels, "labels")
        rows, columns = _positions(t, classes), _positions(p, classes)
    except TypeError as error:
        raise TypeNotUsableError(f"Labels must be of one kind that can be sorted: {error}.") from None
    C = len(classes)
    return np.bincount(rows * C + columns, minlength=C * C).reshape(C, C), classes


Counts = tuple[Indices, Indices, Indices, Array]


def _counts(target: ArrayLike, prediction: ArrayLike, labels: ArrayLike | None) -> Counts:
    """Of every class the rows rightly called it, called it, and being it, (C,) each, and the classes."""
    matrix, classes = _confusion(*_labels(target, prediction), labels)
    return np.diag(matrix), matrix.sum(axis=0), matrix.sum(axis=1), classes


def _averaged(
    name: str, part: Indices, whole: Indices, occurring: Indices, classes: Array, average: str | None, positive: Any
) -> float | Floats:
    """The classes' part / whole, combined as ``average`` says."""
    shares: Floats = _share(part, whole)
    if average is None:
        return shares
    if average == "binary":
        if len(classes) > 2:
            choices = 'average="macro", "micro", "weighted" or None'
            raise SettingError(f'{name} with average="binary" is for two classes; of {len(classes)}, take {choices}.')
        if len(classes) == 2 and positive not in classes:
            raise SettingError(f"{name}: the positive class {positive!r} is none of {classes.tolist()}.")
        return float(shares[classes == positive].sum())
    if average == "macro":
        return float(_share(shares.sum(), len(classes)))
    if average == "micro":
        return float(_share(part.sum(), whole.sum()))
    if average == "weighted":
        return float(_share((shares * occurring).sum(), occurring.sum()))
    raise SettingError(f'average must be "binary", "macro", "micro", "weighted" or None; given was {average!r}.')


def _numbers(values: ArrayLike, what: str) -> Floats:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub" or array.ndim not in (1, 2):
        raise TypeNotUsableError(f"The {what} of r2 must be real numbers, (rows,) or (rows, outputs).")
    return array.reshape(len(array), -1).astype(np.float64) if array.size else np.zeros((0, 1))
