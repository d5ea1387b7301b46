"""Arithmetic as a value: the formula of one number, and what a student writes beneath it.

Both sides of a marking are trees of the same five kinds, so that they can be laid side by side: a `Number` as it was
written, a `Name` of an entry (W1[0,2]), a `Sum`, a `Product` and a `Call`. A difference is a sum with a factor -1, a
quotient a product with `Call("1/", ...)`. How a text becomes a tree stands in `lab/grammar.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from glassnet.errors import DataError, SettingError
from glassnet.maths import activations, losses


@dataclass(frozen=True)
class Number:
    """A number as written: 0.40 is not 0.4."""

    text: str

    @property
    def value(self) -> Fraction:
        return _read(self.text)


@dataclass(frozen=True)
class Name:
    """An entry of a quantity of the step, or one of its settings (no index)."""

    quantity: str
    index: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.quantity + (f"[{','.join(map(str, self.index))}]" if self.index else "")


@dataclass(frozen=True)
class Sum:
    """Terms that are added."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True)
class Product:
    """Factors that are multiplied."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True)
class Call:
    """A function of one argument, or the power of two."""

    function: str
    arguments: tuple[Expression, ...]


Expression = Number | Name | Sum | Product | Call
ONE, MINUS, HALF = Number("1"), Number("-1"), Number("1/2")


def sigmoid(z: float) -> float:
    """1 / (1 + e^-z), without overflow."""
    small = math.exp(-abs(z))
    return (1.0 if z >= 0 else small) / (1 + small)


FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": lambda x: math.log(x) if x > 0 else -math.inf,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "abs": abs,
    "sign": lambda x: float((x > 0) - (x < 0)),
    "sigmoid": sigmoid,
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0.0),
    "step": lambda z: float(z >= 0),
    "positive": lambda z: float(z > 0),  # the slope of relu
    "max": max,
    "min": min,
    "1/": lambda x: 1 / x,
    "^": math.pow,
    "floor": lambda x: float(math.floor(x)),
}
TWO_ARGUMENTS = ("max", "min")
CONSTANTS = {"e": math.e, "pi": math.pi}  # names that are numbers
# On whole arrays only: product and transpose of matrices, and the sum over the examples or along each of them.
SUMS = {
    "sum_examples": "sum over the examples of",
    "sum_each": "sum over each example of",
    "sum_rows": "sum over each row of",
    "sum_all": "sum over all entries of",
    "mean_examples": "mean over the examples of",
    "mean_each": "mean over each example of",
}
ARRAY_FUNCTIONS = ("matmul", "transpose", *SUMS)


@lru_cache(maxsize=256)
def function(name: str) -> Callable[..., float]:
    """The function of this name on floats; an activation's or a loss's derivative is called "softplus'".

    An activation takes z and then its settings in their order, a loss y and the prediction and then its settings.

    Raises:
        SettingError: no function of this name.

    >>> function("huber'")(0.0, 3.0)
    1.0
    """
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    stem = name.removesuffix("'")
    if stem in activations.CATALOGUE:
        return _on_floats(activations.CATALOGUE[stem], name != stem)
    if stem in losses.CATALOGUE:
        return _loss_on_floats(losses.CATALOGUE[stem], name != stem)
    raise SettingError(f"There is no function {name!r}.")


def _on_floats(g: Any, derivative: bool) -> Callable[..., float]:
    def value(z: float, *settings: float) -> float:
        chosen = g.configured(**dict(zip(g.settings, settings, strict=False)))
        return float((chosen.gradient if derivative else chosen)(z))

    return value


def _loss_on_floats(loss: Any, derivative: bool) -> Callable[..., float]:
    """A loss of one row with one output; class numbers are shown as one-hot, so that they are numbers here as well."""

    def value(y: float, p: float, *settings: float) -> float:
        chosen = loss.configured(**dict(zip(loss.settings, settings, strict=False)))
        result: Any = (chosen.gradient if derivative else chosen)([[y]], [[p]])
        return float(result[0, 0] if derivative else result)

    return value


def plus(*terms: Expression) -> Expression:
    """A sum, without sums inside it."""
    flat = tuple(part for term in terms for part in (term.terms if isinstance(term, Sum) else (term,)))
    return flat[0] if len(flat) == 1 else Sum(flat)


def times(*factors: Expression) -> Expression:
    """A product, without products inside it and without ones."""
    flat = tuple(part for f in factors for part in (f.factors if isinstance(f, Product) else (f,)) if part != ONE)
    return flat[0] if len(flat) == 1 else Product(flat) if flat else ONE


def minus(a: Expression, b: Expression) -> Expression:
    """a - b."""
    return plus(a, times(MINUS, b))


def over(a: Expression, b: Expression) -> Expression:
    """a / b."""
    return times(a, call("1/", b))


def call(function: str, *arguments: Expression) -> Expression:
    """function(arguments)."""
    return Call(function, arguments)


def evaluate(tree: Expression, look_up: Callable[[Name], float]) -> float:
    """The tree's number; a quotient by zero and what overflows is NaN or infinite, as in the arrays.

    >>> evaluate(times(minus(Number("0.75"), Number("0.25")), HALF), lambda name: 0.0)
    0.25
    """
    if isinstance(tree, Number):
        return float(tree.value)
    if isinstance(tree, Name):
        return CONSTANTS[tree.quantity] if tree.quantity in CONSTANTS else look_up(tree)
    if isinstance(tree, Sum):
        return math.fsum(evaluate(term, look_up) for term in tree.terms)
    if isinstance(tree, Product):
        factors = [evaluate(factor, look_up) for factor in tree.factors]
        if 0.0 in factors and any(isinstance(f, Call) and f.function == "log" for f in tree.factors):
            return 0.0  # 0 log 0 = 0, as in the losses
        return math.prod(factors)
    try:
        return function(tree.function)(*(evaluate(argument, look_up) for argument in tree.arguments))
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return math.nan


def names_in(tree: Expression) -> Iterator[Name]:
    """Every entry that the tree speaks of, in order."""
    if isinstance(tree, Name):
        yield tree
    for part in parts(tree):
        yield from names_in(part)


def parts(tree: Expression) -> tuple[Expression, ...]:
    """What stands directly inside."""
    if isinstance(tree, Sum):
        return tree.terms
    if isinstance(tree, Product):
        return tree.factors
    return tree.arguments if isinstance(tree, Call) else ()


def replaced(tree: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The tree with `change` applied to every part, inner ones first."""
    if isinstance(tree, Sum):
        tree = plus(*(replaced(term, change) for term in tree.terms))
    elif isinstance(tree, Product):
        tree = times(*(replaced(factor, change) for factor in tree.factors))
    elif isinstance(tree, Call):
        tree = Call(tree.function, tuple(replaced(argument, change) for argument in tree.arguments))
    return change(tree)


def text(tree: Expression, show: Callable[[Name], str] = str) -> str:
    """The tree as it is written by hand; `show` writes its names, or the numbers put in for them.

    >>> text(minus(Name("A2"), times(Name("y"), plus(ONE, Name("b")))))
    'A2 - y*(1 + b)'
    """
    if isinstance(tree, Number):
        return tree.text
    if isinstance(tree, Name):
        return show(tree)
    if isinstance(tree, Sum):
        return _sum_text(tree, show)
    if isinstance(tree, Product):
        return _product_text(tree, show)
    return _call_text(tree, show)


def _call_text(tree: Call, show: Callable[[Name], str]) -> str:
    first = tree.arguments[0]
    if tree.function == "^":
        return "^".join(f"({part})" if "/" in part and part[0] != "(" else part
                        for part in (_bracketed(argument, show) for argument in tree.arguments))  # fmt: skip
    if tree.function == "1/":
        return f"1/{_bracketed(first, show)}"
    if tree.function == "matmul":
        return " ".join(_bracketed(argument, show) for argument in tree.arguments)
    if tree.function == "transpose":
        return f"{_bracketed(first, show)}^T"
    if tree.function == "positive":
        return f"[{text(first, show)} > 0]"
    if tree.function in SUMS:
        return f"{SUMS[tree.function]} {_bracketed(first, show)}"
    return f"{tree.function}({', '.join(text(argument, show) for argument in tree.arguments)})"


def _sum_text(tree: Sum, show: Callable[[Name], str]) -> str:
    shown = text(tree.terms[0], show)
    for term in tree.terms[1:]:
        sign, rest = signed(term)
        inside = _bracketed(rest, show) if isinstance(rest, (Sum, Name)) else text(rest, show)
        shown += f" {sign} {inside}"
    return shown


def signed(term: Expression) -> tuple[str, Expression]:
    """A term of a sum as it is written behind its sign.

    >>> signed(times(MINUS, Name("y"))), signed(Number("-1"))
    (('-', Name(quantity='y', index=())), ('-', Number(text='1')))
    """
    if isinstance(term, Product) and term.factors[0] == MINUS:
        return "-", times(*term.factors[1:])
    if isinstance(term, Number) and term.text.startswith("-"):
        return "-", Number(term.text[1:])
    return "+", term


def _product_text(tree: Product, show: Callable[[Name], str]) -> str:
    negative = tree.factors[0] == MINUS
    factors = tree.factors[1:] if negative else tree.factors
    shown = "-" if negative else ""
    for place, factor in enumerate(factors):
        if place and isinstance(factor, Call) and factor.function == "1/":
            shown += "/" + _bracketed(factor.arguments[0], show)
        else:
            shown += _joint(shown, factor, place) + _bracketed(factor, show)
    return shown


def _joint(before: str, factor: Expression, place: int) -> str:
    """What stands before a factor: a matrix product and a sum keep their distance (1/m X^T dZ1)."""
    if not place or before == "-":
        return ""
    return " " if isinstance(factor, Call) and factor.function in ARRAY_FUNCTIONS else "*"


def _bracketed(tree: Expression, show: Callable[[Name], str]) -> str:
    shown = text(tree, show)
    return f"({shown})" if isinstance(tree, (Sum, Product)) or shown.startswith("-") else shown


# ---- numbers as they are written -----------------------------------------------------------------------------------

NUMBER = r"(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?"


def written(given: object) -> Fraction:
    """A number as it was written, exactly: 0.0102, 1/3, 5e-3, a decimal comma.

    Raises:
        DataError: a text that is no number.

    >>> written("0,25"), written("5e-3")
    (Fraction(1, 4), Fraction(1, 200))
    """
    shown = str(given).strip().replace(",", ".").replace("−", "-")
    if len(shown) <= 60 and re.fullmatch(rf"[+-]?{NUMBER}(\s*/\s*{NUMBER})?", shown):
        exponents = re.findall(r"[eE]([+-]?\d+)", shown)
        try:
            if all(abs(int(exponent)) <= 120 for exponent in exponents):
                top, _, bottom = shown.partition("/")
                return Fraction(top.strip()) / Fraction(bottom.strip() or 1)
        except (ValueError, ZeroDivisionError):
            pass
    raise DataError(f"{given!r:.80} is no number; write it as 0.0102, 1/3 or 5e-3.")


@lru_cache(maxsize=4096)
def _read(text: str) -> Fraction:
    return written(text)
