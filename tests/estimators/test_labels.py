"""What a classifier learns: one label a row, several answers, several labels; and what each of them counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import DataError
from glassnet.estimators.labels import Labels

from .shells import NAMES, PowerCut, X, Y, classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:The reference engine")


KINDS = [
    ([0, 1, 1], "binary", [0, 1]),
    (["b", "a", "b"], "binary", ["a", "b"]),
    ([2, 0, 1], "multiclass", [0, 1, 2]),
    ([[1, 0], [0, 1], [1, 1]], "multilabel", [0, 1]),
    ([["a", "x"], ["b", "y"], ["a", "z"]], "multioutput", [["a", "b"], ["x", "y", "z"]]),
]


@pytest.mark.parametrize(("y", "kind", "classes"), KINDS, ids=repr)
def test_what_the_labels_are(y: Any, kind: str, classes: Any) -> None:
    labels = Labels.of(np.array(y, object if kind == "multioutput" else None))
    assert labels.kind == kind
    assert (
        [list(each) for each in labels.classes] == classes if kind == "multioutput" else list(labels.classes) == classes
    )
    assert not labels.strange(np.array(y))


@pytest.mark.parametrize(
    ("kind", "classes", "outputs", "decided"),
    [
        ("binary", ["no", "yes"], [[0.5], [0.51]], ["no", "yes"]),
        ("multiclass", [3, 5, 7], [[0.1, 0.7, 0.2], [0.6, 0.1, 0.3]], [5, 3]),
        ("multilabel", [0, 1], [[0.9, 0.1], [0.4, 0.6]], [[1, 0], [0, 1]]),
        (
            "multioutput",
            [[0, 1], [4, 5, 6]],
            [[2.0, 1.0, -3.0, 0.0, -1.0], [0.0, 1.0, 9.0, 0.0, 0.0]],
            [[0, 5], [1, 4]],
        ),
    ],
)
def test_from_outputs_to_labels(kind: str, classes: Any, outputs: Any, decided: Any) -> None:
    known = [np.array(each) for each in classes] if kind == "multioutput" else np.array(classes)
    assert Labels(kind, known).decided(np.array(outputs), 0.5).tolist() == decided


def test_words_in_one_column_and_numbers_in_another() -> None:
    both = np.array([[name, number] for name, number in zip(NAMES.tolist(), Y.tolist(), strict=True)], object)
    model = classifier(max_iter=3).fit(X, both)
    assert [each.tolist() for each in model.classes_] == [["setosa", "versicolor", "virginica"], [0, 1, 2]]
    assert {type(label) for label in model.predict(X)[0]} == {str, int}
    known = [["setosa", "versicolor", "virginica"], [0, 1, 2]]
    online = classifier().partial_fit(X, both, classes=known).partial_fit(X, both, classes=known)
    assert {type(label) for label in online.predict(X)[0]} == {str, int}
    assert 0 <= model.score(X, both) <= 1


@pytest.mark.parametrize(
    ("y", "says"),
    [
        (["a", None, "b"], "None in row 1; leave out"),
        ([["a", 1], ["b", None]], "None in row 1"),
        (["a", 1, "b"], "words and others, such as 'b' and 1; make"),
    ],
)
def test_labels_that_are_missing_or_of_two_kinds_have_no_order(y: Any, says: str) -> None:
    with pytest.raises(DataError, match=f"Unknown label type: y holds {says}"):
        Labels.of(np.array(y, object))


def test_two_groups_of_labels_have_a_softmax_each() -> None:
    labels = Labels("multioutput", [np.array([0, 1]), np.array([4, 5, 6])])
    outputs = np.log([[0.2, 0.8, 0.5, 0.25, 0.25]])
    for found, expected in zip(labels.probabilities(outputs + 7), ([[0.2, 0.8]], [[0.5, 0.25, 0.25]]), strict=True):
        np.testing.assert_allclose(found, expected)


def test_class_weight_is_a_weight_of_the_rows() -> None:
    settings: dict[str, Any] = {"max_iter": 20, "shuffle": False}
    weighted = classifier(class_weight={"virginica": 5.0}, **settings).fit(X, NAMES)
    rows = classifier(**settings).fit(X, NAMES, sample_weight=np.where(NAMES == "virginica", 5.0, 1.0))
    np.testing.assert_allclose(weighted.coefs_[0], rows.coefs_[0], rtol=1e-12)
    part = np.r_[0:50, 50:60, 100:120]
    balanced = classifier(class_weight="balanced", **settings).fit(X[part], NAMES[part])
    counted = classifier(class_weight={"setosa": 80 / 150, "versicolor": 80 / 30, "virginica": 80 / 60}, **settings)
    np.testing.assert_allclose(balanced.coefs_[0], counted.fit(X[part], NAMES[part]).coefs_[0], rtol=1e-12)


def test_several_labels_a_row() -> None:
    both = np.column_stack([NAMES, np.where(X[:, 1] > 3, "wide", "narrow")])
    model = classifier(max_iter=60, learning_rate_init=0.02, early_stopping=True, n_iter_no_change=60).fit(X, both)
    assert [list(known) for known in model.classes_] == [sorted(set(NAMES)), ["narrow", "wide"]]
    assert [P.shape for P in model.predict_proba(X)] == [(150, 3), (150, 2)]
    for P in model.predict_proba(X):
        np.testing.assert_allclose(P.sum(axis=1), 1)
    predicted = model.predict(X)
    assert predicted.shape == both.shape
    assert model.score(X, both) == (predicted == both).all(axis=1).mean() > 0.75
    assert model.best_validation_score_ is not None
    parts = classifier().partial_fit(X[:60], both[:60], classes=model.classes_)
    assert parts.partial_fit(X, both).predict(X).shape == both.shape


BOTH = np.column_stack([Y, Y > 1])
ANSWERS = np.column_stack([Y > 0, Y > 1]).astype(int)


@pytest.mark.parametrize("labels", [BOTH, ANSWERS], ids=["labels", "answers"])
def test_the_weights_of_several_labels_a_row_are_multiplied(labels: Any) -> None:
    settings: dict[str, Any] = {"max_iter": 5, "shuffle": False}
    weighted = classifier(class_weight=[{0: 3.0}, {1: 2.0}], **settings).fit(X, labels, sample_weight=1.0 + Y)
    by_hand = (1.0 + Y) * np.where(labels[:, 0] == 0, 3, 1) * np.where(labels[:, 1] == 1, 2, 1)
    rows = classifier(**settings).fit(X, labels, sample_weight=by_hand)
    np.testing.assert_array_equal(weighted.coefs_[0], rows.coefs_[0])
    balanced = classifier(class_weight="balanced", **settings).fit(X, labels)
    assert (balanced.coefs_[0] != rows.coefs_[0]).any()
    with pytest.raises(ValueError, match="a list of dicts"):
        classifier(class_weight={0: 3.0}).fit(X, labels)


def test_a_part_of_the_rows_does_not_say_how_the_classes_are_balanced() -> None:
    with pytest.raises(ValueError, match="'balanced' is not supported for partial_fit"):
        classifier(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])


def test_a_network_of_several_labels_a_row_is_kept_and_read(tmp_path: Path) -> None:
    model = classifier(max_iter=3, out=tmp_path / "run").fit(X, BOTH)
    run = gn.load_run(tmp_path / "run")
    assert run.verify().equal
    model.net_.save(tmp_path / "model.safetensors")
    for network in (run.network, gn.load(tmp_path / "model.safetensors")):
        np.testing.assert_array_equal(network.outputs(X), model.net_.outputs(X))
    assert gn.dissect(network, X[:3], np.eye(5)[[0, 1, 2]] + np.eye(5)[[3, 3, 4]]).check()


@pytest.mark.parametrize("answers", [np.column_stack([Y > 0, Y > 1]).astype(int), BOTH], ids=["yes or no", "classes"])
def test_a_run_of_several_answers_with_held_out_rows_is_resumed(tmp_path: Path, answers: Any) -> None:
    settings: dict[str, Any] = {"max_iter": 6, "early_stopping": True}
    whole = classifier(**settings).fit(X, answers)
    with pytest.raises(KeyError):
        classifier(**settings, out=tmp_path / "run", callbacks=[PowerCut()]).fit(X, answers)
    resumed = gn.load_run(tmp_path / "run").resume()
    np.testing.assert_array_equal(resumed.network.parameters()["W1"], whole.coefs_[0])
    assert [row["val_subset_accuracy"] for row in resumed.history] == whole.validation_scores_


def test_several_answers_a_row() -> None:
    answers = np.column_stack([Y > 0, Y > 1, X[:, 1] > 3]).astype(int)
    model = classifier(max_iter=60, learning_rate_init=0.02, early_stopping=True, n_iter_no_change=60).fit(X, answers)
    assert model.score(X, answers) == (model.predict(X) == answers).all(axis=1).mean() > 0.5
    rows = model.history_[-1]["val_subset_accuracy"]
    assert rows == model.validation_scores_[-1]
