"""Slips of the perceptron's rule: the sum, the output at a tie, and when and how the weights are corrected."""

from __future__ import annotations

from glassnet.lab.expressions import MINUS, ONE, Expression, Name, Product, call, minus, plus, replaced, times
from glassnet.lab.slips.slip import Formulas, Variants, slip


@slip("threshold-omitted", "presented")
def threshold_omitted(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """w.x for w.x - theta, or for w0 + w.x."""
    weights = [weight for weight in formulas.weights if weight != "w0"]
    yield plus(*(times(Name(weight), formulas.input(weight)) for weight in weights))


@slip("threshold-added", "presented")
def threshold_added(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The threshold with the wrong sign."""
    sum_alone = plus(*(times(Name(w), formulas.input(w)) for w in formulas.weights if w != "w0"))
    yield minus(sum_alone, Name("w0")) if formulas.learned else plus(sum_alone, Name("theta"))


@slip("tie-turned", "output")
def tie_turned(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """z = 0 counted to the other class."""
    yield call("positive" if formulas.tie == "positive" else "step", Name("z"))


@slip("output-turned", "output", likely=0.5)
def output_turned(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The other output."""
    yield minus(ONE, tree)


@slip("corrected-when-right", "corrected")
def corrected_when_right(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The row added or subtracted although the output was right."""
    weight = entry.quantity.removesuffix(".new")
    for sign in (ONE, MINUS):
        yield plus(Name(weight), times(sign, Name("rate"), formulas.input(weight)))


@slip("left-when-wrong", "corrected")
def left_when_wrong(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The weight left as it was although the output was wrong."""
    yield Name(entry.quantity.removesuffix(".new"))


@slip("rule-turned", "corrected")
def rule_turned(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """x added where it is subtracted, or the other way round."""
    error, turned = minus(Name("t"), Name("y")), minus(Name("y"), Name("t"))

    def change(part: Expression) -> Expression:
        if isinstance(part, Product) and error in part.factors:
            return times(*(turned if factor == error else factor for factor in part.factors))
        return turned if part == error else part

    yield replaced(tree, change)


@slip("another-input", "corrected")
def another_input(formulas: Formulas, entry: Name, tree: Expression) -> Variants:
    """The input of another weight."""
    weight = entry.quantity.removesuffix(".new")
    for other in formulas.weights:
        if other != weight:
            yield plus(Name(weight), times(Name("rate"), minus(Name("t"), Name("y")), formulas.input(other)))
