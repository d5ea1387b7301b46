"""Every loss by one table: against its formula in loops, its gradient against differences, and the arguments."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import DataError, SettingError, ShapeError, TypeNotUsableError
from glassnet.maths.activations import get as activation
from glassnet.maths.differences import check_gradient
from glassnet.maths.losses import CATALOGUE, likelihood, rmse

inf, nan = np.inf, np.nan


@dataclass(frozen=True)
class Row:
    """A loss as plain loops over one row, and how to make data for it."""

    of_row: Callable[[list[float], list[float]], float]
    target_kind: str
    head: str | None = None
    away: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda T, P: P  # moves predictions off the kinks


def average(entry):
    return lambda t, p: math.fsum(entry(a, b) for a, b in zip(t, p, strict=True)) / len(p)


def total(entry):
    return lambda t, p: math.fsum(entry(a, b) for a, b in zip(t, p, strict=True))


def xlogy(x, y):
    return x * math.log(y) if x else 0.0


def huber_entry(t, p):
    e = abs(t - p)
    return e * e / 2 if e <= 1 else e - 0.5


def hinge_entry(t, p):
    return max(0.0, 1 - (2 * t - 1) * p)


def off_error(*kinks):
    """Moves every prediction whose error is near a kink (of |e|) well away from it."""

    def away(T, P):
        for kink in kinks:
            P = np.where(np.abs(np.abs(P - T) - kink) < 0.01, P + 0.1, P)
        return P

    return away


def off_margin(T, P):
    return np.where(np.abs(1 - (2 * T - 1) * P) < 0.01, P + 0.1, P)


def true_class(t, p):
    return math.fsum(a * b for a, b in zip(t, p, strict=True)) if len(p) > 1 else t[0] * p[0] + (1 - t[0]) * (1 - p[0])


def binary_entry(t, p):
    return -xlogy(t, p) - xlogy(1 - t, 1 - p)


ROWS = {
    "mse": Row(average(lambda t, p: (t - p) ** 2), "real"),
    "half_mse": Row(average(lambda t, p: (t - p) ** 2 / 2), "real"),
    "rmse": Row(average(lambda t, p: (t - p) ** 2), "real"),  # the root comes after the rows
    "mae": Row(average(lambda t, p: abs(t - p)), "real", away=off_error(0)),
    "mbe": Row(average(lambda t, p: t - p), "real"),
    "mape": Row(average(lambda t, p: 100 * abs((t - p) / t)), "real", away=off_error(0)),
    "huber": Row(average(huber_entry), "real", away=off_error(1)),
    "likelihood": Row(true_class, "one_hot", "softmax"),  # the product comes after the rows
    "binary_crossentropy": Row(total(binary_entry), "binary", "sigmoid"),
    "hinge": Row(average(hinge_entry), "binary", away=off_margin),
    "squared_hinge": Row(average(lambda t, p: hinge_entry(t, p) ** 2), "binary", away=off_margin),
    "categorical_crossentropy": Row(total(lambda t, p: -xlogy(t, p)), "one_hot", "softmax"),
    "sparse_categorical_crossentropy": Row(lambda t, p: -math.log(p[int(t)]), "classes", "softmax"),
    "kl_divergence": Row(total(lambda t, p: xlogy(t, t) - xlogy(t, p)), "one_hot", "softmax"),
}
every = pytest.mark.parametrize("name", CATALOGUE)
from_rows = pytest.mark.parametrize("name", [name for name in CATALOGUE if name != "likelihood"])
with_head = pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.head])
floating = pytest.mark.parametrize("dtype", [np.float32, np.float64])
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.0, 0.25])


def example(name: str, rows: int = 6, outputs: int = 3, *, logits: bool = False, seed: int = 0) -> tuple[Any, Any]:
    """A target and a prediction of this loss, away from its kinks and from probabilities near 0."""
    rng, row = np.random.default_rng(seed), ROWS[name]
    shape = (rows, outputs)
    if row.target_kind == "classes":
        T: np.ndarray = rng.integers(0, outputs, rows)
    elif row.target_kind == "one_hot":
        T = np.eye(outputs)[rng.integers(0, outputs, rows)]
        T[::3] = rng.dirichlet(np.ones(outputs), len(T[::3]))  # some rows that are distributions
    elif row.target_kind == "binary":
        T = rng.integers(0, 2, shape).astype(float)
    else:
        T = rng.choice([-1, 1], shape) * rng.uniform(1, 3, shape)
    if row.head is None or logits:
        return T, row.away(T, rng.normal(scale=1.5, size=shape))
    if row.head == "sigmoid":
        return T, rng.uniform(0.1, 0.9, shape)
    return T, 0.1 + (1 - 0.1 * outputs) * rng.dirichlet(np.ones(outputs), rows)


def by_loops(name: str, T: Any, P: Any, reduction: str = "mean", w: Any = None) -> Any:
    """The loss from its row formula, by loops over Python floats."""
    rows = [ROWS[name].of_row(t, p) for t, p in zip(np.asarray(T).tolist(), np.asarray(P).tolist(), strict=True)]
    if name == "likelihood":
        return -math.prod(rows)
    weights = [1.0] * len(rows) if w is None else list(w)
    weighted = [a * b for a, b in zip(weights, rows, strict=True)]
    if name == "rmse" and reduction == "none":
        return [a * math.sqrt(b) for a, b in zip(weights, rows, strict=True)]
    if reduction == "none":
        return weighted
    value = math.fsum(weighted) / (math.fsum(weights) if reduction == "mean" else 1)
    return math.sqrt(value) if name == "rmse" else value


def test_every_loss_has_a_row():
    assert CATALOGUE.keys() == ROWS.keys()


@every
def test_the_properties_are_the_tables(name):
    loss, row = CATALOGUE[name], ROWS[name]
    assert (loss.target_kind, loss.head) == (row.target_kind, row.head)
    keywords = ["from_logits", "reduction", "sample_weight", *loss.settings]
    assert list(inspect.signature(loss).parameters) == ["target", "prediction", *keywords]


# ---- values ---------------------------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("seed", range(3))
def test_the_value_is_the_formula(name, seed):
    T, P = example(name, seed=seed)
    assert CATALOGUE[name](T, P) == pytest.approx(by_loops(name, T, P), rel=1e-14)
    assert isinstance(CATALOGUE[name](T, P), float)


@from_rows
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_reductions_and_the_weights(name, reduction, weights):
    T, P = example(name)
    value = CATALOGUE[name](T, P, reduction=reduction, sample_weight=weights)
    assert value == pytest.approx(by_loops(name, T, P, reduction, weights), rel=1e-14)


@from_rows
def test_whole_weights_are_repeated_rows(name):
    T, P = example(name)
    counts = np.array([1, 2, 0, 3, 1, 0])
    repeated = CATALOGUE[name](np.repeat(T, counts, axis=0), np.repeat(P, counts, axis=0))
    assert CATALOGUE[name](T, P, sample_weight=counts) == pytest.approx(repeated, rel=1e-14)


@from_rows
@given(scale=st.floats(1e-300, 1e300))
def test_the_mean_does_not_see_the_scale_of_the_weights(name, scale):
    T, P = example(name)
    scaled = CATALOGUE[name](T, P, sample_weight=WEIGHTS * scale)
    assert scaled == pytest.approx(CATALOGUE[name](T, P, sample_weight=WEIGHTS), rel=1e-12)


@every
def test_float32_is_near_and_stays_float32(name):
    T, P = example(name)
    P32 = P.astype(np.float32)
    assert CATALOGUE[name](T, P32) == pytest.approx(CATALOGUE[name](T, P), rel=1e-5, abs=1e-6)
    assert CATALOGUE[name].gradient(T, P32).dtype == np.float32
    np.testing.assert_allclose(CATALOGUE[name].gradient(T, P32), CATALOGUE[name].gradient(T, P), rtol=1e-5, atol=1e-6)


# ---- from logits ----------------------------------------------------------------------------------------------------


@with_head
@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_from_logits_is_the_loss_of_the_activation(name, outputs):
    loss = CATALOGUE[name]
    T, Z = example(name, outputs=outputs, logits=True)
    g = activation("sigmoid" if name == "likelihood" and outputs == 1 else loss.head)
    A = g(Z)
    assert loss(T, Z, from_logits=True) == pytest.approx(loss(T, A), rel=1e-12, abs=1e-15)
    chained = g.backward(loss.gradient(T, A), Z, A)
    np.testing.assert_allclose(loss.gradient(T, Z, from_logits=True), chained, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.head is None])
def test_a_loss_without_a_head_refuses_from_logits(name):
    with pytest.raises(SettingError, match=f"{name} has no activation to contain"):
        CATALOGUE[name](*example(name), from_logits=True)


# ---- gradients ------------------------------------------------------------------------------------------------------


def cases():
    for name, row in ROWS.items():
        for logits in [False, True] if row.head else [False]:
            for reduction in ["mean"] if name == "likelihood" else ["mean", "sum", "none"]:
                for weights in [None] if name == "likelihood" else [None, WEIGHTS]:
                    weighted = "weighted" if weights is not None else "unweighted"
                    label = "-".join([name, "logits" if logits else "plain", reduction, weighted])
                    yield pytest.param(name, logits, reduction, weights, id=label)


@pytest.mark.parametrize(("name", "logits", "reduction", "weights"), list(cases()))
@pytest.mark.parametrize("outputs", [2, 5])
def test_the_gradient_is_the_derivative(name, logits, reduction, weights, outputs):
    T, P = example(name, outputs=outputs, logits=logits, seed=outputs)
    arguments = {"from_logits": logits, "reduction": reduction, "sample_weight": weights}

    def value(p):
        return float(np.sum(CATALOGUE[name](T, p, **arguments)))  # with "none": the sum has each row's own gradient

    assert check_gradient(value, CATALOGUE[name].gradient(T, P, **arguments), P) < 1e-8


@every
def test_the_check_of_gradients_would_fail_for_a_wrong_loss(name):
    T, P = example(name)
    wrong = 1.0001 * CATALOGUE[name].gradient(T, P)
    assert check_gradient(lambda p: CATALOGUE[name](T, p), wrong, P) > 5e-5


@every
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("use_out", [False, True])
def test_value_and_gradient_is_both_at_once(name, weights, use_out):
    loss = CATALOGUE[name]
    weights = None if name == "likelihood" else weights
    for logits in [False, True] if loss.head else [False]:
        T, P = example(name, logits=logits)
        out = np.full_like(P, 7) if use_out else None
        value, gradient = loss.value_and_gradient(T, P, from_logits=logits, sample_weight=weights, out=out)
        assert isinstance(value, float)
        assert value == loss(T, P, from_logits=logits, sample_weight=weights)
        np.testing.assert_array_equal(gradient, loss.gradient(T, P, from_logits=logits, sample_weight=weights))
        assert (gradient is out) == use_out


@every
def test_out_may_be_the_prediction_itself_and_inputs_are_else_left_alone(name):
    loss = CATALOGUE[name]
    for logits in [False, True] if loss.head else [False]:
        T, P = example(name, logits=logits)
        T_before, P_before = T.copy(), P.copy()
        value, gradient = loss.value_and_gradient(T, P, from_logits=logits)
        loss.gradient(T, P, from_logits=logits)
        np.testing.assert_array_equal(P, P_before)
        in_place_value, in_place = loss.value_and_gradient(T, P, from_logits=logits, out=P)
        assert in_place is P
        assert in_place_value == value
        np.testing.assert_array_equal(in_place, gradient)
        np.testing.assert_array_equal(T, T_before)


@every
def test_an_out_that_does_not_fit_is_refused(name):
    T, P = example(name)
    for out in (np.zeros_like(P, dtype=np.float32), np.zeros((7, 7))):
        with pytest.raises(ShapeError, match="out must be like the prediction"):
            CATALOGUE[name].value_and_gradient(T, P, out=out)


@every
def test_out_may_be_strided(name):
    T, P = example(name, logits=bool(ROWS[name].head))
    out = np.zeros((6, 6))[:, ::2]
    keywords = {"from_logits": bool(ROWS[name].head)}
    _, gradient = CATALOGUE[name].value_and_gradient(T, P, out=out, **keywords)
    assert gradient is out
    np.testing.assert_array_equal(out, CATALOGUE[name].gradient(T, P, **keywords))


# ---- shapes ---------------------------------------------------------------------------------------------------------

FLAT = ["mse", "half_mse", "rmse", "mae", "mbe", "mape", "huber", "likelihood", "binary_crossentropy", "hinge"]


@pytest.mark.parametrize("name", [*FLAT, "squared_hinge"])
def test_a_vector_is_one_column_and_never_a_square(name):
    T, P = example(name, outputs=1)
    if name == "likelihood":
        T, P = np.array([1.0, 0, 1, 1, 0, 0])[:, None], np.linspace(0.2, 0.7, 6)[:, None]
    value, gradient = CATALOGUE[name](T, P), CATALOGUE[name].gradient(T, P)
    for t in (T, T[:, 0]):
        for p in (P, P[:, 0]):
            assert CATALOGUE[name](t, p) == value
            assert CATALOGUE[name].gradient(t, p).shape == p.shape
            np.testing.assert_array_equal(CATALOGUE[name].gradient(t, p).ravel(), gradient.ravel())
    if name != "likelihood":
        assert np.shape(CATALOGUE[name](T[:, 0], P, reduction="none")) == (6,)


@pytest.mark.parametrize("name", ["categorical_crossentropy", "kl_divergence"])
def test_a_vector_over_classes_is_one_row(name):
    t, p = [1, 0, 0], [0.8, 0.1, 0.1]
    assert CATALOGUE[name](t, p) == CATALOGUE[name]([t], [p]) == pytest.approx(-math.log(0.8))
    assert CATALOGUE[name].gradient(t, p) == pytest.approx([-1 / 0.8, 0, 0])


@every
def test_rows_that_do_not_fit_are_refused_with_both_shapes(name):
    T, P = example(name)
    with pytest.raises(ShapeError, match=r"\(5,.*\(6, 3\)|shape \(6,\); the target has shape \(5,\)"):
        CATALOGUE[name](T[:5], P)
    if ROWS[name].target_kind != "classes":
        with pytest.raises(ShapeError, match=r"target has shape \(6,\), the prediction \(6, 3\)"):
            CATALOGUE[name](T[:, 0], P)
        with pytest.raises(ShapeError, match=r"target has shape \(6, 3\), the prediction \(6, 1\)"):
            CATALOGUE[name](T, P[:, :1])


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.target_kind != "classes"])
def test_as_many_numbers_in_another_shape_are_refused(name):
    T, P = example(name)
    with pytest.raises(ShapeError, match=r"target has shape \(3, 6\), the prediction \(6, 3\)"):
        CATALOGUE[name](T.T, P)
    with pytest.raises(ShapeError, match=r"target has shape \(1, 6\), the prediction \(6, 1\)"):
        CATALOGUE[name](T[:, :1].T, P[:, :1])


@every
def test_predictions_are_rows_of_numbers(name):
    T, P = example(name)
    with pytest.raises(
        ShapeError, match=r"predictions of shape \(rows,\) or \(rows, outputs\); given was shape \(6, 3, 1"
    ):
        CATALOGUE[name](T, P[:, :, None])
    with pytest.raises(ShapeError, match=r"given was shape \(6, 0\)"):
        CATALOGUE[name](T, P[:, :0])
    with pytest.raises(TypeNotUsableError, match="prediction must be an array of real numbers"):
        CATALOGUE[name](T, P.astype(str))
    with pytest.raises(TypeNotUsableError, match=r"whole numbers|target must be an array of real numbers"):
        CATALOGUE[name](T.astype(str), P)


def test_a_target_of_another_float_dtype_is_taken_in_the_predictions():
    T, P = example("mse")
    assert CATALOGUE["mse"].gradient(T, P.astype(np.float32)).dtype == np.float32
    assert CATALOGUE["mse"].gradient(T.astype(np.float32), P).dtype == np.float64
    assert CATALOGUE["mse"].gradient([1, 2], [3, 5]).dtype == np.float64


# ---- weights and reductions that cannot be used ---------------------------------------------------------------------


@from_rows
def test_weights_are_checked(name):
    T, P = example(name)
    for bad in ([1, 1, 1, 1, 1, -1], [1, 1, 1, 1, 1, nan], [1, 1, 1, 1, 1, inf]):
        with pytest.raises(DataError, match="sample_weight must be finite and not negative"):
            CATALOGUE[name](T, P, sample_weight=bad)
    with pytest.raises(ShapeError, match=r"one weight a row, shape \(6,\); given was shape \(5,\)"):
        CATALOGUE[name].gradient(T, P, sample_weight=np.ones(5))
    with pytest.raises(ShapeError, match=r"one weight a row, shape \(6,\); given was shape \(6, 3\)"):
        CATALOGUE[name].value_and_gradient(T, P, sample_weight=np.ones((6, 3)))


@from_rows
def test_an_unknown_reduction_is_refused(name):
    with pytest.raises(SettingError, match='reduction must be "mean", "sum" or "none"; given was \'median\''):
        CATALOGUE[name](*example(name), reduction="median")


# ---- nothing to learn from ------------------------------------------------------------------------------------------


@every
@floating
def test_an_empty_batch_has_a_loss_and_an_empty_gradient(name, dtype):
    T, P = example(name)
    T, P = T[:0], P[:0].astype(dtype)
    value, gradient = CATALOGUE[name].value_and_gradient(T, P)
    assert value == CATALOGUE[name](T, P) == (-1.0 if name == "likelihood" else 0.0)  # an empty product is 1
    assert gradient.shape == (0, 3)
    assert gradient.dtype == dtype
    if ROWS[name].head:
        assert CATALOGUE[name].value_and_gradient(T, P, from_logits=True)[0] == value
    if name != "likelihood":
        assert CATALOGUE[name](T, P, reduction="none").shape == (0,)


@pytest.mark.parametrize("name", FLAT)
def test_an_empty_list_is_an_empty_batch(name):
    assert CATALOGUE[name]([], []) == (-1.0 if name == "likelihood" else 0.0)


@from_rows
def test_weights_of_zero_leave_nothing_to_learn(name):
    T, P = example(name)
    value, gradient = CATALOGUE[name].value_and_gradient(T, P, sample_weight=np.zeros(6))
    assert value == 0.0
    assert not gradient.any()


@from_rows
@pytest.mark.parametrize("bad", [nan, inf])
def test_a_row_of_weight_zero_counts_for_nothing_whatever_stands_in_it(name, bad):
    if ROWS[name].head and bad == inf:
        bad = 0.0  # a probability, of which the logarithm is infinite
    T, P = example(name)
    spoilt, w = P.copy(), np.array([0.0, 1, 1, 2, 1, 1])
    spoilt[0] = bad
    value, gradient = CATALOGUE[name].value_and_gradient(T, spoilt, sample_weight=w)
    assert value == CATALOGUE[name](T, P, sample_weight=w)
    np.testing.assert_array_equal(gradient, CATALOGUE[name].gradient(T, P, sample_weight=w))


# ---- extremes -------------------------------------------------------------------------------------------------------


@every
@floating
def test_nan_in_gives_nan_out(name, dtype):
    T, P = example(name)
    P = P.astype(dtype)
    P[1, 2] = nan
    assert math.isnan(CATALOGUE[name](T, P)) or name == "sparse_categorical_crossentropy"  # which reads one column
    if ROWS[name].head:
        value, gradient = CATALOGUE[name].value_and_gradient(T, P, from_logits=True)
        assert math.isnan(value)
        assert np.isnan(gradient[1]).any()
    elif name != "mbe":  # whose gradient does not depend on the prediction
        assert np.isnan(CATALOGUE[name].gradient(T, P)[1, 2])


def test_nan_in_the_true_column_of_the_sparse_loss_gives_nan():
    assert math.isnan(CATALOGUE["sparse_categorical_crossentropy"]([0], [[nan, 0.5]]))


@with_head
@floating
@pytest.mark.parametrize("size", [1e4, inf])
def test_logits_of_any_size_give_a_loss_and_a_finite_gradient(name, dtype, size):
    """Sure of the right class nothing is lost; sure of the wrong one the loss is the size, and the gradient finite."""
    if name == "binary_crossentropy":
        right, wrong, Z = [[1.0], [0.0]], [[0.0], [1.0]], np.array([[size], [-size]], dtype)
    else:
        right, wrong, Z = np.eye(2), 1 - np.eye(2), np.array([[size, 0], [0, size]], dtype)
    if ROWS[name].target_kind == "classes":
        right, wrong = [0, 1], [1, 0]
    value, gradient = CATALOGUE[name].value_and_gradient(right, Z, from_logits=True)
    assert value == (-1.0 if name == "likelihood" else 0.0)
    assert not gradient.any()
    value, gradient = CATALOGUE[name].value_and_gradient(wrong, Z, from_logits=True)
    assert value == (0.0 if name == "likelihood" else size)
    assert np.isfinite(gradient).all()
    if name != "likelihood":
        assert np.abs(gradient).max() == 0.5  # a step towards the right class, over two rows


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.head is None])
@floating
def test_predictions_of_any_size_give_no_warning_and_the_true_infinity(name, dtype):
    tiny, T = np.finfo(dtype).smallest_subnormal, np.ones(5)
    finite = np.array([1e4, -1e4, tiny, -tiny, 0], dtype)
    assert np.isfinite(CATALOGUE[name](T, finite))
    assert np.isfinite(CATALOGUE[name].gradient(T, finite)).all()
    for infinite in (inf, -inf):
        P = np.array([infinite, 1, 1, 1, 1], dtype)
        value, gradient = CATALOGUE[name].value_and_gradient(T, P)
        expected = {"mbe": -infinite, "hinge": max(0, -infinite), "squared_hinge": max(0, -infinite)}
        assert value == expected.get(name, inf)
        assert not np.isnan(gradient).any()


@with_head
def test_certain_probabilities_are_not_clipped(name):
    one = {"one_hot": [[1, 0]], "classes": [0], "binary": [[1]]}[ROWS[name].target_kind]
    sure, excluded = ([[1.0]], [[0.0]]) if name == "binary_crossentropy" else ([[1.0, 0.0]], [[0.0, 1.0]])
    loss = CATALOGUE[name]
    if name == "likelihood":
        assert (loss(one, sure), loss(one, excluded)) == (-1.0, 0.0)
        return
    assert loss(one, sure) == 0.0
    assert loss(one, excluded) == inf
    assert loss.gradient(one, sure).tolist() == [[-1.0]] if name == "binary_crossentropy" else [[-1.0, 0.0]]
    assert loss.gradient(one, excluded)[0, 0] == -inf
    assert not np.isnan(loss.gradient(one, excluded)).any()


@with_head
def test_what_is_no_probability_is_refused_with_the_way_out(name):
    T, P = example(name)
    P[2, 1] = 1.5
    with pytest.raises(
        DataError, match=f"{name} takes probabilities between 0 and 1, or from_logits=True with any scores"
    ):
        CATALOGUE[name](T, P)


def test_only_rmse_and_likelihood_are_no_means_of_row_losses():
    """What the table treats apart is apart: a mean of their rows would be another number."""
    T, P = example("rmse")
    assert rmse(T, P) != pytest.approx(np.mean(rmse(T, P, reduction="none")), rel=1e-3)
    with pytest.raises(SettingError, match="one product over all rows: it takes no sample_weight and no reduction"):
        likelihood(*example("likelihood"), reduction="none")
