"""Special functions that NumPy lacks: the error function and its kin, and what a normal variable does.

All of them come from two polynomials, whose coefficients scripts/error_function.py computes: erf(x) / x near 0, where
1 - erfc(x) would lose its digits, and (1 + 2x) e^(x^2) erfc(x) for x >= 0, which is between 1 and 1.24 and so smooth on
the whole half-line that one polynomial in t = (x - K) / (x + K) reaches the last digit. What is left of erfc is the
factor e^(-x^2), which has the digits of the result only if x^2 is not rounded: it is taken in two parts.

In float64 the results are right to a few units of the last digit, in the tails too, as long as they are not subnormal.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from glassnet.errors import TypeNotUsableError
from glassnet.maths.dispatch import as_array, overridable
from glassnet.typing import Array, ArrayLike

__all__ = ["erf", "erfc", "normal_cdf", "normal_density"]

K = 3.75
TAIL = (  # (1 + 2x) e^(x^2) erfc(x), powers of (x - K) / (x + K)
    1.2375126308378275, -0.14024059858554702, 0.0035854154854644293, 0.08227673849015102, -0.10880393014174886,
    0.09230432116019834, -0.05869339858963677, 0.0283622774215156, -0.009746579558029276, 0.0017556258324217529,
    0.0002937136655913448, -0.00029015397928986765, 5.164909889268241e-05, 2.2383912036550678e-05,
    -1.1444146237700524e-05, -9.72849582211122e-07, 1.751637648849062e-06, -5.826281078800777e-08,
    -2.5866850716155884e-07, 2.4289762925488707e-08, 3.8675334242222354e-08, -4.389284159986328e-09,
    -5.1739902140113095e-09, 5.457157304704688e-10, 4.2514714447963895e-10, -3.75315827795962e-11,
)  # fmt: skip
CENTRE = (  # erf(x) / x for |x| <= 1, powers of 2 x^2 - 1
    0.9654687386698673, -0.1405360890227171, 0.019852496688983708, -0.0022854855611440673, 0.0002175171560415978,
    -1.75371694414921e-05, 1.2233827383720792e-06, -7.511569160678138e-08, 4.115800541441657e-09,
    -2.0352493920247854e-10, 9.167689206912173e-12, -3.7910930392717217e-13, 1.448819923762335e-14,
    -5.166061616805981e-16, 1.7134720566697406e-17,
)  # fmt: skip
FAR = 40.0  # beyond it e^(-x^2) and e^(-x^2 / 2) are 0 in every dtype


@overridable
def erf(x: ArrayLike) -> Array:
    """The error function, erf(x) = 2 / sqrt(pi) times the integral of e^(-u^2) from 0 to x.

    Shapes: x of any shape, the result the same.

    Raises:
        TypeNotUsableError: something other than real numbers.

    >>> erf([-1.0, 0.0, 0.5]).round(7)
    array([-0.8427008,  0.       ,  0.5204999])

    Its derivative is 2 / sqrt(pi) e^(-x^2).

    Source: Abramowitz and Stegun 1964, 7.1.1; the form of the polynomials is that of Shepherd and Laframboise 1981,
    "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x", their coefficients are our own.
    """
    x = _floats(x)
    size = np.abs(x)
    centre = np.minimum(size, 1)
    near = centre * _polynomial(CENTRE, 2 * np.square(centre) - 1)
    return np.copysign(np.where(size <= 1, near, 1 - _tail(size)), x)


@overridable
def erfc(x: ArrayLike) -> Array:
    """The complement of the error function, erfc(x) = 1 - erf(x), with all its digits where erf(x) rounds to 1.

    Shapes: x of any shape, the result the same.

    Raises:
        TypeNotUsableError: something other than real numbers.

    >>> erfc([-1.0, 0.0, 10.0])
    array([1.84270079e+00, 1.00000000e+00, 2.08848758e-45])

    Source: Abramowitz and Stegun 1964, 7.1.2; see ``erf``.
    """
    x = _floats(x)
    tail = _tail(np.abs(x))
    return np.where(x < 0, 2 - tail, tail)


@overridable
def normal_density(x: ArrayLike) -> Array:
    """The density of a standard normal variable, phi(x) = e^(-x^2 / 2) / sqrt(2 pi).

    Shapes: x of any shape, the result the same.

    Raises:
        TypeNotUsableError: something other than real numbers.

    >>> normal_density([0.0, 1.0]).round(7)
    array([0.3989423, 0.2419707])

    Source: Abramowitz and Stegun 1964, 26.2.1.
    """
    return _gauss(_floats(x), 0.5) * (1 / sqrt(2 * pi))


@overridable
def normal_cdf(x: ArrayLike) -> Array:
    """The probability that a standard normal variable is at most x, Phi(x) = erfc(-x / sqrt(2)) / 2.

    Shapes: x of any shape, the result the same.

    Raises:
        TypeNotUsableError: something other than real numbers.

    >>> normal_cdf([-1.959963984540054, 0.0, 30.0])
    array([0.025, 0.5  , 1.   ])
    >>> normal_cdf([-30.0])
    array([4.90671393e-198])

    Source: Abramowitz and Stegun 1964, 26.2.2 and 26.2.29.
    """
    x = _floats(x)
    # x / sqrt(2) is rounded, and e^(-x^2 / 2) must not be that of the rounded one.
    tail = _gauss(x, 0.5) * _scaled(np.abs(x) * (1 / sqrt(2))) / 2
    return np.where(x < 0, tail, 1 - tail)


# ---- the parts -----------------------------------------------------------------------------------------------------


def _tail(x: Array) -> Array:
    """erfc(x) for x >= 0."""
    return _gauss(x, 1.0) * _scaled(x)


def _scaled(x: Array) -> Array:
    """e^(x^2) erfc(x) for x >= 0."""
    x = np.minimum(x, FAR)
    scaled: Array = _polynomial(TAIL, (x - K) / (x + K)) / (1 + 2 * x)
    return scaled


def _gauss(x: Array, factor: float) -> Array:
    """e^(-factor x^2): with c of few digits close to x, x^2 = c^2 + (x - c) (x + c), both parts exact enough."""
    x = np.clip(x, -FAR, FAR)
    c = np.rint(16 * x) / 16
    gauss: Array = np.exp(-factor * (c * c)) * np.exp(-factor * ((x - c) * (x + c)))
    return gauss


def _polynomial(coefficients: tuple[float, ...], t: Array) -> Array:
    """Horner's rule."""
    value = np.full_like(t, coefficients[-1])
    for a in coefficients[-2::-1]:
        value = value * t + a
    return value


def _floats(x: ArrayLike) -> Array:
    x = as_array(x)
    if x.dtype.kind in "iub":
        return x.astype(np.float64)
    if x.dtype.kind != "f":
        raise TypeNotUsableError(f"A special function takes an array of real numbers, not of dtype {x.dtype}.")
    return x
