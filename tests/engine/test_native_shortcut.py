"""The short way of `predict_proba`: checked arguments straight to the kernels, with the bits of the long way."""

import numpy as np
import pytest

from glassnet.data.batches import Rows
from glassnet.engine.native import NativeEngine
from glassnet.layers import Dense
from glassnet.layers.specification import Specification

from .cases import SETS, pixels

pytestmark = pytest.mark.needs_native


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("isa", SETS)
@pytest.mark.parametrize("widths", [(50, 130, 10), (300, 7, 128, 3), (1, 33)])
def test_the_shortcut_gives_the_bits_of_the_long_way_with_zeros_left_out_or_not(widths, isa, dtype, monkeypatch):
    monkeypatch.setenv("GLASSNET_ISA", isa)
    specification = Specification(tuple(Dense(width, "relu") for width in widths[1:]), widths[:1])
    parameters, chosen = specification.start(3, np.dtype(dtype)), NativeEngine()
    shortcut = chosen.shortcut(specification, parameters, "identity", "unit")
    assert shortcut.finite
    for X in (pixels(20, widths[0]), pixels(20, widths[0], 0.95), pixels(20, widths[0], 0.0)):
        for rows in (X, X[:1], X[:5], X[:0], (X / np.float32(255)).astype(np.float32), X[:2] / 255):
            long_way = chosen.forward(specification, parameters, Rows(rows))
            assert np.array_equal(shortcut(rows, False), long_way)
            assert np.array_equal(shortcut(rows, True), long_way)


def test_the_shortcut_sees_changed_weights_and_refuses_what_it_cannot_take():
    X, specification = pixels(20, 50), Specification((Dense(130, "relu"), Dense(10)), (50,))
    parameters, chosen = specification.start(3, np.dtype("float32")), NativeEngine()
    shortcut = chosen.shortcut(specification, parameters, "identity", "unit")
    assert shortcut(X[:1], True).any()
    parameters["W2"][...] = 0
    parameters["b2"][...] = 1
    assert (shortcut(X[:1], True) == 1).all()
    wrong = ([[1.0] * 50], X[:, :49], X[:, ::-1], X.astype(np.int16), X.astype(">f8"), X.astype(bool), X[0], X[None], 3)
    for unusable in wrong:
        assert shortcut(unusable, True) is None
    probabilities = chosen.shortcut(specification, parameters, "softmax", "unit")(X, False)
    np.testing.assert_allclose(probabilities, np.full((20, 10), 0.1), rtol=1e-6)
    parameters["W1"][7, 3] = np.nan
    assert not shortcut.finite
