"""Of numbers: the coefficient of determination, and the losses of regression as measures."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from glassnet.errors import ShapeError, TypeNotUsableError
from glassnet.maths import losses
from glassnet.maths.catalogue import configurable
from glassnet.maths.losses import Loss
from glassnet.maths.metrics.metric import CATALOGUE, Metric, metric, weights_of
from glassnet.typing import ArrayLike, Floats


@metric("numbers")
def r2(target: ArrayLike, prediction: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """R^2 = 1 - sum w (t - p)^2 / sum w (t - mean t)^2: 1 is exact, 0 no better than the mean, and it may be negative.

    The mean of t is weighted by w, 1 where no weights are given. With several outputs the mean of their R^2. Where the
    target does not vary, 1 for exact predictions and else 0; for no rows 0.

    Shapes: target and prediction (B,) or (B, K), sample_weight (B,); a float.

    Raises:
        ShapeError: target and prediction of different shapes, or weights of another length.
        DataError: weights that are negative or not finite.
        TypeNotUsableError: something other than real numbers.

    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5

    Source: Wright 1921, "Correlation and causation" (the coefficient of determination).
    """
    T, P = _numbers(target, "target"), _numbers(prediction, "prediction")
    if T.shape != P.shape:
        shapes = f"the target has shape {np.shape(target)}, the prediction {np.shape(prediction)}"
        raise ShapeError(f"Target and prediction must have the same rows and outputs; {shapes}.")
    w = weights_of(sample_weight, len(T))
    T, P, w = T[w > 0], P[w > 0], w[w > 0, None]
    if not T.size:
        return 0.0
    with np.errstate(all="ignore"):  # infinite predictions are legal, and so is a target that does not vary
        mean = T.mean(axis=0) if sample_weight is None else (w * T).sum(axis=0) / w.sum()
        residual = (w * np.square(T - P)).sum(axis=0)
        total = (w * np.square(T - mean)).sum(axis=0)
        constant = np.equal(T, T[0]).all(axis=0)  # rounding in the mean would leave a total just above 0
        return float(np.where(constant, residual == 0, 1 - residual / total).mean())


def _numbers(values: ArrayLike, what: str) -> Floats:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub" or array.ndim not in (1, 2):
        raise TypeNotUsableError(f"The {what} of r2 must be real numbers, (rows,) or (rows, outputs).")
    return array.reshape(len(array), -1).astype(np.float64) if array.size else np.zeros((0, 1))


# ---- the losses of regression --------------------------------------------------------------------------------------


def measured_by(loss: Loss) -> Metric:
    """A loss as a metric, under its own name and with its settings: metrics.mae(target, prediction)."""

    def measure(target: ArrayLike, prediction: ArrayLike, *, sample_weight: Any = None, **settings: Any) -> Any:
        return loss(target, prediction, sample_weight=sample_weight, **settings)

    function: Any = measure
    function.__name__ = function.__qualname__ = loss.name
    first, *_ = (loss.__doc__ or "").splitlines()
    function.__doc__ = f"{first}\n\nAs ``gn.losses.{loss.name}``, which says more and has its derivative beside it."
    function.takes, function.single = "numbers", True
    configurable(function, settings=loss.settings)
    CATALOGUE[loss.name] = function
    return cast(Metric, function)


mse = measured_by(losses.mse)
rmse = measured_by(losses.rmse)
mae = measured_by(losses.mae)
mbe = measured_by(losses.mbe)
mape = measured_by(losses.mape)
msle = measured_by(losses.msle)
log_cosh = measured_by(losses.log_cosh)
huber = measured_by(losses.huber)
quantile = measured_by(losses.quantile)
poisson = measured_by(losses.poisson)
