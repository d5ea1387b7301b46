"""glassnet beside its peers: all sides in one run, alternating, checked before they are timed.

    GLASSNET_DATA=FOLDER python benchmarks/bench.py [--workloads ABCDEFGHIJK] [--sides NAME,NAME] [--rounds 5]
                                                    [--no-sweeps] [--out docs/benchmarks]

Each side is a process with its data in memory; the clock is this script's. A sample is as many epochs in one call as
last at least a third of a second (a slow side: one epoch; a tenth of the epochs that a result stands for), divided by
their number. In each round every side gives one
sample, the order turning from round to round; a result is the median. Compiling, the first call and the making of
the data are not timed. `make bench` runs it in an environment with the peers.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if find_spec("glassnet") is None:
    sys.exit("No glassnet is here: `make bench` makes an environment with it and its peers, and starts it.")

import machine
import report
import sweeps
from environment import restart_without_overrides
from workers import GLASSNET, PEERS, REST, Contestant, PeerError, Worker
from workloads import WORKLOADS, Workload, store

SAMPLE_SECONDS = 1 / 3


def request(workload: Workload, count: int) -> dict[str, Any]:
    """What is timed: so many epochs, or so many predictions."""
    if workload.predict:
        return {"do": "predict", "rows": workload.predict, "times": count}
    return {"do": "train", "epochs": count}


def checked(worker: Worker, workload: Workload, folder: Path, **changed: Any) -> tuple[float, int]:
    """Makes the side, trains it, checks what it learned; its accuracy, and how many epochs make a sample."""
    worker.prepare(key=workload.key, **changed)
    worker.ask("train", epochs=workload.check_epochs)
    accuracy = float(worker.ask("accuracy"))
    low, high = workload.range
    if not low <= accuracy <= high:
        raise PeerError(f"accuracy {accuracy:.4f} after {workload.check_epochs} epochs, not in {low} to {high}")
    worker.ask(**request(workload, 1))
    once = worker.seconds(**request(workload, 1))
    if once < SAMPLE_SECONDS / 20:  # too short to judge by: the request itself is part of it
        some = math.ceil(SAMPLE_SECONDS / 20 / once)
        once = worker.seconds(**request(workload, some)) / some
    # What a call costs once would weigh too much in a handful of the hundreds of epochs that a result stands for.
    return accuracy, max(1, math.ceil(SAMPLE_SECONDS / once), workload.unit_epochs // 10)


def measure(workload: Workload, workers: Sequence[Worker], rounds: int, folder: Path) -> dict[str, Any]:
    """Seconds of a unit of the workload for every side, each round's, beside the limits measured at that time."""
    results: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for worker in workers:
        name = worker.contestant.name
        try:
            accuracy, counts[name] = checked(worker, workload, folder)
            results[name] = {"accuracy": accuracy, "epochs_in_a_sample": counts[name], "seconds": []}
        except PeerError as error:
            results[name] = {"failed": str(error)}
    able = [worker for worker in workers if worker.contestant.name in counts]
    before = machine.limits(brief=True)
    for number in range(rounds):
        turn = number % max(1, len(able))
        for worker in [*able[turn:], *able[:turn]]:
            name = worker.contestant.name
            time.sleep(REST)
            elapsed = worker.seconds(**request(workload, counts[name]))
            results[name]["seconds"].append(elapsed / counts[name] * workload.unit_epochs)
    for result in results.values():
        if "seconds" in result:
            result["median"] = statistics.median(result["seconds"])
    return {
        "title": workload.title,
        "unit": workload.unit,
        "sides": results,
        "limits": [before, machine.limits(brief=True)],
    }


def judged(workload: Workload, measured: dict[str, Any], rows: int, limits: dict[str, Any]) -> dict[str, Any]:
    """The ratio to the fastest peer, what was asked for, and the rate of floating-point operations."""
    medians = {name: side["median"] for name, side in measured["sides"].items() if "median" in side}
    ours, peers = medians.pop(GLASSNET.name, None), medians
    fastest = min(peers, key=lambda name: peers[name]) if peers else None
    verdict: dict[str, Any] = {"must": workload.must, "aim": workload.aim, "fastest_peer": fastest}
    if ours is None:
        return measured | verdict
    operations = workload.operations(rows) * workload.unit_epochs
    verdict["gflop_s"] = operations / ours / 1e9
    now = [both for seen in (*measured["limits"], limits) if (both := seen.get(f"fma_{workload.dtype}"))]
    if now:  # the best of the limits measured around this workload
        verdict["share_of_fma_limit"] = verdict["gflop_s"] / max(max(both) for both in now)
    if fastest is not None:
        verdict["times_fastest_peer"] = peers[fastest] / ours
    if workload.key == "J":
        verdict["microseconds"] = ours * 1e6
        verdict["met"] = ours * 1e6 < workload.must
    elif fastest is not None:
        verdict["met"] = verdict["times_fastest_peer"] >= workload.must
    if workload.key == "H" and now:  # or near what this machine can do
        share = verdict["share_of_fma_limit"]
        verdict["met"] = (verdict.get("met", False) or share >= 0.85) and share >= 0.70
    return measured | verdict


def rows_of(folder: Path, workload: Workload) -> int:
    import numpy as np

    return len(np.load(folder / f"{workload.data}-y.npy", mmap_mode="r"))


def chosen(names: str | None) -> list[Contestant]:
    every = [GLASSNET, *PEERS]
    if names is None:
        return every
    wanted = [name.strip().lower() for name in names.split(",")]
    unknown = set(wanted) - {contestant.name.lower() for contestant in every}
    if unknown:
        sys.exit(f"No side is called {', '.join(sorted(unknown))}; there are {', '.join(c.name for c in every)}.")
    return [contestant for contestant in every if contestant.name.lower() in wanted]


def of_table(letters: str) -> str:
    if not letters or set(letters) - set(WORKLOADS):
        raise argparse.ArgumentTypeError(f"{letters!r} names workloads that there are not; known: {''.join(WORKLOADS)}")
    return letters


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workloads", type=of_table, default="".join(WORKLOADS), help="letters of the table")
    parser.add_argument("--sides", help="names, separated by commas; all by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-sweeps", action="store_true", help="the table alone")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "benchmarks")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    started = time.time()
    result: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine.description(),
        "rounds": options.rounds,
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store(folder)
        print(report.machine_line(result["machine"]), flush=True)
        result["limits"] = machine.limits()
        print(report.limits_line(result["limits"]), flush=True)
        workers = [Worker(contestant, folder) for contestant in chosen(options.sides)]
        try:
            result["workloads"] = {}
            for key in options.workloads:
                workload = WORKLOADS[key]
                measured = measure(workload, workers, options.rounds, folder)
                measured = judged(workload, measured, rows_of(folder, workload), result["limits"])
                result["workloads"][key] = measured
                print(report.workload_lines(key, measured), flush=True)
        finally:
            for worker in workers:
                worker.close()
        if not options.no_sweeps:
            result["sweeps"] = sweeps.everything(folder, options.rounds, chosen(options.sides))
    result["minutes"] = (time.time() - started) / 60
    print(report.summary(result))
    for path in report.write(result, options.out):
        print(path)
    return int(any(measured.get("met") is False for measured in result["workloads"].values()))


if __name__ == "__main__":
    restart_without_overrides()
    sys.exit(main())
