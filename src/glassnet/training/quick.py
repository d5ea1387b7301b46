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

    __slots__ = ("dtype", "engine", "finite", "optimizer", "outputs", "source", "watch")

    def __init__(self, network: Network, source: Parameters | Floats, outputs: Shortcut) -> None:
        self.source, self.outputs, self.dtype = source, outputs, network.dtype
        self.engine, self.optimizer = network.engine, network.optimizer
        self.watch: int | None = None  # of the parameters when `finite` was found out
        self.finite = False

    @classmethod
    def of(cls, network: Network, end: str) -> Quick | None:
        """The short way to this network's outputs behind the activation `end`; None where its engine has none."""
        if network.state is None or network.specification is None:
            return None
        specification = Specification(network.head.layers(network.layers), network.specification.input_shape)
        parameters = network.state.used(network.optimizer)
        outputs = choose(network.engine, network.threads).shortcut(specification, parameters, end, network.scale)
        return None if outputs is None else cls(network, _source(network.state, network.optimizer), outputs)

    def plain(self, X: Any) -> Any:
        """X as the engine takes it, contiguous (n, d) of a dtype it knows; a sparse X as it is."""
        rows = Rows(X, scale=None)
        if rows.sparse is not None or rows.dtype in (np.uint8, np.float32, np.float64):
            return X if rows.sparse is not None else rows.values
        with np.errstate(over="ignore"):  # numbers beyond float32, which training refuses
            return rows.values.astype(self.dtype)

    def find(self, network: Network, X: Any) -> Floats | None:
        """The outputs for X, or None where X or the network needs the long way."""
        state, source = network.state, self.source
        if state is None or network.optimizer is not self.optimizer or network.engine != self.engine:
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
