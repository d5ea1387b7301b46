"""Our SVG as TikZ: the same shapes, colours and strokes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import glassnet as gn
from glassnet.errors import SettingError
from glassnet.lab.gallery import activations, boundaries, losses
from glassnet.lab.show.document import Document
from glassnet.lab.show.tikz import Drawing, declarations
from glassnet.plots import theme
from glassnet.plots.svg import Markup, element, picture

DOCUMENTS: dict[str, Callable[[], Document]] = {
    "activations": activations.document,
    "losses": losses.document,
    "boundary": lambda: boundaries.document(*boundaries.xor()),
    "map": lambda: gn.descend("x^2 - y^2", (2, 3), steps=20, optimizer=["sgd", "adam"]).document(),
    "curve": lambda: gn.descend("x^2 + 2x + 1", 2).document(),
    "perceptron": lambda: gn.Perceptron().fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]).report(),
}


def drawn(*shapes: Markup) -> tuple[list[str], dict[str, str]]:
    """The lines inside the picture, and the styles."""
    drawing = Drawing()
    return drawing.of(picture(40, 30, *shapes, title="It")).splitlines()[2:-1], drawing.styles


@pytest.mark.parametrize(
    ("shape", "line"),
    [
        (element("rect", x=1, y=2, width=3, height=4, class_="axis"), r"\path[gn axis] (1,2) rectangle (4,6);"),
        (element("rect", x=1, y=2, width=3, height=4, rx=2, class_="node"),
         r"\path[gn node] [rounded corners=1.5bp] (1,2) rectangle (4,6);"),
        (element("circle", cx=1, cy=2, r=4, class_="f1"), r"\path[gn f1] (1,2) circle[radius=3bp];"),
        (element("line", x1=1, y1=2, x2=3, y2=4, class_="edge"), r"\path[gn edge] (1,2) -- (3,4);"),
        (element("path", d="M0 0L1 1L2 2V5", class_="axis"), r"\path[gn axis] (0,0) -- (2,2) -- (2,5);"),
        (element("path", d="M0 0h2v2zM5 5l1 1", class_="shade"),
         "\\path[gn shade] (0,0) -- (2,0) -- (2,2) -- cycle\n(5,5) -- (6,6);"),
        (element("path", d="M1 1h0", class_="points s1"), r"\path[gn points s1] (1,1) -- (1,1);"),
        (element("circle", cx=1, cy=2, r=4, class_="hover"), ""),
        (element("text", "5 % of ", element("tspan", "x", class_="ahead strong"), x=1, y=2, class_="end"),
         r"\node[gn text end] at (1,2) {5 \% of \textcolor{gn-right}{\textbf{x}}};"),
        (element("text", "up", x=1, y=2, transform="rotate(-90 1 2)"), r"\node[gn text,rotate=90] at (1,2) {up};"),
        (element("g", element("line", x2=3, class_="edge"), transform="translate(5 6)"),
         "\\begin{scope}[shift={(5,6)}]\n\\path[gn edge] (0,0) -- (3,0);\n\\end{scope}"),
        (element("rect", width=3, height=4, class_="right", fill_opacity=0.5),
         r"\path[gn right,fill opacity=0.5] (0,0) rectangle (3,4);"),
    ],
)  # fmt: skip
def test_shapes(shape: Markup, line: str) -> None:
    assert "\n".join(drawn(shape)[0]) == line


@pytest.mark.parametrize(
    ("classes", "style"),
    [
        ("axis", "draw=gn-muted,draw opacity=.6,line width=0.94bp"),
        ("height shade", "fill=gn-muted,fill opacity=.06"),  # two classes say more than one
        ("open dot", "fill=gn-paper,draw=gn-wrong,line width=1.5bp"),
        ("right dot", "fill=gn-right,draw=gn-right,line width=1.5bp"),
        (
            "curve s2",
            "draw=gn-series-2,line width=1.69bp,dash pattern=on 5.25bp off 3bp,line cap=round,line join=round",
        ),
    ],
)
def test_styles_are_those_of_the_style_sheet(classes: str, style: str) -> None:
    _, styles = drawn(element("path", d="M0 0L1 1", class_=classes))
    assert styles == {f"gn {classes}": style}


def test_the_last_word_of_a_rule_counts_by_its_classes() -> None:
    assert declarations("s1")["stroke"] == "var(--series-1)"
    assert "stroke-dasharray" not in declarations("s1")
    assert declarations("nothing of ours") == declarations("")


@pytest.mark.parametrize(
    ("shape", "said"),
    [(element("image", href="x"), "<image>"), (element("path", d="M0 0C1 1 2 2 3 3", class_="axis"), "'C'")],
)
def test_what_has_no_form_is_refused(shape: Markup, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        drawn(shape)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_picture_of_a_document_is_in_its_latex(name: str, pdflatex: Path, tmp_path: Path) -> None:
    document = DOCUMENTS[name]()
    text = document.latex()
    assert text.count(r"\begin{tikzpicture}") == len(document.pictures()) > 0
    colours = set(re.findall(r"(?:fill|draw|text)=gn-([\w-]+)", text))
    assert colours <= set(theme.LIGHT)
    assert "=None" not in text
    (tmp_path / "shown.tex").write_text(text, encoding="utf-8")
    command = [str(pdflatex), "-interaction=nonstopmode", "-halt-on-error", "shown.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=300)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
