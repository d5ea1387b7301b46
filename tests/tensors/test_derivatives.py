"""grad, value_and_grad, jacobian, hessian, vjp, jvp: shapes, nesting, several arguments, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError, ShapeError, TypeNotUsableError

A = np.array([[1.0, 2.0, 0.5], [-1.0, 0.3, 4.0]])


def close(x: Any, expected: Any, tolerance: float = 1e-12) -> bool:
    assert isinstance(x, gn.Tensor)
    assert x.shape == np.shape(expected)
    return bool(np.allclose(np.asarray(x), expected, rtol=tolerance, atol=tolerance))


# ---- gradients of gradients ----------------------------------------------------------------------------------------


def test_gradients_compose() -> None:
    f: Any = np.sin
    for k in range(6):
        assert float(f(0.7)) == pytest.approx(
            float([np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)][k % 4](0.7))
        )
        f = gn.grad(f)


def test_an_inner_gradient_by_another_variable_is_not_confused_with_the_outer() -> None:
    """The classic test of perturbation confusion: d/dx (x d/dy (x + y)) = d/dx x = 1."""
    assert float(gn.grad(lambda x: x * gn.grad(lambda y: x + y)(1.0))(1.0)) == 1.0
    assert float(gn.jvp(lambda x: x * gn.jvp(lambda y: x + y, 1.0, 1.0)[1], 1.0, 1.0)[1]) == 1.0
    assert float(gn.grad(lambda x: x * gn.jvp(lambda y: x * y * y, 3.0, 1.0)[1])(2.0)) == 24.0


def test_a_result_without_an_outside_has_no_history() -> None:
    assert not gn.grad(lambda x: x**3)(2.0).requires_grad
    assert not gn.grad(lambda x: gn.grad(lambda y: y**3)(x))(2.0).requires_grad
    assert not gn.hessian(lambda x: (x**3).sum())([1.0, 2.0]).requires_grad


def test_gradients_reach_tensors_that_the_function_uses() -> None:
    w = gn.tensor([2.0, 3.0], requires_grad=True)
    slope = gn.grad(lambda x: (w * x * x).sum())([1.0, 5.0])  # 2 w x
    slope.sum().backward()
    assert close(w.grad, [2.0, 10.0])


def test_gradients_reach_arguments_that_ask_for_them() -> None:
    x = gn.tensor([1.0, 2.0], requires_grad=True)
    gn.grad(lambda t: (t**3).sum())(x).sum().backward()
    assert close(x.grad, [6.0, 12.0])


def test_derivatives_pass_through_the_vector_of_vjp_and_the_direction_of_jvp() -> None:
    base = [0.0, 1.0]
    expected = 2 * np.exp([0.0, 2.0]) * [1, 2]
    assert close(gn.grad(lambda v: (gn.vjp(np.exp, base)[1](v) ** 2).sum())([1.0, 2.0]), expected)
    assert close(gn.grad(lambda v: (gn.jvp(np.exp, base, v)[1] ** 2).sum())([1.0, 2.0]), expected)


def test_derivatives_work_inside_no_grad() -> None:
    with gn.no_grad():
        assert float(gn.grad(lambda x: x**2)(3.0)) == 6.0
        assert float(gn.grad(gn.grad(lambda x: x**3))(2.0)) == 12.0
        assert close(gn.jacobian(lambda x: x**2)([1.0, 2.0]), [[2, 0], [0, 4]])


def test_no_grad_inside_a_function_stops_derivatives_there() -> None:
    def f(x: gn.Tensor) -> gn.Tensor:
        with gn.no_grad():
            factor = x * x
        return factor * x

    assert float(gn.grad(f)(3.0)) == 9.0


def test_newton_with_derivatives_of_the_library() -> None:
    """A user's program: Newton's steps on the course's cross-entropy reach its minimum in a few steps."""
    X, y = np.array([[1.0, -2.0], [1.0, 0.5], [1.0, 1.0], [1.0, 3.0]]), np.array([0.0, 1.0, 0.0, 1.0])
    loss = lambda w: gn.losses.binary_crossentropy(y, X @ w, from_logits=True)  # noqa: E731
    w = np.zeros(2)
    for _ in range(8):
        w = w - np.linalg.solve(np.asarray(gn.hessian(loss)(w)), np.asarray(gn.grad(loss)(w)))
    assert np.abs(np.asarray(gn.grad(loss)(w))).max() < 1e-14


# ---- shapes --------------------------------------------------------------------------------------------------------


def test_the_jacobian_of_a_matrix_product_is_the_matrix() -> None:
    assert close(gn.jacobian(lambda x: A @ x)(np.ones(3)), A)  # more columns than rows: reverse
    assert close(gn.jacobian(lambda x: A.T @ x)(np.ones(2)), A.T)  # more rows than columns: forward


@pytest.mark.parametrize("out", [2, 4, 20])  # forward and reverse mode
def test_jacobians_have_the_shape_of_both(out: int) -> None:
    J = gn.jacobian(lambda X: np.tensordot(np.arange(6.0 * out).reshape(out, 2, 3), X, 2))(np.ones((2, 3)))
    assert close(J, np.arange(6.0 * out).reshape(out, 2, 3))


def test_jacobians_by_several_arguments() -> None:
    Jx, Jy = gn.jacobian(lambda x, y: x * y, argnums=(0, 1))([1.0, 2.0], [3.0, 4.0])
    assert close(Jx, np.diag([3.0, 4.0]))
    assert close(Jy, np.diag([1.0, 2.0]))
    Jx, Jy = gn.jacobian(lambda x, y: np.stack([x, y, x * y]), argnums=(0, 1))(2.0, 3.0)
    assert close(Jx, [1.0, 0.0, 3.0])
    assert close(Jy, [0.0, 1.0, 2.0])


def test_jacobians_of_and_by_nothing() -> None:
    assert close(gn.jacobian(lambda x: x)(np.zeros(0)), np.zeros((0, 0)))
    assert close(gn.jacobian(lambda x: x[:0])(np.ones(2)), np.zeros((0, 2)))
    assert close(gn.jacobian(lambda x: x.sum() + np.ones(2))(np.ones(0)), np.zeros((2, 0)))


def test_hessians_are_symmetric_and_right() -> None:
    def rosenbrock(x: gn.Tensor) -> gn.Tensor:
        return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2

    x0, x1 = -1.2, 1.0
    expected = [[2 - 400 * (x1 - 3 * x0**2), -400 * x0], [-400 * x0, 200.0]]
    assert close(gn.hessian(rosenbrock)([x0, x1]), expected)


def test_what_does_not_depend_on_the_argument_has_derivative_zero() -> None:
    w = gn.tensor([1.0], requires_grad=True)
    assert close(gn.grad(lambda x: gn.tensor(3.0))([1.0, 2.0]), [0.0, 0.0])
    assert close(gn.grad(lambda x: w.sum())([1.0, 2.0]), [0.0, 0.0])
    assert close(gn.jvp(lambda x: w * 2, [1.0], [1.0])[1], [0.0])
    assert close(gn.jacobian(lambda x: w * 2)([1.0, 2.0]), [[0.0, 0.0]])
    assert close(gn.hessian(lambda x: x.sum())([1.0, 2.0]), np.zeros((2, 2)))
    assert close(gn.grad(lambda x, y: (x * x).sum(), argnums=1)(gn.tensor([1.0]), [2.0]), [0.0])


def test_the_identity_differentiates() -> None:
    assert float(gn.grad(lambda x: x)(3.0)) == 1.0
    assert close(gn.jvp(lambda x: x, [1.0, 2.0], [3.0, 4.0])[1], [3.0, 4.0])


def test_values_and_gradients_by_several_arguments_and_keywords() -> None:
    value, (by_x, by_b) = gn.value_and_grad(lambda x, a, b, *, scale: ((a * x + b) * scale).sum(), argnums=(0, -1))(
        [1.0, 2.0], 3.0, [0.0, 1.0], scale=2.0
    )
    assert (float(value), value.requires_grad) == (20.0, False)
    assert close(by_x, [6.0, 6.0])
    assert close(by_b, [2.0, 2.0])


def test_the_same_tensor_twice_is_two_arguments() -> None:
    x = gn.tensor(3.0, requires_grad=True)
    by_first, by_second = gn.grad(lambda a, b: a * a * b, argnums=(0, 1))(x, x)
    assert (float(by_first), float(by_second)) == (18.0, 9.0)
    assert x.grad is None  # grad collects nothing anywhere


def test_vjp_can_be_called_again() -> None:
    y, back = gn.vjp(lambda x: x * x, [1.0, 2.0])
    assert close(y, [1.0, 4.0])
    assert close(back([1.0, 0.0]), [2.0, 0.0])
    assert close(back([0.0, 1.0]), [0.0, 4.0])


def test_dtypes_follow_the_arguments() -> None:
    x32 = np.array([1.0, 2.0], np.float32)
    f = lambda x: (x * np.array([3.0, 4.0])).sum()  # noqa: E731  float64 inside
    assert gn.grad(f)(x32).dtype == np.float32
    assert gn.jvp(f, x32, x32)[1].dtype == np.float64
    assert gn.jacobian(lambda x: x * x)(x32).dtype == np.float32
    assert gn.grad(lambda x: x * x)(3).dtype == np.float64  # whole numbers become floats


# ---- what is refused -----------------------------------------------------------------------------------------------


def test_a_gradient_of_several_numbers_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"A gradient is of one number; the function gave shape \(2,\)"):
        gn.grad(lambda x: x * 2)([1.0, 2.0])


@pytest.mark.parametrize(
    "f", [lambda x: float(x) ** 2, lambda x: math.exp(x), lambda x: np.asarray(x) * 2, lambda x: None]
)
def test_functions_that_lose_the_tensor_are_refused(f: Any) -> None:
    with pytest.raises(TypeNotUsableError, match="must return a tensor"):
        gn.grad(f)(2.0)


def test_arguments_that_are_not_there_are_refused() -> None:
    for argnums in (1, -2, (0, 3)):
        with pytest.raises(SettingError, match=r"was given 1 positional argument"):
            gn.grad(lambda x: x, argnums=argnums)(1.0)


def test_directions_and_gradients_of_another_shape_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"A direction must have the shape \(2,\); given was \(3,\)"):
        gn.jvp(lambda x: x, [1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ShapeError, match="a direction for each argument; given were 1 for 2"):
        gn.jvp(lambda x, y: x, (1.0, 2.0), (1.0,))
    with pytest.raises(ShapeError, match=r"The gradient must have the shape \(\)"):
        gn.vjp(lambda x: x.sum(), [1.0, 2.0])[1]([1.0, 2.0])


def test_words_and_complex_numbers_are_refused_here_too() -> None:
    with pytest.raises(TypeNotUsableError, match="is a word"):
        gn.grad(lambda x: x)("cat")
    with pytest.raises(TypeNotUsableError, match="real numbers"):
        gn.grad(lambda x: x)(1j)
