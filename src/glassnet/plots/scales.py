"""Axes: where the ticks stand, what they are called, and where a value lands on the paper.

Ticks are multiples of 1, 2 or 5 times a power of ten (Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990);
on a logarithmic axis they are powers of ten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from glassnet.plots.readable import significant

# What an axis takes: room on both sides for the arithmetic of steps, within the range of float64.
SMALLEST, LARGEST = 1e-250, 1e250


def fits(value: float, log: bool = False) -> bool:
    """Whether an axis has a place for ``value``: finite, not immense, and on a logarithmic axis above zero.

    >>> fits(0.0), fits(0.0, log=True), fits(float("nan")), fits(1e300)
    (True, False, False, False)
    """
    return abs(value) <= LARGEST and (value >= SMALLEST or not log)


def nice_step(span: float, parts: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten that cuts ``span`` into at most ``parts`` parts.

    >>> nice_step(97.0, 5), nice_step(0.9, 5), nice_step(10.0, 5)
    (20.0, 0.2, 2.0)
    """
    rough = span / parts
    power = math.floor(math.log10(rough))
    # Rounded, so that 1e-1 * 2 and the like do not miss rough by a last bit.
    return next(s for f in (1, 2, 5, 10, 20) if (s := float(f"{f}e{power}")) >= rough * (1 - 1e-12))


def ticks(low: float, high: float, parts: int = 5, whole: bool = False) -> list[float]:
    """The multiples of a nice step from ``low`` to ``high``, both included where they are multiples themselves.

    ``whole``: integers only, for axes that count.

    >>> ticks(0.0, 1.0), ticks(1, 3, whole=True), ticks(-3.0, 8.0, parts=3)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [1.0, 2.0, 3.0], [0.0, 5.0])
    """
    step = nice_step(high - low, parts)
    return multiples(max(step, 1.0) if whole else step, low, high)


def multiples(step: float, low: float, high: float) -> list[float]:
    """The multiples of ``step`` from ``low`` to ``high``.

    >>> multiples(0.1, 0.6, 0.8)
    [0.6, 0.7, 0.8]
    """
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # A quotient such as 7 / 10 is the nearest float to 0.7, a product such as 7 * 0.1 is not.
    return [i / round(1 / step) if 1e-15 < step < 1 else i * step for i in range(first, last + 1)]


@dataclass(frozen=True)
class Scale:
    """A range of values laid on paper from ``start`` to ``end``, with ticks every ``step`` or at powers of ten."""

    low: float
    high: float
    start: float
    end: float
    step: float = 1.0
    log: bool = False

    def __call__(self, value: float) -> float:
        """Where ``value`` lands.

        >>> Scale(0.0, 10.0, 100.0, 200.0)(5.0), Scale(1.0, 100.0, 0.0, 2.0, log=True)(10.0)
        (150.0, 1.0)
        """
        if self.log:
            # Differences of logarithms: the quotient of two numbers that fit may not.
            low = math.log10(self.low)
            share = (math.log10(value) - low) / (math.log10(self.high) - low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """The values that get a line and a label."""
        if not self.log:
            return multiples(self.step, self.low, self.high)
        first, last = round(math.log10(self.low)), round(math.log10(self.high))
        stride = max(1, math.ceil((last - first) / 5))
        return [10.0**power for power in range(first, last + 1, stride)]


def linear(values: Sequence[float], start: float, end: float, *, whole: bool = False, zero: bool = False) -> Scale:
    """A linear scale that holds all ``values`` (which fit) and ends at ticks.

    ``zero``: it holds 0 too. ``whole``: ticks are integers, and the scale ends where the values do.

    >>> s = linear([0.13, 0.87], 0, 1); s.low, s.high
    (0.0, 1.0)
    """
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    low, high = (min(low, 0.0), max(high, 0.0)) if zero else (low, high)
    size = max(abs(low), abs(high))
    if high - low <= max(1e-9 * size, SMALLEST):  # one value, or as good as one: some room around it
        room = 0.5 if whole or size < SMALLEST else 0.1 * size
        low, high = low - room, high + room
    step = nice_step(high - low, 5)
    if whole:
        return Scale(low, high, start, end, max(step, 1.0))
    return Scale(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, start, end, step)


def logarithmic(values: Sequence[float], start: float, end: float) -> Scale:
    """A logarithmic scale from the power of ten below the smallest of ``values`` (which fit) to the one above.

    >>> s = logarithmic([0.03, 2.0], 0, 1); s.low, s.high
    (0.01, 10.0)
    """
    low, high = (min(values), max(values)) if values else (0.1, 1.0)
    first = math.floor(math.log10(low) + 1e-9)
    last = max(math.ceil(math.log10(high) - 1e-9), first + 1)
    return Scale(10.0**first, 10.0**last, start, end, log=True)


def labels(values: Sequence[float]) -> list[str]:
    """Names for ticks: all with the decimals that the finest of their distances needs.

    >>> labels([0.0, 0.5, 1.0]), labels([-20000.0, 0.0]), labels([1e-7, 1e-6])
    (['0.0', '0.5', '1.0'], ['−20,000', '0'], ['1×10⁻⁷', '1×10⁻⁶'])
    """
    size = max((abs(v) for v in values), default=0.0)
    gap = min((b - a for a, b in pairwise(values)), default=size)
    if not 1e-4 <= size < 1e6 or gap < 1e-6 * size:
        return [significant(v, 6) for v in values]
    decimals = max(0, -math.floor(math.log10(gap) + 1e-9))
    return [f"{0.0 if v == 0 else v:,.{decimals}f}".replace("-", "−") for v in values]
