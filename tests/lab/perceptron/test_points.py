"""Points and gates."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassnet.errors import DataError, GlassnetError, SettingError
from glassnet.lab.perceptron.points import GATES, Points, gate

LINE = [-2, 6, 7, 3, 2, -1, 0, 5, 10, 4, 9, 8]
CLASSES = list("NPPNNNNPPNPP")


def test_the_lectures_points_on_a_line() -> None:
    points = Points.of(LINE, CLASSES)
    assert (points.dimension, points.classes, sum(points.positive)) == (1, ("N", "P"), 6)
    assert points.rows[1] == (Fraction(6),)
    assert points.at(0) == "(-2)"


def test_a_table(tmp_path: Path) -> None:
    path = tmp_path / "fruit.csv"
    path.write_text("weight,kind,sweet\n0.1,apple,yes\n0.3,lemon,no\n0.2,apple,yes\n")
    points = Points.read(path)
    assert points.inputs == ("weight", "kind=apple", "kind=lemon")
    assert points.rows[0] == (Fraction(1, 10), 1, 0)
    assert points.positive == (True, False, True)
    assert Points.read(path, target="kind").classes == ("apple", "lemon")


@pytest.mark.parametrize(
    ("y", "positive", "classes"),
    [
        ([0, 0], None, (0, 1)),
        ([1, 1], None, (0, 1)),
        ([-1, -1], None, (-1, 1)),
        ([-1, 1], None, (-1, 1)),
        (["no", "yes"], None, ("no", "yes")),
        (["no", "yes"], "no", ("yes", "no")),
        ([True, False], None, (False, True)),
    ],
)
def test_which_class_is_positive(y: list[Any], positive: Any, classes: tuple[Any, Any]) -> None:
    assert Points.of([[0], [1]], y, positive=positive).classes == classes


@pytest.mark.parametrize(
    ("X", "y", "said"),
    [
        ([[1], [2], [3]], [0, 1, 2], "two classes apart; y has 3"),
        ([[1], [2]], ["a", "a"], "say whether it is the positive one"),
        ([[1, 2], [3]], [0, 1], "different lengths: 1, 2"),
        ([[1], [2]], [0], "2 rows and y has 1 labels"),
        ([], [], "empty"),
        ([[float("nan")], [1.0]], [0, 1], "finite"),
        (np.float64(3), [1], "a row for each point"),
    ],
)
def test_what_are_no_points(X: Any, y: Any, said: str) -> None:
    with pytest.raises(GlassnetError, match=said):
        Points.of(X, y)


def test_the_positive_label_has_to_occur() -> None:
    with pytest.raises(SettingError, match="The positive label is 'c'"):
        Points.of([[1], [2]], ["a", "b"], positive="c")
    assert isinstance(DataError("x"), ValueError)


def test_the_sixteen_gates_are_all_functions_of_two_inputs() -> None:
    assert len(set(GATES.values())) == len(GATES) == 16


@pytest.mark.parametrize(
    ("name", "table"),
    [("and", "0001"), ("OR", "0111"), ("nand", "1110"), ("nor", "1000"), ("xor", "0110"), ("implies", "1101"),
     ("parity", "0110"), ("x2-not-x1", "0100"), ("and-2", "0001"), ("xor-2", "0110")],
)  # fmt: skip
def test_a_gate_is_its_table(name: str, table: str) -> None:
    assert "".join(str(int(p)) for p in gate(name).positive) == table


def test_gates_of_more_inputs() -> None:
    assert [sum(gate(name).positive) for name in ("and-3", "or_3", "nand-3", "majority-5", "parity-4")] == [
        1, 7, 7, 16, 8]  # fmt: skip
    assert gate("majority-3").rows[3] == (0, 1, 1)


@pytest.mark.parametrize(
    ("name", "said"), [("nandy", "did you mean 'nand'"), ("parity-11", "1 to 10 inputs"), ("implies-3", "no gate")]
)
def test_no_gate(name: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        gate(name)
