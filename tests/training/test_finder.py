"""The learning rate range test: what it suggests, that it changes nothing, its picture, its sentences."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError
from glassnet.training.finder import RateSearch

from .runs import X, Y, network

random = np.random.default_rng(0)
ROWS = random.normal(size=(256, 8)) @ np.diag(np.linspace(1, 3, 8))
LINE = ROWS @ random.normal(size=(8, 1))


def search(**settings: Any) -> RateSearch:
    chosen: dict[str, Any] = {"loss": "mse", "optimizer": "sgd", "engine": "reference"}
    return gn.find_learning_rate(gn.Network([gn.Dense(1)]), ROWS, LINE, **(chosen | settings))


def test_the_suggestion_is_below_the_rate_at_which_descent_diverges() -> None:
    """For mse of a linear layer that is 2 / L, L the greatest curvature: 2 times an eigenvalue of X^T X / n."""
    inputs = np.hstack([ROWS, np.ones((256, 1))])
    L = 2 * np.linalg.eigvalsh(inputs.T @ inputs / 256).max()
    found = search(steps=100)
    assert 0.01 * 2 / L < found.suggestion < 2 / L
    assert found.rates[-1] > 2 / L  # it went on until it diverged, and no further
    assert len(found.rates) < 100
    assert found.smoothed[-1] > 4 * np.nanmin(found.smoothed) or not np.isfinite(found.losses[-1])


def test_rates_rise_by_equal_factors_and_means_are_corrected() -> None:
    found = search(low=1e-8, high=1e-6, steps=30)
    np.testing.assert_allclose(found.rates, np.geomspace(1e-8, 1e-6, 30), rtol=1e-12)
    weights = 0.9 ** np.arange(30)[::-1]
    assert found.smoothed[-1] == pytest.approx(np.average(found.losses, weights=weights), rel=1e-12)


def test_it_is_the_same_for_the_same_seed_and_changes_nothing() -> None:
    net = network()
    run = net.fit(X, Y, optimizer="adam", epochs=2, engine="reference")
    before = run.state.copy(), net.epoch, net.optimizer
    one, other = (gn.find_learning_rate(net, X, Y, seed=4, engine="reference", batch_size=8) for _ in range(2))
    after = run.state.copy(), net.epoch, net.optimizer
    assert one.losses.tobytes() == other.losses.tobytes()
    assert before[0]["values"].tobytes() == after[0]["values"].tobytes()
    assert all(before[0]["moments"][name].tobytes() == after[0]["moments"][name].tobytes() for name in "mv")
    assert before[1:] == after[1:]
    fresh = gn.Network([gn.Dense(2)])
    gn.find_learning_rate(fresh, X, Y, engine="reference")
    assert fresh.state is None
    assert fresh.optimizer is None


def test_the_picture(tmp_path: Path) -> None:
    found = search()
    found.save(tmp_path / "rates.svg")
    text = (tmp_path / "rates.svg").read_text()
    assert text == found.to_svg() == found._repr_svg_()
    ElementTree.fromstring(text)
    assert f"{found.suggestion:g}" in text
    assert "learning rate" in text


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"low": 1.0, "high": 0.1}, "0 < low < high, not low=1.0 and high=0.1"),
        ({"low": 0.0}, "0 < low < high, not low=0.0"),
        ({"steps": 3}, "at least 10 steps; given 3"),
        ({"optimizer": "lbfgs"}, "LBFGS chooses the length of its steps itself"),
        ({"loss": "msee"}, "There is no loss 'msee'"),
    ],
)
def test_what_it_cannot_search_is_a_sentence(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        search(**settings)


def test_a_picture_of_another_kind_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=re.escape("give a name that ends in .svg")):
        search().save(tmp_path / "rates.png")
