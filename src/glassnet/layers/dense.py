"""The fully connected layer: z = x W + b, a = g(z)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from glassnet.errors import SettingError
from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.layers.parameters import Initializer, ParameterSpec
from glassnet.layers.penalty import Penalty
from glassnet.maths import activations, initializers
from glassnet.maths.affine import affine, affine_backward
from glassnet.maths.catalogue import describe
from glassnet.typing import Array, Shape

# Rectifiers cut off about half of their inputs, which He's factor 2 makes good; selu was made for LeCun's start.
RECTIFIERS = ("relu", "leaky_relu", "relu6", "elu", "celu", "gelu", "silu", "mish")
STARTS = {name: "he_normal" for name in RECTIFIERS} | {"selu": "lecun_normal"}


@dataclass(frozen=True, repr=False)
class Dense(Layer):
    """A fully connected layer of `units` neurons.

    Formula:
        Z = X W + b,   A = g(Z)
        dZ = dA * g'(Z),   dW = X^T dZ,   db = sum over rows of dZ,   dX = dZ W^T

    Shapes: X (B, I), W (I, units), b (units,), Z and A (B, units). Rows of more than one dimension are taken flat.

    Args:
        units: the number of neurons.
        activation: a name of `gn.activations`, or one of its functions.
        initializer: how W starts: a name of `gn.initializers` or a configured one; "auto" is he_normal before a
            rectifier, lecun_normal before selu and glorot_uniform elsewhere.
        bias_initializer: how b starts.
        bias: False leaves b out.
        l1, l2: penalties l1 sum |W| and l2 sum W^2, added to the loss that is minimised; of W, never of b.
        max_norm: the greatest length of a column of W, the weights into one neuron; held after every step.
        l2_shared: a penalty l2_shared sum W^2 / w that the rows of a step share, w being their number, or their weight
            in all: the loss is then that of their sum with one penalty, divided by w.
        weight_decay: W shrinks by this share of the learning rate at every step, apart from its gradient.

    Raises:
        SettingError: units below 1, an unknown activation or initializer, a negative penalty.

    Example:
        >>> from glassnet.layers import Dense
        >>> Dense(10, activation="relu").build((784,)).output_shape
        (10,)

    Source: Rumelhart, Hinton and Williams (1986), Nature 323, 533-536, equations 1 and 2; start values by He et al.
    (2015), arXiv 1502.01852, equation 10, and Glorot and Bengio (2010), equation 16.
    """

    units: int
    activation: Any = "identity"
    initializer: Any = "auto"
    bias_initializer: Any = "zeros"
    bias: bool = True
    l1: float = 0.0
    l2: float = 0.0
    max_norm: float | None = None
    weight_decay: float = 0.0
    l2_shared: float = 0.0
    kind: ClassVar[str] = "dense"

    def __post_init__(self) -> None:
        if isinstance(self.units, bool) or not isinstance(self.units, int) or self.units < 1:
            raise SettingError(f"Dense needs a whole number of units, at least 1; given {self.units!r}.")
        for name, get in (("activation", activations.get), ("bias_initializer", initializers.get)):
            object.__setattr__(self, name, get(getattr(self, name)))
        if self.initializer != "auto":
            object.__setattr__(self, "initializer", initializers.get(self.initializer))
        for name, value in vars(self.penalty).items():
            object.__setattr__(self, name, value)

    @property
    def penalty(self) -> Penalty:
        """What keeps W small."""
        return Penalty(self.l1, self.l2, self.max_norm, self.weight_decay, self.l2_shared)

    @property
    def linear(self) -> bool:
        """Whether g is the identity: then A is Z and dZ is dA, one array and not two."""
        return self.activation is activations.identity

    def build(self, input_shape: Shape) -> Built:
        weight = ParameterSpec("W", "weight", (width(input_shape), self.units), self._start_of_weights(), self.penalty)
        bias = ParameterSpec("b", "bias", (self.units,), self.bias_initializer)
        buffers = {"Z": self.units, "dX": width(input_shape)}
        if not self.linear:
            buffers |= {"A": self.units, "dZ": self.units}
        return Built((self.units,), (weight, bias) if self.bias else (weight,), buffers)

    def _start_of_weights(self) -> Initializer:
        if self.initializer != "auto":
            return cast(Initializer, self.initializer)
        return initializers.get(STARTS.get(self.activation.name, "glorot_uniform"))

    def forward(self, X: Array, frame: Frame) -> Array:
        frame.input = X
        Z = affine(X, frame.weights["W"], frame.weights.get("b"), out=frame.buffers["Z"])
        return Z if self.linear else cast(Array, self.activation(Z, out=frame.buffers["A"]))

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        Z, dZ = frame.buffers["Z"], dA
        if not self.linear:
            dZ = self.activation.backward(dA, Z, frame.buffers["A"], out=frame.buffers["dZ"])
        dX = frame.buffers["dX"] if frame.needs_input_gradient else None
        gradients = frame.gradients
        affine_backward(dZ, frame.given(), frame.weights["W"], out=(dX, gradients["W"], gradients.get("b")))
        return dX

    def config(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "units": self.units,
            "activation": describe(self.activation),
            "initializer": "auto" if self.initializer == "auto" else describe(self.initializer),
            "bias_initializer": describe(self.bias_initializer),
            "bias": self.bias,
            **vars(self.penalty),
        }
