"""Every optimizer in a training: it learns, and its run is resumed, replayed and verified to the bit."""

from __future__ import annotations

from pathlib import Path

import pytest

import glassnet as gn

from .runs import EveryStep, Press, everything, state, train

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

MINIBATCH = sorted(name for name, kind in gn.optimizers.CATALOGUE.items() if kind.elementwise or not kind.full_batch)


@pytest.mark.parametrize("name", MINIBATCH)
def test_a_run_is_resumed_replayed_and_verified(tmp_path: Path, name: str) -> None:
    settings = {"optimizer": name, "epochs": 2, "engine": "reference"}
    whole = train(tmp_path / "whole", EveryStep(), **settings)
    broken = train(tmp_path / "broken", EveryStep(), Press(11), **settings)
    assert broken.ended == "interrupted"
    resumed = gn.load_run(tmp_path / "broken").resume(callbacks=[EveryStep()])
    assert state(resumed) == state(whole)
    loaded = gn.load_run(tmp_path / "whole")
    assert everything(loaded) == everything(whole)
    assert loaded.program.optimizer == whole.program.optimizer
    assert loaded.verify().equal
    assert loaded.replay(16).after.parameters.flat.tobytes() == whole.state.parameters.flat.tobytes()
