"""The self-contained page: its frame, its style sheet, and the blocks it is built from.

The page loads nothing, and its content security policy forbids it to: no script, no font, no address. What cannot be
shown at a phone's width scrolls in a box of its own; folded parts are open on paper.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.plots import theme
from glassnet.plots.svg import Child, Markup, element, join

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_CSS = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);font:400 1.0625rem/1.6 FONT;overflow-wrap:break-word}
main,footer{max-width:72rem;margin:0 auto;padding:0 clamp(.75rem,3vw,2rem)}
main>*{margin-block:clamp(1rem,2.5vw,1.75rem)}
h1{font-size:clamp(1.6rem,4.4vw,2.6rem);line-height:1.12;letter-spacing:-.02em;margin:.25rem 0 .75rem;
 text-wrap:balance}
h2{font-size:clamp(1.3rem,3vw,1.75rem);line-height:1.2;letter-spacing:-.015em;margin:0 0 .5rem}
h3{font-size:1.0625rem;margin:0 0 .5rem}
p{margin:.5rem 0;max-width:68ch;text-wrap:pretty}
a{color:var(--link);text-underline-offset:.2em}
:focus-visible{outline:3px solid var(--link);outline-offset:3px;border-radius:4px}
.skip{position:absolute;left:-999rem;background:var(--paper);padding:.5rem 1rem;z-index:1}
.skip:focus{left:1rem;top:1rem}
.card{background:var(--paper);border:1px solid var(--line);border-radius:1rem;padding:clamp(1rem,3vw,2.25rem)}
.eyebrow{color:var(--muted);font-size:.9rem;font-weight:600;letter-spacing:.04em;margin:0}
.muted,.read{color:var(--muted)}
.columns{display:grid;gap:clamp(1.25rem,3vw,2.5rem);align-items:start;margin-top:1.25rem;
 grid-template-columns:repeat(auto-fit,minmax(min(100%,23rem),1fr))}
.columns>*{min-width:0}

.hero{display:grid;gap:1rem clamp(1.5rem,4vw,3rem);align-items:center;
 grid-template-columns:minmax(0,1.35fr) minmax(0,1fr)}
.hero>:only-child,.hero>:first-child:nth-last-child(2):not(:has(~figure)){grid-column:1/-1}
.score{font-size:clamp(4.2rem,15vw,8.5rem);line-height:1;font-weight:750;letter-spacing:-.045em;color:var(--right);
 font-variant-numeric:tabular-nums;margin:.15em 0 0;white-space:nowrap}
.score.bad{color:var(--wrong)}
.score small{font-size:.42em;font-weight:600;letter-spacing:0}
.claim{font-size:clamp(1.05rem,2.2vw,1.3rem);margin:0 0 .75rem}
.meter{position:relative;height:.9rem;border-radius:.45rem;overflow:hidden;background:var(--wrong);max-width:34rem}
.meter i{position:absolute;inset:0 auto 0 0;background:var(--right);border-right:2px solid var(--paper)}
.meter .whole{border:none}
.meter b{position:absolute;top:0;bottom:0;width:3px;background:var(--paper)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:1rem;margin:0;grid-column:1/-1;
 border-top:1px solid var(--line);padding-top:1.25rem}
.facts dt{color:var(--muted);font-size:.9rem}
.facts dd{margin:0;font-size:1.45rem;font-weight:650;letter-spacing:-.01em;line-height:1.3;
 font-variant-numeric:tabular-nums}
nav ul{display:flex;flex-wrap:wrap;gap:.4rem 1.25rem;list-style:none;margin:0;padding:0 .25rem}

figure{margin:0;min-width:0}
figcaption{color:var(--muted);font-size:.95rem;margin-top:.5rem;max-width:68ch}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.98rem;font-variant-numeric:tabular-nums;width:100%}
caption{text-align:left;font-weight:600;padding-bottom:.4rem}
.scroll+.scroll{margin-top:1.5rem}
th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--grid);vertical-align:baseline}
th{font-weight:500}
tbody th{min-width:3.5rem}
thead th{color:var(--muted);font-size:.88rem;border-color:var(--line);white-space:nowrap}
.n{text-align:right;white-space:nowrap}
td:last-child,th:last-child{padding-right:.15rem}
.name{display:inline-block;max-width:18rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;
 vertical-align:bottom}
.columns .name{max-width:9rem}
.value{overflow-wrap:anywhere}
.bar{display:inline-block;height:.5rem;width:3.5rem;margin-right:.6rem;border-radius:.25rem;background:var(--grid);
 overflow:hidden}
.bar i{display:block;height:100%;background:var(--right)}
.bar.bad i{background:var(--wrong)}
details{margin-top:1.25rem}
summary{cursor:pointer;color:var(--link);font-weight:500;padding:.3rem 0}
details>:nth-child(2){margin-top:.5rem}

img{image-rendering:crisp-edges;image-rendering:pixelated;display:block;width:100%;height:auto}
.tiles{display:grid;grid-template-columns:repeat(8,minmax(0,1fr));gap:1.5rem 1.1rem;list-style:none;padding:0;
 margin:1.5rem 0 0}
.tiles img{border-radius:.6rem;border:1px solid var(--line)}
.tiles dl{display:grid;grid-template-columns:auto minmax(0,1fr);column-gap:.5rem;margin:.5rem 0 .2rem;line-height:1.35;
 align-items:baseline}
.tiles dt{color:var(--muted);font-size:.9rem}
.tiles dd{margin:0;font-weight:650;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.tiles p{margin:0;color:var(--muted);font-size:.85rem;line-height:1.45}
.tiles .said{color:var(--wrong)}
.units{display:grid;grid-template-columns:repeat(var(--across),minmax(0,1fr));gap:.6rem .5rem;margin:1.5rem 0 .75rem}
.units div{font-size:.78rem;color:var(--muted);text-align:center;line-height:1.5}
.units img{border-radius:.3rem;max-width:9rem;margin:auto}
.units.signed img{border:1px solid var(--line)}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.9rem;color:var(--muted);align-items:center}
.scale{display:inline-flex;align-items:center;gap:.6rem;font-variant-numeric:tabular-nums}
.legend img{width:11rem;height:.8rem;border-radius:.3rem;image-rendering:auto}
footer{color:var(--muted);font-size:.9rem;padding-block:.5rem 2.5rem}

@media (prefers-color-scheme:dark){.signed img{filter:invert(1) hue-rotate(180deg);border-color:transparent!important}}
@media (max-width:56rem){.hero{grid-template-columns:minmax(0,1fr)}.hero figure{max-width:24rem}
 .tiles{grid-template-columns:repeat(6,minmax(0,1fr))}.units{grid-template-columns:repeat(min(8,var(--across)),1fr)}}
@media (max-width:36rem){.tiles{grid-template-columns:repeat(3,minmax(0,1fr))}.units{gap:.4rem}.bar{display:none}
 th,td{padding-right:.6rem}.name,.columns .name{max-width:6.5rem}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{body{background:none;font-size:10.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
 .card{border:none;padding:0;border-radius:0}.skip,nav{display:none}main,footer{max-width:none;padding:0}
 .signed img{filter:none}figure,.tiles li,tr,.facts,.units div{break-inside:avoid}h2,h3,.read,caption{break-after:avoid}
 details::details-content{content-visibility:visible;height:auto}
 summary{list-style:none;color:inherit;break-after:avoid}summary::-webkit-details-marker{display:none}
 .read{break-inside:avoid}.columns{grid-template-columns:1fr 1fr}.facts{grid-template-columns:repeat(5,1fr)}
 .bar{display:none}.tiles p{font-size:.7rem}.scroll{overflow:visible}
 .picture{min-width:0!important}.hero{grid-template-columns:minmax(0,1.35fr) minmax(0,1fr)}
 .tiles{grid-template-columns:repeat(8,minmax(0,1fr))}.units{grid-template-columns:repeat(var(--across),minmax(0,1fr))}}
"""


@dataclass(frozen=True)
class Section:
    """A part of the page with its heading and the name that links to it."""

    heading: str
    identifier: str
    markup: Markup


def page(title: str, *body: Child, css: str = "", script: str = "") -> str:
    """A whole HTML document around ``body``, as text; of scripts only this one may run.

    >>> page("a < b", element("p", "x")).startswith("<!doctype html>\\n<html lang=\\"en\\">")
    True
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
        element("title", title),
        # Without an icon of its own a page that is served asks the server for one.
        element("link", rel="icon", href="data:,"),
        # Markup: in HTML, unlike in XML, the text of a style element is not unescaped.
        element("style", Markup(theme.css() + _CSS.replace("FONT", theme.FONT) + css)),
    )
    body = (*body, element("script", Markup(script))) if script else body
    return f'<!doctype html>\n<html lang="en">{head}\n{element("body", *body)}</html>\n'


def _policy(script: str) -> str:
    """What the page allows: nothing from elsewhere, and this script by its digest."""
    if not script:
        return _POLICY
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return f"{_POLICY}; script-src 'sha256-{digest}'"


def section(heading: str, *content: Child) -> Section:
    """A card with a heading that links and screen readers find."""
    identifier = heading.lower().replace(" ", "-")
    body = join(element("h2", heading, id=f"{identifier}-heading"), *content)
    card = element("section", body, id=identifier, class_="card", aria_labelledby=f"{identifier}-heading")
    return Section(heading, identifier, join("\n", card))


def contents(sections: Sequence[Section]) -> Markup | None:
    """Links to the sections of the page, where there are several."""
    links = [element("li", element("a", s.heading, href=f"#{s.identifier}")) for s in sections]
    return element("nav", element("ul", links), aria_label="On this page") if len(links) > 1 else None


def read(*sentences: str) -> Markup:
    """How to read what follows."""
    return element("p", " ".join(s for s in sentences if s), class_="read")


def figure(content: Child, label: str, caption: str = "", *, headed: bool = False) -> Markup:
    """A picture in a box that scrolls where the picture is wider; its label is its heading too where ``headed``."""
    return element(
        "figure",
        element("h3", label) if headed else None,
        scroll(content, label),
        element("figcaption", caption) if caption else None,
    )


def scroll(content: Child, label: str) -> Markup:
    """A box that scrolls sideways on its own, by keyboard too."""
    return element("div", content, class_="scroll", role="group", aria_label=label, tabindex="0")


def named(text: str, longest: int = 10) -> Markup:
    """A name that somebody else chose: cut by the style sheet where it is long, whole in its title."""
    return element("span", text, class_="name", title=text if len(text) > longest else None)


def table(caption: str, header: Sequence[str], rows: Sequence[Sequence[Child]], words: Sequence[int] = ()) -> Markup:
    """A table whose first column names its rows; columns are numbers but for the first and those in ``words``."""
    text = {0, *words}
    body = [
        element("tr", element("th", first, scope="row"),
                [element("td", cell, class_="value" if k in text else "n") for k, cell in enumerate(rest, 1)])
        for first, *rest in rows
    ]  # fmt: skip
    head = [element("th", name, scope="col", class_=None if k in text else "n") for k, name in enumerate(header)]
    whole = element("table", element("caption", caption), element("thead", element("tr", head)), element("tbody", body))
    return scroll(whole, caption)


def folded(summary: str, *content: Child) -> Markup:
    """A part that is closed until it is asked for, and open on paper."""
    return element("details", element("summary", summary), *content)


def bar(share: float, bad: bool = False) -> Markup:
    """A small bar for a share that stands beside it in words, so it says nothing to a screen reader."""
    filled = element("i", style=f"width:{100 * min(max(share, 0.0), 1.0):.1f}%")
    return element("span", filled, class_="bar bad" if bad else "bar", aria_hidden="true")


def facts(pairs: Sequence[tuple[str, str]]) -> Markup | None:
    """A row of numbers, each under its name; None without any."""
    if not pairs:
        return None
    return element("dl", [element("div", element("dt", k), element("dd", v)) for k, v in pairs], class_="facts")
