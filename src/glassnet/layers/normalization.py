"""Normalization layers: over the batch (BatchNorm), over the row (LayerNorm), over the row without a mean (RMSNorm)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, ClassVar

import numpy as np

from glassnet.errors import SettingError
from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.layers.parameters import ParameterSpec
from glassnet.maths import initializers
from glassnet.maths import normalization as maths
from glassnet.typing import Array, Shape

ones: Any = initializers.constant.configured(value=1.0)
zeros: Any = initializers.zeros
SMALLEST = 5e-324  # above 0


def _checked(layer: Layer, name: str, value: object, low: float, high: float, asked: str) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
    if not (number and low <= value < high):  # type: ignore[operator]
        raise SettingError(f"{type(layer).__name__} needs as its {name} a number {asked}; given {value!r}.")


def _checked_epsilon(layer: Layer, epsilon: object) -> None:
    _checked(layer, "epsilon", epsilon, SMALLEST, inf, "above 0")


def _built(input_shape: Shape, *, shift: bool = True, running: bool = False) -> Built:
    size = width(input_shape)
    gamma, beta = ParameterSpec("gamma", "gamma", (size,), ones), ParameterSpec("beta", "beta", (size,), zeros)
    mean = ParameterSpec("mean", "mean", (size,), zeros)
    variance = ParameterSpec("variance", "variance", (size,), ones)
    return Built(
        input_shape,
        (gamma, beta) if shift else (gamma,),
        {"A": size, "Xhat": size, "dX": size},
        running=(mean, variance) if running else (),
    )


def _scaled(Xhat: Array, frame: Frame) -> Array:
    """A = gamma Xhat + beta."""
    A = np.multiply(Xhat, frame.weights["gamma"], out=frame.buffers["A"])
    return np.add(A, frame.weights["beta"], out=A) if "beta" in frame.weights else A


def _unscaled(dA: Array, frame: Frame) -> Array:
    """dXhat in the buffer of dX; fills the gradients of gamma and beta."""
    gradients = frame.gradients
    out = (frame.buffers["dX"], gradients["gamma"], gradients.get("beta"))
    return maths.scale_shift_backward(dA, frame.buffers["Xhat"], frame.weights["gamma"], out=out)[0]


@dataclass(frozen=True, repr=False)
class BatchNorm(Layer):
    """Batch normalization: each column to mean 0 and deviation 1 over the rows of the batch, then scaled and shifted.

    Formula:
        in training   Xhat = (X - mean) / sqrt(variance + epsilon), of the batch;   A = gamma Xhat + beta
        otherwise     the same with the running mean and variance
        after a step  kept := momentum kept + (1 - momentum) batch's, with the variance times B / (B - 1)
        dX = r (dXhat - mean(dXhat) - Xhat mean(dXhat Xhat)),  dXhat = dA gamma,  r = 1 / sqrt(variance + epsilon)
        dgamma = sum over rows of dA Xhat,   dbeta = sum over rows of dA

    A batch of one row (the last one of an epoch may be that short) has no spread: it is normalised by the running
    numbers, which it leaves as they are. A training of batches of one row is refused. The running numbers belong to
    the state of a run, as weights do: `net.parameters().running`, `layers.1.mean` and `layers.1.variance` in a file.

    Shapes: X and A (B, I), gamma and beta (I,), running mean and variance (I,). Pictures are taken flat: every pixel
    is a column.

    Args:
        momentum: the share of the running numbers that each step keeps (PyTorch's `momentum` is what is left of 1).
        epsilon: added to the variance.

    Raises:
        SettingError: a momentum outside [0, 1), an epsilon that is not above 0; in `fit`, a batch_size of 1.

    Example:
        >>> from glassnet.layers import BatchNorm
        >>> built = BatchNorm().build((20,))
        >>> [spec.symbol for spec in (*built.parameters, *built.running)]
        ['gamma', 'beta', 'mean', 'variance']

    Source: Ioffe and Szegedy (2015), arXiv 1502.03167, algorithms 1 and 2.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5
    kind: ClassVar[str] = "batch_norm"
    least_rows: ClassVar[int] = 2

    def __post_init__(self) -> None:
        _checked(self, "momentum", self.momentum, 0, 1, "of at least 0 and below 1")
        _checked_epsilon(self, self.epsilon)

    def build(self, input_shape: Shape) -> Built:
        return _built(input_shape, running=True)

    def forward(self, X: Array, frame: Frame) -> Array:
        if not frame.training or len(X) < self.least_rows:
            return self._by_running_numbers(X, frame)
        Xhat, mean, variance = maths.normalize(X, 0, self.epsilon, out=frame.buffers["Xhat"])
        frame.kept = maths.inverse_root(variance, self.epsilon)
        unbiased = variance * X.dtype.type(len(X) / (len(X) - 1))
        for name, now in (("mean", mean[0]), ("variance", unbiased[0])):
            frame.staged[name][:] = maths.running(frame.staged[name], now, self.momentum)
        return _scaled(Xhat, frame)

    def _by_running_numbers(self, X: Array, frame: Frame) -> Array:
        kept = frame.staged if frame.training else frame.running
        frame.kept = maths.inverse_root(kept["variance"], self.epsilon)
        room = frame.buffers["Xhat" if frame.training else "A"]
        Xhat = np.multiply(np.subtract(X, kept["mean"], out=room), frame.kept, out=room)
        return _scaled(Xhat, frame)

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        dXhat = _unscaled(dA, frame)
        if not frame.needs_input_gradient:
            return None
        if len(dA) < self.least_rows:  # the running numbers do not depend on the row
            dXhat *= frame.kept
            return dXhat
        return maths.normalize_backward(dXhat, frame.buffers["Xhat"], frame.kept, 0, out=frame.buffers["dX"])


@dataclass(frozen=True, repr=False)
class LayerNorm(Layer):
    """Layer normalization: each row to mean 0 and deviation 1 over its entries, then scaled and shifted.

    Formula:
        Xhat = (X - mean) / sqrt(variance + epsilon), over the row;   A = gamma Xhat + beta
        dX = r (dXhat - mean(dXhat) - Xhat mean(dXhat Xhat)),  dXhat = dA gamma,  r = 1 / sqrt(variance + epsilon)
        dgamma = sum over rows of dA Xhat,   dbeta = sum over rows of dA

    Rows do not see each other, so training and use are the same.

    Shapes: X and A (B, I), gamma and beta (I,).

    Args:
        epsilon: added to the variance.

    Raises:
        SettingError: an epsilon that is not above 0.

    Example:
        >>> from glassnet.layers import LayerNorm
        >>> LayerNorm().build((20,)).output_shape
        (20,)

    Source: Ba, Kiros and Hinton (2016), arXiv 1607.06450, equations 3 and 4.
    """

    epsilon: float = 1e-5
    kind: ClassVar[str] = "layer_norm"

    def __post_init__(self) -> None:
        _checked_epsilon(self, self.epsilon)

    def build(self, input_shape: Shape) -> Built:
        return _built(input_shape)

    def forward(self, X: Array, frame: Frame) -> Array:
        room = frame.buffers["Xhat" if frame.training else "A"]
        Xhat, _, variance = maths.normalize(X, 1, self.epsilon, out=room)
        frame.kept = maths.inverse_root(variance, self.epsilon)
        return _scaled(Xhat, frame)

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        dXhat = _unscaled(dA, frame)
        if not frame.needs_input_gradient:
            return None
        return maths.normalize_backward(dXhat, frame.buffers["Xhat"], frame.kept, 1, out=frame.buffers["dX"])


@dataclass(frozen=True, repr=False)
class RMSNorm(Layer):
    """Each row divided by the root of its mean square, then scaled: layer normalization without mean and shift.

    Formula:
        Xhat = X r,  r = 1 / sqrt(mean(X^2) + epsilon), over the row;   A = gamma Xhat
        dX = r (dXhat - Xhat mean(dXhat Xhat)),  dXhat = dA gamma;   dgamma = sum over rows of dA Xhat

    Shapes: X and A (B, I), gamma (I,).

    Args:
        epsilon: added to the mean square.

    Raises:
        SettingError: an epsilon that is not above 0.

    Example:
        >>> from glassnet.layers import RMSNorm
        >>> [spec.symbol for spec in RMSNorm().build((20,)).parameters]
        ['gamma']

    Source: Zhang and Sennrich (2019), arXiv 1910.07467, equation 4.
    """

    epsilon: float = 1e-6
    kind: ClassVar[str] = "rms_norm"

    def __post_init__(self) -> None:
        _checked_epsilon(self, self.epsilon)

    def build(self, input_shape: Shape) -> Built:
        return _built(input_shape, shift=False)

    def forward(self, X: Array, frame: Frame) -> Array:
        room = frame.buffers["Xhat" if frame.training else "A"]
        Xhat, frame.kept = maths.rms_normalize(X, self.epsilon, out=room)
        return _scaled(Xhat, frame)

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        dXhat = _unscaled(dA, frame)
        if not frame.needs_input_gradient:
            return None
        return maths.rms_normalize_backward(dXhat, frame.buffers["Xhat"], frame.kept, out=frame.buffers["dX"])
