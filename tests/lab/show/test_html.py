"""The page of a step: whole without a script, labelled, within its size; and the walk through it, in a browser."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from glassnet.lab.trace import Trace

QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip


def parsed(html: str) -> ElementTree.Element:
    """The page read as XML, which is stricter than HTML; the script's < and & are no markup."""
    return ElementTree.fromstring(
        re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL).removeprefix("<!doctype html>")
    )


def test_every_quantity_is_a_stop_with_its_formula(each: Trace) -> None:
    root = parsed(each.html())
    stops = [article for article in root.iter("article") if "stop" in article.get("class", "")]
    names = [stop.find("h3").get("id") for stop in stops]  # type: ignore[union-attr]
    assert sorted(names) == sorted(f"q-{name.replace('.', '-')}" for name in each)
    for stop in stops:
        assert stop.get("aria-labelledby") == stop.find("h3").get("id")  # type: ignore[union-attr]
        assert list(stop.iter("math"))


def test_landmarks_and_names_for_a_screen_reader(each: Trace) -> None:
    root = parsed(each.html())
    assert [len(list(root.iter(tag))) for tag in ("main", "h1", "header", "footer")] == [1, 1, 1, 1]
    headings = {heading.get("id") for heading in root.iter("h2")}
    assert {section.get("aria-labelledby") for section in root.iter("section")} == headings
    blocks = [math for math in root.iter("math") if math.get("display") == "block"]
    assert all(math.get("alttext") for math in blocks)
    assert all(image.get("alt") for image in root.iter("img"))
    links = {link.get("href") for link in root.iter("a")}
    assert links == {"#step", *(f"#{section.get('id')}" for section in root.iter("section"))}
    identifiers = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(identifiers) == len(set(identifiers))


def test_it_loads_nothing_and_runs_only_its_own_script(slide: Trace) -> None:
    html = slide.html().replace("&#39;", "'")
    assert not re.search(r"(src|href)=\"(?!#|data:)", html)
    assert "default-src 'none'" in html
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]+=*'", html)


def test_the_numbers_stand_on_it(slide: Trace) -> None:
    html = slide.html()
    for number in ("0.415", "0.6022862", "0.8910288", "0.7091024", "0.1053875", "0.05703764", "0.1489792"):
        assert f"<mn>{number}</mn>" in html


def test_a_wide_step_is_small(wide: Trace) -> None:
    html = wide.html()
    assert len(html.encode()) < 2_000_000
    assert "the other 775 terms together, exactly" in html
    assert html.count('<details class="big">') == 2


def test_the_fragment_for_a_notebook_has_no_script(batch: Trace) -> None:
    fragment = batch._repr_html_()
    assert fragment.startswith("<div")
    assert "<script" not in fragment
    assert len(list(ElementTree.fromstring(fragment).iter("tr"))) == len(batch) + 1


PRESSED = """
const key = (name) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true}));
const at = () => document.activeElement.getAttribute("aria-labelledby");
const shown = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.offsetParent).length;
const seen = {};
key("ArrowRight"); seen.first = at();
key("ArrowRight"); key("ArrowRight"); seen.third = at();
key("ArrowLeft"); seen.second = at(); seen.said = document.getElementById("said").textContent;
key("End"); seen.last = at(); key("ArrowRight"); seen.stays = at();
// Read from the style: ":focus" holds once the window itself has the focus, which is later where the machine is busy.
const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
const focused = rules.filter((rule) => (rule.selectorText || "").endsWith(":focus"));
const own = focused.find((rule) => document.activeElement.matches(rule.selectorText.replace(":focus", "")));
seen.outline = own.style.outline;
const button = (does) => document.querySelector(`[data-does=${does}]`).click();
button("predict"); seen.hidden = shown(".answer");
const stop = document.querySelector("[aria-labelledby=q-Z1]");
stop.querySelector("input").value = "0,42"; stop.querySelector(".guess button").click();
seen.revealed = shown(".answer"); seen.verdict = stop.querySelector(".verdict").textContent;
button("predict"); button("lecture"); seen.stops = shown(".stop");
seen.size = parseFloat(getComputedStyle(document.documentElement).fontSize);
document.body.innerHTML = ""; document.body.textContent = "<<" + JSON.stringify(seen) + ">>";
"""


def test_the_walk_by_keyboard(slide: Trace, chromium: Path, tmp_path: Path) -> None:
    """The page's own script, with a second one that presses keys; the policy, which forbids that, is taken off."""
    html = re.sub(r"<meta http-equiv=[^>]*>", "", slide.html())
    page = tmp_path / "step.html"
    page.write_text(html.replace("</body>", f"<script>{PRESSED}</script></body>"), encoding="utf-8")
    command = [str(chromium), *QUIET, f"--user-data-dir={tmp_path}/profile", "--dump-dom", page.as_uri()]
    dump = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    found = re.search(r"&lt;&lt;(.*?)&gt;&gt;", dump)
    assert found, dump[-500:]
    seen = json.loads(found[1].replace("&quot;", '"'))
    assert [seen[key] for key in ("first", "second", "third")] == ["q-X", "q-y", "q-W1"]
    assert seen["said"] == "2 of 23: y is given. the targets"
    assert seen["last"] == seen["stays"] == "q-b2-new"
    assert "solid" in seen["outline"]
    assert (seen["hidden"], seen["revealed"]) == (0, 1)
    assert seen["verdict"] == "Your 0,42 is right to the digits you wrote."
    assert seen["stops"] == 1
    assert seen["size"] >= 24


@pytest.mark.parametrize("word", ["<script>", "&amp;amp;"])
def test_text_is_only_ever_text(word: str) -> None:
    from glassnet.lab.expressions import Name
    from glassnet.lab.show.mathml import MathML

    assert "<script>" not in MathML().name(Name(word))


def test_brackets_grow_around_fractions_alone() -> None:
    from glassnet.lab.expressions import Name, over
    from glassnet.lab.show.mathml import MathML

    writer = MathML()
    fraction = writer.write(over(Name("A1"), Name("m")))
    for inside, stretchy in ((writer.number("-1"), "false"), (fraction, "true")):
        assert writer.brackets(inside).count(f'stretchy="{stretchy}"') == 2
