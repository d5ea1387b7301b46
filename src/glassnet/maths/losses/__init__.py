"""Losses: each value with its gradient beside it (COURSE C9).

    f(target, prediction, *, from_logits=False, reduction="mean", sample_weight=None, **settings) -> float
    f.gradient(the same)                              the derivative by the prediction, in its shape and dtype
    f.value_and_gradient(target, prediction, ...)     both at once, with ``out=``: what engines call

    regression    mse, half_mse, mae, mbe, mape, msle, log_cosh, quantile, huber
    rmse          a root over all rows           directions    cosine_similarity
    likelihoods   poisson (counts), gaussian_nll (numbers with a variance)
    binary        binary_crossentropy, hinge, squared_hinge
    multiclass    categorical_crossentropy, sparse_categorical_crossentropy, kl_divergence, categorical_hinge
    focal         binary_focal_crossentropy, categorical_focal_crossentropy
    likelihood    likelihood, of any classes

To add one, write its two formulas in the file of its family and its row in tests/table/losses.py; the
decorator puts it into CATALOGUE.
"""

from glassnet.maths.losses.binary import binary_crossentropy, hinge, squared_hinge
from glassnet.maths.losses.directions import cosine_similarity
from glassnet.maths.losses.focal import binary_focal_crossentropy, categorical_focal_crossentropy
from glassnet.maths.losses.likelihood import likelihood
from glassnet.maths.losses.likelihoods import gaussian_nll, poisson
from glassnet.maths.losses.loss import CATALOGUE, Loss, get
from glassnet.maths.losses.multiclass import (
    categorical_crossentropy,
    categorical_hinge,
    kl_divergence,
    sparse_categorical_crossentropy,
)
from glassnet.maths.losses.regression import half_mse, huber, log_cosh, mae, mape, mbe, mse, msle, quantile
from glassnet.maths.losses.rmse import rmse

__all__ = [
    "CATALOGUE",
    "Loss",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "gaussian_nll",
    "get",
    "half_mse",
    "hinge",
    "huber",
    "kl_divergence",
    "likelihood",
    "log_cosh",
    "mae",
    "mape",
    "mbe",
    "mse",
    "msle",
    "poisson",
    "quantile",
    "rmse",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]
