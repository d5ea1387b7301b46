"""Margins against what geometry says, and Novikoff's bound."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from glassnet.lab.perceptron.exact import vector
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.margin import greatest_margin, margin, novikoff, square_root
from glassnet.lab.perceptron.points import GATES, Points, gate
from glassnet.lab.perceptron.rule import Rule


def test_the_margin_of_a_line() -> None:
    course = Line(vector([2, 2]), Fraction(5, 2))
    assert margin(course, gate("and")) == Fraction(1, 32)  # 0.5 / sqrt(8), at (0, 1) and (1, 0)
    assert margin(Line(vector([1, 1]), Fraction(0)), gate("and")) == Fraction(-1, 2)  # at (0, 1)
    assert margin(Line(vector([0, 0]), Fraction(1)), gate("false")) is None


@pytest.mark.parametrize(
    ("name", "line", "square"),
    [
        ("and", "2 x1 + 2 x2 - 3 = 0", "1/8"),
        ("x1", "2 x1 - 1 = 0", "1/4"),
        ("or-3", "2 x1 + 2 x2 + 2 x3 - 1 = 0", "1/12"),
    ],
)
def test_the_greatest_margin_of_gates(name: str, line: str, square: str) -> None:
    found = greatest_margin(gate(name))
    assert found is not None
    assert (str(found.line), found.square) == (line, Fraction(square))
    assert found.value == pytest.approx(float(Fraction(square)) ** 0.5)


def test_no_line_can_be_further_away() -> None:
    """The nearest points of two hulls of a point and a segment, by hand: (1, 0) and the segment x = -1."""
    found = greatest_margin(Points.of([[1, 0], [-1, -3], [-1, 5]], [1, 0, 0]))
    assert found is not None
    assert (str(found.line), found.square) == ("x1 = 0", 1)


def test_it_is_a_margin_and_no_other_line_has_a_greater_one() -> None:
    draw, tried = random.Random(3), 0
    for _ in range(150):
        d = draw.randint(1, 3)
        rows = [[draw.randint(-5, 5) for _ in range(d)] for _ in range(draw.randint(2, 9))]
        points = Points.of(rows, [sum(row) > 0.5 for row in rows])
        found = greatest_margin(points)
        if found is None:
            continue
        tried += 1
        assert margin(found.line, points) == found.square
        for _ in range(20):
            nudged = Line(tuple(w + Fraction(draw.randint(-9, 9), 50) for w in found.line.weights),
                          found.line.threshold + Fraction(draw.randint(-9, 9), 50))  # fmt: skip
            other = margin(nudged, points)
            assert other is None or other <= found.square
    assert tried > 80


@pytest.mark.parametrize("name", ["xor", "true"])
def test_no_margin_without_two_sides(name: str) -> None:
    assert greatest_margin(gate(name)) is None


def test_novikoff_bounds_the_mistakes() -> None:
    assert novikoff(Rule(gate("xor")).learn()) is None
    assert novikoff(Rule(gate("and"), Fraction(5, 2)).learn()) is None
    bound = novikoff(Rule(gate("and")).learn())
    assert bound is not None
    assert (bound.radius, bound.gap, bound.bound) == (3, Fraction(1, 17), 51)  # 3 * 17
    for name in GATES.keys() - {"xor", "xnor"}:
        for start in (None, vector([1, 1]), vector([5, -3, 7])):
            for tie in ("positive", "negative"):
                for order in ("cyclic", "random"):
                    learned = Rule(gate(name), tie=tie, start=start, order=order).learn()
                    found = novikoff(learned)
                    assert found is not None
                    assert learned.converged
                    assert learned.mistakes <= found.bound


def test_a_start_far_off_has_a_larger_bound() -> None:
    near, far = (novikoff(Rule(gate("and"), start=vector(start)).learn()) for start in ([0, 0], [50, 50]))
    assert near is not None
    assert far is not None
    assert far.bound > near.bound


def test_a_root_has_its_sign() -> None:
    assert (square_root(Fraction(1, 4)), square_root(Fraction(-9))) == (0.5, -3.0)


def test_a_line_of_long_decimals_can_still_be_read() -> None:
    """Exactly its weights have hundreds of digits; written they are rounded, and their floats are finite."""
    X = np.random.default_rng(0).normal(size=(60, 12)).round(6)
    points = Points.of(X, X.sum(1) > 0)
    found = greatest_margin(points)
    assert found is not None
    assert margin(found.line, points) == found.square
    assert len(str(found.line)) < 300
    assert max(abs(float(w)) for w in found.line.weights) <= 1
