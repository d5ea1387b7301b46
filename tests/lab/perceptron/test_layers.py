"""Hidden layers that do what no line can."""

from __future__ import annotations

import pytest

from glassnet.lab.perceptron.layers import hidden_layer
from glassnet.lab.perceptron.points import GATES, Points, gate


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


@pytest.mark.parametrize("points", [gate("x1"), gate("true"), Points.of([[0, 2], [1, 1]], [0, 1])])
def test_none_is_known(points: Points) -> None:
    assert hidden_layer(points) is None


def test_all_symmetric_gates_are_right() -> None:
    for name in GATES:
        points = gate(name)
        hidden = hidden_layer(points)
        assert hidden is None or tuple(hidden.positive(x) for x in points.rows) == points.positive
