"""Adam and its kin: a running mean of gradients over the root of a running mean of their squares."""

from __future__ import annotations

import numpy as np

from glassnet.maths.updates.rule import root, rule
from glassnet.typing import Floats


@rule
def adam(
    theta: Floats,
    g: Floats,
    m: Floats,
    v: Floats,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    beta1_power: float,
    beta2_power: float,
    epsilon: float,
    epsilon_inside: bool = False,
    bias_correction: bool = True,
) -> tuple[Floats, Floats, Floats]:
    """m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
    theta = theta - learning_rate m_hat / (sqrt(v_hat) + epsilon).  Returns (theta, m, v).

    m_hat = m / (1 - beta1^t) and v_hat = v / (1 - beta2^t) undo that m and v start at zero; without
    `bias_correction` they are m and v. The powers beta^t, t counting from 1, are given: the caller multiplies them up.
    Source: Kingma and Ba (2015), arXiv 1412.6980, algorithm 1.

    >>> theta, m, v = (np.array([x]) for x in (1.0, 0.0, 0.0))
    >>> settings = dict(learning_rate=0.1, beta1=0.9, beta2=0.999, beta1_power=0.9, beta2_power=0.999, epsilon=1e-8)
    >>> theta, m, v = adam(theta, np.array([2.0]), m, v, **settings)
    >>> theta.round(6), m.round(6), v.round(6)
    (array([0.9]), array([0.2]), array([0.004]))
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * (g * g)
    m_correction, v_correction = adam_corrections(beta1_power, beta2_power, bias_correction)
    v_hat = v * v_correction
    # m's correction is one factor of all elements, so it may join the rate; v's may not: v_hat stands beside epsilon.
    return theta - (learning_rate * m_correction) * m / root(v_hat, epsilon, epsilon_inside), m, v


def adam_corrections(beta1_power: float, beta2_power: float, bias_correction: bool) -> tuple[float, float]:
    """(1 / (1 - beta1^t), 1 / (1 - beta2^t)), or (1, 1) without correction.

    >>> adam_corrections(0.5, 0.75, True)
    (2.0, 4.0)
    """
    return (1 / (1 - beta1_power), 1 / (1 - beta2_power)) if bias_correction else (1.0, 1.0)


@rule
def adamw(
    theta: Floats,
    g: Floats,
    m: Floats,
    v: Floats,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    beta1_power: float,
    beta2_power: float,
    epsilon: float,
    weight_decay: float,
    epsilon_inside: bool = False,
) -> tuple[Floats, Floats, Floats]:
    """theta = theta - learning_rate weight_decay theta, and then Adam's step.  Returns (theta, m, v).

    The decay does not pass through m and v, as the gradient of an L2 penalty would: every weight shrinks by the same
    share, however large its gradients are. In the paper the decay has only the schedule's part of the rate; here, as
    in the frameworks, all of it: divide weight_decay by the learning rate to have the paper's.
    Source: Loshchilov and Hutter (2019), arXiv 1711.05101, algorithm 2, line 12.

    >>> theta, m, v = (np.array([x]) for x in (1.0, 0.0, 0.0))
    >>> settings = dict(learning_rate=0.1, beta1=0.9, beta2=0.999, beta1_power=0.9, beta2_power=0.999, epsilon=1e-8)
    >>> adamw(theta, np.array([2.0]), m, v, **settings, weight_decay=0.5)[0].round(6)
    array([0.85])
    """
    theta = theta - (learning_rate * weight_decay) * theta
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * (g * g)
    m_correction, v_correction = adam_corrections(beta1_power, beta2_power, True)
    v_hat = v * v_correction
    return theta - (learning_rate * m_correction) * m / root(v_hat, epsilon, epsilon_inside), m, v


@rule
def amsgrad(
    theta: Floats,
    g: Floats,
    m: Floats,
    v: Floats,
    v_max: Floats,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    beta1_power: float,
    beta2_power: float,
    epsilon: float,
    epsilon_inside: bool = False,
    bias_correction: bool = True,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Adam whose divisor never falls: v_max = max(v_max, v) takes the place of v.  Returns (theta, m, v, v_max).

    A rare large gradient is then not forgotten, which is what Adam's proof of convergence overlooked. The paper has no
    bias correction; the frameworks have, and divide v_max by 1 - beta2^t.
    Source: Reddi, Kale and Kumar (2018), arXiv 1904.09237, algorithm 2.

    >>> theta, m, v, v_max = (np.array([x]) for x in (1.0, 0.0, 0.0, 4.0))
    >>> settings = dict(learning_rate=0.5, beta1=0.5, beta2=0.5, beta1_power=0.5, beta2_power=0.5, epsilon=2.0)
    >>> amsgrad(theta, np.array([2.0]), m, v, v_max, **settings, bias_correction=False)
    (array([0.875]), array([1.]), array([2.]), array([4.]))
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * (g * g)
    v_max = np.maximum(v_max, v)
    m_correction, v_correction = adam_corrections(beta1_power, beta2_power, bias_correction)
    v_hat = v_max * v_correction
    return theta - (learning_rate * m_correction) * m / root(v_hat, epsilon, epsilon_inside), m, v, v_max


@rule
def nadam(
    theta: Floats,
    g: Floats,
    m: Floats,
    v: Floats,
    *,
    learning_rate: float,
    beta2: float,
    mu: float,
    mu_next: float,
    mu_product: float,
    beta2_power: float,
    epsilon: float,
    epsilon_inside: bool = False,
) -> tuple[Floats, Floats, Floats]:
    """m = mu_t m + (1 - mu_t) g;  v = beta2 v + (1 - beta2) g^2;  theta = theta - learning_rate m_hat /
    (sqrt(v_hat) + epsilon).  Returns (theta, m, v).

    m_hat = mu_(t+1) m / (1 - mu_1 ... mu_(t+1)) + (1 - mu_t) g / (1 - mu_1 ... mu_t) looks one step ahead, as Nesterov
    does: the momentum of the next step acts already. v_hat = v / (1 - beta2^t). The caller gives mu_t, mu_(t+1) and the
    product up to mu_t; see `nadam_momentum`.
    Source: Dozat (2016), ICLR workshop, "Incorporating Nesterov momentum into Adam", algorithm 2.

    >>> theta, m, v = (np.array([x]) for x in (1.0, 0.0, 0.0))
    >>> settings = dict(learning_rate=0.1, beta2=0.75, beta2_power=0.75, epsilon=1e-8)
    >>> settings |= dict(mu=0.5, mu_next=0.5, mu_product=0.5)
    >>> nadam(theta, np.array([2.0]), m, v, **settings)[0].round(6)  # m_hat = 2/3 + 2, v_hat = 4
    array([0.866667])
    """
    m = mu * m + (1 - mu) * g
    v = beta2 * v + (1 - beta2) * (g * g)
    _, v_correction = adam_corrections(0.0, beta2_power, True)
    m_share, g_share = nadam_shares(mu, mu_next, mu_product)
    m_hat = m_share * m + g_share * g
    return theta - learning_rate * m_hat / root(v * v_correction, epsilon, epsilon_inside), m, v


def nadam_momentum(beta1: float, decay_power: float) -> float:
    """mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2), which rises from beta1 / 2 to beta1; given 0.96^(t ...).

    >>> nadam_momentum(0.5, 1.0), nadam_momentum(0.5, 0.0)
    (0.25, 0.5)
    """
    return beta1 * (1 - 0.5 * decay_power)


def nadam_shares(mu: float, mu_next: float, mu_product: float) -> tuple[float, float]:
    """What m and g count for in m_hat.

    >>> nadam_shares(0.5, 0.5, 0.5)
    (0.6666666666666666, 1.0)
    """
    return mu_next / (1 - mu_product * mu_next), (1 - mu) / (1 - mu_product)


@rule
def radam(
    theta: Floats,
    g: Floats,
    m: Floats,
    v: Floats,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    beta1_power: float,
    beta2_power: float,
    r: float,
    epsilon: float,
    epsilon_inside: bool = False,
) -> tuple[Floats, Floats, Floats]:
    """m and v as in Adam;  theta = theta - learning_rate r m_hat / (sqrt(v_hat) + epsilon) where r is known, else
    theta = theta - learning_rate m_hat.  Returns (theta, m, v).

    In the first steps v is the mean of too few squares to be divided by; r, see `radam_rectification`, is 0 there and
    goes to 1.
    Source: Liu et al. (2020), arXiv 1908.03265, algorithm 2.

    >>> theta, m, v = (np.array([x]) for x in (1.0, 0.0, 0.0))
    >>> settings = dict(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8)
    >>> settings |= dict(beta1_power=0.9, beta2_power=0.999)
    >>> radam(theta, np.array([2.0]), m, v, **settings, r=0.0)[0].round(6)
    array([0.8])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * (g * g)
    m_correction, v_correction = adam_corrections(beta1_power, beta2_power, True)
    if r == 0:
        return theta - (learning_rate * m_correction) * m, m, v
    return theta - (learning_rate * m_correction * r) * m / root(v * v_correction, epsilon, epsilon_inside), m, v


def radam_rectification(beta2: float, beta2_power: float, beta2_sum: float, steps: float) -> float:
    """r_t = sqrt((rho_t - 4)(rho_t - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho_t)), or 0 where rho_t <= 4.

    rho_inf = 2 / (1 - beta2) - 1 and rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t), the number of squares that v is in
    effect the mean of. The difference is taken over one denominator, without losing digits: 1 - beta2^t is
    (1 - beta2) beta2_sum, where beta2_sum = 1 + beta2 + ... + beta2^(t-1). `steps` is t.

    >>> radam_rectification(0.999, 0.999, 1.0, 1), round(radam_rectification(0.5, 0.0, 2.0, 1000), 6)
    (0.0, 0.0)
    >>> round(radam_rectification(0.9, 0.9**50, (1 - 0.9**50) / 0.1, 50), 6)
    0.980959
    """
    rho_inf = (1 + beta2) / (1 - beta2)
    rho = ((1 + beta2) * beta2_sum - 2 * steps * beta2_power) / ((1 - beta2) * beta2_sum)
    if rho <= 4:
        return 0.0
    return float(np.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)))


@rule
def adamax(
    theta: Floats,
    g: Floats,
    m: Floats,
    u: Floats,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    beta1_power: float,
    epsilon: float,
) -> tuple[Floats, Floats, Floats]:
    """m = beta1 m + (1 - beta1) g;  u = max(beta2 u, |g|);  theta = theta - learning_rate m_hat / (u + epsilon).
    Returns (theta, m, u).

    The largest gradient, forgotten slowly, takes the place of Adam's root mean square; u needs no bias correction. The
    paper has no epsilon, and 0 / 0 where a gradient has always been 0.
    Source: Kingma and Ba (2015), arXiv 1412.6980, algorithm 2.

    >>> theta, m, u = (np.array([x]) for x in (1.0, 0.0, 8.0))
    >>> settings = dict(learning_rate=0.5, beta1=0.5, beta2=0.5, beta1_power=0.5, epsilon=1e-8)
    >>> adamax(theta, np.array([2.0]), m, u, **settings)
    (array([0.75]), array([1.]), array([4.]))
    """
    m = beta1 * m + (1 - beta1) * g
    u = np.maximum(beta2 * u, np.abs(g))
    m_correction, _ = adam_corrections(beta1_power, 0.0, True)
    return theta - (learning_rate * m_correction) * m / (u + epsilon), m, u
