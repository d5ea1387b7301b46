"""Hidden activations as features: of labels, of numbers, of the rows themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from glassnet.errors import SettingError
from glassnet.estimators import MLPClassifier, MLPRegressor, MLPTransformer

X, Y = load_iris(return_X_y=True)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(("y", "kind"), [(Y, MLPClassifier), (X[:, 0] / 7, MLPRegressor), (None, MLPRegressor)])
def test_what_it_learns_by(y: object, kind: type) -> None:
    model = MLPTransformer((6, 2), max_iter=5, random_state=0).fit(X, y)
    assert type(model.model_) is kind
    same = kind(hidden_layer_sizes=(6, 2), max_iter=5, random_state=0).fit(X, X if y is None else y)
    np.testing.assert_array_equal(model.transform(X), same.hidden_activations(X)[1])
    assert model.net_.layers == same.net_.layers


def test_every_layer_and_none_beyond() -> None:
    model = MLPTransformer((6, 2), max_iter=5, random_state=0).fit(X, Y)
    for layer, width in ((0, 6), (1, 2), (-1, 2), (-2, 6)):
        assert model.set_params(layer=layer).transform(X).shape == (150, width)
        assert len(model.get_feature_names_out()) == width
    with pytest.raises(SettingError, match="There are 2 hidden layers; layer is 2"):
        model.set_params(layer=2).fit(X, Y)


def test_an_autoencoder_finds_the_plane_that_the_rows_lie_in() -> None:
    model = MLPTransformer((2,), "identity", solver="lbfgs", max_iter=1000, alpha=0, random_state=0).fit(X)
    rest = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)[2:]
    found = ((model.model_.predict(X) - X) ** 2).sum()
    assert found == pytest.approx((rest**2).sum(), rel=1e-3)  # what principal components leave


def test_in_a_pipeline_and_piece_by_piece() -> None:
    line = make_pipeline(
        MLPTransformer((16,), "tanh", max_iter=100, learning_rate_init=0.01, random_state=0), LogisticRegression()
    )
    assert line.fit(X, Y).score(X, Y) > 0.95
    parts = MLPTransformer((3,), random_state=0)
    for _ in range(3):
        parts.partial_fit(csr_matrix(X), Y, classes=[0, 1, 2])
    assert len(parts.model_.loss_curve_) == 3
    np.testing.assert_array_equal(parts.transform(X), parts.transform(csr_matrix(X)))


def test_of_a_table_with_words() -> None:
    table = pandas.DataFrame({"size": X[:, 0], "kind": np.where(X[:, 1] > 3, "wide", "narrow")})
    model = MLPTransformer((4,), preprocess="auto", max_iter=5, random_state=0).fit(table, Y)
    assert model.transform(table).shape == (150, 4)
    assert model.feature_names_in_.tolist() == ["size", "kind"]
    with pytest.raises(SettingError, match="Without y"):
        MLPTransformer(preprocess="auto").fit(table)


def test_held_out_rows_and_start_weights_are_those_of_the_estimator_it_learns_by() -> None:
    settings: dict[str, Any] = {"hidden_layer_sizes": (4,), "max_iter": 4, "random_state": 0}
    model = MLPTransformer(**settings).fit(X[::2], Y[::2], validation_data=(X[1::2], Y[1::2]))
    same = MLPClassifier(**settings).fit(X[::2], Y[::2], validation_data=(X[1::2], Y[1::2]))
    assert model.model_.validation_scores_ == same.validation_scores_
    parts = MLPTransformer((4,), random_state=0).partial_fit(X, Y, X_val=X, y_val=Y)
    assert len(parts.model_.validation_scores_) == 1
    alone = MLPTransformer(**settings).fit(csr_matrix(X[::2]), X_val=csr_matrix(X[1::2]))  # its own targets
    assert len(alone.model_.validation_scores_) == 4
    begun = MLPTransformer(**settings).fit(X, Y, coefs_init=same.coefs_, intercepts_init=same.intercepts_)
    assert begun.model_.loss_curve_[0] < model.model_.loss_curve_[0]
