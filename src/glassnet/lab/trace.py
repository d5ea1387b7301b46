"""A trace: the quantities of one step, each of which can be opened down to the numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from glassnet.errors import ShapeError
from glassnet.lab.expressions import Expression, Name, Product, Sum, evaluate, names_in, text, times
from glassnet.lab.formulas import Formulas
from glassnet.lab.naming import read_name
from glassnet.typing import Array, Shape

LARGEST = 10  # terms of a long sum that are shown one by one
SMALL = 8  # entries of an array that a table shows


@dataclass(frozen=True)
class Quantity:
    """A named array of the step and how it follows from those before it."""

    name: str
    value: Array
    formula: str

    @property
    def shape(self) -> Shape:
        return self.value.shape


@dataclass(frozen=True)
class Term:
    """One term of a long sum: its formula, the numbers put in, and what it comes to."""

    formula: str
    numbers: str
    value: float


@dataclass(frozen=True)
class Explanation:
    """One number opened: formula, numbers put in, result; of a long sum the largest terms and the exact rest.

    `rounding` is the result less the exact sum of the terms: what floating point made of it.
    """

    name: str
    formula: str
    numbers: str
    result: float
    terms: tuple[Term, ...] = ()
    others: int = 0
    remainder: float = 0.0
    factor: float = 1.0
    rounding: float = 0.0
    uses: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.name} = {self.formula}"]
        if self.numbers:
            lines.append(f"{' ' * len(self.name)} = {self.numbers}")
        for term in self.terms:
            lines.append(f"    {term.value:+.10g}   {term.formula} = {term.numbers}")
        if self.others:
            lines.append(f"    {self.remainder:+.10g}   the other {self.others} terms together, exactly")
        if self.factor != 1:
            lines.append(f"    the sum times {self.factor:.7g}")
        return "\n".join([*lines, f"{' ' * len(self.name)} = {self.result!r}"])

    def to_json(self) -> dict[str, Any]:
        """The explanation as plain data."""
        return {**vars(self), "terms": [vars(term) for term in self.terms], "uses": list(self.uses)}


@dataclass(frozen=True)
class Trace:
    """One step of training, opened: a mapping from the names of its quantities; made by `gn.dissect`."""

    formulas: Formulas
    quantities: dict[str, Quantity]
    settings: dict[str, float]
    ready: Any
    before: dict[str, Any]

    def __getitem__(self, name: str) -> Quantity:
        found, index = read_name(name, self.quantities)
        if index is not None:
            entry = self.checked(found, index)
            value = np.asarray(self.quantities[found].value[entry])
            return Quantity(str(Name(found, entry)), value, self.explain(name).formula)
        return self.quantities[found]

    def __iter__(self) -> Iterator[str]:
        return iter(self.quantities)

    def number(self, name: Name) -> float:
        """An entry, or a setting, as a float."""
        if name.quantity in self.settings:
            return self.settings[name.quantity]
        return float(self.quantities[name.quantity].value[name.index])

    # ---- opening a number --------------------------------------------------------------------------------------

    def explain(self, name: str) -> Explanation:
        """How one number came about. `W2[3,7]` of a trained step is its new value's formula: ask for `W2.new[3,7]`.

        Raises:
            SettingError: no such quantity. ShapeError: no such entry, or an index that is missing.
        """
        found, index = read_name(name, self.quantities)
        if index is None:
            if self.quantities[found].value.size != 1:
                raise ShapeError(f"{found} has the shape {self.quantities[found].shape}: say which entry, as in "
                                 f"{Name(found, (0,) * self.quantities[found].value.ndim)}.")  # fmt: skip
            index = (0,) * self.quantities[found].value.ndim
        entry = Name(found, self.checked(found, index))
        tree, result = self.formulas.entry(entry.quantity, entry.index), self.number(entry)
        if tree is None:
            return Explanation(str(entry), "given", "", result)
        uses = tuple(dict.fromkeys(str(n) for n in names_in(tree)))
        long = _long_sum(tree)
        if long is None:
            numbers = text(tree, self._digits)
            rounding = result - evaluate(tree, self.number)
            return Explanation(str(entry), text(tree), numbers, result, rounding=rounding, uses=uses)
        return self._sum(entry, result, *long, uses)

    def _sum(self, entry: Name, result: float, total: Sum, rest: Expression, uses: tuple[str, ...]) -> Explanation:
        exact = [self._exactly(term) for term in total.terms]
        order = sorted(range(len(exact)), key=lambda i: -abs(exact[i]))
        shown = order[:LARGEST]
        terms = tuple(Term(text(total.terms[i]), text(total.terms[i], self._digits), float(exact[i])) for i in shown)
        factor = evaluate(rest, self.number)
        remainder = sum((exact[i] for i in order[LARGEST:]), Fraction())
        first = ", ".join(text(term) for term in total.terms[:2])
        formula = text(times(total, rest)) if len(exact) <= LARGEST else f"the sum of {len(exact)} terms: {first}, ..."
        rounding = Fraction(result) - sum(exact, Fraction()) * Fraction(factor)
        return Explanation(
            str(entry), formula, "", result, terms, len(exact) - len(shown), float(remainder),
            factor, float(rounding), uses,
        )  # fmt: skip

    def _exactly(self, tree: Expression) -> Fraction:
        """A product of entries as the exact product of the numbers that stand in them."""
        if isinstance(tree, Product):
            product = Fraction(1)
            for factor in tree.factors:
                product *= self._exactly(factor)
            return product
        return Fraction(evaluate(tree, self.number))

    def _digits(self, name: Name) -> str:
        return f"{self.number(name):.7g}"

    def checked(self, name: str, index: tuple[int, ...]) -> tuple[int, ...]:
        """The index of an entry that is there; raises ShapeError where it is not."""
        shape = self.quantities[name].shape
        if len(index) != len(shape) or any(not 0 <= i < size for i, size in zip(index, shape, strict=True)):
            raise ShapeError(f"{name} has the shape {shape}, counted from 0; there is no {Name(name, index)}.")
        return index

    # ---- checking ----------------------------------------------------------------------------------------------

    def check(self, *, seed: int = 0) -> dict[str, float]:
        """For every derivative by a weight, how far it is from differences of the loss, relative: around 1e-9 if right.

        The loss is computed anew in float64; no kink (of relu, abs) may lie within a thousandth of the weights.
        """
        from glassnet.lab.checking import check

        return check(self, seed)

    # ---- showing -----------------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """{"quantities": {name: {"shape", "value", "formula"}}, "settings": {...}}, as plain data."""
        shown = {
            q.name: {"shape": list(q.shape), "value": q.value.tolist(), "formula": q.formula}
            for q in self.quantities.values()
        }
        about = {"loss_name": self.formulas.loss.name, "optimizer": self.formulas.optimizer.name}
        return {"quantities": shown, "settings": {**self.settings, **about, "mean_in": self.formulas.mean_in}}

    def markdown(self) -> str:
        """A table: name, formula, shape, value (of large arrays their range)."""
        rows = [f"| {q.name} | {q.formula} | {_shape(q.shape)} | {short(q.value)} |" for q in self.quantities.values()]
        return "\n".join(["| quantity | formula | shape | value |", "|---|---|---|---|", *rows]) + "\n"

    def __str__(self) -> str:
        names = max(len(name) for name in self.quantities)
        formulas = max(len(q.formula) for q in self.quantities.values())
        return "\n".join(
            f"{q.name:<{names}}  {q.formula:<{formulas}}  {short(q.value)}" for q in self.quantities.values()
        )


def _long_sum(tree: Expression) -> tuple[Sum, Expression] | None:
    """A sum of more than three terms, and what it is multiplied by, where the formula is one."""
    if isinstance(tree, Sum) and len(tree.terms) > 3:
        return tree, times()
    if isinstance(tree, Product):
        sums = [factor for factor in tree.factors if isinstance(factor, Sum)]
        if len(sums) == 1 and len(sums[0].terms) > 1:
            return sums[0], times(*(factor for factor in tree.factors if factor is not sums[0]))
    return None


def _shape(shape: Shape) -> str:
    return " x ".join(map(str, shape)) or "number"


def short(value: Array) -> str:
    """Small arrays whole, of large ones the range."""
    if value.size <= SMALL:
        return _digits(value.tolist())
    return f"{_shape(value.shape)} numbers from {value.min():.7g} to {value.max():.7g}"


def _digits(value: Any) -> str:
    """Nested lists with seven significant digits.

    >>> _digits([[0.5703756123, 1.0]])
    '[[0.5703756, 1]]'
    """
    return f"[{', '.join(map(_digits, value))}]" if isinstance(value, list) else f"{value:.7g}"
