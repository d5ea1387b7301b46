"""Dissection: one step of training, every number of it named, with its formula and its value."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, prod
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from glassnet.engine import State
from glassnet.engine.reference import ReferenceSession
from glassnet.errors import DataError, SettingError
from glassnet.lab.formulas import Formulas, Link, chain
from glassnet.lab.rules import refuse_unknown
from glassnet.lab.trace import Quantity, Trace
from glassnet.layers.specification import last_activation
from glassnet.maths import activations
from glassnet.training.preparation import Preparation, optimizer_start, prepare, state_for
from glassnet.typing import Array, ArrayLike

if TYPE_CHECKING:
    from glassnet.training.network import Network

MEAN_IN = ("dZ", "dW")


def dissect(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Any = None,
    optimizer: Any = None,
    mean_in: str = "dZ",
    seed: int = 0,
    scale: str | None = "unit",
) -> Trace:
    """One step of training on these rows as one batch, opened: the network itself stays as it is.

    The numbers are those of the reference engine's own step, not computed anew.

    Args:
        network: any network of the library; one without weights is built with `seed`.
        X: the rows of the batch (n, d), or one row (d,).
        y: their targets, or one.
        loss, optimizer: as for `fit`; by default those the network was trained with.
        mean_in: where the mean's 1/m stands: "dZ", the true derivative, or "dW", as in the lecture.

    Returns:
        The trace: `trace["dW2"].value`, `.formula`, `.shape`; `trace.explain("W2[3,7]")`; `trace.check()`.

    Raises:
        ShapeError, DataError, SettingError: what `fit` would not take either.

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
    if mean_in not in MEAN_IN:
        raise SettingError(f'mean_in is "dZ" (the true derivative) or "dW" (as in the lecture); given {mean_in!r}.')
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
        sample_weight=None,
    )
    refuse_unknown(ready.program)
    return opened(network, ready, mean_in)


def opened(network: Network, ready: Preparation, mean_in: str) -> Trace:
    """The trace of a prepared step, taken on a copy of the network's state."""
    program = ready.program
    state = _copied(state_for(network, ready.specification, program), ready)
    before = state.copy()
    session = ReferenceSession(program, state, ready.rows, ready.encoded, None, None)
    loss = session.gradient(np.arange(len(ready.rows)))
    if not isfinite(loss):
        raise DataError(f"The loss of these rows is {loss}: there is no gradient to show.")
    rate = program.optimizer.rate(state.step - optimizer_start(network, program))
    settings = _settings(ready, rate)
    values = _values(session, _links(network, ready), ready, loss, mean_in)
    state_before = {"values": before["values"], **before["moments"]}
    session.update(rate)
    settings |= state.scalars
    views = state.parameters.views_of
    for weight in state.parameters:
        values[weight] = views(state_before["values"])[weight]
        for moment in program.optimizer.moments:
            values[f"{moment}.{weight}"] = views(state_before[moment])[weight]
            values[f"{moment}.{weight}.new"] = views(state.moments[moment])[weight].copy()
        values[f"{weight}.new"] = state.parameters[weight].copy()
    formulas = _formulas(network, ready, mean_in, values)
    quantities = [Quantity(name, values[name], formulas.symbols(name)) for name in formulas.names]
    return Trace(formulas, {q.name: q for q in quantities}, settings, ready, before)


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


def _links(network: Network, ready: Preparation) -> tuple[Link, ...]:
    program = ready.program
    head = program.loss.head if program.from_logits else None
    specification = program.specification
    widths = [prod(specification.input_shape), *(prod(built.output_shape) for built in specification.built)]
    return chain(specification.layers, tuple(widths), head, last_activation(network.layers) == head)


def _formulas(network: Network, ready: Preparation, mean_in: str, values: dict[str, Array]) -> Formulas:
    program = ready.program
    links = _links(network, ready)
    shapes = {name: values[name].shape for name in _in_order(links, list(values))}
    head = program.loss.head if program.from_logits else None
    return Formulas(links, program.loss, head, program.optimizer, len(ready.rows), mean_in, shapes)  # type: ignore[arg-type]


def _in_order(links: tuple[Link, ...], names: list[str]) -> Iterator[str]:
    """Inputs and weights, then forward, loss, backward from the top, moments, update."""
    weights = [name for name in names if name[0] in "Wb" and name[1:].isdigit()]
    forward = [name for link in links for name in (f"keep{link.name[1:]}", link.name) if name in names]
    backward: list[str] = [f"d{links[-1].name}"]
    for link in reversed(links):
        if link.kind == "affine":
            backward += [f"dW{link.name[1:]}", f"db{link.name[1:]}"]
        backward.append(f"d{link.source}")
    first = ["X", "y", *weights, *forward, "loss", *(name for name in backward if name in names)]
    yield from first
    yield from (name for name in names if name not in first)


def _settings(ready: Preparation, rate: float) -> dict[str, float]:
    config = {k: v for k, v in vars(ready.program.optimizer).items() if isinstance(v, float)}
    return {**config, "learning_rate": float(rate), "m": float(len(ready.rows))}


def _values(
    session: ReferenceSession, links: tuple[Link, ...], ready: Preparation, loss: float, mean_in: str
) -> dict[str, Array]:
    """The session's arrays by name; under "dW" derivatives by Z and A are shown without the mean's 1/m."""
    rows = len(ready.rows)
    frames = session.plan.frames(rows)
    values: dict[str, Array] = {"X": session.plan.input[:rows].copy(), "y": _targets(ready), "loss": np.array(loss)}
    times_m = rows if mean_in == "dW" else 1
    for link in links:
        if link.place == len(frames) or (link is links[-1] and ready.program.from_logits):
            values[link.name] = activations.get(link.function)(values[link.source])  # the head that the loss contains
            continue
        buffers = frames[link.place].buffers
        if link.kind == "dropout":
            active = link.function.rate > 0
            values[f"keep{link.name[1:]}"] = (buffers["keep"] if active else np.ones_like(buffers["A"])).astype(float)
            values[link.name] = (buffers["A"] if active else values[link.source]).copy()
        elif link.kind == "affine" or "A" not in buffers:
            values[link.name] = buffers["Z"].copy() if "Z" in buffers else values[link.source]
        else:
            values[link.name] = buffers["A"].copy()
    gradient = session.output_gradient[:rows]
    fused = ready.program.from_logits
    for link in reversed(links):
        if fused and link is links[-1]:
            values[f"d{link.source}"] = gradient * times_m
            continue
        values[f"d{link.name}"] = gradient * times_m
        if link.source == "X":
            break
        gradient = _passed(link, frames, gradient)
        values[f"d{link.source}"] = gradient * times_m
    weights = session.state.parameters.views_of(session.gradients)
    return values | {f"d{name}": array.copy() for name, array in weights.items()}


def _passed(link: Link, frames: Any, gradient: Array) -> Array:
    """The gradient below this operation, from the buffer the engine left it in."""
    buffers = frames[link.place].buffers
    if link.kind == "activation" and "dZ" in buffers:
        return np.asarray(buffers["dZ"])
    if link.kind == "activation" and "Z" in buffers:
        return gradient  # a linear layer: A is Z
    if link.kind == "dropout" and link.function.rate == 0:
        return gradient
    return np.asarray(buffers["dX"]) if frames[link.place].needs_input_gradient else gradient


def _targets(ready: Preparation) -> Array:
    """The targets as rows of numbers: class numbers as one-hot rows."""
    encoded = ready.encoded
    if ready.program.loss.target_kind != "classes":
        return encoded.reshape(len(encoded), -1).copy()
    return np.eye(ready.targets.outputs, dtype=ready.program.dtype)[encoded]
