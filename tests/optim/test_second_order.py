"""L-BFGS and Levenberg-Marquardt in networks: what they fit, what they refuse, and that their runs are exact."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.reference import ReferenceSession
from glassnet.errors import SettingError
from glassnet.training.callbacks import Settled
from glassnet.training.preparation import prepare, state_for
from glassnet.training.resume import preparation
from glassnet.typing import Array

x = np.linspace(-np.pi, np.pi, 25)[:, None]
SINE = np.sin(x)
GATE, XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
OPTIMIZERS = {"lbfgs": gn.optimizers.LBFGS(), "lm": gn.optimizers.LevenbergMarquardt()}
both = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)


def fit(net: gn.Network, X: Array, y: Array, optimizer: Any, epochs: int, **settings: Any) -> gn.Run:
    chosen: dict[str, Any] = {"loss": "mse", "engine": "reference", "dtype": "float64", "metrics": ()}
    return net.fit(X, y, optimizer=optimizer, epochs=epochs, **(chosen | settings))


@pytest.mark.parametrize(("name", "epochs"), [("lbfgs", 170), ("lm", 50)])
def test_a_sine_from_every_one_of_twenty_seeds(name: str, epochs: int) -> None:
    """1-20-1 with tanh: a mean squared error below 1e-4, one in a hundred of the amplitude."""
    ends = []
    for seed in range(20):
        net = gn.Network([gn.Dense(20, activation="tanh"), gn.Dense(1)])
        fit(net, x, SINE, OPTIMIZERS[name], epochs, seed=seed)
        ends.append(net.evaluate(x, SINE)["loss"])
    assert sum(end < 1e-4 for end in ends) == 20, ends


def gates(hidden: int, optimizer: Any, seeds: int = 20) -> int:
    """From how many seeds XOR is right to a tenth after 60 steps."""
    right = 0
    for seed in range(seeds):
        net = gn.Network([gn.Dense(hidden, activation="tanh"), gn.Dense(1)])
        fit(net, GATE, XOR, optimizer, 60, seed=seed)
        right += bool((np.abs(net.outputs(GATE) - XOR) < 0.1).all())
    return right


@both
def test_xor_from_nineteen_of_twenty_seeds(optimizer: Any) -> None:
    assert gates(4, optimizer) >= 19


@both
def test_two_hidden_units_have_local_minima(optimizer: Any) -> None:
    assert 0 < gates(2, optimizer, seeds=8) <= 8


@both
def test_the_loss_with_its_penalty_never_rises(optimizer: Any) -> None:
    net = gn.Network([gn.Dense(6, activation="tanh", l2=1e-3), gn.Dense(1, l1=1e-4)])
    run = fit(net, x, SINE, optimizer, 40, seed=3)
    # The penalty in a row is that of the weights after the step, the loss that of the weights before it.
    total = [after["loss"] + before["penalty"] for before, after in zip(run.history, run.history[1:], strict=False)]
    assert np.all(np.diff(total) <= 1e-12)
    assert total[-1] < total[0] / 3


def test_levenberg_and_marquardt_solve_a_linear_network_at_once() -> None:
    """With no damping to speak of a step is Newton's, which for a linear network ends in the least squares."""
    X = np.random.default_rng(0).normal(size=(30, 3))
    y = X @ [[1.0], [-2.0], [0.5]] + 0.25
    net = gn.Network([gn.Dense(1)])
    fit(net, X, y, gn.optimizers.LevenbergMarquardt(damping=1e-12), 1)
    np.testing.assert_allclose(net.parameters()["W1"].ravel(), [1, -2, 0.5], rtol=1e-9)
    np.testing.assert_allclose(net.parameters()["b1"], [0.25], rtol=1e-9)


@pytest.mark.parametrize("scaled", [False, True])
def test_a_step_is_that_of_the_formula(scaled: bool) -> None:
    """(H + damping D) d = -g with J by the tape, for two outputs, rows with weights and an l2 penalty."""
    random = np.random.default_rng(1)
    X, y, w = random.normal(size=(9, 2)), random.normal(size=(9, 2)), random.uniform(0.5, 1, 9)
    net = gn.Network([gn.Dense(3, activation="tanh", l2=0.01), gn.Dense(2)]).build(2, dtype="float64")
    before = net.parameters().flat.copy()
    views = net.parameters().views_of

    def outputs(flat: Any) -> Any:
        W1, b1 = flat[:6].reshape(2, 3), flat[6:9]
        return np.tanh(X @ W1 + b1) @ flat[9:15].reshape(3, 2) + flat[15:]

    def objective(flat: Any) -> Any:
        squared = ((outputs(flat) - y) ** 2).mean(axis=1)
        return (w * squared).sum() / w.sum() + 0.01 * (flat[:6] ** 2).sum()

    J = np.asarray(gn.jacobian(outputs)(before)).reshape(9, 2, -1)
    H = sum(w[i] / w.sum() * J[i].T @ J[i] for i in range(9)) + np.diag(np.where(np.arange(17) < 6, 0.02, 0))
    D = np.diag(np.diag(H)) if scaled else np.eye(17)
    expected = before - np.linalg.solve(np.asarray(H + 0.5 * D), np.asarray(gn.grad(objective)(before)))
    assert objective(expected) < objective(before)
    fit(net, X, y, gn.optimizers.LevenbergMarquardt(damping=0.5, scaled=scaled), 1, sample_weight=w)
    np.testing.assert_allclose(net.parameters().flat, expected, rtol=1e-9)
    assert views(net.parameters().flat)["W1"].shape == (2, 3)


def session_for(net: gn.Network, X: Array, y: Array) -> ReferenceSession:
    ready = prepare(
        net, X, y, loss="mse", optimizer="lm", epochs=1, updates=None, batch_size="full", metrics=(), seed=0,
        engine="reference", threads=None, dtype="float64", scale=None, sample_weight=None,
    )  # fmt: skip
    state = state_for(net, ready.specification, ready.program)
    return ReferenceSession(ready.program, state, ready.rows, ready.encoded, None, None)


def test_rows_that_act_on_each_other_are_found() -> None:
    """A planted error: a gradient that is not the sum over the rows."""
    session = session_for(gn.Network([gn.Dense(3, activation="tanh"), gn.Dense(1)]), x, SINE)
    session.gradient(np.arange(25))
    assert session.gauss_newton().shape == (10, 10)
    honest = session.gradient

    def planted(batch: Any) -> float:
        loss = honest(batch)
        session.gradients[0] += 1.0
        return loss

    session.gradient = planted  # type: ignore[method-assign]
    with pytest.raises(SettingError, match="the rows act on each other"):
        session.gauss_newton()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"optimizer": "lbfgs", "batch_size": 5},
            "LBFGS compares the loss at several places, which has to be that of the",
        ),
        ({"optimizer": "lm", "batch_size": 5}, 'give batch_size="full", not 5 of 25 rows.'),
        (
            {"optimizer": "lm", "loss": "mae"},
            "LevenbergMarquardt is for squared losses (mse and half_mse), not mae; LBFGS",
        ),
        ({"optimizer": "lm", "batch_size": 5, "accumulate": 5}, "LevenbergMarquardt does not accumulate"),
    ],
)
def test_what_they_cannot_train_is_a_sentence(settings: dict[str, Any], says: str) -> None:
    net = gn.Network([gn.Dense(1)])
    with pytest.raises(SettingError, match=re.escape(says)):
        net.fit(x, SINE, **({"loss": "mse", "engine": "reference"} | settings))
    assert net.state is None


def test_a_large_network_is_a_sentence() -> None:
    with pytest.raises(SettingError, match=re.escape("5,000 at most, and this network has 20,195. LBFGS takes more.")):
        gn.Network([gn.Dense(100), gn.Dense(100), gn.Dense(97), gn.Dense(1)]).fit(x, SINE, loss="mse", optimizer="lm")


@pytest.mark.parametrize("kind", [gn.optimizers.LBFGS, gn.optimizers.LevenbergMarquardt])
def test_their_gradient_is_not_clipped(kind: Any) -> None:
    with pytest.raises(SettingError, match=f"{kind.__name__} has no clip_norm"):
        kind(clip_norm=1.0)


def test_lbfgs_accumulates_and_averages() -> None:
    net = gn.Network([gn.Dense(6, activation="tanh"), gn.Dense(1)])
    whole = fit(net, x, SINE, gn.optimizers.LBFGS(ema=0.5), 15, seed=3)
    pieces = fit(
        gn.Network([gn.Dense(6, activation="tanh"), gn.Dense(1)]),
        x, SINE, gn.optimizers.LBFGS(ema=0.5), 15, seed=3, batch_size=5, accumulate=5,
    )  # fmt: skip
    assert pieces.program.piece == 5
    assert pieces.history[-1]["loss"] == pytest.approx(whole.history[-1]["loss"], rel=1e-3)
    assert not np.array_equal(whole.weights, whole.state.parameters.flat)


def test_the_outputs_of_the_history_are_those_before_the_step() -> None:
    net = gn.Network([gn.Dense(4, activation="tanh"), gn.Dense(1)]).build(1, seed=5, dtype="float64")
    first = np.corrcoef(net._forward(x, "identity").ravel(), SINE.ravel())[0, 1]
    seen: list[float] = []

    def remember(true: Array, predicted: Array) -> float:
        if len(true) == 25:
            seen.append(float(np.corrcoef(predicted.ravel(), true.ravel())[0, 1]))
        return 0.0

    fit(net, x, SINE, "lbfgs", 1, metrics=(remember,))
    assert seen[-1] == pytest.approx(first, rel=1e-9)


@both
@pytest.mark.usefixtures("no_waiting_for_the_disk")
def test_a_run_is_resumed_replayed_and_verified(tmp_path: Path, optimizer: Any) -> None:
    def net() -> gn.Network:
        return gn.Network([gn.Dense(5, activation="tanh"), gn.Dense(1)])

    whole = fit(net(), x, SINE, optimizer, 16, out=tmp_path / "whole")
    first = fit(net(), x, SINE, optimizer, 9, out=tmp_path / "first")
    assert first.state.parameters.flat.tobytes() == whole.replay(9).after.parameters.flat.tobytes()
    loaded = gn.load_run(tmp_path / "whole")
    assert loaded.verify().equal
    step = loaded.replay(12)
    assert step.loss == pytest.approx(whole.history[11]["loss"], rel=1e-14)
    # Training on is training through: pairs and damping are part of the state.
    fit(first.network, x, SINE, optimizer, 7)
    assert first.network.parameters().flat.tobytes() == whole.state.parameters.flat.tobytes()


# ---- where L-BFGS settles --------------------------------------------------------------------------------------------


FEATURES = np.hstack([x, x**2, np.cos(x), np.abs(x)])


def settled(optimizer: gn.optimizers.LBFGS, epochs: int = 100) -> gn.Run:
    """A quadratic objective, in which it gets as far as the numbers go."""
    net = gn.Network([gn.Dense(1, l2=1e-3)])
    return fit(net, FEATURES, SINE, optimizer, epochs, callbacks=[Settled()], batch_size="full")


@pytest.mark.parametrize("gtol", [1e-2, 1e-4, 1e-6])
def test_it_settles_where_the_gradient_is_small(gtol: float) -> None:
    run = settled(gn.optimizers.LBFGS(gtol=gtol))
    assert run.ended == "stopped"
    assert abs(slopes(run)).max() <= gtol
    earlier = settled(gn.optimizers.LBFGS(), epochs=len(run.history) - 1)
    assert abs(slopes(earlier)).max() > gtol


def slopes(run: gn.Run) -> Array:
    """The gradient of the objective at the end of a run, by the reference engine."""
    ready = preparation(run)
    session = ReferenceSession(ready.program, run.state, ready.rows, ready.encoded, None, None)
    session.gradient(np.arange(len(x)))
    session.again()
    return session.gradients


def test_it_settles_where_a_step_gains_little() -> None:
    tight, loose = (settled(gn.optimizers.LBFGS(ftol=ftol)) for ftol in (1e-9, 1e-4))
    assert tight.ended == loose.ended == "stopped"
    assert len(loose.history) < len(tight.history)
    total = [row["loss"] + before["penalty"] for before, row in itertools.pairwise(loose.history)]
    assert all(before - after > 1e-4 for before, after in itertools.pairwise(total))


def test_it_asks_for_the_objective_as_often_as_it_may() -> None:
    run = settled(gn.optimizers.LBFGS(evaluations=5))
    assert 5 <= run.state.scalars["evaluations"] < 5 + 30
    assert len(run.history) <= 5
    before = run.weights.copy()
    fit(run.network, FEATURES, SINE, gn.optimizers.LBFGS(evaluations=5), 3)
    assert np.array_equal(run.network.parameters().flat, before)  # it goes on from where it had settled


@pytest.mark.parametrize("settings", [{"gtol": -1.0}, {"ftol": float("inf")}, {"evaluations": 0}])
def test_tolerances_that_are_none(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=next(iter(settings))):
        gn.optimizers.LBFGS(**settings)
