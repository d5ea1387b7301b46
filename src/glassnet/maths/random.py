"""Random numbers without state: the n-th number of a stream is computed from its address.

The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC 2011). It scrambles four 32-bit counter words with a 64-bit key:

    key     = seed (low word, high word)
    counter = (e // 4, layer, step, purpose)        element e is output word e % 4 of that block

So a number depends on nothing but its address: no global state, the same bits on every machine and thread
count, and any step of a training can be drawn again on its own. Everything here uses integers and the IEEE
operations + - * / sqrt, one ufunc each (never fused), so that an engine in any language can give the same bits.
"""

from __future__ import annotations

import operator
from enum import IntEnum
from math import prod

import numpy as np
import numpy.typing as npt

from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.typing import Array, Floats, Indices, Shape

Words = npt.NDArray[np.uint32]
LongWords = npt.NDArray[np.uint64]


class Purpose(IntEnum):
    """What numbers are drawn for: the last word of the counter, so that no two uses share a stream."""

    INITIALIZE = 0
    SHUFFLE = 1
    DROPOUT = 2
    SPLIT = 3
    NOISE = 4


# ---------------------------------------------------------------------------------------------- Philox4x32-10

ROUNDS = 10
MULTIPLIER_0, MULTIPLIER_2 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)  # of counter words 0 and 2
KEY_STEP_0, KEY_STEP_1 = 0x9E3779B9, 0xBB67AE85  # golden ratio - 1 and sqrt(3) - 1, times 2^32
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
BLOCKS_AT_ONCE = 8192  # six buffers of 64 KB stay in a core's second-level cache
NUMBERS_AT_ONCE = 2**17

RoundKey = tuple[np.uint64, np.uint64]


def _round(c: LongWords, p: LongWords, key: RoundKey) -> None:
    """One Philox round in place on the counter words c (4, blocks), with p (2, blocks) for the products.

        p0 = multiplier_0 c0                    p1 = multiplier_2 c2
        c0 = high(p1) ^ c1 ^ key_0              c1 = low(p1)
        c2 = high(p0) ^ c3 ^ key_1              c3 = low(p0)

    Words are kept in 64 bits, because a product of two has 64. Rows one by one: NumPy is fast on a vector and a scalar.
    """
    np.multiply(c[0], MULTIPLIER_0, out=p[0])
    np.multiply(c[2], MULTIPLIER_2, out=p[1])
    for even, odd, product, key_word in ((c[0], c[1], p[1], key[0]), (c[2], c[3], p[0], key[1])):
        np.right_shift(product, HALF, out=even)
        np.bitwise_xor(even, odd, out=even)
        np.bitwise_xor(even, key_word, out=even)
        np.bitwise_and(product, LOW, out=odd)


def _round_keys(seed: int) -> list[RoundKey]:
    """The two key words of every round: the seed's low and high word, a key step further each time."""
    low, high = seed & 0xFFFFFFFF, seed >> 32
    return [
        (np.uint64((low + r * KEY_STEP_0) & 0xFFFFFFFF), np.uint64((high + r * KEY_STEP_1) & 0xFFFFFFFF))
        for r in range(ROUNDS)
    ]


def _scramble(counter: LongWords, keys: list[RoundKey]) -> LongWords:
    """Philox of the counters (4, blocks), in place."""
    products = np.empty_like(counter[:2])
    for key in keys:
        _round(counter, products, key)
    return counter


def _whole_number(name: str, value: int, bits: int) -> int:
    """`value` as an int in 0 .. 2^bits - 1, or a sentence."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeNotUsableError(f"The {name} must be a whole number, not {value!r}.") from None
    if not 0 <= number < 1 << bits:
        raise SettingError(f"The {name} must be a whole number from 0 to 2^{bits} - 1, not {value!r}.")
    return number


def bits(seed: int, purpose: int, step: int, layer: int, count: int, *, after: int = 0) -> Words:
    """The first `count` 32-bit words of the stream (seed, purpose, step, layer), after so many blocks of 4: uint32
    (count,).

    >>> [f"{word:08x}" for word in bits(0, 0, 0, 0, 4)]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']

    Raises:
        SettingError: a seed outside 0 .. 2^64 - 1, or another word of the address outside 0 .. 2^32 - 1.
        TypeNotUsableError: one that is no whole number.
    """
    keys = _round_keys(_whole_number("seed", seed, 64))
    count = _whole_number("count", count, 34)
    blocks = -(-count // 4)
    words = np.empty((blocks, 4), dtype=np.uint32)
    address = (
        _whole_number("layer", layer, 32),
        _whole_number("step", step, 32),
        _whole_number("purpose", purpose, 32),
    )
    counters = np.empty((4, min(blocks, BLOCKS_AT_ONCE)), dtype=np.uint64)
    for start in range(0, blocks, BLOCKS_AT_ONCE):
        stop = min(start + BLOCKS_AT_ONCE, blocks)
        counter = counters[:, : stop - start]
        counter[0] = np.arange(after + start, after + stop)
        counter[1:] = np.array(address, dtype=np.uint64)[:, None]
        words[start:stop] = _scramble(counter, keys).T
    return words.reshape(-1)[:count]


def long_bits(seed: int, purpose: int, step: int, layer: int, count: int, *, after: int = 0) -> LongWords:
    """64-bit words: element e is word 2e of the stream times 2^32, plus word 2e + 1; uint64 (count,)."""
    pairs = bits(seed, purpose, step, layer, 2 * count, after=after).reshape(count, 2).astype(np.uint64)
    return pairs[:, 0] << HALF | pairs[:, 1]


# ---------------------------------------------------------------------------------------------- distributions


def uniform(
    seed: int,
    purpose: int,
    step: int,
    layer: int,
    count: int,
    low: float = 0.0,
    high: float = 1.0,
    dtype: npt.DTypeLike = np.float64,
) -> Floats:
    """Uniform numbers in [low, high): low + (high - low) * u, with u an integer scaled by a power of two.

    float32: u = (word >> 8) * 2^-24. float64: u = (long word >> 11) * 2^-53. u < 1 always; for some bounds the
    sum can round up to `high` itself. The two dtypes are different numbers of the same stream.

    >>> uniform(7, Purpose.INITIALIZE, 0, 0, 3, low=-0.5, high=0.5).round(4)
    array([ 0.4546, -0.3858, -0.093 ])
    """
    kind = np.dtype(dtype)
    if kind not in (np.float32, np.float64):
        raise SettingError(f"Random numbers are float32 or float64, not {kind.name}.")
    numbers: Floats = np.empty(_whole_number("count", count, 34), kind)
    for start in range(0, count, NUMBERS_AT_ONCE):  # in parts, so that a large matrix needs no memory beside itself
        part = numbers[start : start + NUMBERS_AT_ONCE]
        address = (seed, purpose, step, layer, len(part))
        if kind == np.float32:
            part[...] = (bits(*address, after=start // 4) >> np.uint32(8)).astype(np.float32) * 2.0**-24
        else:
            part[...] = (long_bits(*address, after=start // 2) >> np.uint64(11)) * 2.0**-53
        if (low, high) != (0.0, 1.0):
            np.multiply(part, float(high) - float(low), out=part)
            np.add(part, float(low), out=part)
    return numbers


def normal(seed: int, purpose: int, step: int, layer: int, count: int, dtype: npt.DTypeLike = np.float64) -> Floats:
    """Standard normal numbers: the normal quantile at u = (k + 1/2) 2^-52, k the top 52 bits of a long word.

    Computed in float64, then rounded to `dtype`; u is exact and symmetric about 1/2, so |number| < 8.21.

    >>> normal(7, Purpose.INITIALIZE, 0, 0, 3).round(4)
    array([ 1.6912, -1.2046, -0.2354])
    """
    u = ((long_bits(seed, purpose, step, layer, count) >> np.uint64(12)) + 0.5) * 2.0**-52
    return normal_quantile(u).astype(dtype, copy=False)


def shuffle(seed: int, epoch: int, count: int) -> Indices:
    """The order of `count` rows in an epoch: the stable argsort of a 64-bit key for each row; int64 (count,).

    >>> shuffle(seed=0, epoch=0, count=8)
    array([4, 5, 0, 3, 6, 7, 2, 1])
    """
    keys = long_bits(seed, Purpose.SHUFFLE, epoch, 0, count)
    return np.argsort(keys, kind="stable").astype(np.int64, copy=False)


def keep_mask(seed: int, step: int, layer: int, shape: Shape, rate: float) -> npt.NDArray[np.bool_]:
    """Which units a dropout of `rate` keeps: True where word < round((1 - rate) * 2^32).

    Raises:
        SettingError: a rate outside [0, 1).

    >>> keep_mask(seed=0, step=0, layer=1, shape=(2, 4), rate=0.5).astype(int)
    array([[0, 0, 0, 1],
           [1, 1, 0, 0]])
    """
    if not 0.0 <= rate < 1.0:
        raise SettingError(f"A dropout rate must be at least 0 and less than 1, not {rate!r}.")
    if min(shape, default=0) < 0:
        raise ShapeError(f"A mask cannot have the shape {shape!r}: sizes are not negative.")
    threshold = round((1.0 - rate) * 2**32)  # 2^32 for rate 0, which NumPy compares as the number it is
    mask: Array = bits(seed, Purpose.DROPOUT, step, layer, prod(shape)) < threshold
    return mask.reshape(shape)


# ---------------------------------------------------------------------------------------------- normal quantile

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
LOG_SERIES = (  # log((1 + s) / (1 - s)) = 2 s + s (L0 z + L1 z^2 + ...), z = s^2
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
    1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
)  # fmt: skip


def horner(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """c0 + x (c1 + x (c2 + ...)), from the last coefficient inwards, one product and one sum at a time."""
    total = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total *= x
        total += coefficient
    return total


def log(x: Floats) -> Floats:
    """Natural logarithm of positive, normal float64 numbers, to 0.9 units in the last place.

        x = 2^e (1 + f),  sqrt(1/2) <= 1 + f < sqrt(2),  s = f / (2 + f)
        log(1 + f) = f - (f^2/2 - s (f^2/2 + R(s^2)))

    (NumPy's own log differs between machines in the last bit.) Source: FreeBSD msun, e_log.c (Sun, 1993).
    """
    mantissa, exponent = np.frexp(x)
    small = mantissa < 0.5**0.5
    f = np.where(small, 2.0 * mantissa, mantissa) - 1.0
    e = (exponent - small).astype(np.float64)
    s = f / (2.0 + f)
    z = s * s
    half_square = 0.5 * f * f
    correction = s * (half_square + z * horner(LOG_SERIES, z)) + e * LN2_LOW
    logarithm: Floats = e * LN2_HIGH - ((half_square - correction) - f)
    return logarithm


# Numerators and denominators of Wichura's three rational functions, from the constant term upwards.
CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
TAIL = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
FAR_TAIL = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip


def _rational(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    numerator, denominator = coefficients
    return horner(numerator, x) / horner(denominator, x)


def normal_quantile(u: Floats) -> Floats:
    """z with Phi(z) = u for 0 < u < 1 (float64), to 5 units in the last place.

    Three rational functions: of 0.425^2 - (u - 1/2)^2 in the centre, of sqrt(-log(tail)) outside, the tail
    being min(u, 1 - u). Source: Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988), 477-484.

    >>> normal_quantile(np.array([0.5, 0.975])).round(6)
    array([0.      , 1.959964])
    """
    q = u - 0.5
    z = q * _rational(CENTRE, 0.180625 - q * q)
    outside = np.abs(q) > 0.425
    r = np.sqrt(-log(np.minimum(u[outside], 1.0 - u[outside])))
    size = np.where(r <= 5.0, _rational(TAIL, r - 1.6), _rational(FAR_TAIL, r - 5.0))
    z[outside] = np.copysign(size, q[outside])
    return z
