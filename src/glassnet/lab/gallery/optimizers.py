"""Paths of optimizers: batch, mini-batch and stochastic, with and without momentum, on one surface; and each by itself.

The surface is the loss of a line through the lecture's twelve points (x brought to mean 0 and deviation 2), a function
of w and b. A batch of fewer rows has a gradient of its own, which points to the minimum only on average: so the path
trembles, and near the minimum it trembles as much as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import numpy as np

from glassnet import optim
from glassnet.lab.descent.descend import descend
from glassnet.lab.descent.numbers import digits
from glassnet.lab.descent.regression import C1
from glassnet.lab.show.document import Block, Document, Part, Picture, Pictures, Table, Words
from glassnet.maths.random import shuffle
from glassnet.optim.walk import walk
from glassnet.plots.surface import Ground, Walk
from glassnet.typing import Floats

START = (-0.35, -0.75)
RATE, ETA = 0.1, 0.8
EPOCHS = 12
SIZES = {"batch": 12, "mini-batch of 4": 4, "stochastic": 1}
RAVINE, RAVINE_START, RAVINE_STEPS = "x^2 + 10y^2", (9.0, 3.0), 40
# Rates with which each optimizer comes about as far on the ravine; those that have none here keep their own.
RATES = {
    "gradient_descent": 0.08, "momentum": 0.02, "nesterov": 0.02, "adagrad": 2.0, "rmsprop": 0.5, "adam": 0.8,
    "amsgrad": 0.8, "adamw": 0.8, "nadam": 0.6, "radam": 1.5, "adamax": 0.8, "lion": 0.4, "rprop": 0.5, "muon": 0.5,
    "schedule_free_adamw": 0.8,
}  # fmt: skip
LEFT_OUT = ("levenberg_marquardt",)  # fits rows, not a function alone


@dataclass(frozen=True)
class Trembling:
    """A path with batches of one size: its points, and how far it strays around the minimum in its last third."""

    name: str
    size: int
    momentum: bool
    points: Floats
    spread: float
    distance: float


def data() -> tuple[Floats, Floats]:
    """x with mean 0 and deviation 2, and y: (n,) each."""
    x, y = np.array(C1, np.float64).T
    return 2 * (x - x.mean()) / x.std(), y


def loss(w: Any, b: Any) -> Any:
    """The mean of (w x + b - y)^2 / 2 over all points, for arrays of w and b."""
    x, y = data()
    gaps = np.multiply.outer(w, x) + np.expand_dims(b, -1) - y
    return np.mean(gaps**2, axis=-1) / 2


def minimum() -> Floats:
    """The line of least squares."""
    x, y = data()
    return np.array([np.mean(x * y) / np.mean(x * x), np.mean(y)])


def trembling(size: int, momentum: bool, *, epochs: int = EPOCHS, seed: int = 0) -> Trembling:
    """The path of gradient descent with batches of so many rows, with or without momentum.

    With momentum the rate is 1 - eta times as large, so that both take steps of one length along a steady slope.
    """
    x, y = data()
    batches = _batches(len(x), size, seed)

    def both(theta: Floats) -> tuple[float, Floats]:
        rows = next(batches)
        gaps = theta[0] * x[rows] + theta[1] - y[rows]
        return float(np.mean(gaps**2) / 2), np.array([np.mean(gaps * x[rows]), np.mean(gaps)])

    rule: optim.Optimizer = optim.get("momentum", learning_rate=RATE * (1 - ETA), eta=ETA) if momentum else (
        optim.get("gradient_descent", learning_rate=RATE)
    )  # fmt: skip
    steps = epochs * -(-len(x) // size)
    points = np.array([place.point for place in islice(walk(both, START, rule), steps + 1)])
    end = points[-len(points) // 3 :]
    away = end - minimum()
    name = next(name for name, rows in SIZES.items() if rows == size)
    spread = float(np.sqrt((np.diff(end, axis=0) ** 2).sum(axis=1).mean()))
    return Trembling(name, size, momentum, points, spread, float(np.sqrt((away**2).sum(axis=1).mean())))


def _batches(n: int, size: int, seed: int) -> Iterator[Any]:
    """Rows in a new order every epoch; a full batch in their own."""
    epoch = 0
    while True:
        order = shuffle(seed, epoch, n) if size < n else np.arange(n)
        yield from (order[start : start + size] for start in range(0, n, size))
        epoch += 1


def document() -> Document:
    """All of it."""
    paths = {momentum: [trembling(size, momentum) for size in SIZES.values()] for momentum in (False, True)}
    parts = (
        Part("Batch, mini-batch, stochastic", tuple(_trembling(paths))),
        Part("Every optimizer on one surface", tuple(_each())),
    )
    lead = "The same start, the same surface: what a batch's size, momentum and the rule make of the way down."
    rows = [
        {"name": p.name, "batch_size": p.size, "momentum": p.momentum, "steps": len(p.points) - 1, "spread": p.spread,
         "distance": p.distance, "path": p.points.tolist()}
        for momentum in (False, True) for p in paths[momentum]
    ]  # fmt: skip
    return Document("Functions", "Optimizers", lead, parts, data={"paths": rows})


def _trembling(paths: dict[bool, list[Trembling]]) -> Iterator[Block]:
    yield Words(f"A line through the lecture's twelve points: f(w, b) = mean of (w x + b - y)²/2. {EPOCHS} epochs, "
                f"from w = {START[0]:g}, b = {START[1]:g}, rate {RATE:g}; with momentum {RATE * (1 - ETA):.2g} "
                f"and eta {ETA:g}, which is as fast along a steady slope.")  # fmt: skip
    for momentum in (False, True):
        yield Picture(_together(paths[momentum]), "With momentum." if momentum else "Without momentum.")
    pairs = [path for both in zip(paths[False], paths[True], strict=True) for path in both]
    yield Pictures(tuple(Picture(_alone(path), f"{path.name}, {'with' if path.momentum else 'without'} momentum.")
                         for path in pairs))  # fmt: skip
    rows = [
        (path.name, "yes" if path.momentum else "no", str(len(path.points) - 1), digits(path.distance, 3),
         digits(path.spread, 3))
        for path in pairs
    ]  # fmt: skip
    header = ("batch", "momentum", "steps", "distance from the minimum", "length of a step")
    caption = "In the last third of each path, root of the mean square"
    yield Table(header, tuple(rows), caption, words=(0, 1))


RANGES = ((-0.75, 1.25), (-1.0, 1.0))


def _together(paths: list[Trembling]) -> Any:
    walks = [Walk(path.points, path.name, f"{len(path.points) - 1} steps") for path in reversed(paths)]
    return _map(walks, "Batch, mini-batch and stochastic")


def _alone(path: Trembling) -> Any:
    return _map([Walk(path.points, path.name)], path.name, legend=False)


def _map(walks: list[Walk], title: str, legend: bool = True) -> Any:
    w, b = minimum()
    return _ground().picture(walks, [((float(w), float(b)), "")], title=title, legend=legend)


@cache
def _ground() -> Ground:
    return Ground.of(loss, *RANGES, x_label="w", y_label="b", count=8)


def _each() -> Iterator[Block]:
    """A map for every optimizer of the library, on a ravine."""
    names = [name for name in optim.CATALOGUE if name not in LEFT_OUT]
    chosen = [optim.get(name, **({"learning_rate": RATES[name]} if name in RATES else {})) for name in names]
    found = descend(RAVINE, RAVINE_START, steps=RAVINE_STEPS, optimizer=chosen)
    yield Words(f"f(x, y) = {RAVINE} from ({RAVINE_START[0]:g}, {RAVINE_START[1]:g}), {RAVINE_STEPS} steps at most.")
    ground = Ground.of(lambda x, y: found.function.at([x, y]), (-10.5, 10.5), (-10.5, 10.5), count=8)
    pictures, rows = [], []
    for way in found.ways:
        name = way.optimizer.name.replace("_", " ")
        drawn = ground.picture([Walk(way.points, name)], [((0.0, 0.0), "")], title=name, legend=False)
        settings = repr(way.optimizer).partition("(")[2].removesuffix(")")
        pictures.append(Picture(drawn, f"{name}, rate {digits(way.optimizer.rate(0))}"))
        rows.append((name, str(way.steps), digits(float(way.values[-1]), 3), settings))
    yield Pictures(tuple(pictures))
    yield Table(("optimizer", "steps", "f at the end", "settings"), tuple(rows), words=(0, 3))
