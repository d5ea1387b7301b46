"""A network's specification: its layers as plain data, and back, from a closed list of names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from glassnet.errors import GlassnetError, SettingError, ShapeError, unknown_name
from glassnet.layers.activation import Activation
from glassnet.layers.catalogue import CATALOGUE
from glassnet.layers.dense import Dense
from glassnet.layers.layer import DEEPEST, Built, Layer, Part, chained
from glassnet.layers.parameters import Layout, Parameters
from glassnet.maths import activations, initializers
from glassnet.maths.catalogue import recall
from glassnet.typing import Floats, Shape

# The fields of layers that hold a function of the mathematics, and the closed list it comes from.
CONFIGURABLE: dict[str, tuple[str, Any]] = {
    "activation": ("activation", activations.CATALOGUE),
    "function": ("activation", activations.CATALOGUE),
    "initializer": ("initializer", initializers.CATALOGUE),
    "bias_initializer": ("initializer", initializers.CATALOGUE),
}

NESTED = frozenset({"layers", "branches"})  # the fields that hold layers

Custom = Mapping[str, Any]  # parts of the user's own, by name
NOTHING: Custom = MappingProxyType({})


def from_config(config: Mapping[str, Any], custom: Custom = NOTHING, *, within: int = 0) -> Layer:
    """The layer that `config` describes; raises SettingError for names or settings outside the closed list.

    `custom` holds parts of the user's own by their names: they are never looked for anywhere else.
    """
    settings = dict(config)
    kind = settings.pop("kind", None)
    own = {name: part for name, part in custom.items() if isinstance(part, type) and name not in CATALOGUE}
    if not isinstance(kind, str) or kind not in (*CATALOGUE, *own):
        raise unknown_name("layer", kind, [*CATALOGUE, *own])
    if within > DEEPEST:
        raise SettingError(f"Layers lie within layers at most {DEEPEST} deep.")
    layer: type[Layer] = own[kind] if kind in own else CATALOGUE[kind]
    types = {f.name: str(f.type) for f in fields(layer)}
    for name, value in settings.items():
        if name not in types:
            raise unknown_name(f"setting of the layer {kind!r}", name, types)
        if name in NESTED and kind in CATALOGUE:
            settings[name] = _nested(value, custom, within + 1)
        elif name in CONFIGURABLE and kind in CATALOGUE and value != "auto":
            family, catalogue = CONFIGURABLE[name]
            settings[name] = recall(family, {**catalogue, **custom}, value)
    try:
        made = layer(**settings)
    except GlassnetError:
        raise
    except TypeError as error:
        raise SettingError(f"The layer {kind!r} cannot be made from {settings!r}: {error}.") from None
    for name, annotation in types.items():
        if kind in CATALOGUE and not _fits(getattr(made, name), annotation):
            raise SettingError(f"The setting {name} of a {kind} layer is {ascii(getattr(made, name))[:40]}.")
    return made


def _nested(described: object, custom: Custom, within: int) -> Any:
    """Layers within a layer: a list of descriptions, or of such lists."""
    if isinstance(described, list):
        return tuple(_nested(part, custom, within) for part in described)
    if isinstance(described, Mapping):
        return from_config(described, custom, within=within)
    raise SettingError(f"No layer is described by {ascii(described)[:40]}.")


def _fits(value: object, annotation: str) -> bool:
    """Whether a setting from a file has the type that its layer wrote down, where that is a plain one."""
    wanted = {"bool": (bool,), "int": (int,), "float": (int, float)}.get(annotation)
    return wanted is None or type(value) in wanted


def own_parts(layers: Iterable[Layer]) -> dict[str, Any]:
    """The parts that are the user's own and stand in no closed list, by the names that files keep of them."""
    found: dict[str, Any] = {}
    for layer in layers:
        if layer.kind not in CATALOGUE or CATALOGUE[layer.kind] is not type(layer):
            found[layer.kind] = type(layer)
        for f in fields(layer):
            if f.name in CONFIGURABLE and (value := getattr(layer, f.name)) != "auto":
                base = getattr(value, "base", value)
                name = getattr(base, "name", "")
                if CONFIGURABLE[f.name][1].get(name, base) is not base or name not in CONFIGURABLE[f.name][1]:
                    found[name] = base
        found |= own_parts(layer.nested())
    return found


@dataclass(frozen=True, eq=False, repr=False)
class Node:
    """A layer of the network or within one: its path in files, and the names of its numbers by their symbols."""

    part: Part
    path: str
    depth: int
    weights: dict[str, str]
    running: dict[str, str]

    @property
    def layer(self) -> Layer:
        return self.part.layer

    @property
    def built(self) -> Built:
        return self.part.built


@dataclass(frozen=True)
class Specification:
    """Layers bound to an input shape: what each needs, and how the weights lie in the arena."""

    layers: tuple[Layer, ...]
    input_shape: Shape

    def __post_init__(self) -> None:
        if any(size < 1 for size in self.input_shape) or not self.input_shape:
            raise ShapeError(f"The rows of X have shape {self.input_shape}: there is nothing to learn from.")
        if not any(built.learns for built in self.built):
            raise SettingError("A network needs at least one layer with weights, for example gn.Dense(10).")

    def __getstate__(self) -> dict[str, Any]:
        return {"layers": self.layers, "input_shape": self.input_shape}  # what follows from them is made again

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The network's layers in their places."""
        return chained(self.layers, self.input_shape)[0]

    @property
    def built(self) -> tuple[Built, ...]:
        return tuple(part.built for part in self.parts)

    @property
    def output_shape(self) -> Shape:
        return self.parts[-1].built.output_shape

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every layer, those within others behind the layer that holds them.

        Their weights are named in this order: W1, b1, W2, ...; k counts the layers that have weights of their own.
        """
        found: list[Node] = []
        for path, part, within in _walk(self.parts, "layers", 0):
            k = 1 + sum(bool(node.weights) for node in found)
            names = {spec.symbol: f"{spec.symbol}{k}" for spec in part.built.parameters}
            running = {spec.symbol: f"{spec.symbol}{k}" for spec in part.built.running}
            found.append(Node(part, path, within, names, running))
        return tuple(found)

    def weight_names(self) -> tuple[dict[str, str], ...]:
        """For each node, its symbols and their names in the network: {"W": "W1", "b": "b1"}; k counts from 1."""
        return tuple(node.weights for node in self.nodes)

    def names_within(self) -> tuple[tuple[str, ...], ...]:
        """For each layer of the network, the names of its weights and of those of the layers within it."""
        found: list[list[str]] = []
        for node in self.nodes:
            if node.depth == 0:
                found.append([])
            found[-1] += node.weights.values()
        return tuple(map(tuple, found))

    def layout(self) -> Layout:
        """(name, path, shape) of every weight."""
        return [
            (node.weights[spec.symbol], f"{node.path}.{spec.field}", spec.shape)
            for node in self.nodes
            for spec in node.built.parameters
        ]

    def running_layout(self) -> Layout:
        """The same of the numbers that layers keep."""
        return [
            (node.running[spec.symbol], f"{node.path}.{spec.field}", spec.shape)
            for node in self.nodes
            for spec in node.built.running
        ]

    def arena(self, dtype: Any, whole: Floats | None = None) -> Parameters:
        """Room for the weights, all zero or the numbers given, and for what layers keep."""
        return Parameters(self.layout(), dtype, self.running_layout(), whole=whole)

    def start(self, seed: int, dtype: Any, *, without: Collection[str] = ()) -> Parameters:
        """The weights as their initializers draw them; each weight has its own stream, numbered in order.

        `without`: names of weights that are left at 0, for a caller that draws them itself.
        """
        arena = self.arena(dtype)
        specs = [spec for node in self.nodes for spec in node.built.parameters]
        for place, (slot, spec) in enumerate(zip(arena.slots, specs, strict=True)):
            if slot.name not in without:
                arena[slot.name][...] = spec.initializer(spec.shape, seed=seed, layer=place, dtype=dtype)
        kept = [spec for node in self.nodes for spec in node.built.running]
        for slot, spec in zip(arena.running_slots, kept, strict=True):
            arena.running[slot.name][...] = spec.initializer(spec.shape, dtype=dtype)
        return arena


def _walk(chain: Iterable[Part], path: str, depth: int) -> Iterator[tuple[str, Part, int]]:
    for part in chain:
        yield f"{path}.{part.name}", part, depth
        for inside in part.built.inside:
            yield from _walk(inside, f"{path}.{part.name}", depth + 1)


def last_activation(layers: Sequence[Layer]) -> str:
    """The name of the function that makes the output: 'identity' where the last layer is linear."""
    last = layers[-1]
    function = {Activation: "function", Dense: "activation"}.get(type(last))
    return str(getattr(last, function).name) if function else "identity"


def without_last_activation(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The same layers with a linear end, for a loss that contains the last activation."""
    last = layers[-1]
    if isinstance(last, Dense):
        return (*layers[:-1], replace(last, activation="identity"))
    return tuple(layers[:-1] if isinstance(last, Activation) else layers)
