"""Slides: mini-batch is "best among all the variations of gradient descent". Best by which measure?"""

from __future__ import annotations

from claim import Tried, show

import glassnet as gn
from glassnet.plots.charts import Series, line_chart

ROWS, GOAL, RATES = 256, 0.5, (0.1, 0.3, 1.0)
KINDS = {"batch": (ROWS, 40), "mini-batch of 32": (32, 8), "stochastic": (1, 2)}  # rows a step, passes


def trained(size: int, passes: int, rate: float, X, y) -> list[tuple[float, float]]:
    """The loss over all rows after each pass, and the seconds so far."""
    net = gn.Network([gn.Dense(16, activation="relu"), gn.Dense(10)])
    found, seconds = [], 0.0
    for _ in range(passes):
        run = net.fit(X, y, optimizer=gn.optimizers.SGD(rate), epochs=1, batch_size=size, seed=1, dtype="float64",
                      engine="reference")  # fmt: skip
        seconds += run.history[-1]["seconds"]
        found.append((net.evaluate(X, y)["loss"], seconds))
    return found


def reached(found: list[tuple[float, float]]) -> int:
    """The passes until the loss is low; more than there are where it never is."""
    return next((k for k, (loss, _) in enumerate(found, 1) if loss < GOAL), 10**6)


def experiment() -> Tried:
    """Each kind at the best of its rates: passes over the data, updates and seconds until the loss is low."""
    (X, y), _ = gn.data.load("digits")
    X, y = X[:ROWS], y[:ROWS]
    best = {name: min((trained(size, passes, rate, X, y) for rate in RATES), key=reached)
            for name, (size, passes) in KINDS.items()}  # fmt: skip
    passes = {name: reached(found) for name, found in best.items()}
    updates = {name: passes[name] * (ROWS // KINDS[name][0]) for name in best}
    seconds = {name: found[passes[name] - 1][1] for name, found in best.items()}
    a, b, c = KINDS
    verdict = (f"To a loss of {GOAL} on {ROWS} digits, each at its best rate: in passes over the data "
               f"stochastic is best ({passes[c]}, {passes[b]} and {passes[a]} for stochastic, "
               f"mini-batch and batch), in updates batch ({updates[c]}, {updates[b]} and "
               f"{updates[a]}). Mini-batch is second by either, which makes it the compromise and not "
               "the best; the time depends on the machine and is measured where it runs.")  # fmt: skip
    measured = "Here: " + ", ".join(f"{name} {1000 * value:.0f} ms" for name, value in seconds.items()) + "."
    series = [Series(name, range(1, len(found) + 1), [loss for loss, _ in found]) for name, found in best.items()]
    chart = line_chart(series, title="Three kinds of gradient descent", x_label="pass over the data",
                       y_label="loss", log=True)  # fmt: skip
    best_by = [min(measure, key=measure.__getitem__) for measure in (passes, updates)]
    answer = "holds" if best_by == [b, b] else "holds in part" if b in best_by else "does not hold as said"
    return Tried("Mini-batch is the best of the three", answer, verdict, chart, measured)


if __name__ == "__main__":
    show(experiment)
