"""Every loss by one table: against its formula in loops, its gradient against differences, and the arguments."""

from __future__ import annotations

import inspect
import math
import re
from typing import Any

import numpy as np
import pytest
import table.losses
from hypothesis import given
from hypothesis import strategies as st
from table.activations import mp
from table.losses import ROWS

from glassnet.errors import DataError, SettingError, ShapeError, TypeNotUsableError
from glassnet.maths import losses
from glassnet.maths.activations import get as activation
from glassnet.maths.differences import check_gradient
from glassnet.maths.losses import CATALOGUE, likelihood, rmse

inf, nan = np.inf, np.nan


ROW = {str(row): row for row in ROWS}
LOSS = {label: row.function for label, row in ROW.items()}
every = pytest.mark.parametrize("name", LOSS)
from_rows = pytest.mark.parametrize("name", [name for name in LOSS if name != "likelihood"])
with_head = pytest.mark.parametrize("name", [name for name, row in ROW.items() if row.head])
floating = pytest.mark.parametrize("dtype", [np.float32, np.float64])
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.0, 0.25])


def example(label: str, *arguments: Any, **keywords: Any) -> tuple[Any, Any]:
    """A target and a prediction of this row."""
    return table.losses.example(ROW[label], *arguments, **keywords)


def by_loops(name: str, T: Any, P: Any, reduction: str = "mean", w: Any = None) -> Any:
    """The loss from its row formula, by loops over Python floats."""
    rows = [ROW[name].of_row(t, p) for t, p in zip(np.asarray(T).tolist(), np.asarray(P).tolist(), strict=True)]
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


def test_every_loss_and_every_setting_has_a_row():
    assert {row.name for row in ROWS} == CATALOGUE.keys()
    settings = {(name, setting) for name, loss in CATALOGUE.items() for setting in loss.settings}
    assert {(row.name, setting) for row in ROWS for setting in row.settings} == settings


@every
def test_the_properties_are_the_tables(name):
    loss, row = LOSS[name], ROW[name]
    assert (loss.target_kind, loss.head) == (row.target_kind, row.head)
    keywords = ["from_logits", "reduction", "sample_weight", *loss.settings]
    assert list(inspect.signature(loss).parameters) == ["target", "prediction", *keywords]


# ---- values ---------------------------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("seed", range(3))
def test_the_value_is_the_formula(name, seed):
    T, P = example(name, seed=seed)
    assert LOSS[name](T, P) == pytest.approx(by_loops(name, T, P), rel=1e-14)
    assert isinstance(LOSS[name](T, P), float)


@from_rows
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_reductions_and_the_weights(name, reduction, weights):
    T, P = example(name)
    value = LOSS[name](T, P, reduction=reduction, sample_weight=weights)
    assert value == pytest.approx(by_loops(name, T, P, reduction, weights), rel=1e-14)


@from_rows
def test_whole_weights_are_repeated_rows(name):
    T, P = example(name)
    counts = np.array([1, 2, 0, 3, 1, 0])
    repeated = LOSS[name](np.repeat(T, counts, axis=0), np.repeat(P, counts, axis=0))
    assert LOSS[name](T, P, sample_weight=counts) == pytest.approx(repeated, rel=1e-14)


@from_rows
@given(scale=st.floats(1e-300, 1e300))
def test_the_mean_does_not_see_the_scale_of_the_weights(name, scale):
    T, P = example(name)
    scaled = LOSS[name](T, P, sample_weight=WEIGHTS * scale)
    assert scaled == pytest.approx(LOSS[name](T, P, sample_weight=WEIGHTS), rel=1e-12)


@every
def test_float32_is_near_and_stays_float32(name):
    T, P = example(name)
    P32 = P.astype(np.float32)
    assert LOSS[name](T, P32) == pytest.approx(LOSS[name](T, P), rel=1e-5, abs=1e-6)
    assert LOSS[name].gradient(T, P32).dtype == np.float32
    np.testing.assert_allclose(LOSS[name].gradient(T, P32), LOSS[name].gradient(T, P), rtol=1e-5, atol=1e-6)


# ---- from logits ----------------------------------------------------------------------------------------------------


@with_head
@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_from_logits_is_the_loss_of_the_activation(name, outputs):
    loss = LOSS[name]
    T, Z = example(name, outputs=outputs, logits=True)
    g = activation("sigmoid" if name == "likelihood" and outputs == 1 else loss.head)
    A = g(Z)
    assert loss(T, Z, from_logits=True) == pytest.approx(loss(T, A), rel=1e-12, abs=1e-15)
    chained = g.backward(loss.gradient(T, A), Z, A)
    np.testing.assert_allclose(loss.gradient(T, Z, from_logits=True), chained, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("name", [name for name, row in ROW.items() if row.head is None])
def test_a_loss_without_a_head_refuses_from_logits(name):
    with pytest.raises(SettingError, match=f"{ROW[name].name} has no activation to contain"):
        LOSS[name](*example(name), from_logits=True)


# ---- gradients ------------------------------------------------------------------------------------------------------


def cases():
    for name, row in ROW.items():
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
        return float(np.sum(LOSS[name](T, p, **arguments)))  # with "none": the sum has each row's own gradient

    assert check_gradient(value, LOSS[name].gradient(T, P, **arguments), P) < 1e-8


@every
def test_the_check_of_gradients_would_fail_for_a_wrong_loss(name):
    T, P = example(name)
    wrong = 1.0001 * LOSS[name].gradient(T, P)
    assert check_gradient(lambda p: LOSS[name](T, p), wrong, P) > 5e-5


@every
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("use_out", [False, True])
def test_value_and_gradient_is_both_at_once(name, weights, use_out):
    loss = LOSS[name]
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
    loss = LOSS[name]
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
            LOSS[name].value_and_gradient(T, P, out=out)


@every
def test_out_may_be_strided(name):
    T, P = example(name, logits=bool(ROW[name].head))
    out = np.zeros((6, 2 * P.shape[1]))[:, ::2]
    keywords = {"from_logits": bool(ROW[name].head)}
    _, gradient = LOSS[name].value_and_gradient(T, P, out=out, **keywords)
    assert gradient is out
    np.testing.assert_array_equal(out, LOSS[name].gradient(T, P, **keywords))


# ---- shapes ---------------------------------------------------------------------------------------------------------

SMOOTH = [label for label, row in ROW.items() if "label_smoothing" in row.settings]
SURE = [label for label, row in ROW.items() if row.head in ("softmax", "sigmoid") and label not in SMOOTH]
sure = pytest.mark.parametrize("name", SURE)
FLAT = ["mse", "half_mse", "rmse", "mae", "mbe", "mape", "huber", "likelihood", "binary_crossentropy", "hinge"]


@pytest.mark.parametrize("name", [*FLAT, "squared_hinge"])
def test_a_vector_is_one_column_and_never_a_square(name):
    T, P = example(name, outputs=1)
    if name == "likelihood":
        T, P = np.array([1.0, 0, 1, 1, 0, 0])[:, None], np.linspace(0.2, 0.7, 6)[:, None]
    value, gradient = LOSS[name](T, P), LOSS[name].gradient(T, P)
    for t in (T, T[:, 0]):
        for p in (P, P[:, 0]):
            assert LOSS[name](t, p) == value
            assert LOSS[name].gradient(t, p).shape == p.shape
            np.testing.assert_array_equal(LOSS[name].gradient(t, p).ravel(), gradient.ravel())
    if name != "likelihood":
        assert np.shape(LOSS[name](T[:, 0], P, reduction="none")) == (6,)


@pytest.mark.parametrize("name", ["categorical_crossentropy", "kl_divergence"])
def test_a_vector_over_classes_is_one_row(name):
    t, p = [1, 0, 0], [0.8, 0.1, 0.1]
    assert LOSS[name](t, p) == LOSS[name]([t], [p]) == pytest.approx(-math.log(0.8))
    assert LOSS[name].gradient(t, p) == pytest.approx([-1 / 0.8, 0, 0])


@every
def test_rows_that_do_not_fit_are_refused_with_both_shapes(name):
    if name == "gaussian_nll":
        return  # whose shapes are below
    T, P = example(name)
    with pytest.raises(ShapeError, match=r"\(5,.*\(6, 3\)|shape \(6,\); the target has shape \(5,\)"):
        LOSS[name](T[:5], P)
    if ROW[name].target_kind != "classes":
        with pytest.raises(ShapeError, match=r"target has shape \(6,\), the prediction \(6, 3\)"):
            LOSS[name](T[:, 0], P)
        with pytest.raises(ShapeError, match=r"target has shape \(6, 3\), the prediction \(6, 1\)"):
            LOSS[name](T, P[:, :1])


@pytest.mark.parametrize("name", [name for name, row in ROW.items() if row.target_kind != "classes"])
def test_as_many_numbers_in_another_shape_are_refused(name):
    if name == "gaussian_nll":
        return
    T, P = example(name)
    with pytest.raises(ShapeError, match=r"target has shape \(3, 6\), the prediction \(6, 3\)"):
        LOSS[name](T.T, P)
    with pytest.raises(ShapeError, match=r"target has shape \(1, 6\), the prediction \(6, 1\)"):
        LOSS[name](T[:, :1].T, P[:, :1])


@every
def test_predictions_are_rows_of_numbers(name):
    T, P = example(name)
    with pytest.raises(
        ShapeError, match=r"predictions of shape \(rows,\) or \(rows, outputs\); given was shape \(6, 3, 1"
    ):
        LOSS[name](T, P[:, :3, None])
    with pytest.raises(ShapeError, match=r"given was shape \(6, 0\)"):
        LOSS[name](T, P[:, :0])
    with pytest.raises(TypeNotUsableError, match="prediction must be an array of real numbers"):
        LOSS[name](T, P.astype(str))
    with pytest.raises(TypeNotUsableError, match=r"whole numbers|target must be an array of real numbers"):
        LOSS[name](T.astype(str), P)


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
            LOSS[name](T, P, sample_weight=bad)
    with pytest.raises(ShapeError, match=r"one weight a row, shape \(6,\); given was shape \(5,\)"):
        LOSS[name].gradient(T, P, sample_weight=np.ones(5))
    with pytest.raises(ShapeError, match=r"one weight a row, shape \(6,\); given was shape \(6, 3\)"):
        LOSS[name].value_and_gradient(T, P, sample_weight=np.ones((6, 3)))


@from_rows
def test_an_unknown_reduction_is_refused(name):
    with pytest.raises(SettingError, match='reduction must be "mean", "sum" or "none"; given was \'median\''):
        LOSS[name](*example(name), reduction="median")


# ---- nothing to learn from ------------------------------------------------------------------------------------------


@every
@floating
def test_an_empty_batch_has_a_loss_and_an_empty_gradient(name, dtype):
    T, P = example(name)
    T, P = T[:0], P[:0].astype(dtype)
    value, gradient = LOSS[name].value_and_gradient(T, P)
    assert value == LOSS[name](T, P) == (-1.0 if name == "likelihood" else 0.0)  # an empty product is 1
    assert gradient.shape == P.shape
    assert gradient.dtype == dtype
    if ROW[name].head:
        assert LOSS[name].value_and_gradient(T, P, from_logits=True)[0] == value
    if name != "likelihood":
        assert LOSS[name](T, P, reduction="none").shape == (0,)


@pytest.mark.parametrize("name", FLAT)
def test_an_empty_list_is_an_empty_batch(name):
    assert LOSS[name]([], []) == (-1.0 if name == "likelihood" else 0.0)


@from_rows
def test_weights_of_zero_leave_nothing_to_learn(name):
    T, P = example(name)
    value, gradient = LOSS[name].value_and_gradient(T, P, sample_weight=np.zeros(6))
    assert value == 0.0
    assert not gradient.any()


@from_rows
@pytest.mark.parametrize("bad", [nan, inf])
def test_a_row_of_weight_zero_counts_for_nothing_whatever_stands_in_it(name, bad):
    if ROW[name].head and bad == inf:
        bad = 0.0  # a probability, of which the logarithm is infinite
    T, P = example(name)
    spoilt, w = P.copy(), np.array([0.0, 1, 1, 2, 1, 1])
    spoilt[0] = bad
    value, gradient = LOSS[name].value_and_gradient(T, spoilt, sample_weight=w)
    assert value == LOSS[name](T, P, sample_weight=w)
    np.testing.assert_array_equal(gradient, LOSS[name].gradient(T, P, sample_weight=w))


# ---- extremes -------------------------------------------------------------------------------------------------------


@every
@floating
def test_nan_in_gives_nan_out(name, dtype):
    T, P = example(name)
    P = P.astype(dtype)
    P[1, 2] = nan
    assert math.isnan(LOSS[name](T, P)) or name == "sparse_categorical_crossentropy"  # which reads one column
    if ROW[name].head:
        value, gradient = LOSS[name].value_and_gradient(T, P, from_logits=True)
        assert math.isnan(value)
        assert np.isnan(gradient[1]).any()
    elif name != "mbe":  # whose gradient does not depend on the prediction
        assert np.isnan(LOSS[name].gradient(T, P)[1, 2])


def test_nan_in_the_true_column_of_the_sparse_loss_gives_nan():
    assert math.isnan(CATALOGUE["sparse_categorical_crossentropy"]([0], [[nan, 0.5]]))


@sure
@floating
@pytest.mark.parametrize("size", [1e4, inf])
def test_logits_of_any_size_give_a_loss_and_a_finite_gradient(name, dtype, size):
    """Sure of the right class nothing is lost; sure of the wrong one the loss is the size, and the gradient finite."""
    if ROW[name].head == "sigmoid":
        right, wrong, Z = [[1.0], [0.0]], [[0.0], [1.0]], np.array([[size], [-size]], dtype)
    else:
        right, wrong, Z = np.eye(2), 1 - np.eye(2), np.array([[size, 0], [0, size]], dtype)
    if ROW[name].target_kind == "classes":
        right, wrong = [0, 1], [1, 0]
    value, gradient = LOSS[name].value_and_gradient(right, Z, from_logits=True)
    assert value == (-1.0 if name == "likelihood" else 0.0)
    assert not gradient.any()
    value, gradient = LOSS[name].value_and_gradient(wrong, Z, from_logits=True)
    # A step towards the right class, over two rows; the default alpha of the focal losses is a factor.
    factor, step = {"binary_focal_crossentropy": (0.5, 0.375), "categorical_focal_crossentropy": (0.25, 0.125)}.get(
        name, (1.0, 0.5)
    )
    assert value == (0.0 if name == "likelihood" else factor * size)
    assert np.isfinite(gradient).all()
    if name != "likelihood":
        assert np.abs(gradient).max() == step


@pytest.mark.parametrize("name", [name for name, row in ROW.items() if row.head is None])
@floating
def test_predictions_of_any_size_give_no_warning_and_the_true_infinity(name, dtype):
    if name in ("gaussian_nll", "msle", "categorical_hinge"):
        return  # theirs is below, or takes no such numbers
    tiny, T = np.finfo(dtype).smallest_subnormal, np.ones(5)
    finite = np.array([1e4, -1e4, tiny, -tiny, 0], dtype)
    assert np.isfinite(LOSS[name](T, finite))
    assert np.isfinite(LOSS[name].gradient(T, finite)).all()
    for infinite in (inf, -inf):
        P = np.array([infinite, 1, 1, 1, 1], dtype)
        value, gradient = LOSS[name].value_and_gradient(T, P)
        one_of_five = (1 if infinite < 0 else -1) / 5 - 4 / 5
        hinges = {"hinge": max(0, -infinite), "squared_hinge": max(0, -infinite)}
        expected = {"mbe": -infinite, "cosine_similarity": one_of_five} | hinges
        assert value == expected.get(name, inf)
        assert not np.isnan(gradient).any()


@sure
def test_certain_probabilities_are_not_clipped(name):
    one = {"one_hot": [[1, 0]], "classes": [0], "binary": [[1]]}[ROW[name].target_kind]
    sure, excluded = ([[1.0]], [[0.0]]) if ROW[name].head == "sigmoid" else ([[1.0, 0.0]], [[0.0, 1.0]])
    loss = LOSS[name]
    if name == "likelihood":
        assert (loss(one, sure), loss(one, excluded)) == (-1.0, 0.0)
        return
    assert loss(one, sure) == 0.0
    assert loss(one, excluded) == inf
    slope = 0.0 if "focal" in name else -1.0  # what is certain counts for nothing in a focal loss
    assert loss.gradient(one, sure).tolist() == ([[slope]] if ROW[name].head == "sigmoid" else [[slope, 0.0]])
    assert loss.gradient(one, excluded)[0, 0] == -inf
    assert not np.isnan(loss.gradient(one, excluded)).any()


@sure
def test_what_is_no_probability_is_refused_with_the_way_out(name):
    T, P = example(name)
    P[2, 1] = 1.5
    with pytest.raises(
        DataError, match=f"{ROW[name].name} takes probabilities between 0 and 1, or from_logits=True with any scores"
    ):
        LOSS[name](T, P)


def test_only_rmse_and_likelihood_are_no_means_of_row_losses():
    """What the table treats apart is apart: a mean of their rows would be another number."""
    T, P = example("rmse")
    assert rmse(T, P) != pytest.approx(np.mean(rmse(T, P, reduction="none")), rel=1e-3)
    with pytest.raises(SettingError, match="one product over all rows: it takes no sample_weight and no reduction"):
        likelihood(*example("likelihood"), reduction="none")


# ---- what only some losses have --------------------------------------------------------------------------------------


def test_smoothing_gives_the_wrong_classes_their_share():
    s, C, Z = 0.1, 4, np.array([[1e4, 0.0, 0.0, 0.0]])
    for loss, T in ((losses.categorical_crossentropy, [[1, 0, 0, 0]]), (losses.sparse_categorical_crossentropy, [0])):
        value, gradient = loss.configured(label_smoothing=s).value_and_gradient(T, Z, from_logits=True)
        assert value == pytest.approx(1e4 * s * (C - 1) / C)
        np.testing.assert_allclose(gradient, [[s - s / C, -s / C, -s / C, -s / C]], rtol=1e-12)
    assert losses.binary_crossentropy([1.0], [1e4], from_logits=True, label_smoothing=s) == pytest.approx(1e4 * s / 2)


@pytest.mark.parametrize("s", [-0.1, 1.0, nan])
def test_a_smoothing_that_cannot_be_used_is_refused(s):
    for loss in (losses.binary_crossentropy, losses.categorical_crossentropy, losses.sparse_categorical_crossentropy):
        with pytest.raises(SettingError, match="label_smoothing is at least 0 and below 1"):
            loss.configured(label_smoothing=s)


@pytest.mark.parametrize("logits", [False, True])
def test_without_gamma_and_alpha_a_focal_loss_is_the_cross_entropy(logits):
    plain = {"gamma": 0.0, "alpha": None}
    for focal, entropy in (
        ("binary_focal_crossentropy", "binary_crossentropy"),
        ("categorical_focal_crossentropy", "categorical_crossentropy"),
    ):
        T, P = example(entropy, logits=logits)
        f, g = CATALOGUE[focal], CATALOGUE[entropy]
        assert f(T, P, from_logits=logits, **plain) == pytest.approx(g(T, P, from_logits=logits), rel=1e-13)
        gradient = f.gradient(T, P, from_logits=logits, **plain)
        np.testing.assert_allclose(gradient, g.gradient(T, P, from_logits=logits), rtol=1e-12, atol=1e-15)


def test_focal_settings_that_cannot_be_used_are_refused():
    for settings, says in (({"gamma": -1.0}, "gamma of at least 0"), ({"alpha": 1.5}, "alpha above 0 and at most 1")):
        for name in ("binary_focal_crossentropy", "categorical_focal_crossentropy"):
            with pytest.raises(SettingError, match=says):
                CATALOGUE[name].configured(**settings)
            with pytest.raises(SettingError, match=says):
                CATALOGUE[name]([[1, 0]], [[0.5, 0.5]], **settings)


def test_the_quantile_loss_is_least_at_the_quantile():
    y = np.random.default_rng(0).exponential(size=1001)
    at = [losses.quantile(y, np.full_like(y, q), tau=0.9) for q in np.quantile(y, [0.85, 0.9, 0.95])]
    assert at[1] == min(at)
    assert losses.quantile(y, y + 1) == pytest.approx(losses.mae(y, y + 1) / 2)
    with pytest.raises(SettingError, match="tau lies between 0 and 1"):
        losses.quantile.configured(tau=1.0)


def test_log_cosh_is_smooth_where_its_forms_meet_and_keeps_small_errors():
    e = np.array([1e-160, 1e-9, 1e-3, 1 - 1e-12, 1.0, 1 + 1e-12, 800.0])
    exact = [float(mp.log(mp.cosh(mp.mpf(x)))) for x in e]
    np.testing.assert_allclose(losses.log_cosh(np.zeros(7), e, reduction="none"), exact, rtol=3e-16, atol=1e-319)


def test_a_direction_has_no_length():
    T, P = example("cosine_similarity")
    assert losses.cosine_similarity(T, P) == pytest.approx(losses.cosine_similarity(T, 1e200 * P), rel=1e-15)
    assert losses.cosine_similarity(T, P) == pytest.approx(losses.cosine_similarity(1e-200 * T, P), rel=1e-15)
    zero = np.zeros((1, 3))
    assert losses.cosine_similarity(T[:1], zero) == 0.0
    assert not losses.cosine_similarity.gradient(T[:1], zero).any()


def test_counts_and_rates_are_not_negative():
    for T, P in (([-1.0], [1.0]), ([1.0], [-1.0])):
        with pytest.raises(DataError, match="at least 0"):
            losses.poisson(T, P)
    assert losses.poisson([0.0], [0.0]) == 0.0
    assert losses.poisson([0.0, 0.0], [-inf, -1e4], from_logits=True) == 0.0
    with pytest.raises(DataError, match="msle takes targets of at least -1"):
        losses.msle([-2.0], [1.0])
    with pytest.raises(DataError, match="msle takes predictions of at least -1"):
        losses.msle.gradient([2.0], [-1.5])


def test_the_likelihood_of_a_normal_variable_takes_any_logarithm_of_the_variance():
    for s in (-700.0, 0.0, 700.0):
        value, gradient = losses.gaussian_nll.value_and_gradient([[2.0]], [[2.0, s]])
        assert value == pytest.approx((s + math.log(2 * math.pi)) / 2)
        np.testing.assert_array_equal(gradient, [[0.0, 0.5]])
    assert losses.gaussian_nll([1.0, 2.0], np.zeros((2, 2))) == losses.gaussian_nll([[1.0], [2.0]], np.zeros((2, 2)))
    for T, P in (([1.0, 2.0], [1.0, 2.0]), (np.zeros(2), np.zeros((2, 1))), (np.zeros((2, 2)), np.zeros((2, 2)))):
        wanted = (2, 2 * (np.size(T) // 2))
        with pytest.raises(ShapeError, match=re.escape(f"must have shape {wanted}; it has {np.shape(P)}")):
            losses.gaussian_nll(T, P)


def test_the_margin_of_several_classes():
    T = np.eye(3)[[0, 1]]
    P = np.array([[3.0, 1.0, 1.0], [0.5, 0.0, 0.5]])
    assert losses.categorical_hinge(T, P, reduction="none").tolist() == [0.0, 1.5]
    assert losses.categorical_hinge.gradient(T, P, reduction="none").tolist() == [[0, 0, 0], [0.5, -1, 0.5]]
    assert losses.categorical_hinge([[1.0]], [[-5.0]]) == 0.0
    with pytest.raises(DataError, match="one-hot targets"):
        losses.categorical_hinge([[0.5, 0.5]], [[1.0, 2.0]])
    assert np.isnan(losses.categorical_hinge(T, P * nan))
