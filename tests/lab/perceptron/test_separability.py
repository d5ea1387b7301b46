"""A line or a proof, checked by arithmetic that shares nothing with what found them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from glassnet.lab.perceptron.exact import vector
from glassnet.lab.perceptron.points import GATES, Points, gate
from glassnet.lab.perceptron.proofs import _how_few
from glassnet.lab.perceptron.separability import Proof, Separability, _proof, nearest, separability

THETA = Fraction(5, 2)


def line_is_right(rows, labels, weights, threshold, tie) -> bool:  # type: ignore[no-untyped-def]
    """Every row on its side, by the definition."""
    for x, label in zip(rows, labels, strict=True):
        z = sum(w * a for w, a in zip(weights, x, strict=True)) - threshold
        if ((z >= 0) if tie == "positive" else (z > 0)) != label:
            return False
    return True


def contradicts(rows, labels, taken, threshold, tie) -> bool:  # type: ignore[no-untyped-def]
    """Whether the inequalities, each taken as often as said, add up to 0 > 0, 0 >= a positive number, or worse.

    Positive row: w.x - t (>= or >) 0; negative row: t - w.x (> or >=) 0. With t fixed it is a number on the right side.
    """
    if not taken or any(m <= 0 for m in taken.values()):
        return False
    d = len(rows[0])
    w, t, strict = [Fraction(0)] * d, Fraction(0), False
    for row, m in taken.items():
        sign = 1 if labels[row] else -1
        w = [a + m * sign * x for a, x in zip(w, rows[row], strict=True)]
        t -= m * sign
        strict |= labels[row] == (tie == "negative")
    if any(w):
        return False
    if threshold is None:
        return t == 0 and strict
    return t * threshold < 0 or (t * threshold == 0 and strict)


def data_sets(count: int) -> Iterator[tuple[bool, list[tuple[Fraction, ...]], list[bool]]]:
    """Random points, every other set separable by construction: of small numbers, so that ties and repeats occur."""
    draw = random.Random(7)
    for number in range(count):
        d, n = draw.randint(1, 5), draw.randint(1, 14)
        unit = draw.choice([1, 2, 10, 3])
        rows = [tuple(Fraction(draw.randint(-4, 4), unit) for _ in range(d)) for _ in range(n)]
        if number % 2:
            w, t = [draw.randint(-3, 3) for _ in range(d)], Fraction(draw.randint(-3, 3), 2)
            labels = [sum(a * x for a, x in zip(w, row, strict=True)) >= t for row in rows]
        else:
            labels = [draw.random() < 0.5 for _ in rows]
        yield bool(number % 2), rows, labels


def checked(rows, labels, threshold, tie) -> Separability:  # type: ignore[no-untyped-def]
    found = separability(Points(tuple(rows), tuple(labels)), threshold, tie)
    assert (found.line is None) != (found.proof is None)
    if found.line is not None:
        assert line_is_right(rows, labels, found.line.weights, found.line.threshold, tie)
        assert threshold is None or found.line.threshold == threshold
    else:
        taken = dict(zip(found.proof.rows, found.proof.multipliers, strict=True))
        assert contradicts(rows, labels, taken, threshold, tie)
        assert len(taken) <= len(rows[0]) + 2
        assert found.proof.holds
    return found


def test_a_thousand_data_sets() -> None:
    answers = []
    for separable, rows, labels in data_sets(1000):
        found = checked(rows, labels, None, "positive")
        answers.append(found.separable)
        assert found.separable or not separable
    assert 500 < sum(answers) < 950


@pytest.mark.parametrize("tie", ["positive", "negative"])
def test_a_thousand_with_a_fixed_threshold(tie: str) -> None:
    draw = random.Random(8)
    answers = [checked(rows, labels, Fraction(draw.randint(-3, 3), 2), tie).separable for _, rows, labels in data_sets(500)]  # fmt: skip  # noqa: E501
    assert 50 < sum(answers) < 450


def test_nothing_can_be_left_out_of_a_proof() -> None:
    """Without any one of its rows the others are separable."""
    tried = 0
    for _, rows, labels in data_sets(200):
        proof = separability(Points(tuple(rows), tuple(labels))).proof
        for left_out in proof.rows if proof else ():
            rest = [row for row in proof.rows if row != left_out]  # type: ignore[union-attr]
            others = Points(tuple(rows[row] for row in rest), tuple(labels[row] for row in rest))
            assert separability(others).separable
            tried += 1
    assert tried > 100


def brute_force(rows, labels, threshold) -> int:  # type: ignore[no-untyped-def]
    """The fewest rows that no line can have right, by trying every set of them."""
    for size in range(1, len(rows) + 1):
        for chosen in combinations(range(len(rows)), size):
            some = Points(tuple(rows[k] for k in chosen), tuple(labels[k] for k in chosen))
            if not separability(some, threshold).separable:
                return size
    return 0


@pytest.mark.parametrize("threshold", [None, Fraction(1, 2)])
def test_no_fewer_rows_would_do(threshold: Fraction | None) -> None:
    sizes = set()
    for _, rows, labels in data_sets(120):
        if len(rows) > 8 or len(rows[0]) > 3:
            continue
        proof = separability(Points(tuple(rows), tuple(labels)), threshold).proof
        if proof is not None:
            assert proof.smallest
            assert len(proof.rows) == brute_force(rows, labels, threshold)
            sizes.add(len(proof.rows))
    assert sizes >= {2, 3}


def test_a_shorter_proof_than_the_first_that_is_found() -> None:
    """Three points in a row prove it, though the search for a contradiction comes to five others first."""
    found = 0
    for _, rows, labels in data_sets(400):
        points = Points(tuple(rows), tuple(labels))
        proof = separability(points).proof
        if proof is not None and len(proof.rows) < len(_proof(points, nearest(points), None, "positive").rows):
            found += 1
    assert found > 3


def test_too_many_sets_are_not_searched() -> None:
    X = np.random.default_rng(0).normal(size=(80, 6)).round(2)
    proof = separability(Points.of(X.tolist(), (np.arange(80) % 2).tolist())).proof
    assert proof is not None
    assert (proof.holds, proof.smallest) == (True, False)
    assert "None of these rows can be left out" in _how_few(proof)
    assert separability(gate("xor")).proof.smallest  # type: ignore[union-attr]


@pytest.mark.parametrize("name", GATES)
def test_all_gates_but_two_are_separable(name: str) -> None:
    assert separability(gate(name)).separable == (name not in ("xor", "xnor"))


def test_xor_in_four_lines() -> None:
    """0 < theta, w2 >= theta, w1 >= theta, w1 + w2 < theta: together w1 + w2 >= 2 theta > w1 + w2."""
    proof = separability(gate("xor")).proof
    assert proof is not None
    assert (proof.rows, proof.multipliers) == ((0, 1, 2, 3), (1, 1, 1, 1))
    assert proof.total(True) == proof.total(False) == ((1, 1), 2)


@pytest.mark.parametrize(
    ("name", "can"), [("and", True), ("or", True), ("nand", False), ("nor", False), ("xor", False), ("x1", True)]
)
def test_what_a_threshold_of_two_and_a_half_can_do(name: str, can: bool) -> None:
    found = separability(gate(name), THETA)
    assert found.separable == can
    if name in ("nand", "nor"):  # (0, 0) has to be positive: 0 >= 2.5
        assert found.proof is not None
        assert (found.proof.rows, found.proof.multipliers) == ((0,), (1,))


def test_separable_but_not_with_this_threshold() -> None:
    points = Points.of([[1], ["1/2"]], ["P", "N"])
    assert separability(points).separable
    assert separability(points, Fraction(1, 10)).separable  # w = 0.15
    assert not separability(points, Fraction(-1)).separable


def test_a_point_in_both_classes() -> None:
    proof = separability(Points.of([[1, 5], [2, 2], [1, 5]], [0, 1, 1])).proof
    assert proof is not None
    assert proof.rows == (0, 2)


@pytest.mark.parametrize("name", ["parity-3", "parity-6"])
def test_parity_needs_four_rows_alone(name: str) -> None:
    proof = separability(gate(name)).proof
    assert proof is not None
    assert len(proof.rows) == 4


def test_hundreds_of_rows_of_decimals() -> None:
    """Floats alone could not tell: the middle of three points in a row, moved by 1e-12."""
    for move, separable in ((0.0, False), (1e-12, True)):
        points = Points.of([[0.1, 0.3], [0.2, 0.6 + move], [0.3, 0.9]], [0, 1, 0])
        assert separability(points).separable == separable
    X = np.random.default_rng(0).normal(size=(300, 20)).round(3)
    noise = checked(*_exact(X, np.arange(300) % 2 == 0), None, "positive")
    assert not noise.separable
    assert checked(*_exact(X, X.sum(1) > 0.0125), None, "positive").separable


def _exact(X, positive):  # type: ignore[no-untyped-def]
    return [vector(row) for row in X], positive.tolist()


def test_a_proof_that_is_none_does_not_hold() -> None:
    xor = gate("xor")
    for rows, multipliers in (((0, 1, 2), (1, 1, 1)), ((0, 1, 2, 3), (1, 1, 1, 2)), ((0, 1, 2, 3), (-1, -1, -1, -1)),
                              ((), ())):  # fmt: skip
        assert not Proof(xor, rows, multipliers).holds
    assert not Proof(gate("and"), (0, 1, 2, 3), (1, 1, 1, 1)).holds
    assert not Proof(gate("and"), (0,), (1,), THETA).holds
