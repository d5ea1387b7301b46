"""An activation that stands alone, after a layer that has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.maths import activations
from glassnet.typing import Array, Shape


@dataclass(frozen=True)
class Activation(Layer):
    """A = g(X), elementwise or (softmax) by row; dX = dA * g'(X).

    Shapes: X and A (B, I).

    Args:
        function: a name of `gn.activations`, or one of its functions.

    Raises:
        SettingError: an unknown activation.

    Example:
        >>> from glassnet.layers import Activation
        >>> Activation("tanh").build((20,)).output_shape
        (20,)

    Source: the formulas and their sources stand in `glassnet.maths.activations`.
    """

    function: str
    kind: ClassVar[str] = "activation"

    def __post_init__(self) -> None:
        object.__setattr__(self, "function", activations.get(self.function).name)

    def build(self, input_shape: Shape) -> Built:
        return Built(input_shape, buffers={"A": width(input_shape), "dX": width(input_shape)})

    def forward(self, X: Array, frame: Frame) -> Array:
        frame.input = X
        return activations.get(self.function)(X, out=frame.buffers["A"])

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        if not frame.needs_input_gradient:
            return None
        g = activations.get(self.function)
        return g.backward(dA, frame.given(), frame.buffers["A"], out=frame.buffers["dX"])
