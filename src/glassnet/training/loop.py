"""The training loop: epochs of steps. It decides and tells; engines compute, and everybody else listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from glassnet.engine import Session
from glassnet.errors import DivergedError
from glassnet.training.callbacks import Callback
from glassnet.training.divergence import explain
from glassnet.training.history import EpochSoFar
from glassnet.training.run import Run
from glassnet.typing import Floats, Indices

PIECE_SECONDS = 0.25  # steps are asked of the engine in pieces of about this long: between them the others are heard
PIECE_STEPS = 4096  # and of at most so many, since each is told its steps' rates
STATE_A_SECOND = 60e6  # bytes: of a large state pieces are longer, since each hands it to the engine and back
ORDERS, ENDS = 2**17, 2**15  # bytes that the orders of epochs at once, and the weights after each, may take


@dataclass(frozen=True)
class Measures:
    """What stands in an epoch's row beside its loss: `of` the rows that were seen, and the weights at its end (flat).

    `at_once`: it looks at nothing else, so that epochs may be taken at once. `by_weights`: it looks at the weights.
    """

    of: Callable[[Indices, Floats], dict[str, float]]
    at_once: bool
    by_weights: bool


def train(run: Run, session: Session, listeners: Sequence[Callback], measures: Measures) -> None:
    """Runs until the last step, a stop, an interrupt, or a number that is not finite.

    A run that was resumed begins in the middle of an epoch. Who has heard of the start hears of the end.
    """
    begun: list[Callback] = []
    try:
        for listener in listeners:
            listener.on_fit_start(run)
            begun.append(listener)
        while not run.ended and (run.so_far.steps or not run.complete):  # killed before its last row, it lacks that
            for seen, weights in _epochs(run, session, listeners, measures):
                if len(seen) < run.rows and not run.ended and run.state.step != run.last_step:
                    _interrupt(run, listeners)
                epoch, run.epoch, run.so_far = run.so_far, run.epoch + 1, EpochSoFar()
                row = {"epoch": run.epoch, "loss": epoch.loss} | measures.of(seen, weights)
                run.history.append(row | {"seconds": epoch.seconds})
                for listener in listeners:
                    listener.on_epoch_end(run, run.history[-1])
            if session.stop[0] and not run.ended and not run.complete:
                _interrupt(run, listeners)
        run.ended = run.ended or "finished"
    except DivergedError:
        run.ended = "diverged"
        raise
    finally:
        for listener in begun:
            listener.on_fit_end(run)


def _interrupt(run: Run, listeners: Sequence[Callback]) -> None:
    """Ends the run after Ctrl-C. Told before the row of an epoch that it cut short: a resumed run has no such row."""
    for listener in listeners:
        listener.on_interrupt(run)
    run.ended = "interrupted"
    run.note("interrupt")


def _epochs(
    run: Run, session: Session, listeners: Sequence[Callback], measures: Measures
) -> Iterator[tuple[Indices, Floats]]:
    """The steps of the present epoch, or of some epochs at once, to the run's last step or an interrupt.

    Gives, for each epoch as it ends, the rows that were seen in it and its last weights. What the engine took at once
    is told in order all the same; `run.ahead` says by how many steps the state has gone on since. An epoch that was
    interrupted before its first step has not begun, and nobody is told of it.
    """
    size, of_epoch, weights = run.program.batch_size, run.steps_per_epoch, run.state.parameters.flat
    orders = run.orders(_at_once(run, listeners, measures))
    together = len(orders) > 1
    ends = np.empty((len(orders), weights.size), weights.dtype) if together and measures.by_weights else None
    taken = run.so_far.steps
    steps = len(orders) * of_epoch
    if run.last_step is not None:
        steps = min(steps, taken + run.last_step - run.state.step)
    while taken < steps and not session.stop[0] and not run.ended:
        epoch, place = divmod(taken, of_epoch)
        rows = orders[epoch:] if together and not place else orders[epoch, place * size :]
        losses, seconds = _piece(run, session, listeners, rows, steps - taken, None if ends is None else ends[epoch:])
        if session.lost:  # the epochs of this piece once more, one by one, to the one in which it happens
            together = False
            continue
        if not len(losses):
            break  # Ctrl-C, since the engine's last step
        after = taken + len(losses)
        for part in _cut(losses, of_epoch - place, of_epoch):
            epoch, place = divmod(taken, of_epoch)
            rows, taken = orders[epoch, place * size : (place + len(part)) * size], taken + len(part)
            run.ahead = after - taken
            run.so_far.add(part, rows, size, session.sample_weight, seconds * len(part) / len(losses))
            for listener in listeners:
                listener.on_steps(run, part)
            if taken % of_epoch == 0:
                yield orders[epoch], weights if ends is None else ends[epoch]
    if run.so_far.steps:  # cut short; or killed between its last step and its row
        yield orders[(taken - 1) // of_epoch][: run.so_far.steps * size], weights


def _at_once(run: Run, listeners: Sequence[Callback], measures: Measures) -> int:
    """Epochs that may be taken at once: nobody looks at anything between them, and they take little memory."""
    if run.so_far.steps or not measures.at_once:
        return 1
    most = min(run.epochs - run.epoch, ORDERS // (8 * run.rows), _most_steps(listeners) // run.steps_per_epoch)
    if measures.by_weights:
        most = min(most, ENDS // run.state.parameters.flat.nbytes)
    return max(1, int(min([most, *(listener.ahead(run) for listener in listeners)])))


def _most_steps(listeners: Sequence[Callback]) -> int:
    return 1 if any(listener.every_step for listener in listeners) else PIECE_STEPS


def _piece(
    run: Run, session: Session, listeners: Sequence[Callback], rows: Indices, steps: int, ends: Floats | None
) -> tuple[Floats, float]:
    """The losses of some steps over these orders, which may be one or several, and the seconds that they took."""
    of_rows = -(-rows.shape[-1] // run.program.batch_size) * (len(rows) if rows.ndim == 2 else 1)
    count = min(steps, of_rows, _most_steps(listeners))
    started = perf_counter()
    losses = session.train(rows, run.rates(count), max(PIECE_SECONDS, run.state.nbytes / STATE_A_SECOND), ends)
    seconds = perf_counter() - started
    if session.lost and rows.ndim == 1:
        raise explain(run, session, rows[: count * run.program.batch_size])
    return losses, seconds


def _cut(losses: Floats, first: int, size: int) -> list[Floats]:
    """The losses of each epoch, of which so many belong to the first."""
    return [losses[:first], *(losses[at : at + size] for at in range(first, len(losses), size))]
