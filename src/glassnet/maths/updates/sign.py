"""Steps that look at the sign of a gradient and not at its size."""

from __future__ import annotations

import numpy as np

from glassnet.maths.updates.rule import rule
from glassnet.typing import Floats


@rule
def lion(
    theta: Floats,
    g: Floats,
    m: Floats,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    weight_decay: float = 0.0,
) -> tuple[Floats, Floats]:
    """theta = theta - learning_rate (sign(beta1 m + (1 - beta1) g) + weight_decay theta);
    m = beta2 m + (1 - beta2) g.  Returns (theta, m).

    Without decay every weight moves by exactly the learning rate, or stays where that sum is 0. Rates are 3 to 10 times
    smaller than Adam's, decay as much larger.
    Source: Chen et al. (2023), arXiv 2302.06675, algorithm 2.

    >>> settings = dict(learning_rate=0.25, beta1=0.5, beta2=0.75)
    >>> lion(np.array([1.0, 1.0]), np.array([2.0, -8.0]), np.array([0.0, 4.0]), **settings)
    (array([0.75, 1.25]), array([0.5, 1. ]))
    """
    direction = np.sign(beta1 * m + (1 - beta1) * g)
    theta = theta - (learning_rate * weight_decay) * theta
    return theta - learning_rate * direction, beta2 * m + (1 - beta2) * g


@rule
def rprop(
    theta: Floats,
    g: Floats,
    p: Floats,
    size: Floats,
    d: Floats,
    *,
    learning_rate: float,
    grow: float,
    shrink: float,
    smallest: float,
    largest: float,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Every weight has a step size of its own, which learns from the sign of g p, p the gradient of the step before:

        g p > 0:  size = min(grow size, largest),     d = -sign(g) size,   theta = theta + d,   p = g
        g p < 0:  size = max(shrink size, smallest),  theta = theta - d (back again),  d = 0,   p = 0
        g p = 0:                                      d = -sign(g) size,   theta = theta + d,   p = g

    Returns (theta, p, size, d). A size of 0, before the first step, is `learning_rate`, which counts nowhere else.
    For full batches: the sign of a gradient over other rows says little about the step before.
    Source: Riedmiller and Braun (1993), IEEE ICNN, 586-591, equations 4 to 7.

    >>> settings = dict(learning_rate=0.5, grow=1.5, shrink=0.5, smallest=0.001, largest=50.0)
    >>> g, p, d = np.array([2.0, 2.0, 2.0]), np.array([4.0, -4.0, 0.0]), np.array([-1.0, 1.0, 0.0])
    >>> theta, p, size, d = rprop(np.zeros(3), g, p, np.array([1.0, 1.0, 0.0]), d, **settings)
    >>> theta, p, size, d
    (array([-1.5, -1. , -0.5]), array([2., 0., 2.]), array([1.5, 0.5, 0.5]), array([-1.5,  0. , -0.5]))
    """
    sign = np.sign(g) * np.sign(p)  # the product itself may overflow or vanish
    size = np.where(size == 0, np.asarray(learning_rate, size.dtype), size)
    size = np.where(sign > 0, np.minimum(grow * size, largest), size)
    size = np.where(sign < 0, np.maximum(shrink * size, smallest), size)
    step = np.where(sign < 0, -d, -np.sign(g) * size)
    turned = sign < 0
    return theta + step, np.where(turned, 0, g), size, np.where(turned, 0, step)
