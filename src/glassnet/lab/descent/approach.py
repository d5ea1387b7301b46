"""How a path comes nearer to a level point: how far it still is, by what factor a step brings it, how many are left.

A path has arrived for all that can be read where the distance is under a millionth of what it was at first, whether or
not the gradient is as short as the tolerance: (0.8)^100 of the way is left after a hundred steps, and -1 is printed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.lab.descent.stationary import Level, classify, newton
from glassnet.lab.descent.way import Way
from glassnet.typing import Floats

ARRIVED = 1e-6  # of the distance at the start
TAIL, LAST = 20, 3  # steps at the end of the path that are looked at, and those that may not swing away from it again
STEADY = 0.02  # by how much the factor may change for the approach to be called linear
MILESTONES = (0.01, 1e-6)


@dataclass(frozen=True)
class Approach:
    """The level point that a path comes nearer to, the distance after each step (k + 1,), and the factor of a step.

    `factor` is None where it changes: at x^4, where each step brings it less.
    """

    level: Level
    distances: Floats
    factor: float | None

    @property
    def left(self) -> float:
        """The distance after the last step."""
        return float(self.distances[-1])

    @property
    def arrived(self) -> bool:
        """Whether nothing of the way is left that could be read."""
        return bool(self.distances[-LAST:].max() <= ARRIVED * self.distances[0])

    def steps_to(self, distance: float) -> tuple[int, bool] | None:
        """After how many steps it is within a distance, and whether it has been; None where that cannot be said.

        >>> way = Approach(Level((0.0,), 0.0, "minimum", (2.0,)), np.array([4.0, 2.0, 1.0]), 0.5)
        >>> way.steps_to(2.0), way.steps_to(0.25)
        ((1, True), (4, False))
        """
        beyond = np.flatnonzero(self.distances > distance)
        first = int(beyond[-1]) + 1 if len(beyond) else 0
        if first < len(self.distances):
            return first, True
        if self.factor is None or self.factor == 0:
            return None
        return len(self.distances) - 1 + math.ceil(math.log(distance / self.left) / math.log(self.factor)), False


def approach(way: Way, corners: Sequence[Level] = (), factor: float | None = None) -> Approach | None:
    """What this path comes nearer to; None where it does not come nearer to anything.

    `factor` is what a step does to the distance, where that is known; else it is measured.
    """
    if way.steps < 2:
        return None
    found = [classify(way.function, point) for point in newton(way.function, way.points[-1:].copy())]
    levels = [level for level in (*found, *corners) if level.kind != "maximum" and level.kind != "flat"]
    if not levels:
        return None
    level = min(levels, key=lambda level: math.dist(level.point, way.points[-1]))
    distances: Floats = np.linalg.norm(way.points - level.point, axis=1)
    if not _nearer(distances):
        return None
    measured = _factor(distances)
    return Approach(level, distances, measured if factor is None or measured is None else factor)


def _nearer(distances: Floats) -> bool:
    """Whether the last points are far nearer than the start, and nearer than those some steps before."""
    tail = distances[-TAIL:]
    return bool(distances[-1] < 0.9 * distances[0] and tail[-LAST:].max() < tail[:LAST].max())


def _factor(distances: Floats) -> float | None:
    """What a step does to the distance at the path's end, where that has settled."""
    tail = distances[-TAIL:]
    tail = tail[tail > 1e-14 * distances[0]]  # beyond, it is rounding
    half = (len(tail) - 1) // 2
    if half < 1:
        return None
    first, last = (
        (b / a) ** (1 / half) for a, b in ((tail[-1 - 2 * half], tail[-1 - half]), (tail[-1 - half], tail[-1]))
    )
    steady = abs(first - last) <= STEADY * max(1 - last, 0.0) + 1e-9
    return float((first * last) ** 0.5) if steady and last < 1 - 1e-6 else None
