"""Formulas in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glassnet.lab.expressions import Expression, Name
from glassnet.lab.show.notation import GREEK, Symbol, escaped, symbol
from glassnet.lab.show.typeset import OVER, Writer

SIGNS = {"−": "-", "⊙": r"\odot", "·": r"\cdot", "⋯": r"\cdots", "": r"\,", "≥": r"\ge", "≤": r"\le", "≠": r"\ne",
         "≈": r"\approx"}  # fmt: skip
BLANK = "\\ "
LETTERS = {plain: tex for tex, plain in GREEK.values()}
NAMED = {"log": r"\log", "tanh": r"\tanh", "max": r"\max", "min": r"\min", "sigmoid": r"\sigma"}


class Tex(Writer):
    """LaTeX for math mode.

    >>> from glassnet.lab.expressions import call, over, times
    >>> Tex().write(over(times(Name("A1"), Name("dZ2")), Name("m")))
    '\\\\frac{A^{(1)} \\\\, \\\\mathrm{d}Z^{(2)}}{m}'
    """

    def name(self, name: Name) -> str:
        return tex_symbol(symbol(name)) if name.quantity != "e" else r"\mathrm{e}"

    def number(self, text: str) -> str:
        found = re.fullmatch(r"(-?[\d.]+)e([+-])0*(\d+)", text)
        if not found:
            return text if re.fullmatch(r"-?[\d.]+", text) else rf"\mathrm{{{escaped(text)}}}"
        return rf"{found[1]} \cdot 10^{{{found[2].strip('+')}{found[3]}}}"

    def sign(self, sign: str) -> str:
        return SIGNS.get(sign, sign)

    def row(self, parts: Sequence[str]) -> str:
        return " ".join(parts)

    def brackets(self, inside: str, kind: str = "()") -> str:
        left, right = {"||": ("|", "|")}.get(kind, (kind[0], kind[1]))
        return rf"\left{left} {inside} \right{right}"

    def fraction(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def root(self, inside: str) -> str:
        return rf"\sqrt{{{inside}}}"

    def applied(self, function: str, prime: bool, inside: str) -> str:
        named = NAMED.get(function, rf"\operatorname{{{escaped(function).replace(' ', BLANK)}}}")
        return f"{named}{chr(39) if prime else ''}{inside}"

    def total(self, what: str, inside: str) -> str:
        sign = r"\operatorname*{mean}" if what.startswith("mean") else r"\sum"
        return rf"{sign}_{{\text{{{OVER[what]}}}}} {inside}"

    def transposed(self, tree: Expression) -> str:
        if isinstance(tree, Name):
            parts = symbol(tree)
            return tex_symbol(Symbol(parts.letter, parts.derivative, (*parts.above, r"\top"), parts.below, parts.word))
        return rf"{self.brackets(self.write(tree))}^{{\top}}"


def tex_symbol(parts: Symbol) -> str:
    """A symbol with what stands above and below it."""
    above = r"\,".join(r"\text{new}" if part == "new" else part for part in parts.above)
    below = r"\,".join(LETTERS.get(part, part) for part in parts.below)
    base = (r"\mathrm{d}" if parts.derivative else "") + parts.latex_letter
    return base + (f"^{{{above}}}" if above else "") + (f"_{{{below}}}" if below else "")
