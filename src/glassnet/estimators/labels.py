"""What a classifier learns: a label, several yes-or-no answers, or several labels a row; its loss, its predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from glassnet.errors import DataError, SettingError
from glassnet.maths import losses
from glassnet.maths.activations import log_softmax
from glassnet.maths.catalogue import recall
from glassnet.maths.losses import Loss
from glassnet.tensors.grouped import grouped_crossentropy
from glassnet.training.targets import Targets
from glassnet.typing import Array, Floats

UNBALANCED = "class_weight 'balanced' is not supported for partial_fit: give a dictionary of weights, from all rows."


def kind_of(y: Any) -> str:
    """scikit-learn's word for the kind of targets, also where one column holds words and another numbers.

    Raises: DataError for a column in which labels are missing or of two kinds.

    >>> kind_of(np.array([["red", 1], ["blue", 2]], object))
    'multiclass-multioutput'
    """
    if not hasattr(y, "__array__") or (given := np.asarray(y)).dtype != object:
        return str(type_of_target(y))
    columns = given.T if given.ndim == 2 else [given]
    held = [_one_kind(column.tolist()) for column in columns]
    return "multiclass-multioutput" if len(held) > 1 and str in held else str(type_of_target(y))


def _one_kind(labels: list[Any]) -> type:
    """Whether all are words or all are not."""
    for row, label in enumerate(labels):
        if label is None:
            raise DataError(
                f"Unknown label type: y holds None in row {row}; leave out the rows whose label is missing."
            )
    kinds = {str if isinstance(label, str) else object: label for label in labels}
    if len(kinds) > 1:
        raise DataError(
            f"Unknown label type: y holds words and others, such as {kinds[str]!r} and {kinds[object]!r}; make every "
            "label a word, or every one a number."
        )
    return next(iter(kinds))


@dataclass(frozen=True)
class Labels:
    """The kind of the labels, and which there are.

    kind: "binary", "multiclass", "multilabel" (0 and 1 in each column), or "multioutput" (a label of its own kind in
    each column; `classes` is then a list).
    """

    kind: str
    classes: Any

    @classmethod
    def of(cls, y: Array) -> Labels:
        """Those that stand in y.

        Raises: ValueError for what are no labels; DataError where some are missing or of two kinds.
        """
        kind = kind_of(y)
        if kind.startswith("continuous") or kind == "unknown":
            check_classification_targets(y)  # which says so; to ask it always would look at y twice
        if kind == "multilabel-indicator":
            return cls("multilabel", np.arange(y.shape[1]))
        if kind == "multiclass-multioutput":
            return cls("multioutput", [np.unique(column) for column in y.T])
        return cls.among(np.unique(y))

    @classmethod
    def among(cls, classes: Any) -> Labels:
        """These, one a row."""
        known = np.unique(np.asarray(classes))
        return cls("binary" if len(known) <= 2 else "multiclass", known)

    @property
    def groups(self) -> tuple[int, ...]:
        """The number of labels of each column."""
        return tuple(len(each) for each in self.classes)

    def strange(self, y: Array) -> bool:
        """Whether y holds what is not among them."""
        if self.kind == "multilabel":
            return bool(y.ndim != 2 or y.shape[1] != len(self.classes))
        columns = y.T if self.kind == "multioutput" else [y]
        known = self.classes if self.kind == "multioutput" else [self.classes]
        return len(columns) != len(known) or any(not np.isin(c, k).all() for c, k in zip(columns, known, strict=True))

    def same(self, other: Labels) -> bool:
        """Whether they are those of another."""
        if self.kind == "multioutput":
            return other.groups == self.groups and not other.strange(beside([k[:1] for k in self.classes]))
        return np.array_equal(self.classes, other.classes)

    # ---- into a network ------------------------------------------------------------------------------------------

    def loss(self, wanted: Any) -> tuple[Loss, int]:
        """The loss, and how many outputs it needs.

        Raises: SettingError for a loss that these labels cannot have.
        """
        if isinstance(wanted, str) and wanted == "log_loss":
            return self._log_loss()
        chosen = recall("loss", losses.CATALOGUE, wanted) if isinstance(wanted, str | dict) else losses.get(wanted)
        many = len(self.classes)
        if chosen.target_kind == "binary" and self.kind in ("binary", "multilabel"):
            return chosen, many if self.kind == "multilabel" else 1
        if chosen.target_kind in ("one_hot", "classes") and self.kind in ("binary", "multiclass"):
            return chosen, max(many, 2)
        raise SettingError(
            f"The loss {chosen.name} is for targets of the kind {chosen.target_kind}, and these are "
            f"{self.kind} labels; log_loss is for all of them."
        )

    def _log_loss(self) -> tuple[Loss, int]:
        if self.kind == "multioutput":
            return grouped_crossentropy.configured(groups=self.groups), sum(self.groups)
        if self.kind == "multiclass":
            return losses.CATALOGUE["sparse_categorical_crossentropy"], len(self.classes)
        return losses.CATALOGUE["binary_crossentropy"], len(self.classes) if self.kind == "multilabel" else 1

    def targets(self, loss: Loss, outputs: int) -> Targets:
        """What a network has to know of them; it is then saved with the labels, and predicts them."""
        if self.kind in ("multilabel", "multioutput"):
            return Targets(loss.target_kind, outputs, None, False)
        return Targets(loss.target_kind, outputs, tuple(self._plain().tolist()), True)

    def encoded(self, y: Array, dtype: Any) -> Array:
        """y as `targets` takes it."""
        if self.kind == "multilabel":
            return y.astype(dtype)
        if self.kind == "multioutput":
            columns = [(c[:, None] == k).astype(dtype) for c, k in zip(y.T, self.classes, strict=True)]
            return np.hstack(columns)
        places = np.searchsorted(self.classes, y)
        return self._plain()[places]

    def _plain(self) -> Array:
        """The classes as a network can keep them: numbers or words; else their numbers from 0. At least two."""
        classes = self.classes
        words = classes.dtype.kind == "O" and all(isinstance(label, str) for label in classes)
        if words:
            classes = classes.astype(str)
        if len(classes) < 2 or classes.dtype.kind not in "biufU":
            return np.arange(max(2, len(self.classes)))
        return np.asarray(classes)

    def weighted(self, class_weight: Any, y: Array, weight: Floats | None) -> tuple[Any, Floats | None]:
        """What is left of `class_weight`, and the weights of the rows: those of several labels a row are multiplied."""
        if class_weight is None or self.kind in ("binary", "multiclass"):
            return class_weight, weight
        by_class = compute_sample_weight(class_weight, y)
        return None, by_class if weight is None else by_class * weight

    def score(self) -> str:
        """What held-out rows are measured by: the share of those that are right in all."""
        return "subset_accuracy" if self.kind in ("multilabel", "multioutput") else "accuracy"

    def measured_by(self, metric: Any) -> Any:
        """A metric as the network takes it; a function of one's own gets labels."""
        plain = isinstance(metric, str) or hasattr(metric, "takes") or self.kind not in ("binary", "multiclass")
        return metric if plain else OfLabels(metric, self.classes)

    # ---- and back ------------------------------------------------------------------------------------------------

    def probabilities(self, outputs: Array) -> Any:
        """(n, C); for several yes-or-no answers (n, K), that of yes; for several labels a list of (n, C)."""
        if self.kind == "multioutput":
            return [np.exp(log_softmax(group)) for group in self._groups(outputs)]
        if self.kind == "binary" and outputs.shape[1] == 1:
            outputs = np.hstack([1 - outputs, outputs])
        return outputs[:, : len(self.classes)] if self.kind != "multilabel" else outputs

    def decided(self, outputs: Array, threshold: float) -> Array:
        """The labels: the largest output's, or, of one output, the second where it is above the threshold."""
        if self.kind == "multioutput":
            return beside([k[g.argmax(axis=1)] for k, g in zip(self.classes, self._groups(outputs), strict=True)])
        if self.kind == "multilabel":
            return (outputs > threshold).astype(int)
        numbers = outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > threshold).astype(int)
        return np.asarray(self.classes[np.minimum(numbers, len(self.classes) - 1)])

    def _groups(self, outputs: Array) -> Sequence[Array]:
        return np.split(outputs, np.cumsum(self.groups)[:-1], axis=1)


def beside(columns: Sequence[Array]) -> Array:
    """Columns as one array, in which words beside numbers leave them numbers.

    >>> beside([np.array(["red"]), np.array([1])]).tolist()
    [['red', 1]]
    """
    kinds = {column.dtype.kind in "US" for column in columns}
    return np.column_stack(columns if len(kinds) == 1 else [column.astype(object) for column in columns])


@dataclass(frozen=True)
class OfLabels:
    """A function of one's own, called with labels in place of their numbers."""

    function: Callable[[Array, Array], float]
    classes: Array

    @property
    def __name__(self) -> str:
        return getattr(self.function, "__name__", type(self.function).__name__)

    def __call__(self, target: Array, decided: Array) -> float:
        return float(self.function(self.classes[target], self.classes[decided]))
