"""glassnet's estimators beside scikit-learn's: accuracy, time and memory of the same fits, from the same processes.

    python benchmarks/estimators.py                       # all tables but the million rows, 10 seeds
    python benchmarks/estimators.py --tables digits,wine  # these
    python benchmarks/estimators.py --large --seeds 3     # the million rows as well

For each table two processes are started, one a side, which hold the data and fit in turn, seed by seed; what limits
OpenBLAS in the environment is taken away from both. A fit is timed from outside, from the call of `fit` to its end,
and begins when the other side has come to rest; memory is what the process's peak grew by from the data to the end of
its fits (Linux). The numbers are printed, and written as JSON where `--json FILE` says.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import mean, median, stdev
from time import sleep
from typing import Any

from environment import arguments, some_of

LIMITS = ("OPENBLAS", "OMP_", "MKL", "GOTO", "GLASSNET_THREADS", "GLASSNET_ENGINE", "GLASSNET_ISA")
SIDES = ("scikit-learn", "glassnet")
LARGE = "1000000 rows"
REST = 0.3  # seconds between two fits: OpenBLAS's threads keep a processor busy for some 30 ms after their last product
TABLES: dict[str, dict[str, Any]] = {
    "digits": {},
    "wine": {},
    "breast cancer": {},
    "diabetes": {"max_iter": 500},
    "1000 rows": {},
    "30000 rows": {"max_iter": 20},
    LARGE: {"max_iter": 2},
    "sparse text": {"max_iter": 3},
    "MNIST": {"max_iter": 3},
}


# ---- a side: a process that holds a table and fits ------------------------------------------------------------------


def table(name: str) -> tuple[Any, Any, Any, Any]:
    """X and y to learn from, X and y to be tested on."""
    import numpy as np
    from sklearn import datasets
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    if name == "MNIST":
        import glassnet as gn

        (X, y), (X_test, y_test) = gn.data.load("mnist")  # from GLASSNET_DATA, where it says
        flat = [part.reshape(len(part), -1).astype(np.float32) / 255 for part in (X, X_test)]
        return flat[0], y, flat[1], y_test
    if name == "sparse text":
        return text(np.random.default_rng(0))
    if name.endswith("rows"):
        X, y = datasets.make_classification(int(name.split()[0]), 20, n_informative=10, n_classes=3, random_state=0)
    else:
        X, y = getattr(datasets, "load_" + name.replace(" ", "_"))(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    scale = StandardScaler().fit(X)
    return scale.transform(X), y, scale.transform(X_test), y_test


def text(random: Any, train: int = 50_000, words: int = 20_000, length: int = 60) -> tuple[Any, Any, Any, Any]:
    """Counts of words as they are in texts, few of them often; two kinds of text differ in what they prefer."""
    import numpy as np
    from scipy.sparse import csr_matrix

    test = train // 5
    rows, frequency = train + test, 1 / np.arange(1, words + 1)
    y = random.integers(0, 2, rows)
    taste = random.normal(size=words)
    chances = [frequency * np.exp(sign * 0.5 * taste) for sign in (1, -1)]
    columns = np.empty((rows, length), np.int32)
    for kind, chance in enumerate(chances):
        columns[y == kind] = random.choice(words, (int((y == kind).sum()), length), p=chance / chance.sum())
    X = csr_matrix((np.ones(rows * length), (np.repeat(np.arange(rows), length), columns.ravel())), (rows, words))
    X.sum_duplicates()
    return X[test:], y[test:], X[:test], y[:test]


def side(name: str, which: str) -> None:
    """Answers each seed on its standard input with a line of JSON."""
    import ctypes
    import gc
    import warnings
    from time import perf_counter

    warnings.simplefilter("ignore")
    if which == "glassnet":
        from glassnet.estimators import MLPClassifier, MLPRegressor
    else:
        from sklearn.neural_network import MLPClassifier, MLPRegressor
    X, y, X_test, y_test = table(name)
    kind = MLPRegressor if name == "diabetes" else MLPClassifier
    small = slice(0, 200)
    kind(max_iter=1).fit(X[small], y[small])  # what is imported and built at the first fit is no part of it
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what the first fit has left free is not there for the next one
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: that of loading the data does not count
    print("ready", flush=True)
    for line in sys.stdin:
        model = kind(random_state=int(line), **TABLES[name])
        started = perf_counter()
        model.fit(X, y)
        seconds = perf_counter() - started
        score = model.score(X_test, y_test)
        grown = memory("VmHWM") - before
        print(json.dumps({"seconds": seconds, "score": score, "epochs": model.n_iter_, "memory": grown}), flush=True)


def memory(what: str) -> float:
    """Megabytes of this process, as Linux counts them: VmRSS now, VmHWM at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


# ---- both sides -----------------------------------------------------------------------------------------------------


def compare(name: str, seeds: int) -> dict[str, Any]:
    """Both sides of a table, in turn."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(LIMITS)}
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, "--side", which, "--tables", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for which in SIDES
    ]
    found: dict[str, list[dict[str, float]]] = {which: [] for which in SIDES}
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for seed in range(seeds):
        for which, process in zip(SIDES, processes, strict=True):
            assert process.stdin is not None
            assert process.stdout is not None
            sleep(REST)
            process.stdin.write(f"{seed}\n")
            process.stdin.flush()
            found[which].append(json.loads(process.stdout.readline()))
    for process in processes:
        process.communicate()
    return {which: summary(rows) for which, rows in found.items()}


def summary(rows: list[dict[str, float]]) -> dict[str, float]:
    """Of all seeds."""
    scores = [row["score"] for row in rows]
    return {
        "seconds": median(row["seconds"] for row in rows),
        "milliseconds an epoch": 1000 * median(row["seconds"] / row["epochs"] for row in rows),
        "epochs": mean(row["epochs"] for row in rows),
        "score": mean(scores),
        "spread": stdev(scores) if len(scores) > 1 else 0.0,
        "memory": max(row["memory"] for row in rows),
        "seeds": len(rows),
    }


def line(name: str, both: dict[str, Any]) -> str:
    """A row of the table that is printed."""
    theirs, ours = (both[which] for which in SIDES)
    cells = [
        f"{name:14}",
        f"{theirs['seconds']:9.3f} {ours['seconds']:9.3f}",
        f"{theirs['milliseconds an epoch'] / ours['milliseconds an epoch']:7.2f}",
        f"{theirs['seconds'] / ours['seconds']:7.2f}",
        f"{theirs['epochs']:6.0f} {ours['epochs']:6.0f}",
        f"{theirs['score']:.4f} ± {theirs['spread']:.4f}  {ours['score']:.4f} ± {ours['spread']:.4f}",
        f"{theirs['memory']:8.2f} {ours['memory']:8.2f}",
    ]
    return "  ".join(cells)


HEAD = (
    "table           seconds: theirs     ours   epoch    fit  epochs              score: theirs               ours  "
    "memory MB: theirs, ours"
)


def main() -> None:
    options = arguments(__doc__)
    usual = [name for name in TABLES if name != LARGE]
    options.add_argument("--tables", type=some_of(TABLES), default=usual)
    options.add_argument("--large", action="store_true", help="the table of a million rows as well")
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--json", type=Path)
    options.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.side:
        side(chosen.tables[0], chosen.side)
        return
    names = [*chosen.tables, *([LARGE] if chosen.large and LARGE not in chosen.tables else [])]
    print(HEAD, flush=True)
    found = {}
    for name in names:
        found[name] = compare(name, chosen.seeds)
        print(line(name, found[name]), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
