"""Numbers as they are written."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import DataError, TypeNotUsableError
from glassnet.lab.perceptron.exact import common_denominator, rational, short, shown, whole


@pytest.mark.parametrize(
    ("value", "exactly"),
    [
        (0.1, "1/10"),
        (np.float32(0.1), "1/10"),
        (1e-7, "1/10000000"),
        (-2.5, "-5/2"),
        (True, "1"),
        (np.uint8(255), "255"),
        ("0,25", "1/4"),
        ("1/3", "1/3"),
        (Decimal("0.30"), "3/10"),
        (Fraction(2, 7), "2/7"),
    ],
)
def test_a_number_is_what_is_written(value: Any, exactly: str) -> None:
    assert rational(value) == Fraction(exactly)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32("-inf"), "seven", 1e300, 1e-300, "1e101"])
def test_no_number(value: Any) -> None:
    with pytest.raises(DataError):
        rational(value)


def test_a_list_is_no_number() -> None:
    with pytest.raises(TypeNotUsableError, match="A number is expected"):
        rational([1])


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "0"), ("-7", "-7"), ("1/8", "0.125"), ("-1/40", "-0.025"), ("2/3", "2/3"), ("1/1024", "1/1024")],
)
def test_shown(value: str, text: str) -> None:
    assert shown(Fraction(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("1/3", "1/3"), ("123456789.125", "1.23457e+8"), ("2.00000000000000001", "2"), ("-1e-99", "-1e-99")],
)
def test_rounded_where_it_is_long(value: str, text: str) -> None:
    assert short(Fraction(value)) == text


@given(st.fractions())
def test_what_is_shown_is_the_number(value: Fraction) -> None:
    assert Fraction(shown(value)) == value


@given(st.lists(st.fractions(max_denominator=10**6), min_size=1, max_size=5))
def test_whole_numbers_in_the_same_ratio(values: list[Fraction]) -> None:
    found = whole(values)
    assert all(a * y == b * x for a, x in zip(found, values, strict=True) for b, y in zip(found, values, strict=True))
    assert (Fraction(common_denominator(values)) * sum(values)).denominator == 1
