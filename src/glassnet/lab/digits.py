"""Numbers as written: what their digits promise, and whether they keep it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import isfinite

from glassnet.lab.expressions import written

EXACT = 10**12  # one part in this: what floating point leaves of an exact number
NOTHING = 1e-15  # what it leaves of zero


@dataclass(frozen=True)
class Written:
    """A number as it was written, read once: its value, one unit of its last digit, how many digits count.

    `top` / `bottom` is the value, and one unit is 1 / bottom; rounding is decided in whole numbers.
    """

    text: str
    value: Fraction
    step: Fraction | None
    digits: int
    top: int
    bottom: int
    near: float
    reach: float

    @staticmethod
    @lru_cache(maxsize=8192)
    def of(text: str) -> Written:
        """The text read; raises DataError where it is no number."""
        value, step = written(text), unit(text)
        bottom = max(value.denominator, step.denominator) if step else value.denominator
        bottom = bottom if bottom % value.denominator == 0 else bottom * value.denominator
        return Written(text, value, step, significant(text), int(value * bottom), bottom, float(value),
                       1.001 * float(step or 0) + 1e-15)  # fmt: skip

    def rounding(self, reference: float, digits: int = 2) -> str | None:
        """How it stands for `reference`: exact, rounded, cut, up; None where it does not."""
        if not isfinite(reference) or abs(self.near - reference) > self.reach + 1e-9 * abs(reference):
            return None
        numerator, denominator = reference.as_integer_ratio()
        mine, exact = self.top * denominator, numerator * self.bottom  # both times bottom * denominator
        distance = abs(mine - exact)
        if distance * EXACT <= abs(exact) or (not mine and abs(reference) <= NOTHING):
            return "exact"
        step = 0 if self.step is None else self.step.numerator * (self.bottom // self.step.denominator) * denominator
        if not step or self.digits < digits or mine * exact < 0 or distance > step:
            return None
        if (2 * distance - step) * 10**9 <= step:
            return "rounded"
        return "cut" if abs(mine) < abs(exact) else "up"


def unit(text: str) -> Fraction | None:
    """One unit of the last digit written; None for a fraction, which is exact.

    >>> unit("0.0102"), unit("5e-3"), unit("1/3")
    (Fraction(1, 10000), Fraction(1, 1000), None)
    """
    if "/" in text:
        return None
    mantissa, _, exponent = text.strip().replace(",", ".").lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return Fraction(10) ** (int(exponent or 0) - decimals)


def significant(text: str) -> int:
    """How many significant digits are written.

    >>> significant("0.0102"), significant("0.40"), significant("5e-3")
    (3, 2, 1)
    """
    mantissa = re.split(r"[eE]", text.strip())[0]
    return len(re.sub(r"\D", "", mantissa).lstrip("0"))


def rounding(text: str, reference: float, digits: int = 2) -> str | None:
    """How a written number stands for `reference`: exact, rounded, cut, up; None where it does not.

    Within one unit of the last digit, and with at least `digits` significant digits unless it is exact.

    >>> rounding("0.6022", 0.6022862), rounding("0.6023", 0.6022862), rounding("0.61", 0.6022862), rounding("0.7", 0.65)
    ('cut', 'rounded', 'up', None)
    """
    return Written.of(text).rounding(reference, digits)


def kind_of_difference(text: str, right: str) -> str:
    """What happened between the right number and the one written: how a copied operand went wrong.

    >>> kind_of_difference("0.015", "0.15"), kind_of_difference("0.63", "0.62"), kind_of_difference("0.094", "0.0946")
    ('decimal-point', 'digit', 'cut')
    """
    value, wanted = written(text), written(right)
    if value == -wanted:
        return "sign"
    ratio = value / wanted if wanted else Fraction()
    if ratio and any(ratio == Fraction(10) ** power for power in range(-4, 5) if power):
        return "decimal-point"
    plain, target = text.replace(",", "."), right.replace(",", ".")
    if swapped(plain, wanted):
        return "digits-swapped"
    if unit(plain) and significant(plain) < significant(target) and rounding(plain, float(wanted)) == "cut":
        return "cut"
    return "digit" if one_digit_differs(plain, target) else "other"


def one_digit_differs(text: str, right: str) -> bool:
    """Whether two numbers of the same length differ in one place.

    >>> one_digit_differs("0.63", "0.62"), one_digit_differs("0.63", "0.26")
    (True, False)
    """
    return len(text) == len(right) and sum(a != b for a, b in zip(text, right, strict=True)) == 1


def swapped(text: str, wanted: Fraction) -> bool:
    """Whether exchanging two neighbouring digits of the text gives the wanted number."""
    return any(written(other) == wanted for other in exchanges(text))


def exchanges(text: str) -> Iterator[str]:
    """The text with two neighbouring digits exchanged, for each pair that differs; not what only moves the point."""
    places = [i for i, letter in enumerate(text) if letter.isdigit()]
    for i, j in pairwise(places):
        letters = list(text)
        letters[i], letters[j] = letters[j], letters[i]
        other = "".join(letters)
        if text[i] != text[j] and _digits_alone(other) != _digits_alone(text):
            yield other


def _digits_alone(text: str) -> str:
    return re.sub(r"\D", "", text).strip("0")
