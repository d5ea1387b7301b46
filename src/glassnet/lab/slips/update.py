"""Slips of the optimizer: the step and its sign, running means and their corrections."""

from __future__ import annotations

from glassnet.lab.expressions import (
    ONE,
    Call,
    Expression,
    Name,
    Number,
    Sum,
    call,
    minus,
    names_in,
    over,
    plus,
    replaced,
    times,
)
from glassnet.lab.slips.slip import (
    Formulas,
    Variants,
    factors_of,
    negated,
    renamed,
    requantified,
    slip,
    uphill,
    without,
)

RATE, TWO = Name("learning_rate"), Number("2")
DECAYS = ("eta", "rho", "beta1", "beta2")

# ---- the step ------------------------------------------------------------------------------------------------------


@slip("learning-rate-omitted", "new")
def learning_rate_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """w - dw for w - alpha dw."""
    yield without(tree, RATE)


@slip("ascent", "new")
def ascent(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """w + alpha dw: uphill."""
    if isinstance(tree, Sum) and _is_weight(entry):
        yield uphill(tree)


@slip("step-alone", "new")
def step_alone(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """alpha dw in place of the new weight."""
    if isinstance(tree, Sum) and _is_weight(entry):
        yield plus(*(negated(term) for term in tree.terms[1:]))
        yield plus(*tree.terms[1:])


@slip("rate-twice", "new")
def rate_twice(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The rate on the velocity, which has it already."""
    if isinstance(tree, Sum) and _is_weight(entry) and formulas.optimizer.name in ("momentum", "nesterov"):
        yield plus(tree.terms[0], *(times(RATE, term) for term in tree.terms[1:]))


@slip("gradient-for-moment", "new")
def gradient_for_moment(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The step of plain gradient descent, though the optimizer has a memory."""
    if _is_weight(entry) and formulas.optimizer.moments and formulas.optimizer.name != "nesterov":
        weight = entry.quantity.removesuffix(".new")
        yield minus(Name(weight, entry.index), times(RATE, Name(f"d{weight}", entry.index)))


@slip("another-gradient", "new", likely=0.5)
def another_gradient(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The gradient of the weight beside it."""
    weight = entry.quantity.removesuffix(".new").rpartition(".")[2]
    shape = formulas.shapes.get(weight, ())
    for axis, size in enumerate(shape):
        for other in range(size):
            index = (*entry.index[:axis], other, *entry.index[axis + 1 :])
            yield renamed(tree, lambda name, i=index: Name(name.quantity, i) if _slope_of(name, weight) else name)  # type: ignore[misc]


@slip("look-ahead-omitted", "new")
def look_ahead_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The step of momentum, v, where Nesterov's looks ahead."""
    if formulas.optimizer.name == "nesterov" and _is_weight(entry):
        weight = entry.quantity.removesuffix(".new")
        yield minus(Name(weight, entry.index), Name(f"v.{weight}.new", entry.index))


# ---- running means -------------------------------------------------------------------------------------------------


@slip("moment-before", "new")
def moment_before(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The moments before the step where the new ones belong."""
    if _is_weight(entry) and formulas.optimizer.name != "nesterov":  # there it is the step of momentum
        weight = entry.quantity.removesuffix(".new")
        for moment in formulas.optimizer.moments:
            yield requantified(tree, f"{moment}.{weight}.new", f"{moment}.{weight}")


@slip("memory-lost", "new")
def memory_lost(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The moment begun anew at every step."""
    if not _is_weight(entry) and isinstance(tree, Sum):
        before = entry.quantity.removesuffix(".new")
        yield plus(*(term for term in tree.terms if before not in {name.quantity for name in names_in(term)}))


@slip("memory-omitted", "new")
def memory_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """A running mean without 1 - beta before the new value."""
    for decay in DECAYS:
        yield without(tree, minus(ONE, Name(decay)))


@slip("decay-omitted", "new")
def decay_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The old moment taken over whole, without beta."""
    if not _is_weight(entry):
        for decay in DECAYS:
            yield replaced(tree, lambda part, d=decay: _whole(part, d))  # type: ignore[misc]


@slip("decay-exchanged", "new")
def decay_exchanged(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """1 - beta of the old and beta of the new."""
    if not _is_weight(entry) and isinstance(tree, Sum):
        for decay in (Name(decay) for decay in DECAYS):
            other = minus(ONE, decay)
            if len(tree.terms) == 2 and other in factors_of(tree.terms[1]):
                old, new = (factors_of(term) for term in tree.terms)
                yield plus(times(*(other if f == decay else f for f in old)),
                           times(*(decay if f == other else f for f in new)))  # fmt: skip


@slip("betas-exchanged", "new")
def betas_exchanged(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """beta2 for beta1, or the other way."""
    other = {"beta1": "beta2", "beta2": "beta1", "beta1_power": "beta2_power", "beta2_power": "beta1_power"}
    yield renamed(tree, lambda name: Name(other.get(name.quantity, name.quantity), name.index))


# ---- roots and corrections -----------------------------------------------------------------------------------------


@slip("epsilon-place", "new")
def epsilon_place(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """Epsilon outside the root for inside, or the other way."""
    yield replaced(tree, _epsilon_moved)


@slip("epsilon-omitted", "new")
def epsilon_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """No epsilon: then AdaDelta takes no first step."""
    yield renamed_to(tree, Name("epsilon"), Number("0"))


@slip("root-omitted", "new")
def root_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """Divided by s, not by its root."""
    yield replaced(tree, lambda p: p.arguments[0] if isinstance(p, Call) and p.function == "sqrt" else p)


@slip("bias-correction-omitted", "new")
def bias_correction_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """m and v used as they are, though they start at zero; or one of them."""
    powers = [call("1/", minus(ONE, Name(f"beta{i}_power"))) for i in (1, 2)]
    yield replaced(tree, lambda part: ONE if part in powers else part)
    yield from (without(tree, power) for power in powers)


@slip("bias-correction-added", "new")
def bias_correction_added(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """m / (1 - beta^t) where the problem says that m is used as it is."""
    if formulas.optimizer.name == "adam" and not formulas.optimizer.bias_correction and _is_weight(entry):
        weight = entry.quantity.removesuffix(".new")
        powers = {f"m.{weight}.new": "beta1_power", f"v.{weight}.new": "beta2_power"}
        yield replaced(tree, lambda part: _corrected(part, powers))


@slip("bias-correction-power", "new")
def bias_correction_power(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """1 - beta for 1 - beta^t: right in the first step only."""
    first = {"beta1_power": "beta1", "beta2_power": "beta2"}
    yield renamed(tree, lambda name: Name(first.get(name.quantity, name.quantity), name.index))


# ---- helpers -------------------------------------------------------------------------------------------------------


def _is_weight(entry: Name) -> bool:
    """Whether the entry is a new weight, and not a moment."""
    return entry.quantity.count(".") == 1


def _slope_of(name: Name, weight: str) -> bool:
    return name.quantity == f"d{weight}" or (name.quantity.endswith(f".{weight}.new"))


def renamed_to(tree: Expression, old: Expression, new: Expression) -> Expression:
    """The tree with one part for another, and sums without zeros."""
    changed = replaced(tree, lambda part: new if part == old else part)
    return replaced(changed, _without_zeros)


def _without_zeros(part: Expression) -> Expression:
    if not isinstance(part, Sum):
        return part
    kept = [term for term in part.terms if term != Number("0")]
    return plus(*kept) if kept else Number("0")


def _whole(part: Expression, decay: str) -> Expression:
    factors = factors_of(part)
    return times(*factors[1:]) if len(factors) == 2 and factors[0] == Name(decay) else part


def _corrected(part: Expression, powers: dict[str, str]) -> Expression:
    known = isinstance(part, Name) and part.quantity in powers
    return over(part, minus(ONE, Name(powers[part.quantity]))) if known and isinstance(part, Name) else part


def _epsilon_moved(part: Expression) -> Expression:
    epsilon = Name("epsilon")
    if isinstance(part, Call) and part.function == "sqrt" and isinstance(part.arguments[0], Sum):
        terms = part.arguments[0].terms
        if terms[-1] == epsilon:
            return plus(call("sqrt", plus(*terms[:-1])), epsilon)
    if isinstance(part, Sum) and part.terms[-1] == epsilon and isinstance(part.terms[0], Call):
        return call("sqrt", plus(*part.terms[0].arguments, epsilon))
    return part
