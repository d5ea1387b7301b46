"""Pictures as rows (course row A1)."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet.data.images import as_rows, square
from glassnet.errors import ShapeError, TypeNotUsableError


@pytest.mark.parametrize(
    ("shape", "row", "image_shape"),
    [
        ((60, 3, 28, 28), 2352, (3, 28, 28)),  # A1: three channels give 2352 columns
        ((60, 1, 28, 28), 784, (1, 28, 28)),
        ((60, 28, 28), 784, (28, 28)),
        ((60, 784), 784, None),
        ((0, 28, 28), 784, (28, 28)),
    ],
)
def test_each_sample_becomes_one_row(shape: tuple[int, ...], row: int, image_shape: tuple[int, ...] | None) -> None:
    rows, kept = as_rows(np.zeros(shape, np.uint8))
    assert (rows.shape, rows.dtype, kept) == ((shape[0], row), np.uint8, image_shape)


def test_a_row_is_the_picture_line_by_line() -> None:
    pictures = np.arange(12).reshape(2, 2, 3)
    assert as_rows(pictures)[0].tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert np.shares_memory(as_rows(pictures)[0], pictures)


def test_what_are_no_examples_is_said() -> None:
    for shape in ((), (3,), (1, 1, 1, 1, 1)):
        with pytest.raises(ShapeError, match=r"X has the shape \(n, d\), or for pictures"):
            as_rows(np.zeros(shape))
    with pytest.raises(TypeNotUsableError, match="X holds numbers, not complex128"):
        as_rows(np.zeros((2, 2), complex))


def test_squares() -> None:
    assert [square(width) for width in (1, 63, 64, 784)] == [(1, 1), None, (8, 8), (28, 28)]
