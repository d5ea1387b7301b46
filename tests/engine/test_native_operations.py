"""Every kernel of the native engine, on every instruction set, against the formulas in maths/.

Where the operations are + - * / sqrt the bits must be equal; where NumPy uses its own exp, log or order of summation
the results agree to the tolerance stated here. Between instruction sets the bits are always equal.
"""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from glassnet.engine.native import module
from glassnet.maths import activations, updates
from glassnet.maths.random import keep_mask

pytestmark = pytest.mark.needs_native

native = module()
SETS = native.instruction_sets if native else ["portable"]
DTYPES = [np.float32, np.float64]
TOLERANCE = {np.float32: 2e-6, np.float64: 4e-15}
WIDTHS = [1, 2, 7, 15, 16, 17, 31, 48, 50, 63, 64, 65, 129]
LINE = 64
RANDOM = np.random.default_rng(11)

everywhere = pytest.mark.parametrize("isa", SETS)
both_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)


def padded(rows, fill=0.0):
    """The rows with their ends padded to whole cache lines, as the engine keeps them; the padding holds `fill`."""
    per_line = LINE // rows.itemsize
    width = -(-rows.shape[1] // per_line) * per_line
    out = np.full((rows.shape[0] + 1, width), fill, rows.dtype)  # one row more: kernels may read a vector past the end
    out[:-1, : rows.shape[1]] = rows
    return out[:-1]


def bits(array):
    return np.ascontiguousarray(array).view(np.uint32 if array.dtype == np.float32 else np.uint64)


def values(dtype, width):
    """Rows of ordinary, extreme and strange numbers."""
    info = np.finfo(dtype)
    strange = [
        np.nan,
        np.inf,
        -np.inf,
        0.0,
        -0.0,
        info.tiny,
        -info.smallest_subnormal,
        info.max,
        -info.max,
        1e-3,
        20,
        -20,
    ]
    ordinary = RANDOM.normal(scale=4, size=(5, width))
    rows = np.concatenate([ordinary, RANDOM.choice(strange, size=(3, width)), RANDOM.normal(size=(1, width)) * 1e-6])
    with np.errstate(over="ignore"):
        return rows.astype(dtype)


# ---- activations -----------------------------------------------------------------------------------------------------

FUNCTIONS = [
    *((name, 0.0) for name in ("identity", "sigmoid", "tanh", "relu", "softmax", "log_softmax")),
    *(("step", value) for value in (0.0, 0.5, 1.0)),
    *(("leaky_relu", value) for value in (0.1, 0.25)),
]


def formula(name, setting):
    function = activations.get(name)
    setting_name = {"step": "at_zero", "leaky_relu": "slope"}.get(name)
    return function.configured(**{setting_name: setting}) if setting_name else function


def activated(isa, name, setting, Z):
    A = padded(Z.copy(), fill=3.0)
    native.activate(isa, name, setting, A, A, Z.shape[1])
    return A[:, : Z.shape[1]]


@everywhere
@both_dtypes
@pytest.mark.parametrize(("name", "setting"), FUNCTIONS)
def test_activations_and_the_way_back(isa, dtype, name, setting):
    for width in WIDTHS:
        Z = values(dtype, width)
        A, true = activated(isa, name, setting, Z), formula(name, setting)(Z)
        np.testing.assert_allclose(A, true, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype], err_msg=f"width {width}")
        assert np.array_equal(bits(A[~np.isnan(A)]), bits(activated("portable", name, setting, Z)[~np.isnan(A)]))

        ordinary = Z[:5]
        A, dA = formula(name, setting)(ordinary), RANDOM.normal(size=ordinary.shape).astype(dtype)
        dZ = padded(dA.copy())
        native.activate_backward(isa, name, setting, dZ, padded(A), width)
        expected = formula(name, setting).backward(dA, ordinary, A)
        np.testing.assert_allclose(dZ[:, :width], expected, rtol=TOLERANCE[dtype], atol=8 * TOLERANCE[dtype])


@everywhere
@both_dtypes
@pytest.mark.parametrize(("name", "true"), [("tanh", mpmath.tanh), ("sigmoid", lambda z: 1 / (1 + mpmath.exp(-z)))])
def test_own_functions_are_right_to_three_units_in_the_last_place(isa, dtype, name, true):
    z = np.concatenate([np.linspace(-9, 9, 401), np.geomspace(1e-30, 80, 200), -np.geomspace(1e-30, 80, 200)])
    Z = z.astype(dtype)[None]
    A = activated(isa, name, 0.0, Z)[0]
    with mpmath.workdps(40):
        errors = [
            abs(mpmath.mpf(float(a)) - true(mpmath.mpf(float(z)))) / mpmath.mpf(float(np.spacing(np.abs(a))))
            for z, a in zip(Z[0], A, strict=True)
        ]
    assert max(errors) < 3


@both_dtypes
def test_a_logarithm_of_every_size_is_right(dtype):
    """log softmax of (0, -t) is -log(1 + e^-t), (large t) -t: from subnormal sums to the largest."""
    t = np.geomspace(1e-3, 80, 300)
    Z = np.stack([np.zeros_like(t), -t], axis=1).astype(dtype)
    A = activated("portable", "log_softmax", 0.0, Z)
    with mpmath.workdps(40):
        true = [-mpmath.log1p(mpmath.exp(mpmath.mpf(float(z)))) for z in Z[:, 1]]
    np.testing.assert_allclose(A[:, 0], np.array(true, dtype=float), rtol=0, atol=TOLERANCE[dtype])


# ---- products --------------------------------------------------------------------------------------------------------


def rounded(exact, dtype):
    """The number of `dtype` nearest to a fraction (ties do not occur in these tests)."""
    guess = dtype(float(exact))
    near = [guess, np.nextafter(guess, dtype(np.inf)), np.nextafter(guess, dtype(-np.inf))]
    return min(near, key=lambda x: abs(Fraction(float(x)) - exact))


def chain(A, B):
    """Each element of A B as one chain of fused multiply-adds, k ascending: exact fractions, rounded at every step."""
    C = np.zeros((A.shape[0], B.shape[1]), A.dtype)
    for m in range(A.shape[0]):
        for n in range(B.shape[1]):
            for k in range(A.shape[1]):
                exact = Fraction(float(A[m, k])) * Fraction(float(B[k, n])) + Fraction(float(C[m, n]))
                C[m, n] = rounded(exact, A.dtype.type)
    return C


def product(isa, A, B, *, transposed=False, bias=None, list_tile=0, C=None):
    """A B, or with `transposed` A^T B, through the kernel; B is at most one panel wide."""
    rows, depth = (A.shape[1], A.shape[0]) if transposed else A.shape
    out = padded(np.zeros((rows, B.shape[1]), A.dtype) if C is None else C, fill=7.0)
    per_line = LINE // A.itemsize
    wide = None if bias is None else padded(bias[None])[0]
    native.multiply(isa, padded(A), transposed, padded(B), out, rows, depth, wide, list_tile, C is not None)
    assert out.shape[1] // per_line <= 4
    return out[:, : B.shape[1]]


def sparse(shape, dtype, density=0.3):
    return (RANDOM.normal(size=shape) * (RANDOM.random(shape) < density)).astype(dtype)


@everywhere
@both_dtypes
def test_a_product_is_one_chain_of_fused_multiply_adds(isa, dtype):
    A, B = RANDOM.normal(size=(5, 9)).astype(dtype), RANDOM.normal(size=(9, 6)).astype(dtype)
    assert np.array_equal(product(isa, A, B), chain(A, B))
    assert np.array_equal(product(isa, A.T.copy(), B, transposed=True), chain(A, B))


@both_dtypes
@pytest.mark.parametrize("transposed", [False, True], ids=["X W", "X^T dZ"])
def test_no_tile_list_or_instruction_set_changes_a_bit(dtype, transposed):
    per_line = LINE // np.dtype(dtype).itemsize
    for rows, depth, columns in [
        (1, 1, 1),
        (3, 97, per_line + 1),
        (8, 200, 3),
        (13, 31, 4 * per_line),
        (50, 193, 3 * per_line),
    ]:
        A = sparse((depth, rows) if transposed else (rows, depth), dtype)
        B, bias = (RANDOM.normal(size=shape).astype(dtype) for shape in ((depth, columns), (columns,)))
        plain = product("portable", A, B, transposed=transposed, bias=bias)
        exact = (A.T if transposed else A).astype(float) @ B.astype(float) + bias
        np.testing.assert_allclose(plain, exact, rtol=0, atol=40 * np.finfo(dtype).eps * np.sqrt(depth))
        for isa in SETS:
            for list_tile in (0, 1, 2, 4, 8):
                again = product(isa, A, B, transposed=transposed, bias=bias, list_tile=list_tile)
                assert np.array_equal(bits(again), bits(plain)), (isa, list_tile, rows, depth, columns)


@everywhere
@both_dtypes
def test_a_chain_goes_on_from_what_stands_in_the_result(isa, dtype):
    A, B = RANDOM.normal(size=(4, 12)).astype(dtype), RANDOM.normal(size=(12, 5)).astype(dtype)
    first = product(isa, A[:, :7].copy(), B[:7].copy())
    assert np.array_equal(product(isa, A[:, 7:].copy(), B[7:].copy(), C=first), product(isa, A, B))


@everywhere
def test_a_sum_of_negative_zeros_is_zero_with_or_without_lists(isa):
    A, B = np.array([[-1e-30, 0.0]], np.float32), np.array([[1e-30], [1.0]], np.float32)
    for list_tile in (0, 8):
        assert not np.signbit(product(isa, A, B, list_tile=list_tile)).any()


@everywhere
@both_dtypes
def test_column_sums(isa, dtype):
    D = RANDOM.normal(size=(77, 21)).astype(dtype)
    sums = np.empty(padded(D).shape[1], dtype)
    native.column_sums(isa, padded(D), sums)
    assert np.array_equal(sums[:21], np.add.accumulate(D, axis=0)[-1])  # row after row


# ---- updates ---------------------------------------------------------------------------------------------------------

RULES = {
    "gradient_descent": ({}, 0),
    "momentum": ({"eta": 0.9}, 1),
    "nesterov": ({"eta": 0.9}, 1),
    "adagrad": ({"epsilon": 1e-7}, 1),
    "rmsprop": ({"epsilon": 1e-7, "rho": 0.9}, 1),
    "adadelta": ({"epsilon": 1e-6, "rho": 0.95}, 2),
    "adam": ({"epsilon": 1e-8, "beta1": 0.9, "beta2": 0.999}, 2),
}
WITH_EPSILON = {"adagrad", "rmsprop", "adadelta", "adam"}


@everywhere
@both_dtypes
@pytest.mark.parametrize("inside", [False, True], ids=["outside", "inside"])
@pytest.mark.parametrize("corrected", [False, True], ids=["plain", "corrected"])
@pytest.mark.parametrize("rule", RULES)
def test_rules_give_the_bits_of_their_formulas(isa, dtype, rule, corrected, inside):
    settings, moments = RULES[rule]
    theta, g = (RANDOM.normal(size=128).astype(dtype) for _ in range(2))
    g[:5] = 0, -0.0, 1e-30, np.finfo(dtype).tiny, 1e4
    state = [np.abs(RANDOM.normal(size=128)).astype(dtype) for _ in range(2)]
    extra = {"epsilon_inside": inside} if rule in WITH_EPSILON else {}
    powers = {"beta1_power": 0.9**3, "beta2_power": 0.999**3, "bias_correction": corrected} if rule == "adam" else {}
    formula = getattr(updates, rule)
    expected = formula(theta, g, *state[:moments], learning_rate=0.013, **settings, **extra, **powers)
    corrections = updates.adam_corrections(0.9**3, 0.999**3, corrected)
    given = {"rule": rule, "learning_rate": 0.013, **settings, **extra}
    given |= dict(zip(("m_correction", "v_correction"), corrections, strict=True))
    assert native.update(isa, given, theta, g, *state)  # finite
    for now, then in zip([theta, *state], expected if moments else [expected], strict=False):
        assert np.array_equal(bits(now), bits(then))


@everywhere
@both_dtypes
def test_an_update_says_when_a_weight_is_no_longer_finite(isa, dtype):
    theta, g = np.ones(64, dtype), np.ones(64, dtype)
    g[37] = np.inf
    given = {"rule": "gradient_descent", "learning_rate": 0.1, "m_correction": 1.0, "v_correction": 1.0}
    assert not native.update(isa, given, theta, g, theta.copy(), theta.copy())


# ---- bytes and random numbers ----------------------------------------------------------------------------------------


@everywhere
@both_dtypes
def test_every_byte_is_scaled_as_by_a_division(isa, dtype):
    pixels = np.arange(256, dtype=np.uint8)
    x = pixels.astype(dtype)
    for scale, true in [(0, x), (1, x / dtype(255)), (2, (x - dtype(127.5)) / dtype(127.5))]:
        for count in (1, 7, 33, 255, 256):
            out = np.empty(256 + 64, dtype)
            native.scale_bytes(isa, pixels[-count:].copy(), out, scale)
            assert np.array_equal(bits(out[:count]), bits(true[-count:]))


@everywhere
@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.999])
def test_dropout_draws_the_words_of_maths_random(isa, rate):
    seed, step, layer = 2**63 + 12345, 70000, 3
    expected = keep_mask(seed, step, layer, (9, 37), rate).reshape(-1)
    threshold = round((1 - rate) * 2**32)
    for first, count in [(0, 333), (5, 60), (37, 1), (74, 259)]:
        keep = np.empty(count, np.uint8)
        native.keep_mask(isa, seed, step, layer, first, threshold, keep)
        assert np.array_equal(keep, expected[first : first + count])
