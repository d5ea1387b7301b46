"""A step as a page of its own: read like a document, walked through with the arrow keys, shown in a lecture.

Everything is on the page without a script: formulas as MathML, numbers as tables, large arrays folded. The script,
which the page's policy allows by its digest alone, moves the reader, hides results until they are predicted, enlarges.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from glassnet._version import __version__
from glassnet.lab.messages import ATTRIBUTION, STEP, TOOLS
from glassnet.lab.show import attributed, cards, story, svg
from glassnet.lab.show.numbers import written_out
from glassnet.plots import page as frame
from glassnet.plots import theme
from glassnet.plots.svg import Markup, element

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace

HERE = Path(__file__).parent
PRESSED = ("predict", "lecture", "dark")  # the buttons that stay down


def page(trace: Trace) -> str:
    """The whole document."""
    title = story.title(trace)
    parts, made = story.parts(trace), attributed.section(trace)
    body = [
        element("a", STEP["skip"], class_="skip", href="#step"),
        _tools(),
        element("main", _head(trace, title, parts, made), [_part(trace, part) for part in parts], made, id="step"),
        element("footer", element("p", STEP["footer"].format(version=__version__))),
        element("div", "", id="said", role="status", aria_live="polite", class_="skip"),
    ]
    return frame.page(title, *body, css=_css(), script=_resource("walk.js"))


def fragment(trace: Trace) -> str:
    """The step inside another page, such as a notebook's: formulas and numbers, its own colours, no script."""
    rows = [
        element("tr", element("th", cards.symbol(trace, name), scope="row", style="text-align:left"),
                element("td", cards.formula(trace, name), style="text-align:left"),
                element("td", _short(trace, name), style="text-align:left"))
        for name in trace.quantities
    ]  # fmt: skip
    head = element("tr", [element("th", text, scope="col", style="text-align:left")
                          for text in ("quantity", "formula", "value")])  # fmt: skip
    table = element("table", element("caption", story.title(trace)), element("thead", head), element("tbody", rows))
    return str(element("div", table, style="overflow-x:auto"))


def _short(trace: Trace, name: str) -> str:
    from glassnet.lab.trace import short

    return short(trace[trace.view.quantity(name)].value)


def _tools() -> Markup:
    """The buttons, which only a script can serve: hidden without one."""
    buttons = [
        element("button", text, type="button", data_does=does, aria_pressed="false" if does in PRESSED else None)
        for does, text in TOOLS.items()
    ]
    where = element("span", STEP["walk"], class_="where")
    return element("div", buttons, where, class_="bar-of-tools", role="toolbar", aria_label="Walk", hidden=True)


def _head(trace: Trace, title: str, parts: tuple[story.Part, ...], made: Markup | None) -> Markup:
    facts = [element("div", element("dt", name), element("dd", value)) for name, value in story.facts(trace)]
    links = [element("li", element("a", part.title, href=f"#{part.name}")) for part in parts]
    if made is not None:
        links.append(element("li", element("a", ATTRIBUTION["heading"], href="#made")))
    return element(
        "header",
        element("p", STEP["eyebrow"], class_="eyebrow"),
        element("h1", title),
        element("nav", element("ul", links), aria_label=STEP["parts"]),
        frame.scroll(svg.network(trace), STEP["network"]),
        element("dl", facts, class_="settings"),
        [element("p", note, class_="note") for note in trace.notes],
        class_="card",
    )


def _part(trace: Trace, part: story.Part) -> Markup:
    small = [name for name in part.quantities if not _folded(trace, part, name)]
    folded = [name for name in part.quantities if _folded(trace, part, name)]
    return element(
        "section",
        element("h2", part.title, id=f"{part.name}-heading"),
        element("p", part.sentence),
        element("div", [_stop(trace, name, part.name) for name in small], class_="stops"),
        _fold(trace, part, folded),
        id=part.name,
        class_=f"card part {part.name}",
        aria_labelledby=f"{part.name}-heading",
    )


def _folded(trace: Trace, part: story.Part, name: str) -> bool:
    """Large arrays that are read only when they are asked for: what is given, and what leads to the new weights."""
    large = not written_out(trace.quantities[name].value)
    kept = "." in name and not (name.endswith(".new") and name.count(".") == 1)  # moments, and stages of the update
    return large and (kept or (part.name == "given" and name != "X"))


def _fold(trace: Trace, part: story.Part, names: list[str]) -> Markup | None:
    if not names:
        return None
    shown = ", ".join(trace.view.quantity(name) for name in names)
    stops = [_stop(trace, name, part.name) for name in names]
    return element(
        "details", element("summary", STEP["large arrays"].format(count=len(names), names=shown)), stops, class_="big"
    )


def _stop(trace: Trace, name: str, part: str) -> Markup:
    """One quantity: the reader's next halt."""
    shown, said = trace.view.quantity(name), cards.words(trace, name)
    identifier = f"q-{shown.replace('.', '-')}"
    opened, explanation = cards.opened(trace, name)
    scalar = trace.quantities[name].value.size == 1
    alone = scalar and explanation is not None  # then the entry that is opened is all there is
    result = None if alone else element("div", cards.numbers(trace, name), class_="result")
    asked = None if explanation is None else _guess(shown if scalar else explanation.name, explanation.result)
    return element(
        "article",
        element("h3", cards.symbol(trace, name), element("span", said), id=identifier),
        None if alone else cards.formula(trace, name),
        opened,
        asked,
        element("div", "", class_="verdict") if asked else None,
        result,
        class_="stop number" if scalar and not alone else "stop",
        tabindex="-1",
        aria_labelledby=identifier,
        data_said=f"{trace.symbols(name)}. {said}",
    )


def _guess(name: str, exact: float) -> Markup:
    """Where a prediction is written before the number is shown."""
    yours = STEP["yours"].format(name=name)
    field = element("input", inputmode="decimal", autocomplete="off", data_exact=repr(exact), aria_label=yours)
    label = element("label", f"{name} = ", field)
    return element("div", label, element("button", STEP["reveal"], type="button"), class_="guess")


@cache
def _resource(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _css() -> str:
    """The style sheet of the walk, and both palettes for whoever chooses one."""
    chosen = "".join(
        f":root.{name}{{{theme.variables(palette)}}}"
        for name, palette in (("light", theme.LIGHT), ("dark", theme.DARK))
    )
    light_on_paper = f"@media print{{:root.dark{{{theme.variables(theme.LIGHT)}}}}}"
    return svg.CSS + _resource("walk.css") + chosen + light_on_paper
