"""Layers within layers: what they compute, how their weights are named, and that files bring them back."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import DataError, SettingError, ShapeError, TypeNotUsableError
from glassnet.files.model import recall_architecture
from glassnet.layers.specification import Specification, from_config

RANDOM = np.random.default_rng(4)
X, Y = RANDOM.normal(size=(20, 5)), RANDOM.normal(size=20)

WIDE_AND_DEEP = gn.Concatenate(
    [
        [gn.Columns([0, 1])],
        [gn.Dense(6, "tanh"), gn.BatchNorm(), gn.Residual([gn.Dense(4, "relu"), gn.Dense(6)])],
        gn.Residual(gn.Dense(3), projection=True),
    ]
)


def test_a_residual_block_adds_its_input():
    net = gn.Network([gn.Residual([gn.Dense(8, "tanh"), gn.Dense(5)]), gn.Dense(1)]).build(5, dtype="float64")
    net.engine, p = "reference", net.parameters()
    F = np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
    np.testing.assert_allclose(net.logits(X), (F + X) @ p["W3"] + p["b3"], rtol=1e-12)


def test_a_projection_brings_the_input_to_the_width():
    net = gn.Network([gn.Residual([gn.Dense(3, "tanh")], projection=True), gn.Dense(1)]).build(5, dtype="float64")
    net.engine, p = "reference", net.parameters()
    assert p["W2"].shape == (5, 3)
    A = np.tanh(X @ p["W1"] + p["b1"]) + X @ p["W2"]
    np.testing.assert_allclose(net.logits(X), A @ p["W3"] + p["b3"], rtol=1e-12)


def test_branches_stand_side_by_side_and_an_empty_one_hands_on():
    net = gn.Network([gn.Concatenate([[], [gn.Dense(3, "tanh")]]), gn.Dense(1)]).build(5, dtype="float64")
    net.engine, p = "reference", net.parameters()
    A = np.hstack([X, np.tanh(X @ p["W1"] + p["b1"])])
    np.testing.assert_allclose(net.logits(X), A @ p["W2"] + p["b2"], rtol=1e-12)


def test_weights_are_named_into_the_depth():
    specification = Specification((WIDE_AND_DEEP, gn.Dense(1)), (5,))
    assert {name: path for name, path, _ in specification.layout()} == {
        "W1": "layers.0.branches.1.0.weight",
        "b1": "layers.0.branches.1.0.bias",
        "gamma2": "layers.0.branches.1.1.gamma",
        "beta2": "layers.0.branches.1.1.beta",
        "W3": "layers.0.branches.1.2.inner.0.weight",
        "b3": "layers.0.branches.1.2.inner.0.bias",
        "W4": "layers.0.branches.1.2.inner.1.weight",
        "b4": "layers.0.branches.1.2.inner.1.bias",
        "W5": "layers.0.branches.2.0.inner.0.weight",
        "b5": "layers.0.branches.2.0.inner.0.bias",
        "W6": "layers.0.branches.2.0.projection.weight",
        "W7": "layers.1.weight",
        "b7": "layers.1.bias",
    }
    assert [path for _, path, _ in specification.running_layout()] == [
        "layers.0.branches.1.1.mean",
        "layers.0.branches.1.1.variance",
    ]


def test_each_layer_draws_its_own_random_numbers():
    """Dropout in two branches over the same input keeps other units in each."""
    net = gn.Network([gn.Concatenate([gn.Dropout(0.5), gn.Dropout(0.5)]), gn.Dense(1)])
    net.fit(np.ones((40, 8)), np.zeros(40), engine="reference", loss="mse", epochs=1, batch_size="full")
    places = [node.part.name for node in net.specification.nodes]
    assert places == ["0", "branches.0.0", "branches.1.0", "1"]


def test_the_summary_shows_what_lies_within():
    lines = gn.Network([WIDE_AND_DEEP, gn.Dense(1)]).build(5).summary().splitlines()
    assert [line.split("  (")[0].rstrip() for line in lines[1:-1]] == [
        "Concatenate (3 branches)",
        "  0: Columns([0, 1])",
        "  1: Dense(6, activation=tanh)",
        "  1: BatchNorm()",
        "  1: Residual",
        "    Dense(4, activation=relu)",
        "    Dense(6)",
        "  2: Residual(projection=True)",
        "    Dense(3)",
        "    projection: Dense(3, bias=False)",
        "Dense(1)",
    ]
    assert lines[-1].startswith("151 weights")


def test_a_file_brings_them_back(tmp_path):
    net = gn.Network([WIDE_AND_DEEP, gn.Dense(1)])
    net.fit(X, Y, engine="reference", epochs=2, batch_size=6)
    net.save(tmp_path / "net.safetensors")
    again = gn.load(tmp_path / "net.safetensors")
    assert again.layers == net.layers
    assert again.logits(X).tobytes() == net.logits(X).tobytes()
    assert from_config(WIDE_AND_DEEP.config()) == WIDE_AND_DEEP


def test_diverging_inside_is_named():
    net = gn.Network([gn.Residual([gn.Dense(5), gn.Dense(5)]), gn.Dense(1)])
    with pytest.raises(ArithmeticError, match=r"layer \d \(Dense\("):
        net.fit(X * 1e5, Y, engine="reference", epochs=20, optimizer=gn.optimizers.SGD(1e38))


def nested(times):
    config = gn.Dense(2).config()
    for _ in range(times):
        config = {"kind": "residual", "layers": [config], "projection": False}
    return config


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (nested(300), "at most 20 deep"),
        ({"kind": "residual", "layers": 3, "projection": False}, "No layer is described by 3"),
        ({"kind": "residual", "layers": [{"kind": "dens"}]}, "did you mean 'dense'"),
        ({"kind": "residual", "layers": [{"kind": "dense", "units": 2.5}]}, "at least 1"),
        ({"kind": "residual", "layers": []}, "needs at least one layer"),
        ({"kind": "concatenate", "branches": []}, "at least one branch"),
        ({"kind": "concatenate", "branches": [[["x"]]]}, "No layer is described by 'x'"),
    ],
)
def test_a_forged_description_is_one_sentence(config, says):
    with pytest.raises((SettingError, TypeNotUsableError), match=says):
        from_config(config)


def test_a_description_of_very_many_layers_is_refused():
    many = {"kind": "residual", "layers": [gn.Dropout(0.1).config()] * 6000, "projection": False}
    with pytest.raises(DataError, match="too many layers"):
        recall_architecture({"input_shape": [2], "layers": [many, many]})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: gn.Residual([gn.Dense(3)]).build((5,)), "turns 5 numbers a row into 3.*projection=True"),
        (lambda: gn.Residual([]), "needs at least one layer"),
        (lambda: gn.Residual([gn.Dense]), "Layer 0 of Residual is"),
        (lambda: gn.Residual("dense"), "takes a list of layers"),
        (lambda: gn.Residual([gn.Dense(3)], projection=1), "True or False; given 1"),
        (lambda: gn.Concatenate([]), "at least one branch"),
        (lambda: gn.Concatenate(gn.Dense(3)), "takes a list of branches"),
        (lambda: gn.Concatenate([[gn.Dense(3)], 4]), "Branch 1 of Concatenate takes a list of layers"),
    ],
)
def test_what_cannot_be_used(make, says):
    with pytest.raises((SettingError, ShapeError, TypeNotUsableError), match=says):
        make()


@pytest.mark.needs_native
def test_the_native_engine_says_what_it_has_no_kernel_for():
    net = gn.Network([WIDE_AND_DEEP, gn.Dense(1)])
    with pytest.raises(SettingError, match=r'no kernel for the layer Concatenate \(3 branches\); engine="reference"'):
        net.fit(X, Y, engine="native")
