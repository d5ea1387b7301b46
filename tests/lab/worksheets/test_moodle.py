"""Moodle questions, read as its importer reads them; and the reader itself, shown files that it must refuse."""

from __future__ import annotations

import pytest

from glassnet.lab.worksheets import TOPICS, worksheets
from glassnet.lab.worksheets.moodle import quiz, tolerance
from glassnet.lab.worksheets.sheet import in_digits

from .moodle_import import NotImportedError, imported


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_moodle_reads_every_question_and_marks_the_solution_full(topic: str) -> None:
    sheets = worksheets(topic, ["8", "anna"])
    questions = imported(quiz(sheets).encode())
    exercises = [exercise for sheet in sheets for exercise in sheet.exercises]
    assert [question.category.split("/")[-1] for question in questions] == ["8"] * 3 + ["anna"] * 3
    for exercise, question in zip(exercises, questions, strict=True):
        assert len(question.gaps) == exercise.marks
        for entry, gap in zip(exercise.problem.ask, question.gaps, strict=True):
            true = exercise.problem.solution.number(entry)
            written = float(in_digits(true))
            unit = float(tolerance(true))
            assert gap.mark(written) == gap.mark(written + unit) == gap.mark(true) == 1
            assert gap.mark(written + 2.5 * unit + 1e-9) == gap.mark(written + 100) == 0
            assert gap.weight == 1


RIGHT = quiz(worksheets("softmax", ["1"]))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('encoding="UTF-8"', 'encoding="latin1"', "does not say that it is UTF-8"),
        ("<quiz>", "<quiz><note/>", "<note> stands where"),
        ('type="cloze"', 'type="clozed"', "of the type 'clozed'"),
        ("$course$/", "", "is not in the course"),
        ('<questiontext format="html">', "<questiontext>", "without format=html"),
        ("<penalty>0</penalty>", "<penalty>0</penalty><mark>1</mark>", "mark: never read"),
        ("<penalty>0</penalty>", "<penalty>3</penalty>", "the penalty 3"),
        ("<p>", "<p><b>", "is not whole"),
        ("<p>", "<p>{", "a brace"),
        ("{1:NUMERICAL:=", "{1:NUMERICAL:%51%", "51.0 % is no fraction"),
        ("{1:NUMERICAL:=", "{1:NUMERICAL:%50%", "no answer of a gap gets the whole mark"),
        ("{1:NUMERICAL:=", "{1:NUMERICAL:=~=x", "is no number"),
        ("{1:NUMERICAL:=", "{0:NUMERICAL:=", "gives no mark"),
        ("{1:NUMERICAL:=", "{1:NUMERIC:=", "a brace that is no gap"),
    ],
)
def test_the_reader_refuses_what_moodle_would_not_take(old: str, new: str, said: str) -> None:
    assert old in RIGHT
    assert len(imported(RIGHT.encode())) == 3
    with pytest.raises(NotImportedError, match=said):
        imported(RIGHT.replace(old, new, 1 if old == "<quiz>" else -1).encode())


def test_names_that_occur_twice_are_refused() -> None:
    name = RIGHT.split("<name>")[1].split("</name>")[0]
    twice = RIGHT.replace(RIGHT.split("<name>")[2].split("</name>")[0], name)
    with pytest.raises(NotImportedError, match="one name"):
        imported(twice.encode())
