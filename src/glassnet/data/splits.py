"""Rows held out for the test: a fixed choice that depends on the seed and the labels alone."""

from __future__ import annotations

from math import isfinite

import numpy as np
import numpy.typing as npt

from glassnet.errors import DataError, SettingError
from glassnet.maths.random import Purpose, long_bits
from glassnet.typing import Array, Indices


def shares(counts: npt.ArrayLike, total: int) -> Indices:
    """``total`` divided among classes in proportion to their counts, by the largest remainders, int64 (C,).

    Every class keeps at least one row, so the shares of many rare classes can add up to less.

    >>> shares([50, 30, 20], 7)
    array([4, 2, 1])
    """
    available = np.asarray(counts, np.int64)
    exact = available * total / max(1, int(available.sum()))
    share: Indices = np.floor(exact).astype(np.int64)
    with_room = np.flatnonzero(share < available - 1)
    remainders = (exact - share)[with_room]
    more = with_room[np.argsort(-remainders, kind="stable")[: total - share.sum()]]
    share[more] += 1
    return share


def hold_out(y: Array, split: float, *, stratify: bool, seed: int = 0) -> tuple[Indices, Indices]:
    """The rows to train on and the rows held out, each ascending.

    y: (n,) or (n, k). split: a fraction below 1, or a whole number of rows. stratify: every label keeps its share.

    Raises: SettingError for a split that leaves one of the parts empty.

    >>> train, test = hold_out(np.array(["a"] * 8 + ["b"] * 4), 0.25, stratify=True)
    >>> len(train), len(test), int((test < 8).sum())
    (9, 3, 2)
    """
    n = len(y)
    count = round(n * split) if 0 < split < 1 else int(split) if isfinite(split) else 0
    if not (0 < split < 1 or split == count) or not 0 < count < n:
        raise SettingError(
            f"A split of {split} cannot be held out of {n} rows: give a fraction, such as 0.2, or a number of rows."
        )
    order = np.argsort(long_bits(seed, Purpose.SPLIT, 0, 0, n), kind="stable")
    if stratify:
        _, member, counts = np.unique(y, return_inverse=True, return_counts=True)
        shuffled = member[order]
        chosen = [order[shuffled == c][:share] for c, share in enumerate(shares(counts, count))]
        held = np.sort(np.concatenate(chosen))
        if not held.size:
            raise DataError(f"No row can be held out: the {n} rows have {len(counts)} different labels.")
    else:
        held = np.sort(order[:count])
    kept = np.delete(np.arange(n), held)
    return kept, held.astype(np.int64)
