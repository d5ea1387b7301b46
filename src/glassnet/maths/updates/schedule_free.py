"""Adam without a schedule: a mean of the weights takes its place, and the gradient is taken near that mean."""

from __future__ import annotations

import numpy as np

from glassnet.maths.updates.rule import rule
from glassnet.typing import Floats


@rule
def schedule_free_adamw(
    y: Floats,
    g: Floats,
    z: Floats,
    x: Floats,
    v: Floats,
    *,
    gamma: float,
    c: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    weight_decay: float,
) -> tuple[Floats, Floats, Floats, Floats]:
    """v = beta2 v + (1 - beta2) g^2;  z = z - gamma g / (sqrt(v) + epsilon) - gamma weight_decay y;
    x = (1 - c) x + c z;  y = (1 - beta1) z + beta1 x.  Returns (y, z, x, v).

    Three copies of the weights: z takes the steps, x is their mean, which is what is used in the end, and at y, between
    the two, the gradient g is taken. gamma_t = rate sqrt(1 - beta2^t) min(1, t / warm-up), and
    c_t = gamma_t^2 / (gamma_1^2 + ... + gamma_t^2).
    Source: Defazio et al. (2024), The road less scheduled, arXiv 2405.15682, algorithm 1.

    >>> y, z, x, v = (np.array([value]) for value in (1.0, 1.0, 1.0, 0.0))
    >>> settings = dict(gamma=0.5, c=1.0, beta1=0.5, beta2=0.75, epsilon=1.0, weight_decay=0.0)
    >>> schedule_free_adamw(y, np.array([2.0]), z, x, v, **settings)  # v = 1, z = 1 - 1/2 * 2 / 2
    (array([0.5]), array([0.5]), array([0.5]), array([1.]))
    """
    v = beta2 * v + (1 - beta2) * (g * g)
    z = z - gamma * g / (np.sqrt(v) + epsilon) - (gamma * weight_decay) * y
    x = (1 - c) * x + c * z
    return (1 - beta1) * z + beta1 * x, z, x, v
