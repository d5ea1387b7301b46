"""A training that is to be killed: `python killed.py FOLDER`. It resumes the run in FOLDER, or begins it.

Checkpoints are written after every step, so that a kill falls into a writing about as often as beside one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet.training import spacing

X = np.random.default_rng(3).normal(size=(60, 4))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)


class EveryStep(gn.Callback):
    every_step = True
    watches = True


def begin(out: Path | None) -> gn.Run:
    net = gn.Network([gn.Dense(30, activation="tanh"), gn.Dropout(0.3), gn.Dense(2)])
    stopping = gn.EarlyStopping(patience=60)
    return net.fit(X, Y, epochs=12, batch_size=8, seed=4, out=out, callbacks=[stopping, EveryStep()])


if __name__ == "__main__":
    spacing.INTERVAL, spacing.SHARE = 0.0, 1e9
    folder = Path(sys.argv[1])
    print("ready", flush=True)
    if folder.exists():
        gn.load_run(folder).resume(callbacks=[EveryStep()])
    else:
        begin(folder)
    print("done", flush=True)
