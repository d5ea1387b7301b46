"""Non-negative least squares: its conditions hold exactly, whatever the columns are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.lab.perceptron.nonnegative import Listed, least_squares, solve

NUMBERS = st.integers(-4, 4)


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    size = draw(st.integers(1, 5))
    column = st.tuples(*[NUMBERS] * size)
    columns = draw(st.lists(column, min_size=1, max_size=9))
    return columns, draw(column)


@given(problems())
def test_no_column_that_is_out_would_bring_it_nearer(problem: tuple[list[tuple[int, ...]], tuple[int, ...]]) -> None:
    check(*problem)


def check(columns: list[tuple[int, ...]], target: tuple[int, ...]) -> None:
    """The conditions of Karush, Kuhn and Tucker, which only the nearest meets."""
    solution = solve(Listed(columns, 4), target)
    rest = [b - value for b, value in zip(target, solution.reached, strict=True)]
    assert all(value > 0 for value in solution.multipliers.values())
    for place, column in enumerate(columns):
        slope = sum(a * r for a, r in zip(column, rest, strict=True))
        assert slope == 0 if place in solution.multipliers else slope <= 0
    sums = [sum(m * columns[place][i] for place, m in solution.multipliers.items()) for i in range(len(target))]  # type: ignore[index]
    assert list(solution.reached) == sums


@given(problems())
def test_its_columns_are_independent(problem: tuple[list[tuple[int, ...]], tuple[int, ...]]) -> None:
    columns, target = problem
    chosen = [columns[place] for place in solve(Listed(columns, 4), target).multipliers]  # type: ignore[index]
    if chosen:
        assert np.linalg.matrix_rank(np.array(chosen, float)) == len(chosen)


@pytest.mark.parametrize("size", [12, 25])
def test_many_columns(size: int) -> None:
    A = np.random.default_rng(size).integers(-99, 99, (3 * size, size))
    check([tuple(map(int, column)) for column in A], (0,) * (size - 1) + (99,))


def test_a_wrong_guess_is_mended_in_fractions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever floating point says, the end is the same."""
    columns, target = [(1, 1), (-1, 1), (3, 1), (0, 2)], (0, 1)
    exact = solve(Listed(columns, 1), target)
    for guess in ({2: 5.0}, {0: 1.0, 1: 1e9, 3: 2.0}, {}):
        monkeypatch.setattr("glassnet.lab.perceptron.nonnegative._approximate", lambda *_, guess=guess: guess)
        assert solve(Listed(columns, 1), target).reached == exact.reached == target


def test_least_squares_of_dependent_columns() -> None:
    assert least_squares([(1, 0), (1, 1), (2, 1)], (3, 2)) == [1, 2, 0]
    assert least_squares([(0, 0)], (1, 1)) == [0]
    assert least_squares([(1, 2), (3, 4), (5, 7)], (0, 1)) == [Fraction(3, 2), Fraction(-1, 2), 0]
