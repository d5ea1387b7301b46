"""The fewest rows that contradict each other: sets of one more row each time, until one of them does.

Rows contradict each other where their inequalities, each taken some positive number of times, cancel. Of the fewest
that do, these numbers are the only ones that cancel at all; so sets are sifted in floating point for a combination that
comes to nothing and has no negative number in it, and what passes is tried exactly. Where there are too many sets the
search is not begun: then of the rows found before none can be left out, but fewer others may do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from math import comb

import numpy as np

from glassnet.typing import Array, Floats

MOST_SETS = 60_000  # that are sifted
MOST_TRIED = 400  # that are tried exactly
ZERO, UNSURE = 1e-12, 1e-6  # singular values that are zero, and those of which floating point does not know


def fewest(inequalities: Sequence[Sequence[float]], below: int, contradict: Callable[[tuple[int, ...]], bool]) -> (
    tuple[tuple[int, ...] | None, bool]
):  # fmt: skip
    """The first set of fewer than `below` rows that contradicts itself, or None; and whether the search was complete.

    Args:
        inequalities: what is added up, (n, d) with the sign of each row's class.
        contradict: whether rows do so, exactly.

    >>> fewest([[1, 0], [-1, 0], [0, 1], [1, -1]], 4, lambda rows: rows == (0, 1))
    ((0, 1), True)
    """
    n = len(inequalities)
    if sum(comb(n, size) for size in range(2, below)) > MOST_SETS:
        return None, False
    matrix = np.asarray(inequalities, np.float64)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix = matrix / np.where(lengths > 0, lengths, 1.0)
    tried = 0
    for size in range(2, below):
        for rows in _sifted(matrix, size):
            tried += 1
            if tried > MOST_TRIED:
                return None, False
            if contradict(rows):
                return rows, True
    return None, True


def _sifted(matrix: Floats, size: int) -> Iterator[tuple[int, ...]]:
    """The sets of so many rows of which a combination without negative numbers comes to nothing, as floats see it."""
    sets: Array = np.array(list(combinations(range(len(matrix)), size)))
    if not len(sets):
        return
    left, singular, _ = np.linalg.svd(matrix[sets])
    if size > matrix.shape[1]:
        singular = np.concatenate([singular, np.zeros((len(sets), size - matrix.shape[1]))], axis=1)
    combination = left[:, :, -1]
    combination = combination * np.where(combination.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    several = singular[:, -2] if size > 1 else np.ones(len(sets))
    passes = (singular[:, -1] < UNSURE) & ((combination > -UNSURE).all(axis=1) | (several < UNSURE)) & (several > ZERO)
    yield from map(tuple, sets[passes].tolist())
