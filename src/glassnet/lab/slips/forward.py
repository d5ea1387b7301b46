"""Slips of the forward pass and of the loss."""

from __future__ import annotations

from glassnet.lab.expressions import (
    HALF,
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
    replaced,
    times,
)
from glassnet.lab.slips.slip import Formulas, Variants, factors_of, renamed, requantified, slip, without

LN10 = Number("2.302585092994046")

# ---- weighted sums -------------------------------------------------------------------------------------------------


@slip("bias-omitted", "Z")
def bias_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """z = w x."""
    if _has_bias(tree) and isinstance(tree, Sum):
        yield plus(*tree.terms[:-1])


@slip("bias-subtracted", "Z")
def bias_subtracted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """z = w x - b."""
    if _has_bias(tree) and isinstance(tree, Sum):
        yield minus(plus(*tree.terms[:-1]), tree.terms[-1])


@slip("term-omitted", "Z", "dA", "dW", "db", "loss")
def term_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """One term of the sum left out; a bias that is left out has its own name."""
    total = tree if isinstance(tree, Sum) else next((p for p in factors_of(tree) if isinstance(p, Sum)), None)
    if total is not None and entry.quantity != f"d{formulas.output}":  # there it is the prediction, or the target
        bias = total.terms[-1] if _has_bias(total) and entry.quantity.startswith("Z") else None
        for term in total.terms:
            rest = plus(*(other for other in total.terms if other is not term))
            if term is not bias:
                yield replaced(tree, lambda part, rest=rest: rest if part == total else part)  # type: ignore[misc]


@slip("transposed-weights", "Z", "dA")
def transposed_weights(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """W for its transpose."""
    yield renamed(tree, lambda name: _turned(name, formulas))


@slip("z-for-a", "Z", "dW")
def z_for_a(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The weighted sum where its activation belongs."""
    for link in formulas.links:
        if link.kind == "activation":
            yield requantified(tree, link.name, link.source)


@slip("input-for-activation", "Z", "dW")
def input_for_activation(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """x where the activation of the layer below belongs: z2 = w2 x + b2."""
    for name in [link.name for link in formulas.links if formulas.shapes[link.name] == formulas.shapes["X"]]:
        yield requantified(tree, name, "X")


# ---- activations ---------------------------------------------------------------------------------------------------


@slip("activation-omitted", "A", "P")
def activation_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """a = z."""
    yield Name(_link(formulas, entry).source, entry.index)


@slip("another-activation", "A", "P")
def another_activation(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """Softmax for sigmoid, tanh for sigmoid, and so on."""
    link = _link(formulas, entry)
    z = Name(link.source, entry.index)
    row = [Name(link.source, (entry.index[0], c)) for c in range(link.outputs)]
    softmax = over(call("exp", z), plus(*(call("exp", each) for each in row)))
    yield from [call("sigmoid", z), call("tanh", z), call("relu", z)] + [softmax] * (len(row) > 1)


@slip("exponent-sign", "A", "P")
def exponent_sign(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """1 / (1 + e^z) for 1 / (1 + e^-z)."""
    if isinstance(tree, Call) and tree.function == "sigmoid":
        yield call("sigmoid", times(MINUS, tree.arguments[0]))


@slip("softmax-not-divided", "A", "P")
def softmax_not_divided(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """e^z for e^z / sum of e^z."""
    if isinstance(tree, Product) and isinstance(tree.factors[0], Call) and tree.factors[0].function == "exp":
        yield tree.factors[0]


@slip("softmax-of-column", "A", "P")
def softmax_of_column(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The sum over the examples for the sum over the classes."""
    link = _link(formulas, entry)
    if formulas.rows > 1 and link.function.name == "softmax":
        column = [call("exp", Name(link.source, (n, entry.index[1]))) for n in range(formulas.rows)]
        yield over(call("exp", Name(link.source, entry.index)), plus(*column))


# ---- the loss ------------------------------------------------------------------------------------------------------


@slip("missing-half", "loss")
def missing_half(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """(y - a)^2 for 1/2 (y - a)^2."""
    yield without(tree, HALF)


@slip("square-omitted", "loss", "new")
def square_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """Not squared: the error in the loss, the gradient in a running mean."""
    yield replaced(tree, lambda p: p.arguments[0] if isinstance(p, Call) and p.function == "^" else _once(p))


@slip("logarithm-to-ten", "loss")
def logarithm_to_ten(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """log10 for the natural logarithm."""
    yield replaced(tree, lambda p: over(p, LN10) if isinstance(p, Call) and p.function == "log" else p)


@slip("logarithm-omitted", "loss")
def logarithm_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The probability for its logarithm."""
    yield replaced(tree, lambda p: p.arguments[0] if isinstance(p, Call) and p.function == "log" else p)


@slip("other-class", "loss")
def other_class(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The logarithm of 1 - p for that of p: the class that was not there."""
    if formulas.loss.name == "binary_crossentropy":
        yield replaced(tree, _other_class)


# ---- helpers -------------------------------------------------------------------------------------------------------


def _link(formulas: Formulas, entry: Name) -> Formulas:
    return next(link for link in formulas.links if link.name == entry.quantity)


def _has_bias(tree: Expression) -> bool:
    last = tree.terms[-1] if isinstance(tree, Sum) else None
    return isinstance(last, Name) and last.quantity[0] == "b"


def _turned(name: Name, formulas: Formulas) -> Name:
    if name.quantity[0] != "W" or name.quantity not in formulas.weights():
        return name
    i, o = name.index
    rows, columns = formulas.shapes[name.quantity]
    return Name(name.quantity, (o, i)) if o < rows and i < columns else name


def _once(part: Expression) -> Expression:
    """g for g g."""
    return times(*dict.fromkeys(part.factors)) if isinstance(part, Product) else part


def _other_class(part: Expression) -> Expression:
    if not isinstance(part, Call) or part.function != "log":
        return part
    p = part.arguments[0]
    return call("log", minus(ONE, p) if isinstance(p, Name) else next(names_in(p)))
