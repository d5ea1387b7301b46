"""`glassnet mark`: hand calculations, a class's sheets, or a student's own code, marked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from glassnet.cli.options import AsJson, Plain, option
from glassnet.cli.output import Output
from glassnet.errors import SettingError, unknown_name
from glassnet.files.atomic import replace_file
from glassnet.lab.classroom import ClassReport, mark_class
from glassnet.lab.code.marking import mark_code
from glassnet.lab.code.report import CodeReport, example_lines
from glassnet.lab.marking import mark as marked
from glassnet.lab.problem import shipped
from glassnet.lab.report import LEVELS, Marked, Report

STYLES = {"right": "good", "follow-through": "name", "wrong": "bad"}
FORMATS = ("terminal", "markdown", "html", "csv")
SHIPPED = ", ".join(shipped())


def mark(
    problem: Annotated[str, typer.Argument(metavar="PROBLEM", help=f"A TOML or JSON file, or one of: {SHIPPED}.")],
    answers: Annotated[
        Path | None, typer.Argument(metavar="[ANSWERS]", help="A JSON file: quantities, values, working.")
    ] = None,
    students: Annotated[
        Path | None, typer.Option("--class", metavar="CSV", help="Mark a class: a student a row, or an answer a row.")
    ] = None,
    code: Annotated[Path | None, option("FILE.py", "Mark Python functions: forward, backward, update, ...")] = None,
    hints: Annotated[int | None, option("1|2|3", "Hints instead: where, which rule, the solution.")] = None,
    format: Annotated[str, option("|".join(FORMATS), "How it is written; csv for a class.")] = "terminal",
    out: Annotated[Path | None, option("FILE", "Where to: .html, .md or .csv.")] = None,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Mark hand calculations, a class, or code: each number right, follow-through or wrong, and the slip behind it."""
    if format not in FORMATS:
        raise unknown_name("format", format, FORMATS)
    if hints is not None and hints not in LEVELS:
        raise SettingError(f"--hints is 1 (where), 2 (which rule) or 3 (the solution); given {hints}.")
    given = [what for what in (answers, students, code) if what is not None]
    if len(given) != 1:
        raise SettingError("Say what is marked: a file of answers, --class CSV, or --code FILE.py; one of them.")
    output = Output.of(as_json, plain)
    report: Report | ClassReport | CodeReport
    if students is not None:
        report = mark_class(problem, students)
    elif code is not None:
        report = mark_code(problem, code)
    else:
        assert answers is not None
        report = marked(problem, answers)
    extra = {"hints": report.hints(hints)} if hints is not None and isinstance(report, Report) else {}
    output.result(report.to_json() | extra)
    if out is not None:
        _save(report, out)
        output.show(f"The marks are written to {out}.")
    elif format != "terminal":
        output.show_text(written(report, format, hints))
    elif output.plain:
        output.show(report.text(hints) if isinstance(report, Report) else str(report))
    else:
        _draw(report, output, hints)
    return 0


def written(report: Any, format: str, hints: int | None = None) -> str:
    """The report in a format; a table of marks there is for a class only."""
    if format == "csv":
        if not isinstance(report, ClassReport):
            raise SettingError("A table as CSV there is for a class; a sheet and code are terminal, markdown or html.")
        return report.csv()
    if format == "html":
        return str(report.html())
    return str(report.markdown(hints) if isinstance(report, Report) else report.markdown())


def _save(report: Any, path: Path) -> None:
    formats = {".html": "html", ".md": "markdown", ".csv": "csv"}
    if path.suffix not in formats:
        raise SettingError(f"Marks are written as {', '.join(formats)}; {path.name} ends in none of these.")
    replace_file(path, [written(report, formats[path.suffix]).encode()])


# ---- in a terminal -------------------------------------------------------------------------------------------------


def _draw(report: Any, output: Output, hints: int | None) -> None:
    title = Text(f"\n{report.title}\n", "bold")
    if isinstance(report, Report):
        output.show(title, sheet(report, hints), Text(f"\n{summary(report)}", "bold"))
    elif isinstance(report, ClassReport):
        output.show(title, roll(report), Text("\nThe commonest slips\n", "bold"), slips(report))
        output.show(Text(f"\n{report.summary}", "bold"))
    else:
        output.show(title, functions(report), *(Text(f"Note: {note}.", "quiet") for note in report.notes))
        output.show(Text(f"\n{report.marks} of {report.out_of} right.", "bold"))


def _table(*names: str, right: tuple[str, ...] = ()) -> Table:
    shown = Table(box=None, padding=(0, 2), header_style="quiet")
    for name in names:
        shown.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return shown


def sheet(report: Report, hints: int | None) -> Table:
    """An answer a row: verdict in its colour, and beneath it what was found, or a hint."""
    shown = _table("quantity", "answer", "verdict", right=("answer",))
    told = {hint["quantity"]: hint["hint"] for hint in report.hints(hints)} if hints is not None else {}
    for answer in report.answers:
        lines = report.said(answer) if hints is None else [told[answer.called]] if _to_hint(answer) else []
        shown.add_row(answer.called, answer.given, _verdict(Report.verdict(answer, hints), answer.verdict, lines))
    return shown


def _to_hint(answer: Marked) -> bool:
    return bool(answer.findings) or not answer.earns


def summary(report: Report) -> str:
    """The marks, and what was not answered."""
    missing = f" Not answered: {', '.join(report.missing)}." if report.missing else ""
    return report.summary + missing


def roll(report: ClassReport) -> Table:
    """A student a row."""
    shown = _table("student", "marks", "first slip", right=("marks",))
    for student in report.students:
        said = "\n".join(filter(None, [student.first_slip, *student.notes]))
        shown.add_row(Text(student.name), f"{student.marks} of {report.out_of}", Text(said))
    return shown


def slips(report: ClassReport) -> Table:
    """The commonest slips, a row each."""
    shown = _table("students", "slip", "", right=("students",))
    for slip in report.slips:
        shown.add_row(str(slip.students), slip.name.replace("-", " "), Text(f"{slip.sentence} {slip.rule}"))
    return shown


def functions(report: CodeReport) -> Table:
    """A quantity a row, by function."""
    shown = _table("function", "quantity", "verdict")
    for line in report.answers:
        lines = [*line.said(), *example_lines(line)]
        shown.add_row(line.function, line.quantity, _verdict(line.verdict, line.verdict, lines))
    return shown


def _verdict(words: str, verdict: str, lines: list[str]) -> Text:
    said = Text()
    said.append(words, STYLES[verdict])
    for line in lines:
        said.append(f"\n{line}")
    return said
