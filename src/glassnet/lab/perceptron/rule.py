"""The course's rule, presentation by presentation, in whole numbers.

    z = w.x - theta         the output is 1 where z >= 0 (tie "positive") or z > 0 (tie "negative")
    x in P and output 0:    w := w + rate x
    x in N and output 1:    w := w - rate x         until every row is right

With the threshold learned, x has a constant x0 = 1 in front and w0 = -theta is a weight like the others. All numbers of
the data, the start and the rate are multiples of a common fraction; multiplied by it they are whole, and the rule is
carried out on Python's own integers. So ties are ties, and a state that comes back is exactly the same.

Rosenblatt (1958), Psychological Review 65, 386-408.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from operator import add, mul

from glassnet.errors import SettingError, ShapeError
from glassnet.lab.perceptron.exact import Vector, common_denominator
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.points import Points
from glassnet.maths.random import Purpose, bits

TIES = ("positive", "negative")
ORDERS = ("given", "cyclic", "random")
Whole = tuple[int, ...]


@dataclass(frozen=True)
class Presentation:
    """One row shown to the perceptron: the line before, z, what it said, and the line after."""

    number: int
    epoch: int
    row: int
    before: Line
    z: Fraction
    output: bool
    target: bool
    after: Line

    @property
    def right(self) -> bool:
        """Whether the output is the target; then the weights stay."""
        return self.output == self.target


@dataclass(frozen=True)
class Cycle:
    """Passes that repeat for ever: after `length` of them from pass `start` on, the weights are exactly the same."""

    start: int
    length: int


@dataclass(frozen=True)
class Rule:
    """The rule with all it is given: points, threshold (None: learned), tie, order, start, rate, and how long.

    `start` are w1 ... wn, or w0 w1 ... wn where the threshold is learned (w0 is 0 where it is not among them). `order`
    is "given" or "cyclic" (the rows as they stand, round and round), "random" (each presentation draws one), or the
    rows' numbers in the order in which they are shown, round and round.
    """

    points: Points = field(repr=False)
    threshold: Fraction | None = None
    tie: str = "positive"
    order: str | tuple[int, ...] = "cyclic"
    start: Vector | None = None
    rate: Fraction = Fraction(1)
    epochs: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        self._check_order()
        if self.tie not in TIES:
            raise SettingError(f"A tie (z = 0) is {' or '.join(map(repr, TIES))}, not {self.tie!r}.")
        if self.rate <= 0:
            raise SettingError(f"The learning rate is above 0; given {self.rate}.")
        if self.epochs < 1:
            raise SettingError(f"There is at least one pass over the rows; given epochs={self.epochs}.")
        d = self.points.dimension
        lengths = (d,) if self.threshold is not None else (d, d + 1)
        if self.start is not None and len(self.start) not in lengths:
            learned = " (or w0 and those, with the threshold learned)" if self.threshold is None else ""
            raise ShapeError(f"The points have {d} inputs, so the start is {d} weights{learned}; "
                             f"given {len(self.start)}.")  # fmt: skip

    def _check_order(self) -> None:
        if isinstance(self.order, str):
            if self.order not in ORDERS:
                raise SettingError(f"The order is {', '.join(ORDERS)} or the rows' numbers, not {self.order!r}.")
            return
        n = len(self.points.rows)
        if not self.order or not all(0 <= row < n for row in self.order):
            raise SettingError(f"An order names rows from 0 to {n - 1}, as they are presented; given {self.order}.")

    # ---- whole numbers -----------------------------------------------------------------------------------------

    @property
    def learned(self) -> bool:
        """Whether the threshold is learned."""
        return self.threshold is None

    @property
    def first(self) -> Vector:
        """The weights before the first presentation, w0 first where the threshold is learned."""
        d = self.points.dimension
        start = self.start if self.start is not None else (Fraction(0),) * d
        return (Fraction(0), *start) if self.learned and len(start) == d else start

    def _scaled(self) -> _Scaled:
        """Data, start and threshold as whole numbers."""
        rows = [(Fraction(1), *row) if self.learned else row for row in self.points.rows]
        data = common_denominator(value for row in rows for value in row)
        start, threshold = self.first, self.threshold or Fraction(0)
        unit = common_denominator([*start, threshold, self.rate / data])  # of a weight
        whole_rows = [tuple(int(value * data) for value in row) for row in rows]
        step = int(self.rate / data * unit)
        return _Scaled(
            whole_rows,
            [tuple((step if p else -step) * value for value in row)
             for row, p in zip(whole_rows, self.points.positive, strict=True)],
            tuple(int(value * unit) for value in start),
            int(threshold * unit) * data,
            data,
            unit,
        )  # fmt: skip

    def line(self, weights: Sequence[Fraction]) -> Line:
        """The line of the weights, w0 first where the threshold is learned."""
        if self.threshold is not None:
            return Line(tuple(weights), self.threshold, self.tie)
        return Line(tuple(weights[1:]), -weights[0], self.tie)

    # ---- the rule ----------------------------------------------------------------------------------------------

    def draws(self) -> Iterator[tuple[int, Sequence[int]]]:
        """(pass, rows to present before it is asked whether all are right)."""
        n = len(self.points.rows)
        for epoch in range(1, self.epochs + 1):
            if self.order == "random":
                words = bits(self.seed, Purpose.SHUFFLE, epoch, 0, n)
                for word in words.tolist():
                    yield epoch, (word * n >> 32,)
            else:
                yield epoch, range(n) if isinstance(self.order, str) else self.order

    def learn(self) -> Learned:
        """Applies the rule until every row is right, the weights come back, or the passes are over."""
        s, positive, strict = self._scaled(), self.points.positive, self.tie != "positive"
        weights, presentations, mistakes, passes = s.start, 0, 0, 0
        seen: dict[Whole, int] = {}
        cycle, changed, last = None, True, None
        for passes, rows in self.draws():
            if changed and s.all_right(weights, positive, strict):
                break
            if self.order != "random":
                if weights in seen:
                    cycle = Cycle(seen[weights], passes - seen[weights])
                    break
                seen[weights] = passes
            changed = False
            for row in rows:
                z = sum(map(mul, weights, s.rows[row])) - s.threshold
                presentations += 1
                if (z > 0 if strict else z >= 0) != positive[row]:
                    last = weights, row
                    weights = tuple(map(add, weights, s.steps[row]))
                    mistakes, changed = mistakes + 1, True
        converged = s.all_right(weights, positive, strict)
        line = self.line([Fraction(value, s.unit) for value in weights])
        before = None if last is None else self.line([Fraction(value, s.unit) for value in last[0]])
        update = None if before is None or last is None else (before, last[1])
        return Learned(self, line, presentations, mistakes, converged, cycle, update)

    def presentations(self, most: int) -> Iterator[Presentation]:
        """The first `most` presentations, made again."""
        s, positive = self._scaled(), self.points.positive
        weights, number = s.start, 0
        line = self.line([Fraction(value, s.unit) for value in weights])
        for epoch, rows in self.draws():
            for row in rows:
                if number == most:
                    return
                number += 1
                z = Fraction(sum(map(mul, weights, s.rows[row])) - s.threshold, s.data * s.unit)
                before, output = line, line.decides(z)
                if output != positive[row]:
                    weights = tuple(map(add, weights, s.steps[row]))
                    line = self.line([Fraction(value, s.unit) for value in weights])
                yield Presentation(number, epoch, row, before, z, output, positive[row], line)


@dataclass(frozen=True)
class _Scaled:
    """The same in whole numbers: rows times `data`, weights times `unit`, z and threshold times both."""

    rows: list[Whole]
    steps: list[Whole]
    start: Whole
    threshold: int
    data: int
    unit: int

    def all_right(self, weights: Whole, positive: Sequence[bool], strict: bool) -> bool:
        for row, p in zip(self.rows, positive, strict=True):
            z = sum(map(mul, weights, row)) - self.threshold
            if (z > 0 if strict else z >= 0) != p:
                return False
        return True


@dataclass(frozen=True)
class Learned:
    """What became of it: the last line, how many presentations and mistakes, and how it ended.

    `update` is the last of the mistakes: the line before it, and the row.
    """

    rule: Rule
    line: Line
    presentations: int
    mistakes: int
    converged: bool
    cycle: Cycle | None
    update: tuple[Line, int] | None

    def trace(self, most: int | None = None) -> tuple[Presentation, ...]:
        """Every presentation, or the first `most`: made again, since nothing of it is kept."""
        return tuple(self.rule.presentations(min(most or self.presentations, self.presentations)))

    def lines(self, most: int) -> tuple[Line, ...]:
        """The first line and those after each update, `most` of them."""
        return (self.rule.line(self.rule.first), *(p.after for p in self.updates(most - 1)))

    def updates(self, most: int) -> Iterator[Presentation]:
        """The first presentations that changed the line."""
        for p in self.rule.presentations(self.presentations):
            if most and not p.right:
                most -= 1
                yield p
            if not most:
                return
