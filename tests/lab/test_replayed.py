"""A step of a run opened: made again with the rows, the rate, the mask and the weights that it had."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import GlassnetError

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(50, 6)).astype(np.float32), RNG.integers(0, 3, 50)


class Slower(gn.Callback):
    """Sets another rate after the second epoch."""

    def on_epoch_end(self, run: gn.Run, record: dict[str, object]) -> None:
        if record["epoch"] == 2:
            run.learning_rate = 0.0125


def trained(engine: str = "reference", **options: object) -> gn.Run:
    layers = [gn.Dense(8, activation="relu"), gn.Dropout(0.25), gn.Dense(3)]
    return gn.Network(layers).fit(
        X, Y, epochs=4, batch_size=16, optimizer=gn.optimizers.Momentum(0.05), seed=5, engine=engine, **options
    )


@pytest.fixture(scope="module")
def run() -> gn.Run:
    return trained(callbacks=(Slower(),))


@pytest.mark.parametrize("step", [1, 4, 9, 16])
def test_the_numbers_are_the_runs_own_bits(run: gn.Run, step: int) -> None:
    trace, then = gn.dissect(run, step=step), run.replay(step)
    assert list(trace.batch) == list(then.rows)
    assert np.array_equal(trace["X"].value, X[then.rows])
    for name, weights in then.before.parameters.items():
        assert np.array_equal(trace[name].value, weights)
        assert np.array_equal(trace[f"{name}.new"].value, then.after.parameters[name])
    assert float(trace["loss"].value) == then.loss
    assert trace.notes == ("Every new weight is the run's own, to the bit.",)


def test_the_rate_of_that_step_and_the_short_last_batch(run: gn.Run) -> None:
    assert gn.dissect(run, step=8).settings["learning_rate"] == 0.05
    after = gn.dissect(run, step=12)
    assert after.settings["learning_rate"] == 0.0125
    assert after.about["epoch"] == 3
    assert after["X"].shape == (2, 6)
    explained = after.explain("W1.new[2,1]")
    assert "0.0125" not in explained.formula
    assert explained.formula == "W1[2,1] - v.W1.new[2,1]"
    assert "0.0125*" in after.explain("v.W1.new[2,1]").numbers


def test_the_mask_of_that_step(run: gn.Run) -> None:
    first, second = (gn.dissect(run, step=step)["keep1"].value for step in (1, 2))
    assert set(np.unique(first)) <= {0.0, 1.0}
    assert not np.array_equal(first, second)


def test_sample_weights_take_the_place_of_the_mean() -> None:
    weights = RNG.uniform(0.5, 2.0, 50).astype(np.float32)
    run = trained(sample_weight=weights)
    trace = gn.dissect(run, step=3)
    assert trace["share"].value.sum() == pytest.approx(1.0)
    assert trace["dA2"].formula == "dA2 = (P - y)*share"
    assert trace.notes[0].startswith("Every new weight")
    assert max(trace.check("dW2[1,0]").values()) < 1e-4
    with pytest.raises(GlassnetError, match="sample weights"):
        gn.dissect(run, step=3, mean_in="dW")


@pytest.mark.needs_native
def test_another_engines_rounding_is_said_in_words() -> None:
    run = trained("native")
    trace = gn.dissect(run, step=6)
    (note,) = trace.notes
    assert "native engine" in note or "to the bit" in note
    for name, weights in run.replay(6).after.parameters.items():
        assert np.allclose(trace[f"{name}.new"].value, weights, rtol=1e-5, atol=1e-7)


def test_a_runs_folder_is_as_good_as_the_run(tmp_path: Path) -> None:
    run = trained(out=tmp_path / "run")
    from_folder = gn.dissect(tmp_path / "run", step=7)
    assert np.array_equal(from_folder["W2.new"].value, gn.dissect(run, step=7)["W2.new"].value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "Say which step of the run"),
        ({"step": 0}, "has no step 0: it has the steps 1 to 16"),
        ({"step": 17}, "has no step 17"),
        ({"step": 2, "X": X}, "have their own X"),
    ],
)
def test_what_a_run_does_not_have(run: gn.Run, arguments: dict[str, object], said: str) -> None:
    with pytest.raises(GlassnetError, match=said):
        gn.dissect(run, **arguments)


def test_what_is_neither_a_network_nor_a_run() -> None:
    with pytest.raises(GlassnetError, match="a network, a run or a problem, not a int"):
        gn.dissect(3)
    with pytest.raises(GlassnetError, match="Say on which rows"):
        gn.dissect(gn.Network([gn.Dense(1)]))
    with pytest.raises(GlassnetError, match="no steps to choose from"):
        gn.dissect(gn.Network([gn.Dense(1)]), X, Y, step=3)
