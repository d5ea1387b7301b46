"""`glassnet train`: from data to a trained network in a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.models import network_for, optimizer_for, shape_of
from glassnet.cli.notes import written
from glassnet.cli.options import AsJson, DataDir, Plain, named, option, rows_a_step, widths
from glassnet.cli.output import Output
from glassnet.cli.progress import EpochLines, download_progress
from glassnet.cli.recipes import recipe_for
from glassnet.cli.rescue import kept_elsewhere
from glassnet.cli.result import finish
from glassnet.cli.runs import as_dataset, opened_run
from glassnet.data import Dataset, open_source
from glassnet.errors import DivergedError, ExistsError, SettingError
from glassnet.maths import losses
from glassnet.maths.catalogue import find
from glassnet.maths.losses import Loss
from glassnet.plots.readable import plural

RUNS = Path("runs")


def train(
    context: typer.Context,
    data: Annotated[str, option("digits|mnist|FILE", "What to learn: a name, or a CSV, NPY or NPZ file.")] = "digits",
    data_dir: DataDir = None,
    target: Annotated[str | None, option("COLUMN", "The column of the file to predict; the last by default.")] = None,
    split: Annotated[float | None, option("PART", "Held out of a file: a fraction, or a number of rows.")] = None,
    scale: Annotated[str, option("unit|symmetric", "Pixels 0..255 become 0..1, or -1..1.")] = "unit",
    layers: Annotated[str | None, option("128,64", "Widths of the hidden layers; none for no hidden layer.")] = None,
    activation: Annotated[str, option("NAME", "Of the hidden layers.")] = "relu",
    init: Annotated[str | None, option("NAME", "Start weights: he_normal, uniform:low=-0.5,high=0.5, ...")] = None,
    loss: Annotated[str | None, option("NAME", "By default the cross-entropy for classes, mse for numbers.")] = None,
    optimizer: Annotated[str, option("NAME", "Such as adam, sgd or momentum:eta=0.9.")] = "adam",
    learning_rate: Annotated[float | None, option("RATE", "The size of a step.")] = None,
    schedule: Annotated[
        str | None, option("NAME", "How the rate changes: cosine:steps=900, step:every=200, ...")
    ] = None,
    epochs: Annotated[int | None, option("N", "Passes over the training rows.")] = None,
    updates: Annotated[int | None, option("N", "Steps, in place of --epochs.")] = None,
    batch_size: Annotated[str | None, option("N|full", "Rows a step.")] = None,
    dtype: Annotated[str, option("float32|float64", "The numbers that are computed with.")] = "float32",
    seed: Annotated[int, option("N", "The same seed trains the same network, to the bit.")] = 0,
    engine: Annotated[str, option("auto|native|reference", "What computes.")] = "auto",
    threads: Annotated[int | None, option("N", "For the native engine; the result is the same for any.")] = None,
    out: Annotated[Path | None, option("FOLDER", "Where the run is kept; by default runs/1, runs/2, ...")] = None,
    resume: Annotated[Path | None, option("RUN", "Take a run on that was interrupted; it keeps its settings.")] = None,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Train a network and keep the run: model, history and a report to look at.

    Without options it learns the handwritten digits that come with glassnet, in a second or two. Settings that are
    not given are chosen by the data.
    """
    output = Output.of(as_json, plain)
    if resume is not None:
        return _resumed(output, context, resume, data_dir)
    if epochs is not None and updates is not None:
        raise SettingError("--epochs and --updates both say how long to train; give one of them.")
    folder = _free(out)
    hidden = None if layers is None else widths(layers)
    size = None if batch_size is None else rows_a_step(batch_size)
    chosen_loss = _loss(loss)
    source = _open(output, data, data_dir, target, split, chosen_loss, seed)
    recipe = recipe_for(source)
    network = network_for(source, recipe.layers if hidden is None else hidden, activation, init, chosen_loss)
    network.about = written(source, data)
    chosen = optimizer_for(optimizer, learning_rate, recipe.learning_rate, schedule)
    usual: int | str = "full" if chosen.full_batch else recipe.batch_size
    try:
        with kept_elsewhere(folder):
            run = network.fit(
                source.X_train,
                source.y_train,
                loss=chosen_loss or ("sparse_categorical_crossentropy" if source.kind == "classes" else "mse"),
                optimizer=chosen,
                epochs=recipe.epochs if epochs is None else epochs,
                updates=updates,
                batch_size=usual if size is None else size,
                validation_data=source.test,
                seed=seed,
                engine=engine,
                threads=threads,
                dtype=dtype,
                scale=scale,
                callbacks=[EpochLines(output, _opening(source), "test")],
                out=folder,
            )
    except DivergedError as error:
        raise DivergedError(f"{error} The run is kept in {folder}.") from error
    return finish(output, source, run, folder)


def _resumed(output: Output, context: typer.Context, folder: Path, data_dir: Path | None) -> int:
    """Takes a run on with the settings it has; `--data` is for a file that was too large to be kept in it."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = {name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"}
    foreign = sorted(given - {"resume", "data", "data_dir", "as_json", "plain"})
    if foreign:
        option_name = foreign[0].replace("_", "-")
        raise SettingError(f"--resume takes a run on with its own settings; --{option_name} is for a new run.")
    run = opened_run(folder, context.params["data"] if "data" in given else None, data_dir)
    if run.ended in ("finished", "stopped", "diverged"):
        output.note("This run has ended; there is nothing left to do.")
    source = as_dataset(run)
    with kept_elsewhere(folder):
        run = run.resume(callbacks=[EpochLines(output, f"Going on after step {run.state.step}.", "test")])
    return finish(output, source, run, folder)


def _free(out: Path | None) -> Path:
    """The run's folder, which must not exist; by default the next free number."""
    if out is None:
        taken = [int(path.name) for path in RUNS.iterdir() if path.name.isdecimal()] if RUNS.is_dir() else []
        return RUNS / str(max(taken, default=0) + 1)
    if out.exists() or out.is_symlink():
        raise ExistsError(f"{out} exists already and is left as it is; name another folder with --out.")
    above = next((folder for folder in out.absolute().parents if folder.exists()), out)
    if not (above.is_dir() and os.access(above, os.W_OK)):
        raise SettingError(f"{out} cannot be made: {above} is no folder that can be written to.")
    return out


def _loss(text: str | None) -> Loss | None:
    if text is None:
        return None
    name, settings = named("--loss", text)
    return find("loss", losses.CATALOGUE, name, settings)


def _open(
    output: Output,
    data: str,
    data_dir: Path | None,
    target: str | None,
    split: float | None,
    loss: Loss | None,
    seed: int,
) -> Dataset:
    """The data, with targets of the kind that the loss is for."""
    kind = None if loss is None else "real" if loss.target_kind in ("real", "gaussian") else "classes"
    with download_progress(output) as progress:
        source = open_source(data, data_dir, target=target, split=split, kind=kind, seed=seed, progress=progress)
    if loss is not None and kind != source.kind:
        raise SettingError(
            f"{source.name} has classes, and {loss.name} measures numbers; for classes there is for example "
            "sparse_categorical_crossentropy."
        )
    return source


def _opening(source: Dataset) -> str:
    what = f"{len(source.classes)} classes" if source.classes is not None else "numbers to meet"
    held = f"; {plural(len(source.X_test), 'row')} held out for the test" if source.test else ""
    return f"Learning {source.name}: {plural(len(source.X_train), 'row')} of {shape_of(source)}, {what}{held}."
