"""Where a training lost its numbers: back to the last good state, then step by step to the first quantity that failed.

Runs are exact, so walking the same steps again meets the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glassnet.engine import Session
from glassnet.engine.reference import ReferenceSession
from glassnet.errors import DivergedError
from glassnet.layers.layer import in_depth
from glassnet.training.run import Run
from glassnet.typing import Array, Indices


def explain(run: Run, session: Session, rows: Indices) -> DivergedError:
    """The error that names the first step, layer and quantity; leaves the run in the last good state.

    The steps are walked by the engine that took them, from the state that they began with. The step that failed is then
    opened by the reference engine, which can show every quantity.
    """
    size, failed = run.program.batch_size, rows[:0]
    for start in range(0, len(rows), size):
        failed = rows[start : start + size]
        session.train(failed, run.rates(1))
        if session.lost:
            break
    return _sentence(run, _opened(run, session, failed), float(run.rates(1)[0]))


def _opened(run: Run, session: Session, batch: Indices) -> str:
    """The first quantity of this step that is not finite; the state stays as it is."""
    good = run.state.copy()
    walker = ReferenceSession(run.program, run.state, session.rows, session.targets, session.sample_weight, None)
    with np.errstate(all="ignore"):  # overflow is what is being looked for
        found = first_not_finite(walker, walker.gradient(batch), len(batch))
        if found is None:
            walker.update(float(run.rates(1)[0]))
            found = first_not_finite_weight(run)
    run.state.restore(good)
    return found or "loss"  # rounding may differ between engines in the very last number before infinity


def first_not_finite(session: ReferenceSession, loss: float, batch: int) -> str | None:
    """The first quantity of a step, in the order it was computed, that holds an infinity or NaN."""
    for name, value in quantities(session, loss, batch):
        if not np.isfinite(value).all():
            return name
    return None


def first_not_finite_weight(run: Run) -> str | None:
    """The first weight that is not finite, as 'W1.new'."""
    for name, value in run.state.parameters.items():
        if not np.isfinite(value).all():
            return f"{name}.new"
    return None


def quantities(session: ReferenceSession, loss: float, batch: int) -> Iterator[tuple[str, Array | float]]:
    """What a step has just computed, by name, in the order it was computed."""
    specification = session.program.specification
    frames, weight_names = list(in_depth(session.plan.frames(len(session.seen)))), specification.weight_names()
    numbers = np.cumsum([bool(names) for names in weight_names])
    for k, frame in zip(numbers, frames, strict=True):
        for name in ("Z", "A"):
            if name in frame.buffers:
                yield f"{name}{k}", frame.buffers[name]
    yield "loss", loss
    for k, names, frame in reversed(list(zip(numbers, weight_names, frames, strict=True))):
        if "dZ" in frame.buffers:
            yield f"dZ{k}", frame.buffers["dZ"]
        for symbol, name in names.items():
            yield f"d{name}", frame.gradients[symbol]


def _sentence(run: Run, quantity: str, rate: float) -> DivergedError:
    where = "the loss" if quantity == "loss" else f"{quantity} in {_layer(run, quantity)}"
    return DivergedError(
        f"Training lost its numbers at step {run.state.step + 1} (epoch {run.epoch + 1}): {where} is the first that is "
        f"not finite. The weights of step {run.state.step} are kept. A smaller learning rate than {rate:g}, smaller "
        "start weights or scaled inputs are the usual cure."
    )


def _layer(run: Run, quantity: str) -> str:
    """The layer of a quantity, by the number in its name; none for one that stands before the first weights."""
    digits = int("".join(character for character in quantity if character.isdigit()))
    weighted = [node.layer for node in run.program.specification.nodes if node.weights]
    layer = weighted[max(digits, 1) - 1]
    return f"layer {digits} ({type(layer).__name__}({getattr(layer, 'units', '')}))"
