"""Makes docs/catalogue.md and its picture from the catalogues themselves.

    python scripts/make_catalogue.py

tests/test_catalogue.py fails where the page is not what this makes.
"""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.maths import activations, initializers, losses, metrics
from glassnet.plots.charts import Series
from glassnet.plots.panels import Panel, panels
from glassnet.plots.svg import standalone
from glassnet.plots.theme import css

DOCS = Path(__file__).resolve().parents[1] / "docs"
PICTURE = "images/activations.svg"
FAMILIES = (
    "linear",
    "sigmoids",
    "rectifiers",
    "exponentials",
    "gated",
    "classes",
)  # the pages of activations, in order
ACTIVATIONS = sorted(
    activations.CATALOGUE.items(), key=lambda member: FAMILIES.index(member[1].__module__.rpartition(".")[2])
)


def drawn() -> str:
    """Every activation of one number with its derivative, all on the same axes."""
    z = np.linspace(-4, 4, 161)
    shown = []
    for name, g in ACTIVATIONS:
        if g.elementwise:
            value = Series("value", z.tolist(), g(z).tolist())
            slope = Series("derivative", z.tolist(), g.gradient(z).tolist())
            shown.append(Panel(name, [value, slope]))
    title = "The activations and their derivatives, from -4 to 4"
    return standalone(panels(shown, columns=5, x=(-4, 4), y=(-2, 4), title=title), css()) + "\n"


PAGE = """# The catalogue

Made by `scripts/make_catalogue.py` from the docstrings; `help(gn.losses.huber)` says more: shapes, errors, an example
and the source. A setting is changed by `gn.losses.huber.configured(delta=2.0)` or by
`gn.losses.get("huber", delta=2.0)`, on the command line by `--loss huber:delta=2.0`. What the native engine has no
kernel for runs on the reference engine, which says so once.

## Activations

![The activations and their derivatives]({picture})

{activations}

`prelu` learns its slope: it is a layer, `gn.Dense(64), gn.PReLU()`; on the command line, `--activation prelu`.

## Losses

`gn.losses.NAME(target, prediction, from_logits=..., reduction=..., sample_weight=...)`, and `.gradient` beside it; in
`fit` also `class_weight`.

{losses}

## Initializers

{initializers}

## Metrics

By name in `fit(metrics=(...))` and `evaluate(metrics=(...))`, but for the two that are no single number.

{metrics}
"""


def page() -> str:
    """The page: a table a family."""
    heads = ("targets", lambda loss: loss.target_kind), ("from_logits", lambda loss: loss.head or "")
    return PAGE.format(
        picture=PICTURE,
        activations=table("activation", ACTIVATIONS, ("range", lambda g: interval(*g.range))),
        losses=table("loss", losses.CATALOGUE.items(), *heads),
        initializers=table("initializer", initializers.CATALOGUE.items()),
        metrics=table("metric", metrics.CATALOGUE.items(), ("takes", lambda metric: metric.takes)),
    )


def table(kind: str, members: Iterable[tuple[str, Any]], *columns: tuple[str, Any]) -> str:
    """One row a member: its name, what it is, its settings, and the columns."""
    names = [kind, "what it is", "settings", *(name for name, _ in columns)]
    rows = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    for name, member in members:
        settings = ", ".join(f"`{key}={shortened(value)}`" for key, value in member.settings.items())
        cells = [f"`{name}`", summary(member), settings, *(str(read(member)) for _, read in columns)]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def summary(member: Any) -> str:
    """The first paragraph of a docstring, on one line."""
    first = inspect.cleandoc(member.__doc__).split("\n\n", 1)[0]
    return " ".join(first.split()).replace("|", "\\|").replace("*", "\\*")


def shortened(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else repr(value)


def interval(low: float, high: float) -> str:
    return f"{low:.4g} .. {high:.4g}".replace("inf", "∞")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    (DOCS / "catalogue.md").write_text(page(), encoding="utf-8")
    (DOCS / PICTURE).write_text(drawn(), encoding="utf-8")
