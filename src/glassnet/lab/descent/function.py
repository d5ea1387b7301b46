"""A function of one or more variables: its value, gradient and Hessian as numbers, at one point or at many at once.

The numbers are the library's own derivatives: the tree is run on Tensors, and `gn.grad` goes back along the tape. Many
points are one Tensor a variable: no point's value depends on another, so the gradient of the values' sum holds the
gradient of each, and the same once more is the Hessian.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.lab.expressions import CONSTANTS, Call, Expression, Name, Number, Product, Sum, parts, text
from glassnet.lab.grammar import function_of, variables_in
from glassnet.lab.slopes import derivative
from glassnet.maths import activations
from glassnet.tensors import grad, value_and_grad
from glassnet.typing import ArrayLike, Floats

MOST_VARIABLES = 8
LARGEST_TREE = 400  # parts of a formula that is differentiated as a formula: its derivative may have their square

ON_ARRAYS: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "abs": np.abs,
    "sign": np.sign,
    "positive": lambda x: np.heaviside(x, 0.0),
    "max": np.maximum,
    "min": np.minimum,
}


@dataclass(frozen=True)
class Function:
    """A formula and the order of its variables.

    >>> f = Function.of("x**2 - y**2")
    >>> f.variables, f([2.0, 3.0]), f.gradient([2.0, 3.0]).tolist()
    (('x', 'y'), -5.0, [4.0, -6.0])
    """

    tree: Expression
    variables: tuple[str, ...]
    written: str = field(compare=False, default="")

    @classmethod
    def of(cls, written: str) -> Function:
        """The function that a text says.

        Raises:
            DataError: a text that is no formula, or one without a variable, or with too many.
        """
        tree = function_of(written)
        variables = variables_in(tree)
        if not 1 <= len(variables) <= MOST_VARIABLES:
            has = f"the variables {', '.join(variables)}" if variables else "no variable"
            raise DataError(
                f"A path is walked in 1 to {MOST_VARIABLES} variables, such as x and y; {written!r:.80} has {has}."
            )
        return cls(tree, variables, written.strip())

    def __str__(self) -> str:
        return self.written or text(self.tree)

    def __call__(self, point: ArrayLike) -> float:
        """The value at a point (n,)."""
        return float(self.at(list(np.asarray(point, np.float64))))

    def at(self, coordinates: list[Any]) -> Any:
        """The values for one array, number or Tensor a variable; where there is no number, NaN or infinite."""
        with np.errstate(all="ignore"):
            return self._value(*coordinates)

    def _value(self, *coordinates: Any) -> Any:
        """The values, of numbers, arrays or Tensors."""
        return _at(self.tree, dict(zip(self.variables, coordinates, strict=True)))

    def gradient(self, points: ArrayLike) -> Floats:
        """Of points (..., n) the gradients (..., n)."""
        columns, shape = _columns(points)
        with np.errstate(all="ignore"):
            return np.stack(self._slopes(columns), axis=-1).reshape(shape)

    def value_and_gradient(self, point: Floats) -> tuple[float, Floats]:
        """Value and gradient (n,) at one point, from one run."""
        columns, _ = _columns(point)
        with np.errstate(all="ignore"):
            value, slopes = value_and_grad(self._summed, range(len(columns)))(*columns)
        return float(value), np.array([float(_numbers(slope, columns[0])[0]) for slope in slopes])

    def hessian(self, points: ArrayLike) -> Floats:
        """Of points (..., n) the second derivatives (..., n, n)."""
        columns, shape = _columns(points)
        n = len(columns)
        with np.errstate(all="ignore"):
            rows = [
                np.stack([_numbers(part, columns[0]) for part in grad(self._summed_slope(k), range(n))(*columns)], -1)
                for k in range(n)
            ]
        hessian: Floats = np.stack(rows, axis=-2)
        return ((hessian + np.swapaxes(hessian, -1, -2)) / 2).reshape((*shape, n))

    def _summed(self, *columns: Any) -> Any:
        return np.sum(self._value(*columns) + 0.0 * columns[0])

    def _slopes(self, columns: list[Floats]) -> list[Floats]:
        return [_numbers(slope, columns[0]) for slope in grad(self._summed, range(len(columns)))(*columns)]

    def _summed_slope(self, k: int) -> Callable[..., Any]:
        return lambda *columns: np.sum(grad(self._summed, k)(*columns))

    # ---- as formulas -------------------------------------------------------------------------------------------

    @cached_property
    def slopes(self) -> tuple[Expression, ...] | None:
        """The gradient as formulas, by the rules of `lab/slopes.py`; None where they would be too long to read."""
        if _size(self.tree) > LARGEST_TREE:
            return None
        return tuple(derivative(self.tree, Name(variable)) for variable in self.variables)

    @cached_property
    def curvatures(self) -> tuple[tuple[Expression, ...], ...] | None:
        """The Hessian as formulas, row by row."""
        if self.slopes is None or any(_size(slope) > LARGEST_TREE for slope in self.slopes):
            return None
        rows = tuple(tuple(derivative(slope, Name(v)) for v in self.variables) for slope in self.slopes)
        return None if any(_nameless(entry) for row in rows for entry in row) else rows


def _nameless(tree: Expression) -> bool:
    """Whether a second derivative stands in it that has no name here: gelu''."""
    return (isinstance(tree, Call) and tree.function.endswith("''")) or any(map(_nameless, parts(tree)))


def _columns(points: ArrayLike) -> tuple[list[Floats], tuple[int, ...]]:
    array = np.asarray(points, np.float64)
    return [column.copy() for column in array.reshape(-1, array.shape[-1]).T], array.shape


def _numbers(slope: Any, like: Floats) -> Floats:
    return np.broadcast_to(np.asarray(slope, np.float64), like.shape)


def _size(tree: Expression) -> int:
    return 1 + sum(_size(part) for part in parts(tree))


# ---- a tree on arrays ----------------------------------------------------------------------------------------------


def _at(tree: Expression, values: Mapping[str, Any]) -> Any:
    if isinstance(tree, Number):
        return float(tree.value)
    if isinstance(tree, Name):
        return CONSTANTS[tree.quantity] if tree.quantity in CONSTANTS else values[tree.quantity]
    if isinstance(tree, Sum):
        total = _at(tree.terms[0], values)
        for term in tree.terms[1:]:
            total = total + _at(term, values)
        return total
    return _product(tree, values) if isinstance(tree, Product) else _call(tree, values)


def _product(tree: Product, values: Mapping[str, Any]) -> Any:
    """The factors from the left; a quotient is divided by, which rounds once where 1/x times would round twice."""
    product: Any = 1.0
    for factor in tree.factors:
        if isinstance(factor, Call) and factor.function == "1/":
            product = _divided(product, _at(factor.arguments[0], values))
        else:
            product = product * _at(factor, values)
    return product


def _divided(above: Any, below: Any) -> Any:
    return above / np.float64(below) if isinstance(below, float) else above / below


def _call(tree: Call, values: Mapping[str, Any]) -> Any:
    arguments = [_at(argument, values) for argument in tree.arguments]
    if tree.function == "1/":
        return _divided(1.0, arguments[0])
    if tree.function == "^":
        return _power(*arguments)
    if tree.function in ON_ARRAYS:
        return ON_ARRAYS[tree.function](*arguments)
    return activations.CATALOGUE[tree.function](*arguments)


def _power(base: Any, exponent: Any) -> Any:
    """A power; a whole exponent as such, so that negative numbers have one, and 0^0 is 1."""
    if isinstance(exponent, float) and exponent.is_integer():
        exponent = int(exponent)
    if isinstance(base, (int, float)):
        base = np.float64(base)
    return base**exponent
