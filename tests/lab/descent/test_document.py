"""A descent written down: the lecture's numbers in every format, formulas as formulas, pictures that fit."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from glassnet import optimizers
from glassnet.errors import SettingError
from glassnet.lab.descent.descend import Descent, descend
from glassnet.lab.descent.numbers import digits


@pytest.fixture(scope="module")
def saddle() -> Descent:
    return descend("x**2 - y**2", (2, 3), 0.1, 100)


@pytest.fixture(scope="module")
def parabola() -> Descent:
    return descend("x^2 + 2x + 1", 2, 0.1, 150)


def test_markdown(saddle: Descent) -> None:
    text = saddle.markdown()
    for line in (
        "| 2 | 1.28 | 4.32 | -17.024 | 2.56 | -8.64 |",
        "| 3 | 1.024 | 5.184 | -25.82528 | 2.048 | -10.368 |",
        "| 100 | 4.074072e-10 | 248453923.566 | -6.172935e+16 | 8.1481e-10 | -4.9691e+08 |",
        "| (0, 0) | 0 | a saddle | -2, 2 |  |",
        "**The path diverges.**",
        "y.new = 3.6 - 0.1×(-7.2)",  # the second step, which the slide has wrong
        "      = 4.32",
        "  df/dx = 2 x",
    ):
        assert line in text
    assert text.count("\n| ") > 101


def test_a_short_text(saddle: Descent) -> None:
    assert "77 steps in the middle are left out here" in str(saddle)
    assert "| 100 |" in str(saddle)


def test_the_page(saddle: Descent, parabola: Descent) -> None:
    for found in (saddle, parabola):
        page = ElementTree.fromstring(found.html().removeprefix("<!doctype html>"))
        assert len(page.findall(".//svg")) == 2
        assert page.findall(".//math//mfrac")
        assert not page.findall(".//script")
    assert "Along y the function falls without end" in saddle.html()


def test_a7_in_the_picture(parabola: Descent) -> None:
    """The tangent in the minimum is level; none is vertical."""
    words = re.sub(r"<[^>]+>", " ", parabola.svg())
    assert "minimum, slope 0: θ = 0°" in words
    assert "start: slope 6, θ = 80.5°" in words
    assert "90°" not in words


def test_the_picture_of_a_map(saddle: Descent) -> None:
    picture = ElementTree.fromstring(saddle.svg())
    classes = [element.get("class") for element in picture.iter()]
    assert classes.count("level") > 6
    assert classes.count("height shade") == classes.count("level")
    assert "curve s1" in classes
    assert "saddle" in "".join(picture.itertext())
    assert "gradient descent" in "".join(picture.itertext())


def test_several_optimizers_on_one_map() -> None:
    several = ["sgd", "momentum", optimizers.Adam(0.5), "adagrad"]
    found = descend("x^2 + 10y^2", (9, 2), 0.05, 8, optimizer=several)
    text = found.markdown()
    assert "| adam | " in text
    assert text.count("## Every step of") == 4
    assert {f"curve s{k}" for k in range(1, 5)} <= {e.get("class") for e in ElementTree.fromstring(found.svg()).iter()}
    six = descend("x^2 + 10y^2", (9, 2), 0.05, 2, optimizer=[*several, "rmsprop", "nesterov"])
    assert len(six.document().pictures()) == 7


@pytest.mark.parametrize(
    ("function", "start"),
    [("log(x)", 2), ("1/x", -1), ("x^2 + y^2 + z^2", (1, 2, 3)), ("e^(x*y)", (3, 3)), ("abs(x)", 1), ("step(x)", 1),
     ("sqrt(x + y)", (0.1, 0.1)), ("0*x*y", (1, 1)), ("w1^2 + w0^4", (1, 2)), ("1e100*x", 1), ("x^2", 0)],
)  # fmt: skip
def test_everything_has_a_document(function: str, start: object) -> None:
    found = descend(function, start, 0.1, 0 if function == "log(x)" else 7)
    for written in (found.markdown(), found.latex(), found.html(), json.dumps(found.to_json())):
        assert len(written) > 200
    ElementTree.fromstring(found.html().removeprefix("<!doctype html>"))


@pytest.mark.parametrize("ending", ["html", "md", "tex", "svg", "json"])
def test_saved(saddle: Descent, tmp_path: Path, ending: str) -> None:
    saddle.save(tmp_path / f"descent.{ending}")
    assert (tmp_path / f"descent.{ending}").stat().st_size > 500


def test_saved_as_something_else(saddle: Descent, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"A descent is saved as .md, .tex, .html, .svg, .json"):
        saddle.save(tmp_path / "descent.pdf")


def test_latex_compiles(pdflatex: Path, tmp_path: Path) -> None:
    (tmp_path / "d.tex").write_text(
        descend("w1^2 + sqrt(abs(w0)) + max(w0, 1)*e^(w1*pi)", (2, 3), 0.01, 60, optimizer="adam").latex()
    )
    command = [str(pdflatex), "-halt-on-error", "-interaction=nonstopmode", "d.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize(
    ("value", "written"),
    [(248453923.56612, "248453923.566"), (2.4845392e9, "2.484539e+09"), (1e-5, "1e-05"), (-2.5, "-2.5"), (0.1, "0.1")],
)
def test_numbers(value: float, written: str) -> None:
    assert digits(value) == written
