"""A class: both forms of its CSV, cells that are no number, and what its commonest slips are."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from glassnet.errors import GlassnetError
from glassnet.lab.classroom import mark_class

EXAMPLE = Path(__file__).parents[2] / "examples" / "marking" / "class.csv"


def written(folder: Path, text: str) -> Path:
    path = folder / "class.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_class() -> None:
    report = mark_class("slide", EXAMPLE)
    marks = {student.name: student.marks for student in report.students}
    assert marks == {"Ada": 12, "Ben": 8, "Cleo": 11, "Dev": 8, "Eva": 11, "Finn": 11, "Gao": 10, "Hana": 7}
    assert (report.slips[0].name, report.slips[0].students) == ("bias-omitted", 2)
    assert report.students[-1].notes == ("z1: 'half' is no number; write it as 0.0102, 1/3 or 5e-3.",)
    assert {q.name: (q.answered, q.right) for q in report.quantities}["A1"] == (8, 7)
    json.dumps(report.to_json())


def test_the_same_answers_in_the_long_form(tmp_path: Path) -> None:
    with EXAMPLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = ["student;quantity;value;working"]
    lines += [f"{row['student']};{name};{value.replace('.', ',')};" for row in rows
              for name, value in row.items() if name != "student"]  # fmt: skip
    long = mark_class("slide", written(tmp_path, "\n".join(lines)))
    assert [s.marks for s in long.students] == [s.marks for s in mark_class("slide", EXAMPLE).students]


def test_workings_and_names_given_twice(tmp_path: Path) -> None:
    working = "student,quantity,value,working\nAda,z1,0.415,0.015*0.1 + 0.40\n"
    (student,) = mark_class("slide", written(tmp_path, working)).students
    assert student.report.answers[0].findings[0]["kind"] == "decimal-point"
    twice = "student,theta1 new,theta1 new\nAda,0.3898,0.5253\n"
    (student,) = mark_class("slide", written(tmp_path, twice)).students
    assert (student.marks, student.first_slip) == (2, "label in theta2 new")


def test_tables_of_marks(tmp_path: Path) -> None:
    report = mark_class("slide", written(tmp_path, "student,z1\n=cmd(),0.415\na|<b>,0.5\n"))
    rows = list(csv.reader(io.StringIO(report.csv())))
    assert rows[1][:3] == ["'=cmd()", "1", "12"]
    assert "a\\|<b>" in report.markdown()
    assert "<b>" not in report.html()
    assert "2 students, 0.5 of 12 marks on average" in str(report)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("name,z1\nAda,1\n", "needs a column `student`"),
        ("student,z11\nAda,1\n", "There is no quantity 'z11'"),
        ("student,z1\n", "has no students"),
        ("student,quantity,value\nAda,,1\n", "line 2: there is no quantity"),
        ("student,z1\n" + "\n".join(f"{i},1" for i in range(5001)), "at most 5000"),
    ],
)
def test_files_that_cannot_be_marked(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(GlassnetError, match=said) as caught:
        mark_class("slide", written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_bytes(b"student,z1\n\xff\xfe")
    with pytest.raises(GlassnetError, match="is no CSV"):
        mark_class("slide", tmp_path / "class.csv")
    with pytest.raises(GlassnetError, match="There is no file"):
        mark_class("slide", tmp_path / "none.csv")
