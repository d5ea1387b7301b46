"""What a layer is: four methods, no state.

A layer is a value (a frozen dataclass): it says what is computed and holds no number that is learned. Weights live in
the network's arena, intermediate results in the engine's buffers; `forward` and `backward` are handed a `Frame` with
the views they need. So a layer can be compared, stored and shared, and an engine that has its own kernels (the native
one) reads the fields and never calls these methods.

A layer may hold layers (`Residual`, `Concatenate`): chains of them, bound to their shapes as `Part`s when it is built,
and handed back as frames in the same order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from math import prod
from typing import Any, ClassVar

from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.layers.parameters import ParameterSpec
from glassnet.typing import Array, Shape

DEEPEST = 20  # layers within layers


@dataclass(frozen=True, eq=False, repr=False)
class Built:
    """A layer for one input shape: its output shape, its weights, and the buffers it needs for one row.

    `buffers` hold the network's floats, `masks` truths; those but Z and A are for training alone. `running` are numbers
    that the layer keeps and nobody learns, such as the mean of all batches. `inside` are its inner layers, as chains
    that each start from the layer's own input.
    """

    output_shape: Shape
    parameters: tuple[ParameterSpec, ...] = ()
    buffers: dict[str, int] = field(default_factory=dict)
    masks: dict[str, int] = field(default_factory=dict)
    running: tuple[ParameterSpec, ...] = ()
    inside: tuple[tuple[Part, ...], ...] = ()

    @property
    def learns(self) -> bool:
        """Whether it, or a layer inside it, has weights."""
        return bool(self.parameters) or any(part.built.learns for chain in self.inside for part in chain)


@dataclass(frozen=True, eq=False, repr=False)
class Part:
    """A layer in its place: its name there ('2', 'inner.0'), the shape of its rows, and what it is for them."""

    name: str
    layer: Layer
    input_shape: Shape
    built: Built


@dataclass(eq=False, repr=False)
class Frame:
    """What a layer sees of one step: its weights, their gradients, its buffers (B rows), and where in the run it is."""

    layer: Layer
    shape: Shape  # of a row of its input
    out_shape: Shape  # of a row of its output
    weights: dict[str, Array]
    gradients: dict[str, Array]
    buffers: dict[str, Array]
    running: dict[str, Array]  # the numbers it keeps, as they are
    staged: dict[str, Array]  # as they are to be once the step is taken: the forward pass of training changes them
    index: int  # the layer's place in the network, counted into the depth: part of the counter of its random numbers
    needs_input_gradient: bool
    inside: tuple[tuple[Frame, ...], ...] = ()
    seed: int = 0
    step: int = 0
    row: int = 0  # the place of the first row in the step's batch: not 0 where a batch is computed in pieces
    training: bool = False
    input: Array | None = None
    kept: Any = None  # what else the forward pass leaves for the backward pass

    def given(self) -> Array:
        """The input of the forward pass that this backward pass belongs to."""
        assert self.input is not None, "backward before forward"
        return self.input

    def starts(self, *, training: bool, seed: int, step: int, row: int) -> None:
        """Says where in the run it is, to the layers inside as well."""
        for frame in in_depth((self,)):
            frame.training, frame.seed, frame.step, frame.row = training, seed, step, row


@dataclass(frozen=True, repr=False)
class Layer(ABC):
    """The base of all layers; abstract. `kind` is the layer's name in model files."""

    kind: ClassVar[str]
    least_rows: ClassVar[int] = 1  # in a batch of training
    particular: ClassVar[bool] = False  # True: it refuses some rows, so all are tried before a training begins

    @abstractmethod
    def build(self, input_shape: Shape) -> Built:
        """What the layer needs for rows of this shape; raises ShapeError where they do not fit."""

    @abstractmethod
    def forward(self, X: Array, frame: Frame) -> Array:
        """The layer's output for a batch X (B, in), written into the frame's buffers."""

    @abstractmethod
    def backward(self, dA: Array, frame: Frame) -> Array | None:
        """From the gradient of the output to that of the input; fills the gradients of the weights."""

    def parameters(self, input_shape: Shape) -> tuple[ParameterSpec, ...]:
        """The layer's own weights for this input shape."""
        return self.build(input_shape).parameters

    def nested(self) -> Iterator[Layer]:
        """The layers it was given, in order."""
        return iter(())

    def config(self) -> dict[str, Any]:
        """The layer as plain data; `layers.specification.from_config` reads it back."""
        return {"kind": self.kind, **{f.name: getattr(self, f.name) for f in fields(self)}}

    @property
    def title(self) -> str:
        """The layer without those inside it, for a table that lists them."""
        return repr(self)

    def __repr__(self) -> str:
        shown = [
            (f.name, getattr(value, "name", repr(value)))
            for f in fields(self)
            if (value := getattr(self, f.name)) != f.default and getattr(value, "name", value) != f.default
        ]
        first, *others = shown or [("", "")]
        return f"{type(self).__name__}({', '.join([first[1], *(f'{name}={value}' for name, value in others)])})"


def width(shape: Shape) -> int:
    """The number of values in a row of this shape: rows travel flat, as in the lecture."""
    return prod(shape)


def in_depth(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Every frame, those of layers within others behind the layer that holds them."""
    for frame in frames:
        yield frame
        for chain in frame.inside:
            yield from in_depth(chain)


# ---- chains of layers ----------------------------------------------------------------------------------------------


def checked(layers: object, where: str = "A network", least: int = 1) -> tuple[Layer, ...]:
    """What a network, or a layer, was given as its layers: several, or one alone; raises where one is none."""
    given = (layers,) if isinstance(layers, Layer) else layers
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeNotUsableError(f"{where} takes a list of layers, such as [gn.Dense(10)]; given {layers!r}.")
    found = tuple(given)
    for place, layer in enumerate(found):
        if isinstance(layer, type) or not isinstance(layer, Layer):
            raise TypeNotUsableError(
                f"Layer {place} of {where.replace('A ', 'a ')} is {layer!r}, which is no layer; use for example "
                "gn.Dense(10)."
            )
    if len(found) < least:
        raise SettingError(f"{where} needs at least one layer, for example gn.Dense(10).")
    if depth(found) > DEEPEST:
        raise SettingError(f"Layers lie within layers at most {DEEPEST} deep.")
    return found


def depth(layers: Iterable[Layer]) -> int:
    """How many layers lie within each other."""
    return max((1 + depth(layer.nested()) for layer in layers), default=0)


def chained(layers: Sequence[Layer], input_shape: Shape, name: str = "") -> tuple[tuple[Part, ...], Shape]:
    """The layers bound to their shapes, one after the other, and the shape that comes out."""
    parts, shape = [], input_shape
    for place, layer in enumerate(layers):
        parts.append(Part(f"{name}{place}", layer, shape, layer.build(shape)))
        shape = parts[-1].built.output_shape
    return tuple(parts), shape


def chain_forward(frames: Sequence[Frame], X: Array) -> Array:
    """The output of a chain; that of none is its input."""
    for frame in frames:
        X = frame.layer.forward(X, frame)
    return X


def chain_backward(frames: Sequence[Frame], dA: Array) -> Array | None:
    """The gradient of a chain's input, or None where nobody needs it."""
    dX: Array | None = dA
    for frame in reversed(frames):
        assert dX is not None
        dX = frame.layer.backward(dX, frame)
        if dX is None:
            return None  # no weights further down
    return dX
