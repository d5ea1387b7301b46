"""What keeps the weights of a layer small: settings that a layer hands on with its weights."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite
from numbers import Real

from glassnet.errors import SettingError


@dataclass(frozen=True)
class Penalty:
    """Of one array of weights; nothing by default.

    Formula:
        loss + l1 sum |W| + (l2 + l2_shared / w) sum W^2, where w is the weight of the step's rows in all;
        before the rule W := (1 - rate weight_decay) W;
        after it every column of W that is longer than max_norm is scaled to max_norm

    Raises:
        SettingError: a negative strength, a max_norm of 0 or below.

    Example:
        >>> bool(Penalty()), bool(Penalty(l2=1e-4))
        (False, True)

    Source: the formulas and their sources stand in `glassnet.maths.penalties`; the decay is Loshchilov and Hutter's
    (2019), arXiv 1711.05101.
    """

    l1: float = 0.0
    l2: float = 0.0
    max_norm: float | None = None
    weight_decay: float = 0.0
    l2_shared: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "max_norm" and value is None:
                continue
            number = isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
            if not number or value < 0 or (field.name == "max_norm" and value == 0):
                must_be = "above 0, or None" if field.name == "max_norm" else "at least 0"
                raise SettingError(f"{field.name} of a layer must be a finite number {must_be}; given {value!r}.")
            object.__setattr__(self, field.name, float(value))

    def l2_over(self, weight: float) -> float:
        """The strength of sum W^2 in a step whose rows weigh so much in all.

        >>> Penalty(l2=0.5, l2_shared=2.0).l2_over(4.0)
        1.0
        """
        return self.l2 + (self.l2_shared / weight if weight > 0 else 0.0)

    def __bool__(self) -> bool:
        return self != NONE


NONE = Penalty()
