"""Metrics of scores and probabilities, of rare classes, and of certainty: against scikit-learn, and by counting."""

from __future__ import annotations

import json
import math
import pickle
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from glassnet.errors import DataError, SettingError, ShapeError
from glassnet.maths import losses, metrics
from glassnet.maths.metrics import (
    accuracy_interval,
    average_precision,
    brier,
    calibration_error,
    log_loss,
    matthews,
    roc_auc,
)

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "metrics.json").read_text(encoding="utf-8"))
CASES = [(case, key) for case in GOLDEN if "classes" in case for key in GOLDEN[case]["expected"]]


@pytest.mark.parametrize(("case", "key"), CASES)
def test_the_numbers_are_those_of_scikit_learn(case, key):
    """Made by scripts/make_golden_metrics.py."""
    data, (name, *how) = GOLDEN[case], key.split()
    metric, prediction = metrics.get(name), np.array(data["prediction"])
    settings = {"sample_weight": data["weight"]} if how == ["weighted"] else {}
    if case == "several classes" and name in ("roc_auc", "average_precision"):
        settings = {"average": how[0]}
    if metric.takes == "labels":
        prediction = prediction.argmax(axis=1) if prediction.ndim == 2 else (prediction >= 0.5).astype(int)
    assert metric(data["target"], prediction, **settings) == pytest.approx(data["expected"][key], rel=1e-12)


# ---- by counting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_area_is_the_share_of_pairs_in_order(seed):
    rng = np.random.default_rng(seed)
    t, s, w = rng.integers(0, 2, 20), rng.integers(0, 6, 20) / 5, rng.uniform(0, 2, 20)
    pairs = [(i, j) for i, j in product(range(20), repeat=2) if t[i] == 1 and t[j] == 0]
    good = sum(w[i] * w[j] * ((s[i] > s[j]) + (s[i] == s[j]) / 2) for i, j in pairs)
    assert roc_auc(t, s, sample_weight=w) == pytest.approx(good / sum(w[i] * w[j] for i, j in pairs), rel=1e-12)
    assert roc_auc(t, -s, sample_weight=w) == pytest.approx(1 - good / sum(w[i] * w[j] for i, j in pairs), rel=1e-10)


def test_the_area_does_not_see_the_size_of_scores():
    t, s = [0, 1, 0, 1, 1], np.array([-3.0, 0.2, 0.1, 5.0, -1.0])
    assert roc_auc(t, s) == roc_auc(t, np.exp(s)) == roc_auc(t, 1e6 * s)


def test_two_columns_are_two_classes():
    t, p = np.array([0, 1, 1, 0, 1]), np.array([0.2, 0.7, 0.4, 0.5, 0.9])
    for metric in (roc_auc, average_precision, log_loss, brier, calibration_error):
        assert metric(t, np.column_stack([1 - p, p])) == metric(t, p) == metric(t, p[:, None])


def test_words_have_a_positive_class_or_columns():
    t, p = ["no", "yes", "yes", "no"], [0.1, 0.8, 0.3, 0.4]
    numbers = [0, 1, 1, 0]
    for metric in (roc_auc, average_precision, log_loss, brier):
        assert metric(t, p, positive="yes") == metric(numbers, p)
        columns = np.column_stack([np.subtract(1, p), p])
        assert metric(t, columns, labels=["no", "yes"]) == metric(numbers, p)
    with pytest.raises(SettingError, match="the positive class 1 is none of"):
        roc_auc(t, p)


@pytest.mark.parametrize("t", [[0, 0, 0], [1, 1, 1], []], ids=str)
def test_without_pairs_there_is_no_order(t):
    s = np.linspace(0, 1, len(t))
    assert math.isnan(roc_auc(t, s))
    assert math.isnan(average_precision(t, s)) == (1 not in t)
    assert log_loss(t, s) >= 0


def test_a_class_that_does_not_occur_is_nan_and_counts_for_nothing_by_frequency():
    t, P = [0, 1, 0, 1], np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.5, 0.4, 0.1], [0.2, 0.3, 0.5]])
    each = roc_auc(t, P, average=None)
    assert np.isnan(each).tolist() == [False, False, True]
    assert math.isnan(roc_auc(t, P))
    assert roc_auc(t, P, average="weighted") == pytest.approx(each[:2].mean())


def test_nan_scores_are_nan_and_nothing_is_clipped():
    assert math.isnan(roc_auc([0, 1], [0.5, float("nan")]))
    assert math.isnan(calibration_error([0, 1], [0.5, float("nan")]))
    assert roc_auc([0, 1, 1], [0.5, float("nan"), 0.7], sample_weight=[1, 0, 1]) == 1.0
    assert log_loss([1, 0], [0.0, 0.5]) == math.inf
    assert log_loss([1, 0], [1.0, 0.0]) == 0.0


# ---- calibration ---------------------------------------------------------------------------------------------------


def test_calibration_by_loops():
    rng = np.random.default_rng(3)
    t, P, w = rng.integers(0, 3, 50), rng.dirichlet(np.ones(3), 50), rng.uniform(0, 2, 50)
    total = 0.0
    for k in range(10):
        inside = [i for i in range(50) if k / 10 < P[i].max() <= (k + 1) / 10]
        weight = sum(w[i] for i in inside)
        if weight:
            right = sum(w[i] * (P[i].argmax() == t[i]) for i in inside) / weight
            sure = sum(w[i] * P[i].max() for i in inside) / weight
            total += weight * abs(right - sure)
    assert calibration_error(t, P, bins=10, sample_weight=w) == pytest.approx(total / w.sum(), rel=1e-12)


def test_who_is_as_sure_as_right_is_calibrated():
    assert calibration_error([1] * 3 + [0], [0.75] * 4) == 0.0
    assert calibration_error([0, 1], [0.0, 1.0]) == 0.0
    assert calibration_error([1, 0], [0.0, 1.0]) == 1.0
    assert calibration_error([], []) == 0.0


# ---- labels, numbers -----------------------------------------------------------------------------------------------


def test_the_correlation_of_two_classes_is_that_of_numbers():
    rng = np.random.default_rng(1)
    t, p = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    assert matthews(t, p) == pytest.approx(np.corrcoef(t, p)[0, 1], rel=1e-12)
    assert matthews([1, 1], [1, 1]) == matthews([0, 1], [1, 1]) == matthews([], []) == 0.0
    assert matthews(["a", "b"], ["b", "a"]) == -1.0


@pytest.mark.parametrize(
    "name", ["mse", "rmse", "mae", "mbe", "mape", "msle", "log_cosh", "huber", "quantile", "poisson"]
)
def test_the_losses_of_regression_are_metrics(name):
    t, p, w = [1.0, 2.0, 4.0], [1.5, 2.0, 2.0], [1.0, 0.0, 2.0]
    metric, loss = metrics.get(name), losses.get(name)
    assert metric.takes == "numbers"
    assert metric(t, p, sample_weight=w) == loss(t, p, sample_weight=w)
    assert metric.settings == loss.settings
    assert pickle.loads(pickle.dumps(metric)) is metric


def test_settings_of_a_loss_are_settings_of_its_metric():
    assert metrics.get("quantile", tau=0.9)([1.0], [0.0]) == losses.quantile([1.0], [0.0], tau=0.9)
    assert metrics.get("calibration_error", bins=5).settings["bins"] == 5


# ---- intervals -----------------------------------------------------------------------------------------------------


def labels(right, rows):
    return [1] * rows, [1] * right + [0] * (rows - right)


@pytest.mark.parametrize("method", ["wilson", "clopper_pearson"])
@pytest.mark.parametrize("case", GOLDEN["intervals"], ids=lambda case: f"{case['right']} of {case['rows']}")
def test_the_intervals_are_those_of_scipy(case, method):
    t, p = labels(case["right"], case["rows"])
    found = accuracy_interval(t, p, confidence=case["confidence"], method=method)
    assert found == pytest.approx(case[method], rel=1e-10)


@pytest.mark.parametrize("method", ["wilson", "clopper_pearson"])
def test_an_interval_holds_the_truth_as_often_as_it_says(method):
    """Over all outcomes of 40 rows, by their binomial probabilities."""
    intervals = [accuracy_interval(*labels(k, 40), method=method) for k in range(41)]
    covered = []
    for truth in np.linspace(0.05, 0.95, 19):
        chances = [math.comb(40, k) * truth**k * (1 - truth) ** (40 - k) for k in range(41)]
        covered.append(sum(c for c, (low, high) in zip(chances, intervals, strict=True) if low <= truth <= high))
    if method == "clopper_pearson":
        assert min(covered) >= 0.95
    assert min(covered) > 0.90
    assert np.mean(covered) == pytest.approx(0.95, abs=0.025)


def test_an_interval_shrinks_with_more_rows():
    few, many = (accuracy_interval(*labels(right, rows)) for right, rows in ((98, 100), (9800, 10000)))
    assert few[0] < many[0] < 0.98 < many[1] < few[1]
    assert accuracy_interval([], []) == (0.0, 1.0)


# ---- what cannot be measured ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: roc_auc([0, 1, 2], [0.1, 0.2, 0.3]), SettingError, "for two classes; the target has 3"),
        (lambda: roc_auc([0, 1], [0.1]), ShapeError, r"scores of shape \(1,\) and 2 labels"),
        (lambda: roc_auc([0, 1], [[0.1, 0.2, 0.3]] * 2, average="micro"), SettingError, "average must be"),
        (lambda: roc_auc([0, 7], [[0.1, 0.2, 0.3]] * 2), DataError, "label .*7.* is not among the classes"),
        (lambda: log_loss([0, 1], [0.1, 1.2]), DataError, "log_loss takes probabilities between 0 and 1"),
        (lambda: brier([0, 1], [0.1, 0.2], sample_weight=[1, -1]), DataError, "not negative"),
        (lambda: brier([0, 1], [0.1, 0.2], sample_weight=[1]), ShapeError, "one weight a row"),
        (lambda: calibration_error([0, 1], [0.1, 0.2], bins=0), SettingError, "bins is a whole number"),
        (lambda: accuracy_interval([1], [1], confidence=95), SettingError, "between 0 and 1; given was 95"),
        (lambda: accuracy_interval([1], [1], method="wald"), SettingError, '"wilson" or "clopper_pearson"'),
    ],
)
def test_what_cannot_be_measured_is_a_sentence(call, error, says):
    with pytest.raises(error, match=says):
        call()
