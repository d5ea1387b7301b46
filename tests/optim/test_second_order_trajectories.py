"""A hundred steps of L-BFGS and of Levenberg-Marquardt, beside the same algorithms written again in 50 digits.

The algorithms branch, and a quasi-Newton step carries every rounding on: on most problems the last digits of step 10
are the first of step 60, for any implementation. So the problems are ones on which a trajectory is well conditioned: a
minimum that is reached step by step at one pace for a hundred steps, and Rosenbrock's valley, whose line searches go
wrong in every way and whose end no rounding can miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from mpmath import diag, lu_solve, matrix, mp, mpf, sqrt, tanh

import glassnet as gn
from glassnet.optim import LBFGS, LevenbergMarquardt, minimize
from glassnet.typing import Array

Vector = list[Any]
Point = tuple[Any, Any, Any, Vector]  # step length; there the function, its slope, its gradient
Function = Callable[[Any], tuple[Any, Vector]]


def dot(a: Vector, b: Vector) -> Any:
    return sum(x * y for x, y in zip(a, b, strict=True))


# ---- L-BFGS: Nocedal and Wright, algorithms 7.4, 7.5, 3.5 and 3.6 --------------------------------------------------


def lbfgs(f: Function, x: Vector, *, memory: int, c2: Any, rate: Any, searched: list[int]) -> Iterator[Vector]:
    """The weights after each step; `searched` receives how many places each line search looked at."""
    (value, g), pairs = f(x), []
    while True:
        d = [-entry for entry in two_loops(g, pairs[-memory:])]
        first = rate if pairs else rate / sqrt(dot(g, g))
        search = Search(f, x, d, (mpf(0), value, dot(g, d), g), mpf(1) / 10000, c2)
        a, value, _, there = search.bracket(first)
        x = [place + a * way for place, way in zip(x, d, strict=True)]
        pairs.append(([a * way for way in d], [new - old for new, old in zip(there, g, strict=True)]))
        g = there
        searched.append(search.count)
        yield x


def two_loops(q: Vector, pairs: list[tuple[Vector, Vector]]) -> Vector:
    """H q: algorithm 7.4, beginning with equation 7.20."""
    alphas = []
    for s, y in reversed(pairs):
        alphas.append(dot(s, q) / dot(s, y))
        q = [entry - alphas[-1] * part for entry, part in zip(q, y, strict=True)]
    if pairs:
        s, y = pairs[-1]
        q = [dot(s, y) / dot(y, y) * entry for entry in q]
    for s, y in pairs:
        beta, alpha = dot(y, q) / dot(s, y), alphas.pop()
        q = [entry + (alpha - beta) * part for entry, part in zip(q, s, strict=True)]
    return q


class Search:
    """A line search for the strong Wolfe conditions; places between two points come from the cubic, 3.59."""

    def __init__(self, f: Function, x: Vector, d: Vector, start: Point, c1: Any, c2: Any) -> None:
        self.f, self.x, self.d, self.start, self.c1, self.c2, self.count = f, x, d, start, c1, c2, 0

    def at(self, a: Any) -> Point:
        self.count += 1
        value, g = self.f([place + a * way for place, way in zip(self.x, self.d, strict=True)])
        return a, value, dot(g, self.d), g

    def falls_short(self, point: Point) -> bool:
        return bool(point[1] > self.start[1] + self.c1 * point[0] * self.start[2])

    def is_flat(self, point: Point) -> bool:
        return bool(abs(point[2]) <= self.c2 * abs(self.start[2]))

    def bracket(self, a: Any) -> Point:
        """Algorithm 3.5; the step doubles."""
        previous, point = self.start, self.at(a)
        while not (self.falls_short(point) or (previous[0] > 0 and point[1] >= previous[1])):
            if self.is_flat(point):
                return point
            if point[2] >= 0:
                return self.zoom(point, previous)
            previous, point = point, self.at(2 * point[0])
        return self.zoom(previous, point)

    def zoom(self, low: Point, high: Point) -> Point:
        """Algorithm 3.6; no trial within a tenth of an end, and the middle after one that left over 0.7 of it all."""
        halve = False
        while True:
            width = abs(high[0] - low[0])
            point = self.at((low[0] + high[0]) / 2 if halve else cubic(low, high, width / 10))
            halve = not halve and max(abs(point[0] - low[0]), abs(point[0] - high[0])) > mpf(7) / 10 * width
            if self.falls_short(point) or point[1] >= low[1]:
                high = point
                continue
            if self.is_flat(point):
                return point
            if point[2] * (high[0] - low[0]) >= 0:
                high = low
            low = point


def cubic(one: Point, other: Point, margin: Any) -> Any:
    d1 = one[2] + other[2] - 3 * (one[1] - other[1]) / (one[0] - other[0])
    square = d1**2 - one[2] * other[2]
    if square < 0:
        return (one[0] + other[0]) / 2
    d2 = sqrt(square) * (1 if other[0] > one[0] else -1)
    place = other[0] - (other[0] - one[0]) * (other[2] + d2 - d1) / (other[2] - one[2] + 2 * d2)
    return min(max(place, min(one[0], other[0]) + margin), max(one[0], other[0]) - margin)


SIZES = (1, 2, 3, 4, 5)
MIXED = [[((3 * i + 5 * j) % 7 - 3) / 4 for j in range(5)] for i in range(5)]


def quartic(x: Any) -> tuple[Any, Vector]:
    """sum_i i x_i^4 / 4 + sum (B x)_i^4 / 4: at its minimum, 0, its Hessian is 0 too."""
    u = [dot(row, x) for row in MIXED]
    value = sum(size * entry**4 for size, entry in zip(SIZES, x, strict=True)) + sum(entry**4 for entry in u)
    slopes = [sum(row[j] * entry**3 for row, entry in zip(MIXED, u, strict=True)) for j in range(5)]
    return value / 4, [size * entry**3 + slope for size, entry, slope in zip(SIZES, x, slopes, strict=True)]


def rosenbrock(x: Any) -> tuple[Any, Vector]:
    over = x[1] - x[0] ** 2
    return 100 * over**2 + (1 - x[0]) ** 2, [-400 * x[0] * over - 2 * (1 - x[0]), 200 * over]


QUARTIC, VALLEY = (1.0, -1.2, 1.4, -1.6, 1.8), (-1.2, 1.0)


@pytest.mark.parametrize(
    ("f", "start", "settings", "looks", "close"),
    [
        (quartic, QUARTIC, {"memory": 3}, {1}, 1e-11),
        (quartic, QUARTIC, {"memory": 3, "c2": 0.5, "learning_rate": 0.25}, {3, 4}, 1e-11),  # the step grows twice
        (rosenbrock, VALLEY, {}, {1, 2, 3}, 1e-9),
        (rosenbrock, VALLEY, {"memory": 3}, {1, 2, 3}, 1e-9),
        (rosenbrock, VALLEY, {"c2": 0.5}, {1, 2, 3, 5}, 1e-8),
    ],
)
def test_a_hundred_steps_of_lbfgs(
    f: Function, start: Vector, settings: dict[str, Any], looks: set[int], close: float
) -> None:
    path = minimize(lambda x: f(x)[0], start, LBFGS(**settings), steps=100, gradient=lambda x: np.array(f(x)[1]))
    searched: list[int] = []
    with mp.workdps(50):
        c2, rate = mpf(settings.get("c2", 0.9)), mpf(settings.get("learning_rate", 1))
        exact = lbfgs(
            f, [mpf(entry) for entry in start],
            memory=settings.get("memory", 10), c2=c2, rate=rate, searched=searched,
        )  # fmt: skip
        x: Vector = []
        for step in range(1, 101):
            if step == 1 or f(x)[0] > mpf(10) ** -60:  # the minimum to 30 digits: there it stays
                x = next(exact)
            there = np.array([float(entry) for entry in x])
            np.testing.assert_allclose(
                path.points[step], there, rtol=0, atol=close * np.abs(there).max(), err_msg=f"step {step}"
            )
    assert set(searched[1:]) == looks  # the branches that this trajectory goes through


# ---- Levenberg and Marquardt: Madsen, Nielsen and Tingleff, algorithm 3.16 -----------------------------------------


class Tanh:
    """x to w2 . tanh(w1 x + b1) + b2 on some rows: its errors, and their derivatives by all weights."""

    def __init__(self, rows: list[tuple[Any, Any]], hidden: int) -> None:
        self.rows, self.hidden = rows, hidden

    def errors(self, theta: Vector) -> Vector:
        return [
            dot(a, theta[2 * self.hidden : -1]) + theta[-1] - y
            for (_, y), a in zip(self.rows, self.units(theta), strict=True)
        ]

    def units(self, theta: Vector) -> Iterator[Vector]:
        pairs = list(zip(theta[: self.hidden], theta[self.hidden : 2 * self.hidden], strict=True))
        return ([tanh(w * x + b) for w, b in pairs] for x, _ in self.rows)

    def jacobian(self, theta: Vector) -> Any:
        lines = []
        for (x, _), a in zip(self.rows, self.units(theta), strict=True):
            slopes = [v * (1 - unit**2) for v, unit in zip(theta[2 * self.hidden : -1], a, strict=True)]
            lines.append([*(x * slope for slope in slopes), *slopes, *a, mpf(1)])
        return matrix(lines)


def marquardt(net: Tanh, theta: Vector, damping: Any, rate: Any, scaled: bool, tried: list[int]) -> Iterator[Vector]:
    """The weights after each step; `tried` receives how often the damping was tried."""
    n = len(net.rows)

    def loss(theta: Vector) -> Any:
        return sum(error**2 for error in net.errors(theta)) / n

    while True:
        J, factor, tries = net.jacobian(theta), 2, 1
        H, g = 2 * J.T * J / n, 2 * J.T * matrix(net.errors(theta)) / n
        D = diag([H[i, i] if scaled else mpf(1) for i in range(H.rows)])
        while True:
            d = -rate * lu_solve(H + damping * D, g)
            there = [weight + way for weight, way in zip(theta, d, strict=True)]
            fell = loss(theta) - loss(there)
            if fell > 0:
                break
            damping, factor, tries = factor * damping, 2 * factor, tries + 1
        gain = fell / (-(g.T * d)[0] - (d.T * H * d)[0] / 2)
        damping *= max(mpf(1) / 3, 1 - (2 * gain - 1) ** 3)
        theta = there
        tried.append(tries)
        yield theta


def ours(rows: list[tuple[float, float]], start: Vector, hidden: int, optimizer: LevenbergMarquardt) -> list[Array]:
    """The weights after each of a hundred steps of a network."""
    net = gn.Network([gn.Dense(hidden, activation="tanh"), gn.Dense(1)]).build(1, dtype="float64")
    net.parameters().flat[:] = start
    X, y = (np.array(column)[:, None] for column in zip(*rows, strict=True))
    points: list[Array] = []

    class Look(gn.Callback):
        watches = True

        def on_epoch_end(self, run: gn.Run, record: dict[str, Any]) -> None:
            points.append(run.state.parameters.flat.copy())

    net.fit(X, y, loss="mse", optimizer=optimizer, epochs=100, engine="reference", dtype="float64", callbacks=[Look()])
    return points


PLACES = np.linspace(-2, 2, 8)
SHARE = {"damping": 0.01, "scaled": True, "learning_rate": 0.2}
ONE, TWO = [0.5, 0.1, 0.6, 0.05], [0.5, -0.4, 0.1, -0.2, 0.6, -0.3, 0.05]


@pytest.mark.parametrize(
    ("x", "y", "start", "settings", "tries", "close"),
    [
        # A valley that is left four times; a step that has no end, since tanh never is 1; a fifth of each step.
        (PLACES, np.abs(PLACES) + 0.3 * np.sign(np.sin(7 * PLACES)), TWO, {}, {1, 2, 3, 7}, 1e-7),
        ([-2, -1, 0, 1, 2], [-1, -1, 1, 1, 1], TWO, {}, {1, 4}, 1e-7),
        (PLACES[1:7], np.sin(3 * PLACES[1:7]), ONE, SHARE, {1, 2, 5}, 1e-11),
    ],
)
def test_a_hundred_steps_of_levenberg_and_marquardt(
    x: Any, y: Any, start: Vector, settings: dict[str, Any], tries: set[int], close: float
) -> None:
    rows = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
    hidden, tried = len(start) // 3, []
    points = ours(rows, start, hidden, LevenbergMarquardt(**settings))
    with mp.workdps(50):
        net = Tanh([(mpf(a), mpf(b)) for a, b in rows], hidden)
        damping, rate = mpf(settings.get("damping", 0.001)), mpf(settings.get("learning_rate", 1))
        theta = [mpf(weight) for weight in start]
        exact = marquardt(net, theta, damping, rate, settings.get("scaled", False), tried)
        for step in range(100):
            there = np.array([float(weight) for weight in next(exact)])
            np.testing.assert_allclose(
                points[step], there, rtol=0, atol=close * np.abs(there).max(), err_msg=f"step {step + 1}"
            )
    assert set(tried) == tries
