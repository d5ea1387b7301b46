"""One number opened: its formula, the numbers put in, the result, and where it comes from and goes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, Any

from glassnet.lab.expressions import Expression, Name, Product, Sum, evaluate, names_in, text, times

if TYPE_CHECKING:
    from glassnet.lab.chain import ForwardLink
    from glassnet.lab.trace import Trace

LARGEST = 10  # terms of a long sum that are shown one by one


@dataclass(frozen=True)
class Term:
    """One term of a long sum: its formula, the numbers put in, and what it comes to."""

    formula: str
    numbers: str
    value: float
    tree: Expression | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Example:
    """What one example of the batch alone would have given; the batch's number is the mean over all."""

    number: int  # its place in the batch, counted as the convention counts
    row: int  # its row in the data, counted from 0
    value: float


@dataclass(frozen=True)
class Explanation:
    """One number opened: formula, numbers put in, result; of a long sum the largest terms and the exact rest.

    `rounding` is the result less the exact sum of the terms: what floating point made of it. Of a gradient or loss of a
    batch, `examples` are the largest of the examples' own. `back` leads from here to the inputs, `forward` to the loss.
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
    exact: Fraction = Fraction()
    examples: tuple[Example, ...] = ()
    of_examples: int = 0
    quantity: str = ""
    tree: Expression | None = field(default=None, compare=False, repr=False)
    entry: Name = field(default=Name(""), compare=False, repr=False)
    trace: Trace | None = field(default=None, compare=False, repr=False)

    @property
    def back(self) -> tuple[Explanation, ...]:
        """The numbers it was made from, one of each quantity, down to the inputs: of each the one that counts most."""
        from glassnet.lab.chain import back

        assert self.trace is not None
        return back(self.trace, self.entry)

    @property
    def forward(self) -> tuple[ForwardLink, ...]:
        """What is made from it, one of each quantity, up to the loss, with the derivative of each link."""
        from glassnet.lab.chain import forward

        assert self.trace is not None
        return forward(self.trace, self.entry)

    @property
    def given(self) -> bool:
        """Whether the number was not computed in this step."""
        return self.formula == "given"

    def __str__(self) -> str:
        pad = " " * len(self.name)
        if self.given:
            return f"{self.name} = {self.result!r} is given."
        lines = [f"{self.name} = {self.formula}"]
        if self.numbers:
            lines.append(f"{pad} = {self.numbers}")
        width = max([len(f"{term.value:+.10g}") for term in self.terms] + [len(f"{self.remainder:+.10g}")])
        for term in self.terms:
            lines.append(f"    {f'{term.value:+.10g}':<{width}}   {term.formula} = {term.numbers}")
        if self.others:
            lines.append(f"    {f'{self.remainder:+.10g}':<{width}}   the other {self.others} terms together, exactly")
        if self.factor != 1:
            lines.append(f"    the sum times {self.factor:.7g}")
        lines.append(f"{pad} = {self.result!r}")
        if self.terms and self.rounding:
            lines.append(f"    of which rounding: {self.rounding:+.3g}")
        return "\n".join([*lines, *self._examples()])

    def _examples(self) -> list[str]:
        if not self.examples:
            return []
        lines = [f"It is the mean over {self.of_examples} examples; the largest of their own:"]
        lines += [f"    {e.value:+.10g}   example {e.number} (row {e.row} of the data)" for e in self.examples]
        return lines

    def to_json(self) -> dict[str, Any]:
        """The explanation as plain data; the rest of a long sum also as an exact fraction."""
        return {
            "name": self.name,
            "formula": self.formula,
            "numbers": self.numbers,
            "result": self.result,
            "terms": [{"formula": t.formula, "numbers": t.numbers, "value": t.value} for t in self.terms],
            "others": self.others,
            "remainder": self.remainder,
            "remainder_exact": str(self.exact),
            "factor": self.factor,
            "rounding": self.rounding,
            "examples": [vars(example) for example in self.examples],
            "of_examples": self.of_examples,
            "uses": list(self.uses),
        }


def explain(trace: Trace, entry: Name) -> Explanation:
    """How this entry (as stored) came about, in the trace's convention."""
    view = trace.view
    shown, result = view.name(entry), trace.shown_number(entry)
    tree = view.entry(entry.quantity, entry.index)
    own: dict[str, Any] = {"quantity": entry.quantity, "entry": entry, "trace": trace, "tree": tree}
    if tree is None:
        setting = not entry.index and entry.quantity in trace.settings
        known = setting or trace.formulas.given(entry.quantity)
        formula = "given" if known else trace.symbols(entry.quantity)
        return Explanation(str(shown), formula, "", result, **own)
    number = view.look_up(trace.number)
    own["uses"] = tuple(dict.fromkeys(str(name) for name in names_in(tree)))
    own["examples"], own["of_examples"] = _examples(trace, entry, tree, number)
    long = long_sum(tree)
    if long is None:
        rounding = result - evaluate(tree, number)
        return Explanation(str(shown), text(tree), filled(tree, number), result, rounding=rounding, **own)
    return _of_sum(str(shown), result, tree, *long, number, own)


def _of_sum(
    name: str,
    result: float,
    tree: Expression,
    total: Sum,
    rest: Expression,
    number: Callable[[Name], float],
    own: dict[str, Any],
) -> Explanation:
    exact = [exactly(term, number) for term in total.terms]
    order = sorted(range(len(exact)), key=lambda i: -abs(exact[i]))
    shown, others = order[:LARGEST], order[LARGEST:]
    terms = tuple(
        Term(text(total.terms[i]), filled(total.terms[i], number), float(exact[i]), total.terms[i]) for i in shown
    )
    factor = evaluate(rest, number)
    remainder = added(exact[i] for i in others)
    first = ", ".join(text(term) for term in total.terms[:2])
    formula = text(tree) if len(exact) <= LARGEST else f"the sum of {len(exact)} terms: {first}, ..."
    rounding = Fraction(result) - added(exact) * Fraction(factor) if isfinite(factor) else Fraction()
    return Explanation(
        name, formula, "", result, terms, len(others), float(remainder), factor, float(rounding), exact=remainder, **own
    )  # fmt: skip


def _examples(
    trace: Trace, entry: Name, tree: Expression, number: Callable[[Name], float]
) -> tuple[tuple[Example, ...], int]:
    """Of a sum over the examples of a batch, what each of them would have given alone; the mean is the entry."""
    rows, name = trace.formulas.rows, entry.quantity
    gradient = name[0] == "d" and name[1:] in trace.formulas.weights()
    found = long_sum(tree, 1)
    if rows == 1 or not (gradient or name == "loss") or found is None or "share" in trace.quantities:
        return (), 0
    total, rest = found
    each = len(total.terms) // rows
    if each * rows != len(total.terms):
        return (), 0
    factor = Fraction(evaluate(rest, number)) * rows
    values = [
        float(added(exactly(term, number) for term in total.terms[n * each : (n + 1) * each]) * factor)
        for n in range(rows)
    ]
    largest = sorted(range(rows), key=lambda n: -abs(values[n]))[:LARGEST]
    base = trace.convention.base
    return tuple(Example(n + base, int(trace.batch[n]), values[n]) for n in largest), rows


def added(numbers: Any) -> Fraction:
    """The exact sum of fractions whose denominators are powers of two, without a greatest common divisor each time."""
    numbers = list(numbers)
    if not numbers:
        return Fraction()
    denominator = max(number.denominator for number in numbers)
    if any(denominator % number.denominator for number in numbers):
        return sum(numbers, Fraction())
    return Fraction(sum(n.numerator * (denominator // n.denominator) for n in numbers), denominator)


def exactly(tree: Expression, number: Callable[[Name], float]) -> Fraction:
    """A product of entries as the exact product of the numbers that stand in them."""
    if isinstance(tree, Product):
        product = Fraction(1)
        for factor in tree.factors:
            product *= exactly(factor, number)
        return product
    value = evaluate(tree, number)
    return Fraction(value) if isfinite(value) else Fraction()


def filled(tree: Expression, number: Callable[[Name], float]) -> str:
    """The formula with the numbers put in, in seven significant digits."""
    return text(tree, lambda name: f"{number(name):.7g}")


def long_sum(tree: Expression, longest: int = 3) -> tuple[Sum, Expression] | None:
    """A sum of more than three terms, and what it is multiplied by, where the formula is one."""
    if isinstance(tree, Sum) and len(tree.terms) > longest:
        return tree, times()
    if isinstance(tree, Product):
        sums = [factor for factor in tree.factors if isinstance(factor, Sum)]
        if len(sums) == 1 and len(sums[0].terms) > 1:
            return sums[0], times(*(factor for factor in tree.factors if factor is not sums[0]))
    return None
