"""Hidden layers that do what no line can."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable

import pytest

from glassnet.lab.perceptron.layers import MOST_ROWS, hidden_layer
from glassnet.lab.perceptron.points import GATES, Points, gate
from glassnet.lab.perceptron.twolayers import hidden_part


@pytest.mark.parametrize("name", ["xor", "xnor", "parity-3", "parity-4", "parity-7", "and", "nor", "majority-5"])
def test_it_is_right_for_every_row(name: str) -> None:
    points = gate(name)
    hidden = hidden_layer(points)
    assert hidden is not None
    assert tuple(hidden.positive(x) for x in points.rows) == points.positive


def test_xor_through_the_layers() -> None:
    hidden = hidden_layer(gate("xor"))
    assert hidden is not None
    assert hidden.names == ("OR", "NAND")
    assert [hidden.outputs(x) for x in gate("xor").rows] == [(0, 1), (1, 1), (1, 1), (1, 0)]


def test_parity_takes_a_unit_for_each_input() -> None:
    hidden = hidden_layer(gate("parity-5"))
    assert hidden is not None
    assert len(hidden.lines) == 5


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_every_truth_table_has_a_hidden_layer(inputs: int) -> None:
    counts: Counter[int] = Counter()
    for number in range(1, 2**2**inputs - 1):
        points = gate(f"{number:0{2**inputs}b}")
        hidden = hidden_layer(points)
        assert hidden is not None
        assert tuple(hidden.positive(x) for x in points.rows) == points.positive
        assert hidden.fewest
        counts[len(hidden.lines)] += 1
    assert counts == {1: {1: 2}, 2: {1: 12, 2: 2}, 3: {1: 102, 2: 150, 3: 2}}[inputs]


def test_truth_tables_of_four_inputs() -> None:
    """150 of the 65536, in whatever order their rows stand."""
    draw = random.Random(4)
    for _ in range(150):
        points = gate("".join(draw.choice("01") for _ in range(16)))
        order = draw.sample(range(16), 16)
        points = Points(tuple(points.rows[k] for k in order), tuple(points.positive[k] for k in order))
        hidden = hidden_layer(points)
        assert hidden is not None
        assert tuple(hidden.positive(x) for x in points.rows) == points.positive
        assert len(hidden.lines) <= 4


@pytest.mark.parametrize("table", ["0110" * 8, "0" * 31 + "1", "0110100110010110" + "1" * 16])
def test_more_inputs_take_a_unit_for_each_row_of_the_rarer_class(table: str) -> None:
    points = gate(table)
    hidden = hidden_layer(points)
    rare = min(table.count("0"), table.count("1"))
    if rare > MOST_ROWS:
        assert hidden is None
        return
    assert hidden is not None
    assert len(hidden.lines) == rare
    assert tuple(hidden.positive(x) for x in points.rows) == points.positive


SPREAD = [(k * 0.7548776662466927 % 1 * 4 - 2, k * 0.5698402909980532 % 1 * 4 - 2) for k in range(1, 46)]


@pytest.mark.parametrize(
    ("inside", "lines", "name"),
    [(lambda x, y: math.hypot(x, y) < 1.3, 4, "AND"), (lambda x, y: math.hypot(x, y) > 1.3, 4, "OR"),
     (lambda x, y: abs(x - y) < 0.8, 2, "AND"), (lambda x, y: max(abs(x), abs(y)) < 1.2, 3, "AND")],
)  # fmt: skip
def test_points_in_a_plane(inside: Callable[[float, float], bool], lines: int, name: str) -> None:
    points = Points.of([[round(x, 2), round(y, 2)] for x, y in SPREAD], [int(inside(x, y)) for x, y in SPREAD])
    hidden = hidden_layer(points)
    assert hidden is not None
    assert (len(hidden.lines) <= lines, hidden.output_name) == (True, name)
    assert tuple(hidden.positive(x) for x in points.rows) == points.positive
    part = hidden_part(points)
    assert part is not None
    assert len(part.blocks[-1].of) >= len(hidden.lines) + 1  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "points", [gate("true"), Points.of([[0, 2, 1], [1, 1, 5]], [0, 1]), Points.of([[0, 2], [0, 2]], [0, 1]),
               Points.of([list(p) for p in SPREAD], [k % 2 for k in range(45)])],
)  # fmt: skip
def test_none_is_known(points: Points) -> None:
    assert hidden_layer(points) is None


def test_units_are_called_what_they_say() -> None:
    hidden = hidden_layer(gate("0010110101001101"))
    assert hidden is not None
    assert (hidden.names[0], hidden.output_name, hidden.fewest) == ("0010", "OR", True)
    three = hidden_layer(gate("parity-3"))
    assert three is not None
    assert (three.fewest, three.output_name) == (True, "the sum, + and - in turn,")


def test_all_symmetric_gates_are_right() -> None:
    for name in GATES:
        points = gate(name)
        hidden = hidden_layer(points)
        assert hidden is None or tuple(hidden.positive(x) for x in points.rows) == points.positive
