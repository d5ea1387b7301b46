"""An activation that stands alone, after a layer that has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.maths import activations
from glassnet.maths.catalogue import describe
from glassnet.typing import Array, Shape


@dataclass(frozen=True, repr=False)
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

    function: Any
    kind: ClassVar[str] = "activation"

    def __post_init__(self) -> None:
        object.__setattr__(self, "function", activations.get(self.function))

    def build(self, input_shape: Shape) -> Built:
        return Built(input_shape, buffers={"A": width(input_shape), "dX": width(input_shape)})

    def forward(self, X: Array, frame: Frame) -> Array:
        frame.input = X
        return cast(Array, self.function(X, out=frame.buffers["A"]))

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        if not frame.needs_input_gradient:
            return None
        return cast(Array, self.function.backward(dA, frame.given(), frame.buffers["A"], out=frame.buffers["dX"]))

    def config(self) -> dict[str, Any]:
        return {"kind": self.kind, "function": describe(self.function)}
