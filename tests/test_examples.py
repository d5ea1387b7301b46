"""The example programs run as they stand, and reach what they say."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_wide_and_deep(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "wide_and_deep.py"), run_name="__main__")
    printed = capsys.readouterr().out
    found = re.search(r"r2 ([\d.]+)", printed)
    assert found is not None
    assert float(found[1]) > 0.98
    assert "Concatenate (2 branches)" in printed
