"""Marking: the lecture's slide first, exactly; then verdicts, slips, and what cannot be read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from glassnet.errors import DataError, GlassnetError, SettingError
from glassnet.lab.marking import mark
from glassnet.lab.messages import MESSAGES
from glassnet.lab.slips import CATALOGUE

EXAMPLES = Path(__file__).parents[2] / "examples" / "marking"
SLIDE = EXAMPLES / "slide.toml"


def agreed() -> list[dict[str, Any]]:
    return json.loads((EXAMPLES / "slide-expected.json").read_text(encoding="utf-8"))["answers"]


def test_the_slide_has_exactly_the_agreed_verdicts_and_findings() -> None:
    report = mark(SLIDE, EXAMPLES / "slide-answers.json")
    shown = json.loads(json.dumps(report.to_json()))["answers"]
    assert len(shown) == len(agreed())
    for answer, wanted in zip(shown, agreed(), strict=True):
        assert {key: answer[key] for key in wanted if key != "findings"} == {
            key: wanted[key] for key in wanted if key != "findings"
        }
        found = [
            {key: finding[key] for key in finding if key not in ("explanation", "rule")}
            for finding in answer["findings"]
        ]
        assert found == wanted["findings"], answer["quantity"]
    assert (report.marks, report.out_of) == (12, 12)


@pytest.mark.parametrize(
    ("answers", "verdict", "slips"),
    [
        ({"z1": "0.415"}, "right", []),
        ({"a1": "0,6023"}, "right", []),
        ({"a1": "0.61"}, "right", []),  # up: within one unit of the last digit
        ({"a1": "0.7"}, "wrong", ["inexact"]),
        ({"a1": "0.6"}, "wrong", ["too-few-digits"]),
        ({"z2": "0.271"}, "wrong", ["bias-omitted"]),
        ({"E": "0.2108"}, "wrong", ["missing-half"]),
        ({"dE/dw2": "0.2765"}, "wrong", ["missed-derivative"]),
        ({"dE/dw2": "-0.0570"}, "wrong", ["sign"]),
        ({"dE/dw2": "0.570"}, "wrong", ["decimal-point"]),
        ({"dE/dw2": "0.0507"}, "wrong", ["digits-swapped"]),
        ({"dE/dw1": "0.000891"}, "wrong", ["new-weights"]),
        ({"w2 new": "0.507"}, "wrong", ["ascent"]),
    ],
)
def test_a_number_alone(answers: dict[str, str], verdict: str, slips: list[str]) -> None:
    (answer,) = mark(SLIDE, answers).answers
    assert answer.verdict == verdict
    assert [finding["slip"] for finding in answer.findings] == slips


def test_what_follows_from_a_wrong_number_has_its_mark_and_is_called_so() -> None:
    report = mark(SLIDE, {"z2": "0.271", "a2": "0.5673"})
    assert [answer.verdict for answer in report.answers] == ["wrong", "follow-through"]
    assert report.marks == 1


def test_the_activation_left_out() -> None:
    _, answer = mark(SLIDE, {"z1": "0.415", "a1": "0.415"}).answers
    assert (answer.verdict, answer.findings[0]["slip"]) == ("wrong", "activation-omitted")


def test_one_cause_for_several_wrong_numbers_comes_first() -> None:
    """dZ2 stands nowhere on the sheet; without the output's derivative all three are wrong, and for one reason."""
    true = mark(SLIDE, {"a1": "0.6022862", "a2": "0.7091024"})
    delta = 0.7091024 - 0.25
    wrong = {"dE/dw2": delta * 0.6022862, "dE/dtheta2": delta, "dE/dtheta1": delta * 0.45 * 0.6022862 * 0.3977138}
    report = mark(SLIDE, {**{a.quantity: a.given for a in true.answers}, **{k: f"{v:.6f}" for k, v in wrong.items()}})
    assert [answer.verdict for answer in report.answers[2:]] == ["wrong"] * 3
    assert [(f["slip"], f["at"]) for answer in report.answers for f in answer.findings] == [
        ("missed-derivative", "dZ2")
    ] * 3


def test_a_slip_in_its_own_formula_is_likelier_than_one_further_back() -> None:
    (answer,) = mark(SLIDE, {"a1": "0.598"}).answers  # the bias subtracted in z1 would give 0.4042, omitted 0.5037
    assert answer.findings[0]["slip"] != "bias-omitted"
    (answer,) = mark(SLIDE, {"a1": "0.5037"}).answers
    assert (answer.findings[0]["slip"], answer.findings[0]["at"]) == ("bias-omitted", "Z1")


def test_labels_that_the_rest_of_the_sheet_speaks_against_are_no_labels() -> None:
    """Z1 and A1 look exchanged; but what follows was computed from them as they are named."""
    exchanged = {"z1": "0.6023", "a1": "0.415"}
    follows = {"z2": "0.80675", "a2": "0.69141", "dE/dw2": "0.039085", "dE/dtheta1": "0.010289"}
    report = mark(SLIDE, exchanged | follows)
    assert [answer.verdict for answer in report.answers] == ["wrong"] * 2 + ["follow-through"] * 4
    assert [answer.quantity for answer in mark(SLIDE, exchanged).answers] == ["A1", "Z1"]


@pytest.mark.parametrize(
    ("working", "found"),
    [
        ("0.1*(-0.4) + 0.3", []),
        ("-0.4*0.1 + 0.3", []),
        ("0.1*0.4 + 0.3", [("operand", "sign", "0.4")]),
        ("0.1*(-0.04) + 0.3", [("operand", "decimal-point", "-0.04")]),
        ("0.3 - 0.4", [("missing-factor", None, None)]),
    ],
)
def test_signs_in_a_working(working: str, found: list[tuple[str, str | None, str | None]]) -> None:
    problem = {
        "layers": [{"activation": "sigmoid", "W": [[-0.4]], "b": [0.3]}],
        "sample": {"X": [[0.1]], "y": [[0.25]]},
        "loss": {"name": "half_mse"},
    }
    (answer,) = mark(problem, [{"quantity": "Z1", "value": "0.26", "working": working}]).answers
    assert [(f["slip"], f.get("kind"), f.get("written")) for f in answer.findings] == found


def test_exchanged_labels_are_one_slip_each() -> None:
    report = mark(SLIDE, [{"quantity": "a1", "value": "0.415"}, {"quantity": "z1", "value": "0.6023"}])
    assert [(a.quantity, a.findings[0]["should_be"]) for a in report.answers] == [("Z1", "Z1"), ("A1", "A1")]


def test_the_last_answer_to_a_quantity_counts_and_what_is_missing_is_said() -> None:
    report = mark(SLIDE, [{"quantity": "z1", "value": "0.5"}, {"quantity": "z1", "value": "0.415"}])
    assert (report.marks, report.out_of) == (1, 12)
    assert report.missing[:2] == ("A1", "Z2")
    assert "Not answered: A1, Z2" in str(report)


def test_a_working_put_together_differently_is_no_slip() -> None:
    (answer,) = mark(SLIDE, [{"quantity": "z1", "value": "0.415", "working": "(0.03 + 0.8)/2"}]).answers
    assert (answer.verdict, answer.findings) == ("right", ())


def test_every_slip_has_its_sentence_and_its_rule() -> None:
    assert set(CATALOGUE) <= set(MESSAGES)
    assert all(sentence.endswith(".") and rule[-1] in ".?" for sentence, rule in MESSAGES.values())


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"z9": "1"}, "There is no quantity 'z9'"),
        ({"z1": "half"}, "'half' is no number"),
        ({"z1": "1e999999999"}, "is no number"),
        ({"z1": "1/0"}, "is no number"),
        ({"z1": ["1", "2"]}, "z1 has 1 number; answer 1 gives 2."),
        ([{"quantity": "z1", "value": "1", "working": "__import__('os')"}], "is no arithmetic"),
        ([{"quantity": "z1", "value": "1", "working": "open(1)"}], "There is no function 'open'"),
        ([{"quantity": "z1", "value": "1", "working": "(" * 500}], "brackets inside each other"),
        ([{"value": "1"}], "Answer 1 needs a quantity and a value"),
        ("absent.json", "There is no file 'absent.json'."),
        (7, "Answers are a list"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(answers: Any, said: str) -> None:
    with pytest.raises(GlassnetError, match=re.escape(said)) as caught:
        mark(SLIDE, answers)
    assert "\n" not in str(caught.value)


def test_a_problem_that_does_not_fit_is_said_in_a_sentence() -> None:
    layers = [{"W": [[1.0, 2.0]], "b": [0.0]}]
    sample, loss = {"X": [[1.0]], "y": [[1.0, 0.0]]}, {"name": "mse"}
    with pytest.raises(GlassnetError, match=r"b1 must be \(2,\)"):
        mark({"layers": layers, "sample": sample, "loss": loss}, {})
    with pytest.raises(SettingError, match="did you mean 'layers'"):
        mark({"layer": layers}, {})
    with pytest.raises(DataError, match="The problem has no 'sample'"):
        mark({"layers": layers}, {})
