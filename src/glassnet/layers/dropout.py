"""Dropout: in training each value stays with probability 1 - rate and is scaled up; afterwards nothing happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.errors import SettingError
from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.maths.random import keep_mask
from glassnet.typing import Array, Shape


@dataclass(frozen=True, repr=False)
class Dropout(Layer):
    """Inverted dropout.

    Formula:
        A = X * keep / (1 - rate) in training, A = X otherwise;   dX = dA * keep / (1 - rate)
        keep[i] = (u32 of the counter (dropout, step, layer, i) < (1 - rate) 2^32)

    Shapes: X, A and keep (B, I).

    Args:
        rate: the share of values set to zero, in [0, 1).

    Raises:
        SettingError: a rate outside [0, 1).

    Example:
        >>> from glassnet.layers import Dropout
        >>> Dropout(0.2).build((128,)).output_shape
        (128,)

    Source: Srivastava et al. (2014), JMLR 15, 1929-1958, section 4, with the scaling moved into training.
    """

    rate: float
    kind: ClassVar[str] = "dropout"

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise SettingError(f"Dropout needs a rate of at least 0 and below 1; given {self.rate!r}.")

    def build(self, input_shape: Shape) -> Built:
        size = width(input_shape)
        return Built(input_shape, buffers={"A": size, "dX": size}, masks={"keep": size})

    def forward(self, X: Array, frame: Frame) -> Array:
        if not frame.training or self.rate == 0:
            return X
        keep, A = frame.buffers["keep"], frame.buffers["A"]
        rows = (frame.row + len(X), *X.shape[1:])
        keep[:] = keep_mask(frame.seed, frame.step, frame.index, rows, self.rate)[frame.row :]
        return self._masked(X, keep, A)

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        if not frame.training or self.rate == 0 or not frame.needs_input_gradient:
            return dA
        return self._masked(dA, frame.buffers["keep"], frame.buffers["dX"])

    def _masked(self, values: Array, keep: Array, out: Array) -> Array:
        np.multiply(values, values.dtype.type(1 / (1 - self.rate)), out=out)
        np.copyto(out, 0, where=~keep)  # not a product: infinity times zero would be NaN
        return out
