"""The class's program: scikit-learn's Perceptron(tol=1e-3, random_state=0) on the gates."""

from __future__ import annotations

import sys

import pytest

from glassnet.errors import MissingExtraError
from glassnet.lab.perceptron.beside import beside, gates_report
from glassnet.lab.perceptron.points import gate


@pytest.mark.parametrize(
    ("name", "says", "weights", "intercept"),
    [
        ("and", "0001", (2, 2), -2),
        ("or", "0111", (2, 2), -1),
        ("nand", "1000", (-2, -2), 2),
        ("nor", "1000", (-2, -2), 1),
        ("xor", "0000", (0, 0), 0),
    ],
)
def test_what_it_finds(name: str, says: str, weights: tuple[int, int], intercept: int) -> None:
    found = beside(gate(name))
    assert found is not None
    assert (found.table, found.line.weights, found.line.w0) == (says, weights, intercept)
    assert found.says == tuple(found.line.positive(x) for x in gate(name).rows)


def test_the_trap_of_nand() -> None:
    """(0, 1) and (1, 0) lie on its line: 0 there, 1 in the course; without tol it goes on until it is right."""
    stopped, patient = beside(gate("nand")), beside(gate("nand"), tol=None)
    assert stopped is not None
    assert patient is not None
    assert stopped.ties(gate("nand")) == [1, 2]
    assert patient.table == "1110"
    text = gates_report(sklearn=True).markdown()
    assert "The trap is NAND." in text
    assert "(0, 1) and (1, 0) lie on it" in text


def test_one_class_it_refuses() -> None:
    assert beside(gate("true")) is None


def test_all_gates_as_data() -> None:
    gates = gates_report(sklearn=True).to_json()["gates"]
    assert len(gates) == 16
    assert [name for name, found in gates.items() if not found["separable"]] == ["xor", "xnor"]
    assert (gates["and"]["weights"], gates["and"]["threshold"]) == ([2.0, 1.0], 3.0)
    assert gates["nand"]["sklearn"]["tol"]["outputs"] == "1000"
    assert gates["nand"]["sklearn"]["no tol"]["outputs"] == "1110"
    assert gates["true"]["sklearn"]["tol"] is None


def test_without_scikit_learn_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(MissingExtraError, match=r"glassnet\[sklearn\]"):
        beside(gate("and"))
    assert "XOR and XNOR" in gates_report().markdown()
