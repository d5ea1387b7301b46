"""The arena: one flat vector, and views that stay views."""

import copy
import pickle

import numpy as np
import pytest

from glassnet.layers.parameters import Parameters

LAYOUT = [("W1", "layers.0.weight", (2, 3)), ("b1", "layers.0.bias", (3,)), ("W2", "layers.2.weight", (3, 1))]


@pytest.fixture
def arena():
    arena = Parameters(LAYOUT, np.float64)
    arena.flat[:] = np.arange(12)
    return arena


def test_weights_lie_one_after_the_other(arena):
    assert arena["W1"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert arena["b1"].tolist() == [6, 7, 8]
    assert arena["W2"].tolist() == [[9], [10], [11]]
    assert list(arena) == ["W1", "b1", "W2"]


def test_writing_to_a_view_writes_to_the_vector(arena):
    arena["b1"][1] = -1
    assert arena.flat[7] == -1


def test_any_flat_vector_can_be_named_alike(arena):
    moment = np.ones(12)
    arena.views_of(moment)["W2"][:] = 5
    assert moment.tolist() == [1] * 9 + [5] * 3


@pytest.mark.parametrize("duplicate", [copy.deepcopy, copy.copy, lambda arena: pickle.loads(pickle.dumps(arena))])
def test_views_of_a_copy_belong_to_the_copy(arena, duplicate):
    twin = duplicate(arena)
    twin["W1"][0, 0] = 100
    assert twin.flat[0] == 100, "the copy's view is cut off from its vector"
    assert np.shares_memory(twin["b1"], twin.flat)


def test_a_deep_copy_shares_nothing(arena):
    twin = copy.deepcopy(arena)
    twin.flat[:] = 0
    assert arena.flat.any()


def test_it_shows_names_shapes_and_size(arena):
    assert repr(arena) == "Parameters(W1 (2, 3), b1 (3,), W2 (3, 1); 12 numbers, float64)"
