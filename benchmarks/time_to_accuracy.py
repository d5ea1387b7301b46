"""A speedrun: how long fixed recipes train to a mean test accuracy of their seeds that passes a mark.

    GLASSNET_DATA=FOLDER python benchmarks/time_to_accuracy.py [--seeds 10] [--sides glassnet,JAX,PyTorch]
    GLASSNET_DATA=FOLDER python benchmarks/time_to_accuracy.py --choose

Timed is training alone, from outside: one call that makes the mean of each 2 x 2 pixels of the 60000 rows of bytes in
memory, brings these to where the side wants them and trains all epochs; no augmentation. Each side has made its
network, and has compiled and trained once before; the sides take turns, seed by seed. `--choose` is how the recipes
were found, the cheapest that pass on 10000 of the 60000 rows, trained on the other 50000. The test set is looked at by
the measurement alone. It ends with status 1 where glassnet misses a mark's accuracy or time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import machine
import numpy as np
from environment import restart_without_overrides
from report import readable
from workers import GLASSNET, PEERS, Contestant, PeerError, Worker
from workloads import Workload, store

import glassnet as gn
from glassnet.maths.random import shuffle

HELD_OUT = 10_000


@dataclass(frozen=True)
class Mark:
    """An accuracy to reach, the seconds for it, and the recipe: `decay` is the number of epochs it is trained."""

    accuracy: float
    seconds: float
    recipe: Workload


def recipe(width: int, batch: int, rate: float, epochs: int, pooled: bool = True, smoothing: float = 0.05) -> Workload:
    network = (196 if pooled else 784, width, 10)
    trained = Workload("", network, batch, "adam", rate, epochs, (0.0, 1.0), 0, 0, decay=epochs)
    return replace(trained, betas=(0.8, 0.99), pooled=pooled, smoothing=smoothing)


MARKS = (Mark(0.980, 0.35, recipe(128, 128, 2e-2, 3)), Mark(0.983, 1.0, recipe(256, 128, 2e-2, 5)))
CANDIDATES = (
    *(recipe(width, 64, 1.2e-2, 3) for width in (96, 128)),
    *(recipe(width, 128, 2e-2, epochs) for width, epochs in ((128, 3), (160, 3), (256, 2), (320, 2))),
    *(recipe(width, 128, 2e-2, epochs) for width in (256, 320) for epochs in (4, 5, 6)),
    recipe(512, 128, 1e-2, 5),
    *(recipe(128, 128, 2e-2, 3, smoothing=smoothing) for smoothing in (0.0, 0.1)),  # what each part brings
    recipe(128, 128, 1e-2, 3, pooled=False),
)


def told(workload: Workload) -> str:
    widths = "-".join(map(str, workload.widths))
    labels = f"labels smoothed by {workload.smoothing:g}" if workload.smoothing else "labels as they are"
    return f"{widths:>11}  batch {workload.batch:3}  rate {workload.rate:g}  {workload.decay} epochs, {labels}"


def run(worker: Worker, workload: Workload, seed: int) -> dict[str, float]:
    """Seconds and accuracy of a training."""
    worker.prepare(key="", workload=asdict(replace(workload, seed=seed)))
    seconds = worker.seconds("race", epochs=workload.decay)
    return {"seconds": seconds, "accuracy": float(worker.ask("accuracy"))}


def told_runs(name: str, found: Sequence[dict[str, float]]) -> str:
    accuracy = statistics.mean(run["accuracy"] for run in found)
    spread = statistics.stdev(run["accuracy"] for run in found) if len(found) > 1 else 0.0
    seconds = statistics.median(run["seconds"] for run in found)
    return f"   {name:14}{readable(seconds):>9}  accuracy {100 * accuracy:.2f} % (spread {100 * spread:.2f})"


def measure(seeds: int, contestants: Sequence[Contestant], folder: Path) -> dict[str, Any]:
    """Every mark on every side; glassnet's result decides whether a mark is met."""
    results: dict[str, Any] = {}
    for mark in MARKS:
        title = f"{100 * mark.accuracy:.1f} %"
        print(f"\n{title} in {mark.seconds} s: {told(mark.recipe).strip()}; {seeds} seeds", flush=True)
        sides = race(mark.recipe, seeds, [Worker(contestant, folder) for contestant in contestants])
        for name, found in sides.items():
            print(told_runs(name, found) if isinstance(found, list) else f"   {name:14}failed: {found}", flush=True)
        results[title] = {"seconds": mark.seconds, "recipe": asdict(mark.recipe), "sides": sides}
        if isinstance(ours := sides.get(GLASSNET.name), list):
            seconds = statistics.median(run["seconds"] for run in ours)
            accuracy = statistics.mean(run["accuracy"] for run in ours)
            results[title]["met"] = accuracy >= mark.accuracy and seconds <= mark.seconds
            print(f"   {'met' if results[title]['met'] else 'NOT met'}")
    return results


def race(workload: Workload, seeds: int, workers: Sequence[Worker]) -> dict[str, list[dict[str, float]] | str]:
    """A training of every seed on every side, in turns, or why it failed; the first one is for compilers and caches."""
    sides: dict[str, list[dict[str, float]] | str] = {worker.contestant.name: [] for worker in workers}
    for turn, seed in enumerate((0, *range(seeds))):
        for worker in workers if turn % 2 else reversed(workers):
            found = sides[worker.contestant.name]
            if isinstance(found, str):
                continue
            try:
                found.append(run(worker, workload, seed))
            except PeerError as error:
                sides[worker.contestant.name] = str(error)
    for worker in workers:
        worker.close()
    return {name: found if isinstance(found, str) else found[1:] for name, found in sides.items()}


def choose(seeds: int) -> None:
    """Accuracy of the candidates on rows that they were not trained on; slow, and independent of the machine's load."""
    (X, y), _ = gn.data.load("mnist")
    order = shuffle(0, 0, len(X))
    held, rest = order[:HELD_OUT], order[HELD_OUT:]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, array in (("X", X.reshape(len(X), -1)), ("y", y.astype(np.int64))):
            np.save(folder / f"mnist-{part}.npy", array[rest])
            np.save(folder / f"mnist-{part}-test.npy", array[held])
        worker = Worker(GLASSNET, folder, patience=600)
        for candidate in CANDIDATES:
            print(told_runs("", [run(worker, candidate, seed) for seed in range(seeds)]), told(candidate), flush=True)
        worker.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sides", default="glassnet,JAX,PyTorch")
    parser.add_argument("--choose", action="store_true", help="compare candidates on a validation part")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "benchmarks")
    options = parser.parse_args()
    if options.choose:
        choose(options.seeds)
        return 0
    wanted = [side.lower() for side in options.sides.split(",")]
    with tempfile.TemporaryDirectory() as name:
        store(Path(name))
        found = measure(options.seeds, [c for c in (GLASSNET, *PEERS) if c.name.lower() in wanted], Path(name))
    options.out.mkdir(parents=True, exist_ok=True)
    written = options.out / f"{time.strftime('%Y-%m-%d')}-time-to-accuracy.json"
    result = {"machine": machine.description(), "limits": machine.limits(), "marks": found}
    written.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(written)
    return int(not all(mark.get("met", True) for mark in found.values()))


if __name__ == "__main__":
    restart_without_overrides()
    sys.exit(main())
