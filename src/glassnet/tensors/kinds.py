"""The kinds of rule: what an operation must say about itself so that derivatives pass through it, both ways.

    elementwise   its partial derivatives: the same factor serves both ways
    linear        the transpose, for the way back; forward it is applied to the tangents
    product       linear in each of several operands: the transpose for each
    general       the way back only; forward it is transposed once more, by the tape itself

``vjp`` (vector-Jacobian product) takes the gradient G of the result to that of an operand; ``jvp`` (Jacobian-vector
product) takes tangents of the operands (None for zero) to that of the result. Rules are written with NumPy functions
alone, so they run on arrays and on Tensors alike, and their derivatives need no further rule.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np

from glassnet.tensors.tape import Call

Formula = Callable[..., Any]


class Operation(ABC):
    """What the tape needs of an operation.

    ``arity`` is the number of its operands, None where all positional arguments are operands; ``rules`` are its
    formulas, one an operand, or one for all of them that is told which.
    """

    def __init__(self, name: str, arity: int | None, rules: tuple[Any, ...]) -> None:
        self.name, self.arity, self.rules = name, arity, rules

    @cached_property
    def accepts(self) -> frozenset[str]:
        """The keywords its rule knows: those of its first formula."""
        return frozenset(inspect.signature(self.rules[0]).parameters)

    @abstractmethod
    def vjp(self, position: int, G: Any, call: Call) -> Any:
        """The gradient of the operand at ``position``, in its shape and dtype, from the gradient G of the result."""

    @abstractmethod
    def jvp(self, tangents: Sequence[Any], call: Call) -> Any:
        """The tangent of the result; None stands for a tangent of zeros."""


class Elementwise(Operation):
    """Z = f(X, Y, ...) entry by entry; its rules are its partial derivatives: numbers or functions of (Z, X, ...)."""

    accepts = frozenset({"dtype", "casting", "order", "subok"})  # what every ufunc takes

    def vjp(self, position: int, G: Any, call: Call) -> Any:
        return fit(self._times(position, G, call), call.operands[position])

    def jvp(self, tangents: Sequence[Any], call: Call) -> Any:
        parts = (self._times(k, T, call) for k, T in enumerate(tangents) if T is not None)
        return spread(reduce(add, parts), call.result)

    def _times(self, position: int, V: Any, call: Call) -> Any:
        partial = self.rules[position]
        if callable(partial):
            return V * partial(call.result, *call.operands, *call.extra)
        return V if partial == 1 else -V if partial == -1 else V * partial


class Linear(Operation):
    """Linear in all its operands together; its rules are functions of (G, *arguments).

    With any number of operands it has one rule, which takes the operand's position first.
    """

    def vjp(self, position: int, G: Any, call: Call) -> Any:
        if self.arity is None:
            part = self.rules[0](position, G, *call.operands, **call.settings)
        else:
            part = self.rules[position](G, *call.operands, *call.extra, **call.settings)
        return fit(part, call.operands[position])

    def jvp(self, tangents: Sequence[Any], call: Call) -> Any:
        filled = [np.zeros_like(X) if T is None else T for T, X in zip(tangents, call.operands, strict=True)]
        return call.function(*filled, *call.extra, **call.settings)


class Product(Linear):
    """Linear in each operand while the others stay."""

    def jvp(self, tangents: Sequence[Any], call: Call) -> Any:
        parts = []
        for k, T in enumerate(tangents):
            if T is not None:
                operands = (*call.operands[:k], T, *call.operands[k + 1 :])
                parts.append(call.function(*operands, *call.extra, **call.settings))
        return reduce(add, parts)


class General(Operation):
    """Anything else; its rules are functions of (G, Z, *arguments), one an operand."""

    def vjp(self, position: int, G: Any, call: Call) -> Any:
        part = self.rules[position](G, call.result, *call.operands, *call.extra, **call.settings)
        return fit(part, call.operands[position])

    def jvp(self, tangents: Sequence[Any], call: Call) -> Any:
        from glassnet.tensors.runs import transposed  # which needs Tensors, and they need the rules

        return reduce(add, (transposed(self, k, T, call) for k, T in enumerate(tangents) if T is not None))


# ---- shapes and dtypes ---------------------------------------------------------------------------------------------


def fit(G: Any, X: Any) -> Any:
    """G as the gradient of X: summed over the axes along which X was broadcast, in the dtype of X."""
    shape = np.shape(X)
    if G.shape != shape:
        ahead = G.ndim - len(shape)
        stretched = tuple(ahead + k for k, n in enumerate(shape) if n == 1 and G.shape[ahead + k] != 1)
        G = np.sum(G, axis=(*range(ahead), *stretched), keepdims=True).reshape(shape)
    return G if G.dtype == X.dtype else G.astype(X.dtype)


def spread(T: Any, Z: Any) -> Any:
    """T as the tangent of Z, in its shape and dtype."""
    T = T if T.shape == np.shape(Z) else np.broadcast_to(T, np.shape(Z))
    return T if T.dtype == Z.dtype else T.astype(Z.dtype)


# ---- the table: function -> operation ------------------------------------------------------------------------------

RULES: dict[Any, Operation] = {}


def elementwise(functions: Any, *partials: Any) -> None:
    """Enter functions that act entry by entry, with their partial derivatives."""
    for function in functions if isinstance(functions, tuple) else (functions,):
        RULES[function] = Elementwise(function.__name__, len(partials), partials)


def linear(function: Any, *transposes: Formula) -> None:
    """Enter a function that is linear in its operands together."""
    RULES[function] = Linear(function.__name__, len(transposes), transposes)


def linear_in_all(function: Any, transpose: Formula) -> None:
    """Enter a linear function of any number of operands; the transpose takes (position, G, *operands)."""
    RULES[function] = Linear(function.__name__, None, (transpose,))


def product(function: Any, *transposes: Formula) -> None:
    """Enter a function that is linear in each operand while the others stay."""
    RULES[function] = Product(function.__name__, len(transposes), transposes)


def product_of_all(function: Any, transpose: Formula) -> None:
    """Enter a product of any number of operands; the transpose takes (position, G, *operands)."""
    RULES[function] = Product(function.__name__, None, (transpose,))


def general(function: Any, *vjps: Formula) -> None:
    """Enter any other function: for each operand the gradient from (G, Z, *arguments)."""
    RULES[function] = General(function.__name__, len(vjps), vjps)
