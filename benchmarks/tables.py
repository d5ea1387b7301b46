"""`preset="modern"` beside scikit-learn's MLP (default and tuned) and gradient boosting, on eleven tables.

    python benchmarks/tables.py [--seeds 10] [--tables iris,wine] [--sides glassnet,default] [--file tables.json]
    python benchmarks/tables.py --tables "30000 rows,MNIST" --seeds 3     larger ones, which are not among the eleven
    python benchmarks/tables.py --parts     other penalties, rates, activations, on the tables the preset was chosen by
    python benchmarks/tables.py --sparse    with and without the variant of sparse rows, on those it was chosen by

An error is the share of wrong classes, or the root mean squared error over the deviation of the targets. Every side has
the same rows of every seed. A difference counts where the interval of 95 % of the paired differences, by Student's t
over the seeds, does not hold 0. What has been measured stands in the file and is not measured again, so a run can be
taken on; the status is 1 where the preset is worse than one of the MLPs on a table, or not better than each on more
than half of them.

The MLPs get their tables by scikit-learn's own means: medians and indicators for gaps, one-hot columns for words,
`StandardScaler`, and for numbers a scaled target. "tuned" is a random search over widths, `alpha` and rate, by
three-fold cross-validation inside the training rows, of large tables inside 5000 of them; the best is trained on all.
"boosting tuned" has the same search over its rate, leaves, rounds and penalty.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from environment import arguments, at_least_one, restart_without_overrides, some_of
from scipy.sparse import issparse
from scipy.stats import loguniform
from scipy.stats import t as student
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, RandomizedSearchCV, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sparse_data import SPARSE
from table_data import CHOSEN_BY, EPOCHS, FIRST_SEED_TO_CHOOSE, LARGE, REPORTED, Split

import glassnet.estimators as gn
from glassnet import schedules
from glassnet.estimators.modern import Recipe

FILE = Path(__file__).parents[1] / "docs" / "benchmarks" / "tables.json"
FLOOR = 1e-3
CANDIDATES, FOLDS, ROWS = 10, 3, 5000  # of the random search, the last at most
EPOCHS_OF_MLP, BATCH_OF_MLP = 200, 200  # scikit-learn's defaults
SEARCHED = {
    "hidden_layer_sizes": [(50,), (100,), (200,), (100, 50)],
    "alpha": loguniform(1e-5, 3.0),
    "learning_rate_init": loguniform(3e-4, 1e-2),
}
BOOSTED = {
    "learning_rate": loguniform(0.02, 0.3),
    "max_leaf_nodes": [4, 8, 16, 31],
    "max_iter": [50, 100, 200, 400],
    "min_samples_leaf": [5, 10, 20, 40],
    "l2_regularization": loguniform(1e-3, 10.0),
}


# ---- the sides: each gives its predictions for the test rows ---------------------------------------------------------


def glassnet(split: Split, seed: int, **settings: Any) -> Any:
    kind = gn.MLPClassifier if split.classes else gn.MLPRegressor
    epochs = {} if split.epochs is None else {"max_iter": split.epochs}
    model = kind(preset={"name": "modern", **settings}, random_state=seed, n_threads=1, **epochs)
    return model.fit(split.X, split.y).predict(split.X_test)


def prepared(X: Any, model: Any) -> Any:
    """scikit-learn's preparation of a table, before a model; sparse rows are left as they are."""
    if issparse(X):
        return model
    if not isinstance(X, pd.DataFrame):
        return make_pipeline(StandardScaler(), model)
    words, numbers = (
        make_column_selector(dtype_exclude=["number", "bool"]),
        make_column_selector(dtype_include="number"),
    )
    truths = make_column_selector(dtype_include="bool")
    filled = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(
        ColumnTransformer([("n", filled, numbers), ("w", one_hot, words), ("t", "passthrough", truths)]), model
    )


def perceptron(split: Split, seed: int, tuned: bool) -> Any:
    epochs, rows = split.epochs or EPOCHS_OF_MLP, split.X.shape[0]
    model = (MLPClassifier if split.classes else MLPRegressor)(random_state=seed, max_iter=epochs)
    if tuned:
        model = Searched(model, SEARCHED, split.classes, seed, {"max_iter": epochs_of_candidates(rows, epochs)})
    if not split.classes:
        model = TransformedTargetRegressor(model, transformer=StandardScaler())
    return prepared(split.X, model).fit(split.X, split.y).predict(split.X_test)


def epochs_of_candidates(rows: int, epochs: int) -> int:
    """As many as make the steps of all rows in theirs, since of few rows an epoch has few; at most the default."""
    steps = ceil(min(rows, ROWS) * (FOLDS - 1) / FOLDS / BATCH_OF_MLP)
    return min(EPOCHS_OF_MLP, ceil(rows / BATCH_OF_MLP) * epochs // steps)


class Searched(BaseEstimator):
    """The best of some candidates, by the same parts of the first training rows for each of them, trained on all rows.

    `meanwhile`: settings of the candidates while they are compared.
    """

    def __init__(self, model: Any, settings: Any, classes: bool, seed: int, meanwhile: Any) -> None:
        self.model, self.settings, self.classes, self.seed, self.meanwhile = model, settings, classes, seed, meanwhile

    def fit(self, X: Any, y: Any) -> Searched:
        candidate = clone(self.model).set_params(**self.meanwhile)
        parts = (StratifiedKFold if self.classes else KFold)(FOLDS)
        search = RandomizedSearchCV(
            candidate, self.settings, n_iter=CANDIDATES, cv=parts, random_state=self.seed, n_jobs=1, refit=False
        )
        search.fit(X[:ROWS], y[:ROWS])
        self.best_ = clone(self.model).set_params(**search.best_params_).fit(X, y)
        return self

    def predict(self, X: Any) -> Any:
        return self.best_.predict(X)


def boosting(split: Split, seed: int, tuned: bool) -> Any:
    X, X_test = split.X, split.X_test
    if isinstance(X, pd.DataFrame):
        words = {name: pd.CategoricalDtype(sorted(set(X[name]))) for name in X if X[name].dtype.kind not in "fiub"}
        X, X_test = X.astype(words), X_test.astype(words)
    model = (HistGradientBoostingClassifier if split.classes else HistGradientBoostingRegressor)(random_state=seed)
    if tuned:
        model = Searched(model, BOOSTED, split.classes, seed, {})
    return model.fit(X, split.y).predict(X_test)


SIDES: dict[str, Callable[[Split, int], Any]] = {
    "glassnet": glassnet,
    "default": lambda split, seed: perceptron(split, seed, tuned=False),
    "tuned": lambda split, seed: perceptron(split, seed, tuned=True),
    "boosting": lambda split, seed: boosting(split, seed, tuned=False),
    "boosting tuned": lambda split, seed: boosting(split, seed, tuned=True),
}
DENSE = {"boosting", "boosting tuned"}  # these take no sparse rows

# What all networks of the preset share, on two networks of one variant, which is what a fit's time allows.
PLAIN, _, BINNED, _, STRONG, _ = Recipe().variants
TWO: dict[str, Any] = {"variants": (PLAIN,), "members": 2}
PARTS: dict[str, dict[str, Any]] = {
    "two networks": TWO,
    "one network": TWO | {"members": 1},
    "four networks": TWO | {"members": 4},
    "alpha 0": TWO | {"variants": ((0.0, False),)},
    "alpha 1": TWO | {"variants": (STRONG,)},
    "with label smoothing": TWO | {"label_smoothing": 0.1},
    "with dropout": TWO | {"dropout": 0.1},
    "a constant rate": TWO | {"learning_rate": schedules.Constant(3e-3)},
    "relu": TWO | {"activation": "relu"},
    "gelu": TWO | {"activation": "gelu"},
    "selu": TWO | {"activation": "selu"},
    "with bins": TWO | {"variants": (BINNED,)},
    "best epoch of the judges": TWO | {"best_epoch": True},
}
# The variants of dense rows, and those that sparse rows have.
OF_SPARSE_ROWS: dict[str, dict[str, Any]] = {
    "variants of dense rows": {"variants": tuple(each for each in Recipe().variants if not each.sparse)},
    "variants of sparse rows": {},
}


def error(split: Split, predicted: Any) -> float:
    if split.classes:
        return float(np.mean(predicted != split.y_test))
    return float(np.sqrt(np.mean((predicted - split.y_test) ** 2)) / np.std(split.y_test))


# ---- measuring -------------------------------------------------------------------------------------------------------


class Measured:
    """Errors and seconds by table, side and seed, kept in a file after each of them."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.cells: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}

    def add(self, table: str, make: Callable[[int], Split], side: str, predict: Callable[..., Any], seed: int) -> None:
        cells = self.cells.setdefault(table, {}).setdefault(side, {})
        if str(seed) in cells:
            return
        split = make(seed)
        split = split._replace(epochs=EPOCHS.get(table, split.epochs))
        if issparse(split.X) and side in DENSE:
            return
        started = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of iterations that did not converge: they are scikit-learn's default
            predicted = predict(split, seed)
        seconds = time.process_time() - started
        cells[str(seed)] = {"error": round(error(split, predicted), 6), "seconds": round(seconds, 3)}
        self.write()

    def write(self) -> None:
        """A line for every side of a table."""
        tables = []
        for table, sides in self.cells.items():
            lines = ",\n".join(f"  {json.dumps(side)}: {json.dumps(cells)}" for side, cells in sides.items())
            tables.append(f" {json.dumps(table)}: {{\n{lines}\n }}")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text("{\n" + ",\n".join(tables) + "\n}\n")

    def errors(self, table: str, side: str) -> dict[str, float]:
        return {seed: cell["error"] for seed, cell in self.cells.get(table, {}).get(side, {}).items()}

    def ratio(self, table: str, side: str, other: str) -> float:
        """Mean error of a side over that of another, of the seeds that both have.

        A thousandth is added to both, so that one row more or less does not count where hardly any is wrong.
        """
        first, second = self.errors(table, side), self.errors(table, other)
        seeds = first.keys() & second.keys()
        if not seeds:
            return float("nan")
        return (FLOOR + np.mean([first[s] for s in seeds])) / (FLOOR + np.mean([second[s] for s in seeds]))

    def difference(self, table: str, side: str, other: str) -> tuple[float, float]:
        """Mean of the paired differences side - other, and half of its interval of 95 % (Student's t)."""
        first, second = self.errors(table, side), self.errors(table, other)
        pairs = [first[seed] - second[seed] for seed in first if seed in second]
        if len(pairs) < 2:
            return float("nan"), float("nan")
        error = statistics.stdev(pairs) / len(pairs) ** 0.5
        return statistics.mean(pairs), error * float(student.ppf(0.975, len(pairs) - 1))


def verdict(mean: float, half: float) -> str:
    if not abs(mean) > half:
        return "="
    return "+" if mean < 0 else "-"


def table_of(measured: Measured, tables: list[str], sides: list[str], ours: str) -> str:
    """Errors in per cent, mean and deviation over the seeds; + where `ours` is better beyond noise, - where worse."""
    lines = [f"{'error in %':16}" + "".join(f"{side:>20}" for side in sides)]
    for table in tables:
        cells = []
        for side in sides:
            errors = [100 * each for each in measured.errors(table, side).values()]
            if not errors:
                cells.append("")
                continue
            spread = statistics.stdev(errors) if len(errors) > 1 else float("nan")
            sign = "" if side == ours else verdict(*measured.difference(table, ours, side))
            seeds = f" of {len(errors)}" if len(errors) != len(measured.errors(table, ours)) else ""
            cells.append(f"{statistics.mean(errors):.2f} ({spread:.2f}){seeds} {sign:1}")
        lines.append(f"{table:16}" + "".join(f"{cell:>20}" for cell in cells))
    return "\n".join(lines)


def compare(measured: Measured, tables: list[str], sides: list[str], seeds: int) -> int:
    for seed in range(seeds):
        for table in tables:
            for side in sides:
                measured.add(table, (REPORTED | LARGE)[table], side, SIDES[side], seed)
    print(table_of(measured, tables, sides, "glassnet"))
    status = 0
    for side in [side for side in sides if side != "glassnet"]:
        signs = [verdict(*measured.difference(table, "glassnet", side)) for table in tables]
        better, equal, worse = (signs.count(sign) for sign in "+=-")
        print(f"beside {side}: better on {better}, equal on {equal}, worse on {worse}")
        if side in ("default", "tuned"):
            status |= "-" in signs or 2 * signs.count("+") <= len(signs)
    return int(status)


def vary(measured: Measured, makes: dict[str, Any], parts: dict[str, Any], seeds: int, first: int) -> int:
    """Every variation of the recipe on every table, beside the first of them."""
    base = next(iter(parts))
    for seed in range(first, first + seeds):
        for name, change in parts.items():
            for table, make in makes.items():
                measured.add(table, make, name, partial(glassnet, **change), seed)
    for name in parts:
        changes = np.log([measured.ratio(table, name, base) for table in makes])
        mean, spread = np.mean(changes), np.std(changes, ddof=1) / len(changes) ** 0.5
        print(f"{name:34} {100 * mean:+6.1f} (standard error {100 * spread:.1f}, {len(changes)} tables)")
    return 0


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--seeds", type=at_least_one)
    parser.add_argument("--tables", type=some_of([*REPORTED, *LARGE]), default=list(REPORTED))
    parser.add_argument("--sides", type=some_of(SIDES), default=list(SIDES))
    parser.add_argument("--file", type=Path)
    parser.add_argument("--parts", action="store_true")
    parser.add_argument("--sparse", action="store_true")
    given = parser.parse_args()
    if given.parts:
        file = given.file or FILE.with_name("tables-parts.json")
        return vary(Measured(file), CHOSEN_BY, PARTS, given.seeds or 1, FIRST_SEED_TO_CHOOSE)
    if given.sparse:
        file = given.file or FILE.with_name("tables-sparse.json")
        return vary(Measured(file), SPARSE, OF_SPARSE_ROWS, given.seeds or 1, FIRST_SEED_TO_CHOOSE)
    return compare(Measured(given.file or FILE), given.tables, given.sides, given.seeds or 10)


if __name__ == "__main__":
    restart_without_overrides()
    sys.exit(main())
