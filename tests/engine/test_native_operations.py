"""Every kernel of the native engine, on every instruction set, against the formulas in maths/.

One table lists the operations; each is tried on ordinary and on strange numbers, in both dtypes, at widths on and off
the vectors, in rows that lie close together and far apart. Where an operation is + - * / sqrt alone its bits must be
those of NumPy; where NumPy uses its own exp, log or order of summation the results agree to the tolerance stated here.
Between instruction sets the bits are always equal. Below the table: what holds for products, functions and random
numbers beyond agreement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from inspect import signature

import mpmath
import numpy as np
import pytest

from glassnet.engine.compiled import module
from glassnet.engine.translation import BY_INPUTS, SETTING
from glassnet.maths import activations, losses, penalties, updates
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


def padded(rows, fill=0.0, apart=0):
    """The rows with their ends padded to whole cache lines and `apart` more, as the engine keeps them, with `fill`."""
    per_line = LINE // rows.itemsize
    width = (-(-rows.shape[1] // per_line) + apart) * per_line
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


# ---- the table -------------------------------------------------------------------------------------------------------

ROWS = 9  # of `values`
LAYOUTS = {"close together": 0, "far apart": 3}  # cache lines between the end of a row and the next


@dataclass(frozen=True)
class Operation:
    """A kernel and its formula: both take rows (ROWS, width) and more of that shape, if they need it, from `second`."""

    kernel: Callable  # (isa, rows, lines between rows) -> result
    formula: Callable  # rows -> result
    exact: bool = False


def second(Z):
    """Other numbers of this shape, as strange as they are; the same for the same shape."""
    return np.roll(Z[::-1], 1, axis=1).copy()


def moderate(Z):
    """Without the largest finite numbers: with them a sum of both signs would depend on its order."""
    return np.where(np.isfinite(Z), Z.clip(-1e3, 1e3), Z)


def keep_of(Z):
    return np.random.default_rng(Z.size).integers(0, 2, Z.shape, np.uint8)


def column_of(Z):
    """A row of numbers, as factors and offsets of columns."""
    return np.linspace(-2, 3, Z.shape[1]).astype(Z.dtype)


# -- activations

FUNCTIONS = [
    *((name, 0.0) for name in ("identity", "sigmoid", "tanh", "relu", "selu", "softmax", "log_softmax")),
    *((name, 0.0) for name in ("softplus", "silu", "mish", "relu6", "hard_tanh", "softsign", "exponential")),
    *(("gelu", approximate) for approximate in (0.0, 1.0)),
    *(("hard_sigmoid", slope) for slope in (1 / 6, 0.2)),
    *(("celu", alpha) for alpha in (1.0, 0.3)),
    *(("step", value) for value in (0.0, 0.5, 1.0)),
    *(("leaky_relu", value) for value in (0.1, 0.25)),
    *(("elu", alpha) for alpha in (1.0, 0.3)),
]


def formula(name, setting):
    function = activations.get(name)
    if name == "gelu":
        return function.configured(approximate=bool(setting))
    return function.configured(**{SETTING[name]: setting}) if name in SETTING else function


def activated(isa, name, setting, Z, apart=0):
    A = padded(Z.copy(), 3.0, apart)
    native.activate(isa, name, setting, A, A, Z.shape[1])
    return A[:, : Z.shape[1]]


def an_activation(name, setting):
    return Operation(lambda isa, Z, apart: activated(isa, name, setting, Z, apart), formula(name, setting))


def its_way_back(name, setting):
    function = formula(name, setting)

    def from_above(Z):
        # The slope of a gated function is a difference of numbers about 1, right to a unit of those and not of itself.
        return moderate(second(Z)) if name not in BY_INPUTS else moderate(second(Z)).clip(-1, 1)

    def kernel(isa, Z, apart):
        dZ = padded(from_above(Z), 3.0, apart)
        with np.errstate(all="ignore"):
            kept = Z if name in BY_INPUTS else function(Z)
        native.activate_backward(isa, name, setting, dZ, padded(kept, 3.0, apart), Z.shape[1])
        return dZ[:, : Z.shape[1]]

    return Operation(kernel, lambda Z: function.backward(from_above(Z), Z, function(Z)))


# -- losses: name, settings, from_logits, what the targets are

LOSSES = [
    *((name, {}, False, "numbers") for name in ("mse", "half_mse", "rmse", "mae", "mbe", "mape", "huber")),
    *(("huber", {"delta": delta}, False, "numbers") for delta in (0.1, 3.0)),
    *((name, {}, False, "binary") for name in ("hinge", "squared_hinge")),
    *(("binary_crossentropy", {}, logits, "binary") for logits in (False, True)),
    *(
        (name, {}, logits, targets)
        for name in ("categorical_crossentropy", "kl_divergence")
        for logits in (False, True)
        for targets in ("one hot", "soft")
    ),
    *(("sparse_categorical_crossentropy", {}, logits, "classes") for logits in (False, True)),
    *(("likelihood", {}, logits, "one hot") for logits in (False, True)),
]
WHOLE = ("rmse", "likelihood")  # no sum over rows


def targets_of(P, kind):
    random = np.random.default_rng(P.size)
    classes = random.integers(0, P.shape[1], len(P))
    return {
        "numbers": lambda: random.normal(size=P.shape) + 3,
        "binary": lambda: random.integers(0, 2, P.shape),
        "one hot": lambda: np.eye(P.shape[1])[classes],
        "soft": lambda: random.dirichlet(np.ones(P.shape[1]), len(P)),
        "classes": lambda: classes,
    }[kind]()


def predictions(Z, loss, from_logits):
    """What the loss can be given: for probabilities, numbers between 0 and 1, the ends and NaN among them."""
    if from_logits or losses.get(loss).head is None:
        return moderate(Z) if loss == "mbe" else Z
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-Z.astype(float))).astype(Z.dtype)


def a_loss(name, settings, from_logits, kind, weighted, part):
    loss = losses.get(name, **settings)

    def kernel(isa, Z, apart):
        P, targets, rows = predictions(Z, name, from_logits), targets_of(Z, kind), len(Z)
        T = None if kind == "classes" else targets.astype(Z.dtype)[::-1].copy()
        classes = targets[::-1].copy() if kind == "classes" else None
        order = np.arange(rows)[::-1].copy()  # row m's target is that of row order[m]
        w = weights_of(Z)
        G, row_losses = padded(np.zeros_like(P), 3.0, apart), np.zeros(rows)
        given = (name, from_logits, settings.get("delta", 1.0))
        shares = w / w.sum() if weighted else None
        assert native.loss(isa, given, padded(P, 3.0, apart), G, P.shape[1], T, classes, order, shares, row_losses)
        return {"gradient": G[:, : P.shape[1]], "value": row_losses[:1] if name in WHOLE else row_losses}[part]

    def formula(Z):
        P, T = predictions(Z, name, from_logits), targets_of(Z, kind)
        T = T if kind == "classes" else T.astype(Z.dtype)
        how = {"from_logits": from_logits} if from_logits else {}
        weights = {"sample_weight": weights_of(Z)} if weighted else {}
        if part == "gradient":
            return loss.gradient(T, P, **how, **weights)
        return np.atleast_1d(loss(T, P, **how, **weights)) if name in WHOLE else loss(T, P, reduction="none", **how)

    return Operation(kernel, formula)


def weights_of(Z):
    return np.linspace(0, 2, len(Z))


# -- update rules, on the numbers of all rows: theta, gradient, moments

RULES = {
    "gradient_descent": ({}, 0),
    "momentum": ({"eta": 0.9}, 1),
    "nesterov": ({"eta": 0.9}, 1),
    "adagrad": ({"epsilon": 1e-7}, 1),
    "rmsprop": ({"epsilon": 1e-7, "rho": 0.9}, 1),
    "adadelta": ({"epsilon": 1e-6, "rho": 0.95}, 2),
    "adam": ({"epsilon": 1e-8, "beta1": 0.9, "beta2": 0.999}, 2),
    "adamw": ({"epsilon": 1e-8, "beta1": 0.9, "beta2": 0.999, "weight_decay": 0.3}, 2),
    "amsgrad": ({"epsilon": 1e-8, "beta1": 0.9, "beta2": 0.999}, 3),
    "adamax": ({"epsilon": 1e-8, "beta1": 0.9, "beta2": 0.999}, 2),
    "nadam": ({"epsilon": 1e-8, "beta2": 0.999}, 2),
    "radam": ({"epsilon": 1e-8, "beta1": 0.9, "beta2": 0.999}, 2),
    "lion": ({"beta1": 0.9, "beta2": 0.99, "weight_decay": 0.3}, 1),
}
WITH_EPSILON = {"adagrad", "rmsprop", "adadelta", "adam", "adamw", "amsgrad", "nadam", "radam"}
CORRECTED = {"adam", "amsgrad"}  # or not, as they are told
# What a rule is told of the step: by name as the formula takes it, and as the kernel does.
MU = {"mu": 0.7, "mu_next": 0.75, "mu_product": 0.3}
OF_STEP = {
    "nadam": (MU, {"mu": 0.7, **dict(zip(("m_share", "g_share"), updates.nadam_shares(*MU.values()), strict=True))}),
    "radam": ({"r": 0.6}, {"r": 0.6}),
}
RATE, POWERS = 0.013, (0.9**3, 0.999**3)


def flat_numbers(Z):
    """theta, gradient, three moments: whole cache lines of them."""
    size = Z.size // 16 * 16 + 16
    theta, g = np.resize(Z, size), np.resize(second(Z), size)
    return theta, g, *(np.abs(np.resize(rows, size)) for rows in (Z[::2], Z[1::2], Z[::3]))


def a_rule(name, inside, corrected, begun=True):
    """`begun`: for radam, whether its divisor is in use."""
    settings, moments = RULES[name]
    extra = {"epsilon_inside": inside} if name in WITH_EPSILON else {}

    def kernel(isa, Z, apart):
        numbers = flat_numbers(Z)
        given = {"rule": name, "learning_rate": RATE, **settings, **extra}
        corrections = updates.adam_corrections(*POWERS, corrected or name not in CORRECTED)
        given |= OF_STEP.get(name, ({}, {}))[1] if begun else {"r": 0.0}
        given |= dict(zip(("m_correction", "v_correction"), corrections, strict=True))
        finite = native.update(isa, given, *numbers)
        assert finite == np.isfinite(numbers[0]).all()
        return np.concatenate([numbers[0], *numbers[2 : 2 + moments]])

    def formula(Z):
        theta, g, *state = flat_numbers(Z)
        taken = signature(getattr(updates, name)).parameters
        powers = {power: at for power, at in zip(("beta1_power", "beta2_power"), POWERS, strict=True) if power in taken}
        powers |= {"bias_correction": corrected} if name in CORRECTED else {}
        powers |= OF_STEP.get(name, ({}, {}))[0] if begun else {"r": 0.0}
        found = getattr(updates, name)(theta, g, *state[:moments], learning_rate=RATE, **settings, **extra, **powers)
        return np.concatenate(found if moments else [found])

    return Operation(kernel, formula, exact=True)


# -- the rest


def a_rescaling(with_offset):
    def kernel(isa, X, apart):
        A = padded(np.zeros_like(X), 3.0, apart)
        factor, offset = padded(column_of(X)[None])[0], padded(column_of(X)[None, ::-1])[0] if with_offset else None
        native.rescale(isa, padded(X, 3.0, apart), factor, offset, A, X.shape[1])
        return A[:, : X.shape[1]]

    def formula(X):
        return X * column_of(X) + column_of(X)[::-1] if with_offset else X * column_of(X)

    return Operation(kernel, formula, exact=True)


def a_scaling(scale):
    def kernel(isa, X, apart):
        pixels = padded(np.abs(X).clip(0, 255), 3.0, apart)
        native.scale(isa, pixels, X.shape[1], scale)
        return pixels[:, : X.shape[1]]

    return Operation(kernel, lambda X: scaled_by_division(np.abs(X).clip(0, 255), scale))


def scaled_by_division(x, scale):
    type_ = x.dtype.type
    return {0: x, 1: x / type_(255), 2: (x - type_(127.5)) / type_(127.5)}[scale]


def a_penalty():
    def kernel(isa, X, apart):
        out = np.ascontiguousarray(padded(X, 3.0, apart)[::-1])
        native.add_scaled(isa, 0.02, padded(X, 3.0, apart).reshape(-1), out.reshape(-1))
        return out[:, : X.shape[1]]

    return Operation(kernel, lambda X: X[::-1] + penalties.l2_gradient(X, 0.01), exact=True)


def a_limit(name, limit, formula):
    def kernel(isa, X, apart):
        g = padded(X, 3.0, apart)
        getattr(native, name)(isa, limit, g.reshape(-1))
        return g[:, : X.shape[1]]

    return Operation(kernel, formula, exact=True)


def a_sum_of_squares():
    """In float64, whatever the gradient's dtype: infinite only where one of them is."""

    def kernel(isa, X, apart):
        return np.array([native.squares(isa, padded(moderate(X), 3.0, apart), X.shape[1])])

    return Operation(kernel, lambda X: np.array([np.sum(np.square(moderate(X), dtype=np.float64))]))


def a_drop():
    def kernel(isa, X, apart):
        out = np.empty(X.size, X.dtype)
        native.drop(isa, X.reshape(-1).copy(), keep_of(X).reshape(-1), 1 / 0.7, out)
        return out.reshape(X.shape)

    return Operation(kernel, lambda X: np.where(keep_of(X), X * X.dtype.type(1 / 0.7), X.dtype.type(0)), exact=True)


def column_sums():
    def kernel(isa, D, apart):
        D, sums = padded(D, 3.0, apart), np.empty(padded(D, 3.0, apart).shape[1], D.dtype)
        native.column_sums(isa, D, sums)
        return sums

    def formula(D):  # row after row
        return np.add.accumulate(D, axis=0)[-1]

    return Operation(lambda isa, D, apart: kernel(isa, D, apart)[: D.shape[1]], formula, exact=True)


def a_transpose():
    def kernel(isa, W, apart):
        out = padded(np.zeros(W.T.shape, W.dtype), 3.0, apart)
        native.transpose(isa, padded(W), W.shape[1], out)
        return out[:, : len(W)]

    return Operation(kernel, lambda W: W.T, exact=True)


def a_product(transposed, columns=None, **how):
    """Of the rows with themselves: X^T X, or X X^T, in the columns of one panel, or so many of them."""

    def factors(X):
        X = np.where(np.random.default_rng(X.size).random(X.shape) < 0.4, X.dtype.type(0), X / X.dtype.type(8))
        X[~(np.abs(X) < 10)] = 1  # lists leave zeros out where all factors are finite
        return X, (X[:, : 64 // X.itemsize * 4].copy() if transposed else X.T.copy())[:, :columns]

    def kernel(isa, X, apart):
        A, B = factors(X)
        return product(isa, A, B, transposed=transposed, apart=apart, **how)

    def formula(X):
        A, B = (factor.astype(float) for factor in factors(X))
        return (A.T @ B if transposed else A @ B).astype(X.dtype)

    return Operation(kernel, formula)


FEW = 10  # outputs, for which bytes have kernels of their own


def a_product_of_bytes(outputs, transposed, by_255, skip):
    """Of the rows as bytes with some columns of weights, or with as many outputs of a gradient."""

    def factors(X):
        random = np.random.default_rng(X.size)
        pixels = np.where(random.random(X.shape) < 0.6, 0, random.integers(0, 256, X.shape)).astype(np.uint8)
        size = 0.1 if by_255 else 0.1 / 255
        return pixels, *(random.normal(scale=size, size=(rows, outputs)).astype(X.dtype) for rows in X.shape[::-1])

    def kernel(isa, X, apart):
        pixels, W, dZ = factors(X)
        Z, dW = padded(np.zeros_like(dZ), 3.0), padded(np.zeros_like(W), 3.0)
        if outputs == FEW:
            native.multiply_bytes(isa, pixels, by_255, skip, outputs, padded(W), Z, padded(dZ, 3.0, apart), dW)
        else:
            native.multiply_sparse_bytes(isa, pixels, by_255, skip, padded(W), Z, padded(dZ, 3.0, apart), dW)
        return (dW if transposed else Z)[:, :outputs]

    def formula(X):
        pixels, W, dZ = factors(X)
        scaled = (pixels / X.dtype.type(255 if by_255 else 1)).astype(X.dtype).astype(float)
        return (scaled.T @ dZ if transposed else scaled @ W).astype(X.dtype)

    return Operation(kernel, formula)


OPERATIONS = {
    **{f"{name} {setting}": an_activation(name, setting) for name, setting in FUNCTIONS},
    **{f"{name} {setting}, backward": its_way_back(name, setting) for name, setting in FUNCTIONS},
    **{
        f"{name} {settings or ''}{' of logits' * logits}, {kind}{', weighted' * weighted}: {part}": a_loss(
            name, settings, logits, kind, weighted, part
        )
        for name, settings, logits, kind in LOSSES
        for part, weighted in (("value", False), ("gradient", False), ("gradient", True))
        if not (weighted and name == "likelihood")  # takes none
    },
    **{
        f"{name}{', epsilon inside' * inside}{', corrected' * corrected}": a_rule(name, inside, corrected)
        for name in RULES
        for inside in (False, True)
        for corrected in (False, True)
        if (name in WITH_EPSILON or not inside) and (name in CORRECTED or not corrected)
    },
    "radam, at the beginning": a_rule("radam", False, True, begun=False),
    **{f"rescaling{' and offset' * offset}": a_rescaling(offset) for offset in (False, True)},
    **{f"scaling {scale}": a_scaling(scale) for scale in (0, 1, 2)},
    **{
        f"{product} of bytes for {outputs} outputs, {unit}, {zeros} zeros": a_product_of_bytes(
            outputs, product == "X^T dZ", unit == "over 255", zeros == "without"
        )
        for outputs in (FEW, 20, 65, 100)
        for product in ("X W", "X^T dZ")
        for unit in ("as they are", "over 255")
        for zeros in ("with", "without")
    },
    **{
        f"{'X^T dZ' if transposed else 'X W'}, lists for {tile or 'no'} rows": a_product(transposed, tile)
        for transposed in (False, True)
        for tile in (0, 1, 2, 4, 8)
    },
    **{
        f"{'X^T dZ' if transposed else 'X W'}, zeros left out": a_product(transposed, leave_out=True)
        for transposed in (False, True)
    },
    **{
        f"{'X^T dZ' if transposed else 'X W'} of weights that lie": a_product(transposed, columns=1, lying=True)
        for transposed in (False, True)
    },
    "l2 penalty": a_penalty(),
    "clipping by value": a_limit("clip", 0.7, lambda X: penalties.clip_by_value(X, 0.7)),
    "clipping by norm": a_limit("times", 0.3, lambda X: X * 0.3),
    "squares of a gradient": a_sum_of_squares(),
    "dropout": a_drop(),
    "sums over rows": column_sums(),
    "transposing": a_transpose(),
}


@both_dtypes
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_its_formula(name, dtype):
    """On every instruction set and layout; between those to the bit."""
    operation = OPERATIONS[name]
    for width in WIDTHS:
        Z = values(dtype, width)
        with np.errstate(all="ignore"):
            expected = operation.formula(Z)
        first = operation.kernel("portable", Z, 0)
        assert first.shape == expected.shape
        if operation.exact:
            np.testing.assert_array_equal(first, expected, err_msg=f"width {width}")
        else:
            compare(first, expected, dtype, f"width {width}")
        for isa in SETS:
            for layout, apart in LAYOUTS.items():
                again = operation.kernel(isa, Z, apart)
                assert same_bits(again, first), (isa, layout, width)


def compare(found, expected, dtype, where):
    """To the tolerance of the dtype, relative to each number where it is above 1; infinities and NaN exactly."""
    strange = ~np.isfinite(expected) | ~np.isfinite(found)
    np.testing.assert_array_equal(found[strange], expected[strange], err_msg=where)
    np.testing.assert_allclose(
        found[~strange], expected[~strange], rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype], err_msg=where
    )


def same_bits(one, other):
    """Equal to the bit; NaN have no sign to compare."""
    numbers = ~np.isnan(one)
    return np.array_equal(numbers, ~np.isnan(other)) and np.array_equal(bits(one[numbers]), bits(other[numbers]))


# ---- functions -------------------------------------------------------------------------------------------------------


TRUE = {
    "tanh": (mpmath.tanh, 3),
    "sigmoid": (lambda z: 1 / (1 + mpmath.exp(-z)), 3),
    "gelu": (lambda z: z * mpmath.ncdf(z), 5),
}


@everywhere
@both_dtypes
@pytest.mark.parametrize("name", TRUE)
def test_own_functions_are_right_to_a_few_units_in_the_last_place(isa, dtype, name):
    true, units = TRUE[name]
    z = np.concatenate([np.linspace(-9, 9, 401), np.geomspace(1e-30, 80, 200), -np.geomspace(1e-30, 80, 200)])
    Z = z.astype(dtype)[None]
    A = activated(isa, name, 0.0, Z)[0]
    with mpmath.workdps(40):
        errors = [
            abs(mpmath.mpf(float(a)) - true(mpmath.mpf(float(z)))) / mpmath.mpf(float(np.spacing(np.abs(a))))
            for z, a in zip(Z[0], A, strict=True)
            if abs(a) >= np.finfo(dtype).tiny or name != "gelu"  # a product of subnormal numbers has lost digits
        ]
    assert max(errors) < units


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


def product(
    isa,
    A,
    B,
    *,
    transposed=False,
    bias=None,
    list_tile=0,
    with_values=True,
    in_slivers=False,
    leave_out=False,
    lying=False,
    C=None,
    apart=0,
):
    """A B, or with `transposed` A^T B, through the kernel; B is at most one panel wide.

    With `lying` the weights, which are B or A^T B, have their columns as rows.
    """
    if transposed and leave_out:  # from A^T as it is
        A, transposed = A.T.copy(), False
    rows, depth = (A.shape[1], A.shape[0]) if transposed else A.shape
    columns = B.shape[1]
    C, resume = np.zeros((rows, columns), A.dtype) if C is None else C, C is not None
    turned = lying and transposed
    out = padded(C.T if turned else C, fill=7.0)
    wide = None if bias is None else padded(bias[None])[0]
    A, B = padded(A, 3.0, apart), padded(B.T if lying and not transposed else B, 3.0, apart)
    native.multiply(
        isa, A, transposed, B, out, rows, depth, wide, list_tile, with_values, in_slivers, leave_out, resume, lying
    )
    assert turned or out.shape[1] * A.itemsize <= 4 * LINE
    return out[:, :rows].T if turned else out[:, :columns]


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
        (55, 1100, 2 * per_line - 3),  # two blocks of k, three of rows
    ]:
        A = sparse((depth, rows) if transposed else (rows, depth), dtype)
        B, bias = (RANDOM.normal(size=shape).astype(dtype) for shape in ((depth, columns), (columns,)))
        plain = product("portable", A, B, transposed=transposed, bias=bias)
        exact = (A.T if transposed else A).astype(float) @ B.astype(float) + bias
        np.testing.assert_allclose(plain, exact, rtol=0, atol=40 * np.finfo(dtype).eps * np.sqrt(depth))
        for isa in SETS:
            ways = [{"list_tile": tile, "with_values": values} for tile in (0, 1, 2, 4, 8) for values in (False, True)]
            for how in [*ways, {"in_slivers": transposed}, {"leave_out": True}]:
                again = product(isa, A, B, transposed=transposed, bias=bias, **how)
                assert np.array_equal(bits(again), bits(plain)), (isa, how, rows, depth, columns)


@everywhere
@both_dtypes
def test_a_chain_goes_on_from_what_stands_in_the_result(isa, dtype):
    A, B = RANDOM.normal(size=(4, 12)).astype(dtype), RANDOM.normal(size=(12, 5)).astype(dtype)
    for how, columns in (({}, 5), ({"leave_out": True}, 5), ({"lying": True}, 1)):
        first = product(isa, A[:, :7].copy(), B[:7, :columns].copy(), **how)
        whole = product(isa, A[:, 7:].copy(), B[7:, :columns].copy(), C=first, **how)
        assert np.array_equal(whole, product(isa, A, B)[:, :columns])


@everywhere
def test_a_sum_of_negative_zeros_is_zero_whatever_is_left_out(isa):
    A, B = np.array([[-1e-30, 0.0]], np.float32), np.array([[1e-30], [1.0]], np.float32)
    for how in ({}, {"list_tile": 8}, {"leave_out": True}, {"lying": True}):
        assert not np.signbit(product(isa, A, B, **how)).any()


# ---- updates ---------------------------------------------------------------------------------------------------------


@everywhere
@both_dtypes
def test_an_update_says_when_a_weight_is_no_longer_finite(isa, dtype):
    theta, g = np.ones(64, dtype), np.ones(64, dtype)
    g[37] = np.inf
    given = {"rule": "gradient_descent", "learning_rate": 0.1, "m_correction": 1.0, "v_correction": 1.0}
    assert not native.update(isa, given, theta, g, *(theta.copy() for _ in range(3)))


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
