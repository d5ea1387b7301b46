"""A step of the reference engine that is watched: what every layer gives on, forward and backward.

The numbers are the engine's own. Each layer of the program is wrapped in one that does the same and keeps what passes;
the engine does not notice, and nothing is computed a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from glassnet.engine import Program, State
from glassnet.engine.interface import Rows
from glassnet.engine.reference import QUIET, ReferenceSession
from glassnet.lab.links import Link
from glassnet.layers import Layer
from glassnet.layers.layer import Built, Frame
from glassnet.layers.specification import Specification
from glassnet.maths import activations
from glassnet.typing import Array, Floats, Indices, Shape


@dataclass
class Seen:
    """What passed one layer: its output, and the gradients that came in at its end and went out at its beginning."""

    output: Array | None = None
    into: Array | None = None
    out_of: Array | None = None
    buffers: dict[str, Array] = field(default_factory=dict)


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
        self.seen.output = A.copy()
        self.seen.buffers = frame.buffers
        return A

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        self.seen.into = dA.copy()
        dX = self.layer.backward(dA, frame)
        self.seen.out_of = None if dX is None else dX.copy()
        return dX


class Step:
    """One step of training on some rows: `loss`, and by name what was computed on the way to it."""

    def __init__(
        self, program: Program, state: State, rows: Rows, targets: Array, sample_weight: Floats | None, batch: Indices
    ) -> None:
        specification = program.specification
        self.seen = [Seen() for _ in specification.layers]
        watched = tuple(Watched(layer, seen) for layer, seen in zip(specification.layers, self.seen, strict=True))
        self.program = replace(program, specification=Specification(watched, specification.input_shape))
        if len(batch) > program.batch_size:
            self.program = replace(self.program, batch_size=len(batch))
        self.session = ReferenceSession(self.program, state, rows, targets, sample_weight, None)
        self.batch = batch
        with QUIET():
            self.loss = self.session.gradient(batch)

    def forward(self, links: tuple[Link, ...]) -> dict[str, Array]:
        """X, Z1, A1, ... as the engine had them."""
        values: dict[str, Array] = {"X": self.session.plan.input[: len(self.batch)].copy()}
        for link in links:
            if link.place == len(self.seen) or (link is links[-1] and self.program.from_logits):
                values[link.name] = activations.get(link.function)(values[link.source])  # the loss contains it
                continue
            seen = self.seen[link.place]
            assert seen.output is not None
            if link.kind == "dropout":
                active = link.function.rate > 0
                values[f"keep{link.k}"] = (seen.buffers["keep"] if active else np.ones_like(seen.output)).astype(float)
            values[link.name] = seen.buffers["Z"].copy() if link.kind == "affine" else seen.output
        return values

    def backward(self, links: tuple[Link, ...]) -> dict[str, Array]:
        """dA2, dZ2, ...: the loss's derivative by each quantity of the forward pass."""
        gradient = self.session.output_gradient[: len(self.batch)].reshape(len(self.batch), -1).copy()
        values: dict[str, Array] = {}
        for link in reversed(links):
            if self.program.from_logits and link is links[-1]:
                values[f"d{link.source}"] = gradient
                continue
            values[f"d{link.name}"] = gradient
            if link.source == "X":
                break
            below = self._before(link, gradient)
            if below is None:
                break
            values[f"d{link.source}"] = gradient = below
        return values

    def _before(self, link: Link, gradient: Array) -> Array | None:
        """The gradient below this operation; None where no weight lies below and the engine never asked for it."""
        seen = self.seen[link.place]
        if link.kind == "activation" and "dZ" in seen.buffers:
            return seen.buffers["dZ"].copy()
        if link.kind == "activation" and "Z" in seen.buffers:
            return gradient  # a linear layer: A is Z
        return seen.out_of

    def weights(self) -> dict[str, Array]:
        """dW1, db1, ..."""
        views = self.session.state.parameters.views_of(self.session.gradients)
        return {f"d{name}": array.copy() for name, array in views.items()}
