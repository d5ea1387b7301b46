"""A function's derivatives and level points as formulas, by SymPy where the extra `lab` is installed.

SymPy is never given a text: its expression is built from our own tree, and what it finds becomes a tree again. It may
think for some seconds of processor time, about formulas of a bounded size; what is larger, takes longer or has no form
that this page knows, is left out.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import thread_time
from types import FrameType
from typing import Any

from glassnet.errors import MissingExtraError
from glassnet.lab.descent.function import Function
from glassnet.lab.expressions import MINUS, Call, Expression, Name, Number, Product, Sum, call, parts, plus, text, times
from glassnet.lab.grammar import variables_in

SECONDS = 3.0  # of processor time for each question
MOST_ROOTS = 4  # of a system of polynomials that is solved: the product of their degrees (Bezout)
MOST_TERMS = 120  # of a formula that is multiplied out
LARGEST_POWER, MOST_DIGITS = 30, 20  # of numbers that SymPy multiplies out exactly
LONGEST = 60  # letters of a coordinate that is still a help
NAMED = ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")
CALLED = {**{name: name for name in NAMED if name != "sqrt"}, "abs": "Abs", "sign": "sign", "max": "Max", "min": "Min"}

Formulas = tuple[tuple[Expression, ...], tuple[tuple[Expression, ...], ...]]


class NotExactError(Exception):
    """A form that this page does not translate."""


class _TooLongError(BaseException):
    """The time is up; no Exception, so that SymPy does not catch it."""


def sympy() -> Any:
    """The package.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import sympy
    except ImportError:
        raise MissingExtraError(
            "Formulas and exact points are made by SymPy, which is not installed: pip install 'glassnet[lab]'."
        ) from None
    return sympy


def formulas(function: Function) -> Formulas | None:
    """Gradient and Hessian, each expanded, factored or as it is, whichever is shortest; None where SymPy has none.

    >>> gradient, hessian = formulas(Function.of("x^2 + 2x + 1"))
    >>> [text(slope) for slope in gradient], [text(entry) for entry in hessian[0]]
    (['2*x + 2'], ['2'])
    """
    package = sympy()

    def find() -> Formulas:
        f, symbols = _built(function, package)
        gradient = [_shortest(f.diff(symbol), package) for symbol in symbols]
        hessian = [[_shortest(slope.diff(symbol), package) for symbol in symbols] for slope in gradient]
        return tuple(map(tree_of, gradient)), tuple(tuple(map(tree_of, row)) for row in hessian)

    found: Formulas | None = _in_time(find)
    return found


def level_points(function: Function) -> list[tuple[tuple[str, ...], tuple[float, ...]]]:
    """The real points at which the gradient is zero, as formulas and as numbers; none where SymPy does not find them.

    >>> sorted(level_points(Function.of("x^4 - x^2")))
    [(('-sqrt(2)/2',), (-0.7071067811865476,)), (('0',), (0.0,)), (('sqrt(2)/2',), (0.7071067811865476,))]
    """
    package = sympy()

    def find() -> list[tuple[tuple[str, ...], tuple[float, ...]]]:
        if terms(function.tree) > MOST_TERMS:
            return []
        f, symbols = _built(function, package)
        slopes = [f.diff(symbol) for symbol in symbols]
        return list(_real(_roots(slopes, symbols, package), symbols))

    try:
        return _in_time(find) or []
    except (NotImplementedError, ValueError, TypeError, AttributeError, ArithmeticError):  # SymPy's ways to give up
        return []


def _roots(slopes: list[Any], symbols: list[Any], package: Any) -> list[dict[Any, Any]]:
    """Where all slopes are zero: of polynomials by their degree, of one variable also of other formulas."""
    if all(slope.is_polynomial(*symbols) for slope in slopes):
        polynomials = [package.Poly(slope, *symbols) for slope in slopes]
        if len(symbols) == 1:
            return [{symbols[0]: root} for root in package.roots(polynomials[0])]
        if math.prod(max(p.total_degree(), 1) for p in polynomials) > MOST_ROOTS:
            return []
    elif len(symbols) > 1:
        return []
    found = package.solve(slopes, symbols, dict=True)
    return [solution for solution in found if len(solution) == len(symbols)]


def _real(found: Sequence[Any], symbols: Sequence[Any]) -> Iterator[tuple[tuple[str, ...], tuple[float, ...]]]:
    for solution in found:
        values = [solution[symbol] for symbol in symbols]
        numbers = [complex(value.evalf(20)) for value in values]
        if any(abs(number.imag) > 1e-12 * (1 + abs(number)) for number in numbers):
            continue
        try:
            written = tuple(text(tree_of(value)) for value in values)
        except NotExactError:
            continue
        if all(len(each) <= LONGEST for each in written):
            yield written, tuple(number.real for number in numbers)


def _shortest(expression: Any, package: Any) -> Any:
    if terms(tree_of(expression)) > MOST_TERMS:
        return expression
    candidates = [expression, package.expand(expression), package.factor(expression)]
    return min(candidates, key=package.count_ops)


def terms(tree: Expression) -> float:
    """How many terms a formula has when it is multiplied out, at most.

    >>> from glassnet.lab.grammar import function_of
    >>> terms(function_of("(x + y)^3 + 1")), terms(function_of("(x + 1)*(y + 2)"))
    (5, 4)
    """
    if isinstance(tree, Sum):
        return sum(map(terms, tree.terms))
    if isinstance(tree, Product):
        return math.prod(map(terms, tree.factors))
    inside = max(map(terms, parts(tree)), default=1)
    if isinstance(tree, Call) and tree.function == "^" and isinstance(tree.arguments[1], Number):
        power = abs(tree.arguments[1].value)
        return math.comb(int(inside) + int(power) - 1, int(power)) if inside < 1e3 and power < 1e3 else math.inf
    return inside


# ---- there and back ------------------------------------------------------------------------------------------------


def _built(function: Function, package: Any) -> tuple[Any, list[Any]]:
    symbols = {name: package.Symbol(name, real=True) for name in function.variables}
    return _expression(function.tree, symbols, package), list(symbols.values())


def _expression(tree: Expression, symbols: dict[str, Any], package: Any) -> Any:
    """SymPy's expression for our tree, with exact numbers of a bounded size."""
    if isinstance(tree, Number):
        value = tree.value
        if max(len(str(value.numerator)), len(str(value.denominator))) > MOST_DIGITS:
            raise NotExactError
        return package.Rational(value.numerator, value.denominator)
    if isinstance(tree, Name):
        return {"e": package.E, "pi": package.pi}.get(tree.quantity) or symbols[tree.quantity]
    if isinstance(tree, Call) and tree.function == "^" and not _small_power(tree):
        raise NotExactError
    inside = [_expression(part, symbols, package) for part in parts(tree)]
    if isinstance(tree, Sum):
        return package.Add(*inside)
    return package.Mul(*inside) if isinstance(tree, Product) else _called(tree.function, inside, package)


def _small_power(tree: Call) -> bool:
    """Whether a power is short when it is multiplied out: a small number above, or a variable."""
    exponent = tree.arguments[1]
    return abs(exponent.value) <= LARGEST_POWER if isinstance(exponent, Number) else bool(variables_in(exponent))


def _called(function: str, inside: list[Any], package: Any) -> Any:
    if function == "1/":
        return 1 / inside[0]
    if function == "^":
        return package.Pow(*inside)
    if function == "sqrt":
        return package.sqrt(inside[0])
    if function not in CALLED:
        raise NotExactError
    return getattr(package, CALLED[function])(*inside)


def tree_of(expression: Any) -> Expression:
    """Our tree for SymPy's expression.

    Raises:
        NotExactError: a form that has none.
    """
    if expression.is_Rational:
        return Number(str(expression))
    if expression.is_Symbol:
        return Name(str(expression))
    if expression.is_Add:
        return plus(*map(tree_of, expression.as_ordered_terms()))
    if expression.is_Mul:
        return _product_of(expression)
    kind = type(expression).__name__
    if kind == "Pow":
        return _power_of(*expression.args)
    if kind in ("Exp1", "Pi"):
        return Name("e" if kind == "Exp1" else "pi")
    named = {theirs: ours for ours, theirs in CALLED.items()}
    if kind not in named or len(expression.args) != (2 if kind in ("Max", "Min") else 1):
        raise NotExactError
    return call(named[kind], *map(tree_of, expression.args))


def _product_of(expression: Any) -> Expression:
    """The sign, the number, what multiplies, what divides."""
    number, rest = expression.as_coeff_Mul()
    if not number.is_Rational:
        raise NotExactError
    factors = [tree_of(factor) for factor in (rest.as_ordered_factors() if rest.is_Mul else [rest])]
    above = [factor for factor in factors if not _divides(factor)]
    below = [factor for factor in factors if _divides(factor)]
    front = [Number(str(abs(number.p)))] if abs(number.p) != 1 else []
    under = [call("1/", Number(str(number.q)))] if number.q != 1 else []
    sign = [MINUS] if number.p < 0 else []
    return times(*sign, *front, *above, *under, *below)


def _divides(tree: Expression) -> bool:
    return isinstance(tree, Call) and tree.function == "1/"


def _power_of(base: Any, exponent: Any) -> Expression:
    if exponent.is_Rational and exponent.is_negative:
        return call("1/", tree_of(base**-exponent))
    if exponent.is_Rational and (exponent.p, exponent.q) == (1, 2):
        return call("sqrt", tree_of(base))
    return call("^", tree_of(base), tree_of(exponent))


# ---- in time -------------------------------------------------------------------------------------------------------


def _in_time(find: Callable[[], Any]) -> Any:
    """What is found, or None where it takes too long or has no form."""
    try:
        with _limited(SECONDS):
            return find()
    except (NotExactError, _TooLongError, RecursionError):
        return None


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Ends the block when this thread has computed for so long: looked at whenever a function is called."""
    end, before = thread_time() + seconds, sys.getprofile()

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if thread_time() > end:
            sys.setprofile(before)
            raise _TooLongError

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
