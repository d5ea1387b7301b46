"""The table of a network's layers."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glassnet.training.network import Network


def table(network: Network) -> list[tuple[str, str, int]]:
    """One row a layer: how it was written, its output shape, its number of weights."""
    if network.specification is None:
        return [(repr(layer), "?", 0) for layer in network.layers]
    return [
        (repr(layer), str(built.output_shape), sum(prod(spec.shape) for spec in built.parameters))
        for layer, built in zip(network.layers, network.specification.built, strict=True)
    ]


def summary(network: Network) -> str:
    """The table as text; weights are counted once the input size is known."""
    rows = table(network)
    left = max(len(name) for name, _, _ in [*rows, ("layer", "", 0)])
    middle = max(len(shape) for _, shape, _ in [*rows, ("", "output", 0)])
    lines = [f"{'layer':<{left}}  {'output':<{middle}}  {'weights':>10}"]
    lines += [f"{name:<{left}}  {shape:<{middle}}  {count:>10,}" for name, shape, count in rows]
    if network.specification is None:
        return "\n".join([*lines, "The input size comes with the data: call fit(X, y) or build(size)."])
    total = sum(count for _, _, count in rows)
    return "\n".join([*lines, f"{total:,} weights for rows of shape {network.specification.input_shape}"])
