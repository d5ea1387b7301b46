"""Each weight's step scaled by the size of its own gradients."""

from __future__ import annotations

from glassnet.maths.updates.rule import root, rule
from glassnet.typing import Floats


@rule
def adagrad(
    theta: Floats, g: Floats, s: Floats, *, learning_rate: float, epsilon: float, epsilon_inside: bool = False
) -> tuple[Floats, Floats]:
    """s = s + g^2;  theta = theta - learning_rate g / (sqrt(s) + epsilon).  Returns (theta, s).

    Source: Duchi, Hazan and Singer (2011), JMLR 12, 2121-2159, figure 1 (diagonal).

    >>> import numpy as np
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

    >>> import numpy as np
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

    >>> import numpy as np
    >>> rmsprop(np.array([1.0]), np.array([2.0]), np.array([0.0]), learning_rate=0.1, rho=0.75, epsilon=0.0)
    (array([0.8]), array([1.]))
    """
    s = rho * s + (1 - rho) * (g * g)
    return theta - learning_rate * g / root(s, epsilon, epsilon_inside), s
