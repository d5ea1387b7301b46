"""What made a logit: exact contributions of inputs and units, and a sentence for networks that have none."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import GlassnetError

RNG = np.random.default_rng(2)
X, Y = RNG.normal(size=(30, 6)).astype(np.float32), RNG.integers(0, 3, 30)


def trained(*hidden: gn.Layer) -> gn.Network:
    net = gn.Network([*hidden, gn.Dense(3)])
    net.fit(X, Y, epochs=2, engine="reference")
    return net


NETWORKS = [
    (gn.Dense(7, activation="relu"), gn.Dense(5, activation="leaky_relu")),
    (gn.Dense(7, activation="relu6"), gn.Dropout(0.5), gn.Dense(4, activation="hard_tanh")),
    (gn.Rescale((2.0,) * 6, (0.5,) * 6), gn.Dense(7), gn.Activation("relu")),
    (gn.Dense(7), gn.PReLU(), gn.GaussianNoise(0.5), gn.Dense(4), gn.PReLU(shared=True)),
    (gn.Residual([gn.Dense(5, activation="relu"), gn.Dropout(0.5), gn.Dense(6)]), gn.Dense(4, activation="relu")),
    (gn.Residual([gn.Dense(5, activation="relu")], projection=True),),
    (gn.Concatenate([[gn.Columns([4, 0])], [gn.Dense(5, activation="relu")], [], []]), gn.Dense(4, activation="relu")),
    (),
]


@pytest.mark.parametrize("hidden", NETWORKS, ids=str)
def test_contributions_bias_and_rounding_are_the_logit_exactly(hidden: tuple[gn.Layer, ...]) -> None:
    net = trained(*hidden)
    logits = net.logits(X[:1])[0]
    for output in range(3):
        found = gn.attribute(net, X[0], output=output)
        assert found.logit == pytest.approx(float(logits[output]), rel=1e-5)
        for level in found.levels:
            assert level.total == Fraction(found.logit)
            assert abs(level.rounding) < 1e-5  # the float32 of the network, and nothing else


def test_beside_a_branch_no_unit_makes_the_logit_alone() -> None:
    net = trained(gn.Residual([gn.Dense(5, activation="relu"), gn.Dense(6)]), gn.Dense(4, activation="relu"))
    found = gn.attribute(net, X[0])
    assert [level.name for level in found.levels] == ["X", "H0", "A3"]


def test_the_contributions_are_input_times_slope() -> None:
    net = trained(gn.Dense(8, activation="relu"))
    found, h = gn.attribute(net, X[3], output=1), 1e-3
    for i in range(6):
        moved = X[3].copy()
        moved[i] += h
        slope = (float(net.logits(moved[None])[0, 1]) - found.logit) / h
        assert found.levels[0].contributions[i] == pytest.approx(slope * X[3, i], abs=2e-3)


def test_the_units_of_the_last_layer_are_activation_times_weight() -> None:
    net = trained(gn.Dense(8, activation="relu"))
    weights = net.parameters()
    A = np.maximum(X[3] @ weights["W1"] + weights["b1"], 0)
    level = gn.attribute(net, X[3], output=2).levels[-1]
    assert level.name == "A1"
    assert np.allclose(level.contributions, A * weights["W2"][:, 2], atol=1e-6)
    assert float(level.bias) == float(weights["b2"][2])


def test_the_largest_logit_unless_another_is_asked_for() -> None:
    net = trained(gn.Dense(8, activation="relu"))
    assert gn.attribute(net, X[5]).output == int(net.logits(X[5:6]).argmax())


def test_as_words_and_as_data() -> None:
    found = gn.attribute(trained(gn.Dense(20, activation="relu")), X[0], output=0)
    said = str(found)
    assert "the other 10 together, exactly" in said
    assert f"= {found.logit!r}, exactly" in said
    plain = found.to_json()
    exact = Fraction(plain["levels"][0]["bias_exact"]) + Fraction(plain["levels"][0]["rounding_exact"])
    assert float(exact) == pytest.approx(found.logit - sum(plain["levels"][0]["contributions"]))


@pytest.mark.parametrize(
    ("layer", "arguments", "said"),
    [
        (gn.Dense(4, activation="tanh"), {}, "tanh is not piecewise linear"),
        (gn.Dense(4, activation="gelu"), {}, "gelu is not piecewise linear"),
        (gn.Dense(4, activation="relu"), {"output": 3}, "has the outputs 0 to 2"),
        (gn.Dense(4, activation="relu"), {"output": -1}, "There is no output -1"),
    ],
)
def test_what_has_no_attribution(layer: gn.Layer, arguments: dict[str, int], said: str) -> None:
    with pytest.raises(GlassnetError, match=said):
        gn.attribute(trained(layer), X[0], **arguments)


def test_one_row_at_a_time() -> None:
    with pytest.raises(GlassnetError, match="One row is attributed at a time; given are 2"):
        gn.attribute(trained(), X[:2])


def test_a_step_with_dropout_is_no_prediction() -> None:
    net = trained(gn.Dense(4, activation="relu"), gn.Dropout(0.5))
    with pytest.raises(GlassnetError, match="takes a prediction"):
        gn.dissect(net, X[:2], Y[:2]).attribution()
    with pytest.raises(GlassnetError, match="the examples 0 to 1"):
        gn.dissect(net, X[:2], Y[:2]).attribution(2)
