"""An epoch of 784-128-10 (batch 64, Adam) with the reference engine, beside a hand-written NumPy loop doing the same.

    GLASSNET_DATA=FOLDER python benchmarks/reference_epoch.py [ROUNDS]

Both sides run in one process, alternating, on the same pixels (floats in memory, as a NumPy user keeps them; the
reference engine also on the bytes, as `fit` is given them). Before anything is timed both must have learned. Overrides
of OpenBLAS in the environment are removed for both. It ends with status 1 where the ratio of the medians passes 1.15.
"""

from __future__ import annotations

import statistics
import sys
from time import perf_counter

import numpy as np
from environment import arguments, restart_without_overrides

import glassnet as gn

LIMIT, BATCH, RATE = 1.15, 64, 0.001


def by_hand(X, y, order):
    """What a careful student writes: mean cross-entropy of softmax(relu(X W1 + b1) W2 + b2), Adam in place."""
    rng = np.random.default_rng(0)
    theta = [
        rng.normal(0, np.sqrt(2 / 784), (784, 128)).astype(np.float32),
        np.zeros(128, np.float32),
        rng.normal(0, np.sqrt(2 / 138), (128, 10)).astype(np.float32),
        np.zeros(10, np.float32),
    ]
    first, second = [np.zeros_like(p) for p in theta], [np.zeros_like(p) for p in theta]
    W1, b1, W2, b2 = theta
    losses, power1, power2 = [], 1.0, 1.0
    started = perf_counter()
    for start in range(0, len(X), BATCH):
        rows = order[start : start + BATCH]
        x, t, n = X[rows], y[rows], np.arange(len(rows))
        z1 = x @ W1 + b1
        a1 = np.maximum(z1, 0)
        z2 = a1 @ W2 + b2
        z2 -= z2.max(axis=1, keepdims=True)
        p = np.exp(z2)
        p /= p.sum(axis=1, keepdims=True)
        losses.append(-np.log(p[n, t]).mean())
        p[n, t] -= 1
        p /= len(rows)
        dz1 = p @ W2.T * (z1 > 0)
        gradients = [x.T @ dz1, dz1.sum(axis=0), a1.T @ p, p.sum(axis=0)]
        power1, power2 = power1 * 0.9, power2 * 0.999
        for w, g, m, v in zip(theta, gradients, first, second, strict=True):
            m *= 0.9
            m += 0.1 * g
            v *= 0.999
            v += 0.001 * (g * g)
            w -= RATE * (m / (1 - power1)) / (np.sqrt(v / (1 - power2)) + 1e-8)
    return perf_counter() - started, float(np.mean(losses))


def by_glassnet(X, y):
    """The same through `fit`; its seconds are those of the steps alone, as the loop by hand is timed."""
    net = gn.Network([gn.Dense(128, activation="relu"), gn.Dense(10)])
    run = net.fit(X, y, optimizer=gn.optimizers.Adam(RATE), epochs=1, batch_size=BATCH, engine="reference", metrics=())
    return run.seconds, run.history[0]["loss"]


def main(rounds: int) -> int:
    (pixels, y), _ = gn.data.load("mnist")
    floats = pixels.astype(np.float32) / 255
    y = y.astype(np.int64)
    order = np.random.default_rng(1).permutation(len(y))
    sides = {
        "NumPy by hand": lambda: by_hand(floats, y, order),
        "reference engine, floats": lambda: by_glassnet(floats, y),
        "reference engine, bytes": lambda: by_glassnet(pixels, y),
    }
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            elapsed, loss = side()
            if not loss < 0.5:
                sys.exit(f"{name} has not learned: its mean loss is {loss:.3f}.")
            seconds[name].append(elapsed)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    base = medians["NumPy by hand"]
    print(f"one epoch of 784-128-10, batch {BATCH}, Adam, float32; medians of {rounds} alternating rounds")
    for name, median in medians.items():
        print(f"{name:<26} {median:7.3f} s   {median / base:5.2f} times by hand")
    worst = max(median / base for median in medians.values())
    print(f"limit {LIMIT}")
    return int(worst > LIMIT)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("rounds", type=int, nargs="?", default=9)
    given = parser.parse_args()
    restart_without_overrides()
    sys.exit(main(given.rounds))
