"""check_gradients finds what is wrong: planted mistakes of every kind, of first and of second order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.maths.dispatch import overridable
from glassnet.tensors.kinds import RULES, elementwise

X, Y = np.array([0.3, -0.7, 1.1]), np.array([[0.5], [1.5]])


def planted(function: Callable[..., Any], *partials: Any) -> Any:
    """A function with these partial derivatives, which need not be its own."""
    public = overridable(function)
    elementwise(public, *partials)
    return public


@pytest.fixture(autouse=True)
def _planted_rules_are_taken_out() -> Iterator[None]:
    rules = dict(RULES)
    yield
    RULES.clear()
    RULES.update(rules)


def cube(x: Any) -> Any:
    return x**3


MISTAKES: dict[str, Any] = {
    "sign": lambda Z, X: -3 * X**2,
    "factor": lambda Z, X: 2 * X**2,
    "power": lambda Z, X: 3 * X,
    "missing": 0,
    "one entry": lambda Z, X: 3 * X**2 * np.array([1.0, 1.0, 1.001]),
    "small": lambda Z, X: 3.0001 * X**2,
    "not a number": lambda Z, X: X * float("nan"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found(mistake: str) -> None:
    right, wrong = planted(cube, lambda Z, X: 3 * X**2), planted(lambda x: cube(x), MISTAKES[mistake])
    assert gn.check_gradients(right, X, order=2) < 1e-8
    assert gn.check_gradients(wrong, X) > 1e-6


def test_a_right_value_of_a_wrong_rule_is_found_by_the_second_order() -> None:
    """The gradient's value is right and its own derivative is lost: what np.asarray in a rule does."""
    lost = planted(cube, lambda Z, X: 3 * np.asarray(X) ** 2)
    assert gn.check_gradients(lost, X) < 1e-8
    assert gn.check_gradients(lost, X, order=2) > 0.1


def test_a_mistake_in_the_second_argument_is_found() -> None:
    wrong = planted(lambda x, y: x * y, lambda Z, X, Y: Y, lambda Z, X, Y: X + 0.01)
    assert gn.check_gradients(lambda x: wrong(x, Y), X) < 1e-8
    assert gn.check_gradients(wrong, X, Y) > 1e-4


def test_whatever_the_function_gives_is_weighted() -> None:
    assert gn.check_gradients(lambda x: x.sum(), X, order=2) < 1e-8
    assert gn.check_gradients(lambda x: np.outer(x, x), X, order=2) < 1e-8
    assert gn.check_gradients(gn.activations.softmax, X, order=2) < 1e-8  # whose sum alone is constant


def test_single_precision_and_whole_numbers_are_checked_in_double() -> None:
    assert gn.check_gradients(np.tanh, X.astype(np.float32)) < 1e-8
    assert gn.check_gradients(np.tanh, [1, 2]) < 1e-8


def test_what_cannot_be_checked_is_refused() -> None:
    for arguments, settings in (((), {}), ((X,), {"order": 3}), ((X,), {"directions": 0})):
        with pytest.raises(SettingError):
            gn.check_gradients(np.tanh, *arguments, **settings)
    with pytest.raises(TypeNotUsableError):
        gn.check_gradients(lambda x: np.asarray(x).sum(), X)
