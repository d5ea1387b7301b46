"""Text becomes a tree by a closed grammar: what a student writes beneath an answer, and a function of x and y.

    sum = product (+|- product)*;  product = power (*|/ power)*;  power = -power | atom (^ power)?
    atom = number | constant | variable | function(sum, ...) | (sum)

Nothing is ever executed, and every text is read in a time that grows with its length alone. A working has numbers only;
a function also has variables (a letter, perhaps with a number: x, w1), and a number may stand right before what it
multiplies: 2x, 3(x - 1).
"""

from __future__ import annotations

import re

from glassnet.errors import DataError, unknown_name
from glassnet.lab.expressions import (
    CONSTANTS,
    FUNCTIONS,
    MINUS,
    NUMBER,
    TWO_ARGUMENTS,
    Expression,
    Name,
    Number,
    call,
    names_in,
    plus,
    times,
)
from glassnet.maths import activations

TOKEN = re.compile(rf"\s*(?:({NUMBER})|([A-Za-zσ√][A-Za-z_σ√]*)|(\*\*|[-+*/^()·×÷−]))")
# In a function a comma is a decimal one only between two digits; else it parts arguments.
FUNCTION_NUMBER = r"(?:\d+(?:\.\d*|,\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
FUNCTION_TOKEN = re.compile(rf"\s*(?:({FUNCTION_NUMBER})|([A-Za-zσπ√][A-Za-z_σπ√]*\d*)|(\*\*|[-+*/^(),;·×÷−²³]))")
SIGNS = {"·": "*", "×": "*", "÷": "/", "−": "-", "**": "^", ";": ","}
RAISED = {"²": "2", "³": "3"}
SPELLINGS = {"ln": "log", "sigma": "sigmoid", "σ": "sigmoid", "e^": "exp", "root": "sqrt", "√": "sqrt", "π": "pi"}
VARIABLE = re.compile(r"[A-Za-z]\d{0,2}")
DEEPEST = 60
LONGEST = 500  # letters of a function
LARGEST_EXPONENT = 1000
LONGEST_NUMBER, LARGEST_POWER_OF_TEN = 60, 120


def parse(working: str) -> Expression:
    """The arithmetic in a text: numbers, + - * / ^, brackets, and functions such as exp, sigmoid, sqrt.

    Raises:
        DataError: anything else, or brackets that do not close.

    >>> from glassnet.lab.expressions import text
    >>> text(parse("0.015*0.1 + 0,40"))
    '0.015*0.1 + 0.40'
    """
    return _Reader(working).whole()


def function_of(written: str) -> Expression:
    """A function as it is written: "x**2 - y**2", "x² + 2x + 1".

    Raises:
        DataError: what is no such formula.

    >>> from glassnet.lab.expressions import text
    >>> text(function_of("x**2 + 2x + 1"))
    'x^2 + 2*x + 1'
    """
    if len(written) > LONGEST:
        raise DataError(f"A function is written in at most {LONGEST} characters; this one has {len(written)}.")
    return _FunctionReader(written).whole()


def variables_in(tree: Expression) -> tuple[str, ...]:
    """The variables of a function, in the order of the alphabet.

    >>> variables_in(function_of("y*e^x + pi"))
    ('x', 'y')
    """
    return tuple(sorted({name.quantity for name in names_in(tree)} - set(CONSTANTS)))


class _Reader:
    """A working: numbers only."""

    what = "working"
    token = TOKEN

    def __init__(self, working: str) -> None:
        self.working, self.place, self.depth = working, 0, 0
        self.tokens = self._tokens(working)

    def _tokens(self, working: str) -> list[str]:
        tokens, place = [], 0
        working = working.strip()
        while place < len(working):
            found = self.token.match(working, place)
            if not found:
                raise self._unreadable(working[place:])
            tokens += self._spelled(found[0].strip())
            place = found.end()
        return tokens

    def _spelled(self, token: str) -> list[str]:
        return ["^", RAISED[token]] if token in RAISED else [SIGNS.get(token, token)]

    def _wrong(self, why: str) -> DataError:
        return DataError(f"The {self.what} {self.working!r:.80} {why}")

    def _unreadable(self, rest: str) -> DataError:
        return self._wrong(f"is no {self._kind}: it cannot be read from {rest.strip()!r:.20} on.")

    _kind = "arithmetic"

    def whole(self) -> Expression:
        tree = self.sum()
        if self.place < len(self.tokens):
            raise self._unreadable(self.tokens[self.place])
        return tree

    @property
    def ahead(self) -> str:
        """The next token; empty at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def next(self, *wanted: str) -> str | None:
        if self.ahead and self.ahead in wanted:
            self.place += 1
            return self.tokens[self.place - 1]
        return None

    def sum(self) -> Expression:
        terms = [self.product()]
        while sign := self.next("+", "-"):
            terms.append(self.product() if sign == "+" else times(MINUS, self.product()))
        return plus(*terms)

    def product(self) -> Expression:
        factors = [self.power()]
        while sign := self.next("*", "/"):
            factors.append(self.power() if sign == "*" else call("1/", self.power()))
        return times(*factors)

    def power(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong(f"has more than {DEEPEST} brackets inside each other.")
        try:
            if self.next("-"):
                return times(MINUS, self.power())
            self.next("+")
            base = self.atom()
            return self._raised(base) if self.next("^") else base
        finally:
            self.depth -= 1

    def _raised(self, base: Expression) -> Expression:
        exponent = self.power()
        return call("exp", exponent) if base == Name("e") else call("^", base, exponent)

    def atom(self) -> Expression:
        if self.next("("):
            return self._closed(self.sum())
        token = self.ahead
        if not token:
            raise self._wrong(f"is no {self._kind}: it ends where more is needed.")
        self.place += 1
        if token[0].isdigit() or (token[0] in ".," and len(token) > 1):
            return Number(token.replace(",", "."))
        return self._named(token)

    def _named(self, token: str) -> Expression:
        """A constant, or a function with its arguments."""
        spelled = SPELLINGS.get(token.lower(), token.lower())
        if spelled in CONSTANTS:
            return Name(spelled)
        if not self._callable(spelled) or not self.next("("):
            if token[0].isalpha():
                raise unknown_name("function", token, [f for f in FUNCTIONS if f.isalpha()])
            raise self._unreadable(token)
        arguments = self._arguments()
        wanted = 2 if spelled in TWO_ARGUMENTS else 1
        if len(arguments) != wanted:
            shown = f"{spelled}(a; b)" if wanted == 2 else f"{spelled}(a)"
            raise self._wrong(f"gives {spelled} {len(arguments)} of its {wanted} arguments; it is written {shown}.")
        return call(spelled, *arguments)

    def _callable(self, name: str) -> bool:
        return name in FUNCTIONS and name.isalpha()

    def _arguments(self) -> list[Expression]:
        return [self._closed(self.sum())]

    def _closed(self, tree: Expression) -> Expression:
        if not self.next(")"):
            raise (
                self._wrong(f"is no {self._kind}: a bracket is not closed.")
                if not self.ahead
                else self._unreadable(self.ahead)
            )
        return tree


class _FunctionReader(_Reader):
    """A function: also variables, arguments apart from each other, numbers right before what they multiply."""

    what = "function"
    token = FUNCTION_TOKEN
    _kind = "formula that is known here"

    def product(self) -> Expression:
        factors, before = [], "*"
        while True:
            first = self.place
            factor = self.power()
            factors.append(factor if before == "*" else call("1/", factor))
            if sign := self.next("*", "/"):
                before = sign
            elif self._begins_a_factor():
                self._refuse_two_readings(before, first)
                before = "*"
            else:
                return times(*factors)

    def _begins_a_factor(self) -> bool:
        return self.ahead == "(" or self.ahead[:1].isalnum() or self.ahead in SPELLINGS

    def _refuse_two_readings(self, before: str, first: int) -> None:
        """1/2x and 2^3x are read in two ways, and x(y + 1) looks like a function: only 2x and 3(x - 1) are clear."""
        *signs, last = self.tokens[first : self.place]
        alone = all(sign in "+-" for sign in signs) and (last[0].isdigit() or last[0] == ".")
        if before == "/" or not alone or self.ahead[:1].isdigit():
            shown = self.tokens[self.place - 1]
            raise self._wrong(f"needs a sign between {shown!r} and {self.ahead!r}: write * where it multiplies.")

    def atom(self) -> Expression:
        tree = super().atom()
        if isinstance(tree, Number):
            exponent = tree.text.lower().partition("e")[2]
            if len(tree.text) > LONGEST_NUMBER or abs(int(exponent or 0)) > LARGEST_POWER_OF_TEN:
                limits = f"{LONGEST_NUMBER} characters, with exponents up to {LARGEST_POWER_OF_TEN}"
                raise self._wrong(f"has the number {tree.text:.40}; numbers have at most {limits}.")
        return tree

    def _raised(self, base: Expression) -> Expression:
        tree = super()._raised(base)
        exponent = tree.arguments[-1] if hasattr(tree, "arguments") else None
        if isinstance(exponent, Number) and abs(exponent.value) > LARGEST_EXPONENT:
            raise self._wrong(f"has the exponent {exponent.text}; the largest is {LARGEST_EXPONENT}.")
        return tree

    def _named(self, token: str) -> Expression:
        if VARIABLE.fullmatch(token) and token.lower() not in CONSTANTS:
            return Name(token)
        return super()._named(token)

    def _callable(self, name: str) -> bool:
        g = activations.CATALOGUE.get(name)
        return super()._callable(name) or (g is not None and g.elementwise)

    def _arguments(self) -> list[Expression]:
        arguments = [self.sum()]
        while self.next(","):
            arguments.append(self.sum())
        self._closed(arguments[-1])
        return arguments
