"""What a marking says: an answer at a time, and together; as data, as Markdown, as text."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from glassnet.lab.expressions import Name
from glassnet.lab.messages import rule_for, sentence
from glassnet.lab.problem import Problem

VERSION = 1  # of the rules of marking: the same sheet under the same version has the same marks


@dataclass(frozen=True)
class Marked:
    """One answer, marked. `expected` follows from the student's own numbers, `true` from the problem's."""

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

    @property
    def earns(self) -> bool:
        """Whether it has its mark: what follows rightly from an earlier mistake has it, too."""
        return self.verdict != "wrong"

    def to_json(self) -> dict[str, Any]:
        """The answer as plain data; every finding with its sentence and the rule to remember."""
        findings = [f | {"explanation": sentence(f, self.quantity), "rule": rule_for(f)} for f in self.findings]
        plain = {key: value for key, value in vars(self).items() if key != "entry"}
        return plain | {"findings": findings}


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
        missing = tuple(problem.shown(entry) for entry in problem.ask if entry not in last)
        marks = sum(last.get(entry, False) for entry in problem.ask)
        return cls(problem.title, tuple(answers), marks, len(problem.ask), missing)

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "title": self.title,
            "answers": [answer.to_json() for answer in self.answers],
            "marks": self.marks,
            "out_of": self.out_of,
            "missing": list(self.missing),
            "version": VERSION,
        }

    def markdown(self) -> str:
        """A table of the verdicts, and the findings beneath it."""
        rows = [f"| {a.quantity} | {a.given} | {a.expected:.7g} | {self.verdict(a)} |" for a in self.answers]
        notes = [f"- **{a.quantity}**: {said}" for a in self.answers for said in self.said(a)]
        table = ["| quantity | answer | expected | verdict |", "|---|---|---|---|", *rows]
        head = [f"# {self.title}", "", f"{self.marks} of {self.out_of} marks.", ""]
        return "\n".join([*head, *table, "", *notes]) + "\n"

    def __str__(self) -> str:
        wide = max((len(a.quantity) for a in self.answers), default=0)
        long = max((len(a.given) for a in self.answers), default=0)
        lines = [self.title, ""] if self.title else []
        for a in self.answers:
            lines.append(f"{a.quantity:<{wide}}  {a.given:>{long}}  {self.verdict(a)}")
            lines += [" " * (wide + long + 4) + said for said in self.said(a)]
        if self.missing:
            lines += ["", f"Not answered: {', '.join(self.missing)}."]
        return "\n".join([*lines, "", f"{self.marks} of {self.out_of} marks."])

    @staticmethod
    def verdict(answer: Marked) -> str:
        """The verdict in a few words."""
        if answer.verdict == "wrong":
            if not isfinite(answer.expected):
                return "wrong: no number follows from yours"
            return f"wrong: {answer.expected:.6g} follows from your numbers"
        from_own = ", from your own numbers" if answer.carried else ""
        return f"{answer.verdict} ({answer.rounding}{from_own})"

    @staticmethod
    def said(answer: Marked) -> list[str]:
        """What was found in the answer, each with the rule to remember."""
        return [f"{sentence(f, answer.quantity)} {rule_for(f)}".strip() for f in answer.findings]
