"""`gn.descend`: gradient descent on a function, every step of it, by one optimizer or by several from one start."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from operator import index
from typing import Any

import numpy as np

from glassnet import optim
from glassnet.errors import MissingExtraError, SettingError
from glassnet.lab.descent import exact
from glassnet.lab.descent.approach import Approach
from glassnet.lab.descent.corners import folds, lagrangians
from glassnet.lab.descent.formulas import derivatives
from glassnet.lab.descent.function import Function
from glassnet.lab.descent.quadratic import Rates, is_quadratic
from glassnet.lab.descent.stationary import Level, Search, search
from glassnet.lab.descent.verdict import WORDS, Verdict, judge, shown
from glassnet.lab.descent.way import MOST_STEPS, Way, start_of, walked
from glassnet.lab.expressions import text
from glassnet.lab.show import save
from glassnet.lab.show.document import Document
from glassnet.optim import Optimizer
from glassnet.typing import Floats

RATE = 0.1  # where none is given, but for those whose own rate is part of the method
OWN_RATE = ("adadelta", "lbfgs", "levenberg_marquardt")

Optimizers = str | Optimizer | Sequence[str | Optimizer]


def descend(
    function: str | Function,
    start: Any = None,
    learning_rate: Any = None,
    steps: int = 100,
    *,
    tolerance: float = 1e-10,
    optimizer: Optimizers = "gradient_descent",
) -> Descent:
    """Walks down a function by an optimizer, until it is level, and says what the path did.

    Formula:
        x_(k+1) = x_k - learning_rate grad f(x_k), or the step that the optimizer makes of the gradient

    Args:
        function: as it is written, "x**2 - y**2" or "x² + 2x + 1": numbers, variables (a letter, such as x or w1),
            + - * / ^, brackets, exp, log, sqrt, sin, cos, tan, sinh, cosh, abs, sign, max, min, and the activations.
        start: a number for each variable in the order of the alphabet, or a mapping; by default 1 for each.
        learning_rate: a number or a schedule of `gn.schedules`, for the optimizers given by name; by default 0.1. One
            that is given as an object has its own.
        steps: how many are taken at most.
        tolerance: the path ends where the gradient is no longer than this.
        optimizer: a name of `gn.optimizers` or an optimizer, or several, which start at the same point.

    Raises:
        DataError: a text that is no such function. Nothing of it is executed.
        SettingError: an optimizer or a setting that cannot be used, a rate that no optimizer would take, or a start
            where the function has no value.
        ShapeError: a start of another number of variables.

    Example:
        >>> import glassnet as gn
        >>> way = gn.descend("x**2 - y**2", start=(2, 3), learning_rate=0.1, steps=100)
        >>> way.path[1].round(6).tolist(), way.path[2].round(6).tolist(), way.verdict
        ([1.6, 3.6], [1.28, 4.32], 'diverging')
        >>> gn.descend("x² + 2x + 1", start=2).verdict
        'minimum'
        >>> gn.descend("x² + 2x + 1", start=2, steps=200)
        Descent('x² + 2x + 1', 112 steps of gradient_descent, minimum)

    Source: Cauchy 1847, "Méthode générale pour la résolution des systèmes d'équations simultanées".
    """
    known = function if isinstance(function, Function) else Function.of(function)
    begin = start_of(start, known.variables)
    steps, tolerance = _count(steps), _tolerance(tolerance)
    chosen = several(optimizer)
    if learning_rate is not None and all(isinstance(each, Optimizer) for each in chosen):
        raise SettingError(
            f"learning_rate is for optimizers that are given by name; {chosen[0]!r} has its own. Leave one out."
        )
    walkers = (_optimizer(each, learning_rate) for each in chosen)
    return Descent(known, tuple(walked(known, begin, walker, steps, tolerance) for walker in walkers))


def several(optimizer: Optimizers) -> list[str | Optimizer]:
    """One optimizer or several, as a list.

    Raises:
        SettingError: none at all.
    """
    given = [optimizer] if isinstance(optimizer, (str, Optimizer)) else list(optimizer)
    if not given:
        raise SettingError("Name at least one optimizer.")
    return given


def _optimizer(given: str | Optimizer, learning_rate: Any) -> Optimizer:
    """The optimizer of this name with this rate; one that is given as an object keeps its own."""
    found = optim.get(given)
    if isinstance(given, Optimizer) or (learning_rate is None and found.name in OWN_RATE):
        return found
    return optim.get(found, learning_rate=RATE if learning_rate is None else learning_rate)


def _count(steps: Any) -> int:
    try:
        count = index(steps)
    except TypeError:
        count = -1
    if not 0 <= count <= MOST_STEPS:
        raise SettingError(f"steps is a whole number from 0 to {MOST_STEPS:,}; given was {steps!r:.40}.")
    return count


def _tolerance(tolerance: Any) -> float:
    if not isinstance(tolerance, (int, float)) or not isfinite(tolerance) or tolerance < 0:
        raise SettingError(f"tolerance is a number of at least 0; given was {tolerance!r:.40}.")
    return float(tolerance)


@dataclass(frozen=True)
class Descent:
    """A descent: the ways of its optimizers from one start, the first of them by its own names."""

    function: Function
    ways: tuple[Way, ...]

    # ---- the first way -----------------------------------------------------------------------------------------

    @property
    def path(self) -> Floats:
        """The points (steps + 1, n), the start first."""
        return self.ways[0].points

    @property
    def values(self) -> Floats:
        """The function's value at each of them."""
        return self.ways[0].values

    @property
    def gradients(self) -> Floats:
        """The gradient at each of them, (steps + 1, n)."""
        return self.ways[0].gradients

    @property
    def gradient(self) -> Floats:
        """The gradient at the last."""
        last: Floats = self.gradients[-1]
        return last

    @property
    def verdict(self) -> str:
        """What the path did: minimum, maximum, saddle, diverging, oscillating or unfinished."""
        return self.verdicts[0].word

    @property
    def explanation(self) -> str:
        """The cause of the verdict, in sentences."""
        return " ".join(filter(None, [self.verdicts[0].explanation, self._level_points()]))

    # ---- what is known -----------------------------------------------------------------------------------------

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict of each way."""
        corners = [level for level in self.search.points if level.corner] if folds(self.function.tree) else []
        return tuple(judge(way, corners) for way in self.ways)

    @cached_property
    def search(self) -> Search:
        """The search for level points, from the start, the ends of the ways, and starts spread around them."""
        ends = np.array([way.points[-1] for way in self.ways])
        return search(self.function, self.path[0], ends)

    @cached_property
    def stationary(self) -> tuple[Level, ...]:
        """The points where the function is level, each with its kind; as formulas where their numbers are not short."""
        points = self.search.points
        if all(_is_short(level) for level in points):
            return points
        try:
            smooth = [self.function] if any(not level.corner for level in points) else []
            known = [
                (written[: len(self.path[0])], numbers[: len(self.path[0])])
                for each in (*smooth, *lagrangians(self.function))
                for written, numbers in exact.level_points(each)
            ]
        except MissingExtraError:
            return points
        return tuple(replace(level, exact=_formula_of(level, known)) for level in points)

    @cached_property
    def rates(self) -> Rates | None:
        """Of a quadratic function the largest learning rate that converges, and the best; else None."""
        if not is_quadratic(self.function):
            return None
        return Rates.of(self.function.hessian(self.path[0]), self.ways[0].optimizer)

    def _level_points(self) -> str:
        """Of a path that did not come to rest, what level points there are."""
        if self.verdict in ("minimum", "maximum", "saddle"):
            return ""
        reach = self.search.reach
        if not self.stationary:
            return f"No point was found where the gradient is zero, searched from {-reach:g} to {reach:g}."
        named = [
            f"{shown(self.ways[0], level.point)} is {WORDS[level.kind]}{' at a corner' * level.corner}"
            for level in self.stationary[:3]
        ]
        more = len(self.stationary) - len(named) + self.search.left_out
        return f"{', '.join(named)}{f', and there are {more} more level points' if more else ''}."

    # ---- written down ------------------------------------------------------------------------------------------

    def document(self, most_rows: int = 2000, *, pictured: bool = True) -> Document:
        """All that there is to say, with tables of at most so many steps; for a terminal without pictures."""
        from glassnet.lab.descent.document import document

        return document(self, most_rows, pictured=pictured)

    def markdown(self) -> str:
        """As Markdown."""
        return self.document().markdown()

    def latex(self) -> str:
        """As a LaTeX document that compiles as it stands."""
        return self.document().latex()

    def html(self) -> str:
        """As a page that loads nothing."""
        return self.document().html()

    def svg(self) -> str:
        """The picture: the paths over the function's map, or down its curve; of more variables f against the step."""
        return self.document().svg()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the descent in the format of the path's ending: .html, .md, .tex, .svg or .json.

        Raises:
            SettingError: another ending.
        """
        save(self, path, "A descent")

    def __str__(self) -> str:
        return self.document(24, pictured=False).markdown()

    def __repr__(self) -> str:
        return f"Descent({str(self.function)!r}, {', '.join(map(repr, self.ways))}, {self.verdict})"

    def _repr_markdown_(self) -> str:
        return str(self)

    def to_json(self) -> dict[str, Any]:
        """The descent as plain data: the first way, all ways, the level points, the rates."""
        first, rates = self.ways[0], self.rates
        return {
            "function": str(self.function),
            "variables": list(self.function.variables),
            "formulas": _formulas(self.function),
            **_plain(first),
            "verdict": self.verdict,
            "stationary": [
                {"point": list(level.point), "value": level.value, "kind": level.kind,
                 "eigenvalues": list(level.eigenvalues), "alone": level.alone,
                 "exact": None if level.exact is None else list(level.exact),
                 **({"corner": [list(gradient) for gradient in level.gradients]} if level.corner else {})}
                for level in self.stationary
            ],
            "explanation": self.explanation,
            "rates": None if rates is None else {"largest": rates.largest, "best": rates.best,
                                                 "eigenvalues": list(rates.eigenvalues),
                                                 "factors": list(rates.factors)},
            "ways": [
                {**_plain(way), "verdict": verdict.word, "explanation": verdict.explanation,
                 "approach": _plainly(verdict.approach)}
                for way, verdict in zip(self.ways, self.verdicts, strict=True)
            ],
        }  # fmt: skip


def _is_short(level: Level) -> bool:
    """Whether the coordinates are whole, or have few decimals: then they are their own formula."""
    return all(x == round(x, 6) for x in level.point)


def _formula_of(level: Level, known: Sequence[tuple[tuple[str, ...], tuple[float, ...]]]) -> tuple[str, ...] | None:
    for written, numbers in known:
        if np.allclose(numbers, level.point, rtol=1e-7, atol=1e-7):
            return written
    return None


def _formulas(function: Function) -> dict[str, Any]:
    known = derivatives(function)
    gradient = None if known.gradient is None else [text(slope) for slope in known.gradient]
    hessian = None if known.hessian is None else [[text(entry) for entry in row] for row in known.hessian]
    return {"gradient": gradient, "hessian": hessian}


def _plainly(approach: Approach | None) -> dict[str, Any] | None:
    """What the path comes nearer to, how far it still is, and what a step does to the distance."""
    if approach is None:
        return None
    return {"point": list(approach.level.point), "distance": approach.left, "factor": approach.factor}


def _plain(way: Way) -> dict[str, Any]:
    return {
        "optimizer": repr(way.optimizer),
        "path": way.points.tolist(),
        "values": way.values.tolist(),
        "gradient": way.gradients[-1].tolist(),
        "gradients": way.gradients.tolist(),
        "moments": {name: moments.tolist() for name, moments in way.moments.items()},
    }
