"""The root mean squared error: a root over all rows, so not a sum of row losses like the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.maths.dispatch import number
from glassnet.maths.losses.loss import arguments, entered, quiet
from glassnet.maths.losses.rows import Reduction, out_rows, reduced, row_shares, row_weights, scaled
from glassnet.typing import ArrayLike, Floats


@quiet
def rmse_value_and_gradient(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    from_logits: bool = False,
    reduction: Reduction = "mean",
    sample_weight: ArrayLike | None = None,
    out: Floats | None = None,
) -> tuple[Any, Floats]:
    """The root R and (P - T) / (K R), each row times its share; 0 where R = 0, where there is no derivative."""
    T, P = arguments("rmse", "real", None, target, prediction, from_logits)
    weights = row_weights(sample_weight, len(P))
    shares = row_shares(weights, len(P), reduction)
    E = P - T if weights is None else np.where(weights[:, None] == 0, 0, P - T)
    D, unit = _in_units(E)
    squares = np.square(D).sum(axis=1) / P.shape[1]
    if reduction == "none":
        rows = np.sqrt(squares)
        value, root = reduced(unit * rows, shares, "none"), rows[:, None]
    else:
        root = np.sqrt(reduced(squares, shares, reduction))
        value = number(unit * root)
    G = np.divide(D, P.shape[1] * root, out=np.zeros_like(D), where=np.not_equal(root, 0)).astype(P.dtype, copy=False)
    G = scaled(G, shares, None if out is None else out_rows(out, np.shape(prediction), P))
    return value, G.reshape(np.shape(prediction)) if out is None else out


def rmse_gradient(target: ArrayLike, prediction: ArrayLike, **keywords: Any) -> Floats:
    """The derivative of the root mean squared error by the prediction; 0 where the error is 0 (there is none)."""
    return rmse_value_and_gradient(target, prediction, **keywords)[1]


@entered(gradient=rmse_gradient, value_and_gradient=rmse_value_and_gradient, target_kind="real")
def rmse(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    from_logits: bool = False,
    reduction: Reduction = "mean",
    sample_weight: ArrayLike | None = None,
) -> Any:
    """The root mean squared error, R = sqrt(mean of e^2): the mse in the unit of the targets.

    The mean is over all rows, the root is taken last ("sum": the root of the summed squares; "none": each row's own
    root). Its gradient is (P - T) / (number of entries x R). At R = 0, where every prediction is exact, the root
    has a corner and no derivative: 0 is given.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.

    >>> rmse([0.0, 0.0], [3.0, 4.0])
    3.5355339059327378
    >>> rmse.gradient([1.0, 2.0], [1.0, 2.0])
    array([0., 0.])

    Source: Gauss 1823 (the mean error of an observation); see mse.
    """
    return rmse_value_and_gradient(
        target, prediction, from_logits=from_logits, reduction=reduction, sample_weight=sample_weight
    )[0]


def _in_units(E: Floats) -> tuple[Floats, float]:
    """The errors in units of the largest, so that no square overflows or underflows, and that unit.

    Where errors are infinite they alone count, as +-1 of an infinite unit: the limit.
    """
    unit = float(np.abs(E).max(initial=0.0))
    if unit == 0:
        return E, 1.0
    if np.isinf(unit):
        return np.where(np.isinf(E), np.sign(E), 0).astype(E.dtype), unit
    return E / unit, unit
