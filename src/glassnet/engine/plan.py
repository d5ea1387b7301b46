"""The plan: one frame a layer, with all memory a step needs, made once for the largest batch and cut for the last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.layers.layer import Frame
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
        self.parameters = parameters
        self.gradients = {} if gradients is None else parameters.views_of(gradients)
        self.input = np.empty((batch_size, int(np.prod(specification.input_shape))), dtype)
        wanted = ("Z", "A", "dZ", "dX") if gradients is not None else ("Z", "A")
        self._buffers: list[dict[str, Array]] = [
            {name: np.empty((batch_size, size), dtype) for name, size in built.buffers.items() if name in wanted}
            | {name: np.empty((batch_size, size), bool) for name, size in built.masks.items() if gradients is not None}
            for built in specification.built
        ]
        self._frames: dict[int, list[Frame]] = {}

    def frames(self, batch: int) -> list[Frame]:
        """The frames for a batch of this many rows: views of the same memory."""
        if batch not in self._frames:
            self._frames[batch] = list(self._cut(batch))
        return self._frames[batch]

    def _cut(self, batch: int) -> Iterator[Frame]:
        weights_before = False
        names_of = self.specification.weight_names()
        for index, (names, buffers) in enumerate(zip(names_of, self._buffers, strict=True)):
            yield Frame(
                weights={symbol: self.parameters[name] for symbol, name in names.items()},
                gradients={symbol: self.gradients[name] for symbol, name in names.items() if self.gradients},
                buffers={name: buffer[:batch] for name, buffer in buffers.items()},
                index=index,
                needs_input_gradient=weights_before,  # the first layer's dX would be asked by nobody
            )
            weights_before = weights_before or bool(names)
