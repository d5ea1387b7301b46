"""Formulas as they are typeset: what stands in a fraction, under a root, in brackets, and which sign joins two factors.

A writer knows how one of these looks in its language (LaTeX, MathML); the rules when it is used stand here, once.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from glassnet.lab.expressions import MINUS, Call, Expression, Name, Number, Product, Sum, names_in, signed
from glassnet.lab.show.notation import symbol

Show = Callable[[Name], str]
LONGEST = 12  # terms of a sum that are written out; of a longer one the first two and the last
OVER = {"sum_examples": "examples", "sum_each": "each example", "sum_rows": "each row", "sum_all": "all",
        "mean_examples": "examples", "mean_each": "each example"}  # fmt: skip


class Writer(ABC):
    """One language; every method gives markup. `show` writes numbers in place of names where it is given."""

    def __init__(self, show: Show | None = None, is_array: Callable[[Name], bool] = lambda _: False) -> None:
        self.show, self.is_array = show, is_array

    # ---- the words of the language -----------------------------------------------------------------------------

    @abstractmethod
    def name(self, name: Name) -> str:
        """The symbol of a name."""

    @abstractmethod
    def number(self, text: str) -> str:
        """A number."""

    @abstractmethod
    def sign(self, sign: str) -> str:
        """A sign between two parts; "" multiplies without one."""

    @abstractmethod
    def row(self, parts: Sequence[str]) -> str:
        """Parts side by side."""

    @abstractmethod
    def brackets(self, inside: str, kind: str = "()") -> str:
        """Brackets that grow with what they hold."""

    @abstractmethod
    def fraction(self, above: str, below: str) -> str:
        """A fraction."""

    @abstractmethod
    def power(self, base: str, exponent: str) -> str:
        """A power."""

    @abstractmethod
    def root(self, inside: str) -> str:
        """A square root."""

    @abstractmethod
    def applied(self, function: str, prime: bool, inside: str) -> str:
        """A named function, or its derivative, of what stands in brackets."""

    @abstractmethod
    def total(self, what: str, inside: str) -> str:
        """A sum, with what it runs over."""

    @abstractmethod
    def transposed(self, tree: Expression) -> str:
        """A transpose."""

    # ---- the rules ---------------------------------------------------------------------------------------------

    def equation(self, left: Name, right: Expression) -> str:
        """left = right."""
        return self.row([self.name(left), self.sign("="), self.write(right)])

    def write(self, tree: Expression) -> str:
        """The tree."""
        if isinstance(tree, Number):
            return self._number(tree.text)
        if isinstance(tree, Name):
            return self.number(self.show(tree)) if self.show else self._name(tree)
        if isinstance(tree, Sum):
            return self._sum(tree)
        return self._product(tree) if isinstance(tree, Product) else self._call(tree)

    def _name(self, name: Name) -> str:
        """A symbol; a derivative that is named as a quotient, df/dx, is a fraction."""
        above, slash, below = name.quantity.partition("/")
        return self.fraction(self.name(Name(above)), self.name(Name(below, name.index))) if slash else self.name(name)

    def _number(self, text: str) -> str:
        above, slash, below = text.partition("/")
        return self.fraction(self.number(above), self.number(below)) if slash else self.number(text)

    def _sum(self, tree: Sum) -> str:
        terms = list(tree.terms)
        if len(terms) > LONGEST:
            parts = [self.write(terms[0]), self.sign("+"), self.write(terms[1]), self.sign("+"), self.sign("⋯")]
            return self.row([*parts, *self._term(terms[-1])])
        return self.row([self.write(terms[0]), *(part for term in terms[1:] for part in self._term(term))])

    def _term(self, term: Expression) -> list[str]:
        """+ term, or - its opposite."""
        sign, rest = signed(term)
        return [self.sign("−" if sign == "-" else "+"), self._bracketed(rest)]

    def _product(self, tree: Product) -> str:
        negative = tree.factors[0] == MINUS
        factors = tree.factors[1:] if negative else tree.factors
        above = [f for f in factors if not _is_quotient(f)]
        below = [f.arguments[0] for f in factors if isinstance(f, Call) and _is_quotient(f)]
        shown = self._factors(above) if above else self.number("1")
        if below and above and self._matrices(above[-1]):  # 1/m X^T dZ, as the lecture has it
            shown = self.row([self.fraction(self.number("1"), self._factors(below)), self._factors(above)])
        elif below:
            whole = self.write(above[0]) if len(above) == 1 else shown
            shown = self.fraction(whole, self.write(below[0]) if len(below) == 1 else self._factors(below))
        return self.row([self.sign("−"), shown]) if negative else shown

    def _factors(self, factors: Sequence[Expression]) -> str:
        parts: list[str] = []
        for place, factor in enumerate(factors):
            if place:
                parts.append(self.sign(self._joint(factors[place - 1], factor)))
            alone = len(factors) == 1
            parts.append(self.write(factor) if alone else self._bracketed(factor))
        return self.row(parts)

    def _joint(self, left: Expression, right: Expression) -> str:
        """The sign between two factors: ⊙ between arrays, a dot before numbers, nothing else."""
        if self._arrayed(left) and self._arrayed(right):
            return "⊙"
        numeric = self.show is not None or isinstance(right, Number)
        return "·" if numeric else ""

    def _arrayed(self, tree: Expression) -> bool:
        return any(self.is_array(name) for name in names_in(tree))

    def _matrices(self, tree: Expression) -> bool:
        return isinstance(tree, Call) and tree.function in ("matmul", *OVER)

    def _bracketed(self, tree: Expression) -> str:
        negative = isinstance(tree, Name) and self.show is not None and self.show(tree).startswith("-")
        needs = isinstance(tree, Sum) or tree == MINUS or negative or (
            isinstance(tree, Product) and tree.factors[0] == MINUS
        )  # fmt: skip
        return self.brackets(self.write(tree)) if needs else self.write(tree)

    def _call(self, tree: Call) -> str:
        first, function = tree.arguments[0], tree.function
        if function == "1/":
            return self.fraction(self.number("1"), self.write(first))
        if function == "^":
            base = self.write(first)
            # A name of a layer has an index above it, 1e-5 a power of its own; x has neither.
            bare = isinstance(first, Name) and self.show is None and not _raised(first)
            simple = bare or self._plain_number(first)
            return self.power(base if simple else self.brackets(base), self.write(tree.arguments[1]))
        if function == "exp":
            return self.power(self.letter_e(), self.write(first))
        if function == "sqrt":
            return self.root(self.write(first))
        if function == "abs":
            return self.brackets(self.write(first), "||")
        if function == "positive":
            return self.brackets(self.row([self.write(first), self.sign(">"), self.number("0")]), "[]")
        if function == "matmul":
            return self.row([self._bracketed(argument) for argument in tree.arguments])
        if function == "transpose":
            return self.transposed(first)
        if function in OVER:
            return self.total(function, self._bracketed(first))
        return self.applied(function.removesuffix("'"), function.endswith("'"), self._arguments(tree))

    def _plain_number(self, tree: Expression) -> bool:
        """Whether nothing but digits stand there, so that a power needs no brackets."""
        shown = self.show(tree) if isinstance(tree, Name) and self.show else getattr(tree, "text", "")
        return bool(re.fullmatch(r"[\d.]+", shown))

    def _arguments(self, tree: Call) -> str:
        parts = [self.write(tree.arguments[0])]
        for argument in tree.arguments[1:]:
            parts += [self.sign(","), self.write(argument)]
        return self.brackets(self.row(parts))

    def letter_e(self) -> str:
        """Euler's number."""
        return self.name(Name("e"))


def _raised(name: Name) -> bool:
    """Whether a symbol has something above it already, or a d before it, so that a power needs brackets."""
    parts = symbol(name)
    return bool(parts.above) or parts.derivative or "/" in name.quantity


def _is_quotient(tree: Expression) -> bool:
    return isinstance(tree, Call) and tree.function == "1/"


def readable(value: float) -> str:
    """A number with seven significant digits.

    >>> readable(0.5703756123), readable(1e-12), readable(3.0)
    ('0.5703756', '1e-12', '3')
    """
    return f"{value:.7g}"
