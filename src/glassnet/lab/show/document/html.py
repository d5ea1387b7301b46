"""A document as a page of its own: formulas as MathML, pictures inside, light and dark; it loads nothing."""

from __future__ import annotations

from glassnet._version import __version__
from glassnet.lab.show.document import Block, Cell, Document, Line, Lines, Picture, Pictures, PutIn, Table, Words, plain
from glassnet.lab.show.mathml import MathML, math
from glassnet.plots import page
from glassnet.plots.svg import Markup, element

LONGEST = 56  # letters of a cell that stay on one line
CSS = """
.answer-words{font-size:1.15rem;font-weight:650;max-width:62ch}
.calculation table{width:auto;margin:.5rem 0;font-size:1.1rem}
.calculation td{border:none;padding:.22rem .3rem;white-space:nowrap}
.calculation td:first-child{color:var(--muted);padding-right:1rem}
.calculation td.left{text-align:right}
.calculation td.note{color:var(--muted);padding-left:2rem;font-size:1rem}
.calculation tr.total td{border-top:2px solid var(--ink)}
.document table{width:auto}
.document td,.document th{padding-right:1.6rem;vertical-align:middle}
.document tr.wrong td,.document tr.wrong th{color:var(--wrong);font-weight:650}
.document tr.right td,.document tr.right th{color:var(--right)}
.document th,.document td{white-space:nowrap}
.document td.long{white-space:normal;min-width:22em}
.gallery{display:grid;gap:1.5rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));margin:1rem 0}
.gallery figcaption{font-size:.95rem}
.single{max-width:44rem;margin:1rem 0}
math{font-size:1.1em}
"""


def written(document: Document) -> str:
    """The whole page."""
    sections = [page.section(part.title, *(_block(block) for block in part.blocks)) for part in document.parts]
    top = element(
        "header",
        element("p", document.kind, class_="eyebrow"),
        element("h1", document.title),
        element("p", document.lead, class_="claim"),
        page.facts(document.facts),
        class_="card",
    )
    main = element("main", top, page.contents(sections), [section.markup for section in sections], id="content",
                   class_="document")  # fmt: skip
    foot = element("footer", element("p", f"Written by glassnet {__version__}. The page loads nothing."))
    return page.page(document.title, element("a", "Skip to the content", class_="skip", href="#content"), main, foot,
                     css=CSS)  # fmt: skip


def _cell(cell: Cell) -> Markup | str:
    if isinstance(cell, str):
        return cell
    if not isinstance(cell, PutIn):
        return math(MathML().write(cell), spoken=plain(cell))
    written = MathML(show=cell.show)
    content = written.write(cell.tree)
    if cell.result is not None:
        content = written.row([content, written.sign("="), written.number(cell.result)])
    return math(content, spoken=plain(cell))


def _block(block: Block) -> Markup:
    if isinstance(block, Words):
        return element("p", block.text, class_="answer-words" if block.strong else None)
    if isinstance(block, Lines):
        rows = [_line(line) for line in block.lines]
        return element(
            "div", page.scroll(element("table", element("tbody", rows)), "Calculation"), class_="calculation"
        )
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Pictures):
        return element("div", [_picture(picture) for picture in block.of], class_="gallery")
    return element("div", _picture(block), class_="single")


def _picture(picture: Picture) -> Markup:
    caption = element("figcaption", picture.caption) if picture.caption else None
    return element("figure", picture.markup, caption)


def _line(line: Line) -> Markup:
    cells = [element("td", line.times), element("td", _cell(line.left), class_="left"), element("td", line.relation),
             element("td", _cell(line.right)), element("td", line.note, class_="note")]  # fmt: skip
    return element("tr", cells, class_="total" if line.total else None)


def _kind(cell: Cell, words: bool) -> str | None:
    """A number's class, or that of words too long for a line."""
    return ("long" if isinstance(cell, str) and len(cell) > LONGEST else None) if words else "n"


def _table(table: Table) -> Markup:
    head = [element("th", name, scope="col", class_=None if k in table.words else "n")
            for k, name in enumerate(table.header)]  # fmt: skip
    rows = [
        element("tr", element("th", _cell(first), scope="row", class_=None if 0 in table.words else "n"),
                [element("td", _cell(cell), class_=_kind(cell, k in table.words)) for k, cell in enumerate(rest, 1)],
                class_=table.marked.get(number))
        for number, (first, *rest) in enumerate(table.rows)
    ]  # fmt: skip
    caption = element("caption", table.caption) if table.caption else None
    whole = element("table", caption, element("thead", element("tr", head)), element("tbody", rows))
    return page.scroll(whole, table.caption or "Table")
