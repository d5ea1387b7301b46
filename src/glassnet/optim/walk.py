"""A function of a few numbers, minimised by any optimizer: what an optimizer does, seen without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
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
    both = value_and_grad(f) if gradient is None else lambda theta: (f(theta), gradient(theta))
    places = list(islice(walk(both, start, optimizer), steps + 1))
    points = np.array([place.point for place in places])
    values = np.array([place.value for place in places])
    return Path(points, values, places[-1].gradient, places[-1].best)


@dataclass(frozen=True)
class Place:
    """Where an optimizer stands: the point, value and gradient there, and the moments that it keeps."""

    point: Floats
    value: float
    gradient: Floats
    best: Floats
    moments: dict[str, Floats]


def walk(
    both: Callable[[Floats], tuple[Any, Any]], start: ArrayLike, optimizer: str | Optimizer = "adam"
) -> Iterator[Place]:
    """The places that an optimizer comes to, the start first, without an end; `both` gives value and gradient.

    >>> places = walk(lambda x: (x[0] ** 2, 2 * x), [2.0], get("sgd", learning_rate=0.25))
    >>> [float(place.point[0]) for place in islice(places, 3)]
    [2.0, 1.0, 0.5]
    """
    chosen = get(optimizer)
    first = np.asarray(start, np.float64)
    arena = Parameters([("theta", "theta", first.shape)], np.float64)
    arena["theta"][...] = first
    state = State.fresh(arena, chosen)
    function = _Function(both, arena["theta"])
    around = Around([], chosen, state, function.gradient)
    for step in count():
        function.value = function.again()[0]
        moments = {name: moment.reshape(first.shape).copy() for name, moment in state.moments.items()}
        gradient = function.gradient.reshape(first.shape).copy()
        yield Place(arena["theta"].copy(), function.value, gradient, state.used(chosen)["theta"].copy(), moments)
        rate = chosen.rate(step)
        around.before(rate)
        chosen.apply(state, function.gradient, rate, function)
        around.after()
        state.step += 1


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
