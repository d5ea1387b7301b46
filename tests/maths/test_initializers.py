"""Initializers: the spreads their papers ask for, one stream a weight, and settings that are stored and checked."""

from __future__ import annotations

import hashlib
import json
import math
import pickle
import re
from typing import Any

import numpy as np
import pytest

from glassnet.errors import GlassnetError, SettingError, ShapeError
from glassnet.maths import random
from glassnet.maths.initializers import (
    CATALOGUE,
    constant,
    describe,
    fans,
    from_description,
    get,
    glorot_uniform,
    he_normal,
    normal,
    uniform,
    zeros,
)
from glassnet.maths.initializers.matrices import orthonormal
from glassnet.maths.random import Purpose

IN, OUT = 500, 300
SHAPE = (IN, OUT)
N = IN * OUT

# The variance of each, from its paper; a uniform number within +-L has the variance L^2 / 3.
VARIANCES = {
    "uniform": 0.05**2 / 3,
    "normal": 0.05**2,
    "glorot_uniform": 2 / (IN + OUT),
    "glorot_normal": 2 / (IN + OUT),
    "he_uniform": 2 / IN,
    "he_normal": 2 / IN,
    "lecun_uniform": 1 / IN,
    "lecun_normal": 1 / IN,
}
MATRICES = ("orthogonal", "identity")
drawn_ones = pytest.mark.parametrize("name", VARIANCES)
every_one = pytest.mark.parametrize("name", CATALOGUE)


def test_the_catalogue_is_the_promised_one() -> None:
    assert CATALOGUE.keys() == VARIANCES.keys() | {"zeros", "ones", "constant", "truncated_normal", *MATRICES}
    assert all(get(name).name == name for name in CATALOGUE)


@drawn_ones
def test_mean_and_spread(name: str) -> None:
    W, variance = get(name)(SHAPE, seed=1), VARIANCES[name]
    kurtosis = 3.0 if "normal" in name else 1.8
    assert W.mean() == pytest.approx(0.0, abs=4.5 * math.sqrt(variance / N))
    assert W.var() == pytest.approx(variance, rel=4.5 * math.sqrt((kurtosis - 1) / N))
    assert (W**4).mean() == pytest.approx(kurtosis * variance**2, rel=0.05)  # which tells uniform from normal


@drawn_ones
def test_limits(name: str) -> None:
    largest = np.abs(get(name)(SHAPE, seed=1)).max() / math.sqrt(VARIANCES[name])
    if "uniform" in name:
        assert 0.9999 * math.sqrt(3) < largest <= math.sqrt(3)
    else:
        assert 4.0 < largest < 6.0  # of 150000 numbers: not cut off


@pytest.mark.parametrize(("name", "power"), [("glorot_normal", 0), ("he_normal", 1), ("lecun_uniform", 1)])
def test_the_shape_is_in_out(name: str, power: int) -> None:
    wide, tall = (get(name)(shape, seed=1).var() for shape in ((50, 2000), (2000, 50)))
    assert wide / tall == pytest.approx((2000 / 50) ** power, rel=0.05)


def test_he_keeps_the_size_of_a_signal_through_relus() -> None:
    X = random.normal(1, Purpose.SPLIT, 0, 0, 200 * 400).reshape(200, 400)
    for layer in range(10):
        X = np.maximum(X @ he_normal((400, 400), seed=1, layer=layer), 0.0)
    assert 0.4 < np.mean(X**2) < 2.0  # with variance 1 / in it would be 1/1000


def test_the_course_draws_between_minus_and_plus_one_half() -> None:
    """B2: weights uniform in (-0.5, 0.5)."""
    W = uniform.configured(low=-0.5, high=0.5)((784, 10), seed=3)
    assert -0.5 <= W.min() < -0.499
    assert 0.499 < W.max() < 0.5
    assert W.var() == pytest.approx(1 / 12, rel=0.03)


@every_one
def test_float32_is_float64_rounded(name: str) -> None:
    double, single = (get(name)((7, 5), seed=2, layer=3, dtype=dtype) for dtype in (np.float64, np.float32))
    assert double.dtype == np.float64
    assert single.dtype == np.float32
    assert single.tobytes() == double.astype(np.float32).tobytes()


@drawn_ones
def test_the_same_address_gives_the_same_weights_and_another_gives_others(name: str) -> None:
    f = get(name)
    W = f((20, 30), seed=5, layer=1)
    np.testing.assert_array_equal(W, f((20, 30), seed=5, layer=1))
    for other in (f((20, 30), seed=6, layer=1), f((20, 30), seed=5, layer=2)):
        assert not np.any(other == W)
        assert abs(np.corrcoef(W.ravel(), other.ravel())[0, 1]) < 4.5 / math.sqrt(600)


def test_weights_are_the_stream_in_row_order() -> None:
    u = random.uniform(5, Purpose.INITIALIZE, 0, 2, 6, low=-0.05, high=0.05)
    np.testing.assert_array_equal(uniform((2, 3), seed=5, layer=2), u.reshape(2, 3))
    z = random.normal(5, Purpose.INITIALIZE, 0, 2, 6)
    np.testing.assert_array_equal(normal((2, 3), seed=5, layer=2, mean=1.0, deviation=0.5), 1 + 0.5 * z.reshape(2, 3))


def test_plain_values() -> None:
    assert zeros((2, 2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert constant.configured(value=0.1)((2,), dtype=np.float32).tolist() == [np.float32(0.1)] * 2
    assert get("constant", value=-2)((1, 1)).item() == -2.0


def test_biases_may_be_drawn_but_have_no_fans() -> None:
    assert uniform((4,), seed=1).shape == (4,)
    for shape in ((4,), (), (2, 3, 4), (0, 3)):
        with pytest.raises(ShapeError, match=re.escape(f"was given {shape}; for a bias use zeros")):
            he_normal(shape, seed=1)
    assert fans((3, 4)) == (3, 4)


def test_no_weights_are_no_numbers() -> None:
    assert uniform((0, 3), seed=1).shape == (0, 3)
    assert normal((3, 0), seed=1).shape == (3, 0)


# ---------------------------------------------------------------------------------------------- names and settings


@pytest.mark.parametrize("member", [*CATALOGUE.values(), uniform.configured(low=-0.5, high=0.5)], ids=str)
def test_descriptions_survive_a_file(member: Any) -> None:
    description = json.loads(json.dumps(describe(member)))
    assert from_description(description) == member
    assert pickle.loads(pickle.dumps(member)) == member


def test_descriptions_are_names_where_that_is_enough() -> None:
    assert describe("he_normal") == describe(he_normal) == "he_normal"
    assert describe(constant.configured(value=0.0)) == "constant"
    assert describe(constant.configured(value=1.0)) == {"name": "constant", "value": 1.0}
    assert from_description(glorot_uniform) is glorot_uniform


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(SettingError, match="There is no initializer 'he_norm'; did you mean 'he_normal'"):
        get("he_norm")
    with pytest.raises(SettingError, match="There is no initializer"):
        from_description({"low": 1.0})
    with pytest.raises(SettingError, match="no setting of uniform 'hi'"):
        get("uniform", hi=1.0)
    with pytest.raises(SettingError, match="he_normal has no settings"):
        get("he_normal", deviation=1.0)


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("uniform", {"low": 1.0, "high": -1.0}, "low = 1.0 is above high = -1.0"),
        ("uniform", {"low": math.nan}, "initializer's low must be a finite Python number, not nan"),
        ("normal", {"deviation": -1.0}, "A standard deviation cannot be negative; given -1.0"),
        ("normal", {"mean": math.inf}, "initializer's mean must be a finite Python number, not inf"),
        ("constant", {"value": "zero"}, "initializer's value must be a finite Python number, not 'zero'"),
    ],
)
def test_a_setting_that_cannot_be_used_is_a_sentence(name: str, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(GlassnetError, match=re.escape(says)):
        get(name, **settings)


# ---------------------------------------------------------------------------------------------- cut off, orthogonal


def test_the_truncated_normal_is_cut_at_two_deviations() -> None:
    W = get("truncated_normal", mean=1.0, deviation=0.5)(SHAPE, seed=1)
    z = (W - 1) / 0.5
    assert 1.999 < np.abs(z).max() <= 2
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    variance = 1 - 4 * density / math.erf(math.sqrt(2))
    assert z.mean() == pytest.approx(0, abs=4.5 * math.sqrt(variance / N))
    assert z.var() == pytest.approx(variance, rel=4.5 * math.sqrt(1.3 / N))
    assert (np.abs(z) < 1).mean() == pytest.approx(math.erf(math.sqrt(0.5)) / math.erf(math.sqrt(2)), abs=0.006)


def test_what_was_inside_at_once_is_the_normal_itself() -> None:
    z, cut = normal((50, 40), seed=3, deviation=1.0), get("truncated_normal", deviation=1.0)((50, 40), seed=3)
    np.testing.assert_array_equal(cut[np.abs(z) <= 2], z[np.abs(z) <= 2])
    assert (np.abs(z) > 2).any()


@pytest.mark.parametrize("shape", [(6, 6), (20, 7), (7, 20), (1, 5), (5, 1), (100, 100)])
def test_orthogonal_weights_keep_lengths(shape: tuple[int, int]) -> None:
    W = get("orthogonal", gain=1.5)(shape, seed=2) / 1.5
    product = W.T @ W if shape[0] >= shape[1] else W @ W.T
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=5e-15)
    assert W.flags.c_contiguous


def test_orthonormal_is_the_q_of_qr_with_a_positive_diagonal() -> None:
    A = random.normal(4, Purpose.SPLIT, 0, 0, 60).reshape(12, 5)
    Q, R = np.linalg.qr(A)
    np.testing.assert_allclose(orthonormal(A), Q * np.sign(np.diag(R)), atol=1e-14)
    nearly_dependent = np.vander(np.linspace(0, 1, 12), 10)
    Q = orthonormal(nearly_dependent)
    np.testing.assert_allclose(Q.T @ Q, np.eye(10), atol=1e-14)


def test_orthogonal_matrices_are_drawn_evenly() -> None:
    """Of a matrix that is uniform among the orthogonal ones every entry has mean 0 and variance 1 / n."""
    W = np.array([get("orthogonal")((4, 4), seed=seed) for seed in range(400)])
    assert np.abs(W.mean(axis=0)).max() < 4.5 * math.sqrt(1 / 4 / 400)
    np.testing.assert_allclose((W**2).mean(axis=0), 0.25, atol=4.5 * math.sqrt(0.0625 / 400))
    assert 0.4 < (np.linalg.det(W) > 0).mean() < 0.6


def test_orthogonal_weights_have_the_bits_they_had() -> None:
    """On every machine: sums go down the rows one by one. The digest was made by this test."""
    W = get("orthogonal")((12, 5), seed=7, layer=2)
    assert hashlib.sha256(np.ascontiguousarray(W, "<f8").tobytes()).hexdigest()[:16] == "b9c0a858460b8a3b"


def test_the_identity_passes_on_what_it_is_given() -> None:
    X = np.arange(6.0).reshape(2, 3)
    assert (X @ get("identity", gain=2.0)((3, 2)) == 2 * X[:, :2]).all()
    assert get("ones")((2,)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", MATRICES)
def test_a_gain_or_shape_that_cannot_be_used_is_a_sentence(name: str) -> None:
    with pytest.raises(SettingError, match="gain cannot be negative"):
        get(name, gain=-1.0)
    with pytest.raises(SettingError, match="gain must be a finite Python number"):
        get(name, gain=math.inf)
    with pytest.raises(ShapeError, match="scales by a weight's shape"):
        get(name)((4,))
