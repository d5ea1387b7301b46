"""Activations as formulas, each with its derivative beside it.

The same formula serves one entry (z is `Z1[0,2]`) and, where it is elementwise, the whole array (z is `Z1`). A function
that has no row here is shown by its name, its derivative as name and prime, and evaluated by the page of mathematics
it stands on: so what is new there can be dissected at once.
"""

from __future__ import annotations

from typing import Any

from glassnet.lab.expressions import ONE, Expression, Name, Number, call, minus, over, plus, times

TWO = Number("2")
ZERO = Number("0")


# ---- activations ---------------------------------------------------------------------------------------------------

ROWWISE = ("softmax", "log_softmax")


def activation(function: Any, source: str, n: int, o: int, width: int) -> Expression:
    """A[n, o] = g(Z[n, o])."""
    z = Name(source, (n, o))
    if function.name in ROWWISE:
        total = plus(*(call("exp", Name(source, (n, c))) for c in range(width)))
        return over(call("exp", z), total) if function.name == "softmax" else minus(z, call("log", total))
    return elementwise(function, z)


def elementwise(function: Any, z: Expression) -> Expression:
    """g(z) for one entry or a whole array."""
    if function.name == "leaky_relu":
        return call("max", times(number(function.settings["slope"]), z), z)
    return z if function.name == "identity" else call(function.name, z, *settings(function))


def slope(function: Any, z: Expression, a: Expression) -> Expression:
    """g'(z), by a where the lecture writes it so: A (1 - A) for the sigmoid."""
    if function.name == "sigmoid":
        return times(a, minus(ONE, a))
    if function.name == "tanh":
        return minus(ONE, call("^", a, TWO))
    if function.name == "relu":
        return call("positive", z)
    if function.name == "leaky_relu":
        return call("max", call("positive", z), number(function.settings["slope"]))
    if function.name == "identity":
        return ONE
    return ZERO if function.name == "step" else call(f"{function.name}'", z, *settings(function))


def number(value: float) -> Number:
    """A setting as it is written.

    >>> number(2.0).text, number(0.1).text
    ('2', '0.1')
    """
    return Number(repr(value).removesuffix(".0"))


def settings(function: Any) -> tuple[Number, ...]:
    """The settings that a function has, where they are not the usual ones."""
    base = getattr(function, "base", function)
    chosen = function.settings
    return tuple(map(number, chosen.values())) if chosen != base.settings else ()
