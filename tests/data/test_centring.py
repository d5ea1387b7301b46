"""A drawn digit found and centred: whatever its size, its paper and its pen, and against MNIST's own digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glassnet.data.centring import _pieces, centre_digit, resized
from glassnet.data.digits import load_digits
from glassnet.data.mnist import load_mnist
from glassnet.errors import DataError, SettingError


def seven(height: int = 300, width: int = 240, breadth: int = 20) -> np.ndarray:
    """A seven in black on white, drawn with a square pen."""
    picture = np.full((height, width), 255.0)
    strokes = [((60, 60), (60, 160)), ((60, 160), (240, 100))]
    for (top, left), (bottom, right) in strokes:
        for t in np.linspace(0, 1, 400):
            row, column = round(top + t * (bottom - top)), round(left + t * (right - left))
            picture[row : row + breadth, column : column + breadth] = 0.0
    return picture


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.reshape(-1), b.reshape(-1))[0, 1])


def centre_of_mass(picture: np.ndarray) -> np.ndarray:
    rows, columns = np.indices(picture.shape)
    return np.array([(picture * rows).sum(), (picture * columns).sum()]) / picture.sum()


def test_a_digit_stands_in_a_box_of_20_with_its_mass_in_the_middle() -> None:
    centred = centre_digit(seven())
    assert (centred.result.shape, centred.result.dtype) == ((28, 28), np.uint8)
    assert centred.box == (slice(60, 260), slice(60, 180))
    assert centred.scaled.shape == (20, 12)  # 200 x 120 pixels keep their proportions
    rows, columns = np.nonzero(centred.result)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (20, 12)
    assert (np.abs(centre_of_mass(centred.result) - 14) <= 0.51).all()
    assert np.array_equal(centred.row, centred.result.reshape(784))


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: 255 - picture,
        lambda picture: np.pad(picture, ((300, 40), (10, 500)), constant_values=255),
        lambda picture: np.kron(picture, np.ones((3, 3))),
        lambda picture: 90 + picture * 0.3,
        lambda picture: 160 - picture * 0.3,
        lambda picture: picture.astype(np.uint8),
        lambda picture: picture[50:270, 50:190],
    ],
    ids=["inverted", "padded", "enlarged", "faint", "faint and inverted", "bytes", "cut close"],
)
def test_paper_size_contrast_and_place_do_not_matter(change: object) -> None:
    plain = centre_digit(seven()).result.astype(int)
    assert np.abs(centre_digit(change(seven())).result - plain).max() <= 3


def test_a_photograph_with_shade_noise_and_dust() -> None:
    rng = np.random.default_rng(0)
    shade = np.linspace(0, 60, 240) + np.linspace(0, 30, 300)[:, None]
    photograph = 220 - (255 - seven()) * 0.5 - shade + rng.normal(0, 4, (300, 240))
    photograph[20:23, 200:203] = 20  # dust
    assert correlation(centre_digit(photograph).result, centre_digit(seven()).result) > 0.99


@pytest.mark.parametrize("breadth", [1, 2, 4])
def test_a_thin_pen_leaves_strokes_that_can_be_seen(breadth: int) -> None:
    centred = centre_digit(seven(breadth=breadth)).result
    # As MNIST's: a pixel in the middle of a stroke is white, and a fifth of the box is ink.
    assert centred.max() == 255
    assert 0.1 < (centred > 127).sum() / (20 * 12) < 0.5
    assert correlation(centred, centre_digit(seven(breadth=16)).result) > 0.8


@pytest.mark.parametrize("size", [28, 8])
def test_pictures_of_any_shape(size: int) -> None:
    for shape in ((1, 9), (1, 5000), (3000, 2), (2, 2), (40, 40)):
        picture = np.full(shape, 255.0)
        picture[-1, -1] = 0
        assert centre_digit(picture, size).result.any()


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=30)), st.sampled_from([28, 8]))
def test_any_picture_is_centred_or_holds_no_drawing(picture: np.ndarray, size: int) -> None:
    try:
        centred = centre_digit(picture, size)
    except DataError as error:
        if "no drawing" not in str(error):
            raise
        return
    assert centred.result.shape == (size, size)
    assert centred.result.max() <= (255 if size == 28 else 16)
    assert all(step.dtype == np.uint8 for _, step in centred.steps)


def test_the_steps_can_be_shown() -> None:
    titles = [title for title, _ in centre_digit(seven()).steps]
    assert titles == ["drawn", "ink found, dark on light", "cut out", "scaled to 20x12", "in 28x28"]
    shown = dict(centre_digit(255 - seven()).steps)
    assert shown["ink found, light on dark"].max() == 255
    assert shown["cut out"].shape == (200, 120)


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (np.full((50, 50), 255.0), "holds no drawing: it is all of one shade"),
        (np.zeros((50, 50)), "holds no drawing"),
        (200 + np.random.default_rng(0).normal(0, 3, (200, 200)), "holds no drawing"),
        (np.zeros((0, 5)), r"not float64 of \(0, 5\)"),
        (np.zeros((5, 5, 3)), r"not float64 of \(5, 5, 3\)"),
        (np.full((5, 5), np.nan), "not finite numbers"),
        (np.array([["a"]]), "not <U1"),
    ],
)
def test_what_is_no_drawing_is_said(picture: np.ndarray, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        centre_digit(picture)


def test_other_sizes_are_refused() -> None:
    with pytest.raises(SettingError, match="not 32x32"):
        centre_digit(seven(), 32)


def test_resizing_keeps_the_mean_and_copies_where_sizes_are_equal() -> None:
    picture = np.random.default_rng(0).random((13, 9))
    assert np.allclose(resized(picture, 13, 9), picture, atol=1e-12)
    assert np.isclose(resized(picture, 5, 4).mean(), picture.mean())
    assert np.allclose(resized(np.kron(picture, np.ones((4, 3))), 13, 9), picture, atol=1e-12)
    # By hand: three pixels in the place of two; the middle one covers half of each.
    assert np.allclose(resized(np.array([[2.0, 6.0]]), 1, 3), [[2, 4, 6]])


def test_the_embedded_digits_size() -> None:
    centred = centre_digit(seven(), 8)
    assert (centred.result.shape, centred.result.dtype) == ((8, 8), np.uint8)
    assert (centred.row.shape, centred.row.dtype) == ((64,), np.float32)
    assert np.array_equal(centred.row, centred.result.reshape(64) / np.float32(16))
    assert centred.result[0].any()  # the digit fills the height
    assert centred.result[7].any()


def test_enlarged_embedded_digits_come_back_much_as_they_were() -> None:
    images, _, _, _ = load_digits()
    originals = images[:50]
    found = [correlation(centre_digit(np.kron(255 * image, np.ones((16, 16))), 8).result, image) for image in originals]
    assert np.mean(found) > 0.87  # measured 0.886: strokes are smoothed and set upright


@pytest.mark.parametrize(
    ("change", "mean", "median"),
    [
        # Measured here: 0.996 and 1.000; 0.960 and 0.981; 0.950 and 0.982. What is missing is a shift by one
        # pixel, where the centre of mass lies just between two.
        (lambda digit: digit, 0.98, 0.998),
        (lambda digit: np.pad(255 - enlarged(digit), ((25, 150), (100, 10)), constant_values=255), 0.94, 0.97),
        (lambda digit: photographed(digit), 0.93, 0.96),
    ],
    ids=["as it is", "enlarged, padded and inverted", "photographed"],
)
def test_mnists_digits_come_back_as_they_were(mnist_dir: Path, change: object, mean: float, median: float) -> None:
    digits = load_mnist(mnist_dir)[2][:100]
    found = [correlation(centre_digit(change(digit)).result, digit) for digit in digits]
    assert np.mean(found) > mean
    assert np.median(found) > median


def enlarged(digit: np.ndarray) -> np.ndarray:
    """Five times as large and smooth, as a drawing is."""
    from PIL import Image

    return np.asarray(Image.fromarray(digit).resize((140, 140), Image.Resampling.BICUBIC), np.float64)


def photographed(digit: np.ndarray) -> np.ndarray:
    paper = np.pad(enlarged(digit), ((25, 150), (100, 10)))
    shade = np.linspace(0, 60, paper.shape[1])
    return 200 - paper * 0.5 - shade + np.random.default_rng(int(digit[14, 14])).normal(0, 4, paper.shape)


def test_pieces_that_touch_by_a_corner_are_one() -> None:
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 1]], bool)
    assert _pieces(mask).tolist() == [[1, 0, 0, 2], [0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 0, 4]]
