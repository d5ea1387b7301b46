"""Layers, optimizers, schedules and start weights, as the parameters say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier as Theirs
from sklearn.preprocessing import StandardScaler

import glassnet as gn
from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.estimators import MLPClassifier, MLPRegressor, building
from glassnet.layers import Activation, BatchNorm, Dense, Dropout, LayerNorm

from .shells import X, Y, classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:The reference engine")
RANDOM = np.random.default_rng(0)


# ---- layers ----------------------------------------------------------------------------------------------------------


def test_activation_dropout_and_normalization_of_each_layer() -> None:
    model = classifier(
        (5, 4), ["gelu", "tanh"], normalization=["batch", None], dropout=[0.0, 0.25], alpha=0.5, l2=0.125
    )
    penalties = {"initializer": "glorot_uniform", "l2": 0.125, "l2_shared": 0.25}
    assert model.fit(X, Y).net_.layers == (
        Dense(5, **penalties),
        BatchNorm(),
        Activation("gelu"),
        Dense(4, activation="tanh", **penalties),
        Dropout(0.25),
        Dense(3, **penalties),
    )
    assert [W.shape for W in model.coefs_] == [(4, 5), (5, 4), (4, 3)]
    assert [A.shape for A in model.hidden_activations(X)] == [(150, 5), (150, 4)]


def test_one_setting_is_for_all_layers() -> None:
    layers = classifier((3, 3), "silu", normalization="layer", dropout=0.5).fit(X, Y).net_.layers
    assert [type(layer) for layer in layers] == [*[Dense, LayerNorm, Activation, Dropout] * 2, Dense]


@pytest.mark.parametrize("name", ["activation", "dropout", "normalization"])
def test_a_list_of_another_length_is_a_sentence(name: str) -> None:
    with pytest.raises(ShapeError, match=f"{name} has 3 values, and there are 2 hidden layers"):
        classifier((3, 3), **{name: [None] * 3}).fit(X, Y)


def test_hidden_activations_are_those_of_the_formula() -> None:
    model = classifier((5, 4), "tanh").fit(X, Y)
    first = np.tanh(X @ model.coefs_[0] + model.intercepts_[0])
    second = np.tanh(first @ model.coefs_[1] + model.intercepts_[1])
    for found, expected in zip(model.hidden_activations(X), (first, second), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("given", "sizes"), [(5, [5]), ((5, 4), [5, 4]), ([3], [3]), ((), []), (np.array([2, 3]), [2, 3])]
)
def test_widths_of_hidden_layers(given: Any, sizes: list[int]) -> None:
    assert building.hidden_sizes(given) == sizes


@pytest.mark.parametrize("given", [(7.5,), "ab", (3, None)], ids=repr)
def test_widths_that_are_no_whole_numbers(given: Any) -> None:
    with pytest.raises(TypeNotUsableError, match="hidden_layer_sizes must be whole numbers"):
        building.hidden_sizes(given)


def test_no_hidden_layer_is_a_linear_model() -> None:
    assert [type(layer) for layer in classifier(()).fit(X, Y).net_.layers] == [Dense]


# ---- the catalogue ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"solver": "rmsprop"}, gn.optimizers.RMSProp(0.001)),
        ({"solver": {"name": "nadam", "beta1": 0.8}}, gn.optimizers.NAdam(0.001, beta1=0.8)),
        ({"solver": gn.optimizers.AdamW(0.01, weight_decay=0.1)}, gn.optimizers.AdamW(0.01, weight_decay=0.1)),
        ({"solver": "rmsprop", "learning_rate": "cosine"}, gn.optimizers.RMSProp(gn.schedules.Cosine(0.001, steps=8))),
        (
            {"solver": "adam", "learning_rate": {"name": "one_cycle", "rise": 0.5}, "learning_rate_init": 0.02},
            gn.optimizers.Adam(gn.schedules.OneCycle(0.02, steps=8, rise=0.5)),
        ),
        (
            {"solver": "sgd", "learning_rate": gn.schedules.Step(0.1, every=3)},
            gn.optimizers.Nesterov(gn.schedules.Step(0.1, every=3)),
        ),
    ],
    ids=repr,
)
def test_optimizers_and_schedules(settings: dict[str, Any], expected: Any) -> None:
    assert classifier(**settings).fit(X, Y).net_.optimizer == expected


@pytest.mark.parametrize(
    ("settings", "loss"),
    [
        ({"loss": "categorical_crossentropy"}, gn.losses.categorical_crossentropy),
        (
            {"loss": {"name": "categorical_crossentropy", "label_smoothing": 0.1}},
            gn.losses.categorical_crossentropy.configured(label_smoothing=0.1),
        ),
        ({"loss": gn.losses.categorical_hinge}, gn.losses.categorical_hinge),
    ],
    ids=repr,
)
def test_losses_for_labels(settings: dict[str, Any], loss: Any) -> None:
    model = classifier(**settings, learning_rate_init=0.02, max_iter=60).fit(X, Y)
    assert model.net_.loss == loss
    assert model.score(X, Y) > 0.8
    assert hasattr(model, "predict_proba") == (loss is not gn.losses.categorical_hinge)


def test_losses_for_numbers() -> None:
    y = X[:, 0] + X[:, 1]
    common: dict[str, Any] = {"max_iter": 300, "learning_rate_init": 0.01, "random_state": 0}
    high, low = (MLPRegressor({"name": "quantile", "tau": tau}, (16,), **common).fit(X, y) for tau in (0.9, 0.1))
    assert (y < high.predict(X)).mean() > 0.7 > 0.3 > (y < low.predict(X)).mean()
    sure = MLPRegressor("gaussian_nll", (16,), max_iter=20, random_state=0).fit(X, y)
    assert sure.predict(X).shape == (150,)
    assert sure.n_outputs_ == 2


def test_initializers() -> None:
    model = classifier(initializer={"name": "constant", "value": 0.5}, learning_rate_init=1e-12, max_iter=1).fit(X, Y)
    np.testing.assert_allclose(model.coefs_[0], 0.5, rtol=1e-6)
    np.testing.assert_allclose(model.intercepts_[0], 0, atol=1e-9)


def test_settings_clone_and_are_searched() -> None:
    grid = {
        "mlp__solver": ["lion", {"name": "adamw", "weight_decay": 0.1}, gn.optimizers.NAdam(0.01)],
        "mlp__activation": ["relu", ["mish"]],
        "mlp__dropout": [0.0, [0.1]],
    }
    search = GridSearchCV(make_pipeline_of(classifier(max_iter=3)), grid, cv=2).fit(X, Y)
    assert len(search.cv_results_["mean_test_score"]) == 12
    best = search.best_estimator_.named_steps["mlp"]
    assert clone(best).get_params().keys() == best.get_params().keys()
    assert repr(clone(best)) == repr(best)


def make_pipeline_of(model: Any) -> Any:
    from sklearn.pipeline import Pipeline

    return Pipeline([("scale", StandardScaler()), ("mlp", model)])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"solver": {"name": "rmsprob"}}, "did you mean 'rmsprop'"),
        ({"solver": {"name": "adam", "beta": 1}}, "There is no setting of the optimizer adam 'beta'"),
        ({"learning_rate": {"name": "cosine", "last": 1}}, "There is no setting of the schedule cosine 'last'"),
        ({"loss": "mse"}, "mse is for targets of the kind real"),
        ({"loss": "binary_crossentropy"}, "these are multiclass"),
        ({"activation": ["rellu"]}, "did you mean 'relu'"),
    ],
    ids=repr,
)
def test_names_and_settings_that_are_none(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=says):
        classifier(**settings).fit(X, Y)


# ---- weights ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "logistic"])
def test_start_weights_are_drawn_as_scikit_learn_draws_them(activation: str) -> None:
    settings: dict[str, Any] = {"max_iter": 1, "learning_rate_init": 1e-300, "random_state": 3, "solver": "sgd"}
    theirs, ours = (kind((5, 4), activation, **settings).fit(X, Y) for kind in (Theirs, MLPClassifier))
    for found, expected in zip([*ours.coefs_, *ours.intercepts_], [*theirs.coefs_, *theirs.intercepts_], strict=True):
        np.testing.assert_array_equal(found, expected)


def test_start_weights() -> None:
    shapes = [(4, 6), (6, 3)]
    coefs = [RANDOM.normal(size=shape) for shape in shapes]
    biases = [RANDOM.normal(size=shape[1]) for shape in shapes]
    model = classifier((6,), learning_rate_init=1e-12, max_iter=1)
    model.fit(X, Y, coefs_init=coefs, intercepts_init=biases)
    for found, given in zip([*model.coefs_, *model.intercepts_], [*coefs, *biases], strict=True):
        np.testing.assert_allclose(found, given, atol=1e-9)
    with pytest.raises(ShapeError, match=r"coefs_init: W1 has the shape \(4, 6\); given \(6, 4\)"):
        model.fit(X, Y, coefs_init=[coefs[0].T, coefs[1]])
    with pytest.raises(ShapeError, match="needs 2 arrays"):
        model.fit(X, Y, intercepts_init=biases[:1])


def test_weights_can_be_written_to() -> None:
    model = classifier((6,)).fit(X, Y)
    model.coefs_[0][...] = 0
    model.intercepts_[1] = [1.0, 2.0, 3.0]
    model.coefs_ = [model.coefs_[0], np.zeros((6, 3))]
    assert set(model.predict(X)) == {2}
