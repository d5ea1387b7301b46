"""What listens while an estimator trains: the lines of `verbose`, a bar, and scikit-learn's own callbacks."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from glassnet.estimators.compat import hears_callbacks
from glassnet.training.callbacks import Callback, Convergence
from glassnet.training.run import Run


class Onward(Callback):
    """Lets a `partial_fit` go on where the last one ended: with its rate, and what the rule for stopping remembers."""

    def __init__(self, stop: Convergence, progress: dict[str, Any] | None, rate: float | None) -> None:
        self.stop, self.progress, self.rate = stop, progress, rate

    def on_fit_start(self, run: Run) -> None:
        if self.progress is not None:
            self.stop.recall(self.progress)
        if self.rate is not None:
            run.learning_rate = self.rate


class Lines(Callback):
    """A line an epoch on standard output, as scikit-learn prints it."""

    watches: ClassVar[bool] = True

    def __init__(self, score: str | None) -> None:
        self.score = score

    def on_fit_start(self, run: Run) -> None:
        self.first = run.epoch

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        print(f"Iteration {run.epoch - self.first}, loss = {record['loss'] + record.get('penalty', 0.0):.8f}")
        if self.score is not None:
            print(f"Validation score: {record[self.score]:f}")

    def on_fit_end(self, run: Run) -> None:
        if run.reason:
            print(f"{run.reason[0].upper()}{run.reason[1:]}. Stopping.")


class Bar(Callback):
    """A bar on standard error, on a terminal; elsewhere one line at the end."""

    watches: ClassVar[bool] = True

    def __init__(self, name: str) -> None:
        self.name = name

    def on_fit_start(self, run: Run) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.first, console = run.epoch, Console(file=sys.stderr)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("epoch {task.completed} of {task.total}"),
            TextColumn("loss {task.fields[loss]}"),
            TimeRemainingColumn(),
            console=console,
            auto_refresh=False,  # no thread of its own
        )
        self.task = self.bar.add_task(self.name, total=run.epochs - run.epoch, loss="")
        if console.is_terminal:
            self.bar.start()

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        self.bar.update(self.task, completed=run.epoch - self.first, loss=f"{record['loss']:.4g}")
        if self.bar.console.is_terminal:
            self.bar.refresh()

    def on_fit_end(self, run: Run) -> None:
        if self.bar.console.is_terminal:
            self.bar.stop()
        elif run.history:
            self.bar.console.print(
                f"{self.name}: {run.epoch - self.first} epochs, loss {run.history[-1]['loss']:.4g}", highlight=False
            )


class Bridge(Callback):
    """Tells scikit-learn's callbacks (from 1.9 on) of every epoch; one of them may stop the training."""

    watches: ClassVar[bool] = True

    def __init__(self, estimator: Any, X: Any, y: Any, weight: Any) -> None:
        self.estimator, self.context = estimator, estimator._callback_fit_ctx
        self.material = {"X": X, "y": y, "metadata": None if weight is None else {"sample_weight": weight}}

    def on_fit_start(self, run: Run) -> None:
        self._begin()

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        def as_if_fitted() -> dict[str, Any]:
            return {"net_": copy.deepcopy(run.network)}

        wants_to_stop = self.epoch.call_on_fit_task_end(
            estimator=self.estimator, **self.material, reconstruction_attributes=as_if_fitted
        )
        if wants_to_stop:
            run.stop("a callback of scikit-learn asked for it")
        elif not run.ended and not run.complete:
            self._begin()

    def _begin(self) -> None:
        self.epoch = self.context.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(estimator=self.estimator, **self.material)


@contextmanager
def heard(estimator: Any, X: Any, y: Any, weight: Any, epochs: int) -> Iterator[None]:
    """Within it scikit-learn's callbacks, where it has them, know that a fit of so many epochs goes on."""
    if not hears_callbacks or not epochs:
        yield
        return
    context = estimator._init_callback_context(max_subtasks=epochs)
    told = {"X": X, "y": y, "metadata": None if weight is None else {"sample_weight": weight}}
    context.call_on_fit_task_begin(estimator=estimator, **told)
    yield
    context.call_on_fit_task_end(
        estimator=estimator, **told, reconstruction_attributes=lambda: {"net_": copy.deepcopy(estimator.net_)}
    )
