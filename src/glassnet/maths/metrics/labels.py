"""Of labels: how many are right, which are taken for which, and what is read off that table.

Labels may be of any dtype that can be sorted: digits, words, booleans.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from glassnet.errors import DataError, SettingError, ShapeError, TypeNotUsableError
from glassnet.maths.metrics.metric import column, mean_of, metric, positions, share, weights_of
from glassnet.typing import Array, ArrayLike, Floats, Indices

Average = Literal["binary", "macro", "micro", "weighted"]


@metric("labels")
def accuracy(target: ArrayLike, prediction: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """The share of rows whose label is right, rows right / rows, between 0 and 1; a row counts by its weight.

    Shapes: target and prediction (B,) labels of any kind, sample_weight (B,); a float.

    Raises:
        ShapeError: target and prediction, or the weights, of different lengths.
        DataError: weights that are negative or not finite.

    >>> accuracy(["cat", "dog", "goat"], ["cat", "goat", "goat"])
    0.6666666666666666

    Source: Fawcett 2006, "An introduction to ROC analysis", figure 1.
    """
    if sample_weight is None:
        return float(share(*right_of(target, prediction)))
    t, p = _labels(target, prediction)
    return mean_of(np.asarray(t == p, np.float64), weights_of(sample_weight, len(t)))


@metric("answers")
def subset_accuracy(target: ArrayLike, prediction: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """The share of rows of which every label is right, rows right in all / rows; of one label a row it is the accuracy.

    Shapes: target and prediction (B, K) labels of any kind, or (B,), sample_weight (B,); a float.

    Raises:
        ShapeError: target and prediction, or the weights, of different shapes.
        DataError: weights that are negative or not finite.

    >>> subset_accuracy([[1, 0], [0, 1], [1, 1]], [[1, 0], [0, 0], [1, 1]])
    0.6666666666666666

    Source: Ghamrawi and McCallum 2005, "Collective multi-label classification", CIKM 14, 195-200.
    """
    t, p = np.asarray(target), np.asarray(prediction)
    if t.shape != p.shape or t.ndim not in (1, 2):
        raise ShapeError(
            f"The target has shape {t.shape}, the prediction {p.shape}; (rows, labels) was expected of both."
        )
    right = np.array(t == p).reshape(len(t), -1).all(axis=1)
    return mean_of(np.asarray(right, np.float64), weights_of(sample_weight, len(t)))


def right_of(target: ArrayLike, prediction: ArrayLike) -> tuple[int, int]:
    """How many labels are right, of how many."""
    t, p = _labels(target, prediction)
    return int((t == p).sum()), len(t)


@metric("labels", single=False)
def confusion_matrix(target: ArrayLike, prediction: ArrayLike, *, labels: ArrayLike | None = None) -> Indices:
    """How often class i (row) was called class j (column): M_ij = the number of rows with t = i and p = j.

    The classes are ``labels`` in the order given, else all that occur, sorted.

    Shapes: target and prediction (B,) labels of any kind; whole numbers (C, C).

    Raises:
        ShapeError: target and prediction of different lengths.
        DataError: a label that is not among ``labels``.

    >>> confusion_matrix(["cat", "dog", "cat"], ["cat", "cat", "dog"])
    array([[1, 1],
           [1, 0]])

    Source: Kohavi and Provost 1998, "Glossary of terms", Machine Learning 30, 271-274.
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

    Formula: P_c = (rows of c called c) / (rows called c).

    ``average``: "binary" is the value of the class ``positive`` among two; "macro" the mean over the classes;
    "weighted" that mean weighted by how often each class occurs; "micro" counts all classes together (the accuracy,
    where every row has one label); None an array (C,), a class each. A class that was never predicted has 0.

    Shapes: target and prediction (B,) labels of any kind; a float, or (C,) with None.

    Raises:
        ShapeError: target and prediction of different lengths.
        SettingError: "binary" with more than two classes.

    >>> precision([1, 0, 1, 1], [1, 1, 1, 0])
    0.6666666666666666
    >>> precision([2, 0, 1, 1], [2, 1, 1, 0], average=None)
    array([0. , 0.5, 1. ])

    Source: Kent, Berry, Luehrs and Perry 1955; van Rijsbergen 1979, "Information retrieval".
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

    Formula: R_c = (rows of c called c) / (rows of c).

    ``average``, ``positive`` and ``labels`` as for precision. A class that never occurs has 0.

    Shapes: target and prediction (B,) labels of any kind; a float, or (C,) with None.

    Raises:
        ShapeError: target and prediction of different lengths.
        SettingError: as for precision.

    >>> recall([1, 0, 1, 1], [1, 1, 0, 0])
    0.3333333333333333

    Source: that of precision.
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

    Formula: f1 = 2 P R / (P + R), with the precision P and the recall R.

    ``average``, ``positive`` and ``labels`` as for precision; "macro" is the mean of the classes' f1. A class that
    neither occurs nor was predicted has 0.

    Shapes: target and prediction (B,) labels of any kind; a float, or (C,) with None.

    Raises:
        ShapeError: target and prediction of different lengths.
        SettingError: as for precision.

    >>> f1([1, 0, 1, 1], [1, 1, 0, 0])
    0.4

    Source: van Rijsbergen 1979, "Information retrieval".
    """
    right, called, occurring, classes = _counts(target, prediction, labels)
    return _averaged("f1", 2 * right, called + occurring, occurring, classes, average, positive)


@metric("labels")
def balanced_accuracy(target: ArrayLike, prediction: ArrayLike) -> float:
    """The mean recall of the classes that occur: the accuracy if all classes were equally frequent.

    Formula: mean over the classes c that occur of (rows of c called c) / (rows of c).

    Whoever always says the most frequent of two classes has 1/2, however rare the other is.

    Shapes: target and prediction (B,) labels of any kind; a float.

    Raises:
        ShapeError: target and prediction of different lengths.

    >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 0, 0])
    0.5

    Source: Brodersen, Ong, Stephan and Buhmann 2010, "The balanced accuracy and its posterior distribution".
    """
    right, _, occurring, _ = _counts(target, prediction, None)
    return float(share(share(right, occurring).sum(), np.count_nonzero(occurring)))


@metric("labels")
def matthews(target: ArrayLike, prediction: ArrayLike) -> float:
    """The Matthews correlation of labels and predictions: 1 all right, 0 as good as chance, -1 all wrong (of two).

    Formula: (n r - sum_c t_c p_c) / sqrt((n^2 - sum_c t_c^2) (n^2 - sum_c p_c^2)), with r rows right of n, t_c rows of
    class c and p_c rows called so; for two classes Matthews' own. Where only one class occurs, or was predicted, 0.

    Shapes: target and prediction (B,) labels of any kind; a float.

    Raises:
        ShapeError: target and prediction of different lengths.

    >>> round(matthews([1, 1, 1, 0], [1, 0, 1, 0]), 7)
    0.5773503

    Source: Matthews 1975; Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation
    coefficient", equation 8.
    """
    right, called, occurring = (part.astype(np.float64) for part in _counts(target, prediction, None)[:3])
    n = occurring.sum()
    spread = np.sqrt((n**2 - np.square(called).sum()) * (n**2 - np.square(occurring).sum()))
    return float(share(n * right.sum() - (called * occurring).sum(), spread))


# ---- counting ------------------------------------------------------------------------------------------------------


def _labels(target: ArrayLike, prediction: ArrayLike) -> tuple[Array, Array]:
    t, p = column(target, "target"), column(prediction, "prediction")
    if len(t) != len(p):
        raise ShapeError(f"The target has {len(t)} labels, the prediction {len(p)}.")
    if t.size and (t.dtype.kind in "fiub") != (p.dtype.kind in "fiub") and "O" not in (t.dtype.kind, p.dtype.kind):
        raise DataError(f"Labels of dtype {t.dtype} cannot be compared with predictions of dtype {p.dtype}.")
    return t, p


def _confusion(t: Array, p: Array, labels: ArrayLike | None) -> tuple[Indices, Array]:
    try:
        classes = np.unique(np.concatenate([t, p])) if labels is None else column(labels, "labels")
        rows, columns = positions(t, classes), positions(p, classes)
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
    shares: Floats = share(part, whole)
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
        return float(share(shares.sum(), len(classes)))
    if average == "micro":
        return float(share(part.sum(), whole.sum()))
    if average == "weighted":
        return float(share((shares * occurring).sum(), occurring.sum()))
    raise SettingError(f'average must be "binary", "macro", "micro", "weighted" or None; given was {average!r}.')
