"""The generator gives the published numbers, each from its address alone, and the distributions they promise."""

from __future__ import annotations

import math
from collections.abc import Callable
from hashlib import sha256

import mpmath
import numpy as np
import pytest

from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.maths import random
from glassnet.maths.random import BLOCKS_AT_ONCE, Purpose
from glassnet.typing import Array

# Random123's known answers (kat_vectors, philox4x32 with 10 rounds): counter words, key words, result words.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


def philox_by_the_paper(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 in Python integers, transcribed from the paper and nothing of ours."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & 0xFFFFFFFF, (p0 >> 32) ^ c3 ^ k1, p0 & 0xFFFFFFFF
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return [c0, c1, c2, c3]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_the_published_answers(counter: str, key: str, answer: str) -> None:
    assert philox_by_the_paper(words(counter), words(key)) == words(answer)
    seed = words(key)[0] + (words(key)[1] << 32)
    column = np.array(words(counter), dtype=np.uint64)[:, None]
    assert random._scramble(column, random._round_keys(seed)).T.tolist() == [words(answer)]


def test_the_address_is_block_layer_step_purpose_and_the_key_is_the_seed() -> None:
    seed, purpose, step, layer = 0x299F31D0_A4093822, 3, 0xFFFFFFFF, 0x85A308D3
    stream = random.bits(seed, purpose, step, layer, 12)
    for block in range(3):
        expected = philox_by_the_paper([block, layer, step, purpose], [0xA4093822, 0x299F31D0])
        assert stream[4 * block : 4 * block + 4].tolist() == expected


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 4 * BLOCKS_AT_ONCE - 1, 4 * BLOCKS_AT_ONCE + 5])
def test_a_longer_stream_begins_with_the_shorter_one(count: int) -> None:
    longer = random.bits(5, Purpose.SPLIT, 1, 2, 8 * BLOCKS_AT_ONCE + 1)
    shorter = random.bits(5, Purpose.SPLIT, 1, 2, count)
    assert shorter.dtype == np.uint32
    assert shorter.shape == (count,)
    np.testing.assert_array_equal(shorter, longer[:count])


def test_the_block_after_a_piece_of_the_work_is_the_right_one() -> None:
    last = random.bits(1, 2, 3, 4, 4 * (BLOCKS_AT_ONCE + 1))[-4:]
    assert last.tolist() == philox_by_the_paper([BLOCKS_AT_ONCE, 4, 3, 2], [1, 0])


@pytest.mark.parametrize("changed", ["seed", "purpose", "step", "layer"])
def test_each_part_of_the_address_gives_another_stream(changed: str) -> None:
    address = {"seed": 1, "purpose": 1, "step": 1, "layer": 1}
    one = random.bits(**address, count=1000)
    other = random.bits(**{**address, changed: 2}, count=1000)
    assert np.count_nonzero(one == other) == 0  # of 1000 pairs of 32-bit words


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_a_sentence(seed: int) -> None:
    with pytest.raises(SettingError, match=r"The seed must be a whole number from 0 to 2\^64 - 1, not "):
        random.bits(seed, 0, 0, 0, 1)


def test_a_seed_that_is_no_whole_number_is_a_sentence() -> None:
    with pytest.raises(TypeNotUsableError, match=r"The seed must be a whole number, not 1\.5"):
        random.bits(1.5, 0, 0, 0, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", ["purpose", "step", "layer"])
def test_an_address_out_of_range_is_a_sentence(bad: str) -> None:
    address = {"purpose": 0, "step": 0, "layer": 0}
    with pytest.raises(SettingError, match=rf"The {bad} must be a whole number from 0 to 2\^32 - 1, not 4294967296"):
        random.bits(0, **{**address, bad: 2**32}, count=1)


def test_the_largest_seed_and_numpy_integers_are_seeds() -> None:
    assert random.bits(2**64 - 1, 0, 0, 0, 1).size == 1
    np.testing.assert_array_equal(random.bits(np.int64(7), 0, 0, 0, 8), random.bits(7, 0, 0, 0, 8))  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------- distributions

N = 200_000
# The largest gap between an empirical and a true distribution exceeds 1.95 / sqrt(N) once in 1000 seeds
# (Kolmogorov); the seeds here are fixed, so these tests pass always or never.
KOLMOGOROV = 1.95 / math.sqrt(N)


def largest_gap(sample: Array, distribution: Callable[[float], float]) -> float:
    """Kolmogorov's statistic: the largest difference of the sample's distribution function and the true one."""
    expected = np.array([distribution(float(x)) for x in np.sort(sample)])
    steps = np.arange(N + 1) / N
    return float(max(np.max(steps[1:] - expected), np.max(expected - steps[:-1])))


def test_bits_are_balanced_in_every_place() -> None:
    drawn = random.bits(11, Purpose.DROPOUT, 0, 0, N)
    for place in range(32):
        ones = np.count_nonzero(drawn >> np.uint32(place) & np.uint32(1))
        assert abs(ones - N / 2) < 4.5 * math.sqrt(N) / 2


def test_neighbours_are_not_correlated() -> None:
    u = random.uniform(12, Purpose.DROPOUT, 0, 0, N)
    for distance in (1, 2, 3, 4, 8):
        assert abs(np.corrcoef(u[:-distance], u[distance:])[0, 1]) < 4.5 / math.sqrt(N)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniform_is_uniform(dtype: type) -> None:
    u = random.uniform(13, Purpose.INITIALIZE, 0, 0, N, dtype=dtype)
    assert u.dtype == dtype
    assert u.min() >= 0.0
    assert u.max() < 1.0
    assert largest_gap(u, lambda x: x) < KOLMOGOROV
    assert u.mean(dtype=np.float64) == pytest.approx(1 / 2, abs=4.5 / math.sqrt(12 * N))
    assert u.var(dtype=np.float64) == pytest.approx(1 / 12, abs=4.5 / math.sqrt(180 * N))


def test_uniform_is_the_words_scaled() -> None:
    drawn = [int(word) for word in random.bits(1, 0, 2, 3, 6)]
    long = [high << 32 | low for high, low in zip(drawn[::2], drawn[1::2], strict=True)]
    single = random.uniform(1, 0, 2, 3, 6, dtype=np.float32)
    double = random.uniform(1, 0, 2, 3, 3)
    assert single.tolist() == [(word >> 8) / 2**24 for word in drawn]
    assert double.tolist() == [(word >> 11) / 2**53 for word in long]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_many_numbers_are_drawn_in_parts_of_the_same_stream(dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = random.uniform(5, 0, 2, 3, 1003, low=-1.0, dtype=dtype)
    monkeypatch.setattr(random, "NUMBERS_AT_ONCE", 64)
    np.testing.assert_array_equal(random.uniform(5, 0, 2, 3, 1003, low=-1.0, dtype=dtype), whole)


def test_uniform_between_bounds() -> None:
    u = random.uniform(1, 0, 0, 0, 1000)
    np.testing.assert_array_equal(random.uniform(1, 0, 0, 0, 1000, low=-0.5, high=2.0), -0.5 + 2.5 * u)
    single = random.uniform(1, 0, 0, 0, 1000, low=-0.5, high=2.0, dtype=np.float32)
    assert single.dtype == np.float32
    assert single.min() >= -0.5
    assert single.max() <= 2.0


def test_only_floating_numbers_are_drawn() -> None:
    with pytest.raises(SettingError, match="float32 or float64, not int64"):
        random.uniform(0, 0, 0, 0, 1, dtype=np.int64)


def test_normal_is_normal() -> None:
    z = random.normal(14, Purpose.INITIALIZE, 0, 0, N)
    assert largest_gap(z, lambda x: (1 + math.erf(x / math.sqrt(2))) / 2) < KOLMOGOROV
    assert z.mean() == pytest.approx(0, abs=4.5 / math.sqrt(N))
    assert z.var() == pytest.approx(1, abs=4.5 * math.sqrt(2 / N))
    assert (z**3).mean() == pytest.approx(0, abs=4.5 * math.sqrt(15 / N))
    assert (z**4).mean() == pytest.approx(3, abs=4.5 * math.sqrt(96 / N))


def test_float32_normals_are_the_float64_ones_rounded() -> None:
    z = random.normal(14, 0, 0, 0, 1001)
    single = random.normal(14, 0, 0, 0, 1001, dtype=np.float32)
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, z.astype(np.float32))


# ---------------------------------------------------------------------------------------------- the quantile


def ulps(values: Array, exact: list[mpmath.mpf]) -> float:
    """The largest error of float64 values, in units in the last place of the exact ones."""
    return max(
        abs(float((mpmath.mpf(float(value)) - truth) / mpmath.mpf(float(np.spacing(abs(float(truth)))))))
        for value, truth in zip(values, exact, strict=True)
    )


def test_log_is_right_to_less_than_one_unit_in_the_last_place() -> None:
    spread = 2.0 ** -random.uniform(1, 0, 0, 0, 500, low=0.0, high=53.0)
    x = np.concatenate([spread, [2.0**-53, 0.075, 0.5**0.5, np.nextafter(1.0, 0.0), np.nextafter(0.5**0.5, 0.0)]])
    with mpmath.workdps(40):
        assert ulps(random.log(x), [mpmath.log(mpmath.mpf(float(t))) for t in x]) < 0.9


def test_quantile_is_right_to_five_units_in_the_last_place() -> None:
    tails = 2.0 ** -random.uniform(2, 0, 0, 0, 150, low=1.0, high=53.0)
    u = np.concatenate([random.uniform(3, 0, 0, 0, 150), tails, 1.0 - tails[tails > 2.0**-40]])
    with mpmath.workdps(40):
        exact = [mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(float(p)) - 1) for p in u]
        assert ulps(random.normal_quantile(u), exact) < 5.0


def quantile_of_one(u: float) -> float:
    """The quantile in Python floats: the same IEEE operations in the same order, as any other engine would do them."""

    def horner(coefficients: tuple[float, ...], x: float) -> float:
        total = coefficients[-1]
        for coefficient in coefficients[-2::-1]:
            total = total * x + coefficient  # Python rounds the product first
        return total

    def log(x: float) -> float:
        mantissa, e = math.frexp(x)
        if mantissa < 0.5**0.5:
            mantissa, e = 2 * mantissa, e - 1
        f = mantissa - 1
        s = f / (2 + f)
        half = 0.5 * f * f
        correction = s * (half + s * s * horner(random.LOG_SERIES, s * s)) + e * random.LN2_LOW
        return e * random.LN2_HIGH - ((half - correction) - f)

    q = u - 0.5
    if abs(q) <= 0.425:
        x = 0.180625 - q * q
        return q * (horner(random.CENTRE[0], x) / horner(random.CENTRE[1], x))
    r = math.sqrt(-log(min(u, 1 - u)))
    (top, bottom), x = (random.TAIL, r - 1.6) if r <= 5 else (random.FAR_TAIL, r - 5)
    return math.copysign(horner(top, x) / horner(bottom, x), q)


def test_normals_are_single_ieee_operations_in_a_fixed_order() -> None:
    """So no vector unit fused or approximated anything, and another engine can give the same bits."""
    drawn = [int(word) for word in random.bits(4, 0, 0, 1, 4000)]
    long = [high << 32 | low for high, low in zip(drawn[::2], drawn[1::2], strict=True)]
    expected = [quantile_of_one(((word >> 12) + 0.5) / 2**52) for word in long]
    assert random.normal(4, 0, 0, 1, 2000).tolist() == expected
    tails = 2.0 ** -random.uniform(2, 0, 0, 0, 500, low=1.0, high=53.0)
    assert random.normal_quantile(tails).tolist() == [quantile_of_one(float(u)) for u in tails]


def test_normals_keep_their_bits() -> None:
    """These are promised for ever: a run of today must be repeatable with the generator of tomorrow."""
    first = [number.hex() for number in random.normal(0, 0, 0, 0, 4).tolist()]
    assert first == ["-0x1.05f49f2746419p-2", "0x1.42a76ea5b0d6ep-1", "0x1.ea308c1ad276fp+0", "0x1.03989d958561cp-1"]
    many = random.normal(0, 0, 0, 0, 100_000).astype("<f8").tobytes()
    assert sha256(many).hexdigest() == "1467092f93e963d1d1322d0e4eca4a1b9b7a2e9cb0259a724bff2f0fe2982dac"


def test_quantile_is_odd_about_one_half_and_reaches_the_ends_of_the_stream() -> None:
    u = (np.array([0.0, 1.0, 2.0**51 - 1, 2.0**51 // 3]) + 0.5) * 2.0**-52
    np.testing.assert_array_equal(random.normal_quantile(1.0 - u), -random.normal_quantile(u))
    assert random.normal_quantile(u)[0] == pytest.approx(-8.2095361516, abs=1e-9)


def test_quantile_grows_across_the_seams_of_its_formulas() -> None:
    seams = [0.075, 0.925, math.exp(-25.0)]
    for seam in seams:
        u = seam * (1 + np.arange(-50, 51) * 1e-13)
        assert np.all(np.diff(random.normal_quantile(u)) > 0)


def test_no_draws_are_no_numbers() -> None:
    for draw in (random.uniform, random.normal):
        assert draw(0, 0, 0, 0, 0).shape == (0,)
    assert random.normal_quantile(np.array([0.4])).shape == (1,)


# ---------------------------------------------------------------------------------------------- shuffles and masks


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_a_shuffle_is_an_order_of_all_rows(count: int) -> None:
    order = random.shuffle(seed=3, epoch=4, count=count)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(count))


def test_shuffles_differ_by_epoch_and_seed_and_repeat() -> None:
    order = random.shuffle(seed=3, epoch=4, count=100).tolist()
    assert order == random.shuffle(seed=3, epoch=4, count=100).tolist()
    assert order != random.shuffle(seed=3, epoch=5, count=100).tolist()
    assert order != random.shuffle(seed=4, epoch=4, count=100).tolist()


def test_a_shuffle_sorts_the_rows_by_their_64_bit_keys() -> None:
    drawn = [int(word) for word in random.bits(9, Purpose.SHUFFLE, 2, 0, 14)]
    keys = [high * 2**32 + low for high, low in zip(drawn[::2], drawn[1::2], strict=True)]
    assert random.shuffle(seed=9, epoch=2, count=7).tolist() == sorted(range(7), key=keys.__getitem__)


def test_rows_with_equal_keys_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "long_bits", lambda *_: np.arange(5000, dtype=np.uint64) % np.uint64(2))
    expected = [*range(0, 5000, 2), *range(1, 5000, 2)]
    assert random.shuffle(seed=0, epoch=0, count=5000).tolist() == expected


def test_every_order_of_four_rows_is_equally_likely() -> None:
    epochs, orders = 4800, math.factorial(4)
    counts: dict[tuple[int, ...], int] = {}
    for epoch in range(epochs):
        order = tuple(random.shuffle(seed=0, epoch=epoch, count=4).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == orders
    chi_squared = sum((count - epochs / orders) ** 2 / (epochs / orders) for count in counts.values())
    assert chi_squared < 49.7  # exceeded once in 1000 seeds with 23 degrees of freedom


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_a_mask_keeps_the_right_share(rate: float) -> None:
    kept = random.keep_mask(seed=1, step=2, layer=3, shape=(500, 400), rate=rate)
    assert kept.dtype == np.bool_
    assert kept.shape == (500, 400)
    assert kept.mean() == pytest.approx(1 - rate, abs=4.5 * math.sqrt(rate * (1 - rate) / N))


def test_a_mask_compares_words_with_a_threshold() -> None:
    kept = random.keep_mask(seed=1, step=2, layer=3, shape=(5, 7), rate=0.3)
    drawn = random.bits(1, Purpose.DROPOUT, 2, 3, 35).reshape(5, 7)
    expected = [[int(word) < round(0.7 * 2**32) for word in row] for row in drawn]
    assert kept.tolist() == expected
    assert random.keep_mask(1, 2, 3, (0, 4), 0.5).shape == (0, 4)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, math.nan])
def test_a_rate_outside_its_interval_is_a_sentence(rate: float) -> None:
    with pytest.raises(SettingError, match="A dropout rate must be at least 0 and less than 1"):
        random.keep_mask(0, 0, 0, (2, 2), rate)


def test_a_negative_size_is_a_sentence() -> None:
    with pytest.raises(ShapeError, match="sizes are not negative"):
        random.keep_mask(0, 0, 0, (-2, -2), 0.5)
