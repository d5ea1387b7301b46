"""A problem's solution: every number of one step, of several, or of a path, and the formula of each.

The quantities of a later step have its number before their names: `step2.dW1`, `step2.W1.new`. Its weights and moments
are the new ones of the step before, so that a mistake in `W1.new` is carried into `step2.Z1`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from glassnet.errors import ShapeError
from glassnet.lab.expressions import Expression, Name, names_in, replaced
from glassnet.lab.slips import Slip, variants_of
from glassnet.lab.trace import Quantity, Trace

Formulas = Any  # what a slip asks about: `Formulas` of a network's step, `PathFormulas` of a path's


class Solution:
    """The numbers by name, and how each follows from those before it. Formulas and numbers are kept once made."""

    def __init__(self, quantities: dict[str, Quantity], settings: dict[str, float], formulas: Sequence[Formulas]):
        self.quantities, self.settings, self.steps = quantities, settings, list(formulas)
        self._trees: dict[Name, Expression | None] = {}
        self._numbers: dict[Name, float] = {}
        self._mistaken: dict[tuple[str, Name], list[Expression]] = {}

    # ---- one entry -------------------------------------------------------------------------------------------------

    def number(self, name: Name) -> float:
        """The true number of an entry or a setting."""
        if name not in self._numbers:
            settings = self.settings
            known = name.quantity in settings
            value = settings[name.quantity] if known else self.quantities[name.quantity].value[name.index]
            self._numbers[name] = float(value)
        return self._numbers[name]

    def formula(self, name: Name) -> Expression | None:
        """The entry's formula; None for what is given."""
        if name not in self._trees:
            step, own = self.within(name)
            tree = None if name.quantity in self.settings else self.steps[step].entry(own.quantity, own.index)
            self._trees[name] = None if tree is None else self.seen_from(step, tree)
        return self._trees[name]

    def mistaken(self, slip: Slip, name: Name) -> list[Expression]:
        """What the slip may have made of this entry's formula."""
        key = slip.name, name
        if key not in self._mistaken:
            step, own = self.within(name)
            tree = self.steps[step].entry(own.quantity, own.index)
            changed = [] if tree is None else variants_of(slip, self.steps[step], own, tree)
            variants = [self.seen_from(step, variant) for variant in changed]
            self._mistaken[key] = [variant for variant in variants if self._known(variant)]
        return self._mistaken[key]

    def _known(self, tree: Expression) -> bool:
        """Whether every name in a formula stands for a number."""
        return all(name.quantity in self.quantities or name.quantity in self.settings for name in names_in(tree))

    def checked(self, name: str, index: tuple[int, ...]) -> tuple[int, ...]:
        """The index of an entry that is there; raises ShapeError where it is not."""
        shape = self.quantities[name].shape
        if len(index) != len(shape) or any(not 0 <= i < size for i, size in zip(index, shape, strict=True)):
            raise ShapeError(f"{name} has the shape {shape}, counted from 0; there is no {Name(name, index)}.")
        return index

    # ---- steps -----------------------------------------------------------------------------------------------------

    def within(self, name: Name) -> tuple[int, Name]:
        """The step that an entry belongs to, and its name there."""
        step, plain = self.local(name.quantity)
        return step, Name(plain, name.index)

    def local(self, quantity: str) -> tuple[int, str]:
        """The step of a quantity, counted from 0, and its name within it."""
        first, _, rest = quantity.partition(".")
        if first.startswith("step") and first[4:].isdigit():
            return int(first[4:]) - 1, rest
        return 0, quantity

    def shared(self, step: int, quantity: str) -> str:
        """The name that a quantity of a step has among those of all steps."""
        if step == 0:
            return quantity
        ahead = f"step{step + 1}."
        if ahead + quantity in self.quantities or ahead + quantity in self.settings:
            return ahead + quantity
        before = self.shared(step - 1, f"{quantity}.new")
        return before if before in self.quantities else quantity

    def seen_from(self, step: int, tree: Expression) -> Expression:
        """A step's formula with the names that its quantities have among those of all steps."""
        if step == 0:
            return tree
        return replaced(
            tree, lambda part: Name(self.shared(step, part.quantity), part.index) if isinstance(part, Name) else part
        )

    @cached_property
    def within_a_step(self) -> list[str]:
        """The names of a step's quantities within it."""
        return list(dict.fromkeys(self.local(name)[1] for name in self.quantities))

    # ---- what follows from what ------------------------------------------------------------------------------------

    @cached_property
    def behind(self) -> dict[str, frozenset[str]]:
        """For each quantity all those that it follows from, over any number of formulas."""
        found: dict[str, frozenset[str]] = {}
        for quantity in self.quantities:
            found[quantity] = self._behind(quantity, found)
        return found

    def _behind(self, quantity: str, found: dict[str, frozenset[str]]) -> frozenset[str]:
        if quantity in found:
            return found[quantity]
        found[quantity] = frozenset()
        value = self.quantities[quantity].value
        tree = self.formula(Name(quantity, (0,) * value.ndim))
        direct = {name.quantity for name in names_in(tree)} & set(self.quantities) if tree is not None else set()
        return frozenset(direct).union(*(self._behind(name, found) for name in direct))

    def derived(self, quantity: str) -> bool:
        """Whether a quantity has a formula: it is not given."""
        return self.formula(Name(quantity, (0,) * self.quantities[quantity].value.ndim)) is not None

    def direct(self, quantity: str) -> set[str]:
        """The quantities that stand in a quantity's formula."""
        tree = self.formula(Name(quantity, (0,) * self.quantities[quantity].value.ndim))
        return {name.quantity for name in names_in(tree)} & set(self.quantities) if tree is not None else set()


def of_steps(traces: Sequence[Trace]) -> Solution:
    """The solution of steps that follow each other, each from the weights and moments that the one before left."""
    first = traces[0]
    quantities, settings = dict(first.quantities), dict(first.settings)
    for step, trace in enumerate(traces[1:], 2):
        ahead = f"step{step}."
        for name, quantity in trace.quantities.items():
            same = f"{name}.new" in trace.quantities or (name in "Xy" and _equal(quantity, first.quantities[name]))
            if not same:
                quantities[ahead + name] = Quantity(ahead + name, quantity.value, quantity.formula)
        changed = {name: value for name, value in trace.settings.items() if value != first.settings[name]}
        settings |= {ahead + name: value for name, value in changed.items()}
    return Solution(quantities, settings, [trace.formulas for trace in traces])


def _equal(one: Quantity, other: Quantity) -> bool:
    return one.shape == other.shape and bool((one.value == other.value).all())
