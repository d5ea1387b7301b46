"""Callbacks: everything that listens to a training. Four hooks are all that a progress bar, a log or a page needs."""

from __future__ import annotations

from math import inf, isnan
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from glassnet.errors import SettingError, unknown_name
from glassnet.typing import Floats

if TYPE_CHECKING:
    from glassnet.training.run import Run


class Callback:
    """The hooks of a training, all empty; a listener overrides the ones it needs.

    Through `run` a callback sees `history`, `state`, `epoch` and `learning_rate`, may set `run.learning_rate`, and may
    call `run.stop(reason)`.

    Example:
        >>> class Halve(Callback):
        ...     def on_epoch_end(self, run, record):
        ...         run.learning_rate = run.learning_rate / 2

    Source: the hooks are those of skorch's callbacks.
    """

    every_step: ClassVar[bool] = False  # True: on_steps is called after each single step, not a few times a second
    watches: ClassVar[bool] = False  # True: it changes nothing of the run, so a run may be resumed without it

    def on_fit_start(self, run: Run) -> None:
        """Before the first step."""

    def on_steps(self, run: Run, losses: Floats) -> None:
        """After one or more steps; `losses` are theirs."""

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        """After an epoch and its validation; `record` is its row of the history."""

    def on_fit_end(self, run: Run) -> None:
        """After the last step, also when the training was stopped or interrupted."""

    def memory(self) -> dict[str, Any]:
        """What a resumed training needs of it: numbers, words and arrays by name."""
        return {}

    def recall(self, memory: dict[str, Any]) -> None:
        """Takes back what `memory` gave; called after `on_fit_start`."""

    def config(self) -> dict[str, Any]:
        """It as plain data. Only those of `CATALOGUE` are made again from it; one's own is handed to `resume`."""
        return {"name": type(self).__name__}


class EarlyStopping(Callback):
    """Stops when a quantity of the history has not improved for `patience` epochs, and restores the best weights.

    Formula:
        improved = better(record[monitor], best) by more than min_delta;   stop when epoch - best epoch >= patience

    Args:
        monitor: a column of the history; by default val_loss where there are validation data, else loss. A name that
            contains "loss" is minimised, any other maximised.
        patience: epochs without improvement, at least 1.
        min_delta: how much better counts as better.
        restore_best: whether the weights of the best epoch come back at the end.

    Raises:
        SettingError: a patience below 1, a negative min_delta; at the first epoch, an unknown column.

    Example:
        >>> EarlyStopping(patience=3).patience
        3

    Source: Prechelt (1998), "Early stopping, but when?", criterion UP with patience.
    """

    def __init__(
        self, monitor: str | None = None, *, patience: int = 5, min_delta: float = 0.0, restore_best: bool = True
    ) -> None:
        if patience < 1 or min_delta < 0:
            raise SettingError("EarlyStopping needs a patience of at least 1 and a min_delta of at least 0.")
        self.monitor, self.patience, self.min_delta, self.restore_best = monitor, patience, min_delta, restore_best

    def on_fit_start(self, run: Run) -> None:
        self.best, self.best_epoch = inf, run.epoch
        self.best_values: Floats | None = None

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        monitor = self.monitor or ("val_loss" if "val_loss" in record else "loss")
        if monitor not in record:
            raise unknown_name("column of the history", monitor, (name for name in record if name != "epoch"))
        value = record[monitor] if "loss" in monitor else -record[monitor]  # smaller is better from here on
        if not isnan(value) and value < self.best - self.min_delta:
            self.best, self.best_epoch = value, run.epoch
            self.best_values = run.state.parameters.flat.copy() if self.restore_best else None
        elif run.epoch - self.best_epoch >= self.patience:
            run.stop(f"{monitor} has not improved for {self.patience} epoch{'s' if self.patience > 1 else ''}")

    def on_fit_end(self, run: Run) -> None:
        values = self.best_values
        if values is not None and not np.array_equal(values, run.state.parameters.flat):
            run.set_weights(values, f"best epoch {self.best_epoch}")
            self.best_values = None

    def memory(self) -> dict[str, Any]:
        values = {} if self.best_values is None else {"best_values": self.best_values}
        return {"best": float(self.best), "best_epoch": self.best_epoch} | values

    def recall(self, memory: dict[str, Any]) -> None:
        self.best, self.best_epoch = float(memory["best"]), int(memory["best_epoch"])
        self.best_values = memory.get("best_values")

    def config(self) -> dict[str, Any]:
        settings = ("monitor", "patience", "min_delta", "restore_best")
        return {"name": "EarlyStopping"} | {name: getattr(self, name) for name in settings}


# The closed list: what a run's card may name.
CATALOGUE: dict[str, type[EarlyStopping]] = {"EarlyStopping": EarlyStopping}
