"""A step length that decreases a function enough and flattens it enough: the strong Wolfe conditions.

    phi(a) <= phi(0) + c1 a phi'(0)   and   |phi'(a)| <= c2 |phi'(0)|,      phi(a) = f(x + a d)

Source: Nocedal and Wright (2006), Numerical Optimization, algorithms 3.5 and 3.6; the cubic is their equation 3.59.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, sqrt

GROWTH = 2.0  # of the step while the function goes on falling
MARGIN = 0.1  # share of an interval, at both ends, in which no trial is made: the interval shrinks at every trial


@dataclass(frozen=True)
class Point:
    """A step length, and there the function and its slope."""

    a: float
    value: float
    slope: float


Phi = Callable[[float], Point]


def strong_wolfe(
    phi: Phi, start: Point, first: float, *, c1: float = 1e-4, c2: float = 0.9, trials: int = 30
) -> Point | None:
    """A point that meets both conditions; else the lowest that meets the first; None where there is none.

    Args:
        phi: the function along the line, from the step length.
        start: the point at 0; its slope is negative.
        first: the first step length that is tried.
        trials: how often phi may be asked.

    >>> def phi(a):
    ...     return Point(a, (a - 3) ** 2, 2 * (a - 3))
    >>> strong_wolfe(phi, phi(0.0), 1.0, c2=0.1).a
    3.0
    """
    search = _Search(phi, start, c1, c2, trials)
    before, a = start, first
    while (here := search.at(a)) is not None:
        if search.too_high(here) or (before.a > 0 and here.value >= before.value):
            return search.zoom(before, here)
        if search.flat(here):
            return here
        if here.slope >= 0:
            return search.zoom(here, before)
        before, a = here, GROWTH * a
    return before if before.a > 0 else None


@dataclass
class _Search:
    phi: Phi
    start: Point
    c1: float
    c2: float
    left: int

    def at(self, a: float) -> Point | None:
        """The point there, or None when no trial is left."""
        if self.left == 0:
            return None
        self.left -= 1
        point = self.phi(a)
        return point if isfinite(point.value) and isfinite(point.slope) else Point(a, inf, inf)

    def too_high(self, point: Point) -> bool:
        return point.value > self.start.value + self.c1 * point.a * self.start.slope

    def flat(self, point: Point) -> bool:
        return abs(point.slope) <= -self.c2 * self.start.slope

    def zoom(self, low: Point, high: Point) -> Point | None:
        """Between a point that is low enough and one that is not, or beyond the minimum: algorithm 3.6."""
        halve = False
        while (width := abs(high.a - low.a)) > 1e-14 * max(1.0, abs(low.a)):
            here = self.at((low.a + high.a) / 2 if halve else between(low, high))
            if here is None:
                break
            # A cubic that lands beside an end leaves nearly the whole interval: the next trial is its middle.
            halve = not halve and max(abs(here.a - low.a), abs(here.a - high.a)) > 0.7 * width
            if self.too_high(here) or here.value >= low.value:
                high = here
                continue
            if self.flat(here):
                return here
            if here.slope * (high.a - low.a) >= 0:
                high = low
            low = here
        return low if low.a > 0 else None


def between(one: Point, other: Point) -> float:
    """The minimum of the cubic through two points and their slopes; their middle where that is no use.

    >>> between(Point(0.0, 4.0, -4.0), Point(3.0, 1.0, 2.0))  # (a - 2)^2
    2.0
    """
    width = other.a - one.a
    middle = one.a + width / 2
    if not isfinite(other.value):
        return middle
    d1 = one.slope + other.slope - 3 * (one.value - other.value) / (one.a - other.a)
    square = d1 * d1 - one.slope * other.slope
    if not square >= 0:
        return middle
    d2 = sqrt(square) if width > 0 else -sqrt(square)
    below = other.slope - one.slope + 2 * d2
    found = other.a - width * (other.slope + d2 - d1) / below if below else middle
    ends = sorted((one.a + MARGIN * width, other.a - MARGIN * width))
    return found if ends[0] <= found <= ends[1] else min(max(found, ends[0]), ends[1]) if isfinite(found) else middle
