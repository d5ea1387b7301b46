"""From a run to its report: what the network makes of rows it did not learn from, in the numbers the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet._version import __version__
from glassnet.data.images import as_rows
from glassnet.layers import Activation, Dense, Dropout, Flatten, Rescale
from glassnet.maths import metrics
from glassnet.training.run import Run
from glassnet.training.summary import circles, table
from glassnet.typing import Array, ArrayLike, Shape

if TYPE_CHECKING:
    from glassnet.training.network import Network
    from glassnet.training.report import ClassRow, Mistake, Report

MOST_MISTAKES = 24
MOST_CLASSES = 100


def page_of(run: Run, X: Any = None, y: ArrayLike | None = None, *, measured_on: str = "held-out rows") -> str:
    """The report of a run as the text of an HTML file, measured on X and y.

    By default on the validation data of the run, or, where it had none, on the rows it was trained on.
    """
    from glassnet.training.report import render

    material = run.material
    if X is None or y is None:
        (X, y), measured_on = (
            (material.validation, "validation rows")
            if material.validation
            else (
                (material.X, material.y),
                "training rows",
            )
        )
    return render(report_of(run, X, y, measured_on))


def report_of(run: Run, X: Any, y: ArrayLike, measured_on: str) -> Report:
    """The report's numbers."""
    from glassnet.training.report import LayerRow, Report

    network = run.network
    coding = network._targets()
    rows = [row for row in table(network) if not row.depth]
    layers = [LayerRow(row.layer, row.shape or (), row.weights + row.inside) for row in rows]
    about = network.about
    image_shape = _image_shape(about.get("image_shape"), network.input_shape)
    return Report(
        title=str(about.get("data") or "Training run"),
        kind="classes" if coding.classifies else "real",
        summary=_summary(run),
        measured_on=measured_on,
        history=run.history,
        settings=_settings(run),
        network=layers,
        drawn=circles(network, "pixels" if image_shape else "inputs"),
        image_shape=image_shape,
        features=[str(name) for name in about.get("features") or ()],
        weights=_first_weights(network),
        version=__version__,
        **(_classes(network, X, y, image_shape) if coding.classifies else _numbers(network, X, y)),
    )


def _classes(network: Network, X: Any, y: ArrayLike, image_shape: Shape | None) -> dict[str, Any]:
    coding = network._targets()
    encoded, outputs = coding.encode(y, network.dtype), network.outputs(X)
    truth = coding.truth(encoded)
    decided = coding.decide(network.logits(X), network.head.threshold)
    labels = coding.classes if coding.classes is not None else tuple(range(max(2, coding.outputs)))
    if truth.ndim != 1 or len(labels) > MOST_CLASSES:
        return {}
    return {
        "classes": labels,
        "confusion_matrix": metrics.confusion_matrix(truth, decided, labels=np.arange(len(labels))),
        "per_class": _each_class(truth, decided, labels),
        "mistakes": _mistakes(X, truth, decided, outputs, labels, image_shape) if network.head.probabilities else (),
    }


def _each_class(truth: Array, decided: Array, labels: Sequence[object]) -> list[ClassRow]:
    from glassnet.training.report import ClassRow

    numbers = np.arange(len(labels))
    measured = [
        np.asarray(measure(truth, decided, labels=numbers, average=None))
        for measure in (metrics.precision, metrics.recall, metrics.f1)
    ]
    support = np.bincount(truth, minlength=len(labels))
    rows = zip(labels, *(m.tolist() for m in measured), support.tolist(), strict=True)
    return [ClassRow(label, precision, recall, f1, count) for label, precision, recall, f1, count in rows]


def _mistakes(
    X: Any, truth: Array, decided: Array, outputs: Array, labels: Sequence[object], image_shape: Shape | None
) -> list[Mistake]:
    """The wrong rows of which the network was most sure."""
    from glassnet.training.report import Mistake

    if outputs.shape[1] == 1:
        outputs = np.hstack([1 - outputs, outputs])
    sure = outputs[np.arange(len(decided)), decided]
    wrong = np.flatnonzero(truth != decided)
    worst = wrong[np.argsort(-sure[wrong], kind="stable")][:MOST_MISTAKES]
    pictures = as_rows(np.asarray(X))[0] if image_shape and not hasattr(X, "indptr") else None
    return [
        Mistake(
            None if pictures is None else pictures[row].reshape(image_shape),
            labels[truth[row]],
            labels[decided[row]],
            float(sure[row]),
            int(row),
        )
        for row in worst
    ]


def _numbers(network: Network, X: Any, y: ArrayLike) -> dict[str, Any]:
    coding = network._targets()
    truth, predicted = coding.truth(coding.encode(y, network.dtype)), network.predict(X)
    return {"r2": float(metrics.r2(truth, predicted)), "predictions": (truth, predicted)}


KEEP_COLUMNS = (Activation, Dropout, Flatten, Rescale)  # the layers without weights whose columns are their inputs


def _first_weights(network: Network) -> Array | None:
    """The first layer's weights, where its inputs are the columns of the rows."""
    first = next((layer for layer in network.layers if not isinstance(layer, KEEP_COLUMNS)), None)
    return np.asarray(network.parameters()["W1"]) if isinstance(first, Dense) else None


def _image_shape(noted: Any, input_shape: Shape | None) -> Shape | None:
    """(C, H, W) where rows are pictures: as noted by whoever loaded the data, or by the shape of the rows."""
    shape = tuple(noted) if noted else input_shape
    if shape is None or input_shape is None or len(shape) not in (2, 3) or prod(shape) != prod(input_shape):
        return None
    shape = (1, *shape) if len(shape) == 2 else shape
    return shape if shape[0] in (1, 3) else None


def _summary(run: Run) -> list[str]:
    steps = run.state.step
    ended = {
        "finished": "The training ran to its end.",
        "stopped": f"The training was stopped: {run.reason}.",
        "interrupted": "The training was interrupted; this is what it had learned by then.",
        "diverged": "The training lost its numbers; these are the last good weights.",
    }
    return [f"{run.rows} training rows, {steps} steps of up to {run.program.batch_size} rows.", ended[run.ended]]


def _settings(run: Run) -> list[tuple[str, list[tuple[str, object]]]]:
    program, network = run.program, run.network
    optimizer = {name: value for name, value in vars(program.optimizer).items()}
    training = [
        ("loss", program.loss.name),
        ("optimizer", program.optimizer.name),
        ("batch size", program.batch_size),
        ("epochs", run.epochs),
        ("shuffled", run.shuffled),
        ("seed", program.seed),
        ("scale", network.scale),
        ("dtype", program.dtype.name),
        ("engine", network.engine),
        ("glassnet", __version__),
    ]
    return [("Training", training), ("Optimizer", list(optimizer.items()))]
