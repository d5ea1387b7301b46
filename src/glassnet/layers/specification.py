"""A network's specification: its layers as plain data, and back, from a closed list of names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from glassnet.errors import GlassnetError, SettingError, ShapeError, TypeNotUsableError, unknown_name
from glassnet.layers.activation import Activation
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.flatten import Flatten
from glassnet.layers.layer import Built, Layer
from glassnet.layers.parameters import Parameters
from glassnet.layers.prelu import PReLU
from glassnet.layers.rescale import Rescale
from glassnet.maths import activations, initializers
from glassnet.maths.catalogue import recall
from glassnet.typing import Shape

# The closed list: a new layer is its own file and one row here.
CATALOGUE: dict[str, type[Layer]] = {
    layer.kind: layer for layer in (Dense, Activation, Dropout, Flatten, PReLU, Rescale)
}

# The fields of layers that hold a function of the mathematics, and the closed list it comes from.
CONFIGURABLE: dict[str, tuple[str, Any]] = {
    "activation": ("activation", activations.CATALOGUE),
    "function": ("activation", activations.CATALOGUE),
    "initializer": ("initializer", initializers.CATALOGUE),
    "bias_initializer": ("initializer", initializers.CATALOGUE),
}


def checked(layers: Iterable[object]) -> tuple[Layer, ...]:
    """The layers as a tuple; raises where one is not a layer or there is none."""
    given = tuple(layers)
    for place, layer in enumerate(given):
        if isinstance(layer, type) or not isinstance(layer, Layer):
            raise TypeNotUsableError(
                f"Layer {place} of the network is {layer!r}, which is no layer; use for example gn.Dense(10)."
            )
    if not given:
        raise SettingError("A network needs at least one layer, for example gn.Dense(10).")
    return given  # type: ignore[return-value]


def from_config(config: Mapping[str, Any]) -> Layer:
    """The layer that `config` describes; raises SettingError for names or settings outside the closed list."""
    settings = dict(config)
    kind = settings.pop("kind", None)
    if kind not in CATALOGUE:
        raise unknown_name("layer", kind, CATALOGUE)
    known = {f.name for f in fields(CATALOGUE[kind])}
    for name in settings:
        if name not in known:
            raise unknown_name(f"setting of the layer {kind!r}", name, known)
    for name, (family, catalogue) in CONFIGURABLE.items():
        if name in settings and settings[name] != "auto":
            settings[name] = recall(family, catalogue, settings[name])
    try:
        return CATALOGUE[kind](**settings)
    except GlassnetError:
        raise
    except TypeError as error:
        raise SettingError(f"The layer {kind!r} cannot be made from {settings!r}: {error}.") from None


@dataclass(frozen=True)
class Specification:
    """Layers bound to an input shape: what each needs, and how the weights lie in the arena."""

    layers: tuple[Layer, ...]
    input_shape: Shape

    def __post_init__(self) -> None:
        if any(size < 1 for size in self.input_shape) or not self.input_shape:
            raise ShapeError(f"The rows of X have shape {self.input_shape}: there is nothing to learn from.")
        if not any(built.parameters for built in self.built):
            raise SettingError("A network needs at least one layer with weights, for example gn.Dense(10).")

    @property
    def built(self) -> tuple[Built, ...]:
        shape, built = self.input_shape, []
        for layer in self.layers:
            built.append(layer.build(shape))
            shape = built[-1].output_shape
        return tuple(built)

    @property
    def output_shape(self) -> Shape:
        return self.built[-1].output_shape

    def weight_names(self) -> tuple[dict[str, str], ...]:
        """For each layer, its symbols and their names in the network: {"W": "W1", "b": "b1"}; k counts from 1."""
        names, k = [], 0
        for built in self.built:
            k += bool(built.parameters)
            names.append({spec.symbol: f"{spec.symbol}{k}" for spec in built.parameters})
        return tuple(names)

    def arena(self, dtype: Any) -> Parameters:
        """Room for the weights, all zero."""
        layout = [
            (names[spec.symbol], f"layers.{place}.{spec.field}", spec.shape)
            for place, (built, names) in enumerate(zip(self.built, self.weight_names(), strict=True))
            for spec in built.parameters
        ]
        return Parameters(layout, dtype)

    def start(self, seed: int, dtype: Any) -> Parameters:
        """The weights as their initializers draw them; each weight has its own stream, numbered in order."""
        arena = self.arena(dtype)
        specs = [spec for built in self.built for spec in built.parameters]
        for place, (slot, spec) in enumerate(zip(arena.slots, specs, strict=True)):
            arena[slot.name][...] = spec.initializer(spec.shape, seed=seed, layer=place, dtype=dtype)
        return arena


def last_activation(layers: Sequence[Layer]) -> str:
    """The name of the function that makes the output: 'identity' where the last layer is linear."""
    last = layers[-1]
    function = last.function if isinstance(last, Activation) else getattr(last, "activation", activations.identity)
    return str(function.name)


def without_last_activation(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The same layers with a linear end, for a loss that contains the last activation."""
    last = layers[-1]
    if isinstance(last, Dense):
        return (*layers[:-1], replace(last, activation="identity"))
    return tuple(layers[:-1] if isinstance(last, Activation) else layers)
