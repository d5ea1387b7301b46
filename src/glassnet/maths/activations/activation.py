"""What an activation is: a function with its derivative and its properties beside it, and a name in the catalogue.

To add one, write its three functions on the page of its family and its row in tests/table/activations.py; the decorator
puts it into CATALOGUE.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, Self, cast, runtime_checkable

import numpy as np

from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.maths.catalogue import configurable, find
from glassnet.maths.dispatch import as_array, overridable
from glassnet.typing import Array, ArrayLike

__all__ = ["CATALOGUE", "INFINITY", "Activation", "activation", "floats", "get"]

INFINITY = float("inf")


@runtime_checkable
class Activation(Protocol):
    """An activation: a function with its derivative and its properties beside it.

    ``range`` is the interval its values fill with the default settings, without its ends for what only approaches
    them; ``elementwise`` is False where an entry of A depends on its whole row of Z; ``settings`` are the
    numbers that choose a variant, changed by ``configured(...)``.
    """

    @property
    def name(self) -> str: ...

    @property
    def range(self) -> tuple[float, float]: ...

    @property
    def elementwise(self) -> bool: ...

    @property
    def settings(self) -> dict[str, Any]: ...

    def __call__(self, Z: ArrayLike, *, out: Array | None = None, **settings: Any) -> Array: ...

    def gradient(self, Z: ArrayLike, **settings: Any) -> Array: ...

    def backward(self, dA: Array, Z: Array, A: Array, *, out: Array | None = None, **settings: Any) -> Array: ...

    def configured(self, **settings: Any) -> Self: ...


CATALOGUE: dict[str, Activation] = {}

Formula = Callable[..., Array]


def activation(
    gradient: Formula,
    backward: Formula,
    *,
    range: tuple[float, float],
    elementwise: bool = True,
    check: Callable[..., None] | None = None,
) -> Callable[[Formula], Activation]:
    """Make a function an Activation by putting its derivative and its properties beside it."""

    def decorate(formula: Any) -> Activation:
        function: Any = overridable(formula)
        # An infinite dA times a derivative of 0 is NaN, and that is the answer: no warning beside it.
        quiet_backward = np.errstate(invalid="ignore", over="ignore")(backward)
        function.gradient, function.backward = gradient, quiet_backward
        function.range, function.elementwise = range, elementwise
        configurable(function, methods=("gradient", "backward"), check=check)
        CATALOGUE[function.name] = function
        return cast(Activation, function)

    return decorate


def get(activation: str | Activation, **settings: Any) -> Activation:
    """The activation with this name and these settings; "linear" is the identity; an activation is given back as it is.

    Raises:
        SettingError: a name or a setting that does not exist; the nearest one is suggested.
        TypeNotUsableError: something that is no activation, such as a bare NumPy function.

    >>> from glassnet.maths import activations
    >>> activations.get("leaky_relu", slope=0.2)(-1.0)
    np.float64(-0.2)
    """
    if activation == "prelu":
        raise SettingError(
            "prelu learns its slope, so it is a layer of its own: gn.Dense(64), gn.PReLU(). With a fixed slope it is "
            "leaky_relu."
        )
    wanted = "identity" if activation == "linear" else activation
    return find("activation", CATALOGUE, wanted, settings, protocol=Activation)


def floats(Z: ArrayLike) -> Array:
    """Z as an array of floating dtype: float32 stays float32, integers and booleans become float64."""
    Z = as_array(Z)
    if Z.dtype.kind == "f":
        return Z
    if Z.dtype.kind in "iub":
        return Z.astype(np.float64)
    raise TypeNotUsableError(f"An activation takes an array of real numbers, not of dtype {Z.dtype}.")
