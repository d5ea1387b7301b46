"""What layers keep is part of a run's state: stopped and resumed, replayed, verified, compared, to the last bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.files.checkpoint import digest_of_numbers

from .runs import VALIDATION, Press, X, Y, everything

CODED = np.column_stack([np.arange(60) % 3, X])
CODED_VALIDATION = np.column_stack([np.arange(20) % 3, VALIDATION[0]])


def layers(momentum: float = 0.9) -> list[gn.Layer]:
    block = gn.Residual([gn.Dense(5, "tanh"), gn.BatchNorm(momentum), gn.GaussianNoise(0.1), gn.Dropout(0.2)])
    deep = [gn.Embedding(3, 1, columns=0), gn.LayerNorm(), block, gn.RMSNorm()]
    return [gn.Concatenate([[gn.Columns([1, 2])], deep]), gn.BatchNorm(), gn.Dense(2)]


def train(out: Path | None, *callbacks: gn.Callback, momentum: float = 0.9, **settings: Any) -> Any:
    """Four epochs of nine steps, the last of them of four rows."""
    chosen = {"epochs": 4, "batch_size": 7, "seed": 4, "out": out, "engine": "reference"}
    validation = (CODED_VALIDATION, VALIDATION[1])
    net = gn.Network(layers(momentum))
    return net.fit(CODED, Y, callbacks=callbacks, validation_data=validation, **(chosen | settings))


@pytest.mark.parametrize("step", [1, 9, 14, 35])
def test_stopped_and_resumed(tmp_path: Path, step: int) -> None:
    straight = train(None)
    train(tmp_path / "run", Press(step))
    resumed = gn.load_run(tmp_path / "run").resume()
    assert everything(resumed) == everything(straight)
    assert gn.load_run(tmp_path / "run").verify()


def test_any_step_is_made_again_with_what_was_kept() -> None:
    class Seen(gn.Callback):
        every_step = True
        watches = True

        def on_fit_start(self, run: Any) -> None:
            self.after = {}

        def on_steps(self, run: Any, losses: Any) -> None:
            self.after[run.state.step] = run.state.parameters.whole.tobytes()

    seen = Seen()
    run = train(None, seen)
    for number in (1, 8, 9, 10, 22, 36):
        step = run.replay(number)
        assert step.after.parameters.whole.tobytes() == seen.after[number]
        assert step.before.parameters.running.keys() == step.after.parameters.running.keys()
        assert not np.array_equal(step.before.parameters.running_flat, step.after.parameters.running_flat)


def test_a_digest_sees_what_is_kept() -> None:
    run = train(None, epochs=1)
    before = digest_of_numbers(run.state.copy())
    run.state.parameters.running["mean4"][0] += 1
    assert digest_of_numbers(run.state.copy()) != before


def test_runs_that_keep_differently_part_at_the_first_step() -> None:
    verdict = gn.diff(train(None), train(None, momentum=0.5))
    assert not verdict.equal
    assert verdict.quantity == "architecture"


def test_accumulated_batches_resume_too(tmp_path: Path) -> None:
    straight = train(None, accumulate=3)
    train(tmp_path / "run", Press(5), accumulate=3)
    assert everything(gn.load_run(tmp_path / "run").resume()) == everything(straight)


def test_the_mean_of_the_weights_keeps_what_the_layers_keep(tmp_path: Path) -> None:
    run = train(None, optimizer=gn.optimizers.Adam(0.01, ema=0.9))
    run.network.save(tmp_path / "mean.safetensors")
    again = gn.load(tmp_path / "mean.safetensors")
    assert again.logits(CODED).tobytes() == run.network.logits(CODED).tobytes()
    assert again.parameters().running_flat.tobytes() == run.state.parameters.running_flat.tobytes()


def test_training_goes_on_in_another_dtype_with_what_was_kept() -> None:
    run = train(None)
    kept = run.state.parameters.running_flat.copy()
    goes_on = run.network.fit(CODED, Y, epochs=1, dtype="float64", engine="reference", optimizer="adam", updates=1)
    assert goes_on.replay(goes_on.state.step).before.parameters.running_flat.dtype == np.float64
    before = goes_on.replay(goes_on.state.step).before.parameters.running_flat
    np.testing.assert_array_equal(before, kept.astype(np.float64))
