"""`glassnet perceptron`."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_a_gate_as_json(run) -> None:
    found = run(
        "perceptron", "--gate", "and", "--threshold", "2.5", "--start", "1,1", "--order", "1,3,0,2", "--json"
    ).json
    assert found.keys() >= {"separable", "weights", "threshold", "trace", "proof"}
    assert (found["weights"], found["threshold"], found["proof"]) == ([2, 2], 2.5, None)
    assert [step["z"] for step in found["trace"]] == [-1.5, -0.5, -2.5, -0.5]


def test_not_separable_is_a_result(run) -> None:
    done = run("perceptron", "--gate", "xor", "--json")
    assert (done.status, done.json["separable"], done.json["proof"]["multipliers"]) == (0, False, [1, 1, 1, 1])


def test_a_table(run, tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    path.write_text("x,class\n" + "\n".join(f"{x},{c}" for x, c in zip(range(-2, 11), "NNNNNNNPPPPPP", strict=True)))
    done = run("perceptron", "--data", path)
    assert done.status == 0, done.err
    assert "Every row is right" in done.out
    assert run("perceptron", "--data", path, "--target", "x").status == 2


def test_all_gates(run) -> None:
    done = run("perceptron", "--gate", "all", "--sklearn", "--plain")
    assert "The trap is NAND." in done.out
    assert len(run("perceptron", "--gate", "all", "--json").json["gates"]) == 16


@pytest.mark.parametrize("format", ["markdown", "latex", "html", "svg", "json"])
def test_written_down(run, format: str, tmp_path: Path) -> None:
    shown = run("perceptron", "--gate", "or", "--format", format).out
    ending = {"markdown": "md", "latex": "tex"}.get(format, format)
    done = run("perceptron", "--gate", "or", "--out", tmp_path / f"or.{ending}", "--json")
    assert done.json == {"file": str(tmp_path / f"or.{ending}")}
    assert (tmp_path / f"or.{ending}").read_text(encoding="utf-8") == shown


def test_in_a_random_order(run) -> None:
    first, again, other = (
        run("perceptron", "--gate", "nand", "--order", "random", "--seed", seed, "--json").json["trace"]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--gate NAME"),
        (("--gate", "and", "--data", "x.csv"), "one of them"),
        (("--data", "none.csv"), "none.csv"),
        (("--gate", "nnd"), "did you mean 'nand'"),
        (("--gate", "and", "--target", "y"), "--target names a column of --data"),
        (("--gate", "and", "--threshold", "high"), "--threshold is a number"),
        (("--gate", "and", "--start", "1"), "2 weights"),
        (("--gate", "and", "--order", "7"), "rows from 0 to 3"),
        (("--gate", "and", "--order", "up"), "The order is"),
        (("--gate", "and", "--seed", "1"), "--seed is for --order random"),
        (("--gate", "and", "--sklearn"), "--gate all --sklearn"),
        (("--gate", "all", "--threshold", "2"), "--gate all takes no --threshold"),
        (("--gate", "and", "--format", "pdf"), "There is no format 'pdf'"),
        (("--gate", "and", "--out", "a.pdf"), "A perceptron is saved as"),
        (("--gate", "and", "--out", "a.md", "--format", "html"), "from the file's ending"),
    ],
)
def test_what_cannot_be_used(run, options: tuple[str, ...], said: str) -> None:
    done = run("perceptron", *options)
    assert done.status == 2
    assert said in done.err
