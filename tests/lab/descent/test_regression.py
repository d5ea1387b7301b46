"""Lines by descent on the lecture's data: the exact line of least squares, and a logistic curve that never ends."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from glassnet.errors import DataError, SettingError, ShapeError
from glassnet.lab.descent.regression import C1, descend_line, read_rows
from glassnet.maths.activations import sigmoid
from glassnet.maths.losses import binary_crossentropy, mse

X, Y = np.array(C1, float).T


def test_the_line_of_least_squares() -> None:
    """Its slope and height are those of the normal equations, and its threshold parts the classes."""
    found = descend_line(kind="linear", learning_rate=0.02, steps=2000)
    expected, *_ = np.linalg.lstsq(np.stack([X, np.ones(12)], 1), Y, rcond=None)
    w, b = found.path[-1]
    np.testing.assert_allclose((w, b), expected, rtol=1e-8)
    assert (w, b) == (pytest.approx(6 / 53), pytest.approx(1 / 53))
    assert found.verdict == "minimum"
    assert found.threshold == pytest.approx(4.25)
    assert 4 < found.threshold < 5
    assert found.right == 12
    assert found.stationary[0].point == pytest.approx((6 / 53, 1 / 53))


def test_a_rate_that_is_too_large() -> None:
    rates = descend_line(kind="linear", steps=1).rates
    assert rates is not None
    assert rates.largest == pytest.approx(0.0303200764)
    found = descend_line(kind="linear", learning_rate=0.031, steps=100)
    assert found.verdict == "diverging"
    assert "the learning rate is too large" in found.explanation


def test_the_logistic_curve_grows_for_ever() -> None:
    found = descend_line(kind="logistic", learning_rate=0.5, steps=400)
    assert found.verdict == "unfinished"
    assert "this loss has no minimum: the steeper the curve, the smaller it is" in found.explanation
    assert "shrinks ever more slowly" in found.explanation
    assert (np.diff(found.values[50:]) < 0).all()
    assert 4 < found.threshold < 5
    assert found.right == 12


def test_classes_that_overlap_have_a_minimum() -> None:
    found = descend_line([0, 1, 2, 3], [0, 1, 0, 1], "logistic", learning_rate=0.5, steps=3000, tolerance=1e-9)
    assert found.verdict == "minimum"
    assert "no minimum" not in found.explanation


@pytest.mark.parametrize("kind", ["linear", "logistic"])
def test_the_loss_is_the_librarys(kind: str) -> None:
    found = descend_line(kind=kind, start=(0.3, -0.7), steps=3, learning_rate=0.01)
    for (w, b), value in zip(found.path, found.values, strict=True):
        z = w * X + b
        expected = mse(Y, z) if kind == "linear" else binary_crossentropy(Y, sigmoid(z))
        assert value == pytest.approx(expected, rel=1e-12)


def test_written_down(tmp_path: Path) -> None:
    found = descend_line(kind="linear", learning_rate=0.02, steps=50)
    text = found.markdown()
    assert "| sum |  |  | -6 | -45 |" in text  # the errors of the line 0 add up to -6, times x to -45
    assert "2/12 × -45 = -7.5" in text
    assert "0 - 0.02 × (-7.5) = 0.15" in text
    page = ElementTree.fromstring(found.html().removeprefix("<!doctype html>"))
    assert len(page.findall(".//svg")) == 3
    moving = [e for e in page.iter() if (e.get("class") or "") == "moving s1"]
    assert len(moving) >= 4
    assert found.to_json()["threshold"] == found.threshold


def test_points_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("x,y\n0,1\n1,3\n2,5\n")
    found = descend_line(*read_rows(path), learning_rate=0.2, steps=2000)
    assert dict(zip(found.function.variables, found.path[-1], strict=True)) == {
        "b": pytest.approx(1),
        "w": pytest.approx(2),
    }
    assert found.right is None
    path.write_text("x,z,y\n0,1,1\n")
    with pytest.raises(ShapeError, match="one column of x and one of y; beside y there are 2"):
        read_rows(path)
    path.write_text("x,y\n0,cat\n1,dog\n")
    with pytest.raises(DataError, match="y is numbers"):
        read_rows(path)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"kind": "cubic"}, SettingError, "There is no kind of line 'cubic'"),
        ({"x": [1, 2], "y": [1]}, ShapeError, "as many x as y"),
        ({"x": [], "y": []}, ShapeError, "and some"),
        ({"x": [np.nan], "y": [1]}, DataError, "finite points"),
        ({"x": [1, 2], "y": [1, 2], "kind": "logistic"}, DataError, "y is 0 or 1"),
    ],
)
def test_what_cannot_be_used(arguments: dict, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        descend_line(**arguments)
