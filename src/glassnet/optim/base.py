"""What every optimizer is: settings in a frozen dataclass, and a rule on flat vectors.

An optimizer holds no numbers of a training. Its moments (one flat vector each, laid out like the weights) and its
scalars (beta^t) belong to the training's state, so one optimizer serves many networks and a checkpoint is plain data.

`update` does the operations of its rule in `maths/updates.py`, in the same order but in place, on pieces that fit the
cache. Scalars are Python floats: NumPy rounds them to the arrays' dtype and float32 stays float32.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from numbers import Real
from typing import Any, ClassVar

from glassnet.errors import SettingError
from glassnet.typing import Floats

Schedule = Callable[[int], float]  # the learning rate of a step, counted from 0
Scalars = dict[str, float]


@dataclass(frozen=True)
class Optimizer(ABC):
    """The settings that all optimizers have, and how one is used.

    A step is: `scalars = advance(scalars)`, then `update(...)` once for every piece of the flat vectors.
    """

    learning_rate: float | Schedule = 0.01

    name: ClassVar[str]
    moments: ClassVar[tuple[str, ...]] = ()  # the flat vectors that a training keeps for it, zero at the start

    def __post_init__(self) -> None:
        if not callable(self.learning_rate):
            self._check("learning_rate", lambda value: value >= 0, "not negative")

    @abstractmethod
    def update(
        self, theta: Floats, g: Floats, moments: Sequence[Floats], scalars: Scalars, learning_rate: float
    ) -> None:
        """Change theta and the moments in place by one step along the gradient g (which stays as it is).

        Overflow in a diverging training warns as NumPy is set to; an engine ignores it once around all pieces,
        since asking NumPy to for each of them would cost a twentieth of the time.
        """

    def start(self) -> Scalars:
        """The scalars before the first step."""
        return {}

    def advance(self, scalars: Scalars) -> Scalars:
        """The scalars of the next step, from those of the step before."""
        return scalars

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

    def config(self) -> dict[str, Any]:
        """The optimizer as plain data, from which `optim.from_config` makes it again.

        >>> from glassnet.optim import Momentum
        >>> Momentum(0.1).config()
        {'name': 'momentum', 'learning_rate': 0.1, 'eta': 0.9}
        """
        if callable(self.learning_rate):
            raise SettingError(
                f"{type(self).__name__} has a Python function as its learning rate, which cannot be stored in a file; "
                "give a number."
            )
        return {"name": self.name, **{field.name: getattr(self, field.name) for field in fields(self)}}

    def _check(self, setting: str, allowed: Callable[[float], bool], must_be: str) -> None:
        """Keep a setting as a Python float (a np.float64 would turn float32 arrays into float64), or say why not."""
        value = getattr(self, setting)
        if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value) or not allowed(float(value)):
            raise SettingError(
                f"{type(self).__name__}: {setting} must be a finite number and {must_be}, not {value!r}."
            )
        object.__setattr__(self, setting, float(value))

    def _check_fraction(self, *settings: str) -> None:
        for setting in settings:
            self._check(setting, lambda value: 0 <= value < 1, "at least 0 and below 1")

    def _check_epsilon(self) -> None:
        # Zero would divide 0 by 0 wherever a gradient is 0, at every pixel that is always black.
        self._check("epsilon", lambda value: value > 0, "above 0")

    def _check_flag(self, *settings: str) -> None:
        for setting in settings:
            if not isinstance(getattr(self, setting), bool):
                value = getattr(self, setting)
                raise SettingError(f"{type(self).__name__}: {setting} must be True or False, not {value!r}.")
