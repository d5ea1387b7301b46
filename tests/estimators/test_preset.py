"""`preset="modern"` in the shells: what the user's parameters change, what is refused, and what a fit shows."""

import pickle

import numpy as np
import pandas
import pytest
from scipy.sparse import coo_array, csc_array, csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import estimator_checks_generator

import glassnet as gn
from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.estimators import MLPClassifier, MLPRegressor
from glassnet.estimators.modern import Variant
from glassnet.estimators.preset import recipe_of
from glassnet.estimators.tables import Table

FLOWERS, SPECIES = load_iris(return_X_y=True)
PATIENTS, PROGRESS = load_diabetes(return_X_y=True)
TANH = gn.activations.tanh
QUICK = {"name": "modern", "members": 1, "judges": 2, "variants": ((0.1, False), (0.3, True, "relu"))}
NAMES = np.array(["setosa", "versicolor", "virginica"])[SPECIES]


def small(kind=MLPClassifier, **settings):
    given = {"preset": {"name": "modern", "members": 2, "judges": 2}, "max_iter": 20, "random_state": 0}
    return kind(**(given | settings))


@pytest.fixture(scope="module")
def fitted():
    return small(learning_rate_init=0.01).fit(FLOWERS, NAMES)


def test_labels_are_learned(fitted):
    assert fitted.score(FLOWERS, NAMES) > 0.9
    P = fitted.predict_proba(FLOWERS)
    assert P.sum(axis=1) == pytest.approx(np.ones(150))
    rows = fitted.table_.matrix(FLOWERS)
    members = [net.outputs(rows[:, : net.input_shape[0]]) for net in fitted.ensemble_.members]
    np.testing.assert_allclose(P, np.average(members, axis=0, weights=fitted.ensemble_.weights), rtol=1e-5)


def test_numbers_are_learned_and_come_back_at_their_size():
    model = small(MLPRegressor, learning_rate_init=0.01).fit(PATIENTS, PROGRESS)
    assert model.score(PATIENTS, PROGRESS) > 0.4
    assert model.predict(PATIENTS).shape == (442,)


def test_yes_or_no_and_several_labels():
    rare = np.where(SPECIES == 1, "yes", "no")
    model = small().fit(FLOWERS, rare)
    assert model.predict_proba(FLOWERS).shape == (150, 2)
    assert set(model.predict(FLOWERS)) <= {"yes", "no"}
    labels = np.column_stack([SPECIES > 0, SPECIES == 2]).astype(int)
    assert small().fit(FLOWERS, labels).predict(FLOWERS).shape == (150, 2)


def test_several_numbers():
    both = np.column_stack([PROGRESS, -PROGRESS])
    assert small(MLPRegressor).fit(PATIENTS, both).predict(PATIENTS).shape == (442, 2)


def test_words_and_gaps_are_part_of_it():
    X = pandas.DataFrame({"kind": NAMES, "length": FLOWERS[:, 2]})
    X.loc[3, "length"] = None
    model = small(learning_rate_init=0.02).fit(X, NAMES)
    assert model.score(X, NAMES) > 0.95
    assert model.feature_names_in_.tolist() == ["kind", "length"]


def test_what_a_fit_shows(fitted):
    assert fitted.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert isinstance(fitted.net_, gn.Network)
    assert fitted.net_ is fitted.ensemble_.members[0]
    assert (fitted.n_outputs_, fitted.out_activation_) == (3, "softmax")
    assert fitted.n_layers_ == len(fitted.coefs_) + 1 == len(fitted.intercepts_) + 1
    assert fitted.n_iter_ == len(fitted.loss_curve_) == 20
    assert fitted.loss_curve_[-1] < fitted.loss_curve_[0]


def test_a_model_file_has_the_table_that_its_network_sees(fitted, tmp_path):
    for net in fitted.ensemble_.members:
        net.save(tmp_path / "model.safetensors")
        again = gn.load(tmp_path / "model.safetensors")
        rows = Table.from_config(again.about["table"]).matrix(FLOWERS)
        assert rows.shape == (150, net.input_shape[0])
        np.testing.assert_array_equal(rows, fitted.table_.matrix(FLOWERS)[:, : rows.shape[1]])


def test_hidden_activations_are_those_of_net(fitted):
    first, second = fitted.hidden_activations(FLOWERS)
    assert (first.shape, second.shape) == ((150, 128), (150, 64))


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(
    ("given", "variants"),
    [
        ({"activation": "tanh", "alpha": 0.7}, [Variant(0.7, False, TANH), Variant(0.7, True, TANH)]),
        ({"alpha": 0.7}, [Variant(0.7, binned, name) for binned in (False, True) for name in ("silu", "relu")]),
    ],
)
def test_a_penalty_of_ones_own_is_that_of_all_variants(given, variants, sparse):
    recipe = recipe_of(MLPClassifier(preset="modern", **given))
    assert [*recipe.distinct(there_are_bins=True, sparse=sparse)] == variants


@pytest.mark.parametrize(
    ("given", "setting", "value"),
    [
        ({"hidden_layer_sizes": (30, 20)}, "hidden", (30, 20)),
        ({"hidden_layer_sizes": 30}, "hidden", (30,)),
        ({"activation": "tanh"}, "activation", gn.activations.tanh),
        ({"dropout": 0.3}, "dropout", 0.3),
        ({"batch_size": 50}, "batch_size", 50),
        ({"learning_rate_init": 0.02}, "learning_rate", 0.02),
        ({"max_iter": 7}, "epochs", 7),
        ({"n_iter_no_change": 3}, "patience", 3),
        ({"preset": {"name": "modern", "members": 5}}, "members", 5),
        ({"preset": {"name": "modern", "label_smoothing": 0.1}}, "label_smoothing", 0.1),
    ],
)
def test_parameters_of_ones_own_take_the_place_of_the_recipes(given, setting, value):
    assert getattr(recipe_of(MLPClassifier(**({"preset": "modern"} | given))), setting) == value


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"solver": "sgd"}, "decides solver: leave solver at its default"),
        ({"tol": 0.1}, "decides tol"),
        ({"early_stopping": True}, "decides early_stopping"),
        ({"warm_start": True}, "decides warm_start"),
        ({"preset": "moden"}, "The .preset. parameter"),
        ({"preset": {"name": "modern", "member": 3}}, "did you mean 'members'"),
        ({"preset": {"name": "modern", "members": 0}}, "at least 1"),
        ({"preset": {"members": 3}}, "has a name"),
    ],
)
def test_what_it_decides_is_not_ignored(given, says):
    with pytest.raises(ValueError, match=says):
        small(**given).fit(FLOWERS, SPECIES)


def test_one_epoch_at_a_time_it_has_no_schedule():
    assert not hasattr(small(), "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit"):
        small().partial_fit(FLOWERS, SPECIES, classes=[0, 1, 2])


def test_several_labels_a_row_of_their_own_kinds_are_sent_another_way():
    with pytest.raises(SettingError, match="one label a row"):
        small().fit(FLOWERS, np.column_stack([SPECIES, SPECIES]))


@pytest.mark.parametrize("form", [csr_matrix, csc_array, coo_array])
def test_sparse_rows_are_learned_as_they_are(form, fitted):
    few = FLOWERS * (FLOWERS > 2)
    model = small(preset=QUICK, learning_rate_init=0.02, max_iter=40).fit(form(few), NAMES)
    assert model.table_ is None
    assert model.score(form(few), NAMES) > 0.9
    np.testing.assert_allclose(model.predict_proba(few), model.predict_proba(form(few)), rtol=1e-5)
    assert {net.input_shape for net in model.ensemble_.members} == {(4,)}
    assert pickle.loads(pickle.dumps(model)).score(few, NAMES) > 0.9
    with pytest.raises(ValueError, match="NaN"):
        small().fit(form(np.where(few > 5, np.nan, few)), NAMES)
    with pytest.raises(TypeNotUsableError, match=r"a table of columns was learned: give X.toarray\(\)"):
        fitted.predict(form(few))
    with pytest.raises(TypeNotUsableError, match="leave preprocess at None"):
        small(preprocess="auto").fit(form(few), NAMES)


def test_numbers_of_sparse_rows_come_back_at_their_size():
    model = small(MLPRegressor, preset=QUICK, learning_rate_init=0.02).fit(csr_matrix(10 * PATIENTS), PROGRESS)
    assert model.score(csr_matrix(10 * PATIENTS), PROGRESS) > 0.3


def test_rows_and_classes_can_count_differently():
    weights = np.where(SPECIES == 1, 0.0, 1.0)
    by_row = small(max_iter=5).fit(FLOWERS, SPECIES, sample_weight=weights).predict_proba(FLOWERS)
    by_class = small(max_iter=5, class_weight={0: 1.0, 1: 0.0, 2: 1.0}).fit(FLOWERS, SPECIES).predict_proba(FLOWERS)
    np.testing.assert_array_equal(by_row, by_class)


def test_held_out_rows_of_ones_own_choose_the_epoch():
    model = small(max_iter=5).fit(FLOWERS[::2], SPECIES[::2], validation_data=(FLOWERS[1::2], SPECIES[1::2]))
    assert len(model.history_) == 5
    best = small(preset={"name": "modern", "members": 2, "best_epoch": True}, max_iter=5)
    best.fit(FLOWERS[::2], SPECIES[::2], validation_data=(FLOWERS[1::2], SPECIES[1::2]))
    assert "val_loss" in best.history_[0]


def test_the_seed_decides_every_bit_and_it_travels(fitted):
    again = clone(fitted).fit(FLOWERS, NAMES)
    np.testing.assert_array_equal(again.predict_proba(FLOWERS), fitted.predict_proba(FLOWERS))
    thawed = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(thawed.predict_proba(FLOWERS), fitted.predict_proba(FLOWERS))


def test_each_member_has_a_run_of_its_own(tmp_path):
    model = small(max_iter=2, out=tmp_path / "runs").fit(FLOWERS, SPECIES)
    runs = [gn.load_run(path) for path in (tmp_path / "runs").iterdir()]
    assert len(runs) == len(model.ensemble_.members)
    assert all(run.verify() for run in runs)
    assert model.run_.verify()
    np.testing.assert_array_equal(model.run_.weights, model.net_.parameters().flat)


def test_its_networks_know_the_labels(fitted):
    rows = fitted.table_.matrix(FLOWERS)[:, : fitted.net_.input_shape[0]]
    assert fitted.net_.classes == tuple(fitted.classes_)
    assert set(fitted.net_.predict(rows)) <= set(fitted.classes_)
    assert fitted.net_.evaluate(rows, NAMES)["accuracy"] > 0.8
    assert gn.dissect(fitted.net_, rows[:3], NAMES[:3]).check()


def test_it_is_cross_validated_like_any_other():
    assert cross_val_score(small(learning_rate_init=0.01), FLOWERS, NAMES, cv=2).min() > 0.8


NOT_PASSED = {
    "check_sample_weight_equivalence_on_dense_data": "a row of weight 2 lies in one part of the rows, two rows may not",
    "check_sample_weight_equivalence_on_sparse_data": "the same",
}


CHECKS = [
    check
    for _, check in estimator_checks_generator(small(MLPRegressor, preset=QUICK))
    if check.func.__name__ not in NOT_PASSED and "array_api" not in check.func.__name__  # those skip themselves
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.func.__name__)
def test_scikit_learns_checks(check):
    check(small(MLPRegressor, preset=QUICK))
