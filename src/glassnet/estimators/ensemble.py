"""Several networks for one table: trained by a recipe, and weighted by what their like said of rows they had not seen.

First the judging: of each variant networks are trained that leave out a part of the rows each. What they say of that
part is an honest sample of what the variant says of new rows, and decides how much it counts. Then the members:
networks of the variants that count, trained on all rows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.engine.orders import shuffle
from glassnet.estimators.modern import Recipe, Variant
from glassnet.layers import Layer
from glassnet.maths import losses
from glassnet.training.callbacks import Callback, EarlyStopping
from glassnet.training.interrupt import deferred
from glassnet.training.network import Network
from glassnet.training.run import Run
from glassnet.typing import Array, Floats, Indices

FEW = 60  # rows, below which a part of them says too little to choose anything by: all are learned from
ROUNDS = 10  # of the choice among the variants
SPREAD = 1_000_003  # between the seeds of two ensembles, so that their members have seeds of their own
LOSSES = {"classes": "categorical_crossentropy", "labels": "binary_crossentropy", "numbers": "mse"}
LEAST = 1e-6  # of a probability where variants are chosen: one row that is wrong beyond doubt would else decide alone


@dataclass(eq=False)
class Ensemble:
    """Networks whose outputs are averaged by their weights, and the runs that made them.

    Formula:
        outputs(X) = sum over the members of weights_k outputs_k(X without the columns that member k does not see)

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
    weights: tuple[float, ...]
    runs: tuple[Run, ...] = field(default=(), repr=False)

    def outputs(self, X: Array) -> Floats:
        """Probabilities for classes, numbers elsewhere."""
        each = [member.outputs(seen(member, X)) for member in self.members]
        return np.asarray(np.tensordot(np.asarray(self.weights), each, axes=1), each[0].dtype)


def sees(member: Network) -> int:
    """How many columns a member sees: all, or the first ones, before the bins."""
    assert member.input_shape is not None  # it is trained
    return member.input_shape[0]


def seen(member: Network, X: Array) -> Array:
    """The columns that a member sees."""
    return first_columns(X, sees(member))


def is_sparse(X: Any) -> bool:
    """Whether these rows are a sparse matrix."""
    return hasattr(X, "tocsr")


def first_columns(X: Array, count: int) -> Array:
    """The first columns of an array, or of a sparse matrix, which they would be copied from."""
    columns: Array = X if X.shape[1] == count else X[:, :count]
    return columns


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


def blended(T: Array, said: Sequence[Floats], kind: str, weight: Floats | None = None) -> tuple[float, ...]:
    """How much each of several predictions counts, so that their mean has a small loss: shares of ROUNDS, 1 in all.

    In each round that prediction joins, again where it has joined before, whose joining gives the smallest loss.

    T: (n, C) targets, one-hot for classes. said: predictions, (n, C) each. weight: (n,) of the rows.

    >>> T = np.array([[0.0], [1.0], [2.0]])
    >>> blended(T, [T + 0.5, T - 0.5, T + 3], "numbers")
    (0.5, 0.5, 0.0)

    Source: Caruana, Niculescu-Mizil, Crew and Ksikes (2004), ICML, "Ensemble selection from libraries of models".
    """
    loss = losses.get(LOSSES[kind])
    bounds = (-np.inf, np.inf) if kind == "numbers" else (LEAST, 1 - LEAST)
    total, joined = np.zeros_like(T, np.float64), np.zeros(len(said), int)
    for size in range(1, ROUNDS + 1):
        means = [np.clip((total + each) / size, *bounds) for each in said]
        best = int(np.argmin([loss(T, mean, sample_weight=weight) for mean in means]))
        total, joined[best] = total + said[best], joined[best] + 1
    return tuple((joined / ROUNDS).tolist())


@dataclass(frozen=True, eq=False)
class Examples:
    """Rows as a network sees them, their targets (n, C), not yet smoothed, and how much each row counts."""

    X: Floats
    T: Array
    weight: Floats | None = None

    @classmethod
    def of(cls, X: Floats, y: Array, weight: Floats | None, kind: str, outputs: int) -> Examples:
        """Targets as a column for each output: one-hot for classes."""
        return cls(X, np.eye(outputs)[y] if kind == "classes" else np.reshape(y, (len(y), outputs)), weight)

    def at(self, rows: Indices) -> Examples:
        """Some of the rows."""
        return Examples(self.X[rows], self.T[rows], None if self.weight is None else self.weight[rows])


@dataclass(frozen=True, eq=False)
class Training:
    """What all networks of an ensemble have in common."""

    recipe: Recipe
    kind: str
    outputs: int
    width: int  # columns before the bins
    front: Sequence[Layer]
    seed: int
    settings: Mapping[str, Any]  # of every fit
    watchers: tuple[Callback, ...] = ()  # hear of every fit
    stop: Array = field(default_factory=lambda: np.zeros(1, np.uint8))  # 1 after Ctrl-C, in a fit or between two

    def fit(
        self,
        variant: Variant,
        rows: Examples,
        number: int,
        *,
        held: Examples | None = None,
        epochs: int | None = None,
        callbacks: Iterable[Callback] = (),
        out: Path | None = None,
    ) -> tuple[Network, Run]:
        """A network of a variant: to the end of its schedule, to its best epoch on `held`, or for so many epochs."""
        recipe, rows = self.recipe, self.as_seen(rows, variant)
        count = len(rows.T)
        size, planned = recipe.steps(count)
        heard = (*callbacks, *self.watchers)
        stopping: dict[str, Any] = {"callbacks": heard}
        if held is not None and recipe.best_epoch:
            held = self.as_seen(held, variant)
            weights = () if held.weight is None else (held.weight,)
            stopping["validation_data"] = (held.X, self._targets(held), *weights)
            stopping["callbacks"] = (*heard, EarlyStopping(patience=recipe.patience))
        network = Network([*self.front, *recipe.layers(variant, self.outputs)])
        run = network.fit(
            rows.X,
            self._targets(rows),
            loss=LOSSES[self.kind],
            optimizer=recipe.optimizer(planned * -(-count // size), sparse=is_sparse(rows.X)),
            epochs=min(planned, epochs or planned),
            batch_size=size,
            sample_weight=rows.weight,
            seed=(self.seed * SPREAD + number) % 2**64,
            out=out,
            **stopping,
            **self.settings,
        )
        return network, run

    def as_seen(self, rows: Examples, variant: Variant) -> Examples:
        """The rows with the columns that a variant sees."""
        return rows if variant.binned else replace(rows, X=first_columns(rows.X, self.width))

    def _targets(self, rows: Examples) -> Array:
        return self.recipe.smoothed(rows.T, self.kind, rows.X.dtype)


@dataclass(frozen=True)
class Verdict:
    """What judging found: how much each variant counts, and after how many epochs it was best."""

    shares: tuple[float, ...]
    epochs: tuple[int | None, ...]


def judge(training: Training, variants: Sequence[Variant], rows: Examples, strata: Array, first: int) -> Verdict:
    """Trains networks that leave out a part of the rows, and asks each about its part.

    strata: (n,) of which every part gets its share. first: the number of the first network, for its seed.
    """
    recipe = training.recipe
    parts = folds(strata, recipe.judges, training.seed)[: recipe.judged(len(strata))]
    judging = np.sort(np.concatenate(parts))
    unrecorded = replace(training, settings={**training.settings, "replayable": False})
    said, epochs = [], []
    for v, variant in enumerate(variants):
        outputs, best = np.empty(rows.T.shape, np.float64), []
        for k, part in enumerate(parts):
            left_out = rows.at(part)
            others = np.setdiff1d(np.arange(len(strata)), part)
            network, run = unrecorded.fit(variant, rows.at(others), first + v * len(parts) + k, held=left_out)
            if training.stop[0]:
                raise KeyboardInterrupt  # there is nothing yet to predict with
            outputs[part] = network.outputs(seen(network, left_out.X))
            best.append(1 + int(np.argmin([record.get("val_loss", 0.0) for record in run.history])))
        said.append(outputs[judging])
        epochs.append(round(float(np.mean(best))) if recipe.best_epoch else None)
    weight = None if rows.weight is None else rows.weight[judging]
    return Verdict(weighted(recipe, rows.T[judging], said, training.kind, weight), tuple(epochs))


def weighted(recipe: Recipe, T: Array, said: Sequence[Floats], kind: str, weight: Floats | None) -> tuple[float, ...]:
    """The shares of the variants, by what they said of rows they had not seen."""
    if not recipe.blend:
        return (1 / len(said),) * len(said)
    return blended(T, said, kind, weight)


def train(
    recipe: Recipe,
    X: Array,
    y: Array,
    kind: str,
    outputs: int,
    *,
    width: int | None = None,
    front: Sequence[Layer] = (),
    sample_weight: Floats | None = None,
    validation_data: Any = None,
    callbacks: Iterable[Callback] = (),
    watchers: Iterable[Callback] = (),
    seed: int = 0,
    out: Any = None,
    **fit: Any,
) -> Ensemble:
    """The networks of a recipe, trained one after the other.

    Args:
        recipe: what is trained, and how.
        X: rows as numbers, (n, d), or a CSR matrix.
        y: (n,) whole numbers from 0 for classes, (n, k) zeros and ones for labels, (n,) or (n, k) numbers.
        kind: "classes", "labels" or "numbers".
        outputs: how many classes, labels or numbers there are.
        width: how many columns stand before the bins; None says that there are no bins.
        front: layers before the first hidden one, such as an embedding.
        sample_weight: (n,) weights of the rows in the loss.
        validation_data: (X, y), or (X, y, weights), by which the members are judged instead of others.
        callbacks: listeners to every member's training. watchers: to that of the judges as well.
        seed: decides the parts, start weights and orders.
        out: a folder that is made, with a run of each member in it: 0, 1, 2, ...
        fit: further arguments of `Network.fit`, such as `threads`.

    Ctrl-C, in a training or between two, ends it with the networks that are whole, and a warning; with the one under
    way where it is the first.

    Raises:
        KeyboardInterrupt: Ctrl-C before the first epoch of the first member.
        What `Network.fit` raises.
    """
    held = None
    if validation_data is not None:
        X_held, y_held, *weights = validation_data
        held = Examples.of(X_held, y_held, weights[0] if weights else None, kind, outputs)
    rows = Examples.of(X, y, sample_weight, kind, outputs)
    seen_by_all = X.shape[1] if width is None else width
    training = Training(recipe, kind, outputs, seen_by_all, tuple(front), seed, fit, tuple(watchers))
    variants = recipe.distinct(there_are_bins=training.width < X.shape[1], sparse=is_sparse(X))
    members = recipe.trained(len(y))
    verdict = Verdict((1 / len(variants),) * len(variants), (None,) * len(variants))
    something_to_choose = recipe.best_epoch or (recipe.blend and len(variants) > 1)

    def member(number: int) -> tuple[Network, Run]:
        folder = None if out is None else Path(out) / str(number)
        variant, epochs = variants[number // members], verdict.epochs[number // members]
        return training.fit(variant, rows, number, held=held, epochs=epochs, callbacks=callbacks, out=folder)

    with deferred(training.stop):
        if held is None and something_to_choose and len(y) >= FEW:
            verdict = judge(training, variants, rows, np.reshape(y, (len(y), -1))[:, 0], len(variants) * members)
        wanted = [v * members + k for v, share in enumerate(verdict.shares) if share for k in range(members)]
        trained = _until_interrupted(member, wanted, training.stop)
    made: dict[int, list[tuple[Network, Run]]] = {}  # by variant
    for number, each in trained.items():
        made.setdefault(number // members, []).append(each)
    shares = {v: verdict.shares[v] for v in made}
    if held is not None:
        said = [np.mean([net.outputs(seen(net, held.X)) for net, _ in each], axis=0) for each in made.values()]
        shares = dict(zip(made, weighted(recipe, held.T, said, kind, held.weight), strict=True))
    total = 1.0 if len(trained) == len(wanted) else sum(shares.values())
    ranked = sorted((v for v in made if shares[v]), key=lambda v: -shares[v])
    used = [(network, shares[v] / total / len(made[v]), run) for v in ranked for network, run in made[v]]
    networks, counts, runs = zip(*used, strict=True)
    return Ensemble(networks, counts, runs)


def _until_interrupted(
    member: Callable[[int], tuple[Network, Run]], wanted: Sequence[int], stop: Array
) -> dict[int, tuple[Network, Run]]:
    """The members of these numbers, one after the other; after Ctrl-C those that are whole, or the one under way."""
    trained: dict[int, tuple[Network, Run]] = {}
    whole = True
    for number in wanted:
        if stop[0]:
            break
        network, run = member(number)
        whole = run.ended != "interrupted"
        if whole or (not trained and run.history):
            trained[number] = network, run
    if not trained:
        raise KeyboardInterrupt
    if not whole or len(trained) < len(wanted):
        text = f"Training interrupted by user: of {len(wanted)} networks {len(trained)} learned."
        warnings.warn(text, stacklevel=6)
    return trained
