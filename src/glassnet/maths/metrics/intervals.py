"""How sure an accuracy is that was measured on few rows."""

from __future__ import annotations

from math import sqrt
from typing import Literal

import numpy as np

from glassnet.errors import SettingError
from glassnet.maths.metrics.labels import right_of
from glassnet.maths.metrics.metric import metric
from glassnet.maths.random import normal_quantile
from glassnet.typing import ArrayLike


@metric("labels", single=False)
def accuracy_interval(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    confidence: float = 0.95,
    method: Literal["wilson", "clopper_pearson"] = "wilson",
) -> tuple[float, float]:
    """The accuracies that k right of n rows leave possible, (low, high): 98 of 100 is not the same as 980 of 1000.

    Formula: Wilson's, the p for which |k / n - p| <= z sqrt(p (1 - p) / n), with z the normal quantile (1.96 for 0.95):
    (k + z^2 / 2 -+ z sqrt(k (n - k) / n + z^2 / 4)) / (n + z^2). The usual p -+ z sqrt(p (1 - p) / n) puts the estimate
    in place of p under the root: with all rows right it has no width, and near 0 and 1 it holds the truth far less
    often than it says. Wilson's comes close to what it says; "clopper_pearson" inverts the binomial test, holds the
    truth at least as often as it says, and is wider.

    It is about other rows drawn as these were, not about another network. Without rows it is (0, 1).

    Shapes: target and prediction (B,) labels of any kind; a pair of floats.

    Raises:
        ShapeError: target and prediction of different lengths.
        SettingError: a confidence that is not between 0 and 1, or another method.

    >>> low, high = accuracy_interval([1] * 98 + [0] * 2, [1] * 100)
    >>> round(low, 4), round(high, 4)
    (0.93, 0.9945)

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference"; Clopper and Pearson
    1934; Brown, Cai and DasGupta 2001, "Interval estimation for a binomial proportion" (why not the usual one).
    """
    if not 0 < confidence < 1:
        raise SettingError(f"accuracy_interval: the confidence lies between 0 and 1; given was {confidence!r}.")
    if method not in ("wilson", "clopper_pearson"):
        raise SettingError(f'accuracy_interval: the method is "wilson" or "clopper_pearson"; given was {method!r}.')
    right, rows = right_of(target, prediction)
    if not rows:
        return 0.0, 1.0
    return wilson(right, rows, confidence) if method == "wilson" else clopper_pearson(right, rows, confidence)


def wilson(right: int, rows: int, confidence: float) -> tuple[float, float]:
    """Wilson's score interval."""
    z = float(normal_quantile(np.array([(1 + confidence) / 2]))[0])
    centre, width = right + z * z / 2, z * sqrt(right * (rows - right) / rows + z * z / 4)
    low, high = (centre - width) / (rows + z * z), (centre + width) / (rows + z * z)
    return (low if right else 0.0), (high if right < rows else 1.0)


def clopper_pearson(right: int, rows: int, confidence: float) -> tuple[float, float]:
    """The p at which so many right or more, and so many or fewer, have probability (1 - confidence) / 2."""
    rare = (1 - confidence) / 2
    low = _probability(right, rows, rare) if right else 0.0
    high = 1 - _probability(rows - right, rows, rare) if right < rows else 1.0
    return low, high


def _probability(right: int, rows: int, chance: float) -> float:
    """The p at which ``right`` or more of ``rows`` succeed with this chance, by halving an interval."""
    k = np.arange(1, rows + 1)
    choices = np.concatenate([[0.0], np.cumsum(np.log((rows - k + 1) / k))])[right:]  # log(rows over k), for k >= right
    successes = np.arange(right, rows + 1)
    low, high = 0.0, 1.0
    while high - low > 1e-15 * high:
        p = (low + high) / 2
        tail = np.exp(choices + successes * np.log(p) + (rows - successes) * np.log1p(-p)).sum()
        low, high = (p, high) if tail < chance else (low, p)
    return high
