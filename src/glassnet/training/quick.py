"""The short way from a few rows to probabilities: one call of the engine, nothing looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.data.batches import Rows
from glassnet.engine import Rule, Shortcut, State, choose
from glassnet.layers import Parameters
from glassnet.layers.specification import Specification
from glassnet.typing import Floats

if TYPE_CHECKING:
    from glassnet.training.network import Network


class Quick:
    """What an engine found out about a network once, so that a single row costs microseconds.

    It holds as long as the network keeps this memory for its weights, whatever the numbers in it.
    """

    __slots__ = ("finite", "optimizer", "outputs", "source", "watch")

    def __init__(self, source: Parameters | Floats, optimizer: Rule | None, outputs: Shortcut) -> None:
        self.source, self.optimizer, self.outputs = source, optimizer, outputs
        self.watch: int | None = None  # of the parameters when `finite` was found out
        self.finite = False

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
        return None if outputs is None else cls(_source(network.state, network.optimizer), network.optimizer, outputs)

    @staticmethod
    def plain(X: Any) -> Any:
        """X as the engine takes it, contiguous (n, d) of a dtype it knows; a sparse X as it is."""
        rows = Rows(X, scale=None)
        if rows.sparse is not None:
            return X
        return rows.values if rows.dtype in (np.uint8, np.float32, np.float64) else rows.values.astype(np.float64)

    def find(self, network: Network, X: Any) -> Floats | None:
        """The outputs for X, or None where X or the network needs the long way."""
        state, source = network.state, self.source
        if state is None or network.optimizer is not self.optimizer:
            return None
        if state.parameters is not source:  # others than they were, or a mean of them, which is not watched
            return self.outputs(X, False) if _source(state, self.optimizer) is source else None
        watch = state.parameters.watch
        if watch is None:
            return self.outputs(X, False)
        if watch != self.watch:
            self.watch, self.finite = watch, self.outputs.finite
        return self.outputs(X, self.finite)


def _source(state: State, optimizer: Rule | None) -> Parameters | Floats:
    """What holds the numbers that predictions are made with: the weights, or the vector of their mean."""
    averaged = None if optimizer is None else optimizer.averaged
    return state.parameters if averaged is None else state.moments.get(averaged, state.parameters)
