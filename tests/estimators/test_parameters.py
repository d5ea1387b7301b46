"""One constructor: scikit-learn's parameters with its defaults, and what was added, all of it checked and cloned."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import sklearn.neural_network as theirs
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

from glassnet.errors import DataError, SettingError
from glassnet.estimators import MLPClassifier, MLPRegressor, MLPTransformer
from glassnet.estimators.parameters import CONSTRAINTS, Parameters
from glassnet.maths import activations, initializers, metrics
from glassnet.maths.activations import leaky_relu
from glassnet.optim import CATALOGUE, NAdam, schedules

from .shells import X, Y

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CHOICES = {
    "activation": ["logistic", *activations.CATALOGUE],
    "solver": ["lbfgs", "sgd", "adam", *CATALOGUE],
    "learning_rate": ["constant", "invscaling", "adaptive", *schedules.CATALOGUE],
    "initializer": [None, *initializers.CATALOGUE],
    "metric": ["loss", *(name for name, metric in metrics.CATALOGUE.items() if metric.single)],
    "normalization": [None, "batch", "layer", "rms"],
}


def parameters_of(kind: type) -> dict[str, inspect.Parameter]:
    return dict(list(inspect.signature(kind.__init__).parameters.items())[1:])


@pytest.mark.parametrize(
    ("ours", "their"),
    [(MLPClassifier, theirs.MLPClassifier), (MLPRegressor, theirs.MLPRegressor)],
    ids=["classifier", "regressor"],
)
def test_scikit_learns_parameters_are_there_with_its_defaults(ours: type, their: type) -> None:
    known = parameters_of(ours)
    for name, parameter in parameters_of(their).items():
        assert known[name].default == parameter.default
        assert known[name].kind is parameter.kind


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor, MLPTransformer])
def test_every_parameter_is_checked_and_cloned(kind: Any) -> None:
    assert parameters_of(kind).keys() == kind._parameter_constraints.keys()
    changed = kind(hidden_layer_sizes=(3,), dropout=[0.5], out="run")
    assert clone(changed).get_params() == changed.get_params()
    assert parameters_of(Parameters).keys() == CONSTRAINTS.keys()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in CHOICES for value in CHOICES[name]])
def test_every_name_of_a_catalogue_may_be_given(name: str, value: Any) -> None:
    validate_parameter_constraints(CONSTRAINTS, {name: value}, "MLPClassifier")


@pytest.mark.parametrize(
    "wrong",
    [
        *({"activation": "rellu"}, {"solver": "sgdx"}, {"learning_rate": "slow"}, {"metric": "auc-roc"}),
        *({"normalization": "group"}, {"dropout": 1.0}, {"l2": -1}, {"n_threads": 0}, {"class_weight": "even"}),
        *({"engine": "gpu"}, {"preset": "old"}, {"preprocess": True}, {"out": 3}, {"progress_bar": "yes"}),
    ],
    ids=repr,
)
def test_others_are_refused_in_scikit_learns_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError, match=f"The '{next(iter(wrong))}' parameter of MLPClassifier must be"):
        MLPClassifier(**wrong).fit(X, Y)


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ({"solver": "adamw"}, {"solver__weight_decay": 0.1}, {"name": "adamw", "weight_decay": 0.1}),
        ({"solver": NAdam(0.1)}, {"solver__learning_rate": 0.2}, NAdam(0.2)),
        ({"preset": {"name": "modern"}}, {"preset__judges": 2}, {"name": "modern", "judges": 2}),
        ({"activation": leaky_relu}, {"activation__slope": 0.2}, leaky_relu.configured(slope=0.2)),
    ],
)
def test_settings_of_what_a_parameter_names_can_be_searched(
    before: dict[str, Any], change: dict[str, Any], after: Any
) -> None:
    assert MLPClassifier(**before).set_params(**change, alpha=0.5).get_params() == (
        MLPClassifier(**before, alpha=0.5).get_params() | {next(iter(before)): after}
    )
    wrong = {f"{next(iter(before))}__wrong": 3}
    with pytest.raises(SettingError, match=r"There is no .*'wrong'"):
        MLPClassifier(**before).set_params(**wrong).fit(X, Y)


def test_a_search_over_a_solvers_settings() -> None:
    grid = {"solver__learning_rate": [0.3, 0.1]}
    found = GridSearchCV(MLPClassifier((3,), solver=NAdam(0.1), max_iter=2), grid, cv=2).fit(X, Y)
    assert found.best_estimator_.solver in (NAdam(0.3), NAdam(0.1))
    with pytest.raises(SettingError, match="There is no setting of preset=None 'members'"):
        MLPClassifier().set_params(preset__members=3)


def test_a_parameter_that_is_not_there_and_targets_that_are_no_numbers() -> None:
    with pytest.raises(TypeError, match="MLPRegressor: got an unexpected keyword argument 'hidden'"):
        MLPRegressor(hidden=(3,))
    with pytest.raises(DataError, match="y holds words, such as setosa; a regressor learns numbers"):
        MLPRegressor().fit(X, np.full(len(X), "setosa"))


@pytest.mark.parametrize(
    "state", [None, 3, np.int64(3), np.random.RandomState(3)], ids=lambda state: type(state).__name__
)
def test_random_states_of_every_kind(state: Any) -> None:
    assert MLPClassifier((3,), max_iter=1, solver="sgd", random_state=state).fit(X, Y).coefs_[0].shape == (4, 3)


def test_a_random_state_goes_on_where_a_number_begins_anew() -> None:
    state = np.random.RandomState(3)
    first, second, number = (
        MLPClassifier((3,), max_iter=1, random_state=given).fit(X, Y).coefs_[0] for given in (state, state, 3)
    )
    np.testing.assert_array_equal(first, number)
    assert not np.array_equal(first, second)
