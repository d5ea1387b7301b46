"""What scikit-learn's users asked for and did not get: each of it used, and seen to act."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import glassnet as gn
from glassnet.errors import ExistsError, NonFiniteError, SettingError, ShapeError, TypeNotUsableError
from glassnet.estimators import MLPClassifier, MLPRegressor
from glassnet.estimators.threads import threads_for
from glassnet.layers import Activation, BatchNorm, Dense, Dropout, LayerNorm

X, Y = load_iris(return_X_y=True)
DIGITS, NUMBERS = (part[:300] for part in load_digits(return_X_y=True))
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
RANDOM = np.random.default_rng(0)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:The reference engine")


def classifier(*arguments: Any, **settings: Any) -> MLPClassifier:
    return MLPClassifier(*arguments, **{"max_iter": 8, "random_state": 0} | settings)


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


def test_class_weight_is_a_weight_of_the_rows() -> None:
    settings: dict[str, Any] = {"max_iter": 20, "shuffle": False}
    weighted = classifier(class_weight={"virginica": 5.0}, **settings).fit(X, NAMES)
    rows = classifier(**settings).fit(X, NAMES, sample_weight=np.where(NAMES == "virginica", 5.0, 1.0))
    np.testing.assert_allclose(weighted.coefs_[0], rows.coefs_[0], rtol=1e-12)
    part = np.r_[0:50, 50:60, 100:120]
    balanced = classifier(class_weight="balanced", **settings).fit(X[part], NAMES[part])
    counted = classifier(class_weight={"setosa": 80 / 150, "versicolor": 80 / 30, "virginica": 80 / 60}, **settings)
    np.testing.assert_allclose(balanced.coefs_[0], counted.fit(X[part], NAMES[part]).coefs_[0], rtol=1e-12)


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


# ---- held-out rows ---------------------------------------------------------------------------------------------------

HELD_OUT = X[::3], Y[::3]


def test_held_out_rows_of_ones_own() -> None:
    model = classifier(max_iter=30).fit(X, Y, validation_data=HELD_OUT)
    apart = classifier(max_iter=30).fit(X, Y, X_val=HELD_OUT[0], y_val=HELD_OUT[1])
    assert model.validation_scores_ == apart.validation_scores_
    assert len(model.validation_scores_) == model.n_iter_ == 30  # they are measured; early_stopping would stop by them
    assert model.validation_scores_[-1] == model.score(*HELD_OUT)
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert {"loss", "val_loss", "val_accuracy", "penalty"} < model.history_[0].keys()


def test_the_best_weights_come_back() -> None:
    model = classifier(early_stopping=True, n_iter_no_change=3, max_iter=300, learning_rate_init=0.05)
    model.fit(X, Y, validation_data=HELD_OUT)
    assert model.n_iter_ < 300
    assert model.score(*HELD_OUT) == model.best_validation_score_


@pytest.mark.parametrize(
    ("metric", "column", "sign"),
    [("balanced_accuracy", "val_balanced_accuracy", 1), ("loss", "val_loss", -1), ("log_loss", "val_log_loss", -1)],
)
def test_a_metric_of_ones_own_choice(metric: str, column: str, sign: int) -> None:
    model = classifier(metric=metric, early_stopping=True).fit(X, Y, validation_data=HELD_OUT)
    assert model.validation_scores_ == [sign * row[column] for row in model.history_]
    best = int(np.argmax(model.validation_scores_))
    assert model.best_validation_score_ == model.validation_scores_[best]
    if metric == "loss":
        assert -model.net_.evaluate(*HELD_OUT)["loss"] == pytest.approx(model.best_validation_score_)


def test_a_function_as_a_metric_gets_labels() -> None:
    seen = set()

    def share_of_setosa(true: Any, predicted: Any) -> float:
        seen.update(true)
        return float((predicted == "setosa").mean())

    model = classifier(metric=share_of_setosa).fit(X, NAMES, validation_data=(X, NAMES))
    assert seen == set(NAMES)
    assert model.validation_scores_[-1] == (model.predict(X) == "setosa").mean()


def test_errors_are_minimised() -> None:
    y = X[:, 0]
    model = MLPRegressor(metric="mae", early_stopping=True, max_iter=50, random_state=0)
    model.fit(X, y, validation_data=(X, y))
    assert model.best_validation_score_ == pytest.approx(-np.abs(model.predict(X) - y).mean())


@pytest.mark.parametrize(
    "held_out",
    [{"validation_data": X}, {"X_val": X}, {"y_val": Y}, {"validation_data": HELD_OUT, "X_val": X, "y_val": Y}],
)
def test_held_out_rows_by_halves(held_out: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        classifier().fit(X, Y, **held_out)


# ---- listening -------------------------------------------------------------------------------------------------------


class Tell(gn.Callback):
    def __init__(self) -> None:
        self.epochs: list[int] = []

    def on_epoch_end(self, run: gn.Run, record: dict[str, Any]) -> None:
        self.epochs.append(record["epoch"])
        if len(self.epochs) == 3:
            run.stop("enough")


def test_callbacks_hear_and_stop() -> None:
    tell = Tell()
    model = classifier(callbacks=[tell]).fit(X, Y)
    assert tell.epochs == [1, 2, 3]
    assert model.n_iter_ == 3
    with pytest.raises(TypeNotUsableError, match="callbacks are objects"):
        classifier(callbacks=[print]).fit(X, Y)


def test_the_bar_and_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    classifier(progress_bar=True, verbose=True, max_iter=2).fit(X, Y, validation_data=HELD_OUT)
    out, err = capsys.readouterr()
    assert out.splitlines()[2].startswith("Iteration 2, loss = ")
    assert out.splitlines()[3].startswith("Validation score: 0.")
    assert "MLPClassifier: 2 epochs, loss " in err


def test_scikit_learns_callbacks_hear_every_epoch_also_in_a_search() -> None:
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")

    class Count:
        max_propagation_depth = None
        tasks: list[str]

        def __init__(self, most: int) -> None:
            self.tasks, self.fitted, self.most = [], None, most

        def setup(self, estimator: Any, context: Any) -> None: ...
        def teardown(self, estimator: Any, context: Any) -> None: ...
        def on_fit_task_begin(self, estimator: Any, context: Any) -> None: ...

        def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> bool:
            self.tasks.append(context.task_name)
            self.fitted = fitted_estimator
            return self.tasks.count("epoch") == self.most

    alone, around = Count(5), Count(100)
    assert isinstance(alone, callback.FitCallback)
    model = classifier().set_callbacks(alone).fit(X, Y)
    assert (alone.tasks, model.n_iter_) == (["epoch"] * 5 + ["fit"], 5)
    assert alone.fitted.predict(X).tolist() == model.predict(X).tolist()
    GridSearchCV(classifier(max_iter=2), {"alpha": [0.1, 1.0]}, cv=2).set_callbacks(around).fit(X, Y)
    assert around.tasks.count("epoch") == 2 * (2 * 2 + 1)


# ---- going on --------------------------------------------------------------------------------------------------------


def test_partial_fit_scores_held_out_rows() -> None:
    model = classifier(early_stopping=True)
    for _ in range(4):
        model.partial_fit(X, Y, classes=[0, 1, 2], validation_data=HELD_OUT)
    assert len(model.validation_scores_) == len(model.loss_curve_) == 4
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        model.partial_fit(X, Y)


@pytest.mark.parametrize("solver", ["adam", "sgd", "rmsprop", {"name": "adamw", "weight_decay": 0.1}], ids=repr)
def test_partial_fits_are_one_fit(solver: Any) -> None:
    """Also with moments, of which a partial_fit that began anew would lose the thread."""
    settings: dict[str, Any] = {"solver": solver, "shuffle": False, "batch_size": 40}
    whole = classifier(max_iter=5, n_iter_no_change=np.inf, **settings).fit(X, Y)
    parts = classifier(**settings)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    np.testing.assert_allclose(parts.coefs_[0], whole.coefs_[0], rtol=1e-12)
    assert parts.loss_curve_ == pytest.approx(whole.loss_curve_, rel=1e-12)
    assert (parts.n_iter_, parts.t_) == (1, whole.t_)


def test_a_rate_that_falls_goes_on_falling() -> None:
    settings: dict[str, Any] = {
        "solver": "sgd",
        "learning_rate": "invscaling",
        "shuffle": False,
        "learning_rate_init": 0.1,
    }
    whole, parts = classifier(max_iter=4, **settings).fit(X, Y), classifier(**settings)
    for _ in range(4):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    np.testing.assert_allclose(parts.coefs_[0], whole.coefs_[0], rtol=1e-8)


def test_a_warm_start_goes_on_from_the_weights() -> None:
    model = classifier(warm_start=True, max_iter=20).fit(X, Y)
    first = model.loss_curve_[-1]
    model.fit(X, Y)
    assert (model.n_iter_, model.t_, len(model.loss_curve_)) == (20, 40 * 150, 40)
    assert model.loss_curve_[20] < 1.5 * first


# ---- targets ---------------------------------------------------------------------------------------------------------


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


def test_several_answers_a_row() -> None:
    answers = np.column_stack([Y > 0, Y > 1, X[:, 1] > 3]).astype(int)
    model = classifier(max_iter=60, learning_rate_init=0.02, early_stopping=True, n_iter_no_change=60).fit(X, answers)
    assert model.score(X, answers) == (model.predict(X) == answers).all(axis=1).mean() > 0.5
    rows = model.history_[-1]["val_subset_accuracy"]
    assert rows == model.validation_scores_[-1]


# ---- rows ------------------------------------------------------------------------------------------------------------


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


# ---- threads and processes -------------------------------------------------------------------------------------------


def test_one_thread_within_a_worker_of_joblib() -> None:
    assert threads_for(None) is None
    for backend in ("threading", "loky"):
        assert joblib.Parallel(2, backend=backend)(joblib.delayed(threads_for)(n) for n in (None, 3)) == [1, 3]
    assert classifier(n_threads=2).fit(X, Y).net_.threads == 2


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


# ---- runs ------------------------------------------------------------------------------------------------------------


def test_a_fit_is_kept_as_a_run(tmp_path: Path) -> None:
    model = classifier(out=tmp_path / "run", max_iter=4).fit(X, NAMES)
    assert model.run_.verify().equal
    assert model.run_.replay(3).number == 3
    loaded = gn.load_run(tmp_path / "run")
    np.testing.assert_array_equal(loaded.network.predict(X), model.predict(X))
    with pytest.raises(ExistsError):
        clone(model).fit(X, NAMES)
    assert not hasattr(pickle.loads(pickle.dumps(model)), "run_")  # it holds the data


def test_an_interrupted_fit_is_resumed(tmp_path: Path) -> None:
    class Break(gn.Callback):
        watches = True

        def on_epoch_end(self, run: gn.Run, record: dict[str, Any]) -> None:
            if record["epoch"] == 3:
                raise KeyError("the power went")

    whole = classifier(max_iter=6).fit(X, NAMES)
    with pytest.raises(KeyError):
        classifier(max_iter=6, out=tmp_path / "run", callbacks=[Break()]).fit(X, NAMES)
    resumed = gn.load_run(tmp_path / "run").resume()
    np.testing.assert_array_equal(resumed.network.parameters()["W1"], whole.coefs_[0])


def test_the_network_is_dissected() -> None:
    model = classifier((4,), max_iter=2).fit(X, Y)
    trace = gn.dissect(model.net_, X[:5], Y[:5])
    assert trace["dW1"].shape == (4, 4)
    assert trace.check()


def test_the_network_is_drawn() -> None:
    page = classifier((4,), max_iter=2).fit(X, Y)._repr_mimebundle_()["text/html"]
    assert "sk-top-container" in page
    assert "4 inputs, then 4 relu, then 3 linear" in page


# ---- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_training_that_loses_its_numbers_says_where() -> None:
    wild: dict[str, Any] = {"solver": "sgd", "learning_rate_init": 10.0, "activation": "identity", "random_state": 0}
    with pytest.raises(NonFiniteError, match=r"Solver produced non-finite .* in layer 2 .* A smaller learning rate"):
        MLPRegressor(**wild).fit(100 * X, Y)
    model = MLPRegressor(early_stopping=True, **wild)
    with pytest.warns(ConvergenceWarning, match="layer"):
        model.fit(100 * X, Y)
    assert np.isfinite(model.predict(X)).all()


def test_data_are_not_measured_where_nobody_asked() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = classifier(tol=10.0, n_iter_no_change=1).fit(X, Y)
    assert model.history_[0].keys() == {"epoch", "loss", "penalty", "seconds"}
    assert make_pipeline(StandardScaler(), model).fit(X, Y).score(X, Y) > 0.2
