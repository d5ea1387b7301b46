"""What a column becomes: worked by hand."""

import numpy as np
import pytest

from glassnet.errors import DataError
from glassnet.estimators.columns import (
    ONE_HOT,
    LeftOut,
    Numbers,
    Words,
    config,
    learn,
    piecewise,
    recalled,
    smooth_clip,
)
from glassnet.estimators.frames import columns_of


def column(values):
    (found,) = columns_of(np.array(values, object).reshape(-1, 1))
    return found


def read(learned, values):
    return np.column_stack(list(learned.read(column(values)))).tolist()


def test_smooth_clipping_keeps_the_middle_and_the_order_and_ends_at_3():
    z = np.linspace(-50, 50, 1001)
    A = smooth_clip(z)
    assert (np.diff(A) > 0).all()
    assert np.abs(A).max() < 3
    assert smooth_clip(0.1) == pytest.approx(0.1, abs=1e-4)
    assert smooth_clip([3.0, -4.0]) == pytest.approx([3 / np.sqrt(2), -4 / (5 / 3)])


@pytest.mark.parametrize("far", [1e160, 1e300, 1.7e308, np.inf])
def test_smooth_clipping_of_very_large_numbers_is_3(far):
    assert smooth_clip([far, -far]) == pytest.approx([3.0, -3.0])


def test_numbers_are_measured_by_median_and_quartiles():
    """Quartiles 1.5 and 3.5 of 0, 1, 2, 3, 4, 900 ... : the far one counts as one value, however far it is."""
    learned = Numbers.learn(column([0, 1, 2, 3, 4]))
    assert learned == Numbers("x0", 2.0, 0.5, gaps=False)
    assert learned == Numbers.learn(column([0, 1, 2, 3, 10**9]))
    assert read(learned, [2, 4]) == [[0.0], [pytest.approx(1 / np.sqrt(1 + 1 / 9))]]


def test_bins_say_how_far_a_value_has_gone_through_each_of_them():
    """0, 1, ..., 8 in 4 bins: edges at 0, 2, 4, 6, 8, scaled by median 4 and quartiles 2 and 6."""
    learned = Numbers.learn(column(list(range(9))), bins=4)
    assert learned.edges == pytest.approx(smooth_clip([-1.0, -0.5, 0.0, 0.5, 1.0]).tolist())
    assert learned.binned == ("x0 in bin 1", "x0 in bin 2", "x0 in bin 3", "x0 in bin 4")
    np.testing.assert_allclose(
        learned.read_bins(column([0, 4, 6, 100, None])),
        [[-0.5] * 4, [0.5, 0.5, -0.5, -0.5], [0.5, 0.5, 0.5, -0.5], [0.5] * 4, [0.5, 0.5, -0.5, -0.5]],
        atol=1e-12,
    )


def test_a_value_within_a_bin_is_on_a_line():
    assert piecewise([0.25], [0.0, 1.0, 3.0]).tolist() == [[-0.25, -0.5]]


@pytest.mark.parametrize("values", [[0, 1] * 10, [5] * 10, [0] * 18 + [1, 2]], ids=["two values", "one", "mostly one"])
def test_numbers_that_would_fill_hardly_any_bins_have_none(values):
    assert Numbers.learn(column(values), bins=8).edges == ()


def test_equal_quartiles_are_replaced_by_the_range():
    assert Numbers.learn(column([0, 0, 0, 0, 0, 0, 0, 4])) == Numbers("x0", 0.0, 0.5, gaps=False)


def test_a_gap_is_the_median_and_is_marked():
    learned = Numbers.learn(column([0, 1, 2, 3, 4, None]))
    assert learned.columns == ("x0", "x0 is missing")
    assert read(learned, [None, 2]) == [[0.0, 1.0], [0.0, 0.0]]
    assert read(Numbers.learn(column([0, 1, 2, 3, 4])), [None]) == [[0.0]]  # no gaps to learn from: the median alone


def test_a_constant_with_gaps_is_its_gaps():
    learned = learn(column([7, None, 7]))
    assert learned.columns == ("x0 is missing",)
    assert read(learned, [None, 7]) == [[1.0], [0.0]]


def test_numbers_as_large_as_there_are():
    learned = Numbers.learn(column([-1.7e308, 0.0, 1.7e308]))
    assert read(learned, [-1.7e308, 0.0, 1.7e308]) == [[pytest.approx(-A)] for A in (0.9486833, 0, -0.9486833)]


def test_two_words_are_one_column():
    learned = Words.learn(column(["no", "yes", "yes", "no"]))
    assert learned.columns == ("x0=yes",)
    assert read(learned, ["no", "yes", "perhaps", None]) == [[-1.0], [1.0], [0.0], [0.0]]


def test_few_words_are_a_column_each():
    learned = Words.learn(column(["a", "b", "c", "a", "b", "c"]))
    assert read(learned, ["c", "a", "new"]) == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]


def test_a_gap_among_words_is_a_word_of_its_own():
    learned = Words.learn(column(["a", "b", None, "a", "b"]))
    assert learned.columns == ("x0=a", "x0=b", "x0 is missing")
    assert read(learned, [None, "b"]) == [[0, 0, 1], [0, 1, 0]]


def test_a_word_of_one_row_shares_the_place_of_the_unseen():
    learned = Words.learn(column(["a", "a", "b", "b", "c", "c", "once"]))
    assert learned.words == ("a", "b", "c")
    assert read(learned, ["once"]) == read(learned, ["never"]) == [[0, 0, 0]]


def test_many_words_are_codes():
    words = [f"w{k:02}" for k in range(ONE_HOT + 1)]
    learned = Words.learn(column([*words, *words, None]))
    assert learned.coded
    assert learned.categories == ONE_HOT + 3  # any other word, the words, a gap
    assert read(learned, ["w00", "w16", "new", None]) == [[1], [17], [0], [18]]


def test_as_many_words_as_are_asked_for_are_a_column_each():
    words = [f"w{k:02}" for k in range(ONE_HOT + 1)]
    assert Words.learn(column(words * 2), one_hot=len(words)).columns == tuple(f"x0={word}" for word in words)
    assert Words.learn(column(words * 2), one_hot=ONE_HOT).coded


@pytest.mark.parametrize(
    "values",
    [[5, 5, 5], [None, None, None], ["CH", "CH", "CH"], ["id1", "id2", "id3"]],
    ids=["one number", "no value", "one word", "another word in every row"],
)
def test_what_says_nothing_is_left_out(values):
    assert learn(column(values)) == LeftOut("x0")


@pytest.mark.parametrize(
    "learned",
    [Numbers("a", 1.5, 0.25, True, (0.0, 0.5, 2.0, 3.0)), Words("b", ("x", "y"), False), LeftOut("c")],
    ids=lambda one: one.kind,
)
def test_a_column_comes_back_from_its_description(learned):
    assert recalled(config(learned)) == learned


@pytest.mark.parametrize(
    "forged",
    [
        None,
        {},
        {"kind": "os.system"},
        {"kind": "numbers", "name": "a", "median": float("nan"), "factor": 1.0, "gaps": False},
        {"kind": "numbers", "name": "a", "median": "1", "factor": 1.0, "gaps": False},
        {"kind": "numbers", "name": "a", "median": 1.0, "factor": 1.0, "gaps": 1},
        {"kind": "numbers", "name": "a", "median": 1.0, "factor": 1.0, "gaps": True, "edges": [0.0, 0.0, 1.0]},
        {"kind": "numbers", "name": "a", "median": 1.0, "factor": 1.0, "gaps": True, "edges": [0.0]},
        {"kind": "words", "name": "a", "words": ["x"], "gaps": False, "one_hot": 1.5},
        {"kind": "words", "name": "a", "words": [1], "gaps": False},
        {"kind": "words", "name": "a", "words": ["x"], "gaps": False, "more": 1},
        {"kind": "left out", "name": 3},
    ],
)
def test_a_forged_description_is_one_sentence(forged):
    with pytest.raises(DataError, match="describes no column"):
        recalled(forged)
