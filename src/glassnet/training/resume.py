"""A run out of its folder, and on from where it stopped, with the bits of a run that never stopped."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from glassnet.data.batches import Rows
from glassnet.engine import choose
from glassnet.errors import DataError, Fault, FormatError, GlassnetError, SettingError
from glassnet.files import plain
from glassnet.files.atomic import refuse_existing
from glassnet.files.checkpoint import Rest
from glassnet.files.journal import Entry, standing
from glassnet.files.store import CARD, DATA, JOURNAL, MODEL, Folder, Memory, Store
from glassnet.training import checks
from glassnet.training import material as materials
from glassnet.training.callbacks import Callback
from glassnet.training.card import card_of, place, recall_callbacks, recall_metrics, recall_run
from glassnet.training.history import Metric
from glassnet.training.material import Inputs, Material
from glassnet.training.preparation import Preparation, Validation, held_out, metrics_for
from glassnet.training.recorder import Recorder, data_file, model_file, same
from glassnet.training.run import Run
from glassnet.training.weights import row_weights
from glassnet.typing import ArrayLike

PathLike = str | os.PathLike[str]
ENDS = ("finished", "stopped", "interrupted", "diverged")


def load_run(
    path: PathLike,
    X: Inputs = None,
    y: ArrayLike | None = None,
    *,
    validation_data: Validation | None = None,
    sample_weight: ArrayLike | None = None,
    data_dir: PathLike | None = None,
    custom: Mapping[str, Any] | None = None,
) -> Run:
    """The run in a folder, as it stands at its newest checkpoint: history, events, network, and what can be done on.

    Args:
        path: the folder that `fit(..., out=path)` made.
        X, y, validation_data, sample_weight: the data of the run, where they are neither known by name nor stored with
            it. They are asked for, and compared by digest, only when they are needed.
        data_dir: the folder of MNIST's files, where the run was trained on them.
        custom: the network's parts that are your own, by name, as for `gn.load`.

    Returns:
        The run. `ended` is "" for one that was killed; `resume()` takes it on.

    Raises:
        MissingFileError: there is no such folder.
        DataError: a folder that is none of a run, or is damaged.

    Example:
        >>> import tempfile, glassnet as gn
        >>> path = tempfile.mkdtemp() + "/run"
        >>> net = gn.Network([gn.Dense(1)])
        >>> run = net.fit([[0.0], [1.0]], [1.0, 3.0], loss="mse", epochs=2, out=path)
        >>> loaded = gn.load_run(path)
        >>> loaded.ended, loaded.history == run.history, loaded.verify().equal
        ('finished', True, True)
    """
    folder = Folder(path)
    card = folder.card()
    run = recall_run(card, str(folder.path / CARD), custom or {})
    run.folder = os.fspath(path)
    given = None
    if X is not None and y is not None:
        others = held_out(validation_data)
        validation, weight = (None, None) if others is None else (others[:2], others[2])
        given = Material(X, y, validation, sample_weight, weight)
    run.record = Loaded(folder, card, given, data_dir)
    read_history(run, folder.entries(), str(folder.path / JOURNAL))
    names = folder.valid()
    if not names:
        raise FormatError(Fault.DAMAGED, f"{folder.path} is not the whole folder of a run: it holds no checkpoint.")
    place(run, folder.read(names[-1]), own=True)
    return run


class Loaded(Recorder):
    """A recorder before its first hearing: what is known of a run that came out of a folder."""

    def __init__(self, store: Folder, card: dict[str, Any], given: Material | None, data_dir: PathLike | None) -> None:
        super().__init__(None)
        self.store, self.card = store, card
        self._given, self._data_dir = given, data_dir

    @property
    def material(self) -> Material:
        if self._material is None:
            assert self.card is not None
            assert isinstance(self.store, Folder)
            arrays, texts = self.store.arrays()
            words = plain.parse(texts.get("words", "{}").encode(), "The stored words")
            stored = materials.unpacked_words(arrays, words)
            self._material = materials.find(self.card["data"], stored, self._given, self._data_dir)
        return self._material


EPOCH = {"epoch", "loss", "seconds"}  # what every row of the history has, beside its metrics


def read_history(run: Run, entries: Sequence[Entry], name: str) -> None:
    """Fills history, events and end from the lines that still count."""
    run.history, run.events, run.ended, run.reason = [], [], "", ""
    for number, entry in standing(list(entries)):
        try:
            _take(run, entry)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise FormatError(
                Fault.MALFORMED, f"{name}, line {number + 1}: it is not a line of a run's history."
            ) from None


def _take(run: Run, entry: Entry) -> None:
    kind = entry["kind"]
    if type(entry["step"]) is not int or entry["step"] < 0:
        raise ValueError
    if kind == "epoch":
        record = plain.unspelled(dict(entry["record"]))
        if not (record.keys() >= EPOCH and all(isinstance(value, int | float) for value in record.values())):
            raise ValueError
        run.history.append(record)
    elif kind == "event":
        event = {key: value for key, value in entry.items() if key != "kind"}
        if event["event"] == "learning_rate" and not (isfinite(event["value"]) and event["value"] >= 0):
            raise ValueError
        run.events.append(event)
    elif kind == "end":
        if entry["ended"] not in ENDS:
            raise ValueError
        run.ended, run.reason = entry["ended"], str(entry["reason"])
    elif kind not in ("checkpoint", "resume"):
        raise ValueError


def resume(
    run: Run, *, callbacks: Iterable[Callback] = (), metrics: Sequence[Metric] | None = None, engine: str | None = None
) -> Run:
    """Takes a run on from its newest checkpoint; see `Run.resume`."""
    record: Recorder = run.record
    if run.ended in ("finished", "stopped", "diverged"):
        record.publish_missing(run)
        return run
    store = record.store
    if isinstance(store, Folder):
        store.open()
    try:
        return _resume(run, record, tuple(callbacks), metrics, engine)
    finally:
        record.close()


def _resume(
    run: Run,
    record: Recorder,
    callbacks: tuple[Callback, ...],
    metrics: Sequence[Metric] | None,
    engine: str | None,
) -> Run:
    entries = record.store.entries()
    checkpoint, rest = _newest(record.store, run)
    listeners = _callbacks(record, callbacks, rest)
    ready = preparation(run, _metrics(record, metrics), engine)
    edited = _edited(run, record.store, checkpoint.place.step)
    read_history(run, entries[: checkpoint.place.entries], str(run.folder))
    place(run, checkpoint)
    again = Recorder(record.material)
    again.edited = edited
    again.store, again.card, again.resumed_from = record.store, record.card, (checkpoint, rest)
    again.counted(len(run.events))
    return run.network._train(run, ready, again, listeners)


def _edited(run: Run, store: Store, step: int) -> dict[str, Any] | None:
    """The state, where somebody wrote to it since it was recorded at this step: `net.parameters()["W1"][...] = ...`."""
    names = [name for name in store.valid() if int(name.partition("-")[0]) == step]
    if not names or run.state.step != step:
        return None
    now = run.state.copy()
    return None if any(same(store.read(name).numbers, now) for name in names) else now


def _newest(store: Store, run: Run) -> tuple[Any, Rest]:
    """The newest checkpoint that says all that resuming needs."""
    for name in reversed(store.valid()):
        rest = store.rest(name)
        if rest is not None:
            return store.read(name), rest
    raise DataError(f"The run {run.folder or 'in memory'} holds no checkpoint that it could be resumed from.")


def preparation(run: Run, metrics: Sequence[Metric] | None = None, engine: str | None = None) -> Preparation:
    """The run's training, made ready from its program and data."""
    material, program, network = run.record.material, run.program, run.network
    assert network.specification is not None
    assert network.targets is not None
    checks.fits(network.specification.input_shape, checks.row_shape(material.X))
    encoded = network.targets.encode(material.y, program.dtype)
    rows = Rows(material.X, scale=network.scale)
    if checks.rows(len(rows), material.y) != run.rows:
        raise FormatError(Fault.DAMAGED, f"The run's card says {run.rows} rows, and its data are {len(rows)}.")
    own_weights = checks.sample_weight(material.sample_weight, len(rows), program.dtype)
    return Preparation(
        specification=network.specification,
        program=program,
        engine=choose(engine or run.engine or network.engine),
        rows=rows,
        targets=network.targets,
        encoded=encoded,
        sample_weight=row_weights(run.class_weight, network.targets, encoded, own_weights),
        scale=network.scale,
        metrics=() if metrics is None else metrics_for(network.targets, metrics, encoded, network.head),
        epochs=run.epochs,
        updates=None,
        class_weight=run.class_weight,
    )


def _metrics(record: Recorder, given: Sequence[Metric] | None) -> Sequence[Metric]:
    if given is not None or record.card is None:
        return record.metrics if given is None else given
    try:
        recorded = recall_metrics(record.card["settings"]["metrics"])
    except (GlassnetError, TypeError):
        raise FormatError(Fault.MALFORMED, "The run's card names metrics that are not known.") from None
    if recorded is None:
        raise SettingError(
            "This run measured by a function of your own: give resume(metrics=...) as you gave it to fit."
        )
    return recorded


def _callbacks(record: Recorder, given: tuple[Callback, ...], rest: Rest) -> tuple[Callback, ...]:
    """The callbacks of the run: those given again, and those the card can bring back."""
    if record.callbacks or record.card is None:  # this process has them still
        watching = [callback for callback in given if callback.watches]
        return (*record.callbacks, *watching)
    try:
        recorded = recall_callbacks(record.card["callbacks"])
    except (KeyError, TypeError, GlassnetError):
        raise FormatError(Fault.MALFORMED, "The run's card names callbacks that are not known.") from None
    acting = [callback for callback in given if not callback.watches]
    again: list[Callback] = []
    for callback in recorded:
        name = callback if isinstance(callback, str) else type(callback).__name__
        match = next((own for own in acting if type(own).__name__ == name), None)
        if match is not None:
            acting.remove(match)
            again.append(match)
        elif isinstance(callback, str):
            raise SettingError(f"This run was changed by your callback {name}: give resume(callbacks=[...]) it again.")
        else:
            again.append(callback)
    if acting:
        name = type(acting[0]).__name__
        raise SettingError(
            f"The run had no callback {name}: resumed with it, it would be another run. A callback that only listens "
            "says so by `watches = True`."
        )
    if len(again) != len(rest.callbacks):
        raise FormatError(
            Fault.DAMAGED, "A checkpoint of this run does not belong to it: it remembers other callbacks."
        )
    return (*again, *(callback for callback in given if callback.watches))


def save_run(run: Run, path: PathLike) -> None:
    """Writes a run that is in memory as a folder; see `Run.save`."""
    record: Recorder = run.record
    refuse_existing(path)
    store = record.store
    names = store.valid()
    if not isinstance(store, Memory) or not names:
        raise SettingError("This run is in a folder already, or too large to be kept in memory for writing it later.")
    data, stored = materials.describe(record.material)
    card = record.card or card_of(run, record.metrics, record.callbacks, data, store.read(names[0]))
    others = {MODEL: model_file(run.network)} | ({DATA: data_file(stored)} if stored else {})
    folder = Folder.create(path, card, store.entries(), store.read(names[0]), store.rest(names[0]), others)
    try:
        for name in names[1:]:
            folder.write(store.read(name), store.rest(name))
        record.store, record.card, record.failure, run.folder = folder, card, None, os.fspath(path)
        record.publish()
    finally:
        folder.close()
