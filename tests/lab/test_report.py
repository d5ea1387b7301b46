"""What a marking says: hints by level, causes, Markdown, a page; and the marks of stored sheets, version by version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from glassnet.errors import SettingError
from glassnet.lab.marking import mark
from glassnet.lab.report import VERSION

ROOT = Path(__file__).parents[2]
STORED = ROOT / "tests" / "golden" / "marking.json"
WRONG = {"z1": "0.415", "a1": "0.6022", "z2": "0.271", "a2": "0.5673", "dE/dtheta2": "0.3173", "dE/dw2": "0.1911"}


def test_hints_go_from_where_to_the_solution() -> None:
    report = mark("slide", WRONG)
    hints = {level: {h["quantity"]: h["hint"] for h in report.hints(level)} for level in (1, 2, 3)}
    assert set(hints[1]) == {"Z2", "dE/dtheta2", "dE/dw2"}
    assert hints[1]["Z2"] == "Look at Z2 again: the number does not follow from those before it."
    assert hints[1]["dE/dw2"] == "Look at dZ2, on the way to dE/dw2."
    assert hints[2]["Z2"] == "z = w x + b."
    assert hints[3]["Z2"].endswith("Solution: Z2 = A1*w2 + theta2 = 0.6022*0.45 + 0.62 = 0.89099.")
    assert "0.89099" not in json.dumps([hints[1], hints[2]])
    with pytest.raises(SettingError, match="levels 1"):
        report.hints(4)


def test_with_hints_no_answer_is_given_away() -> None:
    report = mark("slide", WRONG)
    for shown in (report.text(1), report.markdown(1), report.text(2)):
        assert "0.89099" not in shown
    assert "0.89099" in report.text()


def test_a_cause_is_named_once_with_all_that_it_explains() -> None:
    report = mark("slide", WRONG)
    assert [(c.slip["slip"], c.at, c.answers) for c in report.causes] == [
        ("bias-omitted", "Z2", ("Z2",)),
        ("missed-derivative", "dZ2", ("dE/dtheta2", "dE/dw2")),
    ]
    assert report.said(report.answers[-1]) == ["The same slip as in dE/dtheta2."]


def test_a_page_holds_all_and_loads_nothing() -> None:
    page = mark("slide", [{"quantity": "z1", "value": "0.5", "working": "1*0.5"}]).html()
    assert page.startswith("<!doctype html>")
    assert "http:" not in page.replace("http://www.w3.org", "")
    assert "<math" in page
    assert "default-src &#39;none&#39;" in page


def test_the_same_sheet_has_the_same_marks_in_every_version() -> None:
    """Stored with the rules' first version; with new rules VERSION counts up, and their marks stand beside these."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert stored["version"] == VERSION
    for sheet in stored["sheets"]:
        report = mark(sheet["problem"], sheet["answers"])
        found = [[a.quantity, a.verdict, [f["slip"] for f in a.findings]] for a in report.answers]
        assert (report.marks, found) == (sheet["marks"], sheet["found"]), sheet["problem"]
