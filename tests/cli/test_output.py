"""JSON without NaN, plain where it is asked for, and characters that every terminal has."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glassnet.cli.output import Output, jsonable, wants_plain


def test_numbers_that_json_lacks_become_words():
    assert jsonable([math.nan, math.inf, -math.inf, 0.5]) == ["nan", "inf", "-inf", 0.5]
    assert jsonable({"a": np.array([[1, 2]]), 3: np.float32(np.nan), "c": (np.int64(1), None, True, "x")}) == {
        "a": [[1, 2]],
        "3": "nan",
        "c": [1, None, True, "x"],
    }


@pytest.mark.parametrize(
    ("environment", "arguments", "plain"),
    [
        ({}, [], False),
        ({}, ["--plain"], True),
        ({"NO_COLOR": "1"}, [], True),
        ({"NO_COLOR": ""}, [], False),
        ({"TERM": "dumb"}, [], True),
        ({"TERM": "xterm"}, [], False),
    ],
)
def test_when_it_is_plain(monkeypatch, environment, arguments, plain):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wants_plain(arguments) is plain
    assert Output.of(False, bool(arguments)).plain is plain


def test_with_json_nothing_is_shown_and_without_it_no_object(capsys):
    Output(as_json=True).show("words")
    Output(as_json=False).result({"a": 1})
    assert capsys.readouterr().out == ""
    Output(as_json=True).result({"a": np.float64(1.5)})
    assert capsys.readouterr().out == '{"a": 1.5}\n'


def test_notes_go_to_standard_error(capsys):
    Output().note("By the way [bold]this[/] is text.")
    assert capsys.readouterr() == ("", "By the way [bold]this[/] is text.\n")
