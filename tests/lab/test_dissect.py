"""Dissection: the engine's numbers, the formulas that lead to each of them, and their check by differences."""

from __future__ import annotations

import json

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import GlassnetError, SettingError, ShapeError
from glassnet.lab.dissect import dissect
from glassnet.lab.expressions import evaluate
from glassnet.lab.trace import Trace

X = np.random.default_rng(0).normal(size=(2, 3))
REGRESSION = (
    "mse",
    "half_mse",
    "rmse",
    "mae",
    "mbe",
    "huber",
    "squared_hinge",
    "hinge",
    "log_cosh",
    "quantile",
    "msle",
)
ONE_HOT, CLASSES = [[1, 0], [0, 1]], np.array([1, 0])


def network(activation: str = "sigmoid", end: str = "softmax", *more: gn.Layer) -> gn.Network:
    layers = [gn.Dense(3, activation=activation), *more, gn.Dense(2, activation=end)]
    return gn.Network(layers).build(3, dtype="float64")


def assert_formulas_give_the_numbers(trace: Trace) -> None:
    """Every entry's formula, filled with the trace's numbers, is the number the engine has there."""
    opened = 0
    for quantity in trace.quantities.values():
        for index in np.ndindex(quantity.shape):
            tree = trace.formulas.entry(quantity.name, index)
            if tree is not None:
                opened += 1
                value = evaluate(tree, trace.number)
                assert value == pytest.approx(float(quantity.value[index]), rel=1e-9, abs=1e-13), quantity.name
    assert opened > 30


@pytest.mark.parametrize("mean_in", ["dZ", "dW"])
@pytest.mark.parametrize("activation", sorted(gn.activations.CATALOGUE))
def test_formulas_of_every_activation(activation: str, mean_in: str) -> None:
    end = "identity" if activation == "softmax" else "softmax"
    trace = dissect(network(activation, end), X, ONE_HOT, loss="categorical_crossentropy", mean_in=mean_in)
    assert_formulas_give_the_numbers(trace)
    if activation != "step":
        assert max(trace.check().values()) < 1e-7


@pytest.mark.parametrize("optimizer", sorted(n for n, kind in gn.optimizers.CATALOGUE.items() if kind.elementwise))
def test_formulas_of_every_optimizer_at_its_second_step(optimizer: str) -> None:
    net = network("tanh", "sigmoid")
    net.fit(X, ONE_HOT, loss="mse", optimizer=optimizer, epochs=1, batch_size="full")
    assert_formulas_give_the_numbers(dissect(net, X, ONE_HOT))


@pytest.mark.parametrize("setting", ["epsilon_inside", "bias_correction"])
@pytest.mark.parametrize("chosen", [True, False])
def test_formulas_of_adams_variants(setting: str, chosen: bool) -> None:
    adam = gn.optimizers.Adam(**{setting: chosen})
    assert_formulas_give_the_numbers(dissect(network(), X, CLASSES, optimizer=adam))


@pytest.mark.parametrize("loss", [*REGRESSION, "binary_crossentropy"])
@pytest.mark.parametrize("mean_in", ["dZ", "dW"])
def test_formulas_of_losses_at_a_sigmoid(loss: str, mean_in: str) -> None:
    trace = dissect(network("tanh", "sigmoid"), X, ONE_HOT, loss=loss, mean_in=mean_in)
    assert_formulas_give_the_numbers(trace)
    assert max(trace.check().values()) < 1e-7


def test_formulas_of_the_other_layers() -> None:
    rescale = gn.Rescale((1.0, 2.0, 3.0), (0.0, 1.0, 0.0))
    net = network("identity", "identity", gn.Activation("relu"), gn.Dropout(0.3), rescale)
    trace = dissect(net, X, CLASSES)
    assert_formulas_give_the_numbers(trace)
    assert {"keep2", "D2", "S3", "dS3", "dD2", "P"} <= set(trace)


def test_a_weight_is_not_taken_for_a_setting_of_the_same_name() -> None:
    trace = dissect(network("tanh", "identity", gn.LayerNorm()), X, CLASSES, optimizer="adam")
    assert trace["beta2[1]"].value == 0.0
    assert trace.settings["beta2"] == 0.999
    assert trace.explain("beta2.new[1]").formula.startswith("beta2[1] - learning_rate*m.beta2.new[1]")


def test_the_networks_own_numbers_stay_as_they_are() -> None:
    net = network()
    before = net.parameters().flat.copy()
    trace = dissect(net, X, CLASSES, optimizer=gn.optimizers.SGD(0.5))
    assert np.array_equal(net.parameters().flat, before)
    assert net.loss is None
    stepped = trace["W1"].value - 0.5 * trace["dW1"].value
    assert np.array_equal(trace["W1.new"].value, stepped)


def test_the_step_is_the_one_that_fit_takes() -> None:
    net = network("relu", "identity")
    trace = dissect(net, X, CLASSES, optimizer="adam")
    net.fit(X, CLASSES, optimizer="adam", updates=1, batch_size="full", shuffle=False)
    for name, weights in net.parameters().items():
        assert np.array_equal(trace[f"{name}.new"].value, weights)


def test_the_lectures_place_of_the_mean_multiplies_the_deltas_and_leaves_the_gradients() -> None:
    true, course = (dissect(network(), X, CLASSES, mean_in=place) for place in ("dZ", "dW"))
    assert np.array_equal(course["dZ1"].value, 2 * true["dZ1"].value)
    assert np.array_equal(course["dW1"].value, true["dW1"].value)
    assert course["dW1"].formula == "dW1 = 1/m X^T dZ1"


def test_names_as_people_write_them() -> None:
    trace = dissect(network(), X, CLASSES)
    for written, name in {"dE/dw1": "dW1", "theta1": "b1", "w1 new": "W1.new", "dL/dtheta2": "db2", "z1": "Z1"}.items():
        assert trace[written].name == name
    with pytest.raises(SettingError, match="did you mean"):
        trace["dWW2"]


def test_a_number_opened() -> None:
    trace = dissect(network(), X, CLASSES, optimizer=gn.optimizers.SGD(0.5))
    explained = trace.explain("W1.new[2,1]")
    assert explained.formula == "W1[2,1] - learning_rate*dW1[2,1]"
    assert explained.result == trace["W1.new"].value[2, 1]
    assert explained.uses == ("W1[2,1]", "learning_rate", "dW1[2,1]")
    assert str(explained).startswith("W1.new[2,1] = W1[2,1] - learning_rate*dW1[2,1]\n")


def test_a_sum_of_many_terms_shows_the_largest_and_the_exact_rest() -> None:
    rng = np.random.default_rng(1)
    net = gn.Network([gn.Dense(5), gn.Dense(10)]).build(784)
    trace = dissect(net, rng.random((1, 784), np.float32), [3])
    opened = trace.explain("Z1[0,2]")
    assert (len(opened.terms), opened.others) == (10, 775)
    sizes = [abs(term.value) for term in opened.terms]
    assert sizes == sorted(sizes, reverse=True)
    total = sum(term.value for term in opened.terms) + opened.remainder
    assert total + opened.rounding == pytest.approx(opened.result, rel=1e-12)
    assert 0 < abs(opened.rounding) < 1e-5  # what float32 made of it


def test_a_batch_shows_each_examples_share_and_what_it_is_divided_by() -> None:
    opened = dissect(network(), X, CLASSES, mean_in="dW").explain("dW1[0,1]")
    assert [term.formula for term in opened.terms] == sorted(
        ["X[0,0]*dZ1[0,1]", "X[1,0]*dZ1[1,1]"], key=[term.formula for term in opened.terms].index
    )
    assert opened.factor == 0.5
    assert sum(term.value for term in opened.terms) / 2 == pytest.approx(opened.result)


def test_a_planted_mistake_is_found_by_the_check() -> None:
    trace = dissect(network(), X, CLASSES)
    trace["dW1"].value[0, 0] += 0.01
    assert trace.check()["dW1"] > 1e-4
    assert trace.check()["db1"] < 1e-7


def test_as_data_and_as_tables() -> None:
    trace = dissect(network(), X, CLASSES)
    shown = json.loads(json.dumps(trace.to_json()))["quantities"]
    assert shown["dW2"] == {"shape": [3, 2], "value": trace["dW2"].value.tolist(), "formula": "dW2 = A1^T dZ2"}
    assert "| dZ2 | dZ2 = (A2 - y)/m | 2 x 2 |" in trace.markdown()
    assert str(trace).splitlines()[0].startswith("X ")


@pytest.mark.parametrize(
    ("name", "said"),
    [("W1", "W1 has the shape (3, 3)"), ("W1[9,0]", "there is no W1[9,0]"), ("W1[0]", "there is no W1[0]"), ("Q", "Q")],
)
def test_what_cannot_be_opened_is_said(name: str, said: str) -> None:
    with pytest.raises((ShapeError, SettingError)) as caught:
        dissect(network(), X, CLASSES).explain(name)
    assert said in str(caught.value)


def test_what_cannot_be_dissected_is_said() -> None:
    with pytest.raises(GlassnetError, match="mean_in"):
        dissect(network(), X, CLASSES, mean_in="W")
    with pytest.raises(GlassnetError):
        dissect(network(), X[:, :2], CLASSES)


def test_layers_within_layers_are_opened_one_by_one() -> None:
    layers = [gn.Residual([gn.Dense(4, "tanh"), gn.BatchNorm(), gn.Dense(3)]), gn.Dense(2)]
    X, y = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0])
    trace = gn.dissect(gn.Network(layers), X, y, optimizer="sgd")
    assert {"H0", "dH0", "gamma2", "dgamma2", "W3", "dW4", "Z1", "dZ3"} <= set(trace)
    assert trace["H0"].formula == "H0 = A3 + X"
    assert trace["Z4"].formula == "Z4 = H0 W4 + b4"
