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
    assert (done.status, done.err) == (2, "glassnet: There is no file none.toml.\n")
