"""Losses along lines of predictions: the slope that is drawn is that of the curve."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet.lab.gallery import loss_lines
from glassnet.plots.panels import Panel


def test_slopes_are_those_of_the_curves() -> None:
    """Along each line of predictions the slope that is drawn is what the curve does."""
    pictures = (loss_lines.sizes, loss_lines.variances, loss_lines.directions, loss_lines.class_numbers)
    shown: list[Panel] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loss_lines, "panels", lambda given, **_: shown.extend(given))
        for drawn in pictures:
            drawn()
    assert len(shown) == 12
    for panel in shown:
        value, slope = panel.series
        x, y = np.array(value.x), np.array(value.y)
        unit = np.pi / 2 if "cosine" in panel.title else 1.0  # slopes by the angle in radians, drawn in right angles
        middle = np.gradient(y, x)[10:-10] / unit
        assert middle == pytest.approx(np.array(slope.y)[10:-10], rel=0.03, abs=0.02), panel


def test_where_the_normal_likelihood_is_least() -> None:
    """By s = log variance: at the squared error."""
    shown: list[Panel] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loss_lines, "panels", lambda given, **_: shown.extend(given))
        loss_lines.variances()
        loss_lines.scores()
    for panel, error in zip(shown[2:4], (0.5, 2.0), strict=True):
        value = panel.series[0]
        assert value.x[int(np.argmin(value.y))] == pytest.approx(np.log(error**2), abs=0.05)
    hinge = shown[4].series[0]
    assert [y for x, y in zip(hinge.x, hinge.y, strict=True) if x > 1] == [0.0] * sum(x > 1 for x in hinge.x)
