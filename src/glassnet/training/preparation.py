"""From what `fit` is given to a program: everything is checked before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet import optim
from glassnet.data.batches import Rows
from glassnet.engine import Engine, Program, State, choose
from glassnet.errors import DataError, SettingError
from glassnet.layers import Layer
from glassnet.layers.specification import Specification, last_activation, without_last_activation
from glassnet.maths import activations
from glassnet.maths.losses import Loss
from glassnet.optim import Optimizer
from glassnet.training import checks, history, targets
from glassnet.training.history import Metric
from glassnet.training.targets import Targets
from glassnet.training.trial import tried
from glassnet.training.weights import ClassWeight, class_weights, row_weights
from glassnet.typing import Array, ArrayLike, Floats

if TYPE_CHECKING:
    from glassnet.training.network import Network

USUAL_BATCH = 32  # rows a step, where nobody says otherwise
OVER_ALL_ROWS = {"likelihood": "one product over all rows", "rmse": "one root over all rows"}  # no means of pieces

Inputs = Any  # an array (n, ...), or a CSR matrix
Validation = tuple[Inputs, ArrayLike] | tuple[Inputs, ArrayLike, ArrayLike | None]


@dataclass(frozen=True)
class Head:
    """How a network ends: whether the loss contains the last activation, and which one that is.

    `expected`: the loss takes probabilities, so the outputs are some, whatever activation makes them. `groups`: how
    many outputs each label has, where a row has several labels of several classes (`tensors.grouped`).
    """

    fused: bool
    activation: str
    expected: bool = False
    groups: tuple[int, ...] = ()

    @property
    def probabilities(self) -> bool:
        """Whether the outputs are probabilities."""
        return self.activation in ("softmax", "sigmoid") or self.expected

    @property
    def threshold(self) -> float:
        """Where one output turns from the first class to the second: 0 for logits and hinge, 1/2 for probabilities."""
        return 0.5 if self.probabilities and not self.fused else 0.0

    @property
    def end(self) -> str:
        """What stands behind the layers as an engine runs them, where the outputs are asked for."""
        return self.activation if self.fused else "identity"

    def read(self, logits: Floats) -> Floats:
        """The outputs as they are meant: behind the activation that the loss contains, where it contains one."""
        return activations.get(self.activation)(logits) if self.fused else logits

    def answers(self, outputs: Array) -> Array:
        """The class of each label of a row, by number: of outputs, or of rows that are one-hot in each group."""
        parts = np.split(outputs, np.cumsum(self.groups)[:-1], axis=1)
        return np.column_stack([part.argmax(axis=1) for part in parts])

    def layers(self, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        """The layers as an engine runs them: ending linear where the loss does the rest."""
        return without_last_activation(layers) if self.fused else layers


def head_of(layers: Sequence[Layer], loss: Loss | None) -> Head:
    """A cross-entropy takes the logits of a linear end, and those before its own softmax (or sigmoid)."""
    end = last_activation(layers)
    fused = loss is not None and loss.head is not None and end in ("identity", loss.head)
    expected = loss is not None and loss.head is not None and not fused
    groups = loss.settings.get("groups", ()) if loss is not None and loss.name == "grouped_crossentropy" else ()
    return Head(fused, str(loss.head) if fused and loss is not None else end, expected, tuple(groups))


@dataclass(frozen=True)
class Preparation:
    """What a training needs, all of it checked: nothing here has touched the network yet."""

    specification: Specification  # of the layers as written
    program: Program
    engine: Engine
    rows: Rows
    targets: Targets
    encoded: Array
    sample_weight: Floats | None  # those of the classes are in it
    scale: str | None
    metrics: tuple[Metric, ...]
    epochs: int
    updates: int | None
    class_weight: tuple[float, ...] | None = None


def prepare(
    network: Network,
    X: Inputs,
    y: ArrayLike,
    *,
    loss: str | Loss,
    optimizer: str | Optimizer,
    epochs: int,
    updates: int | None,
    batch_size: int | str,
    accumulate: int = 1,
    metrics: Sequence[Metric] | None,
    seed: int,
    engine: str,
    threads: int | None,
    dtype: Any,
    scale: str | None,
    sample_weight: ArrayLike | None,
    class_weight: ClassWeight = None,
) -> Preparation:
    """Checks the arguments of `Network.fit`; raises what it documents."""
    shape = checks.row_shape(X)
    specification = network.specification or Specification(network.layers, shape)
    checks.fits(specification.input_shape, shape)
    chosen_dtype = checks.dtype(dtype if dtype is not None else network.dtype)
    rows = Rows(X, scale=scale)
    n = checks.rows(len(rows), y)
    rows.check(chosen_dtype)
    outputs = prod(specification.output_shape)
    chosen_loss = targets.get_loss(loss, y, outputs)
    coding = network.targets
    if coding is None or coding.kind != chosen_loss.target_kind:
        coding = targets.learn(chosen_loss, y, outputs)
    head = head_of(network.layers, chosen_loss)
    rule = optim.get(optimizer)
    usual: int | str = "full" if rule.full_batch else USUAL_BATCH
    at_once = checks.batch_size(usual if batch_size == "auto" else batch_size, n)
    size = checks.batch_size(at_once * checks.count("accumulate", accumulate), n)
    if size > at_once and chosen_loss.name in OVER_ALL_ROWS:
        why = f"{chosen_loss.name} is {OVER_ALL_ROWS[chosen_loss.name]}"
        raise SettingError(f"{why}: its gradient is no mean that could be accumulated.")
    program = Program(
        Specification(head.layers(network.layers), specification.input_shape),
        chosen_loss,
        head.fused,
        rule,
        size,
        checks.seed(seed),
        chosen_dtype,
        at_once if size > at_once else None,
    )
    rule.suits(program, n)
    encoded = coding.encode(y, chosen_dtype)
    by_class = class_weights(class_weight, coding, encoded)
    own_weights = checks.sample_weight(sample_weight, n, chosen_dtype)
    ready = Preparation(
        specification,
        program,
        choose(engine, threads),
        rows,
        coding,
        encoded,
        row_weights(by_class, coding, encoded, own_weights),
        scale,
        metrics_for(coding, metrics, encoded, head),
        checks.count("epochs", epochs),
        None if updates is None else checks.count("updates", updates),
        by_class,
    )
    tried(ready, state_for(network, specification, program))
    return ready


def metrics_for(coding: Targets, wanted: Sequence[Metric] | None, encoded: Array, head: Head) -> tuple[Metric, ...]:
    """The metrics asked for; by default accuracy for classes and r2 for numbers."""
    if wanted is None:
        return ("accuracy",) if coding.classifies else ("r2",)
    return history.tried(wanted, coding, encoded, head)


def state_for(network: Network, specification: Specification, program: Program) -> State:
    """The network's state for a program: drawn if there is none, in the program's dtype, moments kept where they fit.

    Another optimizer starts with fresh moments; the step count goes on.
    """
    before = network.state
    if before is None:
        return State.fresh(specification.start(program.seed, program.dtype), program.optimizer)
    arena = before.parameters
    if arena.flat.dtype != program.dtype:
        arena = specification.arena(program.dtype)
        arena.whole[:] = before.parameters.whole
    state = State.fresh(arena, program.optimizer)
    state.step = before.step
    if _continues(network, program):
        state.moments = {name: np.asarray(moment, program.dtype) for name, moment in before.moments.items()}
        state.scalars = dict(before.scalars)
    return state


def optimizer_start(network: Network, program: Program) -> int:
    """The step from which the program's optimizer counts: where it began, or the present one for another."""
    if network.state is None:
        return 0
    return network.optimizer_start if _continues(network, program) else network.state.step


def _continues(network: Network, program: Program) -> bool:
    """Whether the network was trained with this optimizer, and has its moments still."""
    before = network.state
    same = before is not None and network.optimizer == program.optimizer
    return same and before is not None and before.moments.keys() == program.optimizer.kept.keys()


def held_out(validation_data: Validation | None) -> tuple[Inputs, ArrayLike, ArrayLike | None] | None:
    """validation_data as (X, y, sample_weight), the last None where it was a pair."""
    if validation_data is None:
        return None
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise DataError("validation_data must be a pair (X, y), or (X, y, sample_weight).")
    X, y, *weight = validation_data
    return X, y, weight[0] if weight else None
