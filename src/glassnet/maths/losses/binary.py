"""Losses for two classes: targets 0 or 1, (B,) or (B, K) for K questions of yes or no."""

from __future__ import annotations

import numpy as np

from glassnet.errors import DataError
from glassnet.maths.losses.loss import loss
from glassnet.maths.losses.rows import check_smoothing, per, row_sums, smoothed, times
from glassnet.typing import Floats

# ---- binary cross-entropy ------------------------------------------------------------------------------------------


def binary_crossentropy_gradient(T: Floats, P: Floats, *, label_smoothing: float = 0.0) -> Floats:
    """-T / P + (1 - T) / (1 - P)."""
    T = smoothed(T, label_smoothing, 2)
    return per(1 - T, 1 - P) - per(T, P)


def binary_crossentropy_from_logits(
    T: Floats, Z: Floats, out: Floats | None, *, label_smoothing: float = 0.0
) -> tuple[Floats, Floats]:
    """With P = sigmoid(Z): T log(1 + e^-Z) + (1 - T) log(1 + e^Z), and the gradient P - T.

    Both terms are log(1 + e^-|Z|), and one of them has |Z| beside it.
    """
    T = smoothed(T, label_smoothing, 2)
    positive = Z > 0
    size = np.where(positive, Z, -Z)  # |Z|, but at 0 with the slope of the side that 0 is on, -1
    small = np.exp(-size)
    entries = times(np.where(positive, 1 - T, T), size) + np.log1p(small)
    G = np.subtract(np.where(positive, 1, small) / (1 + small), T, out=out)
    return row_sums(entries), G


@loss(
    gradient=binary_crossentropy_gradient,
    fused=binary_crossentropy_from_logits,
    target_kind="binary",
    head="sigmoid",
    over_outputs="sum",
    check=check_smoothing,
)
def binary_crossentropy(T: Floats, P: Floats, *, label_smoothing: float = 0.0) -> Floats:
    """The binary cross-entropy, -(T log P + (1 - T) log(1 - P)), summed over a row's outputs.

    P is the probability of class 1; with ``from_logits`` it is sigmoid(prediction). 0 log 0 = 0, and log 0 is -inf:
    an impossible label costs infinity. Nothing is clipped. ``label_smoothing`` s puts (1 - s) T + s / 2 in place of T.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        DataError: a target or a probability outside 0..1.
        ShapeError: target and prediction of different shapes.
        SettingError: a label_smoothing that is not at least 0 and below 1.

    >>> binary_crossentropy([1, 0], [0.9, 0.1], reduction="none").round(8)
    array([0.10536052, 0.10536052])
    >>> binary_crossentropy([1.0], [-1e4], from_logits=True)
    10000.0

    Source: Good 1952, "Rational decisions"; Bishop 2006, equation 4.90.
    """
    T = smoothed(T, label_smoothing, 2)
    return -(times(T, np.log(P)) + times(1 - T, np.log1p(-P)))


# ---- hinge ---------------------------------------------------------------------------------------------------------


def _signs(T: Floats) -> Floats:
    """Labels 0 and 1 as -1 and +1; -1 and +1 stay."""
    if not ((T == 0) | (T == 1) | (T == -1) | np.isnan(T)).all():
        raise DataError("A hinge loss takes the labels 0 and 1, or -1 and +1.")
    return np.sign(2 * T - 1)


def _margins(T: Floats, P: Floats) -> tuple[Floats, Floats]:
    """The labels' signs S, and how far each score is from being right by 1: max(0, 1 - S P)."""
    S = _signs(T)
    return S, np.maximum(1 - S * P, 0)


def hinge_gradient(T: Floats, P: Floats) -> Floats:
    """-S where 1 - S P > 0, else 0; at the corner, 0."""
    S, missing = _margins(T, P)
    return -S * np.sign(missing)


@loss(gradient=hinge_gradient, target_kind="binary", over_outputs="mean")
def hinge(T: Floats, P: Floats) -> Floats:
    """The hinge loss, max(0, 1 - S P), with S = -1 for label 0 and +1 for label 1 (-1 and +1 are taken as they are).

    P is a score of any size, not a probability: 0 loss from a score of 1 on the right side. Its gradient is 0 at the
    corner, S P = 1.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        DataError: a target that is not 0, 1 or -1.
        ShapeError: target and prediction of different shapes.

    >>> hinge([1, 0, 1], [2.0, 0.5, 0.5], reduction="none")
    array([0. , 1.5, 0.5])

    Source: Cortes and Vapnik 1995, "Support-vector networks".
    """
    return _margins(T, P)[1]


def squared_hinge_gradient(T: Floats, P: Floats) -> Floats:
    """-2 S max(0, 1 - S P)."""
    S, missing = _margins(T, P)
    return -2 * S * missing


@loss(gradient=squared_hinge_gradient, target_kind="binary", over_outputs="mean")
def squared_hinge(T: Floats, P: Floats) -> Floats:
    """The squared hinge loss, max(0, 1 - S P)^2: the hinge without its corner.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        DataError: a target that is not 0, 1 or -1.
        ShapeError: target and prediction of different shapes.

    >>> squared_hinge([1, 0, 1], [2.0, 0.5, 0.5], reduction="none")
    array([0.  , 2.25, 0.25])

    Source: Chang, Hsieh and Lin 2008, "Coordinate descent method for large-scale L2-loss linear SVM", JMLR 9, 1369.
    """
    return np.square(_margins(T, P)[1])
