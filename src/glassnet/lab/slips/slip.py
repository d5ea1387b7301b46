"""What a slip is, the catalogue they stand in, and the small changes of formulas that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from glassnet.lab.expressions import MINUS, ONE, Expression, Name, Product, Sum, plus, replaced, times

Variants = Iterator[Expression]
Formulas = Any  # of a network's step, or of a path's
Slips = Callable[[Formulas, Name, Expression], Variants]


@dataclass(frozen=True)
class Slip:
    """A slip by name; `at` says at which quantities it happens, `likely` how often, beside the common ones.

    `at` has beginnings of names ("dZ", "loss"), "new" for everything after the update, and of a path "slope", "value".
    """

    name: str
    at: tuple[str, ...]
    variants: Slips
    likely: float = 1.0

    def fits(self, formulas: Formulas, quantity: str) -> bool:
        """Whether the slip can happen at this quantity of a step."""
        kind = formulas.kind(quantity) if hasattr(formulas, "kind") else _stem(quantity)
        return kind in self.at or ("new" in self.at and quantity.endswith(".new"))


CATALOGUE: dict[str, Slip] = {}


def _stem(quantity: str) -> str:
    return quantity if "." in quantity or quantity == "loss" else quantity.rstrip("0123456789")


def slip(name: str, *at: str, likely: float = 1.0) -> Callable[[Slips], Slips]:
    """Enters a function in the catalogue."""

    def enter(variants: Slips) -> Slips:
        CATALOGUE[name] = Slip(name, at, variants, likely)
        return variants

    return enter


def variants_of(slip: Slip, formulas: Formulas, entry: Name, tree: Expression) -> list[Expression]:
    """The formulas that the slip may have made of this one: each once, and none that is the right one."""
    found = dict.fromkeys(slip.variants(formulas, entry, tree))
    found.pop(tree, None)
    return list(found)


# ---- changes of a formula ------------------------------------------------------------------------------------------


def without(tree: Expression, unwanted: Expression) -> Expression:
    """The tree with this factor left out wherever it stands."""
    return replaced(tree, lambda part: ONE if part == unwanted else part)


def renamed(tree: Expression, change: Callable[[Name], Name]) -> Expression:
    """The tree with other names in it."""
    return replaced(tree, lambda part: change(part) if isinstance(part, Name) else part)


def requantified(tree: Expression, old: str, new: str) -> Expression:
    """The tree with one quantity for another, at the same entries."""
    return renamed(tree, lambda name: Name(new, name.index) if name.quantity == old else name)


def factors_of(tree: Expression) -> tuple[Expression, ...]:
    """The factors of a product; the tree itself where it is none."""
    return tree.factors if isinstance(tree, Product) else (tree,)


def negated(term: Expression) -> Expression:
    """The term with the other sign."""
    factors = factors_of(term)
    return times(*factors[1:]) if factors[0] == MINUS else times(MINUS, term)


def uphill(tree: Sum) -> Expression:
    """theta + step for theta - step."""
    return plus(tree.terms[0], *(negated(term) for term in tree.terms[1:]))
