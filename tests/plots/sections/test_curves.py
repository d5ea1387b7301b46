"""The section of the curves: one chart a quantity, honest about gaps, and a table of the numbers."""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree

from glassnet.plots.sections.curves import MOST_EPOCHS, History, curves


def section(history: History) -> ElementTree.Element:
    made = curves(history)
    assert made is not None
    return ElementTree.fromstring(made.markup)


def text(root: ElementTree.Element) -> str:
    return " ".join("".join(root.itertext()).split())


def epochs(losses: list[float], validation: list[float]) -> list[dict[str, Any]]:
    return [
        {"epoch": k, "loss": loss, "val_loss": held, "seconds": 0.25}
        for k, (loss, held) in enumerate(zip(losses, validation, strict=True), 1)
    ]


def test_each_quantity_has_a_chart_and_its_validation_is_in_it() -> None:
    root = section([{"epoch": 1, "loss": 2.0, "accuracy": 0.5, "val_loss": 1.5, "val_accuracy": 0.6, "seconds": 1.0}])
    assert [h.text for h in root.iter("h3")] == ["Loss", "Accuracy"]
    assert [title.text for title in root.iterfind(".//svg/title")] == ["loss by epoch", "accuracy by epoch"]
    assert text(root).count("validation: 1 value") == 2


def test_nothing_measured_is_no_section() -> None:
    assert curves([]) is None
    assert curves([{"epoch": 1, "seconds": 0.1}]) is None


def test_the_table_holds_every_number() -> None:
    root = section(epochs([2.0, 1.0], [2.5, 1.5]))
    table = root.find(".//table")
    assert table is not None
    assert [th.text for th in table.iterfind("thead/tr/th")] == ["epoch", "loss", "validation loss", "seconds"]
    assert [[cell.text for cell in row] for row in table.iterfind("tbody/tr")] == [
        ["1", "2", "2.5", "250\xa0ms"],
        ["2", "1", "1.5", "250\xa0ms"],
    ]


def test_a_long_table_is_thinned_and_keeps_the_last_epoch() -> None:
    root = section([{"epoch": k, "loss": 1.0} for k in range(1, 1001)])
    rows = root.findall(".//tbody/tr")
    assert len(rows) <= MOST_EPOCHS + 1
    assert (rows[0][0].text, rows[-1][0].text) == ("1", "1,000")
    assert "Every 10th epoch and the last" in text(root)


def test_overfitting_is_named_where_the_validation_loss_rose() -> None:
    said = text(section(epochs([3, 2, 1, 0.5], [3.0, 2.0, 2.5, 3.0])))
    assert "lowest after epoch 2 (2) and rose to 3 by the end" in said
    assert "lowest" not in text(section(epochs([3, 2, 1, 0.5], [3.0, 2.0, 1.5, 1.51])))


def test_the_lowest_validation_loss_is_ringed_only_where_the_line_rises_again() -> None:
    assert len(section(epochs([3, 2, 1], [3.0, 1.0, 2.0])).findall(".//circle[@class='ring s2']")) == 1
    assert section(epochs([3, 2, 1], [3.0, 2.0, 1.0])).findall(".//circle[@class='ring s2']") == []


def test_a_loss_that_falls_far_gets_a_logarithmic_axis() -> None:
    far = section([{"loss": 10.0**-k} for k in range(4)])
    assert "The axis is logarithmic" in text(far)
    assert "The axis is logarithmic" not in text(section([{"loss": 1.0 / k} for k in range(1, 5)]))
    # Zero has no place on it.
    assert "The axis is logarithmic" not in text(section([{"loss": v} for v in (10.0, 0.01, 0.0)]))


def test_gaps_are_counted() -> None:
    root = section([{"loss": 1.0}, {"loss": math.nan}, {"loss": None}, {"loss": math.inf}, {"loss": 0.5}])
    assert "The line has gaps: 3 values are missing or not finite." in text(root)
    assert "not a number" in text(root)  # in the table
    assert "–" in text(root)


def test_a_history_without_epoch_numbers_counts_from_one() -> None:
    assert [row[0].text for row in section([{"loss": 2.0}, {"loss": 1.0}]).iterfind(".//tbody/tr")] == ["1", "2"]


def test_names_from_outside_are_escaped() -> None:
    made = curves([{"<script>": 1.0}])
    assert made is not None
    assert "<script>" not in made.markup
