"""The coefficients in glassnet/maths/special.py, computed in 50 digits: prints them as the page has them.

Chebyshev series, cut off where the rest is below half a unit of the last digit of a float64, and written as powers:
both functions are so smooth that the powers lose nothing (the largest coefficient is of the size of the sum).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import mpmath

mp = mpmath.mp.clone()
mp.dps = 50
NODES = 64


def powers(f: Callable[[object], object], terms: int) -> list[float]:
    """The first terms of f's Chebyshev series on -1..1, as coefficients of 1, t, t^2, ..."""
    angles = [mp.pi * (j + mp.mpf(1) / 2) / NODES for j in range(NODES)]
    values = [f(mp.cos(angle)) for angle in angles]
    series = [
        2 / mp.mpf(NODES) * mp.fsum(v * mp.cos(n * angle) for v, angle in zip(values, angles, strict=True))
        for n in range(terms)
    ]
    series[0] /= 2
    before, here = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]  # T_0 and T_1
    total = [mp.mpf(0)] * terms
    for n, c in enumerate(series):
        polynomial = before if n == 0 else here
        if n > 1:
            doubled = [mp.mpf(0), *(2 * a for a in here)]
            before, here = here, [a - b for a, b in zip(doubled, [*before, 0, 0], strict=False)]
            polynomial = here
        total = [a + c * b for a, b in zip(total, [*polynomial, *[0] * terms], strict=False)]
    return [float(a) for a in total]


def scaled_tail(t: object) -> object:
    """(1 + 2x) e^(x^2) erfc(x) at t = (x - K) / (x + K)."""
    x = K * (1 + t) / (1 - t)
    if x < 30:
        return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)
    area = mp.quad(lambda u: mp.exp(-u * u - 2 * x * u), [0, 1 / x, 10 / x, 100 / x])
    return (1 + 2 * x) * 2 / mp.sqrt(mp.pi) * area


def odd_part(t: object) -> object:
    """erf(x) / x at x^2 = (1 + t) / 2."""
    x = mp.sqrt((1 + t) / 2)
    return mp.erf(x) / x


K = mp.mpf("3.75")

if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    for name, f, terms in (("TAIL", scaled_tail, 26), ("CENTRE", odd_part, 15)):
        print(f"{name} = (")
        for a in powers(f, terms):
            print(f"    {a!r},")
        print(")")
