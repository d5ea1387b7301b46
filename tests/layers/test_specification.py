"""Networks as plain data: what is accepted, how weights are named and started, and what a loss may absorb."""

import numpy as np
import pytest

from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.layers import (
    Activation,
    BatchNorm,
    Columns,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    LayerNorm,
    PReLU,
    Rescale,
    Residual,
    RMSNorm,
)
from glassnet.layers.layer import checked
from glassnet.layers.specification import (
    CATALOGUE,
    Specification,
    from_config,
    last_activation,
    without_last_activation,
)
from glassnet.maths import activations, initializers

LAYERS = [
    Dense(3),
    Dense(4, activation="tanh", initializer="he_uniform", bias=False),
    Dense(4, activation=activations.leaky_relu.configured(slope=0.3)),
    Dense(4, initializer=initializers.uniform.configured(low=-0.5, high=0.5), bias_initializer="normal"),
    Activation("softmax"),
    Activation(activations.leaky_relu.configured(slope=0.3)),
    Dropout(0.25),
    Flatten(),
    Rescale((2.0, 0.5), (-1.0, 0.0)),
    BatchNorm(momentum=0.5, epsilon=1e-3),
    LayerNorm(epsilon=1e-3),
    RMSNorm(),
    GaussianNoise(0.1),
    Residual([Dense(3, "relu"), Dense(4)], projection=True),
    Concatenate([[Dense(3)], [], [Residual(Dense(4)), Dropout(0.5)]]),
    Columns([2, 0]),
    Embedding([3, 5], 2, columns=[0, 4]),
    Embedding(3, 2),
    PReLU(),
    PReLU(start=0.1, shared=True),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_a_layer_comes_back_from_its_description(layer):
    assert from_config(layer.config()) == layer


def test_every_layer_of_the_catalogue_is_tried_above():
    assert {layer.kind for layer in LAYERS} == set(CATALOGUE)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"kind": "dens", "units": 3}, "did you mean 'dense'"),
        ({"kind": "os.system", "units": 3}, "There is no layer"),
        ({}, "There is no layer"),
        ({"kind": "dense", "unit": 3}, "did you mean 'units'"),
        ({"kind": "dense"}, "cannot be made"),
        ({"kind": "dense", "units": 0}, "at least 1"),
        ({"kind": "dense", "units": "3"}, "at least 1"),
        ({"kind": "dense", "units": True}, "at least 1"),
        ({"kind": "dense", "units": 3, "activation": "rellu"}, "did you mean 'relu'"),
        ({"kind": "dense", "units": 3, "activation": ["relu"]}, "No activation is described"),
        ({"kind": "dense", "units": 3, "initializer": {"name": "uniform", "lo": 1}}, "did you mean 'low'"),
        ({"kind": "dropout", "rate": 1.0}, "below 1"),
        ({"kind": "dropout", "rate": float("nan")}, "below 1"),
        ({"kind": "rescale", "factor": [1.0], "offset": [0.0, 1.0]}, "not as many"),
        ({"kind": "rescale", "factor": [0.0], "offset": [1.0]}, "leave the column out"),
        ({"kind": "rescale", "factor": ["1"], "offset": [1.0]}, "finite numbers as its factor"),
        ({"kind": "rescale", "factor": [1.0], "offset": [float("inf")]}, "finite numbers as its offset"),
        ({"kind": "rescale", "factor": [], "offset": []}, "a list of numbers"),
        ({"kind": "prelu", "start": float("inf")}, "a finite slope"),
        ({"kind": "prelu", "start": "0.25"}, "a finite slope"),
        ({"kind": "prelu", "shared": 1}, "True, or not, False"),
    ],
)
def test_a_forged_description_is_one_sentence(config, says):
    with pytest.raises(SettingError, match=says):
        from_config(config)


@pytest.mark.parametrize(
    ("layer", "shown"),
    [
        (Dense(10), "Dense(10)"),
        (Dense(10, activation="relu", bias=False), "Dense(10, activation=relu, bias=False)"),
        (Dropout(0.2), "Dropout(0.2)"),
        (Activation("tanh"), "Activation(tanh)"),
        (Flatten(), "Flatten()"),
        (PReLU(), "PReLU()"),
        (PReLU(0.1, shared=True), "PReLU(0.1, shared=True)"),
    ],
)
def test_a_layer_shows_what_was_chosen(layer, shown):
    assert repr(layer) == shown


def test_linear_is_the_identity():
    assert Dense(2, activation="linear") == Dense(2)


def test_weights_are_counted_from_one_over_the_layers_that_have_some():
    specification = Specification((Flatten(), Dense(4), Dropout(0.5), Dense(2, bias=False)), (3, 2))
    arena = specification.arena(np.float32)
    assert {slot.name: (slot.path, slot.shape) for slot in arena.slots} == {
        "W1": ("layers.1.weight", (6, 4)),
        "b1": ("layers.1.bias", (4,)),
        "W2": ("layers.3.weight", (4, 2)),
    }


def test_each_weight_starts_from_its_own_stream():
    layers = (Dense(3, initializer="normal", bias_initializer="normal"), Dense(3, initializer="normal"))
    arena = Specification(layers, (3,)).start(0, np.float64)
    numbers = [*arena["W1"].ravel(), *arena["b1"], *arena["W2"].ravel()]
    assert len(set(numbers)) == len(numbers)


def test_weights_that_somebody_else_draws_start_at_0_and_the_others_as_ever():
    specification = Specification((Dense(4), Dense(3)), (5,))
    whole, part = (specification.start(7, np.float64, without=names) for names in ((), ("W1",)))
    assert not part["W1"].any()
    assert np.array_equal(part["W2"], whole["W2"])


def test_the_start_is_decided_by_the_seed():
    def start(seed, dtype):
        return Specification((Dense(5, activation="relu"),), (4,)).start(seed, dtype).flat

    assert np.array_equal(start(1, np.float64), start(1, np.float64))
    assert not np.array_equal(start(1, np.float64), start(2, np.float64))
    assert np.array_equal(start(1, np.float32), start(1, np.float64).astype(np.float32))


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_weights_before_a_relu_start_as_he_says(activation):
    W = Specification((Dense(400, activation=activation),), (300,)).start(0, np.float64)["W1"]
    assert W.std() == pytest.approx(np.sqrt(2 / 300), rel=0.02)


@pytest.mark.parametrize("activation", ["identity", "tanh", "sigmoid", "softmax"])
def test_other_weights_start_as_glorot_says(activation):
    W = Specification((Dense(400, activation=activation),), (300,)).start(0, np.float64)["W1"]
    limit = np.sqrt(6 / 700)
    assert W.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)
    assert np.abs(W).max() <= limit


@pytest.mark.parametrize("shape", [(0,), (3, 0), ()])
def test_rows_of_nothing_are_refused(shape):
    with pytest.raises(ShapeError, match="nothing to learn"):
        Specification((Dense(1),), shape)


def test_a_network_needs_weights():
    with pytest.raises(SettingError, match="at least one layer with weights"):
        Specification((Activation("relu"),), (3,))
    with pytest.raises(SettingError, match="at least one layer"):
        checked([])


@pytest.mark.parametrize("stranger", [10, "relu", Dense, None])
def test_only_layers_are_layers(stranger):
    with pytest.raises(TypeNotUsableError, match="Layer 1 of a network"):
        checked([Dense(2), stranger])


@pytest.mark.parametrize(
    ("layers", "end"),
    [
        ((Dense(3),), "identity"),
        ((Dense(3, activation="softmax"),), "softmax"),
        ((Dense(3), Activation("sigmoid")), "sigmoid"),
        ((Dense(3, activation="softmax"), Dropout(0.1)), "identity"),
    ],
)
def test_the_end_of_a_network(layers, end):
    assert last_activation(layers) == end
    if end != "identity":
        assert last_activation(without_last_activation(layers)) == "identity"
