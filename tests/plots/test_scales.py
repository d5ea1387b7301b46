"""Ticks and scales, as properties over all ranges."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from glassnet.plots.scales import Scale, labels, linear, logarithmic, nice_step, ticks

REALS = st.floats(-1e12, 1e12, allow_subnormal=False)
WIDE = st.floats(-1e250, 1e250)


@st.composite
def ranges(draw: st.DrawFn) -> tuple[float, float]:
    """Ranges that a float can cut into parts: not narrower than a millionth of their size."""
    low, high = sorted((draw(REALS), draw(REALS)))
    assume(high - low > 1e-6 * max(abs(low), abs(high)) and high - low > 1e-200)
    return low, high


@given(st.floats(1e-200, 1e200), st.integers(1, 12))
def test_a_nice_step_is_1_2_or_5_and_the_smallest_that_suffices(span: float, parts: int) -> None:
    step = nice_step(span, parts)
    assert f"{step:.6e}"[0] in "125"
    assert float(f"{step:.6e}".split("e")[0]) in (1.0, 2.0, 5.0)
    assert step * parts >= span * (1 - 1e-9)
    # One size smaller would give too many parts.
    assert step / 2.5 * parts < span * (1 + 1e-9)


@given(ranges(), st.integers(2, 10))
def test_ticks_are_evenly_spaced_multiples_inside_the_range(range_: tuple[float, float], parts: int) -> None:
    low, high = range_
    marks = ticks(low, high, parts)
    step = nice_step(high - low, parts)
    tolerance = 1e-6 * step
    assert len(marks) <= parts + 1
    assert all(low - tolerance <= mark <= high + tolerance for mark in marks)
    assert all(math.isclose(b - a, step, rel_tol=1e-6) for a, b in pairwise(marks))
    assert all(abs(mark / step - round(mark / step)) < 1e-6 for mark in marks)
    # None is missing: beyond the first and the last there is no room for another.
    assert not marks or (marks[0] - low < step + tolerance and high - marks[-1] < step + tolerance)


@given(st.integers(-1000, 1000), st.integers(1, 2000))
def test_whole_ticks_are_whole(low: int, span: int) -> None:
    marks = ticks(low, low + span, whole=True)
    assert marks
    assert all(mark == int(mark) for mark in marks)


def test_ticks_are_the_decimal_numbers_they_look_like() -> None:
    assert ticks(0.0, 1.0, 10) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


@given(st.lists(WIDE, max_size=6), st.booleans())
def test_a_linear_scale_holds_every_value_on_its_paper(values: list[float], zero: bool) -> None:
    scale = linear(values, 300.0, 20.0, zero=zero)
    assert scale.low < scale.high
    places = [scale(value) for value in values]
    assert all(20.0 - 1e-6 <= place <= 300.0 + 1e-6 for place in places)
    assert all(math.isfinite(scale(mark)) for mark in scale.ticks())
    assert len(scale.ticks()) <= 8


@given(ranges())
def test_a_linear_scale_keeps_the_order_and_ends_at_ticks(range_: tuple[float, float]) -> None:
    low, high = range_
    scale = linear([low, high], 0.0, 100.0)
    assert scale(low) < scale(high)
    marks = scale.ticks()
    assert math.isclose(scale(marks[0]), 0.0, abs_tol=1e-3)
    assert math.isclose(scale(marks[-1]), 100.0, abs_tol=1e-3)


def test_zero_is_shown_where_asked_for() -> None:
    assert linear([5.0, 6.0], 0, 1, zero=True).low == 0.0
    assert linear([-6.0, -5.0], 0, 1, zero=True).high == 0.0


@pytest.mark.parametrize("value", [0.0, 1.0, -3.0, 1e-300, 1e250, -1e250])
def test_one_value_stands_inside_its_scale(value: float) -> None:
    scale = linear([value], 0.0, 100.0)
    assert scale.low < scale.high
    assert math.isfinite(scale(scale.low))


@given(st.lists(st.floats(1e-250, 1e250), min_size=1, max_size=5))
def test_a_logarithmic_scale_holds_every_value_between_powers_of_ten(values: list[float]) -> None:
    scale = logarithmic(values, 0.0, 100.0)
    assert all(-1e-6 <= scale(v) <= 100.0 + 1e-6 for v in values)
    marks = scale.ticks()
    assert 2 <= len(marks) <= 7
    assert all(math.isclose(math.log10(mark), round(math.log10(mark)), abs_tol=1e-9) for mark in marks)


def test_equal_factors_are_equal_distances() -> None:
    scale = Scale(0.01, 100.0, 0.0, 4.0, log=True)
    assert [round(scale(v), 9) for v in (0.01, 0.1, 1.0, 10.0, 100.0)] == [0.0, 1.0, 2.0, 3.0, 4.0]


@given(ranges())
def test_labels_tell_ticks_apart(range_: tuple[float, float]) -> None:
    marks = ticks(*range_)
    names = labels(marks)
    assert len(set(names)) == len(names)
    assert "−0" not in {name.rstrip("0").rstrip(".") for name in names}
