"""Slides: "AdaGrad's learning rate decays." The same gradient at every step, and how far each rule goes."""

from __future__ import annotations

import math

import numpy as np
from claim import Tried, show

import glassnet as gn
from glassnet.plots.charts import Series, line_chart

STEPS, RATE = 1000, 0.1


def strides(optimizer) -> list[float]:
    """The length of each step down a slope of 1 that never ends: f(x) = x."""
    path = gn.optimizers.minimize(lambda x: x.sum(), [0.0], optimizer, steps=STEPS)
    return np.abs(np.diff(np.ravel(path.points))).tolist()


def experiment() -> Tried:
    """AdaGrad, and RMSProp and Adam, which forget old gradients."""
    optimizers = (gn.optimizers.AdaGrad(RATE), gn.optimizers.RMSProp(RATE), gn.optimizers.Adam(RATE))
    series = [Series(type(o).__name__, range(1, STEPS + 1), strides(o)) for o in optimizers]
    first, last = series[0].y[0], series[0].y[-1]
    verdict = (f"With a gradient of 1 at every step AdaGrad's first step is {first:.3g} and its "
               f"{STEPS}th {last:.3g}, {last / first:.3f} of it: it falls as 1/sqrt(t) "
               f"(1/sqrt({STEPS}) is {1 / math.sqrt(STEPS):.3f}), whether or not there is far to go; "
               f"RMSProp's and Adam's are still {series[1].y[-1]:.3g} and {series[2].y[-1]:.3g}.")  # fmt: skip
    chart = line_chart(series, title="Steps under one gradient", x_label="step", y_label="length of the step", log=True)
    answer = "holds" if last < 0.1 * first else "does not hold"
    return Tried("AdaGrad's learning rate decays", answer, verdict, chart)


if __name__ == "__main__":
    show(experiment)
