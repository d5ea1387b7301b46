"""Draw the pictures of docs/optimizers.md: `python scripts/draw_optimizers.py` writes them into docs/images."""

from __future__ import annotations

import argparse
from pathlib import Path

import glassnet as gn
from glassnet.plots import theme
from glassnet.plots.charts import Series, line_chart
from glassnet.plots.svg import standalone

IMAGES = Path(__file__).parents[1] / "docs" / "images"
STEPS = 400
s = gn.schedules
FALLING = {
    "step": s.Step(0.1, every=100, factor=0.5),
    "exponential": s.Exponential(0.1, steps=150),
    "inverse time": s.InverseTime(0.1, steps=50),
    "cosine": s.Cosine(0.1, steps=380),
}
CYCLES = {
    "restarts": s.CosineRestarts(0.1, steps=50, shrink=0.8),
    "one cycle": s.OneCycle(0.1, steps=400),
    "warm-up, then linear": s.WarmUp(s.Polynomial(0.07, steps=300), steps=60),
}


def draw(name: str, schedules: dict[str, gn.schedules.Schedule], title: str) -> None:
    steps = list(range(0, STEPS, 2))
    series = [Series(words, steps, [schedule(t) for t in steps]) for words, schedule in schedules.items()]
    chart = line_chart(series, title=title, x_label="step", zero=True)
    (IMAGES / name).write_text(str(standalone(chart, theme.css())), encoding="utf-8")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    draw("schedules-falling.svg", FALLING, "Learning rates that fall")
    draw("schedules-cycles.svg", CYCLES, "Learning rates that rise as well")
    (X, y), _ = gn.data.load("digits")
    net = gn.Network([gn.Dense(32, activation="relu"), gn.Dense(10)])
    gn.find_learning_rate(net, X, y, engine="reference").save(IMAGES / "rates.svg")
