"""scikit-learn's own checks of estimators: those it runs, and those it defines and runs for none but its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import SkipTest

import pytest
from sklearn.base import clone
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import estimator_checks_generator

from glassnet.estimators import MLPClassifier, MLPRegressor, MLPTransformer, PerceptronClassifier

# scikit-learn's settings for its own perceptrons in these checks.
ESTIMATORS = [
    MLPClassifier(max_iter=100),
    MLPRegressor(max_iter=100),
    PerceptronClassifier(max_iter=5),
    MLPTransformer(max_iter=5),
]
# What the class that is replaced does not pass either.
ORDER = (
    "sample_weight is not equivalent to removing and repeating rows: each is a step of its own, in an order drawn anew"
)
FAILED = {
    PerceptronClassifier: {
        "check_sample_weight_equivalence_on_dense_data": ORDER,
        "check_sample_weight_equivalence_on_sparse_data": ORDER,
    }
}
NOT_FOR_OURS = {  # they skip themselves, as they do for scikit-learn's own
    "check_array_api_input": "arrays of other libraries are not promised",
    "check_array_api_mixed_inputs": "arrays of other libraries are not promised",
    "check_classifiers_multilabel_output_format_decision_function": "there is no decision_function",
}
Check = Callable[[Any], None]


def name_of(check: Any) -> str:
    """A check's own name; what it is called with stands in a partial."""
    return str(check.func.__name__)


def checks(wanted: bool) -> list[Any]:
    """(estimator, check), those that are for ours or those that are not."""
    found = []
    for estimator in ESTIMATORS:
        name, failed = type(estimator).__name__, FAILED.get(type(estimator), {})
        for _, check in estimator_checks_generator(estimator):
            if (name_of(check) not in NOT_FOR_OURS) == wanted:
                expected = [pytest.mark.xfail(reason=failed[name_of(check)])] if name_of(check) in failed else []
                found.append(pytest.param(clone(estimator), check, id=f"{name}-{name_of(check)}", marks=expected))
    return found


@pytest.mark.filterwarnings("ignore")  # of estimators that have not converged, among others
@pytest.mark.parametrize(("estimator", "check"), checks(True))
def test_what_parametrize_with_checks_runs(estimator: Any, check: Check) -> None:
    check(estimator)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), checks(False))
def test_what_is_left_out_says_itself_that_it_does_not_apply(estimator: Any, check: Check) -> None:
    with pytest.raises(SkipTest):
        check(estimator)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["check_dataframe_column_names_consistency", "check_param_validation"])
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_what_scikit_learn_defines_and_runs_for_its_own_alone(estimator: Any, name: str) -> None:
    getattr(estimator_checks, name)(type(estimator).__name__, clone(estimator))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name",
    [
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_global_output_transform_pandas",
        "check_set_output_transform_polars",
        "check_global_set_output_transform_polars",
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
    ],
)
def test_what_it_defines_for_its_own_transformers(name: str) -> None:
    getattr(estimator_checks, name)("MLPTransformer", MLPTransformer(max_iter=2))
