"""Pixels and weights as pictures, decoded again."""

from __future__ import annotations

import base64
import io
import math

import numpy as np
import pytest
from PIL import Image

from glassnet.errors import ShapeError
from glassnet.plots import images
from glassnet.typing import Array


def decoded(uri: str) -> Array:
    """The RGB pixels of a data URI."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB"))


def test_bytes_stay_as_they_are() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.testing.assert_array_equal(images.pixels(image), image)
    np.testing.assert_array_equal(images.pixels(image[None]), image)


def test_the_unit_interval_is_not_stretched() -> None:
    assert images.pixels(np.array([[0.2, 0.4]], np.float32)).tolist() == [[51, 102]]


@pytest.mark.parametrize("image", [np.array([[-1.0, 1.0]]), np.array([[0.0, 16.0]]), np.array([[3, 40]])])
def test_other_ranges_are_stretched(image: Array) -> None:
    assert images.pixels(image).tolist() == [[0, 255]]


def test_a_constant_image_outside_the_unit_interval_is_black() -> None:
    assert images.pixels(np.full((1, 2), 7.0)).tolist() == [[0, 0]]


def test_what_is_not_finite_is_black() -> None:
    assert images.pixels(np.array([[math.nan, math.inf, 1.0]])).tolist() == [[0, 0, 255]]
    assert images.pixels(np.full((1, 2), math.nan)).tolist() == [[0, 0]]


def test_channels_first_becomes_channels_last() -> None:
    image = np.zeros((3, 2, 5), np.uint8)
    image[1] = 9
    assert images.pixels(image).shape == (2, 5, 3)
    assert images.pixels(image)[0, 0].tolist() == [0, 9, 0]


@pytest.mark.parametrize("shape", [(4,), (2, 4, 4), (4, 4, 3), (1, 1, 4, 4)])
def test_what_is_no_image_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="A picture is shown from"):
        images.pixels(np.zeros(shape))


def test_the_strongest_units_keep_their_order() -> None:
    W = np.array([[3.0, 0.0, 1.0, -2.0], [4.0, 0.0, 1.0, 0.0]])  # norms 5, 0, 1.4, 2
    assert images.strongest(W, 2).tolist() == [0, 3]
    assert images.strongest(W, 9).tolist() == [0, 1, 2, 3]


def test_units_that_were_lost_are_not_the_strongest() -> None:
    assert images.strongest(np.array([[math.nan, 1.0], [0.0, 0.0]]), 1).tolist() == [1]


def test_the_span_ignores_outliers_and_zeros() -> None:
    weights = np.ones((100, 10))
    weights[0, 0] = 1000.0
    assert images.span(weights) == 1.0
    assert images.span(weights, 1.0) == 1000.0
    assert images.span(np.zeros((3, 3))) == 1.0
    assert images.span(np.full((3, 3), math.nan)) == 1.0


def test_a_weight_picture_is_white_at_zero_blue_above_and_orange_below() -> None:
    shown = decoded(images.weight_picture(np.array([0.0, 2.0, -2.0, 9.0]), (1, 2, 2), 2.0))
    assert shown[0, 0].tolist() == [255, 255, 255]
    assert shown[0, 1].tolist() == [3, 44, 88]
    assert shown[1, 0].tolist() == [122, 35, 0]
    assert shown[1, 1].tolist() == shown[0, 1].tolist()  # beyond the span the colour is full


def test_a_weight_picture_is_laid_out_row_by_row() -> None:
    w = np.zeros(6)
    w[4] = 1.0
    shown = decoded(images.weight_picture(w, (1, 2, 3), 1.0))
    assert np.argwhere((shown != 255).any(-1)).tolist() == [[1, 1]]


def test_colour_weights_are_the_channels_of_a_colour() -> None:
    w = np.zeros((3, 1, 2))
    w[0, 0, 1], w[2, 0, 1] = 1.0, -1.0
    assert decoded(images.weight_picture(w.ravel(), (3, 1, 2), 1.0)).tolist() == [[[128, 128, 128], [255, 128, 0]]]


def test_lost_weights_are_drawn_as_zero() -> None:
    assert decoded(images.weight_picture(np.array([math.nan]), (1, 1, 1), 1.0)).tolist() == [[[255, 255, 255]]]


@pytest.mark.parametrize("shape", [(1, 2, 3), (2, 2, 1), (4,)])
def test_weights_that_do_not_lie_on_the_image_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="4 weights"):
        images.weight_picture(np.zeros(4), shape, 1.0)


def test_the_colour_bar_goes_from_orange_to_blue() -> None:
    bar = decoded(images.colour_bar())[0]
    assert bar[0].tolist() == [122, 35, 0]
    assert bar[len(bar) // 2].tolist() == [255, 255, 255]
    assert bar[-1].tolist() == [3, 44, 88]
