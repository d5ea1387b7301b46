"""Rows of any shape as rows of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.typing import Array, Shape


@dataclass(frozen=True, repr=False)
class Flatten(Layer):
    """A row of shape (C, H, W) becomes a row of C H W numbers, the last index fastest.

    Formula: A[i] = X[c, h, w] with i = (c H + h) W + w.

    Inside the engines every row is flat already, so this layer computes nothing: it states the step of the lecture.

    Shapes: (B, C, H, W) or (B, H, W) to (B, I).

    Raises:
        ShapeError: never; every shape can be flattened.

    Example:
        >>> from glassnet.layers import Flatten
        >>> Flatten().build((1, 28, 28)).output_shape
        (784,)

    Source: the course's notes: "flattened to one row a sample".
    """

    kind: ClassVar[str] = "flatten"

    def build(self, input_shape: Shape) -> Built:
        return Built((width(input_shape),))

    def forward(self, X: Array, frame: Frame) -> Array:
        return X

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        return dA
