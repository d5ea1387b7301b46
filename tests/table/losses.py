"""What every loss must be: plain loops over the Python floats of one row, and how to make data for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.maths.losses import CATALOGUE


@dataclass(frozen=True)
class Row:
    """A loss with some settings."""

    name: str
    of_row: Callable[[list[float], list[float]], float]
    target_kind: str
    head: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    away: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda T, P: P  # moves predictions off the corners
    hard: bool = False  # targets are labels: no distributions over the classes
    positive: bool = False  # targets and predictions are not negative
    by_target: bool = True  # there is a derivative by the target, too

    @property
    def function(self) -> Any:
        return CATALOGUE[self.name].configured(**self.settings)

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.settings.items())])


def average(entry: Callable[[float, float], float]) -> Callable[[list[float], list[float]], float]:
    return lambda t, p: math.fsum(entry(a, b) for a, b in zip(t, p, strict=True)) / len(p)


def total(entry: Callable[[float, float], float]) -> Callable[[list[float], list[float]], float]:
    return lambda t, p: math.fsum(entry(a, b) for a, b in zip(t, p, strict=True))


def xlogy(x: float, y: float) -> float:
    return x * math.log(y) if x else 0.0


def huber_entry(delta: float) -> Callable[[float, float], float]:
    def entry(t: float, p: float) -> float:
        e = abs(t - p)
        return e * e / 2 if e <= delta else delta * (e - delta / 2)

    return entry


def hinge_entry(t: float, p: float) -> float:
    return max(0.0, 1 - (2 * t - 1) * p)


def pinball_entry(tau: float) -> Callable[[float, float], float]:
    return lambda t, p: tau * (t - p) if t >= p else (1 - tau) * (p - t)


def log_cosh_entry(t: float, p: float) -> float:
    e = abs(t - p)
    return e + math.log1p(math.expm1(-2 * e) / 2)  # log((1 + e^-2e) / 2)


def cosine(t: list[float], p: list[float]) -> float:
    return -math.fsum(a * b for a, b in zip(t, p, strict=True)) / (math.hypot(*t) * math.hypot(*p))


def gaussian(t: list[float], p: list[float]) -> float:
    K = len(t)
    densities = (
        math.exp(-((y - m) ** 2) / (2 * math.exp(s))) / math.sqrt(2 * math.pi * math.exp(s))
        for y, m, s in zip(t, p[:K], p[K:], strict=True)
    )
    return -math.fsum(map(math.log, densities)) / K


def binary_entry(t: float, p: float) -> float:
    return -xlogy(t, p) - xlogy(1 - t, 1 - p)


def categorical_entry(t: float, p: float) -> float:
    return -xlogy(t, p)


def smoothed(
    entry: Callable[[float, float], float], s: float, choices: int = 0
) -> Callable[[list[float], list[float]], float]:
    return lambda t, p: total(entry)([(1 - s) * a + s / (choices or len(p)) for a in t], p)


def as_one_hot(of_row: Callable[[list[float], list[float]], float]) -> Callable[[Any, list[float]], float]:
    return lambda t, p: of_row([float(c == t) for c in range(len(p))], p)


def focal_entry(gamma: float, one: float, zero: float) -> Callable[[float, float], float]:
    def entry(t: float, p: float) -> float:
        return -one * t * (1 - p) ** gamma * math.log(p) - zero * (1 - t) * p**gamma * math.log(1 - p)

    return entry


def crammer_singer(t: list[float], p: list[float]) -> float:
    true = t.index(1.0)
    return max([0.0, *(1 + score - p[true] for c, score in enumerate(p) if c != true)])


def true_class(t: list[float], p: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(t, p, strict=True)) if len(p) > 1 else t[0] * p[0] + (1 - t[0]) * (1 - p[0])


def off_error(*corners: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Moves every prediction whose error is near a corner (of |e|) well away from it."""

    def away(T: np.ndarray, P: np.ndarray) -> np.ndarray:
        for corner in corners:
            P = np.where(np.abs(np.abs(P - T) - corner) < 0.01, P + 0.1, P)
        return P

    return away


def off_margin(T: np.ndarray, P: np.ndarray) -> np.ndarray:
    return np.where(np.abs(1 - (2 * T - 1) * P) < 0.01, P + 0.1, P)


def off_rivals(T: np.ndarray, P: np.ndarray) -> np.ndarray:
    """No two classes within a step of each other, and no margin of 1."""
    order = np.argsort(np.argsort(P, axis=1), axis=1)
    return np.round(P, 1) + 0.313 * order + 0.0137


SMOOTH = {"label_smoothing": 0.1}
ROWS = [
    Row("mse", average(lambda t, p: (t - p) ** 2), "real"),
    Row("half_mse", average(lambda t, p: (t - p) ** 2 / 2), "real"),
    Row("rmse", average(lambda t, p: (t - p) ** 2), "real"),  # the root comes after the rows
    Row("mae", average(lambda t, p: abs(t - p)), "real", away=off_error(0)),
    Row("mbe", average(lambda t, p: t - p), "real"),
    Row("mape", average(lambda t, p: 100 * abs((t - p) / t)), "real", away=off_error(0)),
    Row("huber", average(huber_entry(1.0)), "real", away=off_error(1)),
    Row("huber", average(huber_entry(2.5)), "real", settings={"delta": 2.5}, away=off_error(2.5)),
    Row("log_cosh", average(log_cosh_entry), "real", away=off_error(1)),  # where its two forms meet
    Row("msle", average(lambda t, p: (math.log1p(t) - math.log1p(p)) ** 2), "real", positive=True),
    Row("quantile", average(pinball_entry(0.5)), "real", away=off_error(0)),
    Row("quantile", average(pinball_entry(0.9)), "real", settings={"tau": 0.9}, away=off_error(0)),
    Row("cosine_similarity", cosine, "real"),
    Row("poisson", average(lambda t, p: p - xlogy(t, p)), "real", "exponential", positive=True),
    Row("gaussian_nll", gaussian, "gaussian"),
    Row("likelihood", true_class, "one_hot", "softmax"),  # the product comes after the rows
    Row("binary_crossentropy", total(binary_entry), "binary", "sigmoid"),
    Row("binary_crossentropy", smoothed(binary_entry, 0.1, 2), "binary", "sigmoid", SMOOTH),
    Row("hinge", average(hinge_entry), "binary", away=off_margin, by_target=False),
    Row("squared_hinge", average(lambda t, p: hinge_entry(t, p) ** 2), "binary", away=off_margin, by_target=False),
    Row("categorical_hinge", crammer_singer, "one_hot", away=off_rivals, hard=True, by_target=False),
    Row("categorical_crossentropy", total(categorical_entry), "one_hot", "softmax"),
    Row("categorical_crossentropy", smoothed(categorical_entry, 0.1), "one_hot", "softmax", SMOOTH),
    Row("sparse_categorical_crossentropy", as_one_hot(total(categorical_entry)), "classes", "softmax", by_target=False),
    Row(
        "sparse_categorical_crossentropy",
        as_one_hot(smoothed(categorical_entry, 0.1)),
        "classes",
        "softmax",
        SMOOTH,
        by_target=False,
    ),
    Row("kl_divergence", total(lambda t, p: xlogy(t, t) - xlogy(t, p)), "one_hot", "softmax"),
    Row("binary_focal_crossentropy", total(focal_entry(2, 0.25, 0.75)), "binary", "sigmoid"),
    Row(
        "binary_focal_crossentropy",
        total(focal_entry(0.5, 1, 1)),
        "binary",
        "sigmoid",
        {"gamma": 0.5, "alpha": None},
    ),
    Row("categorical_focal_crossentropy", total(focal_entry(2, 0.25, 0)), "one_hot", "softmax"),
    Row(
        "categorical_focal_crossentropy",
        total(focal_entry(0.5, 1, 0)),
        "one_hot",
        "softmax",
        {"gamma": 0.5, "alpha": None},
    ),
]


def example(row: Row, rows: int = 6, outputs: int = 3, *, logits: bool = False, seed: int = 0) -> tuple[Any, Any]:
    """A target and a prediction of this loss, away from its corners and from probabilities near 0."""
    rng = np.random.default_rng(seed)
    T = _targets(row, rng, rows, outputs)
    if row.target_kind == "gaussian":
        return T, rng.normal(size=(rows, 2 * outputs))
    if row.positive and not logits:
        return T, rng.uniform(0.2, 3, (rows, outputs))
    if row.head is None or logits:
        return T, row.away(T, rng.normal(scale=1.5, size=(rows, outputs)))
    if row.head == "sigmoid":
        return T, rng.uniform(0.1, 0.9, (rows, outputs))
    return T, 0.1 + (1 - 0.1 * outputs) * rng.dirichlet(np.ones(outputs), rows)


def _targets(row: Row, rng: np.random.Generator, rows: int, outputs: int) -> np.ndarray:
    if row.target_kind == "classes":
        return rng.integers(0, outputs, rows)
    if row.target_kind == "one_hot":
        T = np.eye(outputs)[rng.integers(0, outputs, rows)]
        if not row.hard:
            T[::3] = rng.dirichlet(np.ones(outputs), len(T[::3]))  # some rows that are distributions
        return T
    if row.target_kind == "binary":
        return rng.integers(0, 2, (rows, outputs)).astype(float)
    if row.positive:
        return rng.integers(0, 5, (rows, outputs)).astype(float)
    return rng.choice([-1, 1], (rows, outputs)) * rng.uniform(1, 3, (rows, outputs))


def inside(row: Row, T: np.ndarray) -> np.ndarray:
    """The targets moved into the inside of their interval, where they can change a little in both directions."""
    if row.target_kind in ("binary", "one_hot"):
        return 0.05 + 0.8 * T
    return T + 0.3 if row.positive else T
