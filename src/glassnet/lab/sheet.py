"""A student's sheet: every quantity from the student's own earlier answers, or from a formula changed by a slip."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from glassnet.lab.expressions import Expression, Name, evaluate
from glassnet.lab.trace import Trace

Change = Callable[[Name, Expression], Expression]


class Sheet:
    """Numbers by name: the student's where there are any, else computed from the quantities before."""

    def __init__(self, trace: Trace, own: Mapping[Name, float], change: Change | None = None) -> None:
        self.trace, self.own, self.change = trace, own, change
        self._known: dict[Name, float] = {}

    def number(self, name: Name) -> float:
        """The entry as it follows from what stands on the sheet."""
        if name.quantity in self.trace.settings:
            return self.trace.settings[name.quantity]
        return self.own[name] if name in self.own else self.computed(name)

    def computed(self, name: Name) -> float:
        """The entry by its formula, even where the student gave one."""
        if name not in self._known:
            tree = self.formula(name)
            self._known[name] = self.trace.number(name) if tree is None else evaluate(tree, self.number)
        return self._known[name]

    def formula(self, name: Name) -> Expression | None:
        """The entry's formula, with the slip in it."""
        tree = self.trace.formulas.entry(name.quantity, name.index)
        return tree if tree is None or self.change is None else self.change(name, tree)
