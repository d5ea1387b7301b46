"""How names are typeset: W1 is W with (1) above it, theta1 a Greek letter, learning_rate an alpha."""

from __future__ import annotations

import re
from dataclasses import dataclass

from glassnet.lab.expressions import Name

GREEK = {
    "theta": ("\\theta", "θ"),
    "learning_rate": ("\\alpha", "α"),
    "alpha": ("\\alpha", "α"),
    "epsilon": ("\\varepsilon", "ε"),
    "eta": ("\\eta", "η"),
    "rho": ("\\rho", "ρ"),
    "beta": ("\\beta", "β"),
    "gamma": ("\\gamma", "γ"),
    "lambda": ("\\lambda", "λ"),
    "mu": ("\\mu", "μ"),
    "Xhat": ("\\hat{X}", "X̂"),
    "pi": ("\\pi", "π"),
}
SCALARS = {"loss": "L", "share": "q", "P": "P"}


@dataclass(frozen=True)
class Symbol:
    """A name in its parts: an optional d before it, the letter (a key of GREEK or itself), what stands above and below.

    `word` is true for a name of several letters that is no symbol, such as keep.
    """

    letter: str
    derivative: bool = False
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    word: bool = False

    @property
    def latex_letter(self) -> str:
        if self.letter in GREEK:
            return GREEK[self.letter][0]
        return rf"\mathrm{{{escaped(self.letter)}}}" if self.word else self.letter

    @property
    def plain_letter(self) -> str:
        return GREEK[self.letter][1] if self.letter in GREEK else self.letter


def symbol(name: Name) -> Symbol:
    """The parts of a name as it is written in a convention.

    >>> symbol(Name("dW1", (2, 0)))
    Symbol(letter='W', derivative=True, above=('(1)',), below=('2,0',), word=False)
    >>> symbol(Name("m.theta2.new"))
    Symbol(letter='m', derivative=False, above=('(2)', 'new'), below=('θ',), word=False)
    """
    index = (",".join(map(str, name.index)),) if name.index else ()
    quantity = name.quantity
    if quantity in SCALARS:
        return Symbol(SCALARS[quantity], below=index)
    if power := re.fullmatch(r"beta([12])_power", quantity):
        return Symbol("beta", above=("t",), below=(power[1],))
    if (beta := re.fullmatch(r"beta([12])", quantity)) and not index:  # with an index it is the weight of a layer
        return Symbol("beta", below=(beta[1],))
    if quantity in GREEK:
        return Symbol(quantity, below=index)
    parts = quantity.split(".")
    new = ("new",) if parts[-1] == "new" else ()
    stem = [part for part in parts if part != "new"]
    letter, derivative, above = _letter(stem[-1])
    if len(stem) > 1:
        below = (GREEK[letter][1] if letter in GREEK else letter, *index)
        head = stem[0]
        return Symbol(head, above=(*above, *new), below=below, word=len(head) > 1 and head not in GREEK)
    if letter == "w0":
        return Symbol("w", derivative, (*above, *new), ("0", *index))
    return Symbol(letter, derivative, (*above, *new), index, word=len(letter) > 1 and letter not in GREEK)


def _letter(stem: str) -> tuple[str, bool, tuple[str, ...]]:
    """The letter, whether a d stands before it, and the layer's number."""
    words = "w0|theta|keep|gamma|beta|Xhat|mu|var|ms|noise|slope|mean|variance"
    found = re.fullmatch(rf"(d?)({words}|[A-Za-z])(\d*)", stem)
    if not found:
        return stem, False, ()
    return found[2], bool(found[1]), (f"({found[3]})",) if found[3] else ()


def escaped(text: str) -> str:
    """A text that LaTeX shows as it is.

    >>> escaped("leaky_relu 50 %")
    'leaky\\\\_relu 50 \\\\%'
    """
    marks = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(marks.get(c, f"\\{c}" if c in "&%$#_{}" else c) for c in text)
