"""A fit: held-out rows, going on, the run that is kept, and what goes wrong."""

from __future__ import annotations

import os
import pickle
import signal
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import glassnet as gn
from glassnet.errors import ExistsError, NonFiniteError, SettingError
from glassnet.estimators import MLPRegressor, fitting

from .shells import HELD_OUT, NAMES, PowerCut, X, Y, classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:The reference engine")


# ---- before ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "rows", "batch"),
    [({}, 1000, 200), ({}, 150, 150), ({"batch_size": 32}, 150, 32), ({"solver": "lbfgs"}, 1000, 1000)],
    ids=repr,
)
def test_rows_of_a_step(settings: dict[str, Any], rows: int, batch: int) -> None:
    assert fitting.batch_of(classifier(**settings), rows) == batch


def test_a_batch_of_more_rows_than_there_are_is_all_of_them() -> None:
    with pytest.warns(UserWarning, match="Got `batch_size` less than 1 or larger than sample size: 200 of 150"):
        assert fitting.batch_of(classifier(batch_size=200), 150) == 150


def test_the_loss_is_told_as_scikit_learn_tells_it() -> None:
    goal = fitting.Goal(gn.losses.mse, 3, None, "identity", "r2", share=3, scale=2.0, constant=-1.0)
    assert goal.told({"loss": 5.0, "penalty": 0.5}) == 2 * 5.0 - 1 + 3 * 0.5


def test_an_engine_that_is_done_gives_its_memory_back(tmp_path: Path) -> None:
    run = classifier(out=tmp_path / "run", max_iter=2).fit(X, Y).run_
    assert not hasattr(run.record, "session")
    assert run.verify().equal


# ---- held-out rows ---------------------------------------------------------------------------------------------------


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


def test_a_fit_without_a_folder_has_no_run_nor_that_of_the_fit_before(tmp_path: Path) -> None:
    model = classifier(out=tmp_path / "run", max_iter=2).fit(X, NAMES)
    assert hasattr(model, "run_")
    assert not hasattr(model.set_params(out=None).fit(X, NAMES), "run_")


def test_an_interrupted_fit_is_resumed(tmp_path: Path) -> None:
    whole = classifier(max_iter=6).fit(X, NAMES)
    with pytest.raises(KeyError):
        classifier(max_iter=6, out=tmp_path / "run", callbacks=[PowerCut()]).fit(X, NAMES)
    resumed = gn.load_run(tmp_path / "run").resume()
    np.testing.assert_array_equal(resumed.network.parameters()["W1"], whole.coefs_[0])


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_fit_interrupted_before_its_first_epoch_has_its_start_weights(solver: str) -> None:
    class Press(gn.Callback):
        watches = True

        def on_fit_start(self, run: gn.Run) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.warns(UserWarning, match="interrupted by user"):
        model = classifier(solver=solver, callbacks=[Press()]).fit(X, NAMES)
    assert (model.n_iter_, model.history_, model.t_) == (0, [], 0)
    assert np.isnan(model.loss_)
    assert model.predict(X).shape == (len(X),)


def test_an_interrupted_partial_fit_says_so_and_keeps_what_it_learned() -> None:
    class Press(gn.Callback):
        every_step = watches = True

        def on_steps(self, run: gn.Run, losses: Any) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    model = classifier(batch_size=8, callbacks=[Press()])
    with pytest.warns(UserWarning, match="interrupted by user"):
        model.partial_fit(X, NAMES, classes=np.unique(NAMES))
    assert len(X) > 8
    assert model.net_.state is not None
    assert model.net_.state.step == 1


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
