"""Numbers as this bench writes them: 248453923.566, 4.074072e-10, -1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def digits(value: float, significant: int = 7) -> str:
    """A number with so many significant digits, and with three decimals where it is large.

    >>> digits(248453923.56599), digits(4.0740719e-10), digits(-1.0), digits(1.28), digits(-0.0), digits(1e12)
    ('248453923.566', '4.074072e-10', '-1', '1.28', '0', '1e+12')
    """
    if value == 0:
        return "0"
    if 10.0 ** (significant - 3) <= abs(value) < 1e9:
        text = f"{value:.3f}"
        return text.rstrip("0").rstrip(".") if significant >= 7 else f"{value:.{significant}g}"
    return f"{value:.{significant}g}"


def point_words(variables: Sequence[str], point: Iterable[float], significant: int = 7) -> str:
    """A point in words.

    >>> point_words("x", [-1.0]), point_words("xy", [2.0, 3.5])
    ('x = -1', '(2, 3.5)')
    """
    numbers = [digits(float(x), significant) for x in point]
    return f"{variables[0]} = {numbers[0]}" if len(numbers) == 1 else f"({', '.join(numbers)})"
