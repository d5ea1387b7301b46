"""How well mistakes are found: random problems and sheets, one mistake planted in each, marked.

    python benchmarks/marking.py [SHEETS] [SEED]

Three rates: the planted mistake is named first (of those whose number, as written, is not right anyway; and also
without those that another slip gives digit for digit); an answer without a mistake is called wrong; a number more than
two units of its last digit from the true and from the carried value is accepted. Problems have one to three layers with
the activations, losses and optimizers of the course. Sheets are written with 3 to 5 significant digits, rounded or cut,
and go on with what they wrote.

Planted are: any slip of the catalogue in any quantity it fits, in one entry or in all of them; digits that are
miscopied, exchanged or moved; a sign; a working with a wrong operand or without one of its factors; exchanged labels.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from environment import arguments

from glassnet.lab.digits import Written, rounding, unit
from glassnet.lab.expressions import Expression, Name, Product, Sum, evaluate, names_in, replaced, text, times, written
from glassnet.lab.marking import mark
from glassnet.lab.problem import Problem, load_problem
from glassnet.lab.rules import RULES
from glassnet.lab.sheet import Sheet
from glassnet.lab.slips import CATALOGUE

Random = np.random.Generator
INNER = ("sigmoid", "tanh", "relu", "leaky_relu", "identity")
OUTPUTS = {
    "sigmoid": ("half_mse", "mse", "mae", "binary_crossentropy"),
    "tanh": ("half_mse", "mse", "hinge", "squared_hinge"),
    "identity": ("half_mse", "mse", "rmse", "mae", "mbe", "mape", "huber"),
    "softmax": ("categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence", "mse"),
}
SHEETS_A_PROBLEM = 5


def problem(rng: Random) -> Problem:
    """One to three layers of one to three units, one or two examples, any optimizer in any of its variants."""
    widths = [int(n) for n in rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2], size=rng.integers(2, 5))]
    end = str(rng.choice(list(OUTPUTS)))
    widths[-1] = max(widths[-1], 2) if end == "softmax" else widths[-1]
    kinds = [*map(str, rng.choice(INNER, size=len(widths) - 2)), end]
    layers = [
        {
            "W": rng.uniform(-1, 1, (a, b)).round(2).tolist(),
            "b": rng.uniform(-1, 1, b).round(2).tolist(),
            "activation": g,
        }
        for a, b, g in zip(widths, widths[1:], kinds, strict=False)
    ]
    rows, loss = int(rng.integers(1, 3)), str(rng.choice(OUTPUTS[end]))
    return load_problem(
        {
            "layers": layers,
            "sample": {
                "X": rng.uniform(-1, 1, (rows, widths[0])).round(2).tolist(),
                "y": targets(rng, loss, rows, widths[-1]),
            },
            "loss": {"name": loss},
            "optimizer": optimizer(rng),
            "settings": {"mean_in": str(rng.choice(["dW", "dZ"]))},
        }
    )


def targets(rng: Random, loss: str, rows: int, outputs: int) -> Any:
    if loss == "sparse_categorical_crossentropy":
        return rng.integers(0, outputs, rows).tolist()
    if loss in OUTPUTS["softmax"] and outputs > 1:
        return np.eye(outputs)[rng.integers(0, outputs, rows)].tolist()
    if loss in OUTPUTS["identity"]:
        return (rng.uniform(0.2, 2, (rows, outputs)) * rng.choice([-1, 1], (rows, outputs))).round(1).tolist()
    return rng.integers(0, 2, (rows, outputs)).tolist()


def optimizer(rng: Random) -> dict[str, Any]:
    name = str(rng.choice(list(RULES)))
    variants: dict[str, Any] = {"name": name}
    if name != "adadelta" or rng.random() < 0.5:
        variants["learning_rate"] = float(rng.choice([0.05, 0.1, 0.5]))
    if name in ("adagrad", "rmsprop", "adadelta", "adam"):
        variants |= {"epsilon_inside": bool(rng.random() < 0.5), "epsilon": float(rng.choice([1e-8, 1e-3]))}
    return variants | ({"bias_correction": bool(rng.random() < 0.5)} if name == "adam" else {})


# ---- what students write -------------------------------------------------------------------------------------------


def as_written(rng: Random, value: float, digits: int) -> str:
    """The value with so many significant digits, rounded or cut."""
    if value == 0 or not np.isfinite(value):
        return "0"
    places = max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0)
    if rng.random() < 0.7:
        return f"{value:.{places}f}"
    return f"{int(Fraction(value) * 10**places) / 10**places:.{places}f}"


@dataclass
class Page:
    """A sheet as it is written: the answers so far, and the numbers that what follows is computed from."""

    rng: Random
    posed: Problem
    digits: int
    sheet: Sheet
    answers: list[dict[str, str]] = field(default_factory=list)

    def add(self, entry: Name, value: str, working: str = "") -> None:
        self.sheet.write(entry, Written.of(value).near)
        self.answers.append({"quantity": str(entry), "value": value, "working": working})

    def right(self, entry: Name) -> str:
        return as_written(self.rng, self.sheet.computed(entry), self.digits)

    def differs(self, entry: Name, value: str) -> bool:
        """Whether the number, as written, is neither right nor what follows."""
        references = (self.posed.solution.number(entry), self.sheet.computed(entry))
        return value != "0" and not any(rounding(value, reference, 2) for reference in references)


@dataclass
class Plant:
    """A mistake: what it is called, the quantity it is in, and in which way; `whole` in every entry of it."""

    kind: str
    name: str
    quantity: str
    way: int = 0
    whole: bool = False
    entry: Name | None = None  # where it came out
    place: int = 0  # which answer that is

    def mistaken(self, page: Page, entry: Name) -> tuple[str, str] | None:
        """The value and working written by mistake; None where the mistake changes nothing here."""
        made = getattr(self, self.kind)(page, entry)
        return made if made is not None and page.differs(entry, made[0]) else None

    def slip(self, page: Page, entry: Name) -> tuple[str, str] | None:
        variants = page.posed.solution.mistaken(CATALOGUE[self.name], entry)
        if self.way >= len(variants):
            return None
        return as_written(page.rng, evaluate(variants[self.way], page.sheet.number), page.digits), ""

    def digits(self, page: Page, entry: Name) -> tuple[str, str] | None:
        changed = spoiled(page.rng, page.right(entry), self.name)
        return None if changed is None else (changed, "")

    def operand(self, page: Page, entry: Name) -> tuple[str, str] | None:
        """A working with one operand miscopied."""
        tree = page.posed.solution.formula(entry)
        numbers = {name: shown(page, name) for name in names(tree)}
        copied = [n for n in numbers if n.quantity not in page.posed.solution.settings and numbers[n] not in ("0", "1")]
        if not copied:
            return None
        which = copied[page.rng.integers(len(copied))]
        changed = spoiled(page.rng, numbers[which], str(page.rng.choice(["decimal-point", "digits-swapped", "digit"])))
        return None if changed is None else worked(page, tree, numbers | {which: changed})

    def factor(self, page: Page, entry: Name) -> tuple[str, str] | None:
        """A working without one of the factors of a product."""
        tree = page.posed.solution.formula(entry)
        products = [p for p in (tree, *getattr(tree, "terms", ())) if isinstance(p, Product)]
        if not products:
            return None
        product = products[page.rng.integers(len(products))]
        left = [f for f in product.factors if isinstance(f, Name) and f.quantity != "m"]
        if len(left) < 2:
            return None
        gone = left[page.rng.integers(len(left))]
        at = product.factors.index(gone)
        less = times(*(f for i, f in enumerate(product.factors) if i != at))
        if isinstance(less, Sum):
            return None  # it would be written without its brackets
        return worked(page, replaced(tree, lambda p: less if p is product or p == product else p), {
            name: shown(page, name) for name in names(tree)})  # fmt: skip


def names(tree: Expression | None) -> list[Name]:
    return [] if tree is None else list(dict.fromkeys(names_in(tree)))


def shown(page: Page, name: Name) -> str:
    """The number as the student has it before them."""
    mine = {a["quantity"]: a["value"] for a in page.answers}
    return mine.get(str(name)) or f"{page.sheet.number(name):.12g}"


def worked(page: Page, tree: Expression, numbers: dict[Name, str]) -> tuple[str, str] | None:
    value = evaluate(tree, lambda name: float(written(numbers[name])))
    working = text(tree, lambda name: numbers[name])
    if any(unreadable in working for unreadable in ("max", "min", "e-", "[", ", ")):
        return None
    return as_written(page.rng, value, page.digits), working


def spoiled(rng: Random, number: str, how: str) -> str | None:
    """A number with its digits miscopied; None where that is not possible."""
    places = [i for i, letter in enumerate(number) if letter.isdigit()]
    counting = [i for i in places if number[: i + 1].strip("-0.") != ""]
    if how == "decimal-point":
        if number.strip("-0.") == "" or "." not in number:
            return None
        power = int(rng.choice([-1, 1]))
        decimals = max(len(number.partition(".")[2]) - power, 0)
        return f"{float(written(number) * Fraction(10) ** power):.{decimals}f}"
    if how == "sign":
        return number[1:] if number.startswith("-") else f"-{number}"
    if how == "digits-swapped":
        pairs = [(i, j) for i, j in pairwise(counting) if number[i] != number[j]]
        if not pairs:
            return None
        i, j = pairs[rng.integers(len(pairs))]
        letters = list(number)
        letters[i], letters[j] = letters[j], letters[i]
        return "".join(letters)
    if len(counting) < 2:
        return None
    place = counting[rng.integers(len(counting) - 1)]
    digit = str(rng.choice([d for d in "123456789" if d != number[place]]))
    return number[:place] + digit + number[place + 1 :]


# ---- sheets --------------------------------------------------------------------------------------------------------


def planted(rng: Random, posed: Problem) -> Plant:
    """A mistake drawn at random: half of them slips of the catalogue."""
    asked = sorted({entry.quantity for entry in posed.ask})
    kind = str(rng.choice(["slip", "digits", "operand", "factor", "label"], p=[0.6, 0.15, 0.1, 0.1, 0.05]))
    if kind == "slip":
        formulas = posed.solution.steps[0]
        sites = [(s.name, q) for s in CATALOGUE.values() for q in asked if s.fits(formulas, q)]
        name, quantity = sites[rng.integers(len(sites))]
        first = Name(quantity, (0,) * posed.solution.quantities[quantity].value.ndim)
        ways = len(posed.solution.mistaken(CATALOGUE[name], first))
        return Plant(kind, name, quantity, int(rng.integers(max(ways, 1))), bool(rng.random() < 0.5))
    quantity = asked[rng.integers(len(asked))]
    if kind == "digits":
        return Plant(kind, str(rng.choice(["decimal-point", "digits-swapped", "digit", "sign"])), quantity)
    return Plant(kind, {"operand": "operand", "factor": "missing-factor", "label": "label"}[kind], quantity)


def sheet_of(rng: Random, posed: Problem, plant: Plant) -> Page:
    """All answers in order, each from the ones written before; with the mistake where it comes out first."""
    page = Page(rng, posed, int(rng.integers(3, 6)), Sheet(posed.solution))
    for entry in posed.ask:
        made = None
        if plant.kind != "label" and entry.quantity == plant.quantity and (plant.entry is None or plant.whole):
            made = plant.mistaken(page, entry)
        if made is not None and plant.entry is None:
            plant.entry, plant.place = entry, len(page.answers)
        page.add(entry, *(made or (page.right(entry),)))
    if plant.kind == "label":
        exchange_labels(page, plant)
    return page


def exchange_labels(page: Page, plant: Plant) -> None:
    """Two answers of the quantity, or it and its neighbour, under each other's name."""
    at = [i for i, answer in enumerate(page.answers) if answer["quantity"].startswith(plant.quantity)]
    i, j = at[0], (at[0] + 1) % len(page.answers)
    one, other = page.answers[i], page.answers[j]
    first, second = page.posed.ask[i], page.posed.ask[j]
    if page.differs(first, other["value"]) and page.differs(second, one["value"]) and i < j:
        one["value"], other["value"] = other["value"], one["value"]
        plant.entry, plant.place = first, i


# ---- counting ------------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What was counted."""

    planted: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    alone: Counter[bool] = field(default_factory=Counter)
    tied: int = 0  # not named first, but among the slips that make the same number as written
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: int = 0
    refused: int = 0
    wrong: int = 0
    accepted: int = 0

    def sheet(self, rng: Random, posed: Problem) -> None:
        """One sheet with a mistake, and the same with one number replaced by any other."""
        plant = planted(rng, posed)
        page = sheet_of(rng, posed, plant)
        marked = mark(posed, page.answers).answers
        spoiled_ones = mistakes(plant, page)
        for answer in marked:
            if answer.entry not in spoiled_ones and np.isfinite(answer.expected):
                self.right += 1
                self.refused += answer.verdict == "wrong"
        if plant.entry is not None:
            self.count(plant, marked)
        self.any_number(rng, posed)

    def count(self, plant: Plant, marked: Any) -> None:
        """Whether the planted mistake is named first."""
        hit = marked[plant.place]
        found = [finding["slip"] for finding in hit.findings] or ["nothing"]
        kind = plant.kind + (", whole quantity" if plant.kind == "slip" and plant.whole else "")
        self.planted[kind] += 1
        self.named[kind] += found[0] == plant.name
        if found[0] != plant.name:
            self.confused[plant.name, found[0]] += 1
            self.tied += any(plant.name in finding.get("alternatives", ()) for finding in hit.findings)
        if plant.kind in ("slip", "digits") and not (hit.findings and hit.findings[0].get("alternatives")):
            self.alone[found[0] == plant.name] += 1

    def any_number(self, rng: Random, posed: Problem) -> None:
        """A sheet with what one number follows from, right, and for that one any other number near it."""
        page = Page(rng, posed, int(rng.integers(3, 6)), Sheet(posed.solution))
        at = int(rng.integers(len(posed.ask)))
        entry = posed.ask[at]
        before = posed.solution.direct(entry.quantity)
        for earlier in posed.ask[:at]:
            if earlier.quantity in before:
                page.add(earlier, page.right(earlier))
        carried, true = page.sheet.computed(entry), posed.solution.number(entry)
        value = as_written(rng, true * (1 + rng.uniform(-0.5, 0.5)), int(rng.integers(2, 5)))
        if value != "0" and np.isfinite(true) and far(value, carried, true):
            page.add(entry, value)
            self.wrong += 1
            self.accepted += mark(posed, page.answers).answers[-1].verdict != "wrong"

    def within_limits(self) -> bool:
        """Whether the three rates are where they have to be."""
        named, planted = sum(self.named.values()), sum(self.planted.values())
        return named >= 0.92 * planted and self.refused < 0.002 * self.right and self.accepted < 0.005 * self.wrong

    def __str__(self) -> str:
        kinds = [f"  {kind:<22} {self.named[kind] / n:8.2%} of {n}" for kind, n in sorted(self.planted.items())]
        total, named, alone = (sum(c.values()) for c in (self.planted, self.named, self.alone))
        lines = [
            f"{total} planted mistakes: named first {named / max(total, 1):.2%} ({named})",
            *kinds,
            f"  of {alone} where no other slip gives the number: {self.alone[True] / max(alone, 1):.2%}",
            f"  {self.tied} of the others make the same number as the slip that is named: counting only those whose "
            f"number differs from every other slip's {named / max(total - self.tied, 1):.2%}",
            f"{self.right} right answers: called wrong {self.refused / max(self.right, 1):.4%} ({self.refused})",
            f"{self.wrong} wrong numbers: accepted {self.accepted / max(self.wrong, 1):.4%} ({self.accepted})",
            "Most often taken for another:",
            *(f"  {count:5d}  {name} -> {found}" for (name, found), count in self.confused.most_common(25)),
        ]
        return "\n".join(lines)


def mistakes(plant: Plant, page: Page) -> set[Name]:
    """The entries whose number is a mistake, and those that its label concerns."""
    if plant.kind == "label":
        return {entry for entry, answer in zip(page.posed.ask, page.answers, strict=True) if str(entry) != answer} \
            if plant.entry else set()  # fmt: skip
    return {entry for entry in page.posed.ask if entry.quantity == plant.quantity} if plant.entry else set()


def far(value: str, *references: float) -> bool:
    """Whether a written number is more than two units of its last digit from each of these."""
    step = unit(value) or 0
    return all(abs(Written.of(value).value - Fraction(reference)) > 2 * step for reference in references)


def main(sheets: int, seed: int) -> int:
    rng, tally = np.random.default_rng(seed), Tally()
    started = time.process_time()
    for sheet in range(sheets):
        if sheet % SHEETS_A_PROBLEM == 0:
            posed = problem(rng)
        tally.sheet(rng, posed)
    print(f"{sheets} sheets, seed {seed}, {time.process_time() - started:.0f} s of one core")
    print(tally)
    print("Limits: at least 92 %, under 0.2 %, under 0.5 %.")
    return 0 if tally.within_limits() else 1


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("sheets", type=int, nargs="?", default=2000)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    given = parser.parse_args()
    sys.exit(main(given.sheets, given.seed))
