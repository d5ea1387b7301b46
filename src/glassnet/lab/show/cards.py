"""The parts of the page that show one quantity: its name in words, its formula, its numbers, one entry opened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from glassnet.lab.explaining import Explanation
from glassnet.lab.expressions import Name
from glassnet.lab.messages import QUANTITIES, STEP
from glassnet.lab.show.mathml import MathML, math, mathml_symbol
from glassnet.lab.show.notation import Symbol
from glassnet.lab.show.numbers import Statistics, as_rows, example_of, largest, picture, written_out
from glassnet.lab.show.typeset import readable
from glassnet.lab.trace import size_of
from glassnet.plots.page import named
from glassnet.plots.readable import significant
from glassnet.plots.svg import Markup, element
from glassnet.typing import Array

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace


def words(trace: Trace, name: str) -> str:
    """What a quantity (as stored) is."""
    if name == "X" and trace.convention.columns:
        return QUANTITIES["X in columns"]
    first, _, rest = name.partition(".")
    if name in QUANTITIES:
        return QUANTITIES[name]
    of = trace.view.quantity(rest.removesuffix(".new"))
    if f"{first}." in QUANTITIES and rest:
        what = QUANTITIES[f"{first}."].format(of=of)
        return QUANTITIES["new"].format(what=what) if rest.endswith(".new") else what
    if rest and first in trace.formulas.optimizer.kept:
        when = QUANTITIES["after" if rest.endswith(".new") else "before"]
        return QUANTITIES["moment"].format(of=trace.view.quantity(f"d{rest.removesuffix('.new')}"), when=when)
    if rest == "new":
        return QUANTITIES["new"].format(what=words(trace, first))
    if name[0] == "d" and name[1:] in trace.quantities:
        return QUANTITIES["derivative"].format(of=trace.view.quantity(name[1:]))
    found = re.fullmatch(r"([A-Za-z]+)(\d+)", name)
    return QUANTITIES.get(found[1], "").format(k=found[2]) if found else ""


def symbol(trace: Trace, name: str) -> Markup:
    """The quantity's symbol."""
    shown = Name(trace.view.quantity(name))
    if name.startswith("beta") and name in trace.formulas.weights():  # not the optimizer's beta of the same number
        return math(mathml_symbol(Symbol("beta", above=(f"({name[4:]})",))), spoken=shown.quantity)
    return math(MathML().name(shown), spoken=shown.quantity)


def formula(trace: Trace, name: str) -> Markup | None:
    """The formula of the whole quantity; None for what is given."""
    tree, shown = trace.view.whole(name), Name(trace.view.quantity(name))
    if tree is None:
        return None if trace.formulas.given(name) else element("p", STEP["as it is"], class_="muted")
    written = MathML(is_array=lambda n: len(trace.formulas.shapes.get(trace.view.stored(n.quantity), ())) > 0)
    content = math(written.equation(shown, tree), block=True, spoken=trace.symbols(name))
    return element("div", content, class_="formula", tabindex="0", role="group", aria_label=f"Formula of {shown}")


def numbers(trace: Trace, name: str) -> Markup:
    """The numbers of a quantity: one, a matrix, or a heat map with statistics."""
    value = trace.view.value(name, trace.quantities[name].value)
    shown = trace.view.quantity(name)
    if value.size == 1:
        return element("p", minus(readable(float(value.reshape(-1)[0]))), class_="single")
    return _matrix(shown, value) if written_out(value) else _mapped(trace, name, shown, value)


def minus(text: str) -> str:
    """A number with a real minus sign."""
    return text.replace("-", "−")


def _matrix(shown: str, value: Array) -> Markup:
    rows = [element("tr", [element("td", minus(f"{float(entry):.5g}")) for entry in row]) for row in as_rows(value)]
    table = element("table", element("caption", f"{shown}, {size_of(value.shape)}"), element("tbody", rows))
    return element("div", table, class_="matrix", tabindex="0", role="group", aria_label=f"Numbers of {shown}")


def _mapped(trace: Trace, name: str, shown: str, value: Array) -> Markup:
    found = Statistics.of(value)
    facts = [
        ("numbers", f"{value.size:,} ({size_of(value.shape)})"),
        ("from, to", f"{significant(found.least)} to {significant(found.greatest)}"),
        ("mean, deviation", f"{significant(found.mean)}, {significant(found.deviation)}"),
        ("zeros", f"{100 * found.zeros:.3g} %"),
    ]
    image = element("img", src=picture(value), alt=f"{shown} as a heat map: {facts[1][1]}", **_size(value))
    rows = [element("tr", element("th", key, scope="row"), element("td", text)) for key, text in facts]
    rows += [
        element("tr", element("th", str(trace.view.name(entry)), scope="row"),
                element("td", minus(readable(trace.shown_number(entry)))))
        for entry in largest(trace, name)
    ]  # fmt: skip
    table = element("table", element("caption", STEP["statistics"]), element("tbody", rows))
    figure = element("figure", image, class_="signed")
    return element("div", figure, element("div", table, class_="scroll", tabindex="0", role="group",
                                          aria_label=f"Statistics of {shown}"), class_="array")  # fmt: skip


def _size(value: Array) -> dict[str, str]:
    """The picture in the array's own proportions, within reason."""
    rows, columns = as_rows(value).shape
    if rows == 1:
        return {"style": "width:9rem;aspect-ratio:1"}
    ratio = float(np.clip(columns / rows, 0.12, 8))
    return {"style": f"width:{'16rem' if ratio > 0.6 else f'{max(16 * ratio, 2.5):.1f}rem'};aspect-ratio:{ratio:.3f}"}


def opened(trace: Trace, name: str) -> tuple[Markup | None, Explanation | None]:
    """One entry of the quantity opened: its formula, the numbers put in; None for what is given."""
    entry = example_of(trace, name)
    e = trace.explain(str(trace.view.name(entry)))
    if e.tree is None:
        return None, None
    number = trace.view.look_up(trace.number)
    shown = trace.view.name(entry)
    put_in = MathML(show=lambda each: readable(number(each)))
    lines = [
        element("div", math(MathML().equation(shown, e.tree), spoken=f"{shown} = {e.formula}"), class_="line"),
        element("div", math(put_in.row([put_in.sign("="), put_in.write(e.tree)])), class_="line"),
    ]
    many = trace.quantities[name].value.size
    head = element("p", STEP["one of"].format(count=f"{many:,}")) if many > 1 else None
    return element("div", head, lines, _answer(e), _terms(e), class_="opened"), e


def _terms(e: Explanation) -> Markup | None:
    """Of a sum that is longer than can be read, the largest terms and the exact rest."""
    if not e.others:
        return None
    rows = [
        element("tr", element("th", named(term.formula, 40), scope="row"), element("td", minus(term.numbers)),
                element("td", minus(f"{term.value:.7g}"), class_="n"))
        for term in e.terms
    ]  # fmt: skip
    ends = [(STEP["others"].format(count=e.others), e.remainder), (STEP["times"], e.factor)]
    rows += [
        element("tr", element("th", said, scope="row"), element("td"), element("td", minus(f"{x:.7g}"), class_="n"))
        for said, x in (ends if e.factor != 1 else ends[:1])
    ]
    table = element(
        "table", element("caption", STEP["largest terms"].format(count=len(e.terms))), element("tbody", rows)
    )
    fold = element("details", element("summary", STEP["sum of"].format(count=len(e.terms) + e.others)), table)
    return fold


def _answer(e: Explanation) -> Markup:
    """What the opened entry comes to."""
    written = MathML()
    line = written.row([written.sign("="), written.number(readable(e.result))])
    return element("div", math(line, spoken=f"= {readable(e.result)}"), class_="line answer result")
