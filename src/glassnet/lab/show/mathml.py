"""Formulas in MathML Core, which every browser draws and a screen reader reads aloud."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glassnet.lab.expressions import Expression, Name
from glassnet.lab.show.notation import Symbol, symbol
from glassnet.lab.show.typeset import OVER, Writer
from glassnet.plots.svg import Markup, element

TALL = ("<mfrac", "<msqrt", "<munder")  # brackets grow around these; around a line they would stand off it
INVISIBLE_TIMES, APPLICATION = "\u2062", "\u2061"


class MathML(Writer):
    """Content of a math element.

    >>> from glassnet.lab.expressions import over
    >>> print(MathML().write(over(Name("A1"), Name("m"))))
    <mfrac><msup><mi>A</mi><mtext>(1)</mtext></msup><mi>m</mi></mfrac>
    """

    def name(self, name: Name) -> str:
        return mathml_symbol(symbol(name)) if name.quantity != "e" else element("mi", "e", mathvariant="normal")

    def number(self, text: str) -> str:
        found = re.fullmatch(r"(-?[\d.]+)e([+-])0*(\d+)", text)
        if not found:
            return element("mn", text.replace("-", "−"))
        exponent = element("mn", found[2].replace("+", "").replace("-", "−") + found[3])
        power = element("msup", element("mn", "10"), exponent)
        return element("mrow", element("mn", found[1].replace("-", "−")), element("mo", "·"), power)

    def sign(self, sign: str) -> str:
        return element("mo", sign or INVISIBLE_TIMES)

    def row(self, parts: Sequence[str]) -> str:
        return parts[0] if len(parts) == 1 else element("mrow", [Markup(part) for part in parts])

    def brackets(self, inside: str, kind: str = "()") -> str:
        stretchy = "true" if any(tag in inside for tag in TALL) else "false"
        left, right = (element("mo", mark, stretchy=stretchy, fence="true", lspace="0", rspace="0") for mark in kind)
        return element("mrow", left, Markup(inside), right)

    def fraction(self, above: str, below: str) -> str:
        return element("mfrac", Markup(above), Markup(below))

    def power(self, base: str, exponent: str) -> str:
        return element("msup", Markup(base), Markup(exponent))

    def root(self, inside: str) -> str:
        return element("msqrt", Markup(inside))

    def applied(self, function: str, prime: bool, inside: str) -> str:
        named = element("mi", "σ" if function == "sigmoid" else function.replace("_", " "), mathvariant="normal")
        head = element("msup", named, element("mo", "′")) if prime else named
        return element("mrow", head, element("mo", APPLICATION), Markup(inside))

    def total(self, what: str, inside: str) -> str:
        below = element("mtext", OVER[what])
        sign = element("mo", "mean") if what.startswith("mean") else element("mo", "∑")
        return element("mrow", element("munder", sign, below), Markup(inside))

    def transposed(self, tree: Expression) -> str:
        if isinstance(tree, Name):
            parts = symbol(tree)
            return mathml_symbol(Symbol(parts.letter, parts.derivative, (*parts.above, "T"), parts.below, parts.word))
        return element("msup", Markup(self.brackets(self.write(tree))), element("mi", "T", mathvariant="normal"))


def mathml_symbol(parts: Symbol) -> Markup:
    """A symbol with what stands above and below it."""
    letter = element("mi", parts.plain_letter, mathvariant="normal" if parts.word else None)
    base = element("mrow", element("mi", "d", mathvariant="normal"), letter) if parts.derivative else letter
    above = element("mtext", " ".join(parts.above)) if parts.above else None
    below = element("mtext", " ".join(parts.below)) if parts.below else None
    if above and below:
        return element("msubsup", base, below, above)
    return element("msup", base, above) if above else element("msub", base, below) if below else base


def math(content: str, *, block: bool = False, spoken: str | None = None) -> Markup:
    """A math element; `spoken` is the formula as plain text for what cannot read MathML."""
    return element("math", Markup(content), display="block" if block else None, alttext=spoken)
