"""Where two runs part: the first step, then the first quantity and entry, and what settings or data differ.

The digests in both journals bracket the step: the last point at which they agree, the first at which they do not. In
that bracket it is found by bisection: both runs are made again from the last step at which they agree to the middle, as
often as the bracket can be halved. Then the step is opened: forward, backward, update.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from glassnet.engine.reference import QUIET, ReferenceSession
from glassnet.errors import SettingError
from glassnet.files import plain
from glassnet.files.checkpoint import digest_of_numbers
from glassnet.training import material as materials
from glassnet.training.card import card_of
from glassnet.training.divergence import quantities
from glassnet.training.replay import Verdict, Walk, arrays_of, bounds, first_difference, nearest, points
from glassnet.training.resume import PathLike, load_run
from glassnet.training.run import Run
from glassnet.typing import Array

SAME_ANYWAY = ("versions", "about", "start")


def diff(a: Run | PathLike, b: Run | PathLike, *, engine: str | None = None) -> Verdict:
    """The first step, quantity and entry in which two runs differ, bit for bit, and what differs between their cards.

    Args:
        a, b: runs, or the folders of runs.
        engine: makes both again by this one, from their start, where the engine that made them is not here.

    Returns:
        A verdict: `equal`, `step`, `quantity`, `index`, `values` (of a and of b), `differences` (of their settings and
        data, in words), and all of it as a `sentence`.

    Raises:
        MissingFileError, DataError: a folder that is no run, or data that are needed and missing.

    Example:
        >>> import glassnet as gn
        >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
        >>> runs = [gn.Network([gn.Dense(1)]).fit(X, y, loss="mse", epochs=2, optimizer=gn.optimizers.SGD(rate))
        ...         for rate in (0.1, 0.2)]
        >>> verdict = gn.diff(*runs)
        >>> verdict.step, verdict.quantity, verdict.differences
        (1, 'W1.new', ('optimizer.learning_rate is 0.1 and 0.2',))
    """
    one, other = (run if isinstance(run, Run) else load_run(run) for run in (a, b))
    words = differences(_card(one), _card(other))
    because = f" Their cards differ: {'; '.join(words)}." if words else ""
    if one.network.layers != other.network.layers or one.network.input_shape != other.network.input_shape:
        sentence = f"The runs are of different networks, so they differ from the start.{because}"
        return Verdict(False, sentence, _start(one) + 1, "architecture", differences=words)
    found = _part(one, other, engine)
    if found is None:
        return _ends(one, other, words, because)
    step, quantity, index, values = found
    entry = f"{quantity}[{', '.join(map(str, index))}]" if index else quantity
    when = f"before step {step + 1}" if quantity.endswith("before") else f"at step {step}"
    sentence = f"The runs part {when}: {entry} is {values[0]!r} in the first and {values[1]!r} in the second.{because}"
    return Verdict(False, sentence, step, quantity, index, values, words)


def differences(a: Mapping[str, Any], b: Mapping[str, Any], path: str = "") -> tuple[str, ...]:
    """What differs between two cards, in words.

    >>> differences({"seed": 1, "loss": "mse"}, {"seed": 2, "loss": "mse"})
    ('seed is 1 and 2',)
    """
    words: list[str] = []
    for key in [*a, *(key for key in b if key not in a)]:
        name = f"{path}{key}"
        if a.get(key) == b.get(key) or name in SAME_ANYWAY:
            continue
        if isinstance(a.get(key), dict) and isinstance(b.get(key), dict):
            words += differences(a[key], b[key], f"{name.removeprefix('settings.')}." if key != "settings" else "")
        elif key == "digest":
            words.append(f"the {path.removesuffix('.').replace('data.', '')} data are not the same")
        else:
            words.append(f"{name} is {_short(a.get(key))} and {_short(b.get(key))}")
    return tuple(words)


def _card(run: Run) -> dict[str, Any]:
    record = run.record
    if record.card is None:
        names = record.store.valid()
        if not names:
            raise SettingError(
                "A run that is too large to be kept in memory cannot be compared: train with out=FOLDER."
            )
        data, _ = materials.describe(record.material)
        record.card = card_of(run, record.metrics, record.callbacks, data, record.store.read(names[0]))
    card = plain.parse(plain.write(record.card), "The run's card")  # as it comes out of a file
    data = {part: {"digest": described["digest"]} for part, described in card["data"].items() if part != "validation"}
    return card | {"data": data}


def _start(run: Run) -> int:
    return bounds(run)[0]


def _recorded(one: Run, other: Run) -> tuple[int, int]:
    """By the digests that both recorded: the last step up to which they agree, and the first at which they do not."""
    first = dict(points(one))
    agreed, last = max(_start(one), _start(other)), min(bounds(one)[1], bounds(other)[1])
    for step, digest in points(other):
        if step in first and agreed <= step <= last:
            if first[step] != digest:
                return agreed, step
            agreed = step
    return agreed, last


Found = tuple[int, str, tuple[int, ...] | None, tuple[Any, Any]]


def _part(one: Run, other: Run, engine: str | None) -> Found | None:
    """Makes both runs again from a step at which they agree, to the first in which they do not.

    Between two events that put other weights in place, states that once differ stay different: there the step is found
    by bisection, each probe a replay from the last step at which both agree.
    """
    start, last = _recorded(one, other)
    walks = [Walk(run, nearest(run, start), engine) for run in (one, other)]
    if not all(walk.exact for walk in walks):  # what was recorded is another engine's: this one begins at the start
        start, last = max(_start(one), _start(other)), min(bounds(one)[1], bounds(other)[1])
        walks = [Walk(run, None, engine) for run in (one, other)]
    for walk in walks:
        walk.to(start)
    stops = sorted({event["step"] for walk in walks for _, event in walk.events if event["event"] == "weights"})
    while True:
        for walk in walks:
            walk.apply_events()
        if not _equal(walks):
            return _before(walks)
        if walks[0].step >= last:
            return None
        goal = min([stop for stop in stops if walks[0].step < stop < last], default=last)
        if _bisected(walks, goal):
            return _opened(walks)


def _bisected(walks: list[Walk], goal: int) -> bool:
    """Whether the walks part on the way to `goal`; they then stand before the step in which they do, else at `goal`."""
    low, high = walks[0].step, goal
    marks = [walk.mark() for walk in walks]
    for walk in walks:
        walk.to(goal)
    if _equal(walks):
        return False
    while high - low > 1:
        middle = (low + high) // 2
        for walk, mark in zip(walks, marks, strict=True):
            walk.back(mark)
            walk.to(middle)
        if _equal(walks):
            low, marks = middle, [walk.mark() for walk in walks]
        else:
            high = middle
    for walk, mark in zip(walks, marks, strict=True):
        walk.back(mark)
    return True


def _equal(walks: list[Walk]) -> bool:
    """Whether the states are equal to the last bit."""
    one, other = (digest_of_numbers(walk.run.state.copy()) for walk in walks)
    return one == other


def _before(walks: list[Walk]) -> Found:
    """States that differ before a step: the start weights, or weights that were put in place."""
    found = first_difference(*(arrays_of(walk.run.state.copy(), walk.run) for walk in walks))
    quantity, index, values = found or ("step", None, tuple(walk.step for walk in walks))
    return walks[0].step, f"{quantity} before", index, (values[0], values[1])


def _opened(walks: list[Walk]) -> Found:
    """The first quantity of the next step that differs, in the order in which a step computes them."""
    marks = [walk.mark() for walk in walks]
    for walk in walks:
        walk.apply_events()
    rates = [float(walk.run.rates(1)[0]) for walk in walks]
    opened = [_quantities_of(walk, mark.numbers) for walk, mark in zip(walks, marks, strict=True)]
    found = first_difference(*opened)
    for walk, mark in zip(walks, marks, strict=True):
        walk.back(mark)
        walk.to(walk.step + 1)
    if found is None:
        found = first_difference(*(_updated(walk) for walk in walks))
    quantity, index, values = found or ("learning_rate", None, (rates[0], rates[1]))
    return walks[0].step, quantity, index, values


def _updated(walk: Walk) -> Iterator[tuple[str, Array]]:
    """What an update makes, in its order: the optimizer's state, then the weights, W1.new, ..."""
    state = walk.run.state
    named = list(arrays_of(state.copy(), walk.run))
    new = [(f"{name}.new", array) for name, array in named if name in state.parameters]
    yield from [pair for pair in named if pair[0] not in state.parameters]
    yield from new


def _quantities_of(walk: Walk, before: dict[str, Any]) -> Iterator[tuple[str, Array]]:
    """X, Z1, A1, ..., the loss, and the gradients of one step, by the reference engine."""
    run, ready, batch = walk.run, walk.ready, walk.batch()
    run.state.restore(before)
    session = ReferenceSession(ready.program, run.state, ready.rows, ready.encoded, ready.sample_weight, None)
    with QUIET():
        loss = session.gradient(batch)
    yield "X", session.plan.input[: len(batch)].copy()
    yield "y", np.asarray(ready.encoded[batch])
    for name, value in quantities(session, loss, len(batch)):
        yield name, np.array(value)


def _ends(one: Run, other: Run, words: tuple[str, ...], because: str) -> Verdict:
    """The verdict where no number differs as far as both runs go."""
    lasts = bounds(one)[1], bounds(other)[1]
    if lasts[0] == lasts[1]:
        sentence = f"The runs are equal to the last bit over all {lasts[0]} steps."
        return Verdict(True, sentence + because, differences=words)
    shorter = min(lasts)
    sentence = f"The runs are equal up to step {shorter}, where one of them ends; the other goes on to {max(lasts)}."
    return Verdict(False, sentence + because, shorter + 1, "steps", None, lasts, words)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
