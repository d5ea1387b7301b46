"""Rosenblatt's rule on one line: a row on the wrong side moves it; passes, penalties, and when to stop.

The order of the rows is that of scikit-learn: one shuffle by a generator of 32 bits, made again at every pass. So a fit
ends where scikit-learn's ends. The native module goes through the rows by the same formulas, where it is there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from math import inf
from types import ModuleType
from typing import Any

import numpy as np

from glassnet.engine.compiled import module
from glassnet.errors import NonFiniteError
from glassnet.typing import Floats, Indices

TINY = 1e-9  # a scale below this goes into the weights
SPARSE_RATE = 0.01  # of the bias beside sparse rows, as in scikit-learn
FEW, MOST = 16, 256  # rows that are looked at at once: twice as many as were right the last time, within these


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

    def shrink(self, factor: float) -> None:
        """Every weight, times a factor."""
        self.scale *= factor
        self.squares *= factor**2
        self.sizes *= factor
        if self.scale < TINY:
            self.settle()

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


def native() -> ModuleType | None:
    """The compiled module, where it is there and wanted."""
    return None if os.environ.get("GLASSNET_ENGINE") == "reference" else module()


def one_pass(line: Line, rows: Rows, rule: Rule, order: Indices) -> tuple[float, float]:
    """Every row once; the sum of -t z over those that were wrong, and the same with the penalty at each row."""
    if compiled := native():
        return compiled_pass(compiled, line, rows, rule, order)
    if rows.sparse or rule.l1 is not None:
        return row_by_row(line, rows, rule, order)
    lost, place, ahead = 0.0, 0, FEW
    while place < len(order):
        lost, taken = to_the_next_wrong(line, rows, rule, order[place : place + ahead], lost)
        place, ahead = place + taken, min(max(2 * taken, FEW), MOST)
        if taken < FEW // 2:  # so many are wrong that looking ahead costs more than it saves
            lost, _ = row_by_row(line, rows, rule, order[place : place + MOST], lost)
            place += MOST
    return lost, lost


def row_by_row(line: Line, rows: Rows, rule: Rule, order: Indices, lost: float = 0.0) -> tuple[float, float]:
    """The same in NumPy; `lost` is what the rows before have lost."""
    penalties = 0.0
    for row in order.tolist():
        z = line.scale * float(rows.entries(row) @ line.v[rows.columns(row)]) + line.b
        margin = float(rows.t[row]) * z
        if rule.l1 is not None:
            penalties += rule.alpha * ((1 - rule.l1) / 2 * line.squares + rule.l1 * line.sizes)
            line.shrink(rule.shrink)
        if margin <= 0:
            lost -= margin
            move(line, rows, rule, row)
        if rule.l1:
            cut(line, rows, rule, row)
    return lost, lost + penalties


def to_the_next_wrong(line: Line, rows: Rows, rule: Rule, order: Indices, lost: float) -> tuple[float, int]:
    """Up to the first of these rows that is wrong, and with it: until then the line stays, so all are asked at once.

    Without a penalty, of dense rows. Gives what is lost by then, and how many rows were taken.
    """
    dots = np.matmul(rows.X[order][:, None, :], line.v[:, None])[:, 0, 0]  # x.v of each row by itself: the same bits
    margins = rows.t[order] * (line.scale * dots.astype(np.float64) + line.b)
    first = int(np.argmax(margins <= 0))
    if not margins[first] <= 0:
        return lost, len(order)
    move(line, rows, rule, int(order[first]))
    return lost - float(margins[first]), first + 1


def compiled_pass(compiled: ModuleType, line: Line, rows: Rows, rule: Rule, order: Indices) -> tuple[float, float]:
    """The same, row after row."""
    X = rows.X
    sparse = (X.indptr.astype(np.int64, copy=False), X.indices.astype(np.int32, copy=False)) if rows.sparse else ()
    numbers = np.array([line.b, line.scale, line.owed, line.squares, line.sizes])
    line.paid = np.zeros_like(line.v) if line.paid is None else line.paid
    lost, penalties = (compiled.perceptron32 if line.v.dtype == np.float32 else compiled.perceptron64)(
        *((X.data, *sparse) if rows.sparse else (X, None, None)),
        rows.t,
        rows.weight.astype(np.float64, copy=False),
        order,
        line.v,
        line.paid,
        numbers,
        rule.eta,
        rule.alpha,
        -1.0 if rule.l1 is None else rule.l1,
        rule.shrink,
        rule.cut,
        rule.bias * (SPARSE_RATE if rows.sparse else 1.0),
    )
    line.b, line.scale, line.owed, line.squares, line.sizes = numbers.tolist()
    return lost, lost + penalties


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
    v, paid, owed = line.v[here], line.paid[here], line.owed
    down, up = owed + paid, owed - paid  # neither is negative: nobody has paid more than is owed
    if line.scale != 1.0:
        down, up = down / line.scale, up / line.scale
    left = np.maximum(v - down, 0.0) + np.minimum(v + up, 0.0)  # one of them is 0
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
    if compiled := native():
        order = np.empty(count, np.int64)
        compiled.permutation(seed & 0xFFFFFFFF, order)
        return order
    places, x = list(range(count)), seed & 0xFFFFFFFF or 1
    for i in range(count - 1):
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        j = i + (x & 0x7FFFFFFF) % (count - i)
        places[i], places[j] = places[j], places[i]
    return np.array(places, np.int64)
