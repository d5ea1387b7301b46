"""Non-negative least squares, exactly: how near multipliers >= 0 of given columns come to a target.

    minimise |A m - b|^2  over  m >= 0        (Lawson and Hanson, "Solving least squares problems", 1974, chapter 23)

One column more is let in at a time, that with the largest slope (b - A m).A_j; where the least squares of those that
are in would make a multiplier negative, the way there is gone as far as it can be, and what became zero is let out. So
the columns that are in are linearly independent, never more than A has rows, and the end is the only one there is.

The same steps are gone twice: in floating point, to find out which columns they are, and from there in fractions, where
every decision is certain. The second walk has usually nothing left to do but to solve one system of equations.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul

import numpy as np

from glassnet.lab.perceptron.exact import common_denominator, dot
from glassnet.typing import Floats

Whole = tuple[int, ...]
NEAR = 1e-10  # what is not told from zero in floating point, where the target has the length 1
PATIENCE = 20  # columns that are let in in floating point, for each row of A


class Columns(ABC):
    """The columns of A, in whole numbers; `scale` is about as large as their largest number."""

    scale: int
    size: int

    @abstractmethod
    def column(self, name: Hashable) -> Whole:
        """The column of a name."""

    @abstractmethod
    def steepest(self, direction: Sequence[int]) -> Hashable:
        """The name of the column with the largest product with a direction."""

    @abstractmethod
    def approximately(self, direction: Floats) -> Hashable:
        """The same in floating point."""

    def floats(self, name: Hashable) -> Floats:
        """The column of a name in floating point, divided by the scale."""
        return np.array([value / self.scale for value in self.column(name)])


class Listed(Columns):
    """Columns in a list; a name is a place in it.

    >>> solution = solve(Listed([(1, 1), (-1, 1), (3, 1)], 1), (0, 1))
    >>> solution.multipliers, solution.reached
    ({0: Fraction(1, 2), 1: Fraction(1, 2)}, (Fraction(0, 1), Fraction(1, 1)))
    """

    def __init__(self, columns: Sequence[Whole], scale: int) -> None:
        self.columns, self.scale, self.size = columns, scale, len(columns[0])
        self.matrix = np.array([[value / scale for value in column] for column in columns])

    def column(self, name: Hashable) -> Whole:
        return self.columns[name]  # type: ignore[call-overload, no-any-return]

    def steepest(self, direction: Sequence[int]) -> Hashable:
        return max(range(len(self.columns)), key=lambda j: sum(map(mul, self.columns[j], direction)))

    def approximately(self, direction: Floats) -> Hashable:
        return int((self.matrix @ direction).argmax())


@dataclass(frozen=True)
class Solution:
    """The columns with positive multipliers, and what they reach: A m."""

    multipliers: dict[Hashable, Fraction]
    reached: tuple[Fraction, ...]


def solve(columns: Columns, target: Whole) -> Solution:
    """The multipliers that come nearest to the target, exactly."""
    m = {name: Fraction(value) for name, value in _approximate(columns, target).items()}
    while True:
        m = _settled(columns, m, target) if m else m
        reached = tuple(_combined(columns, m))
        rest = [b - value for b, value in zip(target, reached, strict=True)]
        if not any(rest):
            return Solution(m, reached)
        unit = common_denominator(rest)
        direction = [int(value * unit) for value in rest]
        name = columns.steepest(direction)
        if sum(map(mul, columns.column(name), direction)) <= 0:
            return Solution(m, reached)
        m[name] = Fraction(0)


def _combined(columns: Columns, m: dict[Hashable, Fraction]) -> list[Fraction]:
    """A m."""
    unit = common_denominator(m.values())
    whole = [(int(value * unit), columns.column(name)) for name, value in m.items()]
    return [Fraction(sum(value * column[i] for value, column in whole), unit) for i in range(columns.size)]


def _settled(columns: Columns, m: dict[Hashable, Fraction], target: Whole) -> dict[Hashable, Fraction]:
    """From m on towards the least squares of its columns, until none of their multipliers is negative."""
    while True:
        best = dict(zip(m, least_squares([columns.column(name) for name in m], target), strict=True))
        behind = [name for name, value in best.items() if value <= 0]
        if not behind:
            return best
        share = min((m[name] / (m[name] - best[name]) for name in behind if m[name] > best[name]), default=Fraction(0))
        moved = {name: value + share * (best[name] - value) for name, value in m.items()}
        m = {name: value for name, value in moved.items() if value > 0}
        if not m:
            return m


def least_squares(columns: Sequence[Whole], target: Whole) -> list[Fraction]:
    """The m that minimises |A m - b|^2: A^T A m = A^T b by elimination without fractions (Bareiss 1968).

    A column that depends on those before it has the multiplier 0.

    >>> least_squares([(1, 0), (1, 1), (2, 1)], (3, 2))
    [Fraction(1, 1), Fraction(2, 1), Fraction(0, 1)]
    """
    k = len(columns)
    rows = [[sum(map(mul, a, b)) for b in columns] + [sum(map(mul, a, target))] for a in columns]
    before, pivots = 1, []
    for p in range(k):
        pivot = rows[p][p]
        if pivot == 0:
            continue  # a Gram matrix: then the whole of the remaining row and column is zero
        for i in range(p + 1, k):
            head = rows[i][p]
            rows[i] = [(pivot * x - head * y) // before for x, y in zip(rows[i], rows[p], strict=True)]
        before = pivot
        pivots.append(p)
    m = [Fraction(0)] * k
    for p in reversed(pivots):
        known = dot([m[j] for j in pivots if j > p], [Fraction(rows[p][j]) for j in pivots if j > p])
        m[p] = (rows[p][k] - known) / rows[p][p]
    return m


def _approximate(columns: Columns, target: Whole) -> dict[Hashable, float]:
    """The same walk in floating point: a good guess, with positive multipliers."""
    b = np.array([value / columns.scale for value in target])
    m: dict[Hashable, float] = {}
    rest = b
    for _ in range(PATIENCE * columns.size):
        name = columns.approximately(rest)
        if name in m or columns.floats(name) @ rest <= NEAR or np.linalg.norm(rest) <= NEAR:
            break
        found = _settled_approximately(columns, m | {name: 0.0}, b)
        if name not in found:  # rounding alone let it in
            break
        m = found
        rest = b - sum((value * columns.floats(each) for each, value in m.items()), np.zeros(columns.size))
    return m


def _settled_approximately(columns: Columns, m: dict[Hashable, float], b: Floats) -> dict[Hashable, float]:
    while m:
        names = list(m)
        best = np.linalg.lstsq(np.stack([columns.floats(name) for name in names], 1), b, rcond=None)[0]
        if (best > 0).all():
            return dict(zip(names, best.tolist(), strict=True))
        now = np.array(list(m.values()))
        behind = (best <= 0) & (now > best)
        if not behind.any():
            return {name: value for name, value in m.items() if value > 0}
        shares = now[behind] / (now[behind] - best[behind])
        moved = now + shares.min() * (best - now)
        moved[np.flatnonzero(behind)[shares.argmin()]] = 0.0
        m = {name: float(value) for name, value in zip(names, moved, strict=True) if value > NEAR * NEAR}
    return m
