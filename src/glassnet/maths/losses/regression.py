"""Losses for numbers: T and P are (B, K), e = T - P is the error.

A row's loss is the mean over its K outputs, the loss the mean over the B rows; (B,) is (B, 1).
"""

from __future__ import annotations

from math import log

import numpy as np

from glassnet.errors import DataError, SettingError
from glassnet.maths.losses.loss import loss
from glassnet.maths.losses.rows import within
from glassnet.typing import Floats

# ---- squared error -------------------------------------------------------------------------------------------------


def mse_gradient(T: Floats, P: Floats) -> Floats:
    """2 (P - T)."""
    return 2 * (P - T)


@loss(gradient=mse_gradient, target_kind="real", over_outputs="mean")
def mse(T: Floats, P: Floats) -> Floats:
    """The mean squared error, mean of e^2.

    Least where the prediction is the mean of the targets. An error ten times as large counts a hundred times.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.

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

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.

    The worked example of COURSE C6, E = 1/2 (y - a2)^2:

    >>> round(half_mse([0.25], [0.7091024]), 7)
    0.1053875

    Source: Rumelhart, Hinton and Williams 1986, Nature 323, equation 3.
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

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.

    >>> mae([1.0, 2.0, 4.0], [1.0, 2.0, 2.5])
    0.5

    Source: Laplace 1774; Boscovich 1757 (least absolute deviations).
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

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.

    >>> mbe([1.0, 2.0], [2.0, 1.0])
    0.0
    >>> mbe.gradient([1.0, 2.0], [2.0, 1.0])
    array([-0.5, -0.5])

    Source: Willmott 1982, "Some comments on the evaluation of model performance" (its sign there is the opposite).
    """
    return np.subtract(T, P)


def mape_gradient(T: Floats, P: Floats) -> Floats:
    """100 sign(P - T) / |T|."""
    return 100 * np.sign(P - T) / np.abs(T)


@loss(gradient=mape_gradient, target_kind="real", over_outputs="mean")
def mape(T: Floats, P: Floats) -> Floats:
    """The mean absolute percentage error, mean of 100 |e / T|, in percent.

    Its gradient is 0 at e = 0, where it has a corner.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.
        DataError: a target is 0, of which no error is a percentage.

    >>> mape([100.0, 50.0], [90.0, 55.0])
    10.0

    Source: Hyndman and Koehler 2006, "Another look at measures of forecast accuracy", section 2.2.
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

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.
        SettingError: a delta that is not above 0.

    >>> huber([0.0, 0.0], [0.5, 3.0], reduction="none")
    array([0.125, 2.5  ])
    >>> huber([0.0], [3.0], delta=2.0) == huber.configured(delta=2.0)([0.0], [3.0]) == 4.0
    True

    Source: Huber 1964, "Robust estimation of a location parameter".
    """
    distance = np.abs(P - T)
    bounded = np.minimum(distance, delta)
    return bounded * (distance - bounded / 2)


# ---- log cosh -------------------------------------------------------------------------------------------------------


def log_cosh_gradient(T: Floats, P: Floats) -> Floats:
    """tanh(P - T)."""
    return np.tanh(P - T)


@loss(gradient=log_cosh_gradient, target_kind="real", over_outputs="mean")
def log_cosh(T: Floats, P: Floats) -> Floats:
    """The logarithm of the hyperbolic cosine, log cosh e: about e^2 / 2 for small errors and |e| - log 2 for large.

    Huber's loss without its seams: every derivative exists. For |e| >= 1 it is |e| + log(1 + e^(-2|e|)) - log 2, which
    does not overflow, below log(1 + 2 sinh^2(e / 2)), which keeps its digits.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.

    >>> round(log_cosh([0.0], [0.1]), 7), round(log_cosh([0.0], [1000.0]), 7)
    (0.0049917, 999.3068528)

    Source: Green 1990, "Bayesian reconstructions from emission tomography data using a modified EM algorithm".
    """
    distance = np.abs(P - T)
    small = np.minimum(distance, 1)
    near = np.log1p(2 * np.square(np.sinh(small / 2)))
    entries: Floats = np.where(distance < 1, near, distance + np.log1p(np.exp(-2 * distance)) - log(2))
    return entries


# ---- squared logarithmic error --------------------------------------------------------------------------------------


def msle_gradient(T: Floats, P: Floats) -> Floats:
    """2 (log(1 + P) - log(1 + T)) / (1 + P)."""
    return 2 * _log_errors(T, P) / (1 + P)


def _log_errors(T: Floats, P: Floats) -> Floats:
    for values, what in ((T, "targets"), (P, "predictions")):
        within(values, -1, np.inf, f"msle takes {what} of at least -1: it compares log(1 + x)")
    return np.log1p(P) - np.log1p(T)


@loss(gradient=msle_gradient, target_kind="real", over_outputs="mean")
def msle(T: Floats, P: Floats) -> Floats:
    """The mean squared logarithmic error, mean of (log(1 + P) - log(1 + T))^2: ratios count, whatever the size.

    For targets that are not negative and span orders of magnitude. A network under it ends in something that stays
    above -1, such as softplus or relu.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.
        DataError: a target or a prediction below -1.

    >>> round(msle([99.0, 9.0], [199.0, 19.0]), 7)  # twice as much in both
    0.480453

    Source: the metric of the Heritage Health Prize 2011, without its root.
    """
    return np.square(_log_errors(T, P))


# ---- quantile (pinball) loss ----------------------------------------------------------------------------------------


def _check_tau(*, tau: float = 0.5) -> None:
    if not 0 < tau < 1:
        raise SettingError(f"quantile: tau lies between 0 and 1; given was {tau!r}.")


def quantile_gradient(T: Floats, P: Floats, *, tau: float = 0.5) -> Floats:
    """-tau where the prediction is too low, 1 - tau where it is too high; at e = 0, where it has a corner, 0."""
    side = np.sign(P - T)
    return (side + (1 - 2 * tau) * np.abs(side)) / 2


@loss(gradient=quantile_gradient, target_kind="real", over_outputs="mean", check=_check_tau)
def quantile(T: Floats, P: Floats, *, tau: float = 0.5) -> Floats:
    """The quantile or pinball loss, mean of max(tau e, (tau - 1) e) with e = T - P: least at the tau-quantile.

    tau = 0.9 makes a prediction that nine of ten targets stay below; tau = 0.5, the median, is mae / 2. Its gradient is
    0 at e = 0, where it has a corner.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.
        SettingError: a tau that is not between 0 and 1.

    >>> quantile([1.0, 1.0], [0.0, 3.0], tau=0.9, reduction="none").round(7)
    array([0.9, 0.2])

    Source: Koenker and Bassett 1978, "Regression quantiles", Econometrica 46, 33-50.
    """
    E = T - P
    entries: Floats = np.maximum(tau * E, (tau - 1) * E)
    return entries
