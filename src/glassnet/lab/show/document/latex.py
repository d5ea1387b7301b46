"""A document as LaTeX that compiles as it stands."""

from __future__ import annotations

from glassnet.lab.show.document import Block, Cell, Document, Line, Lines, Picture, Pictures, PutIn, Table, Words
from glassnet.lab.show.latex import HEAD
from glassnet.lab.show.notation import escaped
from glassnet.lab.show.tex import Tex

WORDS = {"θ": r"$\theta$", "γ": r"$\gamma$", "≥": r"$\ge$", "≤": r"$\le$", "×": r"$\times$", "−": "$-$", "²": r"$^2$",
         "√": r"$\surd$", "·": r"$\cdot$", "α": r"$\alpha$", "→": r"$\to$", "–": "--", "<": r"$<$", ">": r"$>$",
         "…": r"\dots{}", "⋯": r"$\cdots$", "∞": r"$\infty$", "|": r"$|$", "✓": r"$\surd$", "₁": "$_1$", "₂": "$_2$",
         "Σ": r"$\Sigma$", "★": r"$\star$", "½": r"$\frac12$", "ᵀ": r"$^\top$", "\u2009": r"\,"}  # fmt: skip
WORDS |= {letter: f"$^{digit}$" for letter, digit in zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)}
BEYOND = 0x180  # letters from here on stand in none of the fonts
LONG = 40  # rows of a table that goes on over pages


def written(document: Document) -> str:
    """The whole document."""
    lines = [HEAD.replace("graphicx}", "graphicx,longtable}")]
    lines += [rf"\title{{{words(document.title)}}}", r"\author{}\date{}", r"\begin{document}", r"\maketitle"]
    lines += [rf"\textbf{{{words(document.lead)}}}", ""]
    if document.facts:
        rows = [rf"{words(name)} & {words(value)} \\" for name, value in document.facts]
        lines += [r"\begin{tabular}{@{}l>{\raggedright\arraybackslash}p{0.74\textwidth}@{}}", r"\toprule", *rows,
                  r"\bottomrule", r"\end{tabular}", ""]  # fmt: skip
    for part in document.parts:
        lines += [rf"\section*{{{words(part.title)}}}"]
        lines += [f"{_block(block)}\n" for block in part.blocks]
    return "\n".join([*lines, r"\end{document}", ""])


def words(text: str) -> str:
    """A text with LaTeX's own signs for what its fonts lack.

    >>> words("50 % of w·x ≥ θ")
    '50 \\\\% of w$\\\\cdot$x $\\\\ge$ $\\\\theta$'
    """
    return "".join(WORDS.get(letter, escaped(letter) if ord(letter) < BEYOND else "?") for letter in text)


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return words(cell)
    if not isinstance(cell, PutIn):
        return f"${Tex().write(cell)}$"
    result = f" = {Tex().number(cell.result)}" if cell.result is not None else ""
    return f"${Tex(show=cell.show).write(cell.tree)}{result}$"


def _block(block: Block) -> str:
    if isinstance(block, Words):
        return rf"\textbf{{{words(block.text)}}}" if block.strong else words(block.text)
    if isinstance(block, Lines):
        return _lines(block)
    if isinstance(block, Table):
        return _table(block)
    pictures = block.of if isinstance(block, Pictures) else (block,)
    return "\n".join(_picture(picture) for picture in pictures)


def _picture(picture: Picture) -> str:
    """The picture in a box as wide as it is, so that several stand side by side."""
    if picture.latex is None:
        return words(picture.caption)
    below = rf"\\ {{\small {words(picture.caption)}}}" if picture.caption else ""
    return "\\begin{tabular}[t]{@{}p{0.45\\linewidth}@{}}\\centering\n" + picture.latex + below + "\n\\end{tabular}"


def _lines(block: Lines) -> str:
    rows = []
    for line in block.lines:
        rows.append((r"\midrule" + "\n" if line.total else "") + _line(line) + r" \\")
    body = "\n".join(rows)
    return f"{{\\centering\\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n\\begin{{tabular}}{{@{{}}l r@{{\\;}}c@{{\\;}}l @{{\\qquad}}l@{{}}}}\n{body}\n\\end{{tabular}}}}\\par}}"  # noqa: E501


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
    return (caption + "{\\small\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n"
            f"\\begin{{tabular}}{{@{{}}{columns}@{{}}}}\n{body}\n\\end{{tabular}}}}}}")  # fmt: skip


def _bold(cell: str, mark: str | None) -> str:
    if mark != "wrong" or not cell:
        return cell
    return rf"$\boldsymbol{{{cell[1:-1]}}}$" if cell.startswith("$") and cell.count("$") == 2 else rf"\textbf{{{cell}}}"
