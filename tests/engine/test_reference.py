"""The reference engine: its gradients are the true ones, its steps are the rule's, and a step makes no new arrays."""

import tracemalloc

import numpy as np
import pytest

import glassnet as gn
from glassnet.data.batches import Rows
from glassnet.engine import choose
from glassnet.errors import SettingError, ShapeError
from glassnet.layers import (
    Activation,
    BatchNorm,
    Columns,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    LayerNorm,
    PReLU,
    Residual,
    RMSNorm,
)
from glassnet.layers.specification import Specification
from glassnet.maths import activations, initializers
from glassnet.maths.differences import check_gradient
from glassnet.optim import SGD, Adam, Momentum

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(7, 5))
REAL = RANDOM.normal(size=(7, 3))
CLASSES = RANDOM.integers(0, 3, 7)
ONE_HOT = np.eye(3)[CLASSES]
YES_NO = RANDOM.integers(0, 2, (7, 3)).astype(float)

SMALL = initializers.normal.configured(deviation=0.7)


def dense(units, activation="identity", **settings):
    return Dense(units, activation, initializer=SMALL, bias_initializer=SMALL, **settings)


class OwnDense(gn.TensorLayer):
    units: int

    def weights(self, input_shape):
        return {"W": ((*input_shape, self.units), SMALL), "b": ((self.units,), SMALL)}

    def formula(self, X, W, b):
        return np.tanh(X @ W + b)


class Double(gn.TensorLayer):
    def formula(self, X):
        return 2 * X


@gn.activation
def own_square(z):
    return z * z


@gn.loss
def own_fourth(target, prediction):
    return (target - prediction) ** 4


NETWORKS = {
    "one linear layer, mse": ([dense(3)], REAL, "mse", False),
    "tanh, half_mse": ([dense(6, "tanh"), dense(3)], REAL, "half_mse", False),
    "sigmoid to sigmoid, mse": ([dense(6, "sigmoid"), dense(3, "sigmoid")], YES_NO, "mse", False),
    "relu, logits": ([dense(6, "relu"), dense(3)], CLASSES, "sparse_categorical_crossentropy", True),
    "leaky relu, one-hot": ([dense(6, "leaky_relu"), dense(3)], ONE_HOT, "categorical_crossentropy", True),
    "softmax, probabilities": ([dense(6, "tanh"), dense(3, "softmax")], ONE_HOT, "categorical_crossentropy", False),
    "log_softmax, mae": ([dense(6, "tanh"), dense(3, "log_softmax")], REAL, "mae", False),
    "three layers, huber": ([dense(6, "tanh"), dense(4, "sigmoid"), dense(3)], REAL, "huber", False),
    "yes or no": ([dense(6, "tanh"), dense(3)], YES_NO, "binary_crossentropy", True),
    "dropout": ([dense(20, "tanh"), Dropout(0.4), dense(3)], REAL, "mse", False),
    "dropout first": ([Dropout(0.2), dense(6, "tanh"), dense(3)], REAL, "mse", False),
    "activation layers": (
        [dense(6), Activation("tanh"), Flatten(), dense(3), Activation("sigmoid")],
        REAL,
        "mse",
        False,
    ),
    "no bias": ([dense(6, "tanh", bias=False), dense(3, bias=False)], REAL, "mse", False),
    "learned slopes": ([dense(6), PReLU(), dense(5), PReLU(shared=True), dense(3)], REAL, "mse", False),
    "a slope first": ([PReLU(), dense(3)], REAL, "mse", False),
    "batch norm": ([dense(6), BatchNorm(), Activation("tanh"), dense(3)], REAL, "mse", False),
    "batch norm first, twice": ([BatchNorm(0.5), BatchNorm(), dense(3)], REAL, "mse", False),
    "layer norm": ([LayerNorm(), dense(6, "tanh"), LayerNorm(), dense(3)], REAL, "mse", False),
    "rms norm": ([RMSNorm(), dense(6, "tanh"), RMSNorm(), dense(3)], REAL, "mse", False),
    "noise": ([GaussianNoise(0.3), dense(6, "tanh"), GaussianNoise(0.3), dense(3)], REAL, "mse", False),
    "residual": ([Residual([dense(6, "tanh"), dense(5)]), Residual(dense(5, "tanh")), dense(3)], REAL, "mse", False),
    "residual, projected": ([dense(4), Residual([dense(6, "tanh")], projection=True), dense(3)], REAL, "mse", False),
    "branches": (
        [Concatenate([[], [Columns([4, 1])], [dense(6, "tanh"), LayerNorm(), dense(2)], Residual(dense(5))]), dense(3)],
        REAL,
        "mse",
        False,
    ),
    "branches, deeper": (
        [
            dense(5, "tanh"),
            Concatenate([[Dropout(0.2), Residual([BatchNorm(), dense(5, "tanh")])], [Columns([0]), RMSNorm()], []]),
            dense(3),
        ],
        REAL,
        "mse",
        False,
    ),
    "own layer, then its like": ([OwnDense(6), dense(5, "tanh"), OwnDense(3)], REAL, "mse", False),
    "own activation and loss": ([dense(6, own_square), dense(3)], REAL, own_fourth, False),
    "own layer without weights": ([Double(), dense(6, "tanh"), Double(), dense(3)], REAL, "mse", False),
    "softmax inside": ([dense(6, "softmax"), dense(3)], REAL, "mse", False),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("weighted", [False, True], ids=["", "sample weights"])
def test_the_gradient_of_a_whole_network_is_the_derivative_of_its_loss(session_of, name, weighted):
    layers, targets, loss, from_logits = NETWORKS[name]
    weights = RANDOM.uniform(0.5, 2, 7) if weighted else None
    session = session_of(layers, X, targets, loss, from_logits=from_logits, weights=weights)
    theta, rows = session.state.parameters.flat, np.arange(7)

    def value(flat):
        theta[:] = flat
        return session.gradient(rows)

    def gradient(flat):
        value(flat)
        return session.gradients.copy()

    assert check_gradient(value, gradient, theta.copy()) < 1e-8


def test_the_gradient_of_an_embedding_is_the_derivative_of_the_loss(session_of):
    coded = np.column_stack([RANDOM.integers(0, 3, 7), X[:, 0], RANDOM.integers(0, 4, 7)])
    deep = [dense(5, "tanh"), Columns([1, 2, 3]), dense(3)]
    layers = [Concatenate([[Embedding([3, 4], 2, columns=[0, 2]), *deep], [Columns([1])]]), dense(3)]
    session = session_of(layers, coded, REAL, "mse")
    theta, rows = session.state.parameters.flat, np.arange(7)

    def value(flat):
        theta[:] = flat
        return session.gradient(rows)

    def gradient(flat):
        value(flat)
        return session.gradients.copy()

    assert check_gradient(value, gradient, theta.copy()) < 1e-8


def test_the_course_example_c6_step_by_step(session_of):
    """x = 0.1 through one sigmoid neuron and another, E = (y - a2)^2 / 2, rate 1: COURSE C6, the true values."""
    session = session_of(
        [Dense(1, "sigmoid"), Dense(1, "sigmoid")],
        np.array([[0.1]]),
        np.array([[0.25]]),
        "half_mse",
        optimizer=SGD(1.0),
    )
    weights, gradients = session.state.parameters, session.plan.gradients
    for name, start in {"W1": 0.15, "b1": 0.40, "W2": 0.45, "b2": 0.62}.items():
        weights[name][...] = start
    loss = session.gradient(np.array([0]))
    first, second = session.plan.frames(1)
    forward = [first.buffers["Z"], first.buffers["A"], second.buffers["Z"], second.buffers["A"], loss]
    assert np.round([float(np.squeeze(value)) for value in forward], 7).tolist() == [
        0.4150000, 0.6022862, 0.8910288, 0.7091024, 0.1053875,
    ]  # fmt: skip
    assert round(gradients["W2"].item(), 7) == 0.0570376
    assert round(gradients["b2"].item(), 7) == 0.0947019
    assert round(gradients["W1"].item(), 8) == 0.00102081
    assert round(gradients["b1"].item(), 8) == 0.01020810
    session.update(1.0)
    new = [round(weights[name].item(), 7) for name in ("W1", "W2", "b1", "b2")]
    assert new == [0.1489792, 0.3929624, 0.3897919, 0.5252981]


def test_the_course_formulas_b1_column_for_column(session_of):
    """COURSE B1 with samples as columns, written out as in the notes, against one step of 5-4-3."""
    session = session_of([dense(4, "relu"), dense(3)], X, CLASSES, "sparse_categorical_crossentropy", from_logits=True)
    p = {name: value.copy() for name, value in session.state.parameters.items()}
    m, W1, W2 = 7, p["W1"].T, p["W2"].T
    Z1 = W1 @ X.T + p["b1"][:, None]
    A1 = np.maximum(Z1, 0)
    Z2 = W2 @ A1 + p["b2"][:, None]
    A2 = np.exp(Z2) / np.exp(Z2).sum(axis=0)
    dZ2 = A2 - ONE_HOT.T
    dZ1 = W2.T @ dZ2 * (Z1 > 0)
    expected = {
        "W1": 1 / m * dZ1 @ X, "b1": 1 / m * dZ1.sum(axis=1),
        "W2": 1 / m * dZ2 @ A1.T, "b2": 1 / m * dZ2.sum(axis=1),
    }  # fmt: skip
    session.train(np.arange(7), np.array([0.1]))
    for name, gradient in expected.items():
        np.testing.assert_allclose(session.state.parameters[name], p[name] - 0.1 * gradient.T, rtol=1e-13)


@pytest.mark.parametrize("optimizer", [SGD(0.1), Momentum(0.1), Adam(0.01)], ids=repr)
def test_a_step_of_a_large_network_is_the_rule_on_the_whole_vector(session_of, optimizer):
    """The update runs in cache-sized pieces; the numbers are those of one piece."""
    session = session_of([dense(300, "tanh"), dense(100, "tanh"), dense(3)], X, REAL, "mse", optimizer=optimizer)
    theta, scalars = session.state.parameters.flat.copy(), optimizer.start()
    moments = [np.zeros_like(theta) for _ in optimizer.moments]
    for _ in range(3):
        session.train(np.arange(7), np.array([optimizer.rate(0)]))
        scalars = optimizer.advance(scalars)
        optimizer.update(theta, session.gradients, moments, scalars, optimizer.rate(0))
        assert np.array_equal(theta, session.state.parameters.flat)
    assert session.state.step == 3
    assert session.state.scalars == scalars


def test_batches_are_cut_from_the_order_and_the_last_is_short(session_of):
    session = session_of([dense(3)], X, REAL, "mse", batch_size=3)
    alone = session_of([dense(3)], X, REAL, "mse", batch_size=3)
    order = np.array([6, 2, 4, 0, 1, 5, 3])
    losses = session.train(order, np.array([0.1, 0.1, 0.1]))
    each = [alone.train(part, np.array([0.1]))[0] for part in (order[:3], order[3:6], order[6:])]
    assert losses.tolist() == each
    assert np.array_equal(session.state.parameters.flat, alone.state.parameters.flat)


def test_a_row_of_weight_zero_counts_for_nothing(session_of):
    weights = np.array([1.0, 1, 1, 1, 1, 1, 0])
    with_it = session_of([dense(3)], X, REAL, "mse", weights=weights)
    without = session_of([dense(3)], X[:6], REAL[:6], "mse")
    assert with_it.gradient(np.arange(7)) == pytest.approx(without.gradient(np.arange(6)), rel=1e-14)
    np.testing.assert_allclose(with_it.gradients, without.gradients, rtol=1e-12)


def test_outputs_are_recorded_as_trained(session_of):
    session = session_of([dense(3)], X, REAL, "mse", batch_size=4)
    session.outputs = np.zeros((7, 3))
    p = session.state.parameters
    before = X[[5, 1, 0, 2]] @ p["W1"] + p["b1"]
    session.train(np.array([5, 1, 0, 2]), np.array([0.5]))
    np.testing.assert_allclose(session.outputs[[5, 1, 0, 2]], before, rtol=1e-14)
    assert not session.outputs[[3, 4, 6]].any()


def test_a_loss_that_is_not_finite_leaves_the_state_that_the_steps_began_with(session_of):
    session = session_of([dense(3)], X, REAL, "mse", batch_size=2)
    session.rows.values[3] = np.inf
    order, start = np.array([0, 1, 3, 2, 4, 5]), session.state.parameters.flat.copy()
    with np.errstate(invalid="ignore"):
        losses = session.train(order, np.full(3, 0.1))
    assert len(losses) == 2
    assert not np.isfinite(losses[1])
    assert session.lost
    assert session.state.step == 0
    assert np.array_equal(session.state.parameters.flat, start)
    session.train(order[:2], np.full(1, 0.1))
    assert not session.lost


def test_no_step_begins_once_stop_is_set(session_of):
    session = session_of([dense(3)], X, REAL, "mse", batch_size=2)
    session.stop[0] = 1
    assert len(session.train(np.arange(7), np.full(4, 0.1))) == 0
    assert session.state.step == 0


def test_more_rates_than_batches_are_refused(session_of):
    session = session_of([dense(3)], X, REAL, "mse", batch_size=2)
    with pytest.raises(ShapeError, match="5 rates ask for as many steps, and the order has 4 batches"):
        session.train(np.arange(7), np.full(5, 0.1))
    assert session.state.step == 0


def test_steps_end_when_their_time_is_over_after_one_at_least(session_of):
    session = session_of([dense(3)], X, REAL, "mse", batch_size=2)
    assert len(session.train(np.arange(7), np.full(4, 0.1), seconds=0)) == 1
    assert len(session.train(np.arange(7), np.full(4, 0.1), seconds=60)) == 4
    assert session.state.step == 5


def test_dropout_differs_by_step_and_is_off_when_predicting(session_of):
    layers = [dense(50, "tanh"), Dropout(0.5), dense(3)]
    session = session_of(layers, X, REAL, "mse")
    first, again = session.gradient(np.arange(7)), session.gradient(np.arange(7))
    session.state.step = 1
    assert first == again
    assert session.gradient(np.arange(7)) != first
    p = session.state.parameters
    outputs = choose("reference").forward(session.program.specification, p, Rows(X))
    np.testing.assert_allclose(outputs, np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"], rtol=1e-12)


def test_the_mean_under_dropout_is_the_value_without_it(session_of):
    session = session_of([Dropout(0.3), dense(1)], np.ones((1000, 5)), np.zeros((1000, 1)), "mse")
    frame = session.plan.frames(1000)[0]
    session.gradient(np.arange(1000))
    assert frame.buffers["A"].mean() == pytest.approx(1, abs=0.03)
    assert set(np.unique(frame.buffers["A"])) == {0.0, 1 / 0.7}


def test_forward_in_many_batches_is_forward_row_by_row():
    specification = Specification((dense(9, "relu"), dense(2)), (5,))
    p, many = specification.start(1, np.float64), RANDOM.normal(size=(2500, 5))
    outputs = choose("reference").forward(specification, p, Rows(many))
    np.testing.assert_allclose(outputs, activations.relu(many @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"], rtol=1e-12)
    assert choose("reference").forward(specification, p, Rows(np.empty((0, 5)))).shape == (0, 2)


def test_an_epoch_allocates_nothing_that_stays_and_little_that_goes(session_of):
    many, targets = RANDOM.normal(size=(640, 100)), RANDOM.integers(0, 10, 640)
    layers = [dense(64, "relu"), dense(10)]
    session = session_of(
        layers, many, targets, "sparse_categorical_crossentropy", from_logits=True, optimizer=Adam(), batch_size=64
    )
    order, rates = np.arange(640), np.full(10, 0.001)
    session.train(order, rates)
    tracemalloc.start()
    try:
        session.train(order, rates)
        left, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert left < 10_000
    assert peak < 600_000, "a batch's activations or all gradients at once were made anew"


def test_engines_have_names():
    assert choose("auto").name in ("reference", "native")
    with pytest.raises(SettingError, match="did you mean 'reference'"):
        choose("referense")
