"""Formulas by SymPy: right, bounded in size and time, and a sentence where it is missing."""

from __future__ import annotations

import sys
from time import process_time

import numpy as np
import pytest
from table.functions import FUNCTIONS, POINTS

from glassnet.errors import MissingExtraError
from glassnet.lab.descent import exact
from glassnet.lab.descent.descend import descend
from glassnet.lab.descent.formulas import derivatives, tidied, typeset
from glassnet.lab.descent.function import Function
from glassnet.lab.expressions import Expression, evaluate, text
from glassnet.lab.grammar import function_of


def number(tree: Expression, variables: tuple[str, ...], point: np.ndarray) -> float:
    numbers = dict(zip(variables, point.tolist(), strict=True))
    return evaluate(tree, lambda name: numbers[name.quantity])


@pytest.mark.parametrize("written", FUNCTIONS)
def test_the_formulas_are_the_numbers(written: str) -> None:
    f = Function.of(written)
    point = POINTS[2, : len(f.variables)]
    if written.startswith("relu"):  # SymPy writes the slope of a maximum by a step that has no name here
        point = POINTS[0, :2]
    known = derivatives(f)
    assert known.gradient is not None
    slopes = [number(tree, f.variables, point) for tree in known.gradient]
    if known.hessian is None:
        assert written.startswith("gelu"), "only gelu'' has no name here"
        return
    curvatures = [[number(tree, f.variables, point) for tree in row] for row in known.hessian]
    np.testing.assert_allclose(slopes, f.gradient(point), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(curvatures, f.hessian(point), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(
    ("written", "gradient", "hessian"),
    [
        ("x**2 - y**2", ["2*x", "-2*y"], [["2", "0"], ["0", "-2"]]),
        ("x^2 + 2x + 1", ["2*x + 2"], [["2"]]),
        ("e^x*y", ["y*exp(x)", "exp(x)"], [["y*exp(x)", "exp(x)"], ["exp(x)", "0"]]),
        ("x/(1 + x^2)", ["-(x - 1)*(x + 1)/(x^2 + 1)^2"], None),
        ("sigmoid(x)", ["sigmoid(x)*(1 - sigmoid(x))"], None),
    ],
)
def test_formulas(written: str, gradient: list[str], hessian: list[list[str]] | None) -> None:
    known = derivatives(Function.of(written))
    assert [text(slope) for slope in known.gradient or ()] == gradient
    if hessian is not None:
        assert [[text(entry) for entry in row] for row in known.hessian or ()] == hessian


@pytest.mark.parametrize(
    ("written", "points"),
    [
        ("x^4 - x^2", {"-sqrt(2)/2", "0", "sqrt(2)/2"}),
        ("e^x - 2x", {"log(2)"}),
        ("x^2*y + y^2 - 2y", {"0, 1", "-sqrt(2), 0", "sqrt(2), 0"}),
        ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", set()),  # nine roots: more than are solved for
        ("x^6 - x^3 + x", set()),  # no formula has its roots
        ("3x - y", set()),
    ],
)
def test_level_points(written: str, points: set[str]) -> None:
    assert {", ".join(formula) for formula, _ in exact.level_points(Function.of(written))} == points


def test_formulas_stand_beside_numbers_that_are_long() -> None:
    found = descend("x^4 - x^2", 1, steps=5)
    assert [level.exact for level in found.stationary] == [("sqrt(2)/2",), ("0",), ("-sqrt(2)/2",)]
    assert [level.exact for level in descend("x^2 - y^2").stationary] == [None]
    assert "sqrt(2)/2" in str(found)


@pytest.mark.parametrize(
    "written",
    ["((x+1)^30+(y+1)^30)^30", "9^9^9^9*x", "x^1000*(x+1)^1000", "1e120*x", "(((((x^9)^9)^9)^9+1)^9)^9"],
)
def test_nothing_hangs(written: str) -> None:
    """In processor time, which other work on the machine does not lengthen; two questions and SymPy's import."""
    begun = process_time()
    f = Function.of(written)
    derivatives(f), exact.level_points(f)
    assert process_time() - begun < 12


def test_time_runs_out() -> None:
    def forever() -> None:
        while True:
            abs(0)

    before = sys.getprofile()
    exact.SECONDS, kept = 0.05, exact.SECONDS
    try:
        assert exact._in_time(forever) is None
    finally:
        exact.SECONDS = kept
    assert sys.getprofile() is before


def test_without_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own rules stand in, with a word that SymPy would simplify; the points are numbers."""
    monkeypatch.setitem(sys.modules, "sympy", None)
    derivatives.cache_clear()
    with pytest.raises(MissingExtraError, match=r"pip install 'glassnet\[lab\]'"):
        exact.sympy()
    known = derivatives(Function.of("(1 - x)^2 + 3x"))
    assert [text(slope) for slope in known.gradient or ()] == ["-2*(1 - x) + 3"]
    assert "glassnet[lab]" in known.note
    found = descend("x^4 - x^2", 1, steps=5)
    assert [level.exact for level in found.stationary] == [None, None, None]
    assert "glassnet[lab]" in found.markdown()
    derivatives.cache_clear()


def test_tidied_and_typeset() -> None:
    assert text(tidied(function_of("2*3*x - 0*y + 1/2*4 - 2"))) == "6*x - 2 + 4/2"
    assert text(tidied(function_of("x*-1*-3 + 0"))) == "3*x"
    assert text(typeset(function_of("w1*x + w0"))) == "w[1]*x + w[0]"
