"""A proof as the lecture writes it: the rows' inequalities one below the other, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from glassnet.lab.expressions import MINUS, Expression, Name, Number, plus, times
from glassnet.lab.perceptron.exact import short
from glassnet.lab.perceptron.pictures import Scene
from glassnet.lab.perceptron.separability import Proof
from glassnet.lab.show.document import Block, Line, Lines, Part, Table, Words

MOST_INPUTS = 8  # up to which an inequality is written out


def proof_part(proof: Proof, scene: Scene) -> Part:
    """The proof, and where it can be seen the picture of it."""
    blocks: list[Block] = [Words(_introduction(proof))]
    blocks.append(_written_out(proof) if proof.points.dimension <= MOST_INPUTS else _listed(proof))
    blocks += [Words(conclusion(proof), strong=True), Words(_how_few(proof))]
    if proof.threshold is None:
        blocks.append(Words(_geometry(proof)))
        picture = scene.proof(proof, "The rows of the proof, and the point that is a mean of either class.")
        blocks += [picture] if picture is not None else []
    title = "Why no weights can do it" if proof.threshold is not None else "Why no line can do it"
    return Part(title, tuple(blocks))


def _introduction(proof: Proof) -> str:
    fixed = f" with θ = {short(proof.threshold)}" if proof.threshold is not None else ""
    return (f"Each row asks something of the weights{fixed}. These rows, each taken as often as the number before it "
            "says, contradict each other:")  # fmt: skip


def _how_few(proof: Proof) -> str:
    if len(proof.rows) == 1:
        return "One row is enough."
    if proof.smallest:
        return f"Fewer than {len(proof.rows)} rows never contradict each other here: all of them were tried."
    return "None of these rows can be left out; whether fewer others would do was not searched, there are too many."


def relation(positive: bool, tie: str) -> str:
    """What a row of this class asks of w.x against the threshold."""
    if positive:
        return "≥" if tie == "positive" else ">"
    return "<" if tie == "positive" else "≤"


def _written_out(proof: Proof) -> Lines:
    """The inequalities, and below a stroke their sums, one for each class."""
    points, lines = proof.points, []
    for side in (True, False):
        for row, m in proof.of(side):
            note = f"{points.at(row)} is {points.label(side)}"
            lines.append(Line(weighted(points.rows[row]), relation(side, proof.tie), _theta(proof, 1), note, f"{m} ×"))
    totals: list[Line] = []
    for side in (True, False):
        s, k = proof.total(side)
        if k:
            note = f"those of {points.label(side)}, added up"
            totals.append(Line(weighted(s), relation(side, proof.tie), _theta(proof, k), note, total=not totals))
    alone = len(proof.rows) == 1 and proof.multipliers == (1,)
    return Lines(tuple(lines if alone else lines + totals))


def weighted(x: Sequence[Fraction]) -> Expression:
    """w.x as a formula: 0, w1, 2 w1 - 0.5 w2."""
    terms: list[Expression] = []
    for k, value in enumerate(x, 1):
        if value:
            size = () if abs(value) == 1 else (Number(short(abs(value))),)
            terms.append(times(*((MINUS,) if value < 0 else ()), *size, Name("w", (k,))))
    return plus(*terms) if terms else Number("0")


def _theta(proof: Proof, k: int) -> Expression:
    """k theta, as a number where theta is one."""
    if proof.threshold is not None:
        value = k * proof.threshold
        return times(MINUS, Number(short(-value))) if value < 0 else Number(short(value))
    return Name("theta") if k == 1 else times(Number(str(k)), Name("theta"))


def _listed(proof: Proof) -> Table:
    """The rows and multipliers alone, where an inequality would be longer than a line."""
    rows = tuple(
        (f"row {row}", proof.points.label(side), short(Fraction(m)), f"w·x {relation(side, proof.tie)} θ")
        for side in (True, False)
        for row, m in proof.of(side)
    )
    caption = "Rounded where they are long; the data have them whole" if max(proof.multipliers) >= 10**12 else ""
    return Table(("row", "class", "times", "asks"), rows, caption, words=(0, 1, 3))


def conclusion(proof: Proof) -> str:
    """Why the sums contradict each other."""
    (s, k), (_, l) = proof.total(True), proof.total(False)  # noqa: E741
    name = _name(s) if proof.points.dimension <= MOST_INPUTS else "the same sum of weights"
    above, below = ("at least", "less than") if proof.tie == "positive" else ("more than", "at most")
    if proof.threshold is None:
        many = "θ" if k == 1 else f"{short(Fraction(k))} θ"
        return f"So {name} would be {above} {many} and {below} {many}: no weights and no threshold can do that."
    high, low = short(k * proof.threshold), short(l * proof.threshold)
    if not l:
        return f"So {name} would be {above} {high}, which is false whatever the weights are."
    if not k:
        return f"So {name} would be {below} {low}, which is false whatever the weights are."
    return f"So {name} would be {above} {high} and {below} {low}: no weights can do that."


def _name(s: Sequence[Fraction]) -> str:
    from glassnet.lab.show.document import plain

    return plain(weighted(s))


def _geometry(proof: Proof) -> str:
    s, k = proof.total(True)
    points = proof.points
    if points.dimension > MOST_INPUTS:
        return "In pictures: a weighted mean of these positive rows is one of these negative rows, too."
    mean = f"({', '.join(short(value / k) for value in s)})"
    return (f"In pictures: the point {mean} is a mean of rows of {points.label(True)} and of rows of "
            f"{points.label(False)}. A boundary would have it on both sides.")  # fmt: skip
