"""What a metric is: a function of targets and predictions with a name and what it takes, and its arguments, checked.

Letters: B rows, C classes, K outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol, Self, cast, runtime_checkable

import numpy as np

from glassnet.errors import DataError, ShapeError
from glassnet.maths.catalogue import configurable, find
from glassnet.typing import Array, ArrayLike, Floats, Indices

Takes = Literal["labels", "answers", "scores", "ranks", "probabilities", "numbers"]


@runtime_checkable
class Metric(Protocol):
    """A metric: a function of targets and predictions.

    ``takes`` says what the predictions are: "labels" (B,); "answers", labels of which a row may have several, (B, K),
    and which are asked for together; "scores" (B, C), one column a class; "probabilities" (B,) of
    one class or (B, C); "ranks", scores in that form, of which the order counts; or "numbers" (B,) or (B, K).
    ``single`` is False where the result is no single number, so that it cannot stand in a history.
    """

    @property
    def name(self) -> str: ...

    @property
    def takes(self) -> Takes: ...

    @property
    def single(self) -> bool: ...

    @property
    def settings(self) -> dict[str, Any]: ...

    def __call__(self, target: ArrayLike, prediction: ArrayLike, **settings: Any) -> Any: ...

    def configured(self, **settings: Any) -> Self: ...


CATALOGUE: dict[str, Metric] = {}


def metric(takes: Takes, *, single: bool = True) -> Callable[[Callable[..., Any]], Metric]:
    """Make a function a Metric and enter it in CATALOGUE."""

    def decorate(function: Any) -> Metric:
        function.takes, function.single = takes, single
        configurable(function)
        function.settings.pop("sample_weight", None)  # data, and no choice of a variant
        CATALOGUE[function.name] = function
        return cast(Metric, function)

    return decorate


def get(metric: str | Metric, **settings: Any) -> Metric:
    """The metric with this name, with these settings; a metric is given back as it is.

    Raises:
        SettingError: a name or a setting that does not exist; the nearest one is suggested.
        TypeNotUsableError: something that is no metric.

    >>> from glassnet.maths import metrics
    >>> metrics.get("f1", average="macro")
    f1.configured(average='macro')
    """
    return find("metric", CATALOGUE, metric, settings, protocol=Metric)


# ---- arguments -----------------------------------------------------------------------------------------------------


def share(part: Any, whole: Any) -> Any:
    """part / whole in float64, with 0 / 0 = 0."""
    whole = np.asarray(whole, dtype=np.float64)
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole != 0)


def column(values: ArrayLike, what: str) -> Array:
    """Labels, one a row, as (B,)."""
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ShapeError(f"The {what} must be labels, one a row, shape (rows,); given was shape {array.shape}.")
    return array


def positions(values: Array, classes: Array) -> Indices:
    """Where in ``classes`` each value stands; DataError for one that is not there."""
    order = np.argsort(classes, kind="stable")
    if not len(classes):
        places = np.zeros(len(values), dtype=np.int64)
    else:
        places = order[np.searchsorted(classes, values, sorter=order).clip(max=len(classes) - 1)]
    missing = np.ones(len(values), bool) if not len(classes) else classes[places] != values
    if missing.any():
        raise DataError(f"The label {values[missing][0]!r} is not among the classes {classes.tolist()}.")
    return places


def weights_of(sample_weight: ArrayLike | None, count: int) -> Floats:
    """The weights of the rows, (B,), 1 where none are given."""
    if sample_weight is None:
        return np.ones(count)
    w = np.asarray(sample_weight, np.float64)
    if w.shape != (count,):
        raise ShapeError(f"sample_weight must have one weight a row, shape ({count},); given was shape {w.shape}.")
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise DataError("sample_weight must be finite and not negative.")
    return w


def mean_of(values: Floats, w: Floats) -> float:
    """sum(w v) / sum(w); 0 where no row counts. A row of weight 0 counts for nothing."""
    with np.errstate(invalid="ignore"):
        return float(share(np.where(w == 0, 0, w * values).sum(), w.sum()))
