"""From options to a network and an optimizer, and from a path back to a network."""

from __future__ import annotations

import os
from math import log, prod
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import optim
from glassnet.cli.notes import Notes
from glassnet.cli.options import Settings, named
from glassnet.data import Dataset, open_part, open_source
from glassnet.data.download import Progress
from glassnet.data.npy import MAGIC, read_npy
from glassnet.data.sources import NAMED
from glassnet.errors import DataError, MissingFileError, SettingError, ShapeError, unknown_name
from glassnet.files.store import CARD, MODEL
from glassnet.layers import Dense, Layer, PReLU, Rescale
from glassnet.maths import activations, initializers
from glassnet.maths.catalogue import find
from glassnet.maths.losses import Loss
from glassnet.training.models import load
from glassnet.training.network import Network
from glassnet.training.resume import load_run
from glassnet.typing import Array


def network_for(
    source: Dataset, hidden: tuple[int, ...], activation: str, init: str | None, loss: Loss | None
) -> Network:
    """Dense layers of these widths, and the output layer that the targets need.

    Columns of a table come in units as they happen to be, so a network for one begins by standardising them; targets
    that are numbers are brought back to their size at its end.
    """
    initializer: Any = "auto"
    if init is not None:
        name, settings = named("--init", init)
        initializer = find("initializer", initializers.CATALOGUE, name, settings)
    layers = [layer for width in hidden for layer in _hidden(width, activation, initializer)]
    layers.append(Dense(_outputs(source, loss), initializer=initializer))
    if _is_table(source):
        layers.insert(0, Rescale.standardizing(source.X_train, _numeric(source)))
        if source.kind == "real" and (loss is None or loss.head is None):  # the logarithm of a rate has no unit
            layers.append(_restoring(source, loss))
    return Network(layers)


def _hidden(width: int, activation: str, initializer: Any) -> list[Layer]:
    """A hidden layer: one that learns the slope of its activation is two."""
    name, settings = named("--activation", activation)
    if name == "prelu":
        return [Dense(width, initializer="he_normal" if initializer == "auto" else initializer), _prelu(settings)]
    return [Dense(width, find("activation", activations.CATALOGUE, name, settings), initializer)]


def _prelu(settings: Settings) -> PReLU:
    for key in settings.keys() - {"start", "shared"}:
        raise unknown_name("setting of prelu", key, ("start", "shared"))
    return PReLU(**settings)  # type: ignore[arg-type]


def optimizer_for(text: str, learning_rate: float | None, usual: float, schedule: str | None = None) -> optim.Optimizer:
    """The optimizer of this name; `usual` is the rate of Adam where none is given, `schedule` how the rate changes."""
    name, settings = named("--optimizer", text)
    if learning_rate is not None:
        settings["learning_rate"] = learning_rate
    elif name == "adam":
        settings.setdefault("learning_rate", usual)
    optimizer = optim.get(name, **settings)
    if schedule is None:
        return optimizer
    name, settings = named("--schedule", schedule)
    changing = optim.schedules.get(name, **({"learning_rate": optimizer.learning_rate} | settings))
    return optim.get(optimizer, learning_rate=changing)


def opened(run_or_model: Path) -> Network:
    """The network of a run's folder or of a model file."""
    if run_or_model.is_dir():
        if not (run_or_model / MODEL).is_file():
            raise DataError(f"{run_or_model} is not the folder of a run: it holds no {MODEL}.")
        return load(run_or_model / MODEL)
    return load(run_or_model)


def held_out(
    path: Path, network: Network, data: str | None, data_dir: Path | None, progress: Progress
) -> tuple[Array, Array, str]:
    """(X, y, what they are) to measure a network on: those named, else those its run held out."""
    notes = Notes.read(network.about)
    name = data if data is not None else notes.source
    if name in NAMED:
        test = open_source(name, data_dir, progress=progress).test
        assert test is not None
        return *test, f"held-out rows of {name}"
    if data_dir is not None:
        raise SettingError("--data-dir is the folder of mnist; a file is named with --data.")
    if data is not None:
        X, y = open_part(data, target=notes.target, columns=notes.columns)
        if y is None:
            raise DataError(f"{data} has no column with the targets, so nothing can be measured on it.")
        return X, y, f"rows of {os.path.basename(data)}"
    if (path / CARD).is_file():
        kept = load_run(path).material.validation
        if kept is None:
            raise SettingError("This run held nothing out; name what to measure on with --data.")
        return np.asarray(kept[0]), np.asarray(kept[1]), "held-out rows"
    trained_on = f"was trained on {notes.data}, which is not kept with it" if notes.data else "names no data of its own"
    raise SettingError(f"{path} {trained_on}; name what to measure on with --data.")


def is_table(path: Path) -> bool:
    """Whether a file is rows of numbers and not a picture, by its name or by how it begins."""
    if not path.exists():
        raise MissingFileError(f"There is no file '{path}'.")
    if path.is_dir():
        raise DataError(f"{path} is a folder; a picture or a table is a file.")
    if path.suffix.lower() in (".csv", ".tsv", ".txt", ".gz"):
        return True
    with path.open("rb") as file:
        return file.read(4) in (MAGIC[:4], b"PK\3\4")


def rows_of(network: Network, path: Path) -> Array:
    """The rows of a file as the network takes them, whether the file has a target or not."""
    width = prod(network.input_shape or ())
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
    if start == MAGIC:
        values = read_npy(path)
        rows = values[None, :] if values.ndim == 1 else values.reshape(len(values), -1)
        if rows.shape[1] == width:
            return rows
    X, y = open_part(path, columns=Notes.read(network.about).columns)
    if X.shape[1] == width - 1 and y is not None and y.ndim == 1 and y.dtype.kind in "iuf":
        X = np.column_stack([X, y])  # a table without a target: the last column is one of the row's own
    if X.shape[1] != width:
        raise ShapeError(f"{path} has rows of {X.shape[1]} numbers; this network takes {width}.")
    return X


def widths_of(network: Network) -> str:
    """The network as its widths: 64-256-10."""
    dense = [layer.units for layer in network.layers if isinstance(layer, Dense)]
    return "-".join(map(str, [prod(network.input_shape or ()), *dense]))


def picture_size(network: Network) -> int | None:
    """The side of the pictures of digits that a network reads: 28 like MNIST's, 8 like the embedded ones, or None."""
    side = {784: 28, 64: 8}.get(prod(network.input_shape or ()))
    return side if Notes.read(network.about).columns is None and network.classes is not None else None


def shape_of(source: Dataset) -> str:
    """What a row is: 28x28 pixels, or 4 columns."""
    if source.image_shape:
        return "x".join(map(str, source.image_shape)) + " pixels"
    return f"{source.X_train.shape[1]} column{'s' if source.X_train.shape[1] > 1 else ''}"


def _restoring(source: Dataset, loss: Loss | None) -> Rescale:
    """Outputs of about size 1 in the unit of the targets; a variance has the square of that unit."""
    means = Rescale.restoring(source.y_train)
    if loss is None or loss.target_kind != "gaussian":
        return means
    logarithms = tuple(2 * log(factor) for factor in means.factor)
    return Rescale(means.factor + (1.0,) * len(logarithms), means.offset + logarithms)


def _outputs(source: Dataset, loss: Loss | None) -> int:
    if source.kind == "real":
        columns = 1 if source.y_train.ndim == 1 else source.y_train.shape[1]
        return 2 * columns if loss is not None and loss.target_kind == "gaussian" else columns
    classes = len(np.unique(source.y_train))
    if loss is None or loss.target_kind != "binary":
        return classes
    if classes != 2:
        raise SettingError(
            f"{loss.name} tells two classes apart, and {source.name} has {classes}; for them there is "
            "sparse_categorical_crossentropy."
        )
    return 1


def _is_table(source: Dataset) -> bool:
    """Whether rows are columns of numbers in any unit, not pixels: those have `--scale`."""
    return source.image_shape is None and source.X_train.dtype != np.uint8


def _numeric(source: Dataset) -> list[bool] | None:
    """For each column of X whether it holds numbers, not the 0 and 1 of a word."""
    if source.columns is None:
        return None
    return [column.categories is None for column in source.columns for _ in column.feature_names]
