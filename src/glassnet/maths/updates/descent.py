"""One rate for all weights: gradient descent, plain and with momentum."""

from __future__ import annotations

from glassnet.maths.updates.rule import rule
from glassnet.typing import Floats


@rule
def gradient_descent(theta: Floats, g: Floats, *, learning_rate: float) -> Floats:
    """theta - learning_rate g.

    Batch, stochastic and mini-batch gradient descent are this rule; they differ in the rows that g is the mean over.

    >>> import numpy as np
    >>> gradient_descent(np.array([1.0, 2.0]), np.array([0.5, -1.0]), learning_rate=0.1)
    array([0.95, 2.1 ])
    """
    return theta - learning_rate * g


@rule
def momentum(theta: Floats, g: Floats, v: Floats, *, learning_rate: float, eta: float) -> tuple[Floats, Floats]:
    """v = eta v + learning_rate g;  theta = theta - v.  Returns (theta, v).

    Source: Polyak (1964), USSR Comput. Math. Math. Phys. 4(5), 1-17; in the form of Rumelhart, Hinton and Williams
    (1986), equation 9, with the learning rate inside v: a new rate acts on new gradients only.

    >>> import numpy as np
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

    >>> import numpy as np
    >>> nesterov(np.array([1.0]), np.array([2.0]), np.array([0.5]), learning_rate=0.1, eta=0.9)
    (array([0.215]), array([0.65]))
    """
    v = eta * v + learning_rate * g
    return theta - (eta * v + learning_rate * g), v
