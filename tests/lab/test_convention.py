"""The learner's convention: other names, places and signs for the same numbers, and formulas that still hold."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError, ShapeError
from glassnet.lab.convention import Convention
from glassnet.lab.expressions import evaluate
from glassnet.lab.rules import RULES
from glassnet.lab.trace import Trace

X, Y = np.random.default_rng(0).normal(size=(2, 3)), np.array([1, 0])
ALL = "columns, base 1, theta, minus"


@lru_cache
def trace(optimizer: str = "gradient_descent") -> Trace:
    net = gn.Network([gn.Dense(4, activation="tanh"), gn.Dense(2)]).build(3, dtype="float64")
    net.fit(X, Y, optimizer=optimizer, epochs=2, batch_size="full")
    return gn.dissect(net, X, Y)


def test_the_lectures_formulas() -> None:
    net = gn.Network([gn.Dense(4, activation="tanh"), gn.Dense(2)]).build(3, dtype="float64")
    shown = gn.dissect(net, X, Y, convention="lecture")
    assert shown["Z1"].formula == "Z1 = W1 X + b1"
    assert shown["dW1"].formula == "dW1 = 1/m dZ1 X^T"
    assert shown["dA1"].formula == "dA1 = W2^T dZ2"
    assert shown["X"].shape == (3, 2)
    assert shown.explain("dW1[4,3]").formula == "(X[3,1]*dZ1[4,1] + X[3,2]*dZ1[4,2])/m"


@pytest.mark.parametrize("optimizer", sorted(RULES))
def test_the_formulas_hold_between_the_numbers_as_shown(optimizer: str) -> None:
    """Also where a bias is subtracted: its gradient and the moments that are odd in it turn their sign with it."""
    shown = trace(optimizer).shown(ALL)
    number = shown.view.look_up(shown.number)
    for name, quantity in shown.quantities.items():
        for index in np.ndindex(quantity.shape):
            tree = shown.view.entry(name, index)
            if tree is not None:
                value = -quantity.value[index] if shown.view.turned(name) else quantity.value[index]
                assert evaluate(tree, number) == pytest.approx(float(value), rel=1e-9, abs=1e-13), name


def test_names_and_indices_are_read_as_they_are_shown() -> None:
    plain, shown = trace(), trace().shown(ALL)
    assert shown["W1[4,3]"].value == plain["W1[2,3]"].value
    assert shown["theta1[4]"].value == -plain["b1[3]"].value
    assert shown["dE/dtheta1[4]"].value == -plain["db1[3]"].value
    assert shown["b1[4]"].name == "theta1[4]"
    assert list(shown)[:3] == ["X", "y", "W1"]
    assert np.array_equal(shown["dW1"].value, plain["dW1"].value.T)


def test_a_bias_may_be_the_weight_of_a_constant_one() -> None:
    shown = trace().shown("w0")
    assert shown["Z1"].formula == "Z1 = X W1 + w01"
    assert shown["w01.new"].formula == "w01.new = w01 - learning_rate*dw01"


def test_a_bias_that_is_subtracted_is_learned_uphill() -> None:
    shown = trace("momentum").shown("theta, minus")
    assert shown["Z2"].formula == "Z2 = A1 W2 - theta2"
    assert shown["dtheta2"].formula == "dtheta2 = -sum over the examples of dZ2"
    assert shown["theta2.new"].formula == "theta2.new = theta2 - v.theta2.new"


def test_which_moments_turn_with_the_sign() -> None:
    shown = trace("adam").shown("minus")
    assert shown.view.turned("m.b1")
    assert not shown.view.turned("v.b1.new")


@pytest.mark.parametrize(
    ("words", "convention"),
    [
        ("", Convention()),
        ("columns", Convention(columns=True)),
        ("Base1; theta", Convention(base=1, bias="theta")),
        ("lecture, base 0", Convention(columns=True, mean_in="dW")),
    ],
)
def test_words(words: str, convention: Convention) -> None:
    assert Convention.of(words) == convention


def test_what_is_no_convention() -> None:
    with pytest.raises(SettingError, match="did you mean 'columns'"):
        trace().shown("colums")
    with pytest.raises(SettingError, match="mean_in"):
        trace().shown("dW")
    with pytest.raises(ShapeError, match=r"W1 has the shape \(4, 3\), counted from 1; there is no W1\[0,1\]"):
        trace().shown("columns, base 1").explain("W1[0,1]")
