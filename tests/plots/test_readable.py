"""Numbers for people: short, and never more than the truth."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.plots.readable import count, duration, percent, plural, significant

SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def number_in(text: str) -> float:
    """The number that a reader would type: "2.5×10⁻⁷" is 2.5e-7."""
    return float(text.replace(",", "").replace("−", "-").replace("×10", "e").translate(SUPERSCRIPT))


@given(st.floats(-1e307, 1e307, allow_subnormal=False), st.integers(1, 6))
def test_significant_is_within_half_a_unit_of_its_last_digit(value: float, digits: int) -> None:
    assert math.isclose(number_in(significant(value, digits)), value, rel_tol=0.5001 * 10.0 ** (1 - digits))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (1.0, "1"), (0.1, "0.1"), (999.6, "1,000"), (1e6, "1×10⁶"), (1e-5, "1×10⁻⁵"),
     (0.0001234, "0.000123"), (-2.5, "−2.5"), (math.inf, "∞"), (-math.inf, "−∞"), (5e-324, "4.94×10⁻³²⁴")],
)  # fmt: skip
def test_significant(value: float, text: str) -> None:
    assert significant(value) == text


@given(st.integers(1, 10**7), st.data())
def test_percent_says_100_only_where_all_are_right_and_0_only_where_none_is(total: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, total))
    text = percent(right / total).replace("\xa0%", "")
    assert (text == "100") == (right == total)
    assert (text == "0") == (right == 0)
    if text[0] in "<>":
        assert text == ("> 99.9" if right > total / 2 else "< 0.1")
    else:
        assert abs(float(text) - 100 * right / total) <= 0.0501


def test_percent_of_no_rows_is_not_a_number() -> None:
    assert percent(math.nan) == "not a number"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"),
     (3599.4, "59 min 59 s"), (3600.0, "1 h 0 min"), (math.nan, "not a number")],
)  # fmt: skip
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds).replace("\xa0", " ") == text


def test_count_and_plural() -> None:
    assert count(1234567) == "1,234,567"
    assert [plural(n, "class", "classes") for n in (0, 1, 2)] == ["0 classes", "1 class", "2 classes"]
