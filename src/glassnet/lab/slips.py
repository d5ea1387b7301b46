"""The slips: each a small function that changes a right formula into the one that was calculated by mistake.

A slip is given the entry and its formula and yields the formulas it may have become. A wrong number is compared with
what each slip makes of the student's own numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from glassnet.lab.expressions import (
    HALF,
    MINUS,
    ONE,
    Call,
    Expression,
    Name,
    Product,
    Sum,
    call,
    minus,
    names_in,
    over,
    plus,
    replaced,
    times,
)
from glassnet.lab.formulas import TWO, Formulas

Variants = Iterator[Expression]
Slips = Callable[[Formulas, Name, Expression], Variants]


@dataclass(frozen=True)
class Slip:
    """A slip by name; `at` says at which quantities it happens, by how their names begin."""

    name: str
    at: tuple[str, ...]
    variants: Slips

    def fits(self, quantity: str) -> bool:
        """Whether the slip can happen at this quantity."""
        return any(quantity.endswith(".new") if at == "new" else _stem(quantity) == at for at in self.at)


CATALOGUE: dict[str, Slip] = {}


def _stem(quantity: str) -> str:
    return quantity if "." in quantity or quantity == "loss" else quantity.rstrip("0123456789")


def slip(name: str, *at: str) -> Callable[[Slips], Slips]:
    """Enters a function in the catalogue; the order of the file is the order in which equal explanations rank."""

    def enter(variants: Slips) -> Slips:
        CATALOGUE[name] = Slip(name, at, variants)
        return variants

    return enter


def _without(tree: Expression, unwanted: Expression) -> Variants:
    """The tree with this factor left out, where it stands in it."""
    changed = replaced(tree, lambda part: ONE if part == unwanted else part)
    if changed != tree:
        yield changed


# ---- the chain rule ------------------------------------------------------------------------------------------------


@slip("missed-derivative", "dZ")
def missed_derivative(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """dZ = dA, without g'(z)."""
    dA = [name for name in names_in(tree) if name.quantity.startswith("d")]
    if len(dA) == 1 and tree != dA[0]:
        yield dA[0]


@slip("derivative-at-z", "dZ")
def derivative_at_z(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """z (1 - z) for a (1 - a)."""
    k = entry.quantity[2:]
    yield from _renamed(tree, f"A{k}", f"Z{k}")


@slip("derivative-half", "dZ")
def derivative_half(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """a for a (1 - a), or (1 - a) alone."""
    for a in dict.fromkeys(name for name in names_in(tree) if name.quantity.startswith("A")):
        yield from _without(tree, minus(ONE, a))
        if isinstance(tree, Product):
            yield times(*(factor for factor in tree.factors if factor != a))


@slip("new-weights", "dA")
def new_weights(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The hidden delta with the weights after the update."""
    changed = replaced(tree, lambda part: _new(part, formulas))
    if changed != tree:
        yield changed


@slip("transposed-weights", "Z", "dA")
def transposed_weights(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """W for its transpose."""
    changed = replaced(tree, lambda part: _turned(part, formulas))
    if changed != tree:
        yield changed


@slip("activation-omitted", "A", "P")
def activation_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """a = z."""
    if isinstance(tree, (Call, Product)):
        yield Name(next(link.source for link in formulas.links if link.name == entry.quantity), entry.index)


@slip("another-activation", "A", "P")
def another_activation(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """Softmax for sigmoid, tanh for sigmoid, and so on."""
    link = next(link for link in formulas.links if link.name == entry.quantity)
    z = Name(link.source, entry.index)
    row = [Name(link.source, (entry.index[0], c)) for c in range(link.outputs)]
    softmax = over(call("exp", z), plus(*(call("exp", each) for each in row)))
    others = [call("sigmoid", z), call("tanh", z), call("relu", z)] + [softmax] * (len(row) > 1)
    yield from (other for other in others if other != tree)


@slip("softmax-not-divided", "A", "P")
def softmax_not_divided(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """e^z for e^z / sum of e^z."""
    if isinstance(tree, Product) and isinstance(tree.factors[0], Call) and tree.factors[0].function == "exp":
        yield tree.factors[0]


@slip("z-for-a", "Z", "dW")
def z_for_a(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The weighted sum where its activation belongs."""
    for name in {name.quantity for name in names_in(tree) if name.quantity.startswith("A")}:
        yield from _renamed(tree, name, f"Z{name[1:]}")


@slip("input-for-activation", "Z", "dW")
def input_for_activation(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """x where the activation of the layer below belongs: z2 = w2 x + b2."""
    for name in {name.quantity for name in names_in(tree) if name.quantity.startswith("A")}:
        if formulas.shapes[name] == formulas.shapes["X"]:
            yield from _renamed(tree, name, "X")


# ---- sums ----------------------------------------------------------------------------------------------------------


@slip("bias-omitted", "Z")
def bias_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """z = w x."""
    if isinstance(tree, Sum) and isinstance(tree.terms[-1], Name):
        yield plus(*tree.terms[:-1])


@slip("bias-subtracted", "Z")
def bias_subtracted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """z = w x - b."""
    if isinstance(tree, Sum) and isinstance(tree.terms[-1], Name):
        yield minus(plus(*tree.terms[:-1]), tree.terms[-1])


@slip("sum-for-mean", "dW", "db", "loss", "dZ", "dA")
def sum_for_mean(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The sum over the rows, not divided by m."""
    yield from _without(tree, call("1/", Name("m")))


@slip("mean-twice", "dW", "db")
def mean_twice(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """Divided by m once more."""
    if formulas.rows > 1:
        yield over(tree, Name("m"))


@slip("term-omitted", "Z", "dA", "dW", "db", "loss")
def term_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """One term of the sum left out."""
    total = tree if isinstance(tree, Sum) else next((p for p in _factors(tree) if isinstance(p, Sum)), None)
    if total is not None:
        for term in total.terms:
            rest = plus(*(other for other in total.terms if other is not term))
            yield replaced(tree, lambda part, rest=rest: rest if part == total else part)  # type: ignore[misc]


# ---- the loss ------------------------------------------------------------------------------------------------------


@slip("missing-half", "loss")
def missing_half(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """(y - a)^2 for 1/2 (y - a)^2."""
    yield from _without(tree, HALF)


@slip("factor-two", "dA")
def factor_two(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The 2 of the square's derivative kept where 1/2 cancels it, or forgotten where nothing does."""
    if entry.quantity == f"d{formulas.output}":
        yield from _without(tree, TWO)
        if formulas.loss.name == "half_mse":
            yield times(TWO, tree)


@slip("square-omitted", "loss", "new")
def square_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """Not squared: the error in the loss, the gradient in a running mean."""
    once = replaced(tree, lambda p: p.arguments[0] if isinstance(p, Call) and p.function == "^" else _once(p))
    if once != tree:
        yield once


# ---- the update ----------------------------------------------------------------------------------------------------


@slip("learning-rate-omitted", "new")
def learning_rate_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """w - dw for w - alpha dw."""
    yield from _without(tree, Name("learning_rate"))


@slip("ascent", "new")
def ascent(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """w + alpha dw: uphill."""
    if isinstance(tree, Sum) and entry.quantity[0] in "Wb":
        yield _uphill(tree)


@slip("step-alone", "new")
def step_alone(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """alpha dw in place of the new weight."""
    if isinstance(tree, Sum) and entry.quantity[0] in "Wb":
        yield minus(plus(*tree.terms[1:]), times(TWO, plus(*tree.terms[1:])))


@slip("epsilon-place", "new")
def epsilon_place(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """Epsilon outside the root for inside, or the other way."""
    changed = replaced(tree, _epsilon_moved)
    if changed != tree:
        yield changed


@slip("root-omitted", "new")
def root_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """Divided by s, not by its root."""
    changed = replaced(tree, lambda p: p.arguments[0] if isinstance(p, Call) and p.function == "sqrt" else p)
    if changed != tree:
        yield changed


@slip("bias-correction-omitted", "new")
def bias_correction_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """m and v used as they are, though they start at zero."""
    powers = [call("1/", minus(ONE, Name(f"beta{i}_power"))) for i in (1, 2)]
    changed = replaced(tree, lambda part: ONE if part in powers else part)
    if changed != tree:
        yield changed


@slip("memory-omitted", "new")
def memory_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """A running mean without 1 - beta before the new value."""
    for decay in ("beta1", "beta2", "rho"):
        yield from _without(tree, minus(ONE, Name(decay)))


# ---- factors and signs ---------------------------------------------------------------------------------------------


@slip("missing-factor", "dW", "dA", "dZ")
def missing_factor(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """One factor of the product left out."""
    for quantity in dict.fromkeys(name.quantity for name in names_in(tree) if not name.quantity.startswith("d")):
        if quantity != "m":
            changed = replaced(tree, lambda p, q=quantity: _less(p, q))  # type: ignore[misc]
            if changed != tree:
                yield changed


@slip("sign", "dA", "dZ", "dW", "db", "loss", "Z")
def sign(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The opposite sign: y - a for a - y."""
    yield times(MINUS, tree)


# ---- helpers -------------------------------------------------------------------------------------------------------


def _factors(tree: Expression) -> tuple[Expression, ...]:
    return tree.factors if isinstance(tree, Product) else (tree,)


def _renamed(tree: Expression, old: str, new: str) -> Variants:
    changed = replaced(tree, lambda p: Name(new, p.index) if isinstance(p, Name) and p.quantity == old else p)
    if changed != tree:
        yield changed


def _new(part: Expression, formulas: Formulas) -> Expression:
    weight = isinstance(part, Name) and part.quantity in formulas.weights()
    return Name(f"{part.quantity}.new", part.index) if weight and isinstance(part, Name) else part


def _turned(part: Expression, formulas: Formulas) -> Expression:
    if not isinstance(part, Name) or part.quantity[0] != "W" or part.quantity not in formulas.weights():
        return part
    i, o = part.index
    rows, columns = formulas.shapes[part.quantity]
    return Name(part.quantity, (o, i)) if o < rows and i < columns else part


def _once(part: Expression) -> Expression:
    """g for g g."""
    if not isinstance(part, Product):
        return part
    return times(*dict.fromkeys(part.factors))


def _less(part: Expression, quantity: str) -> Expression:
    if not isinstance(part, Product):
        return part
    kept = tuple(f for f in part.factors if not (isinstance(f, Name) and f.quantity == quantity))
    return times(*kept)


def _uphill(tree: Sum) -> Expression:
    return plus(tree.terms[0], *(_negated(term) for term in tree.terms[1:]))


def _negated(term: Expression) -> Expression:
    factors = _factors(term)
    return times(*factors[1:]) if factors[0] == MINUS else times(MINUS, term)


def _epsilon_moved(part: Expression) -> Expression:
    epsilon = Name("epsilon")
    if isinstance(part, Call) and part.function == "sqrt" and isinstance(part.arguments[0], Sum):
        terms = part.arguments[0].terms
        if terms[-1] == epsilon:
            return plus(call("sqrt", plus(*terms[:-1])), epsilon)
    if isinstance(part, Sum) and part.terms[-1] == epsilon and isinstance(part.terms[0], Call):
        return call("sqrt", plus(*part.terms[0].arguments, epsilon))
    return part
