"""What listens while an estimator trains: the lines of `verbose`, a bar, and scikit-learn's own callbacks."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from glassnet.estimators.compat import hears_callbacks
from glassnet.estimators.ensemble import Ensemble
from glassnet.training.callbacks import Callback, Convergence
from glassnet.training.network import Network
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


def drawn_bar(*columns: Any) -> Any:
    """A bar of rich's on standard error, which is drawn on a terminal alone."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=sys.stderr)
    fields = (TextColumn("{task.description}"), BarColumn(), *map(TextColumn, columns), TimeRemainingColumn())
    return Progress(
        *fields, console=console, auto_refresh=False, disable=not console.is_terminal
    )  # no thread of its own


class Bar(Callback):
    """A bar on standard error, on a terminal; elsewhere one line at the end."""

    watches: ClassVar[bool] = True

    def __init__(self, name: str) -> None:
        self.name = name

    def on_fit_start(self, run: Run) -> None:
        self.first = run.epoch
        self.bar = drawn_bar("epoch {task.completed} of {task.total}", "loss {task.fields[loss]}")
        self.task = self.bar.add_task(self.name, total=run.epochs - run.epoch, loss="")
        self.bar.start()

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        self.bar.update(self.task, completed=run.epoch - self.first, loss=f"{record['loss']:.4g}")
        self.bar.refresh()

    def on_fit_end(self, run: Run) -> None:
        self.bar.stop()
        if self.bar.disable and run.history:
            last = f"{run.epoch - self.first} epochs, loss {run.history[-1]['loss']:.4g}"
            self.bar.console.print(f"{self.name}: {last}", highlight=False)


class Networks(Callback):
    """A bar over the networks of a preset, at most `most` of them; elsewhere than on a terminal one line at the end."""

    watches: ClassVar[bool] = True

    def __init__(self, name: str, most: int) -> None:
        self.name, self.count, self.most = name, 0, most

    def __enter__(self) -> Networks:
        self.bar = drawn_bar("network {task.fields[network]} of at most {task.fields[most]}")
        self.task = self.bar.add_task(self.name, total=self.most, network=0, most=self.most)
        self.bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.update(self.task, completed=self.count, total=self.count)
        self.bar.stop()
        if self.bar.disable:
            self.bar.console.print(f"{self.name}: {self.count} networks", highlight=False)

    def on_fit_start(self, run: Run) -> None:
        self.count += 1

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        self.bar.update(self.task, completed=self.count - 1 + run.epoch / run.epochs, network=self.count)
        self.bar.refresh()


class Bridge(Callback):
    """Tells scikit-learn's callbacks (from 1.9 on) of every epoch; one of them may stop the training."""

    watches: ClassVar[bool] = True
    task = "epoch"

    def __init__(self, estimator: Any, told: dict[str, Any]) -> None:
        self.estimator, self.context, self.told = estimator, estimator._callback_fit_ctx, told

    def on_fit_start(self, run: Run) -> None:
        self.begin()

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        if self.end(run.network):
            run.stop("a callback of scikit-learn asked for it")
        elif not run.ended and not run.complete:
            self.begin()

    def begin(self) -> None:
        """Another task has begun."""
        self.now = self.context.subcontext(task_name=self.task)
        self.now.call_on_fit_task_begin(estimator=self.estimator, **self.told)

    def end(self, network: Network) -> bool:
        """It has ended; whether somebody wants to stop."""
        return bool(
            self.now.call_on_fit_task_end(
                estimator=self.estimator,
                **self.told,
                reconstruction_attributes=lambda: self.as_if_fitted(copy.deepcopy(network)),
            )
        )

    def as_if_fitted(self, network: Network) -> dict[str, Any]:
        """What makes of the estimator one that predicts by this network."""
        return {"net_": network}


class BridgeOfNetworks(Bridge):
    """The same of every network of a preset, each of which is trained to its end."""

    task = "network"

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        """Nothing is told of a single epoch."""

    def on_fit_end(self, run: Run) -> None:
        self.end(run.network)

    def as_if_fitted(self, network: Network) -> dict[str, Any]:
        return {"net_": network, "ensemble_": Ensemble((network,), (1.0,))}


@contextmanager
def heard(
    estimator: Any, X: Any, y: Any, weight: Any, tasks: int, kind: type[Bridge] = Bridge
) -> Iterator[list[Bridge]]:
    """Within it scikit-learn's callbacks, where it has them, know that a fit of so many tasks goes on.

    X and y are as they were given, which is what a callback may predict from. Gives whom the training has to tell.
    """
    if not hears_callbacks or not tasks:
        yield []
        return
    context = estimator._init_callback_context(max_subtasks=tasks)
    told = {"X": X, "y": y, "metadata": None if weight is None else {"sample_weight": weight}}
    context.call_on_fit_task_begin(estimator=estimator, **told)
    yield [kind(estimator, told)] if vars(estimator).get("_skl_callbacks") else []
    fitted = {name: vars(estimator)[name] for name in ("net_", "ensemble_") if name in vars(estimator)}
    context.call_on_fit_task_end(estimator=estimator, **told, reconstruction_attributes=lambda: copy.deepcopy(fitted))
