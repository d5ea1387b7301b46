"""Columns brought to a common size, as a step of the network that learns nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any, ClassVar

import numpy as np

from glassnet.errors import SettingError, ShapeError
from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.typing import Array, ArrayLike, Floats, Shape


@dataclass(frozen=True, repr=False)
class Rescale(Layer):
    """Each column times a fixed factor, plus a fixed offset.

    Formula:
        A = X * factor + offset,   dX = dA * factor

    Before the first layer it standardises (factor 1/s, offset -m/s), behind the last one it brings outputs back to the
    size of the targets (factor s, offset m). As a layer it stays with the model: rows are predicted as they come.

    Shapes: X and A (B, I), factor and offset (I,).

    Raises:
        SettingError: numbers that are not finite, a factor of 0, lists of different length.
        ShapeError: rows of another width.

    Example:
        >>> from glassnet.layers import Rescale
        >>> Rescale.standardizing([[1.0, 50.0], [3.0, 70.0]])
        Rescale(2 columns)
        >>> Rescale.standardizing([[1.0, 50.0], [3.0, 70.0]]).offset
        (-2.0, -6.0)

    Source: LeCun, Bottou, Orr and Mueller (1998), "Efficient BackProp", section 4.3.
    """

    factor: tuple[float, ...]
    offset: tuple[float, ...]
    kind: ClassVar[str] = "rescale"

    def __post_init__(self) -> None:
        for name in ("factor", "offset"):
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        if len(self.factor) != len(self.offset):
            raise SettingError(f"Rescale has {len(self.factor)} factors and {len(self.offset)} offsets, not as many.")
        if 0.0 in self.factor:
            raise SettingError("Rescale with a factor of 0 would forget its column; leave the column out.")

    @classmethod
    def standardizing(cls, X: ArrayLike, columns: Sequence[bool] | None = None) -> Rescale:
        """Mean 0 and deviation 1 for these rows (n, d); only the marked columns, all of them by default.

        A column that never changes gets mean 0 alone.
        """
        mean, deviation = _spread(X)
        marked = np.ones(len(mean), bool) if columns is None else np.asarray(columns, bool)
        factor = np.where(marked, 1 / deviation, 1.0)
        offset = np.where(marked, -mean / deviation, 0.0)
        return cls(tuple(factor.tolist()), tuple((offset + 0.0).tolist()))

    @classmethod
    def restoring(cls, y: ArrayLike) -> Rescale:
        """From numbers of mean 0 and deviation 1 to the size of these targets, (n,) or (n, k)."""
        rows = np.asarray(y, np.float64)
        mean, deviation = _spread(rows.reshape(len(rows), -1))
        return cls(tuple(deviation.tolist()), tuple(mean.tolist()))

    def build(self, input_shape: Shape) -> Built:
        if width(input_shape) != len(self.factor):
            raise ShapeError(f"This Rescale is for rows of {len(self.factor)} numbers; given {input_shape}.")
        return Built(input_shape, buffers={"A": width(input_shape), "dX": width(input_shape)})

    def forward(self, X: Array, frame: Frame) -> Array:
        A = np.multiply(X, _vector(self.factor, X.dtype), out=frame.buffers["A"])
        return np.add(A, _vector(self.offset, X.dtype), out=A)

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        if not frame.needs_input_gradient:
            return None
        return np.multiply(dA, _vector(self.factor, dA.dtype), out=frame.buffers["dX"])

    def config(self) -> dict[str, Any]:
        return {"kind": self.kind, "factor": list(self.factor), "offset": list(self.offset)}

    def __repr__(self) -> str:
        return f"Rescale({len(self.factor)} column{'s' if len(self.factor) != 1 else ''})"


def _spread(X: ArrayLike) -> tuple[Floats, Floats]:
    """Mean and deviation of each column; 1 for the deviation of a column that never changes."""
    rows = np.asarray(X, np.float64)
    mean = rows.mean(axis=0)
    deviation = rows.std(axis=0)
    return mean, np.where((rows == rows[0]).all(axis=0), 1.0, deviation)


def _numbers(name: str, given: object) -> tuple[float, ...]:
    if not isinstance(given, (list, tuple)) or not given:
        raise SettingError(f"Rescale needs a list of numbers as its {name}; given {given!r:.60}.")
    for number in given:
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not isfinite(number):
            raise SettingError(f"Rescale needs finite numbers as its {name}; given {number!r:.60}.")
    return tuple(map(float, given))


@lru_cache(maxsize=64)
def _vector(numbers: tuple[float, ...], dtype: np.dtype[Any]) -> Floats:
    """The numbers as an array, made once and not every step."""
    vector = np.array(numbers, dtype)
    vector.flags.writeable = False
    return vector
