"""The digits in the package: all of them, unchanged, in their fixed split."""

from __future__ import annotations

import hashlib

import numpy as np

from glassnet.data.digits import EMBEDDED, load_digits
from glassnet.data.splits import shares

UCI_TEST_COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # of each digit, as the repository states them


def test_every_digit_of_the_source_is_there_once() -> None:
    images, labels, test_images, test_labels = load_digits()
    assert np.bincount(np.concatenate([labels, test_labels])).tolist() == UCI_TEST_COUNTS
    assert len(np.unique(np.concatenate([images, test_images]).reshape(1797, 64), axis=0)) == 1797


def test_the_split_is_1437_and_360_with_every_class_its_share() -> None:
    _, labels, _, test_labels = load_digits()
    assert (len(labels), len(test_labels)) == (1437, 360)
    assert np.bincount(test_labels).tolist() == shares(UCI_TEST_COUNTS, 360).tolist()


def test_values_are_sixteenths_from_0_to_1() -> None:
    images, labels, test_images, test_labels = load_digits()
    for part in (images, test_images):
        assert part.dtype == np.float32
        assert part.shape[1:] == (8, 8)
        assert (part.min(), part.max()) == (0, 1)
        assert np.array_equal(part * 16, np.rint(part * 16))
    assert labels.dtype == test_labels.dtype == np.uint8


def test_the_first_digit_is_the_zero_that_everybody_knows() -> None:
    images, labels, _, _ = load_digits()
    assert labels[0] == 0
    assert (images[0, :2] * 16).tolist() == [[0, 0, 5, 13, 9, 1, 0, 0], [0, 0, 13, 15, 10, 15, 5, 0]]


def test_the_numbers_never_change() -> None:
    digest = hashlib.sha256(b"".join(array.tobytes() for array in load_digits())).hexdigest()
    assert digest == "2cc7e0d8112c8968bc97cf8c781cde96f971a7c27bc497d344496add646a3456"


def test_the_files_are_small_and_name_their_source_and_licence() -> None:
    assert sum(path.stat().st_size for path in EMBEDDED.iterdir()) < 100_000
    text = (EMBEDDED / "README.txt").read_text(encoding="utf-8")
    for words in ("Alpaydin", "Kaynak", "UCI Machine Learning Repository", "CC BY 4.0"):
        assert words in text
