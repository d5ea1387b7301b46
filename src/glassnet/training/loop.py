"""The training loop: epochs of steps. It decides and tells; engines compute, and everybody else listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from glassnet.engine import Session
from glassnet.errors import DivergedError
from glassnet.training.callbacks import Callback
from glassnet.training.divergence import explain
from glassnet.training.history import EpochSoFar
from glassnet.training.interrupt import deferred
from glassnet.training.run import Run
from glassnet.typing import Indices

PIECE_SECONDS = 0.25  # steps are asked of the engine in pieces of about this long: between them the others are heard
PIECE_STEPS = 4096  # and of at most so many, since each is told its steps' rates
STATE_A_SECOND = 60e6  # bytes: of a large state pieces are longer, since each hands it to the engine and back

Measure = Callable[[Indices], dict[str, float]]
Validate = Callable[[], dict[str, float]]


def train(run: Run, session: Session, listeners: Sequence[Callback], measure: Measure, validate: Validate) -> None:
    """Runs until the last step, a stop, an interrupt, or a number that is not finite.

    `measure` gives the metrics of an epoch from the outputs of these rows as trained, `validate` those of the
    validation data. A run that was resumed begins in the middle of an epoch.
    """
    single = any(listener.every_step for listener in listeners)
    piece = Piece(1 if single else PIECE_STEPS, max(PIECE_SECONDS, run.state.nbytes / STATE_A_SECOND))
    with deferred(session.stop):
        try:
            for listener in listeners:
                listener.on_fit_start(run)
            while not run.ended and not run.complete:
                seen, epoch = _epoch(run, session, listeners, piece), run.so_far
                run.epoch, run.so_far = run.epoch + 1, EpochSoFar()
                row = {"epoch": run.epoch, "loss": epoch.loss} | measure(seen) | validate()
                run.history.append(row | {"seconds": epoch.seconds})
                for listener in listeners:
                    listener.on_epoch_end(run, run.history[-1])
                cut_short = len(seen) < run.rows and run.state.step != run.last_step
                if session.stop[0] and (cut_short or not run.complete):
                    run.ended = "interrupted"
                    run.note("interrupt")
            run.ended = run.ended or "finished"
        except DivergedError:
            run.ended = "diverged"
            raise
        finally:
            for listener in listeners:
                listener.on_fit_end(run)


@dataclass(frozen=True)
class Piece:
    """What is asked of the engine at once: so many steps, or as many as take so long."""

    steps: int
    seconds: float


def _epoch(run: Run, session: Session, listeners: Sequence[Callback], piece: Piece) -> Indices:
    """The steps of one epoch, in pieces, to the run's last step or an interrupt; the rows that were seen in it."""
    order, size, so_far = run.order(), run.program.batch_size, run.so_far
    steps = run.steps_per_epoch
    if run.last_step is not None:
        steps = min(steps, so_far.steps + run.last_step - run.state.step)
    while so_far.steps < steps and not session.stop[0] and not run.ended:
        count = min(steps - so_far.steps, piece.steps)
        rows = order[so_far.steps * size : (so_far.steps + count) * size]
        started = perf_counter()
        losses = session.train(rows, run.rates(count), piece.seconds)
        elapsed = perf_counter() - started
        if session.lost:
            raise explain(run, session, rows)
        so_far.add(losses, rows[: len(losses) * size], size, session.sample_weight, elapsed)
        for listener in listeners:
            listener.on_steps(run, losses)
    return order[: so_far.steps * size]
