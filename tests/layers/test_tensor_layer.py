"""A layer of one's own by its formula: the gradients of the layers it imitates, the same file, the same replay."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import DataError, SettingError, ShapeError, TypeNotUsableError

RANDOM = np.random.default_rng(1)
X, Y = RANDOM.normal(size=(12, 4)), RANDOM.normal(size=(12, 2))
NORMAL = gn.initializers.normal.configured(deviation=0.7)


class OwnDense(gn.TensorLayer):
    """tanh(X W + b), written by hand."""

    units: int

    def weights(self, input_shape):
        return {"W": ((*input_shape, self.units), NORMAL), "b": (self.units,)}

    def formula(self, X, W, b):
        return np.tanh(X @ W + b)


class Pool(gn.TensorLayer):
    """The mean over rows and columns of a picture (C, H, W), one number a channel, times a learned factor."""

    start: float = 1.0

    def weights(self, input_shape):
        return {"scale": (input_shape[:1], gn.initializers.constant.configured(value=self.start))}

    def formula(self, X, scale):
        return np.mean(X, axis=(2, 3)) * scale


@gn.activation
def own_square(z):
    return z * z


@gn.loss
def own_fourth(target, prediction):
    return (target - prediction) ** 4


CUSTOM = {"OwnDense": OwnDense, "own_square": own_square, "own_fourth": own_fourth}


def fitted(layers, **settings):
    net = gn.Network(layers)
    how = {"loss": "mse", "epochs": 3, "batch_size": 5, "seed": 4, "engine": "reference", "dtype": "float64"}
    return net.fit(X, Y, **(how | settings))


def test_it_trains_as_the_layer_it_imitates():
    own = fitted([OwnDense(5), OwnDense(3), gn.Dense(2)])
    known = fitted([gn.Dense(5, "tanh", NORMAL), gn.Dense(3, "tanh", NORMAL), gn.Dense(2)])
    np.testing.assert_allclose(own.state.parameters.flat, known.state.parameters.flat, rtol=1e-12)
    assert [*own.network.parameters()] == ["W1", "b1", "W2", "b2", "W3", "b3"]


def test_rows_reach_it_in_their_shape():
    net = gn.Network([Pool(start=2.0), gn.Dense(1)]).build((3, 4, 4))
    assert net.parameters()["scale1"].tolist() == [2.0, 2.0, 2.0]
    assert net.specification.parts[0].built.output_shape == (3,)
    net.fit(RANDOM.normal(size=(6, 3, 4, 4)), np.arange(6.0), epochs=1, engine="reference", loss="mse")
    assert net.logits(np.ones((2, 3, 4, 4))).shape == (2, 1)


def test_float32_stays_float32_and_predicting_records_nothing():
    net = fitted([OwnDense(3), gn.Dense(2)], dtype="float32").network
    p = net.parameters()
    expected = np.tanh(X.astype(np.float32) @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
    assert net.logits(X).dtype == np.float32
    np.testing.assert_allclose(net.logits(X), expected, rtol=1e-5, atol=1e-6)


# ---- kept: files, runs ---------------------------------------------------------------------------------------------


def network_of_own_parts(**settings):
    layers = [OwnDense(5), gn.Dense(4, own_square), gn.Dense(2)]
    return fitted(layers, loss=own_fourth, **settings)


def test_a_file_keeps_names_and_is_told_who_they_are(tmp_path):
    net, path = network_of_own_parts().network, tmp_path / "own.safetensors"
    net.save(path)
    again = gn.load(path, custom=CUSTOM)
    assert again.layers == net.layers
    assert again.loss is own_fourth
    assert again.logits(X).tobytes() == net.logits(X).tobytes()
    with pytest.raises(DataError, match=r"no layer 'OwnDense'.*gn\.load\(path, custom=\{'OwnDense': OwnDense\}\)"):
        gn.load(path)
    given = {"OwnDense": OwnDense}
    with pytest.raises(DataError, match=r"no activation 'own_square'.*'OwnDense': OwnDense, 'own_square': own_square"):
        gn.load(path, custom=given)


def test_a_run_is_verified_replayed_and_read_back(tmp_path):
    run = network_of_own_parts(out=tmp_path / "run")
    assert run.verify()
    assert run.replay(4).number == 4
    again = gn.load_run(tmp_path / "run", custom=CUSTOM)
    assert again.verify()
    assert again.state.parameters.flat.tobytes() == run.state.parameters.flat.tobytes()
    with pytest.raises(DataError, match=r"gn\.load_run\(path, custom="):
        gn.load_run(tmp_path / "run")


# ---- what cannot be used is said in a sentence ---------------------------------------------------------------------


def test_a_formula_that_does_not_work_is_refused_before_anything_changes():
    class Leaves(gn.TensorLayer):
        def weights(self, input_shape):
            return {"W": (*input_shape, 2)}

        def formula(self, X, W):
            return np.asarray(X) @ np.asarray(W)

    net = gn.Network([Leaves(), gn.Dense(2)])
    with pytest.raises(TypeNotUsableError, match=r"Your layer Leaves\(\).*returned ndarray"):
        net.fit(X, Y, engine="reference", loss="mse")
    assert net.state is None


def test_a_class_that_is_none_says_so():
    with pytest.raises(TypeNotUsableError, match="write its settings as fields"):
        type("Old", (gn.TensorLayer,), {"__init__": lambda self, units: None})
    with pytest.raises(TypeNotUsableError, match=r"Torch\.forward is the engines' own.*`formula`"):
        type("Torch", (gn.TensorLayer,), {"forward": lambda self, X: X})
    with pytest.raises(TypeError, match="formula"):
        type("Empty", (gn.TensorLayer,), {})()


@pytest.mark.parametrize(
    ("weights", "formula", "says"),
    [
        ({"W1": (4, 2)}, lambda self, X, W1: X @ W1, "a word without a digit"),
        ({"W": (4, 0)}, lambda self, X, W: X @ W, r"the shape \(4, 0\)"),
        ({}, lambda self, X: np.sum(X), "a row for each of the 2 rows"),
        ({}, lambda self, X: X[:1], r"it gave shape \(1, 4\)"),
    ],
    ids=["name", "shape", "number", "rows"],
)
def test_weights_and_results_that_do_not_fit(weights, formula, says):
    made = type("Odd", (gn.TensorLayer,), {"weights": lambda self, shape: weights, "formula": formula})
    with pytest.raises((SettingError, ShapeError), match=says):
        gn.Network([made(), gn.Dense(1)]).build(4)


def test_a_setting_that_is_no_plain_data_cannot_be_stored(tmp_path):
    made = type("Odd", (gn.TensorLayer,), {"__annotations__": {"f": object}, "formula": lambda self, X: self.f(X)})
    net = gn.Network([made(np.tanh), gn.Dense(1)]).build(2)
    with pytest.raises(SettingError, match=r"setting f of .* no plain data"):
        net.save(tmp_path / "odd.safetensors")
