"""The page's frame and blocks: well-formed, labelled, and unable to load anything."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from glassnet.plots import page
from glassnet.plots.svg import element


def parsed(text: str) -> ElementTree.Element:
    """The page read as XML, which is stricter than HTML."""
    return ElementTree.fromstring(text.removeprefix("<!doctype html>"))


def test_a_page_is_well_formed_and_forbids_itself_to_load() -> None:
    text = page.page("T & <t>", element("p", "x"))
    root = parsed(text)
    assert root.attrib["lang"] == "en"
    assert root.findtext("head/title") == "T & <t>"
    (policy,) = [meta.attrib["content"] for meta in root.iter("meta") if "http-equiv" in meta.attrib]
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)


def test_the_style_sheet_is_not_escaped() -> None:
    assert "main>*{" in page.page("T")


def test_a_section_is_named_by_its_heading_and_linked_from_the_contents() -> None:
    sections = [page.section("First part", element("p", "a")), page.section("Second", "b")]
    first = ElementTree.fromstring(sections[0].markup)
    heading = first.find("h2")
    assert heading is not None
    assert heading.text == "First part"
    assert first.attrib["aria-labelledby"] == heading.attrib["id"]
    contents = page.contents(sections)
    assert contents is not None
    links = [link.attrib["href"] for link in ElementTree.fromstring(contents).iter("a")]
    assert links == [f"#{first.attrib['id']}", "#second"]


def test_one_section_needs_no_contents() -> None:
    assert page.contents([page.section("Only")]) is None


def test_a_table_has_a_caption_and_scopes_in_a_box_that_scrolls() -> None:
    box = ElementTree.fromstring(page.table("Epochs", ["epoch", "loss", "note"], [["1", "0.5", "<b>"]], words=[2]))
    assert (box.attrib["tabindex"], box.attrib["aria-label"]) == ("0", "Epochs")
    table = box.find("table")
    assert table is not None
    assert table.findtext("caption") == "Epochs"
    assert [(th.text, th.attrib["scope"]) for th in table.iterfind("thead/tr/th")] == [
        ("epoch", "col"), ("loss", "col"), ("note", "col")
    ]  # fmt: skip
    (row,) = table.iterfind("tbody/tr")
    assert [(cell.tag, cell.text, cell.get("class")) for cell in row] == [
        ("th", "1", None), ("td", "0.5", "n"), ("td", "<b>", "value")
    ]  # fmt: skip


def test_a_long_name_is_whole_in_its_title() -> None:
    assert ElementTree.fromstring(page.named("short")).get("title") is None
    assert ElementTree.fromstring(page.named("a name that is long")).get("title") == "a name that is long"


def test_a_bar_is_for_eyes_only_and_stays_in_its_frame() -> None:
    for share, width in ((0.5, "50.0%"), (7.0, "100.0%"), (-1.0, "0.0%")):
        bar = ElementTree.fromstring(page.bar(share))
        assert bar.attrib["aria-hidden"] == "true"
        assert bar[0].attrib["style"] == f"width:{width}"


def test_facts_without_facts_are_nothing() -> None:
    assert page.facts([]) is None
    assert page.facts([("epochs", "5")]) == '<dl class="facts"><div><dt>epochs</dt><dd>5</dd></div></dl>'
