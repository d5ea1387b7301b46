"""A user's own activations and losses: used like the library's, with the tape's gradients in place of a formula."""

import math
import pickle

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.maths import activations, losses
from glassnet.maths.differences import check_gradient

RANDOM = np.random.default_rng(0)
Z = RANDOM.normal(size=(5, 3))
T, P = RANDOM.normal(size=(5, 3)), RANDOM.normal(size=(5, 3))
WEIGHTS = np.array([1.0, 0.0, 2.0, 0.5, 1.0])


@gn.activation
def own_sigmoid(z):
    """As the lecture writes it."""
    return 1 / (1 + np.exp(-z))


@gn.activation
def own_leaky(z, *, slope=0.01):
    return np.where(z > 0, z, slope * z)


@gn.activation(elementwise=False)
def own_softmax(z):
    e = np.exp(z)
    return e / np.sum(e, axis=-1, keepdims=True)


@gn.loss
def own_mse(target, prediction):
    return (target - prediction) ** 2


@gn.loss
def own_mse_of_rows(target, prediction):
    return np.mean((target - prediction) ** 2, axis=1)


@gn.loss
def own_mse_of_all(target, prediction):
    return np.mean((target - prediction) ** 2)


@gn.loss
def own_huber(target, prediction, *, delta=1.0):
    e = np.abs(target - prediction)
    return np.where(e <= delta, 0.5 * e**2, delta * (e - 0.5 * delta))


@gn.loss(target_kind="classes")
def own_cross_entropy(target, prediction):
    return -np.log(prediction[np.arange(len(prediction)), target])


ACTIVATIONS = [
    (own_sigmoid, activations.sigmoid),
    (own_leaky.configured(slope=0.3), activations.leaky_relu.configured(slope=0.3)),
    (own_softmax, activations.softmax),
]
LOSSES = [
    (own_mse, losses.mse),
    (own_mse_of_rows, losses.mse),
    (own_huber.configured(delta=0.5), losses.huber.configured(delta=0.5)),
]


@pytest.mark.parametrize(("own", "known"), ACTIVATIONS, ids=lambda g: g.name)
def test_an_activation_written_by_its_formula_is_the_librarys(own, known):
    A, dA = known(Z), RANDOM.normal(size=Z.shape)
    np.testing.assert_allclose(own(Z), A, rtol=1e-14)
    np.testing.assert_allclose(own.gradient(Z), known.gradient(Z), atol=1e-14)
    out = np.empty_like(Z)
    assert own.backward(dA, Z, A, out=out) is out
    np.testing.assert_allclose(out, known.backward(dA, Z, A), atol=1e-14)
    assert isinstance(own, activations.Activation)
    assert own.elementwise == known.elementwise


@pytest.mark.parametrize("own", [own for own, _ in ACTIVATIONS], ids=lambda g: g.name)
def test_an_activation_keeps_float32_and_takes_tensors(own):
    assert own(Z.astype(np.float32)).dtype == np.float32
    assert own.backward(Z.astype(np.float32), Z.astype(np.float32), None).dtype == np.float32
    assert gn.check_gradients(lambda z: own(z), Z, order=2) < 1e-8
    assert own(0.5 * np.ones(3)).shape == (3,)


@pytest.mark.parametrize(("own", "known"), LOSSES, ids=lambda f: f.name)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
def test_a_loss_written_by_its_formula_is_the_librarys(own, known, reduction, weights):
    how = {"reduction": reduction, "sample_weight": weights}
    np.testing.assert_allclose(own(T, P, **how), known(T, P, **how), rtol=1e-14)
    np.testing.assert_allclose(own.gradient(T, P, **how), known.gradient(T, P, **how), rtol=1e-13)
    back = gn.vjp(lambda P: own(T, P, **how), P)[1]
    start = np.ones(np.shape(known(T, P, **how)))
    np.testing.assert_allclose(np.asarray(back(start)), known.gradient(T, P, **how), rtol=1e-13)


@pytest.mark.parametrize(("own", "known"), [*LOSSES, (own_mse_of_all, losses.mse)], ids=lambda f: f.name)
def test_engines_get_value_and_gradient_in_their_buffer(own, known):
    assert isinstance(own, losses.Loss)
    for dtype in (np.float32, np.float64):
        out = np.empty((5, 3), dtype)
        value, G = own.value_and_gradient(T.astype(dtype), P.astype(dtype), out=out)
        assert G is out
        assert isinstance(value, float)
        expected, gradient = known.value_and_gradient(T.astype(dtype), P.astype(dtype))
        assert value == pytest.approx(expected, rel=1e-6)
        np.testing.assert_allclose(out, gradient, rtol=1e-5)


def test_classes_as_targets():
    probabilities, target = activations.softmax(P), np.array([0, 2, 1, 1, 0])
    known = losses.sparse_categorical_crossentropy
    assert own_cross_entropy(target, probabilities) == pytest.approx(known(target, probabilities))
    found = own_cross_entropy.gradient(target, probabilities)
    np.testing.assert_allclose(found, known.gradient(target, probabilities))
    assert check_gradient(lambda p: own_cross_entropy(target, p), found, probabilities) < 1e-8


def test_a_row_of_weight_zero_counts_for_nothing_whatever_stands_in_it():
    broken = P.copy()
    broken[1] = np.nan
    value, G = own_mse.value_and_gradient(T, broken, sample_weight=WEIGHTS)
    assert math.isfinite(value)
    assert np.isfinite(G).all()
    assert not G[1].any()


def test_they_survive_pickle_and_say_who_they_are():
    for part in (own_sigmoid, own_mse):
        assert pickle.loads(pickle.dumps(part)) is part
    assert pickle.loads(pickle.dumps(own_leaky.configured(slope=0.5))) == own_leaky.configured(slope=0.5)
    assert own_sigmoid.__doc__ == "As the lecture writes it."
    assert own_leaky.settings == {"slope": 0.01}
    assert own_mse.settings == {}


# ---- what cannot be used is said in a sentence ---------------------------------------------------------------------


def taken(name):
    def formula(z):
        return z

    formula.__name__ = name
    return formula


def test_a_name_is_needed_and_has_to_be_free():
    with pytest.raises(SettingError, match="written with def"):
        gn.activation(lambda z: z)
    with pytest.raises(SettingError, match="'relu' is the name of the library's own activation"):
        gn.activation(taken("relu"))
    with pytest.raises(SettingError, match="'mse' is the name of the library's own loss"):
        gn.loss(taken("mse"))
    with pytest.raises(SettingError, match="target_kind is one of real, binary"):
        gn.loss(target_kind="numbers")


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        (lambda z: math.exp(z), r"takes one number, and this tensor has shape \(5, 3\).*np.exp"),
        (lambda z: np.asarray(z) * 2, "'part'.*must return a tensor.*it returned ndarray"),
        (lambda z: np.linalg.svd(z)[1], "glassnet knows no derivative of svd"),
        (lambda z: np.sum(z, axis=1), r"must keep the shape \(5, 3\); it gave \(5,\)"),
    ],
    ids=["math", "asarray", "svd", "shape"],
)
def test_a_formula_that_leaves_the_tape_is_told_so(formula, says):
    formula.__name__ = "part"
    with pytest.raises((TypeNotUsableError, ShapeError), match=says):
        gn.activation(formula).gradient(Z)


def test_a_loss_says_what_it_needs():
    with pytest.raises(SettingError, match="no activation to contain"):
        own_mse(T, P, from_logits=True)
    with pytest.raises(SettingError, match="one number for the whole batch"):
        own_mse_of_all(T, P, sample_weight=WEIGHTS)
    with pytest.raises(ShapeError, match="same rows and outputs"):
        own_mse(T[:, :2], P)
    with pytest.raises(ShapeError, match="a value for each of the 5 rows"):
        gn.loss(_first)(T, P)


def _first(target, prediction):
    return (target - prediction)[:1]


@pytest.mark.parametrize("given", [np.tanh, lambda z: z], ids=["ufunc", "lambda"])
def test_a_plain_function_is_told_of_the_decorator(given):
    with pytest.raises(TypeNotUsableError, match=r"becomes one by @gn\.activation"):
        gn.Dense(3, activation=given)
    with pytest.raises(TypeNotUsableError, match=r"becomes one by @gn\.loss"):
        losses.get(given)
