"""Slips of gradient descent on a function: its slope, and the point it is taken at."""

from __future__ import annotations

from glassnet.lab.expressions import Call, Expression, Name, Number, Sum, call, names_in, plus, replaced, times
from glassnet.lab.slips.slip import Formulas, Variants, factors_of, renamed, slip

TWO = Number("2")


@slip("slope-term-omitted", "slope", "value")
def slope_term_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """2x for 2x + 2: a term forgotten."""
    if isinstance(tree, Sum):
        for term in tree.terms:
            yield plus(*(other for other in tree.terms if other is not term))


@slip("power-rule", "slope")
def power_rule(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """x for 2x (the exponent not brought down), or 2 x^2 (the exponent not lowered)."""
    yield replaced(tree, _without_number)
    variable = Name(formulas.variable(entry))
    yield replaced(tree, lambda part: call("^", part, TWO) if part == variable else part)


@slip("value-for-slope", "slope")
def value_for_slope(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """f in place of its derivative."""
    yield formulas.function


@slip("other-coordinate", "slope")
def other_coordinate(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The derivative by the other variable, or the other variable's value in it."""
    variable = formulas.variable(entry)
    for other in formulas.coordinates:
        if other != variable:
            yield formulas.slope(other)
            yield renamed(tree, lambda name, o=other: Name(o) if name.quantity == variable else name)  # type: ignore[misc]


@slip("new-coordinate", "slope")
def new_coordinate(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The other coordinate after the step: both are taken before it."""
    variable = formulas.variable(entry)
    for other in {name.quantity for name in names_in(tree)} & set(formulas.coordinates) - {variable}:
        yield renamed(tree, lambda name, o=other: Name(f"{o}.new") if name.quantity == o else name)  # type: ignore[misc]


@slip("power-omitted", "value")
def power_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """x for x^2."""
    yield replaced(tree, lambda part: part.arguments[0] if isinstance(part, Call) and part.function == "^" else part)


def _without_number(part: Expression) -> Expression:
    factors = factors_of(part)
    kept = [f for f in factors if not (isinstance(f, Number) and abs(f.value) > 1)]
    return times(*kept) if len(factors) > 1 and kept else part
