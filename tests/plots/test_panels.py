"""Small pictures side by side: where they stand, what is cut off, and what they say to a screen reader."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from glassnet.plots.charts import Series
from glassnet.plots.panels import EDGE, GAP, SIZE, Panel, panels

X = [-1.0, 0.0, 1.0]


def drawn(*ys: list[float], columns: int = 2) -> str:
    given = [Panel(f"f{k}", [Series("value", X, y), Series("slope", X, X)]) for k, y in enumerate(ys)]
    return panels(given, columns=columns, x=(-1, 1), y=(-2, 2), title="functions")


def paths(svg: str, series: int) -> list[str]:
    found = re.findall(r'<path d="([^"]*)" class="curve s(\d)"', svg)
    return [d for d, number in found if int(number) == series][1:]  # the first is the legend's


def test_it_is_one_picture_with_a_title_and_a_description() -> None:
    root = ElementTree.fromstring(drawn(X, X, X))
    assert [child.text for child in root[:2]] == ["functions", "value and slope of f0, f1, f2"]
    assert root.attrib["viewBox"].split()[2] == f"{2 * EDGE + 2 * SIZE + GAP:g}"


def test_a_curve_runs_from_corner_to_corner() -> None:
    (first, second) = paths(drawn([-2.0, 0.0, 2.0], X), 1)
    assert first == "M2 220L86 136L170 52"
    assert second.startswith("M186 178")  # the next panel, from -1


@pytest.mark.parametrize("gap", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_leaves_a_gap(gap: float) -> None:
    (path,) = paths(drawn([0.0, gap, 0.0]), 1)
    assert path == "M2 136M170 136"


def test_what_leaves_the_panel_is_cut_at_its_edge() -> None:
    (path,) = paths(drawn([0.0, 99.0, 99.0]), 1)
    assert path == "M2 136L86 52"


def test_ranges_are_written_once() -> None:
    assert drawn(X, X).count("−1 to 1 across, −2 to 2 up") == 1
