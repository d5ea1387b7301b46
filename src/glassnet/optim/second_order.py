"""Second order, for small networks and full batches: optimizers that ask for the loss at more places than one.

A step of theirs is still one step of the run: it begins at the weights of the step before, and the loss of the history
is the loss there. What they try on the way is seen by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.engine.interface import Objective, Program, State
from glassnet.errors import SettingError
from glassnet.optim.base import UNSETTLED, Optimizer, Rate, Scalars
from glassnet.optim.line_search import Point, strong_wolfe
from glassnet.typing import Floats

SQUARED = ("mse", "half_mse")
MOST_WEIGHTS = 5000  # of a Levenberg-Marquardt: its matrix of 5000 x 5000 numbers is 200 MB

LEAST, MOST = 1e-15, 1e15  # of the damping


@dataclass(frozen=True, repr=False)
class SecondOrder(Optimizer):
    """What those of second order have in common: all rows in every step, and a gradient that is not clipped."""

    learning_rate: Rate = 1.0
    full_batch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        for limit in ("clip_value", "clip_norm"):
            if getattr(self, limit) is not None:
                raise SettingError(f"{type(self).__name__} has no {limit}: it chooses the length of a step itself.")

    def suits(self, program: Program, rows: int) -> None:
        if program.batch_size < rows:
            raise SettingError(
                f"{type(self).__name__} compares the loss at several places, which has to be that of the same rows: "
                f'give batch_size="full", not {program.batch_size} of {rows} rows.'
            )


@dataclass(frozen=True, repr=False)
class LBFGS(SecondOrder):
    """Limited-memory BFGS: the Newton step of a Hessian that is guessed from the last steps, with a line search.

    Formula:
        d = -H g, where H is built from the last pairs s = theta' - theta, y = g' - g (two loops, algorithm 7.4),
        beginning with (s.y / y.y) I;   theta' = theta + a d, a by the strong Wolfe conditions (algorithms 3.5, 3.6),
        tried from 1 on, or, while there are no pairs, from 1 / |g| on

    Where a line search finds no lower place the pairs are forgotten, and the next step goes along the gradient; where
    that finds none either, the weights stay: the minimum is reached as far as the numbers' precision goes.

    Args:
        learning_rate: the step length a that is tried first; 1 is Newton's.
        memory: how many pairs are kept.
        c1, c2: how much of the decrease, and how little of the slope, the Wolfe conditions ask for.
        trials: how many places a line search may look at.
        gtol, ftol: it has settled, and further steps do nothing, where no entry of the gradient is larger than gtol,
            or where a step lowered the objective by no more than ftol max(|before|, |after|, 1).
        evaluations: the most values of the objective that are asked for; None for any number.

    Raises:
        SettingError: a setting outside its range; in `fit`, batches of fewer than all rows.

    Example:
        >>> import glassnet as gn
        >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
        >>> net = gn.Network([gn.Dense(4, activation="tanh"), gn.Dense(1)])
        >>> run = net.fit(X, y, optimizer=gn.optimizers.LBFGS(), epochs=30, seed=1, engine="reference")
        >>> net.predict(X)
        array([0, 1, 1, 0])

    Source: Nocedal (1980), Math. Comput. 35, 773-782; Nocedal and Wright (2006), Numerical Optimization, section 7.2.
    """

    memory: int = 10
    c1: float = 1e-4
    c2: float = 0.9
    trials: int = 30
    gtol: float = 0.0
    ftol: float = 0.0
    evaluations: int | None = None
    name: ClassVar[str] = "lbfgs"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_count("memory", "trials")
        self._check("c1", lambda value: 0 < value < 0.5, "above 0 and below 1/2")
        self._check("c2", lambda value: self.c1 < value < 1, "above c1 and below 1")
        self._check_not_negative("gtol", "ftol")
        if self.evaluations is not None:
            self._check_count("evaluations")

    @property
    def kept(self) -> dict[str, bool]:
        return {f"{letter}{place}": False for letter in "sy" for place in range(self.memory)} | super().kept

    def start(self) -> Scalars:
        # pairs since they were last forgotten, the value where it settled, how often the objective was asked for, and
        # the length a of the step that was taken
        return super().start() | {"pairs": 0.0, "settled": UNSETTLED, "evaluations": 0.0, "a": 0.0}

    def advance(self, scalars: Scalars) -> Scalars:
        kept = {name: scalars[name] for name in ("pairs", "settled", "evaluations")}
        return super().advance(scalars) | kept | {"a": 0.0}

    def apply(self, state: State, gradients: Floats, learning_rate: float, objective: Objective) -> None:
        state.scalars = self.advance(state.scalars)
        if objective.value == state.scalars["settled"]:
            return  # there was no lower place to be found from here
        theta, g = state.parameters.flat, gradients.astype(np.float64)
        state.scalars["evaluations"] = max(state.scalars["evaluations"], 1.0)
        if np.abs(g).max() <= self.gtol:
            state.scalars["settled"] = objective.value
            return
        start, count = theta.copy(), int(state.scalars["pairs"])
        d = direction(g, self._pairs(state, count))
        slope = float(g @ d)
        if not slope < 0:  # a rounding that turned it: begin again along the gradient
            count, d, slope = 0, -g, -float(g @ g)
        seen: dict[float, Floats] = {}

        def phi(a: float) -> Point:
            theta[:] = start + a * d
            value, there = objective.again()
            state.scalars["evaluations"] += 1
            seen[a] = there.astype(np.float64)
            return Point(a, value, float(seen[a] @ d))

        first = learning_rate if count else learning_rate / max(float(np.linalg.norm(g)), 1e-300)
        found = None
        if slope < 0 and first > 0:
            found = strong_wolfe(
                phi, Point(0.0, objective.value, slope), first, c1=self.c1, c2=self.c2, trials=self.trials
            )
        if found is None:
            theta[:] = start
            state.scalars |= {"pairs": 0.0, "settled": objective.value if count == 0 else UNSETTLED}
            return
        theta[:] = start + found.a * d
        state.scalars["a"] = found.a
        s, y = theta.astype(np.float64) - start, seen[found.a] - g
        if float(s @ y) > 1e-10 * float(np.linalg.norm(s) * np.linalg.norm(y)):
            place = count % self.memory
            state.moments[f"s{place}"][:], state.moments[f"y{place}"][:] = s, y
            count += 1
        state.scalars["pairs"] = float(count)
        if self._settles(objective.value, found.value, seen[found.a]) or self.exhausted(state):
            state.scalars["settled"] = found.value

    def _settles(self, before: float, after: float, g: Floats) -> bool:
        """Whether a step was the last that is worth taking."""
        return bool(np.abs(g).max() <= self.gtol or before - after <= self.ftol * max(abs(before), abs(after), 1.0))

    def exhausted(self, state: State) -> bool:
        """Whether the objective was asked for as often as it may be."""
        return self.evaluations is not None and state.scalars["evaluations"] >= self.evaluations

    def _pairs(self, state: State, count: int) -> list[tuple[Floats, Floats]]:
        """The pairs that are kept, the newest first."""
        places = [number % self.memory for number in range(count - 1, max(-1, count - 1 - self.memory), -1)]
        read = [[state.moments[f"{letter}{place}"].astype(np.float64) for letter in "sy"] for place in places]
        return [(s, y) for s, y in read if float(s @ y) > 0 and float(y @ y) > 0]  # 0 where they are as small as that


def direction(g: Floats, pairs: list[tuple[Floats, Floats]]) -> Floats:
    """-H g by the two loops: Nocedal and Wright, algorithm 7.4; the pairs (s, y) the newest first.

    >>> A = np.diag([1.0, 4.0])  # with s along both axes H is exactly the inverse of A
    >>> direction(np.array([2.0, 8.0]), [(s, A @ s) for s in np.eye(2)])
    array([-2., -2.])
    """
    q, shares = g.copy(), []
    for s, y in pairs:
        share = float(s @ q) / float(s @ y)
        q -= share * y
        shares.append(share)
    if pairs:
        s, y = pairs[0]
        q *= float(s @ y) / float(y @ y)
    for (s, y), share in zip(reversed(pairs), reversed(shares), strict=True):
        q += (share - float(y @ q) / float(s @ y)) * s
    return -q


@dataclass(frozen=True, repr=False)
class LevenbergMarquardt(SecondOrder):
    """Gauss and Newton's step for squared losses, shortened until it leads down; between that and gradient descent.

    Formula:
        (H + damping D) d = -g,   H = J^T J scaled as the loss is, J the derivatives of all outputs of all rows,
        D = I, or with `scaled` the diagonal of H;   theta' = theta + d where that is lower
        gain = (loss fell) / (-g.d - d.H.d / 2): what the step brought, beside what was expected of it
        lower: damping := damping max(1/3, 1 - (2 gain - 1)^3);   else: damping := 2, 4, 8, ... damping, and again

    Penalties of the layers are part of g and of what has to fall; l2 is part of H as well.

    Args:
        learning_rate: the share of the step that is taken; 1 is all of it.
        damping: the first one.
        scaled: Marquardt's D, which does not depend on the units of the weights; Levenberg's I is the steadier one for
            networks, many of whose weights act on little.
        trials: how often one step may be shortened; where the last leads up too, the weights stay.

    Raises:
        SettingError: a setting outside its range; in `fit`, a loss that is not mse or half_mse, batches of fewer than
            all rows, more than 5000 weights, layers in which rows act on each other.

    Example:
        >>> import glassnet as gn
        >>> x = np.linspace(0, 3, 25)[:, None]
        >>> net = gn.Network([gn.Dense(6, activation="tanh"), gn.Dense(1)])
        >>> marquardt = gn.optimizers.LevenbergMarquardt()
        >>> run = net.fit(x, np.sin(x), loss="mse", optimizer=marquardt, epochs=40, engine="reference", dtype="float64")
        >>> net.evaluate(x, np.sin(x))["loss"] < 1e-4
        True

    Source: Levenberg (1944), Quart. Appl. Math. 2, 164-168; Marquardt (1963), SIAM J. 11, 431-441; for networks Hagan
    and Menhaj (1994), IEEE Trans. Neural Netw. 5, 989-993; the damping by the gain is Nielsen's (1999), in Madsen,
    Nielsen and Tingleff (2004), Methods for non-linear least squares problems, equation 2.21 and algorithm 3.16.
    """

    damping: float = 0.001
    scaled: bool = False
    trials: int = 20
    name: ClassVar[str] = "levenberg_marquardt"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_positive("damping")
        self._check_flag("scaled")
        self._check_count("trials")

    def suits(self, program: Program, rows: int) -> None:
        super().suits(program, rows)
        if program.loss.name not in SQUARED:
            raise SettingError(
                f"LevenbergMarquardt is for squared losses ({' and '.join(SQUARED)}), not {program.loss.name}; "
                "LBFGS takes any loss."
            )
        weights = sum(int(np.prod(spec.shape)) for built in program.specification.built for spec in built.parameters)
        if weights > MOST_WEIGHTS:
            raise SettingError(
                f"LevenbergMarquardt solves a system of all weights at every step: {MOST_WEIGHTS:,} at most, and this "
                f"network has {weights:,}. LBFGS takes more."
            )
        if program.piece is not None:
            raise SettingError("LevenbergMarquardt does not accumulate: it takes the rows one by one anyway.")

    def start(self) -> Scalars:
        return super().start() | {"damping": self.damping, "settled": UNSETTLED}

    def advance(self, scalars: Scalars) -> Scalars:
        return super().advance(scalars) | {name: scalars[name] for name in ("damping", "settled")}

    def apply(self, state: State, gradients: Floats, learning_rate: float, objective: Objective) -> None:
        state.scalars = self.advance(state.scalars)
        if objective.value == state.scalars["settled"]:
            return
        theta, g, value = state.parameters.flat, gradients.astype(np.float64), objective.value
        start, damping, factor = theta.copy(), state.scalars["damping"], 2.0
        H = objective.gauss_newton()
        D = np.diag(H).copy() if self.scaled else np.ones(len(H))
        D = np.maximum(D, 1e-12 * max(float(D.max()), 1e-300))  # a weight that acts on nothing
        for _ in range(self.trials):
            d = learning_rate * _solved(H, damping * D, g)
            theta[:] = start + d
            fell, expected = value - objective.again()[0], -float(g @ d) - float(d @ H @ d) / 2
            if fell > 0 and expected > 0 and np.isfinite(theta).all():
                state.scalars["damping"] = max(damping * max(1 / 3, 1 - (2 * fell / expected - 1) ** 3), LEAST)
                return
            damping, factor = min(damping * factor, MOST), factor * 2
        theta[:] = start
        state.scalars |= {"damping": damping, "settled": value}


def _solved(H: Floats, damping: Floats, g: Floats) -> Floats:
    """d of (H + damping) d = -g; the gradient's own direction where that has no solution."""
    try:
        d: Floats = np.linalg.solve(H + np.diag(damping), -g)
    except np.linalg.LinAlgError:
        d = -g
    return d
