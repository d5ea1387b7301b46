"""Derivatives by differences: what every gradient of glassnet is checked against.

A gradient of many entries is checked by projection: for a random direction d the number <gradient, d> must equal the
slope of f along d, which takes a handful of evaluations of f however many entries there are. A wrong sign, factor,
transposition or single entry changes that number for almost every d.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from glassnet.errors import SettingError, ShapeError
from glassnet.typing import Array, ArrayLike

__all__ = ["check_gradient", "directional"]

LEVELS = 3  # step, step/2, step/4: the error is of order step^6


def directional(f: Callable[[Array], float], x: ArrayLike, direction: ArrayLike, *, step: float = 1e-3) -> float:
    """The slope of f at x along the direction: d/dt f(x + t direction) at t = 0.

    Central differences D(h) = (f(x + h d) - f(x - h d)) / 2h, whose error is a series in h^2, at h = step, step/2 and
    step/4; Richardson's extrapolation takes out the terms h^2 and h^4. In float64 about ten digits are right where f
    is smooth within one step of x; there must be no kink in reach.

    Raises:
        ShapeError: a direction of another shape than x.

    >>> f = lambda x: float((x**3).sum())
    >>> round(directional(f, [1.0, 2.0], [1.0, 0.0]), 9)
    3.0

    Source: Richardson 1911; Press et al., "Numerical Recipes", section 5.7 (Ridders' method).
    """
    x, d = np.asarray(x, dtype=np.float64), np.asarray(direction, dtype=np.float64)
    if x.shape != d.shape:
        raise ShapeError(f"A direction must have the shape of x, {x.shape}; it has {d.shape}.")
    slopes = []
    for level in range(LEVELS):
        h = step * 0.5**level
        slopes.append((float(f(x + h * d)) - float(f(x - h * d))) / (2 * h))
    for order in range(1, LEVELS):
        factor = 4.0**order
        slopes = [(factor * fine - coarse) / (factor - 1) for coarse, fine in pairwise(slopes)]
    return slopes[0]


def check_gradient(
    f: Callable[[Array], float],
    gradient: ArrayLike | Callable[[Array], ArrayLike],
    x: ArrayLike,
    *,
    seed: int = 0,
    directions: int = 3,
    step: float = 1e-3,
) -> float:
    """How far a gradient is from the slopes of f: the largest relative error over random directions.

    Args:
        f: a scalar function of an array.
        gradient: its gradient at x, or the function that gives it.
        x: where, in float64; no kink of f within ``step`` of any entry.
        seed: chooses the directions, whose entries lie in -1..1.
        directions: how many.
        step: the largest change of an entry.

    Returns:
        The largest |<gradient, d> - slope| / max(|<gradient, d>|, |slope|): around 1e-10 for a right gradient,
        2 for a wrong sign, 1 for zero in place of something. What is not finite is infinitely far.

    Raises:
        ShapeError: a gradient of another shape than x.
        SettingError: no direction at all.

    >>> f = lambda x: float((x**3).sum())
    >>> x = np.array([1.0, -2.0, 0.5])
    >>> check_gradient(f, lambda x: 3 * x**2, x) < 1e-8
    True
    >>> round(check_gradient(f, lambda x: -3 * x**2, x))
    2
    """
    if directions < 1:
        raise SettingError(f"check_gradient needs at least one direction; given were {directions}.")
    x = np.asarray(x, dtype=np.float64)
    g = np.asarray(gradient(x) if callable(gradient) else gradient, dtype=np.float64)
    if g.shape != x.shape:
        raise ShapeError(f"A gradient must have the shape of x, {x.shape}; it has {g.shape}.")
    if not np.isfinite(g).all():
        return float("inf")
    rng = np.random.default_rng(seed)
    errors = [_relative_error(f, g, x, rng.uniform(-1, 1, size=x.shape), step) for _ in range(directions)]
    return max(errors)


def _relative_error(f: Callable[[Array], float], g: Array, x: Array, d: Array, step: float) -> float:
    slope = directional(f, x, d, step=step)
    projected = float((g * d).sum())
    error, size = abs(projected - slope), max(abs(projected), abs(slope))
    if not np.isfinite(error):
        return float("inf")
    return error / size if size else 0.0
