"""What the bench says of a perceptron: its trace as the slides' table, its line, and what no line can do, proved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from glassnet.lab.perceptron.exact import short
from glassnet.lab.perceptron.learner import Perceptron
from glassnet.lab.perceptron.margin import margin, square_root
from glassnet.lab.perceptron.pictures import Scene, Step, described, updates
from glassnet.lab.perceptron.points import Points
from glassnet.lab.perceptron.proofs import proof_part
from glassnet.lab.perceptron.rule import Presentation
from glassnet.lab.perceptron.separability import Proof
from glassnet.lab.perceptron.tables import check, trace_table
from glassnet.lab.perceptron.twolayers import hidden_part
from glassnet.lab.show.document import Block, Document, Part, Pictures, Words
from glassnet.plots.readable import count, plural, significant

MOST_TRACED = 10_000  # presentations that are written to JSON
MOST_UPDATES = 12  # that have a picture
LARGEST_NUMBER = 2**53  # that every reader of JSON takes exactly; a larger one is a string
MOST_DIGITS = 14  # of a fraction that is written out


def report(perceptron: Perceptron) -> Document:
    """Everything about a perceptron that has learned, as a document."""
    found = Found(perceptron)
    parts = [found.presented(), found.checked(), found.boundary(), *found.verdict()]
    hidden = hidden_part(found.points) if not found.separability.separable else None
    parts += [hidden] if hidden is not None else []
    return Document("Perceptron", found.title, found.lead, tuple(parts), found.facts(), lambda: to_json(found))


class Found:
    """The perceptron, its points, and what there is to say of both."""

    def __init__(self, perceptron: Perceptron) -> None:
        self.perceptron, self.learned, self.points = perceptron, perceptron.learned_, perceptron.points_
        self.rule, self.line = self.learned.rule, self.learned.line
        self.separability = perceptron.separability()
        self.fixed = self.separability
        if not self.rule.learned and self.separability.separable:
            self.fixed = perceptron.separability(fixed=True)
        self.proof = self.fixed.proof
        self.margin = margin(self.line, self.points) if self.learned.converged else None
        self.greatest, self.bound = perceptron.greatest_margin(), perceptron.novikoff()
        self.scene = Scene(self.points)

    # ---- in a sentence -----------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        return f"A perceptron for {self.points.title}" if self.points.title else "A perceptron"

    @property
    def lead(self) -> str:
        """The answer."""
        kind = boundary_name(self.points)
        if self.learned.converged:
            how = f"{plural(self.learned.mistakes, 'mistake')} in {plural(self.learned.presentations, 'presentation')}"
            return f"Every row is right: {described(self.line)}, after {how}."
        if not self.separability.separable:
            return f"No {kind} tells the two classes apart, and {self._rows_of_proof()} it."
        if self.proof is not None:
            fixed = f"With the threshold fixed at {short(self.line.threshold)}"
            return f"{fixed} no weights do it, and {self._rows_of_proof()} it; with a learned one a {kind} does."
        if self.learned.cycle is not None:
            return (f"A {kind} tells the classes apart, but the rule does not find it: the weights come back and it "
                    "goes round for ever, which can happen with a fixed threshold.")  # fmt: skip
        passes = plural(self.rule.epochs, "pass", "passes")
        return f"A {kind} tells the classes apart; the rule has not found it in {passes}."

    def _rows_of_proof(self) -> str:
        assert self.proof is not None
        many = len(self.proof.rows)
        return f"{SMALL.get(many, str(many))} row{'s prove' if many > 1 else ' proves'}"

    def facts(self) -> tuple[tuple[str, str], ...]:
        """What was set, and how it went."""
        rule, p = self.rule, self.perceptron
        start = ", ".join(short(value) for value in rule.first[:8]) + (", ..." if len(rule.first) > 8 else "")
        order = rule.order if isinstance(rule.order, str) else ", ".join(map(str, rule.order[:12]))
        if order == "random":
            order = f"random, seed {rule.seed}"
        return (
            ("rows", count(len(self.points.rows))),
            ("inputs", ", ".join([str(self.points.dimension), *self.points.names[:8]])),
            ("threshold θ", "learned" if rule.learned else short(self.line.threshold)),
            ("z = 0 is", str(self.points.label(p.tie == "positive"))),
            ("start w", f"({start})"),
            ("order", order),
            ("presentations", count(self.learned.presentations)),
            ("mistakes", count(self.learned.mistakes)),
        )

    # ---- parts -------------------------------------------------------------------------------------------------

    def presented(self) -> Part:
        """The trace."""
        if not self.learned.presentations:
            return Part("The rule", (Words("The start is right for every row: nothing is presented."),))
        rule = ("x is presented, z = w·x - θ. A positive row with too small a z has x added to the weights, a negative "
                "one with too large a z has it subtracted; a right one changes nothing.")  # fmt: skip
        return Part("The rule", (Words(rule), *trace_table(self.learned), *self._cycle()))

    def _cycle(self) -> Iterator[Block]:
        cycle = self.learned.cycle
        if cycle is None:
            return
        again = f"pass {cycle.start + cycle.length} begins with exactly the weights of pass {cycle.start}"
        yield Words(f"It goes round: {again}, so {plural(cycle.length, 'pass', 'passes')} would repeat for ever.",
                    strong=True)  # fmt: skip

    def checked(self) -> Part:
        """Every row against the last line."""
        wrong = self.line.wrong(self.points.rows, self.points.positive)
        said = "All rows are right." if not wrong else f"{plural(len(wrong), 'row')} of {len(self.points.rows)} wrong."
        return Part("The check", (Words(said), check(self.line, self.points)))

    def boundary(self) -> Part:
        """The line as an equation, and a picture of each update."""
        steps: list[Step] = [(None, self.rule.line(self.rule.first), None, 0)]
        steps += [(p.before, p.after, p.row, k) for k, p in enumerate(self.learned.updates(MOST_UPDATES - 1), 1)]
        shown_all = self.learned.mistakes < len(steps)
        if not shown_all and self.learned.update is not None:
            before, row = self.learned.update
            steps.append((before, self.line, row, self.learned.mistakes))
        blocks: list[Block] = [Words(f"{described(self.line, True)}", strong=True), Words(_legend(self.points))]
        if not shown_all:
            blocks.append(Words(f"The first {len(steps) - 2} of {count(self.learned.mistakes)} updates, and the last."))
        return Part("The boundary", (*blocks, Pictures(tuple(updates(self.scene, steps)))))

    def verdict(self) -> Iterator[Part]:
        """A proof, or how far apart the classes are."""
        if self.proof is not None:
            yield proof_part(self.proof, self.scene)
        if self.separability.separable:
            yield self._apart()

    def _apart(self) -> Part:
        blocks: list[Block] = []
        if not self.learned.converged and self.separability.line is not None:
            blocks.append(Words(f"One that tells them apart: {described(self.separability.line)}."))
        elif self.margin == 0:
            blocks.append(Words("A row lies on the boundary that was found: the tie decides its class, and the margin "
                                "is 0."))  # fmt: skip
        elif self.margin is not None and self.greatest is not None:
            blocks.append(Words(f"The row that is nearest to the boundary is {_root(self.margin)} from it."))
        return Part("How far apart the classes are", (*blocks, *self._greatest(), *self._novikoff()))

    def _greatest(self) -> Iterator[Block]:
        if self.greatest is None:
            return
        rows = [self.points.at(row) for row in self.greatest.rows[:6]] + ["..."] * (len(self.greatest.rows) > 6)
        if self.points.dimension > 4:
            rows = [f"row {row}" for row in self.greatest.rows]
        yield Words(
            f"The greatest margin any {boundary_name(self.points)} has is {_root(self.greatest.square)}: "
            f"{described(self.greatest.line)}. It rests on {plural(len(self.greatest.rows), 'row')}: {', '.join(rows)}."
        )
        yield self.scene.of(self.greatest.line, caption=f"The greatest margin: {described(self.greatest.line)}")

    def _novikoff(self) -> Iterator[Block]:
        bound = self.bound
        if bound is None:
            if not self.rule.learned:
                yield Words("Novikoff's bound on the mistakes needs a learned threshold: with a fixed one the rule may "
                            "go round for ever on classes that a line tells apart.")  # fmt: skip
            return
        formula = "(R/γ)² =" if not any(self.rule.first) else "from this start"
        yield Words(
            f"Novikoff: with x0 = 1 in front, the longest row has R² = {_number(bound.radius)}, and the greatest "
            f"margin of a {boundary_name(self.points)} through the origin γ² = {_number(bound.gap)}. So there are at "
            f"most {formula} {plural(bound.bound, 'mistake')}, in any order; {count(self.learned.mistakes)} were made."
        )


SMALL = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


def boundary_name(points: Points) -> str:
    """What the boundary is in so many dimensions."""
    return {1: "threshold", 2: "line", 3: "plane"}.get(points.dimension, "hyperplane")


def _legend(points: Points) -> str:
    broken = "; the broken line is the one before" if points.dimension < 3 else ""
    return (f"Filled circles are {points.label(True)}, open ones {points.label(False)}. The side with the + is called "
            f"{points.label(True)}{broken}, and the ring is around the row that was wrong.")  # fmt: skip


def _number(value: Fraction) -> str:
    """A number exactly where that is short."""
    exact = short(value)
    return exact if len(exact) <= MOST_DIGITS else significant(float(value), 4)


def _root(square: Fraction) -> str:
    """A length by its square: √(1/8) = 0.3536."""
    root = significant(square_root(square), 4)
    exact = math.isqrt(square.numerator) ** 2 == square.numerator and math.isqrt(square.denominator) ** 2 == (
        square.denominator
    )
    if exact:
        return _number(Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator)))
    return f"√({square}) = {root}" if len(str(square)) <= MOST_DIGITS else root


# ---- as data -------------------------------------------------------------------------------------------------------


def to_json(found: Found) -> dict[str, Any]:
    """Everything as plain data. `trace` holds the first presentations, `presentations` says how many there were."""
    learned, points, proof, greatest, bound = found.learned, found.points, found.proof, found.greatest, found.bound
    return {
        "separable": found.separability.separable,
        "weights": _floats(learned.line.weights),
        "threshold": float(learned.line.threshold),
        "equation": str(learned.line),
        "converged": learned.converged,
        "presentations": learned.presentations,
        "mistakes": learned.mistakes,
        "trace": [_presented(points, p) for p in learned.trace(MOST_TRACED)],
        "cycle": None if learned.cycle is None else vars(learned.cycle),
        "proof": None if proof is None else _proved(points, proof),
        "possible_with_threshold": None if learned.rule.learned else found.fixed.separable,
        "margin": {
            "found": None if found.margin is None else square_root(found.margin),
            "greatest": None if greatest is None else greatest.value,
            "line": None if greatest is None else str(greatest.line),
        },
        "novikoff": None
        if bound is None
        else {"R": square_root(bound.radius), "gamma": square_root(bound.gap), "bound": bound.bound},
    }


def _proved(points: Points, proof: Proof) -> dict[str, Any]:
    return {
        "rows": list(proof.rows),
        "multipliers": [m if m < LARGEST_NUMBER else str(m) for m in proof.multipliers],
        "points": [_floats(points.rows[row]) for row in proof.rows],
        "labels": [points.classes[points.positive[row]] for row in proof.rows],
        "threshold": None if proof.threshold is None else float(proof.threshold),
        "smallest": proof.smallest,
    }


def _presented(points: Points, p: Presentation) -> dict[str, Any]:
    return {
        "number": p.number,
        "pass": p.epoch,
        "row": p.row,
        "x": _floats(points.rows[p.row]),
        "target": points.classes[p.target],
        "weights": _floats(p.before.weights),
        "threshold": float(p.before.threshold),
        "z": float(p.z),
        "output": points.classes[p.output],
        "right": p.right,
    }


def _floats(values: tuple[Fraction, ...]) -> list[float]:
    return [float(value) for value in values]
