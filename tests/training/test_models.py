"""A network comes back from its file with the same predictions, to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassnet as gn
from glassnet.errors import NotFittedError, SettingError

X = np.random.default_rng(1).normal(size=(30, 6))
PIXELS = (X * 30 + 128).clip(0, 255).astype(np.uint8).reshape(30, 2, 3)
NUMBERS = X[:, 0] - 2 * X[:, 1]
WORDS = np.array(["low", "middle", "high"])[np.digitize(NUMBERS, [-1, 1])]


def trained(X: Any, y: Any, outputs: int, **settings: Any) -> gn.Network:
    net = gn.Network([gn.Dense(5, activation="tanh"), gn.Dropout(0.2), gn.Dense(outputs)])
    net.fit(X, y, epochs=2, **settings)
    return net


@pytest.mark.parametrize(
    ("X", "y", "outputs", "settings"),
    [
        (X, WORDS, 3, {}),
        (PIXELS, WORDS, 3, {"scale": "symmetric"}),
        (X, NUMBERS, 1, {"dtype": "float64"}),
        (X, NUMBERS > 0, 1, {}),
        (X, gn.to_categorical(WORDS), 3, {"loss": "categorical_crossentropy"}),
        (X, np.c_[NUMBERS, NUMBERS], 2, {"loss": gn.losses.huber.configured(delta=2.0)}),
    ],
)
def test_predictions_come_back_bit_for_bit(
    tmp_path: Path, X: Any, y: Any, outputs: int, settings: dict[str, Any]
) -> None:
    net = trained(X, y, outputs, **settings)
    net.save(tmp_path / "model.safetensors")
    back = gn.load(tmp_path / "model.safetensors")
    assert back.logits(X).tobytes() == net.logits(X).tobytes()
    assert back.predict(X).dtype == net.predict(X).dtype
    assert np.array_equal(back.predict(X), net.predict(X))
    assert back.evaluate(X, y) == net.evaluate(X, y)
    assert (back.classes, back.scale, back.epoch, back.input_shape) == (
        net.classes,
        net.scale,
        net.epoch,
        net.input_shape,
    )


def test_a_loaded_model_can_be_trained_on(tmp_path: Path) -> None:
    net = trained(X, WORDS, 3, optimizer="sgd")
    net.save(tmp_path / "model")
    back = gn.load(tmp_path / "model")
    for network in (net, back):
        network.fit(X, WORDS, epochs=2, optimizer="sgd")
    assert back.parameters().flat.tobytes() == net.parameters().flat.tobytes()


def test_notes_travel_with_the_model(tmp_path: Path) -> None:
    net = gn.Network([gn.Dense(1)]).build(2)
    net.about = {"columns": ["weight", "colour=red"], "image_shape": None}
    net.save(tmp_path / "model")
    assert gn.load(tmp_path / "model").about == net.about


def test_an_unbuilt_network_has_nothing_to_save(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError, match="no weights yet"):
        gn.Network([gn.Dense(1)]).save(tmp_path / "model")


def test_a_folder_is_no_file_name(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="is a folder"):
        gn.Network([gn.Dense(1)]).build(2).save(tmp_path)


@settings(max_examples=30)
@given(
    widths=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    activation=st.sampled_from(sorted(gn.activations.CATALOGUE)),
    bias=st.booleans(),
    dtype=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 2**64 - 1),
)
def test_any_architecture_comes_back(
    tmp_path_factory: pytest.TempPathFactory, widths: list[int], activation: str, bias: bool, dtype: str, seed: int
) -> None:
    net = (
        gn.Network([gn.Dense(width, activation=activation, bias=bias) for width in widths])
        if (activation != "softmax" or len(widths) == 1)
        else gn.Network([*(gn.Dense(width) for width in widths), gn.Activation(activation)])
    )
    net.build(6, seed=seed, dtype=dtype)
    path = tmp_path_factory.mktemp("models") / "model"
    net.save(path)
    back = gn.load(path)
    assert back.layers == net.layers
    assert back.logits(X).tobytes() == net.logits(X).tobytes()
