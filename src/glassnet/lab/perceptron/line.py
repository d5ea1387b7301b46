"""The boundary of a perceptron: a line, a plane, a hyperplane, with the side that it calls positive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from glassnet.lab.expressions import MINUS, Expression, Name, Number, plus, times
from glassnet.lab.perceptron.exact import Vector, dot, short


@dataclass(frozen=True)
class Line:
    """w1 x1 + ... + wn xn = theta, exactly; `tie` says to which side a point on it belongs.

    >>> line = Line((Fraction(2), Fraction(2)), Fraction(5, 2))
    >>> str(line), line.z((Fraction(1), Fraction(1))), line.positive((Fraction(0), Fraction(1)))
    ('2 x1 + 2 x2 - 2.5 = 0', Fraction(3, 2), False)
    """

    weights: Vector
    threshold: Fraction
    tie: str = "positive"

    @property
    def w0(self) -> Fraction:
        """The weight of the constant x0 = 1: minus the threshold."""
        return -self.threshold

    def z(self, x: Sequence[Fraction]) -> Fraction:
        """w.x - theta."""
        return dot(self.weights, x) - self.threshold

    def decides(self, z: Fraction) -> bool:
        """Whether a point with this z is positive."""
        return z >= 0 if self.tie == "positive" else z > 0

    def positive(self, x: Sequence[Fraction]) -> bool:
        """Whether a point is on the positive side."""
        return self.decides(self.z(x))

    def wrong(self, rows: Sequence[Vector], positive: Sequence[bool]) -> list[int]:
        """The rows that it puts on the wrong side."""
        return [i for i, (x, p) in enumerate(zip(rows, positive, strict=True)) if self.positive(x) != p]

    def left(self, inputs: Sequence[str] = ()) -> Expression:
        """w1 x1 + ... - theta as a formula, without what is zero."""
        names = inputs or [f"x{k}" for k in range(1, len(self.weights) + 1)]
        terms = [_term(w, name) for w, name in zip(self.weights, names, strict=True) if w]
        constant: list[Expression] = [Number(short(-self.threshold))] if self.threshold < 0 else []
        constant += [times(MINUS, Number(short(self.threshold)))] if self.threshold > 0 else []
        return plus(*terms, *constant) if terms or constant else Number("0")

    def __str__(self) -> str:
        return f"{''.join(_spaced(self.weights, self.threshold))} = 0"


def _term(weight: Fraction, name: str) -> Expression:
    sign = (MINUS,) if weight < 0 else ()
    size = () if abs(weight) == 1 else (Number(short(abs(weight))),)
    return times(*sign, *size, Name(name))


def _spaced(weights: Vector, threshold: Fraction) -> Iterator[str]:
    """The left side as the lecture writes it: 2 x1 + 2 x2 - 2.5."""
    parts = [(w, f" x{k}") for k, w in enumerate(weights, 1) if w] + [(-threshold, "")] * (threshold != 0)
    for place, (value, name) in enumerate(parts):
        sign = (" - " if value < 0 else " + ") if place else ("-" if value < 0 else "")
        size = "" if abs(value) == 1 and name else short(abs(value))
        yield sign + size + (name if size else name.strip())
    if not parts:
        yield "0"
