"""Makes the digits that glassnet ships, src/glassnet/data/embedded/, from scikit-learn's copy of the UCI file.

    python scripts/make_digits.py

1797 digits are split into 1437 to train on and 360 held out, each class with its share. Of a class of n digits of which
k are held out, these are digit floor((i + 1/2) n / k), i = 0 .. k-1: evenly spread over the file, and so over its
13 writers, with nothing drawn by chance and nothing chosen by result.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from glassnet.data.idx import write_idx
from glassnet.data.mnist import MNIST
from glassnet.data.splits import shares

EMBEDDED = Path(__file__).parents[1] / "src" / "glassnet" / "data" / "embedded"
HELD_OUT = 360


def main() -> None:
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    held = np.zeros(len(labels), bool)
    for c, k in enumerate(shares(np.bincount(labels), HELD_OUT)):
        rows = np.flatnonzero(labels == c)
        held[rows[np.floor((np.arange(k) + 0.5) * len(rows) / k).astype(int)]] = True
    for file, array in zip(MNIST, (images[~held], labels[~held], images[held], labels[held]), strict=True):
        write_idx(EMBEDDED / f"{file.name}.gz", array)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    main()
