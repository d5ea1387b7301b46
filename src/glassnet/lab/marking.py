"""Marking of hand calculations: verdicts on the values, findings in the working, and the slip behind a wrong number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassnet.errors import DataError
from glassnet.lab.causes import Cause, Causes, possible, ranked
from glassnet.lab.digits import Written, rounding
from glassnet.lab.expressions import Expression, Name, evaluate, replaced, text
from glassnet.lab.grammar import parse
from glassnet.lab.naming import course_name
from glassnet.lab.problem import Problem, load_problem, read
from glassnet.lab.report import Marked, Report
from glassnet.lab.sheet import Sheet
from glassnet.lab.working import Comparison, Finding, nothing

MOST_ANSWERS = 5000
ALTERNATIVES = 4
LONGEST_SOLUTION = 400  # characters of a formula with numbers in it
Judgement = tuple[str, str | None, bool]  # verdict, rounding, carried


@dataclass(frozen=True)
class Answer:
    """An answer as given: which entry it is for, the name as the student wrote it, the value, the working."""

    entry: Name
    label: str
    value: str
    working: str = ""


@dataclass(frozen=True)
class Draft:
    """An answer judged, before the sheet's wrong numbers are explained together."""

    answer: Answer
    entry: Name
    verdict: str
    rounding: str | None
    carried: bool
    expected: float
    findings: list[Finding]
    causes: Causes
    solution: str


class Marker:
    """One sheet being marked: what the student has on it so far, and how far each of it was accepted.

    An answer may follow from the true numbers, from the student's accepted ones, or from all of the student's.
    """

    def __init__(self, problem: Problem, answers: list[Answer], *, labels: bool = True) -> None:
        self.problem, self.answers, self.labels = problem, answers, labels
        self.true, self.right, self.own = (Sheet(problem.solution) for _ in range(3))
        self.texts: dict[Name, str] = {}
        self.times = Counter(answer.entry for answer in answers)

    @property
    def mistaken(self) -> bool:
        """Whether anything on the sheet so far is not accepted."""
        return len(self.right.own) < len(self.own.own)

    def mark(self) -> list[Marked]:
        """Every answer in its order; then the causes of what is wrong, those first that explain most."""
        drafts = [self._draft(answer) for answer in self.answers]
        wrong = [draft for draft in drafts if draft.causes]
        for draft, causes in zip(wrong, ranked([draft.causes for draft in wrong]), strict=True):
            draft.findings.insert(0, self._finding(draft.entry, causes))
        return [
            Marked(
                self.problem.shown(d.entry), d.answer.value, d.expected, self.problem.solution.number(d.entry),
                d.verdict, d.rounding, d.carried, tuple(d.findings), d.entry, d.answer.working, self._called(d.entry),
                d.solution, self.problem.solution.formula(d.entry),
            )
            for d in drafts
        ]  # fmt: skip

    # ---- verdicts --------------------------------------------------------------------------------------------------

    def judged(self, entry: Name, value: str) -> Judgement:
        """(verdict, rounding, carried) of this value as an answer for this entry."""
        for sheet, carried, verdict in (
            (self.true, False, "right"),
            (self.right, True, "right"),
            (self.own, True, "follow-through"),
        ):
            if verdict == "right" or self.mistaken:
                how = rounding(value, sheet.computed(entry), self.problem.digits)
                if how:
                    return verdict, how, carried
        return "wrong", None, False

    def _draft(self, answer: Answer) -> Draft:
        entry, findings = answer.entry, []
        verdict, how, carried = self.judged(entry, answer.value)
        other = self._other_label(answer) if self.labels and verdict == "wrong" else None
        if other is not None:
            entry, (verdict, how, carried) = other
            findings.append({"slip": "label", "written": answer.label, "should_be": self._called(entry)})
        if answer.working:
            findings += Comparison(self.problem, self.own, self.texts).findings(entry, parse(answer.working))
        causes: Causes = {}
        if verdict == "wrong" and not any(self._reproduces(answer) for _ in findings[:1]):
            causes = possible(entry, answer.value, self.own, self.true, self.problem.digits)
        expected = (self.own if self.mistaken else self.right).computed(entry)
        solution = self._solution(entry, expected) if findings or verdict == "wrong" else ""
        self._write(entry, answer.value, verdict == "right")
        return Draft(answer, entry, verdict, how, carried, expected, findings, causes, solution)

    def _solution(self, entry: Name, expected: float) -> str:
        """The formula, the numbers on the sheet put in, and the result: dE/dw2 = A1*dZ2 = 0.6022*0.0947 = 0.0570."""
        tree = self.problem.solution.formula(entry)
        if tree is None:
            return f"{self._called(entry)} = {expected:.7g}"
        tree = self._opened(tree)
        formula = text(tree, lambda name: course_name(self.problem.shown(name), self.problem.names))
        numbers = text(tree, lambda name: self.texts.get(name) or f"{self.own.number(name):.7g}")
        if len(numbers) > LONGEST_SOLUTION:
            return f"{self._called(entry)} = {expected:.7g}"
        return f"{self._called(entry)} = {formula} = {numbers} = {expected:.7g}"

    def _opened(self, tree: Expression) -> Expression:
        """The formula with every derivative that stands nowhere on the sheet as the formula it comes from."""

        def change(part: Expression) -> Expression:
            given = not isinstance(part, Name) or part in self.texts or not part.quantity.startswith("d")
            inner = None if given else self.problem.solution.formula(part)  # type: ignore[arg-type]
            return part if inner is None else self._opened(inner)

        return replaced(tree, change)

    def _write(self, entry: Name, value: str, accepted: bool) -> None:
        number = Written.of(value).near
        self.texts[entry] = value
        self.own.write(entry, number)
        if accepted:
            self.right.write(entry, number)
        else:
            self.right.forget(entry)

    def _called(self, entry: Name) -> str:
        return course_name(self.problem.shown(entry), self.problem.names)

    def _other_label(self, answer: Answer) -> tuple[Name, Judgement] | None:
        """The asked entry that this value fits, where its name is given twice or two names are exchanged.

        One number under a wrong name is no evidence: among many quantities a wrong number fits one by chance.
        """
        twice = self.times[answer.entry] > 1
        for entry in self.problem.ask:
            if entry == answer.entry or entry in self.right.own:
                continue
            judged: Judgement | None = None
            if self.times[entry]:
                theirs = (other for other in self.answers if other.entry == entry)
                judged = next(filter(None, (self._exchanged(answer, other) for other in theirs)), None)
            elif twice:
                judged = self.judged(entry, answer.value)
            if judged is not None and judged[0] == "right":
                return entry, judged
        return None

    def _exchanged(self, answer: Answer, other: Answer) -> Judgement | None:
        """How the value stands under the other's name, if the other's stands under its; one may follow from the other.

        Two numbers that differ in their sign alone are rather two wrong signs.
        """
        opposite = rounding(answer.value, -Written.of(other.value).near, 1)
        if opposite or self.judged(answer.entry, other.value)[0] != "right":
            return None
        judged = self.judged(other.entry, answer.value)
        if judged[0] == "right":
            return judged
        number = Written.of(other.value).near
        follows = Sheet(self.problem.solution, self.right.own | {answer.entry: number}).computed(other.entry)
        how = rounding(answer.value, follows, self.problem.digits)
        return ("right", how, True) if how else None

    # ---- what happened to a wrong number ---------------------------------------------------------------------------

    def _reproduces(self, answer: Answer) -> bool:
        """Whether the working, as written, comes to the value given: then what was found in it is the cause."""
        value = evaluate(parse(answer.working), nothing) if answer.working else float("nan")
        return bool(rounding(answer.value, value, self.problem.digits))

    def _finding(self, entry: Name, causes: list[Cause]) -> Finding:
        """The slip that makes this value; where it happened, if not in this formula; others that would, too."""
        first, *others = causes
        finding: Finding = {"slip": first.slip}
        if first.site != entry.quantity:
            finding["at"] = first.site
        if others:
            finding["alternatives"] = [cause.slip for cause in others[:ALTERNATIVES]]
        return finding


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
    return Report.of(posed, _marked(posed, _answers(posed, given)))


def _marked(problem: Problem, answers: list[Answer]) -> list[Marked]:
    """The answers marked; a label counts as mistaken only if the rest of the sheet does not speak against it."""
    marked = Marker(problem, answers).mark()
    if any(finding["slip"] == "label" for answer in marked for finding in answer.findings):
        literally = Marker(problem, answers, labels=False).mark()
        others = [i for i, answer in enumerate(marked) if all(f["slip"] != "label" for f in answer.findings)]
        if sum(literally[i].earns for i in others) > sum(marked[i].earns for i in others):
            return literally
    return marked


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
        Written.of(value)
    if working:
        parse(working)
    return [Answer(entry, label, value, working) for entry, value in zip(entries, values, strict=True)]


def _flat(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [text for part in value for text in _flat(part)]
    return [str(value).strip()]
