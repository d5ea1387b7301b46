"""`glassnet dissect`: a problem and a model opened."""

from __future__ import annotations

from pathlib import Path

import pytest

import glassnet as gn

EXAMPLES = Path(__file__).parents[2] / "examples" / "marking"
SLIDE = EXAMPLES / "slide.toml"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (X, y), _ = gn.data.load("digits")
    net = gn.Network([gn.Dense(8, activation="relu"), gn.Dense(10)])
    net.fit(X[:64], y[:64], epochs=1, optimizer=gn.optimizers.SGD(0.1))
    path = tmp_path_factory.mktemp("models") / "small.safetensors"
    net.save(path)
    return path


def test_a_problem_as_json(run) -> None:
    quantities = run("dissect", SLIDE, "--json").json["quantities"]
    assert quantities["Z2"]["formula"] == "Z2 = A1 W2 + b2"
    assert quantities["dW2"]["shape"] == [1, 1]
    assert quantities["dW2"]["value"][0][0] == pytest.approx(0.0570376, abs=1e-7)


def test_a_model_on_a_row_of_the_digits(run, model: Path) -> None:
    done = run("dissect", model, "--data", "digits", "--sample", "3", "--json")
    assert done.status == 0, done.err
    assert done.json["quantities"]["W1.new"]["shape"] == done.json["quantities"]["dW1"]["shape"]


def test_a_number_opened(run, model: Path) -> None:
    done = run("dissect", model, "--data", "digits", "--explain", "Z1[0,2]", "--plain")
    assert "terms together, exactly" in done.out
    assert run("dissect", SLIDE, "--explain", "dE/dw1", "--json").json["formula"] == "X*dZ1"


def test_the_lectures_convention(run) -> None:
    true, course = (
        run("dissect", EXAMPLES / "batch.toml", "--convention", place, "--format", "markdown").out
        for place in ("dZ", "dW")
    )
    assert "1/m A1^T dZ2" in course
    assert "1/m A1^T dZ2" not in true


def test_a_step_of_a_run(run, digits_run: Path) -> None:
    done = run("dissect", digits_run, "--step", "44", "--explain", "dW1[20,7]", "--json")
    assert done.status == 0, done.err
    assert (done.json["name"], done.json["of_examples"]) == ("dW1[20,7]", 32)
    missing = run("dissect", digits_run, "--step", "99999999")
    assert missing.status == 2
    assert "has no step 99999999: it has the steps 1 to" in missing.err


def test_a_number_followed(run) -> None:
    done = run("dissect", SLIDE, "--chain", "w1", "--convention", "theta", "--plain")
    assert "d Z1 / d W1 = X = 0.1" in done.out
    assert "over all paths d loss / d W1 = 0.00102081" in done.out


def test_what_made_a_logit(run, model: Path) -> None:
    found = run("dissect", model, "--data", "digits", "--attribute", "4", "--json").json["attribution"]
    assert [level["name"] for level in found["levels"]] == ["X", "A1"]
    refused = run("dissect", SLIDE, "--attribute", "0")
    assert (refused.status, "sigmoid is not piecewise linear" in refused.err) == (2, True)


@pytest.mark.parametrize("format", ["markdown", "latex", "html", "svg", "json"])
def test_written_down(run, format: str, tmp_path: Path) -> None:
    shown = run("dissect", SLIDE, "--format", format).out
    ending = {"markdown": "md", "latex": "tex"}.get(format, format)
    done = run("dissect", SLIDE, "--out", tmp_path / f"step.{ending}", "--json")
    assert done.json == {"file": str(tmp_path / f"step.{ending}")}
    assert (tmp_path / f"step.{ending}").read_text(encoding="utf-8") == shown


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--explain", "Q7"), "There is no quantity 'Q7'"),
        (("--explain", "W1[5,5]"), "there is no W1[5,5]"),
        (("--format", "pdf"), "There is no format 'pdf'"),
        (("--step", "1"), "Only a run has steps"),
        (("--sample", "0"), "A problem has its own sample"),
        (("--explain", "Z1", "--format", "latex"), "--format latex is for the whole step"),
        (("--explain", "Z1", "--out", "a.md"), "--out writes the whole step"),
        (("--out", "a.md", "--format", "html"), "from the file's ending"),
        (("--out", "step.pdf"), "ends in none of these"),
        (("--convention", "x"), "There is no word of a convention 'x'"),
    ],
)
def test_what_cannot_be_opened(run, options: tuple[str, ...], said: str) -> None:
    done = run("dissect", SLIDE, *options)
    assert done.status == 2
    assert said in done.err
