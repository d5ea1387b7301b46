"""What an engine is asked to do: take steps on the rows it is given, or run the network forward.

An engine owns buffers and speed, never decisions. Which rows come in which order, the learning rate of each step, when
to stop, validate or save: the training loop decides and passes numbers. So every engine inherits resuming, replaying
and callbacks, and two engines can be compared step by step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from math import inf
from typing import Any, ClassVar, Protocol

import numpy as np

from glassnet.errors import ShapeError
from glassnet.layers.parameters import Parameters
from glassnet.layers.specification import Specification
from glassnet.maths.losses import Loss
from glassnet.typing import Array, Floats, Indices, Shape


class Rule(Protocol):
    """The optimizer as an engine sees it: `optim/` has the real ones."""

    @property
    def name(self) -> str: ...
    @property
    def moments(self) -> tuple[str, ...]:
        """The flat vectors that the rule keeps."""

    @property
    def kept(self) -> dict[str, bool]:
        """All flat vectors that a training keeps; True for those that begin as the weights, not as zeros."""

    @property
    def averaged(self) -> str | None:
        """The one of them that predictions are made with, where it is not the weights that are trained."""

    @property
    def clip_value(self) -> float | None: ...
    @property
    def clip_norm(self) -> float | None: ...
    @property
    def ema(self) -> float | None: ...
    def start(self) -> dict[str, float]: ...
    def advance(self, scalars: dict[str, float]) -> dict[str, float]: ...
    def rate(self, step: int) -> float: ...
    def rates(self, first: int, count: int) -> Floats: ...
    def suits(self, program: Program, rows: int) -> None:
        """Raises SettingError where the optimizer cannot train this program on so many rows."""

    @property
    def full_batch(self) -> bool:
        """Whether it is made for steps over all rows."""

    def apply(self, state: State, gradients: Floats, learning_rate: float, objective: Objective) -> None:
        """One step, in place on the state, along the gradients; `objective` answers for other weights."""

    def config(self) -> dict[str, Any]: ...


class Objective(Protocol):
    """What a step minimises, for optimizers that ask more of it than one gradient: the rows of the step stay."""

    @property
    def value(self) -> float:
        """Loss and penalties under the weights that the step began with."""

    def again(self) -> tuple[float, Floats]:
        """Loss and penalties under the present weights of the state, and their gradient (a buffer used again)."""

    def gauss_newton(self) -> Floats:
        """J^T J (P, P) of a squared loss under the present weights, scaled as the loss is, with the l2 penalties."""


class Rows(Protocol):
    """The inputs as an engine sees them: `data/batches.py` has the real ones (uint8, floats, sparse)."""

    @property
    def shape(self) -> Shape: ...
    def gather(self, order: Indices, out: Floats) -> Floats: ...


@dataclass(frozen=True)
class Program:
    """One training as plain values: everything that, with the data and the state, decides every bit.

    `specification` ends linear where `from_logits` is true: the loss then contains the last activation.
    """

    specification: Specification
    loss: Loss
    from_logits: bool
    optimizer: Rule
    batch_size: int
    seed: int
    dtype: np.dtype[Any]
    piece: int | None = None  # rows computed at a time, where a batch is too large to be computed at once


@dataclass
class State:
    """What a step changes: weights, the optimizer's moments (flat, like the weights) and scalars, the step counter."""

    parameters: Parameters
    moments: dict[str, Floats] = field(default_factory=dict)
    scalars: dict[str, float] = field(default_factory=dict)
    step: int = 0

    @classmethod
    def fresh(cls, parameters: Parameters, optimizer: Rule) -> State:
        """The state before the first step of an optimizer."""
        flat = parameters.flat
        moments = {name: flat.copy() if begins else np.zeros_like(flat) for name, begins in optimizer.kept.items()}
        return cls(parameters, moments, optimizer.start())

    def used(self, optimizer: Rule | None) -> Parameters:
        """The weights that predictions are made with: the trained ones, or their mean where the optimizer keeps one."""
        name = None if optimizer is None else optimizer.averaged
        return self.parameters if name not in self.moments else self.parameters.over(self.moments[name])

    def put(self, values: Floats, optimizer: Rule) -> None:
        """Puts other weights in place, and in place of every mean of the weights; what layers keep may follow them."""
        count = self.parameters.flat.size
        self.parameters.whole[: len(values)] = values
        for name, begins in optimizer.kept.items():
            if begins:
                self.moments[name][:] = values[:count]

    @property
    def nbytes(self) -> int:
        """The memory of its numbers."""
        return self.parameters.whole.nbytes + sum(moment.nbytes for moment in self.moments.values())

    def copy(self, into: dict[str, Any] | None = None) -> dict[str, Any]:
        """The state's numbers, apart from the state: see `restore`. An earlier copy is written over, where given."""
        if into is None:
            moments = {name: np.empty_like(moment) for name, moment in self.moments.items()}
            into = {"values": np.empty_like(self.parameters.whole), "moments": moments}
        np.copyto(into["values"], self.parameters.whole)
        for name, moment in self.moments.items():
            np.copyto(into["moments"][name], moment)
        into["scalars"], into["step"] = dict(self.scalars), self.step
        return into

    def restore(self, numbers: dict[str, Any]) -> None:
        """Back to the numbers of `copy`, in place: every view of the arena sees them."""
        self.parameters.whole[:] = numbers["values"]
        for name, moment in self.moments.items():
            moment[:] = numbers["moments"][name]
        self.scalars = dict(numbers["scalars"])
        self.step = numbers["step"]


class Session(ABC):
    """A program with its data and state: takes steps, in place on the state."""

    engine: ClassVar[str]  # the name of the engine whose steps these are

    def __init__(
        self,
        program: Program,
        state: State,
        rows: Rows,
        targets: Array,
        sample_weight: Floats | None,
        outputs: Floats | None,
    ) -> None:
        """`outputs` (n, C), where given, receives each row's outputs (logits if fused) as it is trained on."""
        self.program, self.state = program, state
        self.rows, self.targets, self.sample_weight, self.outputs = rows, targets, sample_weight, outputs
        self.stop = np.zeros(1, np.uint8)  # set to 1 from a signal handler: no further step is begun
        self.lost = False  # whether the last call of `train` lost its numbers

    @abstractmethod
    def train(self, order: Indices, rates: Floats, seconds: float = inf, ends: Floats | None = None) -> Floats:
        """Takes `len(rates)` steps over the rows of `order`, cut into batches (the last may be short).

        Several orders of as many rows, (epochs, rows), are cut one by one. Row by row `ends` (epochs, P), where given,
        receives the weights at the end of each of them.

        Returns the loss of each step taken (float64). Fewer than asked come back where `stop` was set, where `seconds`
        have passed (after one step at least), or where a loss is not finite: that step's loss is then the last one
        returned. Where such a loss ended the steps, or a
        weight is not finite after them, `lost` is true and the state is the one that the call began with.

        Raises: ShapeError for more rates than the orders have batches.
        """

    def _require_batches(self, order: Indices, rates: Floats) -> None:
        batches = -(-order.shape[-1] // self.program.batch_size) * (len(order) if order.ndim == 2 else 1)
        if len(rates) > batches:
            raise ShapeError(f"{len(rates)} rates ask for as many steps, and the order has {batches} batches of rows.")


class Shortcut(Protocol):
    """The shortest way from rows to outputs, bound to the memory of a network's weights."""

    def __call__(self, X: Any, finite: bool, /) -> Floats | None:
        """The outputs (n, C) under the present weights, or None for an X that needs the long way.

        `finite`: all weights are known to be finite, so that zeros in X may be left out.
        """

    @property
    def finite(self) -> bool:
        """Whether all weights are, at this moment."""


class Engine(ABC):
    """A way to execute programs."""

    name: str

    @abstractmethod
    def session(
        self,
        program: Program,
        state: State,
        rows: Rows,
        targets: Array,
        sample_weight: Floats | None = None,
        outputs: Floats | None = None,
    ) -> Session:
        """Buffers for this program, sized for its largest batch."""

    def shortcut(
        self, specification: Specification, parameters: Parameters, head: str, scale: str | None
    ) -> Shortcut | None:
        """A function from X to the outputs behind `head`, for single rows; None where the engine has no shorter way."""
        return None

    @abstractmethod
    def forward(
        self, specification: Specification, parameters: Parameters, rows: Rows, head: str = "identity"
    ) -> Floats:
        """The outputs (n, C) of all rows behind the activation `head`, without dropout, in bounded memory."""
