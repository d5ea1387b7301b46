"""Formulas of whole arrays, evaluated: what a formula says, in float64, with the arrays of a trace put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.lab.expressions import Expression, Name, Number, Product, Sum
from glassnet.lab.updates.update import STAGES
from glassnet.maths import activations, losses
from glassnet.typing import Array

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "positive": lambda z: (z > 0).astype(np.float64),
    "max": np.maximum,
    "min": np.minimum,
    "1/": lambda x: 1 / x,
    "^": np.power,
    "matmul": np.matmul,
    "transpose": np.transpose,
    "sum_examples": lambda a: a.sum(axis=0),
    "sum_each": lambda a: a.sum(axis=-1, keepdims=True),
    "sum_rows": lambda a: a.reshape(len(a), -1).sum(axis=1),
    "sum_all": np.sum,
    "mean_examples": lambda a: a.mean(axis=0),
    "mean_each": lambda a: a.mean(axis=-1, keepdims=True),
}


def evaluate_whole(name: str, trace: Trace, moved: Mapping[str, Array] | None = None) -> Any:
    """What the formula of a quantity comes to; `moved` are quantities with other values. None where there is none.

    The loss is that of its own page, with the weights of the rows.
    """
    if name == "loss":
        return _loss(trace, moved or {})
    stage, _, weight = name.removesuffix(".new").rpartition(".")
    if weight in trace.settings and (not stage or stage in STAGES):
        return None  # beta2 would be the weight and Adam's setting in one formula
    tree = trace.formulas.whole(name)
    with np.errstate(all="ignore"):
        return None if tree is None else _evaluated(tree, trace, moved or {})


def _evaluated(tree: Expression, trace: Trace, moved: Mapping[str, Array]) -> Any:
    if isinstance(tree, Number):
        return float(tree.value)
    if isinstance(tree, Name):
        return _looked_up(tree.quantity, trace, moved)
    if isinstance(tree, (Sum, Product)):
        parts = tree.terms if isinstance(tree, Sum) else tree.factors
        values = [_evaluated(part, trace, moved) for part in parts]
        if any(value is None for value in values):
            return None
        return reduce(np.add if isinstance(tree, Sum) else np.multiply, values)
    values = [_evaluated(argument, trace, moved) for argument in tree.arguments]
    function = FUNCTIONS.get(tree.function) or _of_a_link(tree.function, trace) or _of_catalogue(tree.function)
    return None if function is None or any(value is None for value in values) else function(*values)


def _looked_up(name: str, trace: Trace, moved: Mapping[str, Array]) -> Any:
    if name in moved:
        return moved[name]
    if name in trace.settings:
        return trace.settings[name]
    if name in trace.quantities:
        value = np.asarray(trace.quantities[name].value, np.float64)
        return value[:, None] if name == "share" else value
    constants = (link.constants() for link in trace.formulas.links)
    return next((np.asarray(found[name], np.float64) for found in constants if name in found), None)


def _of_a_link(name: str, trace: Trace) -> Callable[..., Any] | None:
    """A function that only the formulas of one layer call."""
    return next((found[name] for link in trace.formulas.links if name in (found := link.functions())), None)


def _of_catalogue(name: str) -> Callable[..., Any] | None:
    """An activation or a loss of single entries, with its settings behind its arguments; a prime is its derivative."""
    stem, derivative = name.removesuffix("'"), name.endswith("'")
    if stem not in activations.CATALOGUE:
        return None
    g: Any = activations.CATALOGUE[stem]

    def value(z: Array, *settings: float) -> Any:
        chosen = g.configured(**dict(zip(g.settings, settings, strict=False)))
        return (chosen.gradient if derivative else chosen)(z)

    return value


def _loss(trace: Trace, moved: Mapping[str, Array]) -> Any:
    target, prediction = (_looked_up(name, trace, moved) for name in ("y", trace.formulas.output))
    loss: Any = losses.get(trace.formulas.loss)
    weights = trace.quantities["share"].value if "share" in trace.quantities else None
    given = target.argmax(axis=1) if loss.target_kind == "classes" else target
    return np.asarray(loss(given, prediction, sample_weight=weights))
