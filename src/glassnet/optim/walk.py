"""A function of a few numbers, minimised by any optimizer: what an optimizer does, seen without a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.engine.around import Around
from glassnet.engine.interface import State
from glassnet.errors import SettingError
from glassnet.layers.parameters import Parameters
from glassnet.optim import get
from glassnet.optim.base import Optimizer
from glassnet.tensors import value_and_grad
from glassnet.typing import Array, ArrayLike, Floats


@dataclass(frozen=True)
class Path:
    """The way down: `points` (steps + 1, ...), the start first, their `values`, and the `gradient` at the last.

    `best` is where predictions would be made: the last point, or the mean that the optimizer keeps.
    """

    points: Floats
    values: Floats
    gradient: Floats
    best: Floats

    @property
    def end(self) -> Floats:
        """The last point."""
        last: Floats = self.points[-1]
        return last


def minimize(
    f: Callable[[Any], Any],
    start: ArrayLike,
    optimizer: str | Optimizer = "adam",
    *,
    steps: int = 1000,
    gradient: Callable[[Any], Any] | None = None,
) -> Path:
    """Steps of an optimizer down a function, each with the function's own gradient.

    Formula:
        theta_(t+1) = theta_t - step of the optimizer for grad f(theta_t)

    Shapes: `start` of any shape; points (steps + 1, ...).

    Args:
        f: a number from an array of the shape of `start`, in NumPy's functions.
        start: where it begins, in float64.
        optimizer: a name of `gn.optimizers` or an optimizer, but for LevenbergMarquardt, which needs rows.
        steps: how many are taken.
        gradient: of `f`, where you have it; else `gn.value_and_grad` finds it.

    Raises:
        SettingError: an optimizer or a setting that cannot be used.

    Example:
        >>> path = minimize(lambda x: (x[0] - 1) ** 2 + 10 * x[1] ** 2, [3.0, 1.0], "lbfgs", steps=10)
        >>> path.end.round(6) + 0.0
        array([1., 0.])

    Source: the optimizers' own; the gradient is `gn.value_and_grad`'s.
    """
    chosen = get(optimizer)
    first = np.asarray(start, np.float64)
    arena = Parameters([("theta", "theta", first.shape)], np.float64)
    arena["theta"][...] = first
    state = State.fresh(arena, chosen)
    function = _Function(_both(f, gradient), arena["theta"])
    around = Around([], chosen, state, function.gradient)
    points, values = [first.copy()], []
    for step in range(steps):
        rate = chosen.rate(step)
        function.value = function.again()[0]
        values.append(function.value)
        around.before(rate)
        chosen.apply(state, function.gradient, rate, function)
        around.after()
        state.step += 1
        points.append(arena["theta"].copy())
    values.append(function.again()[0])
    best = state.used(chosen)["theta"].copy()
    return Path(np.array(points), np.array(values), function.gradient.reshape(first.shape).copy(), best)


def _both(f: Callable[[Any], Any], gradient: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    return value_and_grad(f) if gradient is None else lambda theta: (f(theta), gradient(theta))


class _Function:
    """A function as an optimizer sees it."""

    def __init__(self, both: Callable[[Any], Any], theta: Array) -> None:
        self.both, self.theta = both, theta
        self.gradient: Floats = np.zeros(theta.size)
        self.value = 0.0

    def again(self) -> tuple[float, Floats]:
        value, gradient = self.both(self.theta.copy())
        self.gradient[:] = np.asarray(gradient).ravel()
        return float(value), self.gradient

    def gauss_newton(self) -> Floats:
        raise SettingError("LevenbergMarquardt fits rows of data; a function alone has none. LBFGS minimises it.")
