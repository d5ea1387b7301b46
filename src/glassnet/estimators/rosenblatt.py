"""Rosenblatt's rule on one line: a row on the wrong side moves it; passes, penalties, and when to stop.

The order of the rows is that of scikit-learn: one shuffle by a generator of 32 bits, made again at every pass. So a fit
ends where scikit-learn's ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from glassnet.errors import NonFiniteError
from glassnet.typing import Floats, Indices

BLOCK = 64  # rows that are looked at together: their outputs hold until the first of them is wrong
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


@dataclass
class Line:
    """z = scale x.v + b, where w = scale v: an l2 penalty shrinks every weight at once.

    `owed` is what an l1 penalty could have taken of every weight by now, `paid` (d,) what it has taken: a weight that
    reaches 0 stays there (Tsuruoka, Tsujii and Ananiadou 2009).
    """

    v: Floats
    b: float = 0.0
    scale: float = 1.0
    owed: float = 0.0
    paid: Any = None

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


def fit(line: Line, rows: Rows, rule: Rule, *, passes: int, seed: int | None) -> int:
    """Passes over the rows until nothing gets better; how many it took. `seed` None keeps the order."""
    count = len(rows.t)
    order, shuffled = np.arange(count), None if seed is None else permutation(count, seed)
    learned = np.ones(count, bool)
    learned[rows.held_out] = False
    best, since = inf, 0
    for number in range(1, passes + 1):
        order = order if shuffled is None else order[shuffled]
        lost = one_pass(line, rows, rule, order[learned[order]])
        if not (np.isfinite(line.v).all() and np.isfinite(line.b)):
            raise NonFiniteError(
                f"Floating-point under-/overflow occurred at epoch #{number}. Scaling the rows with StandardScaler or "
                "MinMaxScaler might help."
            )
        if rule.verbose:
            print(f"-- Epoch {number}: bias {line.b:.6f}, average loss {lost / max(1, learned.sum()):.6f}")
        now, margin = (lost, int(learned.sum())) if not len(rows.held_out) else (-right(line, rows), 1)
        if rule.tol is not None:
            since = since + 1 if now > best - rule.tol * margin else 0
        best = min(best, now)
        if since >= rule.patience:
            break
    line.settle()
    return number


def one_pass(line: Line, rows: Rows, rule: Rule, order: Indices) -> float:
    """Every row once; the sum of -t z over those that were wrong.

    Rows are looked at in blocks as long as nothing but a common factor changes the line within one.
    """
    shrink = 1.0 if rule.l1 is None else max(0.0, 1.0 - (1.0 - rule.l1) * rule.eta * rule.alpha)
    lost, at, size = 0.0, 0, 1 if rule.l1 else BLOCK
    while at < len(order):
        block = order[at : at + size]
        scales = np.multiply.accumulate(np.r_[line.scale, np.full(len(block), shrink)])
        margins = rows.t[block] * (scales[:-1] * (rows.X[block] @ line.v) + line.b)
        hit = np.flatnonzero(margins <= 0)
        seen = int(hit[0]) + 1 if len(hit) else len(block)
        line.scale = float(scales[seen])
        if line.scale < TINY:
            line.settle()
        if len(hit):
            lost -= float(margins[seen - 1])
            move(line, rows, rule, int(block[seen - 1]))
        if rule.l1:
            cut(line, rows, rule, int(block[0]))
        at += seen
    return lost


def columns(rows: Rows, row: int) -> Any:
    """Where a row is not zero, as far as that is known."""
    return rows.X.indices[rows.X.indptr[row] : rows.X.indptr[row + 1]] if rows.sparse else slice(None)


def move(line: Line, rows: Rows, rule: Rule, row: int) -> None:
    """scale v := scale v + eta t weight x,   b := b + eta t weight."""
    step = rule.eta * float(rows.t[row]) * float(rows.weight[row])
    x = rows.X.data[rows.X.indptr[row] : rows.X.indptr[row + 1]] if rows.sparse else rows.X[row]
    line.v[columns(rows, row)] += step / line.scale * x
    if rule.bias:
        line.b += step * (SPARSE_RATE if rows.sparse else 1.0)


def cut(line: Line, rows: Rows, rule: Rule, row: int) -> None:
    """The l1 penalty: the weights of the row's columns pay what they owe by now, and do not cross 0."""
    if line.paid is None:
        line.paid = np.zeros_like(line.v)
    line.owed += float(rule.l1 or 0.0) * rule.eta * rule.alpha
    here = columns(rows, row)
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
