"""Where two runs part: the first step, then the first quantity and entry, and what settings or data differ.

The digests in both journals bracket the step: the last point at which they agree, the first at which they do not. From
there both runs are made again side by side, a step at a time, and the step at which they part is opened.
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


def diff(a: Run | PathLike, b: Run | PathLike) -> Verdict:
    """The first step, quantity and entry in which two runs differ, bit for bit, and what differs between their cards.

    Args:
        a, b: runs, or the folders of runs.

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
        (1, 'W1', ('optimizer.learning_rate is 0.1 and 0.2',))
    """
    one, other = (run if isinstance(run, Run) else load_run(run) for run in (a, b))
    words = differences(_card(one), _card(other))
    because = f" Their cards differ: {'; '.join(words)}." if words else ""
    if one.network.layers != other.network.layers or one.network.input_shape != other.network.input_shape:
        sentence = f"The runs are of different networks, so they differ from the start.{because}"
        return Verdict(False, sentence, _start(one) + 1, "architecture", differences=words)
    start = _agreed(one, other)
    found = _part(one, other, start)
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


def _agreed(one: Run, other: Run) -> int:
    """The last step up to which every digest that both recorded is equal."""
    first = dict(points(one))
    agreed = max(_start(one), _start(other))
    for step, digest in points(other):
        if step in first and step >= agreed:
            if first[step] != digest:
                return agreed
            agreed = step
    return agreed


Found = tuple[int, str, tuple[int, ...] | None, tuple[Any, Any]]


def _part(one: Run, other: Run, start: int) -> Found | None:
    """Makes both runs again from a step at which they agree, to the first in which they do not."""
    walks = [Walk(run, nearest(run, start)) for run in (one, other)]
    for walk in walks:
        walk.to(start)
    last = min(bounds(one)[1], bounds(other)[1])
    while True:
        for walk in walks:
            walk.apply_events()
        digests = [digest_of_numbers(walk.run.state.copy()) for walk in walks]
        if digests[0] != digests[1]:
            return _before(walks)
        if walks[0].step >= last:
            return None
        before = [walk.run.state.copy() for walk in walks]
        batches = [walk.batch() for walk in walks]
        rates = [float(walk.run.rates(1)[0]) for walk in walks]
        for walk in walks:
            walk.to(walk.step + 1)
        after = [digest_of_numbers(walk.run.state.copy()) for walk in walks]
        if after[0] != after[1]:
            return _opened(walks, before, batches, rates)


def _before(walks: list[Walk]) -> Found:
    """States that differ before a step: the start weights, or weights that were put in place."""
    found = first_difference(*(arrays_of(walk.run.state.copy(), walk.run) for walk in walks))
    quantity, index, values = found or ("step", None, tuple(walk.step for walk in walks))
    return walks[0].step, f"{quantity} before", index, (values[0], values[1])


def _opened(walks: list[Walk], before: list[dict[str, Any]], batches: list[Any], rates: list[float]) -> Found:
    """The first quantity of the step that differs, in the order in which a step computes them."""
    after = [walk.run.state.copy() for walk in walks]
    step = walks[0].step
    opened = [_quantities_of(walk, numbers, batch) for walk, numbers, batch in zip(walks, before, batches, strict=True)]
    found = first_difference(*opened)
    if found is None:
        found = first_difference(*(arrays_of(numbers, walk.run) for numbers, walk in zip(after, walks, strict=True)))
    quantity, index, values = found or ("learning_rate", None, (rates[0], rates[1]))
    return step, quantity, index, values


def _quantities_of(walk: Walk, before: dict[str, Any], batch: Any) -> Iterator[tuple[str, Array]]:
    """X, Z1, A1, ..., the loss, and the gradients of one step, by the reference engine."""
    run, ready = walk.run, walk.ready
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
