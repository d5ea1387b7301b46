"""Small pictures on a terminal."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet.cli.picture import fitted, half_blocks, letters


def test_half_blocks_carry_two_rows_a_line():
    text = half_blocks(np.array([[0, 255], [128, 64], [10, 20]], np.uint8))
    assert text.plain == "▀▀\n▀▀"
    colours = [(span.style.color.name, span.style.bgcolor.name) for span in text.spans]
    assert colours == [("#000000", "#808080"), ("#ffffff", "#404040"), ("#0a0a0a", "#000000"), ("#141414", "#000000")]


def test_letters_get_denser_with_the_light():
    assert letters(np.array([[0, 60, 128, 255]], np.uint8)) == "  ::++@@"


@pytest.mark.parametrize("shape", [(28, 28), (8, 8), (20, 5), (1, 1), (400, 300), (3, 900)])
def test_pictures_of_any_size_become_28_at_their_longer_side(shape):
    picture = np.arange(shape[0] * shape[1], dtype=np.float64).reshape(shape) % 256
    small = fitted(picture.astype(np.uint8))
    assert max(small.shape) == 28
    assert small.dtype == np.uint8


def test_enlarging_keeps_every_pixel_a_square():
    large = fitted(np.array([[0, 255], [255, 0]], np.uint8))
    np.testing.assert_array_equal(large, np.kron([[0, 255], [255, 0]], np.ones((14, 14))))
