"""Where rows point, whatever their length."""

from __future__ import annotations

import numpy as np

from glassnet.maths.losses.loss import loss
from glassnet.maths.losses.rows import row_sums
from glassnet.typing import Floats


def _unit(X: Floats) -> tuple[Floats, Floats]:
    """Each row divided by its length, and the length, (B, 1); a row of zeros stays zero, its length counts as infinite.

    The largest entry is taken out first, so that no square overflows or underflows. Where entries are infinite they
    alone count: the limit.
    """
    plain = np.asarray(X)  # of a Tensor, too: the scale cancels, no derivative passes by it
    scale = np.abs(plain).max(axis=1, keepdims=True)
    infinite = np.isinf(scale)
    if infinite.any():
        X = np.where(infinite, np.where(np.isinf(plain), np.sign(plain), 0), X).astype(plain.dtype)
    inside = np.where(infinite | (scale == 0), 1, scale)
    Y = X / inside
    length = np.sqrt(row_sums(np.square(Y)))[:, None]
    empty = scale == 0
    unit = np.where(empty, 0, Y / np.where(empty, 1, length))
    return unit, np.where(infinite | empty, np.inf, inside * length)


def cosine_similarity_gradient(T: Floats, P: Floats) -> Floats:
    """-(t - cos p) / |P|, with the unit vectors t and p: across P, since its length does not count."""
    (t, _), (p, length) = _unit(T), _unit(P)
    cosine = row_sums(t * p)[:, None]
    G: Floats = (cosine * p - t) / length
    return G


@loss(gradient=cosine_similarity_gradient, target_kind="real", over_outputs="sum")
def cosine_similarity(T: Floats, P: Floats) -> Floats:
    """Minus the cosine of the angle between two rows, -(T . P) / (|T| |P|): -1 for the same direction.

    Formula: -sum_k T_k P_k / sqrt(sum_k T_k^2 sum_k P_k^2), for each row.

    Minus, so that less is better. A row of zeros has no direction: its loss and its gradient are 0.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.

    >>> cosine_similarity([[1.0, 0.0], [1.0, 0.0]], [[5.0, 0.0], [3.0, 4.0]], reduction="none")
    array([-1. , -0.6])

    Source: Salton and McGill 1983, "Introduction to modern information retrieval", section 4.1.
    """
    (t, _), (p, _) = _unit(T), _unit(P)
    return -(t * p)
