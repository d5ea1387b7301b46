"""What a step does to the weights, from their gradients to their new numbers, as formulas.

    dW -> penalised -> limited -> clipped -> the optimizer's rule -> W.new -> ema
    W  -> decayed ---------------------------^      ^ stepped, where columns are kept short

Each stage is a quantity of its own (`penalised.W1`), and only those are there that the step has. Sums over all weights
of a large network are taken row by row first, so that every number opens at once: `squares.W1[i]` is the sum over the
row i.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.engine.around import Around
from glassnet.lab.expressions import MINUS, ONE, Expression, Name, call, minus, over, plus, times
from glassnet.lab.functions import TWO, number
from glassnet.lab.rules import RATE, RULES, update_formulas
from glassnet.layers.penalty import NONE, Penalty
from glassnet.maths.penalties import clip_by_value, norm
from glassnet.typing import Array, Floats

Index = tuple[int, ...]
BEFORE = ("penalised", "limited", "clipped")  # of the gradient, in order
ODD = (*BEFORE, "decayed", "stepped", "ema")  # change their sign with a bias that is subtracted
STAGES = (*ODD, "squares", "length", "penalty")
SCALARS = ("norm", "clip", "penalty", "total")


class Witness(Around):
    """What a step does around its rule, and a record of it."""

    with_penalty: Floats | None = None
    penalty = 0.0
    clipped: Floats
    decayed: Floats
    stepped: Floats

    def penalise(self, weight: float) -> float:
        total = super().penalise(weight)
        if self.with_penalty is None:  # a rule of second order penalises other weights on its way
            self.with_penalty, self.penalty = self.gradients.copy(), total
        return total

    def before(self, rate: float) -> None:
        super().before(rate)
        self.clipped, self.decayed = self.gradients.copy(), self.state.parameters.flat.copy()

    def after(self) -> None:
        self.stepped = self.state.parameters.flat.copy()
        super().after()


@dataclass(frozen=True)
class Taken:
    """A step that was taken: the state before and after it, what happened around its rule, what the rule asked for."""

    witness: Witness
    before: Mapping[str, Any]
    curvature: Floats | None = None  # J^T J, of a rule that asks for it
    trials: int = 0  # other weights at which a rule has asked for the loss
    there: Floats | None = None  # the gradient at the new weights, where a rule has asked for it
    settings: dict[str, float] = field(default_factory=dict)  # numbers of the rule that are no arrays
    jacobian: Mapping[str, Array] = field(default_factory=dict)
    counts: Array | None = None  # how much each row counts, times the curvature of the loss

    @property
    def state(self) -> Any:
        return self.witness.state

    def views(self, flat: Floats) -> dict[str, Array]:
        """A flat vector by the names of the weights."""
        return dict(self.witness.state.parameters.views_of(flat))


@dataclass(frozen=True)
class Update:
    """The stages of a step, around a rule for each weight by itself; `weights` are the shapes of what is learned."""

    optimizer: Any
    penalties: Mapping[str, Penalty]
    weights: Mapping[str, Index]

    # ---- which stages there are ------------------------------------------------------------------------------------

    def of(self, weight: str) -> Penalty:
        """What keeps this weight small."""
        return self.penalties.get(weight, NONE)

    def stages(self, weight: str) -> list[str]:
        """The stages of its gradient, in order."""
        own = self.of(weight)
        known = (own.l1 or own.l2, self.optimizer.clip_value is not None, self.optimizer.clip_norm is not None)
        return [f"{stage}.{weight}" for stage, there in zip(BEFORE, known, strict=True) if there]

    def gradient(self, weight: str) -> str:
        """The gradient that the rule takes."""
        return ([f"d{weight}", *self.stages(weight)])[-1]

    def theta(self, weight: str) -> str:
        """The weight that the rule starts from."""
        return f"decayed.{weight}" if self.of(weight).weight_decay else weight

    def stepped(self, weight: str) -> str:
        """What the rule makes of it."""
        return f"stepped.{weight}" if self.of(weight).max_norm is not None else f"{weight}.new"

    @cached_property
    def penalised(self) -> tuple[str, ...]:
        """The weights with a penalty that adds to the loss."""
        return tuple(weight for weight in self.weights if self.of(weight).l1 or self.of(weight).l2)

    def given(self) -> tuple[str, ...]:
        """What the optimizer remembers of the steps before."""
        return tuple(f"{moment}.{weight}" for moment in self.optimizer.kept for weight in self.weights)

    def names(self) -> Iterator[str]:
        """The quantities in the order in which they are computed, what is given first."""
        if self.penalised:
            yield from (*(f"penalty.{weight}" for weight in self.penalised), "penalty", "total")
        yield from self.given()
        for weight in self.weights:
            yield from (stage for stage in self.stages(weight) if not stage.startswith("clipped"))
        if self.optimizer.clip_norm is not None:
            yield from (*(f"squares.{weight}" for weight in self.weights), "norm", "clip")
            yield from (f"clipped.{weight}" for weight in self.weights)
        yield from self.own_names()
        for weight in self.weights:
            yield from self._of_weight(weight)

    def _of_weight(self, weight: str) -> Iterator[str]:
        yield from [f"decayed.{weight}"] * (self.theta(weight) != weight)
        yield from (f"{moment}.{weight}.new" for moment in self.optimizer.moments)
        yield from [f"stepped.{weight}", f"length.{weight}"] * (self.stepped(weight) != f"{weight}.new")
        yield f"{weight}.new"
        yield from [f"ema.{weight}.new"] * (self.optimizer.ema is not None)

    # ---- formulas --------------------------------------------------------------------------------------------------

    def entry(self, name: str, index: Index) -> Expression | None:
        """The formula of an entry; None for a rule that is unknown here."""
        return self._formula(name, index, whole=False)

    def whole(self, name: str) -> Expression | None:
        """The formula of the whole array."""
        return self._formula(name, (), whole=True)

    def _formula(self, name: str, index: Index, whole: bool) -> Expression | None:
        if name in SCALARS:
            return self._scalar(name, whole)
        stage, _, rest = name.partition(".")
        if stage in ("squares", "penalty"):
            return self._of_rows(stage, rest, index, whole)
        if stage == "length":
            return self._length(rest, index, whole)
        own = self.own(name, index, whole)
        if own is not None:
            return own
        if stage in (*BEFORE, "decayed"):
            return self._stage(stage, rest, index)
        if name.startswith("ema."):
            return self._mean(rest.removesuffix(".new"), index)
        weight = next((part for part in name.split(".") if part in self.weights), None)
        if weight is None:
            return None
        if name == f"{weight}.new" and self.stepped(weight) != name:
            return self._shortened(weight, index)
        found = self.rule(weight, index)
        return found.get(f"{weight}.new" if stage == "stepped" else name)

    def _stage(self, stage: str, weight: str, index: Index) -> Expression:
        own, W = self.of(weight), Name(weight, index)
        if stage == "decayed":
            return minus(W, times(RATE, number(own.weight_decay), W))
        before = [f"d{weight}", *self.stages(weight)]
        g = Name(before[before.index(f"{stage}.{weight}") - 1], index)
        if stage == "penalised":
            l1 = [times(number(own.l1), call("sign", W))] if own.l1 else []
            l2 = [times(TWO, number(own.l2), W)] if own.l2 else []
            return plus(g, *l1, *l2)
        if stage == "limited":
            c = Name("clip_value")
            return call("max", times(MINUS, c), call("min", g, c))
        return times(Name("clip"), g)

    def _mean(self, weight: str, index: Index) -> Expression:
        mean, share = Name(f"ema.{weight}", index), over(minus(ONE, Name("ema")), minus(ONE, Name("ema_power")))
        return plus(mean, times(share, minus(Name(f"{weight}.new", index), mean)))

    def _shortened(self, weight: str, index: Index) -> Expression:
        """limit / max(length, limit): 1 for a column that is short enough."""
        limit = number(float(self.of(weight).max_norm or 0))
        length = Name(f"length.{weight}", index[1:])
        return over(times(Name(f"stepped.{weight}", index), limit), call("max", length, limit))

    # ---- sums ------------------------------------------------------------------------------------------------------

    def _scalar(self, name: str, whole: bool) -> Expression:
        if name == "total":
            return plus(Name("loss"), Name("penalty"))
        if name == "clip":
            limit = Name("clip_norm")
            return over(limit, call("max", Name("norm"), limit))
        if name == "penalty":
            return self._summed("penalty", self.penalised, whole)
        return call("sqrt", self._summed("squares", self.weights, whole))

    def _summed(self, stage: str, weights: Iterable[str], whole: bool) -> Expression:
        """The sum over the rows of these weights."""
        terms: list[Expression] = []
        for weight in weights:
            rows = self.weights[weight][:1] if by_rows(self.weights[weight]) else ()
            name = f"{stage}.{weight}"
            if whole and rows:
                terms.append(call("sum_all", Name(name)))
            else:
                terms += [Name(name, (i,)) for i in range(rows[0])] if rows else [Name(name)]
        return plus(*terms)

    def _of_rows(self, stage: str, weight: str, index: Index, whole: bool) -> Expression:
        if stage == "squares":
            unclipped = [f"d{weight}", *self.stages(weight)][-2]
            return self.over_entries(weight, index, whole, lambda at: call("^", Name(unclipped, at), TWO))
        own = self.of(weight)
        l1, l2 = number(own.l1), number(own.l2)

        def term(at: Index) -> Expression:
            W = Name(weight, at)
            parts = [times(l1, call("abs", W))] * bool(own.l1) + [times(l2, call("^", W, TWO))] * bool(own.l2)
            return plus(*parts)

        return self.over_entries(weight, index, whole, term)

    def over_entries(self, weight: str, index: Index, whole: bool, term: Callable[[Index], Expression]) -> Expression:
        """The sum of a term over the entries of a weight, of a matrix over one row."""
        shape = self.weights[weight]
        rows = by_rows(shape)
        if whole:
            return call("sum_rows" if rows else "sum_all", term(()))
        places = [(*index, *rest) for rest in np.ndindex(shape[1:])] if rows else list(np.ndindex(shape))
        return plus(*(term(place) for place in places))

    def _length(self, weight: str, index: Index, whole: bool) -> Expression:
        def square(at: Index) -> Expression:
            return call("^", Name(f"stepped.{weight}", at), TWO)

        if whole:
            return call("sqrt", call("sum_examples", square(())))
        return call("sqrt", plus(*(square((i, index[0])) for i in range(self.weights[weight][0]))))

    # ---- the rule --------------------------------------------------------------------------------------------------

    def own_names(self) -> Iterator[str]:
        """What a rule computes that is no rule for each weight by itself."""
        return iter(())

    def own(self, name: str, index: Index, whole: bool) -> Expression | None:
        """The formula of such a quantity."""
        return None

    def rule(self, weight: str, index: Index) -> dict[str, Expression]:
        """The new weight and moments of one entry."""
        theta, g = self.theta(weight), self.gradient(weight)
        return update_formulas(self.optimizer, weight, index, theta=theta, gradient=g)

    @property
    def known(self) -> bool:
        """Whether the rule has formulas here."""
        return self.optimizer.name in RULES

    # ---- numbers ---------------------------------------------------------------------------------------------------

    def values(self, taken: Taken) -> dict[str, Array]:
        """The numbers of the stages, from what a step has left."""
        made, views, limit = taken.witness, taken.views, self.optimizer.clip_value
        assert made.with_penalty is not None
        limited = made.with_penalty if limit is None else clip_by_value(made.with_penalty, limit)
        of_stage = {
            "penalised": made.with_penalty,
            "limited": limited,
            "clipped": made.clipped,
            "decayed": made.decayed,
            "stepped": made.stepped,
        }
        found: dict[str, Array] = {}
        for name in self.names():
            stage, _, weight = name.partition(".")
            if stage in of_stage:
                found[name] = views(of_stage[stage])[weight].copy()
            elif stage == "squares":
                found[name] = _over(np.square(views(limited)[weight], dtype=np.float64))
            elif stage == "length":
                found[name] = np.sqrt(np.sum(np.square(views(made.stepped)[weight], dtype=np.float64), axis=0))
            elif stage == "penalty" and weight:
                W, own = views(taken.before["values"])[weight].astype(np.float64), self.of(weight)
                found[name] = _over(own.l1 * np.abs(W) + own.l2 * np.square(W))
        clip_norm = self.optimizer.clip_norm
        if clip_norm is not None:
            length = norm(limited)
            found |= {"norm": np.array(length), "clip": np.array(clip_norm / max(length, clip_norm))}
        return found | ({"penalty": np.array(made.penalty)} if self.penalised else {})


def by_rows(shape: Index) -> bool:
    """Whether sums over an array are taken row by row first."""
    return len(shape) > 1


def _over(terms: Array) -> Array:
    return np.asarray(terms.reshape(len(terms), -1).sum(axis=1) if by_rows(terms.shape) else terms.sum())
