"""Momentum whose step is made orthogonal: for the weights of a layer as a matrix, not as single numbers."""

from __future__ import annotations

import numpy as np

from glassnet.maths.updates.rule import rule
from glassnet.typing import Array

QUINTIC = (3.4445, -4.7750, 2.0315)  # takes singular values from 0 .. 1 to about 0.7 .. 1.2 in five iterations


def orthogonalized(G: Array, iterations: int = 5) -> Array:
    """Nearly U V^T of G = U S V^T: every singular value brought near 1, by matrix products alone.

    X = G / |G|_F;  X := a X + (b A + c A^2) X, A = X X^T, a few times (Newton-Schulz, of the fifth order).

    Source: Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks; the iteration in general is
    that of Björck and Bowie (1971), SIAM J. Numer. Anal. 8, 358-364.

    >>> G = np.array([[3.0, 0.0, 0.0], [0.0, 0.5, 0.0]])
    >>> np.linalg.svd(orthogonalized(G), compute_uv=False).round(2)
    array([1.04, 0.71])
    """
    a, b, c = QUINTIC
    tall = G.shape[0] > G.shape[1]
    X: Array = G.T if tall else G
    X = X / (np.sqrt(np.sum(X * X)) + np.asarray(1e-7, G.dtype))
    for _ in range(iterations):
        A = X @ X.T
        X = a * X + (b * A + c * (A @ A)) @ X
    return X.T if tall else X


@rule
def muon(
    W: Array, G: Array, M: Array, *, learning_rate: float, momentum: float, nesterov: bool = True
) -> tuple[Array, Array]:
    """M = momentum M + G;  W = W - learning_rate max(1, out / in)^(1/2) orthogonalized(G + momentum M).
    Returns (W, M).

    For a matrix (in, out); without `nesterov` it is orthogonalized(M). The root keeps the size of a neuron's output the
    same for every shape.
    Source: Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks (kellerjordan.github.io).

    >>> W, G, M = np.zeros((2, 2)), np.diag([4.0, 4.0]), np.zeros((2, 2))
    >>> muon(W, G, M, learning_rate=1.0, momentum=0.5)[0].round(2) + 0.0
    array([[-1.11,  0.  ],
           [ 0.  , -1.11]])
    """
    M = momentum * M + G
    step = orthogonalized(G + momentum * M if nesterov else M)
    return W - learning_rate * max(1.0, W.shape[1] / W.shape[0]) ** 0.5 * step, M
