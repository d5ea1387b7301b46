"""One fit: a new network where one is needed, the training by `Network.fit`, and what is told of it afterwards."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from glassnet.errors import DivergedError, NonFiniteError, TypeNotUsableError
from glassnet.estimators import building, reading
from glassnet.estimators.folders import folder_for
from glassnet.estimators.listening import Bar, Lines, Onward
from glassnet.estimators.threads import threads_for
from glassnet.maths.losses import Loss
from glassnet.optim import Optimizer
from glassnet.training.callbacks import Callback, Convergence, Settled, smaller_is_better
from glassnet.training.history import Metric
from glassnet.training.network import Network
from glassnet.training.run import Run
from glassnet.training.targets import Targets
from glassnet.typing import Array, Floats

NON_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)
FOREVER = 10**9  # epochs, where a patience is infinite


@dataclass(frozen=True)
class Goal:
    """What a network is to learn.

    outputs: units of the last layer. activation: scikit-learn's name of the last one. score: what held-out rows are
    measured by. share: the number of outputs whose mean the loss is, where scikit-learn learns by their sum; scale and
    constant: its loss is scale loss + constant.
    """

    loss: Loss
    outputs: int
    targets: Targets | None
    activation: str
    score: Metric
    share: int = 1
    scale: float = 1.0
    constant: float = 0.0

    def told(self, record: dict[str, Any]) -> float:
        """The loss with its penalties as scikit-learn tells it."""
        return float(self.scale * record["loss"] + self.constant + self.share * record.get("penalty", 0.0))


@dataclass(frozen=True)
class Rows:
    """Rows with their targets, and what each counts."""

    X: Any
    y: Array
    weight: Floats | None = None

    def with_y(self, y: Array) -> Rows:
        """The same rows with other targets."""
        return replace(self, y=y)

    def held_out(self) -> tuple[Any, ...]:
        """As `Network.fit` takes held-out rows."""
        return (self.X, self.y) if self.weight is None else (self.X, self.y, self.weight)


# ---- before ----------------------------------------------------------------------------------------------------------


def begin(estimator: Any, goal: Goal, X: Any, depth: int, random: np.random.RandomState, start: Any) -> None:
    """A new network with its start weights, and attributes that know of no training."""
    e, given = estimator, vars(estimator).pop("_given", {})
    net = Network(building.layers_of(e, goal.outputs, goal.share))
    if e.initializer is None:
        building.draw(net, e, random, X)
    else:
        net.build(X.shape[1], seed=seed_of(random), dtype=X.dtype)
    coefs, intercepts = start
    building.put(net, given.get("W") if coefs is None else coefs, given.get("b") if intercepts is None else intercepts)
    net.about |= reading.about(e)
    e.net_, e.n_iter_, e.t_ = net, 0, 0
    e.n_outputs_, e.n_layers_, e.out_activation_ = goal.outputs, depth + 2, goal.activation
    e.history_ = []
    for name in ("ensemble_", "loss_curve_", "validation_scores_", "best_loss_", "best_validation_score_", "_progress"):
        vars(e).pop(name, None)


def seed_of(random: np.random.RandomState) -> int:
    """A seed for the library's own generator."""
    return int(random.randint(np.iinfo(np.int32).max))


def divided(estimator: Any, X: Any, y: Array, weight: Floats | None, random: Any) -> tuple[Rows, Rows]:
    """A part of the rows held out, for early stopping."""
    arrays = (X, y) if weight is None else (X, y, weight)
    parts = train_test_split(
        *arrays, random_state=random, test_size=estimator.validation_fraction, stratify=estimator._strata(y)
    )
    train, test = Rows(*parts[::2]), Rows(*parts[1::2])
    if len(test.y) < 2:
        raise ValueError("The validation set is too small. Increase 'validation_fraction' or the size of your dataset.")
    return train, test


def batch_of(estimator: Any, rows: int) -> int:
    """Rows a step."""
    if building.full_batch(estimator.solver):
        return rows
    if estimator.batch_size == "auto":
        return min(200, rows)
    if estimator.batch_size > rows:
        warnings.warn(
            f"Got `batch_size` less than 1 or larger than sample size: {estimator.batch_size} of {rows}. It is going "
            "to be clipped.",
            stacklevel=2,
        )
    return min(int(estimator.batch_size), rows)


# ---- the training ----------------------------------------------------------------------------------------------------


def train(
    estimator: Any,
    goal: Goal,
    rows: Rows,
    others: Rows | None,
    random: np.random.RandomState,
    class_weight: Any,
    bridges: Sequence[Callback],
    *,
    incremental: bool,
) -> None:
    """Trains the estimator's network and shows what came out."""
    e, count = estimator, len(rows.y)
    batch = batch_of(e, count)
    optimizer = building.optimizer_of(e, rows=count, batch=batch, share=goal.share, incremental=incremental)
    net = own(e)
    net.targets = goal.targets
    if not incremental:
        net.optimizer = None  # its moments begin anew
    metric = goal.score if e.metric is None else e._metric()
    stop = convergence(e, goal, metric, others is not None)
    heard = [
        stop,
        *([Settled()] if optimizer.full_batch else []),
        *listeners(e, others, metric, incremental, stop),
        *bridges,
    ]
    diverged = False
    with folder_for(None if incremental else e.out) as out:
        try:
            run = net.fit(
                rows.X,
                rows.y,
                loss=goal.loss,
                optimizer=optimizer,
                epochs=1 if incremental else e.max_iter,
                batch_size=batch,
                validation_data=None if others is None else others.held_out(),
                metrics=() if others is None or metric == "loss" else (metric,),
                seed=seed_of(random),
                engine="reference" if e.engine == "auto" and optimizer.full_batch else e.engine,
                threads=threads_for(e.n_threads),
                callbacks=heard,
                shuffle=bool(e.shuffle),
                scale=None,
                sample_weight=rows.weight,
                class_weight=class_weight,
                replayable=False,
                out=out,
            )
        except DivergedError as error:
            if others is None or not e.early_stopping:
                raise NonFiniteError(f"{NON_FINITE} {error}") from error
            run, diverged = error.run, True
            warnings.warn(f"The weights are those of the best epoch. {error}", ConvergenceWarning, stacklevel=4)
    show(e, goal, run, metric, stop, others is not None, diverged)
    if not incremental or run.ended == "interrupted":
        warn(e, run, optimizer)
    if not incremental:
        show_run(e, run)


def own(estimator: Any) -> Network:
    """The estimator's network, with weights that can be written: those of a file that is mapped into memory cannot."""
    if not estimator.net_.parameters().flat.flags.writeable:
        estimator.net_ = copy.deepcopy(estimator.net_)
    network: Network = estimator.net_
    return network


def convergence(estimator: Any, goal: Goal, metric: Metric, held_out: bool) -> Convergence:
    """scikit-learn's rule for stopping, by the held-out rows' score or by the objective."""
    e = estimator
    watches = e.early_stopping and held_out
    adaptive = isinstance(e.solver, str) and e.solver == "sgd" and e.learning_rate == "adaptive"
    never = building.full_batch(e.solver) or e.n_iter_no_change == inf
    return Convergence(
        column(metric) if watches else "objective",
        tol=e.tol if watches else e.tol / goal.scale,
        patience=FOREVER if never else int(e.n_iter_no_change),
        divide=5.0 if adaptive else None,
        floor=1e-6 * goal.share,
        restore_best=bool(watches),
    )


def column(metric: Metric) -> str:
    """The column of the history that a metric of held-out rows has."""
    return f"val_{metric}" if isinstance(metric, str) else f"val_{getattr(metric, 'name', metric.__name__)}"


def listeners(
    estimator: Any, others: Rows | None, metric: Metric, incremental: bool, stop: Convergence
) -> list[Callback]:
    """Who else hears of the training."""
    e = estimator
    heard: list[Callback] = []
    if incremental:
        heard.append(Onward(stop, vars(e).get("_progress"), building.rate_now(e)))
    if e.verbose:
        heard.append(Lines(column(metric) if others is not None else None))
    if e.progress_bar:
        heard.append(Bar(type(e).__name__))
    for each in e.callbacks or ():
        if not isinstance(each, Callback):
            raise TypeNotUsableError(
                f"callbacks are objects of classes that derive from gn.Callback, not {each!r:.60}."
            )
        heard.append(each)
    return heard


# ---- after -----------------------------------------------------------------------------------------------------------


def show_run(estimator: Any, run: Run) -> None:
    """The run that a fit has kept in a folder, or that of the fit before no longer."""
    vars(estimator).pop("run_", None)
    if estimator.out is not None:
        estimator.run_ = run


def show(
    estimator: Any, goal: Goal, run: Run, metric: Metric, stop: Convergence, held_out: bool, diverged: bool
) -> None:
    """The attributes that tell of a training; those of a training that goes on are continued."""
    e = estimator
    losses = [goal.told(record) for record in run.history]
    sign = -1.0 if smaller_is_better(column(metric)) else 1.0
    scores = [sign * record[column(metric)] for record in run.history] if held_out else []
    if diverged:
        losses, scores = [*losses, float("nan")], [*scores, float("nan")]
    e.n_iter_ = len(losses)
    e.t_ += run.rows * len(losses)
    e.history_ = e.history_ + run.history
    e._progress = {"best": stop.best, "best_epoch": stop.best_epoch, "count": stop.count}
    e._progress |= {"rate": run.learning_rate, "share": goal.share}
    e._no_improvement_count = stop.count
    e.loss_ = losses[-1] if losses else float("nan")  # Ctrl-C before the first epoch
    if building.full_batch(e.solver):
        e.loss_ = final_loss(e, goal, run)
        return
    e.loss_curve_ = vars(e).get("loss_curve_", []) + losses
    finite = [loss for loss in e.loss_curve_ if isfinite(loss)]
    e.best_loss_ = None if e.early_stopping else min(finite, default=inf)
    e.validation_scores_ = (vars(e).get("validation_scores_") or []) + scores if held_out else None
    known = [score for score in e.validation_scores_ or () if isfinite(score)]
    e.best_validation_score_ = max(known, default=-inf) if held_out else None


def final_loss(estimator: Any, goal: Goal, run: Run) -> float:
    """The objective under the weights at the end: a row of the history has that before its step."""
    settled = run.state.scalars.get("settled", -1.0)
    return goal.told({"loss": settled}) if settled >= 0 else estimator.loss_


def warn(estimator: Any, run: Run, optimizer: Optimizer) -> None:
    """Says where a training ended before it had converged, and what may be done."""
    exhausted = getattr(optimizer, "exhausted", None)
    if run.ended == "interrupted":
        warnings.warn("Training interrupted by user.", stacklevel=5)
    elif optimizer.full_batch and (run.ended == "finished" or (exhausted and exhausted(run.state))):
        warnings.warn(
            f"{optimizer.name} failed to converge after {len(run.history)} iteration(s): it used up max_iter="
            f"{estimator.max_iter} steps or max_fun={estimator.max_fun} evaluations. Raise them, or scale the data.",
            ConvergenceWarning,
            stacklevel=5,
        )
    elif run.ended == "finished":
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the optimization hasn't "
            "converged yet. Raise max_iter or tol, or stop by held-out rows (early_stopping=True).",
            ConvergenceWarning,
            stacklevel=5,
        )
