"""The likelihood itself, as a loss: what maximum likelihood maximises, and why the logarithm is taken (COURSE E6).

With one column (or a vector) the predictions are probabilities of class 1 and the targets 0 or 1; with C columns each
row of predictions holds the probabilities of C classes and each row of targets is one-hot.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import SettingError
from glassnet.maths.activations import sigmoid, softmax
from glassnet.maths.dispatch import number
from glassnet.maths.losses.loss import arguments, entered, quiet
from glassnet.maths.losses.rows import Reduction, out_rows, summed_products
from glassnet.typing import ArrayLike, Floats


def _true_class(T: Floats, P: Floats) -> tuple[Floats, Floats]:
    """Each row's probability q of its true class, (B,), and dq / dP."""
    if P.shape[1] == 1:
        return (T * P + (1 - T) * (1 - P))[:, 0], 2 * T - 1
    return summed_products(T, P), T


def product_of_others(q: Floats) -> Floats:
    """For every entry of the last axis the product of all others; not the product over q, which fails where q is 0."""
    one = np.ones_like(q[..., :1])
    before = np.cumprod(np.concatenate([one, q[..., :-1]], axis=-1), axis=-1)
    after = np.flip(np.cumprod(np.concatenate([one, q[..., :0:-1]], axis=-1), axis=-1), -1)
    products: Floats = before * after
    return products


@quiet
def likelihood_value_and_gradient(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    from_logits: bool = False,
    sample_weight: ArrayLike | None = None,
    out: Floats | None = None,
    reduction: Reduction = "mean",
) -> tuple[float, Floats]:
    """-prod_r q_r, and by each row's prediction -(product of the other rows' q) dq."""
    if sample_weight is not None or reduction != "mean":
        raise SettingError("likelihood is one product over all rows: it takes no sample_weight and no reduction.")
    T, P = arguments("likelihood", "binary", "softmax", target, prediction, from_logits)
    Z, head = P, sigmoid if P.shape[1] == 1 else softmax
    P = head(Z) if from_logits else P
    q, dq = _true_class(T, P)
    buffer = None if out is None else out_rows(out, np.shape(prediction), Z)
    G = np.multiply(-product_of_others(q)[:, None], head.backward(dq, Z, P) if from_logits else dq, out=buffer)
    return number(-np.prod(q)), G.reshape(np.shape(prediction)) if out is None else out


def likelihood_gradient(target: ArrayLike, prediction: ArrayLike, **keywords: Any) -> Floats:
    """The derivative of minus the likelihood by the prediction."""
    return likelihood_value_and_gradient(target, prediction, **keywords)[1]


@entered(
    gradient=likelihood_gradient,
    value_and_gradient=likelihood_value_and_gradient,
    target_kind="one_hot",
    head="softmax",
)
def likelihood(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    from_logits: bool = False,
    reduction: Reduction = "mean",
    sample_weight: ArrayLike | None = None,
) -> Any:
    """Minus the likelihood, -prod over rows of the true class's probability.

    Formula: -prod_r q_r with q_r = sum_c T_rc P_rc, or with one column q_r = T_r P_r + (1 - T_r) (1 - P_r).

    Least where maximum likelihood is; so is the cross-entropy, whose mean is -log(likelihood) / rows. The product of
    many probabilities is soon 0 in floating point, and its gradient with it, where the sum of logarithms is an
    ordinary number: that is why the logarithm is taken. ``from_logits`` contains a softmax, or a sigmoid for one
    column. The likelihood of no rows is 1.

    Shapes: target and prediction (B, C), or (B,) and (B, 1) for two classes; a float, the gradient as the prediction.

    Raises:
        ShapeError: target and prediction of different shapes.
        SettingError: sample_weight, or another reduction than the default: a product over all rows has neither.
        DataError: a probability outside 0..1.

    >>> likelihood([1, 0, 1], [0.9, 0.2, 0.5])
    -0.36000000000000004
    >>> likelihood([[1, 0, 0], [0, 1, 0]], [[0.8, 0.1, 0.1], [0.4, 0.5, 0.1]])
    -0.4

    Source: Fisher 1922, "On the mathematical foundations of theoretical statistics".
    """
    return likelihood_value_and_gradient(
        target, prediction, from_logits=from_logits, reduction=reduction, sample_weight=sample_weight
    )[0]
