"""Callbacks: everything that listens to a training. Few hooks are all that a progress bar, a log or a page needs."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isnan
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from glassnet.errors import SettingError, unknown_name
from glassnet.maths import losses
from glassnet.optim.base import UNSETTLED
from glassnet.typing import Floats

if TYPE_CHECKING:
    from glassnet.optim.schedules import Plateau
    from glassnet.training.run import Run


class Callback:
    """The hooks of a training, all empty; a listener overrides the ones it needs.

    Through `run` a callback sees `history`, `state`, `epoch` and `learning_rate`, may set `run.learning_rate`, and may
    call `run.stop(reason)`.

    Raises: nothing of its own; what a hook raises ends the training, which keeps what it learned.

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

    def on_interrupt(self, run: Run) -> None:
        """After Ctrl-C, once no more steps are taken; before the row of the epoch under way, if it has begun."""

    def on_fit_end(self, run: Run) -> None:
        """After the last step, also when the training was stopped or interrupted."""

    def ahead(self, run: Run) -> float:
        """Epochs that may be taken at once and told of afterwards: 1, or more where it looks at nothing but the rows of
        the history, and changes nothing of the run before the last of them is told.
        """
        return 1

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
        monitor: a column of the history; by default val_loss where there are validation data, else loss. Losses, and
            the metrics that measure errors, are minimised, any other column is maximised.
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
        self._shape = run.weights.shape

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        monitor, value = watched(self.monitor, record)
        if not isnan(value) and value < self.best - self.min_delta:
            self.best, self.best_epoch = value, run.epoch
            self.best_values = run.weights.copy() if self.restore_best else None
        elif run.epoch - self.best_epoch >= self.patience:
            run.stop(f"{monitor} has not improved for {self.patience} epoch{'s' if self.patience > 1 else ''}")

    def ahead(self, run: Run) -> float:
        return 1 if self.restore_best else self.best_epoch + self.patience - run.epoch

    def on_fit_end(self, run: Run) -> None:
        values = self.best_values
        if values is not None and not np.array_equal(values, run.weights):
            run.set_weights(values, f"best epoch {self.best_epoch}")
            self.best_values = None

    def memory(self) -> dict[str, Any]:
        values = {} if self.best_values is None else {"best_values": self.best_values}
        return {"best": float(self.best), "best_epoch": self.best_epoch} | values

    def recall(self, memory: dict[str, Any]) -> None:
        self.best, self.best_epoch = float(memory["best"]), int(memory["best_epoch"])
        self.best_values = memory.get("best_values")
        if self.best_values is not None and self.best_values.shape != self._shape:
            raise ValueError(f"the best weights have the shape {self.best_values.shape}, the network's {self._shape}")

    def config(self) -> dict[str, Any]:
        settings = ("monitor", "patience", "min_delta", "restore_best")
        return {"name": "EarlyStopping"} | {name: getattr(self, name) for name in settings}


class Convergence(Callback):
    """Stops when a quantity of the history is no longer better than its best by `tol`; or lowers the rate first.

    Unlike `EarlyStopping` it compares with the best value there ever was: progress by less than `tol` an epoch is none,
    however long it goes on.

    Formula:
        better by tol: count = 0, else count = count + 1;   count > patience: stop, or with `divide`
        rate = rate / divide and count = 0, and stop where the rate is `floor` or less already

    Args:
        monitor: a column of the history, or "objective": the loss and the penalties together.
        tol: how much better is better.
        patience: epochs without that; one more stops.
        divide: what the rate is divided by, above 1; None stops at once.
        floor: the rate below which it is not divided again.
        restore_best: whether the weights of the best epoch come back at the end.

    Raises:
        SettingError: a negative tol or patience, a `divide` of 1 or less; at the first epoch, an unknown column.

    Example:
        >>> Convergence("val_accuracy", tol=1e-4).patience
        10

    Source: the stopping rule of scikit-learn's multi-layer perceptrons ("adaptive" with divide=5, floor=1e-6).
    """

    def __init__(
        self,
        monitor: str = "objective",
        *,
        tol: float = 1e-4,
        patience: float = 10,
        divide: float | None = None,
        floor: float = 1e-6,
        restore_best: bool = False,
    ) -> None:
        if not (tol >= 0 and patience >= 0):
            raise SettingError("Convergence needs a tol and a patience of at least 0.")
        if divide is not None and not divide > 1:
            raise SettingError(f"Convergence divides the rate by a number above 1, not by {divide!r}.")
        self.monitor, self.tol, self.patience = monitor, tol, patience
        self.divide, self.floor, self.restore_best = divide, floor, restore_best

    def on_fit_start(self, run: Run) -> None:
        self.best, self.best_epoch, self.count = inf, run.epoch, 0
        self.best_values: Floats | None = run.weights.copy() if self.restore_best else None

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        _, value = watched(self.monitor, record)
        self.count = 0 if value <= self.best - self.tol else self.count + 1
        if value < self.best:
            self.best, self.best_epoch = value, run.epoch
            self.best_values = run.weights.copy() if self.restore_best else None
        if self.count <= self.patience:
            return
        if self.divide is None or run.learning_rate <= self.floor:
            run.stop(f"{self.monitor} has not improved by {self.tol:g} for {self.patience} epochs")
        else:
            run.learning_rate = float(f"{run.learning_rate / self.divide:.9g}")
            self.count = 0

    def ahead(self, run: Run) -> float:
        return 1 if self.restore_best else self.patience + 1 - self.count

    def on_fit_end(self, run: Run) -> None:
        values = self.best_values
        if values is not None and not np.array_equal(values, run.weights):
            run.set_weights(values, f"best epoch {self.best_epoch}")
        self.best_values = None

    def memory(self) -> dict[str, Any]:
        values = {} if self.best_values is None else {"best_values": self.best_values}
        return {"best": float(self.best), "best_epoch": self.best_epoch, "count": self.count} | values

    def recall(self, memory: dict[str, Any]) -> None:
        self.best, self.best_epoch = float(memory["best"]), int(memory["best_epoch"])
        self.count, self.best_values = int(memory["count"]), memory.get("best_values")

    def config(self) -> dict[str, Any]:
        settings = ("monitor", "tol", "patience", "divide", "floor", "restore_best")
        return {"name": "Convergence"} | {name: getattr(self, name) for name in settings}


class Settled(Callback):
    """Stops a second-order optimizer that has nothing left to do: see the tolerances of `gn.optimizers.LBFGS`."""

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        if run.state.scalars.get("settled", UNSETTLED) != UNSETTLED:
            run.stop("there is no lower place to be found from here")


class OnPlateau(Callback):
    """Lowers the rate as a `gn.schedules.Plateau` says, which is how it comes into a training.

    `after` is the number of steps of a warm-up: until they are taken nothing counts.
    """

    def __init__(self, plateau: Plateau, after: int = 0) -> None:
        self.plateau, self.after = plateau, after

    @classmethod
    def of_card(cls, after: int, **settings: Any) -> OnPlateau:
        """The inverse of `config`."""
        from glassnet.optim.schedules import Plateau

        return cls(Plateau(**settings), after)

    def on_fit_start(self, run: Run) -> None:
        self.best, self.since = inf, run.epoch

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        plateau = self.plateau
        _, value = watched(plateau.monitor, record)
        if not isnan(value) and value < self.best - plateau.min_delta:
            self.best, self.since = value, run.epoch
        elif run.state.step - run.optimizer_start < self.after:
            self.since = run.epoch
        elif run.epoch - self.since >= plateau.patience:
            self.since = run.epoch
            lower = max(plateau.floor, float(f"{run.learning_rate * plateau.factor:.9g}"))
            if lower < run.learning_rate:
                run.learning_rate = lower

    def memory(self) -> dict[str, Any]:
        return {"best": float(self.best), "since": self.since}

    def recall(self, memory: dict[str, Any]) -> None:
        self.best, self.since = float(memory["best"]), int(memory["since"])

    def config(self) -> dict[str, Any]:
        return {"after": self.after} | self.plateau.config() | {"name": "OnPlateau"}


def on_plateau(learning_rate: object) -> tuple[Callback, ...]:
    """The callback that a learning rate needs, if it needs one."""
    if not callable(learning_rate):
        return ()
    from glassnet.optim.schedules.cycles import plateau_of

    found = plateau_of(learning_rate)
    return () if found is None else (OnPlateau(*found),)


def watched(monitor: str | None, record: dict[str, Any]) -> tuple[str, float]:
    """The column that is watched, and its value in this row, turned so that smaller is better.

    >>> watched(None, {"epoch": 1, "loss": 0.5}), watched("accuracy", {"loss": 0.5, "accuracy": 0.75})
    (('loss', 0.5), ('accuracy', -0.75))
    """
    if monitor == "objective":
        return monitor, record["loss"] + record.get("penalty", 0.0)
    monitor = monitor or ("val_loss" if "val_loss" in record else "loss")
    if monitor not in record:
        raise unknown_name("column of the history", monitor, (name for name in record if name != "epoch"))
    return monitor, record[monitor] if smaller_is_better(monitor) else -record[monitor]


def smaller_is_better(column: str) -> bool:
    """Whether a column of the history is to fall: losses, and metrics that measure errors.

    >>> smaller_is_better("val_mae"), smaller_is_better("val_loss"), smaller_is_better("accuracy")
    (True, True, False)
    """
    name = column.removeprefix("val_")
    return "loss" in name or name in losses.CATALOGUE or name in ("brier", "calibration_error")


# The closed list: what a run's card may name.
CATALOGUE: dict[str, Callable[..., Callback]] = {
    "EarlyStopping": EarlyStopping,
    "Convergence": Convergence,
    "Settled": Settled,
    "OnPlateau": OnPlateau.of_card,
}
