"""What a notebook shows of an estimator: scikit-learn's table of parameters, and the network below it."""

from __future__ import annotations

from typing import Any

import pytest

from glassnet.estimators import MLPRegressor, MLPTransformer, PerceptronClassifier

from .shells import X, Y, classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SHORT: dict[str, Any] = {"hidden_layer_sizes": (4,), "max_iter": 2}
SHOWN = [
    (classifier((4,), max_iter=2), "4 inputs, then 4 relu, then 3 softmax"),
    (MLPRegressor(**SHORT), "4 inputs, then 4 relu, then 1 linear"),
    (MLPTransformer(**SHORT), "4 inputs, then 4 relu, then 3 softmax"),
    (PerceptronClassifier(max_iter=2), "4 inputs, then 3 linear"),
]


@pytest.mark.parametrize(("model", "network"), SHOWN, ids=lambda each: type(each).__name__)
def test_the_network_is_drawn_once_it_is_there(model: Any, network: str) -> None:
    assert "<svg" not in model._repr_html_()
    model.fit(X, Y)
    for page in (model._repr_html_(), model._repr_mimebundle_()["text/html"]):
        assert "sk-top-container" in page
        assert network in page
