"""Formulas in fractions: whether a number ends, and after how many digits.

A sheet is good where the numbers on the way are short. So every candidate is calculated in fractions, by the formulas
of its problem, before it becomes a sheet; what is no fraction (a sigmoid, a root that does not come out) is None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isqrt, prod
from typing import Any

from glassnet.lab.expressions import Call, Expression, Name, Number, Product, Sum
from glassnet.lab.grammar import function_of
from glassnet.lab.path import PathFormulas
from glassnet.lab.presentations import RuleFormulas
from glassnet.lab.problem import load_problem, optimizer_of
from glassnet.lab.rules import update_formulas
from glassnet.optim import Optimizer

Exact = Fraction | None
ENDLESS = 7.0  # digits that a number counts which does not end: it is rounded, and has to be carried


def root(x: Fraction) -> Exact:
    """The root of a fraction, where it is one.

    >>> root(Fraction(9, 4)), root(Fraction(2))
    (Fraction(3, 2), None)
    """
    if x < 0:
        return None
    above, below = isqrt(x.numerator), isqrt(x.denominator)
    return Fraction(above, below) if above**2 == x.numerator and below**2 == x.denominator else None


def power(x: Fraction, n: Fraction) -> Exact:
    """x^n for a whole n."""
    return x ** int(n) if n.denominator == 1 and abs(n) <= 10 and (x or n > 0) else None


FUNCTIONS: dict[str, Callable[..., Exact]] = {
    "abs": abs,
    "sign": lambda x: Fraction((x > 0) - (x < 0)),
    "relu": lambda z: max(z, Fraction()),
    "step": lambda z: Fraction(z >= 0),
    "positive": lambda z: Fraction(z > 0),
    "max": max,
    "min": min,
    "1/": lambda x: 1 / x if x else None,
    "^": power,
    "sqrt": root,
}


def exact(tree: Expression, look_up: Callable[[Name], Exact]) -> Exact:
    """The number of a formula as a fraction; None where it is none.

    >>> from glassnet.lab.grammar import parse
    >>> exact(parse("0.5*0.3 + 1/4"), lambda name: None), exact(parse("exp(1)"), lambda name: None)
    (Fraction(2, 5), None)
    """
    if isinstance(tree, Number):
        return tree.value
    if isinstance(tree, Name):
        return look_up(tree)
    parts = tree.terms if isinstance(tree, Sum) else tree.factors if isinstance(tree, Product) else tree.arguments
    numbers: list[Fraction] = []
    for part in parts:
        number = exact(part, look_up)
        if number is None:
            return None
        numbers.append(number)
    if isinstance(tree, Sum):
        return sum(numbers, Fraction())
    if isinstance(tree, Product):
        return prod(numbers, start=Fraction(1))
    assert isinstance(tree, Call)
    function = FUNCTIONS.get(tree.function)
    return None if function is None else function(*numbers)


def digits(x: Exact) -> float:
    """How many digits a number has, without the zeros before and behind it; `ENDLESS` where they do not end.

    >>> digits(Fraction(1, 4)), digits(Fraction(-1200)), digits(Fraction(1, 3)), digits(Fraction())
    (2, 2, 7.0, 1)
    """
    if x is None:
        return ENDLESS
    if not x:
        return 1
    twos, fives, rest = 0, 0, x.denominator
    while rest % 2 == 0:
        twos, rest = twos + 1, rest // 2
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    if rest != 1:
        return ENDLESS
    return len(str(abs(x.numerator) * 10 ** max(twos, fives) // x.denominator).strip("0"))


# ---- the numbers of a problem --------------------------------------------------------------------------------------

Numbers = dict[str, Exact]  # by the name that an answer has


def numbers_of(plain: Mapping[str, Any]) -> Numbers:
    """All that a problem asks, in fractions, by the formulas of its kind."""
    if "perceptron" in plain:
        return _presented(plain["perceptron"])
    return _walked(plain) if "function" in plain else _of_network(plain)


def read(value: Any) -> Fraction:
    """A number of a problem as it is written: 0.1 is one tenth."""
    return Fraction(str(value))


def _presented(given: Mapping[str, Any]) -> Numbers:
    rows, learned = given["rows"], "threshold" not in given
    formulas = RuleFormulas(len(rows[0]), learned, given.get("tie", "positive"))
    within: Numbers = {"rate": read(given.get("rate", 1)), "theta": read(given.get("threshold", 0))}
    within |= dict(zip(formulas.weights, map(read, given["start"]), strict=True))
    found: Numbers = {}
    for step in range(given.get("presentations", len(rows))):
        row = step % len(rows)
        within |= {f"x{i + 1}": read(x) for i, x in enumerate(rows[row])} | {"t": read(given["targets"][row])}
        made: Numbers = {}
        for name in ("z", "y", *(f"{weight}.new" for weight in formulas.weights)):
            within[name] = made[name] = _by(formulas.entry(name, ()), within)
        within |= {weight: made[f"{weight}.new"] for weight in formulas.weights}
        found |= {(f"step{step + 1}." if step else "") + name: value for name, value in made.items()}
    return found


def _by(tree: Expression | None, within: Numbers) -> Exact:
    return None if tree is None else exact(tree, lambda name: within.get(name.quantity))


def _walked(plain: Mapping[str, Any]) -> Numbers:
    """The numbers of a path, step by step."""
    optimizer: Optimizer = optimizer_of(plain)
    start = {name: read(value) for name, value in plain["function"]["start"].items()}
    formulas = PathFormulas(function_of(str(plain["function"]["of"])), tuple(sorted(start)), optimizer)
    settings = {name: read(value) for name, value in vars(optimizer).items() if isinstance(value, float)}
    settings |= {"epsilon": Fraction()}  # too small for the digits of a sheet
    within: Numbers = {**settings, **start, **{f"{m}.{name}": Fraction() for m in optimizer.moments for name in start}}
    found: Numbers = {}
    here = {name: formulas.entry(name, ()) for name in ("f", *(f"d{name}" for name in start))}
    updates = {new: formulas.entry(new, ()) for name in start for new in update_formulas(optimizer, name, ())}
    for step in range(plain["steps"] + 1):
        within |= {f"{name}_power": settings[name] ** (step + 1) for name in optimizer.powers}
        for name, tree in here.items():
            within[name] = found[f"{name}{step}"] = _by(tree, within)
        if step == plain["steps"]:
            break
        for new, tree in updates.items():
            within[new] = found[f"{new.removesuffix('.new')}{step + 1}"] = _by(tree, within)
        within |= {new.removesuffix(".new"): within[new] for new in updates}
    return {name: found[name] for name in plain["ask"]}


# ---- networks: the formulas of one structure serve all its numbers -------------------------------------------------


class _Structure:
    """A network's problem without its numbers: the formula of each entry, made once."""

    def __init__(self, plain: Mapping[str, Any]) -> None:
        self.solution = load_problem(plain).solution
        self.trees: dict[Name, Expression | None] = {}

    def tree(self, name: Name) -> Expression | None:
        if name not in self.trees:
            self.trees[name] = self.solution.formula(name)
        return self.trees[name]


_STRUCTURES: dict[str, _Structure] = {}


def _of_network(plain: Mapping[str, Any]) -> Numbers:
    """The asked entries of a step, in fractions."""
    key = repr((
        [(len(layer["W"]), len(layer["W"][0]), layer.get("activation"), "b" in layer) for layer in plain["layers"]],
        len(plain["sample"]["X"]), plain["loss"], plain.get("optimizer"), plain.get("settings"), plain["ask"],
    ))  # fmt: skip
    if key not in _STRUCTURES:
        _STRUCTURES[key] = _Structure(plain)
    structure = _STRUCTURES[key]
    settings = structure.solution.settings
    given = {"X": plain["sample"]["X"], "y": plain["sample"]["y"]}
    for k, layer in enumerate(plain["layers"], 1):
        given |= {f"W{k}": layer["W"], f"b{k}": layer.get("b", [])}
    known: dict[Name, Exact] = {}

    def number(name: Name) -> Exact:
        if name in known:
            return known[name]
        tree = None if name.quantity in settings else structure.tree(name)
        if name.quantity in settings:
            value: Exact = read(settings[name.quantity])
        elif tree is not None:
            value = exact(tree, number)
        else:
            entry = given.get(name.quantity, Fraction())
            for i in name.index if name.quantity in given else ():
                entry = entry[i]
            value = read(entry)
        known[name] = value
        return value

    asked: Numbers = {}
    for quantity in plain["ask"]:
        value = structure.solution.quantities[quantity].value
        for index in _indices(value.shape):
            asked[str(Name(quantity, index)) if value.size > 1 else quantity] = number(Name(quantity, index))
    return asked


def _indices(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    import numpy as np

    return [tuple(int(i) for i in index) for index in np.ndindex(shape)]
