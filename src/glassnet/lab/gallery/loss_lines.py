"""Losses along a line of predictions: those of which a prediction is several numbers, or only a size or a direction.

Each curve is the loss where the prediction goes along the line, and its slope that of the library's gradient along it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from glassnet.lab.show.document import Picture
from glassnet.maths import losses
from glassnet.plots.charts import Series
from glassnet.plots.panels import Panel, panels
from glassnet.plots.svg import Markup
from glassnet.typing import Floats

DRAWN = ("msle", "poisson", "gaussian_nll", "cosine_similarity", "sparse_categorical_crossentropy", "categorical_hinge")
SIZES = "Counts and sizes, for a small target and a larger one: too little costs more than too much."
VARIANCES = (
    "A mean with its variance, for the target 1. By the mean it is less steep where the variance is large; by the "
    "logarithm of the variance s it is least where the variance is the squared error."
)
ANGLES = (
    "Only the direction counts: against the angle of the prediction, in right angles from the first axis, along which "
    "the first target points; the second points along the second."
)
CLASS_NUMBERS = "Targets as class numbers: against the probability of class 0; the other two share what is left."
SCORES = (
    "Scores of three classes: nothing is lost where the true one leads by 1. Against its score, with the best of the "
    "others at 0 and at 1; then against a wrong one's, with the true one's at 1."
)


def of_numbers() -> Iterator[Picture]:
    """Of counts, of a mean with its variance, of directions."""
    yield Picture(sizes(), SIZES)
    yield Picture(variances(), VARIANCES)
    yield Picture(directions(), ANGLES)


def of_classes() -> Iterator[Picture]:
    """Of class numbers, and of scores."""
    yield Picture(class_numbers(), CLASS_NUMBERS)
    yield Picture(scores(), SCORES)


def _traced(title: str, note: str, x: Floats, name: str, of: Callable[[float], tuple[Any, list[float]]],
            along: Callable[[float], list[float]]) -> Panel:  # fmt: skip
    """A loss along a line of predictions: `of` gives target and prediction, `along` where that is going."""
    loss: Any = losses.CATALOGUE[name]
    value, slope = [], []
    for at in x.tolist():
        target, prediction = of(at)
        value.append(float(loss(target, [prediction])))
        slope.append(float(np.dot(np.asarray(loss.gradient(target, [prediction])).ravel(), along(at))))
    return Panel(title, [Series("loss", x.tolist(), value), Series("slope", x.tolist(), slope)], note)


def sizes() -> Markup:
    """The losses of counts and sizes, for two targets."""
    x = np.linspace(0.02, 6, 150)
    shown = [
        _traced(name, f"target {target}", x, name, lambda p, t=target: ([[t]], [p]), lambda p: [1.0])  # type: ignore[misc]
        for name in ("msle", "poisson")
        for target in (1, 4)
    ]
    return panels(shown, columns=4, x=(0, 6), y=(-3, 3), title="Losses of counts and sizes against the prediction")


def variances() -> Markup:
    """The normal likelihood, by the mean and by the variance."""
    x = np.linspace(-3, 5, 161)
    by_mean = [
        _traced("by the mean", f"variance {v:g}", x, "gaussian_nll",
                lambda m, s=s: ([[1.0]], [m, s]), lambda m: [1.0, 0.0])  # type: ignore[misc]
        for v, s in ((1.0, 0.0), (4.0, np.log(4.0)))
    ]  # fmt: skip
    by_variance = [
        _traced("by s = log variance", f"error {error:g}", x, "gaussian_nll",
                lambda s, e=error: ([[1.0]], [1.0 + e, s]), lambda s: [0.0, 1.0])  # type: ignore[misc]
        for error in (0.5, 2.0)
    ]  # fmt: skip
    return panels([*by_mean, *by_variance], columns=4, x=(-3, 5), y=(-2, 4), title="gaussian_nll")


def directions() -> Markup:
    """The cosine, by the angle."""
    x, right = np.linspace(-2, 2, 161), np.pi / 2
    shown = [
        _traced(name, f"target {target}", x, name,
                lambda a, t=target: ([t], [np.cos(a * right), np.sin(a * right)]),  # type: ignore[misc]
                lambda a: [-np.sin(a * right), np.cos(a * right)])
        for name in ("cosine_similarity",)
        for target in ([1.0, 0.0], [0.0, 1.0])
    ]  # fmt: skip
    return panels(shown, columns=4, x=(-2, 2), y=(-2, 2), title="cosine_similarity against the angle")


def class_numbers() -> Markup:
    """Cross-entropy with class numbers, by a probability."""
    x = np.linspace(0.004, 0.996, 125)
    shown = [
        _traced("sparse_categorical_crossentropy", f"class {target}", x, "sparse_categorical_crossentropy",
                lambda p, t=target: ([t], [p, (1 - p) / 2, (1 - p) / 2]), lambda p: [1.0, -0.5, -0.5])  # type: ignore[misc]
        for target in (0, 1)
    ]  # fmt: skip
    return panels(shown, columns=4, x=(0, 1), y=(-4, 4), title="sparse_categorical_crossentropy")


def scores() -> Markup:
    """The hinge of several classes, by a score."""
    x, name = np.linspace(-3, 3, 121) + 1e-9, "categorical_hinge"
    one_hot = [[1.0, 0.0, 0.0]]
    shown = [
        _traced("categorical_hinge", f"best other {other}", x, name, lambda z, o=other: (one_hot, [z, o, -1.0]),  # type: ignore[misc]
                lambda z: [1.0, 0.0, 0.0])
        for other in (0, 1)
    ]  # fmt: skip
    wrong = _traced(
        "by a wrong score", "true 1", x, name, lambda z: (one_hot, [1.0, z, -1.0]), lambda z: [0.0, 1.0, 0.0]
    )
    return panels([*shown, wrong], columns=4, x=(-3, 3), y=(-3, 5), title="categorical_hinge against a score")
