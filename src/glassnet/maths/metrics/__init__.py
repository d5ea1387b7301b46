"""Metrics: how good predictions are, in numbers for people. None of them is differentiated.

The targets come first everywhere, and rows of a confusion matrix are the true classes. 0 / 0 counts as 0, without a
warning: a class that was never predicted has precision 0, one that never occurs has recall 0, and no rows at all have
accuracy 0. Only an order of scores without pairs to put in order (roc_auc, average_precision) is NaN.

    labels          accuracy, subset_accuracy, balanced_accuracy, matthews, precision, recall, f1, confusion_matrix
    ranking         top_k_accuracy, roc_auc, average_precision
    probabilities   log_loss, brier, calibration_error
    numbers         r2, and losses of regression: mse, rmse, mae, mbe, mape, msle, log_cosh, huber, quantile, poisson
    intervals       accuracy_interval
    metric          what they have in common
"""

from glassnet.maths.metrics.intervals import accuracy_interval
from glassnet.maths.metrics.labels import (
    accuracy,
    balanced_accuracy,
    confusion_matrix,
    f1,
    matthews,
    precision,
    recall,
    subset_accuracy,
)
from glassnet.maths.metrics.metric import CATALOGUE, Metric, get
from glassnet.maths.metrics.numbers import huber, log_cosh, mae, mape, mbe, mse, msle, poisson, quantile, r2, rmse
from glassnet.maths.metrics.probabilities import brier, calibration_error, log_loss
from glassnet.maths.metrics.ranking import average_precision, roc_auc, top_k_accuracy

__all__ = [
    "CATALOGUE",
    "Metric",
    "accuracy",
    "accuracy_interval",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "calibration_error",
    "confusion_matrix",
    "f1",
    "get",
    "huber",
    "log_cosh",
    "log_loss",
    "mae",
    "mape",
    "matthews",
    "mbe",
    "mse",
    "msle",
    "poisson",
    "precision",
    "quantile",
    "r2",
    "recall",
    "rmse",
    "roc_auc",
    "subset_accuracy",
    "top_k_accuracy",
]
