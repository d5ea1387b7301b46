"""JSON under limits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import DataError
from glassnet.files import plain

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), VALUES))
def test_what_is_written_is_read_with_every_bit(value: dict[str, object]) -> None:
    assert plain.parse(plain.write(value), "text") == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "not valid JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"a": 1, "a": 2}', "a name stands twice"),
        (b'{"a": {"b": 1, "b": 2}}', "a name stands twice"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b"\xff{}", "not UTF-8"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"a": 1} trailing', "not valid JSON"),
        (b" " * 100 + b"{}", "at most 50 bytes"),
    ],
)
def test_what_is_no_json_object_is_one_sentence(text: bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        plain.parse(text, "history", limit=50 if sentence.startswith("at most") else plain.LIMIT)
    assert len(str(caught.value)) < 200


def test_numbers_that_json_has_no_sign_for_come_back() -> None:
    numbers = {"loss": math.inf, "r2": math.nan, "least": -math.inf, "epoch": 3, "name": "information"}
    back = plain.unspelled(plain.parse(plain.write(plain.spelled(numbers)), "history"))
    assert math.isnan(back.pop("r2"))
    assert back == {"loss": math.inf, "least": -math.inf, "epoch": 3, "name": "information"}
