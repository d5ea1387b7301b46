"""The working beneath an answer, laid beside the formula operand by operand and factor by factor.

A factor of the formula that is itself a product (dZ1 = dA1 a (1 - a)) may be written as one number or multiplied out;
so it is opened only where the student opened it. What stands in the formula and not in the working is missing; what
stands where an operand belongs and is not its number is a wrong operand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from glassnet.lab.digits import kind_of_difference, rounding, significant
from glassnet.lab.expressions import (
    MINUS,
    ONE,
    Call,
    Expression,
    Name,
    Number,
    Product,
    Sum,
    evaluate,
    names_in,
    text,
    times,
)
from glassnet.lab.problem import Problem
from glassnet.lab.sheet import Sheet

Finding = dict[str, Any]
UNLIKE = 100.0  # the cost of two parts that have nothing in common
COSTS = {"cut": 1, "decimal-point": 2, "digits-swapped": 2, "digit": 3, "sign": 3}


@dataclass(frozen=True)
class Match:
    """How well a piece of working fits a piece of the formula: its cost, and what is to be found in it."""

    cost: float = 0.0
    findings: tuple[Finding, ...] = ()


@dataclass
class Comparison:
    """The student's numbers as they were written, by entry, for one working."""

    problem: Problem
    sheet: Sheet
    texts: dict[Name, str] = field(default_factory=dict)

    def findings(self, entry: Name, written: Expression) -> list[Finding]:
        """What is to be found in the working of this entry; nothing where the two cannot be laid side by side."""
        expected = self.sheet.formula(entry)
        if expected is None:
            return []
        match = self.match(expected, written)
        if match.cost == 0 or match.cost >= UNLIKE or self._same_number(expected, written):
            return []
        return list(match.findings)

    def _same_number(self, expected: Expression, written: Expression) -> bool:
        """Whether the working, put together differently, comes to the same number."""
        value, wanted = evaluate(written, nothing), evaluate(expected, self.sheet.number)
        return abs(value - wanted) <= 1e-9 * abs(wanted)

    def match(self, expected: Expression, written: Expression) -> Match:
        """The best way to lay the working on the formula."""
        if isinstance(expected, Name) and isinstance(written, Number):
            return self.operand(expected, written)
        if not any(names_in(expected)):  # a constant, however it is written: 1/2, 0.5
            same = abs(evaluate(expected, nothing) - evaluate(written, nothing)) <= 1e-12
            return Match() if same else Match(UNLIKE)
        if isinstance(expected, Sum) or (isinstance(written, Sum) and not isinstance(expected, Product)):
            return self.terms(expected, written)
        if isinstance(expected, Call) and isinstance(written, Call) and expected.function == written.function:
            inside = zip(expected.arguments, written.arguments, strict=True)
            return _together([self.match(mine, theirs) for mine, theirs in inside])
        if isinstance(expected, Call):
            return Match(UNLIKE)
        if not isinstance(expected, Product) and not isinstance(written, Product):
            opened = self._opened(expected)
            return Match(UNLIKE) if opened is None else self.match(opened, written)
        return self.product(expected, written)

    # ---- sums ------------------------------------------------------------------------------------------------------

    def terms(self, expected: Expression, written: Expression) -> Match:
        """Term by term, the best partners first; the order of a sum is free, its signs are not."""
        mine = expected.terms if isinstance(expected, Sum) else (expected,)
        theirs = written.terms if isinstance(written, Sum) else (written,)
        if len(mine) != len(theirs):
            opened = self._opened(expected)
            return self.match(opened, written) if opened is not None else Match(UNLIKE)
        best = self._paired(mine, theirs)
        if best.cost > 0 and len(mine) > 1 and self._opposite(expected, written):
            return Match(3, ({"slip": "sign"},))
        return best

    def _opposite(self, expected: Expression, written: Expression) -> bool:
        """Whether the two differ in their sign alone: y - a for a - y."""
        opposite = times(MINUS, written)
        return bool(evaluate(written, nothing)) and self._same_number(expected, opposite)

    def _paired(
        self,
        mine: tuple[Expression, ...],
        theirs: tuple[Expression, ...],
        match: Callable[[Expression, Expression], Match] | None = None,
    ) -> Match:
        free = list(range(len(theirs)))
        found: list[tuple[int, int]] = []
        match = match or self.match
        table = {(i, j): match(a, b) for i, a in enumerate(mine) for j, b in enumerate(theirs)}
        for i, j in sorted(table, key=lambda place: (table[place].cost, abs(place[0] - place[1]))):
            if i not in [pair[0] for pair in found] and j in free:
                free.remove(j)
                found.append((i, j))
        return _together([table[pair] for pair in sorted(found)])

    # ---- products --------------------------------------------------------------------------------------------------

    def product(self, expected: Expression, written: Expression) -> Match:
        """Factor by factor: what fits is taken away, and what remains on either side is missing, extra or wrong.

        The factors are compared by their size, and the signs of the two products by themselves.
        """
        mine, theirs = self._factors(expected), self._factors(written)
        remaining = [_unsigned(f) for f in theirs]
        remaining = [f for f in remaining if not (isinstance(f, Number) and f.value == 1)]
        missing = [f for factor in mine if factor != MINUS for f in self._taken(factor, remaining)]
        ones = [f for f in missing if abs(abs(evaluate(f, self.sheet.number)) - 1) <= 1e-12]
        missing = [f for f in missing if f not in ones]
        missing += ones[: max(len(remaining) - len(missing), 0)]  # a factor 1 need not be written
        match = self._rest(missing, remaining, len(mine))
        signs = self._sign(expected), self._sign(written)
        if match.cost >= UNLIKE or 0 in signs or signs[0] == signs[1] or missing or len(remaining) > len(missing):
            return match
        return Match(match.cost + 3, (*match.findings, self._wrong_sign(mine)))

    def _rest(self, missing: list[Expression], remaining: list[Expression], factors: int) -> Match:
        """What is left of the formula, and of the working, after all that fits was taken away."""
        if not missing and not remaining:
            return Match()
        if len(missing) == len(remaining):
            return self._paired(tuple(missing), tuple(remaining), self._size)
        if len(missing) == factors and factors > 1 and not remaining:
            return Match(UNLIKE)
        if remaining:
            return self._unequal(missing, remaining)
        return Match(len(missing), ({"slip": "missing-factor", "missing": self._listed(missing)},))

    def _sign(self, tree: Expression) -> int:
        """The sign of a product's number; 0 where it has none."""
        value = evaluate(tree, self.sheet.number)
        return (value > 0) - (value < 0)

    def _wrong_sign(self, factors: list[Expression]) -> Finding:
        """The one negative operand whose sign was not copied, or the sign as a whole."""
        negative = [f for f in factors if isinstance(f, Name) and self.sheet.number(f) < 0]
        if len(negative) != 1:
            return {"slip": "sign"}
        right = self._right(negative[0])
        return {"slip": "operand", "kind": "sign", "written": right.removeprefix("-"), "should_be": right,
                "is": self.problem.shown(negative[0])}  # fmt: skip

    def _size(self, factor: Expression, partner: Expression) -> Match:
        """Two factors compared, numbers by their size."""
        if isinstance(factor, Name) and isinstance(partner, Number):
            return self.operand(factor, partner, unsigned=True)
        return self.match(factor, partner)

    def _taken(self, factor: Expression, remaining: list[Expression]) -> list[Expression]:
        """Takes the written partner of this factor away, or those of its own factors; what has none is returned."""
        for partner in remaining:
            if self._size(factor, partner).cost == 0:
                remaining.remove(partner)
                return []
        opened = self._opened(factor)
        if opened is None or not remaining:
            return [factor]
        before = len(remaining)
        missing = [f for part in self._factors(opened) if part != MINUS for f in self._taken(part, remaining)]
        return missing if len(remaining) < before else [factor]  # where nothing fits, it was not multiplied out

    def _unequal(self, missing: list[Expression], remaining: list[Expression]) -> Match:
        """More on one side than on the other: the likeliest operands in pairs, the others missing or extra."""
        findings: list[Finding] = []
        cost = 0.0
        for partner in list(remaining):
            near = [f for f in missing if self._size(f, partner).cost < 5]
            if near:
                match = self._size(near[0], partner)
                findings += match.findings
                cost += match.cost
                missing.remove(near[0])
                remaining.remove(partner)
        if missing:
            findings.append({"slip": "missing-factor", "missing": self._listed(missing)})
        if remaining:
            findings.append({"slip": "extra-factor", "written": [text(f).replace(" ", "") for f in remaining]})
        return Match(cost + 3 * len(missing) + 3 * len(remaining), tuple(findings))

    def _factors(self, tree: Expression) -> list[Expression]:
        return [f for f in (tree.factors if isinstance(tree, Product) else (tree,)) if f != ONE]

    def _opened(self, tree: Expression) -> Expression | None:
        """A derivative as the formula it comes from; other quantities are written as numbers."""
        if not isinstance(tree, Name) or tree.quantity[0] != "d":
            return None
        opened = self.sheet.formula(tree)
        return self._opened(opened) or opened if isinstance(opened, Name) else opened  # of one row db is dZ

    def _listed(self, missing: list[Expression]) -> list[str]:
        """The missing factors, a and 1 - a as the one derivative that they are."""
        shown = [text(f, self.problem.shown).replace(" ", "") for f in missing]
        for a in list(shown):
            if f"1-{a}" in shown:
                shown[shown.index(a)] = f"{a}*(1-{a})"
                shown.remove(f"1-{a}")
        return shown

    # ---- operands --------------------------------------------------------------------------------------------------

    def operand(self, name: Name, number: Number, *, unsigned: bool = False) -> Match:
        """A written number where this quantity belongs: its own, or one that stands for it; or one of its size."""
        own, true = self.texts.get(name), self.problem.solution.number(name)
        from_own, right = self.sheet.number(name), self._right(name)
        if unsigned and from_own < 0:
            number = Number(f"-{number.text}")
        if float(number.value) == from_own:
            return Match()
        kind = kind_of_difference(number.text, right)
        if own is None and self.problem.solution.formula(name) is not None:
            accepted = any(rounding(number.text, value, self.problem.digits) for value in (from_own, true))
        else:
            longer = own is not None and significant(number.text) > significant(own)
            how = [rounding(number.text, value, self.problem.digits) for value in (from_own, true)]
            accepted = any(how) if longer else kind != "cut" and any(h in ("exact", "rounded") for h in how)
        if accepted:
            return Match()
        finding = {
            "slip": "operand", "kind": kind, "written": number.text, "should_be": right,
            "is": self.problem.shown(name),
        }  # fmt: skip
        return Match(COSTS.get(kind, 8), (finding,))

    def _right(self, name: Name) -> str:
        """The number as it should stand in a working: as the student wrote it, or as it is."""
        return self.texts.get(name) or self._given(name, self.sheet.number(name))

    def _given(self, name: Name, value: float) -> str:
        given = self.problem.solution.formula(name) is None
        return f"{value:.12g}" if given or name.quantity in self.problem.solution.settings else f"{value:.6g}"


def _unsigned(tree: Expression) -> Expression:
    return Number(tree.text.removeprefix("-")) if isinstance(tree, Number) else tree


def nothing(_: Name) -> float:
    """Of a working only its numbers count."""
    return float("nan")


def _together(matches: list[Match]) -> Match:
    return Match(sum(m.cost for m in matches), tuple(f for m in matches for f in m.findings))
