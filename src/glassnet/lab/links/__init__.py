"""The forward pass of a network as links: what each layer contributes, with the formula of an entry and of the array.

A layer is one link or several (Dense is Z and then A), and links may meet again (`Added`, `Joined`), so a derivative is
the sum of what all links add that start from its quantity. A layer of one's own, which has no row here, is a `Whole`:
its arrays are shown as the layer itself computes them. To open its entries, write its link and its row in `LINKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from string import ascii_letters
from typing import Any

from glassnet.lab.links.drawn import Dropped, Noised, Rectified
from glassnet.lab.links.joined import Added, Chosen, Embedded, Joined
from glassnet.lab.links.link import Activated, Affine, Index, Link, Rescaled, Shapes, Whole
from glassnet.lab.links.normalised import ByMeanSquare, ByRunning, Normalised, OverBatch, OverRow, Scaled
from glassnet.layers import (
    Activation,
    BatchNorm,
    Columns,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    Layer,
    LayerNorm,
    PReLU,
    Rescale,
    Residual,
    RMSNorm,
)
from glassnet.layers.layer import Part
from glassnet.layers.specification import Node, Specification
from glassnet.maths import activations
from glassnet.typing import Shape

__all__ = ["LINKS", "Index", "Link", "Normalised", "Shapes", "forward_names", "links_of"]

Kept = Callable[[int], Any]  # what the layer at a place left for its backward pass


@dataclass(frozen=True)
class At:
    """A layer's place: its number in depth, the number in its weights' names, the widths before and after it."""

    part: Part
    place: int
    k: str
    inputs: int
    outputs: int
    rows: int

    def link(self, kind: Any, name: str, source: str, **more: Any) -> Any:
        """A link of this layer."""
        inputs = more.pop("inputs", self.inputs)
        function = more.pop("function", self.part.layer)
        return kind(name, source, self.place, function, inputs, self.outputs, self.k, self.rows, **more)


class Builder:
    """The links so far, and the quantity that the next one starts from."""

    def __init__(self, specification: Specification, rows: int, kept: Kept) -> None:
        self.nodes: Iterator[tuple[int, Node]] = iter(enumerate(specification.nodes))
        self.rows, self.kept = rows, kept
        self.links: list[Link] = []
        self.source = "X"
        self.shared: set[str] = set()  # quantities from which more than one chain starts

    def add(self, link: Link) -> None:
        """One more link."""
        self.links.append(link)
        self.source = link.name

    def chain(self, parts: Iterable[Part], source: str) -> str:
        """The links of a chain of layers from a quantity on; the quantity it ends with."""
        self.source = source
        for part in parts:
            place, node = next(self.nodes)
            names = tuple(node.weights.values())
            k = names[-1].lstrip(ascii_letters + "_") if names else str(place)
            inputs, outputs = prod(part.input_shape), prod(part.built.output_shape)
            contribute = LINKS.get(type(part.layer), _whole)
            contribute(self, part.layer, At(part, place, k, inputs, outputs, self.rows))
        return self.source

    def branches(self, at: At) -> list[str]:
        """The chains inside a layer, each from the layer's own input; the quantities they end with."""
        start = self.source
        self.shared.add(start)
        return [self.chain(chain, start) for chain in at.part.built.inside]


def _dense(b: Builder, layer: Any, at: At) -> None:
    b.add(at.link(Affine, f"Z{at.k}", b.source))
    b.add(at.link(Activated, f"A{at.k}", b.source, function=layer.activation, inputs=at.outputs))


def _activation(b: Builder, layer: Any, at: At) -> None:
    """An activation that stands alone takes the place of the identity before it."""
    last = b.links[-1] if b.links else None
    if isinstance(last, Activated) and last.function.name == "identity" and last.name not in b.shared:
        b.source = b.links.pop().source
    name = f"A{b.source[1:]}" if b.source[0] == "Z" else f"H{at.place}"
    b.add(at.link(Activated, name, b.source, function=layer.function))


def _dropout(b: Builder, layer: Any, at: At) -> None:
    b.add(at.link(Dropped, f"D{at.place}", b.source))


def _rescale(b: Builder, layer: Any, at: At) -> None:
    b.add(at.link(Rescaled, f"S{at.place}", b.source))


def _flatten(b: Builder, layer: Any, at: At) -> None:
    """Rows travel flat already."""


def _as_one(kind: type[Link]) -> Contribution:
    """A layer that is one link."""
    return lambda b, layer, at: b.add(at.link(kind, f"H{at.place}", b.source))


def _normalised(kind: type[Link], shifted: bool = True) -> Contribution:
    def contribute(b: Builder, layer: Any, at: At) -> None:
        b.add(at.link(ByRunning if at.rows < layer.least_rows else kind, f"Xhat{at.k}", b.source))
        b.add(at.link(Scaled, f"H{at.place}", b.source, shifted=shifted))

    return contribute


def _residual(b: Builder, layer: Any, at: At) -> None:
    start = b.source
    inner, *projected = b.branches(at)
    b.add(at.link(Added, f"H{at.place}", inner, beside=projected[0] if projected else start))


def _concatenate(b: Builder, layer: Any, at: At) -> None:
    inside = at.part.built.inside
    widths = [prod(chain[-1].built.output_shape) if chain else at.inputs for chain in inside]
    ends = b.branches(at)
    b.add(at.link(Joined, f"H{at.place}", ends[0], parts=tuple(zip(ends, widths, strict=True))))


def _embedding(b: Builder, layer: Any, at: At) -> None:
    chosen = layer.columns or tuple(range(at.inputs))
    others = tuple(i for i in range(at.inputs) if i not in chosen)
    b.add(at.link(Embedded, f"H{at.place}", b.source, codes=b.kept(at.place), others=others))


def _whole(b: Builder, layer: Any, at: At) -> None:
    """A layer of one's own, with all that lies inside it."""
    inside = sum(_count(chain) for chain in at.part.built.inside)
    names = [*_names(at.part, at.k), *(name for _ in range(inside) for name in next(b.nodes)[1].weights.values())]
    b.add(at.link(Whole, f"H{at.place}", b.source, learned=tuple(names)))


def _names(part: Part, k: str) -> list[str]:
    return [f"{spec.symbol}{k}" for spec in part.built.parameters]


def _count(chain: Sequence[Part]) -> int:
    return sum(1 + sum(_count(inner) for inner in part.built.inside) for part in chain)


Contribution = Callable[[Builder, Any, At], None]
LINKS: dict[type[Layer], Contribution] = {
    Dense: _dense,
    Activation: _activation,
    Dropout: _dropout,
    Rescale: _rescale,
    Flatten: _flatten,
    PReLU: _as_one(Rectified),
    GaussianNoise: _as_one(Noised),
    Columns: _as_one(Chosen),
    BatchNorm: _normalised(OverBatch),
    LayerNorm: _normalised(OverRow),
    RMSNorm: _normalised(ByMeanSquare, shifted=False),
    Residual: _residual,
    Concatenate: _concatenate,
    Embedding: _embedding,
}


def links_of(specification: Specification, rows: int, kept: Kept, head: str | None, own_head: bool) -> tuple[Link, ...]:
    """The links of a network as the engine runs it on so many rows.

    `head` is the activation that the loss contains, `own_head` whether the network wrote it down itself.
    """
    builder = Builder(specification, rows, kept)
    builder.chain(specification.parts, "X")
    if head is not None:
        _with_head(builder, activations.get(head), own_head, len(specification.nodes), specification.output_shape)
    return tuple(builder.links)


def _with_head(b: Builder, function: Any, own: bool, place: int, shape: Shape) -> None:
    last, width = b.links[-1], prod(shape)
    if own and isinstance(last, Activated):
        b.links[-1] = Activated(last.name, last.source, last.place, function, width, width, last.k, last.rows)
    else:
        b.add(Activated("P", b.source, place, function, width, width, "", last.rows))


def forward_names(links: tuple[Link, ...]) -> list[str]:
    """The quantities of the forward pass in their order, what a link uses and computes on the way before it."""
    return [name for link in links for name in (*link.given(), *link.sides(), link.name)]
