"""Every loss against the prediction, for each target; and the lecture's tables of small examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from glassnet.lab.descent.numbers import digits
from glassnet.lab.gallery import loss_lines
from glassnet.lab.show.document import Block, Document, Part, Picture, Table, Words
from glassnet.maths import losses
from glassnet.plots.charts import Series
from glassnet.plots.panels import Panel, panels
from glassnet.typing import Floats

REGRESSION = ("mse", "half_mse", "rmse", "mae", "mbe", "mape", "huber", "log_cosh", "quantile")
TWO_CLASS = ("binary_crossentropy", "binary_focal_crossentropy")
MARGIN = ("hinge", "squared_hinge")
OF_THE_TRUE_CLASS = ("categorical_crossentropy", "categorical_focal_crossentropy", "kl_divergence", "likelihood")
DRAWN = (*REGRESSION, *TWO_CLASS, *MARGIN, *OF_THE_TRUE_CLASS, *loss_lines.DRAWN)
TARGET = 1.0  # of the regression pictures
# The lecture's examples: the probability given to the true class; one-hot targets with their predictions.
TO_THE_TRUE_CLASS = (0.9, 0.8, 0.7, 0.6, 0.5)
ONE_HOT = (
    ((1, 0, 0), (0.8, 0.1, 0.1)),
    ((0, 1, 0), (0.4, 0.5, 0.1)),
    ((0, 0, 1), (0.2, 0.3, 0.5)),
)
NUMBERS = ((3.0, 2.5), (-0.5, 0.0), (2.0, 2.0), (7.0, 8.0))  # targets and predictions


def document() -> Document:
    """All of it."""
    parts = (
        Part("Numbers", (
            Picture(_of_numbers(), f"The loss of one prediction of the target {TARGET:g}, and its slope."),
            *_table_of_numbers(),
            *loss_lines.of_numbers(),
        )),
        Part("Two classes", (
            Picture(_of_two_classes(), "Both targets: the loss grows without bound as the true class is given up."),
            *_table_of_two_classes(),
            Picture(_of_margins(), "Scores in place of probabilities: beyond the margin of 1 nothing is lost."),
        )),
        Part("Many classes", (
            Picture(_of_the_true_class(), "Against the probability that the true one of three classes is given."),
            *loss_lines.of_classes(),
            *_table_of_many_classes(),
        )),
    )  # fmt: skip
    lead = "What a prediction costs, for every target, and how steeply."
    return Document("Functions", "Losses", lead, parts, data={"tables": tables()})


def tables() -> dict[str, Any]:
    """The lecture's numbers as data.

    >>> [round(row["loss"], 8) for row in tables()["binary_crossentropy"][:2]]
    [0.10536052, 0.22314355]
    """
    bce: Any = losses.CATALOGUE["binary_crossentropy"]
    cce: Any = losses.CATALOGUE["categorical_crossentropy"]
    two = [
        {"probability": p, "target": target, "prediction": q, "loss": float(bce([target], [q]))}
        for target in (1, 0)
        for p in TO_THE_TRUE_CLASS
        for q in [p if target else round(1 - p, 10)]
    ]
    many = [{"target": list(y), "prediction": list(p), "loss": float(cce([y], [p]))} for y, p in ONE_HOT]
    target, prediction = np.array(NUMBERS).T
    numbers = {name: float(losses.CATALOGUE[name](target, prediction)) for name in REGRESSION}
    return {"binary_crossentropy": two, "categorical_crossentropy": many, "numbers": numbers}


# ---- numbers -------------------------------------------------------------------------------------------------------


def _curves(
    names: tuple[str, ...], x: Floats, of: Callable[[Any, float], tuple[float, float]], note: str = ""
) -> list[Panel]:
    """A panel a loss: its value and its slope at each x."""
    shown = []
    for name in names:
        pairs = [of(losses.CATALOGUE[name], float(at)) for at in x]
        value, slope = (list(column) for column in zip(*pairs, strict=True))
        shown.append(Panel(name, [Series("loss", x.tolist(), value), Series("slope", x.tolist(), slope)], note))
    return shown


def _of_numbers() -> Any:
    def at(loss: Any, p: float) -> tuple[float, float]:
        scale = 100.0 if loss.name == "mape" else 1.0
        return float(loss([TARGET], [p])) / scale, _one(loss.gradient([TARGET], [p])) / scale

    shown = _curves(REGRESSION, np.linspace(-2, 4, 121) + 1e-9, at, f"target {TARGET:g}")
    shown = [Panel("mape / 100", p.series, p.note) if p.title == "mape" else p for p in shown]
    return panels(shown, columns=3, x=(-2, 4), y=(-3, 4), title="Losses of numbers against the prediction")


def _one(gradient: Any) -> float:
    return float(np.asarray(gradient, np.float64).ravel()[0])


def _table_of_numbers() -> Iterator[Block]:
    shown = ", ".join(f"{digits(y)} by {digits(p)}" for y, p in NUMBERS)
    yield Words(f"Four predictions: {shown}. Mean of each loss:")
    rows = [(name, digits(value, 8)) for name, value in tables()["numbers"].items()]
    yield Table(("loss", "value"), tuple(rows))


# ---- classes -------------------------------------------------------------------------------------------------------


def _of_two_classes() -> Any:
    def of(target: int) -> Callable[[Any, float], tuple[float, float]]:
        return lambda loss, p: (float(loss([target], [p])), _one(loss.gradient([target], [p])))

    at = np.linspace(0.004, 0.996, 125)
    shown = [panel for target in (1, 0) for panel in _curves(TWO_CLASS, at, of(target), f"target {target}")]
    return panels(shown, columns=4, x=(0, 1), y=(-4, 4), title="Losses of two classes against the probability")


def _of_margins() -> Any:
    def of(target: int) -> Callable[[Any, float], tuple[float, float]]:
        return lambda loss, z: (float(loss([target], [z])), _one(loss.gradient([target], [z])))

    at = np.linspace(-3, 3, 121) + 1e-9
    shown = [panel for target in (1, 0) for panel in _curves(MARGIN, at, of(target), f"target {2 * target - 1:+d}")]
    return panels(shown, columns=4, x=(-3, 3), y=(-3, 5), title="Losses of two classes against the score")


def _of_the_true_class() -> Any:
    def at(loss: Any, p: float) -> tuple[float, float]:
        rest = (1 - p) / 2
        return float(loss([[1, 0, 0]], [[p, rest, rest]])), _one(loss.gradient([[1, 0, 0]], [[p, rest, rest]]))

    shown = _curves(OF_THE_TRUE_CLASS, np.linspace(0.004, 0.996, 125), at)
    return panels(shown, columns=4, x=(0, 1), y=(-4, 4), title="Losses of three classes")


def _table_of_two_classes() -> Iterator[Block]:
    yield Words("Binary cross-entropy is the negative logarithm of the probability given to the true class; so a row "
                "with label 0 and prediction 0.1 costs what one with label 1 and prediction 0.9 costs:")  # fmt: skip
    rows = [
        (str(row["target"]), digits(row["prediction"]), digits(row["probability"]), f"{row['loss']:.8f}")
        for row in tables()["binary_crossentropy"]
    ]
    yield Table(("label", "prediction", "to the true class", "loss"), tuple(rows), words=())


def _table_of_many_classes() -> Iterator[Block]:
    rows = [
        (_vector(row["target"]), str(int(np.argmax(row["target"]))), _vector(row["prediction"]), f"{row['loss']:.4f}")
        for row in tables()["categorical_crossentropy"]
    ]
    yield Words("Categorical cross-entropy takes the target as one-hot, sparse categorical cross-entropy as a class's "
                "number; the loss is the same, the negative logarithm of the true class's probability:")  # fmt: skip
    yield Table(("one-hot", "class", "prediction", "loss"), tuple(rows), words=(0, 2))


def _vector(values: list[float]) -> str:
    return f"[{', '.join(digits(value) for value in values)}]"
