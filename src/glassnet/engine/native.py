"""The native engine: the same mathematics as the reference, compiled; whole sequences of steps without Python.

This page translates a program into the plain values that the C++ module `_native` takes (native/ in the repository),
and says in a sentence what has no translation. Every number a step changes stays where Python holds it: the module
copies weights and moments into its own order of memory at the start of `train` and back at its end.

Results are exact: the same bits for any number of threads, any instruction set, with zeros skipped or not, in blocks
of any size. Against the reference engine they agree to rounding, since NumPy's order of summation is its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from importlib import import_module
from math import prod
from types import ModuleType
from typing import Any

import numpy as np

from glassnet.engine.around import penalties
from glassnet.engine.interface import Engine, Program, Rows, Session, State
from glassnet.engine.reference import ReferenceEngine, ReferenceSession
from glassnet.errors import DataError, SettingError, ShapeError, unknown_name
from glassnet.layers.activation import Activation
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.flatten import Flatten
from glassnet.layers.layer import Layer
from glassnet.layers.parameters import Parameters
from glassnet.layers.rescale import Rescale
from glassnet.layers.specification import Specification
from glassnet.maths import activations, losses
from glassnet.maths.losses import Loss
from glassnet.typing import Array, Floats, Indices

ACTIVATIONS = frozenset({"identity", "step", "sigmoid", "tanh", "relu", "leaky_relu", "softmax", "log_softmax"})
LOSSES = frozenset(
    {
        *("mse", "half_mse", "rmse", "mae", "mbe", "mape", "huber", "hinge", "squared_hinge", "binary_crossentropy"),
        *("categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence", "likelihood"),
    }
)
HEADS = ("identity", "softmax", "sigmoid")  # what the kernels put behind the last layer
SCALES = {None: 0, "unit": 1, "symmetric": 2}
SETTING = {"leaky_relu": "slope", "step": "at_zero"}  # the one number that chooses a variant of an activation
# What the kernels know of each part. A setting that joins a part later leaves the training to the reference engine
# until it stands here: taken for one of these, it would be ignored without a word.
LAYERS = {
    Dense: {"units", "activation", "initializer", "bias_initializer", "bias", "l1", "l2", "max_norm", "weight_decay"},
    Activation: {"function"},
    Dropout: {"rate"},
    Rescale: {"factor", "offset"},
    Flatten: set(),
}
PROGRAM = {"specification", "loss", "from_logits", "optimizer", "batch_size", "seed", "dtype"}
RULES = {
    "gradient_descent": set(),
    "momentum": {"eta"},
    "nesterov": {"eta"},
    "adagrad": {"epsilon", "epsilon_inside"},
    "adadelta": {"rho", "epsilon", "epsilon_inside"},
    "rmsprop": {"rho", "epsilon", "epsilon_inside"},
    "adam": {"beta1", "beta2", "epsilon", "epsilon_inside", "bias_correction"},
}
MOST_THREADS = 4

Network = tuple[int, int, tuple[tuple[Any, ...], ...]]  # inputs, number of weights, layers: see native/bindings.cpp


@lru_cache(maxsize=1)
def module() -> ModuleType | None:
    """The compiled module, or None where this installation has none."""
    try:
        return import_module("glassnet.engine._native")
    except ImportError:
        return None


def unavailable() -> str | None:
    """Why there is no native engine here, or None where there is one."""
    native = module()
    if native is None:
        return "it was not built when glassnet was installed (a C++20 compiler was missing)"
    if not native.has_fused_multiply_add and "GLASSNET_ISA" not in os.environ:
        return "this processor has no fused multiply-add, without which it would be slower than NumPy"
    return None


def instruction_set() -> str:
    """The instruction set in use: GLASSNET_ISA, or the widest of this processor."""
    native = module()
    assert native is not None
    usable: list[str] = native.instruction_sets
    wanted = os.environ.get("GLASSNET_ISA") or usable[0]
    if wanted not in usable:
        raise unknown_name("instruction set on this machine", wanted, usable)
    return wanted


def thread_count(threads: int | None = None) -> int:
    """How many threads a training may use: the argument, GLASSNET_THREADS, or the processors this process has.

    Where neither is given the number is negative: at most so many, fewer where a step has too little work.
    """
    given = threads if threads is not None else os.environ.get("GLASSNET_THREADS") or None
    if given is None:
        available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return -max(1, min(available, MOST_THREADS))
    try:
        count = int(given)
    except ValueError:
        count = 0
    if not 1 <= count <= 256:
        raise SettingError(f"The number of threads must be a whole number from 1 to 256, not {given!r}.")
    return count


# ---- translation -----------------------------------------------------------------------------------------------------


class NotNativeError(Exception):
    """A part that the native engine has no kernel for; the message names it."""


def network(specification: Specification, parameters: Parameters) -> Network:
    """The layers as plain values; raises NotNativeError where one is not built-in."""
    starts = {slot.name: slot.start for slot in parameters.slots}
    layers: list[tuple[Any, ...]] = []
    for index, (layer, names, built) in enumerate(
        zip(specification.layers, specification.weight_names(), specification.built, strict=True)
    ):
        weight, bias = starts.get(names.get("W", ""), -1), starts.get(names.get("b", ""), -1)
        plain = _layer(layer, prod(built.output_shape), index, weight, bias)
        if plain and plain[0] == "activation" and layers and layers[-1][0] == "dense" and layers[-1][2] == "identity":
            layers[-1] = (*layers[-1][:2], *plain[2:4], *layers[-1][4:])  # the layer before it computes it in place
        elif plain:
            layers.append(plain)
    return prod(specification.input_shape), parameters.flat.size, tuple(layers)


def _layer(layer: Layer, width: int, index: int, weight: int, bias: int) -> tuple[Any, ...]:
    """(kind, width, function, setting, weight, bias, rate, index, factor, offset); empty for a layer that does nothing.

    A new layer with kernels gets its row here, its kind in native/plan.hpp and its place in native/graph.cpp.
    """
    if type(layer) not in LAYERS:
        raise NotNativeError(f"the layer {layer.title}")
    _only(LAYERS[type(layer)], vars(layer), f"of the layer {type(layer).__name__}")
    nothing = ("identity", 0.0)
    if type(layer) is Dense:
        return "dense", width, *_activation(layer.activation), weight, bias, 0.0, index, (), ()
    if type(layer) is Activation:
        return "activation", width, *_activation(layer.function), -1, -1, 0.0, index, (), ()
    if type(layer) is Dropout:
        return "dropout", width, *nothing, -1, -1, float(layer.rate), index, (), ()
    if type(layer) is Rescale:
        return "rescale", width, *nothing, -1, -1, 0.0, index, layer.factor, layer.offset
    return ()  # Flatten: the rows are flat


def _only(known: Collection[str], given: Mapping[str, Any], of: str) -> None:
    """Refuses settings that the kernels do not know, but for those that stand at nothing: None, False, 0, empty."""
    for name, value in given.items():
        nothing = value is None or (isinstance(value, (bool, int, float, str, tuple, list, dict)) and not value)
        if name not in known and not nothing:
            raise NotNativeError(f"the setting {name}={value!r} {of}")


def _activation(given: Any) -> tuple[str, float]:
    function = activations.get(given)
    known = activations.CATALOGUE.get(function.name)
    if function.name not in ACTIVATIONS or getattr(function, "base", function) is not known:
        raise NotNativeError(f"the activation {_shown(function)}")
    setting = SETTING.get(function.name, "")
    _only({setting}, function.settings, f"of the activation {function.name}")
    return function.name, float(function.settings.get(setting, 0.0))


def _shown(member: Any) -> str:
    """A member of a catalogue as it was written: its name, and the settings that were chosen."""
    return repr(member) if hasattr(member, "base") else str(getattr(member, "name", repr(member)))


def _loss(loss: Loss, from_logits: bool) -> tuple[str, bool, float]:
    if loss.name not in LOSSES or getattr(loss, "base", loss) is not losses.CATALOGUE.get(loss.name):
        raise NotNativeError(f"the loss {_shown(loss)}")
    _only({"delta"}, loss.settings, f"of the loss {loss.name}")
    return loss.name, from_logits, float(loss.settings.get("delta", 1.0))


def _update(program: Program) -> dict[str, Any]:
    optimizer = program.optimizer
    if optimizer.name not in RULES or not type(optimizer).__module__.startswith("glassnet.optim."):
        raise NotNativeError(f"the optimizer {optimizer!r}")
    known = RULES[optimizer.name]
    _only({"learning_rate", *known}, vars(optimizer), f"of the optimizer {optimizer.name}")
    return {"bias_correction": False, "rule": optimizer.name, **{name: getattr(optimizer, name) for name in known}}


def _source(rows: Rows, dtype: np.dtype[Any]) -> tuple[Any, ...]:
    """The data as the module takes it: values, row pointers, columns, rows, width, scale."""
    values, sparse, scale = (getattr(rows, name, None) for name in ("values", "sparse", "scale"))
    if not isinstance(values, np.ndarray) or scale not in SCALES:
        raise NotNativeError(f"rows of the type {type(rows).__name__}")
    n, d = rows.shape
    if sparse is not None:
        values = np.ascontiguousarray(values, dtype)
        pointers, columns = (np.ascontiguousarray(part, np.int64) for part in (sparse.indptr, sparse.indices))
        return values, pointers, columns, n, d, SCALES[scale]
    if values.dtype not in (np.uint8, np.float32, np.float64):
        with np.errstate(over="ignore"):  # as in gathering: numbers beyond float32 have been refused before
            values = values.astype(dtype)
    return np.ascontiguousarray(values), None, None, n, d, SCALES[scale]


def _targets(program: Program, targets: Array) -> tuple[Array | None, Array | None]:
    """Targets as (numbers, classes), one of them None; refused here as the loss would refuse them in a step."""
    loss, outputs = program.loss, prod(program.specification.output_shape)
    wrong: Array
    if loss.target_kind == "classes":
        numbers, classes = None, np.ascontiguousarray(targets, np.int64)
        wrong = (classes < 0) | (classes >= outputs)
    else:
        numbers, classes = np.ascontiguousarray(targets, program.dtype).reshape(len(targets), -1), None
        if numbers.shape[1] != outputs:
            raise ShapeError(f"The targets have {numbers.shape[1]} columns and the network {outputs} outputs.")
        wrong = _unusable(loss, numbers)
    if wrong.any():
        rows = np.flatnonzero(wrong if wrong.ndim == 1 else wrong.any(axis=1))[:1]
        loss(targets[rows], np.full((1, outputs), 0.5, program.dtype))  # raises the sentence
    return numbers, classes


def _unusable(loss: Loss, T: Array) -> Array:
    """Where the targets are none for this loss; empty where any number is."""
    wrong: Array = np.zeros(0, bool)
    if loss.head == "sigmoid":
        wrong = (T < 0) | (T > 1)
    elif loss.name in ("hinge", "squared_hinge"):
        wrong = (T != 0) & (T != 1) & (T != -1)
    elif loss.name == "mape":
        wrong = T == 0
    return wrong


# ---- the engine ------------------------------------------------------------------------------------------------------


class NativeSession(Session):
    """Steps in C++. `gradients` holds the last step's where `keep_gradients` was asked for."""

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
        _only(PROGRAM, vars(program), "of the training")
        for name, penalty in penalties(program.specification):
            raise NotNativeError(f"the limits of {name}, {penalty!r}")
        values, pointers, columns, n, width, scale = _source(rows, program.dtype)
        loss = _loss(program.loss, program.from_logits)  # a loss without a kernel may have targets of another kind
        numbers, classes = _targets(program, targets)
        weights = None if sample_weight is None else _weights(program.loss, sample_weight, n)
        # What the module keeps pointers to has to live as long as it does.
        self._outputs = None if outputs is None else _room_for(outputs, program.dtype)
        self._kept = (values, pointers, columns, numbers, classes, weights)
        self._module_session = kind(
            isa,
            network(program.specification, state.parameters),
            loss,
            _update(program),
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

    def train(self, order: Indices, rates: Floats) -> Floats:
        state, program = self.state, self.program
        order = np.ascontiguousarray(order, np.int64)
        if len(order) and int(order.view(np.uint64).max()) >= self.rows.shape[0]:
            raise ShapeError(f"The order names a row outside 0 .. {self.rows.shape[0] - 1}.")
        losses = np.empty(len(rates))
        powers = [float(state.scalars.get(name, 1.0)) for name in ("beta1_power", "beta2_power")]
        count, updates, usable, *powers, raised = self._module_session.train(
            state.parameters.flat,
            [state.moments[name] for name in program.optimizer.moments],
            *powers,
            state.step,
            order,
            np.ascontiguousarray(rates, np.float64),
            losses,
            self.stop,
        )
        if state.scalars:
            state.scalars = dict(zip(("beta1_power", "beta2_power"), powers, strict=True))
        state.step += updates
        if self.outputs is not None and self.outputs is not self._outputs:
            self.outputs[...] = self._outputs
        if self.gradients is not None:
            self._module_session.gradients(self.gradients)
        if raised is not None:
            raise raised
        if not usable:
            self._refuse(order[updates * program.batch_size : (updates + 1) * program.batch_size])
        return losses[:count]

    def _refuse(self, batch: Indices) -> None:
        """The reference's sentence about outputs that are no probabilities."""
        reference = ReferenceSession(self.program, self.state, self.rows, self.targets, self.sample_weight, None)
        reference.gradient(batch)
        raise DataError(f"{self.program.loss.name} takes probabilities between 0 and 1, or from_logits=True.")


def _room_for(outputs: Floats, dtype: np.dtype[Any]) -> Floats:
    fits = outputs.dtype == dtype and outputs.flags.c_contiguous and outputs.flags.writeable
    return outputs if fits else np.zeros(outputs.shape, dtype)


def _weights(loss: Loss, sample_weight: Floats, count: int) -> Floats:
    weights = np.ascontiguousarray(sample_weight, np.float64)
    if loss.name == "likelihood":
        raise SettingError("likelihood is one product over all rows: it takes no sample_weight and no reduction.")
    if weights.shape != (count,):
        raise ShapeError(f"sample_weight must have one weight a row, shape ({count},); given was {weights.shape}.")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise DataError("sample_weight must be finite and not negative.")
    return weights


@lru_cache(maxsize=8)
def _predictor(dtype: str, isa: str, plain: Network, head: str, threads: int) -> Any:
    """Buffers for a network's forward pass; used again by every call with the same network."""
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
                program, state, rows, targets, sample_weight, outputs, threads=self.threads, isa=self.isa
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
        predictor = _predictor(flat.dtype.name, self.isa, network(specification, parameters), end, abs(self.threads))
        result = np.empty((rows.shape[0], *specification.output_shape), flat.dtype)
        predictor.run(flat, *_source(rows, flat.dtype), result)
        return result if head == end else activations.get(head)(result)

    def shortcut(
        self, specification: Specification, parameters: Parameters, head: str, scale: str | None
    ) -> Callable[[Any], Floats | None] | None:
        """The shortest way from rows to outputs behind `head` ("identity", "softmax", "sigmoid"): for single rows.

        A call with X (n, d), a contiguous array of uint8, float32 or float64, gives the outputs (n, C), and None for
        any other X, which goes the long way. It reads the present numbers of `parameters.flat` at every call, and has
        to be made anew where that array is replaced by another. None where a part has no kernel.
        """
        native, flat = module(), parameters.flat
        assert native is not None
        try:
            plain = network(specification, parameters)
        except NotNativeError:
            return None
        predictor = _predictor(flat.dtype.name, self.isa, plain, head, abs(self.threads))
        kind = native.Shortcut32 if flat.dtype == np.float32 else native.Shortcut64
        made: Callable[[Any], Floats | None] = kind(
            predictor, flat, plain[0], prod(specification.output_shape), SCALES[scale]
        )
        return made

    def __repr__(self) -> str:
        count = abs(self.threads)
        most = "up to " if self.threads < 0 and count > 1 else ""
        return f"native ({self.isa}, {most}{count} thread{'s' if count > 1 else ''})"

    def _cannot(self, what: str) -> None:
        if self.fallback is None:
            raise SettingError(f'The native engine has no kernel for {what}; engine="reference" or "auto" runs it.')
        self.fallback(f"the native engine has no kernel for {what}")
