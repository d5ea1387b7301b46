"""What made the prediction, on the page: a part of it for piecewise linear networks, with the picture of the pixels."""

from __future__ import annotations

from glassnet.lab.messages import ATTRIBUTION
from glassnet.lab.show.attributed import section
from glassnet.lab.trace import Trace


def test_a_network_of_relus_shows_pixels_units_and_the_exact_sum(wide: Trace) -> None:
    shown, made = str(section(wide)), wide.attribution(0)
    assert shown.count("<img") == 1  # the 784 inputs are an image, the 1000 units are none
    for level in made.levels:
        assert ATTRIBUTION["from"].format(name=level.name) in shown
        assert f"{float(level.rounding):+.3g}".replace("-", "−") in shown
        assert f"{level.contributions[level.largest()[0]]:+.7g}".replace("-", "−") in shown
    assert shown.count(repr(made.logit).replace("-", "−")) == len(made.levels)
    assert shown in wide.html()


def test_another_network_has_no_such_part(batch: Trace) -> None:
    assert section(batch) is None
    assert ATTRIBUTION["heading"] not in batch.html()
