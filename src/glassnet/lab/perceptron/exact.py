"""Numbers as they are written, exactly: a rule that asks whether z is zero must not ask a rounded z.

0.1 + 0.2 - 0.3 is 0 here, as on paper. A float is the shortest decimal that reads as it (what Python prints), so 0.1 is
one tenth; whole numbers, fractions and decimals are what they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np

from glassnet.errors import DataError, TypeNotUsableError
from glassnet.lab.expressions import written

Vector = tuple[Fraction, ...]
Real = float | Fraction | Decimal | str  # as `rational` takes it
LARGEST = Fraction(10**100)
LARGEST_WHOLE = 10**9  # of weights that are written as whole numbers
LONGEST_DECIMAL = 9  # digits after the point of a number that is shown as a decimal; of a longer one its fraction


def rational(value: Any) -> Fraction:
    """The number as it is written.

    Raises:
        DataError: NaN, an infinity, a text that is no number, or a size beyond 10^100 or below 10^-100.
        TypeNotUsableError: something that is no number.

    >>> rational(0.1), rational("1/3"), rational(np.float32(0.7))
    (Fraction(1, 10), Fraction(1, 3), Fraction(7, 10))
    """
    found = _read(value)
    if found and not 1 / LARGEST <= abs(found) <= LARGEST:
        raise DataError(f"{value!s:.60} is beyond what is computed with: numbers from 1e-100 to 1e100, and 0.")
    return found


def _read(value: Any) -> Fraction:
    if isinstance(value, (np.bool_, bool)):
        return Fraction(int(value))
    if isinstance(value, (int, np.integer)):
        return Fraction(int(value))
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str):
        return written(value)
    if isinstance(value, (float, np.floating, Decimal)):
        if not math.isfinite(value):
            raise DataError(f"{value} is no number to compute with exactly; every number has to be finite.")
        return Fraction(value) if isinstance(value, Decimal) else Fraction(str(value))
    raise TypeNotUsableError(f"A number is expected, not {value!r:.60} ({type(value).__name__}).")


def vector(values: Iterable[Any]) -> Vector:
    """Each of the numbers as it is written."""
    return tuple(rational(value) for value in values)


def shown(value: Fraction) -> str:
    """A decimal where it ends soon, else a fraction.

    >>> shown(Fraction(-1, 2)), shown(Fraction(1, 3)), shown(Fraction(3))
    ('-0.5', '1/3', '3')
    """
    twos, fives, rest = 0, 0, value.denominator
    while rest % 2 == 0:
        twos, rest = twos + 1, rest // 2
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    places = max(twos, fives)
    if rest != 1 or places > LONGEST_DECIMAL:
        return str(value)
    if not places:
        return str(value.numerator)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def short(value: Fraction, longest: int = 12) -> str:
    """The number as `shown`, or rounded to six digits where that is longer than can be read.

    >>> short(Fraction(1, 3)), short(Fraction(10**40, 3)), short(Fraction(-(10**13), 7 * 10**13))
    ('1/3', '3.33333e+39', '-1/7')
    """
    text = shown(value)
    return text if len(text) <= longest else f"{Decimal(f'{_rounded(value):.6g}').normalize():g}"


def _rounded(value: Fraction) -> Decimal:
    """The nearest decimal of thirty digits: a float may not be large enough."""
    with localcontext(Context(prec=30, Emax=MAX_EMAX, Emin=MIN_EMIN)):
        return Decimal(value.numerator) / Decimal(value.denominator)


def common_denominator(values: Iterable[Fraction]) -> int:
    """The smallest number that makes each of them whole.

    >>> common_denominator([Fraction(1, 4), Fraction(1, 6)])
    12
    """
    return math.lcm(*(value.denominator for value in values))


def whole(values: Sequence[Fraction]) -> tuple[int, ...]:
    """The smallest whole numbers in the same ratio.

    >>> whole([Fraction(1, 4), Fraction(0), Fraction(1, 6)])
    (3, 0, 2)
    """
    scale = common_denominator(values)
    scaled = [int(value * scale) for value in values]
    divisor = math.gcd(*scaled) or 1
    return tuple(value // divisor for value in scaled)


def readable(values: Sequence[Fraction]) -> Vector:
    """Numbers in the same ratio that can be read: small whole ones, or else with the largest at 1.

    >>> readable([Fraction(1, 4), Fraction(1, 6)]), readable([Fraction(1), Fraction(1, 10**40)])[0]
    ((Fraction(3, 1), Fraction(2, 1)), Fraction(1, 1))
    """
    numbers = whole(values)
    largest = max(map(abs, numbers), default=0)
    return tuple(Fraction(value, largest if largest > LARGEST_WHOLE else 1) for value in numbers)


def dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    """The sum of the products.

    >>> dot([Fraction(1), Fraction(2)], [Fraction(3), Fraction(1, 2)])
    Fraction(4, 1)
    """
    return sum((x * y for x, y in zip(a, b, strict=True) if x and y), Fraction(0))
