"""Links in which chance has a part (dropout, noise), and the rectifier that learns its slope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from glassnet.lab.expressions import ONE, Expression, Name, call, minus, over, plus, times
from glassnet.lab.functions import ZERO, number
from glassnet.lab.links.link import Index, Link, Reached, Shapes


@dataclass(frozen=True)
class Dropped(Link):
    """D = A keep / (1 - rate)."""

    kind: ClassVar[str] = "dropout"

    def given(self) -> tuple[str, ...]:
        return (f"keep{self.place}",)

    def _scaled(self, value: Name, keep: Name) -> Expression:
        return times(value, keep, over(ONE, minus(ONE, number(self.function.rate))))

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return self._scaled(Name(self.source, (n, o)), Name(f"keep{self.place}", (n, o)))

    def back(self, source: str, n: int, i: int) -> Expression:
        return self._scaled(self.d(n, i), Name(f"keep{self.place}", (n, i)))

    def whole(self, shapes: Shapes) -> Expression:
        return self._scaled(Name(self.source), Name(f"keep{self.place}"))

    def whole_back(self, source: str) -> Expression:
        return self._scaled(self.delta, Name(f"keep{self.place}"))


@dataclass(frozen=True)
class Noised(Link):
    """H = A + deviation noise, the noise drawn anew for every step."""

    kind: ClassVar[str] = "noise"

    def given(self) -> tuple[str, ...]:
        return (f"noise{self.place}",)

    def _moved(self, value: Name, noise: Name) -> Expression:
        return plus(value, times(number(self.function.deviation), noise))

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return self._moved(Name(self.source, (n, o)), Name(f"noise{self.place}", (n, o)))

    def back(self, source: str, n: int, i: int) -> Expression:
        return self.d(n, i)

    def whole(self, shapes: Shapes) -> Expression:
        return self._moved(Name(self.source), Name(f"noise{self.place}"))

    def whole_back(self, source: str) -> Expression:
        return self.delta


@dataclass(frozen=True)
class Rectified(Link):
    """H = max(0, A) + slope min(0, A), the slope learned: of each unit, or one for all."""

    kind: ClassVar[str] = "prelu"

    def weights(self) -> tuple[str, ...]:
        return (f"slope{self.k}",)

    def _slope(self, o: int) -> Name:
        return Name(f"slope{self.k}", (0 if self.function.shared else o,))

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return self._value(Name(self.source, (n, o)), self._slope(o))

    def _value(self, z: Expression, slope: Expression) -> Expression:
        return plus(call("max", ZERO, z), times(slope, call("min", ZERO, z)))

    def back(self, source: str, n: int, i: int) -> Expression:
        return self._passed(self.d(n, i), Name(self.source, (n, i)), self._slope(i))

    def _passed(self, d: Expression, z: Expression, slope: Expression) -> Expression:
        right = call("positive", z)
        return times(d, plus(right, times(slope, minus(ONE, right))))

    def gradient(self, weight: str, index: Index) -> Expression:
        columns = range(self.outputs) if self.function.shared else index
        return self.over_rows(
            lambda n: plus(*(times(self.d(n, o), call("min", ZERO, Name(self.source, (n, o)))) for o in columns))
        )

    def reaches(self, quantity: str, index: Index) -> Reached:
        if quantity in self.weights():
            return None, None if self.function.shared else index[0]
        return index[0], index[1]

    def whole(self, shapes: Shapes) -> Expression:
        return self._value(Name(self.source), Name(f"slope{self.k}"))

    def whole_back(self, source: str) -> Expression:
        return self._passed(self.delta, Name(self.source), Name(f"slope{self.k}"))

    def whole_gradient(self, weight: str) -> Expression:
        terms = times(self.delta, call("min", ZERO, Name(self.source)))
        return call("sum_all", terms) if self.function.shared else self.summed(terms)
