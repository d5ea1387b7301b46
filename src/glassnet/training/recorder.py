"""The recorder: a listener that keeps a run, so that it can be resumed, replayed and verified.

It hears first and last. First, before the callbacks: an epoch's row with the digest of its state. Last, after them: the
events they caused (a change of weights that nobody announced is one too), and a checkpoint where one is due
(`training.spacing`).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from contextlib import suppress
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine import Session
from glassnet.errors import Fault, FormatError, GlassnetError, StorageError
from glassnet.files import plain, tensors
from glassnet.files.atomic import Pieces, refuse_existing
from glassnet.files.checkpoint import Checkpoint, Place, Rest, digest_of_numbers
from glassnet.files.journal import Entry
from glassnet.files.model import arrays, texts
from glassnet.files.store import DATA, MODEL, REPORT, Folder, Memory, Store
from glassnet.training import material as materials
from glassnet.training.callbacks import Callback
from glassnet.training.card import Card, card_of
from glassnet.training.history import Metric
from glassnet.training.material import Material
from glassnet.training.models import as_model
from glassnet.training.run import Run
from glassnet.training.spacing import Spacing, most_of_size
from glassnet.typing import Floats

if TYPE_CHECKING:
    from glassnet.training.network import Network

MEMORY = 256 * 2**20  # bytes that a run without a folder keeps for replaying
PathLike = str | os.PathLike[str]


class Recorder:
    """Keeps one training. `store`: where; `material`: the data; `callbacks`: those that may change the run."""

    def __init__(self, material: Material | None, out: PathLike | None = None, *, replayable: bool = True) -> None:
        self._material, self.out = material, out
        self.keeps = replayable or out is not None  # False: history and events alone
        if out is not None:
            refuse_existing(out)  # before any work is done
        self.store: Store = Memory()
        self.callbacks: tuple[Callback, ...] = ()
        self.metrics: tuple[Metric, ...] = ()
        self.card: Card | None = None
        self.failure: StorageError | None = None
        self.resumed_from: tuple[Checkpoint, Rest] | None = None
        self.edited: dict[str, Any] | None = None  # the state as it was edited before resuming
        self._first: Checkpoint | None = None
        self._newest: Checkpoint | None = None  # as long as nothing but steps has changed the state since
        self._spacing = Spacing()
        self._resumable: Place | None = None  # of the newest checkpoint that can be resumed from: that stays
        self._noted = 0  # events of the run that are in the journal
        self._seen: dict[str, Any] | None = None  # the state before the callbacks
        self._too_large = False  # for keeping it in memory
        self._lines: list[Entry] = []  # of the journal, should its disk fail

    @property
    def material(self) -> Material:
        """The data of the training."""
        assert self._material is not None
        return self._material

    def counted(self, events: int) -> None:
        """Says how many events of the run are in the journal already."""
        self._noted = events

    def around(
        self, run: Run, session: Session, callbacks: Sequence[Callback], metrics: Sequence[Metric]
    ) -> tuple[Callback, ...]:
        """The listeners of a training: the callbacks, heard between the two ears of the recorder."""
        self.run, self.session, self.metrics = run, session, tuple(metrics)
        self.callbacks = tuple(callback for callback in callbacks if not callback.watches)
        run.record = self
        return (_Before(self), *callbacks, _After(self)) if self.keeps else tuple(callbacks)

    # ---- the hooks -----------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Remembers the state before the callbacks are heard."""
        self._seen = self.run.state.copy() if self.callbacks else None

    def start(self) -> None:
        """After every callback has started: makes the run's folder, or goes back to where it is resumed."""
        if self.resumed_from is None:
            self._create()
        else:
            self._go_back(*self.resumed_from)
            if self._note_events():
                self._checkpoint(kept=True, resumable=True)
        self._spacing.begin()

    def after_steps(self) -> None:
        """Events, and a checkpoint where one is due, or Ctrl-C was pressed."""
        if self.run.ahead:
            return
        forced = self._note_events()
        if forced or self.session.stop[0] or self._spacing.due:
            self._checkpoint(kept=forced, resumable=not self.run.ended)

    def epoch_row(self, record: dict[str, Any]) -> None:
        """The row of an epoch, before any callback hears of it."""
        line: Entry = {"kind": "epoch", "step": self.run.state.step - self.run.ahead, "record": plain.spelled(record)}
        if isinstance(self.store, Folder):
            line["digest"] = digest_of_numbers(self._numbers())
        self._append([line])

    def after_epoch(self) -> None:
        """As after steps; after a run has ended, as it has where an epoch ended early, there is nothing to resume."""
        if self.run.ahead:
            return
        forced = self._note_events()
        if forced or self._spacing.due:
            self._checkpoint(kept=forced, resumable=not self.run.ended)

    def ahead(self) -> float:
        """Epochs that may be taken at once: where nobody can change the weights, and no row has a digest of them."""
        return inf if not self.callbacks and isinstance(self.store, Memory) else 1

    def interrupted(self) -> None:
        """Ctrl-C, which may have come when the engine's last step was done: the place is kept, if it is not yet."""
        here, kept = self._place(0), self._resumable
        if kept is None or (kept.step, kept.epoch, kept.steps) != (here.step, here.epoch, here.steps):
            self._checkpoint(kept=False, resumable=True)

    def end(self) -> None:
        """The last state, the model and the end; nothing where an error broke the training off in the middle."""
        if not self.run.ended:
            self.close()
            return
        self._note_events()
        self._checkpoint(kept=True, resumable=False)
        last = {"kind": "end", "ended": self.run.ended, "reason": self.run.reason, "step": self.run.state.step}
        self._append([last])
        self.close()

    def finish(self) -> None:
        """Writes the report; says in the end, where a disk failed on the way, that the run is in memory alone."""
        if self.failure is None:
            try:
                self.publish()
            except StorageError as error:
                self._move_to_memory(error)
                self.store.write(Checkpoint(self._place(self.store.count()), self.run.state.copy()), None)
            finally:
                self.close()
        if self.failure is not None:
            late = StorageError(
                f"{self.failure} The training itself is done and in memory: run.save(PATH) writes it elsewhere."
            )
            late.run = self.run
            raise late from self.failure

    def publish(self) -> None:
        """Writes the report of a run that is kept in a folder."""
        if isinstance(self.store, Folder):
            from glassnet.training.reporting import page_of

            self.store.put(REPORT, [page_of(self.run).encode()])

    def publish_missing(self, run: Run) -> None:
        """Writes the report of a run that was killed between its end and that; without its data it stays away."""
        if isinstance(self.store, Folder) and run.ended != "diverged" and not (self.store.path / REPORT).exists():
            self.run = run
            with suppress(GlassnetError):
                self.publish()
            self.close()

    def release(self) -> None:
        """Lets go of the engine's memory; of a run of which nothing is kept, of the run itself."""
        vars(self).pop("session", None)
        if not self.keeps:
            vars(self).pop("run", None)  # else each would keep the other, until the garbage is collected

    def close(self) -> None:
        """Lets go of the folder."""
        if isinstance(self.store, Folder):
            with suppress(OSError):
                self.store.close()

    # ---- inside --------------------------------------------------------------------------------------------------

    def _create(self) -> None:
        events = self._lines = self._new_events()
        first = Checkpoint(self._place(len(events)), self.run.state.copy())
        self._first = first
        if self.out is None:
            self.store.append(events)
            self._too_large = first.size > MEMORY
            if not self._too_large:
                self.store.write(first, None)
            return
        data, stored = materials.describe(self.material)
        self.card = card_of(self.run, self.metrics, self.callbacks, data, first)
        others = {MODEL: model_file(self.run.network)} | ({DATA: data_file(stored)} if stored else {})
        self.store = Folder.create(self.out, self.card, events, first, self._rest(), others)
        self._resumable = first.place
        self.run.folder = os.fspath(self.out)

    def _go_back(self, checkpoint: Checkpoint, rest: Rest) -> None:
        """What callbacks do on starting they did when the run began: it is undone, and their memory given back."""
        run, where = self.run, checkpoint.place
        run.state.restore(checkpoint.numbers)
        run._rate = where.rate
        self._resumable = where
        del run.events[self._noted :]
        for callback, memory in zip(self.callbacks, rest.callbacks, strict=True):
            _recall(callback, memory)
        if rest.outputs is not None and self.session.outputs is not None:
            self.session.outputs[run.order()[: len(rest.outputs)]] = rest.outputs
        if self.edited is not None:
            run.state.restore(self.edited)
            run.note("weights", reason="edited before resuming")
        self._first = checkpoint
        self._lines = list(self.store.entries())
        kept = {number for number, entry in enumerate(self.store.entries(), 1) if entry.get("kept")}
        self._append([{"kind": "resume", "entries": where.entries, "step": where.step}])
        for name in set(self.store.names()) - set(self.store.valid()):
            self.store.discard(name)
        self._spacing.names = [name for name in self.store.names()[1:] if int(name.partition("-")[2]) not in kept]

    def _new_events(self) -> list[Entry]:
        events = [{"kind": "event"} | plain.spelled(event) for event in self.run.events[self._noted :]]
        self._noted = len(self.run.events)
        return events

    def _note_events(self) -> bool:
        """Writes new events down; True where weights were changed, which only a checkpoint can bring back."""
        if self._seen is None and self._noted == len(self.run.events):
            return False
        announced = any(event["event"] == "weights" for event in self.run.events[self._noted :])
        if not announced and self._seen is not None and not same(self._seen, self._numbers()):
            self.run.note("weights", reason="changed by a callback")
        events = self._new_events()
        self._append(events)
        self._seen = None
        changed = any(event["event"] == "weights" for event in events)
        if changed:
            self._newest = None
        return changed

    def _checkpoint(self, *, kept: bool, resumable: bool) -> None:
        if self._too_large and not resumable:
            return
        started, state, newest = perf_counter(), self.run.state, self._newest
        numbers = newest.numbers if newest is not None and newest.place.step == state.step else state.copy()
        line = {"kind": "checkpoint", "step": numbers["step"]}
        if isinstance(self.store, Folder):
            line["digest"] = digest_of_numbers(numbers)
        self._append([line | {"kept": True} if kept else line])
        checkpoint = self._newest = Checkpoint(self._place(self.store.count()), numbers)
        try:
            self.store.write(checkpoint, self._rest() if resumable else None)
            if isinstance(self.store, Folder):
                self.store.put(MODEL, model_file(self.run.network))
        except StorageError as error:
            self._go_on_in_memory(error)
            self.store.write(checkpoint, self._rest() if resumable else None)
        if resumable:
            self._resumable = checkpoint.place
        if not kept:
            self._spacing.names.append(checkpoint.place.key)
            self._thin(checkpoint.size)
        self._spacing.written(started)

    def _thin(self, size: int) -> None:
        most = most_of_size(size, self.run.state.parameters.flat.nbytes)
        if isinstance(self.store, Memory):
            most = max(2, min(most, MEMORY // max(1, size)))
        for name in self._spacing.thinned(most, self._resumable.key if self._resumable else None):
            self.store.discard(name)

    def _append(self, entries: list[Entry]) -> None:
        try:
            self.store.append(entries)
        except StorageError as error:
            self._go_on_in_memory(error)
            self.store.append(entries)
        self._lines += entries

    def _go_on_in_memory(self, error: StorageError) -> None:
        """The disk failed: what is in memory is kept there, and the training goes on."""
        warnings.warn(f"{error} The training goes on in memory.", RuntimeWarning, stacklevel=2)
        self._move_to_memory(error)

    def _move_to_memory(self, error: StorageError) -> None:
        """What the folder holds is taken along, as far as it can be read: a full disk still gives what it has."""
        self.failure = error
        self.close()
        memory, folder = Memory(), self.store
        memory.append(self._lines)
        if self._first is not None:
            memory.write(self._first, None)
        with suppress(GlassnetError):
            for name in folder.valid():
                checkpoint = folder.read(name)
                if len(memory.names()) * checkpoint.size < MEMORY:
                    memory.write(checkpoint, folder.rest(name))
        if self._resumable is not None and memory.rest(self._resumable.key) is None:
            self._resumable = None
        self.store = memory

    def _place(self, entries: int) -> Place:
        run, so_far = self.run, self.run.so_far
        sums = (so_far.steps, so_far.loss_sum, so_far.weight, so_far.seconds)
        return Place(run.state.step, run.epoch, *sums, run._rate, entries)

    def _rest(self) -> Rest:
        run, outputs = self.run, self.session.outputs
        seen: Floats | None = None
        if outputs is not None and run.so_far.steps:
            seen = outputs[run.order()[: run.so_far.steps * run.program.batch_size]]
        return Rest(seen, tuple(callback.memory() for callback in self.callbacks))

    def _numbers(self) -> dict[str, Any]:
        """The state's numbers themselves, no copies."""
        state = self.run.state
        return {
            "values": state.parameters.whole,
            "moments": state.moments,
            "scalars": state.scalars,
            "step": state.step,
        }


class _Before(Callback):
    """The recorder's first ear."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def on_steps(self, run: Run, losses: Floats) -> None:
        self.recorder.look()

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        self.recorder.epoch_row(record)
        self.recorder.look()

    def on_fit_end(self, run: Run) -> None:
        self.recorder.look()

    def ahead(self, run: Run) -> float:
        return self.recorder.ahead()


class _After(Callback):
    """The recorder's second ear."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def on_fit_start(self, run: Run) -> None:
        self.recorder.start()

    def on_steps(self, run: Run, losses: Floats) -> None:
        self.recorder.after_steps()

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        self.recorder.after_epoch()

    def on_interrupt(self, run: Run) -> None:
        self.recorder.interrupted()

    def on_fit_end(self, run: Run) -> None:
        self.recorder.end()

    def ahead(self, run: Run) -> float:
        return self.recorder.ahead()


def _recall(callback: Callback, memory: dict[str, Any]) -> None:
    """Gives a callback its memory back; it came out of a file, where it may have become anything."""
    try:
        callback.recall(memory)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        name = type(callback).__name__
        reason = f"A checkpoint of this run does not hold what its callback {name} remembers ({type(error).__name__})."
        raise FormatError(Fault.DAMAGED, reason) from error


def model_file(network: Network) -> Pieces:
    """The pieces of the model's file."""
    model = as_model(network)
    return tensors.pack(arrays(model.parameters), texts(model))


def data_file(stored: dict[str, Any]) -> Pieces:
    """The pieces of the file that holds the data; words stand beside their numbers."""
    numbers, words = materials.packed_words(stored)
    return tensors.pack(numbers, {"format": "glassnet data 1", "words": plain.write(words).decode()})


def same(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether two states are equal bit for bit: NaN is equal to itself here."""
    if before["scalars"] != now["scalars"] or before["moments"].keys() != now["moments"].keys():
        return False
    pairs = [(before["values"], now["values"])]
    pairs += [(before["moments"][name], now["moments"][name]) for name in before["moments"]]
    return all(np.array_equal(a.view(np.uint8), b.view(np.uint8)) for a, b in pairs)
