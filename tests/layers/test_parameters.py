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


WAYS_IN = {
    "flat": lambda arena: arena.flat,
    "whole": lambda arena: arena.whole,
    "a weight": lambda arena: arena["b1"],
    "all weights": lambda arena: list(arena.values()),
    "a part of a view": lambda arena: arena["W1"][1:, ::2].T,
    "a view of the memory": lambda arena: memoryview(arena.flat),
    "what layers keep": lambda arena: arena.running["mean1"],
}


@pytest.mark.parametrize("way", WAYS_IN)
def test_whoever_may_have_written_to_the_weights_is_noticed(way):
    arena = Parameters(LAYOUT, np.float64, [("mean1", "layers.1.mean", (3,))])
    before = arena.watch
    assert before is not None
    assert arena.watch == before, "looking at it is no reason"
    held = WAYS_IN[way](arena)
    assert arena.watch is None, "somebody may write at any time"
    del held
    assert arena.watch not in (None, before), "somebody may have written"


@pytest.mark.parametrize("given", [np.zeros(12), np.zeros(20)[3:15]], ids=["its own memory", "a part of another"])
def test_who_brought_the_memory_may_write_to_it(given):
    numbers = given.copy()
    arena = Parameters(LAYOUT, np.float64, whole=numbers)
    assert arena.watch is None
    del numbers
    assert arena.watch is not None
    assert Parameters(LAYOUT, np.float64, whole=np.frombuffer(bytearray(96))).watch is None


def test_a_copy_is_watched_for_itself(arena):
    assert copy.deepcopy(arena).watch is not None
    assert pickle.loads(pickle.dumps(arena, protocol=5)).watch is not None
    twin = copy.copy(arena)
    assert (arena.watch, twin.watch) == (None, None), "each may write to the other's numbers"


def test_it_shows_names_shapes_and_size(arena):
    assert repr(arena) == "Parameters(W1 (2, 3), b1 (3,), W2 (3, 1); 12 numbers, float64)"
