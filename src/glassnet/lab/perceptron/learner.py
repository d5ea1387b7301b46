"""`gn.Perceptron`: the course's neuron and its rule, with every presentation open to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import NotFittedError, ShapeError
from glassnet.lab.perceptron.exact import Real, rational, shown, vector
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.margin import Greatest, Novikoff, greatest_margin, novikoff
from glassnet.lab.perceptron.points import Points, rows_of
from glassnet.lab.perceptron.rule import Cycle, Learned, Presentation, Rule
from glassnet.lab.perceptron.separability import Proof, Separability, separability
from glassnet.typing import Array, ArrayLike

if TYPE_CHECKING:
    from glassnet.lab.show.document import Document


class Perceptron:
    """One neuron with a step: y = 1 iff w1 x1 + ... + wn xn >= theta, and the rule that finds its weights.

    Formula:
        x in P and w.x < theta:   w := w + x
        x in N and w.x >= theta:  w := w - x          until every row is right

    With the threshold learned, x has a constant x0 = 1 and w0 = -theta is a weight like the others. Numbers are taken
    as they are written (0.1 is one tenth), and the rule is carried out exactly: ties are ties, cycles are cycles.

    Args:
        threshold: theta, fixed; None: learned.
        tie: "positive": z = w.x - theta = 0 is class 1, as in the course; "negative": as in scikit-learn.
        order: "given" or "cyclic" (the rows as they stand, round and round), "random" (each presentation draws a row),
            or row numbers, round and round.
        start: w1 ... wn, or w0 w1 ... wn with the threshold learned; zeros by default.
        learning_rate: what x is multiplied by.
        epochs: passes over the rows after which it stops, if it has not before: when every row is right, or when a pass
            begins with the same weights as an earlier one, so that it would go round for ever.
        seed: of the order "random".

    Shapes:
        X (n, d), y (n,): two words or numbers, the later of which is the positive class. After `fit`: `weights_` (d,),
        `threshold_`, `classes_`, `converged_`, `mistakes_`, `presentations_`, `cycle_`, `line_` (exact), `trace_`.

    Raises:
        SettingError: a tie, an order or a number that there is not.

    Example:
        >>> import glassnet as gn
        >>> X = [[0, 1], [1, 1], [0, 0], [1, 0]]
        >>> gate = gn.Perceptron(threshold=2.5, start=(1, 1)).fit(X, [0, 1, 0, 0])
        >>> str(gate.line_), gate.mistakes_
        ('2 x1 + 2 x2 - 2.5 = 0', 1)
        >>> gate.predict([[1, 1], [1, 0]])
        array([1, 0])
        >>> gn.Perceptron().fit(X, [1, 0, 0, 1]).separability().proof.multipliers
        (1, 1, 1, 1)

    Source: Rosenblatt (1958), Psychological Review 65, 386-408.
    """

    def __init__(
        self,
        threshold: Real | None = None,
        *,
        tie: str = "positive",
        order: str | Sequence[int] = "cyclic",
        start: Sequence[Real] | None = None,
        learning_rate: Real = 1,
        epochs: int = 1000,
        seed: int = 0,
    ) -> None:
        self.threshold, self.tie, self.order, self.start = threshold, tie, order, start
        self.learning_rate, self.epochs, self.seed = learning_rate, epochs, seed
        self._learned: Learned | None = None
        n, d = 1 if isinstance(order, str) else max(order, default=0) + 1, len(start) if start else 1
        self.rule(Points((vector([0] * d),) * n, (False,) * n))  # says now what can be used with no points

    def rule(self, points: Points) -> Rule:
        """The rule with these settings on these points."""
        return Rule(
            points,
            None if self.threshold is None else rational(self.threshold),
            self.tie,
            self.order if isinstance(self.order, str) else tuple(int(row) for row in self.order),
            None if self.start is None else vector(self.start),
            rational(self.learning_rate),
            self.epochs,
            self.seed,
        )

    def fit(self, X: ArrayLike | Points, y: ArrayLike | None = None) -> Perceptron:
        """Learns from the rows of X (n, d) and their labels y (n,), or from Points; begins at `start` each time.

        Raises:
            ShapeError: X and y, or X and the start, that do not belong together.
            DataError: more than two classes, numbers that are not finite.
        """
        if not isinstance(X, Points):
            if y is None:
                raise ShapeError("fit takes X and y: a label for each row.")
            X = Points.of(X, y)
        self._learned = self.rule(X).learn()
        return self

    @property
    def learned_(self) -> Learned:
        """All that `fit` found; raises NotFittedError before."""
        if self._learned is None:
            raise NotFittedError("This Perceptron has no weights yet; fit gives it some.")
        return self._learned

    @property
    def points_(self) -> Points:
        """What it learned from."""
        return self.learned_.rule.points

    @property
    def line_(self) -> Line:
        """The boundary, exactly."""
        return self.learned_.line

    @property
    def weights_(self) -> Array:
        """w1 ... wn, (d,)."""
        return np.array([float(value) for value in self.line_.weights])

    @property
    def threshold_(self) -> float:
        """theta, given or learned."""
        return float(self.line_.threshold)

    @property
    def classes_(self) -> Array:
        """The negative label and the positive one."""
        return np.array(self.points_.classes)

    @property
    def converged_(self) -> bool:
        """Whether every row is right."""
        return self.learned_.converged

    @property
    def mistakes_(self) -> int:
        """How many presentations changed the weights."""
        return self.learned_.mistakes

    @property
    def presentations_(self) -> int:
        """How many rows were presented."""
        return self.learned_.presentations

    @property
    def cycle_(self) -> Cycle | None:
        """The pass from which on it goes round for ever, and in how many passes; None if it was not seen to."""
        return self.learned_.cycle

    @property
    def trace_(self) -> tuple[Presentation, ...]:
        """Every presentation: the line before, z, the output, the line after."""
        return self.learned_.trace()

    def decision_function(self, X: ArrayLike) -> Array:
        """z = w.x - theta of each row, (n,)."""
        return np.array([float(z) for z in self._z(X)])

    def predict(self, X: ArrayLike) -> Array:
        """The label of each row, (n,); decided exactly."""
        line, classes = self.line_, self.points_.classes
        return np.array([classes[line.decides(z)] for z in self._z(X)])

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """The share of the rows whose predicted label is that of y."""
        predicted, labels = self.predict(X), np.asarray(y).reshape(-1)
        if len(predicted) != len(labels):
            raise ShapeError(f"X has {len(predicted)} rows and y has {len(labels)} labels.")
        return float((predicted == labels).mean())

    def _z(self, X: ArrayLike) -> list[Any]:
        rows = rows_of(X)
        if len(rows[0]) != self.points_.dimension:
            raise ShapeError(f"It learned from rows of {self.points_.dimension} numbers; these have {len(rows[0])}.")
        return [self.line_.z(row) for row in rows]

    def separability(self, *, fixed: bool = False) -> Separability:
        """Whether any line tells the classes apart; with `fixed`, whether one with this perceptron's threshold does.

        A line, or an exact proof that there is none.
        """
        if not fixed:
            return separability(self.points_, None, self.tie)
        return separability(self.points_, self.learned_.rule.threshold, self.tie)

    def proof(self) -> Proof | None:
        """The proof that this perceptron cannot be right everywhere, with its fixed threshold if it has one."""
        return None if self.converged_ else self.separability(fixed=True).proof

    def greatest_margin(self) -> Greatest | None:
        """The line that is as far as can be from both classes; None where there is none."""
        return greatest_margin(self.points_)

    def novikoff(self) -> Novikoff | None:
        """The bound on the number of mistakes; None with a fixed threshold, or without a line between the classes."""
        return novikoff(self.learned_)

    def report(self) -> Document:
        """All of it: trace, boundary, proof or margins, as a document with `html()`, `latex()`, `markdown()`, ..."""
        from glassnet.lab.perceptron.report import report

        return report(self)

    def __repr__(self) -> str:
        threshold = "learned" if self.threshold is None else shown(rational(self.threshold))
        line = f", {self._learned.line}" if self._learned else ""
        return f"Perceptron(threshold {threshold}{line})"
