"""What one line cannot do several can: a hidden layer whose units draw lines, and one more unit that combines them.

XOR and XNOR are put together as on the slides: OR and NAND, and AND of the two. A gate whose output depends only on how
many inputs are 1 (parity, "exactly two") gets a line x1 + ... + xn = k - 1/2 for each k where the output changes, whose
units the output adds and subtracts in turn. Of any other truth table of up to four inputs all lines are tried, and of
points in a plane many: few of them whose positive sides cover the positive rows and no other (OR), or whose positive
sides have just these in common (AND). And any truth table can be done by a unit for each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import combinations, product

import numpy as np

from glassnet.lab.perceptron.exact import Vector, vector
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.margin import greatest_margin
from glassnet.lab.perceptron.points import GATES, Points, gate
from glassnet.typing import Floats

# What the two hidden units and the output unit compute.
TOGETHER = {"0110": ("OR", "NAND", "AND"), "1001": ("AND", "NOR", "OR")}
MOST_INPUTS = 4  # up to which every line through a truth table is tried
LARGEST_WEIGHT = 3  # which is enough for each of the 1882 that four inputs have (Muroga 1971)
MOST_POINTS, DIRECTIONS = 60, 360  # of a plane: points, and the directions in which lines are tried
MOST_LINES = 4  # that are combined, but for a unit a row
MOST_ROWS = 8  # that have a unit each


@dataclass(frozen=True)
class Hidden:
    """A hidden layer: its lines with what each of them says, and the line of the output unit over them.

    `fewest` is true where it is known that fewer units would not do.
    """

    lines: tuple[Line, ...]
    names: tuple[str, ...]
    output: Line
    output_name: str
    fewest: bool = False

    def outputs(self, x: Sequence[Fraction]) -> Vector:
        """What the hidden units say of a point: 0 or 1 each."""
        return vector(line.positive(x) for line in self.lines)

    def positive(self, x: Sequence[Fraction]) -> bool:
        """What the output unit says of it."""
        return self.output.positive(self.outputs(x))

    @property
    def any(self) -> bool:
        """Whether one unit is enough for the output to be 1 (OR)."""
        return bool(self.output.z(vector([1] + [0] * (len(self.lines) - 1))) >= 0)


def hidden_layer(points: Points) -> Hidden | None:
    """A hidden layer for a truth table, or for points in a plane where few lines do; None for others.

    >>> found = hidden_layer(gate("xor"))
    >>> [str(line) for line in found.lines], str(found.output)
    (['2 x1 + 2 x2 - 1 = 0', '-2 x1 - 2 x2 + 3 = 0'], '2 x1 + 2 x2 - 3 = 0')
    """
    if len(set(points.positive)) < 2:
        return None
    if not _is_truth_table(points):
        plane = points.dimension == 2 and len(points.rows) <= MOST_POINTS and _consistent(points)
        return _of_few(points, set(_sides_in_a_plane(points))) if plane else None
    table = "".join("1" if positive else "0" for _, positive in sorted(zip(points.rows, points.positive, strict=True)))
    if table in TOGETHER:
        return _of_gates(*TOGETHER[table])
    counted = _counting(points)
    if counted is not None and len(counted.lines) < 3:
        return replace(counted, fewest=True)
    few = _of_few(points, _sides(points), every=True) if points.dimension <= MOST_INPUTS else None
    if counted is None:
        return few or _unit_a_row(points)
    return replace(counted, fewest=few is not None and len(counted.lines) == 3 <= len(few.lines))  # no two do


def _is_truth_table(points: Points) -> bool:
    rows = set(points.rows)
    binary = all(value in (0, 1) for row in rows for value in row)
    return binary and len(rows) == len(points.rows) == 2**points.dimension


def _consistent(points: Points) -> bool:
    """Whether no point is in both classes."""
    return len(set(points.rows)) == len(set(zip(points.rows, points.positive, strict=True)))


def _of_gates(first: str, second: str, output: str) -> Hidden:
    lines = [_widest(gate(name)) for name in (first, second, output)]
    return Hidden((lines[0], lines[1]), (first, second), lines[2], output, fewest=True)


def _widest(points: Points) -> Line:
    found = greatest_margin(points)
    assert found is not None
    return found.line


def _counting(points: Points) -> Hidden | None:
    """Units "at least k ones" for each k where the output changes; None where it depends on more than that."""
    by_ones: dict[int, bool] = {}
    for x, positive in zip(points.rows, points.positive, strict=True):
        if by_ones.setdefault(int(sum(x)), positive) != positive:
            return None
    inputs = points.dimension
    changes = [k for k in range(1, inputs + 1) if by_ones[k] != by_ones[k - 1]]
    lines = tuple(Line(vector([1] * inputs), Fraction(2 * k - 1, 2)) for k in changes)
    weights = vector(1 if by_ones[k] else -1 for k in changes)
    threshold = Fraction(-1 if by_ones[0] else 1, 2)
    names = tuple(f"at least {k}" for k in changes)
    return Hidden(lines, names, Line(weights, threshold), "the sum, + and - in turn,")


# ---- the fewest lines ----------------------------------------------------------------------------------------------


def _of_few(points: Points, sides: set[int], *, every: bool = False) -> Hidden | None:
    """OR or AND of the fewest of these lines, which are given by the rows on their positive sides.

    There is no other way for a line to combine two (with any of them turned round). So where `every` line there is was
    tried, and no two do, three are the fewest.
    """
    wanted = _mask(points.positive)
    whole = 2 ** len(points.rows) - 1
    inside = _largest({side for side in sides if side and not side & ~wanted})
    around = _largest({whole & ~side for side in sides if side != whole and not wanted & ~side})
    for count in range(1, MOST_LINES + 1):
        found, name = _covering(wanted, inside, count), "OR"
        if found is None:
            outside, name = _covering(whole & ~wanted, around, count), "AND"
            found = None if outside is None else tuple(whole & ~side for side in outside)
        if found is not None:
            return _together(points, found, name, fewest=count < 3 or (every and count == 3))
    return None


def _mask(positive: Sequence[bool]) -> int:
    return sum(1 << row for row, is_positive in enumerate(positive) if is_positive)


def _largest(sides: set[int]) -> list[int]:
    """Those that are part of no other, the largest first."""
    kept: list[int] = []
    for side in sorted(sides, key=lambda side: (-side.bit_count(), side)):
        if all(side & ~other for other in kept):
            kept.append(side)
    return kept


def _covering(wanted: int, sides: Sequence[int], count: int) -> tuple[int, ...] | None:
    """At most so many of the sides that together have the wanted rows.

    >>> _covering(0b111, [0b011, 0b110], 2), _covering(0b111, [0b011, 0b110], 1)
    ((3, 6), None)
    """
    if not wanted:
        return ()
    if not count or count * max(((side & wanted).bit_count() for side in sides), default=0) < wanted.bit_count():
        return None
    first = wanted & -wanted  # one of them has this row
    for side in sides:
        rest = _covering(wanted & ~side, sides, count - 1) if side & first else None
        if rest is not None:
            return (side, *rest)
    return None


def _together(points: Points, sides: Sequence[int], name: str, *, fewest: bool) -> Hidden:
    lines, names = [], []
    for side in sides:
        positive = tuple(bool(side >> row & 1) for row in range(len(points.rows)))
        lines.append(_widest(Points(points.rows, positive)))
        names.append(_called(points, positive))
    output = _widest(gate(f"{name}-{len(sides)}"))
    return Hidden(tuple(lines), tuple(names), output, name, fewest)


def _called(points: Points, positive: tuple[bool, ...]) -> str:
    """A gate's name, or the rows for which a unit says 1."""
    rows = [row for row, is_positive in enumerate(positive) if is_positive]
    if points.dimension == 2 and _is_truth_table(points):
        outputs = dict(zip(points.rows, positive, strict=True))
        table = "".join(str(int(outputs[x])) for x in sorted(outputs))
        return next(name for name, known in GATES.items() if known == table).upper()
    if not _is_truth_table(points):
        return f"{len(rows)} of {len(positive)} points"
    if len(rows) > len(positive) // 2:
        return f"all but {_listed(points, [row for row in range(len(positive)) if row not in rows])}"
    return _listed(points, rows)


def _listed(points: Points, rows: Sequence[int]) -> str:
    shown = ["".join(str(value) for value in points.rows[row]) for row in rows]
    return ", ".join(shown) if len(shown) <= 4 else f"{', '.join(shown[:3])} and {len(shown) - 3} more"


def _sides(points: Points) -> set[int]:
    """The rows on the positive side of a line, for each line through a truth table."""
    order = {x: row for row, x in enumerate(points.rows)}
    places = [order[x] for x in sorted(order)]
    if places == list(range(len(places))):
        return set(_dichotomies(points.dimension))
    return {
        sum(1 << place for k, place in enumerate(places) if side >> k & 1) for side in _dichotomies(points.dimension)
    }


@cache
def _dichotomies(inputs: int) -> frozenset[int]:
    """Every linearly separable truth table of so many inputs, row k as bit k.

    >>> [len(_dichotomies(inputs)) for inputs in (1, 2, 3, 4)]
    [4, 14, 104, 1882]
    """
    corners = np.array(list(product((0, 1), repeat=inputs)))
    weights = np.array(list(product(range(-LARGEST_WEIGHT, LARGEST_WEIGHT + 1), repeat=inputs)))
    sums = weights @ corners.T
    bits = 1 << np.arange(len(corners))
    reach = LARGEST_WEIGHT * inputs
    tables = [((sums >= threshold) @ bits).tolist() for threshold in range(-reach, reach + 2)]
    return frozenset(side for table in tables for side in table)


def _sides_in_a_plane(points: Points) -> Iterator[int]:
    """The rows on the positive side of lines in evenly spread directions, and in those between two points."""
    numbers = np.array([[float(value) for value in x] for x in points.rows])
    numbers = (numbers - numbers.mean(axis=0)) / max(float(np.ptp(numbers)), 1e-300)
    angles = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS
    between = np.array([a - b for a, b in combinations(numbers, 2) if (a != b).any()])
    turned = np.arctan2(between[:, 1], between[:, 0])[:, None] + np.array([1, -1]) * np.pi / 2 + 1e-7
    for angle in np.unique(np.concatenate([angles, turned.ravel(), turned.ravel() - 2e-7])).tolist():
        yield from _prefixes(numbers @ [np.cos(angle), np.sin(angle)])


def _prefixes(along: Floats) -> Iterator[int]:
    """The rows that lie furthest along a direction: one, two, ..."""
    order = np.argsort(-along, kind="stable")
    side = 0
    for row, behind in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
        side |= 1 << row
        if along[row] - along[behind] > 1e-9:
            yield side


# ---- a unit a row --------------------------------------------------------------------------------------------------


def _unit_a_row(points: Points) -> Hidden | None:
    """A unit for each row of the rarer class, which says 1 for this row alone."""
    rare = 2 * sum(points.positive) <= len(points.rows)
    rows = [x for x, positive in zip(points.rows, points.positive, strict=True) if positive == rare]
    if len(rows) > MOST_ROWS:
        return None
    lines = tuple(Line(vector(2 * value - 1 for value in x), sum(x) - Fraction(1, 2)) for x in rows)
    names = tuple("".join(map(str, x)) for x in rows)
    sign = 1 if rare else -1
    return Hidden(lines, names, Line(vector([sign] * len(rows)), Fraction(sign, 2)), "OR" if rare else "NOR")
