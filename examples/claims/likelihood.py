"""Slides: the likelihood's product underflows, its logarithm does not. An untrained network, ever more examples."""

from __future__ import annotations

import math

import numpy as np
from claim import Tried, show

import glassnet as gn
from glassnet.plots.charts import Series, line_chart

ROWS, SURE = 1200, 0.5  # examples, and the probability of each true class: a network of two classes, untrained


def products(dtype) -> np.ndarray:
    """The likelihood of the first n examples, for each n."""
    return np.cumprod(np.full(ROWS, SURE, dtype), dtype=dtype)


def experiment() -> Tried:
    """The product in both precisions, and the mean of the logarithms."""
    single, double = products(np.float32), products(np.float64)
    gone = [int((values > 0).sum()) + 1 for values in (single, double)]
    P = np.full((ROWS, 2), [1 - SURE, SURE])
    mean = float(gn.losses.sparse_categorical_crossentropy(np.ones(ROWS, int), P))
    verdict = (f"With {SURE} for every true class the product is 0 from {gone[0]} examples on in "
               f"float32 and from {gone[1]} in float64, and 0 has no gradient; the mean of -log p "
               f"over {ROWS} examples is {mean:.4f} = -log {SURE} = {-math.log(SURE):.4f}, and its "
               "maximum is where the product's is.")  # fmt: skip
    n, logarithms = range(1, ROWS + 1), np.arange(1, ROWS + 1) * np.log10(SURE)
    series = [Series("logarithms", n, logarithms.tolist())]
    for name, values, end in (("float64", double, gone[1]), ("float32", single, gone[0])):
        with np.errstate(divide="ignore"):
            series.append(Series(name, n, np.log10(values).tolist(), end - 2, f"{name}: then 0"))
    chart = line_chart(series, title="The likelihood of n examples", x_label="examples", y_label="log10 p")
    answer = "holds" if double[-1] == 0 and np.isfinite(mean) else "does not hold"
    return Tried("The likelihood's product underflows, its logarithm does not", answer, verdict, chart)


if __name__ == "__main__":
    show(experiment)
