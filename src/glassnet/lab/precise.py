"""A small step computed anew in any number of digits, from its given numbers and its formulas alone.

Needs mpmath (the extra `lab`). A derivative is checked twice: by its formula, and by differences of the loss, whose
error at 50 digits is far below that of a float.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add, mul
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import MissingExtraError, SettingError
from glassnet.lab.expressions import Expression, Name, Number, Product, Sum

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace

MOST_ENTRIES = 5000  # of a step that is computed so: each is a formula of its own
FEWEST_DIGITS, MOST_DIGITS = 16, 1000


def check_digits(trace: Trace, name: str | None, digits: int) -> dict[str, float]:
    """For each quantity the largest relative difference between the trace and the same in so many digits."""
    if isinstance(digits, bool) or not isinstance(digits, int) or not FEWEST_DIGITS <= digits <= MOST_DIGITS:
        raise SettingError(
            f"A number of digits is a whole number from {FEWEST_DIGITS} to {MOST_DIGITS}; given {digits!r}."
        )
    entries = sum(quantity.value.size for quantity in trace.quantities.values())
    if entries > MOST_ENTRIES:
        raise SettingError(f"A step of {entries} numbers is too large for many digits: at most {MOST_ENTRIES} are.")
    mp = mpmath()
    with mp.workdps(digits):
        exact = Exact(trace, mp)
        if name is not None:
            entry = trace.entry(name)
            return {str(trace.view.name(entry)): exact.error(entry)}
        found = {trace.view.quantity(q): exact.largest(q) for q in trace.formulas.names if exact.has_formula(q)}
        return {name: float(error) for name, error in found.items()}


def mpmath() -> Any:
    """The module, or the sentence that names the extra."""
    try:
        from mpmath import mp
    except ImportError:
        raise MissingExtraError("Numbers in many digits need mpmath: pip install 'glassnet[lab]'.") from None
    return mp


class Exact:
    """The numbers of a step in the working precision of mpmath, each computed when it is asked for.

    `moved` has other numbers for some entries: the way to differences of the loss.
    """

    def __init__(self, trace: Trace, mp: Any, moved: Mapping[Name, Any] | None = None) -> None:
        self.trace, self.mp = trace, mp
        self.known: dict[Name, Any] = dict(moved or {})
        self.functions: dict[str, Callable[..., Any]] = _functions(mp)

    def number(self, name: Name) -> Any:
        """An entry, by its formula where it has one."""
        if name not in self.known:
            tree = None if name.quantity in self.trace.settings else self.formula(name)
            self.known[name] = self.mp.mpf(self.trace.number(name)) if tree is None else self.evaluate(tree)
        return self.known[name]

    def formula(self, name: Name) -> Expression | None:
        """The entry's formula."""
        return self.trace.formulas.entry(name.quantity, name.index)

    def evaluate(self, tree: Expression) -> Any:
        """A formula in the working precision."""
        if isinstance(tree, Number):
            return self.mp.mpf(tree.value.numerator) / tree.value.denominator
        if isinstance(tree, Name):
            return self.number(tree)
        if isinstance(tree, Sum):
            return reduce(add, map(self.evaluate, tree.terms))
        if isinstance(tree, Product):
            factors = [self.evaluate(factor) for factor in tree.factors]
            return self.mp.mpf(0) if 0 in factors else reduce(mul, factors)
        if tree.function not in self.functions:
            raise SettingError(
                f"{tree.function} is not known in many digits; check() without digits takes every function."
            )
        return self.functions[tree.function](*map(self.evaluate, tree.arguments))

    # ---- checking ----------------------------------------------------------------------------------------------

    def has_formula(self, quantity: str) -> bool:
        """Whether its entries have one."""
        return self.formula(Name(quantity, (0,) * self.trace.quantities[quantity].value.ndim)) is not None

    def error(self, entry: Name) -> float:
        """How far the trace's number is from this one, relative."""
        gap, size = self._gap(entry)
        return float(gap / size) if size else 0.0

    def _gap(self, entry: Name) -> tuple[Any, Any]:
        """The distance of the two numbers, and the larger size."""
        exact, found = self.number(entry), self.mp.mpf(self.trace.number(entry))
        return abs(exact - found), max(abs(exact), abs(found))

    def largest(self, quantity: str) -> float:
        """The largest gap of a quantity's entries as a share of its largest number; of a derivative the slope's too."""
        gaps = [self._gap(Name(quantity, index)) for index in np.ndindex(self.trace.quantities[quantity].shape)]
        size = max(size for _, size in gaps)
        errors = [float(max(gap for gap, _ in gaps) / size) if size else 0.0]
        if quantity[0] == "d" and quantity[1:] in self.trace.quantities:
            errors.append(self._by_slope(quantity))
        return max(errors)

    def _by_slope(self, quantity: str) -> float:
        """A derivative along a random direction against (loss(h) - loss(-h)) / 2h with h = 10^(-digits / 3)."""
        shape, mp = self.trace.quantities[quantity].shape, self.mp
        direction = np.random.default_rng(0).uniform(-1, 1, size=shape)
        h = mp.mpf(10) ** (-mp.dps // 3)
        slope = (self._loss(quantity, direction, h) - self._loss(quantity, direction, -h)) / (2 * h)
        entries = [(Name(quantity, index), direction[index]) for index in np.ndindex(shape)]
        projected = reduce(add, (self.number(entry) * mp.mpf(float(d)) for entry, d in entries)) / self._times_m(
            quantity
        )
        size = max(abs(slope), abs(projected))
        return float(abs(slope - projected) / size) if size else 0.0

    def _times_m(self, quantity: str) -> int:
        formulas = self.trace.formulas
        return formulas.rows if formulas.mean_in == "dW" and quantity[1:] not in formulas.weights() else 1

    def _loss(self, quantity: str, direction: Any, h: Any) -> Any:
        start = quantity[1:]
        moved = {
            Name(start, index): self.number(Name(start, index)) + h * self.mp.mpf(float(direction[index]))
            for index in np.ndindex(direction.shape)
        }
        return Exact(self.trace, self.mp, moved).number(Name("loss"))


def _functions(mp: Any) -> dict[str, Callable[..., Any]]:
    """The functions of the formulas in mpmath."""

    def sigmoid(z: Any) -> Any:
        return 1 / (1 + mp.exp(-z))

    def huber(y: Any, p: Any, delta: Any) -> Any:
        bounded = min(abs(y - p), delta)
        return bounded * (abs(y - p) - bounded / 2)

    return {
        "exp": mp.exp,
        "log": mp.log,
        "sqrt": mp.sqrt,
        "abs": abs,
        "sign": mp.sign,
        "sigmoid": sigmoid,
        "tanh": mp.tanh,
        "relu": lambda z: max(z, mp.mpf(0)),
        "step": lambda z: mp.mpf(z >= 0),
        "positive": lambda z: mp.mpf(z > 0),
        "max": max,
        "min": min,
        "1/": lambda x: 1 / x,
        "^": lambda x, n: x ** int(n) if n == int(n) else mp.power(x, n),
        "huber": huber,
    }
