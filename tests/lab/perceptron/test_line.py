"""A line as the lecture writes it, and its sides."""

from __future__ import annotations

from fractions import Fraction

import pytest

from glassnet.lab.expressions import text
from glassnet.lab.perceptron.exact import vector
from glassnet.lab.perceptron.line import Line


@pytest.mark.parametrize(
    ("weights", "threshold", "shown"),
    [
        ((2, 2), 2.5, "2 x1 + 2 x2 - 2.5 = 0"),
        ((-1, 0), -1, "-x1 + 1 = 0"),
        ((0, -1.5), 0, "-1.5 x2 = 0"),
        ((0, 0), 0, "0 = 0"),
        ((0, 0), 1, "-1 = 0"),
    ],
)
def test_the_equation(weights: tuple[float, ...], threshold: float, shown: str) -> None:
    line = Line(vector(weights), vector([threshold])[0])
    assert str(line) == shown
    assert text(line.left()).replace("*", " ") == shown.removesuffix(" = 0")


def test_a_tie_belongs_to_a_side() -> None:
    on_it = vector([1, 1])
    assert Line(vector([1, 1]), Fraction(2)).positive(on_it)
    assert not Line(vector([1, 1]), Fraction(2), tie="negative").positive(on_it)


def test_a_sum_that_floats_round_is_a_tie() -> None:
    assert 0.1 + 0.2 - 0.3 != 0
    assert Line(vector([0.1, 0.2]), vector([0.3])[0]).z(vector([1, 1])) == 0


def test_rows_on_the_wrong_side() -> None:
    line = Line(vector([1]), Fraction(4))
    assert line.wrong([vector([3]), vector([4]), vector([5])], [True, True, False]) == [0, 2]
