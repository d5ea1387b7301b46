"""What is measured, as plain data: networks, batch sizes, rules, and the data that every side is given."""

from __future__ import annotations

import itertools
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

RISE = 0.1


@dataclass(frozen=True)
class Workload:
    """One row of the table. ReLU between the layers, softmax and cross-entropy at the end, on every side."""

    key: str
    widths: tuple[int, ...]
    batch: int  # 0: all rows
    rule: str  # "sgd" or "adam"
    rate: float
    check_epochs: int  # trained before anything is timed; the accuracy then lies in `range`
    range: tuple[float, float]
    must: float  # times the fastest peer; for J: microseconds
    aim: float
    data: str = "mnist"
    dtype: str = "float32"
    unit: str = "epoch"
    unit_epochs: int = 1  # a result is the time of so many epochs
    predict: int = 0  # rows of a forward pass, where that is what is timed
    # Of the recipes in time_to_accuracy.py:
    decay: int = 0  # epochs over which the rate rises from 0 for a tenth and falls to 0 for the rest
    smoothing: float = 0.0  # of the labels
    betas: tuple[float, float] = (0.9, 0.999)  # of Adam
    pooled: bool = False  # 14 x 14 means of 2 x 2 pixels in place of the 784
    seed: int = 0

    @property
    def title(self) -> str:
        """784-128-10, batch 64, Adam."""
        name = "-".join(map(str, self.widths))
        if self.predict:
            return f"{name}, predict_proba of {self.predict} row{'s' if self.predict > 1 else ''}"
        batch = f"batch {self.batch}" if self.batch else "full batch"
        about = {"mnist": "", "table": ", a table of 2000 rows", "dense": ", dense random input"}[self.data]
        return f"{name}, {batch}, {self.rule_name}{', float64' if self.dtype == 'float64' else ''}{about}"

    @property
    def rule_name(self) -> str:
        return {"sgd": "SGD", "adam": "Adam"}[self.rule]

    def operations(self, rows: int) -> float:
        """Floating-point operations of the matrix products in one epoch, as if no number were zero."""
        products = [i * o for i, o in itertools.pairwise(self.widths)]
        if self.predict:
            return 2.0 * self.predict * sum(products)
        # Forward, weight gradient, and the input gradient of every layer but the first.
        return 2.0 * rows * (3 * sum(products) - products[0])

    def rate_at(self, step: int, rows: int) -> float:
        """The learning rate of a step, counted from 0."""
        if not self.decay:
            return self.rate
        steps = self.decay * math.ceil(rows / self.batch_of(rows))
        return self.rate * min((step + 1) / (RISE * steps), max(0.0, steps - step) / ((1 - RISE) * steps))

    def batch_of(self, rows: int) -> int:
        return self.batch or rows


WORKLOADS = {
    workload.key: workload
    for workload in (
        Workload("A", (784, 10, 10), 64, "sgd", 0.1, 2, (0.87, 0.95), 4, 8),
        Workload("B", (784, 128, 10), 64, "adam", 1e-3, 2, (0.95, 0.985), 2.5, 4.5),
        Workload("C", (784, 1000, 10), 128, "sgd", 0.1, 2, (0.93, 0.98), 2.5, 4),
        Workload("D", (784, 512, 512, 10), 128, "adam", 1e-3, 1, (0.94, 0.985), 1.7, 2.6),
        Workload("E", (784, 32, 10), 32, "adam", 1e-3, 2, (0.92, 0.97), 5, 10),
        Workload("F", (784, 10, 10), 0, "sgd", 0.1, 100, (0.55, 0.92), 3, 6, unit="500 iterations", unit_epochs=500),
        Workload(
            "G", (20, 64, 64, 3), 32, "adam", 1e-3, 20, (0.65, 0.90), 4, 10, "table", unit="100 epochs", unit_epochs=100
        ),
        Workload("H", (784, 512, 512, 10), 512, "sgd", 0.1, 10, (0.55, 1.0), 1.2, 1.2, "dense"),
        Workload("I", (784, 128, 10), 64, "adam", 1e-3, 2, (0.95, 0.985), 2, 3, dtype="float64"),
        Workload("J", (784, 128, 10), 64, "adam", 1e-3, 1, (0.93, 0.98), 6, 3, unit="call", predict=1),
        Workload("K", (784, 128, 10), 64, "adam", 1e-3, 1, (0.93, 0.98), 2, 4, unit="call", predict=10_000),
    )
}


def store(folder: Path) -> None:
    """Writes the data that all sides read: DATA-X.npy, DATA-y.npy and what accuracy is measured on.

    Ends the script with a sentence where MNIST is neither here nor to be had.
    """
    import glassnet as gn

    try:
        (X, y), (X_test, y_test) = gn.data.load("mnist")
    except (gn.errors.GlassnetError, OSError) as error:
        sys.exit(f"The benchmarks need MNIST. {error}")
    _write(folder, "mnist", X.reshape(len(X), -1), y, X_test.reshape(len(X_test), -1), y_test)
    rng = np.random.default_rng(0)
    X, y = _teacher(rng, 3000, (20, 16, 3))
    _write(folder, "table", X[:2000], y[:2000], X[2000:], y[2000:])
    X, y = _teacher(rng, 8192, (784, 10))
    _write(folder, "dense", X, y, X, y)  # nothing to generalise: it has learned where it knows these rows


def pooled(X: Any, rows: int = 1024) -> Any:
    """The mean of each 2 x 2 pixels, half rounded upwards: (n, 784) bytes to (n, 196), so many rows at a time."""
    means = np.empty((len(X), 196), np.uint8)
    for first in range(0, len(X), rows):
        pairs = X[first : first + rows].view(np.uint16)
        sums = (pairs & 255) + (pairs >> 8)
        upper_and_lower = sums.reshape(-1, 14, 2, 14)
        four = upper_and_lower[:, :, 0] + upper_and_lower[:, :, 1]
        means[first : first + rows] = ((four + 2) >> 2).reshape(-1, 196)
    return means


def _teacher(rng: np.random.Generator, rows: int, widths: tuple[int, ...]) -> tuple[Any, Any]:
    """Normal numbers, and the class that a random network gives them."""
    X = rng.standard_normal((rows, widths[0])).astype(np.float32)
    Z = X
    for i, o in itertools.pairwise(widths):
        Z = np.tanh(Z) @ rng.standard_normal((i, o))
    return X, Z.argmax(axis=1)


def _write(folder: Path, name: str, *arrays: Any) -> None:
    for part, array in zip(("X", "y", "X-test", "y-test"), arrays, strict=True):
        kept = array.astype(np.int64) if part.startswith("y") else array
        np.save(folder / f"{name}-{part}.npy", np.ascontiguousarray(kept))


@dataclass
class Data:
    """The arrays of a workload, in memory: X uint8 or float32, y int64."""

    X: Any
    y: Any
    X_test: Any
    y_test: Any

    @classmethod
    def read(cls, folder: Path, name: str) -> Data:
        return cls(*(np.load(folder / f"{name}-{part}.npy") for part in ("X", "y", "X-test", "y-test")))

    def pooled(self) -> Data:
        return replace(self, X=pooled(self.X), X_test=pooled(self.X_test))

    def floats(self, X: Any, dtype: str) -> Any:
        """Pixels from 0 to 1 as floats, as the peers keep them."""
        return X.astype(dtype) / np.asarray(255, dtype) if X.dtype == np.uint8 else X.astype(dtype)
