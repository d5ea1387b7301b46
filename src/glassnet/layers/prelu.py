"""A rectifier whose slope on the left is learned, one a unit."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

from glassnet.errors import SettingError
from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.layers.parameters import ParameterSpec
from glassnet.maths.activations import prelu
from glassnet.maths.initializers import constant
from glassnet.typing import Array, Shape


@dataclass(frozen=True, repr=False)
class PReLU(Layer):
    """The parametric ReLU: behind a layer without an activation, as `gn.Dense(64), gn.PReLU()`.

    Formula:
        A = max(0, X) + slope min(0, X)
        dX = dA where X > 0, slope dA elsewhere;   dslope = sum over rows of dA min(0, X)

    Shapes: X and A (B, I), slope (I,), or (1,) where it is shared.

    Args:
        start: the slope that training begins with: 0 is a ReLU, 1 is linear.
        shared: one slope for all units of the layer.

    Raises:
        SettingError: a start that is no finite number.

    Example:
        >>> from glassnet.layers import PReLU
        >>> [(spec.symbol, spec.shape) for spec in PReLU().build((20,)).parameters]
        [('slope', (20,))]

    In a network the slope of the k-th layer with weights is `slope2` for k = 2, its gradient `dslope2`.

    Source: He, Zhang, Ren and Sun (2015), arXiv 1502.01852, section 2.1; they start with 0.25.
    """

    start: float = 0.25
    shared: bool = False
    kind: ClassVar[str] = "prelu"

    def __post_init__(self) -> None:
        number = isinstance(self.start, (int, float)) and not isinstance(self.start, bool)
        if not number or not isfinite(self.start):
            raise SettingError(f"PReLU starts with a finite slope, such as 0.25; given {self.start!r}.")
        if not isinstance(self.shared, bool):
            raise SettingError(f"PReLU's slope is shared, True, or not, False; given {self.shared!r}.")

    def build(self, input_shape: Shape) -> Built:
        size = width(input_shape)
        start: Any = constant.configured(value=float(self.start))
        slope = ParameterSpec("slope", "slope", (1 if self.shared else size,), start)
        return Built(input_shape, (slope,), buffers={"A": size, "dX": size})

    def forward(self, X: Array, frame: Frame) -> Array:
        frame.input = X
        return prelu(X, frame.weights["slope"], out=frame.buffers["A"])

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        out = frame.buffers["dX"], frame.gradients["slope"]
        dX, _ = prelu.backward(dA, frame.given(), frame.weights["slope"], out=out)
        return dX if frame.needs_input_gradient else None
