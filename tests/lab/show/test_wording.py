"""Words in LaTeX."""

from __future__ import annotations

import pytest

from glassnet.lab.show.wording import words


@pytest.mark.parametrize(
    ("text", "written"),
    [("a_b & 5 %", r"a\_b \& 5 \%"), ("x ≥ −2", r"x $\ge$ $-$2"), ("[1, 0]", "{[}1, 0]"), ("10⁻⁹", "10$^-$$^9$"),
     ("Žluť 漢", "Žluť ?"), ("\\begin{x}", r"\textbackslash{}begin\{x\}")],
)  # fmt: skip
def test_words(text: str, written: str) -> None:
    assert words(text) == written
