"""A student's sheet: every quantity from the student's own earlier answers, or from a formula changed by a slip."""

from __future__ import annotations

from collections.abc import Mapping

from glassnet.lab.expressions import Expression, Name, evaluate
from glassnet.lab.slips import Slip
from glassnet.lab.solution import Solution


class Sheet:
    """Numbers by name: the student's where there are any, else computed from the quantities before."""

    def __init__(self, solution: Solution, own: Mapping[Name, float] | None = None) -> None:
        self.solution = solution
        self.own: dict[Name, float] = dict(own or {})
        self.answered = {name.quantity for name in self.own}
        self._known: dict[str, dict[Name, float]] = {}

    def write(self, name: Name, value: float) -> None:
        """One more number of the student's; what was computed from this quantity is computed anew."""
        self.own[name] = value
        self.answered.add(name.quantity)
        self._compute_anew(name)

    def forget(self, name: Name) -> None:
        """One number less, where it stands here."""
        if self.own.pop(name, None) is not None:
            self.answered = {other.quantity for other in self.own}
            self._compute_anew(name)

    def _compute_anew(self, name: Name) -> None:
        for quantity in list(self._known):
            if name.quantity in self.solution.behind[quantity]:
                del self._known[quantity]

    def number(self, name: Name) -> float:
        """The entry as it follows from what stands on the sheet."""
        if name.quantity in self.solution.settings:
            return self.solution.settings[name.quantity]
        return self.own[name] if name in self.own else self.computed(name)

    def computed(self, name: Name) -> float:
        """The entry by its formula, even where the student gave one."""
        if self.answered.isdisjoint(self.solution.behind[name.quantity]):
            return self.solution.number(name)
        known = self._known.setdefault(name.quantity, {})
        if name not in known:
            tree = self.solution.formula(name)
            known[name] = self.solution.number(name) if tree is None else evaluate(tree, self.number)
        return known[name]

    def formula(self, name: Name) -> Expression | None:
        """The entry's formula."""
        return self.solution.formula(name)


class Slipped(Sheet):
    """The same sheet with a slip in one quantity: the slip's `variant`, the same in every entry.

    `reached` says whether the formula of any entry on the way was changed.
    """

    def __init__(self, base: Sheet, slip: Slip, site: str, variant: int) -> None:
        self.base, self.slip, self.site, self.variant = base, slip, site, variant
        self.solution, self.own, self.answered = base.solution, base.own, base.answered
        self._known, self.reached = {}, False

    def computed(self, name: Name) -> float:
        """The entry by its formula, the site's by the changed one."""
        at_site = name.quantity == self.site
        if not at_site and self.site not in self.solution.behind[name.quantity]:
            return self.base.computed(name)
        known = self._known.setdefault(name.quantity, {})
        if name not in known:
            tree = self._changed(name) if at_site else self.solution.formula(name)
            known[name] = self.solution.number(name) if tree is None else evaluate(tree, self.number)
        return known[name]

    def _changed(self, name: Name) -> Expression | None:
        changed = self.solution.mistaken(self.slip, name)
        if self.variant >= len(changed):
            return self.solution.formula(name)
        self.reached = True
        return changed[self.variant]
