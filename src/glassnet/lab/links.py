"""The forward chain of a network: what each layer contributes, with the formula of an entry and of the whole array.

A link makes the quantity `name` from `source`. It says how an entry follows (`entry`), how the derivative of its source
follows from its own (`back`), and both for whole arrays. A layer that has no class here is a `Whole`: its arrays are
shown as the layer itself computes them, without a formula for each entry. To open a layer's entries, write its link and
its row in `LINKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from string import ascii_letters
from typing import Any, ClassVar

from glassnet.lab.expressions import ONE, Expression, Name, call, minus, over, plus, times
from glassnet.lab.functions import ROWWISE, activation, elementwise, number, slope
from glassnet.layers import Activation, Dense, Dropout, Flatten, Layer, Rescale
from glassnet.maths import activations
from glassnet.typing import Shape

Index = tuple[int, ...]
Shapes = Mapping[str, Index]


@dataclass(frozen=True)
class Link:
    """One operation of the chain; abstract. `place` is its layer's, inputs and outputs are widths."""

    name: str
    source: str
    place: int
    function: Any = None
    inputs: int = 0
    outputs: int = 0
    kind: ClassVar[str] = ""
    opened: ClassVar[bool] = True  # whether each entry has a formula

    @property
    def k(self) -> str:
        """The number in its name."""
        return self.name[1:]

    def weights(self) -> tuple[str, ...]:
        """What it learns."""
        return ()

    def constants(self) -> dict[str, Any]:
        """The arrays that its formula names and that are no quantities: they belong to the layer."""
        return {}

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        """name[n, o]."""
        raise NotImplementedError

    def back(self, n: int, i: int) -> Expression:
        """d(source)[n, i] from d(name)."""
        raise NotImplementedError

    def whole(self, shapes: Shapes) -> Expression:
        """The array `name`."""
        raise NotImplementedError

    def whole_back(self) -> Expression:
        """The array d(source)."""
        raise NotImplementedError


@dataclass(frozen=True)
class Affine(Link):
    """Z = A W + b."""

    kind: ClassVar[str] = "affine"

    def weights(self) -> tuple[str, ...]:
        return f"W{self.k}", f"b{self.k}"

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        terms = [times(Name(self.source, (n, i)), Name(f"W{self.k}", (i, o))) for i in range(self.inputs)]
        return plus(*terms, *([Name(f"b{self.k}", (o,))] if f"b{self.k}" in shapes else []))

    def back(self, n: int, i: int) -> Expression:
        return plus(*(times(Name(f"dZ{self.k}", (n, o)), Name(f"W{self.k}", (i, o))) for o in range(self.outputs)))

    def whole(self, shapes: Shapes) -> Expression:
        product = call("matmul", Name(self.source), Name(f"W{self.k}"))
        return plus(product, Name(f"b{self.k}")) if f"b{self.k}" in shapes else product

    def whole_back(self) -> Expression:
        return call("matmul", Name(f"d{self.name}"), call("transpose", Name(f"W{self.k}")))


@dataclass(frozen=True)
class Activated(Link):
    """A = g(Z), elementwise or (softmax) by row."""

    kind: ClassVar[str] = "activation"

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return activation(self.function, self.source, n, o, self.outputs)

    def back(self, n: int, i: int) -> Expression:
        """dZ[n, o] = dA[n, o] g'(Z[n, o]); for a softmax A (dA - sum over c of dA A)."""
        a, dA = Name(self.name, (n, i)), Name(f"d{self.name}", (n, i))
        columns = range(self.outputs)
        if self.function.name == "softmax":
            terms = [times(Name(f"d{self.name}", (n, c)), Name(self.name, (n, c))) for c in columns]
            return times(a, minus(dA, plus(*terms)))
        if self.function.name == "log_softmax":
            total = plus(*(Name(f"d{self.name}", (n, c)) for c in columns))
            return minus(dA, times(call("exp", a), total))
        return times(dA, slope(self.function, Name(self.source, (n, i)), a))

    def whole(self, shapes: Shapes) -> Expression:
        z = Name(self.source)
        return call(self.function.name, z) if self.function.name in ROWWISE else elementwise(self.function, z)

    def whole_back(self) -> Expression:
        a, dA = Name(self.name), Name(f"d{self.name}")
        if self.function.name == "softmax":
            return times(a, minus(dA, call("sum_each", times(dA, a))))
        if self.function.name == "log_softmax":
            return minus(dA, times(call("exp", a), call("sum_each", dA)))
        return times(dA, slope(self.function, Name(self.source), a))


@dataclass(frozen=True)
class Dropped(Link):
    """D = A keep / (1 - rate)."""

    kind: ClassVar[str] = "dropout"

    def _scaled(self, value: Name, keep: Name) -> Expression:
        return times(value, keep, over(ONE, minus(ONE, number(self.function.rate))))

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return self._scaled(Name(self.source, (n, o)), Name(f"keep{self.k}", (n, o)))

    def back(self, n: int, i: int) -> Expression:
        return self._scaled(Name(f"d{self.name}", (n, i)), Name(f"keep{self.k}", (n, i)))

    def whole(self, shapes: Shapes) -> Expression:
        return self._scaled(Name(self.source), Name(f"keep{self.k}"))

    def whole_back(self) -> Expression:
        return self._scaled(Name(f"d{self.name}"), Name(f"keep{self.k}"))


@dataclass(frozen=True)
class Rescaled(Link):
    """S = A factor + offset, column by column; nothing in it is learned."""

    kind: ClassVar[str] = "rescale"

    def constants(self) -> dict[str, Any]:
        return {f"factor{self.k}": self.function.factor, f"offset{self.k}": self.function.offset}

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        factor, offset = (number(numbers[o]) for numbers in (self.function.factor, self.function.offset))
        return plus(times(Name(self.source, (n, o)), factor), offset)

    def back(self, n: int, i: int) -> Expression:
        return times(Name(f"d{self.name}", (n, i)), number(self.function.factor[i]))

    def whole(self, shapes: Shapes) -> Expression:
        return plus(times(Name(self.source), Name(f"factor{self.k}")), Name(f"offset{self.k}"))

    def whole_back(self) -> Expression:
        return times(Name(f"d{self.name}"), Name(f"factor{self.k}"))


@dataclass(frozen=True)
class Whole(Link):
    """A layer shown by its arrays alone: H = Layer(A)."""

    kind: ClassVar[str] = "whole"
    opened: ClassVar[bool] = False
    learned: tuple[str, ...] = ()

    def weights(self) -> tuple[str, ...]:
        return self.learned

    def whole(self, shapes: Shapes) -> Expression:
        return call(type(self.function).__name__, Name(self.source), *map(Name, self.learned))

    def whole_back(self) -> Expression:
        return call(f"{type(self.function).__name__}'", Name(self.source), Name(f"d{self.name}"))


# ---- from layers to links ------------------------------------------------------------------------------------------


@dataclass
class _Chain:
    """The links so far, and the quantity that the next one starts from."""

    links: list[Link]
    source: str = "X"

    def add(self, link: Link) -> None:
        self.links.append(link)
        self.source = link.name


Place = tuple[int, str, tuple[str, ...], int, int]  # place, k, names of the weights, inputs, outputs
Contribution = Callable[[_Chain, Any, Place], None]


def _dense(chain: _Chain, layer: Any, at: Place) -> None:
    place, k, _, inputs, outputs = at
    chain.add(Affine(f"Z{k}", chain.source, place, None, inputs, outputs))
    chain.add(Activated(f"A{k}", f"Z{k}", place, layer.activation, outputs, outputs))


def _activation(chain: _Chain, layer: Any, at: Place) -> None:
    """An activation that stands alone takes the place of the identity before it."""
    place, k, _, inputs, outputs = at
    last = chain.links[-1] if chain.links else None
    if isinstance(last, Activated) and last.function.name == "identity":
        chain.source = chain.links.pop().source
    name = f"A{k}" if chain.source == f"Z{k}" else f"H{place}"
    chain.add(Activated(name, chain.source, place, layer.function, inputs, outputs))


def _dropout(chain: _Chain, layer: Any, at: Place) -> None:
    place, _, _, inputs, outputs = at
    chain.add(Dropped(f"D{place}", chain.source, place, layer, inputs, outputs))


def _rescale(chain: _Chain, layer: Any, at: Place) -> None:
    place, _, _, inputs, outputs = at
    chain.add(Rescaled(f"S{place}", chain.source, place, layer, inputs, outputs))


def _nothing(chain: _Chain, layer: Any, at: Place) -> None:
    """Rows travel flat already."""


def _whole(chain: _Chain, layer: Any, at: Place) -> None:
    place, _, learned, inputs, outputs = at
    chain.add(Whole(f"H{place}", chain.source, place, layer, inputs, outputs, learned))


LINKS: dict[type[Layer], Contribution] = {
    Dense: _dense,
    Activation: _activation,
    Dropout: _dropout,
    Rescale: _rescale,
    Flatten: _nothing,
}


def links_of(
    layers: tuple[Layer, ...],
    widths: tuple[int, ...],
    weights: tuple[tuple[str, ...], ...],
    head: str | None,
    own_head: bool,
) -> tuple[Link, ...]:
    """The chain of these layers as the engine runs them.

    `widths` are their outputs, the first that of X; `weights` the names of what each learns; `head` is the activation
    that the loss contains, `own_head` whether the network wrote it down itself.
    """
    chain, k = _Chain([]), 0
    for place, (layer, names) in enumerate(zip(layers, weights, strict=True)):
        k = int(names[-1].lstrip(ascii_letters + "_")) if names else k  # a layer that holds layers has several numbers
        contribute = LINKS.get(type(layer), _whole)
        contribute(chain, layer, (place, str(k), names, widths[place], widths[place + 1]))
    if head is not None:
        _with_head(chain, activations.get(head), own_head, len(layers), widths[-1])
    return tuple(chain.links)


def _with_head(chain: _Chain, function: Any, own: bool, place: int, width: int) -> None:
    last = chain.links[-1]
    if own and isinstance(last, Activated):
        chain.links[-1] = Activated(last.name, last.source, last.place, function, width, width)
    else:
        chain.add(Activated("P", chain.source, place, function, width, width))


def forward_names(links: tuple[Link, ...]) -> list[str]:
    """The quantities of the forward pass in their order, masks before what they mask."""
    return [name for link in links for name in (f"keep{link.k}", link.name)]


def widths_of(input_shape: Shape, outputs: tuple[Shape, ...]) -> tuple[int, ...]:
    """The numbers in a row before the first layer and after each."""
    return tuple(prod(shape) for shape in (input_shape, *outputs))
