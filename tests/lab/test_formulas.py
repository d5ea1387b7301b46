"""Every number of a step has its formula, whatever the network: the whole catalogue, entry by entry.

`assert_opened` is the contract of a dissection: each quantity that was not given has a formula for each of its entries,
and the formula, filled with the step's own numbers, comes to the number that the engine has.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.lab.expressions import evaluate
from glassnet.lab.trace import Trace
from glassnet.layers.catalogue import CATALOGUE as LAYERS
from glassnet.layers.layer import Layer

RNG = np.random.default_rng(0)
X, CLASSES = RNG.normal(size=(4, 3)), np.array([1, 0, 1, 1])
ONE_HOT, SIGNS = np.eye(2)[CLASSES], np.array([[0.5], [-1.5], [0.25], [2.0]])
WITHOUT_BLOCKS = {"dense", "activation", "dropout", "flatten"}


def assert_opened(trace: Trace, *, rel: float = 1e-9) -> None:
    for name, quantity in trace.quantities.items():
        if trace.formulas.given(name):
            continue
        size = float(np.abs(quantity.value).max(initial=0.0))
        for index in np.ndindex(quantity.shape):
            tree = trace.formulas.entry(name, index)
            assert tree is not None, f"{name} has no formula"
            found = evaluate(tree, trace.number)
            assert found == pytest.approx(float(quantity.value[index]), rel=rel, abs=rel * max(size, 1e-4)), name
    for name, tree in trace.formulas.scalars.items():
        assert evaluate(tree, trace.number) == pytest.approx(trace.settings[name], rel=1e-8), name
    assert not trace.formulas.opaque
    assert not [note for note in trace.notes if "no formulas" in note]


def stepped(layers: list[Layer], optimizer: Any = "sgd", steps: int = 0, mean_in: str = "dZ", **more: Any) -> Trace:
    """A step on four rows, after so many others."""
    settings = {"loss": "categorical_crossentropy", **more}
    net = gn.Network(layers).build(3, dtype="float64")
    y = settings.pop("y", ONE_HOT)
    if steps:
        net.fit(X, y, optimizer=optimizer, epochs=steps, batch_size="full", engine="reference", **settings)
    return gn.dissect(net, X, y, optimizer=optimizer, mean_in=mean_in, **settings)


def block(*layers: Layer) -> list[Layer]:
    return [gn.Dense(3, activation="tanh"), *layers, gn.Dense(2, activation="softmax")]


# ---- layers --------------------------------------------------------------------------------------------------------

OF_LAYERS: dict[str, list[Layer]] = {
    "dense": block(gn.Dense(4, "relu", bias=False)),
    "activation": block(gn.Dense(3), gn.Activation("mish")),
    "dropout": block(gn.Dropout(0.4)),
    "flatten": block(gn.Flatten()),
    "rescale": block(gn.Rescale((1.0, 2.0, 3.0), (0.0, 1.0, 0.0))),
    "prelu": block(gn.PReLU(), gn.Dense(3), gn.PReLU(shared=True)),
    "batch_norm": block(gn.BatchNorm()),
    "layer_norm": block(gn.LayerNorm()),
    "rms_norm": block(gn.RMSNorm()),
    "gaussian_noise": block(gn.GaussianNoise(0.3)),
    "residual": block(
        gn.Residual([gn.Dense(4, "tanh"), gn.BatchNorm(), gn.Dense(3)]),
        gn.Residual([gn.Dense(5, "relu"), gn.Residual([gn.Dense(5)])], projection=True),
    ),
    "concatenate": [
        gn.Concatenate([[], [gn.Columns([2, 0])], [gn.Dense(3), gn.LayerNorm()], [gn.Activation("sigmoid")]]),
        *block(gn.Concatenate([[], [], [gn.Dense(1)]])),
    ],
    "columns": block(gn.Columns([2, 0])),
    "embedding": block(gn.Columns([0, 1])),  # on its own rows below
}


def test_every_layer_is_here() -> None:
    assert set(OF_LAYERS) == set(LAYERS)


@pytest.mark.parametrize("mean_in", ["dZ", "dW"])
@pytest.mark.parametrize("layers", OF_LAYERS.values(), ids=list(OF_LAYERS))
def test_every_layer(layers: list[Layer], mean_in: str) -> None:
    trace = stepped(layers, mean_in=mean_in)
    assert_opened(trace)
    assert max(trace.check().values()) < 1e-6


@pytest.mark.parametrize("columns", [[1], None, [2, 0]])
def test_an_embedding_of_categories(columns: list[int] | None) -> None:
    codes = np.array([[1, 0, 2], [0, 0, 1], [2, 1, 0], [1, 0, 2]])
    net = gn.Network([gn.Embedding(4, 2, columns=columns), *block()]).build(3, dtype="float64")
    trace = gn.dissect(net, codes, CLASSES, scale=None)
    assert_opened(trace)
    assert max(trace.check().values()) < 1e-6
    assert trace["dE1[3,0]"].value == 0  # a category that no row has
    assert str(trace.chain("E1[1,0]"))


def test_a_batch_of_one_row_is_normalised_by_the_numbers_that_are_kept() -> None:
    net = gn.Network(block(gn.BatchNorm())).build(3, dtype="float64")
    run = net.fit(X[[0, 1, 2]], CLASSES[:3], epochs=2, batch_size=2, engine="reference", shuffle=False)
    trace = gn.dissect(run, step=4)  # the last batch of the second epoch: one row
    assert_opened(trace)
    assert "mu2" not in trace
    assert trace["mean2.new"].value.tolist() == trace["mean2"].value.tolist()


def test_the_numbers_are_those_that_fit_leaves() -> None:
    layers = block(gn.BatchNorm(), gn.Residual([gn.Dense(3, "relu", l2=0.01)]))
    adam = gn.optimizers.Adam(0.1, clip_norm=0.05, ema=0.9)
    net = gn.Network(layers).build(3, dtype="float64")
    trace = gn.dissect(net, X, CLASSES, optimizer=adam)
    net.fit(X, CLASSES, optimizer=adam, updates=1, batch_size="full", shuffle=False, engine="reference")
    kept = net.parameters()
    assert all(np.array_equal(trace[f"{name}.new"].value, kept[name]) for name in kept)
    assert all(np.array_equal(trace[f"{name}.new"].value, kept.running[name]) for name in kept.running)


def test_a_layer_of_ones_own_is_shown_by_its_arrays_and_named() -> None:
    class Doubled(gn.TensorLayer):
        def weights(self, input_shape: Any) -> Any:
            return {"s": input_shape}

        def formula(self, X: Any, s: Any) -> Any:
            return 2.0 * X * s

    trace = stepped(block(Doubled()))
    assert trace.notes[-1].startswith("There are no formulas for the layer Doubled")
    assert trace["H1"].formula == "H1 = Doubled(A1, s2)"
    assert trace.explain("H1[0,1]").numbers == ""
    assert trace.explain("dA1[0,1]").formula.startswith("dA1 = Doubled'(A1, dH1)")
    assert trace.explain("dW1[0,1]").numbers or trace.explain("dW1[0,1]").terms
    for written in (trace.html(), trace.latex(), trace.svg(), trace.markdown(), str(trace.chain("W1[0,1]"))):
        assert written


# ---- losses --------------------------------------------------------------------------------------------------------


def targets_for(loss: str) -> tuple[Any, str]:
    """Targets that the loss takes, and an end of the network that suits it."""
    kind = gn.losses.CATALOGUE[loss].target_kind
    if kind == "gaussian":
        return SIGNS[:, 0], "identity"
    if kind in ("classes", "one_hot"):
        return CLASSES if kind == "classes" else ONE_HOT, "identity" if loss == "categorical_hinge" else "softmax"
    return ONE_HOT + (0.5 if loss in ("mape", "msle") else 0.0), "sigmoid"


@pytest.mark.parametrize("mean_in", ["dZ", "dW", "weighted"])
@pytest.mark.parametrize("loss", sorted(gn.losses.CATALOGUE))
def test_every_loss(loss: str, mean_in: str) -> None:
    y, end = targets_for(loss)
    weight = {"sample_weight": np.array([1.0, 2.0, 0.5, 1.0])} if mean_in == "weighted" and loss != "likelihood" else {}
    net = gn.Network([gn.Dense(3, activation="tanh"), gn.Dense(2, activation=end)]).build(3, dtype="float64")
    place = "dW" if mean_in == "dW" else "dZ"
    assert_opened(gn.dissect(net, X, y, loss=loss, mean_in=place, **weight))  # type: ignore[arg-type]


@pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"])
@pytest.mark.parametrize("end", ["identity", "own"])
def test_smoothed_labels(loss: str, end: str) -> None:
    head = "sigmoid" if loss.startswith("binary") else "softmax"
    y = CLASSES if loss.startswith("sparse") else ONE_HOT
    net = gn.Network([gn.Dense(2, activation=head if end == "own" else end)]).build(3, dtype="float64")
    chosen = gn.losses.CATALOGUE[loss].configured(label_smoothing=0.2)
    assert_opened(gn.dissect(net, X, y, loss=chosen))


@pytest.mark.parametrize("loss", ["binary_focal_crossentropy", "categorical_focal_crossentropy", "poisson"])
def test_losses_that_contain_the_last_activation(loss: str) -> None:
    net = gn.Network([gn.Dense(2)]).build(3, dtype="float64")
    assert_opened(gn.dissect(net, X, ONE_HOT, loss=loss))


# ---- optimizers and what stands around them ------------------------------------------------------------------------

OF_SECOND_ORDER = {"lbfgs", "levenberg_marquardt"}


def of_optimizer(name: str) -> tuple[list[Layer], dict[str, Any]]:
    if name not in OF_SECOND_ORDER:
        return [gn.Dense(4, activation="tanh"), gn.Dense(2, activation="softmax")], {}
    return [gn.Dense(2, activation="tanh", l2=0.001), gn.Dense(1)], {"y": SIGNS, "loss": "mse"}


@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("name", sorted(gn.optimizers.CATALOGUE))
def test_every_optimizer(name: str, steps: int) -> None:
    layers, settings = of_optimizer(name)
    optimizer = gn.optimizers.LBFGS(memory=2) if name == "lbfgs" else name
    trace = stepped(layers, optimizer, steps, **settings)
    assert_opened(trace, rel=1e-6 if name in OF_SECOND_ORDER else 1e-9)
    if steps == 1:
        assert all((trace.html(), trace.latex(), trace.markdown()))


FLAGS: list[Any] = [
    gn.optimizers.AdaGrad(epsilon_inside=True),
    gn.optimizers.AdaDelta(epsilon_inside=False),
    gn.optimizers.Adam(bias_correction=False),
    gn.optimizers.Muon(nesterov=False),
    gn.optimizers.ScheduleFreeAdamW(weight_decay=0.1, warm_up=3),
    gn.optimizers.LevenbergMarquardt(scaled=True),
    gn.optimizers.LevenbergMarquardt(learning_rate=0.5, damping=10.0),
]


@pytest.mark.parametrize("optimizer", FLAGS, ids=repr)
def test_variants_of_optimizers(optimizer: Any) -> None:
    layers, settings = of_optimizer(optimizer.name)
    assert_opened(stepped(layers, optimizer, 2, **settings), rel=1e-6)


PENALTIES: list[dict[str, float]] = [
    {"l1": 0.01},
    {"l2": 0.01},
    {"l1": 0.1, "l2": 0.02},
    {"l2_shared": 0.5},
    {"weight_decay": 0.1},
    {"max_norm": 0.5},
    {"max_norm": 50.0},
]


@pytest.mark.parametrize("penalty", PENALTIES, ids=str)
@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "muon", "schedule_free_adamw"])
def test_every_penalty_and_limit_of_the_weights(optimizer: str, penalty: dict[str, float]) -> None:
    layers = [gn.Dense(4, "tanh", **penalty), gn.Dense(2, "softmax", **penalty)]
    trace = stepped(layers, optimizer, 1)
    assert_opened(trace)
    if any(name.startswith("l") for name in penalty):
        assert trace["total"].value == trace["loss"].value + trace["penalty"].value


AROUND: list[dict[str, float]] = [
    {"clip_value": 0.02}, {"clip_norm": 0.05}, {"clip_norm": 500.0}, {"ema": 0.9}, {"clip_value": 0.1, "clip_norm": 0.1}
]  # fmt: skip


@pytest.mark.parametrize("around", AROUND, ids=str)
@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "Muon"])
def test_every_limit_of_the_gradient_and_the_mean_of_the_weights(optimizer: str, around: dict[str, float]) -> None:
    made = getattr(gn.optimizers, optimizer)(**around)
    trace = stepped([gn.Dense(4, "tanh", l2=0.1), gn.Dense(2, "softmax")], made, 2)
    assert_opened(trace)
    if around.get("clip_norm", 500.0) < 1:
        whole = np.concatenate([trace[f"clipped.{w}"].value.ravel() for w in trace.formulas.weights()])
        assert np.linalg.norm(whole) == pytest.approx(around["clip_norm"])


RATES: list[Any] = [
    gn.schedules.Constant(0.1),
    gn.schedules.Step(0.1, every=2),
    gn.schedules.Exponential(0.1, steps=3),
    gn.schedules.InverseTime(0.1, steps=3),
    gn.schedules.InverseScaling(0.1, rows=8, steps=2),
    gn.schedules.InverseScaling(0.1, rows=8, steps=20),
    gn.schedules.BiasCorrection(0.1),
    gn.schedules.Polynomial(0.1, steps=9, power=0.9, final=0.01),
    gn.schedules.Cosine(0.1, steps=9),
    gn.schedules.CosineRestarts(0.1, steps=2, shrink=0.5),
    gn.schedules.OneCycle(0.1, steps=9),
    gn.schedules.OneCycle(0.1, steps=5, rise=0.1),
    gn.schedules.WarmUp(gn.schedules.Cosine(0.1, steps=9), steps=2),
    gn.schedules.WarmUp(0.1, steps=7, start=0.2),
]


@pytest.mark.parametrize("rate", RATES, ids=repr)
def test_every_schedule(rate: Any) -> None:
    assert {*(each.name for each in RATES), "plateau"} == set(gn.schedules.CATALOGUE)
    trace = stepped([gn.Dense(2, "softmax")], gn.optimizers.SGD(rate), 4)
    opened = trace.explain("learning_rate")
    assert opened.result == rate(4)
    assert opened.tree is not None
    assert_opened(trace)


def test_numbers_of_a_rule_are_opened_as_well() -> None:
    for name, scalar in (("adam", "beta2_power"), ("nadam", "mu_next"), ("radam", "r"), ("schedule_free_adamw", "c")):
        trace = stepped([gn.Dense(2, "softmax")], name, 7)
        assert trace.explain(scalar).tree is not None, scalar
    assert str(trace.explain("beta1")) == "beta1 = 0.9 is given."
    plateau = stepped([gn.Dense(2, "softmax")], gn.optimizers.SGD(gn.schedules.Plateau(0.1)))
    assert plateau.explain("learning_rate").given


@pytest.mark.parametrize("convention", ["columns, base 1, theta", "columns, minus", "lecture"])
def test_in_another_convention(convention: str) -> None:
    layers = block(gn.BatchNorm(), gn.Residual([gn.Dense(3, "relu")]))
    made = gn.optimizers.Momentum(clip_norm=0.05, ema=0.5)
    trace = stepped(layers, made, 1, mean_in="dW").shown(convention)
    for name in trace:
        quantity = trace[name]
        if quantity.value.size > 1:
            index = ",".join(str(trace.convention.base) for _ in quantity.shape)
            opened = trace.explain(f"{name}[{index}]")
            assert opened.result == float(quantity.value[(0,) * quantity.value.ndim])
            if opened.tree is not None:
                found = evaluate(opened.tree, trace.view.look_up(trace.number))
                assert found == pytest.approx(opened.result, rel=1e-9, abs=1e-12), name


def test_every_number_of_a_large_step_opens_at_once() -> None:
    """Sums over all weights are taken row by row: no formula has more terms than a row of the largest array."""
    trace = stepped([gn.Dense(40, "relu", l2=0.01), gn.Dense(2, "softmax")], gn.optimizers.SGD(clip_norm=0.1))
    assert trace.formulas.shapes["squares.W1"] == (3,)
    assert trace.explain("norm").of_examples == 0
    assert trace.explain("squares.W1[2]").others == 30
