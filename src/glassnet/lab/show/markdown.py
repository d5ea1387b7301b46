"""A step as Markdown: tables that any viewer shows, formulas as plain text, small arrays number by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.lab.messages import STEP
from glassnet.lab.show import story
from glassnet.lab.trace import Quantity, digits, short, size_of

if TYPE_CHECKING:
    from glassnet.lab.explaining import Explanation
    from glassnet.lab.trace import Trace

WRITTEN = 64  # entries of an array that are written out in a table of their own


def markdown(trace: Trace) -> str:
    """The whole step."""
    lines = [f"# {story.title(trace)}", ""]
    lines += ["| setting | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in story.facts(trace)), ""]
    lines += [f"> {note}\n" for note in trace.notes]
    for part in story.parts(trace):
        shown = [trace[trace.view.quantity(name)] for name in part.quantities]
        lines += [f"## {part.title}", "", part.sentence, ""]
        lines += ["| quantity | formula | shape | value |", "|---|---|---|---|"]
        lines += [f"| {q.name} | {q.formula} | {size_of(q.shape)} | {short(q.value)} |" for q in shown]
        lines += [""]
        lines += [line for q in shown for line in _matrix(q)]
    return "\n".join(lines).rstrip() + "\n"


def _matrix(q: Quantity) -> list[str]:
    """An array that is too large for its row and small enough to be read."""
    if q.value.ndim != 2 or not 8 < q.value.size <= WRITTEN:
        return []
    columns = range(q.value.shape[1])
    rows = [f"| {' | '.join(digits(float(entry)) for entry in row)} |" for row in np.asarray(q.value)]
    return [f"{q.name}:", "", "|" + " |" * len(columns), "|" + "---|" * len(columns), *rows, ""]


def explained(explanation: Explanation) -> str:
    """One number opened."""
    e = explanation
    lines = [f"**{e.name}** = {e.formula}", ""]
    if e.numbers:
        lines += [f"= {e.numbers}", ""]
    if e.terms:
        lines += ["| term | numbers | value |", "|---|---|---|"]
        lines += [f"| {term.formula} | {term.numbers} | {term.value:.10g} |" for term in e.terms]
        lines += [f"| {STEP['others'].format(count=e.others)} | | {e.remainder:.10g} |"] * bool(e.others)
        lines += [f"| {STEP['times']} | | {e.factor:.7g} |"] * (e.factor != 1)
        lines += [""]
    lines += [f"**= {e.result!r}**", ""]
    if e.examples:
        lines += [f"The mean over {e.of_examples} examples; the largest of their own:", "", "| example | row | value |"]
        lines += ["|---|---|---|", *(f"| {x.number} | {x.row} | {x.value:.10g} |" for x in e.examples), ""]
    return "\n".join(lines)
