"""What one line cannot do two can: a hidden layer whose units draw lines, and one more unit that combines them.

A gate whose output depends only on how many inputs are 1 (XOR, parity, "exactly two") is put together from lines
x1 + ... + xn = k - 1/2, one for each k where the output changes: each unit says whether there are at least k ones, and
the output unit adds and subtracts them in turn. For XOR and XNOR of two inputs the lines are the course's: OR and NAND,
and AND of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from glassnet.lab.perceptron.exact import Vector, vector
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.margin import greatest_margin
from glassnet.lab.perceptron.points import Points, gate

# What the two hidden units and the output unit compute.
TOGETHER = {"0110": ("OR", "NAND", "AND"), "1001": ("AND", "NOR", "OR")}


@dataclass(frozen=True)
class Hidden:
    """A hidden layer: its lines with what each of them says, and the line of the output unit over them."""

    lines: tuple[Line, ...]
    names: tuple[str, ...]
    output: Line
    output_name: str

    def outputs(self, x: Sequence[Fraction]) -> Vector:
        """What the hidden units say of a point: 0 or 1 each."""
        return vector(line.positive(x) for line in self.lines)

    def positive(self, x: Sequence[Fraction]) -> bool:
        """What the output unit says of it."""
        return self.output.positive(self.outputs(x))


def hidden_layer(points: Points) -> Hidden | None:
    """A hidden layer for a truth table whose output depends only on the number of ones; None for other points.

    >>> found = hidden_layer(gate("xor"))
    >>> [str(line) for line in found.lines], str(found.output)
    (['2 x1 + 2 x2 - 1 = 0', '-2 x1 - 2 x2 + 3 = 0'], '2 x1 + 2 x2 - 3 = 0')
    """
    if not _is_truth_table(points):
        return None
    table = "".join("1" if positive else "0" for positive in points.positive)
    if table in TOGETHER:
        return _of_gates(*TOGETHER[table])
    by_ones: dict[int, bool] = {}
    for x, positive in zip(points.rows, points.positive, strict=True):
        if by_ones.setdefault(int(sum(x)), positive) != positive:
            return None
    return _counting([by_ones[ones] for ones in range(points.dimension + 1)])


def _is_truth_table(points: Points) -> bool:
    rows = set(points.rows)
    binary = all(value in (0, 1) for row in rows for value in row)
    return binary and len(rows) == len(points.rows) == 2**points.dimension


def _of_gates(first: str, second: str, output: str) -> Hidden:
    lines = []
    for name in (first, second, output):
        found = greatest_margin(gate(name))
        assert found is not None
        lines.append(found.line)
    return Hidden((lines[0], lines[1]), (first, second), lines[2], output)


def _counting(by_ones: Sequence[bool]) -> Hidden | None:
    """Units "at least k ones" for each k where the output changes."""
    changes = [k for k in range(1, len(by_ones)) if by_ones[k] != by_ones[k - 1]]
    if not changes:
        return None
    inputs = len(by_ones) - 1
    lines = tuple(Line(vector([1] * inputs), Fraction(2 * k - 1, 2)) for k in changes)
    weights = vector(1 if by_ones[k] else -1 for k in changes)
    threshold = Fraction(-1 if by_ones[0] else 1, 2)
    names = tuple(f"at least {k}" for k in changes)
    return Hidden(lines, names, Line(weights, threshold), "their sum, + and - in turn")
