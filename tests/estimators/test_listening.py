"""Callbacks, lines, a bar, and scikit-learn's own callbacks hear of every epoch."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.model_selection import GridSearchCV

import glassnet as gn
from glassnet.errors import TypeNotUsableError
from glassnet.estimators import MLPRegressor

from .shells import HELD_OUT, NAMES, X, Y, classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:The reference engine")


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


def test_the_bar_of_a_preset_counts_its_networks(capsys: pytest.CaptureFixture[str]) -> None:
    preset = {"name": "modern", "members": 1, "judges": 2, "variants": ((0.1, False), (300.0, False))}
    model = classifier(max_iter=3, preset=preset, progress_bar=True).fit(X, Y)
    count = 2 * 2 + len(model.ensemble_.members)
    assert capsys.readouterr().err == f"MLPClassifier: {count} networks\n"


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


TABLE = pandas.DataFrame({"size": X[:, 0], "kind": np.where(X[:, 1] > 3, "wide", "narrow")})
ONE = {"name": "modern", "variants": [(0.1, False), (1.0, False)], "members": 1, "judges": 2}
FITS = [
    (classifier(preprocess="auto", max_iter=3), TABLE, NAMES, ["epoch"] * 3),
    (classifier(max_iter=3), X, np.column_stack([Y, Y > 1]), ["epoch"] * 3),
    (classifier(preset=ONE, max_iter=2), TABLE, NAMES, ["network"] * 4),  # two judges of each variant, then members
    (MLPRegressor(preset=ONE, max_iter=2, random_state=0), TABLE, X[:, 2], ["network"] * 4),
]


@pytest.mark.parametrize(("model", "rows", "y", "tasks"), FITS, ids=["table", "labels", "preset", "preset of numbers"])
def test_scikit_learns_callbacks_score_what_was_given(model: Any, rows: Any, y: Any, tasks: list[str]) -> None:
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")
    monitor = callback.ScoringMonitor(scoring=lambda model, rows, y: {"score": model.score(rows, y)})
    model.set_callbacks(monitor).fit(rows, y)
    log = monitor.get_logs()
    whole, *parts = sorted(log.data, key=lambda entry: entry["task_id_path"])
    assert whole["score"] == model.score(rows, y)
    assert [entry["task_name"] for entry in parts][:4] == tasks
    assert all(np.isfinite(entry["score"]) for entry in parts)


def test_the_bar_moves_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    classifier(progress_bar=True, max_iter=3).fit(X, Y)
    written = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert all(f"epoch {epoch} of 3" in written for epoch in (1, 2, 3))
