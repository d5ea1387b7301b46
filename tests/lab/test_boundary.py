"""A picture for each neuron of a network with two inputs."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import NotFittedError, SettingError, ShapeError
from glassnet.lab.boundary import boundary, equation, layers_of
from glassnet.plots.plane import Plane

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0, 1, 1, 0])


def network(*layers: Any, y: Any = XOR) -> gn.Network:
    net = gn.Network(list(layers))
    net.fit(X, y, epochs=3, seed=1, dtype="float64", engine="reference")
    return net


@pytest.fixture(scope="module")
def deep() -> gn.Network:
    return network(gn.Dense(4, activation="tanh"), gn.Dense(3), gn.Activation("relu"), gn.Dense(1))


def test_every_layer_and_neuron_has_a_picture(deep: gn.Network) -> None:
    found = boundary(deep, X, XOR)
    assert [(part.title, len(part.blocks[1].of)) for part in found.parts] == [  # type: ignore[union-attr]
        ("Layer 1", 4), ("Layer 2", 3), ("Layer 3", 1)]  # fmt: skip
    for picture in found.pictures():
        root = ElementTree.fromstring(picture.markup)
        assert len([c for c in root.iter("circle") if "dot" in c.get("class", "")]) == 4
    assert found.pictures()[0].caption.startswith("Layer 1, neuron 1: ")
    ElementTree.fromstring(found.html().removeprefix("<!doctype html>"))


def test_its_numbers_are_the_networks_own(deep: gn.Network) -> None:
    seen = layers_of(deep, X)
    assert np.allclose(seen[-1].Z, deep.logits(X))
    assert np.allclose(seen[0].A, np.tanh(X @ seen[0].W + seen[0].b))
    assert (np.maximum(seen[1].Z, 0) == seen[1].A).all()


def test_a_line_by_hand() -> None:
    """x1 + x2 = 1.5 as a single neuron: the boundary is that line."""
    net = network(gn.Dense(1), y=[0, 0, 0, 1])
    net.parameters()["W1"][:] = [[1.0], [1.0]]
    net.parameters()["b1"][:] = [-1.5]
    found = boundary(net, X, [0, 0, 0, 1], within=((0, 2), (0, 2)))
    assert found.pictures()[0].caption == "Layer 1, neuron 1: 1 x1 + 1 x2 − 1.5 = 0"
    assert found.to_json()["layers"][0]["b"] == [-1.5]
    seen = layers_of(net, Plane((0, 2), (0, 2)).corners())[0]
    assert ((seen.Z[:, 0] >= 0) == (Plane((0, 2), (0, 2)).corners().sum(1) >= 1.5)).all()


def test_a_class_each(deep: gn.Network) -> None:
    net = network(gn.Dense(3, activation="tanh"), gn.Dense(3), y=["a", "b", "c", "a"])
    captions = [picture.caption for picture in boundary(net, X, ["a", "b", "c", "a"]).pictures()]
    assert captions[3:] == ["Layer 2, the class a", "Layer 2, the class b", "Layer 2, the class c"]


def test_without_data(deep: gn.Network) -> None:
    assert len(boundary(deep).pictures()) == 8


@pytest.mark.parametrize(
    ("use", "error", "said"),
    [
        (lambda: boundary(gn.Network([gn.Dense(1)])), NotFittedError, "no weights yet"),
        (lambda: boundary(gn.Network([gn.Dense(1)]).build(3)), SettingError, "two inputs"),
        (lambda: boundary(gn.Network([gn.Dense(1)]).build(2), [[1, 2, 3]]), ShapeError, r"\(n, 2\)"),
        (lambda: boundary(gn.Network([gn.Dense(1)]).build(2), X, [1]), ShapeError, "4 rows and y has 1"),
        (lambda: boundary(gn.Network([gn.BatchNorm(), gn.Dense(1)]).build(2)), SettingError, "BatchNorm"),
    ],
)
def test_what_has_no_pictures(use: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        use()


def test_an_equation() -> None:
    assert equation(np.array([-0.25, 2.0]), 0.0) == "−0.25 x1 + 2 x2 + 0 = 0"
