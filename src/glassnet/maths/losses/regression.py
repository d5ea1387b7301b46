"""Losses for numbers: T and P are (B, K), e = T - P is the error.

A row's loss is the mean over its K outputs, the loss the mean over the B rows; (B,) is (B, 1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import DataError, SettingError
from glassnet.maths.dispatch import number
from glassnet.maths.losses.loss import arguments, entered, loss, quiet
from glassnet.maths.losses.rows import Reduction, out_rows, reduced, row_shares, row_weights, scaled
from glassnet.typing import ArrayLike, Floats

# ---- squared error -------------------------------------------------------------------------------------------------


def mse_gradient(T: Floats, P: Floats) -> Floats:
    """2 (P - T)."""
    return 2 * (P - T)


@loss(gradient=mse_gradient, target_kind="real", over_outputs="mean")
def mse(T: Floats, P: Floats) -> Floats:
    """The mean squared error, mean of e^2.

    Least where the prediction is the mean of the targets. An error ten times as large counts a hundred times.

    >>> mse([1.0, 2.0, 4.0], [1.0, 2.0, 2.0])
    1.3333333333333333
    >>> mse.gradient([1.0, 2.0, 4.0], [1.0, 2.0, 2.0])
    array([ 0.        ,  0.        , -1.33333333])

    Source: Gauss 1809; Legendre 1805 (least squares).
    """
    return np.square(P - T)


def half_mse_gradient(T: Floats, P: Floats) -> Floats:
    """P - T."""
    return np.subtract(P, T)


@loss(gradient=half_mse_gradient, target_kind="real", over_outputs="mean")
def half_mse(T: Floats, P: Floats) -> Floats:
    """Half the mean squared error, mean of e^2 / 2: its gradient is the error itself, without the factor 2.

    The worked example of COURSE C6, E = 1/2 (y - a2)^2:

    >>> round(half_mse([0.25], [0.7091024]), 7)
    0.1053875
    """
    return np.square(P - T) / 2


# ---- absolute and percentage error, bias ---------------------------------------------------------------------------


def mae_gradient(T: Floats, P: Floats) -> Floats:
    """sign(P - T): at e = 0, where |e| has a corner, 0 is chosen."""
    return np.sign(P - T)


@loss(gradient=mae_gradient, target_kind="real", over_outputs="mean")
def mae(T: Floats, P: Floats) -> Floats:
    """The mean absolute error, mean of |e|: least at the median of the targets, so that outliers count little.

    Its gradient is 0 at e = 0, where it has a corner.

    >>> mae([1.0, 2.0, 4.0], [1.0, 2.0, 2.5])
    0.5
    """
    return np.abs(P - T)


def mbe_gradient(T: Floats, P: Floats) -> Floats:
    """-1 everywhere."""
    return np.full_like(P, -1)


@loss(gradient=mbe_gradient, target_kind="real", over_outputs="mean")
def mbe(T: Floats, P: Floats) -> Floats:
    """The mean bias error, mean of e = T - P: positive where the prediction is too low on the whole.

    A measure, not something to minimise: errors of opposite sign cancel, its gradient is -1 for every entry (over the
    number of entries) whatever the error, and it has no minimum. Descent raises every prediction without end.

    >>> mbe([1.0, 2.0], [2.0, 1.0])
    0.0
    >>> mbe.gradient([1.0, 2.0], [2.0, 1.0])
    array([-0.5, -0.5])
    """
    return np.subtract(T, P)


def mape_gradient(T: Floats, P: Floats) -> Floats:
    """100 sign(P - T) / |T|."""
    return 100 * np.sign(P - T) / np.abs(T)


@loss(gradient=mape_gradient, target_kind="real", over_outputs="mean")
def mape(T: Floats, P: Floats) -> Floats:
    """The mean absolute percentage error, mean of 100 |e / T|, in percent.

    Its gradient is 0 at e = 0, where it has a corner.

    Raises:
        DataError: a target is 0, of which no error is a percentage.

    >>> mape([100.0, 50.0], [90.0, 55.0])
    10.0
    """
    if (T == 0).any():
        raise DataError("mape: a target is 0, and no error is a percentage of 0; use mae or mse for such targets.")
    return 100 * np.abs((T - P) / T)


# ---- Huber ---------------------------------------------------------------------------------------------------------


def _check_delta(*, delta: float) -> None:
    if not delta > 0:
        raise SettingError(f"huber: delta must be above 0; given was {delta!r}.")


def huber_gradient(T: Floats, P: Floats, *, delta: float = 1.0) -> Floats:
    """P - T, cut off at -delta and delta."""
    return np.clip(P - T, -delta, delta)


@loss(gradient=huber_gradient, target_kind="real", over_outputs="mean", check=_check_delta)
def huber(T: Floats, P: Floats, *, delta: float = 1.0) -> Floats:
    """The Huber loss: e^2 / 2 where |e| <= delta, and delta (|e| - delta / 2), a straight line, beyond.

    >>> huber([0.0, 0.0], [0.5, 3.0], reduction="none")
    array([0.125, 2.5  ])
    >>> huber([0.0], [3.0], delta=2.0) == huber.configured(delta=2.0)([0.0], [3.0]) == 4.0
    True

    Source: Huber 1964, "Robust estimation of a location parameter".
    """
    distance = np.abs(P - T)
    bounded = np.minimum(distance, delta)
    return bounded * (distance - bounded / 2)


# ---- root mean squared error: a root over all rows, so not a sum of row losses ---------------------------------------


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

    >>> rmse([0.0, 0.0], [3.0, 4.0])
    3.5355339059327378
    >>> rmse.gradient([1.0, 2.0], [1.0, 2.0])
    array([0., 0.])
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
