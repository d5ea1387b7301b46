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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--explain", "Q7"), "There is no quantity 'Q7'"),
        (("--explain", "W1[5,5]"), "there is no W1[5,5]"),
        (("--format", "pdf"), "There is no format 'pdf'"),
        (("--convention", "x"), "There is no word of a convention 'x'"),
    ],
)
def test_what_cannot_be_opened(run, options: tuple[str, ...], said: str) -> None:
    done = run("dissect", SLIDE, *options)
    assert done.status == 2
    assert said in done.err
