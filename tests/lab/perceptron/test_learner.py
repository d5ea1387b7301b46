"""gn.Perceptron, in the manner of scikit-learn."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import DataError, NotFittedError, SettingError, ShapeError
from glassnet.lab.perceptron.points import gate

TABLE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def test_fit_predict_score() -> None:
    found = gn.Perceptron().fit(TABLE, ["no", "no", "no", "yes"])
    assert found.predict(TABLE).tolist() == ["no", "no", "no", "yes"]
    assert found.decision_function(TABLE).tolist() == [-3, -2, -1, 0]
    assert found.score(TABLE, ["no", "no", "no", "yes"]) == 1.0
    assert found.score(TABLE, ["no", "no", "yes", "yes"]) == 0.75
    assert found.weights_.tolist() == [2, 1]
    assert (found.threshold_, found.converged_, found.classes_.tolist()) == (3.0, True, ["no", "yes"])
    assert len(found.trace_) == found.presentations_
    assert sum(not p.right for p in found.trace_) == found.mistakes_
    assert repr(found) == "Perceptron(threshold learned, 2 x1 + x2 - 3 = 0)"


def test_fit_begins_anew() -> None:
    found = gn.Perceptron()
    first = found.fit(gate("or")).mistakes_
    assert found.fit(gate("nand")).line_.w0 == 2
    assert found.fit(gate("or")).mistakes_ == first


def test_the_digits_zero_and_one() -> None:
    (X, y), (X_test, y_test) = gn.data.load("digits")
    two, two_test = y < 2, y_test < 2
    found = gn.Perceptron(epochs=20).fit((X[two] * 16).astype(int), y[two])
    assert found.converged_
    assert found.score((X_test[two_test] * 16).astype(int), y_test[two_test]) > 0.98


def test_a_fixed_threshold_has_its_own_proof() -> None:
    found = gn.Perceptron(2.5, start=(1, 1)).fit(TABLE, [1, 1, 1, 0])
    assert found.separability().separable
    assert not found.separability(fixed=True).separable
    proof = found.proof()
    assert proof is not None
    assert proof.rows == (0,)
    assert found.novikoff() is None
    assert gn.Perceptron().fit(TABLE, [0, 0, 0, 1]).proof() is None


def test_pickled_it_is_the_same() -> None:
    found = gn.Perceptron().fit(TABLE, [0, 1, 1, 1])
    assert pickle.loads(pickle.dumps(found)).line_ == found.line_


@pytest.mark.parametrize(
    ("use", "error", "said"),
    [
        (lambda: gn.Perceptron().predict(TABLE), NotFittedError, "fit gives it some"),
        (lambda: gn.Perceptron().fit(TABLE), ShapeError, "a label for each row"),
        (lambda: gn.Perceptron().fit(TABLE, [0, 1, 2, 2]), DataError, "y has 3"),
        (lambda: gn.Perceptron().fit(TABLE, [0, 1, 1, 1]).predict([[1]]), ShapeError, "of 2 numbers; these have 1"),
        (lambda: gn.Perceptron().fit(TABLE, [0, 1, 1, 1]).score(TABLE, [1]), ShapeError, "4 rows and y has 1"),
        (lambda: gn.Perceptron(tie="x"), SettingError, "A tie"),
        (lambda: gn.Perceptron(float("nan")), DataError, "finite"),
        (lambda: gn.Perceptron(order=(0, 9)).fit(TABLE, [0, 1, 1, 1]), SettingError, "rows from 0 to 3"),
        (lambda: gn.Perceptron(start=(1, 2, 3, 4)).fit(TABLE, [0, 1, 1, 1]), ShapeError, "2 weights"),
    ],
)  # fmt: skip
def test_in_one_sentence(use: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        use()
