"""What every optimizer is: settings in a frozen dataclass, and a step in place on the state of a training.

An optimizer holds no numbers of a training. Its moments (one flat vector each, laid out like the weights) and its
scalars (beta^t) belong to the training's state, so one optimizer serves many networks and a checkpoint is plain data.

`update` does the operations of its rule in `maths/updates`, in the same order but in place, on pieces that fit the
cache. Scalars are Python floats: NumPy rounds them to the arrays' dtype and float32 stays float32.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any, ClassVar

import numpy as np

from glassnet.engine.interface import Objective, Program, State
from glassnet.errors import SettingError
from glassnet.optim import schedules
from glassnet.optim.schedules.base import Schedule
from glassnet.optim.settings import Settings
from glassnet.typing import Floats

Rate = float | Callable[[int], float]  # one for all steps, or a schedule: the rate of each step, counted from 0
Scalars = dict[str, float]
UNSETTLED = -1.0  # the scalar "settled" of an optimizer of second order that has not
CHUNK = 16384  # weights updated at a time: theta, gradient, moments and temporaries then stay in the core's own cache


@dataclass(frozen=True, repr=False)
class Optimizer(Settings, ABC):
    """The settings that all optimizers have, and how one is used.

    Args:
        learning_rate: a number, a schedule of `gn.schedules`, or a function of the step.
        clip_value: the gradient is brought into -clip_value .. clip_value, entry by entry.
        clip_norm: a gradient that is longer than this, over all weights, is scaled down to this length.
        ema: the share that a running mean of the weights keeps at each step, such as 0.999. Predictions, `evaluate` and
            `save` then use that mean; the training goes on from the weights themselves.

    Shapes: the weights, their gradients and each moment are flat vectors of one length; scalars are floats.

    Raises:
        SettingError: a setting that is not in its range; the sentence names the range.
    """

    learning_rate: Rate = 0.01
    clip_value: float | None = field(default=None, kw_only=True)
    clip_norm: float | None = field(default=None, kw_only=True)
    ema: float | None = field(default=None, kw_only=True)

    name: ClassVar[str]
    moments: ClassVar[tuple[str, ...]] = ()  # the flat vectors that a training keeps for it, zero at the start
    copies: ClassVar[tuple[str, ...]] = ()  # those of them that begin as the weights
    elementwise: ClassVar[bool] = False  # its step is a rule for each weight by itself
    full_batch: ClassVar[bool] = False  # made for steps over all rows, which are then the batch where none is given
    powers: ClassVar[tuple[str, ...]] = ()  # settings x of which the rule needs x^t: scalars of the name x_power

    def __post_init__(self) -> None:
        if isinstance(self.learning_rate, Mapping):  # as `config` writes a schedule
            object.__setattr__(self, "learning_rate", schedules.from_config(self.learning_rate))
        if not callable(self.learning_rate):
            self._check_not_negative("learning_rate")
        for limit in ("clip_value", "clip_norm"):
            if getattr(self, limit) is not None:
                self._check_positive(limit)
        if self.ema is not None:
            self._check_fraction("ema")

    @property
    def kept(self) -> dict[str, bool]:
        """The flat vectors that a training keeps; True for those that begin as the weights, not as zeros.

        >>> from glassnet.optim import Momentum
        >>> Momentum(ema=0.99).kept
        {'v': False, 'ema': True}
        """
        own = {name: name in self.copies for name in self.moments}
        return own if self.ema is None else own | {"ema": True}

    @property
    def averaged(self) -> str | None:
        """The vector that predictions are made with, where that is not the weights themselves."""
        return None if self.ema is None else "ema"

    def suits(self, program: Program, rows: int) -> None:
        """Raises SettingError where this optimizer cannot train this program on so many rows."""

    @abstractmethod
    def apply(self, state: State, gradients: Floats, learning_rate: float, objective: Objective) -> None:
        """One step, in place on the state; `objective` answers for other weights."""

    def start(self) -> Scalars:
        """The scalars before the first step."""
        return {f"{name}_power": 1.0 for name in self._powers}

    def advance(self, scalars: Scalars) -> Scalars:
        """The scalars of the next step, from those of the step before."""
        # By repeated multiplication: pow differs between machines in the last bit, a product does not.
        return {f"{name}_power": scalars[f"{name}_power"] * getattr(self, name) for name in self._powers}

    @property
    def _powers(self) -> tuple[str, ...]:
        return self.powers if self.ema is None else (*self.powers, "ema")

    def rate(self, step: int) -> float:
        """The learning rate of this step, counted from 0.

        >>> from glassnet.optim import SGD
        >>> SGD(learning_rate=lambda step: 0.1 / (1 + step)).rate(3)
        0.025
        """
        if not callable(self.learning_rate):
            return self.learning_rate
        rate = float(self.learning_rate(step))
        if not (isfinite(rate) and rate >= 0):
            raise SettingError(f"The learning rate's schedule gave {rate} at step {step}; a rate is not negative.")
        return rate

    def rates(self, first: int, count: int) -> Floats:
        """The learning rates of `count` steps from `first` on: float64 (count,)."""
        if not callable(self.learning_rate):
            rates = np.empty(count)
            rates.fill(self.learning_rate)
            return rates
        return np.array([self.rate(step) for step in range(first, first + count)], np.float64)

    def config(self) -> dict[str, Any]:
        """The optimizer as plain data, from which `optim.from_config` makes it again.

        >>> from glassnet.optim import Momentum
        >>> Momentum(0.1).config()
        {'name': 'momentum', 'learning_rate': 0.1, 'eta': 0.9}
        """
        settings = {name: value for name, value in self._settings() if value is not None}
        if isinstance(self.learning_rate, Schedule):
            settings["learning_rate"] = self.learning_rate.config()
        elif callable(self.learning_rate):
            raise SettingError(
                f"{type(self).__name__} has a Python function as its learning rate, which cannot be stored in a file; "
                "give a number or a schedule of gn.schedules."
            )
        return {"name": self.name, **settings}

    def _settings(self) -> list[tuple[str, Any]]:
        """Names and values, those that every optimizer has last."""
        ordered = sorted(fields(self), key=lambda each: bool(each.kw_only))
        return [(each.name, getattr(self, each.name)) for each in ordered]

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in self._settings() if value is not None]
        return f"{type(self).__name__}({', '.join(shown)})"


@dataclass(frozen=True, repr=False)
class Piecewise(Optimizer):
    """An optimizer whose step is one rule on flat vectors, which may be cut into pieces.

    A step is: `scalars = advance(scalars)`, then `update(...)` once for every piece.
    """

    elementwise: ClassVar[bool] = True

    def apply(self, state: State, gradients: Floats, learning_rate: float, objective: Objective) -> None:
        """One step, in place on the state: the rule on the flat vectors, a cache-sized piece at a time."""
        state.scalars = self.advance(state.scalars)
        theta, moments = state.parameters.flat, [state.moments[name] for name in self.moments]
        for start in range(0, theta.size, CHUNK):
            piece = slice(start, start + CHUNK)
            self.update(theta[piece], gradients[piece], [m[piece] for m in moments], state.scalars, learning_rate)

    @abstractmethod
    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        """Change theta and the moments in place by one step along the gradient g (which stays as it is).

        Overflow in a diverging training warns as NumPy is set to; an engine ignores it once around all pieces,
        since asking NumPy to for each of them would cost a twentieth of the time.
        """
