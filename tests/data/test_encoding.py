"""Labels there and back: words and numbers, one-hot rows and class indices (course row A3)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.data.encoding import classes_of, decode, encode, from_categorical, to_categorical
from glassnet.errors import DataError, ShapeError, TypeNotUsableError

# NumPy's fixed-length words end at their last character that is not NUL, so such words are not told apart.
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
LABELS = st.one_of(
    st.lists(WORDS, min_size=1),
    st.lists(st.integers(-(2**62), 2**62), min_size=1),
    st.lists(st.floats(allow_nan=False, width=32), min_size=1),
    st.lists(st.booleans(), min_size=1),
)


def test_the_first_two_labels_of_mnist_as_the_notes_show_them() -> None:
    # A3: the labels 5 and 0, ten entries each (the notes write nine in the first).
    assert gn.to_categorical([5, 0], classes=10).tolist() == [
        [0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    assert gn.from_categorical(gn.to_categorical([5, 0], classes=10)).tolist() == [5, 0]


def test_the_words_of_the_notes() -> None:
    animals = ["goat", "cat", "dog", "cat"]
    rows = gn.to_categorical(animals)
    assert classes_of(animals).tolist() == ["cat", "dog", "goat"]
    assert rows.dtype == np.float32
    assert rows.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert gn.from_categorical(rows, classes_of(animals)).tolist() == animals


@given(LABELS)
def test_there_and_back(labels: list[object]) -> None:
    rows = to_categorical(labels)
    classes = classes_of(labels)
    assert rows.shape == (len(labels), len(set(labels)))
    assert (rows.sum(axis=1) == 1).all()
    assert from_categorical(rows, classes).tolist() == labels
    assert decode(encode(labels, classes), classes).tolist() == labels


@given(st.permutations(["cat", "dog", "goat", "hen"]), st.lists(st.sampled_from(["cat", "hen"]), max_size=5))
def test_the_order_of_the_classes_is_the_order_of_the_columns(classes: list[str], labels: list[str]) -> None:
    rows = to_categorical(labels, classes)
    assert rows.shape == (len(labels), 4)
    assert [classes[int(row.argmax())] for row in rows] == labels


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, bool])
def test_the_dtype_asked_for_is_given(dtype: type) -> None:
    assert to_categorical([0, 1], dtype=dtype).dtype == dtype


def test_two_classes_and_one_column_of_labels() -> None:
    column = np.array([[1], [0], [1]], np.uint8)
    assert to_categorical(column).tolist() == [[0, 1], [1, 0], [0, 1]]
    assert encode(column, 2).tolist() == [1, 0, 1]


def test_words_from_a_table_of_objects() -> None:
    assert classes_of(np.array(["b", "a"], object)).tolist() == ["a", "b"]


def test_probabilities_become_the_most_probable_label() -> None:
    assert from_categorical([[0.2, 0.5, 0.3], [0.9, 0.05, 0.05]], ["cat", "dog", "goat"]).tolist() == ["dog", "cat"]


@pytest.mark.parametrize(
    ("labels", "classes", "sentence"),
    [
        (["cat", "cow"], ["cat", "dog"], "Row 1 has the label 'cow', which is none of the 2 classes"),
        ([0, 10], 10, "Row 1 has the label 10, which is none of the 10 classes"),
        ([-1], 10, "Row 0 has the label -1"),
        ([0.5], 2, "Row 0 has the label 0.5"),
        (["1"], 10, "The labels are words but the classes are numbers"),
        ([1], ["1"], "The labels are numbers but the classes are words"),
        ([1.0, float("nan")], None, "Row 1 has the label NaN"),
        ([1], ["a", "a"], "A class stands twice"),
        ([1], [], "There are no classes"),
    ],
)
def test_labels_that_are_no_class_are_named(labels: list[object], classes: object, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        to_categorical(labels, classes)


def test_what_are_no_labels_is_said() -> None:
    with pytest.raises(TypeNotUsableError, match="either all words or all numbers"):
        to_categorical(["cat", 5])
    with pytest.raises(TypeNotUsableError, match="words or numbers, not object"):
        to_categorical(np.array([None, "a"], object))
    with pytest.raises(TypeNotUsableError, match="not complex128"):
        to_categorical([1j])
    with pytest.raises(ShapeError, match=r"\(n,\), not \(2, 3\) \(one-hot rows become labels by from_categorical\)"):
        to_categorical(np.eye(3)[:2])
    with pytest.raises(ShapeError):
        to_categorical(7)


def test_one_hot_rows_beyond_the_memory_are_refused() -> None:
    with pytest.raises(DataError, match=r"30000 rows of 30000 classes would be 3\.6 GB"):
        to_categorical(np.arange(30_000))


def test_rows_that_stand_for_no_class_are_named() -> None:
    with pytest.raises(DataError, match="Row 1 stands for no class"):
        from_categorical([[0, 1], [0, 0]])
    with pytest.raises(DataError, match="Row 0 stands for no class"):
        from_categorical([[np.nan, 1.0]])
    with pytest.raises(ShapeError, match="The rows have 3 columns, but there are 2 classes"):
        from_categorical(np.eye(3), ["a", "b"])
    with pytest.raises(ShapeError, match=r"\(n, classes\), not \(3,\)"):
        from_categorical([0, 1, 0])
    with pytest.raises(TypeNotUsableError):
        from_categorical([["a", "b"]])


def test_no_rows_are_no_rows() -> None:
    assert to_categorical([], classes=3).shape == (0, 3)
    assert from_categorical(np.zeros((0, 3))).shape == (0,)
