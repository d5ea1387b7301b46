"""Worksheets as Moodle XML: each exercise a cloze question, every result a numerical gap that marks itself.

The gaps take what marking takes: one unit of the fourth significant digit. Source: the Moodle documentation's "Moodle
XML format" and "Embedded Answers (Cloze) question type".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import floor, log10
from xml.sax.saxutils import escape

from glassnet.lab.expressions import Name
from glassnet.lab.messages import TASKS, WORKSHEET
from glassnet.lab.show.document import Block, Line, Lines, Table, Words, plain
from glassnet.lab.worksheets.sheet import SIGNIFICANT, Exercise, Worksheet, in_digits, label


def quiz(sheets: Sequence[Worksheet]) -> str:
    """The questions of these sheets, a category for each."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    for sheet in sheets:
        category = f"$course$/glassnet/{escape(sheet.title)}/{escape(sheet.student)}"
        lines.append(f'<question type="category"><category><text>{category}</text></category></question>')
        lines += [_question(sheet, exercise) for exercise in sheet.exercises]
    return "\n".join([*lines, "</quiz>", ""])


def _question(sheet: Worksheet, exercise: Exercise) -> str:
    name = f"{sheet.title} {exercise.place}, {sheet.student}"
    asked = "\n".join([_paragraph(WORKSHEET["rule"]), _paragraph(TASKS[exercise.task]), *_blocks(exercise.given()),
                       _gaps(exercise)])  # fmt: skip
    solved = "\n".join(_blocks(exercise.solved().blocks))
    return (
        f'<question type="cloze">\n<name><text>{escape(name)}</text></name>\n'
        f'<questiontext format="html"><text>{_data(asked)}</text></questiontext>\n'
        f'<generalfeedback format="html"><text>{_data(solved)}</text></generalfeedback>\n'
        f"<penalty>0</penalty>\n</question>"
    )


def _gaps(exercise: Exercise) -> str:
    rows = []
    for entry in exercise.problem.ask:
        gap = _gap(exercise, entry)
        rows.append(f"<tr><td>{escape(label(exercise.problem.shown(entry)))}</td><td>{gap}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def _gap(exercise: Exercise, entry: Name) -> str:
    """One number: a mark, the value, and how far an answer may be from it."""
    value = exercise.problem.solution.number(entry)
    return f"{{1:NUMERICAL:={in_digits(value)}:{tolerance(value)}}}"


def tolerance(value: float) -> str:
    """One unit of the fourth significant digit; of 0 nothing but 0 is right.

    >>> tolerance(0.4151), tolerance(-25.0), tolerance(0.0)
    ('0.0001', '0.01', '0')
    """
    if value == 0:
        return "0"
    places = SIGNIFICANT - 1 - floor(log10(abs(value)))
    return f"{10.0**-places:.{max(places, 0)}f}"


# ---- what the exercise says, as plain HTML ---------------------------------------------------------------------------


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Words):
            yield _paragraph(block.text)
        elif isinstance(block, Table):
            yield _table(block)
        elif isinstance(block, Lines):
            yield "<table>" + "".join(map(_line, block.lines)) + "</table>"


def _paragraph(text: str) -> str:
    return f"<p>{_inert(text)}</p>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{_inert(name)}</th>" for name in table.header)
    rows = ["<tr>" + "".join(f"<td>{_inert(plain(cell))}</td>" for cell in row) + "</tr>" for row in table.rows]
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _line(line: Line) -> str:
    cells = (plain(line.left), line.relation, plain(line.right), line.note)
    return "<tr>" + "".join(f"<td>{_inert(cell)}</td>" for cell in cells) + "</tr>"


def _inert(text: str) -> str:
    """A text in which no brace begins a gap."""
    return escape(text).replace("{", "&#123;").replace("}", "&#125;")


def _data(html: str) -> str:
    return "<![CDATA[" + html.replace("]]>", "]]]]><![CDATA[>") + "]]>"
