"""Slides: "Large initial weights saturate." Sigmoid units whose start weights are drawn ever wider."""

from __future__ import annotations

import numpy as np
from claim import Tried, show

import glassnet as gn
from glassnet.plots.charts import Series, line_chart

SPREADS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # standard deviation of the start weights
FLAT = 0.05  # a fifth of the greatest slope of the sigmoid, which is 1/4


def tried(spread: float, X, y) -> tuple[float, float]:
    """The share of hidden activations on the flat parts at the start, and the accuracy after 10 epochs."""
    start = gn.initializers.normal.configured(deviation=spread)
    net = gn.Network([gn.Dense(32, activation="sigmoid", initializer=start), gn.Dense(10)])
    net.build(64, seed=1, dtype="float64")
    Z = X @ net.parameters()["W1"]
    saturated = float((gn.activations.sigmoid.gradient(Z) < FLAT).mean())
    run = net.fit(X, y, optimizer=gn.optimizers.SGD(0.3), epochs=10, seed=1, engine="reference")
    return saturated, run.history[-1]["accuracy"]


def experiment() -> Tried:
    """Both numbers at every spread."""
    (X, y), _ = gn.data.load("digits")
    X = X[:400].astype(np.float64)
    found = [tried(spread, X, y[:400]) for spread in SPREADS]
    saturated, accuracy = zip(*found, strict=True)
    places = [float(np.log10(spread)) for spread in SPREADS]
    small, large = SPREADS.index(0.1), SPREADS.index(10.0)
    verdict = (f"With start weights of deviation {SPREADS[small]}, {100 * saturated[small]:.0f} % of "
               f"the hidden units are where the sigmoid's slope is below {FLAT}, with "
               f"{SPREADS[large]:g} it is {100 * saturated[large]:.0f} %; after 10 epochs "
               f"{100 * accuracy[small]:.0f} % of the digits are right against "
               f"{100 * accuracy[large]:.0f} %.")  # fmt: skip
    series = [Series("saturated at the start", places, saturated), Series("right after 10 epochs", places, accuracy)]
    x_label = "deviation of the start weights, as a power of ten"
    chart = line_chart(series, title="Large start weights", x_label=x_label, share=True, zero=True)
    answer = "holds" if saturated[large] > 0.9 > 0.1 > saturated[small] else "does not hold"
    return Tried("Large initial weights saturate the units", answer, verdict, chart)


if __name__ == "__main__":
    show(experiment)
