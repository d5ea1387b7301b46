"""The folder of a fit: its own name, or the next free number, also for the clones of a search in several processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, cross_val_score

import glassnet as gn
from glassnet.errors import ExistsError, StorageError
from glassnet.estimators.folders import folder_for

from .shells import X, Y, classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_a_number_is_the_first_that_nobody_has(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "run-1").touch()
    with folder_for(tmp_path / "a" / "run-{}") as first, folder_for(f"{tmp_path}/a/run-{{}}") as second:
        assert (first, second) == (tmp_path / "a" / "run-2", tmp_path / "a" / "run-3")
        assert first is not None
        first.mkdir()
    with folder_for(tmp_path / "a" / "run-{}") as third:  # the second fit did not take its number
        assert third == second
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"run-1", "run-2"}  # and no claim


def test_a_failed_fit_sets_its_number_free(tmp_path: Path) -> None:
    with pytest.raises(KeyError), folder_for(tmp_path / "{}"):
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_no_number_and_no_folder(tmp_path: Path) -> None:
    with folder_for(None) as none, folder_for(tmp_path / "one") as one:
        assert (none, one) == (None, tmp_path / "one")
    with pytest.raises(ExistsError, match=r"exists already .* out='.*-\{\}' gives each fit a number"):
        folder_for(tmp_path).__enter__()
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="could not be written"):
        folder_for(tmp_path / "file" / "{}").__enter__()


def test_every_fit_of_a_search_in_two_processes_is_kept(tmp_path: Path) -> None:
    model = classifier(max_iter=2, out=tmp_path / "runs" / "{}")
    search = GridSearchCV(model, {"alpha": [1e-4, 1.0]}, cv=2, n_jobs=2).fit(X, Y)
    runs = {path.name: gn.load_run(path) for path in (tmp_path / "runs").iterdir()}
    assert runs.keys() == {"1", "2", "3", "4", "5"}  # two candidates, twice, and the best on all rows
    assert search.best_estimator_.run_.folder == str(tmp_path / "runs" / "5")
    assert all(run.verify().equal for run in runs.values())


def test_one_name_for_all_fits_of_a_search_says_what_to_do(tmp_path: Path) -> None:
    with pytest.warns(FitFailedWarning, match=r"(?s)1 fits failed .* out='.*run-\{\}' gives each fit a number"):
        cross_val_score(classifier(max_iter=2, out=tmp_path / "run"), X, Y, cv=2)


def test_the_networks_of_a_preset_have_numbers_below_that_of_the_fit(tmp_path: Path) -> None:
    one = {"name": "modern", "variants": [(0.1, False)], "members": 2}
    for _ in range(2):
        classifier(preset=one, max_iter=2, out=tmp_path / "{}").fit(X, Y)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*")} == {"1/0", "1/1", "2/0", "2/1"}
