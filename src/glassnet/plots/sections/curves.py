"""What was measured after each epoch: a chart for each quantity, and the numbers as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from glassnet.plots import charts, page
from glassnet.plots.charts import Series
from glassnet.plots.readable import count, duration, percent, plural, significant
from glassnet.plots.svg import Markup, element
from glassnet.typing import Floats

History = Sequence[Mapping[str, float | None]]

MOST_EPOCHS = 100  # rows of the table
_NOT_DRAWN = ("epoch", "seconds", "learning_rate", "step")


def column(history: History, key: str) -> Floats:
    """One quantity over the epochs; what is absent is NaN.

    >>> column([{"loss": 2.0}, {"loss": None}, {}], "loss").tolist()
    [2.0, nan, nan]
    """
    return np.array([math.nan if (value := epoch.get(key)) is None else float(value) for epoch in history])


def curves(history: History) -> page.Section | None:
    """The section; None where nothing was measured. A key ``val_x`` is the validation's line in the chart of ``x``."""
    keys = dict.fromkeys(key for epoch in history for key in epoch)
    names = [key for key in dict.fromkeys(key.removeprefix("val_") for key in keys) if key not in _NOT_DRAWN]
    if not names:
        return None
    return page.section(
        "Curves",
        page.read(
            "An epoch is one pass over the training rows; training makes the loss smaller.",
            "The validation rows are never trained on: their line shows what carries over to new rows."
            if any(key.startswith("val_") for key in keys)
            else "",
            _overfitting(history),
        ),
        element("div", [_curve(history, name, keys) for name in names], class_="columns"),
        page.folded("The numbers of each epoch", _table(history, [key for key in keys if key != "epoch"])),
    )


def _overfitting(history: History) -> str:
    """What the validation loss says, only where it clearly says it."""
    loss = column(history, "val_loss")
    if len(loss) < 3 or not np.isfinite(loss).all():
        return ""
    best = int(loss.argmin())
    if not loss[-1] > 1.1 * loss[best] > 0:
        return ""
    return (
        f"Here the validation loss was lowest after epoch {_numbers(history)[best]} ({significant(loss[best])}) and"
        f" rose to {significant(loss[-1])} by the end: the network went on to learn its training rows by heart, which"
        " is called overfitting."
    )


def _curve(history: History, name: str, keys: Mapping[str, None]) -> Markup:
    epochs = _numbers(history)
    series = [
        Series(words, epochs, values.tolist(), *_lowest(values, key))
        for key, words in ((name, "training"), (f"val_{name}", "validation"))
        if key in keys and (values := column(history, key)) is not None
    ]
    values = np.concatenate([s.y for s in series])
    known = values[np.isfinite(values)]
    # Where the loss falls by more than two powers of ten, a linear axis shows a line along the bottom.
    log = name == "loss" and known.size > 2 and bool(0 < 100 * known.min() < known.max())
    missing = values.size - known.size
    captions = [
        "The axis is logarithmic: each line stands for a multiple of ten of the one below." if log else "",
        f"The line has gaps: {plural(missing, 'value is', 'values are')} missing or not finite." if missing else "",
        "One epoch gives one point." if len(history) == 1 else "",
    ]
    title = name.replace("_", " ")
    share, zero = name.endswith("accuracy"), name == "loss"
    chart = charts.line_chart(series, title=f"{title} by epoch", x_label="epoch", log=log, zero=zero, share=share)
    return page.figure(chart, title[:1].upper() + title[1:], " ".join(filter(None, captions)), headed=True)


def _lowest(values: Floats, key: str) -> tuple[int | None, str]:
    """The ring around the lowest validation loss, unless the line ends as low or nearly so."""
    finite = np.where(np.isfinite(values), values, np.nan)
    if key != "val_loss" or np.isnan(finite).all():
        return None, ""
    best = int(np.nanargmin(finite))
    return (None, "") if finite[-1] <= 1.02 * finite[best] else (best, "lowest")


def _numbers(history: History) -> list[int]:
    return [int(k if (value := epoch.get("epoch")) is None else value) for k, epoch in enumerate(history, 1)]


def _table(history: History, keys: Sequence[str]) -> Markup:
    stride = math.ceil(len(history) / MOST_EPOCHS)
    numbers = _numbers(history)
    kept = sorted({*range(0, len(history), stride), len(history) - 1})
    rows = [[count(numbers[k]), *(_cell(history[k].get(key), key) for key in keys)] for k in kept]
    names = [key.replace("val_", "validation ").replace("_", " ") for key in keys]
    return page.table("Epochs" if stride == 1 else f"Every {stride}th epoch and the last", ["epoch", *names], rows)


def _cell(value: float | None, key: str) -> str:
    if value is None:
        return "–"
    if key == "seconds":
        return duration(value)
    return percent(value, 2) if key.endswith("accuracy") else significant(value, 4)
