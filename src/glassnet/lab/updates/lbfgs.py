"""L-BFGS, entry by entry: its two loops as numbers that a hand can check.

With the pairs (s_1, y_1), the newest, ..., (s_k, y_k) that the optimizer keeps and g the gradient,

    part_i = (s_i.g - sum over j < i of part_j s_i.y_j) / s_i.y_i          (first loop, from the newest on)
    bend    = s_1.y_1 / y_1.y_1
    back_i  = (bend (y_i.g - sum over j of part_j y_i.y_j) + sum over j > i of (part_j - back_j) s_j.y_i) / s_i.y_i
    d       = -bend (g - sum of part_j y_j) - sum of (part_j - back_j) s_j;     theta' = theta + a d

The step length a is what the line search has found; the new pair is s = theta' - theta, y = g' - g. The products of
vectors (`SY`, `YY`, `SG`, `YG`) are sums over all weights, taken weight by weight first.

Source: Nocedal and Wright (2006), algorithm 7.4, with its recursions written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.lab.expressions import MINUS, Expression, Name, minus, over, plus, times
from glassnet.lab.updates.update import Index, Taken, Update
from glassnet.typing import Array, Floats

PRODUCTS = ("SY", "YY", "SG", "YG")


@dataclass(frozen=True)
class LbfgsUpdate(Update):
    """The update of one step; `places` are where the pairs lie that it used, the newest first."""

    places: list[int] = field(default_factory=list)
    slot: list[int] = field(default_factory=list)  # where its own new pair went, if anywhere

    @property
    def known(self) -> bool:
        return True

    def own_names(self) -> Iterator[str]:
        if self.places:
            for product in PRODUCTS:
                yield from (f"{product}.{weight}" for weight in self.weights)
                yield product
            yield from ("part", "bend", "back")
        yield from (f"d.{weight}" for weight in self.weights)

    def _of_weight(self, weight: str) -> Iterator[str]:
        yield from super()._of_weight(weight)
        if self.slot:
            yield f"there.{weight}"
        yield from (f"{moment}.{weight}.new" for moment in self._kept())

    def _kept(self) -> list[str]:
        return [f"{letter}{place}" for place in range(self.optimizer.memory) for letter in "sy"]

    def given(self) -> tuple[str, ...]:
        return (*super().given(), *(f"there.{weight}" for weight in self.weights))

    # ---- formulas --------------------------------------------------------------------------------------------------

    def rule(self, weight: str, index: Index) -> dict[str, Expression]:
        theta, d = Name(self.theta(weight), index), Name(f"d.{weight}", index)
        found: dict[str, Expression] = {f"{weight}.new": plus(theta, times(Name("a"), d))}
        for moment in self._kept():
            found[f"{moment}.{weight}.new"] = Name(f"{moment}.{weight}", index)
        for place in self.slot:
            found[f"s{place}.{weight}.new"] = minus(Name(self.stepped(weight), index), theta)
            found[f"y{place}.{weight}.new"] = minus(Name(f"there.{weight}", index), Name(self.gradient(weight), index))
        return found

    def own(self, name: str, index: Index, whole: bool) -> Expression | None:
        stage, _, weight = name.partition(".")
        if stage == "d" and weight in self.weights:
            return self._direction(weight, index)
        if stage in PRODUCTS:
            return self._product(stage, weight, index, whole) if weight else self._over_weights(stage, index)
        loops = {"part": self._part, "bend": self._bend, "back": self._back}
        return loops[name](index) if name in loops and not whole else None

    def _product(self, stage: str, weight: str, index: Index, whole: bool) -> Expression | None:
        """The part of one weight in s_i.y_j, y_i.y_j, s_i.g or y_i.g."""
        if whole:
            return None
        left = f"{stage[0].lower()}{self.places[index[0]]}.{weight}"
        right = f"y{self.places[index[1]]}.{weight}" if stage[1] == "Y" else self.gradient(weight)
        places = np.ndindex(self.weights[weight])
        return plus(*(times(Name(left, at), Name(right, at)) for at in places))

    def _over_weights(self, stage: str, index: Index) -> Expression:
        return plus(*(Name(f"{stage}.{weight}", index) for weight in self.weights))

    def _part(self, index: Index) -> Expression:
        (i,) = index
        rest = [times(MINUS, Name("part", (j,)), Name("SY", (i, j))) for j in range(i)]
        return over(plus(Name("SG", (i,)), *rest), Name("SY", (i, i)))

    def _bend(self, _: Index) -> Expression:
        return over(Name("SY", (0, 0)), Name("YY", (0, 0)))

    def _back(self, index: Index) -> Expression:
        (i,) = index
        count = range(len(self.places))
        middle = plus(Name("YG", (i,)), *(times(MINUS, Name("part", (j,)), Name("YY", (i, j))) for j in count))
        older = [times(self._left(j), Name("SY", (j, i))) for j in count if j > i]
        return over(plus(times(Name("bend"), middle), *older), Name("SY", (i, i)))

    def _left(self, j: int) -> Expression:
        return minus(Name("part", (j,)), Name("back", (j,)))

    def _direction(self, weight: str, index: Index) -> Expression:
        g = Name(self.gradient(weight), index)
        if not self.places:
            return times(MINUS, g)
        pairs = list(enumerate(self.places))
        inside = plus(g, *(times(MINUS, Name("part", (j,)), Name(f"y{p}.{weight}", index)) for j, p in pairs))
        steps = [times(MINUS, self._left(j), Name(f"s{p}.{weight}", index)) for j, p in pairs]
        return plus(times(MINUS, Name("bend"), inside), *steps)

    # ---- numbers ---------------------------------------------------------------------------------------------------

    def values(self, taken: Taken) -> dict[str, Array]:
        self._find_pairs(taken)
        found, views = super().values(taken), taken.views
        g = taken.witness.clipped.astype(np.float64)
        pairs = [(self._before(taken, f"s{p}"), self._before(taken, f"y{p}")) for p in self.places]
        d = loops(g, pairs)
        found |= {name: np.asarray(value) for name, value in d.scalars.items()}
        found |= {f"d.{weight}": value for weight, value in views(d.direction).items()}
        for product, (left, right) in d.products.items():
            parts = [views(vector) for vector in left], [views(vector) for vector in right]
            for weight in self.weights:
                table = np.array([[float((s[weight] * y[weight]).sum()) for y in parts[1]] for s in parts[0]])
                found[f"{product}.{weight}"] = table if product[1] == "Y" else table[:, 0]
        for name, vector in taken.state.moments.items():
            if name in self._kept():
                found |= {f"{name}.{weight}.new": value.copy() for weight, value in views(vector).items()}
        if self.slot:
            assert taken.there is not None
            found |= {f"there.{weight}": value.copy() for weight, value in views(taken.there).items()}
        return found

    def _before(self, taken: Taken, name: str) -> Floats:
        return np.asarray(taken.before["moments"][name], np.float64)

    def _find_pairs(self, taken: Taken) -> None:
        """The pairs that the step used, and where it put its own."""
        memory, before = self.optimizer.memory, taken.before
        count, after = int(before["scalars"]["pairs"]), int(taken.state.scalars["pairs"])
        newest = [number % memory for number in range(count - 1, max(-1, count - 1 - memory), -1)]
        self.places[:] = [p for p in newest if self._before(taken, f"s{p}") @ self._before(taken, f"y{p}") > 0]
        self.slot[:] = [p for p in range(memory) if (taken.state.moments[f"s{p}"] != before["moments"][f"s{p}"]).any()]
        if after != count + len(self.slot) and taken.state.scalars["a"]:  # its direction led up: it began again
            self.places.clear()


@dataclass(frozen=True)
class Loops:
    """The numbers of the two loops."""

    scalars: dict[str, Any]
    direction: Floats
    products: dict[str, tuple[list[Floats], list[Floats]]]


def loops(g: Floats, pairs: list[tuple[Floats, Floats]]) -> Loops:
    """The two loops for a gradient and pairs, the newest first: the direction, and every number on the way."""
    if not pairs:
        return Loops({}, -g, {})
    S, Y = [s for s, _ in pairs], [y for _, y in pairs]
    q, part, back = g.copy(), np.zeros(len(pairs)), np.zeros(len(pairs))
    for i, (s, y) in enumerate(pairs):
        part[i] = float(s @ q) / float(s @ y)
        q -= part[i] * y
    bend = float(S[0] @ Y[0]) / float(Y[0] @ Y[0])
    q *= bend
    for i in reversed(range(len(pairs))):
        back[i] = float(Y[i] @ q) / float(S[i] @ Y[i])
        q += (part[i] - back[i]) * S[i]
    products = {"SY": (S, Y), "YY": (Y, Y), "SG": (S, [g]), "YG": (Y, [g])}
    tables = {
        name: np.array([[float(a @ b) for b in right] for a in left]) if name[1] == "Y" else
        np.array([float(a @ right[0]) for a in left])
        for name, (left, right) in products.items()
    }  # fmt: skip
    return Loops(tables | {"part": part, "bend": bend, "back": back}, -q, products)
