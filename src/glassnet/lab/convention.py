"""The learner's convention: how the same numbers are written down, without changing one of them.

A lecture may write an example as a column (Z1 = W1 X + b1), count from 1, and call the bias theta and subtract it. The
numbers of a trace are stored as the library has them (rows, from 0, b added); a `View` writes names, indices, values
and formulas as the convention wants them and reads them back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from glassnet.errors import SettingError, unknown_name
from glassnet.lab.expressions import MINUS, Call, Expression, Name, Number, Product, Sum, call, plus, replaced, times
from glassnet.lab.formulas import Formulas, Index
from glassnet.lab.updates.update import ODD, STAGES
from glassnet.typing import Array

BIASES = ("b", "w0", "theta")
WORDS: dict[str, dict[str, Any]] = {
    "rows": {"columns": False},
    "columns": {"columns": True},
    "base 0": {"base": 0},
    "base 1": {"base": 1},
    **{bias: {"bias": bias} for bias in BIASES},
    "plus": {"sign": 1},
    "minus": {"sign": -1},
    "dZ": {"mean_in": "dZ"},
    "dW": {"mean_in": "dW"},
    "lecture": {"columns": True, "base": 1, "mean_in": "dW"},
}


@dataclass(frozen=True)
class Convention:
    """How numbers are shown.

    `columns`: an example is a column, and every matrix is transposed. `base`: what indices are counted from. `bias`: b,
    w0 or theta. `sign`: -1 where the bias is subtracted, z = w x - theta. `mean_in` is no matter of showing alone (the
    deltas are m times as large under "dW"); it stands here so that one line of words says all.

    >>> Convention.of("columns, base 1, theta, minus")
    Convention(columns=True, base=1, bias='theta', sign=-1, mean_in='')
    """

    columns: bool = False
    base: int = 0
    bias: str = "b"
    sign: int = 1
    mean_in: str = ""

    @classmethod
    def of(cls, given: str | Convention | None) -> Convention:
        """The convention that these words describe, separated by commas.

        Raises:
            SettingError: a word that is none of rows, columns, base 0, base 1, b, w0, theta, plus, minus, dZ, dW,
                lecture.
        """
        if isinstance(given, Convention):
            return given
        convention = cls()
        spelled = {word.lower(): word for word in WORDS}
        for part in re.split(r"[,;]", given or ""):
            word = re.sub(r"^(base)?[\s=_-]*([01])$", r"base \2", part.strip().lower())
            if word and word not in spelled:
                raise unknown_name("word of a convention", part.strip(), WORDS)
            convention = replace(convention, **WORDS[spelled[word]]) if word else convention
        return convention

    @property
    def usual(self) -> bool:
        """Whether numbers are shown as they are stored."""
        return (self.columns, self.base, self.bias, self.sign) == (False, 0, "b", 1)

    def __str__(self) -> str:
        bias = f"bias {self.bias} {'added' if self.sign == 1 else 'subtracted'}"
        return f"examples are {'columns' if self.columns else 'rows'}, counted from {self.base}, {bias}"


@dataclass(frozen=True)
class View:
    """A step's names, indices, values and formulas in a convention, and back."""

    convention: Convention
    formulas: Formulas

    # ---- names ---------------------------------------------------------------------------------------------------

    def quantity(self, name: str) -> str:
        """The quantity as it is called: m.b1.new is m.theta1.new."""
        return self._renamed(name, "b", self.convention.bias)

    def stored(self, name: str) -> str:
        """The inverse of `quantity`."""
        return self._renamed(name, self.convention.bias, "b")

    def _renamed(self, name: str, old: str, new: str) -> str:
        return re.sub(rf"(^d?|\.){old}(\d+)(?=\.|$)", rf"\g<1>{new}\2", name) if old != new else name

    def name(self, name: Name) -> Name:
        """An entry as it is written; without an index where it is the only one."""
        shape = self.formulas.shapes.get(name.quantity)
        index = () if shape is not None and prod(shape) == 1 else self.index(name.index)
        return Name(self.quantity(name.quantity), index)

    def index(self, index: Index) -> Index:
        """A stored index as it is written."""
        ordered = index[::-1] if self.convention.columns else index
        return tuple(i + self.convention.base for i in ordered)

    def stored_index(self, index: Index) -> Index:
        """The inverse of `index`."""
        ordered = index[::-1] if self.convention.columns else index
        return tuple(i - self.convention.base for i in ordered)

    # ---- numbers -------------------------------------------------------------------------------------------------

    def value(self, name: str, value: Array) -> Array:
        """The array as it is written."""
        shown = value.T if self.convention.columns else value
        return 0.0 - shown if self.turned(name) else shown  # not -shown: there is no -0 on paper

    def turned(self, name: str) -> bool:
        """Whether the quantity is shown with the opposite sign: a bias that is subtracted, and what is odd in it."""
        if self.convention.sign == 1:
            return False
        if re.fullmatch(r"d?b\d+(\.new)?", name):
            return True
        found = re.fullmatch(r"(\w+)\.(b\d+)(\.new)?", name)
        if not found or found[1] in STAGES:
            return bool(found) and found[1] in ODD  # type: ignore[index]
        return self._odd_moments(found[2]).get(found[1], False)

    def _odd_moments(self, bias: str) -> Mapping[str, bool]:
        """Which of the optimizer's moments change sign with the gradient: those for which its formulas then hold."""
        moments = self.formulas.optimizer.moments
        new = self.formulas.update.stepped(bias)
        names = [*(f"{moment}.{bias}.new" for moment in moments), new]
        trees = {name: self.formulas.entry(name, (0,)) for name in names}
        for chosen in product((-1, 1), repeat=len(moments)):
            signs = dict(zip(moments, chosen, strict=True))
            wanted = {f"{m}.{bias}.new": sign for m, sign in signs.items()} | {new: -1}

            def sign_of(name: Name, signs: dict[str, int] = signs) -> int:
                return signs.get(name.quantity.split(".")[0], -1 if bias in name.quantity else 1)

            if all(tree is not None and parity(tree, sign_of) == wanted[name] for name, tree in trees.items()):
                return {moment: sign == -1 for moment, sign in signs.items()}
        raise SettingError(f"{self.formulas.optimizer.name} treats a bias and its opposite differently: show it added.")

    def look_up(self, number: Callable[[Name], float]) -> Callable[[Name], float]:
        """The numbers behind shown names, from those behind stored ones."""

        def shown(name: Name) -> float:
            quantity = self.stored(name.quantity)
            shape = self.formulas.shapes.get(quantity)
            if shape is None or (not name.index and prod(shape) != 1):  # a setting
                return number(name)
            index = self.stored_index(name.index) if name.index else (0,) * len(shape)
            return (-1 if self.turned(quantity) else 1) * number(Name(quantity, index))

        return shown

    # ---- formulas ------------------------------------------------------------------------------------------------

    def entry(self, name: str, index: Index) -> Expression | None:
        """The formula of an entry (both as stored), as it is written."""
        tree = self.formulas.entry(name, index)
        return None if tree is None else self.tree(tree, self.turned(name))

    def tree(self, tree: Expression, negated: bool = False) -> Expression:
        """A formula of entries as it is written, or its opposite."""
        return _signs(self._opposite(tree) if negated else tree, self._shown)

    def whole(self, name: str) -> Expression | None:
        """The formula of a whole quantity as it is written."""
        tree = self.formulas.whole(name)
        if tree is None:
            return None
        tree = self._opposite(tree) if self.turned(name) else tree
        shown = _signs(tree, self._shown)
        return transposed(shown) if self.convention.columns else shown

    def _opposite(self, tree: Expression) -> Expression:
        if isinstance(tree, Sum):
            return plus(*(times(MINUS, term) for term in tree.terms))
        return times(MINUS, tree)

    def _shown(self, part: Expression) -> Expression:
        if not isinstance(part, Name):
            return part
        shown = self.name(part)
        return times(MINUS, shown) if self.turned(part.quantity) else shown


def _signs(tree: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The tree with every name changed and its minus signs gathered: (-1)(-1) is nothing."""

    def gathered(part: Expression) -> Expression:
        part = change(part)
        if not isinstance(part, Product):
            return part
        others = [factor for factor in part.factors if factor != MINUS]
        return times(*([MINUS] * ((len(part.factors) - len(others)) % 2)), *others)

    return replaced(tree, gathered)


def transposed(tree: Expression) -> Expression:
    """The formula between transposed arrays: (A B)^T = B^T A^T, and every name stands for its transpose already."""
    if isinstance(tree, Sum):
        return plus(*(transposed(term) for term in tree.terms))
    if isinstance(tree, Product):
        return times(*(transposed(factor) for factor in tree.factors))
    if isinstance(tree, Call):
        inside = tuple(transposed(argument) for argument in tree.arguments)
        return call(tree.function, *(inside[::-1] if tree.function == "matmul" else inside))
    return tree


def parity(tree: Expression, sign_of: Callable[[Name], int]) -> int | None:
    """1 where a formula keeps its sign when the names with sign_of -1 change theirs, -1 where it changes it, else None.

    >>> g = Name("g")
    >>> parity(times(g, g), lambda _: -1), parity(plus(g, Number("1")), lambda _: -1)
    (1, None)
    """
    if isinstance(tree, Number):
        return 1
    if isinstance(tree, Name):
        return sign_of(tree)
    parts = tree.terms if isinstance(tree, Sum) else tree.factors if isinstance(tree, Product) else tree.arguments
    signs = [parity(part, sign_of) for part in parts]
    if None in signs:
        return None
    if isinstance(tree, Product):
        return prod(sign for sign in signs if sign is not None)
    if isinstance(tree, Sum):
        return signs[0] if len(set(signs)) == 1 else None
    if tree.function in ("1/", "sign"):
        return signs[0]
    if tree.function == "abs":
        return 1
    return 1 if set(signs) == {1} else None
