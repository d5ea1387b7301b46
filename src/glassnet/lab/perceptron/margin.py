"""How far the classes lie apart: the margin of a line, the greatest there is, and Novikoff's bound.

The greatest margin is half the distance of the classes' convex hulls; its line halves the shortest way between them
(Boser, Guyon and Vapnik, COLT 1992; Bennett and Bredensteiner, ICML 2000). Squares of all lengths are fractions, so
that nothing is rounded before it is written down.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul

import numpy as np

from glassnet.lab.perceptron.exact import common_denominator, dot, readable
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.nonnegative import Columns, Whole, solve
from glassnet.lab.perceptron.points import Points
from glassnet.lab.perceptron.rule import Learned
from glassnet.lab.perceptron.separability import nearest
from glassnet.typing import Floats


def margin(line: Line, points: Points) -> Fraction | None:
    """The square of the smallest distance of a row from the line, negative where a row is on the wrong side.

    None where the line has no weights, and so no points.

    >>> from glassnet.lab.perceptron.points import gate
    >>> margin(Line((Fraction(2), Fraction(2)), Fraction(5, 2)), gate("and"))
    Fraction(1, 32)
    """
    length = dot(line.weights, line.weights)
    if not length:
        return None
    least = min(line.z(x) if p else -line.z(x) for x, p in zip(points.rows, points.positive, strict=True))
    return least * abs(least) / length


@dataclass(frozen=True)
class Greatest:
    """The line with the greatest margin, the margin's square, and the rows that it rests on."""

    line: Line
    square: Fraction
    rows: tuple[int, ...]

    @property
    def value(self) -> float:
        """The margin."""
        return math.sqrt(self.square)


def greatest_margin(points: Points) -> Greatest | None:
    """The line that is as far as can be from both classes; None where there is one class, or no such line.

    >>> from glassnet.lab.perceptron.points import gate
    >>> found = greatest_margin(gate("and"))
    >>> str(found.line), found.square, found.rows
    ('2 x1 + 2 x2 - 3 = 0', Fraction(1, 8), (1, 2, 3))
    """
    if len(set(points.positive)) < 2:
        return None
    pairs = Differences(points)
    solution = solve(pairs, (0,) * points.dimension + (pairs.scale,))
    total = sum(solution.multipliers.values(), Fraction(0))
    if not any(solution.reached[:-1]):
        return None
    apart = [value / (total * pairs.unit) for value in solution.reached[:-1]]
    ends: dict[bool, list[Fraction]] = {True: [Fraction(0)] * len(apart), False: [Fraction(0)] * len(apart)}
    used: set[int] = set()
    for name, m in solution.multipliers.items():
        p, n = pair_of(name)
        used |= {p, n}
        for side, row in ((True, p), (False, n)):
            ends[side] = [e + m / total * x for e, x in zip(ends[side], points.rows[row], strict=True)]
    middle = [(a + b) / 2 for a, b in zip(ends[True], ends[False], strict=True)]
    *weights, threshold = readable([*apart, dot(apart, middle)])
    return Greatest(Line(tuple(weights), threshold), dot(apart, apart) / 4, tuple(sorted(used)))


class Differences(Columns):
    """p - n for each positive row p and negative row n, never written out; below each a 1 (times the scale)."""

    def __init__(self, points: Points) -> None:
        self.unit = common_denominator(value for x in points.rows for value in x)
        self.rows: list[Whole] = [tuple(int(value * self.unit) for value in x) for x in points.rows]
        self.of = {side: [i for i, p in enumerate(points.positive) if p == side] for side in (True, False)}
        self.scale = max((abs(value) for row in self.rows for value in row), default=1) or 1
        self.size = points.dimension + 1
        self.matrix = np.array([[value / self.scale for value in row] for row in self.rows])

    def column(self, name: Hashable) -> Whole:
        p, n = pair_of(name)
        return (*(a - b for a, b in zip(self.rows[p], self.rows[n], strict=True)), self.scale)

    def steepest(self, direction: Sequence[int]) -> Hashable:
        products = [sum(map(mul, row, direction)) for row in self.rows]
        return max(self.of[True], key=products.__getitem__), min(self.of[False], key=products.__getitem__)

    def approximately(self, direction: Floats) -> Hashable:
        products = self.matrix @ direction[:-1]
        p, n = (np.array(self.of[side]) for side in (True, False))
        return int(p[products[p].argmax()]), int(n[products[n].argmin()])


def pair_of(name: Hashable) -> tuple[int, int]:
    """A column's name as the positive and the negative row that it stands for."""
    assert isinstance(name, tuple)
    return name


@dataclass(frozen=True)
class Novikoff:
    """What bounds the mistakes: R^2 and gamma^2 of the rows (1, x), and the greatest number of mistakes."""

    radius: Fraction
    gap: Fraction
    bound: int


def novikoff(learned: Learned) -> Novikoff | None:
    """Novikoff's bound (R / gamma)^2 on the mistakes; None with a fixed threshold, or where the classes are not apart.

    R is the largest |(1, x)|, gamma the greatest margin of a line through the origin between the rows (1, x). From
    start weights w the bound is the largest M with u.w + M gamma <= sqrt(|w|^2 + M R^2), where u is that line's
    direction (weights in units of the rate); w = 0 gives (R / gamma)^2.

    Source: Novikoff, "On convergence proofs on perceptrons" (1962).

    >>> from glassnet.lab.perceptron.points import gate
    >>> from glassnet.lab.perceptron.rule import Rule
    >>> novikoff(Rule(gate("and")).learn()).bound
    51
    """
    rule = learned.rule
    if not rule.learned:
        return None
    solution = nearest(rule.points)
    total = sum(solution.multipliers.values(), Fraction(0))
    unit = common_denominator(value for x in rule.points.rows for value in x)
    u = [value / (total * unit) for value in solution.reached[:-1]]
    gap = dot(u, u)
    if not gap:
        return None
    radius = max(1 + dot(x, x) for x in rule.points.rows)
    start = [value / rule.rate for value in rule.first]
    return Novikoff(radius, gap, _largest_count(start, u, radius))


def _largest_count(start: Sequence[Fraction], u: Sequence[Fraction], radius: Fraction) -> int:
    """The largest M with u.w + M |u|^2 <= |u| sqrt(|w|^2 + M R^2), all but the root exact: u has the length gamma."""
    gap, along, length = dot(u, u), dot(start, u), dot(start, start)

    def possible(m: int) -> bool:
        left = along + m * gap
        return left <= 0 or left * left <= gap * (length + m * radius)

    high = 1
    while possible(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if possible(middle) else (low, middle)
    return low


def square_root(value: Fraction) -> float:
    """The root of a square of any size, signed like it."""
    root = math.sqrt(abs(value))
    return -root if value < 0 else root
