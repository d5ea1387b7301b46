"""A trace: the quantities of one step, each of which can be opened down to the numbers put in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import SettingError, ShapeError
from glassnet.lab.convention import Convention, View
from glassnet.lab.explaining import Explanation, explain
from glassnet.lab.expressions import Name, text
from glassnet.lab.formulas import Formulas
from glassnet.lab.naming import read_name
from glassnet.typing import Array, Indices, Shape

if TYPE_CHECKING:
    from glassnet.lab.attribution import Attribution
    from glassnet.lab.chain import Chain

USUAL = Convention()
SMALL = 8  # entries of an array that a table shows


@dataclass(frozen=True)
class Quantity:
    """A named array of the step and how it follows from those before it."""

    name: str
    value: Array
    formula: str

    @property
    def shape(self) -> Shape:
        return self.value.shape


@dataclass(frozen=True)
class Trace:
    """One step of training, opened: a mapping from the names of its quantities; made by `gn.dissect`.

    `trace["dW2"]` is a quantity (`value`, `shape`, `formula`), `trace["dW2[0,1]"]` one entry of it. `about` says which
    step it is and what was set, `notes` what else has to be known. Names and numbers are in the trace's convention;
    `quantities`, `number` and `formulas` have them as they are stored.
    """

    formulas: Formulas
    quantities: dict[str, Quantity]
    settings: dict[str, float]
    ready: Any
    before: dict[str, Any]
    batch: Indices
    about: dict[str, Any] = field(default_factory=dict)
    convention: Convention = USUAL
    notes: tuple[str, ...] = ()

    # ---- the same in another way -------------------------------------------------------------------------------

    def shown(self, convention: str | Convention) -> Trace:
        """The same step in another convention, as in `trace.shown("columns, base 1, theta")`.

        Raises:
            SettingError: an unknown word, or "dW" where the trace was made with "dZ": that changes numbers.
        """
        wanted = Convention.of(convention)
        if wanted.mean_in not in ("", self.formulas.mean_in):
            raise SettingError(
                f'Where the mean stands changes the deltas: gn.dissect(..., mean_in="{wanted.mean_in}").'
            )
        trace = replace(self, convention=replace(wanted, mean_in=""))
        if wanted.sign == -1:
            for name in self.quantities:
                trace.view.turned(name)  # says so where a rule cannot be shown so
        return trace

    def noted(self, *notes: str) -> Trace:
        """The same trace with more to be known about it."""
        return replace(self, notes=(*self.notes, *notes))

    def without_formulas(self, names: frozenset[str]) -> Trace:
        """The same numbers, these without a formula."""
        formulas = replace(self.formulas, opaque=self.formulas.opaque | names)
        quantities = {q.name: Quantity(q.name, q.value, formulas.symbols(q.name)) for q in self.quantities.values()}
        return replace(self, formulas=formulas, quantities=quantities)

    @property
    def view(self) -> View:
        """How names, numbers and formulas are written in the trace's convention."""
        return View(self.convention, self.formulas)

    # ---- looking up --------------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Quantity:
        found, index = self.found(name)
        value = self.view.value(found, self.quantities[found].value)
        if index is None:
            return Quantity(self.view.quantity(found), value, self.symbols(found))
        entry = Name(found, index)
        return Quantity(str(self.view.name(entry)), np.asarray(self.shown_number(entry)), self.explain(name).formula)

    def __iter__(self) -> Iterator[str]:
        return (self.view.quantity(name) for name in self.quantities)

    def __len__(self) -> int:
        return len(self.quantities)

    def symbols(self, name: str) -> str:
        """The formula of a whole quantity (as stored), as it is written: "Z1 = X W1 + b1"."""
        tree, shown = self.view.whole(name), self.view.quantity(name)
        if tree is not None:
            return f"{shown} = {text(tree)}"
        return f"{shown} is given" if self.formulas.given(name) else f"{shown} as the engine has it"

    def number(self, name: Name) -> float:
        """An entry (as stored), or a setting, as a float."""
        if not name.index and name.quantity in self.settings:  # with an index beta2 is a weight, not Adam's setting
            return self.settings[name.quantity]
        return float(self.quantities[name.quantity].value[name.index])

    def shown_number(self, entry: Name) -> float:
        """An entry (as stored) with the sign it is shown with."""
        number = self.number(entry)
        return 0.0 - number if self.view.turned(entry.quantity) else number

    def found(self, name: str) -> tuple[str, tuple[int, ...] | None]:
        """The stored name and index that a name in the trace's convention means."""
        known = [*self.quantities, *(self.view.quantity(stored) for stored in self.quantities)]
        quantity, index = read_name(name, dict.fromkeys(known))
        stored = self.view.stored(quantity)
        return stored, None if index is None else self.checked(stored, self.view.stored_index(index))

    def entry(self, name: str) -> Name:
        """The one entry that a name means; raises ShapeError where it means an array of several."""
        if name in self.settings:
            return Name(name)
        quantity, index = self.found(name)
        if index is None:
            value = self.quantities[quantity].value
            if value.size != 1:
                shown = self[quantity]
                example = Name(shown.name, (self.convention.base,) * value.ndim)
                raise ShapeError(f"{shown.name} has the shape {shown.shape}: say which entry, as in {example}.")
            index = (0,) * value.ndim
        return Name(quantity, index)

    def checked(self, name: str, index: tuple[int, ...]) -> tuple[int, ...]:
        """The index (as stored) of an entry that is there; raises ShapeError where it is not."""
        shape = self.quantities[name].shape
        if len(index) != len(shape) or any(not 0 <= i < size for i, size in zip(index, shape, strict=True)):
            shown = self.view.value(name, self.quantities[name].value).shape
            asked = Name(self.view.quantity(name), self.view.index(index))
            base = self.convention.base
            raise ShapeError(f"{asked.quantity} has the shape {shown}, counted from {base}; there is no {asked}.")
        return index

    # ---- opening a number --------------------------------------------------------------------------------------

    def explain(self, name: str) -> Explanation:
        """How one number came about, an entry or a setting ("learning_rate" under a schedule).

        `W2[3,7]` is given; its new value's formula is that of `W2.new[3,7]`.

        Raises:
            SettingError: no such quantity. ShapeError: no such entry, or an index that is missing.
        """
        return explain(self, self.entry(name))

    def chain(self, name: str) -> Chain:
        """Where one number comes from, down to the inputs, and where it leads, up to the loss.

        Raises: as `explain`.
        """
        from glassnet.lab.chain import chain

        return chain(self, self.entry(name))

    def attribution(self, example: int = 0, output: int | None = None) -> Attribution:
        """What every pixel and unit contributes to a logit of one example of the batch; see `gn.attribute`."""
        from glassnet.lab.attribution import of_trace

        return of_trace(self, example, output)

    # ---- checking ----------------------------------------------------------------------------------------------

    def check(self, name: str | None = None, *, seed: int = 0, digits: int | None = None) -> dict[str, float]:
        """How far the numbers are from what they should be, relative: around 1e-9 if right in float64.

        Every tensor is laid against its formula along a random direction, every derivative also against differences of
        the loss (Richardson's extrapolation). The loss is computed anew in float64. In float32 expect 1e-5: its own
        rounding, and kinks (of relu, abs) that a wide layer always has within reach.

        Args:
            name: one entry only, "dW1[210,7]".
            digits: compute everything anew, from the given numbers, in so many digits; for small steps, with mpmath.

        Returns:
            For each quantity that was not given, the largest relative difference found.
        """
        from glassnet.lab.checking import check

        return check(self, name, seed, digits)

    # ---- showing -----------------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """{"quantities": {name: {"shape", "value", "formula"}}, "settings": {...}}, as plain data."""
        shown = {}
        for name in self:
            q = self[name]
            shown[q.name] = {"shape": list(q.shape), "value": q.value.tolist(), "formula": q.formula}
        about = {"loss_name": self.formulas.loss.name, "optimizer": self.formulas.optimizer.name}
        settings = {**self.about, **self.settings, **about, "mean_in": self.formulas.mean_in}
        rows = [int(row) for row in self.batch]
        return {"quantities": shown, "settings": settings, "rows": rows, "convention": vars(self.convention),
                "notes": list(self.notes)}  # fmt: skip

    def markdown(self) -> str:
        """A document for a page of Markdown: what was set, every quantity with formula, shape and value."""
        from glassnet.lab.show.markdown import markdown

        return markdown(self)

    def latex(self) -> str:
        """A LaTeX document that compiles as it stands."""
        from glassnet.lab.show.latex import document

        return document(self)

    def html(self) -> str:
        """A page of its own, readable offline, with or without a pointer, a screen or a script."""
        from glassnet.lab.show.html import page

        return page(self)

    def svg(self, example: int = 0) -> str:
        """The network as a picture, with the numbers of one example where it is small, with heat maps where not."""
        from glassnet.lab.show.svg import standalone_picture

        return standalone_picture(self, example)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the step to a file: .html, .md, .tex, .svg or .json by its ending.

        Raises:
            SettingError: another ending.
        """
        from glassnet.lab.show import save

        save(self, path)

    def __str__(self) -> str:
        shown = [self[name] for name in self]
        names = max(len(q.name) for q in shown)
        formulas = max(len(q.formula) for q in shown)
        return "\n".join(f"{q.name:<{names}}  {q.formula:<{formulas}}  {short(q.value)}" for q in shown)

    def _repr_html_(self) -> str:
        from glassnet.lab.show.html import fragment

        return fragment(self)

    def _repr_latex_(self) -> str:
        from glassnet.lab.show.latex import formulas

        return formulas(self)


def size_of(shape: Shape) -> str:
    """A shape in words: "784 x 10", or "number"."""
    return " x ".join(map(str, shape)) or "number"


def short(value: Array) -> str:
    """Small arrays whole, of large ones the range."""
    if value.size <= SMALL:
        return digits(value.tolist())
    return f"{size_of(value.shape)} numbers from {value.min():.7g} to {value.max():.7g}"


def digits(value: Any) -> str:
    """Nested lists with seven significant digits.

    >>> digits([[0.5703756123, 1.0]])
    '[[0.5703756, 1]]'
    """
    return f"[{', '.join(map(digits, value))}]" if isinstance(value, list) else f"{value:.7g}"
