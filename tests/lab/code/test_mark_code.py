"""Marking of code: the lecture's exercise with mistakes planted in it, and code that does anything else."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from glassnet.errors import DataError, GlassnetError, TypeNotUsableError
from glassnet.lab.code.marking import mark_code
from glassnet.lab.code.slips import CATALOGUE
from glassnet.lab.messages import MESSAGES

ROOT = Path(__file__).parents[3]
EXERCISE = ROOT / "examples" / "marking" / "mnist_by_hand.py"
PROBLEM = ROOT / "examples" / "marking" / "batch.toml"


def module(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    loaded = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(loaded)
    return loaded


bugs = module(ROOT / "benchmarks" / "planted_bugs.py")
SOURCE = EXERCISE.read_text(encoding="utf-8")


def written(folder: Path, source: str) -> Path:
    file = folder / "mine.py"
    file.write_text(source, encoding="utf-8")
    return file


def first(report: Any) -> tuple[str, str, str]:
    """The first wrong line: its function, its quantity, its slip."""
    line = next(line for line in report.answers if line.verdict == "wrong")
    return line.function, line.quantity, line.findings[0]["slip"]


def test_the_right_exercise_is_right() -> None:
    report = mark_code(PROBLEM, EXERCISE)
    assert {line.verdict for line in report.answers} == {"right"}
    assert report.marks == report.out_of == 17
    assert not report.rows


# The whole list is benchmarks/marking_code.py; here one of each place.
@pytest.mark.parametrize("place", [0, 8, 14, 15, 24, 32, 38])
def test_a_planted_mistake_is_named(place: int, tmp_path: Path) -> None:
    slip, replacements = bugs.BUGS[place]
    report = mark_code(PROBLEM, written(tmp_path, bugs.planted(SOURCE, replacements)))
    assert first(report)[2] == slip


def test_there_are_thirty_and_all_of_them_are_in_the_exercise() -> None:
    assert len(bugs.BUGS) >= 30
    for _, replacements in bugs.BUGS:
        compile(bugs.planted(SOURCE, replacements), "planted", "exec")


def test_the_smallest_input_is_small_and_shows_it(tmp_path: Path) -> None:
    source = SOURCE.replace("A2 - one_hot(Y)", "one_hot(Y) - A2")
    report = mark_code(PROBLEM, written(tmp_path, source))
    line = next(line for line in report.answers if line.verdict == "wrong")
    assert line.example is not None
    assert np.shape(line.example["inputs"]["X"]) == (1, 1)
    assert line.example["given"] != line.example["expected"]
    json.dumps(report.to_json(), allow_nan=False)


def test_what_follows_from_a_mistake_in_the_same_function_is_no_second_one(tmp_path: Path) -> None:
    report = mark_code(PROBLEM, written(tmp_path, SOURCE.replace("W1.dot(X) + b1", "W1.dot(X)")))
    verdicts = {(line.function, line.quantity): line.verdict for line in report.answers}
    assert verdicts["forward_prop", "Z1"] == "wrong"
    assert verdicts["forward_prop", "A2"] == "follow-through"
    assert verdicts["backward_prop", "dW1"] == "right"  # it was given the right numbers


ROWS = """
import numpy as np
def forward(X, params):
    Z1 = X @ params["W1"] + params["b1"]
    A1 = np.maximum(Z1, 0)
    Z2 = A1 @ params["W2"] + params["b2"]
    E = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
    A2 = E / E.sum(axis=1, keepdims=True)
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
def backward(X, Y_onehot, params, cache):
    dZ2 = cache["A2"] - Y_onehot
    dZ1 = dZ2 @ params["W2"].T * (cache["Z1"] > 0)
    m = len(X)
    return {"dW1": X.T @ dZ1 / m, "db1": dZ1.sum(axis=0, keepdims=True) / m,
            "dW2": cache["A1"].T @ dZ2 / m, "db2": dZ2.sum(axis=0, keepdims=True)}
"""


def test_rows_and_dictionaries_are_understood(tmp_path: Path) -> None:
    report = mark_code(PROBLEM, written(tmp_path, ROWS))
    assert report.rows
    assert first(report) == ("backward", "db2", "sum-for-mean")
    assert [line.verdict for line in report.answers].count("wrong") == 1


WHOLE = """
import numpy as np
def train(X, Y, lr, epochs):
    W1 = np.random.rand(3, 4) - 0.5; b1 = np.zeros((3, 1)); W2 = np.random.rand(6, 3) - 0.5; b2 = np.zeros((6, 1))
    for _ in range(epochs):
        Z1 = W1 @ X + b1; A1 = np.maximum(Z1, 0); Z2 = W2 @ A1 + b2
        A2 = np.exp(Z2 - Z2.max(0)) / np.exp(Z2 - Z2.max(0)).sum(0)
        m = X.shape[1]; D = A2 - np.eye(6)[Y].T
        dW2 = D @ A1.T / m; dW1 = (W2.T @ D) * (Z1 > 0) @ X.T / m
        db2 = D.sum(1, keepdims=True) / m; db1 = ((W2.T @ D) * (Z1 > 0)).sum(1, keepdims=True) / m
        W1 = W1 - lr * dW1; b1 = b1 - lr * db1; W2 = W2 - lr * dW2; b2 = b2 - lr * db2
    return W1, b1, W2, b2
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (" * (Z1 > 0) @ X.T", " @ X.T", ("train", "W1.new", "missed-derivative")),
        ("D @ A1.T / m", "D @ A1.T", ("train", "W2.new", "sum-for-mean")),
        ("b2 = b2 - lr * db2", "pass", ("train", "b2.new", "not-updated")),
    ],
)
def test_a_whole_descent_in_one_function(old: str, new: str, found: tuple[str, str, str], tmp_path: Path) -> None:
    assert mark_code(PROBLEM, written(tmp_path, WHOLE)).marks == 1
    assert first(mark_code(PROBLEM, written(tmp_path, WHOLE.replace(old, new)))) == found


HOSTILE = """
import os, sys
def one_hot(Y):
    print("x" * 10**6)
    return None
def relu(Z):
    sys.exit(3)
def softmax(Z):
    os._exit(0)
def forward(W1, b1, W2, b2, X):
    while True:
        pass
def backward(Z1, A1, Z2, A2, W2, X, Y):
    return "a", [[1], [2, 3]], object(), {}
def update(W1, b1, W2, b2, dW1, db1, dW2, db2, alpha):
    return bytearray(10**11)
def gradient_descent(X, Y, alpha, iterations):
    raise KeyError(os.getcwd() and open("made", "w").write("x"))
"""


def test_code_that_does_anything_is_a_line_of_the_report(tmp_path: Path) -> None:
    report = mark_code(PROBLEM, written(tmp_path, HOSTILE), seconds=1.0)
    found = {line.function: line.findings[0]["slip"] for line in report.answers}
    assert found == {
        "one_hot": "nothing-returned",
        "relu": "raised",
        "softmax": "died",
        "forward": "too-long",
        "backward": "nothing-returned",
        "update": "raised",
    }
    assert all(line.said() for line in report.answers)
    assert "\n    " in str(report)


def test_functions_themselves_are_marked_without_touching_them() -> None:
    calls = []

    def update(W1: Any, b1: Any, dW1: Any, db1: Any, alpha: float) -> Any:
        calls.append(1)
        return W1 - alpha * dW1, b1 + alpha * db1

    problem = {
        "layers": [{"activation": "sigmoid", "W": [[0.15]], "b": [0.40]}],
        "sample": {"X": [[0.1]], "y": [[0.25]]},
        "loss": {"name": "half_mse"},
    }
    assert first(mark_code(problem, {"update": update})) == ("update", "b1.new", "ascent")
    assert calls == []  # they ran in another process


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(:", "is no Python in line 1"),
        ("x = 1", "There is no function to mark"),
        ("import time\nwhile True: pass", "There is no function to mark"),
        ("x = [0] * 10**13", "There is no function to mark"),
        ("\0", "is no Python"),
    ],
)
def test_files_that_cannot_be_marked(source: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said) as caught:
        mark_code(PROBLEM, written(tmp_path, source))
    assert "\n" not in str(caught.value)


def test_what_is_no_code_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(GlassnetError, match="There is no file"):
        mark_code(PROBLEM, tmp_path / "none.py")
    with pytest.raises(TypeNotUsableError, match="takes a Python file, or functions"):
        mark_code(PROBLEM, 7)
    (tmp_path / "latin.py").write_bytes(b"# \xe9\xff")
    with pytest.raises(DataError, match="not UTF-8"):
        mark_code(PROBLEM, tmp_path / "latin.py")


def test_every_slip_has_its_sentence() -> None:
    assert set(CATALOGUE) <= set(MESSAGES)
