"""Slips of the backward pass: the chain rule, its factors, its signs, its means."""

from __future__ import annotations

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
    parts,
    replaced,
    times,
)
from glassnet.lab.slips.slip import Formulas, Variants, factors_of, renamed, slip, without

TWO = Number("2")

# ---- through an activation -----------------------------------------------------------------------------------------


@slip("missed-derivative", "dZ")
def missed_derivative(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """dZ = dA, without g'(z)."""
    dA = _above(tree)
    if dA is not None:
        yield dA


@slip("derivative-at-z", "dZ")
def derivative_at_z(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """z (1 - z) for a (1 - a)."""
    k = entry.quantity[2:]
    if _above(tree) is not None:
        yield renamed(tree, lambda name: Name(f"Z{k}", name.index) if name.quantity == f"A{k}" else name)


@slip("derivative-of-a", "dZ")
def derivative_of_a(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """g'(a) for g'(z): g applied once more, to what is g(z) already."""
    k = entry.quantity[2:]
    link = next((link for link in formulas.links if link.source == entry.quantity[1:]), None)
    if _above(tree) is not None and link is not None and link.function.name in ("sigmoid", "tanh"):
        again = call(link.function.name, Name(f"A{k}", entry.index))
        yield replaced(tree, lambda part: again if part == Name(f"A{k}", entry.index) else part)


@slip("derivative-half", "dZ")
def derivative_half(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """a for a (1 - a), or (1 - a) alone."""
    if _above(tree) is not None and isinstance(tree, Product):
        for a in dict.fromkeys(name for name in names_in(tree) if name.quantity.startswith("A")):
            if minus(ONE, a) in tree.factors:
                yield without(tree, minus(ONE, a))
                yield times(*(factor for factor in tree.factors if factor != a))


@slip("another-derivative", "dZ")
def another_derivative(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The slope of another activation: a (1 - a) for 1 - a^2, or the other way, or that of a ReLU."""
    dA, k = _above(tree), entry.quantity[2:]
    if dA is not None:
        a, z = Name(f"A{k}", entry.index), Name(f"Z{k}", entry.index)
        slopes = (times(a, minus(ONE, a)), minus(ONE, call("^", a, TWO)), call("positive", z))
        yield from (times(dA, slope) for slope in slopes)
        yield replaced(tree, lambda p: p.arguments[0] if isinstance(p, Call) and p.function == "^" else p)  # 1 - a


# ---- through the weights -------------------------------------------------------------------------------------------


@slip("new-weights", "dA")
def new_weights(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The hidden delta with the weights after the update."""
    known = formulas.weights()
    yield renamed(tree, lambda name: Name(f"{name.quantity}.new", name.index) if name.quantity in known else name)


@slip("activation-for-weight", "dA", likely=0.5)
def activation_for_weight(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The activation below in place of the weight: what belongs in dW."""
    a = Name(entry.quantity[1:], entry.index)
    yield renamed(tree, lambda name: a if name.quantity[0] == "W" else name)


@slip("weight-for-activation", "dW", likely=0.5)
def weight_for_activation(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The weight in place of what comes in through it: what belongs in dA."""
    weight = Name(entry.quantity[1:], entry.index)
    yield renamed(tree, lambda name: weight if name.quantity[0] not in "dm" else name)


@slip("missing-factor", "dW", "dA")
def missing_factor(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """One factor of the products left out: the activation in dW, the weights in dA."""
    for quantity in dict.fromkeys(name.quantity for name in names_in(tree) if not name.quantity.startswith("d")):
        if quantity not in ("m", "y"):
            yield replaced(tree, lambda p, q=quantity: _less(p, q))  # type: ignore[misc]


@slip("another-unit", "dZ", "dW", "db", likely=0.5)
def another_unit(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The gradient of the unit beside it."""
    above = [name for name in names_in(tree) if name.quantity.startswith("d")]
    if above:
        width = formulas.shapes[above[0].quantity][-1]
        for other in range(width):
            yield renamed(tree, lambda name, o=other: _at(name, o) if name in above else name)  # type: ignore[misc]


# ---- means and constants -------------------------------------------------------------------------------------------


@slip("sum-for-mean", "dW", "db", "loss", "dZ", "dA")
def sum_for_mean(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The sum over the rows, or over the outputs, not divided by their number."""
    for part in dict.fromkeys(_parts(tree)):
        if isinstance(part, Call) and part.function == "1/" and _counts(part.arguments[0]):
            yield without(tree, part)


@slip("mean-twice", "dW", "db", likely=0.5)
def mean_twice(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """Divided by m once more."""
    if formulas.rows > 1:
        yield over(tree, Name("m"))


@slip("factor-two", "dA")
def factor_two(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The 2 of the square's derivative kept where 1/2 cancels it, or forgotten where nothing does."""
    if entry.quantity == f"d{formulas.output}":
        yield times(*(factor for factor in factors_of(tree) if factor != TWO))
        if formulas.loss.name == "half_mse":
            yield times(TWO, tree)


@slip("prediction-omitted", "dA", "dZ", likely=0.5)
def prediction_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """y alone for a - y, or a alone."""
    ends = (f"d{formulas.output}", f"d{formulas.links[-1].source}")
    if entry.quantity in ends and not any(isinstance(part, Call) and part.function == "sign" for part in _parts(tree)):
        yield replaced(tree, lambda part: _only(part, "y"))
        yield replaced(tree, lambda part: _only(part, formulas.output))


@slip("sign", "dA", "dZ", "dW", "db", "loss", "Z", "slope", "value")
def sign(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The opposite sign: y - a for a - y."""
    yield times(MINUS, tree)


# ---- helpers -------------------------------------------------------------------------------------------------------


def _above(tree: Expression) -> Name | None:
    """The one derivative that the tree passes on."""
    found = dict.fromkeys(name for name in names_in(tree) if name.quantity.startswith("d"))
    return next(iter(found)) if len(found) == 1 else None


def _parts(tree: Expression) -> list[Expression]:
    return [tree, *(inner for part in parts(tree) for inner in _parts(part))]


def _counts(tree: Expression) -> bool:
    return tree == Name("m") or (isinstance(tree, Number) and tree.text.isdigit())


def _less(part: Expression, quantity: str) -> Expression:
    if not isinstance(part, Product):
        return part
    return times(*(f for f in part.factors if not (isinstance(f, Name) and f.quantity == quantity)))


def _at(name: Name, other: int) -> Name:
    return Name(name.quantity, (*name.index[:-1], other))


def _only(part: Expression, quantity: str) -> Expression:
    """Of a difference a - y the term with this quantity."""
    if not isinstance(part, Sum) or len(part.terms) != 2:
        return part
    kept = [t for t in part.terms if quantity in {name.quantity for name in names_in(t)}]
    return kept[0] if len(kept) == 1 else part
