"""What networks of the course reach on MNIST: accuracy on its 10000 test digits."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.optim import SGD, Adam, Momentum

pytestmark = [pytest.mark.needs_mnist, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def mnist(mnist_dir):
    return gn.data.load("mnist", path=mnist_dir)


def accuracies(mnist, layers, seeds, **settings):
    (X, y), (X_test, y_test) = mnist
    reached = []
    for seed in seeds:
        net = gn.Network(layers)
        net.fit(X, y, seed=seed, metrics=(), **settings)
        reached.append(net.evaluate(X_test, y_test)["accuracy"])
    return reached


def down_to_zero(rate, steps):
    return lambda step: rate * (1 - step / steps)


def test_b2_full_batch_descent_as_its_public_copies_do_it(mnist):
    """784-10-10, rate 0.1, 500 iterations, everything uniform in (-0.5, 0.5): copies report 84 to 87 %."""
    start = gn.initializers.uniform.configured(low=-0.5, high=0.5)
    layers = [
        gn.Dense(10, activation="relu", initializer=start, bias_initializer=start),
        gn.Dense(10, activation="softmax", initializer=start, bias_initializer=start),
    ]
    (reached,) = accuracies(mnist, layers, [0], optimizer=SGD(0.1), batch_size="full", epochs=500)
    assert 0.83 <= reached <= 0.89


def test_the_same_7960_weights_started_and_trained_better(mnist):
    """He initialisation, mini-batches and Adam: the same network, 8 points more."""
    layers = [gn.Dense(10, activation="relu"), gn.Dense(10, initializer="he_normal")]
    assert gn.Network(layers).build(784).parameters().flat.size == 7960
    reached = accuracies(mnist, layers, range(5), optimizer=Adam(0.002), batch_size=128, epochs=20)
    assert np.mean(reached) >= 0.93


def test_128_hidden_units(mnist):
    layers = [gn.Dense(128, activation="relu"), gn.Dense(10)]
    rate = down_to_zero(0.003, 10 * 469)
    (reached,) = accuracies(mnist, layers, [0], optimizer=Adam(rate), batch_size=128, epochs=10)
    assert reached >= 0.978


def test_a4_the_network_of_the_notes(mnist):
    """784-1000-10, relu and softmax: the class notes' network."""
    layers = [gn.Dense(1000, activation="relu"), gn.Dense(10, activation="softmax")]
    rate = down_to_zero(0.15, 8 * 469)
    (reached,) = accuracies(mnist, layers, [0], optimizer=Momentum(rate), batch_size=128, epochs=8)
    assert reached >= 0.982
