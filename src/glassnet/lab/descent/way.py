"""The way of one optimizer down a function: every place it came to, with value, gradient and moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any

import numpy as np

from glassnet.errors import SettingError, ShapeError
from glassnet.lab.descent.function import Function
from glassnet.optim import Optimizer
from glassnet.optim.walk import Place, walk
from glassnet.typing import Floats

MOST_STEPS = 1_000_000


class End(Enum):
    """Why a way ended."""

    LEVEL = "the gradient is shorter than the tolerance"
    STEPS = "all steps were taken"
    OVERFLOW = "the numbers became too large"
    UNDEFINED = "the function has no value there"


@dataclass(frozen=True)
class Way:
    """The places in order, the start first: points, gradients and each moment (k + 1, n), values (k + 1,).

    `best` is where predictions would be made: the last point, or the mean that the optimizer keeps.
    """

    function: Function
    optimizer: Optimizer
    points: Floats
    values: Floats
    gradients: Floats
    moments: dict[str, Floats]
    best: Floats
    end: End
    tolerance: float

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.points) - 1

    def __repr__(self) -> str:
        return f"{self.steps} steps of {self.optimizer.name}"

    @property
    def lengths(self) -> Floats:
        """How long each step was, (k,)."""
        lengths: Floats = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        return lengths

    @property
    def slopes(self) -> Floats:
        """How long the gradient was at each place, (k + 1,)."""
        slopes: Floats = np.linalg.norm(self.gradients, axis=1)
        return slopes


def start_of(start: Any, variables: tuple[str, ...]) -> Floats:
    """The start as numbers, in the order of the variables; a mapping names them. Without one it is 1 for each.

    Raises:
        ShapeError, SettingError: a start that does not fit the variables.

    >>> start_of({"y": 3, "x": 2}, ("x", "y")).tolist(), start_of(None, ("x",)).tolist()
    ([2.0, 3.0], [1.0])
    """
    if start is None:
        return np.ones(len(variables))
    if isinstance(start, dict):
        if set(start) != set(variables):
            raise ShapeError(f"The start names {', '.join(map(str, start))}; the variables are {', '.join(variables)}.")
        start = [start[name] for name in variables]
    try:
        numbers = np.atleast_1d(np.asarray(start, np.float64)).ravel()
    except (TypeError, ValueError):
        raise SettingError(f"A start is a number for each variable, such as (2, 3); given was {start!r:.80}.") from None
    if len(numbers) != len(variables):
        raise ShapeError(
            f"The function has the variables {', '.join(variables)}, so a start has {len(variables)} "
            f"number{'s' * (len(variables) > 1)}; given were {len(numbers)}."
        )
    if not np.isfinite(numbers).all():
        raise SettingError(f"A start is finite; given was {start!r:.80}.")
    return numbers


def walked(function: Function, start: Floats, optimizer: Optimizer, steps: int, tolerance: float) -> Way:
    """The way of this optimizer: until the gradient is as short as the tolerance, all steps, or no numbers any more.

    Raises:
        SettingError: a start at which the function has no value or no gradient.
    """

    places: list[Place] = []
    end = End.STEPS
    with np.errstate(all="ignore"):
        for place in islice(walk(function.value_and_gradient, start, optimizer), steps + 1):
            if not _usable(place):
                end = _why(place, places)
                break
            places.append(place)
            if np.linalg.norm(place.gradient) <= tolerance:
                end = End.LEVEL
                break
    if not places:
        at = ", ".join(f"{name} = {number:.6g}" for name, number in zip(function.variables, start, strict=True))
        raise SettingError(f"{function} has no value or no slope at the start, {at}; choose another start.")
    return _gathered(function, optimizer, places, end, tolerance)


def _usable(place: Place) -> bool:
    return bool(np.isfinite(place.point).all() and np.isfinite(place.gradient).all() and np.isfinite(place.value))


def _why(place: Place, places: Sequence[Place]) -> End:
    """Too far out, or where the function is not defined (the logarithm of a negative number)."""
    far = np.abs(place.point).max() if np.isfinite(place.point).all() else np.inf
    reached = max((float(np.abs(before.point).max()) for before in places), default=1.0)
    return End.UNDEFINED if np.isnan(place.value) and far <= 1e6 * max(reached, 1.0) else End.OVERFLOW


def _gathered(function: Function, optimizer: Optimizer, places: list[Place], end: End, tolerance: float) -> Way:
    return Way(
        function,
        optimizer,
        np.array([place.point for place in places]),
        np.array([place.value for place in places]),
        np.array([place.gradient for place in places]),
        {name: np.array([place.moments[name] for place in places]) for name in places[0].moments},
        places[-1].best,
        end,
        tolerance,
    )
