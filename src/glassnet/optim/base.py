"""What every optimizer is: settings in a frozen dataclass, and a rule on flat vectors.

An optimizer holds no numbers of a training. Its moments (one flat vector each, laid out like the weights) and its
scalars (beta^t) belong to the training's state, so one optimizer serves many networks and a checkpoint is plain data.

`update` does the operations of its rule in `maths/updates`, in the same order but in place, on pieces that fit the
cache. Scalars are Python floats: NumPy rounds them to the arrays' dtype and float32 stays float32.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, ClassVar

from glassnet.errors import SettingError
from glassnet.optim import schedules
from glassnet.optim.schedules import Schedule
from glassnet.optim.settings import Settings
from glassnet.typing import Floats

Rate = float | Callable[[int], float]  # one for all steps, or a schedule: the rate of each step, counted from 0
Scalars = dict[str, float]


@dataclass(frozen=True)
class Optimizer(Settings, ABC):
    """The settings that all optimizers have, and how one is used.

    A step is: `scalars = advance(scalars)`, then `update(...)` once for every piece of the flat vectors.
    """

    learning_rate: Rate = 0.01

    name: ClassVar[str]
    moments: ClassVar[tuple[str, ...]] = ()  # the flat vectors that a training keeps for it, zero at the start
    powers: ClassVar[tuple[str, ...]] = ()  # settings x of which the rule needs x^t: scalars of the name x_power

    def __post_init__(self) -> None:
        if isinstance(self.learning_rate, Mapping):  # as `config` writes a schedule
            object.__setattr__(self, "learning_rate", schedules.from_config(self.learning_rate))
        if not callable(self.learning_rate):
            self._check_not_negative("learning_rate")

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
        return {f"{name}_power": 1.0 for name in self.powers}

    def advance(self, scalars: Scalars) -> Scalars:
        """The scalars of the next step, from those of the step before."""
        # By repeated multiplication: pow differs between machines in the last bit, a product does not.
        return {f"{name}_power": scalars[f"{name}_power"] * getattr(self, name) for name in self.powers}

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
        settings = {field.name: getattr(self, field.name) for field in fields(self)}
        if isinstance(self.learning_rate, Schedule):
            settings["learning_rate"] = self.learning_rate.config()
        elif callable(self.learning_rate):
            raise SettingError(
                f"{type(self).__name__} has a Python function as its learning rate, which cannot be stored in a file; "
                "give a number or a schedule of gn.schedules."
            )
        return {"name": self.name, **settings}
