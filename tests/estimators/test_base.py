"""What the perceptrons have in common: rows as they come, pickles, the network to look into."""

from __future__ import annotations

import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_matrix

import glassnet as gn
from glassnet.estimators import MLPRegressor

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


def test_the_network_is_drawn() -> None:
    page = classifier((4,), max_iter=2).fit(X, Y)._repr_mimebundle_()["text/html"]
    assert "sk-top-container" in page
    assert "4 inputs, then 4 relu, then 3 softmax" in page
