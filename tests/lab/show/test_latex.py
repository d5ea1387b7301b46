"""LaTeX that compiles as it stands."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from glassnet.lab.trace import Trace


def test_it_compiles(each: Trace, pdflatex: Path, tmp_path: Path) -> None:
    (tmp_path / "step.tex").write_text(each.latex(), encoding="utf-8")
    command = [str(pdflatex), "-interaction=nonstopmode", "-halt-on-error", "step.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-2000:]
    assert "Overfull" not in said
    assert (tmp_path / "step.pdf").read_bytes().startswith(b"%PDF")


def test_the_formulas_of_the_lecture(batch: Trace) -> None:
    text = batch.shown("columns, theta").latex()
    assert r"Z^{(1)} = W^{(1)} X + \theta^{(1)}" in text
    assert r"\mathrm{d}A^{(1)} = W^{(2)\,\top} \mathrm{d}Z^{(2)}" in text


def test_the_formulas_alone_for_a_notebook(batch: Trace) -> None:
    text = batch._repr_latex_()
    assert text.startswith("$$\\begin{aligned}")
    assert text.count("&=") == sum(batch.formulas.whole(name) is not None for name in batch.formulas.names)


@pytest.mark.parametrize(("text", "shown"), [("a_b", r"a\_b"), ("50 %", r"50 \%"), ("{x}\\", r"\{x\}\textbackslash{}")])
def test_text_is_only_ever_text(text: str, shown: str) -> None:
    from glassnet.lab.show.notation import escaped

    assert escaped(text) == shown
