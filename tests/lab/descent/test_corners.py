"""Corners: found where the gradient jumps and 0 lies between, of functions whose corners are known."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.lab.descent.corners import folds, lagrangians, zero_lies_between
from glassnet.lab.descent.function import Function
from glassnet.lab.descent.stationary import search
from glassnet.lab.expressions import text
from glassnet.lab.grammar import function_of

KNOWN = [
    ("abs(x - 1)", {(1,): "minimum"}),
    ("max(x, 0)", {(0,): "minimum"}),
    ("min(x, 0)", {(0,): "maximum"}),
    ("relu(x - 1) + relu(-x)", {(0,): "minimum", (1,): "minimum"}),
    ("x + abs(x)/2", {}),  # the slope jumps from 1/2 to 3/2
    ("x*abs(x)", {}),  # no corner at all
    ("abs(abs(x) - 1)", {(-1,): "minimum", (0,): "maximum", (1,): "minimum"}),
    ("max(x^2, (x - 2)^2)", {(1,): "minimum"}),
    ("abs(x) + 2abs(x) + 2.5x", {(0,): "minimum"}),  # two folds in one place
    ("sqrt(abs(x))", {(0,): "minimum"}),  # a cusp
    ("hard_tanh(x)^2", {(-1,): "maximum", (1,): "maximum"}),
    ("abs(x) + abs(y)", {(0, 0): "minimum"}),
    ("abs(x) - abs(y)", {(0, 0): "saddle"}),
    ("-abs(x) - y^2", {(0, 0): "maximum"}),
    ("max(x, y)", {}),  # 0 does not lie between (1, 0) and (0, 1)
    ("max(x, y) + x^2 + y^2", {(-0.25, -0.25): "minimum"}),
    ("x^2 + abs(y - x)", {(0, 0): "minimum"}),
    ("10abs(y - x^2) + (1 - x)^2", {(1, 1): "minimum"}),
    ("max(max(x, y), z) + x^2 + y^2 + z^2", {(-1 / 6, -1 / 6, -1 / 6): "minimum"}),
]


@pytest.mark.parametrize(("written", "kinds"), KNOWN)
def test_corners(written: str, kinds: dict[tuple[float, ...], str]) -> None:
    f = Function.of(written)
    n = len(f.variables)
    found = search(f, np.ones(n), np.empty((0, n))).points
    corners = {tuple(round(x, 9) + 0.0 for x in level.point): level.kind for level in found if level.corner}
    assert corners == {tuple(round(float(x), 9) for x in point): kind for point, kind in kinds.items()}


def test_the_gradients_around_a_corner() -> None:
    (level,) = gn.descend("abs(x) + abs(y - 2)", (1, 1), steps=1).stationary
    assert (level.point, level.value, level.eigenvalues) == ((0, 2), 0, ())
    assert set(level.gradients) == {(-1, -1), (-1, 1), (1, -1), (1, 1)}
    assert gn.descend("max(x, 0)", 1, steps=1).stationary[0].gradients == ((0,), (1,))
    assert gn.descend("x^2", 1, steps=1).stationary[0].gradients == ()


def test_level_points_beside_corners_are_kept() -> None:
    points = gn.descend("abs(x^2 - 2)", 1, steps=1).stationary
    assert [(level.kind, level.corner) for level in points] == [
        ("minimum", True),
        ("maximum", False),
        ("minimum", True),
    ]


def test_corners_as_formulas() -> None:
    pytest.importorskip("sympy")
    points = gn.descend("abs(x^2 - 2) + abs(y - 1/3)", (1, 1), steps=1).stationary
    assert {level.exact for level in points if level.kind == "minimum"} == {("sqrt(2)", "1/3"), ("-sqrt(2)", "1/3")}


def test_a_corner_on_paper() -> None:
    found = gn.descend("abs(x - 1)", 3)
    text = found.markdown()
    assert "| x = 1 | 0 | a minimum at a corner | the slope jumps from -1 to 1 |" in text
    assert "minimum, a corner: slope −1 to 1" in found.svg()
    assert found.to_json()["stationary"][0]["corner"] == [[-1.0], [1.0]]
    rest = gn.descend("abs(x)", 0)
    assert rest.verdict == "minimum"
    assert "a minimum at a corner: the slope jumps from -1 to 1, and 0 lies between" in rest.explanation


def test_what_folds_and_how_many() -> None:
    assert [text(u) for u in folds(function_of("abs(x) + relu6(y) + tanh(x) + step(x)"))] == ["x", "y", "y - 6"]
    assert lagrangians(Function.of("x^2")) == []
    assert lagrangians(Function.of("+".join(f"abs(x - {k})" for k in range(9)))) == []  # too many to look at


@pytest.mark.parametrize(
    ("gradients", "between"),
    [([[1, 0], [0, 1]], False), ([[1, 0], [-1, 0.5], [-1, -0.5]], True), ([[0, 0], [1, 1]], True),
     ([[1e-9], [3]], True), ([[1, 1], [-1, -1.01]], False)],
)  # fmt: skip
def test_zero_lies_between(gradients: list[list[float]], between: bool) -> None:
    assert zero_lies_between(np.array(gradients, float)) is between
