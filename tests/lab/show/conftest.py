"""Four steps that every output has to show: the slide's, a batch with Adam, one of many kinds of layers, a wide one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.lab.trace import Trace

SLIDE = Path(__file__).parents[3] / "examples" / "marking" / "slide.toml"


@pytest.fixture(scope="session")
def slide() -> Trace:
    """One sigmoid hidden neuron, one sigmoid output."""
    return gn.dissect(SLIDE)


@pytest.fixture(scope="session")
def batch() -> Trace:
    """A 3-4-2 network on two examples."""
    net = gn.Network([gn.Dense(4, activation="tanh"), gn.Dense(2)]).build(3, dtype="float64")
    return gn.dissect(net, np.random.default_rng(0).normal(size=(2, 3)), np.array([1, 0]), optimizer="adam")


@pytest.fixture(scope="session")
def deep() -> Trace:
    """Categories, branches, normalization, a residual block, and all that stands around a step of Muon."""
    branches = [[gn.Columns([0])], [gn.Dense(3, activation="tanh", l2=0.1, max_norm=0.5), gn.LayerNorm()]]
    block = gn.Residual([gn.Dense(4, activation="relu"), gn.BatchNorm()])
    net = gn.Network([gn.Embedding(4, 2, columns=[1]), gn.Concatenate(branches), block, gn.Dense(2)])
    rows = np.array([[1, 0, 2], [0, 3, 1], [0.5, 3, 0]])
    muon = gn.optimizers.Muon(clip_value=0.3, clip_norm=0.1, ema=0.9)
    return gn.dissect(net.build(3, dtype="float64"), rows, np.array([0, 1, 1]), optimizer=muon, scale=None)


@pytest.fixture(scope="session")
def wide() -> Trace:
    """The 784-1000-10 network on 32 examples."""
    rng = np.random.default_rng(0)
    X = (rng.random((32, 784)) * (rng.random((32, 784)) < 0.2)).astype(np.float32)
    net = gn.Network([gn.Dense(1000, activation="relu"), gn.Dense(10)])
    return gn.dissect(net, X, rng.integers(0, 10, 32), optimizer="adam")


@pytest.fixture(params=["slide", "batch", "batch as in the lecture", "deep", "wide"])
def each(request: pytest.FixtureRequest) -> Trace:
    """Each of them, and the batch in another convention."""
    name, _, convention = request.param.partition(" as in the ")
    trace: Trace = request.getfixturevalue(name)
    return trace.shown("columns, base 1, theta, minus") if convention else trace
