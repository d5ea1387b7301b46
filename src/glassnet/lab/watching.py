"""A step of the reference engine that is watched: what every layer gives on, forward and backward.

The numbers are the engine's own. Each layer of the program is wrapped in one that does the same and keeps what passes;
the engine does not notice. What a layer computes on the way and keeps nowhere (the mean of a column) is taken from the
same function of the mathematics, with the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from glassnet.engine import Program, State
from glassnet.engine.around import penalties
from glassnet.engine.interface import Rows
from glassnet.engine.jacobian import curvature
from glassnet.engine.reference import QUIET, ReferenceSession
from glassnet.lab.links import Link
from glassnet.lab.updates import Taken, Witness
from glassnet.layers import Concatenate, Layer, Residual
from glassnet.layers.layer import Built, Frame, Part, chain_backward, chain_forward
from glassnet.layers.specification import Specification
from glassnet.maths import activations
from glassnet.maths import normalization as maths
from glassnet.maths.losses.rows import row_shares, row_weights
from glassnet.maths.random import Purpose, normal
from glassnet.typing import Array, Floats, Indices, Shape


@dataclass
class Seen:
    """What passed one layer: its output, the gradient that came in at its end, its buffers, what it kept."""

    output: Array | None = None
    into: Array | None = None
    buffers: dict[str, Array] = field(default_factory=dict)
    kept: Any = None
    frame: Frame | None = None
    projection: Seen | None = None

    def saw(self, output: Array, frame: Frame) -> None:
        """Forward."""
        self.output, self.buffers, self.kept, self.frame = output.copy(), frame.buffers, frame.kept, frame
        if self.projection is not None:  # the only layer that is made while another one is built
            inner = frame.inside[1][0]
            self.projection.saw(inner.buffers["Z"], inner)


@dataclass(frozen=True, repr=False)
class Watched(Layer):
    """The layer itself, and a record of what passed it."""

    layer: Layer
    seen: Seen
    kind: ClassVar[str] = "watched"

    def build(self, input_shape: Shape) -> Built:
        return self.layer.build(input_shape)

    def forward(self, X: Array, frame: Frame) -> Array:
        A = self.layer.forward(X, frame)
        self.seen.saw(A, frame)
        return A

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        self.seen.into = dA.copy()
        if self.seen.projection is not None:
            self.seen.projection.into = self.seen.into
        return self.layer.backward(dA, frame)


def watched(part: Part, records: list[Seen]) -> Watched:
    """The layer wrapped, and those inside it; `records` has one for each in depth, as the specification counts."""
    seen = Seen()
    records.append(seen)
    layer, inside = part.layer, part.built.inside
    if isinstance(layer, Residual):
        layer = replace(layer, layers=tuple(watched(inner, records) for inner in inside[0]))
        if layer.projection:
            seen.projection = Seen()
            records.append(seen.projection)
    elif isinstance(layer, Concatenate):
        layer = replace(layer, branches=tuple(tuple(watched(inner, records) for inner in chain) for chain in inside))
    else:
        records.extend(Seen() for chain in inside for _ in _in_depth(chain))
    return Watched(layer, seen)


def _in_depth(chain: tuple[Part, ...]) -> Iterator[Part]:
    for part in chain:
        yield part
        for inner in part.built.inside:
            yield from _in_depth(inner)


class WatchedSession(ReferenceSession):
    """A session that keeps what a rule of second order asks for."""

    curvature: Floats | None = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.around: Witness = Witness(penalties(self.program.specification), self.program.optimizer, self.state,
                                       self.gradients)  # fmt: skip
        self.tried: list[tuple[Floats, Floats]] = []

    def again(self) -> tuple[float, Floats]:
        value, gradients = super().again()
        self.tried.append((self.state.parameters.flat.copy(), gradients.copy()))
        return value, gradients

    def gauss_newton(self) -> Floats:
        self.curvature = super().gauss_newton().copy()
        return self.curvature


class Step:
    """One step of training on some rows: `loss`, and by name what was computed on the way to it."""

    def __init__(
        self, program: Program, state: State, rows: Rows, targets: Array, sample_weight: Floats | None, batch: Indices
    ) -> None:
        specification = program.specification
        self.seen: list[Seen] = []
        layers = tuple(watched(part, self.seen) for part in specification.parts)
        self.program = replace(program, specification=Specification(layers, specification.input_shape))
        if len(batch) > program.batch_size:
            self.program = replace(self.program, batch_size=len(batch))
        self.session = WatchedSession(self.program, state, rows, targets, sample_weight, None)
        self.batch = batch
        with QUIET():
            self.loss = self.session.gradient(batch)

    def kept(self, place: int) -> Any:
        """What the layer at this place left for its backward pass."""
        return self.seen[place].kept

    def is_head(self, link: Link, links: tuple[Link, ...]) -> bool:
        """Whether this activation is part of the loss."""
        return link.place == len(self.seen) or (link is links[-1] and self.program.from_logits)

    # ---- forward ---------------------------------------------------------------------------------------------------

    def forward(self, links: tuple[Link, ...]) -> dict[str, Array]:
        """X, Z1, A1, ... as the engine had them."""
        values: dict[str, Array] = {"X": self.session.plan.input[: len(self.batch)].copy()}
        for link in links:
            if self.is_head(link, links):
                values[link.name] = activations.get(link.function)(values[link.source])
                continue
            values |= self._on_the_way(link, values)
        return values

    def _on_the_way(self, link: Link, values: dict[str, Array]) -> dict[str, Array]:
        """The link's own quantity, and what it uses and computes for it."""
        seen = self.seen[link.place]
        assert seen.output is not None
        if link.kind == "affine":
            return {link.name: seen.buffers["Z"].copy()}
        if link.kind == "dropout":
            active = link.function.rate > 0
            keep = (seen.buffers["keep"] if active else np.ones_like(seen.output)).astype(float)
            return {f"keep{link.place}": keep, link.name: seen.output}
        if link.kind == "noise":
            return {f"noise{link.place}": _noise(seen), link.name: seen.output}
        if link.kind == "normalised":
            return self._normalised(link, values[link.source], seen)
        return {link.name: seen.output}

    def _normalised(self, link: Link, X: Array, seen: Seen) -> dict[str, Array]:
        running = self.session.state.parameters.running
        values = {name: running[name].copy() for name in link.given()}
        axis = 0 if link.given() else 1
        names = link.sides()
        numbers: list[Array] = [seen.kept]
        if len(names) == 3:
            numbers = [*maths.normalize(X, axis, link.function.epsilon)[1:], seen.kept]
        elif names[0].startswith("ms"):
            numbers = [np.mean(np.square(X), axis=1, keepdims=True), seen.kept]
        for name, value in zip(names, numbers, strict=True):
            values[name] = value.reshape(-1).copy() if axis == 0 else value.copy()
        return values | {link.name: seen.buffers["Xhat"].copy()}

    # ---- backward --------------------------------------------------------------------------------------------------

    def backward(self, links: tuple[Link, ...]) -> dict[str, Array]:
        """dA2, dZ2, ...: the loss's derivative by each quantity of the forward pass."""
        values: dict[str, Array] = {}
        for link in reversed(links):
            gradient = None if self.is_head(link, links) else self._arrived(link)
            if gradient is not None:
                values[f"d{link.name}"] = gradient.reshape(len(gradient), -1).copy()
        return values

    def _arrived(self, link: Link) -> Array | None:
        """The gradient at this link's quantity; None where nobody below learns and the engine never asked for it."""
        seen = self.seen[link.place]
        if seen.into is None:
            return None
        if link.kind == "affine" and "dZ" in seen.buffers:
            return seen.buffers["dZ"]
        if link.kind == "normalised" and seen.frame is not None:
            return np.multiply(seen.into, seen.frame.weights["gamma"])
        return seen.into

    def weights(self) -> dict[str, Array]:
        """dW1, db1, ..."""
        views = self.session.state.parameters.views_of(self.session.gradients)
        return {f"d{name}": array.copy() for name, array in views.items()}

    # ---- update ----------------------------------------------------------------------------------------------------

    def update(self, rate: float, links: tuple[Link, ...]) -> Taken:
        """The step itself; what there is to be known about it."""
        session, state = self.session, self.session.state
        before = state.copy()
        jacobian, counts = self._jacobian(links) if self.program.optimizer.name == "levenberg_marquardt" else ({}, None)
        with QUIET():
            session.update(rate)
        stepped = session.around.stepped
        there = next((g for theta, g in session.tried if np.array_equal(theta, stepped)), None)
        return Taken(session.around, before, session.curvature, len(session.tried), there, {}, jacobian, counts)

    def _jacobian(self, links: tuple[Link, ...]) -> tuple[dict[str, Array], Array]:
        """The backward passes from each output of each example, as `engine.jacobian` does them; what a row counts."""
        session, found = self.session, []
        gradients = session.gradients.copy()
        frames = session.plan.frames(1)
        for row in range(len(self.batch)):
            for frame in frames:
                frame.starts(training=True, seed=self.program.seed, step=session.state.step, row=row)
            A = chain_forward(frames, session.plan.input[row : row + 1].copy())
            for c in range(A.size):
                one = np.zeros_like(A)
                one.reshape(-1)[c] = 1
                chain_backward(frames, one)
                passed = {name[1:]: value[0] for name, value in self.backward(links).items()}
                found.append(passed | {name[1:]: value for name, value in self.weights().items()})
        session.gradients[:] = gradients
        weights = None if session.sample_weight is None else session.sample_weight[self.batch]
        m = len(self.batch)
        shares = np.broadcast_to(row_shares(row_weights(weights, m), m, "mean"), m)
        outputs = len(found) // m
        jacobian = {f"J.{name}": np.array([row[name] for row in found]) for name in found[0]}
        return jacobian, np.asarray(shares, np.float64) * curvature(session, outputs)


def _noise(seen: Seen) -> Array:
    """The noise of the layer's own counter: a step replayed has the same."""
    frame, output = seen.frame, seen.output
    assert frame is not None
    assert output is not None
    z = normal(frame.seed, Purpose.NOISE, frame.step, frame.index, output.size, output.dtype)
    return np.asarray(z).reshape(output.shape)
