"""A document as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from glassnet.lab.show.document import Block, Document, Lines, Picture, Pictures, Table, Words, plain


def written(document: Document) -> str:
    """The whole document; of its pictures the captions."""
    lines = [f"# {document.title}", "", f"**{document.lead}**", ""]
    if document.facts:
        lines += ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in document.facts), ""]
    for part in document.parts:
        lines += [f"## {part.title}", ""]
        lines += [line for block in part.blocks for line in _block(block)]
    return re.sub(r"<(?=[A-Za-z/!])", r"\\<", "\n".join(lines)).rstrip() + "\n"  # no word becomes an element


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Words):
        yield f"**{block.text}**" if block.strong else block.text
    elif isinstance(block, Lines):
        yield from ["```text", *calculation(block), "```"]
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Pictures):
        yield from (f"- {picture.caption}" for picture in block.of if picture.caption)
    elif isinstance(block, Picture) and block.caption:
        yield f"*{block.caption}*"
    yield ""


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield from [f"{table.caption}:", ""]
    yield f"| {' | '.join(table.header)} |"
    yield "|" + "|".join("---" if k in table.words else "--:" for k in range(len(table.header))) + "|"
    for number, row in enumerate(table.rows):
        cells = [plain(cell).replace("|", "\\|") for cell in row]
        strong = table.marked.get(number) == "wrong"
        yield f"| {' | '.join(f'**{cell}**' if strong and cell else cell for cell in cells)} |"


def calculation(block: Lines) -> list[str]:
    """The lines with their relations one below the other, and a stroke above a total.

    >>> from glassnet.lab.show.document import Line
    >>> from glassnet.lab.expressions import Number, plus
    >>> print("\\n".join(calculation(Lines((Line(plus(Number("1"), Number("1")), "=", Number("2"), "by counting"),)))))
    1 + 1 = 2   by counting
    """
    cells = [(line.times, plain(line.left), line.relation, plain(line.right), line.note) for line in block.lines]
    widths = [max(len(row[k]) for row in cells) for k in range(5)]
    shown = []
    for line, (times, left, relation, right, note) in zip(block.lines, cells, strict=True):
        before = f"{times.rjust(widths[0])}  " if widths[0] else ""
        text = f"{before}{left.rjust(widths[1])} {relation.center(widths[2])} {right.ljust(widths[3])}   {note}"
        if line.total:
            shown.append("-" * (len(before) + widths[1] + widths[2] + widths[3] + 2))
        shown.append(text.rstrip())
    return shown
