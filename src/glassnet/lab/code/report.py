"""What the marking of code says: a line a quantity, with the slip and the smallest input that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from glassnet.lab.messages import WORDS, rule_for, sentence

VERSION = 1  # of the rules


@dataclass(frozen=True)
class CodeLine:
    """One quantity that a function makes. `example`: inputs, what the function gave for them, what is expected."""

    function: str
    quantity: str
    verdict: str
    findings: tuple[dict[str, Any], ...] = ()
    example: dict[str, Any] | None = None
    printed: str = ""

    @property
    def earns(self) -> bool:
        """Whether it has its mark."""
        return self.verdict != "wrong"

    def said(self) -> list[str]:
        """What was found, each with the rule to remember."""
        if self.verdict == "follow-through":
            return [WORDS["same"].format(quantity=f["same"]) for f in self.findings if "same" in f]
        where = [WORDS["at"].format(at=f["at"]) + " " if "at" in f else "" for f in self.findings]
        return [f"{at}{sentence(f, self.quantity)} {rule_for(f)}" for at, f in zip(where, self.findings, strict=True)]

    def to_json(self) -> dict[str, Any]:
        """The line as plain data, with the keys of an answer that was calculated by hand."""
        findings = [f | {"explanation": sentence(f, self.quantity), "rule": rule_for(f)} for f in self.findings]
        example = self.example or {}
        return {
            "function": self.function,
            "quantity": self.quantity,
            "given": example.get("given"),
            "expected": example.get("expected"),
            "verdict": self.verdict,
            "rounding": None,
            "carried": self.verdict == "follow-through",
            "findings": findings,
            "inputs": example.get("inputs"),
            "printed": self.printed,
        }


@dataclass(frozen=True)
class CodeReport:
    """Code, marked. `functions` says which of the student's functions has which role; `rows` how examples lie."""

    title: str
    answers: tuple[CodeLine, ...]
    functions: dict[str, str] = field(default_factory=dict)
    rows: bool = False
    notes: tuple[str, ...] = ()

    @property
    def marks(self) -> int:
        """How many lines are not wrong."""
        return sum(line.earns for line in self.answers)

    @property
    def out_of(self) -> int:
        """How many lines there are."""
        return len(self.answers)

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "title": self.title,
            "answers": [line.to_json() for line in self.answers],
            "marks": self.marks,
            "out_of": self.out_of,
            "functions": self.functions,
            "examples": "rows" if self.rows else "columns",
            "notes": list(self.notes),
            "version": VERSION,
        }

    def markdown(self) -> str:
        """A table of the verdicts, and beneath it what was found and the smallest inputs that show it."""
        rows = [f"| {line.function} | {line.quantity} | {line.verdict} |" for line in self.answers]
        notes = [f"- **{line.function}, {line.quantity}**: {said}" for line in self.answers
                 for said in [*line.said(), *(f"`{shown}`" for shown in example_lines(line))]]  # fmt: skip
        passed = [f"- {note}." for note in self.notes]
        head = [f"# {self.title}", "", f"{self.marks} of {self.out_of} right.", ""]
        table = ["| function | quantity | verdict |", "|---|---|---|", *rows]
        return "\n".join([*head, *table, "", *notes, *passed]).rstrip() + "\n"

    def html(self) -> str:
        """A page of its own."""
        from glassnet.lab.sheetpage import page_of_code

        return page_of_code(self)

    def __str__(self) -> str:
        lines = [self.title, ""] if self.title else []
        for line in self.answers:
            lines.append(f"{line.function}: {line.quantity}  {line.verdict}")
            lines += [f"    {said}" for said in line.said()]
            lines += [f"    {shown}" for shown in example_lines(line)]
        lines += [f"Note: {note}." for note in self.notes]
        return "\n".join([*lines, "", f"{self.marks} of {self.out_of} right."])


def example_lines(line: CodeLine) -> list[str]:
    """The smallest input as it can be typed, and the two results."""
    if line.example is None:
        return []
    inputs = ", ".join(f"{name} = {value}" for name, value in line.example["inputs"].items())
    return [
        f"For {inputs}:",
        f"{line.quantity} is {line.example['expected']}; {line.function} gives {line.example['given']}.",
    ]
