"""Losses: each value with its gradient beside it (COURSE C9).

    f(target, prediction, *, from_logits=False, reduction="mean", sample_weight=None, **settings) -> float
    f.gradient(the same)                              the derivative by the prediction, in its shape and dtype
    f.value_and_gradient(target, prediction, ...)     both at once, with ``out=``: what engines call

Regression: mse, half_mse, rmse, mae, mbe, mape, huber. Two classes: binary_crossentropy, hinge, squared_hinge.
Several classes: categorical_crossentropy, sparse_categorical_crossentropy, kl_divergence. Any classes: likelihood.

To add one, write its two formulas in the file of its family and its row in tests/maths/losses/test_loss.py; the
decorator puts it into CATALOGUE.
"""

from glassnet.maths.losses.binary import binary_crossentropy, hinge, squared_hinge
from glassnet.maths.losses.likelihood import likelihood
from glassnet.maths.losses.loss import CATALOGUE, Loss, get
from glassnet.maths.losses.multiclass import categorical_crossentropy, kl_divergence, sparse_categorical_crossentropy
from glassnet.maths.losses.regression import half_mse, huber, mae, mape, mbe, mse, rmse

__all__ = [
    "CATALOGUE",
    "Loss",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "half_mse",
    "hinge",
    "huber",
    "kl_divergence",
    "likelihood",
    "mae",
    "mape",
    "mbe",
    "mse",
    "rmse",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]
