"""Further tables, of glassnet alone where not said otherwise: widths, batch sizes, depths, threads, zeros,
instruction sets, memory, and the time from the start of a process to the end of its first epoch."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from environment import OVERRIDES
from report import readable
from workers import GLASSNET, HERE, REST, Contestant, PeerError, Worker
from workloads import WORKLOADS, Workload

WIDTHS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 16, 17, 20, 24, 28, 31, 32, 33, 40, 48, 49, 56, 64, 65, 80, 96, 97, 112)
WIDTHS += (127, 128, 129, 144, 160, 176, 192, 200, 208, 224, 240, 255, 256)
BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 33, 48, 64, 65, 96, 128, 200, 256, 384, 512, 777, 1024, 2048, 4096)
DEPTHS = (1, 2, 3, 4, 6, 8, 12, 16)
WIDTH_LIMIT = 1.25  # times what its neighbours lead one to expect
MEMORY_LIMIT = 200.0  # MB
ONE_THREAD = Contestant("one thread", "glassnet_side", environment={"GLASSNET_THREADS": "1"})
VARIANTS = (
    GLASSNET,
    ONE_THREAD,
    Contestant("two threads", "glassnet_side", environment={"GLASSNET_THREADS": "2"}),
    Contestant("no zero skipped", "glassnet_side", {"skip_zeros": False}),
    Contestant("AVX2", "glassnet_side", environment={"GLASSNET_ISA": "avx2"}),
    Contestant("portable", "glassnet_side", environment={"GLASSNET_ISA": "portable"}),
    Contestant("reference engine", "glassnet_side", {"engine": "reference"}),
)
VARIED = "ABCDEGHI"
SAMPLE_SECONDS = 0.1
SLOW = 2.0  # seconds of an epoch beyond which one epoch is measured, and no median

# Linux counts what the process that started this one held as its own peak, in what getrusage says: VmHWM is its own.
PEAK = """
import re, resource, sys, glassnet as gn
(X, y), _ = gn.data.load("mnist")
net = gn.Network([gn.Dense(128, activation="relu"), gn.Dense(10)])
net.fit(X, y, optimizer="adam", batch_size=64, epochs=2)
if sys.platform == "linux":
    with open("/proc/self/status") as status:
        print(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1])
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
FIRST_EPOCH = """
import sys
from pathlib import Path
from peers.worker import make
side = make(sys.argv[1], Path(sys.argv[2]), {"key": "B"})
side.train(1)
print("done", flush=True)
"""


def everything(folder: Path, rounds: int, contestants: Sequence[Contestant]) -> dict[str, Any]:
    """All tables, printed as they are made."""
    found: dict[str, Any] = {}
    for table in (widths, batches, depths):
        found[table.__name__] = table(folder, rounds)
    found["variants"] = {key: variants(folder, rounds, WORKLOADS[key]) for key in VARIED}
    found["peak_memory_mb"] = peak_memory()
    found["first_epoch_seconds"] = first_epoch(folder, min(rounds, 3), contestants)
    return found


# ---- widths, batch sizes, depths -------------------------------------------------------------------------------------


def per_epoch(
    folder: Path, rounds: int, contestants: Sequence[Contestant], workloads: Sequence[Workload]
) -> list[list[float]]:
    """Seconds of an epoch for each contestant and network: the best of the rounds, which go over all in turn."""
    best = [[math.inf] * len(workloads) for _ in contestants]
    workers = [Worker(contestant, folder) for contestant in contestants]
    try:
        for _ in range(rounds):
            for place, workload in enumerate(workloads):
                for worker, row in zip(workers, best, strict=True):
                    worker.prepare(key="", workload=asdict(workload))
                    worker.ask("train", epochs=1)
                    once = worker.seconds("train", epochs=1)
                    count = max(1, math.ceil(SAMPLE_SECONDS / once))
                    row[place] = min(row[place], once, worker.seconds("train", epochs=count) / count)
    finally:
        for worker in workers:
            worker.close()
    return best


def widths(folder: Path, rounds: int) -> list[dict[str, float]]:
    """784-WIDTH-10: seconds, and how many times what the line between its neighbours says (log over log)."""
    workloads = [replace(WORKLOADS["B"], widths=(784, w, 10)) for w in WIDTHS]
    [seconds] = per_epoch(folder, rounds, [GLASSNET], workloads)
    rows = [{"width": w, "seconds": s, "times_trend": 1.0} for w, s in zip(WIDTHS, seconds, strict=True)]
    for before, row, after in zip(rows, rows[1:], rows[2:], strict=False):
        share = math.log(row["width"] / before["width"]) / math.log(after["width"] / before["width"])
        row["times_trend"] = row["seconds"] / (before["seconds"] ** (1 - share) * after["seconds"] ** share)
    print(f"\n784-WIDTH-10, batch 64, Adam: an epoch, and times its neighbours' trend (limit {WIDTH_LIMIT})")
    in_columns([f"{row['width']:4} {readable(row['seconds']):>8} {row['times_trend']:5.2f}" for row in rows])
    worst = max(rows, key=lambda row: row["times_trend"])
    print(f"worst: width {worst['width']}, {worst['times_trend']:.2f} times the trend")
    return rows


def batches(folder: Path, rounds: int) -> list[dict[str, float]]:
    """784-128-10 with every batch size."""
    cases = {size: replace(WORKLOADS["B"], batch=size) for size in BATCHES}
    return beside_one_thread(folder, rounds, "784-128-10, Adam: an epoch by batch size", "batch", cases)


def depths(folder: Path, rounds: int) -> list[dict[str, float]]:
    """The table of 2000 rows with one hidden layer of 64 to many."""
    cases = {depth: replace(WORKLOADS["G"], widths=(20, *[64] * depth, 3)) for depth in DEPTHS}
    title = "20-64-...-3, batch 32, Adam, a table of 2000 rows: an epoch by the number of hidden layers"
    return beside_one_thread(folder, rounds, title, "depth", cases)


def beside_one_thread(
    folder: Path, rounds: int, title: str, name: str, cases: Mapping[int, Workload]
) -> list[dict[str, float]]:
    """As many threads as glassnet takes, and one."""
    several, alone = per_epoch(folder, rounds, [GLASSNET, ONE_THREAD], list(cases.values()))
    rows = [
        {name: case, "seconds": both, "one_thread_seconds": one}
        for case, both, one in zip(cases, several, alone, strict=True)
    ]
    print(f"\n{title}, and with one thread")
    in_columns([f"{r[name]:5} {readable(r['seconds']):>8} {readable(r['one_thread_seconds']):>8}" for r in rows])
    worst = max(rows, key=lambda row: row["seconds"] / row["one_thread_seconds"])
    print(f"worst: {name} {worst[name]}, {worst['seconds'] / worst['one_thread_seconds']:.2f} times one thread's time")
    return rows


def in_columns(cells: Sequence[str], count: int = 4) -> None:
    down = -(-len(cells) // count)
    for line in range(down):
        print("   " + "    ".join(cells[line::down]))


# ---- the engine's own ways -------------------------------------------------------------------------------------------


def variants(folder: Path, rounds: int, workload: Workload) -> dict[str, float | None]:
    """Medians of threads, zero skipping and instruction sets beside each other; None where one is not possible here."""
    seconds: dict[str, list[float]] = {}
    workers = [Worker(contestant, folder) for contestant in VARIANTS]
    try:
        able = []
        for worker in workers:
            try:
                worker.prepare(key=workload.key)
                if (first := worker.seconds("train", epochs=1)) > SLOW:
                    seconds[worker.contestant.name] = [first * workload.unit_epochs]
                    continue
                once = worker.seconds("train", epochs=1)
                able.append((worker, max(1, math.ceil(SAMPLE_SECONDS / once))))
            except PeerError as error:
                print(f"{workload.key} {worker.contestant.name}: {error}")
        for _ in range(rounds):
            for worker, count in able:
                time.sleep(REST)
                elapsed = worker.seconds("train", epochs=count) / count
                seconds.setdefault(worker.contestant.name, []).append(elapsed * workload.unit_epochs)
    finally:
        for worker in workers:
            worker.close()
    medians = {c.name: statistics.median(seconds[c.name]) if c.name in seconds else None for c in VARIANTS}
    print(f"\n{workload.key}  {workload.title}: one {workload.unit}")
    print("   " + "; ".join(f"{name} {readable(value)}" for name, value in medians.items() if value is not None))
    return medians


# ---- whole processes -------------------------------------------------------------------------------------------------


def process(*command: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in OVERRIDES}
    return subprocess.run([sys.executable, "-c", *command], cwd=HERE, env=clean, capture_output=True, text=True)


def peak_memory() -> float | None:
    """MB (10^6 bytes) that a process takes at most that loads MNIST and trains 784-128-10 on it for two epochs."""
    done = process(PEAK)
    if done.returncode:
        print(f"peak memory: {done.stderr.strip().splitlines()[-1]}")
        return None
    size = int(done.stdout) * (1 if sys.platform == "darwin" else 1024) / 1e6
    print(
        f"\npeak memory of a process that loads MNIST and trains 784-128-10: {size:.0f} MB, limit {MEMORY_LIMIT:.0f} MB"
    )
    return size


def first_epoch(folder: Path, rounds: int, contestants: Sequence[Contestant]) -> dict[str, float | None]:
    """Seconds from the start of a process to the end of its first epoch of workload B; compiling counts here."""
    sides = [contestant for contestant in contestants if not contestant.settings]
    medians = {}
    print("\nfrom the start of a process to the end of its first epoch of B (medians)")
    for contestant in sides:
        seconds = [_timed(lambda: process(FIRST_EPOCH, contestant.module, str(folder))) for _ in range(rounds)]  # noqa: B023
        able = [elapsed for elapsed, done in seconds if done.returncode == 0]
        medians[contestant.name] = statistics.median(able) if able else None
        print(f"   {contestant.name:16}{readable(medians[contestant.name]) if able else 'failed'}")
    return medians


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = perf_counter()
    result = work()
    return perf_counter() - started, result
