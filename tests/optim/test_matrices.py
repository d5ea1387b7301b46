"""Muon and schedule-free AdamW, whose steps need more than one weight, or one moment, at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from mpmath import matrix, mp, mpf, sqrt

import glassnet as gn
from glassnet.engine import State
from glassnet.errors import SettingError
from glassnet.layers import Parameters
from glassnet.maths import updates
from glassnet.optim import Muon, Optimizer, ScheduleFreeAdamW, minimize
from glassnet.typing import Array

A = [[3, 1], [-1, 2], [2, 2]]  # (3, 2); the matrix that is learned is (2, 3)
START = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]


def objective(W: Array) -> Any:
    """1/2 |A W|^2 + 1/4 sum W^4: not quadratic, and no direction like another."""
    return 0.5 * ((np.array(A) @ W) ** 2).sum() + 0.25 * (W**4).sum()


def gradient(W: Any) -> Any:
    return matrix(A).T * (matrix(A) * W) + matrix([[entry**3 for entry in row] for row in W.tolist()])


def muon(learning_rate: mpf, momentum: mpf, nesterov: bool) -> Iterator[Any]:
    """Jordan's, in 50 digits: five quintic iterations of the step over its Frobenius norm."""
    W, M = matrix(START), matrix(2, 3)
    a, b, c = mpf(3.4445), mpf(-4.7750), mpf(2.0315)
    while True:
        G = gradient(W)
        M = momentum * M + G
        X = G + momentum * M if nesterov else M
        X = X / (sqrt(sum(entry**2 for entry in X)) + mpf(1e-7))
        for _ in range(5):
            S = X * X.T
            X = a * X + (b * S + c * S * S) * X
        W = W - learning_rate * sqrt(mpf(3) / 2) * X
        yield W


def schedule_free(
    learning_rate: mpf, weight_decay: mpf, warm_up: int, beta1: mpf, beta2: mpf, epsilon: mpf
) -> Iterator[Any]:
    """Defazio's algorithm 1, entry by entry in 50 digits: (y, x) after every step."""
    y = [mpf(entry) for row in START for entry in row]
    z, x, v, t, squares = list(y), list(y), [mpf(0)] * 6, 0, mpf(0)
    while True:
        t += 1
        g = list(gradient(matrix([y[:3], y[3:]])))
        v = [beta2 * vi + (1 - beta2) * gi**2 for vi, gi in zip(v, g, strict=True)]
        gamma = learning_rate * sqrt(1 - beta2**t) * min(mpf(1), mpf(t) / warm_up)
        squares += gamma**2
        c = gamma**2 / squares
        z = [
            zi - gamma * (gi / (sqrt(vi) + epsilon) + weight_decay * yi)
            for zi, gi, vi, yi in zip(z, g, v, y, strict=True)
        ]
        x = [(1 - c) * xi + c * zi for xi, zi in zip(x, z, strict=True)]
        y = [(1 - beta1) * zi + beta1 * xi for zi, xi in zip(z, x, strict=True)]
        yield y, x


def numbers(value: Any) -> Array:
    return np.array([float(entry) for entry in value]).reshape(2, 3)


@pytest.mark.parametrize("nesterov", [True, False])
def test_a_hundred_steps_of_muon(nesterov: bool) -> None:
    path = minimize(objective, START, Muon(0.01, momentum=0.9, nesterov=nesterov), steps=100)
    with mp.workdps(50):
        exact = muon(mpf(0.01), mpf(0.9), nesterov)
        for step in range(1, 101):
            np.testing.assert_allclose(
                path.points[step], numbers(next(exact)), rtol=1e-9, atol=1e-11, err_msg=str(step)
            )


def test_a_hundred_steps_of_schedule_free_adamw() -> None:
    settings = {"weight_decay": 0.1, "warm_up": 10, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8}
    path = minimize(objective, START, ScheduleFreeAdamW(0.05, **settings), steps=100)
    with mp.workdps(50):
        plain = {name: value if name == "warm_up" else mpf(value) for name, value in settings.items()}
        exact = schedule_free(mpf(0.05), **plain)
        for step in range(1, 101):
            y, x = next(exact)
            np.testing.assert_allclose(path.points[step], numbers(y), rtol=1e-11, atol=1e-13, err_msg=str(step))
        np.testing.assert_allclose(path.best, numbers(x), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (1, 5)])
def test_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    G = np.random.default_rng(0).normal(size=shape)
    U, _, Vt = np.linalg.svd(G, full_matrices=False)
    found = np.linalg.svd(updates.orthogonalized(G), compute_uv=False)
    assert found.min() > 0.6
    assert found.max() < 1.3
    inside = U.T @ updates.orthogonalized(G) @ Vt.T  # the same directions: diagonal
    np.testing.assert_allclose(inside, np.diag(np.diag(inside)), atol=1e-12)


def test_muons_step_does_not_know_the_size_of_the_gradient() -> None:
    W, G = np.zeros((3, 4)), np.random.default_rng(1).normal(size=(3, 4))
    one, other = (
        updates.muon(W, size * G, np.zeros_like(W), learning_rate=0.1, momentum=0.9)[0] for size in (1.0, 1e6)
    )
    np.testing.assert_allclose(one, other, rtol=1e-5)


def stepped(optimizer: Optimizer, dtype: type, count: int = 20) -> tuple[State, list[dict[str, Any]], list[Array]]:
    """A matrix and a vector through some steps; the states before each, and the gradients."""
    arena = Parameters([("W1", "W1", (3, 4)), ("b1", "b1", (4,))], dtype)
    arena.flat[:] = np.linspace(-1, 1, 16)
    state, random = State.fresh(arena, optimizer), np.random.default_rng(0)
    before, gradients = [], []
    for _ in range(count):
        before.append(state.copy())
        gradients.append((random.normal(size=16) * 10.0 ** random.integers(-3, 2)).astype(dtype))
        optimizer.apply(state, gradients[-1], 0.1, None)  # type: ignore[arg-type]
        state.step += 1
    return state, [*before, state.copy()], gradients


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_schedule_free_in_place_is_the_formula_to_the_bit(dtype: type) -> None:
    optimizer = ScheduleFreeAdamW(weight_decay=0.1, warm_up=5)
    _, states, gradients = stepped(optimizer, dtype)
    for before, after, g in zip(states, states[1:], gradients, strict=False):
        kept, scalars = before["moments"], after["scalars"]
        chosen = {name: scalars[name] for name in ("gamma", "c")}
        chosen |= {name: getattr(optimizer, name) for name in ("beta1", "beta2", "epsilon", "weight_decay")}
        expected = updates.schedule_free_adamw(before["values"], g, kept["z"], kept["x"], kept["v"], **chosen)
        found = [after["values"], *(after["moments"][name] for name in "zxv")]
        for ours, formula in zip(found, expected, strict=True):
            assert ours.dtype == formula.dtype == dtype
            assert ours.tobytes() == formula.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_muon_takes_matrices_as_matrices_and_vectors_as_adam(dtype: type) -> None:
    _, states, gradients = stepped(Muon(), dtype)
    for before, after, g in zip(states, states[1:], gradients, strict=False):
        W, G, M = (flat[:12].reshape(3, 4) for flat in (before["values"], g, before["moments"]["m"]))
        W, M = updates.muon(W, G, M, learning_rate=0.1, momentum=0.95)
        b, m, v = (flat[12:] for flat in (before["values"], before["moments"]["m"], before["moments"]["v"]))
        powers = {name: after["scalars"][name] for name in ("beta1_power", "beta2_power")}
        b, m, v = updates.adam(
            b, g[12:], m, v, learning_rate=0.1 * 0.05, beta1=0.9, beta2=0.999, epsilon=1e-8, **powers
        )
        assert after["values"].dtype == dtype
        assert after["values"].tobytes() == np.concatenate([W.ravel(), b]).tobytes()
        assert after["moments"]["m"].tobytes() == np.concatenate([M.ravel(), m]).tobytes()


def test_what_schedule_free_is_used_by_is_the_mean(tmp_path: Any) -> None:
    X = np.random.default_rng(3).normal(size=(60, 4))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    net = gn.Network([gn.Dense(8, activation="tanh"), gn.Dense(2)])
    run = net.fit(X, y, optimizer=ScheduleFreeAdamW(0.05), epochs=20, engine="reference", batch_size=16)
    x = run.state.moments["x"]
    assert run.weights.tobytes() == x.tobytes()
    assert not np.array_equal(net.parameters().flat, x)
    np.testing.assert_allclose(  # y = (1 - beta1) z + beta1 x
        net.parameters().flat, 0.1 * run.state.moments["z"] + 0.9 * x, rtol=1e-5, atol=1e-7
    )
    net.save(tmp_path / "model.safetensors")
    assert gn.load(tmp_path / "model.safetensors").parameters().flat.tobytes() == x.tobytes()


def test_a_second_mean_is_a_sentence() -> None:
    with pytest.raises(SettingError, match="ScheduleFreeAdamW has no ema"):
        ScheduleFreeAdamW(ema=0.9)
