"""The perceptron's rule as a problem: the slides' table, its slips, and tables that cannot be used."""

from __future__ import annotations

from typing import Any

import pytest

import glassnet as gn
from glassnet.errors import GlassnetError
from glassnet.lab.presentations import presentations_of
from glassnet.lab.problem import load_problem

AND: dict[str, Any] = {
    "rows": [[0, 1], [1, 1], [0, 0], [1, 0]],
    "targets": [0, 1, 0, 0],
    "threshold": 2.5,
    "start": [1, 1],
}


def number(solution: Any, name: str) -> float:
    return float(solution.quantities[name].value)


def test_and_by_hand_with_a_fixed_threshold() -> None:
    solution = presentations_of(AND)
    assert [number(solution, f"{step}z") for step in ("", "step2.", "step3.", "step4.")] == [-1.5, -0.5, -2.5, -0.5]
    assert [number(solution, f"{step}w1.new") for step in ("", "step2.", "step3.", "step4.")] == [1, 2, 2, 2]


@pytest.mark.parametrize("gate", ["and", "or", "nand", "nor"])
@pytest.mark.parametrize("threshold", [None, 2.5])
def test_it_is_the_perceptrons_own_rule(gate: str, threshold: float | None) -> None:
    rows = [[0, 0], [0, 1], [1, 0], [1, 1]]
    targets = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "nand": [1, 1, 1, 0], "nor": [1, 0, 0, 0]}[gate]
    given = {"rows": rows, "targets": targets, "presentations": 24, "start": [0, 0, 0] if threshold is None else [0, 0]}
    solution = presentations_of(given | ({} if threshold is None else {"threshold": threshold}))
    trace = gn.Perceptron(threshold=threshold, epochs=6).fit(rows, targets).trace_
    for step, shown in enumerate(trace[:24]):
        ahead = f"step{step + 1}." if step else ""
        assert number(solution, f"{ahead}z") == shown.z
        assert number(solution, f"{ahead}y") == shown.output
        after = [number(solution, f"{ahead}w{i}.new") for i in (1, 2)]
        assert after == [float(w) for w in shown.after.weights]


def problem(**more: Any) -> dict[str, Any]:
    table = AND | more
    return {"perceptron": {key: value for key, value in table.items() if value is not None}}


SLIPS: list[tuple[dict[str, Any], dict[str, str], str]] = [
    ({}, {"z": "1"}, "threshold-omitted"),
    ({}, {"z": "3.5"}, "threshold-added"),
    ({"start": [1, 1.5], "threshold": 1.5}, {"z": "0", "y": "0"}, "tie-turned"),
    ({}, {"z": "-1.5", "y": "1"}, "output-turned"),
    ({}, {"z": "-1.5", "y": "0", "w2 new": "2"}, "corrected-when-right"),
    ({}, {"step 2: z": "-0.5", "step 2: y": "0", "step 2: w1 new": "1"}, "left-when-wrong"),
    ({}, {"step 2: z": "-0.5", "step 2: y": "0", "step 2: w1 new": "0"}, "rule-turned"),
    ({"rows": [[1, 3]], "targets": [1], "start": [0, 0]}, {"z": "-2.5", "y": "0", "w1 new": "3"}, "another-input"),
    ({"threshold": None, "start": [-1, 1, 1]}, {"z": "1"}, "threshold-omitted"),
    ({"threshold": None, "start": [-1, 1, 2]}, {"z": "3"}, "threshold-added"),
]


@pytest.mark.parametrize(("more", "answers", "slip"), SLIPS, ids=lambda value: str(value))
def test_slips_of_the_rule(more: dict[str, Any], answers: dict[str, str], slip: str) -> None:
    report = gn.mark(problem(**more), answers)
    assert report.answers[-1].verdict == "wrong"
    assert report.answers[-1].findings[0]["slip"] == slip
    assert all(answer.verdict == "right" for answer in report.answers[:-1])


def test_a_mistake_is_carried_from_presentation_to_presentation() -> None:
    report = gn.mark(problem(), {"w1 new": "2", "step 2: z": "0.5", "step 2: y": "1"})
    assert [answer.verdict for answer in report.answers] == ["wrong", "follow-through", "follow-through"]


def test_any_wrong_number_is_marked() -> None:
    """Slips of other kinds of problems look at these formulas, too, and find nothing to change."""
    for learned in (False, True):
        given = problem(**({"threshold": None, "start": [0, 1, 1]} if learned else {}))
        asked = [str(entry) for entry in load_problem(given).ask]
        for value in ("17.25", "0", "-1", "0.5"):
            report = gn.mark(given, dict.fromkeys(asked, value))
            assert report.out_of - report.marks > 0
            assert report.missing == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "A perceptron is a table"),
        ({"rows": [[0, 1]]}, "A perceptron is a table"),
        (AND | {"theshold": 1}, "did you mean 'threshold'"),
        (AND | {"targets": [0, 1]}, "one target"),
        (AND | {"targets": [0, 1, 2, 0]}, "one target, 0 or 1"),
        (AND | {"rows": [[0], [1, 2], [0, 0], [1, 0]]}, "numbers"),
        (AND | {"rows": "abc"}, "numbers"),
        (AND | {"start": [1]}, "w1, w2"),
        (AND | {"tie": "none"}, "positive or negative"),
        (AND | {"presentations": 51}, "from 1 to 50"),
        (AND | {"presentations": True}, "from 1 to 50"),
        (AND | {"threshold": "high"}, "."),
    ],
)
def test_what_is_no_table(given: Any, said: str) -> None:
    with pytest.raises(GlassnetError, match=said):
        gn.mark({"perceptron": given}, {"z": "1"})
