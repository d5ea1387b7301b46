"""The section of a regression."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from glassnet.plots.sections.numbers import MOST_TARGETS, predictions


def test_one_output_is_one_chart() -> None:
    root = ElementTree.fromstring(predictions(np.arange(5.0), np.arange(5.0), ["price <"], "test rows").markup)
    assert [h.text for h in root.iter("h3")] == ["price <"]
    assert [title.text for title in root.iterfind(".//svg/title")] == ["price <: predicted against true"]
    assert "one of the test rows" in "".join(root.itertext())


def test_of_many_outputs_the_first_are_shown_and_it_says_so() -> None:
    values = np.random.default_rng(0).normal(size=(20, 9))
    root = ElementTree.fromstring(predictions(values, values, [], "rows").markup)
    assert [h.text for h in root.iter("h3")] == [f"output {k}" for k in range(MOST_TARGETS)]
    assert "The first 6 of 9 outputs are shown." in "".join(root.itertext())
