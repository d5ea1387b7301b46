"""A matrix that grows: its numbers come back to the last bit, from the smallest dtype that holds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.data import growing
from glassnet.data.growing import Growing


def grown(rows: list[list[float]], kind: str = "d") -> Growing:
    matrix = Growing(len(rows[0]), kind)
    for row in rows:
        matrix.add(row)
    return matrix


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "BLOCK", 4)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("rows", "dtype"),
    [
        ([[0, 255], [1, 2]], np.uint8),
        ([[0, -1], [1, 256]], np.int16),
        ([[0, 40_000], [1, 2]], np.int32),
        ([[0.5, 255], [1, 2]], np.float32),
        ([[0.1, 255], [1, 2]], np.float64),
        ([[-0.0, 255], [1, 2]], np.float32),  # no whole number has this sign
        ([[1e300, 255], [1, 2]], np.float64),
    ],
)
def test_a_block_has_the_smallest_dtype_that_holds_it(rows: list[list[float]], dtype: type) -> None:
    assert [block.dtype for block in grown(rows).blocks] == [dtype]


@given(
    st.lists(
        st.lists(
            st.floats(allow_nan=False, allow_infinity=False) | st.integers(-300, 300).map(float), min_size=3, max_size=3
        ),
        min_size=1,
        max_size=20,
    )
)
def test_every_number_comes_back_to_the_bit(rows: list[list[float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "BLOCK", 7)
        matrix, X = grown(rows), np.empty((len(rows), 3))
        for place, block in matrix.released():
            X[place] = block
    assert X.tobytes() == np.array(rows).tobytes()
    assert matrix.blocks == []


@pytest.mark.usefixtures("small_blocks")
def test_a_column_of_whole_numbers_is_int64() -> None:
    matrix = grown([[1, 0.5], [2, 1.5], [2**52, 2.5]])
    assert matrix.column(0).tolist() == [1, 2, 2**52]
    assert matrix.column(0).dtype == np.int64
    assert matrix.column(1).tolist() == [0.5, 1.5, 2.5]
    assert grown([[1e300]]).column(0).dtype == np.float64  # whole, and beyond 64 bits


@pytest.mark.usefixtures("small_blocks")
def test_bytes_are_known_across_blocks() -> None:
    matrix = grown([[1, 0.5], [2, 3], [255, 3], [0, 9]])
    assert (matrix.are_bytes([0]), matrix.are_bytes([0, 1])) == (True, False)
    assert matrix.largest([0]) == 255
    assert not grown([[256]]).are_bytes([0])
    assert not grown([[-1]]).are_bytes([0])


def test_nobody_waits_for_the_end_to_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "BLOCK", 4)
    told: list[int] = []
    matrix = Growing(2, "q", lambda: told.append(matrix.nbytes))
    for k in range(6):
        matrix.add([k, 70_000])
    assert told == [16, 32, 48]
