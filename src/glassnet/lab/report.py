"""What a marking says: an answer at a time, and together; as data, as Markdown, as text, as a page, as graded hints."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from glassnet.errors import SettingError
from glassnet.lab.expressions import Expression, Name
from glassnet.lab.messages import HINTS, WORDS, rule_for, sentence
from glassnet.lab.naming import course_name
from glassnet.lab.problem import Problem

VERSION = 1  # of the rules of marking: the same sheet under the same version has the same marks
LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class Marked:
    """One answer, marked. `expected` follows from the student's own numbers, `true` from the problem's.

    `called` is the quantity as the problem calls it; `solution` its formula, the student's numbers put in, the result.
    """

    quantity: str
    given: str
    expected: float
    true: float
    verdict: str
    rounding: str | None
    carried: bool
    findings: tuple[dict[str, Any], ...]
    entry: Name
    working: str = ""
    called: str = ""
    solution: str = ""
    formula: Expression | None = None

    @property
    def earns(self) -> bool:
        """Whether it has its mark: what follows rightly from an earlier mistake has it, too."""
        return self.verdict != "wrong"

    def to_json(self) -> dict[str, Any]:
        """The answer as plain data; every finding with its sentence and the rule to remember."""
        findings = [f | {"explanation": sentence(f, self.called), "rule": rule_for(f)} for f in self.findings]
        plain = {key: value for key, value in vars(self).items() if key not in ("entry", "formula", "findings")}
        return plain | {"findings": findings}


@dataclass(frozen=True)
class Cause:
    """A slip, where it happened, and the answers that it explains."""

    slip: dict[str, Any]
    at: str
    answers: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The cause as plain data."""
        return {"slip": self.slip["slip"], "at": self.at, "answers": list(self.answers),
                "explanation": sentence(self.slip, self.at), "rule": rule_for(self.slip)}  # fmt: skip


@dataclass(frozen=True)
class Report:
    """A marked sheet. One mark for every number asked; the last answer to it counts."""

    title: str
    answers: tuple[Marked, ...]
    marks: int
    out_of: int
    missing: tuple[str, ...]

    @classmethod
    def of(cls, problem: Problem, answers: list[Marked]) -> Report:
        """The sum of the answers, and what was asked and not answered."""
        last = {answer.entry: answer.earns for answer in answers}
        missing = [problem.shown(entry) for entry in problem.ask if entry not in last]
        marks = sum(last.get(entry, False) for entry in problem.ask)
        called = tuple(course_name(name, problem.names) for name in missing)
        return cls(problem.title, tuple(answers), marks, len(problem.ask), called)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What made the wrong numbers wrong, each once, with all the answers that it explains."""
        found: dict[tuple[str, str], tuple[dict[str, Any], str, list[str]]] = {}
        for answer in self.answers:
            if not answer.earns and answer.findings:
                first = answer.findings[0]
                at = str(first.get("at") or answer.called)
                key = first["slip"], str(first.get("at") or answer.entry.quantity)
                found.setdefault(key, (first, at, []))[2].append(answer.called)
        return tuple(Cause(slip, at, tuple(names)) for slip, at, names in found.values())

    def hints(self, level: int) -> list[dict[str, str]]:
        """Hints for what is not right: 1 says where to look, 2 the rule to remember, 3 the slip and the solution.

        Raises:
            SettingError: another level.
        """
        if level not in LEVELS:
            raise SettingError(f"Hints have the levels 1 (where), 2 (which rule), 3 (the solution); given {level!r}.")
        return [
            {"quantity": answer.called, "hint": hint}
            for answer in self.answers
            if answer.findings or not answer.earns
            for hint in [hint_for(answer, level)]
        ]

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "title": self.title,
            "answers": [answer.to_json() for answer in self.answers],
            "marks": self.marks,
            "out_of": self.out_of,
            "missing": list(self.missing),
            "causes": [cause.to_json() for cause in self.causes],
            "version": VERSION,
        }

    def markdown(self, hints: int | None = None) -> str:
        """A table of the verdicts, and beneath it what was found, or hints of this level."""
        rows = [f"| {a.called} | {a.given} | {self.verdict(a, hints)} |" for a in self.answers]
        if hints is None:
            notes = [f"- **{a.called}**: {said}" for a in self.answers for said in self.said(a)]
        else:
            notes = [f"- **{hint['quantity']}**: {hint['hint']}" for hint in self.hints(hints)]
        table = ["| quantity | answer | verdict |", "|---|---|---|", *rows]
        missing = ["", f"{WORDS['missing']} {', '.join(self.missing)}."] if self.missing else []
        return "\n".join([f"# {self.title}", "", self.summary, "", *table, "", *notes, *missing]).rstrip() + "\n"

    def html(self) -> str:
        """A page of its own, with graded hints to unfold."""
        from glassnet.lab.sheetpage import page_of

        return page_of(self)

    @property
    def summary(self) -> str:
        """The marks in a sentence."""
        return f"{self.marks} of {self.out_of} {WORDS['marks']}."

    def __str__(self) -> str:
        return self.text()

    def text(self, hints: int | None = None) -> str:
        """The report in plain lines, with what was found, or with hints of this level."""
        wide = max((len(a.called) for a in self.answers), default=0)
        long = max((len(a.given) for a in self.answers), default=0)
        lines = [self.title, ""] if self.title else []
        for a in self.answers:
            lines.append(f"{a.called:<{wide}}  {a.given:>{long}}  {self.verdict(a, hints)}")
            if hints is None:
                lines += [" " * (wide + long + 4) + said for said in self.said(a)]
        if hints is not None:
            lines += ["", *(f"{hint['quantity']}: {hint['hint']}" for hint in self.hints(hints))]
        if self.missing:
            lines += ["", f"{WORDS['missing']} {', '.join(self.missing)}."]
        return "\n".join([*lines, "", self.summary])

    @staticmethod
    def verdict(answer: Marked, hints: int | None = None) -> str:
        """The verdict in a few words; of a wrong answer what follows, unless hints are to lead there."""
        if answer.verdict == "wrong":
            if hints is not None:
                return WORDS["wrong"]
            if not isfinite(answer.expected):
                return f"{WORDS['wrong']}: {WORDS['no number follows']}"
            return f"{WORDS['wrong']}: {answer.expected:.6g} {WORDS['follows']}"
        from_own = f", {WORDS['own']}" if answer.carried else ""
        return f"{WORDS[answer.verdict]} ({WORDS[answer.rounding or 'exact']}{from_own})"

    def said(self, answer: Marked) -> list[str]:
        """What was found in the answer, each with the rule to remember; a cause that explains several only once."""
        lines = []
        for place, finding in enumerate(answer.findings):
            earlier = self._earlier(answer, finding) if place == 0 and not answer.earns else None
            if earlier is not None:
                lines.append(WORDS["same"].format(quantity=earlier))
                continue
            where = WORDS["at"].format(at=finding["at"]) + " " if "at" in finding else ""
            lines.append(f"{where}{sentence(finding, answer.called)} {rule_for(finding)}".strip())
        return lines

    def _earlier(self, answer: Marked, finding: dict[str, Any]) -> str | None:
        """The first answer that the same slip at the same place explains, if it is another one."""
        for cause in self.causes:
            same = cause.slip["slip"] == finding["slip"] and answer.called in cause.answers
            if same and cause.answers[0] != answer.called:
                return cause.answers[0]
        return None


def hint_for(answer: Marked, level: int) -> str:
    """The hint of one level for an answer that is not right, or whose working is not."""
    first = answer.findings[0] if answer.findings else None
    if level == 1:
        where = "working" if answer.earns else "formula further back" if first and "at" in first else "number"
        return HINTS[where].format(quantity=answer.called, at=first.get("at", "") if first else "")
    if level == 2:
        return rule_for(first) if first else HINTS["no slip"]
    solution = HINTS["solution"].format(solution=answer.solution) if answer.solution else ""
    said = " ".join(sentence(finding, answer.called) for finding in answer.findings)
    return f"{said} {solution}".strip()
