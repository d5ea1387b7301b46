"""Where a function is level: the points at which its gradient is zero, found by Newton's method from many starts.

    x = x - H(x)^-1 grad f(x)

Newton's method goes to whatever level point is near, a minimum, a maximum or a saddle: the eigenvalues of the Hessian
say which. The starts are spread evenly over a box; what lies outside it, or between them all, is not found. Corners are
found by the same search on other functions (`corners`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassnet.lab.descent.corners import NEAR, NEARER, jumping, lagrangians, zero_lies_between
from glassnet.lab.descent.function import Function
from glassnet.typing import Floats

STARTS, CORNER_STARTS, FEW_ROUNDS = 240, 32, 25
ROUNDS = 60  # of Newton's method: at a root of order four, where it creeps, they gain ten digits
MOST = 20  # points that are listed
SMALLEST_BOX = 5.0
MOST_GRADIENTS = 8  # around a corner that are listed
SMALL = 1e-9  # of the largest eigenvalue: what counts as zero


@dataclass(frozen=True)
class Level:
    """A level point: its kind, the value there, and the eigenvalues of the Hessian, ascending.

    Kinds are minimum, maximum, saddle; inflection (of one variable); flat, where the function does not change around
    it. `alone` is false where other level points lie arbitrarily near: a valley's floor. `exact` are its coordinates as
    formulas, where they are known. A corner, where the gradient jumps and 0 lies between, has no Hessian; `gradients`
    are those around it.
    """

    point: tuple[float, ...]
    value: float
    kind: str
    eigenvalues: tuple[float, ...]
    alone: bool = True
    exact: tuple[str, ...] | None = None
    gradients: tuple[tuple[float, ...], ...] = ()

    @property
    def corner(self) -> bool:
        """Whether the gradient jumps there."""
        return bool(self.gradients)


@dataclass(frozen=True)
class Search:
    """The level points in the box from -reach to reach in every variable, the nearest to the start first."""

    points: tuple[Level, ...]
    reach: float
    left_out: int = 0


def search(function: Function, start: Floats, also: Floats) -> Search:
    """The level points that Newton's method finds from starts spread over the box, and from the points `also`."""
    reach = max(SMALLEST_BOX, 2 * float(np.abs(start).max()))
    smooth, at_corners = _smooth(function, start, also, reach), corners(function, start, reach)
    if not at_corners:
        return smooth
    apart = [level for level in smooth.points if all(_another(level, corner, reach) for corner in at_corners)]
    merged = sorted([*apart, *at_corners], key=lambda level: float(np.linalg.norm(np.array(level.point) - start)))
    return Search(tuple(merged), reach, smooth.left_out)


def _another(level: Level, corner: Level, reach: float) -> bool:
    """Whether a level point is neither the corner nor a point of the valley that begins there."""
    same_height = abs(level.value - corner.value) <= 1e-9 * (1 + abs(corner.value))
    in_its_valley = not level.alone and not corner.alone and same_height
    return not in_its_valley and float(np.abs(np.subtract(level.point, corner.point)).max()) > 1e-5 * reach


def corners(function: Function, start: Floats, reach: float) -> list[Level]:
    """The corners in the box that count as level: where the gradient jumps and 0 lies between."""
    n = len(start)
    found: list[Floats] = []
    for lagrangian in lagrangians(function):
        m = len(lagrangian.variables) - n
        places = np.concatenate([np.zeros((1, n)), start[None], reach * (2 * spread(CORNER_STARTS, n) - 1)])
        seeds = np.concatenate([places, np.zeros((len(places), m))], axis=1)
        rests = newton(lagrangian, seeds, FEW_ROUNDS)[:, :n]
        found += [_short(point) for point in rests if np.abs(point).max() <= reach]
    found.sort(key=lambda point: (float(np.linalg.norm(point - start)), tuple(point)))
    levels: list[Level] = []
    for point in _distinct(found, reach)[:MOST]:
        value = function(point)
        if n > 1 and any(not level.alone and abs(level.value - value) <= 1e-9 * (1 + abs(value)) for level in levels):
            continue  # a point of a valley that is there already; on a line a valley has two ends
        level = classify(function, point)
        levels += [level] if level.corner and level.kind not in ("inflection", "flat") else []
    return levels


def _short(point: Floats) -> Floats:
    """The point with short coordinates where that is rounding."""
    rounded = np.round(point, 6)
    short: Floats = np.where(np.abs(point - rounded) <= 1e-9 * (1 + np.abs(point)), rounded, point) + 0.0
    return short


def _smooth(function: Function, start: Floats, also: Floats, reach: float) -> Search:
    """The level points that are no corners."""
    n = len(start)
    inside = also[(np.abs(also) <= reach).all(axis=1)]
    seeds = np.concatenate([np.zeros((1, n)), start[None], inside, reach * (2 * spread(STARTS, n) - 1)])
    rests = [point for point in newton(function, seeds) if np.abs(point).max() <= reach]
    rests.sort(key=lambda point: (float(np.linalg.norm(point - start)), tuple(point)))
    found = _distinct(rests, reach)
    levels: list[Level] = []
    for point in found[:MOST]:
        levels.append(classify(function, point))
        if not levels[-1].alone:  # a valley's floor: one point stands for it
            levels = [level for level in levels if level.alone] + levels[-1:]
            break
    else:
        return Search(tuple(levels), reach, max(len(found) - MOST, 0))
    others = [classify(function, point) for point in found if _bent(function, point)][:MOST]
    return Search((*levels, *(level for level in others if level not in levels)), reach)


def _bent(function: Function, point: Floats) -> bool:
    """Whether the Hessian has an inverse there, so that no other level point is near."""
    values = np.abs(np.linalg.eigvalsh(function.hessian(point)))
    return bool(values.min() > SMALL * max(1e-3, float(values.max())))


def spread(count: int, n: int) -> Floats:
    """Points (count, n) spread evenly over the unit cube: multiples of the powers of a generalised golden ratio.

    Source: Roberts 2018, "The unreasonable effectiveness of quasirandom sequences".
    """
    ratio = 2.0
    for _ in range(40):
        ratio = (1 + ratio) ** (1 / (n + 1))
    steps = ratio ** -np.arange(1.0, n + 1)
    points: Floats = (0.5 + np.arange(1, count + 1)[:, None] * steps) % 1.0
    return points


def newton(function: Function, points: Floats, rounds: int = ROUNDS) -> Floats:
    """Where Newton's method comes to rest from each of the points (k, n); those that do not are left out."""
    bound = 1e6 * (1 + np.abs(points).max())
    with np.errstate(all="ignore"):
        for _ in range(rounds):
            gradients, hessians = function.gradient(points), function.hessian(points)
            usable = np.isfinite(gradients).all(axis=1) & np.isfinite(hessians).all(axis=(1, 2))
            usable &= (np.abs(points) <= bound).all(axis=1)
            points, gradients, hessians = points[usable], gradients[usable], hessians[usable]
            steps = -np.einsum("kij,kj->ki", np.linalg.pinv(hessians, hermitian=True), gradients)
            if not (np.abs(steps) > 1e-15 * (1 + np.abs(points))).any():
                break
            points = points + steps
        size = 1 + np.abs(hessians).max(axis=(1, 2), initial=0.0) * (1 + np.abs(points).max(axis=1, initial=0.0))
        rests = np.abs(steps).max(axis=1, initial=0.0) <= 1e-7 * (1 + np.abs(points).max(axis=1, initial=0.0))
        level = np.linalg.norm(gradients, axis=1) <= 1e-9 * size
    return snapped(function, points[rests & level])


def snapped(function: Function, points: Floats) -> Floats:
    """The points (k, n), each coordinate a short number where the gradient is then no longer: -1 for -0.9999999999."""
    points = points.copy()
    if len(points):
        for k in range(points.shape[1]):
            short = points.copy()
            short[:, k] = np.round(points[:, k], 6) + 0.0
            slopes = [np.linalg.norm(function.gradient(each), axis=1) for each in (short, points)]
            better = (np.abs(short[:, k] - points[:, k]) <= 1e-6) & (slopes[0] <= slopes[1])
            points[better] = short[better]
    return points


def _distinct(points: list[Floats], reach: float) -> list[Floats]:
    kept: list[Floats] = []
    for point in points:
        if all(np.abs(point - other).max() > 1e-5 * reach for other in kept):
            kept.append(point)
    return kept


def classify(function: Function, point: Floats) -> Level:
    """The kind of a level point: by the signs of the eigenvalues; where some are zero, by the values around it.

    A corner of which 0 does not lie between the gradients is called an inflection: something leads down from it.
    """
    generic = slice(2 * len(point), None) if len(point) > 1 else slice(None)  # along an axis a corner's edge may lie
    around = jumping(function, *(_around(point, radius)[generic] for radius in (NEAR, NEARER)))
    if around is not None:
        return _corner(function, point, around)
    values = np.linalg.eigvalsh(function.hessian(point)) + 0.0
    small = SMALL * max(1e-3, float(np.abs(values).max()))
    up, down = bool((values > small).any()), bool((values < -small).any())
    certain = bool((np.abs(values) > small).all())
    if up and down:
        kind = "saddle"
    elif certain:
        kind = "minimum" if up else "maximum"
    else:
        kind = _by_values(function, point)
    coordinates = tuple(float(x) for x in point)
    return Level(coordinates, function(point), kind, tuple(map(float, values)), certain or _alone(function, point))


def _corner(function: Function, point: Floats, gradients: Floats) -> Level:
    kind = _by_values(function, point) if zero_lies_between(gradients) else "inflection"
    coordinates, slopes = tuple(float(x) for x in point), tuple(tuple(map(float, row)) for row in _few(gradients))
    return Level(coordinates, function(point), kind, (), _alone(function, point), gradients=slopes)


def _few(gradients: Floats) -> Floats:
    """The gradients around a corner, rounded to what tells them apart; of very many the least and the greatest."""
    decimals = 5 - int(np.floor(np.log10(np.abs(gradients).max())))
    rounded = np.unique(np.round(gradients, min(max(decimals, -300), 300)), axis=0) + 0.0
    return rounded if len(rounded) <= MOST_GRADIENTS else rounded[[0, -1]]


def _around(point: Floats, radius: float) -> Floats:
    """Points on a small sphere: along every axis, and spread between them."""
    n = len(point)
    mixed = 2 * spread(60, n) - 1
    directions = np.concatenate([np.eye(n), -np.eye(n), mixed, -mixed])
    lengths = np.linalg.norm(directions, axis=1)
    sphere: Floats = (
        point + radius * (1 + np.abs(point).max()) * directions[lengths > 0.1] / lengths[lengths > 0.1][:, None]
    )
    return sphere


def _by_values(function: Function, point: Floats) -> str:
    """The kind by what lies around, on the smallest sphere on which the values differ at all."""
    centre = function(point)
    for radius in (1e-4, 1e-3, 1e-2, 5e-2):
        around = np.broadcast_to(function.at(list(_around(point, radius).T)), len(_around(point, radius)))
        change = around[np.isfinite(around)] - centre
        noise = 1e-13 * (1 + abs(centre))
        if (np.abs(change) > 10 * noise).any():
            if (change >= -noise).all():
                return "minimum"
            return "maximum" if (change <= noise).all() else "saddle" if len(point) > 1 else "inflection"
    return "flat"


def _alone(function: Function, point: Floats) -> bool:
    """Whether Newton's method, started around the point, comes back to it."""
    rests = newton(function, _around(point, 1e-2), FEW_ROUNDS)
    return not any(np.abs(rest - point).max() > 1e-3 * (1 + np.abs(point).max()) and
                   np.abs(rest - point).max() < 2e-2 * (1 + np.abs(point).max()) for rest in rests)  # fmt: skip
