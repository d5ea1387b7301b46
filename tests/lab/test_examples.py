"""The examples of dissection run as they stand."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "dissection" / "step_of_a_run.py"


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLE))
    said = capsys.readouterr().out
    assert "Z1 = W1 X - theta1 | dW1 = dZ1 X^T" in said
    assert "It is the mean over 32 examples" in said
    assert (tmp_path / "step.html").stat().st_size < 2_000_000
