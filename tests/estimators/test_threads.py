"""One thread inside a worker of joblib, and what was asked for everywhere."""

from __future__ import annotations

import joblib
import pytest

from glassnet.estimators.threads import threads_for

from .shells import X, Y, classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:The reference engine")


def test_one_thread_within_a_worker_of_joblib() -> None:
    assert threads_for(None) is None
    for backend in ("threading", "loky"):
        assert joblib.Parallel(2, backend=backend)(joblib.delayed(threads_for)(n) for n in (None, 3)) == [1, 3]
    assert classifier(n_threads=2).fit(X, Y).net_.threads == 2
