"""The native engine: the same mathematics as the reference, compiled; whole sequences of steps without Python.

`translation.py` makes plain values of a program, or says what has none; `compiled.py` knows the module. Every number
a step changes stays where Python holds it: the module copies weights and moments into its own order of memory at the
start of `train` and back at its end.

Results are exact: the same bits for any number of threads, any instruction set, with zeros skipped or not, in blocks
of any size. Against the reference engine they agree to rounding, since NumPy's order of summation is its own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, prod
from typing import Any

import numpy as np

from glassnet.engine.around import penalties
from glassnet.engine.compiled import instruction_set, module, thread_count
from glassnet.engine.interface import Engine, Program, Rows, Session, Shortcut, State
from glassnet.engine.orders import batch_of
from glassnet.engine.reference import ReferenceEngine, ReferenceSession
from glassnet.engine.translation import (
    FACTORS,
    HEADS,
    PROGRAM,
    SCALES,
    Network,
    NotNativeError,
    factors,
    network,
    only,
    plain_loss,
    plain_rows,
    plain_targets,
    plain_update,
    plain_weights,
)
from glassnet.errors import DataError, SettingError, ShapeError
from glassnet.layers.parameters import Parameters
from glassnet.layers.penalty import Penalty
from glassnet.layers.specification import Specification
from glassnet.maths import activations
from glassnet.typing import Array, Floats, Indices

POWERS = ("beta1_power", "beta2_power")  # the scalars that the module counts up


class NativeSession(Session):
    """Steps in C++. `gradients` holds the last step's where `keep_gradients` was asked for.

    `threads` is how many take part in every step or, negative, how many may: as many as turn out fastest.
    """

    engine = "native"

    def __init__(
        self,
        program: Program,
        state: State,
        rows: Rows,
        targets: Array,
        sample_weight: Floats | None,
        outputs: Floats | None,
        *,
        threads: int,
        isa: str,
        skip_zeros: bool = True,
        keep_gradients: bool = False,
        block: int = 0,
    ) -> None:
        super().__init__(program, state, rows, targets, sample_weight, outputs)
        native = module()
        assert native is not None
        kind = native.Session32 if program.dtype == np.float32 else native.Session64
        only(PROGRAM, vars(program), "of the training")
        for name, penalty in penalties(program.specification):
            if penalty == Penalty(l2=penalty.l2, l2_shared=penalty.l2_shared):
                continue  # the kernels know these two
            raise NotNativeError(f"the limits of {name}, {penalty!r}")
        values, pointers, columns, n, width, scale = plain_rows(rows, program.dtype)
        loss = plain_loss(program.loss, program.from_logits)  # a loss without a kernel may have targets of another kind
        numbers, classes = plain_targets(program, targets)
        weights = None if sample_weight is None else plain_weights(program.loss, sample_weight, n)
        # What the module keeps pointers to has to live as long as it does.
        self._outputs = None if outputs is None else _room_for(outputs, program.dtype)
        self._kept = (values, pointers, columns, numbers, classes, weights)
        self._module_session = kind(
            isa,
            network(program.specification, state.parameters),
            loss,
            plain_update(program),
            batch_size=program.batch_size,
            seed=program.seed,
            threads=threads,
            skip_zeros=skip_zeros,
            keep_gradients=keep_gradients,
            block=block,
            values=values,
            pointers=pointers,
            columns=columns,
            rows=n,
            width=width,
            scale=scale,
            numbers=numbers,
            classes=classes,
            weights=weights,
            outputs=self._outputs,
        )
        self.gradients = np.zeros_like(state.parameters.flat) if keep_gradients else None
        self.threads: int = self._module_session.threads

    def train(self, order: Indices, rates: Floats, seconds: float = inf, ends: Floats | None = None) -> Floats:
        state, program = self.state, self.program
        order = np.ascontiguousarray(np.atleast_2d(order), np.int64)
        self._require_batches(order, rates)
        losses = np.empty(len(rates))
        powers = [float(state.scalars.get(name, 1.0)) for name in POWERS]
        by_step = program.optimizer.name in FACTORS
        seen, numbers = factors(program.optimizer, state.scalars, len(rates)) if by_step else ([], None)
        moments = [state.moments[name] for name in program.optimizer.moments]
        rates = np.ascontiguousarray(rates, np.float64)
        flat = state.parameters.flat
        try:
            count, updates, usable, self.lost, *powers, raised = self._module_session.train(
                flat, moments, *powers, state.step, order, rates, losses, self.stop, seconds, numbers, ends
            )
        except IndexError:
            raise ShapeError(f"The order names a row outside 0 .. {self.rows.shape[0] - 1}.") from None
        if not self.lost:
            counted = dict(zip(POWERS, powers, strict=True))
            state.scalars = seen[updates] if by_step else {name: counted[name] for name in state.scalars}
            state.step += updates
        if self.outputs is not None and self.outputs is not self._outputs:
            self.outputs[...] = self._outputs
        if self.gradients is not None:
            self._module_session.gradients(self.gradients)
        if raised is not None:
            raise raised
        if not usable:
            self._refuse(batch_of(order, program.batch_size, updates))
        return losses[:count]

    def _refuse(self, batch: Indices) -> None:
        """The reference's sentence about outputs that are no probabilities."""
        reference = ReferenceSession(self.program, self.state, self.rows, self.targets, self.sample_weight, None)
        reference.gradient(batch)
        raise DataError(f"{self.program.loss.name} takes probabilities between 0 and 1, or from_logits=True.")


def _room_for(outputs: Floats, dtype: np.dtype[Any]) -> Floats:
    fits = outputs.dtype == dtype and outputs.flags.c_contiguous and outputs.flags.writeable
    return outputs if fits else np.zeros(outputs.shape, dtype)


def _predictor(dtype: str, isa: str, plain: Network, head: str, threads: int) -> Any:
    """Buffers for a network's forward pass: a network keeps those of its own, which are let go of with it."""
    native = module()
    assert native is not None
    return (native.Predictor32 if dtype == "float32" else native.Predictor64)(isa, plain, head, threads)


class NativeEngine(Engine):
    """C++ kernels for this machine's instruction set.

    With `fallback` a program that has parts without a kernel runs on the reference engine, and `say` is called with
    the reason; without it the reason is raised.
    """

    name = "native"

    def __init__(self, *, fallback: Callable[[str], None] | None = None, threads: int | None = None) -> None:
        self.fallback = fallback
        self.threads = thread_count(threads)
        self.isa = instruction_set()

    def session(
        self,
        program: Program,
        state: State,
        rows: Rows,
        targets: Array,
        sample_weight: Floats | None = None,
        outputs: Floats | None = None,
    ) -> Session:
        try:
            return NativeSession(
                program, state, rows, targets, sample_weight, outputs, threads=-self.threads, isa=self.isa
            )
        except NotNativeError as missing:
            self._cannot(str(missing))
        return ReferenceEngine().session(program, state, rows, targets, sample_weight, outputs)

    def forward(
        self, specification: Specification, parameters: Parameters, rows: Rows, head: str = "identity"
    ) -> Floats:
        try:
            return self._forward(specification, parameters, rows, head)
        except NotNativeError as missing:
            self._cannot(str(missing))
        return ReferenceEngine().forward(specification, parameters, rows, head)

    def _forward(self, specification: Specification, parameters: Parameters, rows: Rows, head: str) -> Floats:
        flat = parameters.flat
        end = head if head in HEADS else "identity"
        predictor = _predictor(flat.dtype.name, self.isa, network(specification, parameters), end, self.threads)
        result = np.empty((rows.shape[0], *specification.output_shape), flat.dtype)
        predictor.run(flat, *plain_rows(rows, flat.dtype), result)
        return result if head == end else activations.get(head)(result)

    def shortcut(
        self, specification: Specification, parameters: Parameters, head: str, scale: str | None
    ) -> Shortcut | None:
        """As `Engine.shortcut`, for X (n, d), a contiguous array of uint8, float32 or float64."""
        native, flat = module(), parameters.flat
        assert native is not None
        try:
            plain = network(specification, parameters)
        except NotNativeError:
            return None
        predictor = _predictor(flat.dtype.name, self.isa, plain, head, self.threads)
        kind = native.Shortcut32 if flat.dtype == np.float32 else native.Shortcut64
        made: Shortcut = kind(
            predictor, parameters, flat, plain[0], prod(specification.output_shape), SCALES[scale], np.empty, flat.dtype
        )
        return made

    def __repr__(self) -> str:
        count = f"up to {self.threads} threads" if self.threads > 1 else "1 thread"
        return f"native ({self.isa}, {count})"

    def _cannot(self, what: str) -> None:
        if self.fallback is None:
            raise SettingError(f'The native engine has no kernel for {what}; engine="reference" or "auto" runs it.')
        self.fallback(f"the native engine has no kernel for {what}")
