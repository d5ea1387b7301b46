"""The optimizers do in place, to the bit, what the formulas of `maths.updates` say."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from glassnet.maths import updates
from glassnet.optim import (
    CATALOGUE,
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    Optimizer,
    RAdam,
    RMSProp,
    Rprop,
)
from glassnet.typing import Array

SWITCH = (False, True)
OPTIMIZERS = [
    SGD(0.1),
    Momentum(0.1),
    Nesterov(0.1),
    *(kind(0.1, epsilon_inside=inside) for kind in (AdaGrad, RMSProp, AdaDelta) for inside in SWITCH),
    *(
        kind(0.1, epsilon_inside=inside, bias_correction=c)
        for kind in (Adam, AMSGrad)
        for inside in SWITCH
        for c in SWITCH
    ),
    *(kind(0.1, epsilon_inside=inside) for kind in (AdamW, NAdam, RAdam) for inside in SWITCH),
    RAdam(0.1, beta2=0.75),  # its rho passes 4 within a few steps
    Adamax(0.1),
    Lion(0.1, weight_decay=0.5),
    Rprop(0.1, largest=0.5),
]
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def by_the_formula(
    optimizer: Optimizer, theta: Array, g: Array, moments: list[Array], scalars: dict[str, float]
) -> list[Array]:
    rule: Any = getattr(updates, optimizer.name)
    wanted = inspect.signature(rule).parameters
    settings = {name: value for name, value in (optimizer.config() | scalars).items() if name in wanted}
    result = rule(theta, g, *moments, **settings)
    return list(result) if isinstance(result, tuple) else [result]


def gradients(dtype: type, steps: int, size: int) -> Array:
    """Of very different sizes, zero among them."""
    rng = np.random.default_rng(0)
    g = rng.standard_normal((steps, size)) * 10.0 ** rng.integers(-8, 3, (steps, size))
    g[:, ::7] = 0.0
    return g.astype(dtype)


@every_optimizer
@every_dtype
def test_in_place_is_the_formula_to_the_bit(optimizer: Optimizer, dtype: type) -> None:
    theta = np.linspace(-2.0, 2.0, 101, dtype=dtype)
    moments, scalars = [np.zeros_like(theta) for _ in optimizer.moments], optimizer.start()
    for g in gradients(dtype, steps=20, size=theta.size):
        scalars = optimizer.advance(scalars)
        expected = by_the_formula(optimizer, theta, g, moments, scalars)
        before = g.copy()
        optimizer.update(theta, g, moments, scalars, optimizer.rate(0))
        for ours, formula in zip([theta, *moments], expected, strict=True):
            assert ours.dtype == formula.dtype == dtype
            assert ours.tobytes() == formula.tobytes()
        assert g.tobytes() == before.tobytes()


@every_optimizer
def test_pieces_of_the_vectors_are_the_vectors(optimizer: Optimizer) -> None:
    whole = [np.linspace(-2.0, 2.0, 101, dtype=np.float32), *(np.zeros(101, np.float32) for _ in optimizer.moments)]
    cut = [vector.copy() for vector in whole]
    scalars = optimizer.start()
    for g in gradients(np.float32, steps=3, size=101):
        scalars = optimizer.advance(scalars)
        optimizer.update(whole[0], g, whole[1:], scalars, 0.1)
        for piece in (slice(0, 64), slice(64, 101)):
            theta, *moments = (vector[piece] for vector in cut)
            optimizer.update(theta, g[piece], moments, scalars, 0.1)
    for one, other in zip(whole, cut, strict=True):
        assert one.tobytes() == other.tobytes()


@every_optimizer
def test_a_rate_of_zero_moves_the_moments_and_not_the_weights(optimizer: Optimizer) -> None:
    theta, g = np.ones(3), np.array([1.0, -2.0, 3.0])
    moments = [np.zeros(3) for _ in optimizer.moments]
    optimizer.update(theta, g, moments, optimizer.advance(optimizer.start()), 0.0)
    np.testing.assert_array_equal(theta, 1.0)
    if optimizer.name not in ("gradient_descent", "momentum", "nesterov", "rprop"):  # theirs is inside a moment
        assert all(np.all(moment > 0) for moment in np.abs(moments))


def test_powers_of_beta_are_multiplied_up() -> None:
    adam = Adam(beta1=0.9, beta2=0.999)
    scalars, beta1_power, beta2_power = adam.start(), 1.0, 1.0
    for _ in range(1000):
        before = dict(scalars)
        scalars = adam.advance(scalars)
        assert before != scalars  # a new dictionary: the state of the step before stays as it was
        beta1_power *= 0.9
        beta2_power *= 0.999
    assert scalars == {"beta1_power": beta1_power, "beta2_power": beta2_power}
    assert scalars["beta2_power"] == pytest.approx(0.999**1000, rel=1e-12)


def test_scalars_keep_their_names() -> None:
    for optimizer in OPTIMIZERS:
        scalars = optimizer.start()
        assert bool(scalars) == ("adam" in optimizer.name or optimizer.name == "amsgrad")
        for _ in range(3):
            after = optimizer.advance(scalars)
            assert after.keys() == scalars.keys()
            assert all(type(value) is float for value in after.values())
            scalars = after


def test_every_optimizer_has_a_row() -> None:
    assert {optimizer.name for optimizer in OPTIMIZERS} == {n for n, kind in CATALOGUE.items() if kind.elementwise}
