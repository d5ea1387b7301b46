"""Derivatives of formulas by one of their entries: the link of a chain, as a formula again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from glassnet.errors import SettingError
from glassnet.lab.expressions import (
    MINUS,
    ONE,
    Call,
    Expression,
    Name,
    Number,
    Product,
    Sum,
    call,
    minus,
    names_in,
    over,
    plus,
    times,
)
from glassnet.maths import losses

ZERO, TWO = Number("0"), Number("2")


def derivative(tree: Expression, by: Name) -> Expression:
    """d tree / d by, without terms and factors that do nothing.

    >>> from glassnet.lab.expressions import text
    >>> z, w = Name("z"), Name("w")
    >>> text(derivative(plus(times(w, z), z), z))
    'w + 1'
    """
    if isinstance(tree, Name):
        return ONE if tree == by else ZERO
    if by not in set(names_in(tree)):
        return ZERO
    if isinstance(tree, Sum):
        return _sum(derivative(term, by) for term in tree.terms if by in set(names_in(term)))
    if isinstance(tree, Product):
        return _of_product(tree, by)
    assert isinstance(tree, Call)
    return _of_call(tree, by)


def _sum(terms: Iterable[Expression]) -> Expression:
    kept = [term for term in terms if term != ZERO]
    return plus(*kept) if kept else ZERO


def _product(*factors: Expression) -> Expression:
    return ZERO if ZERO in factors else times(*factors)


def _of_product(tree: Product, by: Name) -> Expression:
    """The product rule."""
    terms = []
    for place, factor in enumerate(tree.factors):
        slope = derivative(factor, by)
        if slope != ZERO:
            terms.append(_product(*tree.factors[:place], slope, *tree.factors[place + 1 :]))
    return _sum(terms)


def _of_call(tree: Call, by: Name) -> Expression:
    """The chain rule; of a function of several arguments the sum over those that depend on `by`."""
    if tree.function in ("max", "min"):
        return _of_choice(tree, by)
    terms = []
    for place, argument in enumerate(tree.arguments):
        inner = derivative(argument, by)
        if inner != ZERO:
            terms.append(_product(_outer(tree, place), inner))
    return _sum(terms)


def _outer(tree: Call, place: int) -> Expression:
    """The derivative of the function by its argument at this place."""
    x = tree.arguments[0]
    slopes: dict[str, Callable[[], Expression]] = {
        "exp": lambda: tree,
        "log": lambda: call("1/", x),
        "sqrt": lambda: over(call("1/", tree), TWO),
        "sin": lambda: call("cos", x),
        "cos": lambda: times(MINUS, call("sin", x)),
        "softplus": lambda: call("sigmoid", x),
        "tan": lambda: plus(ONE, call("^", tree, TWO)),
        "sinh": lambda: call("cosh", x),
        "cosh": lambda: call("sinh", x),
        "1/": lambda: times(MINUS, call("1/", call("^", x, TWO))),
        "abs": lambda: call("sign", x),
        "sigmoid": lambda: times(tree, minus(ONE, tree)),
        "tanh": lambda: minus(ONE, call("^", tree, TWO)),
        "relu": lambda: call("positive", x),
        "sign": lambda: ZERO,
        "step": lambda: ZERO,
        "positive": lambda: ZERO,
    }
    if tree.function in slopes and place == 0:
        return slopes[tree.function]()
    if tree.function == "^":
        return _of_power(tree, x, tree.arguments[1], place)
    stem = tree.function.removesuffix("'")
    if place == (1 if stem in losses.CATALOGUE else 0):  # a loss is differentiated by its prediction
        return call(f"{tree.function}'", *tree.arguments)
    raise SettingError(f"{tree.function} has no derivative by its argument {place + 1} here.")


def _of_power(tree: Call, x: Expression, exponent: Expression, place: int) -> Expression:
    """n x^(n - 1) by the base, x^n log x by the exponent."""
    if place == 1:
        return times(tree, call("log", x))
    if exponent == TWO:
        return times(exponent, x)
    lower = Number(str(exponent.value - 1)) if isinstance(exponent, Number) else minus(exponent, ONE)
    return times(exponent, call("^", x, lower))


def _of_choice(tree: Call, by: Name) -> Expression:
    """max(s z, z), the leaky ReLU, and a clipped error: the slope of the argument that is chosen."""
    first, second = tree.arguments
    difference = minus(first, second) if tree.function == "max" else minus(second, first)
    chosen = call("positive", difference)
    return _sum((
        _product(chosen, derivative(first, by)),
        _product(minus(ONE, chosen), derivative(second, by)),
    ))  # fmt: skip
