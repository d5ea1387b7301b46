"""The sections of a classifier: confusions, classes, mistakes."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from glassnet.plots.page import Section
from glassnet.plots.sections.classes import MOST_MISTAKES, ClassRow, Mistake, confusion, mistakes

COUNTS = np.array([[50, 0, 3], [1, 40, 0], [7, 0, 9]])
CLASSES = ["cat", "dog", "cow"]


def root(section: Section) -> ElementTree.Element:
    return ElementTree.fromstring(section.markup)


def table(section: Section, caption: str) -> list[list[str]]:
    """The words of the rows of the table with this caption."""
    (found,) = [t for t in root(section).iter("table") if t.findtext("caption") == caption]
    return [["".join(cell.itertext()) for cell in row] for row in found.iterfind("tbody/tr")]


def text(section: Section) -> str:
    return " ".join("".join(root(section).itertext()).split())


def test_the_most_frequent_confusions_come_first() -> None:
    assert table(confusion(COUNTS, CLASSES), "Most frequent mistakes") == [
        ["cow", "cat", "7", "43.8\xa0%"],
        ["cat", "cow", "3", "5.7\xa0%"],
        ["dog", "cat", "1", "2.4\xa0%"],
    ]


def test_without_confusions_it_says_so() -> None:
    assert "No class was ever taken for another." in text(confusion(np.diag([3, 4]), ["a", "b"]))


def test_the_matrix_stands_as_a_table_too() -> None:
    assert table(confusion(COUNTS, CLASSES), "Rows are true, columns predicted") == [
        ["cat", "50", "0", "3"],
        ["dog", "1", "40", "0"],
        ["cow", "7", "0", "9"],
    ]


def test_each_class_with_its_scores() -> None:
    rows = [ClassRow("cat", 0.862, 1.0, 0.9, 53), ClassRow("dog", math.nan, 0.0, math.nan, 41)]
    assert table(confusion(COUNTS, CLASSES, rows), "Each class") == [
        ["cat", "86.2\xa0%", "100\xa0%", "90.0\xa0%", "53"],
        ["dog", "–", "0\xa0%", "–", "41"],
    ]


@pytest.mark.parametrize(("C", "folded"), [(30, ["The matrix as a table"]), (31, ["Each class"])])
def test_many_classes_fold_what_is_long(C: int, folded: list[str]) -> None:
    rows = [ClassRow(k, 1.0, 1.0, 1.0, 1) for k in range(C)]
    made = root(confusion(np.eye(C, dtype=int), list(range(C)), rows))
    assert [summary.text for summary in made.iter("summary")] == folded


def test_a_matrix_too_fine_to_be_drawn_is_left_out_and_it_says_so() -> None:
    made = confusion(np.ones((150, 150), int), list(range(150)))
    assert "The matrix has 22,500 cells that are not zero, too many to be drawn." in text(made)
    assert "<svg" not in made.markup


def test_labels_of_any_type_are_shown_as_text() -> None:
    made = confusion(np.diag([1, 1, 1]), [np.int64(3), None, "<script>"])
    assert [row[0] for row in table(made, "Rows are true, columns predicted")] == ["3", "None", "<script>"]
    assert "<script>" not in made.markup


def picture(row: int, **other: object) -> Mistake:
    settings = {"image": np.full((8, 8), row, np.uint8), "true": 4, "predicted": 9, "probability": 0.987, "row": row}
    return Mistake(**(settings | other))  # type: ignore[arg-type]


def test_a_mistake_is_a_picture_with_its_words() -> None:
    made = mistakes([picture(17)], "test images")
    (tile,) = root(made).iter("li")
    image = tile.find("img")
    assert image is not None
    assert image.attrib["alt"] == "row 17"
    assert image.attrib["src"].startswith("data:image/png;base64,")
    assert " ".join(" ".join(tile.itertext()).split()) == "true 4 said 9 98.7 % sure row 17"


def test_only_the_first_mistakes_are_shown_in_their_order() -> None:
    shown = [image.attrib["alt"] for image in root(mistakes([picture(k) for k in range(99)], "rows")).iter("img")]
    assert shown == [f"row {k}" for k in range(MOST_MISTAKES)]


def test_without_pictures_mistakes_are_a_table() -> None:
    made = mistakes([picture(3, image=None, true="a<b")], "rows")
    assert table(made, "The surest mistakes") == [["3", "a<b", "9", "98.7\xa0%"]]
    assert list(root(made).iter("img")) == []


def test_no_mistakes_are_good_news() -> None:
    assert "None of the test rows is wrong." in text(mistakes([], "test rows"))


def test_a_long_class_name_is_whole_in_its_title() -> None:
    made = root(mistakes([picture(1, true="a very long name")], "rows"))
    assert [dd.get("title") for dd in made.iter("dd")] == ["a very long name", None]
