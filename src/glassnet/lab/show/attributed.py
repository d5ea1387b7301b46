"""What made the prediction, on the page of a step: the pixels as a picture, the largest shares, the exact sum."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from glassnet.errors import SettingError
from glassnet.lab.messages import ATTRIBUTION
from glassnet.lab.show.cards import minus
from glassnet.lab.show.numbers import picture
from glassnet.plots.svg import Markup, element

if TYPE_CHECKING:
    from glassnet.lab.attribution import Attribution, Level
    from glassnet.lab.trace import Trace

FEWEST_PIXELS = 36  # inputs that are shown as a picture, where their number is a square


def section(trace: Trace) -> Markup | None:
    """The part of the page; None for a network that is not piecewise linear."""
    try:
        found = trace.attribution(0)
    except SettingError:
        return None
    base = trace.convention.base
    said = ATTRIBUTION["sentence"].format(output=found.output + base, example=base, logit=minus(f"{found.logit:.7g}"))
    return element(
        "section",
        element("h2", ATTRIBUTION["heading"], id="made-heading"),
        element("p", said),
        element("div", [_level(trace, found, level) for level in found.levels], class_="stops levels"),
        id="made",
        class_="card part made",
        aria_labelledby="made-heading",
    )


def _level(trace: Trace, found: Attribution, level: Level) -> Markup:
    heading = ATTRIBUTION["from"].format(name=level.name)
    shown = level.largest()
    base = trace.convention.base
    rows = [_row(f"{level.name}[{i + base}]", f"{level.contributions[i]:+.7g}") for i in shown]
    if len(level.exact) > len(shown):
        rest = sum((each for i, each in enumerate(level.exact) if i not in set(shown)), Fraction())
        rows.append(_row(ATTRIBUTION["rest"].format(count=len(level.exact) - len(shown)), f"{float(rest):+.7g}"))
    rows.append(_row(ATTRIBUTION["biases"], f"{float(level.bias):+.7g}"))
    rows.append(_row(ATTRIBUTION["rounding"], f"{float(level.rounding):+.3g}"))
    rows.append(_row(ATTRIBUTION["total"], repr(float(level.total)), last=True))
    table = element("table", element("caption", heading), element("tbody", rows))
    box = element("div", table, class_="scroll", tabindex="0", role="group", aria_label=heading)
    return element("article", _picture(level), box, class_="array")


def _row(said: str, number: str, last: bool = False) -> Markup:
    return element("tr", element("th", said, scope="row"), element("td", minus(number), class_="n"),
                   class_="sum" if last else None)  # fmt: skip


def _picture(level: Level) -> Markup | None:
    """The contributions where they belong in the image, if the level has the shape of one."""
    side = isqrt(len(level.contributions))
    if side * side != len(level.contributions) or side * side < FEWEST_PIXELS:
        return None
    image = np.asarray(level.contributions).reshape(side, side)
    style = "width:16rem;aspect-ratio:1;image-rendering:pixelated"
    return element("figure", element("img", src=picture(image), alt=ATTRIBUTION["map"], style=style),
                   element("figcaption", ATTRIBUTION["map"]), class_="signed")  # fmt: skip
