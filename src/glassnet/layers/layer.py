"""What a layer is: four methods, no state.

A layer is a value (a frozen dataclass): it says what is computed and holds no number that is learned. Weights live in
the network's arena, intermediate results in the engine's buffers; `forward` and `backward` are handed a `Frame` with
the views they need. So a layer can be compared, stored and shared, and an engine that has its own kernels (the native
one) reads the fields and never calls these methods.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from math import prod
from typing import Any, ClassVar

from glassnet.layers.parameters import ParameterSpec
from glassnet.typing import Array, Shape


@dataclass(frozen=True)
class Built:
    """A layer for one input shape: its output shape, its weights, and the buffers it needs for one row.

    A buffer's shape is that of one row; one of "bool:..." names holds a mask, every other the network's floats.
    """

    output_shape: Shape
    parameters: tuple[ParameterSpec, ...] = ()
    buffers: dict[str, int] = field(default_factory=dict)
    masks: dict[str, int] = field(default_factory=dict)


@dataclass
class Frame:
    """What a layer sees of one step: its weights, their gradients, its buffers (B rows), and where in the run it is."""

    weights: dict[str, Array]
    gradients: dict[str, Array]
    buffers: dict[str, Array]
    index: int  # the layer's place in the network: part of the counter of its random numbers
    needs_input_gradient: bool
    seed: int = 0
    step: int = 0
    row: int = 0  # the place of the first row in the step's batch: not 0 where a batch is computed in pieces
    training: bool = False
    input: Array | None = None

    def given(self) -> Array:
        """The input of the forward pass that this backward pass belongs to."""
        assert self.input is not None, "backward before forward"
        return self.input


@dataclass(frozen=True, repr=False)
class Layer(ABC):
    """The base of all layers; abstract. `kind` is the layer's name in model files."""

    kind: ClassVar[str]

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
        """The layer's weights for this input shape."""
        return self.build(input_shape).parameters

    def config(self) -> dict[str, Any]:
        """The layer as plain data; `layers.specification.from_config` reads it back."""
        return {"kind": self.kind, **{f.name: getattr(self, f.name) for f in fields(self)}}

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
