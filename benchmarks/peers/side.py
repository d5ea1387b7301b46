"""What a side of the benchmark can do. A side's constructor is not timed; its calls are, from outside its process."""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from workloads import Data, Workload, pooled

from glassnet.typing import Array, Floats


class Side(ABC):
    """A network of one workload with its data in memory, in the form that suits this side best."""

    follows_recipes = False  # schedules, smoothed labels, other betas

    def __init__(self, workload: Workload, data: Data, **settings: Any) -> None:
        if workload.decay and not self.follows_recipes:
            raise ValueError("trains at a constant rate only, so no recipe")
        self.workload, self.settings = workload, settings
        self.pixels = data.X
        self.data = data.pooled() if workload.pooled else data
        self.rows = len(data.X)
        self.batch = workload.batch_of(self.rows)
        self.epoch, self.steps = 0, math.ceil(self.rows / self.batch)
        self.setup()

    @abstractmethod
    def setup(self) -> None:
        """Makes the network, and holds the data."""

    @abstractmethod
    def train(self, epochs: int) -> None:
        """Trains so many further epochs, each in a new order of the rows; returns when they are done."""

    @abstractmethod
    def probabilities(self, X: Floats) -> Floats:
        """NumPy in, NumPy out: the probability of each class. `X` is what `prepared` made."""

    def hold(self, X: Array) -> None:
        """Brings the rows to where this side wants them for its training."""
        self.X = self.prepared(X)

    def race(self, epochs: int) -> None:
        """All of a recipe, from the bytes of the pixels: what was done to them before is done again."""
        self.hold(pooled(self.pixels) if self.workload.pooled else self.pixels)
        self.train(epochs)

    def prepared(self, X: Array) -> Array:
        """Rows as this side's users hold them."""
        return self.data.floats(X, self.workload.dtype)

    # ---- the same on every side ----------------------------------------------------------------------------------

    def order(self) -> Array:
        """The rows of the next epoch, shuffled by NumPy, where a side has no faster way; a full batch has no order."""
        self.epoch += 1
        if self.batch == self.rows:
            return np.arange(self.rows)
        return np.random.default_rng((self.workload.seed, self.epoch)).permutation(self.rows)

    def rates(self) -> Floats:
        """The learning rates of the epoch that `order` has begun."""
        if not self.workload.decay:
            return np.full(self.steps, self.workload.rate, self.workload.dtype)
        first = (self.epoch - 1) * self.steps
        steps = range(first, first + self.steps)
        return np.array([self.workload.rate_at(step, self.rows) for step in steps], self.workload.dtype)

    def start(self) -> list[tuple[Array, Array]]:
        """He's start weights, the same on every side that takes weights."""
        rng, dtype, widths = np.random.default_rng(self.workload.seed), self.workload.dtype, self.workload.widths
        pairs = itertools.pairwise(widths)
        return [(rng.normal(0, np.sqrt(2 / i), (i, o)).astype(dtype), np.zeros(o, dtype)) for i, o in pairs]

    def accuracy(self) -> float:
        predicted = self.probabilities(self.prepared(self.data.X_test)).argmax(axis=1)
        return float((predicted == self.data.y_test).mean())
