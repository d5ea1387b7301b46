"""Slides: "Sigmoid gradients vanish with depth." One backward pass through ten layers, by activation."""

from __future__ import annotations

import numpy as np
from claim import Tried, show

import glassnet as gn
from glassnet.plots.charts import Series, line_chart
from glassnet.plots.readable import significant

DEPTH = 10


def gradients(activation: str) -> list[float]:
    """The length of dW of each layer before any training, the first layer first."""
    layers = [gn.Dense(32, activation=activation) for _ in range(DEPTH - 1)]
    net = gn.Network([*layers, gn.Dense(1)]).build(32, seed=1, dtype="float64")
    rng = np.random.default_rng(0)
    trace = gn.dissect(net, rng.normal(size=(64, 32)), rng.normal(size=(64, 1)), loss="mse", optimizer="sgd")
    return [float(np.linalg.norm(trace[f"dW{k}"].value)) for k in range(1, DEPTH + 1)]


def experiment() -> Tried:
    """Sigmoid, tanh and ReLU, each with the start weights that are meant for it."""
    found = {activation: gradients(activation) for activation in ("sigmoid", "tanh", "relu")}
    factor = {name: values[-1] / values[0] for name, values in found.items()}
    others = max(max(factor[name], 1 / factor[name]) for name in ("tanh", "relu"))
    verdict = (f"Through {DEPTH} sigmoid layers the gradient of the first weights is "
               f"{significant(factor['sigmoid'], 1)} times smaller than that of the last, because "
               "each layer multiplies by a slope of at most 1/4; with tanh and with ReLU the two are "
               f"within a factor of {significant(others, 2)}.")  # fmt: skip
    series = [Series(name, range(1, DEPTH + 1), values) for name, values in found.items()]
    chart = line_chart(series, title="Gradients by depth", x_label="layer", y_label="length of dW", log=True)
    answer = "holds" if factor["sigmoid"] > 1000 * max(factor["tanh"], factor["relu"]) else "does not hold"
    return Tried("Sigmoid gradients vanish with depth", answer, verdict, chart)


if __name__ == "__main__":
    show(experiment)
