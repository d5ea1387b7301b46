"""Penalties and limits on weights and gradients: what keeps them small.

A penalty is a function of the weights that is added to the loss; its gradient is added to theirs. A limit acts on the
numbers themselves: on a gradient before the optimizer's rule, on weights after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.typing import Array, Floats


def l1_gradient(W: Array, strength: float) -> Array:
    """strength sign(W); 0 at 0.

    >>> l1_gradient(np.array([3.0, -4.0, 0.0]), 0.5)
    array([ 0.5, -0.5,  0. ])
    """
    gradient: Array = strength * np.sign(W)
    return gradient


def l1(W: Array, strength: float) -> float:
    """strength sum |W|: pulls every weight with the same force, so that many end near 0.

    Source: Tibshirani (1996), J. R. Statist. Soc. B 58, 267-288; Goodfellow, Bengio and Courville (2016), 7.1.2.

    >>> l1(np.array([3.0, -4.0]), 0.5)
    3.5
    """
    return strength * _sum(lambda part: np.add.reduce(np.abs(part), axis=None, dtype=np.float64), W)


def l2_gradient(W: Array, strength: float) -> Array:
    """2 strength W.

    >>> l2_gradient(np.array([3.0, -4.0]), 0.5)
    array([ 3., -4.])
    """
    return (2 * strength) * W


def l2(W: Array, strength: float) -> float:
    """strength sum W^2, without the 1/2 of some textbooks: pulls large weights more than small ones.

    Source: Hoerl and Kennard (1970), Technometrics 12, 55-67; Goodfellow, Bengio and Courville (2016), section 7.1.1.

    >>> l2(np.array([3.0, -4.0]), 0.5)
    12.5
    """
    return strength * _sum(lambda part: np.add.reduce(np.square(part, dtype=np.float64), axis=None), W)


def _sum(of: Callable[[Array], Any], W: Array, size: int = 2**18) -> float:
    """The sum of what a function makes of the rows of W, some at a time: it never takes as much memory as W itself."""
    if W.size <= size:
        return float(of(W))
    rows = max(1, size * len(W) // W.size)
    return sum(float(of(W[start : start + rows])) for start in range(0, len(W), rows))


def max_norm(W: Array, limit: float) -> Array:
    """W (I, O) with every column, the weights into one unit, scaled down to the length `limit` where it is longer.

    Source: Srebro and Shraibman (2005); Srivastava et al. (2014), JMLR 15, 1929-1958, section 5.1.

    >>> max_norm(np.array([[3.0, 0.3], [4.0, 0.4]]), 1.0)
    array([[0.6, 0.3],
           [0.8, 0.4]])
    """
    lengths = np.sqrt(np.sum(np.square(W, dtype=np.float64), axis=0))
    factors = np.where(lengths > limit, limit / np.maximum(lengths, limit), 1.0)
    limited: Array = W * factors.astype(W.dtype)
    return limited


def clip_by_value(g: Floats, limit: float) -> Floats:
    """Every entry brought into -limit .. limit; the direction of g changes.

    Source: Mikolov (2012), Statistical language models based on neural networks, section 3.2.2.

    >>> clip_by_value(np.array([3.0, -0.5]), 1.0)
    array([ 1. , -0.5])
    """
    return np.clip(g, -limit, limit)


def clip_by_norm(g: Floats, limit: float) -> Floats:
    """limit g / |g| where the length |g| of the whole gradient is above the limit: its direction stays.

    Source: Pascanu, Mikolov and Bengio (2013), arXiv 1211.5063, algorithm 1.

    >>> clip_by_norm(np.array([3.0, 4.0]), 1.0), clip_by_norm(np.array([0.3, 0.4]), 1.0)
    (array([0.6, 0.8]), array([0.3, 0.4]))
    """
    length = norm(g)
    return g * (limit / length) if length > limit else g


def norm(g: Floats) -> float:
    """The Euclidean length, summed in float64.

    >>> norm(np.array([3.0, 4.0], np.float32))
    5.0
    """
    return math.sqrt(float(np.sum(np.square(g, dtype=np.float64))))


def running_mean(mean: Floats, theta: Floats, decay: float, decay_power: float) -> Floats:
    """mean + share (theta - mean), share = (1 - decay) / (1 - decay^t) at step t, counted from 1: an EMA of weights.

    The share corrects the bias as in Adam: what has been seen counts with weights that sum to 1, and the start
    weights, which are no result of training, do not count.
    Source: Polyak and Juditsky (1992), SIAM J. Control Optim. 30, 838-855, for the mean; the correction is that of
    Kingma and Ba (2015), section 3.

    >>> first = running_mean(np.array([7.0]), np.array([2.0]), 0.5, 0.5)
    >>> first, running_mean(first, np.array([5.0]), 0.5, 0.25)  # (2 + 2 * 5) / 3
    (array([2.]), array([4.]))
    """
    share = (1 - decay) / (1 - decay_power)
    return mean + share * (theta - mean)
