"""`glassnet descend`: the contract's JSON, files, and one sentence for what cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_the_lectures_saddle(run) -> None:
    """By its defaults: 100 steps of rate 0.1."""
    done = run("descend", "x**2 - y**2", "--start", "2,3", "--json")
    assert done.status == 0, done.err
    found = done.json
    assert found["path"][:3] == [
        [2.0, 3.0],
        [pytest.approx(1.6), pytest.approx(3.6)],
        [pytest.approx(1.28), pytest.approx(4.32)],
    ]
    assert (len(found["path"]), len(found["values"])) == (101, 101)
    assert f"{found['path'][-1][1]:.3f}" == "248453923.566"
    assert found["verdict"] == "diverging"
    assert found["stationary"][0] | {"exact": None} == {
        "point": [0.0, 0.0], "value": 0.0, "kind": "saddle", "eigenvalues": [-2.0, 2.0], "alone": True, "exact": None,
    }  # fmt: skip
    assert "There is no minimum" in found["explanation"]
    assert found["formulas"]["gradient"] == ["2*x", "-2*y"]
    assert len(found["gradient"]) == 2


def test_the_notes_parabola(run) -> None:
    done = run("descend", "x^2 + 2x + 1", "--start", "0", "--steps", "200", "--json").json
    assert (done["verdict"], done["stationary"][0]["point"], done["rates"]["best"]) == ("minimum", [-1.0], 0.5)
    shown = run("descend", "x^2 + 2x + 1", "--start", "0", "--steps", "200", "--plain").out
    assert "x = -1, where f = 0" in shown
    assert "df/dx = 2 x + 2" in shown


def test_optimizers_with_settings(run) -> None:
    done = run("descend", "x^2", "--optimizer", "momentum:eta=0.5", "--optimizer", "adam:learning_rate=0.3",
               "--optimizer", "lbfgs", "--learning-rate", "0.2", "--json")  # fmt: skip
    named = [way["optimizer"] for way in done.json["ways"]]
    assert named[0] == "Momentum(learning_rate=0.2, eta=0.5)"
    assert named[1].startswith("Adam(learning_rate=0.3, ")
    assert named[2].startswith("LBFGS(learning_rate=0.2, ")


def test_a_diverging_path_has_strings_where_numbers_are_not_finite(run) -> None:
    assert run("descend", "x^4", "--start", "5", "--json").json["verdict"] == "diverging"


@pytest.mark.parametrize("text", ["-x^2", "-2x + x^2", "-x"])
def test_a_formula_may_begin_with_a_minus(run, text: str) -> None:
    assert run("descend", text, "--start", "-1", "--steps", "3", "--json").json["path"][0] == [-1.0]


def test_files(run, tmp_path: Path) -> None:
    done = run("descend", "x^2 + y^2", "--plot", "bowl.svg", "--out", "bowl.html", "--json")
    assert done.json["files"] == ["bowl.svg", "bowl.html"]
    assert (tmp_path / "bowl.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "Written to again.svg" in run("descend", "x^2", "--plot", "again.svg").out
    assert run("descend", "x^2", "--format", "latex").out.startswith(r"\documentclass")
    assert "\x1b" not in run("descend", "x^2", "--plain").out


def test_a_line_through_points(run, tmp_path: Path) -> None:
    found = run("descend", "--fit", "linear", "--learning-rate", "0.02", "--steps", "2000", "--json").json
    assert (found["verdict"], round(found["threshold"], 6)) == ("minimum", 4.25)
    (tmp_path / "points.csv").write_text("x,y\n0,1\n1,3\n")
    assert run("descend", "--fit", "linear", "--data", "points.csv", "--json").json["points"] == [
        [0.0, 1.0],
        [1.0, 3.0],
    ]
    assert "The line moving" in run("descend", "--fit", "logistic").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("foo(x)",), "There is no function 'foo'"),
        (("x +",), "ends where more is needed"),
        (("__import__('os')",), "cannot be read"),
        (("x + y", "--start", "1"), "a start has 2 numbers"),
        (("x", "--start", "one"), "--start takes a number for each variable"),
        (("x", "--optimizer", "adom"), "did you mean"),
        (("x", "--optimizer", "adam:beta1=high"), "sets no number"),
        (("x", "--optimizer", "adam:learning_rate=0.3", "--learning-rate", "0.2"), "leave --learning-rate out"),
        (("x", "--plot", "x.png"), "--plot writes an SVG"),
        (("x", "--out", "x.pdf"), "ends in none of these"),
        (("x", "--out", "x.md", "--format", "html"), "from the file's ending"),
        (("x", "--format", "pdf"), "There is no format 'pdf'"),
        ((), "Say what is walked down"),
        (("x", "--fit", "linear"), "one of them"),
        (("x", "--data", "x.csv"), "a function has none"),
        (("--fit", "cubic"), "There is no kind of line"),
        (("--fit", "linear", "--data", "none.csv"), "none.csv"),
        (("x^2", "--stepz", "3"), "no option --stepz"),
    ],
)
def test_what_cannot_be_used(run, arguments: tuple[str, ...], said: str) -> None:
    done = run("descend", *arguments)
    assert done.status == 2, done.out
    assert said in done.err
    assert done.err.count("\n") == 1
    assert run("descend", *arguments, "--json").json["error"] in done.err
