"""Activations and losses as formulas, each with its derivative beside it.

The same formula serves one entry (z is `Z1[0,2]`) and, where it is elementwise, the whole array (z is `Z1`). A function
that has no row here is shown by its name, its derivative as name and prime, and evaluated by the page of mathematics
it stands on: so what is new there can be dissected at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from glassnet.lab.expressions import HALF, MINUS, ONE, Expression, Name, Number, call, minus, over, plus, times

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


# ---- losses: the share of one entry, and its derivative by the prediction ------------------------------------------

Formula = Callable[[Expression, Expression, Mapping[str, Any]], Expression]


def _square(tree: Expression) -> Expression:
    return call("^", tree, TWO)


def _cross(y: Expression, p: Expression, _: Mapping[str, Any]) -> Expression:
    return times(MINUS, y, call("log", p))


def _two_class(y: Expression, p: Expression, _: Mapping[str, Any]) -> Expression:
    other = times(minus(ONE, y), call("log", minus(ONE, p)))
    return minus(times(MINUS, y, call("log", p)), other)


LOSSES: dict[str, tuple[Formula, Formula]] = {
    "mse": (lambda y, p, _: _square(minus(p, y)), lambda y, p, _: times(TWO, minus(p, y))),
    "half_mse": (lambda y, p, _: times(HALF, _square(minus(y, p))), lambda y, p, _: minus(p, y)),
    "rmse": (lambda y, p, _: _square(minus(p, y)), lambda y, p, _: minus(p, y)),  # under the root, and over it
    "mae": (lambda y, p, _: call("abs", minus(p, y)), lambda y, p, _: call("sign", minus(p, y))),
    "mbe": (lambda y, p, _: minus(y, p), lambda y, p, _: MINUS),
    "mape": (
        lambda y, p, _: times(Number("100"), over(call("abs", minus(y, p)), call("abs", y))),
        lambda y, p, _: times(Number("100"), over(call("sign", minus(p, y)), call("abs", y))),
    ),
    "huber": (
        lambda y, p, s: call("huber", y, p, number(s["delta"])),
        lambda y, p, s: call("max", times(MINUS, number(s["delta"])), call("min", minus(p, y), number(s["delta"]))),
    ),
    "categorical_crossentropy": (_cross, lambda y, p, _: times(MINUS, over(y, p))),
    "sparse_categorical_crossentropy": (_cross, lambda y, p, _: times(MINUS, over(y, p))),
    "binary_crossentropy": (
        _two_class,
        lambda y, p, _: minus(over(minus(ONE, y), minus(ONE, p)), over(y, p)),
    ),
}


def loss_formulas(loss: Any) -> tuple[Formula, Formula]:
    """The loss of one entry and its derivative; of a loss without a row above by its name and its own page."""
    if loss.name in LOSSES:
        return LOSSES[loss.name]
    chosen = settings(loss)
    return (
        lambda y, p, _: call(loss.name, y, p, *chosen),
        lambda y, p, _: call(f"{loss.name}'", y, p, *chosen),
    )


def averages_outputs(loss: Any) -> bool:
    """Whether a row's loss is the mean over its outputs (else their sum), as the loss itself shows on a row of two.

    >>> from glassnet.maths.losses import mse, binary_crossentropy
    >>> averages_outputs(mse), averages_outputs(binary_crossentropy)
    (True, False)
    """
    if loss.target_kind in ("one_hot", "classes"):
        return False
    one, two = loss([[1.0]], [[0.25]]), loss([[1.0, 1.0]], [[0.25, 0.25]])
    return bool(abs(two - one) <= abs(two - 2 * one))
