"""Gradient and Hessian as formulas: by SymPy where the extra `lab` is installed, else by our own `lab/slopes.py`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import prod

from glassnet.errors import MissingExtraError
from glassnet.lab.descent import exact
from glassnet.lab.descent.function import Function
from glassnet.lab.expressions import MINUS, Expression, Name, Number, Product, Sum, plus, replaced, times


@dataclass(frozen=True)
class Derivatives:
    """The formulas, None where they would fill pages; and in a sentence why they are not simplified, or not there."""

    gradient: tuple[Expression, ...] | None
    hessian: tuple[tuple[Expression, ...], ...] | None
    note: str = ""


@lru_cache(maxsize=32)
def derivatives(function: Function) -> Derivatives:
    """The formulas of a function's gradient and Hessian.

    >>> from glassnet.lab.expressions import text
    >>> [text(slope) for slope in derivatives(Function.of("x**2 - y**2")).gradient]
    ['2*x', '-2*y']
    """
    note = ""
    try:
        found = exact.formulas(function)
    except MissingExtraError:
        found, note = None, "With SymPy, the extra lab (pip install 'glassnet[lab]'), these formulas are simplified."
    if found is not None:
        return Derivatives(*found)
    if function.slopes is None:
        return Derivatives(None, None, "The formulas of the derivatives are too long to be read.")
    gradient = tuple(map(tidied, function.slopes))
    if function.curvatures is None:
        return Derivatives(gradient, None, "The formulas of the second derivatives are too long to be read.")
    return Derivatives(gradient, tuple(tuple(map(tidied, row)) for row in function.curvatures), note)


def tidied(tree: Expression) -> Expression:
    """The tree with the numbers of each product multiplied, those of each sum added, and nothing times zero.

    >>> from glassnet.lab.expressions import text
    >>> from glassnet.lab.grammar import function_of
    >>> text(tidied(function_of("3*2*x + 1 - 4 + 0*y")))
    '6*x - 3'
    """
    return replaced(tree, _tidy)


def _tidy(tree: Expression) -> Expression:
    if isinstance(tree, Product):
        number = prod((f.value for f in tree.factors if isinstance(f, Number)), start=Number("1").value)
        factors = [factor for factor in tree.factors if not isinstance(factor, Number)]
        if number == 0 or not factors:
            return Number(str(number))
        front = [] if abs(number) == 1 else [Number(str(abs(number)))]
        return times(*([MINUS] if number < 0 else []), *front, *factors)
    if isinstance(tree, Sum):
        places = [k for k, term in enumerate(tree.terms) if isinstance(term, Number)]
        total = sum(term.value for term in tree.terms if isinstance(term, Number))
        rest: list[Expression] = [term for term in tree.terms if not isinstance(term, Number)]
        if total or not rest:
            rest.insert(places[0] if places else 0, Number(str(total)))
        return plus(*rest)
    return tree


def typeset(tree: Expression) -> Expression:
    """The tree with the number of a variable as its index: w1 is w with a 1 below.

    >>> typeset(Name("w1"))
    Name(quantity='w', index=(1,))
    """
    return replaced(tree, lambda part: _indexed(part) if isinstance(part, Name) else part)


def _indexed(name: Name) -> Name:
    letter, number = name.quantity[:1], name.quantity[1:]
    return Name(letter, (int(number),)) if number.isdigit() else name
