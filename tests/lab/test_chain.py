"""The chain of one number: back to the inputs, forward to the loss, each link with its derivative."""

from __future__ import annotations

import re
from math import prod

import numpy as np
import pytest

import glassnet as gn
from glassnet.lab.expressions import Expression, Name, Number, evaluate, names_in, replaced
from glassnet.lab.grammar import parse
from glassnet.lab.slopes import derivative
from glassnet.lab.trace import Trace

X = np.random.default_rng(1).normal(size=(3, 4))


@pytest.fixture(scope="module")
def trace() -> Trace:
    net = gn.Network([gn.Dense(5, activation="tanh"), gn.Dense(1, activation="sigmoid")]).build(4, dtype="float64")
    return gn.dissect(net, X, [[0.0], [1.0], [1.0]], loss="mse", optimizer=gn.optimizers.SGD(0.1))


def test_back_to_the_inputs(trace: Trace) -> None:
    back = trace.explain("dW1[2,3]").back
    assert " ".join(step.quantity for step in back) == "dZ1 dA1 dZ2 dA2 A2 Z2 A1 Z1 b2 W2 b1 W1 y X"
    assert all(step.result == trace[step.name].value for step in back)
    assert back[-1].given


def test_forward_to_the_loss(trace: Trace) -> None:
    forward = trace.explain("W1[2,3]").forward
    assert [link.name.partition("[")[0] for link in forward] == ["Z1", "A1", "Z2", "A2", "loss"]
    assert [link.entries for link in forward] == [3, 1, 1, 1, 1]
    assert forward[-1].path == pytest.approx(prod(link.derivative for link in forward))


def test_the_paths_of_all_examples_add_up_to_the_derivative(trace: Trace) -> None:
    """The network has one output, so a weight of the first layer has one path an example."""
    chain = trace.chain("W1[2,3]")
    n = int(chain.forward[0].name.partition("[")[2][0])
    assert chain.forward[-1].path == pytest.approx(X[n, 2] * trace["dZ1"].value[n, 3])
    assert chain.total == trace["dW1[2,3]"].value
    assert chain.total == pytest.approx(sum(X[:, 2] * trace["dZ1"].value[:, 3]))


def test_what_is_said_of_it(trace: Trace) -> None:
    said = str(trace.chain("W2[0,0]"))
    assert said.startswith("W2[0,0] is given.")
    assert "over all paths d loss / d W2[0,0] = " in said
    assert "leads to\n\n  nothing more in this step" in str(trace.chain("W1.new[0,0]"))


@pytest.mark.parametrize(
    "formula",
    ["exp(a*b) + a", "log(a)/b", "sqrt(a + b)*a", "a^3*b", "sigmoid(a*b)", "tanh(a) - b", "abs(a - b)", "relu(a*b)",
     "1/(a + b^2)", "a*a*b"],
)  # fmt: skip
def test_derivatives_of_formulas_are_the_slopes_of_their_values(formula: str) -> None:
    tree, numbers, h = _with_names(formula), {"a": 0.7, "b": 1.3}, 1e-6

    def value(a: float) -> float:
        return evaluate(tree, lambda name: a if name.quantity == "a" else numbers[name.quantity])

    slope = evaluate(derivative(tree, Name("a")), lambda name: numbers[name.quantity])
    assert slope == pytest.approx((value(0.7 + h) - value(0.7 - h)) / (2 * h), rel=1e-8)
    assert Name("a") in set(names_in(tree))


def _with_names(formula: str) -> Expression:
    """The arithmetic with a and b as names: the parser of students' working reads numbers only."""
    marks = {"a": "1111", "b": "2222"}
    for letter, mark in marks.items():
        formula = re.sub(rf"(?<![a-z]){letter}(?![a-z])", mark, formula)
    names = {mark: Name(letter) for letter, mark in marks.items()}
    return replaced(parse(formula), lambda part: names.get(part.text, part) if isinstance(part, Number) else part)
