"""Numbers as written: what their digits promise, and whether they keep it."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from math import isfinite

from glassnet.lab.expressions import written

EXACT = 1e-12  # relative: what floating point leaves of an exact number


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
    if not isfinite(reference):
        return None
    value, step, exact = written(text), unit(text), Fraction(reference)
    distance = abs(value - exact)
    if distance <= EXACT * abs(exact) + Fraction(1, 10**15):
        return "exact"
    if step is None or significant(text) < digits or value * exact < 0 or distance > step:
        return None
    if 2 * distance <= step * (1 + Fraction(1, 10**9)):
        return "rounded"
    return "cut" if abs(value) < abs(exact) else "up"


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
    if len(plain) == len(target) and sum(a != b for a, b in zip(plain, target, strict=True)) == 1:
        return "digit"
    return "other"


def swapped(text: str, wanted: Fraction) -> bool:
    """Whether exchanging two neighbouring digits of the text gives the wanted number."""
    places = [i for i, letter in enumerate(text) if letter.isdigit()]
    for i, j in pairwise(places):
        letters = list(text)
        letters[i], letters[j] = letters[j], letters[i]
        if text[i] != text[j] and written("".join(letters)) == wanted:
            return True
    return False
