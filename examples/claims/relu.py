"""Slides: "ReLU trains faster than sigmoid." Two networks that differ in nothing else, each at its best rate."""

from __future__ import annotations

from claim import Tried, show

import glassnet as gn
from glassnet.plots.charts import Series, line_chart

ROWS, RATES, EPOCHS, GOAL = 400, (0.3, 1.0, 3.0), 18, 0.5


def losses(activation: str, rate: float, X, y) -> list[float]:
    """The training loss after each epoch of a network with two hidden layers."""
    layers = [gn.Dense(32, activation=activation), gn.Dense(32, activation=activation), gn.Dense(10)]
    net = gn.Network(layers)
    run = net.fit(X, y, optimizer=gn.optimizers.SGD(rate), epochs=EPOCHS, seed=1, dtype="float64", engine="reference")
    return [row["loss"] for row in run.history]


def experiment() -> Tried:
    """Both activations at every rate; of each the rate with the lowest loss at the end."""
    (X, y), _ = gn.data.load("digits")
    curves, needed = [], {}
    for activation in ("relu", "sigmoid"):
        tried = {rate: losses(activation, rate, X[:ROWS], y[:ROWS]) for rate in RATES}
        best = min(tried, key=lambda rate: tried[rate][-1])
        curve = tried[best]
        needed[activation] = next((epoch for epoch, loss in enumerate(curve, 1) if loss < GOAL), EPOCHS + 1)
        curves.append(Series(f"{activation}, rate {best:g}", range(1, EPOCHS + 1), curve))
    verdict = (f"On {ROWS} handwritten digits, 64-32-32-10, the training loss is below {GOAL} after "
               f"{needed['relu']} epochs with ReLU and after {needed['sigmoid']} with sigmoid, each "
               f"at the best of {len(RATES)} learning rates.")  # fmt: skip
    chart = line_chart(curves, title="ReLU and sigmoid", x_label="epoch", y_label="training loss", log=True)
    answer = "holds" if needed["relu"] < needed["sigmoid"] else "does not hold"
    return Tried("ReLU trains faster than sigmoid", answer, verdict, chart)


if __name__ == "__main__":
    show(experiment)
