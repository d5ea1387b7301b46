"""Dissection: one step of training, every number of it named, with its formula and its value."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isclose, isfinite
from typing import Any, cast

import numpy as np

from glassnet.engine import State
from glassnet.errors import DataError, SettingError, TypeNotUsableError
from glassnet.lab.convention import Convention
from glassnet.lab.expressions import Expression, evaluate
from glassnet.lab.formulas import Formulas
from glassnet.lab.links import Link, forward_names, links_of
from glassnet.lab.rates import scalars
from glassnet.lab.trace import Quantity, Trace
from glassnet.lab.updates import Update, update_of
from glassnet.lab.watching import Step
from glassnet.layers.specification import last_activation
from glassnet.training.network import Network
from glassnet.training.preparation import Preparation, optimizer_start, prepare, state_for
from glassnet.training.run import Run
from glassnet.typing import Array, ArrayLike, Indices

MEAN_IN = ("dZ", "dW")
TRIED_ROWS = 512  # of a larger batch no formula is tried: a gradient has as many terms as rows


def dissect(
    what: Any,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    step: int | None = None,
    loss: Any = None,
    optimizer: Any = None,
    sample_weight: ArrayLike | None = None,
    mean_in: str | None = None,
    convention: str | Convention | None = None,
    seed: int = 0,
    scale: str | None = "unit",
) -> Trace:
    """One step of training, opened: forward, loss, backward, optimizer state, update; what is looked at stays as it is.

    The numbers are those of the reference engine's own step, not computed anew. Of a run, any step is made again, with
    the rate, the rows, the dropout mask and the weights it had; where another engine took the steps, `trace.notes` say
    how far its rounding lies from what is shown.

    Args:
        what: a network, with rows to step on; a run (or its folder), with a step; or a problem (or its file).
        X: the rows of the batch (n, d), or one row (d,).
        y: their targets, or one.
        step: which step of a run, from 1.
        loss, optimizer: as for `fit`; by default those the network was trained with.
        sample_weight: as for `fit`.
        mean_in: where the mean's 1/m stands: "dZ", the true derivative, or "dW", as in the lecture.
        convention: how it is shown: "columns", "base 1", "theta", "w0", "minus", also "dW"; see `Convention`.
        seed, scale: as for `fit`, for a network that has not been trained.

    Returns:
        The trace: `trace["dW2"].value`, `.formula`, `.shape`; `trace.explain("W2[3,7]")`; `trace.check()`.

    Raises:
        ShapeError, DataError, SettingError: what `fit` would not take either, or a step that the run does not have.

    Example:
        >>> import glassnet as gn
        >>> net = gn.Network([gn.Dense(1, activation="sigmoid"), gn.Dense(1, activation="sigmoid")])
        >>> weights = net.build(1, dtype="float64").parameters()
        >>> for name, value in {"W1": 0.15, "b1": 0.40, "W2": 0.45, "b2": 0.62}.items():
        ...     weights[name][...] = value
        >>> trace = dissect(net, [0.1], [0.25], loss="half_mse", optimizer=gn.optimizers.SGD(1.0))
        >>> trace["dW2"].formula, trace["dW2"].value.round(7)
        ('dW2 = A1^T dZ2', array([[0.0570376]]))

    Source: Rumelhart, Hinton and Williams (1986); the notation of the lecture.
    """
    shown = Convention.of(convention)
    mean_in = mean_in or shown.mean_in or None
    if mean_in not in (*MEAN_IN, None):
        raise SettingError(f'mean_in is "dZ" (the true derivative) or "dW" (as in the lecture); given {mean_in!r}.')
    if isinstance(what, Network):
        trace = _of_network(what, X, y, loss, optimizer, sample_weight, mean_in or "dZ", seed, scale, step)
    else:
        rest = {"X": X, "y": y, "loss": loss, "optimizer": optimizer, "sample_weight": sample_weight}
        trace = _of_named(what, step, mean_in, [name for name, value in rest.items() if value is not None])
    return trace.shown(shown)


def _of_named(what: Any, step: int | None, mean_in: str | None, superfluous: list[str]) -> Trace:
    """A run's step or a problem's."""
    if superfluous:
        raise SettingError(f"A run and a problem have their own {superfluous[0]}; give it with a network only.")
    if isinstance(what, (str, os.PathLike)) and os.path.isdir(what):
        from glassnet.training.resume import load_run

        what = load_run(what)
    if isinstance(what, Run):
        if step is None:
            raise SettingError("Say which step of the run: dissect(run, step=700).")
        return _of_run(what, step, mean_in or "dZ")
    if step is not None:
        raise SettingError("Only a run has steps to choose from; a problem is one step.")
    from glassnet.lab.problem import Problem, load_problem

    if not isinstance(what, (str, os.PathLike, Mapping, Problem)):
        raise TypeNotUsableError(f"dissect takes a network, a run or a problem, not a {type(what).__name__}.")
    return load_problem(what, mean_in=mean_in).trace


def _of_network(
    network: Network,
    X: ArrayLike | None,
    y: ArrayLike | None,
    loss: Any,
    optimizer: Any,
    sample_weight: ArrayLike | None,
    mean_in: str,
    seed: int,
    scale: str | None,
    step: int | None,
) -> Trace:
    """The step that `fit` would take on these rows as one batch."""
    if step is not None:
        raise SettingError(
            "A network has no steps to choose from; the run of its training has: dissect(run, step=...)."
        )
    if X is None or y is None:
        raise SettingError("Say on which rows the step is taken: dissect(network, X, y).")
    rows, targets = _as_batch(X, y)
    ready = prepare(
        network,
        rows,
        targets,
        loss=loss if loss is not None else network.loss or "auto",
        optimizer=optimizer if optimizer is not None else cast(Any, network.optimizer) or "adam",
        epochs=1,
        updates=None,
        batch_size="full",
        metrics=(),
        seed=seed,
        engine="reference",
        threads=None,
        dtype=network.dtype,
        scale=network.scale if network.state and network.scale else scale,
        sample_weight=sample_weight,
    )
    state = _copied(state_for(network, ready.specification, ready.program), ready)
    return opened(network, ready, state, np.arange(len(ready.rows)), mean_in)


def _of_run(run: Run, step: int, mean_in: str) -> Trace:
    """A step of a run, made again; its own engine brings the run there, and the reference engine takes the step."""
    from glassnet.training.resume import preparation

    then = run.replay(step)
    ready = preparation(run)
    state = _copied(then.before, ready)
    about = {"step": then.number, "epoch": then.epoch, "engine of the run": run.engine}
    trace = opened(run.network, ready, state, then.rows, mean_in, rate=then.learning_rate, about=about)
    return trace.noted(_compared(trace, then.after, run.engine))


def _compared(trace: Trace, after: State, engine: str) -> str:
    """Whether the weights after the step are the run's to the bit, and how far they are where they are not."""
    arena = after.parameters
    gaps: dict[str, Array] = {}
    for name, value in arena.items():
        mine = trace.quantities[f"{name}.new"].value
        if mine.tobytes() != value.tobytes():
            gaps[name] = np.abs(mine.astype(np.float64) - value)
    if not gaps:
        return "Every new weight is the run's own, to the bit."
    largest = max(gaps, key=lambda name: float(gaps[name].max()))
    differing = sum(int((gap > 0).sum()) for gap in gaps.values())
    return (
        f"The run was trained by the {engine} engine, which sums in another order than the reference engine whose "
        f"numbers are shown: {differing} of {arena.flat.size} new weights differ by rounding, at most by "
        f"{float(gaps[largest].max()):.2g} (in {largest})."
    )


def opened(
    network: Network,
    ready: Preparation,
    state: State,
    batch: Indices,
    mean_in: str,
    *,
    rate: float | None = None,
    about: dict[str, Any] | None = None,
) -> Trace:
    """The trace of a prepared step on these rows, taken on this state, which it changes."""
    program = ready.program
    if mean_in == "dW" and ready.sample_weight is not None:
        raise SettingError('With sample weights the mean stands in dZ: mean_in="dW" divides by the number of rows.')
    rate = program.optimizer.rate(state.step - optimizer_start(network, program)) if rate is None else rate
    before = state.copy()
    step = Step(program, state, ready.rows, ready.encoded, ready.sample_weight, batch)
    if not isfinite(step.loss):
        raise DataError(f"The loss of these rows is {step.loss}: there is no gradient to show.")
    links = _links(network, ready, step)
    values = _values(step, links, ready, batch, mean_in)
    update = update_of(program, step.session.weight)
    taken = step.update(rate, links)
    values |= _updated(state, before, ready) | update.values(taken)
    if "penalty" in values:
        values["total"] = values["loss"] + values["penalty"]
    t = state.step - optimizer_start(network, program)
    settings = _settings(ready, rate, len(batch)) | state.scalars | taken.settings | {"t": float(t)}
    numbers = _scalars(program.optimizer, t, settings)
    formulas = replace(_formulas(links, update, ready, mean_in, values), scalars=numbers)
    trace = Trace(formulas, _quantities(formulas, values), settings, ready, before, batch, _about(ready, about))
    return _without_wrong_formulas(trace.noted(*_unknown(links, update)))


def _scalars(optimizer: Any, t: int, settings: dict[str, float]) -> dict[str, Expression]:
    """The formulas of settings that give their numbers: a rate may have been set from outside."""
    trees = scalars(optimizer, t)
    found = {name: evaluate(tree, lambda each: settings[each.quantity]) for name, tree in trees.items()}
    return {name: tree for name, tree in trees.items() if isclose(found[name], settings[name], rel_tol=1e-8)}


def _unknown(links: tuple[Link, ...], update: Update) -> list[str]:
    """What has no formula for each entry, in a sentence; nothing of the library is among it."""
    own = [f"the layer {type(link.function).__name__}" for link in links if not link.opened]
    own += [] if update.known else [f"the rule of {update.optimizer.name}"]
    if not own:
        return []
    return [f"There are no formulas for {', '.join(own)}: their numbers are shown as the engine has them."]


def _as_batch(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """One row (d,) as a batch of one."""
    rows, targets = np.asarray(X), np.asarray(y)
    if rows.ndim != 1:
        return rows, targets
    return rows[None], targets[None] if targets.ndim != 1 or targets.size > 1 else targets


def _copied(state: State, ready: Preparation) -> State:
    copy = State.fresh(ready.specification.arena(ready.program.dtype), ready.program.optimizer)
    copy.restore(state.copy())
    return copy


def _links(network: Network, ready: Preparation, step: Step) -> tuple[Link, ...]:
    program = ready.program
    head = program.loss.head if program.from_logits else None
    own_head = last_activation(network.layers) == head
    return links_of(program.specification, len(step.batch), step.kept, head, own_head)


def _formulas(
    links: tuple[Link, ...], update: Update, ready: Preparation, mean_in: str, values: dict[str, Array]
) -> Formulas:
    program = ready.program
    shapes = {name: values[name].shape for name in _in_order(links, update, list(values))}
    head = program.loss.head if program.from_logits else None
    return Formulas(links, program.loss, head, update, len(values["X"]), mean_in, shapes, targets=values["y"])


def _quantities(formulas: Formulas, values: dict[str, Array]) -> dict[str, Quantity]:
    return {name: Quantity(name, values[name], formulas.symbols(name)) for name in formulas.names}


def _without_wrong_formulas(trace: Trace) -> Trace:
    """The trace without formulas that do not give its numbers: a loss or a rule may have a variant unknown here."""
    if trace.formulas.rows > TRIED_ROWS:
        return trace
    wrong = frozenset(name for name in trace.formulas.names if not _gives_its_number(trace, name))
    return trace.without_formulas(wrong) if wrong else trace


def _gives_its_number(trace: Trace, name: str) -> bool:
    """Whether the formula of one entry, the largest, comes to the engine's number."""
    value = trace.quantities[name].value
    if not value.size:
        return True
    index = tuple(int(i) for i in np.unravel_index(int(np.abs(value).argmax()), value.shape))
    tree = trace.formulas.entry(name, index)
    if tree is None:
        return True
    number, found = float(value[index]), evaluate(tree, trace.number)
    tolerance = 1e-9 if trace.ready.program.dtype == np.float64 else 1e-3
    return not isfinite(number) or abs(number - found) <= tolerance * max(abs(number), abs(found), 1e-30)


def _in_order(links: tuple[Link, ...], update: Update, names: list[str]) -> Iterator[str]:
    """Inputs and weights, then forward, loss, backward from the top, moments, update."""
    learned = [name for link in links for name in link.weights()]
    backward: list[str] = []
    for link in reversed(links):
        backward += [f"d{link.name}", *(f"d{weight}" for weight in link.weights())]
    kept = [name for link in links for name in link.kept()]
    wanted = ["X", "y", "share", *learned, *forward_names(links), "loss", *backward, *update.names(), *kept]
    known = set(names)
    first = [name for name in dict.fromkeys(wanted) if name in known]
    yield from first
    yield from (name for name in names if name not in set(first))


def _settings(ready: Preparation, rate: float, rows: int) -> dict[str, float]:
    config = {k: v for k, v in vars(ready.program.optimizer).items() if isinstance(v, float)}
    return {**config, "learning_rate": float(rate), "m": float(rows)}


def _about(ready: Preparation, more: dict[str, Any] | None) -> dict[str, Any]:
    """What was set, in words: the optimizer with its flags, the loss with its settings, and how numbers are held."""
    program = ready.program
    flags = {k: v for k, v in vars(program.optimizer).items() if isinstance(v, bool)}
    return {
        **(more or {}),
        "optimizer": program.optimizer.name,
        **flags,
        "loss": program.loss.name,
        **{f"{key} of the loss": value for key, value in program.loss.settings.items()},
        "seed": program.seed,
        "dtype": str(program.dtype),
        "scale": ready.scale if getattr(ready.rows, "values", np.empty(0)).dtype == np.uint8 else None,
    }


def _values(step: Step, links: tuple[Link, ...], ready: Preparation, batch: Indices, mean_in: str) -> dict[str, Array]:
    """The step's arrays by name; under "dW" derivatives by Z and A are shown without the mean's 1/m."""
    values = step.forward(links) | {"y": _targets(ready)[batch], "loss": np.array(step.loss)}
    if ready.sample_weight is not None:
        weight = ready.sample_weight[batch].astype(np.float64)
        values["share"] = weight / weight.sum()
    times_m = len(batch) if mean_in == "dW" else 1
    deltas = {name: gradient * times_m for name, gradient in step.backward(links).items()}
    return values | deltas | step.weights()


def _updated(state: State, before: dict[str, Any], ready: Preparation) -> dict[str, Array]:
    """Weights and moments before and after the step."""
    views = state.parameters.views_of
    values: dict[str, Array] = {}
    for weight in state.parameters:
        values[weight] = views(before["values"])[weight]
        for moment in ready.program.optimizer.kept:
            values[f"{moment}.{weight}"] = views(before["moments"][moment])[weight]
            values[f"{moment}.{weight}.new"] = views(state.moments[moment])[weight].copy()
        values[f"{weight}.new"] = state.parameters[weight].copy()
    running = state.parameters.running
    return values | {f"{name}.new": value.copy() for name, value in running.items()}


def _targets(ready: Preparation) -> Array:
    """The targets as rows of numbers: class numbers as one-hot rows."""
    encoded = ready.encoded
    if ready.program.loss.target_kind != "classes":
        return encoded.reshape(len(encoded), -1).copy()
    return np.eye(ready.targets.outputs, dtype=ready.program.dtype)[encoded]
