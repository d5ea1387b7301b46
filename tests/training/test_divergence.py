"""A training that loses its numbers names the first step and quantity, and keeps the last good weights."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import DivergedError

X = np.random.default_rng(0).normal(size=(40, 3))
Y = X @ [1.0, -1.0, 2.0]


def diverge(layers, rate, **settings):
    net = gn.Network(layers)
    with pytest.raises(DivergedError) as caught:
        net.fit(X, Y, loss="mse", optimizer=gn.optimizers.SGD(rate), batch_size=10, **{"epochs": 500} | settings)
    return net, caught.value


def test_the_sentence_names_step_quantity_and_cure():
    net, error = diverge([gn.Dense(4, activation="relu"), gn.Dense(1)], 1e6)
    pattern = r"at step \d+ \(epoch \d+\): \S+ in layer [12] \(Dense\(\d\)\) is the first .* smaller learning rate"
    assert re.search(pattern, str(error)) or "the loss is the first" in str(error)
    assert error.exit_status == 1
    assert np.isfinite(net.parameters().flat).all()


def test_the_weights_kept_are_those_of_the_step_before():
    """The same run, stopped by count at the step that the sentence names, has the same weights."""
    layers = [gn.Dense(4, activation="tanh"), gn.Dense(1)]
    net, error = diverge(layers, 50.0)
    step = int(re.search(r"weights of step (\d+)", str(error)).group(1))
    assert step > 0
    straight = gn.Network(layers)
    straight.fit(X, Y, loss="mse", optimizer=gn.optimizers.SGD(50.0), batch_size=10, updates=step)
    assert np.array_equal(net.parameters().flat, straight.parameters().flat)
    assert net.state.step == step


def test_and_the_next_step_is_the_one_that_fails():
    net, _ = diverge([gn.Dense(1)], 100.0)
    with pytest.raises(DivergedError):
        net.fit(X, Y, loss="mse", optimizer=gn.optimizers.SGD(100.0), batch_size=10, updates=1)


@pytest.mark.parametrize(
    ("poison", "quantity"),
    [("W1", "Z1"), ("W2", "Z2")],
)
def test_the_first_quantity_is_named(poison, quantity):
    net = gn.Network([gn.Dense(4, activation="tanh"), gn.Dense(1)]).build(3)
    net.parameters()[poison][0, 0] = np.inf
    with pytest.raises(DivergedError, match=rf"step 1 \(epoch 1\): {quantity} in layer {quantity[1]}"):
        net.fit(X, Y, loss="mse", epochs=1)


def test_weights_that_overflow_in_the_last_step_are_found_too():
    """The loss of the only step is finite; what it does to the weights is not."""
    net = gn.Network([gn.Dense(1)]).build(3)
    start = net.parameters().flat.copy()
    with pytest.raises(DivergedError, match=r"W1\.new in layer 1"):
        net.fit(X * 1e3, Y * 1e3, loss="mse", optimizer=gn.optimizers.SGD(1e35), updates=1, batch_size="full")
    assert np.array_equal(net.parameters().flat, start)


def test_the_run_so_far_comes_with_the_error():
    _, error = diverge([gn.Dense(4, activation="tanh"), gn.Dense(1)], 20.0)
    assert error.run.ended == "diverged"
    assert all(np.isfinite(record["loss"]) for record in error.run.history)


def test_a_loss_beyond_the_largest_float_is_infinite():
    with pytest.raises(DivergedError, match=r"step 1 \(epoch 1\): the loss is the first"):
        gn.Network([gn.Dense(1)]).fit(X, Y * 1e30, loss="mse", epochs=1)
