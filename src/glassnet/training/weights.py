"""How much each row counts in the loss: a weight for its class times a weight of its own."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np

from glassnet.errors import DataError, SettingError
from glassnet.training.targets import Targets
from glassnet.typing import Array, Floats

ClassWeight = Mapping[Any, float] | str | None


def class_weights(given: ClassWeight, coding: Targets, encoded: Array) -> tuple[float, ...] | None:
    """The weight of each class, in the order of the outputs; None where none are given.

    Formula:
        "balanced": w_c = n / (classes that occur * n_c), so that every class counts as much as any other in all

    Args:
        given: {label: weight}; a label that is left out has the weight 1. "balanced" chooses by how often each occurs.
        coding: what the targets mean.
        encoded: the targets as the loss takes them.

    Raises:
        SettingError: targets that are no classes, a label that is none of them, something other than these.
        DataError: weights that are negative, not finite, or 0 for every row.

    Source: King and Zeng 2001, "Logistic regression in rare events data"; the spelling is scikit-learn's.
    """
    if given is None:
        return None
    truth = coding.truth(encoded)
    if not coding.classifies or truth.ndim != 1:
        raise SettingError("class_weight is for rows that have one class each; sample_weight is for any rows.")
    labels = _labels(coding)
    counts = np.bincount(truth, minlength=len(labels))
    if given == "balanced":
        present = np.count_nonzero(counts)
        return tuple((len(truth) / (present * np.maximum(counts, 1))).tolist())
    if not isinstance(given, Mapping):
        raise SettingError(f'class_weight is a dictionary {{label: weight}} or "balanced"; given {given!r:.60}.')
    known = dict.fromkeys(labels, 1.0)
    for label, weight in given.items():
        if label not in known:
            raise SettingError(f"class_weight names {label!r}, which is none of the classes {list(labels)}.")
        known[label] = _weight(label, weight)
    if not any(weight for weight, count in zip(known.values(), counts, strict=True) if count):
        raise DataError("class_weight leaves nothing to learn: every class that occurs has the weight 0.")
    return tuple(known.values())


def row_weights(
    by_class: tuple[float, ...] | None, coding: Targets, encoded: Array, sample_weight: Floats | None
) -> Floats | None:
    """Each row's weight (n,): that of its class times its own; None where all count alike."""
    if by_class is None:
        return sample_weight
    if len(by_class) != len(_labels(coding)):
        raise DataError("There are not as many class weights as classes.")
    dtype = encoded.dtype if encoded.dtype.kind == "f" else np.float64
    weights = np.asarray(by_class, dtype)[coding.truth(encoded)]
    if sample_weight is None:
        return weights
    both: Floats = (weights * sample_weight).astype(sample_weight.dtype)
    if not both.any():
        raise DataError("class_weight and sample_weight together leave every row with the weight 0.")
    return both


def _labels(coding: Targets) -> tuple[Any, ...]:
    return coding.classes if coding.classes is not None else tuple(range(max(2, coding.outputs)))


def _weight(label: object, weight: Any) -> float:
    number = isinstance(weight, (int, float, np.integer, np.floating)) and not isinstance(weight, bool)
    if not number or not (isfinite(weight) and weight >= 0):
        raise DataError(f"The weight of a class is a finite number of at least 0; that of {label!r} is {weight!r}.")
    return float(weight)
