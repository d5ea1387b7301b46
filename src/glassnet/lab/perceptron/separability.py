"""Can a line tell the classes apart? Either such a line, or a proof that there is none, both exact.

Every row is an inequality for the line: w.x >= theta where the row is positive, w.x < theta where it is negative. If no
line meets them all, some of them, each taken some number of times, add up to a contradiction (Farkas 1902; with strict
inequalities Motzkin 1936): the positive ones to s.w >= k theta, the negative ones to s.w < k theta, with the same s and
the same k. In pictures: a mean of positive points is a mean of negative ones, and a line cannot have it on both sides.

At most d + 2 rows are needed (Kirchberger 1903), because the multipliers are those of independent columns; of rows in
such a proof none can be left out. The fewest that do are searched for besides (`smallest`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from glassnet.lab.perceptron.exact import Vector, common_denominator, readable, whole
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.nonnegative import Listed, Solution, solve
from glassnet.lab.perceptron.points import Points
from glassnet.lab.perceptron.smallest import fewest


@dataclass(frozen=True)
class Proof:
    """Rows and how often each is taken, so that their inequalities add up to a contradiction.

    `threshold` is the fixed one, or None where no threshold at all helps; `tie` says which inequalities are strict.
    None of the rows can be left out; `smallest` is true where it is known that no fewer rows prove it.
    """

    points: Points = field(repr=False)
    rows: tuple[int, ...]
    multipliers: tuple[int, ...]
    threshold: Fraction | None = None
    tie: str = "positive"
    smallest: bool = False

    def total(self, positive: bool) -> tuple[Vector, int]:
        """(s, k) of one class: the sum of its rows, each taken as often as its multiplier says, and how many those are.

        >>> from glassnet.lab.perceptron.points import gate
        >>> s, k = separability(gate("xor")).proof.total(True)
        >>> [str(value) for value in s], k
        (['1', '1'], 2)
        """
        chosen = [(self.points.rows[row], m) for row, m in self.of(positive)]
        sums = [sum((m * x[j] for x, m in chosen), Fraction(0)) for j in range(self.points.dimension)]
        return tuple(sums), sum(m for _, m in chosen)

    def of(self, positive: bool) -> Iterator[tuple[int, int]]:
        """(row, multiplier) of one class."""
        for row, m in zip(self.rows, self.multipliers, strict=True):
            if self.points.positive[row] == positive:
                yield row, m

    @property
    def holds(self) -> bool:
        """Whether it is one, computed anew from the points."""
        (s, k), (other, l) = self.total(True), self.total(False)  # noqa: E741
        strict = bool(l) if self.tie == "positive" else bool(k)
        if s != other or min(self.multipliers, default=0) <= 0:
            return False
        if self.threshold is None:
            return k == l and strict
        # k theta <= s.w and s.w < l theta: a contradiction unless k theta < l theta.
        gap = (k - l) * self.threshold
        return gap > 0 or (gap == 0 and strict)


@dataclass(frozen=True)
class Separability:
    """The answer: a line that tells the classes apart, or a proof that there is none; one of the two is None."""

    line: Line | None
    proof: Proof | None

    @property
    def separable(self) -> bool:
        """Whether there is such a line."""
        return self.line is not None


def separability(points: Points, threshold: Fraction | None = None, tie: str = "positive") -> Separability:
    """Whether a line, or a line with this threshold, tells the classes apart.

    Source: Farkas, "Theorie der einfachen Ungleichungen", Crelle 124 (1902); Kirchberger, Math. Annalen 57 (1903).

    >>> from glassnet.lab.perceptron.points import gate
    >>> str(separability(gate("and")).line)
    '2 x1 + 2 x2 - 3 = 0'
    >>> separability(gate("xor")).proof.multipliers
    (1, 1, 1, 1)
    """
    obvious = _obvious(points, threshold, tie)
    if obvious is not None:
        return Separability(None, obvious)
    solution = nearest(points, threshold, tie)
    s = solution.reached[:-1]
    if any(s):
        return Separability(_line(points, s, threshold, tie), None)
    return Separability(None, _smallest(_proof(points, solution, threshold, tie)))


def _proof(points: Points, solution: Solution, threshold: Fraction | None, tie: str) -> Proof:
    rows = sorted(row for row in solution.multipliers if isinstance(row, int) and row < len(points.rows))
    multipliers = whole([solution.multipliers[row] for row in rows])
    return Proof(points, tuple(rows), multipliers, threshold, tie)


def _smallest(proof: Proof) -> Proof:
    """A proof by the fewest rows, where there are not too many to look for them."""
    points, threshold, tie = proof.points, proof.threshold, proof.tie

    def shorter(rows: tuple[int, ...]) -> Proof | None:
        some = Points(tuple(points.rows[row] for row in rows), tuple(points.positive[row] for row in rows))
        solution = nearest(some, threshold, tie)
        if any(solution.reached[:-1]):
            return None
        found = _proof(some, solution, threshold, tie)
        return Proof(points, tuple(rows[row] for row in found.rows), found.multipliers, threshold, tie, True)

    signs = [1.0 if positive else -1.0 for positive in points.positive]
    ahead = [(sign,) if threshold is None else () for sign in signs]
    added = [
        (*one, *(sign * float(value) for value in x)) for one, sign, x in zip(ahead, signs, points.rows, strict=True)
    ]
    rows, complete = fewest(added, len(proof.rows), lambda rows: shorter(rows) is not None)
    found = shorter(rows) if rows is not None else None
    return found or replace(proof, smallest=complete)


def _obvious(points: Points, threshold: Fraction | None, tie: str) -> Proof | None:
    """A proof by one row (0 >= theta, which no weights change), or by a point that is in both classes."""
    for row in range(len(points.rows)) if threshold is not None else ():
        alone = Proof(points, (row,), (1,), threshold, tie, smallest=True)
        if alone.holds:
            return alone
    seen: dict[Vector, int] = {}
    for row, x in enumerate(points.rows):
        before = seen.setdefault(x, row)
        if points.positive[before] != points.positive[row]:
            return Proof(points, (before, row), (1, 1), threshold, tie, smallest=True)
    return None


def nearest(points: Points, threshold: Fraction | None = None, tie: str = "positive") -> Solution:
    """The combination of the rows' inequalities, with multipliers >= 0, that comes nearest to a contradiction.

    With the threshold learned every inequality is taken as strict, which changes nothing for finitely many points, and
    the combination is a multiple of the point of the convex hull of +-(1, x) that is nearest to the origin.
    """
    signs = [1 if positive else -1 for positive in points.positive]
    if threshold is None:
        rows: list[Vector] = [
            (Fraction(sign), *(sign * value for value in x)) for x, sign in zip(points.rows, signs, strict=True)
        ]
        strict = [True] * len(rows)
    else:  # in w and t > 0: w.x - theta t
        rows = [(-sign * threshold, *(sign * value for value in x)) for x, sign in zip(points.rows, signs, strict=True)]
        rows.append((Fraction(1), *(Fraction(0),) * points.dimension))
        strict = [positive == (tie == "negative") for positive in points.positive] + [True]
    unit = common_denominator(value for row in rows for value in row)
    numbers = [tuple(int(value * unit) for value in row) for row in rows]
    scale = max(abs(value) for row in numbers for value in row)
    columns = [(*row, scale if is_strict else 0) for row, is_strict in zip(numbers, strict, strict=True)]
    return solve(Listed(columns, scale), (0,) * (points.dimension + 1) + (scale,))


def _line(points: Points, s: Sequence[Fraction], threshold: Fraction | None, tie: str) -> Line:
    """The line of (w0, w), or of (t, w), in small numbers."""
    if threshold is None:
        w0, *weights = readable(s)
        return Line(tuple(weights), -w0, tie)
    return Line(tuple(value / s[0] for value in s[1:]), threshold, tie)
