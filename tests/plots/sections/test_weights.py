"""The section of the first layer's weights, in its three forms."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from glassnet.plots.page import Section
from glassnet.plots.sections.weights import MOST_UNITS, weights


def root(section: Section) -> ElementTree.Element:
    return ElementTree.fromstring(section.markup)


def units(section: Section) -> list[str]:
    (grid,) = [div for div in root(section).iter("div") if div.get("class", "").startswith("units")]
    return ["".join(tile.itertext()) for tile in grid]


def test_every_unit_is_a_picture_while_they_are_few() -> None:
    made = weights(np.random.default_rng(0).normal(size=(64, 10)), (1, 8, 8))
    assert units(made) == [str(k) for k in range(10)]
    assert "largest norm" not in made.markup


def test_of_many_units_the_strongest_are_shown_and_it_says_so() -> None:
    W = np.ones((4, 100)) * np.arange(100)
    made = weights(W, (1, 2, 2))
    assert units(made) == [str(k) for k in range(36, 100)]
    assert f"Of 100 units the {MOST_UNITS} whose weights have the largest norm are shown." in made.markup


@pytest.mark.parametrize(("shown", "across"), [(1, 4), (8, 8), (10, 10), (32, 16), (64, 16), (20, 10), (39, 13)])
def test_the_last_row_of_pictures_is_as_full_as_can_be(shown: int, across: int) -> None:
    made = weights(np.ones((4, shown)), (1, 2, 2))
    assert re.findall(r"--across:(\d+)", made.markup) == [str(across)]


def test_grey_weights_have_signs_and_a_legend_and_colour_weights_have_none() -> None:
    W = np.random.default_rng(0).normal(size=(12, 3))
    assert 'class="legend"' in weights(W, (1, 3, 4)).markup
    assert 'class="legend"' not in weights(W, (3, 2, 2)).markup
    assert "channels of a colour" in weights(W, (3, 2, 2)).markup


def test_few_inputs_without_an_image_are_a_map_with_their_names() -> None:
    made = weights(np.array([[1.0, -3.0], [0.5, 0.0]]), None, ["age <", "height"])
    words = ["".join(text.itertext()) for text in root(made).iter("text")]
    assert {"age <", "height"} <= set(words)
    assert "Full colour is ±3." in made.markup


def test_names_that_do_not_fit_are_not_guessed() -> None:
    words = [text.text for text in root(weights(np.ones((2, 2)), None, ["only one"])).iter("text")]
    assert {"input 0", "input 1"} <= set(words)


def test_too_many_inputs_without_an_image_are_left_out_and_it_says_so() -> None:
    made = weights(np.ones((500, 100)), None)
    assert "500 by 100 weights" in made.markup
    assert "<svg" not in made.markup
