"""Noise: in training every value is moved a little at random, so that no single value can be learned by heart."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import numpy as np

from glassnet.errors import SettingError
from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.maths.random import Purpose, normal
from glassnet.typing import Array, Shape


@dataclass(frozen=True, repr=False)
class GaussianNoise(Layer):
    """Gaussian noise in training, nothing afterwards.

    Formula:
        A = X + deviation z in training, A = X otherwise;   dX = dA
        z[i] is the normal number of the counter (noise, step, layer, i): a step replayed has the same noise

    Shapes: X, A and z (B, I).

    Args:
        deviation: the standard deviation of the noise.

    Raises:
        SettingError: a deviation that is negative or not finite.

    Example:
        >>> from glassnet.layers import GaussianNoise
        >>> GaussianNoise(0.1).build((64,)).output_shape
        (64,)

    Source: Bishop (1995), "Training with noise is equivalent to Tikhonov regularization", Neural Computation 7.
    """

    deviation: float
    kind: ClassVar[str] = "gaussian_noise"

    def __post_init__(self) -> None:
        number = isinstance(self.deviation, (int, float)) and not isinstance(self.deviation, bool)
        if not number or not isfinite(self.deviation) or self.deviation < 0:
            raise SettingError(f"GaussianNoise needs a deviation of at least 0; given {self.deviation!r}.")

    def build(self, input_shape: Shape) -> Built:
        return Built(input_shape, buffers={"A": width(input_shape)})

    def forward(self, X: Array, frame: Frame) -> Array:
        if not frame.training or self.deviation == 0:
            return X
        before = frame.row * X.shape[1]  # of a batch that is computed in pieces
        z = normal(frame.seed, Purpose.NOISE, frame.step, frame.index, before + X.size, X.dtype)[before:]
        noise: Array = np.multiply(z.reshape(X.shape), X.dtype.type(self.deviation), out=frame.buffers["A"])
        noise += X
        return noise

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        return dA
