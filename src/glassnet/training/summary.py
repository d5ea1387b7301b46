"""The table of a network's layers, and its columns on the blackboard."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from glassnet.layers.dense import Dense
from glassnet.layers.layer import Built
from glassnet.layers.specification import Node
from glassnet.typing import Shape

if TYPE_CHECKING:
    from glassnet.training.network import Network


MOST = 8  # columns on the blackboard


@dataclass(frozen=True)
class Row:
    """A layer of the table: as it was written, the shape of its output, its own weights and those inside it."""

    layer: str
    shape: Shape | None
    weights: int
    inside: int
    depth: int


def table(network: Network) -> list[Row]:
    """One row a layer, those within others behind the layer that holds them."""
    if network.specification is None:
        return [Row(repr(layer), None, 0, 0, 0) for layer in network.layers]
    return [
        Row(
            _label(node),
            node.built.output_shape,
            sum(prod(spec.shape) for spec in node.built.parameters),
            weights_inside(node.built),
            node.depth,
        )
        for node in network.specification.nodes
    ]


def _label(node: Node) -> str:
    """The layer, and which branch of its layer it stands in, or that it is a projection."""
    kind, _, rest = node.part.name.partition(".")
    before = {"branches": f"{rest.partition('.')[0]}: ", "projection": "projection: "}.get(kind, "")
    return before + node.layer.title


def circles(network: Network, inputs: str = "inputs") -> list[tuple[int, str]]:
    """The columns of a chain of fully connected layers on the blackboard: units, and the activation.

    The last one's activation is the one its outputs are read by. No columns for other networks, or for too many.
    """
    specification, head = network.specification, network.head
    if specification is None:
        return []
    weighted = [node for node in specification.nodes if node.weights]
    dense = [node.layer for node in weighted if isinstance(node.layer, Dense)]
    if any(node.depth for node in specification.nodes) or len(dense) != len(weighted) or not 0 < len(dense) < MOST:
        return []
    columns = [(prod(specification.input_shape), inputs)]
    columns += [(layer.units, layer.activation.name if not layer.linear else "linear") for layer in dense]
    if head.fused:
        columns[-1] = (columns[-1][0], head.activation)
    return columns


def weights_inside(built: Built) -> int:
    """The number of weights of all layers within a layer."""
    inside = [part.built for chain in built.inside for part in chain]
    return sum(sum(prod(spec.shape) for spec in b.parameters) + weights_inside(b) for b in inside)


def summary(network: Network) -> str:
    """The table as text; weights are counted once the input size is known."""
    rows = [("  " * row.depth + row.layer, str(row.shape or "?"), row.weights) for row in table(network)]
    left = max(len(name) for name, _, _ in [*rows, ("layer", "", 0)])
    middle = max(len(shape) for _, shape, _ in [*rows, ("", "output", 0)])
    lines = [f"{'layer':<{left}}  {'output':<{middle}}  {'weights':>10}"]
    lines += [f"{name:<{left}}  {shape:<{middle}}  {count:>10,}" for name, shape, count in rows]
    if network.specification is None:
        return "\n".join([*lines, "The input size comes with the data: call fit(X, y) or build(size)."])
    total = sum(count for _, _, count in rows)
    return "\n".join([*lines, f"{total:,} weights for rows of shape {network.specification.input_shape}"])
