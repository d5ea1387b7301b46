"""The update rules of the optimizers, as formulas of one step.

Every rule is elementwise: theta (weights), its gradient g and its moments come in as arrays of one shape, the new ones
go out, nothing is changed in place. Settings (learning_rate, eta, ...) are Python floats. Their scalar arithmetic
(1 - beta, corrections) is done in float64 and the result rounded once to the arrays' dtype; array arithmetic stays in
that dtype, one operation at a time in the order written, so that an engine in any language can give the same bits.
`optim/` does the same operations in place; a test holds the two equal to the bit.

Epsilon keeps a quotient finite, inside the root, sqrt(s + epsilon), or outside it, sqrt(s) + epsilon. The two are
different algorithms when gradients are small, so it is a setting of every rule that divides: `epsilon_inside`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

from glassnet.typing import Floats

P = ParamSpec("P")
R = TypeVar("R")


def rule(formula: Callable[P, R]) -> Callable[P, R]:
    """A formula that keeps its arrays' dtype and warns of nothing.

    A Python float takes the dtype of the array it meets, where a np.float64 would turn float32 arrays into float64.
    A training whose squared gradients overflow goes on with infinite numbers; that is found and said in the loop.
    """

    @wraps(formula)
    def step(*arrays: Any, **settings: Any) -> Any:
        plain = {name: value if isinstance(value, bool) else float(value) for name, value in settings.items()}
        with np.errstate(over="ignore", invalid="ignore"):
            return formula(*arrays, **plain)  # type: ignore[arg-type]

    return step


def root(s: Floats, epsilon: float, epsilon_inside: bool) -> Floats:
    """sqrt(s + epsilon) or sqrt(s) + epsilon.

    >>> root(np.array([9.0]), 7.0, True), root(np.array([9.0]), 7.0, False)
    (array([4.]), array([10.]))
    """
    result: Floats = np.sqrt(s + epsilon) if epsilon_inside else np.sqrt(s) + epsilon
    return result


@rule
def gradient_descent(theta: Floats, g: Floats, *, learning_rate: float) -> Floats:
    """theta - learning_rate g.

    Batch, stochastic and mini-batch gradient descent are this rule; they differ in the rows that g is the mean over.

    >>> gradient_descent(np.array([1.0, 2.0]), np.array([0.5, -1.0]), learning_rate=0.1)
    array([0.95, 2.1 ])
    """
    return theta - learning_rate * g


@rule
def momentum(theta: Floats, g: Floats, v: Floats, *, learning_rate: float, eta: float) -> tuple[Floats, Floats]:
    """v = eta v + learning_rate g;  theta = theta - v.  Returns (theta, v).

    Source: Polyak (1964), USSR Comput. Math. Math. Phys. 4(5), 1-17; in the form of Rumelhart, Hinton and Williams
    (1986), equation 9, with the learning rate inside v: a new rate acts on new gradients only.

    >>> momentum(np.array([1.0]), np.array([2.0]), np.array([0.5]), learning_rate=0.1, eta=0.9)
    (array([0.35]), array([0.65]))
    """
    v = eta * v + learning_rate * g
    return theta - v, v


@rule
def nesterov(theta: Floats, g: Floats, v: Floats, *, learning_rate: float, eta: float) -> tuple[Floats, Floats]:
    """v = eta v + learning_rate g;  theta = theta - (eta v + learning_rate g).  Returns (theta, v).

    As published, with weights w, the gradient is taken where momentum alone would lead:

        v' = eta v + learning_rate grad(w - eta v),    w' = w - v'

    A network has its gradient where its weights are, so the weights kept are theta = w - eta v, the place looked
    ahead to. With w = theta + eta v this is

        theta' = w' - eta v' = theta + eta v - v' - eta v' = theta - learning_rate g - eta v',    g = grad(theta)

    Since v = 0 at the start, both begin at the same point; the published w is theta + eta v at any step.
    Source: Nesterov (1983), Soviet Math. Dokl. 27, 372-376; Sutskever, Martens, Dahl and Hinton (2013), equations 3-4.

    >>> nesterov(np.array([1.0]), np.array([2.0]), np.array([0.5]), learning_rate=0.1, eta=0.9)
    (array([0.215]), array([0.65]))
    """
    v = eta * v + learning_rate * g
    return theta - (eta * v + learning_rate * g), v


@rule
def adagrad(
    theta: Floats, g: Floats, s: Floats, *, learning_rate: float, epsilon: float, epsilon_inside: bool = False
) -> tuple[Floats, Floats]:
    """s = s + g^2;  theta = theta - learning_rate g / (sqrt(s) + epsilon).  Returns (theta, s).

    Source: Duchi, Hazan and Singer (2011), JMLR 12, 2121-2159, figure 1 (diagonal).

    >>> adagrad(np.array([1.0]), np.array([3.0]), np.array([16.0]), learning_rate=0.1, epsilon=0.0)
    (array([0.94]), array([25.]))
    """
    s = s + g * g
    return theta - learning_rate * g / root(s, epsilon, epsilon_inside), s


@rule
def adadelta(
    theta: Floats,
    g: Floats,
    s: Floats,
    u: Floats,
    *,
    learning_rate: float = 1.0,
    rho: float,
    epsilon: float,
    epsilon_inside: bool = True,
) -> tuple[Floats, Floats, Floats]:
    """s = rho s + (1 - rho) g^2;  d = sqrt(u + epsilon) / sqrt(s + epsilon) g;  theta = theta - learning_rate d;
    u = rho u + (1 - rho) d^2.  Returns (theta, s, u).

    The step d has the unit of theta by itself: the published form has no learning rate (it is 1 here), and epsilon
    inside both roots, without which no first step would be made.
    Source: Zeiler (2012), arXiv 1212.5701, algorithm 1.

    >>> theta, s, u = (np.array([x]) for x in (1.0, 0.0, 0.0))
    >>> theta, s, u = adadelta(theta, np.array([2.0]), s, u, rho=0.95, epsilon=1e-6)
    >>> theta.round(6), s.round(6), u.round(9)
    (array([0.995528]), array([0.2]), array([1.e-06]))
    """
    s = rho * s + (1 - rho) * (g * g)
    d = root(u, epsilon, epsilon_inside) / root(s, epsilon, epsilon_inside) * g
    u = rho * u + (1 - rho) * (d * d)
    return theta - learning_rate * d, s, u


@rule
def rmsprop(
    theta: Floats,
    g: Floats,
    s: Floats,
    *,
    learning_rate: float,
    rho: float,
    epsilon: float,
    epsilon_inside: bool = False,
) -> tuple[Floats, Floats]:
    """s = rho s + (1 - rho) g^2;  theta = theta - learning_rate g / (sqrt(s) + epsilon).  Returns (theta, s).

    Source: Tieleman and Hinton (2012), Coursera "Neural Networks for Machine Learning", lecture 6.5.

    >>> rmsprop(np.array([1.0]), np.array([2.0]), np.array([0.0]), learning_rate=0.1, rho=0.75, epsilon=0.0)
    (array([0.8]), array([1.]))
    """
    s = rho * s + (1 - rho) * (g * g)
    return theta - learning_rate * g / root(s, epsilon, epsilon_inside), s


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
