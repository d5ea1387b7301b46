"""One operation of the forward pass: its formula, and how derivatives pass through it.

A link makes the quantity `name` from its sources. It says how an entry follows (`entry`), what it adds to the
derivative of a source (`back`) and to that of a weight (`gradient`), and the same for whole arrays. What it computes on
the way, such as the mean of a column, are its `sides`, quantities of their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

from glassnet.lab.expressions import Expression, Name, call, minus, plus, times
from glassnet.lab.functions import ROWWISE, activation, elementwise, number, slope

Index = tuple[int, ...]
Shapes = Mapping[str, Index]
Reached = tuple[int | None, int | None]  # row and column of an entry; None: all of them


@dataclass(frozen=True)
class Link(ABC):
    """One operation. `place` is its layer's, counted into the depth; inputs and outputs are widths.

    `k` is the number in the names of its weights, `rows` the number of examples.
    """

    name: str
    source: str
    place: int
    function: Any = None
    inputs: int = 0
    outputs: int = 0
    k: str = ""
    rows: int = 1
    kind: ClassVar[str] = ""
    opened: ClassVar[bool] = True  # whether each entry has a formula

    @property
    def sources(self) -> tuple[str, ...]:
        """The quantities it is made from."""
        return (self.source,)

    def weights(self) -> tuple[str, ...]:
        """What it learns."""
        return ()

    def given(self) -> tuple[str, ...]:
        """What it uses and nobody computes: a mask, noise, numbers that the layer keeps from step to step."""
        return ()

    def sides(self) -> tuple[str, ...]:
        """What is computed on the way to it, in order."""
        return ()

    def kept(self) -> tuple[str, ...]:
        """What the layer keeps for the time after the step."""
        return ()

    def constants(self) -> dict[str, Any]:
        """The arrays that its formula names and that are no quantities: they belong to the layer."""
        return {}

    def functions(self) -> dict[str, Callable[..., Any]]:
        """The functions of whole arrays that only its formulas call, by name."""
        return {}

    def _lacks(self, quantity: str) -> NoReturn:
        """For what only some links have, who name it in `weights`, `sides`, `kept` or as `opened`."""
        raise LookupError(f"{type(self).__name__} {self.name} has no formula for {quantity}")

    # ---- one entry -------------------------------------------------------------------------------------------------

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        """name[n, o]."""
        self._lacks(self.name)

    def side(self, name: str, index: Index) -> Expression:
        """An entry of what is computed on the way, or kept."""
        self._lacks(name)

    def back(self, source: str, n: int, i: int) -> Expression | None:
        """What d(name) adds to d(source)[n, i]; None: nothing."""
        self._lacks(source)

    def gradient(self, weight: str, index: Index) -> Expression:
        """d(weight)[index], without the mean's 1/m."""
        self._lacks(weight)

    def reaches(self, quantity: str, index: Index) -> Reached | None:
        """Which entries of `name` this entry of a source or a weight has a part in; None: in none."""
        return (None, index[-1]) if quantity in self.weights() else (index[0], index[1])

    # ---- whole arrays ----------------------------------------------------------------------------------------------

    @abstractmethod
    def whole(self, shapes: Shapes) -> Expression:
        """The array `name`."""

    def whole_side(self, name: str) -> Expression:
        """The array of what is computed on the way, or kept."""
        self._lacks(name)

    @abstractmethod
    def whole_back(self, source: str) -> Expression:
        """What d(name) adds to the array d(source)."""

    def whole_gradient(self, weight: str) -> Expression:
        """The array d(weight), without the mean's 1/m."""
        self._lacks(weight)

    # ---- words they share ------------------------------------------------------------------------------------------

    @property
    def delta(self) -> Name:
        """The array d(name)."""
        return Name(f"d{self.name}")

    def d(self, n: int, o: int) -> Name:
        """d(name)[n, o]."""
        return Name(f"d{self.name}", (n, o))

    def over_rows(self, term: Callable[[int], Expression]) -> Expression:
        """The sum of a term over the examples."""
        return plus(*(term(n) for n in range(self.rows)))

    def summed(self, tree: Expression) -> Expression:
        """The array summed over the examples."""
        return call("sum_examples", tree) if self.rows > 1 else tree


@dataclass(frozen=True)
class Affine(Link):
    """Z = A W + b."""

    kind: ClassVar[str] = "affine"

    def weights(self) -> tuple[str, ...]:
        return f"W{self.k}", f"b{self.k}"

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        terms = [times(Name(self.source, (n, i)), Name(f"W{self.k}", (i, o))) for i in range(self.inputs)]
        return plus(*terms, *([Name(f"b{self.k}", (o,))] if f"b{self.k}" in shapes else []))

    def back(self, source: str, n: int, i: int) -> Expression:
        return plus(*(times(self.d(n, o), Name(f"W{self.k}", (i, o))) for o in range(self.outputs)))

    def gradient(self, weight: str, index: Index) -> Expression:
        if weight[0] == "b":
            return self.over_rows(lambda n: self.d(n, index[0]))
        return self.over_rows(lambda n: times(Name(self.source, (n, index[0])), self.d(n, index[1])))

    def reaches(self, quantity: str, index: Index) -> Reached:
        return (None, index[-1]) if quantity in self.weights() else (index[0], None)

    def whole(self, shapes: Shapes) -> Expression:
        product = call("matmul", Name(self.source), Name(f"W{self.k}"))
        return plus(product, Name(f"b{self.k}")) if f"b{self.k}" in shapes else product

    def whole_back(self, source: str) -> Expression:
        return call("matmul", self.delta, call("transpose", Name(f"W{self.k}")))

    def whole_gradient(self, weight: str) -> Expression:
        product = call("matmul", call("transpose", Name(self.source)), self.delta)
        return product if weight[0] == "W" else self.summed(self.delta)


@dataclass(frozen=True)
class Activated(Link):
    """A = g(Z), elementwise or (softmax) by row."""

    kind: ClassVar[str] = "activation"

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return activation(self.function, self.source, n, o, self.outputs)

    def back(self, source: str, n: int, i: int) -> Expression:
        """dZ[n, o] = dA[n, o] g'(Z[n, o]); for a softmax A (dA - sum over c of dA A)."""
        a, dA = Name(self.name, (n, i)), self.d(n, i)
        columns = range(self.outputs)
        if self.function.name == "softmax":
            terms = [times(self.d(n, c), Name(self.name, (n, c))) for c in columns]
            return times(a, minus(dA, plus(*terms)))
        if self.function.name == "log_softmax":
            total = plus(*(self.d(n, c) for c in columns))
            return minus(dA, times(call("exp", a), total))
        return times(dA, slope(self.function, Name(self.source, (n, i)), a))

    def whole(self, shapes: Shapes) -> Expression:
        z = Name(self.source)
        return call(self.function.name, z) if self.function.name in ROWWISE else elementwise(self.function, z)

    def whole_back(self, source: str) -> Expression:
        a, dA = Name(self.name), self.delta
        if self.function.name == "softmax":
            return times(a, minus(dA, call("sum_each", times(dA, a))))
        if self.function.name == "log_softmax":
            return minus(dA, times(call("exp", a), call("sum_each", dA)))
        return times(dA, slope(self.function, Name(self.source), a))


@dataclass(frozen=True)
class Rescaled(Link):
    """S = A factor + offset, column by column; nothing in it is learned."""

    kind: ClassVar[str] = "rescale"

    def constants(self) -> dict[str, Any]:
        return {f"factor{self.place}": self.function.factor, f"offset{self.place}": self.function.offset}

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        factor, offset = (number(numbers[o]) for numbers in (self.function.factor, self.function.offset))
        return plus(times(Name(self.source, (n, o)), factor), offset)

    def back(self, source: str, n: int, i: int) -> Expression:
        return times(self.d(n, i), number(self.function.factor[i]))

    def whole(self, shapes: Shapes) -> Expression:
        return plus(times(Name(self.source), Name(f"factor{self.place}")), Name(f"offset{self.place}"))

    def whole_back(self, source: str) -> Expression:
        return times(self.delta, Name(f"factor{self.place}"))


@dataclass(frozen=True)
class Whole(Link):
    """A layer shown by its arrays alone: H = Layer(A)."""

    kind: ClassVar[str] = "whole"
    opened: ClassVar[bool] = False
    learned: tuple[str, ...] = ()

    def weights(self) -> tuple[str, ...]:
        return self.learned

    def reaches(self, quantity: str, index: Index) -> Reached:
        return None, None

    def whole(self, shapes: Shapes) -> Expression:
        return call(type(self.function).__name__, Name(self.source), *map(Name, self.learned))

    def whole_back(self, source: str) -> Expression:
        return call(f"{type(self.function).__name__}'", Name(self.source), self.delta)

    def whole_gradient(self, weight: str) -> Expression:
        return call(f"{type(self.function).__name__}'", Name(self.source), self.delta)
