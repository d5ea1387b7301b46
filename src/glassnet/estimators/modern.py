"""`preset="modern"`: the literature's advice on networks for tables as one recipe, and the networks trained by it.

Several small networks, each without one part of the rows: that part says which epoch of it was the best, and all rows
are learned from by the others. A prediction is the mean of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.engine.orders import shuffle
from glassnet.errors import SettingError
from glassnet.layers import Dense, Dropout, Layer
from glassnet.optim import Adam
from glassnet.optim.schedules import Cosine, WarmUp
from glassnet.training.callbacks import Callback, EarlyStopping
from glassnet.training.network import Network
from glassnet.training.run import Run
from glassnet.typing import Array, Floats, Indices

FEW = 60  # rows, below which a part of them is too small to choose an epoch by: all are learned from
NONE: Indices = np.zeros(0, np.int64)
SPREAD = 1_000_003  # between the seeds of two ensembles, so that their members have seeds of their own
LOSSES = {"classes": "categorical_crossentropy", "labels": "binary_crossentropy", "numbers": "mse"}


@dataclass(frozen=True)
class Recipe:
    """Networks, loss and training of the preset; docs/tables.md says what was measured of it.

    Formula:
        prediction = mean over the members of their outputs (probabilities for classes)

    Args:
        hidden: widths of the hidden layers.
        activation: of the hidden layers.
        dropout: the share of the hidden units that a step leaves out.
        alpha: a penalty (alpha / 2) |W|^2 / rows of the batch, as that of the estimators.
        label_smoothing: the share of a class that all classes divide among them, T := (1 - s) T + s / C.
        learning_rate: Adam's, at its highest: it rises over the first twentieth of the steps and falls along half a
            cosine to nothing.
        epochs: passes over the rows, at most.
        updates: steps, at most; large tables have fewer epochs.
        batch_size: rows a step; None takes a 32nd of the rows, from 32 to 256.
        patience: epochs without a better one after which a member stops.
        members: how many networks.
        best_epoch: whether each of them leaves out a part of the rows and keeps the weights of the epoch that was best
            on it; else all learn from all rows, to the end.

    Raises:
        SettingError: fewer than one member, epoch or update.

    Example:
        >>> Recipe().steps(1000)
        (32, 100)

    Source: Holzmueller, Grinsztajn and Steinwart (2024), "Better by default", arXiv 2407.04491 (smoothing, decay,
    schedule, best epoch); Breiman (1996), Machine Learning 24, 123-140 (means of networks that saw different rows).
    """

    hidden: tuple[int, ...] = (128, 64)
    activation: Any = "relu"
    dropout: float = 0.1
    alpha: float = 0.0
    label_smoothing: float = 0.1
    learning_rate: float = 3e-3
    epochs: int = 100
    updates: int = 20_000
    batch_size: int | None = None
    patience: int = 40
    members: int = 8
    best_epoch: bool = True

    def __post_init__(self) -> None:
        for name in ("epochs", "updates", "patience", "members"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} of the preset must be at least 1; given {getattr(self, name)!r}.")

    def steps(self, rows: int) -> tuple[int, int]:
        """(rows a step, epochs) for so many rows."""
        size = self.batch_size or int(np.clip(rows // 32, 32, 256))
        each = -(-rows // min(size, rows))
        return min(size, rows), max(1, min(self.epochs, self.updates // each))

    def layers(self, outputs: int) -> list[Layer]:
        """Hidden layers and a linear end."""
        found: list[Layer] = []
        for width in self.hidden:
            found.append(Dense(width, self.activation, l2_shared=self.alpha / 2))
            if self.dropout:
                found.append(Dropout(self.dropout))
        return [*found, Dense(outputs, l2_shared=self.alpha / 2)]

    def optimizer(self, steps: int) -> Adam:
        """Adam with the rate of each step."""
        rise = max(1, steps // 20)
        return Adam(WarmUp(Cosine(self.learning_rate, steps=max(1, steps - rise)), steps=rise))

    def targets(self, y: Array, kind: str, outputs: int, dtype: Any) -> Array:
        """The targets as the loss takes them, smoothed: so no engine needs to know of the smoothing."""
        rows = np.eye(outputs)[y] if kind == "classes" else np.reshape(y, (len(y), outputs))
        if kind != "numbers":
            sides = outputs if kind == "classes" else 2
            rows = (1 - self.label_smoothing) * rows + self.label_smoothing / sides
        return np.asarray(rows, dtype)


@dataclass(eq=False)
class Ensemble:
    """Networks whose outputs are averaged, and the runs that made them.

    Formula:
        outputs(X) = mean over the members of outputs_k(X)

    Shapes: X (n, d), outputs (n, C).

    Raises: what `Network.outputs` raises.

    Example:
        >>> X, y = np.eye(4), np.array([0, 1, 1, 0])
        >>> ensemble = train(Recipe(members=2, epochs=3), X, y, "classes", outputs=2)
        >>> ensemble.outputs(X).shape
        (4, 2)

    Source: Hansen and Salamon (1990), IEEE PAMI 12, 993-1001, "Neural network ensembles".
    """

    members: tuple[Network, ...]
    runs: tuple[Run, ...] = field(default=(), repr=False)

    def outputs(self, X: Array) -> Floats:
        """Probabilities for classes, numbers elsewhere."""
        each = [member.outputs(X) for member in self.members]
        return np.asarray(np.mean(each, axis=0, dtype=np.float64), each[0].dtype)


def folds(strata: Array, count: int, seed: int) -> list[Indices]:
    """The rows in so many parts, each with its share of every class (or of small and large targets).

    strata: (n,), classes or numbers. The parts hold every row once, and differ by at most one in size.

    >>> [sorted(np.array([0, 1, 0, 1])[part].tolist()) for part in folds(np.array([0, 1, 0, 1]), 2, seed=0)]
    [[0, 1], [0, 1]]

    Source: Kohavi (1995), IJCAI 14, 1137-1143: cross-validation is best with parts that are stratified.
    """
    shuffled = shuffle(seed, 0, len(strata))
    dealt = shuffled[np.argsort(strata[shuffled], kind="stable")]
    return [dealt[k::count] for k in range(count)]


def train(
    recipe: Recipe,
    X: Array,
    y: Array,
    kind: str,
    outputs: int,
    *,
    front: Sequence[Layer] = (),
    sample_weight: Floats | None = None,
    validation_data: Any = None,
    callbacks: Iterable[Callback] = (),
    seed: int = 0,
    out: Any = None,
    **fit: Any,
) -> Ensemble:
    """The networks of a recipe, trained one after the other.

    Args:
        recipe: what is trained, and how.
        X: rows as numbers, (n, d).
        y: (n,) whole numbers from 0 for classes, (n, k) zeros and ones for labels, (n,) or (n, k) numbers.
        kind: "classes", "labels" or "numbers".
        outputs: how many classes, labels or numbers there are.
        front: layers before the first hidden one, such as an embedding.
        sample_weight: (n,) weights of the rows in the loss.
        validation_data: (X, y), or (X, y, weights), by which the epochs are chosen; without it each member leaves out a
            part of the rows.
        callbacks: listeners to every member's training.
        seed: decides the parts, start weights and orders.
        out: a folder that is made, with a run of each member in it: 0, 1, 2, ...
        fit: further arguments of `Network.fit`, such as `threads`.

    Raises:
        What `Network.fit` raises.
    """
    T = recipe.targets(y, kind, outputs, X.dtype)
    choosing = recipe.best_epoch and validation_data is None and len(X) >= FEW and recipe.members > 1
    parts = folds(np.reshape(y, (len(X), -1))[:, 0], recipe.members, seed) if choosing else [NONE] * recipe.members
    held: Any = None
    if validation_data is not None:
        X_held, y_held, *weights = validation_data
        held = (X_held, recipe.targets(y_held, kind, outputs, X.dtype), *weights)
    members, runs = [], []
    for k, left_out in enumerate(parts):
        kept = np.setdiff1d(np.arange(len(X)), left_out)
        chosen_by = (X[left_out], T[left_out]) if choosing else held
        size, epochs = recipe.steps(len(kept))
        member = Network([*front, *recipe.layers(outputs)])
        run = member.fit(
            X[kept],
            T[kept],
            loss=LOSSES[kind],
            optimizer=recipe.optimizer(epochs * -(-len(kept) // size)),
            epochs=epochs,
            batch_size=size,
            validation_data=chosen_by,
            callbacks=(*callbacks, *([] if chosen_by is None else [EarlyStopping(patience=recipe.patience)])),
            sample_weight=None if sample_weight is None else sample_weight[kept],
            seed=(seed * SPREAD + k) % 2**64,
            out=None if out is None else Path(out) / str(k),
            **fit,
        )
        members.append(member)
        runs.append(run)
    return Ensemble(tuple(members), tuple(runs))
