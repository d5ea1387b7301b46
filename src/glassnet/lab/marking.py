"""Marking of hand calculations: verdicts on the values, findings in the working, and the slip behind a wrong number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any

from glassnet.errors import DataError
from glassnet.lab.digits import rounding, significant, swapped, unit
from glassnet.lab.expressions import Name, evaluate, parse, written
from glassnet.lab.naming import course_name
from glassnet.lab.problem import Problem, load_problem, read
from glassnet.lab.report import Marked, Report
from glassnet.lab.sheet import Sheet
from glassnet.lab.slips import CATALOGUE, Slip
from glassnet.lab.working import Comparison, Finding

MOST_ANSWERS = 5000
RANK = ("exact", "rounded", "cut", "up")


@dataclass(frozen=True)
class Answer:
    """An answer as given: which entry it is for, the name as the student wrote it, the value, the working."""

    entry: Name
    label: str
    value: str
    working: str = ""


@dataclass
class Marker:
    """One sheet being marked: what the student has on it so far, and how far each of it was accepted."""

    problem: Problem
    answers: list[Answer]
    own: dict[Name, float] = field(default_factory=dict)
    texts: dict[Name, str] = field(default_factory=dict)
    accepted: dict[Name, bool] = field(default_factory=dict)

    # ---- verdicts --------------------------------------------------------------------------------------------------

    def sheets(self) -> list[tuple[Sheet, bool, str]]:
        """The numbers an answer may follow from: the true ones, the student's accepted ones, all of the student's."""
        right = {name: value for name, value in self.own.items() if self.accepted[name]}
        found = [(Sheet(self.problem.trace, {}), False, "right"), (Sheet(self.problem.trace, right), True, "right")]
        if len(right) < len(self.own):
            found.append((Sheet(self.problem.trace, self.own), True, "follow-through"))
        return found

    def judged(self, entry: Name, value: str) -> tuple[str, str | None, bool]:
        """(verdict, rounding, carried) of this value as an answer for this entry."""
        for sheet, carried, verdict in self.sheets():
            reference = self.problem.trace.number(entry) if not carried else sheet.computed(entry)
            how = rounding(value, reference, self.problem.digits)
            if how:
                return verdict, how, carried
        return "wrong", None, False

    def mark(self) -> list[Marked]:
        """Every answer in its order."""
        return [self._marked(answer) for answer in self.answers]

    def _marked(self, answer: Answer) -> Marked:
        entry, findings = answer.entry, []
        verdict, how, carried = self.judged(entry, answer.value)
        other = self._other_label(answer) if verdict == "wrong" else None
        if other is not None:
            verdict, how, carried = self.judged(other, answer.value)
            meant = course_name(str(self.problem.shown(other)), self.problem.names)
            findings.append({"slip": "label", "written": answer.label, "should_be": meant})
            entry = other
        sheet = Sheet(self.problem.trace, self.own)
        if answer.working:
            findings += Comparison(self.problem, sheet, self.texts).findings(entry, parse(answer.working))
        if verdict == "wrong" and not any(self._reproduces(answer, finding) for finding in findings):
            findings = self._explained(entry, answer) + findings
        expected = sheet.computed(entry)
        self.own[entry], self.texts[entry] = float(written(answer.value)), answer.value
        self.accepted[entry] = verdict == "right"
        return Marked(
            self.problem.shown(entry), answer.value, expected, self.problem.trace.number(entry), verdict, how, carried,
            tuple(findings), entry,
        )  # fmt: skip

    def _other_label(self, answer: Answer) -> Name | None:
        """The asked entry that this value fits, where its name is given twice or two names are exchanged.

        One number under a wrong name is no evidence: among many quantities a wrong number fits one by chance.
        """
        twice = sum(other.entry == answer.entry for other in self.answers) > 1
        for entry in self.problem.ask:
            if entry == answer.entry or self.accepted.get(entry):
                continue
            theirs = [other for other in self.answers if other.entry == entry]
            exchanged = any(rounding(other.value, self.problem.trace.number(answer.entry)) for other in theirs)
            if (exchanged or (twice and not theirs)) and self.judged(entry, answer.value)[0] == "right":
                return entry
        return None

    # ---- what happened to a wrong number ---------------------------------------------------------------------------

    def _reproduces(self, answer: Answer, finding: Finding) -> bool:
        """Whether the working, as written, comes to the value given: then its finding is the cause."""
        value = evaluate(parse(answer.working), lambda _: float("nan"))
        return bool(rounding(answer.value, value, self.problem.digits))

    def _explained(self, entry: Name, answer: Answer) -> list[Finding]:
        """The slip that makes this value of the student's own numbers, or of the true ones; others as alternatives."""
        found: list[tuple[int, int, str]] = []
        for order, slip in enumerate(CATALOGUE.values()):
            for values in (self.own, {}):
                for value in self._outcomes(slip, entry, values):
                    how = rounding(answer.value, value, self.problem.digits)
                    if how:
                        found.append((RANK.index(how) // 3, order, slip.name))
        found += [(0, 100 + i, name) for i, name in enumerate(self._misread(entry, answer.value))]
        names = list(dict.fromkeys(name for *_, name in sorted(found)))
        if not names:
            return []
        first: Finding = {"slip": names[0]}
        return [first | ({"alternatives": names[1:]} if names[1:] else {})]

    def _outcomes(self, slip: Slip, entry: Name, own: Mapping[Name, float]) -> list[float]:
        """What the slip makes of this entry, wherever behind the student's answers it happened."""
        trace = self.problem.trace
        sites = [name for name in trace.quantities if slip.fits(name)]
        answered = {name.quantity for name in own}
        results = []
        for site in sites:
            if site != entry.quantity and site in answered:
                continue
            for variant in range(12):
                reached = _Reached()
                sheet = Sheet(trace, own, _planted(slip, trace.formulas, site, variant, reached))
                value = sheet.computed(entry)
                if not reached.yes:
                    break
                results.append(value)
        return results

    def _misread(self, entry: Name, value: str) -> list[str]:
        """What happened to the digits alone: a decimal point, digits exchanged, a sign, too few digits."""
        names, number, step = [], written(value), unit(value)
        for sheet, carried, _ in self.sheets():
            reference = sheet.computed(entry) if carried else self.problem.trace.number(entry)
            if not step or not reference or not isfinite(reference):
                continue
            if rounding(value, -reference, self.problem.digits):
                names.append("sign")
            for power in (1, 2, 3, -1, -2, -3):
                if rounding(value, reference * 10.0**power, self.problem.digits):
                    names.append("decimal-point")
            nearest = Fraction(round(Fraction(reference) / step)) * step
            if swapped(value, nearest):
                names.append("digits-swapped")
            if significant(value) < self.problem.digits and rounding(value, reference, 1) in ("rounded", "cut"):
                names.append("too-few-digits")
            if abs(number - Fraction(reference)) <= 3 * step:
                names.append("inexact")
        return names


@dataclass
class _Reached:
    """Whether a planted slip changed anything on the way."""

    yes: bool = False


def _planted(slip: Slip, formulas: Any, site: str, variant: int, reached: _Reached) -> Any:
    def change(name: Name, tree: Any) -> Any:
        if name.quantity != site:
            return tree
        for place, changed in enumerate(slip.variants(formulas, name, tree)):
            if place == variant:
                reached.yes = True
                return changed
        return tree

    return change


def mark(problem: Any, answers: Any) -> Report:
    """Marks hand calculations: right, follow-through or wrong, and the slips.

    Right is within one unit of the last digit written of the true value, or of what follows from the student's own
    accepted earlier answers, with two significant digits unless exact; follow-through the same from an earlier answer
    that was wrong.

    Args:
        problem: a TOML or JSON file, a mapping of the same form, or a `Problem`.
        answers: a list of {"quantity", "value", "working"}, a mapping from quantities to values, or a JSON file of
            either. Values as written: "0.0102", "1/3", "5e-3", "0,25"; of arrays also nested lists.

    Returns:
        The report: `.answers`, `.marks`, `.out_of`; `to_json()`, `markdown()`, `str()`.

    Raises:
        DataError, SettingError, ShapeError, MissingFileError: what cannot be read, in one sentence.

    Example:
        >>> network = [{"activation": "sigmoid", "W": [[0.15]], "b": [0.40]}]
        >>> problem = {"layers": network, "sample": {"X": [[0.1]], "y": [[0.25]]}, "loss": {"name": "half_mse"},
        ...            "ask": ["Z1", "A1"]}
        >>> report = mark(problem, {"z1": "0.415", "a1": "0.415"})
        >>> [(answer.verdict, [finding["slip"] for finding in answer.findings]) for answer in report.answers]
        [('right', []), ('wrong', ['activation-omitted'])]

    Source: the rules are the project's own; the first test of them is a lecture's worked example with its slips.
    """
    posed = load_problem(problem)
    given = read(Path(answers)) if isinstance(answers, (str, Path)) else answers
    marked = Marker(posed, _answers(posed, given)).mark()
    return Report.of(posed, marked)


# ---- reading answers -----------------------------------------------------------------------------------------------


def _answers(problem: Problem, given: Any) -> list[Answer]:
    if isinstance(given, Mapping) and isinstance(given.get("answers"), (list, tuple, Mapping)):
        given = given["answers"]
    if isinstance(given, Mapping):
        given = [{"quantity": name, "value": value} for name, value in given.items()]
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise DataError("Answers are a list of {quantity, value, working}, or a mapping from quantities to values.")
    found = [answer for place, item in enumerate(given, 1) for answer in _read(problem, place, item)]
    if len(found) > MOST_ANSWERS:
        raise DataError(f"There are {len(found)} answers; a sheet has at most {MOST_ANSWERS}.")
    return found


def _read(problem: Problem, place: int, item: Any) -> list[Answer]:
    if not isinstance(item, Mapping) or "quantity" not in item or "value" not in item:
        raise DataError(f"Answer {place} needs a quantity and a value; given is {item!r:.80}.")
    label, working = str(item["quantity"]), str(item.get("working") or "")
    entries, values = problem.entries(label), _flat(item["value"])
    if len(values) != len(entries):
        numbers = f"{len(entries)} number{'s' * (len(entries) != 1)}"
        raise DataError(f"{label} has {numbers}; answer {place} gives {len(values)}.")
    for value in values:
        written(value)
    if working:
        parse(working)
    return [Answer(entry, label, value, working) for entry, value in zip(entries, values, strict=True)]


def _flat(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [text for part in value for text in _flat(part)]
    return [str(value).strip()]
