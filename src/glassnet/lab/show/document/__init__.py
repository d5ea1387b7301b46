"""What a bench of the lab has to say, whatever it is written in: sentences, formulas, tables and pictures in order.

A bench builds a `Document`; the writers beside this page (terminal, markdown, latex, html) know the five kinds of block
and nothing of any bench. `Document` has the methods of a trace, so `lab.show.written` and `lab.show.save` take both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from glassnet.errors import SettingError
from glassnet.lab.expressions import Expression, Name, text
from glassnet.plots import svg, theme
from glassnet.plots.svg import Markup


@dataclass(frozen=True)
class PutIn:
    """A formula with numbers put in for its names, and what it comes to: w1 x1 - theta as 2×1 - 2.5 = -0.5."""

    tree: Expression
    numbers: Mapping[Name, str]
    result: str | None = None

    def show(self, name: Name) -> str:
        """The number of a name."""
        return self.numbers[name]


Cell = str | Expression | PutIn


@dataclass(frozen=True)
class Words:
    """A paragraph; `strong` where it is the answer."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Line:
    """One line of a calculation: left, relation, right (=, <, ≥, ...), and beside it in words where it is from.

    `times` is how often the line is taken where lines are added up; `total` marks the line under the stroke.
    """

    left: Cell
    relation: str
    right: Cell
    note: str = ""
    times: str = ""
    total: bool = False


@dataclass(frozen=True)
class Lines:
    """Lines of a calculation, one below the other, their relations aligned."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Table:
    """A table; cells are words, numbers as text, or formulas. `words` are the columns that hold no numbers.

    `marked` names rows that stand out: "wrong" or "right".
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    words: tuple[int, ...] = (0,)
    marked: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """A picture, and what stands below it."""

    markup: Markup
    caption: str = ""


@dataclass(frozen=True)
class Pictures:
    """Pictures side by side."""

    of: tuple[Picture, ...]


Block = Words | Lines | Table | Picture | Pictures


@dataclass(frozen=True)
class Part:
    """Blocks under a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole document: what it is, the answer in a sentence, facts, parts; and all of it as data for programs."""

    kind: str
    title: str
    lead: str
    parts: tuple[Part, ...]
    facts: tuple[tuple[str, str], ...] = ()
    data: Mapping[str, Any] | Callable[[], Mapping[str, Any]] = field(default_factory=dict)

    def markdown(self) -> str:
        """As Markdown."""
        from glassnet.lab.show.document.markdown import written

        return written(self)

    def latex(self) -> str:
        """As a LaTeX document that compiles as it stands."""
        from glassnet.lab.show.document.latex import written

        return written(self)

    def html(self) -> str:
        """As a page that loads nothing."""
        from glassnet.lab.show.document.html import written

        return written(self)

    def svg(self) -> str:
        """Its pictures on one sheet, as a file of its own.

        Raises:
            SettingError: a document without pictures.
        """
        pictures = self.pictures()
        if not pictures:
            raise SettingError(f"{self.title} has no picture; the other formats have its numbers.")
        from glassnet.lab.show.document.sheet import sheet

        return str(svg.standalone(sheet(pictures, self.title), theme.css()))

    def pictures(self) -> list[Picture]:
        """All its pictures in order."""
        found: list[Picture] = []
        for part in self.parts:
            for block in part.blocks:
                found += [block] if isinstance(block, Picture) else block.of if isinstance(block, Pictures) else []
        return found

    def to_json(self) -> dict[str, Any]:
        """As data."""
        return dict(self.data() if callable(self.data) else self.data)

    def __str__(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        return f"Document({self.title!r})"

    def _repr_markdown_(self) -> str:
        return self.markdown()


def plain(cell: Cell) -> str:
    """A cell as it is written on one line: 2 x1 + 2 x2 - 2.5, and with numbers put in 1×0 + 1×1 - 2.5.

    >>> from glassnet.lab.expressions import Number, times
    >>> tree = times(Number("2"), Name("x", (1,)))
    >>> plain(tree), plain(PutIn(tree, {Name("x", (1,)): "0"}))
    ('2 x1', '2×0')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, PutIn):
        result = f" = {cell.result}" if cell.result is not None else ""
        return text(cell.tree, cell.show).replace("*", "×") + result
    shown = text(cell, called)
    return re.sub(r"(?<=\d)\*(?=[A-Za-zθ])", " ", shown).replace("*", "×")


def called(name: Name) -> str:
    """A name on one line: x1, θ."""
    return ("θ" if name.quantity == "theta" else name.quantity) + ",".join(map(str, name.index))
