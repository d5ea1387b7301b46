"""How a classifier fared: the confusion matrix, each class, and the mistakes of which it was most sure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.plots import heat, images, page, png
from glassnet.plots.readable import count, percent
from glassnet.plots.svg import Markup, element, join
from glassnet.typing import Array

MOST_MISTAKES = 24
_WIDE = 12  # classes; a larger matrix gets the whole width


@dataclass(frozen=True)
class ClassRow:
    """How one class fared; NaN where a quotient is 0 / 0."""

    label: object
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Mistake:
    """A row that was wrong: its image ((H, W), (1, H, W), (3, H, W) or None) and how sure the network was."""

    image: Array | None
    true: object
    predicted: object
    probability: float
    row: int


def confusion(matrix: Array, labels: Sequence[object], per_class: Sequence[ClassRow] = ()) -> page.Section:
    """The section of the confusion matrix (C, C), rows true."""
    classes = [str(label) for label in labels]
    cells = int(np.count_nonzero(matrix))
    chart = (
        page.figure(heat.confusion_matrix(matrix, classes), "Confusion matrix")
        if cells <= heat.MOST_CELLS
        else element("p", f"The matrix has {count(cells)} cells that are not zero, too many to be drawn.")
    )
    wide = len(classes) > _WIDE
    each = _per_class(per_class)
    tables = [
        _pairs(matrix, classes, 12 if wide else 6),
        page.folded("Each class", each) if each is not None and len(classes) > heat.MOST_COUNTS else each,
    ]
    return page.section(
        "Confusion matrix",
        page.read(
            "Rows are the true classes, columns the predictions. The diagonal is right; beside it stand the mistakes,"
            " the more coloured the larger their share of the row.",
            "With so many classes the numbers have no room in the cells." if len(classes) > heat.MOST_COUNTS else "",
        ),
        chart if wide else None,
        element("div", tables if wide else [chart, element("div", tables)], class_="columns"),
        page.read(
            "Precision: of the rows predicted as the class, the share that belongs to it. Recall: of the rows that"
            " belong to the class, the share that was found. F1: the harmonic mean of the two.",
        )
        if per_class
        else None,
        page.folded("The matrix as a table", _table(matrix, classes)) if len(classes) <= heat.MOST_COUNTS else None,
    )


def _pairs(matrix: Array, classes: Sequence[str], most: int) -> Markup:
    """The most frequent confusions; pairs of equal count in the order of the matrix."""
    wrong = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)
    pairs = [divmod(int(k), len(matrix)) for k in np.argsort(-wrong, axis=None, kind="stable")[:most]]
    rows = [
        [page.named(classes[i]), page.named(classes[j]), count(times), percent(times / int(matrix[i].sum()))]
        for i, j in pairs
        if (times := int(wrong[i, j])) > 0
    ]
    if not rows:
        return element("p", "No class was ever taken for another.")
    return page.table("Most frequent mistakes", ["true", "taken for", "times", "of the class"], rows, words=[1])


def _per_class(rows: Sequence[ClassRow]) -> Markup | None:
    if not rows:
        return None
    cells = [
        [
            page.named(str(row.label)),
            _share(row.precision),
            _share(row.recall),
            join(page.bar(row.f1 if math.isfinite(row.f1) else 0.0), _share(row.f1)),
            count(row.support),
        ]
        for row in rows
    ]
    return page.table("Each class", ["class", "precision", "recall", "F1", "rows"], cells)


def _share(value: float) -> str:
    return percent(value) if math.isfinite(value) else "–"


def _table(matrix: Array, classes: Sequence[str]) -> Markup:
    rows = [[page.named(name), *(count(int(c)) for c in line)] for name, line in zip(classes, matrix, strict=True)]
    return page.table("Rows are true, columns predicted", ["true", *classes], rows)


def mistakes(wrong: Sequence[Mistake], measured_on: str) -> page.Section:
    """The section of the mistakes, as pictures where all have one, else as a table; the first 24 of them."""
    shown = wrong[:MOST_MISTAKES]
    if not shown:
        return page.section("Mistakes", element("p", f"None of the {measured_on} is wrong."))
    words = f"The {measured_on} where the network was wrong and most sure of itself, the surest first."
    if all(m.image is not None for m in shown):
        text = page.read(words, "Would you have known better?")
        return page.section("Mistakes", text, element("ul", [_tile(m) for m in shown], class_="tiles"))
    rows = [
        [str(m.row), page.named(str(m.true)), page.named(str(m.predicted)),
         join(page.bar(m.probability, bad=True), percent(m.probability))]
        for m in shown
    ]  # fmt: skip
    header = ["row", "true", "predicted", "probability"]
    return page.section("Mistakes", page.read(words), page.table("The surest mistakes", header, rows, words=[1, 2]))


def _tile(mistake: Mistake) -> Markup:
    true, said = str(mistake.true), str(mistake.predicted)
    source = png.data_uri(images.pixels(np.asarray(mistake.image)))
    return element(
        "li",
        element("img", src=source, alt=f"row {mistake.row}"),
        element(
            "dl",
            element("dt", "true"),
            element("dd", true, title=true if len(true) > 8 else None),
            element("dt", "said"),
            element("dd", said, title=said if len(said) > 8 else None, class_="said"),
        ),
        element("p", f"{percent(mistake.probability)} sure"),
        element("p", f"row {mistake.row}"),
    )
