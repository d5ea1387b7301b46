"""The plan: one frame a layer, with all memory a step needs, made once for the largest batch and cut for the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np

from glassnet.layers.layer import Built, Frame, Part
from glassnet.layers.parameters import Parameters
from glassnet.layers.specification import Specification
from glassnet.typing import Array, Floats


class Plan:
    """Frames for every batch size up to `batch_size`; those of one size are made once."""

    def __init__(
        self,
        specification: Specification,
        parameters: Parameters,
        gradients: Floats | None,
        batch_size: int,
        dtype: np.dtype[Any],
    ) -> None:
        self.specification, self.batch_size = specification, batch_size
        self.parameters, self.dtype, self.training = parameters, dtype, gradients is not None
        self.gradients = {} if gradients is None else parameters.views_of(gradients)
        self.staged = parameters.running_flat.copy()
        self._staged = parameters.running_views_of(self.staged)
        self.input = np.empty((batch_size, int(np.prod(specification.input_shape))), dtype)
        self._buffers = [self._room(node.built) for node in specification.nodes]
        self._frames: dict[int, list[Frame]] = {}

    def _room(self, built: Built) -> dict[str, Array]:
        """A layer's buffers for the largest batch; without gradients only what the forward pass writes."""
        sizes = {name: size for name, size in built.buffers.items() if self.training or name in ("Z", "A")}
        masks = built.masks if self.training else {}
        room: dict[str, Array] = {name: np.empty((self.batch_size, size), self.dtype) for name, size in sizes.items()}
        return room | {name: np.empty((self.batch_size, size), bool) for name, size in masks.items()}

    def frames(self, batch: int) -> list[Frame]:
        """The frames of the network's layers for a batch of this many rows: views of the same memory."""
        if batch not in self._frames:
            self._frames[batch] = self._cut(batch, self.specification.parts, count(), needed=False)
        return self._frames[batch]

    def _cut(self, batch: int, chain: Sequence[Part], places: Iterator[int], *, needed: bool) -> list[Frame]:
        """Frames of a chain of layers, in depth; `needed`: whether its input's gradient is asked for.

        The gradient of the network's own input would be asked by nobody.
        """
        frames = []
        for part in chain:
            index = next(places)
            node = self.specification.nodes[index]
            frames.append(
                Frame(
                    layer=part.layer,
                    shape=part.input_shape,
                    out_shape=part.built.output_shape,
                    weights={symbol: self.parameters[name] for symbol, name in node.weights.items()},
                    gradients={symbol: self.gradients[name] for symbol, name in node.weights.items() if self.gradients},
                    buffers={name: buffer[:batch] for name, buffer in self._buffers[index].items()},
                    running={symbol: self.parameters.running[name] for symbol, name in node.running.items()},
                    staged={symbol: self._staged[name] for symbol, name in node.running.items()},
                    index=index,
                    needs_input_gradient=needed,
                    inside=tuple(tuple(self._cut(batch, inner, places, needed=needed)) for inner in part.built.inside),
                )
            )
            needed = needed or part.built.learns
        return frames
