"""A whole class marked: a CSV of students in, marks and the class's commonest slips out.

Two forms are read. Wide, a student a row: `student,z1,a1,...`; an empty cell is no answer, a column may stand twice.
Long, an answer a row: `student,quantity,value` and, if there is one, `working`. Columns are divided by commas,
semicolons (where commas are decimal) or tabs.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from glassnet.errors import DataError, GlassnetError, MissingFileError
from glassnet.lab.digits import Written
from glassnet.lab.marking import mark
from glassnet.lab.messages import rule_for, sentence
from glassnet.lab.problem import Problem, load_problem
from glassnet.lab.report import VERSION, Report

LARGEST_FILE = 16 * 2**20
MOST_STUDENTS = 5000
LONGEST_CELL = 500
COMMONEST = 10


@dataclass(frozen=True)
class Student:
    """One student's sheet, marked; `notes` are cells that could not be read."""

    name: str
    report: Report
    notes: tuple[str, ...] = ()

    @property
    def marks(self) -> int:
        """The student's marks."""
        return self.report.marks

    @property
    def first_slip(self) -> str | None:
        """The first slip on the sheet and where it is."""
        for answer in self.report.answers:
            if answer.findings:
                return f"{answer.findings[0]['slip'].replace('-', ' ')} in {answer.called}"
        return None


@dataclass(frozen=True)
class CommonSlip:
    """A slip, how many students made it, and in which quantities."""

    name: str
    students: int
    quantities: tuple[str, ...]
    sentence: str
    rule: str


@dataclass(frozen=True)
class AskedQuantity:
    """A number that was asked: how many answered it, and how many have its mark."""

    name: str
    answered: int
    right: int


@dataclass(frozen=True)
class ClassReport:
    """A class, marked."""

    title: str
    out_of: int
    students: tuple[Student, ...]
    slips: tuple[CommonSlip, ...]
    quantities: tuple[AskedQuantity, ...]

    @property
    def mean(self) -> float:
        """The mean of the marks."""
        return mean(student.marks for student in self.students)

    @property
    def median(self) -> float:
        """The median of the marks."""
        return median(student.marks for student in self.students)

    def to_json(self) -> dict[str, Any]:
        """The class as plain data."""
        return {
            "title": self.title,
            "out_of": self.out_of,
            "mean": self.mean,
            "median": self.median,
            "students": [
                {"student": s.name, "marks": s.marks, "notes": list(s.notes), **_without_title(s.report.to_json())}
                for s in self.students
            ],
            "slips": [{**vars(slip), "quantities": list(slip.quantities)} for slip in self.slips],
            "quantities": [vars(quantity) for quantity in self.quantities],
            "version": VERSION,
        }

    def csv(self) -> str:
        """A student a row: marks, out of, first slip, notes. Cells that a spreadsheet would calculate are quoted."""
        written = io.StringIO()
        rows = csv.writer(written, lineterminator="\n")
        rows.writerow(["student", "marks", "out of", "first slip", "notes", "version"])
        for s in self.students:
            rows.writerow([_harmless(s.name), s.marks, self.out_of, s.first_slip or "", "; ".join(s.notes), VERSION])
        return written.getvalue()

    def markdown(self) -> str:
        """Tables of the commonest slips and of the students."""
        slips = [f"| {slip.name} | {slip.students} | {slip.sentence} {slip.rule} |" for slip in self.slips]
        rows = [f"| {_cell(s.name)} | {s.marks} | {s.first_slip or ''} |" for s in self.students]
        return "\n".join([
            f"# {self.title}", "", self.summary, "",
            "| slip | students | what happened |", "|---|---|---|", *slips, "",
            "| student | marks | first slip |", "|---|---|---|", *rows,
        ]) + "\n"  # fmt: skip

    def html(self) -> str:
        """A page of its own."""
        from glassnet.lab.sheetpage import page_of_class

        return page_of_class(self)

    @property
    def summary(self) -> str:
        """The class in a sentence."""
        average = f"{self.mean:.1f} of {self.out_of} marks on average"
        return f"{len(self.students)} students, {average}, median {self.median:g}."

    def __str__(self) -> str:
        wide = max(len(s.name) for s in self.students)
        lines = [self.title, ""] if self.title else []
        lines += [f"{s.name:<{wide}}  {s.marks:>3}  {'; '.join(filter(None, [s.first_slip, *s.notes]))}".rstrip()
                  for s in self.students]  # fmt: skip
        if self.slips:
            lines += ["", "The commonest slips:"]
            lines += [f"{slip.students:>3}  {slip.sentence} {slip.rule}" for slip in self.slips]
        return "\n".join([*lines, "", self.summary])


def mark_class(problem: Any, path: str | Path) -> ClassReport:
    """Marks the sheets of a class from a CSV file.

    Args:
        problem: a problem's name, file or mapping.
        path: the CSV; wide (student, then quantities) or long (student, quantity, value, working).

    Raises:
        DataError, MissingFileError, SettingError: a file that cannot be read, or a column that is no quantity. A cell
            that is no number is a note beside its student, and counts as not answered.
    """
    posed = load_problem(problem)
    sheets = _sheets(posed, Path(path))
    students = tuple(_marked(posed, name, answers) for name, answers in sheets.items())
    return ClassReport(posed.title, len(posed.ask), students, _slips(students), _quantities(students))


def _marked(problem: Problem, name: str, answers: list[dict[str, str]]) -> Student:
    readable, notes = [], []
    for answer in answers:
        try:
            Written.of(answer["value"])
            mark(problem, [answer])
            readable.append(answer)
        except GlassnetError as error:
            notes.append(f"{answer['quantity']}: {error}"[:200])
    return Student(name, mark(problem, readable), tuple(notes))


def _slips(students: tuple[Student, ...]) -> tuple[CommonSlip, ...]:
    """Each slip counted once a student; of a cause behind several wrong numbers only the cause."""
    by: dict[str, set[str]] = defaultdict(set)
    where: dict[str, Counter[str]] = defaultdict(Counter)
    shown: dict[str, tuple[str, str]] = {}
    for student in students:
        for answer in student.report.answers:
            for finding in answer.findings:
                slip = finding["slip"]
                by[slip].add(student.name)
                where[slip][answer.called] += 1
                shown.setdefault(slip, (sentence(finding, answer.called), rule_for(finding)))
    order = sorted(by, key=lambda slip: (-len(by[slip]), slip))[:COMMONEST]
    return tuple(CommonSlip(s, len(by[s]), tuple(q for q, _ in where[s].most_common(4)), *shown[s]) for s in order)


def _quantities(students: tuple[Student, ...]) -> tuple[AskedQuantity, ...]:
    answered: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for student in students:
        last = {answer.called: answer.earns for answer in student.report.answers}
        answered.update(last.keys())
        right.update(name for name, earns in last.items() if earns)
    return tuple(AskedQuantity(name, answered[name], right[name]) for name in answered)


def _without_title(plain: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if key not in ("title", "version")}


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# ---- reading -------------------------------------------------------------------------------------------------------


def _sheets(problem: Problem, path: Path) -> dict[str, list[dict[str, str]]]:
    """The answers of each student, in order."""
    rows = _rows(path)
    header = [cell.strip() for cell in rows[0]]
    lower = [cell.lower() for cell in header]
    if "student" not in lower:
        raise DataError(f"{path} needs a column `student`; its columns are {', '.join(header)[:200]}.")
    who = lower.index("student")
    sheets: dict[str, list[dict[str, str]]] = {}
    if "quantity" in lower and "value" in lower:
        columns = {name: lower.index(name) for name in ("quantity", "value", "working") if name in lower}
        for line, row in enumerate(rows[1:], 2):
            cells: dict[str, str] = {name: _at(row, place) for name, place in columns.items()}
            if not cells["quantity"]:
                raise DataError(f"{path}, line {line}: there is no quantity.")
            problem.entries(cells["quantity"])
            sheet = sheets.setdefault(_at(row, who), [])
            if cells["value"]:
                sheet.append(cells)
    else:
        places = [place for place in range(len(header)) if place != who and header[place]]
        for place in places:
            problem.entries(header[place])
        for row in rows[1:]:
            answers = [{"quantity": header[p], "value": _at(row, p)} for p in places if _at(row, p)]
            sheets.setdefault(_at(row, who), []).extend(answers)
    sheets.pop("", None)
    if not sheets:
        raise DataError(f"{path} has no students.")
    if len(sheets) > MOST_STUDENTS:
        raise DataError(f"{path} has {len(sheets)} students; at most {MOST_STUDENTS} are marked at once.")
    return sheets


def _at(row: list[str], place: int) -> str:
    return row[place].strip()[:LONGEST_CELL] if place < len(row) else ""


def _rows(path: Path) -> list[list[str]]:
    if not path.is_file():
        raise MissingFileError(f"There is no file {path}.")
    if path.stat().st_size > LARGEST_FILE:
        raise DataError(f"{path} has more than {LARGEST_FILE} bytes.")
    try:
        content = path.read_text(encoding="utf-8-sig")
        first = content.partition("\n")[0]
        divider = max(";\t,", key=first.count)
        rows = [row for row in csv.reader(io.StringIO(content), delimiter=divider) if any(cell.strip() for cell in row)]
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no CSV: {error}.") from None
    if not rows:
        raise DataError(f"{path} is empty.")
    return rows
