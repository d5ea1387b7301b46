"""The matrix J^T J of a step: J holds the derivative of every output of every row by every weight.

Each row of J is one backward pass through the layers themselves, of one row of the batch, from one output: so it is
right for every layer whose rows do not act on each other, and a layer that is new needs nothing more. Only J^T J is
kept, in float64: J itself would have n C rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.errors import SettingError
from glassnet.layers.layer import chain_backward, chain_forward
from glassnet.maths.losses.rows import row_shares, row_weights
from glassnet.typing import Array, Floats, Indices

if TYPE_CHECKING:
    from glassnet.engine.reference import ReferenceSession

BLOCK = 2**20  # numbers of J that are held at a time
TOLERANCE = {"float32": 1e-3, "float64": 1e-8}  # of the gradient put together from rows, beside that of the batch


def gauss_newton(session: ReferenceSession, batch: Indices) -> Floats:
    """sum over rows i and outputs c of w_i curvature J_ic^T J_ic (P, P), where the loss is squared.

    w_i is the row's share of the loss, curvature the second derivative of the loss by one output. The session's
    gradient has just been computed for these rows; the one put together here, from the same rows of J, must equal it.

    Raises:
        SettingError: rows that act on each other, as they do in batch normalization.
    """
    gradient, dA = session.gradients.astype(np.float64), session.output_gradient[: len(batch)].copy()
    C, P = int(np.prod(dA.shape[1:])), gradient.size
    weights = None if session.sample_weight is None else session.sample_weight[batch]
    shares = np.broadcast_to(row_shares(row_weights(weights, len(batch)), len(batch), "mean"), len(batch))
    scales = np.sqrt(np.asarray(shares, np.float64) * curvature(session, C))
    H, put_together, size = np.zeros((P, P)), np.zeros(P), 0.0
    J = np.empty((max(1, min(len(batch), BLOCK // (P * C))) * C, P))
    rows_at_once = len(J) // C
    for start in range(0, len(batch), rows_at_once):
        count = min(rows_at_once, len(batch) - start)
        for i in range(count):
            _fill(session, start + i, J[i * C : (i + 1) * C])
        block, slopes = J[: count * C], dA[start : start + count].reshape(-1).astype(np.float64)
        put_together += slopes @ block
        size += float(np.abs(slopes) @ np.linalg.norm(block, axis=1))
        block *= np.repeat(scales[start : start + count], C)[:, None]
        H += block.T @ block
    dtype = session.gradients.dtype
    allowed = TOLERANCE[dtype.name] * size + 1e3 * P * float(np.finfo(dtype).tiny)  # near underflow digits are few
    if np.linalg.norm(put_together - gradient) > allowed:
        raise SettingError(
            "Levenberg-Marquardt takes the derivatives of each row by itself, and here the rows act on each other "
            "(dropout, batch normalization): use another optimizer, or leave that layer out."
        )
    return H


def curvature(session: ReferenceSession, outputs: int) -> float:
    """The second derivative of a squared loss by one output: its first derivative grows by this from 0 to 1."""
    T, P = np.zeros((1, outputs)), np.ones((1, outputs))
    return float(np.ravel(session.program.loss.gradient(T, P))[0])


def _fill(session: ReferenceSession, row: int, J: Array) -> None:
    """The derivatives of each output of one row of the batch, by every weight."""
    frames = session.plan.frames(1)
    for frame in frames:
        frame.starts(training=True, seed=session.program.seed, step=session.state.step, row=row)
    A = chain_forward(frames, session.plan.input[row : row + 1].copy())
    for c in range(len(J)):
        one = np.zeros_like(A)
        one.reshape(-1)[c] = 1
        chain_backward(frames, one)
        J[c] = session.gradients
