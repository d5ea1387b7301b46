"""`preprocess="auto"`: tables with words and gaps in the shells, with scikit-learn's names, messages and manners."""

import pickle

import numpy as np
import pandas
import polars
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import check_is_fitted

import glassnet as gn
from glassnet.errors import TypeNotUsableError
from glassnet.estimators import MLPClassifier, MLPRegressor, MLPTransformer, reading
from glassnet.estimators.tables import Table

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer. Maximum iterations:UserWarning")

RANDOM = np.random.default_rng(2)
COUNT = 160
FLATS = pandas.DataFrame(
    {
        "size": np.where(RANDOM.random(COUNT) < 0.1, np.nan, RANDOM.lognormal(4, 0.6, COUNT)),
        "city": RANDOM.choice(["Basel", "Chur", "Thun"], COUNT),
        "street": RANDOM.choice([f"street {k:02}" for k in range(20)], COUNT),
    }
)
DEAR = (FLATS["city"] == "Basel") | (FLATS["size"] > 80)
RENT = 500 + 300 * (FLATS["city"] == "Basel") + 8 * FLATS["size"].fillna(55)
LEVEL = np.where(DEAR, "dear", "cheap")


def classifier(**settings):
    given = {"preprocess": "auto", "max_iter": 60, "learning_rate_init": 0.01, "random_state": 0, "tol": 0.0}
    return MLPClassifier((16,), **(given | settings))


def regressor(**settings):
    given = {"preprocess": "auto", "max_iter": 150, "learning_rate_init": 0.01, "random_state": 0, "tol": 0.0}
    return MLPRegressor(hidden_layer_sizes=(16,), **(given | settings))


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(FLATS, LEVEL)


def test_words_and_gaps_are_learned_from(fitted):
    assert fitted.score(FLATS, LEVEL) > 0.9
    assert fitted.feature_names_in_.tolist() == ["size", "city", "street"]
    assert fitted.n_features_in_ == 3
    assert fitted.net_.input_shape == (6,)


DAYS = pandas.DataFrame({"sold": pandas.to_datetime(["2026-11-25", "2026-11-26"]), "size": [60.0, 80.0]})


@pytest.mark.parametrize("table", [FLATS[["size"]], FLATS[["city"]], FLATS[["city"]].to_numpy(), DAYS])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPTransformer])
def test_without_it_a_note_says_what_reads_a_table(kind, table):
    with pytest.raises((ValueError, TypeError)) as refused:
        kind().fit(table, np.arange(len(table)) % 2)
    assert refused.value.__notes__ == ['preprocess="auto" reads tables with words and gaps, and says what it refuses.']


@pytest.mark.parametrize("kind", [MLPClassifier, MLPTransformer])
def test_a_table_without_columns_is_refused_in_scikit_learns_words(kind):
    with pytest.raises(ValueError, match=r"Found array with 0 feature\(s\) \(shape=\(4, 0\)\) while a minimum of 1"):
        kind().fit(pandas.DataFrame(index=range(4)), [0, 1, 0, 1])


def test_numbers_are_predicted_at_their_own_size():
    model = regressor().fit(FLATS, RENT)
    assert model.score(FLATS, RENT) > 0.9
    assert abs(model.predict(FLATS).mean() - RENT.mean()) < 30
    assert model.target_scale_.offset == (pytest.approx(RENT.mean()),)


def test_several_targets_have_each_their_own_size():
    both = np.column_stack([RENT, -RENT / 1000])
    predicted = regressor().fit(FLATS, both).predict(FLATS)
    assert predicted.shape == both.shape
    for k in range(2):
        assert np.corrcoef(predicted[:, k], both[:, k])[0, 1] > 0.95


@pytest.mark.parametrize("loss", ["huber", {"name": "quantile", "tau": 0.5}, "gaussian_nll"], ids=str)
def test_other_losses_learn_numbers_of_a_common_size_too(loss):
    model = regressor(loss=loss).fit(FLATS, RENT)
    assert model.score(FLATS, RENT) > 0.8


def test_the_variances_of_a_gaussian_are_at_their_size():
    noise = 200 * RANDOM.normal(size=COUNT)
    model = regressor(loss="gaussian_nll").fit(FLATS[["city"]], RENT + noise)
    spread = np.exp(reading.restored(model, model._outputs(FLATS[["city"]]))[:, 1] / 2)
    assert np.median(spread) == pytest.approx(np.std(RENT + noise), rel=0.5)


def test_a_loss_for_which_zero_means_something_takes_targets_as_they_are():
    counts = np.round(RENT / 200)
    model = regressor(loss="poisson").fit(FLATS, counts)
    assert model.target_scale_ is None
    assert model.score(FLATS, counts) > 0.8


def test_polars_and_pandas_are_the_same_table(fitted):
    other = polars.DataFrame(FLATS.to_dict("list"), nan_to_null=True)
    again = classifier().fit(other, LEVEL)
    np.testing.assert_array_equal(again.predict_proba(other), fitted.predict_proba(FLATS))
    assert again.feature_names_in_.tolist() == fitted.feature_names_in_.tolist()


def test_unknown_words_and_new_gaps_are_predicted(fitted):
    new = pandas.DataFrame({"size": [None, 1e9], "city": ["Genf", None], "street": [None, "new"]})
    assert np.isfinite(fitted.predict_proba(new)).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda X: X[["city", "size", "street"]], "Feature names must be in the same order as they were in fit"),
        (lambda X: X.rename(columns={"city": "town"}), "The feature names should match those that were passed"),
        (lambda X: X[["size", "city"]], "The feature names should match|X has 2 features"),
        (lambda X: X.assign(city=3.0), "Column 'city' holds numbers, and words when it was learned"),
    ],
    ids=["order", "name", "count", "kind"],
)
def test_another_table_is_refused_as_scikit_learn_does(fitted, change, says):
    with pytest.raises(ValueError, match=says):
        fitted.predict(change(FLATS))


def test_rows_without_names_are_taken_by_position_with_a_warning(fitted):
    rows = FLATS.to_numpy(object)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        found = fitted.predict_proba(rows)
    np.testing.assert_array_equal(found, fitted.predict_proba(FLATS))
    with pytest.warns(UserWarning, match="valid feature names"), pytest.raises(ValueError, match="X has 2 features"):
        fitted.predict(rows[:, :2])


@pytest.mark.parametrize("model", [classifier(), regressor()], ids=["classifier", "regressor"])
def test_dates_are_told_what_to_do(model):
    dated = FLATS.assign(sold=pandas.Timestamp("2026-11-25"))
    with pytest.raises(TypeNotUsableError, match="Column 'sold' holds dates or times"):
        model.fit(dated, RENT if isinstance(model, MLPRegressor) else LEVEL)


def test_without_it_words_are_refused_as_ever():
    with pytest.raises(ValueError, match="could not convert string to float"):
        MLPClassifier().fit(FLATS, LEVEL)


def test_held_out_rows_are_tables_too():
    model = regressor(early_stopping=True, max_iter=5).fit(FLATS, RENT, validation_data=(FLATS[:40], RENT[:40]))
    assert len(model.validation_scores_) == 5
    model = regressor(early_stopping=True, max_iter=5).fit(FLATS, RENT)
    assert len(model.validation_scores_) == 5


def test_it_goes_on_with_the_table_it_learned():
    model = classifier(warm_start=True, max_iter=5).fit(FLATS, LEVEL)
    table = model.table_
    model.fit(FLATS.assign(size=FLATS["size"] * 100), LEVEL)
    assert model.table_ is table
    model.partial_fit(FLATS[:50], LEVEL[:50])
    assert model.table_ is table


def test_partial_fit_learns_the_table_at_its_first_call():
    model = classifier().partial_fit(FLATS[:100], LEVEL[:100], classes=["cheap", "dear"])
    model.partial_fit(FLATS[100:], LEVEL[100:])
    assert model.predict(FLATS).shape == (COUNT,)


def test_it_clones_searches_and_pickles(fitted):
    assert clone(fitted).preprocess == "auto"
    with pytest.raises(ValueError, match="not fitted"):
        check_is_fitted(clone(fitted))
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(FLATS), fitted.predict_proba(FLATS))
    search = GridSearchCV(classifier(max_iter=10), {"preprocess": ["auto"], "alpha": [0.0, 1.0]}, cv=2)
    assert search.fit(FLATS, LEVEL).best_estimator_.table_.names


def test_the_model_file_takes_the_table_along(tmp_path):
    model = regressor().fit(FLATS, RENT)
    model.net_.save(tmp_path / "rents.safetensors")
    again = gn.load(tmp_path / "rents.safetensors")
    rows = Table.from_config(again.about["table"]).matrix(FLATS)
    scale = again.about["target_scale"]
    restored = again.predict(rows) * scale["factor"][0] + scale["offset"][0]
    np.testing.assert_allclose(restored, model.predict(FLATS), rtol=1e-5)


@pytest.mark.parametrize("row", [["Thun", 1.0], np.array(["Thun", 1.0], object)], ids=["list", "array"])
def test_a_single_row_is_told_how_to_be_a_table(fitted, row):
    with pytest.raises(ValueError, match="Reshape your data"):
        fitted.predict(row)


def test_sparse_rows_are_sent_another_way():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match="leave preprocess at None"):
        classifier().fit(sparse.eye(4, format="csr"), [0, 1, 0, 1])


@pytest.mark.parametrize("given", ["robust", 3, True])
def test_only_auto_is_known(given):
    with pytest.raises(ValueError, match="The 'preprocess' parameter of MLPClassifier must be"):
        classifier(preprocess=given).fit(FLATS, LEVEL)


NOT_PASSED = {
    "check_sample_weight_equivalence_on_dense_data": "medians and quartiles are those of the rows, whatever they weigh"
}


CHECKS = [
    check
    for _, check in estimator_checks_generator(regressor(max_iter=50))
    if check.func.__name__ not in NOT_PASSED and "array_api" not in check.func.__name__  # those skip themselves
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.func.__name__)
def test_scikit_learns_checks(check):
    check(regressor(max_iter=50))
