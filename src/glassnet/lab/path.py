"""Gradient descent on a function of a few variables: the table of its path, step by step.

The start is x0, y0, ...; step k leads from x(k-1) to x(k): with f(k) the function there and dx(k) its slope,

    x1 = x0 - alpha dx0,    or what the optimizer makes of the slope, with its moments v.x1, s.x1, ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from glassnet import optim
from glassnet.errors import DataError, SettingError, ShapeError
from glassnet.lab.expressions import Expression, Name, evaluate, replaced, text
from glassnet.lab.grammar import function_of, variables_in
from glassnet.lab.rules import update_formulas
from glassnet.lab.slopes import derivative
from glassnet.lab.solution import Solution
from glassnet.lab.trace import Quantity

MOST_STEPS = 100


@dataclass(frozen=True)
class PathFormulas:
    """One step of the path: f, its slopes dx, dy, ..., and x.new, y.new, ... by the optimizer's rule."""

    function: Expression
    coordinates: tuple[str, ...]
    optimizer: optim.Optimizer

    def kind(self, quantity: str) -> str:
        """What a slip asks for: the function's value, a slope, or what the update makes."""
        if quantity == "f":
            return "value"
        return "slope" if quantity[0] == "d" and quantity[1:] in self.coordinates else quantity

    def variable(self, entry: Name) -> str:
        """The variable of a slope: dx is by x."""
        return entry.quantity[1:]

    def slope(self, variable: str) -> Expression:
        """The derivative of f by this variable."""
        return derivative(self.function, Name(variable))

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Every quantity is one number."""
        return {name: () for name in self.coordinates}

    @cached_property
    def _made(self) -> dict[str, Expression | None]:
        return {}

    def entry(self, name: str, index: tuple[int, ...]) -> Expression | None:
        """The formula of a quantity of the step; None for the point it starts at, and the moments."""
        if name not in self._made:
            self._made[name] = self._entry(name)
        return self._made[name]

    def _entry(self, name: str) -> Expression | None:
        if name == "f":
            return self.function
        if name[0] == "d" and name[1:] in self.coordinates:
            return self.slope(name[1:])
        variable = next((part for part in name.split(".") if part in self.coordinates), "")
        return update_formulas(self.optimizer, variable, ()).get(name) if name.endswith(".new") else None


class Path(Solution):
    """The solution of a path: the quantities of step k within it are `x`, `dx`, `x.new`; here x(k-1), dx(k-1), x(k)."""

    def local(self, quantity: str) -> tuple[int, str]:
        stem = quantity.rstrip("0123456789")
        k = int(quantity[len(stem) :] or 0)
        if stem == "f" or stem[0] == "d":
            return k, stem
        return (k - 1, f"{stem}.new") if k else (0, stem)

    def shared(self, step: int, quantity: str) -> str:
        known = f"step{step + 1}.{quantity}"
        if known in self.settings or quantity in self.settings:
            return known if known in self.settings else quantity
        return f"{quantity.removesuffix('.new')}{step + quantity.endswith('.new')}"

    def seen_from(self, step: int, tree: Expression) -> Expression:
        return replaced(tree, lambda p: Name(self.shared(step, p.quantity)) if isinstance(p, Name) else p)


def path_of(given: Any, optimizer: optim.Optimizer, steps: int) -> Path:
    """The path of a problem's function: {"of": "x^2 - y^2", "start": {"x": 2, "y": 3}}.

    Raises:
        DataError, SettingError, ShapeError: a function or a start that cannot be used.
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("start"), Mapping) or "of" not in given:
        raise DataError('A function is a table {of = "x^2 - y^2", start = {x = 2, y = 3}}.')
    tree, start = function_of(str(given["of"])), dict(given["start"])
    used = set(variables_in(tree))
    if used != set(start) or not used:
        raise ShapeError(f"The function has the variables {sorted(used)}, its start {sorted(start)}.")
    coordinates = tuple(sorted(start))
    if not set(coordinates) <= set("abcghklpqrtuwxyz"):
        raise SettingError("A function's variables are letters such as x, y, z; d, e, f, m, s and v are taken here.")
    begin = {name: float(start[name]) for name in coordinates}
    return _walked(PathFormulas(tree, coordinates, optimizer), begin, steps)


def _walked(formulas: PathFormulas, start: dict[str, float], steps: int) -> Path:
    """All numbers of the path, by the formulas themselves."""
    optimizer = formulas.optimizer
    numbers = dict(start) | {f"{moment}.{name}": 0.0 for name in start for moment in optimizer.moments}
    quantities: dict[str, float] = {f"{name}0": value for name, value in numbers.items()}
    fixed = {k: float(v) for k, v in vars(optimizer).items() if isinstance(v, float)}
    settings, scalars = {**fixed, "learning_rate": optimizer.rate(0)}, optimizer.start()
    for step in range(steps + 1):
        scalars = optimizer.advance(scalars)
        within = numbers | settings | scalars | {"learning_rate": optimizer.rate(step)}
        for name, value in within.items():
            if name in settings | scalars and settings.setdefault(name, value) != value:
                settings[f"step{step + 1}.{name}"] = value
        made: dict[str, float] = {}
        names = ["f", *(f"d{name}" for name in start)]
        if step < steps:
            names += [n for name in start for n in update_formulas(optimizer, name, ())]
        for name in names:
            tree = formulas.entry(name, ())
            assert tree is not None
            made[name] = evaluate(tree, lambda n: within[n.quantity] if n.quantity in within else made[n.quantity])  # noqa: B023
            shown = f"{name.removesuffix('.new')}{step + name.endswith('.new')}"
            quantities[shown] = made[name]
        numbers = {name: made.get(f"{name}.new", value) for name, value in numbers.items()}
    shown_quantities = {
        name: Quantity(name, np.array(value), _symbols(formulas, name, text)) for name, value in quantities.items()
    }
    return Path(shown_quantities, settings, [formulas] * (steps + 1))


def _symbols(formulas: PathFormulas, name: str, shown: Any) -> str:
    return f"{name} = {shown(formulas.function)}" if name.startswith("f") else name
