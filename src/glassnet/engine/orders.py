"""The order of an epoch's rows: `maths.random.shuffle`, computed by the native module where there is one."""

from __future__ import annotations

import os

import numpy as np

from glassnet.engine.compiled import module
from glassnet.maths import random
from glassnet.typing import Indices


def batch_of(order: Indices, size: int, step: int) -> Indices:
    """The rows of a step: each epoch's order is cut into batches of its own, the last of which may be short.

    >>> batch_of(np.array([[4, 0, 3], [2, 1, 5]]), size=2, step=3)
    array([5])
    """
    epochs = np.atleast_2d(order)
    epoch, place = divmod(step, -(-epochs.shape[1] // size))
    return epochs[epoch, place * size : (place + 1) * size]


def shuffle(seed: int, epoch: int, count: int, out: Indices | None = None) -> Indices:
    """The same order as `maths.random.shuffle(seed, epoch, count)`, bit for bit, in a fraction of the time.

    It is written to `out`, (count,) of int64 in one piece, where that is given.

    >>> shuffle(seed=0, epoch=0, count=8)
    array([4, 5, 0, 3, 6, 7, 2, 1])
    """
    order = np.empty(count, np.int64) if out is None else out
    native = module()
    if native is None or os.environ.get("GLASSNET_ENGINE") == "reference":
        order[:] = random.shuffle(seed, epoch, count)
    else:
        native.shuffle(native.instruction_sets[0], seed, epoch, order)
    return order
