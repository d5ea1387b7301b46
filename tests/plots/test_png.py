"""The encoder, read back by somebody else's decoder."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from glassnet.errors import ShapeError
from glassnet.plots import png

SIDES = st.integers(1, 40)


def decoded(file: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(file))
    image.load()  # checks every checksum
    return image


@given(arrays(np.uint8, st.tuples(SIDES, SIDES)))
def test_grey(pixels: png.Bytes) -> None:
    image = decoded(png.encode(pixels))
    assert image.mode == "L"
    np.testing.assert_array_equal(np.asarray(image), pixels)


@given(arrays(np.uint8, st.tuples(SIDES, SIDES, st.just(3))))
def test_colour(pixels: png.Bytes) -> None:
    image = decoded(png.encode(pixels))
    assert image.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(image), pixels)


@given(st.data(), st.integers(1, 256))
def test_palette(data: st.DataObject, colours: int) -> None:
    palette = data.draw(arrays(np.uint8, (colours, 3)))
    indices = data.draw(arrays(np.uint8, st.tuples(SIDES, SIDES), elements=st.integers(0, colours - 1)))
    image = decoded(png.encode(indices, palette))
    assert image.mode == "P"
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), palette[indices])


def test_memory_that_is_not_contiguous() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(6, 8).T[::2]
    np.testing.assert_array_equal(np.asarray(decoded(png.encode(pixels))), pixels)


def test_equal_pixels_are_equal_files() -> None:
    pixels = np.eye(5, dtype=np.uint8)
    assert png.encode(pixels) == png.encode(pixels.copy())


def test_a_data_uri_holds_the_file() -> None:
    pixels = np.eye(5, dtype=np.uint8)
    kind, _, body = png.data_uri(pixels).partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(body, validate=True) == png.encode(pixels)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,), (2, 2, 4), (1, 2, 2, 3)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="A PNG takes"):
        png.encode(np.zeros(shape, np.uint8))


def test_a_palette_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="palette"):
        png.encode(np.zeros((2, 2), np.uint8), np.zeros((257, 3), np.uint8))
    with pytest.raises(ShapeError, match="palette"):
        png.encode(np.zeros((2, 2, 3), np.uint8), np.zeros((4, 3), np.uint8))
