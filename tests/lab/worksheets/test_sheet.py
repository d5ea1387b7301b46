"""Worksheets: their own answers have full marks, numbers are short and differ, `mark` and Moodle read the files."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

import glassnet as gn
from glassnet.errors import SettingError
from glassnet.lab.worksheets import TOPICS, worksheet, worksheets
from glassnet.lab.worksheets.exact import ENDLESS, digits, numbers_of
from glassnet.lab.worksheets.moodle import tolerance
from glassnet.lab.worksheets.sheet import label

every_topic = pytest.mark.parametrize("topic", sorted(TOPICS))
EXACT = {"perceptron", "gates", "descent"}  # where every result ends


@every_topic
def test_a_sheet_answered_by_the_engine_has_full_marks(topic: str) -> None:
    for sheet in worksheets(topic, ["1", "anna", "1017"], seed=3):
        for exercise in sheet.exercises:
            report = gn.mark(exercise.plain, exercise.answers())
            assert (report.marks, report.missing) == (report.out_of, ())
            assert report.out_of == exercise.marks


@every_topic
def test_one_wrong_number_costs_its_mark(topic: str) -> None:
    exercise = worksheet(topic, 5).exercises[-1]
    answers = exercise.answers()
    last = list(answers)[-1]
    report = gn.mark(exercise.plain, answers | {last: "77.7"})
    assert report.marks == report.out_of - 1


@every_topic
def test_results_are_short(topic: str) -> None:
    for sheet in worksheets(topic, range(1, 6)):
        for place, (exercise, level) in enumerate(zip(sheet.exercises, TOPICS[topic], strict=True)):
            ends = [digits(x) for x in exercise.found.numbers.values() if digits(x) < ENDLESS]
            assert max(ends) <= level.digits + 1, (topic, place, exercise.answers())
            assert len(ends) == len(exercise.found.numbers) or topic not in EXACT


@every_topic
def test_fractions_are_the_numbers_of_the_engine(topic: str) -> None:
    for exercise in worksheet(topic, 2).exercises:
        exact = numbers_of(exercise.found.plain)
        for entry in exercise.problem.ask:
            number = exact[exercise.problem.shown(entry)]
            if number is not None:
                assert float(number) == pytest.approx(exercise.problem.solution.number(entry), rel=1e-6, abs=1e-12)


@every_topic
def test_everybody_has_other_numbers_and_always_the_same(topic: str) -> None:
    sheets = worksheets(topic, range(1, 13), seed=1)
    for place in range(3):
        assert len({json.dumps(sheet.problems()[place]) for sheet in sheets}) == 12
    assert worksheets(topic, range(1, 13), seed=1)[4].problems() == sheets[4].problems()
    assert worksheet(topic, 1, seed=2).problems() != sheets[0].problems()


def test_every_gate_has_a_name() -> None:
    for sheet in worksheets("gates", range(1, 8)):
        solved = sheet.solution().markdown()
        assert len(re.findall(r"Its outputs are those of (N?AND|X?N?OR|XOR|majority|minority)\.", solved)) == 3


def test_what_is_asked_for_is_no_secret_and_the_solution_is_on_another_page() -> None:
    sheet = worksheet("update", 4)
    answers = sheet.exercises[1].answers()
    task, solved = sheet.markdown(), sheet.solution().markdown()
    assert all(label(name) in task for name in answers)
    assert solved.count("1 mark") == sheet.marks
    assert "1 mark" not in task.partition("##")[2]


@pytest.mark.parametrize("topic", ["perceptron", "softmax"])
def test_sheet_and_solution_compile(topic: str, pdflatex: Path, tmp_path: Path) -> None:
    for path in worksheet(topic, 1).save(tmp_path, ["latex"])[:2]:
        done = subprocess.run([pdflatex, "-interaction=nonstopmode", "-halt-on-error", path.name], cwd=tmp_path,
                              capture_output=True, text=True, timeout=120)  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]


@every_topic
def test_moodle_reads_the_gaps(topic: str) -> None:
    sheet = worksheet(topic, 8)
    root = ElementTree.fromstring(sheet.moodle())
    questions = root.findall("question[@type='cloze']")
    assert len(questions) == 3
    for exercise, question in zip(sheet.exercises, questions, strict=True):
        text = question.findtext("questiontext/text") or ""
        gaps = re.findall(r"\{1:NUMERICAL:=(-?[\d.]+):([\d.]+)\}", text)
        assert len(gaps) == exercise.marks == text.count("{")
        for entry, (value, allowed) in zip(exercise.problem.ask, gaps, strict=True):
            true = exercise.problem.solution.number(entry)
            assert abs(float(value) - true) <= float(allowed) + 1e-12
            assert allowed == tolerance(true)
        assert "NUMERICAL" not in (question.findtext("generalfeedback/text") or "")


def test_files_in_every_format(tmp_path: Path) -> None:
    files = worksheet("descent", "anna").save(tmp_path)
    assert sorted(path.name for path in files) == sorted(path.name for path in tmp_path.iterdir())
    assert {path.name for path in files} >= {"descent-anna.html", "descent-anna-solution.tex", "descent-anna-3.json"}
    report = gn.mark(tmp_path / "descent-anna-1.json", {"x1": "0"})
    assert report.out_of == worksheet("descent", "anna").exercises[0].marks


@pytest.mark.parametrize(
    ("topic", "students", "said"),
    [
        ("backwards", ["1"], "did you mean 'backward'"),
        ("forward", ["../x"], "A student is a number"),
        ("forward", ["a" * 41], "A student is a number"),
        ("forward", [], "1 to 2000 different students"),
        ("forward", ["1", "2", "1"], "1 is there twice"),
        ("forward", range(2001), "given are 2001"),
    ],
)
def test_what_cannot_be_made(topic: str, students: list[str], said: str) -> None:
    with pytest.raises(SettingError, match=re.escape(said)):
        worksheets(topic, students)
