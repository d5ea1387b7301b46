"""The example programs run as they stand, and reach what they say."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
CLAIMS = sorted({path.stem for path in (EXAMPLES / "claims").glob("*.py")} - {"claim", "__main__"})
NEAR = 4.0  # pixels: another machine's rounding, carried through a training


def test_wide_and_deep(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "wide_and_deep.py"), run_name="__main__")
    printed = capsys.readouterr().out
    found = re.search(r"r2 ([\d.]+)", printed)
    assert found is not None
    assert float(found[1]) > 0.98
    assert "Concatenate (2 branches)" in printed


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_is_as_its_page_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict word by word, and the picture but for rounding; `python examples/claims docs` writes both anew."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(EXAMPLES / "claims"))
    runpy.run_path(str(EXAMPLES / "claims" / f"{name}.py"), run_name="__main__")
    claim, verdict = re.findall(r"Claim: (.*)\nIt (.*)", capsys.readouterr().out)[0]
    answer, _, sentence = verdict.partition(". ")
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    assert f"## {claim}\n\n**It {answer}.** {sentence} ([`{name}.py`]" in page
    stored = (ROOT / "docs" / "images" / "claims" / f"{name}.svg").read_text(encoding="utf-8")
    assert alike((tmp_path / f"{name}.svg").read_text(encoding="utf-8"), stored)


def test_every_claim_is_on_the_page() -> None:
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"/(\w+)\.svg\)", page)) == CLAIMS


def alike(a: str, b: str) -> bool:
    """Two pictures with the same elements, and all lines in almost the same places."""
    ours, theirs = (list(ElementTree.fromstring(text).iter()) for text in (a, b))
    return len(ours) == len(theirs) and all(
        (x.tag, x.get("class")) == (y.tag, y.get("class")) and near(x.get("d", ""), y.get("d", ""))
        for x, y in zip(ours, theirs, strict=True)
    )


def near(a: str, b: str) -> bool:
    """Two paths of almost the same numbers; of regions, whose pieces differ in number, only that both are there."""
    ours, theirs = ([float(number) for number in re.findall(r"-?[\d.]+", path)] for path in (a, b))
    if len(ours) != len(theirs) or a.count("M") > 50:
        return bool(ours) == bool(theirs)
    return all(abs(x - y) <= NEAR for x, y in zip(ours, theirs, strict=True))


def test_pictures_that_differ_are_told_apart() -> None:
    one = '<svg><path class="s1" d="M0 0L10 10"/></svg>'
    assert alike(one, one.replace("10 10", "10 11"))
    assert not alike(one, one.replace("10 10", "10 30"))
    assert not alike(one, one.replace("s1", "s2"))
    assert not alike(one, "<svg/>")
