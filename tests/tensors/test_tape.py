"""The tape: deep graphs without recursion, nothing recorded that nobody asked for, and memory that is given back."""

from __future__ import annotations

import gc
import sys
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import glassnet as gn
from glassnet.tensors import tape

DEEP = 100_000


def test_a_chain_of_100000_operations_differentiates() -> None:
    assert sys.getrecursionlimit() < DEEP
    x = gn.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(DEEP // 2):
        y = y * 1.00001 + 0.0
    y.backward()
    assert float(x.grad) == pytest.approx(1.00001 ** (DEEP // 2), rel=1e-9)


def test_a_deep_chain_goes_forward_and_twice_back() -> None:
    def chain(x: gn.Tensor) -> gn.Tensor:
        y = x
        for _ in range(5_000):
            y = y + x * 0.0004
        return y * y

    # y = 3x after 5000 steps of 0.0004 x, so y^2 = 9 x^2.
    assert float(gn.jvp(chain, 2.0, 1.0)[1]) == pytest.approx(36.0)
    assert float(gn.grad(gn.grad(chain))(2.0)) == pytest.approx(18.0)


def test_a_value_used_many_times_is_swept_once() -> None:
    """2^60 paths lead from y to x: gradients are summed at every node, not along every path."""
    x = gn.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert float(x.grad) == 2.0**60


def test_the_graph_is_given_back_when_it_is_dropped() -> None:
    x = gn.tensor(np.ones(10), requires_grad=True)
    y = (x * 2).sum()
    node = weakref.ref(y._node)
    gc.disable()
    try:
        del y
        assert node() is None  # by reference counting alone: there are no cycles
    finally:
        gc.enable()


def test_constants_are_not_recorded() -> None:
    x = gn.tensor([1.0, 2.0])
    assert not (x * 2 + 1).requires_grad
    assert (x * 2 + 1)._node is None


def test_no_grad_keeps_no_history_and_no_memory() -> None:
    w = gn.tensor(np.ones(100_000), requires_grad=True)
    with gn.no_grad():
        tracemalloc.start()
        y = w
        for _ in range(20):
            y = y * 1.5
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert held < 3 * w.numpy().nbytes
    assert not y.requires_grad


def test_no_grad_ends_with_its_block_and_nests() -> None:
    x = gn.tensor(1.0, requires_grad=True)
    with gn.no_grad():
        with gn.no_grad():
            pass
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    with pytest.raises(ZeroDivisionError), gn.no_grad():
        raise ZeroDivisionError
    assert tape.is_recording()


def test_no_grad_holds_for_its_own_thread() -> None:
    x, seen = gn.tensor(1.0, requires_grad=True), []
    with gn.no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * 2).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_threads_record_side_by_side() -> None:
    def work(k: int) -> None:
        results[k] = float(gn.grad(lambda x: (x * x * k).sum())(np.full(5, 3.0))[0])

    results: dict[int, float] = {}
    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {k: 6.0 * k for k in range(8)}


def test_only_what_leads_from_the_inputs_is_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """An inner gradient does not walk the outer graph, however large that is."""
    w = gn.tensor(1.0, requires_grad=True)
    outer = w
    for _ in range(50):
        outer = outer * 1.1
    lengths: list[int] = []
    original = tape.path

    def measured(output, inputs):  # type: ignore[no-untyped-def]
        found = original(output, inputs)
        lengths.append(len(found.nodes))
        return found

    monkeypatch.setattr(tape, "path", measured)
    gn.grad(lambda x: x * x * outer)(3.0)
    assert lengths == [3]  # x, x * x and its product with the outer value
