"""The formula of every number of a step: forward, loss, backward, optimizer, update, one entry at a time.

The arrays come from an engine; here stands how each of their entries follows from the quantities before it, as a tree
that can be shown, filled with numbers, evaluated with somebody else's numbers, or changed by a slip. A test evaluates
all of them and finds the engine's arrays.

Letters: n row, i input, o output, c class, m rows of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glassnet.lab.expressions import (
    ONE,
    Expression,
    Name,
    Number,
    call,
    minus,
    over,
    plus,
    text,
    times,
)
from glassnet.lab.functions import TWO, averages_outputs, loss_formulas
from glassnet.lab.links import Index, Link
from glassnet.lab.rules import update_formulas
from glassnet.optim import Optimizer

__all__ = ["TWO", "Formulas", "Index", "Link"]


@dataclass(frozen=True)
class Formulas:
    """The step's quantities in order, and the formula of each entry.

    `mean_in` says where the mean's 1/m stands: "dZ" (the true derivative) or "dW" (the lecture's). Where the rows have
    weights, `share` is each one's part of their sum and takes the place of 1/m. `opaque` are quantities whose numbers
    have no formula here.
    """

    links: tuple[Link, ...]
    loss: Any
    head: str | None  # the activation that the loss contains, if it does
    optimizer: Optimizer
    rows: int
    mean_in: str
    shapes: Mapping[str, Index] = field(default_factory=dict)
    opaque: frozenset[str] = frozenset()

    # ---- what there is -----------------------------------------------------------------------------------------

    @property
    def output(self) -> str:
        """The quantity that the loss is taken of."""
        return self.links[-1].name

    @property
    def names(self) -> tuple[str, ...]:
        """All quantities in the order in which a step computes them."""
        return tuple(self.shapes)

    def weights(self) -> tuple[str, ...]:
        """W1, b1, W2, ...: all that is learned."""
        known = [name for link in self.links for name in link.weights()]
        return tuple(name for name in self.shapes if name in known)

    def given(self, name: str) -> bool:
        """Whether a quantity follows from no other: X, y, the weights and moments before the step."""
        moments = {f"{moment}.{weight}" for weight in self.weights() for moment in self.optimizer.moments}
        drawn = name.startswith("keep") or name == "share"
        return name in ("X", "y") or drawn or name in self.weights() or name in moments

    def maker(self, weight: str) -> Link:
        """The link that a weight belongs to."""
        return next(link for link in self.links if weight in link.weights())

    # ---- one entry ---------------------------------------------------------------------------------------------

    def entry(self, name: str, index: Index) -> Expression | None:
        """The formula of this entry; None for what is given, and for what is shown as a whole array only."""
        if name in self.opaque or self.given(name):
            return None
        for link in self.links:
            if link.name == name:
                return link.entry(index[0], index[1], self.shapes) if link.opened else None
            if name == f"d{link.source}" and link.source != "X":
                return self._back(link, index) if link.opened else None
        if name == "loss":
            return self._loss()
        if name == f"d{self.output}":
            return self._mean(times(self._loss_gradient(*index), self._per_output()), index[0])
        if name[0] == "d" and name[1:] in self.weights():
            return self._weight_gradient(name[1:], index)
        if "." in name:
            return self._update(name, index)
        return None

    def _back(self, link: Link, index: Index) -> Expression:
        if self.head and link is self.links[-1]:  # the loss contains this activation: both derivatives at once
            gap = minus(Name(link.name, index), Name("y", index))
            return self._mean(times(gap, self._per_output()), index[0])
        return link.back(*index)

    @property
    def _weighted(self) -> bool:
        return "share" in self.shapes

    def _mean(self, tree: Expression, n: int) -> Expression:
        if self._weighted:
            return times(tree, Name("share", (n,)))
        return over(tree, Name("m")) if self.rows > 1 and self.mean_in == "dZ" else tree

    def _per_output(self) -> Expression:
        outputs = self.links[-1].outputs
        averaged = outputs > 1 and averages_outputs(self.loss)
        return call("1/", Number(str(outputs))) if averaged else ONE

    def _loss(self) -> Expression:
        value, _ = loss_formulas(self.loss)
        columns = range(self.links[-1].outputs)
        terms = [
            self._weighed(value(Name("y", (n, c)), Name(self.output, (n, c)), self.loss.settings), n)
            for n in range(self.rows)
            for c in columns
        ]
        total = times(plus(*terms), self._per_output())
        mean = over(total, Name("m")) if self.rows > 1 and not self._weighted else total
        return call("sqrt", mean) if self.loss.name == "rmse" else mean

    def _weighed(self, tree: Expression, n: int) -> Expression:
        return times(Name("share", (n,)), tree) if self._weighted else tree

    def _loss_gradient(self, n: int, c: int) -> Expression:
        _, gradient = loss_formulas(self.loss)
        slope = gradient(Name("y", (n, c)), Name(self.output, (n, c)), self.loss.settings)
        return over(slope, Name("loss")) if self.loss.name == "rmse" else slope  # the root's own derivative

    def _weight_gradient(self, weight: str, index: Index) -> Expression | None:
        link = self.maker(weight)
        if not link.opened:
            return None
        rows, dZ = range(self.rows), f"d{link.name}"
        if weight[0] == "W":
            terms = [times(Name(link.source, (n, index[0])), Name(dZ, (n, index[1]))) for n in rows]
        else:
            terms = [Name(dZ, (n, index[0])) for n in rows]
        total = plus(*terms)
        return over(total, Name("m")) if self._mean_in_weights else total

    @property
    def _mean_in_weights(self) -> bool:
        return self.rows > 1 and self.mean_in == "dW"

    def _update(self, name: str, index: Index) -> Expression | None:
        weight = next(part for part in name.split(".") if part in self.weights())
        return update_formulas(self.optimizer, weight, index).get(name)

    # ---- the whole array ---------------------------------------------------------------------------------------

    def whole(self, name: str) -> Expression | None:
        """The formula of the whole quantity as a tree of whole quantities; None for what is given or opaque."""
        if name in self.opaque or self.given(name):
            return None
        for link in self.links:
            if link.name == name:
                return link.whole(self.shapes)
            if name == f"d{link.source}" and link.source != "X":
                return self._whole_back(link)
        if name == "loss":
            return self._whole_loss()
        if name == f"d{self.output}":
            _, gradient = loss_formulas(self.loss)
            tree = gradient(Name("y"), Name(self.output), self.loss.settings)
            tree = over(tree, Name("loss")) if self.loss.name == "rmse" else tree
            return self._whole_mean(times(tree, self._per_output()))
        if name[0] == "d" and name[1:] in self.weights():
            return self._whole_weight_gradient(name[1:])
        return self._update(name, ()) if "." in name else None

    def _whole_loss(self) -> Expression:
        value, _ = loss_formulas(self.loss)
        entries = value(Name("y"), Name(self.output), self.loss.settings)
        if self.rows * self.links[-1].outputs == 1 and self.loss.name != "rmse":
            return self._weighed_whole(entries)
        total = call("sum_all", self._weighed_whole(entries))
        mean = over(ONE, Name("m")) if self.rows > 1 and not self._weighted else ONE
        whole = times(self._per_output(), mean, total)
        return call("sqrt", whole) if self.loss.name == "rmse" else whole

    def _weighed_whole(self, tree: Expression) -> Expression:
        return times(Name("share"), tree) if self._weighted else tree

    def _whole_back(self, link: Link) -> Expression:
        if self.head and link is self.links[-1]:
            return self._whole_mean(times(minus(Name(link.name), Name("y")), self._per_output()))
        return link.whole_back()

    def _whole_mean(self, tree: Expression) -> Expression:
        if self._weighted:
            return times(tree, Name("share"))
        return over(tree, Name("m")) if self.rows > 1 and self.mean_in == "dZ" else tree

    def _whole_weight_gradient(self, weight: str) -> Expression:
        link = self.maker(weight)
        dZ = Name(f"d{link.name}")
        if not link.opened:
            return call(f"{type(link.function).__name__}'", Name(link.source), dZ)
        if weight[0] == "W":
            total = call("matmul", call("transpose", Name(link.source)), dZ)
        else:
            total = call("sum_examples", dZ) if self.rows > 1 else dZ
        return times(over(ONE, Name("m")), total) if self._mean_in_weights else total

    def symbols(self, name: str) -> str:
        """The formula of the whole quantity as text: "Z1 = X W1 + b1"."""
        tree = self.whole(name)
        if tree is not None:
            return f"{name} = {text(tree)}"
        return f"{name} is given" if self.given(name) else f"{name} as the engine has it"
