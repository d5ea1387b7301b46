"""`glassnet mark`: hand calculations, marked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from glassnet.cli.options import AsJson, Plain
from glassnet.cli.output import Output
from glassnet.lab.marking import mark as marked
from glassnet.lab.report import Marked, Report

STYLES = {"right": "good", "follow-through": "name", "wrong": "bad"}


def mark(
    problem: Annotated[Path, typer.Argument(metavar="PROBLEM", help="A TOML or JSON file: network, sample, loss.")],
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS", help="A JSON file: quantities, values, working.")],
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Mark hand calculations: each number right, follow-through or wrong, and the slip behind it."""
    output = Output.of(as_json, plain)
    report = marked(problem, answers)
    output.result(report.to_json())
    if output.plain:
        output.show(str(report))
    else:
        output.show(Text(f"\n{report.title}\n", "bold"), table(report), Text(f"\n{summary(report)}", "bold"))
    return 0


def table(report: Report) -> Table:
    """An answer a row: verdict in its colour, and beneath it what was found."""
    shown = Table(box=None, padding=(0, 2), header_style="quiet")
    for name in ("quantity", "answer", "verdict"):
        shown.add_column(name, justify="right" if name == "answer" else "left", overflow="fold")
    for answer in report.answers:
        shown.add_row(answer.quantity, answer.given, _verdict(answer))
    return shown


def summary(report: Report) -> str:
    """The marks, and what was not answered."""
    missing = f" Not answered: {', '.join(report.missing)}." if report.missing else ""
    return f"{report.marks} of {report.out_of} marks.{missing}"


def _verdict(answer: Marked) -> Text:
    said = Text(Report.verdict(answer), STYLES[answer.verdict])
    for sentence in Report.said(answer):
        said.append(f"\n{sentence}", "default")
    return said
