"""The drawing of a network: circles, dots and bonds."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from glassnet.plots import diagram


def drawn(*layers: tuple[int, str]) -> ElementTree.Element:
    return ElementTree.fromstring(diagram.network(layers))


def circles(root: ElementTree.Element) -> int:
    return len(root.findall(".//circle[@class='unit']"))


def test_small_layers_are_drawn_whole_and_joined_completely() -> None:
    root = drawn((2, "inputs"), (3, "Dense 3"), (1, "Dense 1"))
    assert circles(root) == 6
    bonds = root.find(".//path[@class='bonds']")
    assert bonds is not None
    assert bonds.attrib["d"].count("M") == 2 * 3 + 3 * 1


def test_large_layers_are_cut_in_the_middle_with_dots() -> None:
    root = drawn((784, "pixels"), (10, "Dense 10"))
    assert circles(root) == 8 + 10
    assert len(root.findall(".//circle")) == 8 + 10 + 3


def test_sizes_and_names_are_written() -> None:
    texts = [text.text for text in drawn((1000, "pixels"), (10, "<b>")).iter("text")]
    assert texts == ["1,000", "pixels", "10", "<b>"]


@pytest.mark.parametrize("depth", [1, 2, 5, 8])
def test_everything_stands_on_the_paper(depth: int) -> None:
    root = drawn(*[(50, "a rather long name of a layer")] * depth)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for circle in root.iter("circle"):
        assert 0 < float(circle.attrib["cx"]) < width
        assert 0 < float(circle.attrib["cy"]) < height
