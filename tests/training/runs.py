"""What the tests of runs share: a small training with everything in it, and what makes two runs equal."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.training.run import Run

X = np.random.default_rng(3).normal(size=(60, 4))
Y = np.array(["low", "high"])[(X[:, 0] * X[:, 1] > 0).astype(int)]
VALIDATION = (X[:20] + 0.1, Y[:20])


class Press(gn.Callback):
    """Presses Ctrl-C after this step; it changes nothing else."""

    every_step = True
    watches = True

    def __init__(self, step: int) -> None:
        self.step = step

    def on_steps(self, run: Run, losses: Any) -> None:
        if run.state.step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


class PressBetween(gn.Callback):
    """Presses Ctrl-C while no step is under way: as the engine is asked for the one after this, all else being done."""

    every_step = True
    watches = True

    def __init__(self, step: int) -> None:
        self.step = step

    def on_fit_start(self, run: Run) -> None:
        session = run.record.session
        ask = session.train

        def train(*call: Any) -> Any:
            if run.state.step == self.step:
                os.kill(os.getpid(), signal.SIGINT)
            return ask(*call)

        session.train = train


class Schedule(gn.Callback):
    """Lowers the rate after each epoch, and now and then in the middle of one; remembers how often."""

    every_step = True

    def __init__(self) -> None:
        self.times = 0

    def on_fit_start(self, run: Run) -> None:
        self.times = 0
        run.learning_rate = 0.02

    def on_steps(self, run: Run, losses: Any) -> None:
        if run.state.step % 11 == 10:
            run.learning_rate = run.learning_rate * 0.97

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        self.times += 1
        run.learning_rate = 0.02 / (1 + self.times)

    def memory(self) -> dict[str, Any]:
        return {"times": self.times}

    def recall(self, memory: dict[str, Any]) -> None:
        self.times = memory["times"]


class Edit(gn.Callback):
    """Writes to a weight, without a word to anybody."""

    def __init__(self, epoch: int = 3) -> None:
        self.epoch = epoch

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        if run.epoch == self.epoch:
            run.state.parameters["W1"][0, 0] = 0.25


class EveryStep(gn.Callback):
    """Makes the loop take single steps."""

    every_step = True
    watches = True


def network() -> gn.Network:
    return gn.Network([gn.Dense(5, activation="tanh"), gn.Dropout(0.3), gn.Dense(2)])


def train(out: Path | None = None, *callbacks: gn.Callback, net: gn.Network | None = None, **settings: Any) -> Run:
    """Ten epochs of eight steps with Adam, dropout and validation."""
    chosen = {"epochs": 10, "batch_size": 8, "validation_data": VALIDATION, "seed": 4, "out": out}
    return (net or network()).fit(X, Y, callbacks=callbacks, **(chosen | settings))


def state(run: Run) -> tuple[Any, ...]:
    """Every number of a state, as bytes."""
    numbers = run.state.copy()
    moments = tuple((name, moment.tobytes()) for name, moment in sorted(numbers["moments"].items()))
    return numbers["values"].tobytes(), moments, tuple(sorted(numbers["scalars"].items())), numbers["step"]


def rows(run: Run) -> list[dict[str, Any]]:
    """The history without the seconds."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in run.history]


def everything(run: Run) -> tuple[Any, ...]:
    """All that has to be equal in equal runs."""
    return state(run), rows(run), run.events, run.ended, run.reason, run.epoch
