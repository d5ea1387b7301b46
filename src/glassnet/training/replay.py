"""Replaying: any step of a run again, exactly, from the nearest checkpoint before it.

Only the steps are made again, with the recorded events between them: a rate that was set is set again, and weights
that were changed from outside come from the checkpoint that was written for them. No callback, validation or metric is
called.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from glassnet.engine import State
from glassnet.engine.compiled import unavailable
from glassnet.errors import DataError, SettingError
from glassnet.files.checkpoint import Checkpoint, digest_of_numbers
from glassnet.files.journal import standing
from glassnet.training.card import place, versions
from glassnet.training.history import EpochSoFar
from glassnet.training.resume import preparation
from glassnet.training.run import Run
from glassnet.typing import Array, Floats, Indices

# How far apart the weights of two engines may be after the steps between two checkpoints, as a part of the way that the
# weights went meanwhile (both as root mean squares): each engine rounds in an order of its own, and a training carries
# every rounding on. 300 to 1400 steps on digits brought 3e-7 to 1.5e-6; another seed brings 0.2 and more.
TOLERANCES = {"float32": 1e-2, "float64": 1e-6}


@dataclass(frozen=True)
class Step:
    """One step of a run: step `number` of epoch `epoch` (both from 1 for a new network).

    `before` and `after` are states (parameters, moments, scalars), `rows` the rows of the batch, in the order of
    training.
    """

    number: int
    epoch: int
    rows: Indices
    learning_rate: float
    loss: float
    before: State
    after: State


@dataclass(frozen=True)
class Verdict:
    """Whether two runs, or a run and itself made again, are the same to the last bit; where not, the first difference.

    `quantity` is a name such as "W2" or "dW1", `index` the first entry that differs, `values` the two numbers there.
    `sentence` says it in words; it is true (as a bool) where they are equal.
    """

    equal: bool
    sentence: str
    step: int | None = None
    quantity: str | None = None
    index: tuple[int, ...] | None = None
    values: tuple[Any, Any] | None = None
    differences: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.equal

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class Mark:
    """Where a walk stood."""

    numbers: dict[str, Any]
    epoch: int
    so_far: EpochSoFar
    rate: float | None
    events: list[tuple[int, dict[str, Any]]]


def _require_kept(run: Run) -> None:
    if not run.record.keeps:
        raise DataError("This run was trained with replayable=False: only its history and its network were kept.")


class Walk:
    """A run made again from one of its checkpoints, by the engine that made it or by another.

    `run` is a copy that shares nothing with the original but the data. `exact` says whether its bits are the run's.
    """

    def __init__(self, original: Run, name: str | None = None, engine: str | None = None) -> None:
        _require_kept(original)
        self.store, self.entries = original.record.store, standing(original.record.store.entries())
        names = self.store.valid()
        if not names:
            raise DataError("This run was too large to be kept in memory for replaying: train it with out=FOLDER.")
        if engine is None and original.engine == "native" and (reason := unavailable()) is not None:
            raise SettingError(
                f'This run was made by the native engine, and there is none here: {reason}. engine="reference" '
                "(--engine reference) makes it again by the other one, equal but for rounding."
            )
        self.run = detached(original)
        self.ready = preparation(self.run, engine=engine)
        self.forced = {_lines(other): other for other in names}
        self.begin(self.store.read(names[0] if name is None else name))

    def begin(self, checkpoint: Checkpoint) -> None:
        """Stands where the checkpoint stands, its events applied."""
        place(self.run, checkpoint)
        self._end_epoch()
        ready = self.ready
        self.session = ready.engine.session(
            ready.program, self.run.state, ready.rows, ready.encoded, ready.sample_weight, None
        )
        self.exact = self.session.engine == self.run.engine
        lines = checkpoint.place.entries
        self.events = [(n, entry) for n, entry in self.entries if entry["kind"] == "event" and n >= lines]

    @property
    def step(self) -> int:
        """Steps taken."""
        return self.run.state.step

    def to(self, step: int) -> Floats:
        """Goes on until this many steps are taken, before the events that follow; the losses on the way."""
        losses: list[Floats] = [np.empty(0)]
        while self.step < step:
            losses.append(self._piece(step))
        return np.concatenate(losses)

    def batch(self) -> Indices:
        """The rows of the next step."""
        run, size = self.run, self.run.program.batch_size
        return run.order()[run.so_far.steps * size : (run.so_far.steps + 1) * size]

    def mark(self) -> Mark:
        """Where the walk stands, to come `back` to."""
        run = self.run
        return Mark(run.state.copy(), run.epoch, copy.copy(run.so_far), run._rate, list(self.events))

    def back(self, mark: Mark) -> None:
        """To where it stood then."""
        run = self.run
        run.state.restore(mark.numbers)
        run.epoch, run.so_far, run._rate, self.events = mark.epoch, copy.copy(mark.so_far), mark.rate, list(mark.events)

    def apply_events(self, before: int | None = None) -> None:
        """What happened from outside before the next step; of that, what stands before this line of the journal."""
        while self.events and self.events[0][1]["step"] <= self.step and (before is None or self.events[0][0] < before):
            number, event = self.events.pop(0)
            if event["event"] == "learning_rate":
                self.run._rate = float(event["value"])
            elif event["event"] == "weights":
                self._weights(number)

    def _weights(self, number: int) -> None:
        """Weights from outside: those of the checkpoint that was written after them."""
        later = [lines for lines in sorted(self.forced) if lines > number]
        checkpoint = self.store.read(self.forced[later[0]]) if later else None
        if checkpoint is None or checkpoint.place.step != self.step:
            raise DataError(f"The weights that were put in place at step {self.step} were not recorded any more.")
        self.run.state.restore(checkpoint.numbers)
        lines = checkpoint.place.entries  # more than one change at a step ends in the same checkpoint
        self.events = [(n, event) for n, event in self.events if n >= lines or event["event"] != "weights"]

    def _piece(self, step: int) -> Floats:
        """As many steps as can be taken at once: to the goal, the end of the epoch, or the next event."""
        self.apply_events()
        run, size = self.run, self.run.program.batch_size
        count = min(step - self.step, run.steps_per_epoch - run.so_far.steps)
        if self.events:
            count = min(count, self.events[0][1]["step"] - self.step)
        done = run.so_far.steps
        losses: Floats = self.session.train(run.order()[done * size : (done + count) * size], run.rates(count))
        if len(losses) < count or self.session.lost:
            raise DataError(f"Made again, the run loses its numbers after step {self.step}: it is not the same run.")
        run.so_far.steps += count
        self._end_epoch()
        return losses

    def _end_epoch(self) -> None:
        """The next epoch begins after the last step; a checkpoint may stand between the two."""
        if self.run.so_far.steps == self.run.steps_per_epoch:
            self.run.epoch, self.run.so_far = self.run.epoch + 1, EpochSoFar()


def detached(run: Run) -> Run:
    """A copy of a run with a network of its own: what happens to it leaves the original alone."""
    twin = copy.copy(run)
    twin.network = copy.copy(run.network)
    twin.so_far = EpochSoFar()
    return twin


def replay(run: Run, step: int, engine: str | None = None) -> Step:
    """See `Run.replay`."""
    _require_kept(run)
    first, last = bounds(run)
    if isinstance(step, bool) or not isinstance(step, (int, np.integer)) or not first < step <= last:
        have = f"it has the steps {first + 1} to {last}" if last > first else "it has none yet"
        raise SettingError(f"This run has no step {step!r}: {have}.")
    walk = Walk(run, nearest(run, int(step) - 1), engine)
    walk.to(int(step) - 1)
    walk.apply_events()
    epoch, rows, rate = walk.run.epoch + 1, walk.batch(), float(walk.run.rates(1)[0])
    before = copy.deepcopy(walk.run.state)
    (loss,) = walk.to(int(step))
    if walk.exact:
        check_digest(run, walk)
    return Step(int(step), epoch, rows, rate, float(loss), before, walk.run.state)


def bounds(run: Run) -> tuple[int, int]:
    """The steps taken before the run and at its end, as far as it is recorded."""
    names = run.record.store.valid()
    steps = [int(entry["step"]) for _, entry in standing(run.record.store.entries())]
    return (_step(names[0]), max([_step(names[-1]), *steps])) if names else (0, 0)


def nearest(run: Run, step: int) -> str:
    """The last checkpoint from which the state before this step's events can be reached."""
    names: list[str] = run.record.store.valid()
    return next(name for name in reversed(names) if _step(name) <= step)


def points(run: Run) -> Iterator[tuple[int, str]]:
    """(step, digest) wherever the journal recorded one, in the order of time, before the events of that step."""
    changed: set[int] = set()
    for _, entry in standing(run.record.store.entries()):
        if entry["kind"] == "event" and entry["event"] == "weights":
            changed.add(entry["step"])
        digest = entry.get("digest")
        if isinstance(digest, str) and entry["step"] not in changed:
            yield entry["step"], digest


def check_digest(run: Run, walk: Walk) -> None:
    """Compares with what was recorded at this step, if anything was."""
    wanted = [digest for step, digest in points(run) if step == walk.step]
    if wanted and digest_of_numbers(walk.run.state.copy()) not in wanted:
        raise DataError(f"Made again, step {walk.step} has other numbers than were recorded.{_why(run)}")


def verify(run: Run, engine: str | None = None) -> Verdict:
    """See `Run.verify`."""
    walk = Walk(run, engine=engine)
    if not walk.exact:
        return _verify_closely(run, walk)
    last = walk.step
    try:
        for step, digest in points(run):
            walk.to(step)
            if digest_of_numbers(walk.run.state.copy()) != digest:
                return _differs(run, walk, last)
            last = step
    except DataError as error:
        return Verdict(False, f"{error}{_why(run)}", step=walk.step + 1)
    return Verdict(True, f"Made again from the start, the run has the recorded bits at every step up to {last}.")


def _verify_closely(run: Run, walk: Walk) -> Verdict:
    """Another engine makes the steps from each checkpoint to the next, and its weights are compared to a tolerance.

    Not from the start to the end: a training carries every rounding on, so that in the end two engines have two
    networks that are equally right.
    """
    store, tolerance = run.record.store, TOLERANCES[run.program.dtype.name]
    who = f"Made again by the {walk.session.engine} engine from each checkpoint to the next"
    names, worst = store.valid(), 0.0
    for name, after in pairwise(names):
        walk.begin(store.read(name))
        try:
            walk.to(_step(after))
        except DataError as error:
            return Verdict(False, f"{error}{_why(run)}", step=walk.step + 1)
        walk.apply_events(before=_lines(after))
        apart = _apart(store.read(name).numbers["values"], store.read(after).numbers["values"], walk)
        worst = max(worst, apart)
        if not apart <= tolerance:
            sentence = (
                f"{who}, the run has other weights at step {walk.step}: apart by {apart:.1g} of the way they went,"
            )
            return Verdict(False, f"{sentence} and rounding explains at most {tolerance:g}.{_why(run)}", step=walk.step)
    return Verdict(
        True,
        f"{who}, the run has the recorded weights at every checkpoint up to step {_step(names[-1])}, to rounding: the "
        f"{run.engine} engine made it, and the weights are apart by at most {worst:.1g} of the way they went "
        f"({tolerance:g} is allowed).",
    )


def _apart(before: Floats, then: Floats, walk: Walk) -> float:
    """How far the walk's weights are from those recorded, as a part of the way from `before`; 0 where all are equal."""
    now = walk.run.state.copy()["values"].astype(np.float64)
    if np.array_equal(now, then):
        return 0.0
    least = 100 * float(np.finfo(then.dtype).eps) * _size(then)  # where weights hardly move, their last bits are not it
    return _size(now - then) / (_size(then.astype(np.float64) - before) + least)


def _size(values: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def _differs(run: Run, walk: Walk, last: int) -> Verdict:
    """The verdict on a state with another digest; with the number, where a checkpoint was kept there."""
    names = [name for name in run.record.store.valid() if _step(name) == walk.step]
    sentence = (
        f"Made again, the run has other numbers at step {walk.step}; at step {last} they were still the recorded."
    )
    if not names:
        return Verdict(False, sentence + _why(run), step=walk.step)
    then = run.record.store.read(names[0]).numbers
    found = first_difference(arrays_of(walk.run.state.copy(), walk.run), arrays_of(then, walk.run))
    if found is None:
        return Verdict(False, sentence + _why(run), step=walk.step)
    quantity, index, values = found
    return Verdict(False, sentence + _why(run), walk.step, quantity, index, values)


def _why(run: Run) -> str:
    """What may be the cause: other versions than the recorded ones."""
    card = run.record.card
    recorded = card.get("versions", {}) if card else {}
    now = versions()
    other = [
        f"{name} {recorded.get(name)} (now {now[name]})" for name in now if recorded.get(name, now[name]) != now[name]
    ]
    return f" It was trained with {', '.join(other)}." if other else ""


def arrays_of(numbers: dict[str, Any], run: Run) -> Iterator[tuple[str, Array]]:
    """The named weights and moments of a state: W1, b1, ..., m.W1, ..."""
    arena = run.state.parameters
    count = arena.flat.size
    yield from arena.views_of(numbers["values"][:count]).items()
    yield from arena.running_views_of(numbers["values"][count:]).items()
    for name, moment in sorted(numbers["moments"].items()):
        yield from ((f"{name}.{weight}", view) for weight, view in arena.views_of(moment).items())
    for name, value in sorted(numbers["scalars"].items()):
        yield name, np.array(value)


def first_difference(
    one: Iterator[tuple[str, Array]], other: Iterator[tuple[str, Array]]
) -> tuple[str, tuple[int, ...] | None, tuple[Any, Any]] | None:
    """The first array, and entry in it, in which two sequences of named arrays differ in a bit."""
    for (name, a), (other_name, b) in zip(one, other, strict=False):
        if name != other_name:
            return name, None, (name, other_name)
        if a.shape != b.shape or a.dtype != b.dtype:
            return name, None, (f"{a.dtype} {a.shape}", f"{b.dtype} {b.shape}")
        if a.tobytes() != b.tobytes():
            bits = np.ascontiguousarray(a).reshape(-1).view(np.uint8).reshape(a.size, -1)
            others = np.ascontiguousarray(b).reshape(-1).view(np.uint8).reshape(b.size, -1)
            place_ = int(np.flatnonzero((bits != others).any(axis=1))[0])
            index = tuple(int(i) for i in np.unravel_index(place_, a.shape))
            return name, index, (a[index].item(), b[index].item())
    return None


def _step(name: str) -> int:
    return int(name.partition("-")[0])


def _lines(name: str) -> int:
    return int(name.partition("-")[2])
