"""scikit-learn's Perceptron beside the course's: the same gates, and why one of them comes out wrong.

Two things differ. z = 0 is the negative class there and the positive one here; and with its usual `tol` scikit-learn
stops when five passes have not brought the loss down by that much, whether or not every row is right. On NAND the two
meet.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from glassnet.errors import MissingExtraError
from glassnet.lab.perceptron.exact import shown, vector
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.points import GATES, Points, gate
from glassnet.lab.perceptron.rule import Rule
from glassnet.lab.perceptron.separability import separability
from glassnet.lab.show.document import Block, Document, Part, Table, Words
from glassnet.plots.readable import plural

TOL = 1e-3  # of the class's program: Perceptron(tol=1e-3, random_state=0)


@dataclass(frozen=True)
class Beside:
    """What scikit-learn's Perceptron found: its line, what it says of each row, and how many passes it made."""

    line: Line
    says: tuple[bool, ...]
    passes: int

    @property
    def table(self) -> str:
        """What it says of the rows in order: 0001."""
        return written(self.says)

    def ties(self, points: Points) -> list[int]:
        """The rows that lie on its line."""
        return [row for row, x in enumerate(points.rows) if self.line.z(x) == 0]


def written(outputs: tuple[bool, ...]) -> str:
    """Outputs in order: 0001."""
    return "".join(str(int(output)) for output in outputs)


def beside(points: Points, tol: float | None = TOL, seed: int = 0) -> Beside | None:
    """scikit-learn's Perceptron(tol=tol, random_state=seed) on these points; None for a single class, which it refuses.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    if len(set(points.positive)) < 2:
        return None
    X = [[float(value) for value in x] for x in points.rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it was stopped by its limit of passes, which is what is looked at
        model = _sklearn()(tol=tol, random_state=seed).fit(X, list(points.positive))
    line = Line(vector(model.coef_[0].tolist()), Fraction(str(-float(model.intercept_[0]))), "negative")
    return Beside(line, tuple(bool(output) for output in model.predict(X)), int(model.n_iter_))


def _sklearn() -> Any:
    try:
        from sklearn.linear_model import Perceptron
    except ImportError:
        raise MissingExtraError(
            "scikit-learn's Perceptron runs beside ours where it is installed: pip install 'glassnet[sklearn]'."
        ) from None
    return Perceptron


def gates_report(*, sklearn: bool = False) -> Document:
    """All sixteen gates of two inputs: which a line can do, the line that the rule finds, and scikit-learn's."""
    parts = [Part("The sixteen gates", (Words(_introduction()), _ours()))]
    if sklearn:
        parts.append(Part("scikit-learn beside it", tuple(_theirs())))
    lead = "A perceptron can do 14 of the 16 gates of two inputs; XOR and XNOR no line can do."
    return Document("Perceptron", "Gates", lead, tuple(parts), data=lambda: _data(sklearn))


def _introduction() -> str:
    return ("Outputs stand for the rows 00, 01, 10, 11. The threshold is learned (w0 = -θ), the start is 0, the rows "
            "come in order, and z = 0 is 1.")  # fmt: skip


def _ours() -> Table:
    rows = []
    marked: dict[int, str] = {}
    for k, name in enumerate(GATES):
        points = gate(name)
        learned, found = Rule(points).learn(), separability(points)
        line = learned.line
        answer = f"({', '.join(map(shown, (line.w0, *line.weights)))})" if learned.converged else "none"
        marked |= {} if found.separable else {k: "wrong"}
        rows.append((name, GATES[name], answer, str(learned.mistakes), "yes" if found.separable else "no"))
    return Table(("gate", "outputs", "(w0, w1, w2)", "mistakes", "a line can"), tuple(rows), words=(0, 1, 2, 4),
                 marked=marked)  # fmt: skip


def _theirs() -> list[Block]:
    rows: list[tuple[str, ...]] = []
    marked: dict[int, str] = {}
    wrong: list[str] = []
    for name in GATES:
        points = gate(name)
        stopped, patient = beside(points), beside(points, None)
        if stopped is None or patient is None:
            continue
        weights = f"({', '.join(map(shown, stopped.line.weights))}), {shown(stopped.line.w0)}"
        if stopped.table != GATES[name]:
            marked[len(rows)] = "wrong"
            wrong.append(name)
        rows.append((name, GATES[name], stopped.table, weights, str(stopped.passes), patient.table))
    header = ("gate", "outputs", f"says (tol={TOL:g})", "w, b", "passes", "says (tol=None)")
    said = (f"Perceptron(tol={TOL:g}, random_state=0), the class's program, has {plural(len(wrong), 'gate')} wrong: "
            f"{', '.join(wrong)}.")  # fmt: skip
    return [Words(said), Table(header, tuple(rows), words=(0, 1, 2, 3, 5), marked=marked), *_trap()]


def _trap() -> list[Block]:
    """The NAND trap: which rows lie on its line, and what each side calls them."""
    points = gate("nand")
    stopped, patient = beside(points), beside(points, None)
    assert stopped is not None
    assert patient is not None
    ties = stopped.ties(points)
    if stopped.table == GATES["nand"] or not ties:
        return []
    places = " and ".join(points.at(row) for row in ties)
    return [
        Words(f"The trap is NAND. After {plural(stopped.passes, 'pass', 'passes')} its line is {stopped.line}, and "
              f"{places} lie on it, z = 0. For scikit-learn that is 0, for the course 1: the same weights are right "
              "here and wrong there.", strong=True),
        Words("It would have gone on: to it these rows are mistakes. But five passes had not brought the loss down by "
              f"tol = {TOL:g}, and there it stops. With tol=None it passes over the rows until its limit, and says "
              f"{patient.table} with {patient.line}."),
    ]  # fmt: skip


def _data(sklearn: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, outputs in GATES.items():
        points = gate(name)
        learned = Rule(points).learn()
        found[name] = {
            "outputs": outputs,
            "separable": separability(points).separable,
            "converged": learned.converged,
            "weights": [float(value) for value in learned.line.weights],
            "threshold": float(learned.line.threshold),
            "mistakes": learned.mistakes,
        }
        if sklearn:
            found[name]["sklearn"] = {"tol": _said(points, TOL), "no tol": _said(points, None)}
    return {"gates": found}


def _said(points: Points, tol: float | None) -> dict[str, Any] | None:
    there = beside(points, tol)
    if there is None:
        return None
    weights = [float(value) for value in there.line.weights]
    return {"outputs": there.table, "weights": weights, "intercept": float(there.line.w0), "passes": there.passes}
