"""Trainings drawn at random, pressed Ctrl-C or killed at any line of the loop, and resumed: the bits must be the same.

    python scripts/nightly/interruptions.py [--seconds 600] [--seed 1] [--only NUMBER]

Each training runs once without a stop. Then again into a folder, in processes that end at a line drawn from those of
the loop, the recorder and the files under it: by Ctrl-C, by two, or by a kill; each resumes what the one before it
left, with another number of threads. What is left in between has to verify; the end has to equal the straight run in
every number, row and event. The status is the number of trainings that did not; `--only` makes one of them again.
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import scipy.sparse  # noqa: E402

import glassnet as gn  # noqa: E402
from glassnet.files import atomic, checkpoint, journal, store  # noqa: E402
from glassnet.training import callbacks, history, interrupt, loop, network, recorder, resume, spacing  # noqa: E402
from tests.training.lines import at_line, press  # noqa: E402
from tests.training.runs import Edit, EveryStep, Schedule, everything  # noqa: E402

MODULES = (loop, recorder, spacing, interrupt, history, callbacks, network, resume, store, journal, atomic, checkpoint)
FILES = frozenset(module.__file__ for module in MODULES)
KILLED = 9
MOST_STOPS = 4


class Case:
    """One training, drawn from a seed: `fit(out)` begins it, `again()` gives the callbacks that resuming needs."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.rows = rng.choice([9, 20, 33, 64])
        numbers = np.random.default_rng(seed)
        self.X = self._rows(numbers)
        self.y, end, kind = self._targets(numbers)
        self.layers = self._layers(end)
        self.settings = self._settings(numbers, kind)
        if any(isinstance(layer, gn.BatchNorm) for layer in self.layers()):  # needs two rows
            self.settings["batch_size"] = max(2, self.settings["batch_size"])
        self.own = rng.sample([Schedule, lambda: Edit(2), EveryStep], rng.choice([0, 0, 1, 2]))
        self.stopping = rng.choice([None, None, self._early, self._convergence])
        self.threads = rng.choice([1, 2, 3])

    def _rows(self, numbers: np.random.Generator) -> Any:
        dense = numbers.normal(size=(self.rows, 6))
        kind = self.rng.choice(["dense", "dense", "float32", "pixels", "csr"])
        if kind == "csr":
            return scipy.sparse.csr_matrix(dense * (dense > 0.3))
        if kind == "pixels":
            return (dense * 60 + 100).clip(0, 255).astype(np.uint8)
        return dense.astype(np.float32) if kind == "float32" else dense

    def _targets(self, numbers: np.random.Generator) -> tuple[Any, int, str]:
        kind = self.rng.choice(["words", "classes", "numbers", "several numbers", "several labels"])
        if kind == "words":
            return np.array(["no", "yes"])[np.arange(self.rows) % 2], 2, kind
        if kind == "classes":
            return np.arange(self.rows) % 3, 3, kind
        if kind == "several labels":
            return (numbers.normal(size=(self.rows, 3)) > 0).astype(int), 3, kind
        return (
            numbers.normal(size=(self.rows, 2) if kind == "several numbers" else self.rows),
            1 + (kind[0] == "s"),
            kind,
        )

    def _layers(self, end: int) -> Callable[[], list[Any]]:
        width, activation = self.rng.choice([3, 8, 17]), self.rng.choice(["relu", "tanh", "silu", "leaky_relu"])
        between = self.rng.choice([[], [], ["Dropout"], ["BatchNorm"], ["LayerNorm"], ["GaussianNoise"], ["PReLU"]])
        made = {"Dropout": lambda: gn.Dropout(0.3), "GaussianNoise": lambda: gn.GaussianNoise(0.1)}
        penalty = self.rng.choice([0.0, 0.0, 0.01])
        return lambda: [
            gn.Dense(width, activation=activation, l2=penalty),
            *(made.get(name, lambda name=name: getattr(gn, name)())() for name in between),
            gn.Dense(end),
        ]

    def _settings(self, numbers: np.random.Generator, kind: str) -> dict[str, Any]:
        rng = self.rng
        names = [n for n, known in gn.optimizers.CATALOGUE.items() if known.elementwise or not known.full_batch]
        optimizer = rng.choice(
            [
                *rng.sample(sorted(names), 4),
                gn.optimizers.Adam(gn.schedules.Cosine(0.05, 30), ema=0.9),
                gn.optimizers.SGD(gn.schedules.WarmUp(gn.schedules.Step(0.1, 7), 5), clip_norm=0.5),
                gn.optimizers.Adam(gn.schedules.Plateau(0.05, patience=1)),
                gn.optimizers.AdamW(0.01, clip_value=0.1),
            ]
        )
        chosen: dict[str, Any] = {
            "optimizer": optimizer,
            "batch_size": rng.choice([1, 5, 8, 16, 64]) if self.rows < 60 else rng.choice([8, 16, 31]),
            "dtype": rng.choice(["float32", "float64"]),
            "engine": rng.choice(["auto", "auto", "reference"]),
            "seed": rng.randrange(2**32),
            "shuffle": rng.random() < 0.8,
            "accumulate": rng.choice([1, 1, 2]),
        }
        chosen |= {"updates": rng.randrange(3, 14)} if rng.random() < 0.3 else {"epochs": rng.choice([1, 2, 3, 5])}
        if kind == "several labels":
            chosen["loss"] = "binary_crossentropy"
        if rng.random() < 0.3:
            chosen["sample_weight"] = numbers.uniform(0.5, 2, self.rows)
        if kind in ("words", "classes") and rng.random() < 0.2:
            chosen["class_weight"] = "balanced"
        if rng.random() < 0.5:
            chosen["validation_data"] = (self.X[:9], self.y[:9])
        if rng.random() < 0.4:
            chosen["metrics"] = []
        return chosen

    def _early(self) -> gn.Callback:
        return gn.EarlyStopping("loss", patience=1)

    def _convergence(self) -> gn.Callback:
        return callbacks.Convergence("loss", tol=0.01, patience=0, divide=3.0)

    def fit(self, out: Path | None) -> gn.Run:
        heard = [*self.again(), *([self.stopping()] if self.stopping else [])]
        net = gn.Network(self.layers())
        return net.fit(self.X, self.y, callbacks=heard, out=out, threads=self.threads, **self.settings)

    def again(self) -> list[gn.Callback]:
        return [make() for make in self.own]

    def __str__(self) -> str:
        shown = {name: value for name, value in self.settings.items() if not isinstance(value, np.ndarray | tuple)}
        own = [type(each).__name__ for each in self.again()]
        return f"{self.layers()} {type(self.X).__name__} {self.X.dtype} {self.X.shape} {shown} {own} {self.stopping}"


def in_a_process(work: Callable[[], Any]) -> Any:
    """What `work` gives in a process of its own; None where it was killed. The parent computes nothing itself."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        try:
            answer: Any = work()
        except BaseException as error:
            answer = RuntimeError(f"{error!r}\n{traceback.format_exc()}")
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(answer, pipe)
            pipe.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(process, 0)
    answer = pickle.loads(said) if said else None
    if isinstance(answer, RuntimeError):
        raise answer
    return answer


def counted(case: Case) -> tuple[Any, int]:
    """The straight run, and how many lines a run into a folder has."""
    straight = everything(case.fit(None))
    with tempfile.TemporaryDirectory() as folder, at_line(0, press, FILES) as lines:
        case.fit(Path(folder) / "run")
    return straight, lines.count


def stopped(case: Case, folder: Path, line: int, way: str, threads: int) -> str:
    """Begins or takes on the run in the folder, to its end or to where it is stopped."""
    os.environ["GLASSNET_THREADS"] = str(threads)
    spacing.INTERVAL, spacing.SHARE = case.rng.choice([(5.0, 0.02), (0.0, 1e9)])

    def act() -> None:
        if way == "kill":
            os._exit(KILLED)
        press()
        if way == "twice":
            press()

    try:
        with at_line(line, act, FILES):
            run = gn.load_run(folder).resume(callbacks=case.again()) if folder.exists() else case.fit(folder)
    except KeyboardInterrupt:
        return "at once"
    return run.ended


def looked_at(folder: Path) -> str:
    """What is wrong with a run as it was left; nothing, if it is whole."""
    run = gn.load_run(folder)
    lost = [row for row in run.history if row["loss"] != row["loss"]]
    verdict = run.verify()
    return "" if verdict and not lost else f"left behind: {verdict} {lost}"


def finished(case: Case, folder: Path) -> tuple[Any, str]:
    """The run taken to its end, and what is wrong with its folder."""
    run = gn.load_run(folder).resume(callbacks=case.again()) if folder.exists() else case.fit(folder)
    verdict, left = run.verify(), list(folder.rglob("*.tmp"))
    whole = verdict and not left and (folder / "report.html").exists()
    same = everything(gn.load_run(folder)) == everything(run)
    return everything(run), "" if whole and same else f"in the end: {verdict} {left} as loaded: {same}"


def complaint(case: Case, folder: Path) -> tuple[str, list[str]]:
    """What is wrong with one training, and how it was stopped."""
    rng, way = case.rng, []
    straight, lines = in_a_process(lambda: counted(case))
    for _ in range(rng.randrange(1, MOST_STOPS + 1)):
        line, kind, threads = rng.randrange(1, lines), rng.choice(["press", "kill", "twice"]), rng.choice([1, 2, 3])
        ended = in_a_process(lambda line=line, kind=kind, threads=threads: stopped(case, folder, line, kind, threads))
        way.append(f"{kind} at line {line}: {ended}")
        if folder.exists() and (wrong := in_a_process(lambda: looked_at(folder))):
            return wrong, way
    end, wrong = in_a_process(lambda: finished(case, folder))
    names = ("state", "history", "events", "ended", "reason", "epoch")
    parts = [
        name for name, one, other in zip(names, end, straight, strict=True) if pickle.dumps(one) != pickle.dumps(other)
    ]
    return wrong or (f"other {', '.join(parts)} than the straight run" if end != straight else ""), way


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one training")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    os.fsync = lambda descriptor: None  # no plug is pulled here
    until, number, wrong, stops = time.monotonic() + given.seconds, given.seed * 10**6, 0, 0
    if given.only is not None:
        number, until = given.only, 0.0
    while True:
        with tempfile.TemporaryDirectory() as folder:
            case = Case(number)
            try:
                said, way = complaint(case, Path(folder) / "run")
            except Exception as error:
                said, way = str(error), []
        wrong, stops = wrong + bool(said), stops + len(way)
        if said or given.only is not None:
            print(f"{number}: {said or 'right'}\n  {case}\n  {way}", flush=True)
        number += 1
        if time.monotonic() >= until:
            break
    print(f"{number - given.seed * 10**6 if given.only is None else 1} trainings, {stops} stops, {wrong} wrong.")
    return min(wrong, 100)


if __name__ == "__main__":
    sys.exit(main())
