"""Sparse tables by which the preset's variants for sparse rows were chosen: made-up texts that are not reported on.

Counts of words (or their tf-idf) whose frequency falls with their rank; kinds of text differ in what they prefer. They
differ in rows, words, length, kinds, how much the kinds differ, labels that are wrong, and epochs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer
from table_data import Make, Split, cut

TEST = 4000  # rows; of many to learn from twice as many


def counts(words: np.ndarray[Any, Any], many: int) -> csr_matrix:
    """Texts (n, length) of so many words as rows of counts."""
    rows, length = words.shape
    ends = np.arange(0, rows * length + 1, length)
    X = csr_matrix((np.ones(words.size, np.float32), words.ravel(), ends), (rows, many))
    X.sum_duplicates()
    return X


def texts(
    rows: int,
    words: int,
    length: int,
    taste: float,
    kinds: int = 2,
    *,
    epochs: int,
    wrong: float = 0.0,
    power: float = 1.0,
    tfidf: bool = False,
) -> Make:
    """A word of rank r has the frequency r^-power exp(taste t), with a normal t of its own for each kind of text."""

    def make(seed: int) -> Split:
        random = np.random.default_rng(seed)
        many = rows + (2 * TEST if rows > 9000 else TEST)
        y = random.integers(0, kinds, many)
        tastes = random.normal(size=(kinds, words))
        chosen = np.empty((many, length), np.int32)
        for kind in range(kinds):
            chance = np.arange(1, words + 1.0) ** -power * np.exp(taste * tastes[kind])
            of_kind = y == kind
            chosen[of_kind] = random.choice(words, (of_kind.sum(), length), p=chance / chance.sum())
        y = np.where(random.random(many) < wrong, random.integers(0, kinds, many), y)
        split = cut(counts(chosen, words), y, rows, classes=True)._replace(epochs=epochs)
        return weighed(split) if tfidf else split

    return make


def weighed(split: Split) -> Split:
    """tf-idf, learned from the training rows, in place of counts."""
    scale = TfidfTransformer(sublinear_tf=True).fit(split.X)
    X, X_test = (scale.transform(part).astype(np.float32) for part in (split.X, split.X_test))
    return split._replace(X=X, X_test=X_test)


def pairs(rows: int, words: int, length: int, *, epochs: int) -> Make:
    """A class that depends on which words stand together: on a product of two sums over them."""

    def make(seed: int) -> Split:
        random = np.random.default_rng(seed)
        chance = np.arange(1, words + 1.0) ** -0.7
        X = counts(random.choice(words, (rows + TEST, length), p=chance / chance.sum()), words)
        first, second, third = (X @ random.normal(size=(words, 3))).T
        score = first * second + 3 * third
        return cut(X, (score > np.median(score)).astype(int), rows, classes=True)._replace(epochs=epochs)

    return make


SPARSE: dict[str, Callable[[int], Split]] = {
    "short texts": texts(8000, 3000, 15, 0.4, epochs=10),
    "long texts of 4 kinds": texts(6000, 2000, 60, 0.2, 4, epochs=10),
    "wrong labels": texts(8000, 3000, 40, 0.4, epochs=10, wrong=0.05),
    "easy texts": texts(8000, 4000, 60, 0.4, epochs=5),
    "tf-idf": texts(6000, 2000, 60, 0.2, 4, epochs=20, tfidf=True),
    "tf-idf, wrong labels": texts(6000, 3000, 40, 0.4, 3, epochs=20, wrong=0.1, tfidf=True),
    "pairs": pairs(8000, 500, 20, epochs=15),
    "few texts": texts(1000, 3000, 40, 0.4, 3, epochs=40),
    "many easy texts": texts(30_000, 8000, 60, 0.5, epochs=3),
    "many short texts": texts(40_000, 6000, 40, 0.7, 3, epochs=3),
    "many texts, tf-idf": texts(30_000, 8000, 60, 0.5, epochs=5, tfidf=True),
    "many wrong labels": texts(30_000, 8000, 60, 0.5, epochs=3, wrong=0.06),
    "many flat texts": texts(30_000, 4000, 30, 0.5, 4, epochs=4, power=0.7),
    "texts of 3 kinds": texts(10_000, 5000, 80, 0.5, 3, epochs=8),
}
