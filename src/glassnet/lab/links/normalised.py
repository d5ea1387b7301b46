"""The links of the normalization layers: to a common size (over the batch, or over the row), then scaled and shifted.

    mu = mean of A;  var = mean of (A - mu)^2;  r = 1 / sqrt(var + epsilon);  Xhat = (A - mu) r;  H = gamma Xhat + beta

Over the batch mu, var and r have an entry for every column, over the row one for every row. RMSNorm has no mu: its `ms`
is the mean of A^2.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from glassnet.lab.expressions import MINUS, ONE, Expression, Name, Number, call, minus, over, plus, times
from glassnet.lab.functions import TWO, number
from glassnet.lab.links.link import Index, Link, Reached, Shapes


def _square(tree: Expression) -> Expression:
    return call("^", tree, TWO)


@dataclass(frozen=True)
class Normalised(Link):
    """Xhat = (A - mu) r; abstract: over what the mean is taken says each of the three below."""

    centred: ClassVar[bool] = True
    kind: ClassVar[str] = "normalised"
    mean: ClassVar[str]  # the mean of a whole array, as a function

    def sides(self) -> tuple[str, ...]:
        names = ("mu", "var", "r") if self.centred else ("ms", "r")
        return tuple(f"{name}{self.k}" for name in names)

    # ---- over what -------------------------------------------------------------------------------------------------

    @abstractmethod
    def _shared(self, n: int, o: int) -> Index:
        """The index of what this entry shares with others."""

    @abstractmethod
    def _averaged(self, index: Index, term: Callable[[int, int], Expression]) -> Expression:
        """The mean of a term over the entries that share it."""

    # ---- entries ---------------------------------------------------------------------------------------------------

    def _centred(self, n: int, o: int) -> Expression:
        a = Name(self.source, (n, o))
        return minus(a, Name(f"mu{self.k}", self._shared(n, o))) if self.centred else a

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return times(self._centred(n, o), Name(f"r{self.k}", self._shared(n, o)))

    def side(self, name: str, index: Index) -> Expression:
        if name.startswith("mu"):
            return self._averaged(index, lambda n, o: Name(self.source, (n, o)))
        if name[0] == "r":
            return self._root(Name(f"{'var' if self.centred else 'ms'}{self.k}", index))
        return self._averaged(index, lambda n, o: _square(self._centred(n, o)))

    def _root(self, of: Expression) -> Expression:
        return over(ONE, call("sqrt", plus(of, number(self.function.epsilon))))

    def back(self, source: str, n: int, i: int) -> Expression:
        """r (dXhat - mean(dXhat) - Xhat mean(dXhat Xhat))."""
        shared, xhat = self._shared(n, i), Name(self.name, (n, i))
        through_r = self._averaged(shared, lambda n, o: times(self.d(n, o), Name(self.name, (n, o))))
        through_mu = [times(MINUS, self._averaged(shared, self.d))] if self.centred else []
        inside = plus(self.d(n, i), *through_mu, times(MINUS, xhat, through_r))
        return times(Name(f"r{self.k}", shared), inside)

    # ---- arrays ----------------------------------------------------------------------------------------------------

    def _whole_centred(self) -> Expression:
        return minus(Name(self.source), Name(f"mu{self.k}")) if self.centred else Name(self.source)

    def whole(self, shapes: Shapes) -> Expression:
        return times(self._whole_centred(), Name(f"r{self.k}"))

    def whole_side(self, name: str) -> Expression:
        if name.startswith("mu"):
            return call(self.mean, Name(self.source))
        if name[0] == "r":
            return self._root(Name(f"{'var' if self.centred else 'ms'}{self.k}"))
        return call(self.mean, _square(self._whole_centred()))

    def whole_back(self, source: str) -> Expression:
        through_r = times(Name(self.name), call(self.mean, times(self.delta, Name(self.name))))
        inside = minus(self.delta, call(self.mean, self.delta)) if self.centred else self.delta
        return times(Name(f"r{self.k}"), minus(inside, through_r))


@dataclass(frozen=True)
class OverBatch(Normalised):
    """Each column over the rows of the batch; what is kept for predictions moves along."""

    mean: ClassVar[str] = "mean_examples"

    def given(self) -> tuple[str, ...]:
        return f"mean{self.k}", f"variance{self.k}"

    def kept(self) -> tuple[str, ...]:
        return f"mean{self.k}.new", f"variance{self.k}.new"

    def _shared(self, n: int, o: int) -> Index:
        return (o,)

    def _averaged(self, index: Index, term: Callable[[int, int], Expression]) -> Expression:
        return over(self.over_rows(lambda n: term(n, index[0])), Name("m"))

    def side(self, name: str, index: Index) -> Expression:
        return self._running(name, index) if name.endswith(".new") else super().side(name, index)

    def whole_side(self, name: str) -> Expression:
        return self._running(name, ()) if name.endswith(".new") else super().whole_side(name)

    def _running(self, name: str, index: Index) -> Expression:
        """momentum kept + (1 - momentum) the batch's, the variance times m / (m - 1)."""
        kept, momentum = name.removesuffix(".new"), number(self.function.momentum)
        now: Expression = Name(f"{'mu' if kept.startswith('mean') else 'var'}{self.k}", index)
        if kept.startswith("variance"):
            now = times(now, over(Name("m"), minus(Name("m"), ONE)))
        return plus(times(momentum, Name(kept, index)), times(minus(ONE, momentum), now))


@dataclass(frozen=True)
class ByRunning(Link):
    """A batch of one row has no spread: Xhat = (A - mean) r with the numbers that the layer keeps, as they are."""

    kind: ClassVar[str] = "normalised"

    def given(self) -> tuple[str, ...]:
        return f"mean{self.k}", f"variance{self.k}"

    def sides(self) -> tuple[str, ...]:
        return (f"r{self.k}",)

    def kept(self) -> tuple[str, ...]:
        return f"mean{self.k}.new", f"variance{self.k}.new"

    def side(self, name: str, index: Index) -> Expression:
        if name.endswith(".new"):
            return Name(name.removesuffix(".new"), index)
        return over(ONE, call("sqrt", plus(Name(f"variance{self.k}", index), number(self.function.epsilon))))

    def whole_side(self, name: str) -> Expression:
        return self.side(name, ())

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return times(minus(Name(self.source, (n, o)), Name(f"mean{self.k}", (o,))), Name(f"r{self.k}", (o,)))

    def back(self, source: str, n: int, i: int) -> Expression:
        return times(Name(f"r{self.k}", (i,)), self.d(n, i))

    def whole(self, shapes: Shapes) -> Expression:
        return times(minus(Name(self.source), Name(f"mean{self.k}")), Name(f"r{self.k}"))

    def whole_back(self, source: str) -> Expression:
        return times(Name(f"r{self.k}"), self.delta)


@dataclass(frozen=True)
class OverRow(Normalised):
    """Each row over its entries."""

    mean: ClassVar[str] = "mean_each"

    def _shared(self, n: int, o: int) -> Index:
        return n, 0

    def _averaged(self, index: Index, term: Callable[[int, int], Expression]) -> Expression:
        return over(plus(*(term(index[0], o) for o in range(self.outputs))), Number(str(self.outputs)))


@dataclass(frozen=True)
class ByMeanSquare(OverRow):
    """Each row divided by the root of its mean square."""

    centred: ClassVar[bool] = False


@dataclass(frozen=True)
class Scaled(Link):
    """H = gamma Xhat + beta."""

    kind: ClassVar[str] = "scaled"
    shifted: bool = True

    def weights(self) -> tuple[str, ...]:
        return (f"gamma{self.k}", f"beta{self.k}") if self.shifted else (f"gamma{self.k}",)

    def _value(self, gamma: Name, xhat: Name, beta: Name) -> Expression:
        return plus(times(gamma, xhat), beta) if self.shifted else times(gamma, xhat)

    def entry(self, n: int, o: int, shapes: Shapes) -> Expression:
        return self._value(Name(f"gamma{self.k}", (o,)), Name(self.source, (n, o)), Name(f"beta{self.k}", (o,)))

    def back(self, source: str, n: int, i: int) -> Expression:
        return times(self.d(n, i), Name(f"gamma{self.k}", (i,)))

    def gradient(self, weight: str, index: Index) -> Expression:
        (o,) = index
        if weight.startswith("beta"):
            return self.over_rows(lambda n: self.d(n, o))
        return self.over_rows(lambda n: times(self.d(n, o), Name(self.source, (n, o))))

    def reaches(self, quantity: str, index: Index) -> Reached:
        return (None, index[0]) if quantity in self.weights() else (index[0], index[1])

    def whole(self, shapes: Shapes) -> Expression:
        return self._value(Name(f"gamma{self.k}"), Name(self.source), Name(f"beta{self.k}"))

    def whole_back(self, source: str) -> Expression:
        return times(self.delta, Name(f"gamma{self.k}"))

    def whole_gradient(self, weight: str) -> Expression:
        shift = weight.startswith("beta")
        return self.summed(self.delta if shift else times(self.delta, Name(self.source)))
