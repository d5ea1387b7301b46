"""Muon's step of a matrix, product by product: made of length 1, then five times O := a O + (b A + c A^2) O, A = O O^T.

Of a matrix that is higher than wide A is O^T O, and stands on the right: the same, turned over.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glassnet.lab.expressions import Expression, Name, call, minus, over, plus, replaced, times
from glassnet.lab.functions import TWO, number
from glassnet.lab.rules import RATE, update_formulas
from glassnet.lab.updates.update import Index, Taken, Update
from glassnet.maths.updates.orthogonal import QUINTIC
from glassnet.optim import Adam
from glassnet.typing import Array

ITERATIONS, TINY = 5, 1e-7
A, B, C = (number(each) for each in QUINTIC)


class MuonUpdate(Update):
    """Momentum made orthogonal for matrices, Adam for the rest."""

    def _matrices(self) -> list[str]:
        return [weight for weight, shape in self.weights.items() if len(shape) == 2]

    def _direction(self, weight: str) -> str:
        return f"ahead.{weight}" if self.optimizer.nesterov else f"m.{weight}.new"

    def own_names(self) -> Iterator[str]:
        for weight in self._matrices():
            yield from (f"m.{weight}.new", *([f"ahead.{weight}"] * self.optimizer.nesterov), f"sums.{weight}")
            yield from (f"size.{weight}", f"O0.{weight}")
            for t in range(ITERATIONS):
                yield from (f"gram{t}.{weight}", f"poly{t}.{weight}", f"O{t + 1}.{weight}")

    def _scale(self, weight: str) -> Expression:
        rows, columns = self.weights[weight]
        return call("sqrt", call("max", number(1.0), over(number(float(columns)), number(float(rows)))))

    def rule(self, weight: str, index: Index) -> dict[str, Expression]:
        theta, g = Name(self.theta(weight), index), self.gradient(weight)
        if weight not in self._matrices():
            settings = {name: getattr(self.optimizer, name) for name in ("beta1", "beta2", "epsilon")}
            found = update_formulas(Adam(**settings), weight, index, theta=theta.quantity, gradient=g)
            tree = found[f"{weight}.new"]
            return found | {f"{weight}.new": _shared(tree)}
        moment = plus(times(Name("momentum"), Name(f"m.{weight}", index)), Name(g, index))
        step = times(RATE, self._scale(weight), Name(f"O{ITERATIONS}.{weight}", index))
        v = Name(f"v.{weight}", index)  # Adam's, which a matrix has no use for
        return {f"{weight}.new": minus(theta, step), f"m.{weight}.new": moment, f"v.{weight}.new": v}

    def own(self, name: str, index: Index, whole: bool) -> Expression | None:
        stage, _, weight = name.partition(".")
        if weight not in self._matrices():
            return None
        if stage == "ahead":
            moment = times(Name("momentum"), Name(f"m.{weight}.new", index))
            return plus(Name(self.gradient(weight), index), moment)
        if stage == "sums":
            direction = self._direction(weight)
            return self.over_entries(weight, index, whole, lambda at: call("^", Name(direction, at), TWO))
        if stage == "size":
            rows = [Name(f"sums.{weight}", (i,)) for i in range(self.weights[weight][0])]
            total = call("sum_all", Name(f"sums.{weight}")) if whole else plus(*rows)
            return plus(call("sqrt", total), number(TINY))
        if stage == "O0":
            return over(Name(self._direction(weight), index), Name(f"size.{weight}"))
        for kind, formula in (("gram", self._gram), ("poly", self._poly), ("O", self._next)):
            if stage.startswith(kind) and stage[len(kind) :].isdigit():
                return formula(int(stage[len(kind) :]), weight, index, whole)
        return None

    # ---- one iteration ---------------------------------------------------------------------------------------------

    def _tall(self, weight: str) -> bool:
        rows, columns = self.weights[weight]
        return rows > columns

    def _gram(self, t: int, weight: str, index: Index, whole: bool) -> Expression:
        """A = O O^T, or O^T O."""
        name, tall = f"O{t}.{weight}", self._tall(weight)
        if whole:
            pair = Name(name), call("transpose", Name(name))
            return call("matmul", *(reversed(pair) if tall else pair))
        i, j = index
        if tall:
            return plus(*(times(Name(name, (r, i)), Name(name, (r, j))) for r in range(self.weights[weight][0])))
        return plus(*(times(Name(name, (i, c)), Name(name, (j, c))) for c in range(self.weights[weight][1])))

    def _poly(self, t: int, weight: str, index: Index, whole: bool) -> Expression:
        """b A + c A A."""
        name = f"gram{t}.{weight}"
        if whole:
            return plus(times(B, Name(name)), times(C, call("matmul", Name(name), Name(name))))
        i, j = index
        side = range(min(self.weights[weight]))
        product = plus(*(times(Name(name, (i, k)), Name(name, (k, j))) for k in side))
        return plus(times(B, Name(name, index)), times(C, product))

    def _next(self, t: int, weight: str, index: Index, whole: bool) -> Expression:
        """a O + B O, or a O + O B."""
        name, poly, tall = f"O{t - 1}.{weight}", f"poly{t - 1}.{weight}", self._tall(weight)
        if whole:
            pair = (Name(name), Name(poly)) if tall else (Name(poly), Name(name))
            return plus(times(A, Name(name)), call("matmul", *pair))
        i, j = index
        side = range(min(self.weights[weight]))
        terms = [
            times(Name(name, (i, k)), Name(poly, (k, j))) if tall else times(Name(poly, (i, k)), Name(name, (k, j)))
            for k in side
        ]
        return plus(times(A, Name(name, index)), *terms)

    # ---- numbers ---------------------------------------------------------------------------------------------------

    def values(self, taken: Taken) -> dict[str, Array]:
        found = super().values(taken)
        for weight in self._matrices():
            G, M = (taken.views(flat)[weight] for flat in (taken.witness.clipped, taken.state.moments["m"]))
            ahead = G + self.optimizer.momentum * M if self.optimizer.nesterov else M
            found |= {f"{name}.{weight}": value for name, value in iterations(ahead).items()}
            if self.optimizer.nesterov:
                found[f"ahead.{weight}"] = ahead
        return found

    @property
    def known(self) -> bool:
        return True


def iterations(G: Array) -> dict[str, Array]:
    """The numbers on the way to `maths.updates.orthogonalized(G)`, by its own operations."""
    a, b, c = QUINTIC
    tall = G.shape[0] > G.shape[1]
    X: Array = G.T if tall else G
    size = np.sqrt(np.sum(X * X)) + np.asarray(TINY, G.dtype)
    X = X / size
    found = {"sums": np.sum(G * G, axis=1), "size": np.asarray(size), "O0": X.T if tall else X}
    for t in range(ITERATIONS):
        gram = X @ X.T
        poly = b * gram + c * (gram @ gram)
        X = a * X + poly @ X
        found |= {f"gram{t}": gram, f"poly{t}": poly, f"O{t + 1}": X.T if tall else X}
    return found


def _shared(tree: Expression) -> Expression:
    """Adam's step with the rate that Muon gives it."""
    share = times(RATE, Name("vector_share"))
    return replaced(tree, lambda part: share if part == RATE else part)
