"""Elements: whatever text goes in, the same text comes out of a parser, and nothing else."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import SettingError
from glassnet.plots.svg import Markup, clip, element, escape, join, number, picture, standalone

# What XML can hold unchanged: no control characters (a parser turns "\r" into "\n"), no lone surrogates.
LEGAL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))


@given(LEGAL)
def test_text_and_attributes_come_back_from_a_parser_unchanged(text: str) -> None:
    parsed = ElementTree.fromstring(element("text", text, title=text))
    assert (parsed.text or "") == text
    # In attributes XML turns every kind of white space into a space.
    assert " ".join(parsed.attrib["title"].split()) == " ".join(text.split())
    assert len(parsed) == 0


@given(st.text(st.characters()))
def test_any_text_at_all_is_well_formed_and_encodes(text: str) -> None:
    ElementTree.fromstring(element("text", text, title=text).encode("utf-8"))


def test_forbidden_characters_become_the_replacement_character() -> None:
    assert escape("a\x00b\x1fc\ud800d") == "a\ufffdb\ufffdc\ufffdd"


def test_a_script_is_text_and_markup_is_markup() -> None:
    assert element("b", "<script>") == "<b>&lt;script&gt;</b>"
    assert element("b", element("i", "x")) == "<b><i>x</i></b>"


def test_attribute_names_and_absent_attributes() -> None:
    made = element("rect", class_="a", fill_opacity=0.5, x=None, hidden=False, open=True)
    assert made == '<rect class="a" fill-opacity="0.5" open=""/>'


def test_only_empty_elements_of_html_close_themselves() -> None:
    assert element("td") == "<td></td>"
    assert element("img") == "<img/>"


def test_join_flattens_and_leaves_out_none() -> None:
    assert join("a&", None, [Markup("<b/>"), ["c"]], (element("br") for _ in range(2))) == "a&amp;<b/>c<br/><br/>"


@given(st.floats(-1e6, 1e6))
def test_a_number_is_short_and_within_half_a_hundredth(value: float) -> None:
    text = number(value)
    assert abs(float(text) - value) <= 0.005 * (1 + 1e-9)
    assert text == "0" or not text.startswith("-0.00")
    assert "e" not in text
    assert len(text.partition(".")[2]) <= 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_coordinate_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(SettingError, match="no place"):
        element("circle", cx=value)


def test_a_picture_speaks_to_screen_readers() -> None:
    parsed = ElementTree.fromstring(picture(4, 3, title="T < U", description="D", narrowest=2))
    assert parsed.attrib["role"] == "img"
    assert parsed.attrib["viewBox"] == "0 0 4 3"
    assert parsed.attrib["style"] == "max-width:5px;min-width:2px"
    assert [(child.tag, child.text) for child in parsed] == [("title", "T < U"), ("desc", "D")]


def test_a_standalone_picture_is_svg_with_its_style() -> None:
    parsed = ElementTree.fromstring(standalone(picture(4, 3, element("path", d="M0 0"), title="T"), ".a>.b{x:y}"))
    svg = "{http://www.w3.org/2000/svg}"
    assert parsed.tag == f"{svg}svg"
    style = parsed.find(f"{svg}style")
    assert style is not None
    assert style.text == ".a>.b{x:y}"
    assert parsed.find(f"{svg}path") is not None


@given(st.text(), st.integers(1, 30))
def test_clip_keeps_what_fits_and_marks_what_it_cuts(text: str, longest: int) -> None:
    clipped = clip(text, longest)
    assert len(clipped) <= longest
    assert clipped == text if len(text) <= longest else (clipped[-1] == "…" and text.startswith(clipped[:-1]))
