"""The digits that glassnet comes with: 1797 handwritten ones of 8x8 pixels, in a fixed split.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998
(its test part, from 13 writers), CC BY 4.0. A pixel counts the ink in 4x4 points of a bitmap: 0 .. 16.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glassnet.data.mnist import Arrays, read_folder

EMBEDDED = Path(__file__).parent / "embedded"
ABOUT = (
    "Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998), UCI Machine Learning Repository, "
    "https://archive.ics.uci.edu/dataset/80, CC BY 4.0"
)
LARGEST = 16


def load_digits() -> Arrays:
    """Training images (1437, 8, 8) float32 in 0..1, labels (1437,) uint8, and 360 of each for the test.

    The value is pixel / 16, which is exact in float32.

    >>> images, labels, test_images, test_labels = load_digits()
    >>> images.shape, test_images.shape, labels[:4]
    ((1437, 8, 8), (360, 8, 8), array([0, 1, 2, 3], dtype=uint8))
    """
    images, labels, test_images, test_labels = read_folder(EMBEDDED)
    scale = np.float32(LARGEST)
    return images / scale, labels, test_images / scale, test_labels
