"""Focal losses: cross-entropies in which what is predicted well already counts less.

The factor (1 - P)^gamma of the true class is near 0 where P is near 1, so that many easy examples do not outweigh the
few hard ones. gamma = 0 and alpha = None give the cross-entropies back.

Source: Lin, Goyal, Girshick, He and Dollar 2017, "Focal loss for dense object detection", arXiv 1708.02002.
"""

from __future__ import annotations

import numpy as np

from glassnet.errors import SettingError
from glassnet.maths.activations import log_softmax, sigmoid, softmax, softplus
from glassnet.maths.losses.loss import loss
from glassnet.maths.losses.rows import row_sums, times
from glassnet.typing import Floats


def _check_focal(*, gamma: float = 2.0, alpha: float | None = 0.25) -> None:
    if not 0 <= gamma < np.inf:
        raise SettingError(f"A focal loss takes a gamma of at least 0, and finite; given was {gamma!r}.")
    if alpha is not None and not 0 < alpha <= 1:
        raise SettingError(f"A focal loss takes an alpha above 0 and at most 1, or None; given was {alpha!r}.")


def focus(rest: Floats, log_P: Floats, gamma: float) -> Floats:
    """-(1 - P)^gamma log P, with 1 - P = ``rest``."""
    return -times(rest**gamma, log_P)


def focus_slope(P: Floats, rest: Floats, log_P: Floats, gamma: float) -> Floats:
    """Its derivative by P, times P: (1 - P)^gamma (gamma P log P / (1 - P) - 1); log P / (1 - P) is -1 at P = 1."""
    sure = np.equal(rest, 0)
    ratio = np.where(sure, -1, times(P, log_P) / np.where(sure, 1, rest))
    slope: Floats = rest**gamma * (gamma * ratio - 1)
    return slope


# ---- two classes ----------------------------------------------------------------------------------------------------


def _sides(alpha: float | None) -> tuple[float, float]:
    """The factors of class 1 and of class 0."""
    return (1.0, 1.0) if alpha is None else (alpha, 1 - alpha)


def binary_focal_crossentropy_gradient(
    T: Floats, P: Floats, *, gamma: float = 2.0, alpha: float | None = 0.25
) -> Floats:
    """T alpha f'(P) - (1 - T) (1 - alpha) f'(1 - P), with f(P) = -(1 - P)^gamma log P."""
    one, zero = _sides(alpha)
    by_one = focus_slope(P, 1 - P, np.log(P), gamma) / P
    by_zero = focus_slope(1 - P, P, np.log1p(-P), gamma) / (1 - P)
    return one * times(T, by_one) - zero * times(1 - T, by_zero)


def binary_focal_crossentropy_from_logits(
    T: Floats, Z: Floats, out: Floats | None, *, gamma: float = 2.0, alpha: float | None = 0.25
) -> tuple[Floats, Floats]:
    """With P = sigmoid(Z), 1 - P = sigmoid(-Z), log P = -softplus(-Z), and dP = P (1 - P) dZ."""
    one, zero = _sides(alpha)
    P, Q, log_P, log_Q = sigmoid(Z), sigmoid(-Z), -softplus(-Z), -softplus(Z)
    entries = one * times(T, focus(Q, log_P, gamma)) + zero * times(1 - T, focus(P, log_Q, gamma))
    by_one, by_zero = Q * focus_slope(P, Q, log_P, gamma), P * focus_slope(Q, P, log_Q, gamma)
    return row_sums(entries), np.subtract(one * T * by_one, zero * (1 - T) * by_zero, out=out)


@loss(
    gradient=binary_focal_crossentropy_gradient,
    fused=binary_focal_crossentropy_from_logits,
    target_kind="binary",
    head="sigmoid",
    over_outputs="sum",
    check=_check_focal,
)
def binary_focal_crossentropy(T: Floats, P: Floats, *, gamma: float = 2.0, alpha: float | None = 0.25) -> Floats:
    """The binary focal loss, -alpha T (1 - P)^gamma log P - (1 - alpha) (1 - T) P^gamma log(1 - P).

    Summed over a row's outputs.

    ``alpha`` weights class 1 against class 0; None leaves it out, and with gamma = 0 this is the binary cross-entropy.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        DataError: a target or a probability outside 0..1.
        ShapeError: target and prediction of different shapes.
        SettingError: a gamma below 0, an alpha outside 0..1.

    >>> binary_focal_crossentropy([1, 1], [0.9, 0.1], alpha=None, reduction="none").round(5)  # easy, and hard
    array([1.05000e-03, 1.86509e+00])

    Source: Lin et al. 2017, arXiv 1708.02002, equation 5.
    """
    one, zero = _sides(alpha)
    yes, no = focus(1 - P, np.log(P), gamma), focus(P, np.log1p(-P), gamma)
    return one * times(T, yes) + zero * times(1 - T, no)


# ---- several classes ------------------------------------------------------------------------------------------------


def categorical_focal_crossentropy_gradient(
    T: Floats, P: Floats, *, gamma: float = 2.0, alpha: float | None = 0.25
) -> Floats:
    """alpha T f'(P), with f(P) = -(1 - P)^gamma log P."""
    G: Floats = (1.0 if alpha is None else alpha) * times(T, focus_slope(P, 1 - P, np.log(P), gamma) / P)
    return G


def categorical_focal_crossentropy_from_logits(
    T: Floats, Z: Floats, out: Floats | None, *, gamma: float = 2.0, alpha: float | None = 0.25
) -> tuple[Floats, Floats]:
    """With P = softmax(Z) and D = T P f'(P): the gradient D - P sum_c D_c."""
    factor = 1.0 if alpha is None else alpha
    P, log_P = softmax(Z), log_softmax(Z)
    # 1 - P with its digits where P is close to 1: the sum of the others.
    rest = np.where(np.greater(P, 0.5), row_sums(np.where(np.greater(P, 0.5), 0, P))[:, None], 1 - P)
    rows = factor * row_sums(times(T, focus(rest, log_P, gamma)))
    D = factor * times(T, focus_slope(P, rest, log_P, gamma))
    return rows, np.subtract(D, P * row_sums(D)[:, None], out=out)


@loss(
    gradient=categorical_focal_crossentropy_gradient,
    fused=categorical_focal_crossentropy_from_logits,
    target_kind="one_hot",
    head="softmax",
    over_outputs="sum",
    check=_check_focal,
)
def categorical_focal_crossentropy(T: Floats, P: Floats, *, gamma: float = 2.0, alpha: float | None = 0.25) -> Floats:
    """The focal loss for several classes, -alpha sum_c T_c (1 - P_c)^gamma log P_c.

    ``alpha`` is one factor for all classes here, None for 1 (a weight for each is ``fit(class_weight=...)``); with
    gamma = 0 and alpha = None this is the categorical cross-entropy.

    Shapes: target and prediction (B, C), or (C,) for one row; a float, with reduction "none" (B,), the gradient as the
    prediction.

    Raises:
        DataError: a probability outside 0..1.
        ShapeError: target and prediction of different shapes.
        SettingError: a gamma below 0, an alpha outside 0..1.

    >>> T, P = [[1, 0, 0], [0, 1, 0]], [[0.8, 0.1, 0.1], [0.4, 0.5, 0.1]]
    >>> round(categorical_focal_crossentropy(T, P, alpha=None), 7)
    0.0911063

    Source: Lin et al. 2017, arXiv 1708.02002, equation 5, with the softmax of several classes.
    """
    factor = 1.0 if alpha is None else alpha
    entries: Floats = factor * times(T, focus(1 - P, np.log(P), gamma))
    return entries
