"""Charts: what is drawn, and what is not."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.plots import charts
from glassnet.plots.charts import Series
from glassnet.plots.svg import Markup

ANY = st.floats(allow_nan=True, allow_infinity=True)


def chart(*ys: list[float], log: bool = False, share: bool = False) -> Markup:
    series = [Series(f"line {k}", list(range(1, len(y) + 1)), y) for k, y in enumerate(ys)]
    return charts.line_chart(series, title="T", x_label="epoch", log=log, share=share)


def curves(markup: Markup, style: int = 1) -> list[str]:
    """The paths of one series, without the piece of line in the legend."""
    paths = ElementTree.fromstring(markup).iterfind(f".//path[@class='curve s{style}']")
    return [d for path in paths if not re.fullmatch(r"M\S+ 10\.5h24", d := path.attrib["d"])]


def words(markup: Markup) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(markup).iter("text")]


def test_a_line_goes_through_every_point_in_order() -> None:
    (path,) = curves(chart([3.0, 2.0, 1.0]))
    points = [tuple(map(float, point.split())) for point in path[1:].split("L")]
    assert len(points) == 3
    assert points == sorted(points)  # to the right, and downwards on the page as y falls
    assert points[1][1] == pytest.approx((points[0][1] + points[2][1]) / 2, abs=0.02)


@pytest.mark.parametrize("gap", [math.nan, math.inf, -math.inf])
def test_a_gap_parts_the_line(gap: float) -> None:
    (path,) = curves(chart([3.0, 2.0, gap, 1.0, 1.5]))
    assert path.count("M") == 2
    assert path.count("L") == 2


def test_a_point_between_gaps_is_a_dot() -> None:
    drawn = ElementTree.fromstring(chart([3.0, math.nan, 2.0, math.nan, 1.0, 1.0]))
    assert len(drawn.findall(".//circle[@class='f1']")) == 2


def test_one_epoch_is_a_dot_with_its_value() -> None:
    markup = chart([0.5])
    assert curves(markup) == []
    assert len(ElementTree.fromstring(markup).findall(".//circle[@class='f1']")) == 1
    assert "0.5" in words(markup)


@pytest.mark.parametrize("ys", [[], [math.nan], [math.inf, math.nan]])
def test_no_numbers_say_so(ys: list[float]) -> None:
    assert "There are no numbers to draw." in words(chart(ys))


def test_a_logarithmic_axis_leaves_out_what_has_no_logarithm() -> None:
    markup = chart([1.0, 0.1, 0.0, -1.0, 0.01, 0.001], log=True)
    (path,) = curves(markup)
    assert path.count("M") == 2
    assert {"1", "0.1", "0.01", "0.001"} <= set(words(markup))


def test_shares_are_written_in_per_cent() -> None:
    assert {"80\xa0%", "100\xa0%", "97.5\xa0%"} <= set(words(chart([0.8, 0.975], share=True)))


def test_several_lines_have_a_legend_and_one_has_none() -> None:
    assert {"line 0", "line 1"} <= set(words(chart([1.0, 2.0], [2.0, 1.0])))
    assert "line 0" not in words(chart([1.0, 2.0]))


def test_the_last_values_stand_at_the_ends_and_apart() -> None:
    drawn = ElementTree.fromstring(chart([1.0, 0.5], [1.0, 0.5], [1.0, 0.501], [3.0, 0.0]))
    ends = [float(text.attrib["y"]) for text in drawn.iter("text") if "strong" in text.attrib.get("class", "")]
    assert len(ends) == 4
    assert (np.diff(sorted(ends)) >= 14.9).all()
    assert max(ends) < charts.HEIGHT


def test_a_ring_marks_a_point() -> None:
    ring = Series("validation", [1, 2, 3], [3.0, 1.0, 2.0], 1, "lowest")
    markup = charts.line_chart([ring], title="T", x_label="epoch")
    assert len(ElementTree.fromstring(markup).findall(".//circle[@class='ring s1']")) == 1
    assert "lowest" in words(markup)


def test_a_peak_survives_however_many_points_there_are() -> None:
    values = np.full(20_000, 1.0)
    values[12_345] = 9.0
    (path,) = curves(chart(values.tolist()))
    heights = [float(point.split()[1]) for point in path[1:].split("L")]
    assert len(heights) < 1000
    assert min(heights) < 0.5 * max(heights)


@given(st.lists(ANY, max_size=8), st.lists(ANY, max_size=8), st.booleans())
def test_whatever_the_numbers_the_chart_is_well_formed_and_on_its_paper(
    a: list[float], b: list[float], log: bool
) -> None:
    markup = chart(a, b, log=log)
    ElementTree.fromstring(markup)
    drawn = re.findall(r'(?:M|L|cx=")(-?[\d.]+)(?: |" cy=")(-?[\d.]+)', markup)
    assert all(-1 <= float(x) <= charts.WIDTH + 1 and -1 <= float(y) <= charts.HEIGHT + 1 for x, y in drawn)
    assert "nan" not in markup
    assert "inf" not in re.sub("infinite", "", markup)


def test_names_are_escaped_and_cut() -> None:
    long = "<script>" + "x" * 100
    markup = charts.line_chart([Series(long, [1], [1.0]), Series("b", [1], [2.0])], title=long, x_label="<x>")
    assert "<script>" not in markup
    assert "<x>" in words(markup)
    assert max(map(len, words(markup))) <= 22


# --- points ---------------------------------------------------------------------------------------------------------


def points(markup: Markup) -> int:
    path = ElementTree.fromstring(markup).find(".//path[@class='points s1']")
    assert path is not None
    return path.attrib["d"].count("h0")


def test_a_perfect_prediction_lies_on_the_diagonal() -> None:
    markup = charts.scatter(np.array([1.0, 2.0, 5.0]), np.array([1.0, 2.0, 5.0]), title="T")
    root = ElementTree.fromstring(markup)
    guide = root.find(".//path[@class='guide']")
    dots = root.find(".//path[@class='points s1']")
    assert guide is not None
    assert dots is not None
    (x0, y0), (x1, y1) = [tuple(map(float, end.split())) for end in guide.attrib["d"][1:].split("L")]
    for x, y in re.findall(r"M(\S+) (\S+?)h0", dots.attrib["d"]):
        assert (float(x) - x0) / (x1 - x0) == pytest.approx((float(y) - y0) / (y1 - y0), abs=1e-3)


def test_pairs_that_are_not_finite_are_left_out() -> None:
    true = np.array([1.0, math.nan, 3.0, 4.0])
    assert points(charts.scatter(true, np.array([1.0, 2.0, math.inf, 4.0]), title="T")) == 2
    assert points(charts.scatter(np.full(3, math.nan), np.zeros(3), title="T")) == 0


def test_of_very_many_pairs_some_are_drawn() -> None:
    values = np.linspace(0, 1, 100_000)
    assert 1000 <= points(charts.scatter(values, values, title="T", most=2000)) <= 2000
