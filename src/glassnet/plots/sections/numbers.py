"""How a regression fared: predicted against true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.plots import charts, page
from glassnet.plots.svg import element
from glassnet.typing import Floats

MOST_TARGETS = 6


def predictions(true: Floats, predicted: Floats, targets: Sequence[str], measured_on: str) -> page.Section:
    """The section of the predictions, (n,) or (n, O): a chart for each output, named by ``targets`` where given."""
    true, predicted = (np.asarray(part, np.float64).reshape(len(part), -1) for part in (true, predicted))
    names = [*targets] or [f"output {k}" for k in range(true.shape[1])]
    figures = [
        page.figure(
            charts.scatter(true[:, k], predicted[:, k], title=f"{name}: predicted against true"),
            name,
            headed=len(names) > 1 or len(targets) > 0,
        )
        for k, name in enumerate(names[:MOST_TARGETS])
    ]
    return page.section(
        "Predictions",
        page.read(
            f"Each point is one of the {measured_on}: how far right it stands is its true value, how high it stands is"
            " the prediction. On the dashed diagonal the two are equal; above it the prediction is too large, below it"
            " too small.",
            f"The first {MOST_TARGETS} of {len(names)} outputs are shown." if len(names) > MOST_TARGETS else "",
        ),
        element("div", figures, class_="columns"),
    )
