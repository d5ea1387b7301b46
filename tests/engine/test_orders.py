"""The order of an epoch from the native module is the one that maths/ defines."""

import numpy as np
import pytest

from glassnet.engine import orders
from glassnet.engine.compiled import module
from glassnet.maths import random

native = module()
SETS = native.instruction_sets if native else []


@pytest.mark.needs_native
@pytest.mark.parametrize("isa", SETS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 31, 32, 33, 1000, 70_001])
def test_every_instruction_set_gives_the_order_of_maths(isa, count):
    for seed, epoch in ((0, 0), (5, 1), (2**64 - 1, 2**32 - 1)):
        order = np.empty(count, np.int64)
        native.shuffle(isa, seed, epoch, order)
        assert np.array_equal(order, random.shuffle(seed, epoch, count))


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_the_order_is_the_same_with_and_without_the_native_module(engine, monkeypatch):
    monkeypatch.setenv("GLASSNET_ENGINE", engine)
    assert np.array_equal(orders.shuffle(3, 4, 100), random.shuffle(3, 4, 100))
    room = np.zeros((2, 100), np.int64)
    assert np.shares_memory(orders.shuffle(3, 4, 100, out=room[1]), room)
    assert np.array_equal(room, [np.zeros(100), random.shuffle(3, 4, 100)])
