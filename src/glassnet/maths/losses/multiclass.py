"""Losses for several classes: P (B, C) holds each row's probabilities; with ``from_logits``, P = softmax(Z).

A vector (C,) is one row.
"""

from __future__ import annotations

import numpy as np

from glassnet.errors import DataError
from glassnet.maths.activations.classes import shifted
from glassnet.maths.losses.loss import loss
from glassnet.maths.losses.rows import check_smoothing, per, row_sums, smoothed, summed_products, times
from glassnet.typing import Floats, Indices

# ---- categorical cross-entropy -------------------------------------------------------------------------------------


def categorical_crossentropy_gradient(T: Floats, P: Floats, *, label_smoothing: float = 0.0) -> Floats:
    """-T / P."""
    return -per(smoothed(T, label_smoothing, P.shape[1]), P)


def categorical_crossentropy_from_logits(
    T: Floats, Z: Floats, out: Floats | None, *, label_smoothing: float = 0.0
) -> tuple[Floats, Floats]:
    """-sum_c T_c log softmax(Z)_c, and its gradient softmax(Z) sum_c T_c - T (which is P - T where T sums to 1)."""
    T = smoothed(T, label_smoothing, Z.shape[1])
    S = shifted(Z, out)
    chosen = summed_products(T, S)
    E = np.exp(S, out=S)
    total, mass = row_sums(E), row_sums(T)
    rows = np.log(total) * mass - chosen
    E *= (mass / total)[:, None]
    return rows, np.subtract(E, T, out=E)


@loss(
    gradient=categorical_crossentropy_gradient,
    fused=categorical_crossentropy_from_logits,
    target_kind="one_hot",
    head="softmax",
    over_outputs="sum",
    check=check_smoothing,
)
def categorical_crossentropy(T: Floats, P: Floats, *, label_smoothing: float = 0.0) -> Floats:
    """The categorical cross-entropy, -sum_c T_c log P_c; T is one-hot or any distribution over the classes.

    With ``from_logits`` the prediction is any scores and P their softmax, computed together: log P is right where P
    itself would be 0. 0 log 0 = 0, and log 0 is -inf: an impossible class costs infinity. Nothing is clipped.
    ``label_smoothing`` s puts (1 - s) T + s / C in place of T.

    Shapes: target and prediction (B, C), or (C,) for one row; a float, with reduction "none" (B,), the gradient as the
    prediction.

    Raises:
        DataError: a probability outside 0..1.
        ShapeError: target and prediction of different shapes.
        SettingError: a label_smoothing that is not at least 0 and below 1.

    >>> categorical_crossentropy([[1, 0, 0], [0, 1, 0]], [[0.8, 0.1, 0.1], [0.4, 0.5, 0.1]], reduction="none").round(4)
    array([0.2231, 0.6931])
    >>> categorical_crossentropy([[1, 0]], [[-1e4, 0.0]], from_logits=True)
    10000.0

    Source: Shannon 1948; Bridle 1990; Bishop 2006, equations 4.108 and 4.109.
    """
    return -times(smoothed(T, label_smoothing, P.shape[1]), np.log(P))


# ---- the same from class indices -----------------------------------------------------------------------------------


def one_hot(T: Indices, P: Floats) -> Floats:
    """The classes as rows like those of P: 1 in the column of the class, 0 in the others."""
    rows = np.zeros(P.shape, P.dtype)
    rows[np.arange(len(T)), T] = 1
    return rows


def sparse_categorical_crossentropy_gradient(T: Indices, P: Floats, *, label_smoothing: float = 0.0) -> Floats:
    """-1 / P in the column of the row's class, 0 in the others."""
    if label_smoothing:
        return categorical_crossentropy_gradient(one_hot(T, P), P, label_smoothing=label_smoothing)
    rows = np.arange(len(T))
    G = np.zeros_like(P)
    G[rows, T] = -1 / P[rows, T]
    return G


def sparse_categorical_crossentropy_from_logits(
    T: Indices, Z: Floats, out: Floats | None, *, label_smoothing: float = 0.0
) -> tuple[Floats, Floats]:
    """log sum_c e^{Z_c} - Z_t for the class t, and its gradient softmax(Z), less 1 in the column of t."""
    if label_smoothing:
        return categorical_crossentropy_from_logits(one_hot(T, Z), Z, out, label_smoothing=label_smoothing)
    entries = np.arange(0, Z.size, Z.shape[1]) + T  # each row's true class, counted through all entries
    S = shifted(Z, out)
    chosen = S.take(entries)
    E = np.exp(S, out=S)
    total = row_sums(E)
    E /= total[:, None]
    E.flat[entries] -= 1
    return np.log(total) - chosen, E


@loss(
    gradient=sparse_categorical_crossentropy_gradient,
    fused=sparse_categorical_crossentropy_from_logits,
    target_kind="classes",
    head="softmax",
    over_outputs="sum",
    check=check_smoothing,
)
def sparse_categorical_crossentropy(T: Indices, P: Floats, *, label_smoothing: float = 0.0) -> Floats:
    """The categorical cross-entropy for class indices, -log P_t: the same number without one-hot rows.

    Formula: -log P_t, or with ``from_logits`` log(sum_c e^Z_c) - Z_t; ``label_smoothing`` as in
    categorical_crossentropy.

    Shapes: target (B,) whole numbers, prediction (B, C); a float, with reduction "none" (B,), the gradient (B, C).

    Raises:
        DataError: an index below 0 or not below C, or a probability outside 0..1.
        ShapeError: more or fewer indices than rows.
        SettingError: a label_smoothing that is not at least 0 and below 1.

    >>> sparse_categorical_crossentropy([0, 1], [[0.8, 0.1, 0.1], [0.4, 0.5, 0.1]], reduction="none").round(4)
    array([0.2231, 0.6931])

    Source: that of categorical_crossentropy.
    """
    if label_smoothing:
        return -times(smoothed(one_hot(T, P), label_smoothing, P.shape[1]), np.log(P))
    chosen: Floats = P[np.arange(len(T)), T]
    return -np.log(chosen)[:, None]


# ---- Kullback-Leibler divergence -----------------------------------------------------------------------------------


def kl_divergence_gradient(T: Floats, P: Floats) -> Floats:
    """-T / P: that of the cross-entropy, since T log T does not depend on P."""
    return -per(T, P)


def kl_divergence_from_logits(T: Floats, Z: Floats, out: Floats | None) -> tuple[Floats, Floats]:
    """The cross-entropy from logits less the entropy of T, and the same gradient."""
    rows, G = categorical_crossentropy_from_logits(T, Z, out)
    return rows + row_sums(times(T, np.log(T))), G


@loss(
    gradient=kl_divergence_gradient,
    fused=kl_divergence_from_logits,
    target_kind="one_hot",
    head="softmax",
    over_outputs="sum",
)
def kl_divergence(T: Floats, P: Floats) -> Floats:
    """The Kullback-Leibler divergence, sum_c T_c log(T_c / P_c): the cross-entropy less what T alone would cost.

    0 exactly where P = T; equal to the cross-entropy where T is one-hot. 0 log 0 = 0, and a class that P excludes and
    T does not costs infinity.

    Shapes: target and prediction (B, C), or (C,) for one row; a float, with reduction "none" (B,), the gradient as the
    prediction.

    Raises:
        DataError: a probability outside 0..1.
        ShapeError: target and prediction of different shapes.

    >>> round(kl_divergence([[0.5, 0.5]], [[0.25, 0.75]]), 7)
    0.143841
    >>> kl_divergence([[0.25, 0.75]], [[0.25, 0.75]])
    0.0

    Source: Kullback and Leibler 1951, "On information and sufficiency".
    """
    return times(T, np.log(T)) - times(T, np.log(P))


# ---- hinge for several classes --------------------------------------------------------------------------------------


def _rival(T: Floats, P: Floats) -> tuple[Floats, Floats]:
    """The highest score among the wrong classes of each row, (B, 1), and by how much the right one misses it by 1."""
    if not ((T == 0) | (T == 1)).all() or not (row_sums(np.asarray(T)) == 1).all():
        raise DataError("categorical_hinge takes one-hot targets: one 1 in every row, and 0 elsewhere.")
    wrong = np.where(T == 1, -np.inf, P)
    rival = np.max(wrong, axis=1, keepdims=True)
    own = np.sum(np.where(T == 1, P, 0), axis=1, keepdims=True)
    return rival, np.maximum(1 + rival - own, 0)


def categorical_hinge_gradient(T: Floats, P: Floats) -> Floats:
    """-1 for the right class and 1 for its highest rival where max(...) > 0, else 0; equal rivals share the 1."""
    rival, missing = _rival(T, P)
    highest = np.equal(P, rival) & (T == 0)
    shares = highest / np.maximum(highest.sum(axis=1, keepdims=True), 1)
    G: Floats = np.sign(missing) * (shares - np.asarray(T)).astype(P.dtype)
    return G


@loss(gradient=categorical_hinge_gradient, target_kind="one_hot", over_outputs="sum")
def categorical_hinge(T: Floats, P: Floats) -> Floats:
    """The hinge loss for several classes, max(0, 1 + max of the wrong classes' P - P_t): t must lead by 1.

    P are scores of any size, not probabilities. Its gradient is 0 at the corner. With one class alone the loss is 0.

    Shapes: target and prediction (B, C), or (C,) for one row; a float, with reduction "none" (B,), the gradient as the
    prediction.

    Raises:
        DataError: targets that are not one-hot.
        ShapeError: target and prediction of different shapes.

    >>> categorical_hinge([[1, 0, 0], [0, 1, 0]], [[2.0, 0.5, 0.0], [1.5, 1.0, -3.0]], reduction="none")
    array([0. , 1.5])

    Source: Crammer and Singer 2001, "On the algorithmic implementation of multiclass kernel-based vector machines",
    JMLR 2, 265-292, equation 2.
    """
    return _rival(T, P)[1]
