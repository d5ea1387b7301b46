"""How a Tensor is shown: text that can be read back, tables and formulas for notebooks."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

import glassnet as gn


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (lambda: gn.tensor(2.5), "tensor(2.5)"),
        (lambda: gn.tensor([]), "tensor([])"),
        (lambda: gn.tensor(np.zeros((0, 3))), "tensor([], shape=(0, 3))"),
        (lambda: gn.tensor(np.float32([1])), "tensor([1.], dtype=float32)"),
        (lambda: gn.tensor([1.0], requires_grad=True), "tensor([1.], requires_grad=True)"),
        (lambda: gn.tensor([1.0], name="b"), "tensor([1.], name='b')"),
        (lambda: gn.tensor([[1, 2], [3, 4]]), "tensor([[1., 2.],\n        [3., 4.]])"),
        (lambda: gn.tensor([float("nan"), float("inf")]), "tensor([nan, inf])"),
    ],
)
def test_text(made: Any, shown: str) -> None:
    assert repr(made()) == shown


def test_text_of_a_large_tensor_is_short() -> None:
    assert len(repr(gn.tensor(np.zeros((1000, 1000))))) < 400


def cells(x: gn.Tensor) -> list[list[str]]:
    return [[cell.text or "" for cell in row] for row in ET.fromstring(x._repr_html_()).iter("tr")]


def test_the_table_shows_the_numbers() -> None:
    assert cells(gn.tensor([[1.0, 2.5], [-3.0, 1e-9]])) == [["1", "2.5"], ["-3", "1e-09"]]
    assert cells(gn.tensor(7.0)) == [["7"]]
    large = cells(gn.tensor(np.arange(400.0).reshape(20, 20)))
    assert (len(large), len(large[0]), large[-1][-1], large[4][4]) == (9, 9, "399", "…")


def test_the_table_says_what_it_shows_and_escapes_it() -> None:
    x = gn.tensor([1.0, 2.0], requires_grad=True, name="<w> & co")
    page = x._repr_html_()
    assert "&lt;w&gt; &amp; co, shape (2,), float64, requires_grad=True" in page
    assert "from multiply" in (x * 2)._repr_html_()
    for shape in ((2, 2, 2), (0,), ()):
        ET.fromstring(gn.tensor(np.zeros(shape))._repr_html_())


def test_formulas() -> None:
    assert gn.tensor(1.5)._repr_latex_() == "$1.5$"
    assert gn.tensor([[1.0, -np.inf]])._repr_latex_() == "$\\begin{bmatrix}1 & -\\infty\\end{bmatrix}$"
    assert gn.tensor([2.5e-10])._repr_latex_() == "$\\begin{bmatrix}2.5 \\cdot 10^{-10}\\end{bmatrix}$"
    assert gn.tensor(np.zeros((2, 2, 2)))._repr_latex_() is None
    large = gn.tensor(np.zeros((20, 20)))._repr_latex_()
    assert large is not None
    assert (large.count("\\\\"), large.count("\\cdots"), large.count("\\vdots"), large.count("\\ddots")) == (8, 8, 8, 1)
