"""The course's rule: its numbers, its orders, its cycles."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from glassnet.errors import GlassnetError
from glassnet.lab.perceptron.exact import vector
from glassnet.lab.perceptron.points import Points, gate
from glassnet.lab.perceptron.rule import Cycle, Rule
from glassnet.lab.perceptron.separability import separability

THETA = Fraction(5, 2)
ONES = vector([1, 1])


def test_and_by_hand() -> None:
    """The slides' table: threshold 2.5, start (1, 1), rows (0,1), (1,1), (0,0), (1,0)."""
    learned = Rule(gate("and"), THETA, order=(1, 3, 0, 2), start=ONES).learn()
    table = [(p.before.weights, learned.rule.points.rows[p.row], p.z, p.right) for p in learned.trace()]
    assert table == [
        ((1, 1), (0, 1), -1.5, True),
        ((1, 1), (1, 1), -0.5, False),
        ((2, 2), (0, 0), -2.5, True),
        ((2, 2), (1, 0), -0.5, True),
    ]
    assert str(learned.line) == "2 x1 + 2 x2 - 2.5 = 0"
    assert [learned.line.z(x) for x in learned.rule.points.rows] == [-2.5, -0.5, -0.5, 1.5]
    assert [learned.line.positive(x) for x in learned.rule.points.rows] == [False, False, False, True]


@pytest.mark.parametrize(("name", "weights"), [("and", (2, 2)), ("or", (3, 3))])
def test_the_same_threshold_does_and_and_or(name: str, weights: tuple[int, int]) -> None:
    learned = Rule(gate(name), THETA, start=ONES).learn()
    assert learned.converged
    assert learned.line.weights == weights


@pytest.mark.parametrize("name", ["nand", "nor", "xor"])
def test_the_same_threshold_goes_round_for_ever(name: str) -> None:
    learned = Rule(gate(name), THETA, start=ONES).learn()
    assert not learned.converged
    assert learned.cycle is not None
    assert _state_at(learned.rule, learned.cycle.start) == _state_at(
        learned.rule, learned.cycle.start + learned.cycle.length
    )


def _state_at(rule: Rule, epoch: int) -> tuple[Fraction, ...]:
    return next(p.before.weights for p in rule.presentations(10_000) if p.epoch == epoch)


@pytest.mark.parametrize(
    ("name", "w0", "weights"),
    [("and", -3, (2, 1)), ("or", -1, (1, 1)), ("nand", 2, (-2, -1)), ("nor", 0, (-1, -1))],
)
def test_the_threshold_learned(name: str, w0: int, weights: tuple[int, int]) -> None:
    learned = Rule(gate(name)).learn()
    assert learned.converged
    assert (learned.line.w0, learned.line.weights) == (w0, weights)


def test_xor_never() -> None:
    learned = Rule(gate("xor")).learn()
    assert (learned.converged, learned.cycle) == (False, Cycle(3, 1))
    assert not Rule(gate("xor"), order="random", epochs=50).learn().converged


def test_separable_points_on_which_a_fixed_threshold_cycles() -> None:
    """P = {1}, N = {1/2}, theta = 0.1, w = 0: 0, 1, 1/2, 0, ..."""
    points = Points.of([[1], ["1/2"]], ["P", "N"])
    learned = Rule(points, Fraction(1, 10)).learn()
    assert learned.cycle == Cycle(1, 2)
    assert [p.before.weights[0] for p in learned.rule.presentations(5)] == [0, 1, 0.5, 0.5, 0]
    assert Rule(points).learn().converged


def test_any_threshold_between_four_and_five() -> None:
    points = Points.of([-2, 6, 7, 3, 2, -1, 0, 5, 10, 4, 9, 8], list("NPPNNNNPPNPP"))
    line = Rule(points).learn().line
    assert 4 < line.threshold / line.weights[0] <= 5


def test_a_tie_is_a_mistake_or_none() -> None:
    one = Points.of([[0, 0]], [1])
    assert Rule(one).learn().mistakes == 0
    assert Rule(one, tie="negative").learn().mistakes == 1


def test_floats_do_not_round_a_tie_away() -> None:
    """(1, 1) with w = (0.1, 0.2) and theta = 0.3 is on the line: for the course that is positive."""
    rule = Rule(Points.of([[1, 1]], [1]), Fraction(3, 10), start=vector([0.1, 0.2]))
    assert rule.learn().mistakes == 0


def test_a_random_order_is_the_seeds() -> None:
    def order(seed: int) -> list[int]:
        return [p.row for p in Rule(gate("and"), order="random", seed=seed).learn().trace()]

    assert order(1) == order(1)
    assert order(1) != order(2)
    assert set(order(1)) == {0, 1, 2, 3}


def test_what_is_right_already_is_not_presented() -> None:
    learned = Rule(gate("and"), THETA, start=vector([2, 2])).learn()
    assert (learned.presentations, learned.converged, learned.trace()) == (0, True, ())
    assert [str(line) for line in learned.lines(3)] == ["2 x1 + 2 x2 - 2.5 = 0"]


def test_the_last_update_is_kept() -> None:
    learned = Rule(gate("nand")).learn()
    last = [p for p in learned.trace() if not p.right][-1]
    assert learned.update == (last.before, last.row)
    assert [p.number for p in learned.updates(2)] == [4, 5]
    assert Rule(gate("true")).learn().update is None


def test_it_converges_exactly_where_a_line_exists_and_else_goes_round() -> None:
    """The convergence theorem, and that the weights stay bounded where it does not converge (Minsky and Papert)."""
    draw, ends = random.Random(5), []
    for _ in range(200):
        rows = [[draw.randint(-2, 2) for _ in range(2)] for _ in range(draw.randint(2, 6))]
        learned = Rule(Points.of(rows, [draw.random() < 0.5 for _ in rows]), epochs=3000).learn()
        assert learned.converged == separability(learned.rule.points).separable
        assert learned.converged or learned.cycle is not None
        ends.append(learned.converged)
    assert 50 < sum(ends) < 190


def test_a_rate_scales_what_began_at_zero() -> None:
    once, third = (Rule(gate("and"), rate=Fraction(1, k)).learn() for k in (1, 3))
    assert [3 * w for w in third.line.weights] == list(once.line.weights)
    assert third.mistakes == once.mistakes


def test_w0_may_be_among_the_start() -> None:
    rule = Rule(gate("and"), start=vector([-3, 2, 1]))
    assert (rule.learn().mistakes, rule.first) == (0, (-3, 2, 1))
    assert Rule(gate("and"), start=ONES).first == (0, 1, 1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tie": "none"}, "A tie"),
        ({"order": "sideways"}, "The order is given, cyclic, random"),
        ({"order": (0, 4)}, "rows from 0 to 3"),
        ({"order": ()}, "rows from 0 to 3"),
        ({"rate": Fraction(0)}, "above 0"),
        ({"epochs": 0}, "at least one pass"),
        ({"start": vector([1])}, r"2 weights \(or w0 and those"),
        ({"start": vector([1, 2, 3]), "threshold": THETA}, "2 weights; given 3"),
    ],
)
def test_what_cannot_be_set(settings: dict, said: str) -> None:
    with pytest.raises(GlassnetError, match=said):
        Rule(gate("and"), **settings)
