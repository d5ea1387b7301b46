"""The reference engine: the mathematics of `maths/` run in order; the page a student reads, and every test's oracle."""

from __future__ import annotations

from functools import partial
from math import inf, isfinite
from time import perf_counter
from typing import Any

import numpy as np

from glassnet.engine.around import Around, penalties
from glassnet.engine.interface import Engine, Program, Rows, Session, State
from glassnet.engine.jacobian import gauss_newton
from glassnet.engine.orders import batch_of
from glassnet.engine.plan import Plan
from glassnet.layers.layer import chain_backward, chain_forward
from glassnet.layers.parameters import Parameters
from glassnet.layers.specification import Specification
from glassnet.maths import activations
from glassnet.typing import Array, Floats, Indices

# Numbers that overflow are the training's to report, in a sentence with step and layer, not NumPy's in a warning.
QUIET = partial(np.errstate, over="ignore", invalid="ignore", divide="ignore", under="ignore")
FORWARD_BATCH = 1024  # rows run forward at a time: bounds memory, large enough for the matrix product's full speed


class ReferenceSession(Session):
    """Steps in NumPy: gather, forward, loss, backward, update."""

    engine = "reference"

    def __init__(
        self,
        program: Program,
        state: State,
        rows: Rows,
        targets: Array,
        sample_weight: Floats | None,
        outputs: Floats | None,
    ) -> None:
        super().__init__(program, state, rows, targets, sample_weight, outputs)
        self.gradients = np.zeros_like(state.parameters.flat)
        specification, dtype = program.specification, program.dtype
        size = program.piece or program.batch_size
        self.plan = Plan(specification, state.parameters, self.gradients, size, dtype)
        self.around = Around(penalties(specification), program.optimizer, state, self.gradients)
        self._all_rows = np.empty(0, np.int64)
        self.output_gradient = np.empty((size, *specification.output_shape), dtype)
        self.batch = self.seen = np.empty(0, np.int64)  # the rows of the step, and those the frames hold
        self.loss = self.value = 0.0  # of those rows: without and with the penalties
        self._before: dict[str, Any] | None = None  # the state that a call of `train` began with

    def train(self, order: Indices, rates: Floats, seconds: float = inf, ends: Floats | None = None) -> Floats:
        self._require_batches(order, rates)
        self._before = self.state.copy(self._before)
        losses = self._steps(order, rates, perf_counter() + seconds, ends)
        self.lost = not (np.isfinite(losses).all() and np.isfinite(self.state.parameters.flat).all())
        if self.lost:
            self.state.restore(self._before)
        return losses

    def _steps(self, order: Indices, rates: Floats, until: float, ends: Floats | None) -> Floats:
        losses = np.empty(len(rates))
        size = self.program.batch_size
        steps = -(-order.shape[-1] // size)  # of an epoch
        with QUIET():
            for i, rate in enumerate(rates):
                if self.stop[0] or (i and perf_counter() >= until):
                    return losses[:i]
                losses[i] = self.gradient(batch_of(order, size, i))
                if not isfinite(losses[i]):
                    return losses[: i + 1]
                self.update(float(rate))
                if ends is not None and (i + 1) % steps == 0:
                    ends[i // steps] = self.state.parameters.flat
        return losses

    def gradient(self, batch: Indices) -> float:
        """The loss of these rows under the present weights; fills `gradients` and the plan's frames."""
        self.batch, size = batch, self.program.piece
        self.plan.staged[:] = self.state.parameters.running_flat
        whole = size is None or len(batch) <= size
        self.loss = self._gradient(batch, 0) if whole or size is None else self._in_pieces(batch, size)
        return self.loss

    def _in_pieces(self, batch: Indices, size: int) -> float:
        """The same for a batch that is computed in pieces: means of means, each with its share of the rows' weights."""
        weights = np.ones(len(self.batch)) if self.sample_weight is None else self.sample_weight[batch]
        starts = np.arange(0, len(batch), size)
        each = np.add.reduceat(np.asarray(weights, np.float64), starts)
        total = np.zeros_like(self.gradients)
        loss = 0.0
        for start, weight in zip(starts.tolist(), (each / each.sum()).tolist(), strict=True):
            if weight == 0:
                continue  # no row of the piece counts, and a mean of none is none
            part: float = self._gradient(batch[start : start + size], start)
            loss += float(weight) * part
            if not isfinite(part):
                return loss
            total += weight * self.gradients
        self.gradients[:] = total
        return loss

    def _gradient(self, batch: Indices, row: int) -> float:
        frames, self.seen = self.plan.frames(len(batch)), batch
        A = self._gathered(batch)
        for frame in frames:
            frame.starts(training=True, seed=self.program.seed, step=self.state.step, row=row)
        A = chain_forward(frames, A)
        if self.outputs is not None:
            self.outputs[batch] = A
        loss, dA = self.program.loss.value_and_gradient(
            self.targets[batch],
            A,
            from_logits=self.program.from_logits,
            sample_weight=None if self.sample_weight is None else self.sample_weight[batch],
            out=self.output_gradient[: len(batch)],
        )
        if isfinite(loss):
            chain_backward(frames, dA)
        return loss

    def _gathered(self, batch: Indices) -> Array:
        """These rows as floats; all rows in the order of last time (a full batch) are there already."""
        X = self.plan.input[: len(batch)]
        if len(batch) < self.rows.shape[0] or not np.array_equal(batch, self._all_rows):
            self.rows.gather(batch, out=X)
            self._all_rows = batch.copy() if len(batch) == self.rows.shape[0] else self._all_rows[:0]
        return X

    @property
    def weight(self) -> float:
        """That of the step's rows in all: their number, where none has a weight of its own."""
        if self.sample_weight is None:
            return float(len(self.batch))
        return float(np.sum(self.sample_weight[self.batch], dtype=np.float64))

    def update(self, rate: float) -> None:
        """The optimizer's rule, with what stands before it (penalties, limits, decay) and after it."""
        kept = self.plan.staged.copy()  # of the step's own pass: the rule may ask for others
        self.value = self.loss + self.around.penalise(self.weight)
        self.around.before(rate)
        self.program.optimizer.apply(self.state, self.gradients, rate, self)
        self.around.after()
        self.state.parameters.running_flat[:] = kept
        self.state.step += 1

    def again(self) -> tuple[float, Floats]:
        """Loss and penalties of the step's rows under the present weights, and their gradient."""
        return self._once_more() + self.around.penalise(self.weight), self.gradients

    def _once_more(self) -> float:
        outputs, self.outputs = self.outputs, None  # those of the history are the step's own
        try:
            return self.gradient(self.batch)
        finally:
            self.outputs = outputs

    def gauss_newton(self) -> Floats:
        """J^T J of a squared loss for the step's rows under the present weights; see `engine.jacobian`."""
        self._once_more()
        H = gauss_newton(self, self.batch)
        H[np.diag_indices_from(H)] += self.around.curvature(self.weight)
        return H


class ReferenceEngine(Engine):
    """NumPy, and nothing else."""

    name = "reference"

    def __repr__(self) -> str:
        return self.name

    def session(
        self,
        program: Program,
        state: State,
        rows: Rows,
        targets: Array,
        sample_weight: Floats | None = None,
        outputs: Floats | None = None,
    ) -> ReferenceSession:
        return ReferenceSession(program, state, rows, targets, sample_weight, outputs)

    def forward(
        self, specification: Specification, parameters: Parameters, rows: Rows, head: str = "identity"
    ) -> Floats:
        n = rows.shape[0]
        result = np.empty((n, *specification.output_shape), parameters.flat.dtype)
        plan = Plan(specification, parameters, None, min(n, FORWARD_BATCH), result.dtype)
        for start in range(0, n, FORWARD_BATCH):
            batch = np.arange(start, min(start + FORWARD_BATCH, n))
            with QUIET():
                A: Array = rows.gather(batch, out=plan.input[: len(batch)])
                A = chain_forward(plan.frames(len(batch)), A)
            result[start : start + len(batch)] = A
        ends: Floats = result if head == "identity" else activations.get(head)(result)
        return ends
