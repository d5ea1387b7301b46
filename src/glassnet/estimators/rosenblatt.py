"""Rosenblatt's rule on one line: a row on the wrong side moves it; passes, penalties, and when to stop.

The order of the rows is that of scikit-learn: one shuffle by a generator of 32 bits, made again at every pass. So a fit
ends where scikit-learn's ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from glassnet.errors import NonFiniteError
from glassnet.typing import Floats, Indices

BLOCK = 64  # rows that are looked at together: their outputs hold until the first of them is wrong
LEAST = 4
PART = 4096  # rows that are brought into the order of a pass at a time
TINY = 1e-9  # a scale below this goes into the weights
SPARSE_RATE = 0.01  # of the bias beside sparse rows, as in scikit-learn


@dataclass(frozen=True)
class Rule:
    """The settings of a fit; `l1` is the share of the penalty that is l1, None where there is no penalty."""

    eta: float
    alpha: float
    l1: float | None
    bias: bool
    tol: float | None
    patience: int
    verbose: bool

    @property
    def shrink(self) -> float:
        """What the l2 penalty multiplies every weight with at each row."""
        return 1.0 if self.l1 is None else max(0.0, 1.0 - (1.0 - self.l1) * self.eta * self.alpha)

    @property
    def cut(self) -> float:
        """What the l1 penalty takes of every weight at each row."""
        return (self.l1 or 0.0) * self.eta * self.alpha


@dataclass
class Line:
    """z = scale x.v + b, where w = scale v: an l2 penalty shrinks every weight at once.

    `owed` is what an l1 penalty could have taken of every weight by now, `paid` (d,) what it has taken: a weight that
    reaches 0 stays there (Tsuruoka, Tsujii and Ananiadou 2009). `squares` and `sizes` are sum w^2 and sum |w| as
    scikit-learn knows them: of the columns of the last row that moved the line, shrunk since, not cut.
    """

    v: Floats
    b: float = 0.0
    scale: float = 1.0
    owed: float = 0.0
    paid: Any = None
    squares: float = field(init=False)
    sizes: float = field(init=False)

    def __post_init__(self) -> None:
        self.measure(slice(None))

    def measure(self, columns: Any) -> None:
        """Squares and sizes anew, of these columns."""
        touched = self.v[columns]
        self.squares = float(touched @ touched) * self.scale**2
        self.sizes = float(np.abs(touched).sum()) * self.scale

    def settle(self) -> None:
        """The scale goes into the weights."""
        self.v *= self.scale
        self.scale = 1.0


@dataclass(frozen=True)
class Rows:
    """X (n, d), the sides t (n,) of -1 and 1, and what each row counts (n,); those that are held out."""

    X: Any
    t: Floats
    weight: Floats
    held_out: Indices

    @property
    def sparse(self) -> bool:
        """Whether X is a CSR matrix."""
        return hasattr(self.X, "indptr")

    def part(self, order: Indices) -> Rows:
        """These rows in this order, side by side in memory."""
        return Rows(self.X[order], self.t[order], self.weight[order], order[:0])

    def times(self, v: Floats, rows: slice) -> Floats:
        """X v for some rows that stand side by side."""
        if not self.sparse:
            z: Floats = self.X[rows] @ v
            return z
        entries = slice(self.X.indptr[rows.start], self.X.indptr[rows.stop])
        lengths = np.diff(self.X.indptr[rows.start : rows.stop + 1])
        products = self.X.data[entries] * v[self.X.indices[entries]]
        places = np.repeat(np.arange(len(lengths)), lengths)
        sums: Floats = np.bincount(places, products, len(lengths)).astype(np.float64)
        return sums

    def columns(self, row: int) -> Any:
        """Where a row is not zero, as far as that is known."""
        return self.X.indices[self.X.indptr[row] : self.X.indptr[row + 1]] if self.sparse else slice(None)

    def entries(self, row: int) -> Floats:
        """What stands there."""
        x: Floats = self.X.data[self.X.indptr[row] : self.X.indptr[row + 1]] if self.sparse else self.X[row]
        return x


def fit(line: Line, rows: Rows, rule: Rule, *, passes: int, seed: int | None) -> int:
    """Passes over the rows until nothing gets better; how many it took. `seed` None keeps the order.

    Better is a smaller objective, or a higher share of held-out rows on the right side.
    """
    count = len(rows.t)
    order, shuffled = np.arange(count), None if seed is None else permutation(count, seed)
    learned = np.ones(count, bool)
    learned[rows.held_out] = False
    taken = max(1, int(learned.sum()))
    best, since = inf, 0
    for number in range(1, passes + 1):
        order = order if shuffled is None else order[shuffled]
        lost, objective = one_pass(line, rows, rule, order[learned[order]])
        if not (np.isfinite(line.v).all() and np.isfinite(line.b)):
            raise NonFiniteError(
                f"Floating-point under-/overflow occurred at epoch #{number}. Scaling the rows with StandardScaler or "
                "MinMaxScaler might help."
            )
        if rule.verbose:
            print(f"-- Epoch {number}: bias {line.b:.6f}, average loss {lost / taken:.6f}")
        now = -right(line, rows) if len(rows.held_out) else objective / taken
        if rule.tol is not None:
            since = since + 1 if now > best - rule.tol else 0
        best = min(best, now)
        if since >= rule.patience:
            break
    line.settle()
    return number


def one_pass(line: Line, rows: Rows, rule: Rule, order: Indices) -> tuple[float, float]:
    """Every row once; the sum of -t z over those that were wrong, and the same with the penalty at each row."""
    sums = np.zeros(2)
    for start in range(0, len(order), PART):
        sums += one_part(line, rows.part(order[start : start + PART]), rule)
    lost, penalties = sums.tolist()
    return lost, lost + penalties


def one_part(line: Line, rows: Rows, rule: Rule) -> tuple[float, float]:
    """The rows of a part, in blocks in which nothing but shrinking and cutting changes the line; losses, penalties."""
    lost = penalties = 0.0
    at, size, count = 0, BLOCK, len(rows.t)
    while at < count:
        block = slice(at, min(count, at + size))
        cuts = Cuts.of(line, rows, rule, block) if rule.l1 and rows.sparse else None
        margins = rows.t[block] * ((ahead(line, rows, rule, block) if cuts is None else cuts.ahead()) + line.b)
        hit = np.flatnonzero(margins <= 0)
        seen = int(hit[0]) + 1 if len(hit) else len(margins)
        if cuts is not None:
            cuts.take(line, seen - 1)
            line.owed += (seen - 1) * rule.cut
        penalties += pass_by(line, rule, seen - 1 if rule.l1 else seen, cut=not rows.sparse)
        if rule.l1:
            penalties += pass_by(line, rule, 1, cut=False)
        if len(hit):
            lost -= float(margins[seen - 1])
            move(line, rows, rule, at + seen - 1)
        if rule.l1:
            cut(line, rows, rule, at + seen - 1)
        at += seen
        size = min(BLOCK, max(LEAST, 2 * seen))  # no more is computed in vain than was of use
    return lost, penalties


@dataclass(eq=False)
class Cuts:
    """What the l1 penalty takes of the columns of sparse rows, a block of them, as long as none of them moves the line.

    A weight pays at the rows that have its column, each time what it owes by then. Entries stand by columns here, and
    by rows within a column.

    Formula, of the entry of row r, u = |w| / shrink^r, which no row but those changes:
        due = owed(r) - paid before;   u := max(0, u - due / shrink^(r + 1))

    rows, values, columns, signs, owed, before, after: (e,) of each entry; u before and after it has paid what is owed.
    starts: where each column begins.
    """

    scale: float
    powers: Floats
    rows: Indices
    values: Floats
    columns: Indices
    signs: Floats
    owed: Floats
    before: Floats
    after: Floats
    starts: Indices

    @classmethod
    def of(cls, line: Line, rows: Rows, rule: Rule, block: slice) -> Cuts:
        """For the rows of a block."""
        if line.paid is None:
            line.paid = np.zeros_like(line.v)
        pointers, count = rows.X.indptr[block.start : block.stop + 1], block.stop - block.start
        entries = slice(pointers[0], pointers[-1])
        order = np.argsort(rows.X.indices[entries], kind="stable")
        columns, row = rows.X.indices[entries][order], np.repeat(np.arange(count), pointers[1:] - pointers[:-1])[order]
        powers = rule.shrink ** np.arange(count + 1)
        v, owed = line.v[columns], line.owed + (row + 1) * rule.cut
        signs, first = np.sign(v), np.ones(len(columns), bool)
        np.not_equal(columns[1:], columns[:-1], out=first[1:])
        starts = np.flatnonzero(first)
        paid = np.empty_like(owed)
        paid[1:], paid[starts] = owed[:-1], -signs[starts] * line.paid[columns[starts]]
        due = (owed - paid) / powers[row + 1]
        sums = np.cumsum(due)
        earlier = sums - due
        earlier -= earlier[starts][np.cumsum(first) - 1]  # of this column alone
        start = line.scale * np.abs(v)
        before, after = np.maximum(0.0, start - earlier), np.maximum(0.0, start - earlier - due)
        return cls(line.scale, powers, row, rows.X.data[entries][order], columns, signs, owed, before, after, starts)

    def ahead(self) -> Floats:
        """scale x.v for the rows, each with the weights that it meets."""
        count = len(self.powers) - 1
        met: Floats = np.bincount(self.rows, self.values * self.signs * self.before, count) * self.powers[:-1]
        return met

    def take(self, line: Line, count: int) -> None:
        """The columns of the first `count` rows have paid."""
        if not (count and len(self.starts)):
            return
        passed = self.rows < count
        entries = np.add.reduceat(passed, self.starts, dtype=np.int64)
        taken = np.where(passed, (self.before - self.after) * self.powers[self.rows + 1], 0.0)
        some = entries > 0
        sums, last = np.add.reduceat(taken, self.starts)[some], (self.starts + entries - 1)[some]
        columns, signs, after = self.columns[last], self.signs[last], self.after[last]
        line.v[columns] = signs * after / self.scale
        line.paid[columns] = np.where(after > 0, -signs * self.owed[last], line.paid[columns] - signs * sums)


def ahead(line: Line, rows: Rows, rule: Rule, block: slice) -> Floats:
    """scale x.v for the rows of a block, each with the weights that it meets if no row before it moves the line."""
    count = block.stop - block.start
    if not rule.l1 or count == 1:
        z = line.scale * rows.times(line.v, block)
        return z if rule.shrink == 1 else rule.shrink ** np.arange(count) * z
    left = left_after(line, rule, count - 1)
    cut_down: Floats = np.einsum("ij,ij->i", rows.X[block], np.sign(line.v) * left)
    return cut_down


def left_after(line: Line, rule: Rule, count: int) -> Floats:
    """(count + 1, d): the size of every weight after so many rows that do not move the line.

    |w| := max(0, shrink |w| - cut) again and again, in closed form. It holds where every weight that is not 0 has paid
    what it owed, as it has behind a row whose entries are all there.
    """
    factors = rule.shrink ** np.arange(count + 1)
    cuts = rule.cut * np.concatenate([[0.0], np.cumsum(factors[:-1])])
    return np.maximum(0.0, factors[:, None] * (line.scale * np.abs(line.v)) - cuts[:, None])


def pass_by(line: Line, rule: Rule, count: int, *, cut: bool = True) -> float:
    """Rows that do not move the line: its weights are shrunk and, with l1, cut; the penalty at each of them, in all."""
    if rule.l1 is None or not count:
        return 0.0
    factors = rule.shrink ** np.arange(count)
    squares, sizes = line.squares * float(factors @ factors), line.sizes * float(factors.sum())
    if rule.l1 and cut:
        left = left_after(line, rule, count)
        sign, alive = np.sign(line.v), left[-1] > 0
        if line.paid is None:
            line.paid = np.zeros_like(line.v)
        line.owed += count * rule.cut
        taken = (rule.shrink * left[:-1] - left[1:]).sum(axis=0)
        line.paid = np.where(alive, -sign * line.owed, line.paid - sign * taken)
        line.v[:], line.scale = sign * left[-1], 1.0
    else:
        line.scale *= rule.shrink**count
        if line.scale < TINY:
            line.settle()
    line.squares *= rule.shrink ** (2 * count)
    line.sizes *= rule.shrink**count
    return rule.alpha * ((1 - rule.l1) / 2 * squares + rule.l1 * sizes)


def move(line: Line, rows: Rows, rule: Rule, row: int) -> None:
    """scale v := scale v + eta t weight x,   b := b + eta t weight."""
    step = rule.eta * float(rows.t[row]) * float(rows.weight[row])
    line.v[rows.columns(row)] += step / line.scale * rows.entries(row)
    if rule.l1 is not None:
        line.measure(rows.columns(row))
    if rule.bias:
        line.b += step * (SPARSE_RATE if rows.sparse else 1.0)


def cut(line: Line, rows: Rows, rule: Rule, row: int) -> None:
    """The l1 penalty: the weights of the row's columns pay what they owe by now, and do not cross 0."""
    if line.paid is None:
        line.paid = np.zeros_like(line.v)
    line.owed += rule.cut
    here = rows.columns(row)
    v, paid = line.v[here], line.paid[here]
    down, up = (line.owed + paid) / line.scale, (line.owed - paid) / line.scale
    left = np.where(v > 0, np.maximum(0, v - down), np.minimum(0, v + up))
    line.paid[here] = paid + line.scale * (left - v)
    line.v[here] = left


def right(line: Line, rows: Rows) -> float:
    """The share of the held-out rows on the right side, by their weights."""
    z = line.scale * (rows.X[rows.held_out] @ line.v) + line.b
    return float(np.average((z > 0) == (rows.t[rows.held_out] > 0), weights=rows.weight[rows.held_out]))


def permutation(count: int, seed: int) -> Indices:
    """Fisher and Yates's shuffle by Marsaglia's generator x ^= x << 13, x >> 17, x << 5 of 32 bits.

    >>> permutation(6, 1)
    array([3, 5, 0, 1, 2, 4])

    Source: Marsaglia (2003), J. Stat. Softw. 8 (14).
    """
    places, x = list(range(count)), seed & 0xFFFFFFFF or 1
    for i in range(count - 1):
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        j = i + (x & 0x7FFFFFFF) % (count - i)
        places[i], places[j] = places[j], places[i]
    return np.array(places, np.int64)
