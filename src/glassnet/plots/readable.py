"""Numbers as people read them: short, with thousands apart, and never rounded up to a perfect score."""

from __future__ import annotations

import math

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NO_BREAK = "\u00a0"


def significant(value: float, digits: int = 3) -> str:
    """``value`` to ``digits`` significant digits; powers of ten where zeros would have to be counted.

    >>> significant(0.04567), significant(-123456.0), significant(2.5e-7), significant(float("nan"))
    ('0.0457', '−123,000', '2.5×10⁻⁷', 'not a number')
    """
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if power < -4 or power >= 6:
        return f"{plain(mantissa)}×10{str(power).translate(_SUPERSCRIPT)}"
    # Rounded to the digits asked for, also before the point.
    return plain(f"{float(f'{mantissa}e{power}'):,.{max(digits - 1 - power, 0)}f}")


def plain(text: str) -> str:
    """A number without zeros at its end, and with a real minus sign.

    >>> plain("-2.500"), plain("100")
    ('−2.5', '100')
    """
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return short.replace("-", "−")


def count(value: int) -> str:
    """A whole number with its thousands apart.

    >>> count(101770)
    '101,770'
    """
    return f"{value:,}"


def percent(share: float, digits: int = 1) -> str:
    """A share in per cent; what is neither none nor all is never rounded to 0 % or 100 %.

    >>> percent(0.97221), percent(1.0), percent(0.99996), percent(0.0001)
    ('97.2\\xa0%', '100\\xa0%', '> 99.9\\xa0%', '< 0.1\\xa0%')
    """
    if not math.isfinite(share):
        return significant(share)
    if share in (0.0, 1.0):
        return f"{100 * share:.0f}{NO_BREAK}%"
    text = f"{100 * share:.{digits}f}"
    if 0 < share < 1 and float(text) in (0.0, 100.0):
        smallest = 10.0**-digits
        bound, sign = (smallest, "<") if share < 0.5 else (100 - smallest, ">")
        return f"{sign} {bound:.{digits}f}{NO_BREAK}%"
    return f"{text}{NO_BREAK}%"


def duration(seconds: float) -> str:
    """A time in the unit that fits it.

    >>> duration(0.0312), duration(4.26), duration(75.2), duration(7260)
    ('31\\xa0ms', '4.3\\xa0s', '1\\xa0min 15\\xa0s', '2\\xa0h 1\\xa0min')
    """
    if not math.isfinite(seconds):
        return "not a number"
    if seconds < 0.9995:
        return f"{1000 * seconds:.0f}{NO_BREAK}ms"
    if seconds < 59.95:
        return f"{seconds:.1f}{NO_BREAK}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{NO_BREAK}min {rest}{NO_BREAK}s"
    return f"{minutes // 60}{NO_BREAK}h {minutes % 60}{NO_BREAK}min"


def plural(amount: int, one: str, many: str = "") -> str:
    """The amount with its noun.

    >>> plural(1, "epoch"), plural(1200, "epoch"), plural(2, "class", "classes")
    ('1 epoch', '1,200 epochs', '2 classes')
    """
    return f"{count(amount)} {one if amount == 1 else many or one + 's'}"
