"""The formula of every number of a step: forward, loss, backward, optimizer, update, one entry at a time.

The arrays come from an engine; here stands how each of their entries follows from the quantities before it, as a tree
that can be shown, filled with numbers, evaluated with somebody else's numbers, or changed by a slip. A test evaluates
all of them and finds the engine's arrays.

Letters: n row, i input, o output, c class, m rows of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from glassnet.lab.expressions import (
    MINUS,
    ONE,
    Expression,
    Name,
    Number,
    call,
    minus,
    over,
    plus,
    replaced,
    text,
    times,
)
from glassnet.lab.functions import TWO, ZERO
from glassnet.lab.links import Index, Link
from glassnet.lab.links.joined import Embedded
from glassnet.lab.losses import ROWS, averages_outputs, loss_formulas, smoothed, true_class, true_class_slope
from glassnet.lab.updates import Update
from glassnet.optim import Optimizer

# The losses whose derivative by what goes into their activation is A - y.
GAP = ("categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy", "kl_divergence", "poisson")

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
    update: Update
    rows: int
    mean_in: str
    shapes: Mapping[str, Index] = field(default_factory=dict)
    opaque: frozenset[str] = frozenset()
    scalars: Mapping[str, Expression] = field(default_factory=dict)  # settings that follow from others
    targets: Any = None  # the batch's, for losses whose formula depends on which class is the right one

    # ---- what there is -----------------------------------------------------------------------------------------

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer whose step it is."""
        optimizer: Optimizer = self.update.optimizer
        return optimizer

    @property
    def output(self) -> str:
        """The quantity that the loss is taken of."""
        return self.links[-1].name

    @property
    def names(self) -> tuple[str, ...]:
        """All quantities in the order in which a step computes them."""
        return tuple(self.shapes)

    @cached_property
    def _learned(self) -> tuple[str, ...]:
        known = {name for link in self.links for name in link.weights()}
        return tuple(name for name in self.shapes if name in known)

    def weights(self) -> tuple[str, ...]:
        """W1, b1, W2, ...: all that is learned."""
        return self._learned

    @cached_property
    def _given(self) -> frozenset[str]:
        used = {name for link in self.links for name in link.given()}
        return frozenset({"X", "y", "share", *used, *self._learned, *self.update.given()})

    def given(self, name: str) -> bool:
        """Whether a quantity follows from no other: X, y, masks, the weights and moments before the step."""
        return name in self._given

    def maker(self, weight: str) -> Link:
        """The link that a weight belongs to."""
        return next(link for link in self.links if weight in link.weights())

    @cached_property
    def made(self) -> Mapping[str, Link]:
        """The link that each quantity of the forward pass comes from, with what is computed on the way and kept."""
        return {name: link for link in self.links for name in (*link.sides(), *link.kept(), link.name)}

    def users(self, name: str) -> tuple[Link, ...]:
        """The links that start from a quantity."""
        return tuple(link for link in self.links if name in link.sources)

    # ---- one entry ---------------------------------------------------------------------------------------------

    def entry(self, name: str, index: Index) -> Expression | None:
        """The formula of this entry; None for what is given, and for what is shown as a whole array only."""
        if name in self.opaque or self.given(name):
            return None
        if name in self.scalars and not index:
            return self.scalars[name]
        if name in self.made:
            return self._forward(self.made[name], name, index)
        if name == "loss":
            return self._loss()
        if name == f"d{self.output}":
            return self._loss_derivative(*index)
        if name[0] == "d" and name[1:] in self.made:
            return self._back(name[1:], index)
        if name[0] == "d" and name[1:] in self.weights():
            return self._weight_gradient(name[1:], index)
        return self._jacobian(name[2:], index) if name.startswith("J.") else self.update.entry(name, index)

    def _forward(self, link: Link, name: str, index: Index) -> Expression | None:
        if not link.opened:
            return None
        return link.entry(index[0], index[1], self.shapes) if name == link.name else link.side(name, index)

    def _back(self, source: str, index: Index) -> Expression | None:
        """The sum of what all links add that start from this quantity."""
        parts: list[Expression] = []
        for link in self.users(source):
            if not link.opened:
                return None
            if self.head and link is self.links[-1]:
                parts.append(self._through_head(link, index))
            elif (part := link.back(source, index[0], index[1])) is not None:
                parts.append(part)
        return plus(*parts) if parts else ZERO

    def _through_head(self, link: Link, index: Index) -> Expression:
        """The loss contains this activation: both derivatives at once, A - y where they come to that."""
        n, o = index
        if self.loss.name in GAP:
            return self._mean(times(minus(Name(link.name, index), self._target(n, o)), self._per_output()), n)
        tree = link.back(link.source, n, o)
        assert tree is not None
        inner = {link.d(n, c): self._loss_derivative(n, c) for c in range(link.outputs)}
        return replaced(tree, lambda part: inner.get(part, part) if isinstance(part, Name) else part)

    def _target(self, n: int, c: int) -> Expression:
        return smoothed(self.loss, Name("y", (n, c)), self.links[-1].outputs)

    def _rows_of(self, n: int) -> tuple[list[Expression], list[Expression]]:
        """Targets and predictions of an example."""
        targets = [self._target(n, c) for c in range(self.shapes["y"][1])]
        return targets, [Name(self.output, (n, c)) for c in range(self.links[-1].outputs)]

    def _loss_derivative(self, n: int, c: int) -> Expression:
        """The loss's derivative by one prediction, with the mean's 1/m where it stands there."""
        if self.loss.name == "likelihood":  # minus one product: what is left of it without this row
            y, p = self._rows_of(n)
            slope = times(over(Name("loss"), true_class(y, p)), true_class_slope(y, p, c))
            return times(Name("m"), slope) if self._mean_in_weights else slope
        return self._mean(times(self._loss_gradient(n, c), self._per_output()), n)

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
        if self.loss.name == "likelihood":
            return times(MINUS, *(true_class(*self._rows_of(n)) for n in range(self.rows)))
        terms = [self._weighed(term, n) for n in range(self.rows) for term in self._terms(n)]
        total = times(plus(*terms), self._per_output())
        mean = over(total, Name("m")) if self.rows > 1 and not self._weighted else total
        return call("sqrt", mean) if self.loss.name == "rmse" else mean

    def _terms(self, n: int) -> list[Expression]:
        """What the loss of one example is the sum of."""
        y, p = self._rows_of(n)
        if self.loss.name in ROWS:
            return ROWS[self.loss.name][0](y, p, self.targets[n])
        value, _ = loss_formulas(self.loss)
        return [value(*pair, self.loss.settings) for pair in zip(y, p, strict=True)]

    def _weighed(self, tree: Expression, n: int) -> Expression:
        return times(Name("share", (n,)), tree) if self._weighted else tree

    def _loss_gradient(self, n: int, c: int) -> Expression:
        y, p = self._rows_of(n)
        if self.loss.name in ROWS:
            return ROWS[self.loss.name][1](y, p, self.targets[n], c)
        _, gradient = loss_formulas(self.loss)
        slope = gradient(y[c], p[c], self.loss.settings)
        return over(slope, Name("loss")) if self.loss.name == "rmse" else slope  # the root's own derivative

    def _weight_gradient(self, weight: str, index: Index) -> Expression | None:
        link = self.maker(weight)
        if not link.opened:
            return None
        total = link.gradient(weight, index)
        return over(total, Name("m")) if self._mean_in_weights and total != ZERO else total

    def _jacobian(self, name: str, index: Index) -> Expression | None:
        """An entry of the backward pass from one output of one example: d(name), with J in place of d."""
        n, output = divmod(index[0], self.links[-1].outputs)
        if name == self.output:
            return ONE if index[1] == output else ZERO
        if name in self.weights():
            link = self.maker(name)
            alone = {"rows": 1} | ({"codes": link.codes[n : n + 1]} if isinstance(link, Embedded) else {})
            tree = replace(link, **alone).gradient(name, index[1:]) if link.opened else None
        else:
            tree = self._back(name, (n, index[1]))

        def change(part: Expression) -> Expression:
            if not isinstance(part, Name) or part.quantity[:1] != "d" or part.quantity[1:] not in self.made:
                alone = isinstance(part, Name) and part.quantity in (*self.made, "X") and name in self.weights()
                return Name(part.quantity, (n, *part.index[1:])) if alone else part  # type: ignore[union-attr]
            return Name(f"J.{part.quantity[1:]}", (index[0], part.index[1]))

        return None if tree is None else replaced(tree, change)

    @property
    def _mean_in_weights(self) -> bool:
        return self.rows > 1 and self.mean_in == "dW"

    # ---- the whole array ---------------------------------------------------------------------------------------

    def whole(self, name: str) -> Expression | None:
        """The formula of the whole quantity as a tree of whole quantities; None for what is given or opaque."""
        if name in self.opaque or self.given(name):
            return None
        if name in self.made:
            link = self.made[name]
            return link.whole(self.shapes) if name == link.name else link.whole_side(name)
        if name == "loss":
            return self._whole_loss()
        if name == f"d{self.output}":
            if self._by_rows:
                return call(f"{self.loss.name}'", Name("y"), Name(self.output))
            _, gradient = loss_formulas(self.loss)
            tree = gradient(self._whole_target(), Name(self.output), self.loss.settings)
            tree = over(tree, Name("loss")) if self.loss.name == "rmse" else tree
            return self._whole_mean(times(tree, self._per_output()))
        if name[0] == "d" and name[1:] in self.made:
            return plus(*(self._whole_back(link, name[1:]) for link in self.users(name[1:])))
        if name[0] == "d" and name[1:] in self.weights():
            return self._whole_weight_gradient(name[1:])
        return self.update.whole(name)

    @property
    def _by_rows(self) -> bool:
        """Whether the loss is no sum over single entries: then its formula stands with each entry."""
        return self.loss.name in ROWS or self.loss.name == "likelihood"

    def _whole_target(self) -> Expression:
        return smoothed(self.loss, Name("y"), self.links[-1].outputs)

    def _whole_loss(self) -> Expression:
        if self._by_rows:
            return call(self.loss.name, Name("y"), Name(self.output))
        value, _ = loss_formulas(self.loss)
        entries = value(self._whole_target(), Name(self.output), self.loss.settings)
        if self.rows * self.links[-1].outputs == 1 and self.loss.name != "rmse":
            return self._weighed_whole(entries)
        total = call("sum_all", self._weighed_whole(entries))
        mean = over(ONE, Name("m")) if self.rows > 1 and not self._weighted else ONE
        whole = times(self._per_output(), mean, total)
        return call("sqrt", whole) if self.loss.name == "rmse" else whole

    def _weighed_whole(self, tree: Expression) -> Expression:
        return times(Name("share"), tree) if self._weighted else tree

    def _whole_back(self, link: Link, source: str) -> Expression:
        if not (self.head and link is self.links[-1]):
            return link.whole_back(source)
        if self.loss.name in GAP:
            return self._whole_mean(times(minus(Name(link.name), self._whole_target()), self._per_output()))
        return call(f"{self.loss.name} of {link.function.name}'", Name("y"), Name(link.name))

    def _whole_mean(self, tree: Expression) -> Expression:
        if self._weighted:
            return times(tree, Name("share"))
        return over(tree, Name("m")) if self.rows > 1 and self.mean_in == "dZ" else tree

    def _whole_weight_gradient(self, weight: str) -> Expression:
        link = self.maker(weight)
        total = link.whole_gradient(weight)
        return times(over(ONE, Name("m")), total) if self._mean_in_weights and link.opened else total

    def symbols(self, name: str) -> str:
        """The formula of the whole quantity as text: "Z1 = X W1 + b1"."""
        tree = self.whole(name)
        if tree is not None:
            return f"{name} = {text(tree)}"
        return f"{name} is given" if self.given(name) else f"{name} as the engine has it"
