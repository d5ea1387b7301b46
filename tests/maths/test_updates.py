"""The update rules: numbers worked by hand, the course's facts, and what the settings mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.maths import updates
from glassnet.typing import Array

# Every rule with its number of moments and some settings.
DIVIDED = {"learning_rate": 0.5, "epsilon": 0.1}
ADAM = {"beta1": 0.75, "beta2": 0.5, "beta1_power": 0.75, "beta2_power": 0.5}
RULES: list[tuple[Callable[..., Any], int, dict[str, Any]]] = [
    (updates.gradient_descent, 0, {"learning_rate": 0.5}),
    (updates.momentum, 1, {"learning_rate": 0.5, "eta": 0.75}),
    (updates.nesterov, 1, {"learning_rate": 0.5, "eta": 0.75}),
    (updates.adagrad, 1, DIVIDED),
    (updates.rmsprop, 1, {**DIVIDED, "rho": 0.75}),
    (updates.adadelta, 2, {**DIVIDED, "rho": 0.75}),
    (updates.adam, 2, {**DIVIDED, **ADAM}),
    (updates.adamw, 2, {**DIVIDED, **ADAM, "weight_decay": 0.25}),
    (updates.amsgrad, 3, {**DIVIDED, **ADAM}),
    (updates.nadam, 2, {**DIVIDED, "beta2": 0.5, "beta2_power": 0.5, "mu": 0.5, "mu_next": 0.5, "mu_product": 0.5}),
    (updates.radam, 2, {**DIVIDED, **ADAM, "r": 0.5}),
    (updates.adamax, 2, {"learning_rate": 0.5, "epsilon": 0.1, "beta1": 0.75, "beta2": 0.5, "beta1_power": 0.75}),
    (updates.lion, 1, {"learning_rate": 0.5, "beta1": 0.75, "beta2": 0.5}),
    (updates.rprop, 3, {"learning_rate": 0.5, "grow": 1.5, "shrink": 0.5, "smallest": 0.25, "largest": 4.0}),
]
every_rule = pytest.mark.parametrize(("rule", "moments", "settings"), RULES, ids=[r[0].__name__ for r in RULES])


def arrays(result: Any) -> tuple[Array, ...]:
    return result if isinstance(result, tuple) else (result,)


def one(*values: float) -> list[Array]:
    return [np.array([value]) for value in values]


# One step each with numbers that come out even: theta 1, g 2, moments as given, rate 1/2. Worked by hand.
BY_HAND = [
    (updates.gradient_descent, [], {}, [0.0]),
    # v = 3/4 * 4 + 1/2 * 2 = 4
    (updates.momentum, [4.0], {"eta": 0.75}, [-3.0, 4.0]),
    # v = 4, theta = 1 - (3/4 * 4 + 1)
    (updates.nesterov, [4.0], {"eta": 0.75}, [-3.0, 4.0]),
    # v = 0 + 1, theta = 1 - (3/4 + 1): where momentum would give 0
    (updates.nesterov, [0.0], {"eta": 0.75}, [-0.75, 1.0]),
    # s = 12 + 4 = 16; 1 - 1/2 * 2 / (4 + 1)
    (updates.adagrad, [12.0], {"epsilon": 1.0, "epsilon_inside": False}, [0.8, 16.0]),
    # s = 16; 1 - 1 / sqrt(16 + 9)
    (updates.adagrad, [12.0], {"epsilon": 9.0, "epsilon_inside": True}, [0.8, 16.0]),
    # s = 3/4 * 20 + 1/4 * 4 = 16
    (updates.rmsprop, [20.0], {"rho": 0.75, "epsilon": 1.0, "epsilon_inside": False}, [0.8, 16.0]),
    (updates.rmsprop, [20.0], {"rho": 0.75, "epsilon": 9.0, "epsilon_inside": True}, [0.8, 16.0]),
    # s = 16; d = sqrt(16 + 9) / sqrt(16 + 9) * 2 = 2; u = 3/4 * 16 + 1/4 * 4 = 13; 1 - 1/2 * 2
    (updates.adadelta, [20.0, 16.0], {"rho": 0.75, "epsilon": 9.0, "epsilon_inside": True}, [0.0, 16.0, 13.0]),
    # d = (0 + 1) / (4 + 1) * 2 = 0.4; u = 1/4 * 0.16
    (updates.adadelta, [20.0, 0.0], {"rho": 0.75, "epsilon": 1.0, "epsilon_inside": False}, [0.8, 16.0, 0.04]),
    # m = 3/4 * 2 + 1/4 * 2 = 2; v = 3/4 * 4 + 1/4 * 4 = 4; no correction: 1 - 1/2 * 2 / (2 + 3)
    (
        updates.adam,
        [2.0, 4.0],
        {"beta1": 0.75, "beta2": 0.75, "beta1_power": 0.75, "beta2_power": 0.75, "epsilon": 3.0}
        | {"epsilon_inside": False, "bias_correction": False},
        [0.8, 2.0, 4.0],
    ),
    # m_hat = 2 / (1/4) = 8; v_hat = 4 / (1/4) = 16; 1 - 1/2 * 8 / (4 + 4)
    (
        updates.adam,
        [2.0, 4.0],
        {"beta1": 0.75, "beta2": 0.75, "beta1_power": 0.75, "beta2_power": 0.75, "epsilon": 4.0}
        | {"epsilon_inside": False, "bias_correction": True},
        [0.5, 2.0, 4.0],
    ),
    # 1 - 1/2 * 8 / sqrt(16 + 9)
    (
        updates.adam,
        [2.0, 4.0],
        {"beta1": 0.75, "beta2": 0.75, "beta1_power": 0.75, "beta2_power": 0.75, "epsilon": 9.0}
        | {"epsilon_inside": True, "bias_correction": True},
        [0.2, 2.0, 4.0],
    ),
    # 1 - 1/2 * 0.4 * 1 = 0.8, and then as above without the 1
    (
        updates.adamw,
        [2.0, 4.0],
        {"beta1": 0.75, "beta2": 0.75, "beta1_power": 0.75, "beta2_power": 0.75, "epsilon": 4.0, "weight_decay": 0.4},
        [0.3, 2.0, 4.0],
    ),
    # v = 4 is below v_max = 9: 1 - 1/2 * 2 / (3 + 2)
    (
        updates.amsgrad,
        [2.0, 4.0, 9.0],
        {"beta1": 0.75, "beta2": 0.75, "beta1_power": 0.75, "beta2_power": 0.75, "epsilon": 2.0}
        | {"bias_correction": False},
        [0.8, 2.0, 4.0, 9.0],
    ),
    # m = 1/2 * 2 + 1/2 * 2 = 2; m_hat = 1/2 / (1 - 1/4) * 2 + 1/2 / (1 - 1/2) * 2 = 10/3; v_hat = 16; 1 - 5/3 / 5
    (
        updates.nadam,
        [2.0, 4.0],
        {"beta2": 0.75, "beta2_power": 0.75, "mu": 0.5, "mu_next": 0.5, "mu_product": 0.5, "epsilon": 1.0},
        [2 / 3, 2.0, 4.0],
    ),
    # u = max(3/4 * 4, 2) = 3; m_hat = 8: 1 - 1/2 * 8 / (3 + 1)
    (
        updates.adamax,
        [2.0, 4.0],
        {"beta1": 0.75, "beta2": 0.75, "beta1_power": 0.75, "epsilon": 1.0},
        [0.0, 2.0, 3.0],
    ),
    # c = 3/4 * -1 + 1/4 * 2 < 0: the momentum wins; 1 - 1/2 * (-1 + 0.4 * 1), m = 1/2 * -1 + 1/2 * 2
    (updates.lion, [-1.0], {"beta1": 0.75, "beta2": 0.5, "weight_decay": 0.4}, [1.3, 0.5]),
]

RPROP = {"grow": 1.5, "shrink": 0.5, "smallest": 0.75, "largest": 4.0}
BY_HAND += [
    # the first step has the size of the rate
    (updates.rprop, [0.0, 0.0, 0.0], RPROP, [0.5, 2.0, 0.5, -0.5]),
    # the sign stays: longer, and no longer than the largest
    (updates.rprop, [3.0, 2.0, -2.0], RPROP, [-2.0, 2.0, 3.0, -3.0]),
    (updates.rprop, [3.0, 3.0, -3.0], RPROP, [-3.0, 2.0, 4.0, -4.0]),
    # it turned: half, and no shorter than the smallest; back to where the last step began, and the gradient forgotten
    (updates.rprop, [-3.0, 2.0, 2.0], RPROP, [-1.0, 0.0, 1.0, 0.0]),
    (updates.rprop, [-3.0, 1.0, 1.0], RPROP, [0.0, 0.0, 0.75, 0.0]),
    # after that the size stays as it is
    (updates.rprop, [0.0, 1.0, 0.0], RPROP, [0.0, 2.0, 1.0, -1.0]),
]

BY_HAND += [
    # before rho is known m_hat alone: 1 - 1/2 * 8
    (
        updates.radam,
        [2.0, 4.0],
        {"beta1": 0.75, "beta2": 0.75, "beta1_power": 0.75, "beta2_power": 0.75, "r": 0.0, "epsilon": 4.0},
        [-3.0, 2.0, 4.0],
    ),
    # then half of Adam's step: 1 - 1/2 * 1/2 * 8 / (4 + 4)
    (
        updates.radam,
        [2.0, 4.0],
        {"beta1": 0.75, "beta2": 0.75, "beta1_power": 0.75, "beta2_power": 0.75, "r": 0.5, "epsilon": 4.0},
        [0.75, 2.0, 4.0],
    ),
]


@pytest.mark.parametrize(("rule", "moments", "settings", "expected"), BY_HAND)
def test_a_step_by_hand(
    rule: Callable[..., Any], moments: list[float], settings: dict[str, Any], expected: list[float]
) -> None:
    result = arrays(rule(*one(1.0, 2.0, *moments), learning_rate=0.5, **settings))
    assert [value.item() for value in result] == pytest.approx(expected, rel=1e-15)


@every_rule
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays_whatever_the_settings_are(
    rule: Callable[..., Any], moments: int, settings: dict[str, Any], dtype: type
) -> None:
    vectors = [np.ones(3, dtype) for _ in range(2 + moments)]
    for plain in (settings, {name: np.float64(value) for name, value in settings.items()}):
        assert all(result.dtype == dtype for result in arrays(rule(*vectors, **plain)))


@every_rule
def test_nothing_given_is_changed(rule: Callable[..., Any], moments: int, settings: dict[str, Any]) -> None:
    vectors = [np.full(3, 2.0) for _ in range(2 + moments)]
    for result in arrays(rule(*vectors, **settings)):
        assert not any(np.shares_memory(result, vector) for vector in vectors)
    assert all(np.all(vector == 2.0) for vector in vectors)


@every_rule
@pytest.mark.parametrize("g", [1e38, -1e38, np.inf, np.nan])
def test_a_gradient_beyond_numbers_makes_no_warning(
    rule: Callable[..., Any], moments: int, settings: dict[str, Any], g: float
) -> None:
    vectors = [np.full(2, value, np.float32) for value in (1.0, g, *[0.0] * moments)]
    new = arrays(rule(*vectors, **settings))[0]  # warnings are errors
    assert not np.any(new == 1.0) or np.isfinite(g)  # g^2 may overflow, which stops a weight; what is lost shows
    if np.isnan(g):
        assert np.all(np.isnan(new))


@every_rule
@pytest.mark.parametrize("g", [0.0, 1e-45, -1e-30, 1e-4, -1e4])
def test_a_gradient_of_any_size_makes_a_step(
    rule: Callable[..., Any], moments: int, settings: dict[str, Any], g: float
) -> None:
    vectors = [np.full(2, value, np.float32) for value in (0.0, g, *[0.0] * moments)]
    new = arrays(rule(*vectors, **settings))[0]
    if abs(g) < 1e-44 and rule is not updates.rprop:  # half of the smallest number there is may be none
        np.testing.assert_allclose(new, 0.0, atol=1e-44)
    else:
        assert np.all(np.sign(new) == -np.sign(g))


@every_rule
def test_empty_vectors_are_fine(rule: Callable[..., Any], moments: int, settings: dict[str, Any]) -> None:
    assert all(result.shape == (0,) for result in arrays(rule(*[np.empty(0)] * (2 + moments), **settings)))


# ---------------------------------------------------------------------------------------------- the course


def test_gradient_descent_finds_the_minimum_of_the_parabola() -> None:
    """A7: y = x^2 + 2x + 1 has the slope 2x + 2, which vanishes at x = -1 (the notes write 2x and x = 0)."""

    def y(x: Array) -> Array:
        return x**2 + 2 * x + 1

    def slope(x: Array) -> Array:
        return 2 * x + 2

    x = np.array([3.0])
    assert slope(x).item() == pytest.approx((y(x + 1e-3) - y(x - 1e-3)).item() / 2e-3, rel=1e-10)
    for _ in range(200):
        x = updates.gradient_descent(x, slope(x), learning_rate=0.1)
    assert x.item() == pytest.approx(-1.0, abs=1e-15)
    assert y(x).item() == pytest.approx(0.0, abs=1e-15)
    assert math.degrees(math.atan(slope(x).item())) == pytest.approx(0.0, abs=1e-13)


def test_gradient_descent_leaves_a_saddle() -> None:
    """C5: f = x^2 - y^2 from (2, 3) with 0.1 runs off along y; (0, 0) is a saddle, not a minimum."""
    path = [np.array([2.0, 3.0])]
    for _ in range(100):
        slope = path[-1] * [2.0, -2.0]
        path.append(updates.gradient_descent(path[-1], slope, learning_rate=0.1))
    np.testing.assert_allclose(path[1:4], [(1.6, 3.6), (1.28, 4.32), (1.024, 5.184)], rtol=1e-14)
    assert f"{path[100][0]:.2e}" == "4.07e-10"
    assert f"{path[100][1]:.3f}" == "248453923.566"


def adam_first_step(g: float, **settings: Any) -> float:
    """The length of Adam's first step from theta = 0, in learning rates."""
    defaults = {"beta1": 0.9, "beta2": 0.999, "beta1_power": 0.9, "beta2_power": 0.999, "epsilon": 1e-8}
    theta, _, _ = updates.adam(*one(0.0, g, 0.0, 0.0), learning_rate=1.0, **{**defaults, **settings})
    return abs(theta.item())


@pytest.mark.parametrize("g", [1.0, -20.0, 500.0])
def test_the_first_step_of_adam(g: float) -> None:
    """C7: 3.16 eta in the slides' form (epsilon inside, no correction: 0.1 / sqrt(0.001)), 1.00 eta with correction."""
    assert f"{adam_first_step(g, epsilon_inside=True, bias_correction=False):.2f}" == "3.16"
    assert f"{adam_first_step(g):.2f}" == "1.00"
    assert f"{adam_first_step(g, epsilon_inside=True):.2f}" == "1.00"


def test_adadelta_needs_no_learning_rate() -> None:
    """C7: in the published form the rate is 1, and the first step has a unit: sqrt(epsilon / (1 - rho))."""
    theta, _, _ = updates.adadelta(*one(0.0, 3.0, 0.0, 0.0), rho=0.95, epsilon=1e-6)
    assert abs(theta.item()) == pytest.approx(math.sqrt(1e-6 / 0.05), rel=1e-5)


# ---------------------------------------------------------------------------------------------- what settings mean


@given(g=st.floats(-100, 100), eta=st.floats(0, 0.99), seed=st.integers(0, 1000))
def test_nesterov_is_the_published_form_looked_ahead(g: float, eta: float, seed: int) -> None:
    """With the published weights w and theta = w - eta v: the same v, and theta' = w' - eta v' after every step."""
    w, v = np.random.default_rng(seed).standard_normal((2, 5))
    theta, v_ahead = w - eta * v, v
    for k in range(5):
        slope = g * (w - eta * v) + k  # any function of the place looked ahead to
        v = eta * v + 0.1 * slope
        w = w - v
        theta, v_ahead = updates.nesterov(theta, g * theta + k, v_ahead, learning_rate=0.1, eta=eta)
        size = 1 + np.abs(w).max()
        np.testing.assert_allclose(v_ahead, v, rtol=1e-9, atol=1e-9 * size)
        np.testing.assert_allclose(theta, w - eta * v, rtol=1e-9, atol=1e-9 * size)


def test_without_friction_or_memory_rules_are_gradient_descent() -> None:
    theta, g, v = np.array([1.0, -2.0]), np.array([0.5, 3.0]), np.array([7.0, 7.0])
    expected = updates.gradient_descent(theta, g, learning_rate=0.1)
    np.testing.assert_array_equal(updates.momentum(theta, g, v, learning_rate=0.1, eta=0.0)[0], expected)
    np.testing.assert_array_equal(updates.nesterov(theta, g, v, learning_rate=0.1, eta=0.0)[0], expected)


def test_a_new_learning_rate_acts_on_new_gradients_only() -> None:
    _, v = updates.momentum(*one(0.0, 1.0, 0.0), learning_rate=1.0, eta=0.5)
    theta, _ = updates.momentum(*one(0.0, 0.0), v, learning_rate=0.001, eta=0.5)
    assert theta.item() == -0.5


@pytest.mark.parametrize("g", [1e-8, 1e-10, 1e-6])
def test_epsilon_stands_beside_the_corrected_root(g: float) -> None:
    """At the first step m_hat = g and v_hat = g^2, so the step is g / (g + epsilon) or g / sqrt(g^2 + epsilon).

    With the correction folded into the rate, it would be g / (g + epsilon / sqrt(1 - beta2)): other steps by up to 32.
    """
    assert adam_first_step(g) == pytest.approx(g / (g + 1e-8), rel=1e-12)
    assert adam_first_step(g, epsilon_inside=True) == pytest.approx(g / math.sqrt(g**2 + 1e-8), rel=1e-12)


@given(scale=st.sampled_from([2.0**-20, 0.25, 2.0, 2.0**20]))
def test_adam_and_adagrad_do_not_see_the_unit_of_the_loss(scale: float) -> None:
    """Without epsilon a loss in other units gives the same steps, to the bit where the unit is a power of two."""
    g = np.array([0.3, -1.7, 2.2])
    zeros, moments = np.zeros(3), np.ones(3) * 0.125
    adam = {"beta1": 0.9, "beta2": 0.999, "beta1_power": 0.9, "beta2_power": 0.999, "epsilon": 0.0}
    for rule, settings in ((updates.adagrad, {"epsilon": 0.0}), (updates.rmsprop, {"epsilon": 0.0, "rho": 0.9})):
        one_unit, _ = rule(zeros, g, moments, learning_rate=0.1, **settings)
        other_unit, _ = rule(zeros, scale * g, scale**2 * moments, learning_rate=0.1, **settings)
        np.testing.assert_array_equal(one_unit, other_unit)
    one_step, _, _ = updates.adam(zeros, g, moments, moments, learning_rate=0.1, **adam)
    other_step, _, _ = updates.adam(zeros, scale * g, scale * moments, scale**2 * moments, learning_rate=0.1, **adam)
    np.testing.assert_array_equal(one_step, other_step)


@pytest.mark.parametrize("rule", [updates.adagrad, updates.rmsprop, updates.adadelta, updates.adam])
def test_epsilon_inside_and_outside_are_different_algorithms(rule: Callable[..., Any]) -> None:
    _, moments, settings = next(row for row in RULES if row[0] is rule)
    state = one(1.0, 2.0, *[0.5] * moments)
    inside, outside = (arrays(rule(*state, **settings, epsilon_inside=choice))[0] for choice in (True, False))
    assert abs(inside - outside).item() > 1e-3
