"""diff: the first number in which two runs part, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import MissingFileError
from glassnet.training import spacing
from glassnet.training.replay import Walk
from glassnet.training.run import Run

from .runs import VALIDATION, Edit, EveryStep, Press, Schedule, X, Y, network, train

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


def test_equal_runs_are_equal_however_they_came_about(tmp_path: Path) -> None:
    straight = train(None, Schedule())
    train(tmp_path / "a", Schedule(), Press(29))
    gn.load_run(tmp_path / "a").resume(callbacks=[Schedule()])
    verdict = gn.diff(tmp_path / "a", straight)
    assert verdict
    assert verdict.differences == ()
    assert verdict.sentence == "The runs are equal to the last bit over all 80 steps."


class Nudge(gn.Callback):
    """Moves one weight by one bit after one step."""

    every_step = True

    def __init__(self, step: int) -> None:
        self.step = step

    def on_steps(self, run: Run, losses: Any) -> None:
        if run.state.step == self.step:
            W = run.state.parameters["W2"]
            W[3, 1] = np.nextafter(W[3, 1], np.float32(10))


@pytest.mark.parametrize("step", [1, 7, 8, 33, 79])
@pytest.mark.parametrize("paced", [True, False])
def test_one_bit_is_found_wherever_it_is(
    tmp_path: Path, step: int, paced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if paced:
        monkeypatch.setattr(spacing, "INTERVAL", 0.0)
    one = train(tmp_path / "one", EveryStep())
    train(tmp_path / "other", Nudge(step))
    verdict = gn.diff(one, tmp_path / "other")
    assert (verdict.equal, verdict.step, verdict.quantity, verdict.index) == (False, step, "W2 before", (3, 1))
    assert verdict.values is not None
    assert verdict.values[1] == np.nextafter(np.float32(verdict.values[0]), np.float32(10))
    assert f"before step {step + 1}: W2" in verdict.sentence


@pytest.mark.parametrize(
    ("changes", "step", "quantity", "words"),
    [
        ({"seed": 5}, 0, "W1 before", "seed is 4 and 5"),
        ({"batch_size": 16}, 1, "X", "batch_size is 8 and 16"),
        ({"optimizer": gn.optimizers.Adam(0.002)}, 1, "W1.new", "optimizer.learning_rate is 0.001 and 0.002"),
        ({"optimizer": "sgd"}, 0, "digest", "optimizer.name is 'adam' and 'gradient_descent'"),
        ({"shuffle": False}, 1, "X", "shuffle is True and False"),
        ({"sample_weight": np.linspace(1, 2, 60)}, 1, "loss", "data.sample_weight is None and"),
    ],
)
def test_a_difference_in_the_settings_is_found_and_said(
    changes: dict[str, Any], step: int, quantity: str, words: str
) -> None:
    verdict = gn.diff(train(None), train(None, **changes))
    assert not verdict
    assert any(words in sentence for sentence in verdict.differences)
    if quantity != "digest":
        assert (verdict.step, verdict.quantity) == (step, quantity)


def test_other_data_are_found_at_the_first_step_that_saw_them() -> None:
    changed = X.copy()
    changed[17, 2] += 1
    first = network().fit(X, Y, batch_size=8, epochs=2)
    second = network().fit(changed, Y, batch_size=8, epochs=2)
    verdict = gn.diff(first, second)
    seen = next(n for n in range(1, 9) if 17 in first.replay(n).rows)
    row = first.replay(seen).rows.tolist().index(17)
    assert (verdict.step, verdict.quantity, verdict.index) == (seen, "X", (row, 2))
    assert verdict.differences == ("the train data are not the same",)


def test_a_run_that_goes_on_is_equal_as_far_as_the_other_goes() -> None:
    verdict = gn.diff(train(None, epochs=3), train(None, epochs=5))
    assert (verdict.equal, verdict.step, verdict.quantity, verdict.values) == (False, 25, "steps", (24, 40))
    assert "epochs is 3 and 5" in verdict.sentence


def test_other_networks_are_different_from_the_start() -> None:
    verdict = gn.diff(train(None), gn.Network([gn.Dense(2)]).fit(X, Y, epochs=1))
    assert (verdict.equal, verdict.step, verdict.quantity) == (False, 1, "architecture")


def test_what_only_measures_makes_no_difference() -> None:
    one, other = train(None), train(None, validation_data=None, metrics=())
    assert gn.diff(one, other).equal
    assert one.network.evaluate(*VALIDATION) == other.network.evaluate(*VALIDATION)


def test_an_edit_is_found_against_a_run_without() -> None:
    verdict = gn.diff(train(None, Edit(3)), train(None))
    assert (verdict.step, verdict.quantity, verdict.index) == (24, "W1 before", (0, 0))
    assert "callbacks" in verdict.sentence


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        gn.diff(tmp_path / "a", tmp_path / "b")


class Rate(gn.Callback):
    """Sets the rate after one step."""

    every_step = True

    def __init__(self, step: int) -> None:
        self.step = step

    def on_steps(self, run: Run, losses: Any) -> None:
        if run.state.step == self.step:
            run.learning_rate = 0.01


@pytest.mark.parametrize("step", [1, 8, 255, 256, 400, 511])
def test_the_step_is_found_by_halving(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs of 512 steps without a checkpoint between: 2 replays of at most half the rest for each halving."""
    one, other = train(None, EveryStep(), epochs=64), train(None, Rate(step), epochs=64)
    replays: list[int] = []
    walk_to = Walk.to

    def counting(walk: Walk, goal: int) -> Any:
        replays.append(goal - walk.step)
        return walk_to(walk, goal)

    monkeypatch.setattr(Walk, "to", counting)
    verdict = gn.diff(one, other)
    assert (verdict.equal, verdict.step, verdict.quantity) == (False, step + 1, "W1.new")
    assert len(replays) <= 2 * (9 + 3)  # to the beginning, to the end, nine halvings, the step itself
    assert sum(replays) <= 2 * (512 + 512 + 1)


@pytest.mark.parametrize(
    ("optimizers", "step", "quantity"),
    [
        ((gn.optimizers.Momentum(0.1, eta=0.9), gn.optimizers.Momentum(0.1, eta=0.8)), 2, "v.W1"),
        ((gn.optimizers.Adam(beta2=0.999), gn.optimizers.Adam(beta2=0.99)), 1, "v.W1"),
        ((gn.optimizers.SGD(0.1), gn.optimizers.SGD(0.2)), 1, "W1.new"),
    ],
)
def test_a_step_is_opened_in_the_order_in_which_it_is_computed(
    optimizers: tuple[Any, Any], step: int, quantity: str
) -> None:
    """The same forward and backward; then the optimizer's state, or where that is the same too, the new weights."""
    verdict = gn.diff(*(train(None, optimizer=optimizer, epochs=2) for optimizer in optimizers))
    assert (verdict.step, verdict.quantity) == (step, quantity)


def test_runs_whose_loss_differs_part_in_the_loss() -> None:
    y = X[:, 0]
    one, other = (gn.Network([gn.Dense(1)]).fit(X, y, loss=loss, epochs=1) for loss in ("mse", "half_mse"))
    verdict = gn.diff(one, other)
    assert (verdict.step, verdict.quantity) == (1, "loss")
    assert verdict.differences == ("loss is 'mse' and 'half_mse'",)


@pytest.mark.needs_native
def test_native_runs_are_compared_by_the_reference_engine_where_that_is_asked(tmp_path: Path) -> None:
    one, same, other = (train(tmp_path / str(n), epochs=3, engine="native", seed=n // 2) for n in (0, 1, 2))
    assert gn.diff(one, same, engine="reference").equal
    verdict = gn.diff(one, other, engine="reference")
    assert (verdict.step, verdict.quantity) == (0, "W1 before")
