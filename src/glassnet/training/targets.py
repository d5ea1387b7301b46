"""What the targets mean: labels, one-hot rows, yes or no, or numbers; into the network and back as they were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import DataError, SettingError, ShapeError
from glassnet.maths import losses
from glassnet.maths.losses import Loss
from glassnet.typing import Array, ArrayLike


@dataclass(frozen=True)
class Targets:
    """How y is written for a loss, and how outputs are read back.

    `kind` is the loss's target kind; `classes` are the labels in the order of the outputs, or None where y came as
    numbers or ready-made rows; `flat` says that y was (n,).
    """

    kind: str
    outputs: int
    classes: tuple[Any, ...] | None
    flat: bool

    @property
    def classifies(self) -> bool:
        """Whether a prediction is a class."""
        return self.kind in ("binary", "one_hot", "classes")

    def encode(self, y: ArrayLike, dtype: Any) -> Array:
        """y as the loss takes it: (n,) int64 for classes, else (n, outputs) floats."""
        given = as_array(y)
        if self.classes is None:
            return self._numbers(given, dtype)
        indices = self._indices(given)
        if self.kind == "classes":
            return indices
        if self.kind == "binary":
            return np.asarray(indices[:, None], dtype)
        rows = np.zeros((len(indices), self.outputs), dtype)
        rows[np.arange(len(indices)), indices] = 1
        return rows

    def truth(self, encoded: Array) -> Array:
        """Encoded targets as class numbers (n,), or as the numbers they are."""
        if self.kind == "one_hot":
            return np.asarray(encoded.argmax(axis=1), np.int64)
        if self.kind == "binary":
            return np.asarray(_squeezed(encoded > 0.5), np.int64)
        return encoded if self.kind == "classes" else _squeezed(encoded)

    def decide(self, outputs: Array, threshold: float) -> Array:
        """Outputs as class numbers: the largest one, or beyond the threshold; numbers stay what they are."""
        if self.kind == "gaussian":
            outputs = outputs[:, : outputs.shape[1] // 2]  # the means stand first
        if not self.classifies:
            return outputs[:, 0] if self.flat else outputs
        if self.kind == "binary":
            return np.asarray(_squeezed(outputs >= threshold), np.int64)
        return np.asarray(outputs.argmax(axis=1), np.int64)

    def decode(self, outputs: Array, threshold: float) -> Array:
        """Outputs as predictions: the labels that fit was given, or the numbers."""
        decided = self.decide(outputs, threshold)
        return decided if self.classes is None else np.asarray(self.classes)[decided]

    def _indices(self, y: Array) -> Array:
        if y.ndim == 2 and 1 in y.shape:
            y = y.reshape(-1)
        if y.ndim != 1:
            raise ShapeError(f"y must be one label a row, shape (n,); given {y.shape}.")
        labels = np.asarray(self.classes)
        numbered = y.dtype.kind in "iu" and labels.dtype.kind == "i" and np.array_equal(labels, np.arange(len(labels)))
        if numbered and not ((y < 0) | (y >= len(labels))).any():
            return y.astype(np.int64)
        try:
            order = np.argsort(labels, kind="stable")
            found = np.minimum(np.searchsorted(labels, y, sorter=order), len(labels) - 1)
            indices = order[found]
            strange = labels[indices] != y
        except TypeError:
            raise DataError(f"y holds labels of type {y.dtype}, the network learned {_listed(labels)}.") from None
        if np.any(strange):
            raise DataError(f"y holds {y[strange][0].item()!r}, which is not among the classes {_listed(labels)}.")
        return indices.astype(np.int64)

    def _numbers(self, y: Array, dtype: Any) -> Array:
        if y.dtype.kind not in "fiub":
            raise DataError(
                f"y holds {y.flat[0].item()!r}, which is no number; a classification loss such as "
                "sparse_categorical_crossentropy takes words as classes."
            )
        rows = y.reshape(len(y), -1) if y.ndim != 2 else y
        if self.kind == "gaussian" and 2 * rows.shape[1] != self.outputs:
            raise ShapeError(
                f"gaussian_nll needs two outputs for each target, a mean and a logarithm of the variance: for y with "
                f"{rows.shape[1]} a row a last layer of {2 * rows.shape[1]} units; it has {self.outputs}."
            )
        if self.kind != "gaussian" and rows.shape[1] != self.outputs:
            hint = " gn.to_categorical(y) writes labels as rows." if y.ndim == 1 else ""
            raise ShapeError(
                f"y has {rows.shape[1]} number{'s' if rows.shape[1] != 1 else ''} a row and the last layer "
                f"{self.outputs} output{'s' if self.outputs != 1 else ''}: they must be equal.{hint}"
            )
        if not np.isfinite(rows).all():
            row, column = np.argwhere(~np.isfinite(rows))[0]
            raise DataError(f"y[{row}, {column}] is {rows[row, column]}: targets must be finite numbers.")
        return rows.astype(dtype)


def learn(loss: Loss, y: ArrayLike, outputs: int) -> Targets:
    """The coding that these targets need for this loss and this many outputs.

    Raises:
        DataError: targets the loss cannot take: words for numbers, one class only.
        ShapeError: more classes than outputs.
    """
    given = as_array(y)
    flat = given.ndim == 1
    if loss.target_kind == "classes" or (loss.target_kind == "one_hot" and flat):
        return Targets(loss.target_kind, outputs, _classes(given, outputs), flat)
    if loss.target_kind == "binary" and 1 in (given.ndim, given.shape[-1]) and not _is_soft(given):
        if outputs != 1:
            raise ShapeError(
                f"{loss.name} on labels needs a last layer of 1 unit, this network has {outputs}; for {outputs} "
                "classes use sparse_categorical_crossentropy."
            )
        return Targets("binary", 1, _classes(given.reshape(-1), 2), flat)
    return Targets(loss.target_kind, outputs, None, flat)


def loss_for(y: ArrayLike, outputs: int) -> str:
    """The loss that fits these targets: words and whole numbers are classes, other numbers are measured."""
    given = as_array(y)
    if given.ndim == 2 and given.shape[1] == outputs > 1:
        one_hot = given.dtype.kind in "fiub" and np.isin(given, (0, 1)).all() and (given.sum(axis=1) == 1).all()
        return "categorical_crossentropy" if one_hot else "mse"
    if given.dtype.kind == "f":
        return "mse"
    return "sparse_categorical_crossentropy" if outputs > 1 else "binary_crossentropy"


def get_loss(loss: str | Loss, y: ArrayLike, outputs: int) -> Loss:
    """The loss of this name; "auto" chooses by the targets."""
    return losses.get(loss_for(y, outputs) if loss == "auto" else loss)


def _classes(y: Array, outputs: int) -> tuple[Any, ...]:
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise ShapeError(f"y must be one label a row, shape (n,); given {y.shape}.")
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise DataError(f"y[{int(np.argmin(np.isfinite(y)))}] is not a finite number.")
    labels = np.unique(y)
    whole = labels.dtype.kind in "iub" or (labels.dtype.kind == "f" and bool((labels == np.floor(labels)).all()))
    if len(labels) != outputs and whole and labels[0] >= 0 and labels[-1] < outputs:
        kind = labels.dtype.type if labels.dtype.kind != "b" else np.bool_
        labels = np.arange(outputs).astype(kind)  # some classes do not occur in these rows
    if len(labels) < 2:
        raise DataError(f"y holds one class only ({labels[0].item()!r}): there is nothing to tell apart.")
    if len(labels) != outputs:
        raise ShapeError(f"y has {len(labels)} classes ({_listed(labels)}) and the last layer {outputs} units.")
    return tuple(labels.tolist())


def _is_soft(y: Array) -> bool:
    """Whether y holds probabilities rather than labels."""
    return y.dtype.kind == "f" and len(np.unique(y)) > 2


def as_array(y: ArrayLike) -> Array:
    """y as an array of numbers or words, one target a row."""
    array = np.asarray(y)
    if array.ndim == 0:
        raise ShapeError("y must have one target a row; given a single value.")
    if array.size == 0:
        raise DataError("y is empty: there is nothing to learn from.")
    if array.dtype.kind == "O":
        try:
            return np.asarray([str(value) if not isinstance(value, str) else value for value in array.tolist()])
        except TypeError:
            raise SettingError("y holds objects that are neither numbers nor words.") from None
    if array.dtype.kind not in "fiubU":
        raise DataError(f"y has the dtype {array.dtype}; numbers or words are needed.")
    return array


def _squeezed(rows: Array) -> Array:
    return rows[:, 0] if rows.ndim == 2 and rows.shape[1] == 1 else rows


def _listed(labels: Sequence[Any] | Array, most: int = 12) -> str:
    shown = [str(label) for label in list(labels)[:most]]
    return ", ".join(shown) + (", ..." if len(labels) > most else "")
