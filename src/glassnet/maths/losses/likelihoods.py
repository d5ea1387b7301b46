"""Minus the logarithm of a likelihood: of counts (Poisson), and of numbers with a spread that is learned (Gauss)."""

from __future__ import annotations

from math import log, pi

import numpy as np

from glassnet.maths.losses.loss import loss
from glassnet.maths.losses.rows import per, row_sums, times
from glassnet.typing import Floats

# ---- Poisson --------------------------------------------------------------------------------------------------------


def poisson_gradient(T: Floats, P: Floats) -> Floats:
    """1 - T / P."""
    return 1 - per(T, P)


def poisson_from_logits(T: Floats, Z: Floats, out: Floats | None) -> tuple[Floats, Floats]:
    """With P = e^Z: e^Z - T Z, and the gradient e^Z - T."""
    P = np.exp(Z)
    rows = row_sums(P - times(T, Z))
    return rows / Z.shape[1], np.subtract(P, T, out=out)


@loss(
    gradient=poisson_gradient,
    fused=poisson_from_logits,
    target_kind="real",
    head="exponential",
    over_outputs="mean",
)
def poisson(T: Floats, P: Floats) -> Floats:
    """The Poisson loss, mean of P - T log P: minus the log-likelihood of the count T at the rate P, but for log T!.

    With ``from_logits`` the prediction is the logarithm of the rate, as in a Poisson regression: e^Z - T Z. A network
    with a linear last layer under this loss learns that logarithm, and predicts the rate. log T! does not depend on the
    prediction and is left out. 0 log 0 = 0.

    Shapes: target and prediction (B,) or (B, K); a float, with reduction "none" (B,), the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.
        DataError: a target or a rate below 0.

    >>> poisson([2.0, 0.0], [2.0, 1.0], reduction="none").round(7)
    array([0.6137056, 1.       ])
    >>> round(poisson([2.0], [0.0], from_logits=True), 7)
    1.0

    Source: McCullagh and Nelder 1989, "Generalized linear models", section 6.2.
    """
    return P - times(T, np.log(P))


# ---- Gauss, with a variance for every prediction --------------------------------------------------------------------


def _standardized(T: Floats, P: Floats) -> tuple[Floats, Floats, Floats]:
    """The logarithm s of the variance, the error M - T, and e^-s, (B, K) each."""
    K = T.shape[1]
    s = P[:, K:]
    return s, P[:, :K] - T, np.exp(-s)


def gaussian_nll_gradient(T: Floats, P: Floats) -> Floats:
    """(M - T) e^-s by the means; (1 - (M - T)^2 e^-s) / 2 by the logarithms of the variances."""
    _, E, precision = _standardized(T, P)
    by_mean = times(E, precision)
    return np.concatenate([by_mean, (1 - times(E, by_mean)) / 2], axis=1)


@loss(gradient=gaussian_nll_gradient, target_kind="gaussian", over_outputs="mean")
def gaussian_nll(T: Floats, P: Floats) -> Floats:
    """Minus the log-likelihood of a normal variable, mean of (s + (T - M)^2 e^-s + log 2 pi) / 2.

    The prediction has two numbers for each of the K targets of a row: first the K means M, then the K logarithms of the
    variances, s = log sigma^2, so that any number is a variance. A network for y (n,) ends in ``Dense(2)``; ``predict``
    gives the means, ``outputs`` both.

    Shapes: target (B,) or (B, K), prediction (B, 2 K); a float, with reduction "none" (B,), the gradient (B, 2 K).

    Raises:
        ShapeError: a prediction that has not two numbers for each target.

    >>> round(gaussian_nll([[1.0]], [[1.0, 0.0]]), 7)  # exact, with variance 1: log(2 pi) / 2
    0.9189385
    >>> gaussian_nll.gradient([[1.0]], [[3.0, 0.0]])
    array([[ 2. , -1.5]])

    Source: Nix and Weigend 1994, "Estimating the mean and variance of the target probability distribution", equation 5.
    """
    s, E, precision = _standardized(T, P)
    return (s + times(E, times(E, precision)) + log(2 * pi)) / 2
