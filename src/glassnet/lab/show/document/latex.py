"""A document as LaTeX that compiles as it stands."""

from __future__ import annotations

from glassnet.lab.show.document import Block, Cell, Document, Line, Lines, Picture, PutIn, Table, Words
from glassnet.lab.show.latex import HEAD
from glassnet.lab.show.tex import Tex
from glassnet.lab.show.tikz import Drawing
from glassnet.lab.show.wording import words

LONG = 40  # rows of a table that goes on over pages
FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}"  # no wider than the line


def written(document: Document) -> str:
    """The whole document."""
    drawing = Drawing()
    lines = [rf"\title{{{words(document.title)}}}", r"\author{}\date{}", r"\begin{document}", r"\maketitle"]
    lines += [rf"\textbf{{{words(document.lead)}}}", ""]
    if document.facts:
        rows = [rf"{words(name)} & {words(value)} \\" for name, value in document.facts]
        lines += [r"\begin{tabular}{@{}l>{\raggedright\arraybackslash}p{0.74\textwidth}@{}}", r"\toprule", *rows,
                  r"\bottomrule", r"\end{tabular}", ""]  # fmt: skip
    for part in document.parts:
        lines += [rf"\section*{{{words(part.title)}}}"]
        lines += [f"{_block(block, drawing)}\n" for block in part.blocks]
    head = HEAD.replace("graphicx}", "graphicx,longtable}") + (drawing.preamble() if drawing.styles else "")
    return head + "\n".join([*lines, r"\end{document}", ""])


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return words(cell)
    if not isinstance(cell, PutIn):
        return f"${Tex().write(cell)}$"
    result = f" = {Tex().number(cell.result)}" if cell.result is not None else ""
    return f"${Tex(show=cell.show).write(cell.tree)}{result}$"


def _block(block: Block, drawing: Drawing) -> str:
    if isinstance(block, Words):
        return rf"\textbf{{{words(block.text)}}}" if block.strong else words(block.text)
    if isinstance(block, Lines):
        return _lines(block)
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Picture):
        return _picture(block, drawing, 0.95)
    share = 0.46 if len(block.of) > 1 else 0.95
    return "\\quad\n".join(_picture(each, drawing, share) for each in block.of)


def _picture(picture: Picture, drawing: Drawing, share: float) -> str:
    """The picture with its caption in a box of a share of the line, so that several stand side by side."""
    below = rf"\\{{\small {words(picture.caption)}\par}}" if picture.caption else ""
    top = rf"\begin{{minipage}}[t]{{{share}\linewidth}}\centering\vspace{{0pt}}{FITTED}{{%"
    return f"{top}\n{drawing.of(picture.markup)}}}{below}\\vspace{{6pt}}\\end{{minipage}}"


def _lines(block: Lines) -> str:
    rows = []
    for line in block.lines:
        rows.append((r"\midrule" + "\n" if line.total else "") + _line(line) + r" \\")
    body = "\n".join(rows)
    columns = r"@{}l r@{\;}c@{\;}l @{\qquad}l@{}"
    return f"{{\\centering{FITTED}{{%\n\\begin{{tabular}}{{{columns}}}\n{body}\n\\end{{tabular}}}}\\par}}"


def _line(line: Line) -> str:
    relation = f"${Tex().sign(line.relation)}$" if line.relation else ""
    return " & ".join([words(line.times), _cell(line.left), relation, _cell(line.right), words(line.note)])


def _table(table: Table) -> str:
    columns = "".join("l" if k in table.words else "r" for k in range(len(table.header)))
    head = " & ".join(words(name) for name in table.header) + r" \\"
    rows = [" & ".join(_bold(_cell(cell), table.marked.get(n)) for cell in row) + r" \\"
            for n, row in enumerate(table.rows)]  # fmt: skip
    caption = f"{words(table.caption)}\n\n" if table.caption else ""
    if len(rows) > LONG:
        return (
            f"{caption}{{\\small\\begin{{longtable}}{{{columns}}}\n\\toprule {head} \\midrule\\endhead\n"
            + "\n".join([*rows, r"\bottomrule", r"\end{longtable}}"])
        )
    body = "\n".join([r"\toprule", head, r"\midrule", *rows, r"\bottomrule"])
    return (f"{caption}{{\\small{FITTED}{{%\n"
            f"\\begin{{tabular}}{{@{{}}{columns}@{{}}}}\n{body}\n\\end{{tabular}}}}}}")  # fmt: skip


def _bold(cell: str, mark: str | None) -> str:
    if mark != "wrong" or not cell:
        return cell
    return rf"$\boldsymbol{{{cell[1:-1]}}}$" if cell.startswith("$") and cell.count("$") == 2 else rf"\textbf{{{cell}}}"
