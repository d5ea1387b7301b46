"""The report of a training as one self-contained page.

``Report`` is everything the page shows, as plain numbers and names: whoever trains fills it, ``render`` draws it. The
page answers from the top: what was trained, on what, how good is it; then why one may believe it, figure by figure.
It holds no date, no path and no name of a machine: equal reports are equal files.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from glassnet.errors import unknown_name
from glassnet.plots import diagram, page
from glassnet.plots.readable import NO_BREAK, count, duration, percent, significant
from glassnet.plots.sections.classes import ClassRow, Mistake, confusion, mistakes
from glassnet.plots.sections.curves import History, column, curves
from glassnet.plots.sections.numbers import predictions
from glassnet.plots.sections.weights import weights
from glassnet.plots.svg import Markup, element, join
from glassnet.typing import Array, Floats, Shape

__all__ = ["ClassRow", "LayerRow", "Mistake", "Report", "render"]


@dataclass(frozen=True)
class LayerRow:
    """A layer as the summary lists it: ``output`` without the batch, such as (128,)."""

    layer: str
    output: Shape
    parameters: int


@dataclass(frozen=True)
class Report:
    """What a report shows; whatever is empty or None is left out of the page.

    ``measured_on`` is a plural that completes "of 360 ...". ``history`` has a mapping for each epoch: epoch, loss,
    accuracy, ..., val_loss, val_accuracy, ..., seconds. ``confusion_matrix`` (C, C) has the true classes as rows;
    ``classes`` are its C names. ``weights`` (I, O) are the first layer's; ``image_shape`` (1, H, W) or (3, H, W) says
    that its I inputs are pixels, ``features`` names them where they are not; ``drawn`` are the columns of the network's
    drawing as (units, what stands below). For ``kind="real"``: ``predictions`` is (true, predicted), each (n,) or
    (n, O), and ``targets`` names the O outputs.
    """

    title: str
    kind: Literal["classes", "real"] = "classes"
    summary: Sequence[str] = ()
    measured_on: str = "held-out rows"
    history: History = ()
    settings: Sequence[tuple[str, Sequence[tuple[str, object]]]] = ()
    network: Sequence[LayerRow] = ()
    drawn: Sequence[tuple[int, str]] = ()
    classes: Sequence[object] = ()
    confusion_matrix: Array | None = None
    per_class: Sequence[ClassRow] = ()
    mistakes: Sequence[Mistake] = ()
    weights: Floats | None = None
    image_shape: Shape | None = None
    features: Sequence[str] = ()
    r2: float | None = None
    predictions: tuple[Floats, Floats] | None = None
    targets: Sequence[str] = ()
    version: str = ""


def render(report: Report) -> str:
    """The report as the text of an HTML file, to be written as UTF-8.

    Raises: SettingError for an unknown kind, ShapeError where arrays do not fit their names or the image.

    >>> "97.5" in render(Report("digits", classes=["no", "yes"], confusion_matrix=np.array([[20, 0], [1, 19]])))
    True
    """
    if report.kind not in ("classes", "real"):
        raise unknown_name("kind of report", report.kind, ["classes", "real"])
    sections = [part for part in _sections(report) if part is not None]
    maker = f"Made by glassnet {report.version}".rstrip()
    return page.page(
        report.title,
        element("a", "Skip to the result", href="#result", class_="skip"),
        element("main", _top(report), page.contents(sections), [s.markup for s in sections]),
        element("footer", f"{maker}. This page holds all it shows and loads nothing."),
    )


def _sections(report: Report) -> list[page.Section | None]:
    measured = _measured(report)
    W = report.weights
    return [
        curves(report.history),
        predictions(*report.predictions, report.targets, report.measured_on) if report.predictions else None,
        confusion(measured, report.classes, report.per_class) if measured is not None else None,
        mistakes(report.mistakes, report.measured_on) if report.mistakes or _all_right(measured) else None,
        weights(W, report.image_shape, report.features) if W is not None and W.size else None,
        _settings(report),
    ]


def _measured(report: Report) -> Array | None:
    """The confusion matrix where it counts anything."""
    matrix = report.confusion_matrix
    return matrix if matrix is not None and matrix.sum() else None


def _all_right(matrix: Array | None) -> bool:
    return matrix is not None and bool(np.trace(matrix) == matrix.sum())


# --- the top: what, on what, how good -------------------------------------------------------------------------------


def _top(report: Report) -> Markup:
    matrix = _measured(report)
    return element(
        "header",
        element(
            "div",
            element("p", "Training report", class_="eyebrow"),
            element("h1", report.title),
            [element("p", sentence) for sentence in report.summary],
            _accuracy(matrix, report) if matrix is not None else None,
            _r2(report.r2, report.measured_on) if report.r2 is not None else None,
        ),
        _diagram(report),
        page.facts(_facts(report)),
        class_="card hero",
        id="result",
        tabindex="-1",
    )


def _score(text: str, claim: str, share: float, baseline: float, note: str) -> Markup:
    """The big number, what it says, and a bar with a mark for what is reached without learning anything."""
    number, _, unit = text.rpartition(NO_BREAK) if text.endswith("%") else (text, "", "")
    small = element("small", NO_BREAK + unit) if unit else None
    bar = [element("i", style=f"width:{100 * min(max(share, 0.0), 1.0):.2f}%", class_="whole" if share >= 1 else None)]
    if baseline > 0:
        bar.append(element("b", style=f"left:{100 * baseline:.2f}%"))
    return join(
        element("p", number, small, class_="score" if share > baseline else "score bad"),
        element("p", claim, class_="claim"),
        element("div", bar, class_="meter", aria_hidden="true"),
        element("p", note, class_="muted"),
    )


def _accuracy(matrix: Array, report: Report) -> Markup:
    rows, right = int(matrix.sum()), int(np.trace(matrix))
    support = matrix.sum(1)
    guess = int(support.max()) / rows
    frequent = report.classes[int(support.argmax())]
    wrong = "none is wrong" if right == rows else f"{count(rows - right)} {'is' if rows - right == 1 else 'are'} wrong"
    return _score(
        percent(right / rows, 2 if rows >= 5000 else 1),
        f"of {count(rows)} {report.measured_on} are right; {wrong}.",
        right / rows,
        guess,
        f"The mark in the bar is what always saying “{frequent}” would reach: {percent(guess)}.",
    )


def _r2(r2: float, measured_on: str) -> Markup:
    known = math.isfinite(r2)
    return _score(
        f"{r2:.3f}".replace("-", "−") if known else significant(r2),
        f"is R² on the {measured_on}: the share of the true values' variance that the predictions explain.",
        r2 if known else 0.0,
        0.0,
        "1 is perfect, 0 is what always predicting the mean reaches, below 0 is worse than that.",
    )


def _facts(report: Report) -> list[tuple[str, str]]:
    facts = []
    if report.network:
        facts.append(("parameters", count(sum(row.parameters for row in report.network))))
    if report.history:
        facts.append(("epochs", count(len(report.history))))
        seconds = column(report.history, "seconds")
        if np.isfinite(seconds).all():
            facts.append(("training time", duration(float(seconds.sum()))))
        last = [(name, float(column(report.history, key)[-1])) for key, name in _LOSSES]
        facts += [(name, significant(value)) for name, value in last if not math.isnan(value)]
    return facts


_LOSSES = (("loss", "training loss"), ("val_loss", "validation loss"))


def _diagram(report: Report) -> Markup | None:
    return element("figure", diagram.network(report.drawn)) if report.drawn else None


# --- settings -------------------------------------------------------------------------------------------------------


def _settings(report: Report) -> page.Section | None:
    if not report.settings and not report.network:
        return None
    layers = [[row.layer, " × ".join(map(str, row.output)), count(row.parameters)] for row in report.network]
    groups = [
        page.table(name, ["setting", "value"], [[key, _value(value)] for key, value in pairs], words=[1])
        for name, pairs in report.settings
    ]
    return page.section(
        "Settings",
        page.table("Layers", ["layer", "output", "parameters"], layers) if layers else None,
        page.folded("All settings", element("div", groups, class_="columns")) if groups else None,
    )


def _value(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "–" if value is None else "yes" if value else "no"
    return str(value)
