"""A document with every kind of block, in every format."""

from __future__ import annotations

import json
import re
import subprocess
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console
from rich.theme import Theme

from glassnet.errors import SettingError
from glassnet.lab.expressions import Name, Number, minus, plus, times
from glassnet.lab.show import save, written
from glassnet.lab.show.document import (
    Document,
    Line,
    Lines,
    Part,
    Picture,
    Pictures,
    PutIn,
    Table,
    Words,
    plain,
    terminal,
)
from glassnet.plots.svg import element, picture

X1, X2, THETA = Name("x", (1,)), Name("x", (2,)), Name("theta")
PUT_IN = PutIn(minus(times(X2, X1), THETA), {X1: "0", X2: "1", THETA: "2.5"})
PICTURE = Picture(
    picture(40, 30, element("circle", cx=5, cy=5, r=3), title="A dot"),
    "A dot at <5 & 5>.",
)
WHOLE = Document(
    "Bench",
    "A title with 50 % & <b>",
    "w·x ≥ θ is the answer.",
    (
        Part(
            "Words and lines",
            (
                Words("Plain words_with signs, 2×10⁻⁹, Žluť and 漢."),
                Words("The answer.", strong=True),
                Lines(
                    (
                        Line(plus(times(Number("2"), X1), X2), "≥", THETA, "row 1", "1 ×"),
                        Line(X2, "<", THETA, "row 2", "2 ×"),
                        Line(Number("0"), "<", Number("0"), "added up", total=True),
                    )
                ),
            ),
        ),
        Part(
            "Tables and pictures",
            (
                Table(("x", "z"), (("(0, 1)", PUT_IN), ("a|b", "3")), "Two rows", marked={1: "wrong"}),
                Table(("k",), tuple((str(k),) for k in range(60))),
                PICTURE,
                Pictures((PICTURE, PICTURE, Picture(PICTURE.markup))),
            ),
        ),
    ),
    (("rows", "2"),),
    {"answer": [1, None]},
)


def test_markdown() -> None:
    text = WHOLE.markdown()
    assert text.startswith("# A title with 50 % & \\<b>\n\n**w·x ≥ θ is the answer.**\n")
    assert "\n  1 ×  2 x1 + x2 ≥ θ   row 1\n".strip() in text
    assert "| (0, 1) | 1×0 - 2.5 |" in text
    assert "| **a\\|b** | **3** |" in text
    assert text.count("A dot at") == 3


def test_a_calculation_stands_in_columns() -> None:
    lines = re.search(r"```text\n(.*?)```", WHOLE.markdown(), re.DOTALL)
    assert lines is not None
    assert lines[1].splitlines() == [
        "1 ×  2 x1 + x2 ≥ θ   row 1",
        "2 ×         x2 < θ   row 2",
        "------------------",
        "             0 < 0   added up",
    ]


def test_the_terminal() -> None:
    out = StringIO()
    theme = Theme({"good": "green", "bad": "red"})
    Console(file=out, width=100, color_system=None, theme=theme).print(terminal.drawn(WHOLE), markup=False)
    text = out.getvalue()
    for said in ("A title with 50 % & <b>", "rows  2", "2 x1 + x2 ≥ θ   row 1", "1×0 - 2.5", "A dot at <5 & 5>."):
        assert said in text


def test_html_is_whole_and_loads_nothing() -> None:
    html = WHOLE.html()
    root = ElementTree.fromstring(html.removeprefix("<!doctype html>"))
    assert [heading.text for heading in root.iter("h2")] == ["Words and lines", "Tables and pictures"]
    assert len(list(root.iter("svg"))) == 4
    assert [row.get("class") for row in root.iter("tr")].count("wrong") == 1
    assert all(formula.get("alttext") for formula in root.iter("math"))
    assert not re.search(r"(src|href)=\"(?!#|data:)", html)
    identifiers = [found.get("id") for found in root.iter() if found.get("id")]
    assert len(identifiers) == len(set(identifiers))


def test_latex_compiles(pdflatex: Path, tmp_path: Path) -> None:
    text = WHOLE.latex()
    assert text.count(r"\begin{tikzpicture}") == 4
    assert text.count(r"\tikzset") == 1
    (tmp_path / "bench.tex").write_text(text, encoding="utf-8")
    command = [str(pdflatex), "-interaction=nonstopmode", "-halt-on-error", "bench.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-2000:]
    assert "Overfull" not in said


def test_svg_and_json() -> None:
    sheet = ElementTree.fromstring(WHOLE.svg())
    names = ["".join(text.itertext()) for text in sheet.iter("{http://www.w3.org/2000/svg}text")]
    assert names.count("A dot at <5") == 3  # wrapped, under each of the three that have a caption
    assert len(list(sheet.iter("{http://www.w3.org/2000/svg}circle"))) == 4
    alone = Document("Bench", "One", "", (Part("One", (PICTURE,)),))
    assert ElementTree.fromstring(alone.svg()).get("viewBox") == "0 0 40 30"
    assert json.loads(written(WHOLE, "json")) == {"answer": [1, None]}
    with pytest.raises(SettingError, match="has no picture"):
        Document("Bench", "Nothing", "", ()).svg()


@pytest.mark.parametrize("ending", ["md", "tex", "html", "svg", "json"])
def test_saved_by_its_ending(ending: str, tmp_path: Path) -> None:
    save(WHOLE, tmp_path / f"a.{ending}")
    assert (tmp_path / f"a.{ending}").stat().st_size > 10
    with pytest.raises(SettingError, match="A bench is saved as"):
        save(WHOLE, tmp_path / "a.pdf", "A bench")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("as it is", "as it is"),
        (plus(times(Number("2"), X1), THETA), "2 x1 + θ"),
        (PUT_IN, "1×0 - 2.5"),
    ],
)
def test_on_one_line(cell: object, shown: str) -> None:
    assert plain(cell) == shown  # type: ignore[arg-type]
