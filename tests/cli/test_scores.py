"""Scores as sentences, tables and matrices."""

from __future__ import annotations

import numpy as np
import pytest
from rich.console import Console

import glassnet as gn
from glassnet.cli.output import THEME
from glassnet.cli.scores import Scores, classes, confusion, headline, mistakes, score


@pytest.fixture(scope="module")
def network() -> gn.Network:
    """Says "a" where x < 0, else "b", as it was told to."""
    net = gn.Network([gn.Dense(2)])
    net.fit(np.array([[-1.0], [1.0]] * 8), np.array(["a", "b"] * 8), epochs=1)
    net.parameters()["W1"][...] = [[-1, 1]]
    net.parameters()["b1"][...] = 0
    return net


@pytest.fixture(scope="module")
def scores(network) -> Scores:
    return score(network, np.array([[-1.0], [-2.0], [-3.0], [1.0], [2.0]]), np.array(["a", "a", "b", "b", "b"]))


def text(parts, width: int = 80) -> str:
    console = Console(width=width, theme=THEME, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    console.file.close()
    return captured.get()


def test_numbers(scores):
    assert (scores.rows, scores.accuracy, scores.labels) == (5, 0.8, ("a", "b"))
    np.testing.assert_array_equal(scores.matrix, [[2, 0], [1, 2]])  # rows are the true classes
    assert scores.per_class[0] == {"label": "a", "precision": 2 / 3, "recall": 1.0, "f1": 0.8, "rows": 2}
    assert scores.per_class[1] == {"label": "b", "precision": 1.0, "recall": 2 / 3, "f1": 0.8, "rows": 3}
    margins = np.array([1, 2, 3, 1, 2]) * 2.0
    right = np.array([1, 1, -1, 1, 1])
    assert scores.loss == pytest.approx(np.log1p(np.exp(-margins * right)).mean(), rel=1e-6)


def test_json(scores):
    assert list(scores.as_json()) == ["loss", "accuracy", "confusion_matrix", "per_class"]
    numbers = Scores(3, 0.5, r2=0.9).as_json()
    assert numbers == {"loss": 0.5, "accuracy": None, "r2": 0.9, "confusion_matrix": None, "per_class": None}


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (Scores(360, 0.1, accuracy=351 / 360), "97.5\xa0% of 360 rows are right; 9 are wrong."),
        (Scores(10_000, 0.1, accuracy=0.9999), "99.99\xa0% of 10,000 rows are right; 1 is wrong."),
        (Scores(5, 0.1, accuracy=1.0), "100\xa0% of 5 rows are right; none is wrong."),
        (Scores(5, 0.1, r2=0.5), "R² is 0.5 on 5 rows (1 is perfect, 0 is the mean)."),
        (Scores(5, 0.25), "The loss is 0.25 on 5 rows."),
    ],
)
def test_headline(scores, sentence):
    assert headline(scores, "rows") == sentence


def test_the_matrix_is_drawn_where_it_fits_and_told_where_not(scores):
    drawn = text(confusion(scores, 80)).splitlines()
    assert [line.split() for line in drawn[1:4]] == [["a", "b"], ["a", "2", "·"], ["b", "1", "2"]]
    assert text(confusion(scores, 5)).startswith(
        "Class a: 2 of 2 rows right.\nClass b: 2 of 3 rows right; taken for a (1)."
    )


def test_sentences_name_the_commonest_mistake_first():
    matrix = np.array([[90, 3, 7], [0, 1, 0], [0, 0, 0]])
    told = list(mistakes(Scores(101, 0.1, labels=("x", "y", "z"), matrix=matrix)))
    assert told[0] == "Class x: 90 of 100 rows right; taken for z (7), y (3)."
    assert told[1:] == ["Class y: 1 of 1 row right.", "Class z: 0 of 0 rows right."]


def test_the_table_has_a_row_a_class(scores):
    lines = text(classes(scores)).splitlines()
    assert [line.split()[:3] for line in lines if line.split()[:1] in (["a"], ["b"])] == [
        ["a", "2", "2"],
        ["b", "3", "2"],
    ]


def test_a_hundred_classes_are_not_drawn():
    labels = tuple(range(100))
    assert list(confusion(Scores(100, 0.1, labels=labels, matrix=np.eye(100, dtype=np.int64)), 1000)) == []
