"""Metrics by name, of networks with every kind of end: labels, logits, probabilities, one column or several."""

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError
from glassnet.maths import metrics
from glassnet.tensors.grouped import grouped_crossentropy

RANDOM = np.random.default_rng(12)
X = RANDOM.normal(size=(120, 4))
THREE = (X[:, 0] + 0.5 * RANDOM.normal(size=120) > 0).astype(int) + (X[:, 1] > 0.3)
YES_NO = np.where(THREE > 0, "yes", "no")
WANTED = ("accuracy", "roc_auc", "average_precision", "log_loss", "brier", "calibration_error", "matthews")


def trained(y, layers, **settings):
    net = gn.Network(layers)
    return net, net.fit(X, y, epochs=4, metrics=WANTED, engine="reference", **settings)


@pytest.mark.parametrize("last", ["identity", "softmax"])
def test_of_several_classes(last):
    net, run = trained(THREE, [gn.Dense(3, last)])
    measured, P = net.evaluate(X, THREE, metrics=WANTED), net.predict_proba(X)
    for name in ("roc_auc", "average_precision", "log_loss", "brier", "calibration_error"):
        assert measured[name] == pytest.approx(metrics.get(name)(THREE, P), rel=1e-6)
    assert measured["matthews"] == metrics.matthews(THREE, net.predict(X))
    assert measured["log_loss"] == pytest.approx(measured["loss"], rel=1e-5)
    assert run.history[-1].keys() == {"epoch", "loss", "seconds", *WANTED}


@pytest.mark.parametrize("last", ["identity", "sigmoid"])
def test_of_yes_and_no(last):
    net, run = trained(YES_NO, [gn.Dense(1, last)], loss="binary_crossentropy", validation_data=(X[:30], YES_NO[:30]))
    measured, p = net.evaluate(X, YES_NO, metrics=WANTED), net.predict_proba(X)[:, 1]
    for name in ("roc_auc", "average_precision", "log_loss", "brier", "calibration_error"):
        assert measured[name] == pytest.approx(metrics.get(name)(YES_NO == "yes", p), rel=1e-6)
    assert {f"val_{name}" for name in WANTED} < run.history[-1].keys()


def test_several_answers_a_row_count_each():
    Y = np.float64(X[:, :2] > 0)
    net = gn.Network([gn.Dense(2)])
    net.fit(X, Y, loss="binary_crossentropy", epochs=2, metrics=("roc_auc", "brier"))
    P = net.predict_proba(X)
    assert net.evaluate(X, Y, metrics=("brier",))["brier"] == pytest.approx(
        metrics.brier(Y.ravel(), P.ravel()), rel=1e-6
    )


def test_several_answers_a_row_count_together_where_that_is_asked_for():
    Y, weights = (X[:, :2] > 0).astype(int), np.arange(1.0, 121)
    net = gn.Network([gn.Dense(2)])
    net.fit(X, Y, loss="binary_crossentropy", epochs=2, metrics=("accuracy", "subset_accuracy"))
    measured = net.evaluate(X, Y, metrics=("subset_accuracy", "accuracy"), sample_weight=weights)
    right = net.predict(X) == Y
    assert measured["subset_accuracy"] == pytest.approx(np.average(right.all(axis=1), weights=weights))
    assert measured["accuracy"] == pytest.approx(np.average(right.mean(axis=1), weights=weights))


def test_several_labels_of_several_classes_count_together():
    labels, weights = np.column_stack([THREE, THREE > 1]), np.arange(1.0, 121)
    Y = np.hstack([np.eye(3)[labels[:, 0]], np.eye(2)[labels[:, 1]]])
    net = gn.Network([gn.Dense(5)])
    loss = grouped_crossentropy.configured(groups=(3, 2))
    net.fit(X, Y, loss=loss, epochs=4, metrics=("subset_accuracy",), engine="reference")
    Z = net.outputs(X)
    right = (Z[:, :3].argmax(axis=1) == labels[:, 0]) & (Z[:, 3:].argmax(axis=1) == labels[:, 1])
    measured = net.evaluate(X, Y, metrics=("subset_accuracy",), sample_weight=weights)["subset_accuracy"]
    assert measured == pytest.approx(np.average(right, weights=weights))
    assert 0 < measured < 1


def test_scores_that_are_no_probabilities_have_an_order():
    net = gn.Network([gn.Dense(1)])
    net.fit(X, YES_NO, loss="hinge", epochs=2, metrics=("roc_auc",))
    order = metrics.roc_auc(YES_NO == "yes", net.logits(X))
    assert net.evaluate(X, YES_NO, metrics=("roc_auc",))["roc_auc"] == pytest.approx(order)
    with pytest.raises(SettingError, match="log_loss takes probabilities, and this network has no softmax or sigmoid"):
        net.evaluate(X, YES_NO, metrics=("log_loss",))


def test_one_class_alone_has_no_order_and_the_training_goes_on():
    _, run = trained(THREE, [gn.Dense(3)], validation_data=(X[THREE == 1], THREE[THREE == 1]))
    assert math.isnan(run.history[-1]["val_roc_auc"])
    assert run.ended == "finished"


def test_of_numbers():
    y = X @ [1.0, 2.0, 0.0, -1.0]
    net = gn.Network([gn.Dense(1)])
    run = net.fit(
        X, y, epochs=2, metrics=("r2", "mae", "rmse", "huber", "half_mse", gn.metrics.get("quantile", tau=0.9))
    )
    assert run.history[-1].keys() >= {"mae", "rmse", "huber", "half_mse", "quantile"}
    assert net.evaluate(X, y, metrics=("mae",))["mae"] == pytest.approx(np.abs(y - net.predict(X)).mean(), rel=1e-6)
    with pytest.raises(SettingError, match="roc_auc is about classes, and this network learns numbers"):
        net.evaluate(X, y, metrics=("roc_auc",))


@pytest.mark.parametrize("name", ["confusion_matrix", "accuracy_interval"])
def test_what_is_no_single_number_is_no_metric_of_a_history(name):
    with pytest.raises(SettingError, match="There is no metric"):
        gn.Network([gn.Dense(3)]).fit(X, THREE, metrics=(name,))


def test_held_out_rows_count_by_their_weights():
    weights = np.arange(30) % 3
    repeated = np.repeat(np.arange(30), weights)
    common = {"loss": "binary_crossentropy", "metrics": ("accuracy", "roc_auc", right), "epochs": 3}
    runs = [
        gn.Network([gn.Dense(1)]).fit(X, YES_NO, validation_data=held_out, **common)
        for held_out in ((X[:30], YES_NO[:30], weights), (X[repeated], YES_NO[repeated]))
    ]
    weighted, plain = (run.history[-1] for run in runs)
    for name in ("val_loss", "val_accuracy", "val_roc_auc"):
        assert weighted[name] == pytest.approx(plain[name], rel=1e-5)
    assert weighted["val_right"] != plain["val_right"]  # a function without weights sees every row once


def right(true, predicted):
    return float((true == predicted).sum())
