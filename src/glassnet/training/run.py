"""A run: one training as it goes and when it is over; what callbacks see and `fit` returns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine import Program, State
from glassnet.engine.orders import shuffle
from glassnet.errors import SettingError
from glassnet.training.history import EpochSoFar, Metric
from glassnet.typing import Floats, Indices

if TYPE_CHECKING:
    from glassnet.training.callbacks import Callback
    from glassnet.training.material import Material
    from glassnet.training.network import Network
    from glassnet.training.preparation import Preparation
    from glassnet.training.replay import Step, Verdict


@dataclass(eq=False)
class Run:
    """The course of one training.

    `history` is a list of dicts, one an epoch: epoch (from 1), loss, the metrics, val_..., seconds (training only).
    `events` holds what changed the run from outside its loop, each with its step. `ended` says how it ended:
    "finished", "stopped" (a callback; see `reason`), "interrupted" (Ctrl-C) or "diverged"; "" while it goes on.

    Raises: nothing; its methods say what they raise.

    Example:
        >>> import glassnet as gn
        >>> net = gn.Network([gn.Dense(1)])
        >>> run = net.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], loss="mse", optimizer="sgd", epochs=2)
        >>> [record["epoch"] for record in run.history], run.ended
        ([1, 2], 'finished')

    Source: DESIGN of this library; the hooks follow skorch.
    """

    network: Network
    program: Program
    state: State
    rows: int
    epochs: int
    last_step: int | None = None  # where `updates` were asked for, the step count that ends the run
    shuffled: bool = True
    engine: str = ""  # the engine that takes the steps, once it is known
    settings: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    epoch: int = 0  # epochs finished, over all trainings of this network
    so_far: EpochSoFar = field(default_factory=EpochSoFar)  # of the epoch under way
    ended: str = ""
    reason: str = ""
    class_weight: tuple[float, ...] | None = None  # in the order of the outputs
    optimizer_start: int = 0  # the step from which the optimizer, and so its schedule, counts
    ahead: int = 0  # steps that the state has gone beyond what has been told: epochs may be taken at once
    _rate: float | None = None
    record: Any = None  # who keeps it: a `training.recorder.Recorder`
    folder: Any = None  # where it is kept, if in a folder

    @classmethod
    def of(cls, network: Network, ready: Preparation, shuffled: bool) -> Run:
        """The run of a prepared training, before its first step; `updates` take the place of epochs."""
        assert network.state is not None
        run = cls(network, ready.program, network.state, len(ready.rows), 0, shuffled=shuffled, epoch=network.epoch)
        run.optimizer_start, run.class_weight = network.optimizer_start, ready.class_weight
        epochs = ready.epochs
        if ready.updates is not None:
            run.last_step = run.state.step + ready.updates
            epochs = -(-ready.updates // run.steps_per_epoch)
        run.epochs = run.epoch + epochs
        return run

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch; the last may be short."""
        return -(-self.rows // self.program.batch_size)

    @property
    def steps(self) -> int:
        """Steps that this run takes in all, if nothing stops it."""
        return self.last_step or self.epochs * self.steps_per_epoch

    @property
    def complete(self) -> bool:
        """Whether all its steps are taken."""
        return self.epoch >= self.epochs or self.state.step == self.last_step

    @property
    def seconds(self) -> float:
        """Time spent in training steps, without validation and callbacks."""
        return float(sum(record["seconds"] for record in self.history))

    @property
    def learning_rate(self) -> float:
        """The rate of the next step; setting it overrides the optimizer's from there on."""
        return float(self.rates(1)[0])

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if not (isfinite(rate) and rate >= 0):
            raise SettingError(f"A learning rate must be a finite number of at least 0; given {rate!r}.")
        self._rate = float(rate)
        self.note("learning_rate", value=self._rate)

    def rates(self, count: int) -> Floats:
        """The learning rates of the next `count` steps."""
        if self._rate is not None:
            return np.full(count, self._rate)
        return self.program.optimizer.rates(self.state.step - self.optimizer_start, count)

    def order(self) -> Indices:
        """The rows of the present epoch in the order of training; full batches leave them be."""
        order: Indices = self.orders(1)[0]
        return order

    def orders(self, count: int) -> Indices:
        """The orders of the present epoch and those that follow, (count, rows)."""
        orders = np.empty((count, self.rows), np.int64)
        if self.shuffled and self.program.batch_size < self.rows:
            for ahead, order in enumerate(orders):
                shuffle(self.program.seed, self.epoch + ahead, self.rows, out=order)
        else:
            orders[:] = np.arange(self.rows)
        return orders

    @property
    def material(self) -> Material:
        """The data of the run; raises DataError where they are neither stored, nor known by name, nor given."""
        kept: Material = self.record.material
        return kept

    def stop(self, reason: str) -> None:
        """Ends the run after the present epoch's events; `reason` is kept."""
        if not self.ended:
            self.ended, self.reason = "stopped", reason
            self.note("stop", reason=reason)

    @property
    def weights(self) -> Floats:
        """The weights that predictions are made with, flat: the trained ones, or the mean that the optimizer keeps.

        Behind them stands what layers keep, such as the means of a BatchNorm.
        """
        return self.state.used(self.program.optimizer).whole

    def set_weights(self, values: Floats, reason: str) -> None:
        """Puts other weights in place: all of them, flat, as in `weights`; a mean of them begins anew there."""
        self.state.put(values, self.program.optimizer)
        self.note("weights", reason=reason)

    def note(self, event: str, **details: Any) -> None:
        """Records something that happened from outside the loop, with its step."""
        self.events.append({"event": event, "step": self.state.step, **details})

    # ---- afterwards ----------------------------------------------------------------------------------------------

    def resume(
        self, *, callbacks: Iterable[Callback] = (), metrics: Sequence[Metric] | None = None, engine: str | None = None
    ) -> Run:
        """Takes a run on that was interrupted or killed; the result has the bits of one that never stopped.

        What came after its newest checkpoint is done again. A run that has ended resumes to itself.

        Args:
            callbacks: those of your own that `fit` was given, where the run comes out of a folder; `EarlyStopping`
                comes back by itself. Others are welcome where they only listen (`watches = True`).
            metrics: as `fit` was given them, where one is a function of your own.
            engine: another than the one it began with; the bits are then the same only within its tolerance.

        Raises:
            ExistsError: another process is writing to the run's folder.
            SettingError: a callback or metric that is missing, or that the run did not have.
            DataError: data that are missing or not the run's.
        """
        from glassnet.training.resume import resume

        return resume(self, callbacks=callbacks, metrics=metrics, engine=engine)

    def replay(self, step: int, *, engine: str | None = None) -> Step:
        """What step `step` was (the first is 1 for a new network): the states before and after it, its rows, its loss.

        The nearest checkpoint before it is taken, and the steps from there are made again; recorded events are
        applied, and no callback, validation or metric is called.

        Args:
            engine: another than the one it was made by, for a machine without that; the numbers are then equal but for
                rounding, and are not compared with the recorded digests.

        Raises:
            SettingError: a step that the run does not have; an engine that is not here.
            DataError: the step, made again, has other numbers than were recorded.
        """
        from glassnet.training.replay import replay

        return replay(self, step, engine)

    def verify(self, *, engine: str | None = None) -> Verdict:
        """Trains again from the start and compares every digest that was recorded: `verdict.equal`.

        The native engine promises equal bits everywhere, the reference engine on the same machine, NumPy and threads.

        Args:
            engine: another than the one it was made by. Each part from a checkpoint to the next is then made again, and
                the weights are compared to a tolerance: 1/100 of the way they went in float32, 1e-6 of it in float64.

        Raises:
            SettingError: an engine that is not here.
        """
        from glassnet.training.replay import verify

        return verify(self, engine)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a run that is in memory as a folder, as `fit(..., out=path)` would have.

        Raises:
            ExistsError: there is something at this path already.
            StorageError: the disk did not take it; the run is still in memory.
        """
        from glassnet.training.resume import save_run

        save_run(self, path)
