"""What a check finds: nothing in a right trace, and every planted mistake, whichever tensor it is in."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import GlassnetError
from glassnet.lab.trace import Trace

X, Y = np.random.default_rng(0).normal(size=(2, 3)), np.array([1, 0])


def made(mean_in: str = "dZ", dtype: str = "float64") -> Trace:
    net = gn.Network([gn.Dense(4, activation="tanh"), gn.Dense(2, activation="softmax")]).build(3, dtype=dtype)
    return gn.dissect(net, X, Y, optimizer="adam", mean_in=mean_in)


def test_every_tensor_is_checked() -> None:
    trace = made()
    given = {"X", "y", *trace.formulas.weights(), *(f"{m}.{w}" for m in "mv" for w in trace.formulas.weights())}
    errors = trace.check()
    assert set(errors) == set(trace) - given
    assert max(errors.values()) < 1e-9
    assert max(made("dW").check().values()) < 1e-9
    assert max(made(dtype="float32").check().values()) < 1e-5


@pytest.mark.parametrize(
    "name", ["Z1", "A1", "A2", "loss", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "m.W1.new", "W2.new"]
)
def test_a_mistake_is_found_where_it_was_planted(name: str) -> None:
    trace = made()
    value = trace.quantities[name].value
    value[(0,) * value.ndim] += 0.01
    assert trace.check()[name] > 1e-4


def test_a_wide_layer_of_relus_is_right_in_spite_of_its_kinks() -> None:
    rng = np.random.default_rng(0)
    net = gn.Network([gn.Dense(300, activation="relu"), gn.Dense(10)])
    trace = gn.dissect(net, rng.random((32, 100), np.float32), rng.integers(0, 10, 32), optimizer="adam")
    assert max(trace.check().values()) < 2e-4
    trace.quantities["dW1"].value[:, 7] *= -1  # the sign of one unit in 300
    assert trace.check()["dW1"] > 1e-3


def test_one_number_against_the_slope_of_the_loss() -> None:
    trace = made()
    assert max(trace.check("dW1[2,3]").values()) < 1e-9
    assert max(trace.check("dZ1[1,0]").values()) < 1e-9
    trace.quantities["dW1"].value[2, 3] *= 1.001
    (error,) = trace.check("dW1[2,3]").values()
    assert error == pytest.approx(1e-3, rel=0.01)
    with pytest.raises(GlassnetError, match=r"W1\[0,0\] is given"):
        trace.check("W1[0,0]")


def test_fifty_digits() -> None:
    trace = made()
    errors = trace.check(digits=50)
    assert set(errors) == set(trace.check())
    assert 0 < max(errors.values()) < 1e-14
    assert max(trace.check("dW2[1,0]", digits=50).values()) < 1e-14
    trace.quantities["dZ1"].value[0, 0] *= 1 + 1e-12
    assert trace.check(digits=50)["dZ1"] > 1e-13


@pytest.mark.parametrize("digits", [1, 2000, True, 2.5])
def test_what_is_no_number_of_digits(digits: object) -> None:
    with pytest.raises(GlassnetError, match="whole number from 16 to 1000"):
        made().check(digits=digits)  # type: ignore[arg-type]


def test_many_digits_are_for_small_steps() -> None:
    net = gn.Network([gn.Dense(100), gn.Dense(2)]).build(100)
    with pytest.raises(GlassnetError, match="too large for many digits"):
        gn.dissect(net, np.ones((1, 100)), [0]).check(digits=50)


def test_a_missing_extra_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(GlassnetError, match=r"pip install 'glassnet\[lab\]'"):
        made().check(digits=50)
