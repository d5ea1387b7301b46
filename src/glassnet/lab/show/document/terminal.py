"""A document on a terminal: headings, tables without boxes, calculations as they stand; pictures by their words."""

from __future__ import annotations

from collections.abc import Iterator

from rich import table as rich_table
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from glassnet.lab.show.document import Block, Document, Lines, Picture, Pictures, Table, Words, plain
from glassnet.lab.show.document.markdown import calculation

STYLES = {"wrong": "bad", "right": "good"}


def drawn(document: Document) -> RenderableType:
    """The whole document."""
    parts: list[RenderableType] = [Text(f"\n{document.title}", "bold"), Text(document.lead)]
    if document.facts:
        parts.append(_facts(document))
    for part in document.parts:
        parts.append(Text(f"\n{part.title}", "bold"))
        parts += [each for block in part.blocks for each in _block(block)]
    return Group(*parts)


def _facts(document: Document) -> RenderableType:
    shown = rich_table.Table.grid(padding=(0, 2))
    shown.add_column(style="dim", no_wrap=True)
    shown.add_column(overflow="fold")
    for name, value in document.facts:
        shown.add_row(name, Text(value))
    return Padding(shown, (0, 0, 0, 2))


def _block(block: Block) -> Iterator[RenderableType]:
    if isinstance(block, Words):
        yield Text(block.text, "bold" if block.strong else "")
    elif isinstance(block, Lines):
        yield Padding(Text("\n".join(calculation(block)), no_wrap=True), (0, 0, 0, 2))
    elif isinstance(block, Table):
        yield _table(block)
    elif isinstance(block, Pictures):
        yield from (Text(picture.caption, "dim") for picture in block.of if picture.caption)
    elif isinstance(block, Picture) and block.caption:
        yield Text(block.caption, "dim")


def _table(table: Table) -> RenderableType:
    shown = rich_table.Table(box=None, padding=(0, 1), header_style="dim")
    for k, name in enumerate(table.header):
        shown.add_column(name, justify="left" if k in table.words else "right", overflow="fold")
    for number, row in enumerate(table.rows):
        style = STYLES.get(table.marked.get(number, ""), "")
        shown.add_row(*(Text(plain(cell), style) for cell in row))
    if not table.caption:
        return shown
    return Group(Text(table.caption, "italic"), shown)
