"""Each optimizer on Rosenbrock's and Beale's functions and on ill-conditioned quadratics: what its paper says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError
from glassnet.optim import (
    CATALOGUE,
    LBFGS,
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    Muon,
    NAdam,
    Nesterov,
    Optimizer,
    RAdam,
    RMSProp,
    Rprop,
    ScheduleFreeAdamW,
    minimize,
)
from glassnet.optim.walk import Path
from glassnet.typing import Array


def rosenbrock(x: Any) -> Any:
    """A curved valley; 0 at (1, 1). Rosenbrock (1960)."""
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def beale(x: Any) -> Any:
    """Flat far out, with a steep corner; 0 at (3, 1/2). Beale (1958)."""
    return (
        (1.5 - x[0] + x[0] * x[1]) ** 2 + (2.25 - x[0] + x[0] * x[1] ** 2) ** 2 + (2.625 - x[0] + x[0] * x[1] ** 3) ** 2
    )


CURVATURES = np.array([1.0, 10.0, 100.0])


def bowl(x: Any) -> Any:
    """A quadratic of condition 100; 0 at 0."""
    return 0.5 * (CURVATURES * x**2).sum()


def narrow(x: Any) -> Any:
    """A quadratic of condition 10^6 in five dimensions; 0 at 0."""
    return 0.5 * (np.logspace(0, 6, 5) * x**2).sum()


TWIST = np.array([[3.0, 1.0], [-1.0, 2.0], [2.0, 2.0]])


def twisted(W: Any) -> Any:
    """A quadratic of a matrix (2, 3): 1/2 |A (W - E)|^2; 0 where W is E, the identity and a column of zeros."""
    return 0.5 * ((TWIST @ (W - np.eye(2, 3))) ** 2).sum()


def rosenbrock_gradient(x: Array) -> Array:
    return np.array([-2 * (1 - x[0]) - 400 * x[0] * (x[1] - x[0] ** 2), 200 * (x[1] - x[0] ** 2)])


def beale_gradient(x: Array) -> Array:
    powers = x[1] ** np.arange(1, 4)
    e = np.array([1.5, 2.25, 2.625]) - x[0] * (1 - powers)
    slopes = x[0] * np.arange(1, 4) * x[1] ** np.arange(3)
    return np.array([(-2 * e * (1 - powers)).sum(), (2 * e * slopes).sum()])


GRADIENT: dict[Any, Callable[[Array], Array]] = {
    rosenbrock: rosenbrock_gradient,
    beale: beale_gradient,
    bowl: lambda x: CURVATURES * x,
    narrow: lambda x: np.logspace(0, 6, 5) * x,
    twisted: lambda W: TWIST.T @ (TWIST @ (W - np.eye(2, 3))),
}
START = {rosenbrock: [-1.2, 1.0], beale: [1.0, 1.0], bowl: [1.0, 1.0, 1.0], narrow: [1.0] * 5, twisted: [[0.0] * 3] * 2}

# How low each comes in so many steps, with a rate that suits it.
REACHES: list[tuple[Optimizer, Callable[[Any], Any], int, float]] = [
    *((kind, rosenbrock, 4000, 0.02) for kind in (SGD(0.001), Momentum(0.0005), Nesterov(0.0005))),
    *((kind, rosenbrock, 4000, 0.02) for kind in (AdaGrad(0.5), RMSProp(0.001), Adam(0.02), AMSGrad(0.02))),
    *((kind, rosenbrock, 4000, 0.02) for kind in (AdamW(0.02, weight_decay=0.0), NAdam(0.02), Adamax(0.05))),
    *((kind, rosenbrock, 4000, 0.02) for kind in (Lion(gn.schedules.Cosine(0.01, steps=4000)), Rprop(0.1))),
    *((kind, beale, 1000, 0.01) for kind in (Momentum(0.005), Adam(0.05), AdamW(0.05, weight_decay=0), NAdam(0.05))),
    *((kind, beale, 1000, 0.01) for kind in (Adamax(0.05), Rprop(0.1), AdaGrad(0.5))),
    (AdaDelta(), bowl, 4000, 0.1),  # its first steps are as small as epsilon
    (RAdam(0.01), beale, 2000, 0.01),
    (Rprop(0.1), bowl, 150, 1e-8),
    (ScheduleFreeAdamW(0.05), rosenbrock, 4000, 0.02),
    (ScheduleFreeAdamW(0.1), beale, 1000, 0.01),
    (Muon(gn.schedules.Cosine(0.02, steps=300)), twisted, 300, 1e-3),
    (LBFGS(), rosenbrock, 50, 1e-16),
    (LBFGS(), beale, 30, 1e-16),
    (LBFGS(), bowl, 20, 1e-16),
    (LBFGS(), narrow, 60, 1e-12),
]


def down(f: Callable[[Any], Any], optimizer: Optimizer, *, steps: int) -> Path:
    return minimize(f, START[f], optimizer, steps=steps, gradient=GRADIENT[f])


@pytest.mark.parametrize("f", GRADIENT, ids=lambda f: f.__name__)
def test_the_gradients_by_hand_are_those_of_the_tape(f: Callable[[Any], Any]) -> None:
    x = np.array(START[f]) + 0.3
    np.testing.assert_allclose(GRADIENT[f](x), gn.grad(f)(x), rtol=1e-10)
    by_hand, by_tape = down(f, Adam(0.01), steps=5), minimize(f, START[f], Adam(0.01), steps=5)
    np.testing.assert_allclose(by_hand.points, by_tape.points, rtol=1e-9)


def title(value: object) -> str:
    return getattr(value, "__name__", None) or str(getattr(value, "name", value))


@pytest.mark.parametrize(("optimizer", "f", "steps", "low"), REACHES, ids=title)
def test_it_comes_down(optimizer: Optimizer, f: Callable[[Any], Any], steps: int, low: float) -> None:
    path = down(f, optimizer, steps=steps)
    assert path.values[-1] < low < path.values[0]
    assert path.values.shape == (steps + 1,)
    assert path.values[-1] == f(path.end)


def test_every_optimizer_of_functions_is_among_them() -> None:
    assert {optimizer.name for optimizer, *_ in REACHES} >= set(CATALOGUE) - {"levenberg_marquardt"}


def test_gradient_descent_contracts_by_its_rate_on_a_quadratic() -> None:
    """Each coordinate by 1 - rate curvature: the best rate 2 / (1 + 100) leaves (100 - 1) / (100 + 1) of the error."""
    path = down(bowl, SGD(2 / 101), steps=100)
    np.testing.assert_allclose(path.end, (1 - 2 / 101 * CURVATURES) ** 100, rtol=1e-9, atol=1e-15)
    assert np.all(np.diff(path.values) < 0)


def test_gradient_descent_diverges_beyond_two_over_the_curvature() -> None:
    assert down(bowl, SGD(0.0201), steps=100).values[-1] > bowl(np.ones(3))


def test_momentum_turns_the_condition_into_its_root() -> None:
    """Polyak (1964): the contraction (root 100 - 1) / (root 100 + 1) = 9/11 a step, in place of 99/101."""
    kappa, root = 100.0, 10.0
    eta, rate = ((root - 1) / (root + 1)) ** 2, 4 / (root + 1) ** 2
    path = down(bowl, Momentum(rate, eta=eta), steps=200)
    plain = down(bowl, SGD(2 / (1 + kappa)), steps=200)
    assert np.abs(path.end).max() < 200 * ((root - 1) / (root + 1)) ** 200 * 10
    assert np.abs(plain.end).max() > 0.01
    ahead = down(bowl, Nesterov(1 / kappa, eta=9 / 11), steps=200)
    assert np.abs(ahead.end).max() < 1e-6


# Not AdaDelta, whose epsilon sets its first step, nor RAdam, which begins as momentum.
SCALE_FREE = [AdaGrad, RMSProp, Adam, AMSGrad, NAdam, Adamax, Lion, Rprop]


@pytest.mark.parametrize("kind", SCALE_FREE, ids=title)
def test_the_size_of_the_function_does_not_matter(kind: type[Optimizer]) -> None:
    """f and 1024 f have the same path, for all that divide by the size of the gradient."""
    settings = {"epsilon": 1e-300} if "epsilon" in vars(kind()) else {}
    one, other = (
        minimize(
            lambda x, size=size: size * beale(x),
            START[beale],
            kind(0.01, **settings),
            steps=30,
            gradient=lambda x, size=size: size * beale_gradient(x),
        )
        for size in (1.0, 1024.0)
    )
    np.testing.assert_allclose(one.points, other.points, rtol=1e-12)


def test_lion_moves_every_weight_by_the_rate() -> None:
    steps = np.abs(np.diff(down(rosenbrock, Lion(0.01), steps=50).points, axis=0))
    np.testing.assert_allclose(steps, 0.01, rtol=1e-9)


def test_the_step_of_adamax_is_bounded_by_the_rate() -> None:
    """Kingma and Ba, section 7.1: |step| <= rate, whatever the gradients are."""
    steps = np.abs(np.diff(down(rosenbrock, Adamax(0.01), steps=300).points, axis=0))
    assert steps.max() <= 0.01 * (1 + 1e-9)


def test_rprop_asks_for_signs_only_and_goes_back_where_one_turns() -> None:
    cubed = minimize(lambda x: (x**4).sum(), [1.0, -3.0], Rprop(0.1), steps=40)
    squared = minimize(lambda x: (x**2).sum(), [1.0, -3.0], Rprop(0.1), steps=40)
    np.testing.assert_allclose(cubed.points, squared.points, rtol=1e-12)  # same signs, same path
    x, returning, returned = squared.points[:, 0], False, 0
    for t in range(1, len(x) - 1):
        crossed = x[t] * x[t - 1] < 0
        if crossed and not returning:
            assert x[t + 1] == pytest.approx(x[t - 1], rel=1e-12)
            returned += 1
        returning = crossed and not returning
    assert returned > 5


def test_adagrads_steps_shrink_with_the_root_of_time_where_gradients_stay() -> None:
    path = minimize(lambda x: 3 * x.sum(), [0.0], AdaGrad(1.0, epsilon=1e-300), steps=50)
    np.testing.assert_allclose(-np.diff(path.points[:, 0]), 1 / np.sqrt(np.arange(1, 51)), rtol=1e-12)


def test_adamws_decay_does_not_know_the_gradient() -> None:
    path = minimize(lambda x: 0 * x.sum(), [2.0], AdamW(0.1, weight_decay=0.5), steps=10)
    np.testing.assert_allclose(path.points[:, 0], 2.0 * 0.95 ** np.arange(11), rtol=1e-12)


def online(optimizer: Optimizer, steps: int) -> float:
    """Reddi, Kale and Kumar's theorem 1 with C = 3: the gradient is 3, -1, -1, ...; x in -1 .. 1; the best is -1."""
    theta = np.array([0.0])
    moments, scalars = [np.zeros(1) for _ in optimizer.moments], optimizer.start()
    for step in range(steps):
        scalars = optimizer.advance(scalars)
        g = np.array([3.0 if step % 3 == 0 else -1.0])
        optimizer.update(theta, g, moments, scalars, 0.5 / np.sqrt(1 + step))
        np.clip(theta, -1, 1, out=theta)
    return theta.item()


def test_amsgrad_goes_where_adam_is_lost() -> None:
    settings = {"beta1": 0.0, "beta2": 0.1}
    assert online(Adam(**settings), 3000) > 0.9
    assert online(AMSGrad(**settings), 3000) < -0.9


def test_radam_begins_as_momentum() -> None:
    """While rho <= 4 its step is the rate times m_hat, which on a constant gradient is that gradient."""
    path = minimize(lambda x: 3 * x.sum(), [0.0], RAdam(0.1), steps=4)
    np.testing.assert_allclose(np.diff(path.points[:, 0]), -0.3, rtol=1e-12)


def test_nadam_is_ahead_of_adam() -> None:
    """On a constant gradient both go at the rate; on a slope that falls Nesterov's momentum reacts a step earlier."""
    adam, nadam = (down(bowl, kind(0.05), steps=60) for kind in (Adam, NAdam))
    assert np.abs(nadam.points[60]).max() < np.abs(adam.points[20]).max()


def test_lbfgs_never_rises_and_meets_newton_at_the_end() -> None:
    path = down(rosenbrock, LBFGS(), steps=50)
    assert np.all(np.diff(path.values) <= 0)
    np.testing.assert_allclose(path.end, [1, 1], atol=1e-8)


def test_lbfgs_rests_where_there_is_no_lower_place() -> None:
    asked: list[Array] = []

    def counted(x: Any) -> Any:
        asked.append(np.asarray(x))
        return bowl(x)

    path = minimize(counted, START[bowl], LBFGS(), steps=60)
    before = len(asked)
    minimize(counted, path.end, LBFGS(), steps=60)
    assert len(asked) - before < 60 + 2 * 60


def test_a_path_has_the_mean_where_one_is_kept() -> None:
    path = down(bowl, SGD(0.019, ema=0.9), steps=100)
    assert abs(path.best[2]) < abs(path.end[2])  # the mean of a zigzag is in its middle
    assert down(bowl, SGD(0.01), steps=3).best.tolist() == down(bowl, SGD(0.01), steps=3).end.tolist()


def test_clipping_and_schedules_act_on_functions_as_well() -> None:
    path = down(bowl, SGD(gn.schedules.Step(0.1, every=1, factor=0.5), clip_norm=1.0), steps=3)
    lengths = np.linalg.norm(np.diff(path.points, axis=0), axis=1)
    np.testing.assert_allclose(lengths, [0.1, 0.05, 0.025], rtol=1e-9)


def test_a_function_has_no_rows_for_levenberg_and_marquardt() -> None:
    with pytest.raises(SettingError, match="a function alone has none"):
        down(bowl, "lm", steps=1)
