"""Problems: those inside the package, several steps, paths of a function, and what cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassnet.errors import GlassnetError, SettingError
from glassnet.lab.marking import mark
from glassnet.lab.problem import SHIPPED, load_problem, shipped

EXAMPLES = Path(__file__).parents[2] / "examples" / "marking"


def test_the_examples_are_the_problems_inside_the_package() -> None:
    assert len(shipped()) >= 22
    for path in SHIPPED.glob("*.toml"):
        assert (EXAMPLES / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def test_every_problem_is_solved_by_its_own_numbers() -> None:
    for name in shipped():
        problem = load_problem(name)
        report = mark(problem, {str(entry): repr(round(problem.solution.number(entry), 9)) for entry in problem.ask})
        assert report.marks == report.out_of > 7, name


def test_every_optimizer_of_the_course_stands_there_in_each_of_its_variants() -> None:
    optimizers = [load_problem(name).traces[0].formulas.optimizer for name in shipped() if load_problem(name).traces]
    variants = {(o.name, getattr(o, "epsilon_inside", None), getattr(o, "bias_correction", None)) for o in optimizers}
    assert {("momentum", None, None), ("nesterov", None, None)} <= variants
    assert {(name, inside, None) for name in ("adagrad", "rmsprop", "adadelta") for inside in (True, False)} <= variants
    assert {("adam", inside, corrected) for inside in (True, False) for corrected in (True, False)} <= variants


def test_the_second_step_starts_where_the_first_ended() -> None:
    """w - alpha dw twice, by hand: what is written for the first step is carried into the second."""
    report = mark("momentum", {"w new": "0.75", "step 2: z1": "0.925", "step2.v.W1": "1"})
    assert [answer.quantity for answer in report.answers] == ["W1.new", "step2.Z1", "v.W1.new"]
    b = load_problem("momentum").solution.quantities["b1.new"].value[0]
    assert report.answers[1].expected == pytest.approx(0.75 * 1.5 + b)


def test_steps_take_the_rows_in_turn() -> None:
    problem = load_problem("stochastic")
    assert problem.solution.quantities["step2.X"].value.tolist() == [[0.5]]
    first = problem.solution.quantities
    z = 0.5 * first["W1.new"].value[0, 0] + first["b1.new"].value[0]
    assert first["step2.Z1"].value[0, 0] == pytest.approx(z, abs=1e-12)


def test_a_path_is_that_of_the_course() -> None:
    quantities = load_problem("saddle").solution.quantities
    path = [(quantities[f"x{k}"].value.item(), quantities[f"y{k}"].value.item()) for k in range(4)]
    np.testing.assert_allclose(path, [(2, 3), (1.6, 3.6), (1.28, 4.32), (1.024, 5.184)], rtol=1e-12)
    assert load_problem("parabola").solution.quantities["dx0"].value.item() == 6


@pytest.mark.parametrize(
    ("problem", "answers", "slips"),
    [
        ("saddle", {"x1": "1.6", "y1": "2.4"}, ["ascent"]),
        ("saddle", {"dy0": "6"}, ["sign"]),
        ("saddle", {"dx0": "2"}, ["power-rule"]),
        ("parabola", {"dx0": "4"}, ["slope-term-omitted"]),
        ("parabola", {"f0": "5"}, ["slope-term-omitted"]),
        ("adam-uncorrected", {"w new": "0.7044"}, ["bias-correction-added"]),
        ("adagrad", {"step2.s.W1.new": "0.02851"}, ["memory-lost"]),
    ],
)
def test_slips_on_paths_and_in_optimizers(problem: str, answers: dict[str, str], slips: list[str]) -> None:
    found = [finding["slip"] for answer in mark(problem, answers).answers for finding in answer.findings]
    assert found[: len(slips)] == slips


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("slid", "There is no problem 'slid'; did you mean 'slide'?"),
        ("none.toml", "There is no file .?none.toml"),
        ({"function": {"of": "x^2", "start": {"y": 1}}}, r"The function has the variables \['x'\], its start \['y'\]."),
        ({"function": {"of": "import os", "start": {"x": 1}}}, "There is no function 'import'"),
        ({"function": {"of": "x" * 600, "start": {"x": 1}}}, "at most 500 characters"),
        ({"function": "x^2"}, "A function is a table"),
        ({"function": {"of": "x^2", "start": {"x": 1}}, "steps": 10**6}, "steps is a whole number from 1 to 50"),
        ({"function": {"of": "x^2", "start": {"x": "much"}}}, "The problem cannot be used"),
        ({"function": {"of": "m^2", "start": {"m": 1}}}, "letters such as x, y, z"),
    ],
)
def test_problems_that_cannot_be_used(problem: Any, said: str) -> None:
    with pytest.raises(GlassnetError, match=said) as caught:
        load_problem(problem)
    assert "\n" not in str(caught.value)


def test_a_path_has_no_step_of_a_network() -> None:
    with pytest.raises(SettingError, match="has no network"):
        _ = load_problem("saddle").trace


def test_a_step_that_the_problem_does_not_have() -> None:
    with pytest.raises(SettingError, match="has the steps 1 to 2"):
        mark("adam", {"step 3: w new": "1"})
