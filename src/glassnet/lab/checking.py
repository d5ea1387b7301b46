"""A trace's derivatives against differences of the loss: what tells a formula from a guess."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from glassnet.engine import State
from glassnet.engine.reference import ReferenceSession
from glassnet.maths.differences import check_gradient
from glassnet.typing import Array

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace


def check(trace: Trace, seed: int = 0) -> dict[str, float]:
    """For each weight the largest relative difference between its derivative and the slopes of the loss."""
    session = _in_float64(trace)
    flat = session.state.parameters.flat
    start, batch = flat.copy(), np.arange(len(trace.ready.rows))
    errors = {}
    for slot in session.state.parameters.slots:

        def loss(values: Array, slot: object = slot) -> float:
            flat[:] = start
            flat[slot.start : slot.stop] = values.ravel()  # type: ignore[attr-defined]
            return session.gradient(batch)

        here = start[slot.start : slot.stop].reshape(slot.shape)
        errors[f"d{slot.name}"] = check_gradient(loss, trace.quantities[f"d{slot.name}"].value, here, seed=seed)
    return errors


def _in_float64(trace: Trace) -> ReferenceSession:
    """The same step with all arithmetic in float64."""
    ready = trace.ready
    program = replace(ready.program, dtype=np.dtype(np.float64))
    state = State.fresh(ready.specification.arena(np.float64), program.optimizer)
    state.parameters.flat[:], state.step = trace.before["values"], trace.before["step"]
    encoded = ready.encoded if ready.encoded.dtype.kind in "iu" else ready.encoded.astype(np.float64)
    return ReferenceSession(program, state, ready.rows, encoded, None, None)
