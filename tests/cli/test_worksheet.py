"""`glassnet worksheet`: the files it writes, and what it cannot make."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_files_for_a_class(run, tmp_path: Path) -> None:
    done = run("worksheet", "--topic", "forward", "--students", "3", "--format", "html,moodle",
               "--out", tmp_path / "class", "--json")  # fmt: skip
    assert done.status == 0
    files = [Path(name) for name in done.json["files"]]
    assert sorted(files) == sorted((tmp_path / "class").iterdir())
    assert len(files) == 3 * 5 + 1  # sheet, solution, three problems each; one file for Moodle
    assert (tmp_path / "class" / "forward.xml") in files


def test_the_problem_is_read_by_mark(run, tmp_path: Path) -> None:
    run("worksheet", "--topic", "gates", "--students", "anna", "--out", tmp_path)
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"A1[0,0]": "1"}), encoding="utf-8")
    done = run("mark", tmp_path / "gates-anna-1.json", answers, "--json")
    assert done.status == 0
    assert done.json["out_of"] == 8


def test_a_list_of_students_and_the_usual_folder(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("worksheet", "--topic", "descent", "--students", "1017, 1023", "--plain")
    assert done.status == 0
    assert "2 worksheets on descent" in done.out
    assert (tmp_path / "worksheets" / "descent" / "descent-1023-solution.html").is_file()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--topic", "forwards"), "did you mean 'forward'"),
        (("--topic", "forward", "--students", "0"), "from 1 to 2000"),
        (("--topic", "forward", "--students", "9999"), "from 1 to 2000"),
        (("--topic", "forward", "--students", "a,a"), "a is there twice"),
        (("--topic", "forward", "--students", "a/b"), "A student is a number"),
        (("--topic", "forward", "--format", "pdf"), "There is no format of a worksheet 'pdf'"),
        ((), "Missing option"),
    ],
)
def test_what_cannot_be_made(run, tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    done = run("worksheet", *options, "--out", tmp_path / "w", "--json")
    assert done.status == 2
    assert said in json.loads(done.out)["error"]
    assert not (tmp_path / "w").exists()


def test_a_file_where_a_folder_is_needed(run, tmp_path: Path) -> None:
    (tmp_path / "w").write_text("", encoding="utf-8")
    done = run("worksheet", "--topic", "forward", "--out", tmp_path / "w", "--json")
    assert done.status == 2
    assert "worksheets need a folder" in done.json["error"]
