"""The document of a perceptron: the slides' tables, the proof as the lecture writes it, pictures, in every format."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import glassnet as gn
from glassnet.lab.perceptron.points import Points, gate
from glassnet.lab.perceptron.report import report
from glassnet.lab.show.document import Document

LINE = Points.of([-2, 6, 7, 3, 2, -1, 0, 5, 10, 4, 9, 8], list("NPPNNNNPPNPP"))


def document(points: Any, **settings: Any) -> Document:
    return report(gn.Perceptron(**settings).fit(points))


def wide() -> Points:
    X = np.random.default_rng(0).normal(size=(80, 10)).round(2)
    return Points.of(X, X.sum(1) > 0)


def noise() -> Points:
    rng = np.random.default_rng(1)
    return Points.of(rng.normal(size=(40, 9)).round(1), rng.integers(0, 2, 40))


CASES = {
    "xor": lambda: document(gate("xor")),
    "and as on the slides": lambda: document(gate("and"), threshold=2.5, start=(1, 1), order=(1, 3, 0, 2)),
    "nand with that threshold": lambda: document(gate("nand"), threshold=2.5, start=(1, 1)),
    "a line": lambda: document(LINE),
    "parity": lambda: document(gate("parity-3")),
    "cycling": lambda: document(Points.of([[1], ["1/2"]], ["P", "N"]), threshold=0.1),
    "one class": lambda: document(gate("true")),
    "wide": lambda: document(wide()),
    "noise": lambda: document(noise(), epochs=3),
    "negative tie": lambda: document(gate("xor"), tie="negative", order="random", epochs=5),
}


@cache
def case(name: str) -> Document:
    """Each is made once."""
    return CASES[name]()


@pytest.fixture(scope="module", params=CASES)
def each(request: pytest.FixtureRequest) -> Document:
    return case(request.param)


def test_the_slides_table() -> None:
    lines = case("and as on the slides").markdown().splitlines()
    start = lines.index("|  | w1 | w2 | -θ | x | class | z | says |  |")
    assert lines[start + 2 : start + 7] == [
        "| 1 | 1 | 1 | -2.5 | (0, 1) | 0 | 1×0 + 1×1 - 2.5 = -1.5 | 0 | right |",
        "| **2** | **1** | **1** | **-2.5** | **(1, 1)** | **1** | **1×1 + 1×1 - 2.5 = -0.5** | **0** | "
        "**wrong, w + x** |",
        "| 3 | 2 | 2 | -2.5 | (0, 0) | 0 | 2×0 + 2×0 - 2.5 = -2.5 | 0 | right |",
        "| 4 | 2 | 2 | -2.5 | (1, 0) | 0 | 2×1 + 2×0 - 2.5 = -0.5 | 0 | right |",
        "|  | 2 | 2 | -2.5 |  |  |  |  |  |",
    ]
    check = lines.index("| x1 | x2 | z | says | is |")
    assert lines[check + 2 : check + 6] == [
        "| 0 | 0 | -2.5 | 0 | 0 |",
        "| 0 | 1 | -0.5 | 0 | 0 |",
        "| 1 | 0 | -0.5 | 0 | 0 |",
        "| 1 | 1 | 1.5 | 1 | 1 |",
    ]


def test_xors_proof_as_the_lecture_writes_it() -> None:
    text = case("xor").markdown()
    assert (
        "\n".join(
            [
                "1 ×       w2 ≥ θ     (0, 1) is 1",
                "1 ×       w1 ≥ θ     (1, 0) is 1",
                "1 ×        0 < θ     (0, 0) is 0",
                "1 ×  w1 + w2 < θ     (1, 1) is 0",
                "------------------",
                "     w1 + w2 ≥ 2 θ   those of 1, added up",
                "     w1 + w2 < 2 θ   those of 0, added up",
            ]
        )
        in text
    )
    assert "So w1 + w2 would be at least 2 θ and less than 2 θ" in text
    assert "the point (0.5, 0.5) is a mean of rows of 1 and of rows of 0" in text
    assert "h1 says OR: 2 x1 + 2 x2 − 1 = 0; h2 says NAND: −2 x1 − 2 x2 + 3 = 0. The output is AND" in text
    assert "| 1 | 1 | 3 | -1 | 1 | 0 | -1 | 0 | 0 |" in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("xor", "pass 4 begins with exactly the weights of pass 3"),
        ("nand with that threshold", "0 ≥ 2.5   (0, 0) is 1"),
        ("nand with that threshold", "With the threshold fixed at 2.5 no weights do it, and one row proves it"),
        ("a line", "Every row is right"),
        ("and as on the slides", "The row that is nearest to the boundary is √(1/32) = 0.1768 from it."),
        ("and as on the slides", "√(1/8) = 0.3536: 2 x1 + 2 x2 − 3 = 0. It rests on 3 rows: (0, 1), (1, 0), (1, 1)."),
        ("cycling", "the rule does not find it: the weights come back"),
        ("parity", "A hidden layer of three units"),
        ("one class", "nothing is presented"),
        ("wide", "hyperplane through the origin"),
        ("noise", "a weighted mean of these positive rows is one of these negative rows"),
        ("wide", "weights)"),
        ("negative tie", "more than 2 θ and at most 2 θ"),
    ],
)
def test_what_is_said(name: str, said: str) -> None:
    assert said in case(name).markdown()


def test_novikoffs_bound_beside_the_mistakes() -> None:
    assert (
        "γ² = 1/17. So there are at most (R/γ)² = 51 mistakes, in any order; 11 were made."
        in document(gate("and")).markdown()
    )


def test_as_data() -> None:
    found = case("xor").to_json()
    assert found["separable"] is False
    assert found["proof"]["multipliers"] == [1, 1, 1, 1]
    assert found["trace"][0] == {
        "number": 1, "pass": 1, "row": 0, "x": [0.0, 0.0], "target": 0, "weights": [0.0, 0.0], "threshold": 0.0,
        "z": 0.0, "output": 1, "right": False,
    }  # fmt: skip
    found = case("nand with that threshold").to_json()
    assert (found["separable"], found["possible_with_threshold"], found["proof"]["rows"]) == (True, False, [0])
    found = case("and as on the slides").to_json()
    assert (found["separable"], found["weights"], found["threshold"], found["proof"]) == (True, [2, 2], 2.5, None)
    assert len(found["trace"]) == found["presentations"] == 4


def test_every_format(each: Document) -> None:
    html = each.html()
    root = ElementTree.fromstring(html.removeprefix("<!doctype html>"))
    identifiers = [found.get("id") for found in root.iter() if found.get("id")]
    assert len(identifiers) == len(set(identifiers))
    assert len(html) < 600_000
    assert ElementTree.fromstring(each.svg()).get("viewBox")
    assert json.loads(json.dumps(each.to_json()))["equation"]
    assert each.markdown().startswith("# A perceptron")


def test_latex_compiles(each: Document, pdflatex: Path, tmp_path: Path) -> None:
    (tmp_path / "bench.tex").write_text(each.latex(), encoding="utf-8")
    command = [str(pdflatex), "-interaction=nonstopmode", "-halt-on-error", "bench.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


def test_a_picture_for_each_update() -> None:
    captions = [picture.caption for picture in case("and as on the slides").pictures()]
    assert captions[:2] == [
        "The start: x1 + x2 − 2.5 = 0",
        "Update 1: (1, 1) is 1; z = −0.5 said 0. Now 2 x1 + 2 x2 − 2.5 = 0",
    ]
    many = [picture.caption for picture in case("wide").pictures()]
    assert len(many) == 14  # the start, eleven updates, the last, and the greatest margin
    assert many[12].startswith("Update ")
    assert int(many[12].split()[1].strip(":")) > 11


def test_the_proof_has_a_picture_of_its_meeting_point() -> None:
    captions = [picture.caption for picture in case("xor").pictures()]
    assert "The rows of the proof, and the point that is a mean of either class." in captions
    assert sum(caption.startswith("Layer") for caption in captions) == 4


def test_long_multipliers_are_strings_in_json() -> None:
    X = np.random.default_rng(2).normal(size=(60, 9)).round(5)
    found = document(Points.of(X, np.arange(60) % 2), epochs=2)
    multipliers = found.to_json()["proof"]["multipliers"]
    assert len(multipliers) == 11
    assert any(isinstance(m, str) and m.isdigit() for m in multipliers)
    assert "Rounded where they are long" in found.markdown()


def test_named_inputs_are_named(tmp_path: Path) -> None:
    path = tmp_path / "fruit.csv"
    path.write_text("weight,length,kind\n0.1,2,a\n0.3,1,b\n")
    assert "| inputs | 2, weight, length |" in report(gn.Perceptron().fit(Points.read(path))).markdown()
    assert gn.Perceptron().fit(Points.read(path)).report().title == f"A perceptron for {path}"
