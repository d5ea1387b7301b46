"""A step as LaTeX: a document that compiles as it stands, with nothing but the AMS packages, booktabs and TikZ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.lab.explaining import Explanation
from glassnet.lab.expressions import Name
from glassnet.lab.messages import STEP
from glassnet.lab.show import story
from glassnet.lab.show.notation import escaped
from glassnet.lab.show.numbers import Statistics, as_rows, example_of, written_out
from glassnet.lab.show.svg import network, small
from glassnet.lab.show.tex import Tex
from glassnet.lab.show.tikz import Drawing
from glassnet.lab.show.typeset import readable
from glassnet.lab.trace import size_of
from glassnet.typing import Array

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace

HEAD = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb,array,booktabs,graphicx}
\usepackage[margin=22mm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt}
\allowdisplaybreaks
\sloppy
\setcounter{MaxMatrixCols}{20}
% A formula that is wider than the line is made as small as the line is wide.
\newcommand{\fit}[1]{\sbox0{$\displaystyle #1$}\ifdim\wd0>\linewidth
  \resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi}
"""
FITTED = r"""{{\centering\resizebox{{\ifdim\width>\linewidth\linewidth\else\width\fi}}{{!}}{{%
{}}}\par}}"""


def document(trace: Trace) -> str:
    """The whole step as a document; a network whose numbers have room is drawn with them."""
    drawing = Drawing()
    drawn = [FITTED.format(drawing.of(network(trace)))] if small(trace) else []
    lines = [HEAD + (drawing.preamble() if drawn else "")]
    lines += [rf"\title{{{escaped(story.title(trace))}}}", r"\author{}\date{}", r"\begin{document}", r"\maketitle"]
    lines += [_facts(trace), "", *drawn, *(f"\n{escaped(note)}\n" for note in trace.notes)]
    for part in story.parts(trace):
        lines += [rf"\section*{{{part.title}}}", f"{escaped(part.sentence)}", ""]
        lines += [_quantity(trace, name) for name in part.quantities]
    return "\n".join([*lines, r"\end{document}", ""])


def formulas(trace: Trace) -> str:
    """The formulas of the step alone, for a notebook."""
    written = _whole(trace)
    rows = []
    for name in trace.quantities:
        tree, shown = trace.view.whole(name), Name(trace.view.quantity(name))
        if tree is not None:
            rows.append(rf"{written.name(shown)} &= {written.write(tree)}")
    return "$$\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}$$"


def _whole(trace: Trace) -> Tex:
    shapes = trace.formulas.shapes
    return Tex(is_array=lambda name: len(shapes.get(trace.view.stored(name.quantity), ())) > 0)


def _facts(trace: Trace) -> str:
    rows = [rf"{escaped(name)} & {escaped(value)} \\" for name, value in story.facts(trace)]
    return "\n".join(
        [
            r"\begin{tabular}{@{}l>{\raggedright\arraybackslash}p{0.74\textwidth}@{}}",
            r"\toprule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
        ]
    )


def _quantity(trace: Trace, name: str) -> str:
    """The formula of a quantity, one entry opened, its numbers."""
    value = trace.view.value(name, trace.quantities[name].value)
    entry = example_of(trace, name)
    opened = trace.explain(str(trace.view.name(entry)))
    lines = []
    tree = trace.view.whole(name)
    if tree is not None and value.size > 1:
        lines.append(_display(_whole(trace).equation(Name(trace.view.quantity(name)), tree)))
    if opened.tree is not None:
        lines += [*_opened(trace, opened), *_terms(opened)]
    if opened.tree is None or value.size > 1:
        lines.append(_numbers(trace, name, value))
    return "\n".join([*lines, ""])


def _display(formula: str) -> str:
    """A displayed formula, scaled to the line where it is too long for it."""
    return rf"\[ \fit{{{formula}}} \]"


def _opened(trace: Trace, e: Explanation) -> list[str]:
    """The formula of the entry, the numbers put in, the result, one below the other."""
    assert e.tree is not None
    number = trace.view.look_up(trace.number)
    shown = Tex().name(trace.view.name(e.entry))
    lines = [Tex().write(e.tree), Tex(show=lambda name: readable(number(name))).write(e.tree)]
    body = " \\\\\n".join(f"&= {line}" for line in lines)
    result = rf"&= \mathbf{{{Tex().number(readable(e.result))}}}"
    aligned = f"\\begin{{aligned}}\n{shown} {body} \\\\\n{result}\n\\end{{aligned}}"
    return [_display(aligned)]


def _terms(e: Explanation) -> list[str]:
    """Of a long sum the largest terms and the exact rest."""
    if not e.others:
        return []
    written = [Tex().write(term.tree) if term.tree is not None else escaped(term.formula) for term in e.terms]
    rows = [rf"${formula}$ & ${_figures(term.value)}$ \\" for formula, term in zip(written, e.terms, strict=True)]
    rows.append(rf"{STEP['others'].format(count=e.others)} & ${_figures(e.remainder)}$ \\")
    if e.factor != 1:
        rows.append(rf"{STEP['times']} & ${_figures(e.factor)}$ \\")
    table = ["{\\small\\begin{tabular}{@{}lr@{}}", r"\toprule", r"its largest terms & \\", r"\midrule", *rows,
             r"\bottomrule", r"\end{tabular}}", ""]  # fmt: skip
    return table


def _figures(value: float) -> str:
    return Tex().number(readable(value))


def _numbers(trace: Trace, name: str, value: Array) -> str:
    """One number, a matrix, or the statistics of a large array."""
    symbol = Tex().name(Name(trace.view.quantity(name)))
    if value.size == 1:
        return _display(f"{symbol} = {_figures(float(value.reshape(-1)[0]))}")
    if written_out(value):
        rows = [" & ".join(Tex().number(f"{float(entry):.5g}") for entry in row) for row in np.asarray(as_rows(value))]
        return _display(symbol + " = \\begin{pmatrix}\n" + " \\\\\n".join(rows) + "\n\\end{pmatrix}")
    found, size = Statistics.of(value), size_of(value.shape).replace(" x ", r" $\times$ ")
    return (
        rf"${symbol}$: {size} numbers from ${_figures(found.least)}$ to "
        rf"${_figures(found.greatest)}$, mean ${_figures(found.mean)}$, deviation ${_figures(found.deviation)}$."
    )
