"""What every rule has in common."""

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
