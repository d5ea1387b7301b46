"""Slides: "Momentum reduces the variance of SGD." Noisy gradients of a valley, with and without v = eta v + alpha g."""

from __future__ import annotations

import numpy as np
from claim import Tried, show

from glassnet.plots.charts import Series, line_chart

STEPS, ETA, SHOWN = 4000, 0.9, 120
CURVATURE = 1.0  # of f(x) = x^2 / 2, whose gradient x is seen with noise of deviation 1


def path(rate: float, eta: float) -> np.ndarray:
    """The places of a walk that begins at 4, with the same noise for every setting."""
    noise = np.random.default_rng(0).normal(size=STEPS)
    x, v, places = 4.0, 0.0, []
    for each in noise:
        gradient = CURVATURE * x + each
        v = eta * v + rate * gradient
        x -= v
        places.append(x)
    return np.array(places)


def experiment() -> Tried:
    """Plain SGD, momentum with the same rate as in the slides' formula, and with the rate that goes as far."""
    walks = {
        "SGD, 0.1": path(0.1, 0.0),
        "momentum, 0.1": path(0.1, ETA),
        "momentum, 0.01": path(0.1 * (1 - ETA), ETA),
    }
    late = {name: walk[STEPS // 4 :] for name, walk in walks.items()}
    steps = {name: np.diff(walk).std() for name, walk in late.items()}
    spread = {name: walk.std() for name, walk in late.items()}
    plain, same, fair = walks
    verdict = ("At the rate that goes equally far (alpha (1 - eta)) single steps fluctuate "
               f"{steps[plain] / steps[fair]:.1f} times less, and the path is smooth; but the place "
               f"around the minimum varies as much (deviation {spread[fair]:.2f} against "
               f"{spread[plain]:.2f}), and with the same alpha it varies more ({spread[same]:.2f}).")  # fmt: skip
    series = [Series(name, range(SHOWN), walk[:SHOWN].tolist()) for name, walk in walks.items()]
    chart = line_chart(series, title="With and without momentum", x_label="step", y_label="x")
    both = steps[fair] < steps[plain] and spread[same] < spread[plain]
    answer = "holds" if both else "holds in part" if steps[fair] < steps[plain] else "does not hold"
    return Tried("Momentum lowers the variance of the path", answer, verdict, chart)


if __name__ == "__main__":
    show(experiment)
