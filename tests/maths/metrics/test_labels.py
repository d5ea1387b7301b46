"""Metrics against counting by loops, and against the numbers that scikit-learn 1.9.1 gives for the same labels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import DataError, SettingError, ShapeError, TypeNotUsableError
from glassnet.maths.metrics import (
    CATALOGUE,
    accuracy,
    confusion_matrix,
    f1,
    precision,
    r2,
    recall,
    subset_accuracy,
    top_k_accuracy,
)

T = [2, 0, 1, 1, 3, 2, 2, 0, 1, 3, 0, 0]
P = [2, 1, 1, 0, 3, 2, 1, 0, 1, 2, 0, 4]  # 4 never occurs, and is predicted once
BINARY_T, BINARY_P = [1, 0, 1, 1, 0, 0, 1, 0], [1, 1, 0, 1, 0, 1, 1, 0]

# sklearn.metrics.precision_score(T, P, average=..., zero_division=0) and so on
SKLEARN = {
    "precision": {
        "macro": 0.5666666666666667,
        "micro": 0.5833333333333334,
        "weighted": 0.6805555555555555,
        None: [2 / 3, 0.5, 2 / 3, 1.0, 0.0],
    },
    "recall": {
        "macro": 0.4666666666666666,
        "micro": 0.5833333333333334,
        "weighted": 0.5833333333333334,
        None: [0.5, 2 / 3, 2 / 3, 0.5, 0.0],
    },
    "f1": {
        "macro": 0.49523809523809514,
        "micro": 0.5833333333333334,
        "weighted": 0.611111111111111,
        None: [4 / 7, 4 / 7, 2 / 3, 2 / 3, 0.0],
    },
}
per_class = pytest.mark.parametrize("metric", [precision, recall, f1], ids=lambda metric: metric.name)
words = st.sampled_from(["cat", "dog", "goat", "hen"])
pairs = st.lists(st.tuples(words, words), min_size=1, max_size=30)


def by_counting(t, p, label):
    """True positives, false positives and false negatives of one class."""
    both = list(zip(t, p, strict=True))
    right = sum(a == label and b == label for a, b in both)
    return right, sum(b == label for _, b in both) - right, sum(a == label for a, _ in both) - right


def ratio(part, whole):
    return part / whole if whole else 0.0


def test_what_each_takes():
    takes = {}
    for name, metric in CATALOGUE.items():
        takes.setdefault(metric.takes, set()).add(name)
    assert takes["labels"] >= {"accuracy", "precision", "recall", "f1", "matthews", "balanced_accuracy"}
    assert takes["answers"] == {"subset_accuracy"}
    assert takes["scores"] == {"top_k_accuracy"}
    assert takes["ranks"] == {"roc_auc", "average_precision"}
    assert takes["probabilities"] == {"log_loss", "brier", "calibration_error"}
    assert takes["numbers"] >= {"r2", "mae", "rmse"}
    assert {name for name, metric in CATALOGUE.items() if not metric.single} == {
        "confusion_matrix",
        "accuracy_interval",
    }


# ---- labels ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SKLEARN)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
def test_scikit_learn_gives_the_same(name, average):
    assert CATALOGUE[name](T, P, average=average) == pytest.approx(SKLEARN[name][average], rel=1e-14)


def test_scikit_learn_gives_the_same_for_two_classes():
    assert precision(BINARY_T, BINARY_P) == pytest.approx(0.6)
    assert recall(BINARY_T, BINARY_P) == pytest.approx(0.75)
    assert f1(BINARY_T, BINARY_P) == pytest.approx(2 / 3)
    of_the_other = [metric(BINARY_T, BINARY_P, positive=0) for metric in (precision, recall, f1)]
    assert of_the_other == pytest.approx([2 / 3, 0.5, 4 / 7])


def test_the_confusion_matrix_has_the_true_classes_in_its_rows():
    expected = [[2, 1, 0, 0, 1], [1, 2, 0, 0, 0], [0, 1, 2, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 0]]
    assert confusion_matrix(T, P).tolist() == expected
    assert confusion_matrix(["dog"], ["cat"]).tolist() == [[0, 0], [1, 0]]


@given(pairs)
def test_all_of_them_by_counting(labels):
    t, p = (list(column) for column in zip(*labels, strict=True))
    classes = sorted({*t, *p})
    counts = [by_counting(t, p, label) for label in classes]
    assert accuracy(t, p) == sum(a == b for a, b in labels) / len(labels)
    matrix = confusion_matrix(t, p)
    assert matrix.tolist() == [[labels.count((a, b)) for b in classes] for a in classes]
    assert precision(t, p, average=None) == pytest.approx([ratio(tp, tp + fp) for tp, fp, _ in counts])
    assert recall(t, p, average=None) == pytest.approx([ratio(tp, tp + fn) for tp, _, fn in counts])
    assert f1(t, p, average=None) == pytest.approx([ratio(2 * tp, 2 * tp + fp + fn) for tp, fp, fn in counts])


@given(pairs)
def test_of_several_labels_a_row_all_have_to_be_right(labels):
    t, p = (np.array(column) for column in zip(*labels, strict=True))
    assert subset_accuracy(t, p) == subset_accuracy(t[:, None], p[:, None]) == accuracy(t, p)
    beside = np.column_stack([t, t[::-1]]), np.column_stack([p, p[::-1]])
    right = [a == c and b == d for (a, b), (c, d) in zip(*beside, strict=True)]
    assert subset_accuracy(*beside) == pytest.approx(sum(right) / len(right))
    w = np.arange(1.0, 1 + len(right))
    assert subset_accuracy(*beside, sample_weight=w) == pytest.approx(sum(w[right]) / sum(w))


def test_rows_of_several_labels_have_as_many_predictions():
    for prediction in ([[1, 0, 1]], [[1]], [1]):
        with pytest.raises(ShapeError, match="The target has shape"):
            subset_accuracy([[1, 0]], prediction)
    with pytest.raises(ShapeError, match="one weight a row"):
        subset_accuracy([[1, 0]], [[1, 0]], sample_weight=[1, 1])


@given(pairs)
def test_micro_is_the_accuracy_and_weighted_recall_too(labels):
    t, p = (list(column) for column in zip(*labels, strict=True))
    for metric in (precision, recall, f1):
        assert metric(t, p, average="micro") == pytest.approx(accuracy(t, p))
    assert recall(t, p, average="weighted") == pytest.approx(accuracy(t, p))


@given(pairs)
def test_f1_is_the_harmonic_mean_of_precision_and_recall(labels):
    t, p = (list(column) for column in zip(*labels, strict=True))
    a, b, both = (metric(t, p, average=None) for metric in (precision, recall, f1))
    for x, y, z in zip(a, b, both, strict=True):
        assert z == pytest.approx(ratio(2 * x * y, x + y))


@pytest.mark.parametrize(
    "dtype", [np.int8, np.uint64, np.float32, "U1", "S1", object], ids=lambda dtype: np.dtype(dtype).name
)
def test_labels_of_any_dtype(dtype):
    t, p = np.array(T).astype(dtype), np.array(P).astype(dtype)
    assert accuracy(t, p) == accuracy(T, P)
    np.testing.assert_array_equal(confusion_matrix(t, p), confusion_matrix(T, P))
    assert f1(t, p, average="macro") == f1(T, P, average="macro")


def test_booleans_and_columns_are_labels():
    t, p = np.array(BINARY_T, bool), np.array(BINARY_P, bool)
    assert precision(t, p, positive=True) == precision(BINARY_T, BINARY_P) == precision(t[:, None], p)


def test_classes_may_be_named_in_another_order_and_more_than_occur():
    assert confusion_matrix(["a", "b"], ["b", "b"], labels=["c", "b", "a"]).tolist() == [
        [0, 0, 0],
        [0, 1, 0],
        [0, 1, 0],
    ]
    assert recall([0, 1], [0, 1], average="macro", labels=[0, 1, 2]) == pytest.approx(2 / 3)
    for unknown in (["z"], ["0"], ["bb"]):
        with pytest.raises(DataError, match=r"label .* is not among the classes \['a', 'b'\]"):
            confusion_matrix(unknown, ["a"], labels=["a", "b"])
    with pytest.raises(DataError, match=r"is not among the classes \[\]"):
        confusion_matrix([1], [1], labels=[])


# ---- 0 / 0 ----------------------------------------------------------------------------------------------------------


def test_nothing_of_nothing_is_0_without_a_warning():
    assert precision([1, 1], [0, 0]) == 0  # never predicted
    assert recall([0, 0], [1, 1]) == 0  # never occurs
    assert f1([0, 0], [0, 0]) == 0  # neither
    assert recall(["a"], ["b"], average=None).tolist() == [0, 0]


@per_class
@pytest.mark.parametrize("average", ["binary", "macro", "micro", "weighted"])
def test_no_rows_are_0(metric, average):
    assert metric([], [], average=average) == 0


def test_no_rows_have_no_accuracy_and_an_empty_matrix():
    assert accuracy([], []) == 0
    assert confusion_matrix([], []).shape == (0, 0)
    assert confusion_matrix([], [], labels=[0, 1]).tolist() == [[0, 0], [0, 0]]
    assert top_k_accuracy([], np.zeros((0, 3))) == 0
    assert r2([], []) == 0


# ---- labels that cannot be used -------------------------------------------------------------------------------------


@per_class
def test_binary_is_for_two_classes(metric):
    with pytest.raises(SettingError, match=r'average="binary" is for two classes; of 5, take average="macro"'):
        metric(T, P)
    with pytest.raises(SettingError, match=r"positive class 1 is none of \['no', 'yes'\]"):
        metric(["yes", "no"], ["yes", "yes"])
    assert metric(["yes", "no"], ["yes", "no"], positive="yes") == 1
    with pytest.raises(SettingError, match="average must be"):
        metric(T, P, average="mean")


@pytest.mark.parametrize("metric", [accuracy, confusion_matrix, precision, recall, f1], ids=lambda metric: metric.name)
def test_labels_are_one_a_row(metric):
    with pytest.raises(ShapeError, match="The target has 3 labels, the prediction 2"):
        metric([0, 1, 1], [0, 1])
    with pytest.raises(
        ShapeError, match=r"prediction must be labels, one a row, shape \(rows,\); given was shape \(2, 3\)"
    ):
        metric([0, 1], np.zeros((2, 3)))
    with pytest.raises(DataError, match="Labels of dtype int64 cannot be compared with predictions of dtype <U1"):
        metric([0, 1], ["0", "1"])


def test_labels_that_cannot_be_sorted_are_refused():
    mixed = np.array([1, "a"], dtype=object)
    with pytest.raises(TypeNotUsableError, match="one kind that can be sorted"):
        confusion_matrix(mixed, mixed)


# ---- top k ----------------------------------------------------------------------------------------------------------

SCORES = np.array([[0.1, 0.5, 0.4], [0.6, 0.1, 0.3], [0.2, 0.2, 0.6]])


def test_top_k_by_hand():
    assert [top_k_accuracy([2, 2, 1], SCORES, k=k) for k in (1, 2, 3, 7)] == pytest.approx([0, 2 / 3, 1, 1])
    assert top_k_accuracy([2, 2, 1], SCORES) == 1  # 5 by default
    assert top_k_accuracy(["c", "c", "b"], SCORES, k=2, labels=["a", "b", "c"]) == pytest.approx(2 / 3)


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 3), min_size=4, max_size=4)), min_size=1))
def test_top_1_is_the_accuracy_of_argmax_also_with_ties(rows):
    t, scores = [label for label, _ in rows], np.array([row for _, row in rows])
    assert top_k_accuracy(t, scores, k=1) == accuracy(t, scores.argmax(axis=1))
    shares = [top_k_accuracy(t, scores, k=k) for k in range(1, 5)]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_score_of_nan_is_never_among_the_best():
    assert top_k_accuracy([0], [[math.nan, 1.0]], k=2) == 0
    assert top_k_accuracy([1], [[math.nan, 1.0]], k=1) == 1


def test_top_k_arguments_are_checked():
    for k in (0, -1, 1.5, True):
        with pytest.raises(SettingError, match="k is a whole number of at least 1"):
            top_k_accuracy([0], [[1.0, 0.0]], k=k)
    with pytest.raises(ShapeError, match=r"scores of shape \(rows, classes\); given was shape \(3,\)"):
        top_k_accuracy([0], [1.0, 0.0, 2.0])
    with pytest.raises(ShapeError, match="The target has 2 rows, the scores 3"):
        top_k_accuracy([0, 1], SCORES)
    with pytest.raises(DataError, match=r"is not among the classes \[0, 1, 2\]"):
        top_k_accuracy([0, 1, 3], SCORES)


# ---- R squared ------------------------------------------------------------------------------------------------------


def test_r2_of_scikit_learns_examples():
    assert r2([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]) == pytest.approx(0.9486081370449679)
    assert r2([[0.5, 1], [-1, 1], [7, -6]], [[0, 2], [-1, 2], [8, -5]]) == pytest.approx(0.9368005266622779)


def test_r2_is_1_for_exact_0_for_the_mean_and_negative_below():
    t = np.array([1.0, 2.0, 4.0, 9.0])
    assert r2(t, t) == 1
    assert r2(t, np.full(4, t.mean())) == 0
    assert r2(t, -t) < -1
    assert r2(t, t[:, None]) == 1  # never a square


def test_r2_of_a_target_that_does_not_vary():
    assert r2([0.1] * 3, [0.1] * 3) == 1  # its rounded mean is not 0.1


@pytest.mark.parametrize("metric", [accuracy, r2])
def test_a_weight_is_a_number_of_rows(metric):
    random = np.random.default_rng(3)
    t, p, w = random.integers(0, 4, 30), random.integers(0, 4, 30), random.integers(0, 3, 30)
    assert metric(t, p, sample_weight=w) == pytest.approx(metric(np.repeat(t, w), np.repeat(p, w)), rel=1e-14)
    assert metric(t, p, sample_weight=w) != pytest.approx(metric(t, p))
    assert metric(t, p, sample_weight=np.zeros(30)) == 0
    with pytest.raises(ShapeError):
        metric(t, p, sample_weight=w[1:])
    with pytest.raises(DataError):
        metric(t, p, sample_weight=w - 1)
    assert r2([0.1] * 3, [0.1, 0.1, 0.2]) == 0
    assert r2([5.0], [5.0]) == 1


def test_r2_of_predictions_that_left_all_bounds():
    assert r2([1.0, 2.0], [np.inf, 1.0]) == -math.inf
    assert math.isnan(r2([1.0, 2.0], [np.nan, 1.0]))


def test_r2_arguments_are_checked():
    with pytest.raises(ShapeError, match=r"target has shape \(3,\), the prediction \(3, 2\)"):
        r2([1, 2, 3], np.zeros((3, 2)))
    for bad in (["a", "b"], np.zeros((2, 2, 2))):
        with pytest.raises(TypeNotUsableError, match="r2 must be real numbers"):
            r2([1.0, 2.0], bad)
