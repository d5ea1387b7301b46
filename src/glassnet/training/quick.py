"""The short way from a few rows to probabilities: one call of the engine, nothing looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.data.batches import Rows
from glassnet.engine import choose
from glassnet.layers.specification import Specification
from glassnet.typing import Floats

if TYPE_CHECKING:
    from glassnet.training.network import Network


@dataclass(frozen=True)
class Quick:
    """What an engine found out about a network once, so that a single row costs microseconds.

    It holds as long as the network keeps this array of weights, whatever the numbers in it.
    """

    flat: Floats
    outputs: Callable[[Any], Floats | None]

    @classmethod
    def of(cls, network: Network) -> Quick | None:
        """The short way for this network, or None where its engine has none."""
        if network.state is None or network.specification is None:
            return None
        head = network.head
        specification = Specification(head.layers(network.layers), network.specification.input_shape)
        parameters = network.state.used(network.optimizer)
        end = head.activation if head.fused else "identity"
        outputs = choose(network.engine, network.threads).shortcut(specification, parameters, end, network.scale)
        return None if outputs is None else cls(parameters.flat, outputs)

    @staticmethod
    def plain(X: Any) -> Any:
        """X as the engine takes it, contiguous (n, d) of a dtype it knows; a sparse X as it is."""
        rows = Rows(X, scale=None)
        if rows.sparse is not None:
            return X
        return rows.values if rows.dtype in (np.uint8, np.float32, np.float64) else rows.values.astype(np.float64)

    def __call__(self, network: Network, X: Any) -> Floats | None:
        """The outputs for X, or None where X or the network needs the long way."""
        state = network.state
        if state is None or state.used(network.optimizer).flat is not self.flat:
            return None
        return self.outputs(X)
