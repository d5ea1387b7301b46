"""Levenberg and Marquardt's step, entry by entry: the equations that it solves, each solved for its own unknown.

J holds the derivative of every output of every example by every weight; a row of it is one backward pass that begins
with a 1 at one output, and has its quantities (`J.Z1[r,o]`, r counting the outputs of all examples). With c_r, what the
row counts, H = J^T c J, and (H + lambda D) d = -g is for each weight

    d = -(g + pull - bend d) / (bend + lambda D),    pull = sum over r of c_r J_r (J d)_r,    bend = sum of c_r J_r^2

where an l2 penalty adds 2 l2 d to pull and 2 l2 to bend. All of them hold at once: d stands on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from glassnet.lab.expressions import MINUS, Expression, Name, call, minus, over, plus, times
from glassnet.lab.functions import TWO, number
from glassnet.lab.updates.update import Index, Taken, Update
from glassnet.typing import Array, Floats

LEAST = 1e-12  # of D, as a share of its largest number


@dataclass(frozen=True)
class MarquardtUpdate(Update):
    """The update of one step; `rows` are those of J by output, `found` whether the step led down."""

    passes: list[str] = field(default_factory=list)  # the quantities of the backward passes
    rows: list[int] = field(default_factory=list)  # the example of each row of J
    found: list[bool] = field(default_factory=list)

    @property
    def known(self) -> bool:
        return True

    def own_names(self) -> Iterator[str]:
        yield "counts"
        yield from self.passes
        yield "Jd"
        for weight in self.weights:
            yield from (f"bend.{weight}", f"pull.{weight}", f"d.{weight}")

    def given(self) -> tuple[str, ...]:
        return (*super().given(), "counts")

    # ---- formulas --------------------------------------------------------------------------------------------------

    def rule(self, weight: str, index: Index) -> dict[str, Expression]:
        theta = Name(self.theta(weight), index)
        step = times(Name("learning_rate"), Name(f"d.{weight}", index))
        return {f"{weight}.new": plus(theta, step) if all(self.found) else theta}

    def own(self, name: str, index: Index, whole: bool) -> Expression | None:
        stage, _, weight = name.partition(".")
        if whole:
            return None
        if name == "Jd":
            return self._moved(index)
        formulas = {"bend": self._bend, "pull": self._pull, "d": self._direction}
        return formulas[stage](weight, index) if stage in formulas and weight in self.weights else None

    def _moved(self, index: Index) -> Expression:
        """(J d)_r: how far the step moves this output, if all were straight lines."""
        return plus(*(
            times(Name(f"J.{weight}", (*index, *at)), Name(f"d.{weight}", at))
            for weight, shape in self.weights.items() for at in np.ndindex(shape)
        ))  # fmt: skip

    def _over_rows(self, weight: str, index: Index, other: str) -> list[Expression]:
        """c_r J_r times itself, or times (J d)_r."""
        terms: list[Expression] = []
        for r, n in enumerate(self.rows):
            J = Name(f"J.{weight}", (r, *index))
            pair = [call("^", J, TWO)] if other == "J" else [J, Name("Jd", (r,))]
            terms.append(times(Name("counts", (n,)), *pair))
        return terms

    def _bend(self, weight: str, index: Index) -> Expression:
        l2 = self.of(weight).l2
        return plus(*self._over_rows(weight, index, "J"), *([number(2 * l2)] if l2 else []))

    def _pull(self, weight: str, index: Index) -> Expression:
        l2 = self.of(weight).l2
        more = [times(number(2 * l2), Name(f"d.{weight}", index))] if l2 else []
        return plus(*self._over_rows(weight, index, "Jd"), *more)

    def _direction(self, weight: str, index: Index) -> Expression:
        g, d = Name(self.gradient(weight), index), Name(f"d.{weight}", index)
        bend = Name(f"bend.{weight}", index)
        D: Expression = call("max", bend, Name("D_least")) if self.optimizer.scaled else number(1.0)
        below = plus(bend, times(Name("lambda"), D))
        return over(times(MINUS, minus(plus(g, Name(f"pull.{weight}", index)), times(bend, d))), below)

    # ---- numbers ---------------------------------------------------------------------------------------------------

    def values(self, taken: Taken) -> dict[str, Array]:
        assert taken.curvature is not None
        assert taken.counts is not None
        H, g = taken.curvature, taken.witness.clipped.astype(np.float64)
        self.passes[:] = list(taken.jacobian)
        outputs = len(next(iter(taken.jacobian.values()))) // len(taken.counts)
        self.rows[:] = [n for n in range(len(taken.counts)) for _ in range(outputs)]
        self.found[:] = [bool((taken.witness.stepped != taken.witness.decayed).any())]
        D = np.diag(H).copy() if self.optimizer.scaled else np.ones(len(H))
        least = LEAST * max(float(D.max()), 1e-300)
        taken.settings.update({"lambda": self._damping(taken), "D_least": least})
        d = np.linalg.solve(H + np.diag(taken.settings["lambda"] * np.maximum(D, least)), -g)
        found = super().values(taken) | dict(taken.jacobian) | {"counts": taken.counts}
        flat: dict[str, Floats] = {"d": d, "bend": np.diag(H).copy(), "pull": H @ d}
        for stage, vector in flat.items():
            found |= {f"{stage}.{weight}": value for weight, value in taken.views(vector).items()}
        moved = [found[f"J.{weight}"].reshape(len(self.rows), -1) @ found[f"d.{weight}"].reshape(-1)
                 for weight in self.weights]  # fmt: skip
        return found | {"Jd": np.sum(moved, axis=0)}

    def _damping(self, taken: Taken) -> float:
        """That of the last trial: doubled, then times 4, 8, ... until the step led down."""
        damping, factor = float(taken.before["scalars"]["damping"]), 2.0
        for _ in range(taken.trials - 1):
            damping, factor = min(damping * factor, 1e15), factor * 2
        return damping
