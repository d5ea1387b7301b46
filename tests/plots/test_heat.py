"""The confusion matrix and the weight map: every number in its place."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from glassnet.errors import ShapeError
from glassnet.plots import heat
from glassnet.plots.svg import Markup

COUNTS = np.array([[50, 0, 3], [1, 40, 0], [7, 0, 0]])
CLASSES = ["cat", "dog", "cow"]


def cells(markup: Markup) -> dict[str, ElementTree.Element]:
    """The coloured cells by what they say when they are pointed at."""
    groups = ElementTree.fromstring(markup).iter("g")
    return {str(group.findtext("title")): group for group in groups}


def test_every_count_that_is_not_zero_is_written_with_its_meaning() -> None:
    found = cells(heat.confusion_matrix(COUNTS, CLASSES))
    assert {said: group.findtext("text") for said, group in found.items()} == {
        "true cat, predicted cat: 50 rows, 94.3\xa0% of the class": "50",
        "true cat, predicted cow: 3 rows, 5.7\xa0% of the class": "3",
        "true dog, predicted cat: 1 row, 2.4\xa0% of the class": "1",
        "true dog, predicted dog: 40 rows, 97.6\xa0% of the class": "40",
        "true cow, predicted cat: 7 rows, 100\xa0% of the class": "7",
    }


def test_rows_are_true_and_columns_predicted() -> None:
    found = cells(heat.confusion_matrix(COUNTS, CLASSES))
    place = {said.partition(":")[0]: group.find("rect") for said, group in found.items()}
    right, down = place["true cat, predicted cow"], place["true cow, predicted cat"]
    assert right is not None
    assert down is not None
    assert float(right.attrib["x"]) > float(down.attrib["x"])
    assert float(right.attrib["y"]) < float(down.attrib["y"])


def test_the_diagonal_is_right_and_everything_else_wrong() -> None:
    found = cells(heat.confusion_matrix(COUNTS, CLASSES))
    for said, group in found.items():
        rect = group.find("rect")
        assert rect is not None
        true, predicted = said.partition(":")[0].removeprefix("true ").split(", predicted ")
        assert rect.attrib["class"] == ("right" if true == predicted else "wrong")


def test_two_classes_with_the_same_name_are_still_two() -> None:
    markup = heat.confusion_matrix(np.array([[3, 1], [2, 5]]), ["a", "a"])
    assert markup.count('class="right"') == markup.count('class="wrong"') == 2


def test_the_strongest_mistake_is_the_most_coloured() -> None:
    found = cells(heat.confusion_matrix(np.array([[90, 9, 1], [0, 100, 0], [0, 3, 97]]), CLASSES))
    strength = {said.partition(":")[0]: float(g.find("rect").attrib["fill-opacity"]) for said, g in found.items()}  # type: ignore[union-attr]
    assert (
        strength["true cat, predicted dog"] > strength["true cow, predicted dog"] > strength["true cat, predicted cow"]
    )


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_is_stronger(a: float, b: float) -> None:
    low, high = sorted((a, b))
    largest = max(high, 1e-9)
    assert 0.0 <= heat.strength(low, largest) <= heat.strength(high, largest) <= 1.0


def test_too_many_classes_for_numbers_are_colours() -> None:
    counts = 9 * np.eye(100, dtype=int)
    counts[3, 70] = 1
    root = ElementTree.fromstring(heat.confusion_matrix(counts, [str(k) for k in range(100)]))
    assert [text.text for text in root.iter("text")] == ["predicted", "true"]
    lines = {kind: root.findall(f".//path[@class='{kind}-line']") for kind in ("right", "wrong")}
    assert sum(path.attrib["d"].count("M") for path in lines["right"]) == 100
    (wrong,) = lines["wrong"]
    side, left, top = 6.4, 26.0, 26.0
    assert wrong.attrib["d"] == f"M{left + 70 * side:g} {top + 3.5 * side:g}h{side}"


@pytest.mark.parametrize("C", [1, 2, 12, 13, 30])
def test_every_number_of_classes_fits_its_paper(C: int) -> None:
    root = ElementTree.fromstring(heat.confusion_matrix(np.full((C, C), 1234), [f"class {k}" for k in range(C)]))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    rects = [{k: float(r.attrib[k]) for k in ("x", "y", "width", "height")} for r in root.iter("rect")]
    assert len(rects) == C * C
    assert max(r["x"] + r["width"] for r in rects) <= width
    assert max(r["y"] + r["height"] for r in rects) <= height


def test_a_long_name_is_cut_and_whole_in_its_title() -> None:
    long = "a very long class name <&>"
    root = ElementTree.fromstring(heat.confusion_matrix(np.eye(2, dtype=int), [long, "b"]))
    titles = [text.findtext("title") for text in root.iter("text")]
    assert titles.count(long) == 2  # beside the row and above the column
    assert any("".join(text.itertext()) == long + "a very long c…" for text in root.iter("text"))


def test_a_class_that_never_occurs_divides_nothing_by_zero() -> None:
    assert cells(heat.confusion_matrix(np.array([[0, 0], [0, 4]]), ["a", "b"])).keys() == {
        "true b, predicted b: 4 rows, 100\xa0% of the class"
    }
    assert cells(heat.confusion_matrix(np.zeros((2, 2), int), ["a", "b"])) == {}


@pytest.mark.parametrize(("shape", "classes"), [((2, 2), 3), ((2, 3), 2), ((0, 0), 0)])
def test_counts_that_do_not_fit_the_classes_are_refused(shape: tuple[int, int], classes: int) -> None:
    with pytest.raises(ShapeError, match="A confusion matrix of"):
        heat.confusion_matrix(np.ones(shape, int), ["x"] * classes)


# --- the weight map -------------------------------------------------------------------------------------------------


def test_a_weight_map_shows_sign_and_size() -> None:
    W = np.array([[1.0, -2.0], [0.0, 0.5]])
    root = ElementTree.fromstring(heat.weight_map(W, ["age", "height"], title="T"))
    shown = {str(r.findtext("title")): (r.attrib["class"], float(r.attrib["fill-opacity"])) for r in root.iter("rect")}
    assert shown["age to unit 0: 1"] == ("right", 0.5)
    assert shown["age to unit 1: −2"] == ("wrong", 1.0)
    assert shown["height to unit 0: 0"][1] == 0.0
    assert shown["height to unit 1: 0.5"] == ("right", 0.25)


@given(arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 5))))
def test_a_weight_map_of_anything_is_well_formed(W: np.ndarray) -> None:
    root = ElementTree.fromstring(heat.weight_map(W, ["<&>"] * len(W), title="T"))
    assert len(list(root.iter("rect"))) == np.isfinite(W).sum()
    assert all(0 <= float(r.attrib["fill-opacity"]) <= 1 for r in root.iter("rect"))


def test_weights_that_are_all_zero_or_lost() -> None:
    zeros = heat.weight_map(np.zeros((1, 2)), ["a"], title="T")
    assert zeros.count('fill-opacity="0"') == 2
    lost = heat.weight_map(np.full((1, 2), math.nan), ["a"], title="T")
    assert "<rect" not in lost
