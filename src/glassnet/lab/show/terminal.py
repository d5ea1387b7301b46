"""A step on a terminal: a table for each of its parts, small arrays as matrices, large ones by their range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from glassnet.lab.messages import STEP
from glassnet.lab.show import story
from glassnet.lab.show.numbers import as_rows
from glassnet.lab.trace import short
from glassnet.typing import Array

if TYPE_CHECKING:
    from glassnet.lab.attribution import Attribution
    from glassnet.lab.chain import Chain
    from glassnet.lab.explaining import Explanation
    from glassnet.lab.trace import Trace

MOST_ROWS, MOST_COLUMNS = 8, 6  # of an array that is drawn as a matrix


def step(trace: Trace) -> RenderableType:
    """The whole step."""
    parts: list[RenderableType] = [Text(f"\n{story.title(trace)}", "bold"), _facts(trace)]
    parts += [Text(note, "italic") for note in trace.notes]
    for part in story.parts(trace):
        parts += [Text(f"\n{part.title}", "bold"), Text(part.sentence, "dim"), _table(trace, part.quantities)]
    return Group(*parts)


def _facts(trace: Trace) -> RenderableType:
    shown = Table.grid(padding=(0, 2))
    shown.add_column(style="dim", no_wrap=True)
    shown.add_column(overflow="fold")
    for name, value in story.facts(trace):
        shown.add_row(name, value)
    return Padding(shown, (0, 0, 0, 2))


def _table(trace: Trace, quantities: tuple[str, ...]) -> Table:
    shown = Table(box=None, padding=(0, 2), show_header=False)
    shown.add_column(style="cyan", no_wrap=True)
    shown.add_column(overflow="fold", ratio=2)
    shown.add_column(overflow="fold", ratio=3)
    for name in quantities:
        q = trace[trace.view.quantity(name)]
        formula = q.formula.partition(" = ")[2]
        shown.add_row(q.name, formula or Text("given" if q.formula.endswith("given") else "", "dim"), _value(q.value))
    return shown


def _value(value: Array) -> RenderableType:
    rows = as_rows(value)
    if rows.shape[0] > MOST_ROWS or rows.shape[1] > MOST_COLUMNS:
        return Text(short(value), "dim")
    return Text("\n".join(matrix(rows)))


def matrix(rows: Array) -> list[str]:
    """The lines of a matrix, its columns on their decimal points.

    >>> import numpy as np
    >>> matrix(np.array([[0.5, -12.0], [10.25, 3.0]]))
    [' 0.5   -12', '10.25    3']
    """
    columns = [_aligned([f"{float(entry):.6g}" for entry in column]) for column in rows.T]
    return ["  ".join(entries) for entries in zip(*columns, strict=True)]


def _aligned(entries: list[str]) -> list[str]:
    """Numbers one below the other, point below point."""
    if any("e" in entry or entry.strip("-0123456789.") != "" for entry in entries):
        width = max(map(len, entries))
        return [entry.rjust(width) for entry in entries]
    before = max(len(entry.partition(".")[0]) for entry in entries)
    after = max(len(entry) - len(entry.partition(".")[0]) for entry in entries)
    padded = [" " * (before - len(e.partition(".")[0])) + e for e in entries]
    return [entry.ljust(before + after) for entry in padded]


def explained(explanation: Explanation) -> RenderableType:
    """One number opened."""
    e = explanation
    parts: list[RenderableType] = [Text.assemble(("\n" + e.name, "bold cyan"), " = ", e.formula)]
    if e.numbers:
        parts.append(Text(f"{' ' * len(e.name)} = {e.numbers}"))
    if e.terms:
        parts.append(_terms(e))
    parts.append(Text.assemble(" " * len(e.name), " = ", (repr(e.result), "bold")))
    if e.terms and e.rounding:
        parts.append(Text(f"  of which rounding: {e.rounding:+.3g}", "dim"))
    if e.examples:
        parts.append(Text(f"\nThe mean over {e.of_examples} examples; the largest of their own:", "dim"))
        parts.append(_examples(e))
    return Group(*parts)


def _terms(e: Explanation) -> Table:
    shown = Table(box=None, padding=(0, 2), show_header=False)
    shown.add_column(justify="right", style="bold", no_wrap=True)
    shown.add_column(overflow="fold")
    shown.add_column(overflow="fold", style="dim")
    for term in e.terms:
        shown.add_row(f"{term.value:+.7g}", term.formula, term.numbers)
    if e.others:
        shown.add_row(f"{e.remainder:+.7g}", STEP["others"].format(count=e.others), "")
    if e.factor != 1:
        shown.add_row(f"* {e.factor:.7g}", STEP["times"], "")
    return shown


def _examples(e: Explanation) -> Table:
    shown = Table(box=None, padding=(0, 2), show_header=False)
    shown.add_column(justify="right", style="bold", no_wrap=True)
    shown.add_column()
    for example in e.examples:
        shown.add_row(f"{example.value:+.7g}", f"example {example.number} (row {example.row} of the data)")
    return shown


def chain(chain: Chain) -> RenderableType:
    """Where a number comes from and where it leads."""
    return Text(f"\n{chain}")


def attribution(found: Attribution) -> RenderableType:
    """What made a logit."""
    return Text(f"\n{found}")
