"""How well mistakes are found: random problems and sheets, one slip planted in each, marked.

    python benchmarks/marking.py [SHEETS] [SEED]

Three rates: the planted slip is named first (of the slips whose number, as written, is not right anyway); an answer of
a sheet without slips is called wrong; a number more than two units of its last digit from the true and from the carried
value is accepted. Sheets are written with 3 to 5 significant digits, rounded or cut, and go on with what they wrote.
Only slips of one changed formula, that of the quantity asked, are planted; digits, operands and labels are not.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np

from glassnet import optim
from glassnet.lab.digits import rounding, unit
from glassnet.lab.expressions import Name, evaluate, written
from glassnet.lab.marking import mark
from glassnet.lab.problem import Problem, load_problem
from glassnet.lab.sheet import Sheet
from glassnet.lab.slips import CATALOGUE

Random = np.random.Generator
OUTPUTS = {"sigmoid": ("half_mse", "mse", "binary_crossentropy"), "softmax": ("categorical_crossentropy",)}


def problem(rng: Random) -> Problem:
    """One to three layers of one to three units, one or two examples, any optimizer of the course."""
    widths = [int(n) for n in rng.integers(1, 4, size=rng.integers(2, 5))]
    end = str(rng.choice(list(OUTPUTS)))
    widths[-1] = max(widths[-1], 2) if end == "softmax" else widths[-1]
    inner = rng.choice(["sigmoid", "tanh", "relu"], size=len(widths) - 2)
    layers = [
        {
            "W": rng.uniform(-1, 1, (a, b)).round(2).tolist(),
            "b": rng.uniform(-1, 1, b).round(2).tolist(),
            "activation": g,
        }
        for a, b, g in zip(widths, widths[1:], [*map(str, inner), end], strict=False)
    ]
    rows = int(rng.integers(1, 3))
    y = (
        np.eye(widths[-1])[rng.integers(0, widths[-1], rows)]
        if end == "softmax"
        else rng.integers(0, 2, (rows, widths[-1]))
    )
    name = str(rng.choice(list(optim.CATALOGUE)))
    return load_problem(
        {
            "layers": layers,
            "sample": {"X": rng.uniform(-1, 1, (rows, widths[0])).round(2).tolist(), "y": y.tolist()},
            "loss": {"name": str(rng.choice(OUTPUTS[end]))},
            "optimizer": {"name": name, "learning_rate": 0.5},
        }
    )


def as_written(rng: Random, value: float, digits: int) -> str:
    """The value with so many significant digits, rounded or cut."""
    if value == 0 or not np.isfinite(value):
        return "0"
    places = digits - 1 - int(np.floor(np.log10(abs(value))))
    scaled = Fraction(value) * Fraction(10) ** places
    whole = int(scaled) if rng.random() < 0.3 else round(scaled)
    return f"{float(Fraction(whole) / Fraction(10) ** places):.{max(places, 0)}f}"


def sheet_of(
    rng: Random, posed: Problem, slip: tuple[str, str, int] | None
) -> tuple[list[dict[str, str]], Name | None]:
    """All answers in order, each from the ones written before; with the slip in one of them: (answers, where)."""
    own: dict[Name, float] = {}
    answers, planted = [], None
    digits = int(rng.integers(3, 6))
    for entry in posed.ask:
        tree = posed.trace.formulas.entry(entry.quantity, entry.index)
        assert tree is not None
        sheet = Sheet(posed.trace, own)
        text = as_written(rng, sheet.computed(entry), digits)
        if slip is not None and planted is None and entry.quantity == slip[1]:
            variants = list(CATALOGUE[slip[0]].variants(posed.trace.formulas, entry, tree))
            if slip[2] < len(variants):
                mistaken = as_written(rng, evaluate(variants[slip[2]], sheet.number), digits)
                if told_apart(posed, entry, mistaken, sheet):
                    text, planted = mistaken, entry
        own[entry] = float(written(text))
        answers.append({"quantity": str(entry), "value": text})
    return answers, planted


def told_apart(posed: Problem, entry: Name, text: str, sheet: Sheet) -> bool:
    """Whether the number differs, as written, from the right one and from what follows."""
    return text != "0" and not any(
        rounding(text, value, 2) for value in (posed.trace.number(entry), sheet.computed(entry))
    )


def far(text: str, *values: float) -> bool:
    """Whether a written number is more than two units of its last digit from each of these."""
    step = unit(text) or 0
    return all(abs(written(text) - Fraction(value)) > 2 * step for value in values)


def main(sheets: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    named = planted = right = refused = wrong = accepted = 0
    confused: Counter[tuple[str, str]] = Counter()
    started = time.perf_counter()
    while planted < sheets:
        posed = problem(rng)
        answers, _ = sheet_of(rng, posed, None)
        marked = mark(posed, answers).answers
        right += len(marked)
        refused += sum(answer.verdict == "wrong" for answer in marked)
        sites = [(slip.name, q) for slip in CATALOGUE.values() for q in {e.quantity for e in posed.ask} if slip.fits(q)]
        name, site = sites[rng.integers(len(sites))]
        answers, entry = sheet_of(rng, posed, (name, site, int(rng.integers(3))))
        if entry is not None:
            planted += 1
            hit = first_wrong(mark(posed, answers).answers, entry)
            found = hit.findings[0]["slip"] if hit.findings else "nothing"
            named += found == name
            confused[(name, found)] += found != name
        random, value = wrong_number(rng, posed)
        if value is not None:
            wrong += 1
            accepted += mark(posed, [{"quantity": str(random), "value": value}]).answers[0].verdict == "right"
    print(f"{planted} planted slips: named first {named / planted:.2%}")
    print(f"{right} right answers: called wrong {refused / right:.3%}")
    print(f"{wrong} wrong numbers: accepted {accepted / wrong:.3%}")
    print(f"{time.perf_counter() - started:.1f} s; most often taken for another:")
    for (name, found), count in confused.most_common(12):
        print(f"  {count:4d}  {name} -> {found}")


def first_wrong(answers: Any, entry: Name) -> Any:
    return next(answer for answer in answers if answer.entry == entry or answer.findings)


def wrong_number(rng: Random, posed: Problem) -> tuple[Name, str | None]:
    """A number near the right one, yet more than two units of its last digit away."""
    entry = posed.ask[rng.integers(len(posed.ask))]
    value = posed.trace.number(entry)
    text = as_written(rng, value * (1 + rng.uniform(-0.5, 0.5)), int(rng.integers(2, 5)))
    return entry, text if text != "0" and far(text, value) else None


if __name__ == "__main__":
    sheets, seed = [*map(int, sys.argv[1:]), 2000, 0][:2] if len(sys.argv) != 2 else (int(sys.argv[1]), 0)
    main(sheets, seed)
