"""Every activation against its formula at 50 digits, its derivative against differences, and both at the extremes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from table.activations import ROWS, mp

from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.maths.activations import (
    CATALOGUE,
    celu,
    elu,
    gelu,
    get,
    hard_sigmoid,
    identity,
    leaky_relu,
    log_softmax,
    mish,
    prelu,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    step,
    tanh,
)
from glassnet.maths.affine import affine
from glassnet.maths.differences import check_gradient

inf, nan = np.inf, np.nan
ROW_OF = {row.function: row for row in ROWS}
every = pytest.mark.parametrize("g", [row.function for row in ROWS], ids=map(str, ROWS))
elementwise = pytest.mark.parametrize("g", [g for g in ROW_OF if g.elementwise], ids=lambda g: str(ROW_OF[g]))
floating = pytest.mark.parametrize("dtype", [np.float32, np.float64])

POINTS = [-1e4, -745.0, -30.0, -2.5, -1.0, -0.1, -1e-9, -1e-310, 0.0, 5e-324, 1e-20, 0.3, 1.0, 4.0, 19.0, 700.0, 1e4]


def away_from(*corners, shape=(5, 4), seed=0):
    """Numbers of both signs and some size, none within 0.01 of a corner."""
    Z = np.random.default_rng(seed).normal(scale=1.5, size=shape)
    for corner in corners:
        Z = np.where(np.abs(Z - corner) < 0.01, corner + 0.5, Z)
    return Z


def test_every_activation_and_every_setting_has_a_row():
    assert {row.name for row in ROWS} == CATALOGUE.keys()
    settings = {(name, setting) for name, g in CATALOGUE.items() for setting in g.settings}
    assert {(row.name, setting) for row in ROWS for setting in row.settings} == settings


# ---- values --------------------------------------------------------------------------------------------------------


@every
def test_the_value_is_the_formula_at_50_digits(g):
    rows = [POINTS] if g.elementwise else [[z, 0.0, -1.5] for z in POINTS]
    for row in rows:
        exact = [float(a) for a in ROW_OF[g].formula([mp.mpf(z) for z in row])]
        np.testing.assert_allclose(g(row), exact, rtol=ROW_OF[g].relative, atol=ROW_OF[g].absolute)


@every
def test_float32_is_the_formula_too(g):
    Z = away_from().astype(np.float32)
    exact = [[float(a) for a in ROW_OF[g].formula([mp.mpf(float(z)) for z in row])] for row in Z]
    np.testing.assert_allclose(g(Z), exact, rtol=5e-7, atol=1e-7)


@every
def test_infinities_give_the_limits(g):
    low, high = ROW_OF[g].limits
    if g.elementwise:
        assert g(np.array([-inf, inf])).tolist() == [low, high]
    else:
        assert g(np.array([[-inf, 0.0], [inf, 0.0]]))[:, 0].tolist() == [low, high]


@every
@floating
def test_nan_in_gives_nan_out(g, dtype):
    Z = np.array([[nan, 1.0], [0.5, 2.0]], dtype)
    assert np.isnan(g(Z)[0, 0])
    assert not np.isnan(g(Z)[1]).any()
    A = g(Z)
    if g.name not in ("identity", "step"):  # whose derivatives do not depend on z
        assert np.isnan(g.gradient(Z)[0].flat[0])
        assert np.isnan(g.backward(np.ones_like(Z), Z, A)[0, 0])


@every
@floating
def test_the_extremes_give_no_nan_and_no_warning(g, dtype):
    big = np.finfo(dtype).max
    row = np.array([-inf, -big, -1e4, -1.0, -np.finfo(dtype).smallest_subnormal, 0.0, 1.0, 1e4, big, inf], dtype)
    for Z in (row, row[:, None] * np.ones(3, dtype), np.array([[inf, 1.0], [-inf, 1.0], [big, -big]], dtype)):
        A = g(Z)
        assert not np.isnan(A).any()
        assert not np.isnan(g.gradient(Z)).any()
        low, high = g.range if g.settings == CATALOGUE[g.name].settings else (-inf, inf)
        assert (dtype(low) <= A).all()
        assert (dtype(high) >= A).all()


@elementwise
def test_the_range_is_filled_and_not_left(g):
    if g.settings != CATALOGUE[g.name].settings:
        return  # the range is that of the default settings
    low, high = g.range
    A = g(np.concatenate([np.linspace(-1e9, 1e9, 4001), np.linspace(-4, 4, 40001)]))
    for end, reached in ((low, A.min()), (high, A.max())):
        assert reached == pytest.approx(end, abs=1e-8) if np.isfinite(end) else abs(reached) > 1e4
    assert low <= A.min() <= A.max() <= high


@every
@pytest.mark.parametrize("shape", [(0, 3), (0,), (3, 0), (2, 0, 3)])
def test_empty_in_is_empty_out(g, shape):
    Z = np.zeros(shape, np.float32)
    A = g(Z)
    assert A.shape == shape
    assert A.dtype == np.float32
    assert g.backward(np.zeros_like(Z), Z, A).shape == shape
    assert g.gradient(Z).shape == (shape if g.elementwise else (*shape, shape[-1]))


# ---- derivatives ---------------------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("seed", range(4))
def test_backward_is_the_derivative(g, seed):
    Z = away_from(*ROW_OF[g].corners, seed=seed)
    dA = np.random.default_rng(100 + seed).normal(size=Z.shape)

    def loss(z):
        return float((dA * g(z)).sum())

    assert check_gradient(loss, g.backward(dA, Z, g(Z)), Z, seed=seed) < 1e-8


@every
def test_gradient_and_backward_are_the_same_derivative(g):
    Z = away_from(*ROW_OF[g].corners, shape=(2, 3, 4))
    dA = np.random.default_rng(3).normal(size=Z.shape)
    by_gradient = dA * g.gradient(Z) if g.elementwise else np.einsum("...i,...ij->...j", dA, g.gradient(Z))
    np.testing.assert_allclose(g.backward(dA, Z, g(Z)), by_gradient, rtol=1e-12, atol=1e-15)


def test_sigmoid_keeps_its_slope_where_it_rounds_to_one():
    for z in (40.0, 100.0, 700.0):
        exact = float(mp.exp(-z) / (1 + mp.exp(-z)) ** 2)
        assert sigmoid(z) == 1.0
        assert sigmoid.gradient([z, -z]) == pytest.approx([exact, exact], rel=1e-15)


def test_at_the_corners():
    assert relu.gradient([0.0, -0.0, 5e-324]).tolist() == [0, 0, 1]
    assert leaky_relu.gradient([0.0, -0.0, 5e-324]).tolist() == [0.1, 0.1, 1]
    assert step.gradient([-1.0, 0.0, 1.0]).tolist() == [0, 0, 0]
    assert step([-0.0, 0.0]).tolist() == [1, 1]


def test_the_step_says_that_nothing_is_learned_through_it():
    assert "no" in step.__doc__
    assert "can\n    therefore not train" in step.__doc__
    Z = away_from(0.0)
    assert not step.backward(np.ones_like(Z), Z, step(Z)).any()


@every
def test_an_infinite_upstream_gradient_gives_no_warning(g):
    Z = np.array([[-800.0, 800.0, 1.0]])
    g.backward(np.array([[inf, -inf, inf]]), Z, g(Z))


# ---- arrays --------------------------------------------------------------------------------------------------------


@every
@floating
def test_the_floating_dtype_is_kept(g, dtype):
    Z = away_from().astype(dtype)
    A = g(Z)
    assert A.dtype == g.gradient(Z).dtype == g.backward(Z, Z, A).dtype == dtype


@every
@pytest.mark.parametrize("Z", [[1, 2], np.array([1, 2], np.uint8), [True, False]], ids=["list", "uint8", "bool"])
def test_whole_numbers_become_float64(g, Z):
    assert g(Z).dtype == np.float64
    np.testing.assert_array_equal(g(Z), g(np.asarray(Z, np.float64)))


@every
def test_the_input_is_left_alone(g):
    Z = away_from()
    before, dA = Z.copy(), np.ones_like(Z)
    A = g(Z)
    kept = A.copy()
    g.gradient(Z)
    g.backward(dA, Z, A)
    assert np.array_equal(Z, before)
    assert np.array_equal(A, kept)
    assert (dA == 1).all()


@every
@floating
def test_out_receives_the_value_and_may_be_the_input(g, dtype):
    for Z in (away_from().astype(dtype), np.array([[inf, 0.0], [1.0, -inf], [inf, inf]], dtype)):
        expected, out = g(Z), np.full_like(Z, 7)
        assert g(Z, out=out) is out
        np.testing.assert_array_equal(out, expected)
        assert g(Z, out=Z) is Z
        np.testing.assert_array_equal(Z, expected)


@every
def test_backward_may_write_into_dA(g):
    Z = away_from()
    A, dA = g(Z), np.random.default_rng(5).normal(size=Z.shape)
    expected = g.backward(dA, Z, A)
    assert g.backward(dA, Z, A, out=dA) is dA
    np.testing.assert_array_equal(dA, expected)


@every
def test_memory_layout_does_not_matter(g):
    Z = away_from(shape=(6, 4))
    strided = np.zeros((12, 8))[::2, ::2]
    strided[...] = Z
    for same in (np.asfortranarray(Z), strided):
        np.testing.assert_array_equal(g(same), g(Z))


@every
def test_rows_do_not_know_each_other(g):
    Z = away_from(shape=(3, 2, 4))
    np.testing.assert_array_equal(g(Z)[1, 1], g(Z[1, 1]))


@elementwise
def test_a_number_is_taken_as_a_number(g):
    assert np.ndim(g(0.5)) == 0
    assert g(0.5) == g([0.5])[0]


@every
@pytest.mark.parametrize("Z", [["a"], [1j], [None]], ids=["text", "complex", "object"])
def test_what_is_no_real_number_is_refused(g, Z):
    with pytest.raises(TypeNotUsableError, match="array of real numbers, not of dtype"):
        g(Z)


# ---- softmax -------------------------------------------------------------------------------------------------------


def test_b3_the_printed_softmax_belongs_to_other_logits():
    assert softmax([1.9, 5.1, 2.2, 0.7, 1.1]).round(4).tolist() == [0.0362, 0.8878, 0.0488, 0.0109, 0.0163]
    slip = softmax([1.3, 5.1, 2.2, 0.7, 1.1])
    assert slip.round(4).tolist() == [0.0202, 0.9025, 0.0497, 0.0111, 0.0165]
    assert slip.round(2).tolist() == [0.02, 0.90, 0.05, 0.01, 0.02]  # as printed


@pytest.mark.parametrize(
    ("row", "limit"),
    [
        ([inf, 0, 0], [1, 0, 0]),
        ([inf, inf, 0], [0.5, 0.5, 0]),
        ([-inf, 0, 0], [0, 0.5, 0.5]),
        ([-inf, -inf, -inf], [1 / 3] * 3),
        ([inf, -inf, 0], [1, 0, 0]),
        ([1e308, -1e308, 0], [1, 0, 0]),
    ],
)
def test_softmax_at_infinity_is_its_limit(row, limit):
    assert softmax(np.array(row, float)) == pytest.approx(limit)
    np.testing.assert_allclose(np.exp(log_softmax(np.array(row, float))), limit)


@pytest.mark.parametrize("classes", [1, 2, 10, 32, 33, 200])
def test_softmax_of_few_and_of_many_classes(classes):
    """Few and many classes find their largest entry in two ways."""
    Z = np.random.default_rng(classes).normal(scale=300, size=(2, 7, classes))
    exponentials = np.exp(Z - Z.max(axis=-1, keepdims=True))
    np.testing.assert_allclose(softmax(Z), exponentials / exponentials.sum(axis=-1, keepdims=True), rtol=1e-14)


def test_an_infinite_row_leaves_the_other_rows_alone():
    row = np.array([0.3, -1.2, 2.0])
    assert (softmax(np.array([[inf, 0, 0], row]))[1] == softmax(row)).all()


numbers = st.floats(-50, 50)
matrices = arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=6), elements=numbers)


@given(matrices)
def test_softmax_is_a_probability(Z):
    A = softmax(Z)
    assert (A > 0).all()
    np.testing.assert_allclose(A.sum(axis=-1), 1, rtol=1e-14)


@given(matrices, st.floats(-1000, 1000))
def test_softmax_does_not_see_a_shift(Z, shift):
    np.testing.assert_allclose(softmax(Z + shift), softmax(Z), rtol=1e-12)
    np.testing.assert_allclose(log_softmax(Z + shift), log_softmax(Z), atol=1e-11)


@given(matrices)
def test_log_softmax_is_the_logarithm_of_softmax(Z):
    np.testing.assert_allclose(log_softmax(Z), np.log(softmax(Z)), rtol=1e-12, atol=1e-14)


@given(matrices, st.randoms(use_true_random=False))
def test_softmax_moves_with_its_classes(Z, random):
    order = random.sample(range(Z.shape[-1]), Z.shape[-1])
    np.testing.assert_allclose(softmax(Z[..., order]), softmax(Z)[..., order], rtol=1e-14)


def test_softmax_of_two_classes_is_the_sigmoid_of_their_difference():
    Z = away_from(shape=(9, 2))
    np.testing.assert_allclose(softmax(Z)[:, 0], sigmoid(Z[:, 0] - Z[:, 1]), rtol=1e-14)


# ---- C8: the properties the slides name ----------------------------------------------------------------------------


@given(arrays(np.float64, 7, elements=st.floats(-1e6, 1e6)))
def test_c8_tanh_is_a_scaled_sigmoid(x):
    np.testing.assert_allclose(tanh(x), 2 * sigmoid(2 * x) - 1, rtol=0, atol=1e-15)


@given(arrays(np.float64, 7, elements=st.floats(-700, 700)))
def test_c8_the_derivative_of_the_sigmoid(x):
    np.testing.assert_allclose(sigmoid.gradient(x), sigmoid(x) * (1 - sigmoid(x)), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(sigmoid(-x), 1 - sigmoid(x), rtol=0, atol=1e-15)


def test_c8_ranges_are_the_slides_ones():
    assert {name: g.range for name, g in CATALOGUE.items() if name in ("step", "sigmoid", "tanh", "relu")} == {
        "step": (0, 1),
        "sigmoid": (0, 1),
        "tanh": (-1, 1),
        "relu": (0, inf),
    }


def test_c8_sigmoid_and_tanh_saturate_and_relu_does_not():
    for g in (sigmoid, tanh):
        assert (g.gradient([-10.0, 10.0]) < 1e-4).all()
        assert g.gradient(0.0) == max(g.gradient(np.linspace(-5, 5, 101)))
    assert relu.gradient([10.0, 1e4]).tolist() == [1, 1]


def test_c8_gradients_vanish_through_ten_sigmoids_and_not_through_ten_relus():
    def slope_through(g, layers=10, z=0.5):
        slope = 1.0
        for _ in range(layers):
            slope, z = slope * float(g.gradient(z)), float(g(z))
        return slope

    assert slope_through(sigmoid) < 0.25**10
    assert slope_through(relu) == 1


def test_c8_tanh_is_zero_centred_and_sigmoid_is_not():
    x = np.linspace(-4, 4, 81)
    assert tanh(x).mean() == pytest.approx(0, abs=1e-15)
    assert sigmoid(x).mean() == pytest.approx(0.5)


def test_e3_leaky_relu_is_the_larger_of_x_and_a_tenth_of_it():
    x = np.linspace(-3, 3, 13)
    assert leaky_relu(x) == pytest.approx([max(0.1 * v, v) for v in x])


# ---- D2: without activations a network is one matrix ---------------------------------------------------------------


def layers_of(widths, seed=0):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(i, o)), rng.normal(size=o)) for i, o in pairwise(widths)]


def forward(X, layers, g):
    for W, b in layers:
        X = g(affine(X, W, b))
    return X


def test_d2_a_linear_network_of_any_depth_is_one_matrix():
    X = np.random.default_rng(1).normal(size=(20, 6))
    for depth in range(1, 8):
        layers = layers_of([6, *[5] * (depth - 1), 3], seed=depth)
        W, b = np.eye(6), np.zeros(6)
        for Wk, bk in layers:
            W, b = W @ Wk, b @ Wk + bk
        np.testing.assert_allclose(forward(X, layers, identity), affine(X, W, b), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("g", [relu, sigmoid, tanh, leaky_relu, step], ids=lambda g: g.name)
def test_d2_with_an_activation_it_is_none(g):
    """No matrix fits: the least-squares best one on enough rows leaves a residue."""
    X = np.random.default_rng(1).normal(size=(200, 6))
    Y = forward(X, layers_of([6, 5, 3]), g)
    ones = np.column_stack([X, np.ones(len(X))])
    best = ones @ np.linalg.lstsq(ones, Y, rcond=None)[0]
    assert np.abs(Y - best).max() > 0.1


# ---- settings ------------------------------------------------------------------------------------------------------


def test_linear_is_another_name_of_identity():
    assert get("linear") is identity


@pytest.mark.parametrize("slope", [0, -0.1, 1.5, nan])
def test_a_slope_that_cannot_be_used_is_refused(slope):
    with pytest.raises(SettingError, match="slope is above 0 and at most 1"):
        leaky_relu.configured(slope=slope)
    with pytest.raises(SettingError, match="slope is above 0 and at most 1"):
        leaky_relu([1.0], slope=slope)


@pytest.mark.parametrize("slope", [0.01, 0.1, 1.0])
def test_the_slope_is_a_setting_of_value_and_derivative(slope):
    g = get("leaky_relu", slope=slope)
    Z = away_from(0.0)
    assert check_gradient(lambda z: float(g(z).sum()), g.gradient, Z) < 1e-8


def test_the_tie_of_the_step_is_a_setting():
    assert step([0.0], at_zero=0.0).tolist() == [0.0]
    assert get("step", at_zero=0.5)([-1.0, 0.0, 1.0]).tolist() == [0.0, 0.5, 1.0]
    with pytest.raises(SettingError, match="at_zero is the value at z = 0, between 0 and 1"):
        step.configured(at_zero=2)


@pytest.mark.parametrize("alpha", [0, -1.0, inf, nan])
@pytest.mark.parametrize("g", [elu, celu], ids=lambda g: g.name)
def test_an_alpha_that_cannot_be_used_is_refused(g, alpha):
    with pytest.raises(SettingError, match="alpha must be above 0 and finite"):
        g.configured(alpha=alpha)
    with pytest.raises(SettingError, match="alpha must be above 0 and finite"):
        g([1.0], alpha=alpha)


def test_the_slope_of_the_hard_sigmoid_is_checked():
    with pytest.raises(SettingError, match="hard_sigmoid: the slope is above 0 and at most 1"):
        hard_sigmoid.configured(slope=0.0)


def test_prelu_by_name_leads_to_the_layer():
    with pytest.raises(SettingError, match="prelu learns its slope, so it is a layer of its own"):
        get("prelu")


# ---- far out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("g", "z"), [(softplus, -740.0), (silu, -740.0), (mish, -740.0), (gelu, -37.0), (gelu, -20.0), (sigmoid, -740.0)]
)
def test_tails_keep_their_digits_where_a_difference_would_have_none(g, z):
    (exact,) = ROW_OF[g].formula([mp.mpf(z)])
    assert float(g(z)) == pytest.approx(float(exact), rel=2e-15, abs=1e-320)
    assert abs(float(exact)) < 1e-80


def test_the_two_forms_of_gelu_are_close():
    z = np.linspace(-8, 8, 1601)
    difference = np.abs(gelu(z) - gelu(z, approximate=True))
    assert 4e-4 < difference.max() < 5e-4


def test_selu_keeps_mean_and_variance():
    """The fixed point of the paper: standard normal numbers in, mean 0 and variance 1 out."""
    z = np.linspace(-12, 12, 200001)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    a = get("selu")(z)
    assert (a * density).sum() == pytest.approx(0, abs=1e-9)
    assert (a * a * density).sum() == pytest.approx(1, abs=1e-9)


# ---- prelu: a second argument that is learned ----------------------------------------------------------------------

SLOPES = [(4,), (1,), (), (1, 4), (5, 1), (5, 4)]


@pytest.mark.parametrize("shape", SLOPES)
def test_prelu_has_two_derivatives(shape):
    Z = away_from(0)
    slope = np.random.default_rng(8).normal(size=shape)
    dA = np.random.default_rng(9).normal(size=Z.shape)
    dZ, dslope = prelu.backward(dA, Z, slope)
    assert dslope.shape == shape
    assert check_gradient(lambda z: float((dA * prelu(z, slope)).sum()), dZ, Z) < 1e-8
    assert check_gradient(lambda s: float((dA * prelu(Z, s)).sum()), dslope, slope) < 1e-8
    np.testing.assert_array_equal(dA * prelu.gradient(Z, slope), dZ)


def test_prelu_with_one_slope_is_leaky_relu():
    Z = away_from()
    np.testing.assert_array_equal(prelu(Z, 0.1), leaky_relu(Z))
    np.testing.assert_array_equal(prelu.gradient([-1.0, 0.0, 2.0], 0.1), [0.1, 0.1, 1.0])


def test_prelu_into_what_it_is_given():
    Z, slope, dA = away_from(), np.array([0.1, -0.5, 2.0, 0.0]), np.ones((5, 4))
    expected, (dZ, dslope) = prelu(Z, slope), prelu.backward(dA, Z, slope)
    into = np.empty(4)
    assert prelu.backward(dA, Z, slope, out=(dA, into)) == (pytest.approx(dZ), pytest.approx(dslope))
    np.testing.assert_array_equal(dA, dZ)
    np.testing.assert_array_equal(into, dslope)
    assert prelu(Z, slope, out=Z) is Z
    np.testing.assert_array_equal(Z, expected)


def test_prelu_at_the_extremes():
    assert prelu([-inf, inf, 0.0, nan], 0.25).tolist()[:3] == [-inf, inf, 0.0]
    assert np.isnan(prelu([nan], 0.25)).all()
    assert np.isnan(prelu.gradient([nan], 0.25)).all()


@pytest.mark.parametrize("shape", [(3,), (4, 1), (2, 5, 4)])
def test_a_slope_that_does_not_fit_is_refused(shape):
    with pytest.raises(ShapeError, match=r"does not broadcast to Z of shape \(5, 4\)"):
        prelu(away_from(), np.ones(shape))
