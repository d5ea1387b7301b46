"""What the perceptrons have in common: rows as they come, pickles, the network to look into."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import config_context
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import glassnet as gn
from glassnet.estimators import MLPClassifier, MLPRegressor, PerceptronClassifier

from .shells import DIGITS, NUMBERS, X, Y, classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:The reference engine")
RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_of_the_rows_is_kept(dtype: str) -> None:
    model = classifier().fit(X.astype(dtype), Y)
    assert model.coefs_[0].dtype == model.predict_proba(X.astype(dtype)).dtype == dtype
    assert MLPRegressor(max_iter=2).fit(X.astype(dtype), X[:, 0]).predict(X.astype(dtype)).dtype == dtype


def test_sparse_rows_stay_sparse() -> None:
    import tracemalloc

    wide = csr_matrix((np.ones(400), (np.arange(400), RANDOM.integers(0, 20_000, 400))), shape=(400, 20_000))
    labels = np.arange(400) % 2
    model = classifier((2,), max_iter=1, batch_size=10)
    tracemalloc.start()
    model.fit(wide, labels).predict(wide)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < wide.shape[0] * wide.shape[1] * 8 / 8  # an eighth of the dense matrix
    dense = classifier((2,), max_iter=1, batch_size=10).fit(wide.toarray(), labels)
    np.testing.assert_allclose(dense.coefs_[0], model.coefs_[0], rtol=1e-12)


def test_a_model_is_stored_and_mapped(tmp_path: Path) -> None:
    model = classifier().fit(DIGITS, NUMBERS)
    again = pickle.loads(pickle.dumps(model))
    assert again.predict_proba(DIGITS).tobytes() == model.predict_proba(DIGITS).tobytes()
    joblib.dump(model, tmp_path / "model.joblib")
    mapped = joblib.load(tmp_path / "model.joblib", mmap_mode="r")
    assert not mapped.coefs_[0].flags.writeable
    np.testing.assert_array_equal(mapped.predict(DIGITS), model.predict(DIGITS))
    mapped.partial_fit(DIGITS, NUMBERS)
    model.partial_fit(DIGITS, NUMBERS)
    np.testing.assert_array_equal(mapped.coefs_[0], model.coefs_[0])
    model.net_.save(tmp_path / "model.safetensors")  # which other versions read, and which runs no code
    np.testing.assert_array_equal(gn.load(tmp_path / "model.safetensors").predict(DIGITS), model.predict(DIGITS))


def test_the_network_is_dissected() -> None:
    model = classifier((4,), max_iter=2).fit(X, Y)
    trace = gn.dissect(model.net_, X[:5], Y[:5])
    assert trace["dW1"].shape == (4, 4)
    assert trace.check()


# ---- metadata routing ------------------------------------------------------------------------------------------------

SECOND = np.where(Y == 1, 0.0, 1.0)  # rows of the second class do not count
ROUTED = [
    (MLPClassifier((8,), max_iter=20, learning_rate_init=0.02, random_state=0), "alpha"),
    (MLPRegressor(hidden_layer_sizes=(8,), max_iter=20, learning_rate_init=0.02, random_state=0), "alpha"),
    (PerceptronClassifier(max_iter=5, tol=None), "eta0"),
]


@pytest.mark.parametrize(("model", "searched"), ROUTED, ids=["classifier", "regressor", "perceptron"])
def test_weights_find_their_way_through_a_search_and_a_pipeline(model: Any, searched: str) -> None:
    with config_context(enable_metadata_routing=True):
        model = clone(model).set_fit_request(sample_weight=True)
        score = get_scorer("r2" if isinstance(model, MLPRegressor) else "accuracy").set_score_request(
            sample_weight=True
        )
        steps = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        name = f"{type(model).__name__.lower()}__{searched}"
        parts = KFold(3, shuffle=True, random_state=0)
        search = GridSearchCV(steps, {name: [0.5, 0.001]}, scoring=score, cv=parts).fit(X, Y, sample_weight=SECOND)
        found = search.best_estimator_[-1]
    by_hand = clone(found).fit(StandardScaler().fit_transform(X), Y, sample_weight=SECOND)
    np.testing.assert_array_equal(found.net_.parameters().flat, by_hand.net_.parameters().flat)
    if not isinstance(model, MLPRegressor):  # else weights were lost on the way, to the fit or to the score
        assert set(search.predict(X)) == {0, 2}
        assert search.best_score_ > 0.95


def test_weights_that_nobody_asked_for_are_refused() -> None:
    with config_context(enable_metadata_routing=True), pytest.raises(ValueError, match="sample_weight"):
        make_pipeline(StandardScaler(), classifier()).fit(X, Y, sample_weight=SECOND)


def test_held_out_rows_go_through_the_steps_before() -> None:
    with config_context(enable_metadata_routing=True):
        model = classifier().set_fit_request(X_val=True, y_val=True)
        steps = Pipeline([("scale", StandardScaler()), ("model", model)], transform_input=["X_val"])
        found = steps.fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])["model"]
    scale = StandardScaler().fit(X[::2])
    held_out = scale.transform(X[1::2]), Y[1::2]
    by_hand = classifier().fit(scale.transform(X[::2]), Y[::2], validation_data=held_out)
    assert found.validation_scores_ == by_hand.validation_scores_
