"""Of probabilities: what they cost, and whether they can be believed."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import DataError, SettingError
from glassnet.maths.metrics.metric import mean_of, metric, weights_of
from glassnet.maths.metrics.ranking import one_against_rest
from glassnet.typing import Array, ArrayLike, Floats


@metric("probabilities")
def log_loss(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    positive: Any = 1,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """The mean of -log p, with p the probability given to the true class: the cross-entropy, of labels.

    Formula: -(1 / n) sum over rows of log P[r, t_r]; with weights sum(w l) / sum(w).

    Nothing is clipped: a true class of probability 0 costs infinity.

    Shapes: target (B,), prediction (B,) of the class ``positive``, or (B, C), its columns for the classes 0 .. C-1, or
    for ``labels``; a float.

    Raises:
        ShapeError: target and prediction of different lengths.
        DataError: what is no probability; a label that no column is for.
        SettingError: one probability a row and more than two labels.

    >>> round(log_loss([1, 0], [0.9, 0.2]), 7)
    0.164252

    Source: Good 1952, "Rational decisions"; Bishop 2006, section 4.3.4.
    """
    own, P, w = _probabilities("log_loss", target, prediction, positive, labels, sample_weight)
    with np.errstate(divide="ignore"):
        return mean_of(-np.log((own * P).sum(axis=1)), w)


@metric("probabilities")
def brier(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    positive: Any = 1,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """The Brier score: of two classes the mean of (p - t)^2; of more the mean of sum_c (p_c - t_c)^2. 0 is perfect.

    Shapes: target (B,), prediction (B,) of the class ``positive``, or (B, C), its columns for the classes 0 .. C-1, or
    for ``labels``; a float.

    Raises:
        ShapeError: target and prediction of different lengths.
        DataError: what is no probability; a label that no column is for.
        SettingError: one probability a row and more than two labels.

    >>> round(brier([1, 0], [0.9, 0.2]), 7)
    0.025

    Source: Brier 1950, "Verification of forecasts expressed in terms of probability".
    """
    own, P, w = _probabilities("brier", target, prediction, positive, labels, sample_weight)
    squares = np.square(P - own).sum(axis=1)
    return mean_of(squares / 2 if P.shape[1] == 2 else squares, w)


@metric("probabilities")
def calibration_error(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    bins: int = 15,
    positive: Any = 1,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """The expected calibration error: how far confidence and accuracy are apart, in bins of confidence.

    Formula: sum over bins b of (w_b / sum of w) |accuracy_b - confidence_b|. The confidence of a row is the probability
    of the class it was called, the likeliest one; bin k of ``bins`` holds confidences above k / bins up to
    (k + 1) / bins. It depends on the bins, and few rows make it large: compare only like with like.

    Shapes: target (B,), prediction (B,) of the class ``positive``, or (B, C), its columns for the classes 0 .. C-1, or
    for ``labels``; a float.

    Raises:
        ShapeError: target and prediction of different lengths.
        DataError: what is no probability; a label that no column is for.
        SettingError: one probability a row and more than two labels.
        SettingError: bins that are no whole number of at least 1.

    >>> round(calibration_error([1, 1, 0, 1], [0.9, 0.9, 0.9, 0.9]), 7)  # sure by 0.9, right in 3 of 4
    0.15

    Source: Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks", arXiv 1706.04599.
    """
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise SettingError(f"calibration_error: bins is a whole number of at least 1; given was {bins!r}.")
    own, P, w = _probabilities("calibration_error", target, prediction, positive, labels, sample_weight)
    if not len(P) or not w.any():
        return 0.0
    confidence, right = P.max(axis=1), own[np.arange(len(P)), P.argmax(axis=1)]
    if np.isnan(confidence).any():
        return float("nan")
    place = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1).astype(np.intp)
    apart = np.abs(np.bincount(place, w * (right - confidence), bins))  # w_b times the difference of the bin's means
    return float(apart.sum() / w.sum())


def _probabilities(
    name: str,
    target: ArrayLike,
    prediction: ArrayLike,
    positive: Any,
    labels: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> tuple[Array, Floats, Floats]:
    """Which class each row is of and its probabilities, (B, C) each with a column for every class, and the weights."""
    t, own, P = one_against_rest(name, target, prediction, positive, labels)
    if ((P < 0) | (P > 1)).any():
        raise DataError(f"{name} takes probabilities between 0 and 1; given were {np.nanmin(P):g} to {np.nanmax(P):g}.")
    if P.shape[1] == 1:  # of two classes the second was kept
        own, P = np.hstack([~own, own]), np.hstack([1 - P, P])
    return own, P, weights_of(sample_weight, len(t))
