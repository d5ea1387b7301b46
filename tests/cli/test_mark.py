"""`glassnet mark`: verdicts as data and as words, and files that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "marking"
SLIDE, ANSWERS = EXAMPLES / "slide.toml", EXAMPLES / "slide-answers.json"


def test_the_slide_as_json(run) -> None:
    done = run("mark", SLIDE, ANSWERS, "--json")
    assert done.status == 0
    assert (done.json["marks"], done.json["out_of"]) == (12, 12)
    keys = {"quantity", "given", "expected", "verdict", "rounding", "carried", "findings"}
    assert all(keys <= set(answer) for answer in done.json["answers"])
    assert done.json["answers"][0]["findings"][0]["explanation"].startswith("In the working stands 0.015")


@pytest.mark.parametrize("options", [(), ("--plain",)])
def test_the_slide_in_words(run, options: tuple[str, ...]) -> None:
    done = run("mark", SLIDE, ANSWERS, *options)
    assert done.status == 0
    assert "theta2 new" in done.out
    assert "12 of 12 marks." in done.out


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "is no JSON"), ('{"z1": "half"}', "is no number"), ('{"zz": "1"}', "There is no quantity 'zz'")],
)
def test_answers_that_cannot_be_read(run, tmp_path: Path, content: str, said: str) -> None:
    sheet = tmp_path / "sheet.json"
    sheet.write_text(content, encoding="utf-8")
    done = run("mark", SLIDE, sheet, "--json")
    assert done.status == 2
    assert said in json.loads(done.out)["error"]


def test_files_that_are_not_there(run) -> None:
    done = run("mark", "none.toml", ANSWERS)
    assert (done.status, done.err) == (2, "glassnet: There is no file 'none.toml'.\n")


def test_problems_by_name_and_hints(run) -> None:
    done = run("mark", "slide", ANSWERS, "--hints", "1", "--json")
    assert done.json["marks"] == 12
    assert done.json["hints"][0] == {"quantity": "Z1", "hint": "The number is right; look at the working of Z1 again."}
    assert "adam-uncorrected" in " ".join(run("mark", "--help").out.split())


def test_a_class(run, tmp_path: Path) -> None:
    done = run("mark", "slide", "--class", EXAMPLES / "class.csv", "--json")
    assert [student["marks"] for student in done.json["students"]][:3] == [12, 8, 11]
    assert run("mark", "slide", "--class", EXAMPLES / "class.csv", "--format", "csv").out.startswith("student,marks")
    for name in ("class.html", "class.md", "class.csv"):
        assert run("mark", "slide", "--class", EXAMPLES / "class.csv", "--out", name).status == 0
        assert (tmp_path / name).stat().st_size > 300
    assert "The commonest slips" in run("mark", "slide", "--class", EXAMPLES / "class.csv").out


def test_code(run, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def update(W1, b1, dW1, db1, alpha):\n    return W1, b1 - alpha * db1\n")
    problem = tmp_path / "one.json"
    network = [{"activation": "sigmoid", "W": [[0.15]], "b": [0.4]}]
    plain = {"layers": network, "sample": {"X": [[0.1]], "y": [[0.25]]}, "loss": {"name": "half_mse"}}
    problem.write_text(json.dumps(plain), encoding="utf-8")
    done = run("mark", problem, "--code", "mine.py", "--json")
    assert [answer["findings"][:1] and answer["findings"][0]["slip"] for answer in done.json["answers"]] == [
        "not-updated",
        [],
    ]
    assert "It was not updated." in run("mark", problem, "--code", "mine.py", "--plain").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("slid", ANSWERS), "did you mean 'slide'?"),
        (("slide",), "Say what is marked"),
        (("slide", ANSWERS, "--hints", "4"), "--hints is 1"),
        (("slide", ANSWERS, "--format", "pdf"), "There is no format 'pdf'"),
        (("slide", ANSWERS, "--format", "csv"), "there is for a class"),
        (("slide", ANSWERS, "--out", "marks.pdf"), "ends in none of these"),
    ],
)
def test_options_that_do_not_fit(run, arguments: tuple[object, ...], said: str) -> None:
    done = run("mark", *arguments)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert said in done.err
