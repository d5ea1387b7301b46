"""A worksheet: three exercises of one topic with a student's own numbers, their solution, the problems behind them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import floor, isfinite, log10
from pathlib import Path
from typing import Any

from glassnet.errors import SettingError, unknown_name
from glassnet.files.atomic import replace_file
from glassnet.lab.expressions import Name, names_in, replaced
from glassnet.lab.messages import TASKS, WORKSHEET
from glassnet.lab.problem import Problem, load_problem
from glassnet.lab.show import FORMATS
from glassnet.lab.show.document import Block, Document, Line, Lines, Part, PutIn, Table, Words
from glassnet.lab.worksheets.search import Found, found
from glassnet.lab.worksheets.topics import TOPICS, gate_of

STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
MOST_STUDENTS = 2000
ATTEMPTS = 50  # of a student whose numbers somebody has already
SIGNIFICANT = 4  # digits of a result that does not end before
BLANK = "\u2009".join("_" * 6)
KEPT = ("markdown", "latex", "html")


@dataclass(frozen=True)
class Exercise:
    """One exercise: what to do, the problem that `mark` reads, and its results."""

    place: int
    task: str
    found: Found

    @property
    def plain(self) -> dict[str, Any]:
        """The problem as plain data, with its title."""
        return {"title": WORKSHEET["title of a problem"].format(place=self.place), **self.found.plain}

    @cached_property
    def problem(self) -> Problem:
        """The problem with its solution."""
        return load_problem(self.plain)

    @property
    def marks(self) -> int:
        """One for every number asked."""
        return len(self.problem.ask)

    def answers(self) -> dict[str, str]:
        """The results as a student writes them: whole where they end early, else with four significant digits."""
        return {self.problem.shown(entry): in_digits(self.problem.solution.number(entry)) for entry in self.problem.ask}

    # ---- as it is shown ------------------------------------------------------------------------------------------

    def given(self) -> tuple[Block, ...]:
        """What the student starts from."""
        plain = self.found.plain
        if "perceptron" in plain:
            return (Words(_rule_words(plain["perceptron"])),)
        if "function" in plain:
            start = ", ".join(f"{name}0 = {_minus(value)}" for name, value in plain["function"]["start"].items())
            said = WORKSHEET["path"].format(function=plain["function"]["of"].replace("-", "−"), start=start)
            return Words(said), Words(_optimizer_words(plain["optimizer"]))
        asked = plain["ask"]
        facts = [WORKSHEET["layer"].format(k=k, kind=of["activation"]) for k, of in enumerate(plain["layers"], 1)]
        facts += [WORKSHEET[plain["loss"]["name"]]] if any(name[0] in "dl" or ".new" in name for name in asked) else []
        facts += [_optimizer_words(plain["optimizer"])] if any(".new" in name for name in asked) else []
        return self._numbers(), Words("; ".join(facts) + ".")

    def _numbers(self) -> Table:
        """The arrays that are given, a row of theirs a row."""
        arrays = self._arrays()
        wide = max(len(row) for _, table in arrays for row in table)
        rows = [
            (name if i == 0 else "", *map(_minus, row), *[""] * (wide - len(row)))
            for name, table in arrays
            for i, row in enumerate(table)
        ]
        return Table((WORKSHEET["given"], *[""] * wide), tuple(rows))

    def _arrays(self) -> list[tuple[str, Sequence[Sequence[Any]]]]:
        plain = self.found.plain
        arrays: list[tuple[str, Sequence[Sequence[Any]]]] = [("X", plain["sample"]["X"])]
        for k, layer in enumerate(plain["layers"], 1):
            arrays += [(f"W{k}", layer["W"]), (f"b{k}", [layer["b"]])]
        asked = any(name.startswith(("d", "loss")) or ".new" in name for name in plain["ask"])
        return [*arrays, *([("y", plain["sample"]["y"])] if asked else [])]

    def sheet(self) -> Part:
        """The exercise to be done."""
        title = WORKSHEET["exercise"].format(place=self.place, level="★" * self.place, marks=self.marks)
        rows = tuple((label(self.problem.shown(entry)), BLANK) for entry in self.problem.ask)
        blocks = (Words(TASKS[self.task]), *self.given(), *self._blank(rows))
        return Part(title, blocks)

    def _blank(self, rows: tuple[tuple[str, str], ...]) -> tuple[Block, ...]:
        """Where the results are written: a table of presentations, or a list in two columns of pairs."""
        if "perceptron" in self.found.plain:
            return (self._presentations(blank=True),)
        half = -(-len(rows) // 2) if len(rows) > 6 else len(rows)
        paired = tuple((*rows[i], *(rows[half + i] if half + i < len(rows) else ("", ""))) for i in range(half))
        head = (WORKSHEET["quantity"], WORKSHEET["answer"])
        if half == len(rows):
            return (Table(head, rows, words=(0, 1)),)
        return (Table((*head, *head), paired, words=(0, 1, 2, 3)),)

    def _presentations(self, *, blank: bool) -> Table:
        """The rule's rows as on the slides: the input, the target, z, the output, the weights after it."""
        given, solution = self.found.plain["perceptron"], self.problem.solution
        names = list(solution.steps[0].weights)
        rows = []
        for step in range(given["presentations"]):
            ahead = f"step{step + 1}." if step else ""
            row = given["rows"][step % len(given["rows"])]
            asked = ["z", "y", *(f"{name}.new" for name in names)]
            results = [BLANK if blank else in_digits(solution.number(Name(ahead + name))) for name in asked]
            target = str(given["targets"][step % len(given["rows"])])
            rows.append((str(step + 1), *map(_minus, row), target, *map(_minus, results)))
        inputs = [f"x{i + 1}" for i in range(len(given["rows"][0]))]
        new = [WORKSHEET["new"].format(name=name) for name in names]
        return Table((WORKSHEET["step"], *inputs, "t", "z", "y", *new), tuple(rows), words=())

    def solved(self) -> Part:
        """The solution: every result with its formula, the numbers put in, and its mark."""
        title = WORKSHEET["exercise"].format(place=self.place, level="★" * self.place, marks=self.marks)
        if "perceptron" in self.found.plain:
            said = WORKSHEET["a mark each"].format(marks=self.marks)
            return Part(title, (*self.given(), self._presentations(blank=False), Words(said)))
        lines = Lines(tuple(line for entry in self.problem.ask for line in self._steps(entry)))
        return Part(title, (*self.given(), lines, *self._gate()))

    def _gate(self) -> tuple[Block, ...]:
        """Which gate it is, where that is asked."""
        if not self.task.startswith("gate"):
            return ()
        last = f"A{len(self.found.plain['layers'])}"
        name = gate_of(tuple(int(a) for a in self.problem.solution.quantities[last].value.reshape(-1)))
        return (Words(WORKSHEET["gate"].format(name=name)),) if name else ()

    def _steps(self, entry: Name) -> Iterable[Line]:
        tree, result = self.problem.solution.formula(entry), in_digits(self.problem.solution.number(entry))
        mark = WORKSHEET["a mark"]
        if tree is None:
            return [Line(self._symbol(entry), "=", _minus(result), mark)]
        numbers = {self._symbol(name): self._text(name) for name in names_in(tree)}
        symbols = replaced(tree, lambda part: self._symbol(part) if isinstance(part, Name) else part)
        filled = [] if isinstance(tree, Name) or not numbers else [Line("", "=", PutIn(symbols, numbers))]
        return [Line(self._symbol(entry), "=", symbols), *filled, Line("", "=", _minus(result), mark)]

    def _text(self, name: Name) -> str:
        return in_digits(self.problem.solution.number(name))

    def _symbol(self, name: Name) -> Name:
        """The entry as it is written: x1 of a path is x at step 1; an only entry has no index."""
        solution = self.problem.solution
        if name.quantity == "learning_rate":
            return Name("alpha")
        if "function" in self.found.plain and name.quantity in solution.quantities:
            stem = name.quantity.rstrip("0123456789")
            return Name(stem, (int(name.quantity[len(stem) :]),))
        held = solution.quantities.get(name.quantity)
        return Name(name.quantity) if held is not None and held.value.size == 1 else name


@dataclass(frozen=True)
class Worksheet:
    """A student's sheet on one topic: three exercises, the second and third harder than the one before."""

    topic: str
    student: str
    seed: int
    exercises: tuple[Exercise, ...]

    @property
    def marks(self) -> int:
        """How many there are to be had."""
        return sum(exercise.marks for exercise in self.exercises)

    @property
    def title(self) -> str:
        """What the sheet is about."""
        return WORKSHEET[self.topic]

    def sheet(self) -> Document:
        """The sheet to be done."""
        facts = ((WORKSHEET["student"], self.student), (WORKSHEET["marks"], str(self.marks)))
        parts = tuple(exercise.sheet() for exercise in self.exercises)
        return Document(WORKSHEET["kind"], self.title, WORKSHEET["rule"], parts, facts, self.to_json())

    def solution(self) -> Document:
        """The solution, with a mark for every step."""
        facts = ((WORKSHEET["student"], self.student), (WORKSHEET["marks"], str(self.marks)))
        parts = tuple(exercise.solved() for exercise in self.exercises)
        data = self.to_json() | {"answers": [exercise.answers() for exercise in self.exercises]}
        return Document(
            WORKSHEET["kind of a solution"], self.title, WORKSHEET["lead of a solution"], parts, facts, data
        )

    def problems(self) -> list[dict[str, Any]]:
        """What `mark` reads, one for each exercise."""
        return [exercise.plain for exercise in self.exercises]

    def to_json(self) -> dict[str, Any]:
        """The sheet as plain data."""
        return {"topic": self.topic, "student": self.student, "seed": self.seed, "marks": self.marks,
                "problems": self.problems()}  # fmt: skip

    def markdown(self) -> str:
        """The sheet to be done, as Markdown."""
        return self.sheet().markdown()

    def latex(self) -> str:
        """The sheet to be done, as a LaTeX document."""
        return self.sheet().latex()

    def html(self) -> str:
        """The sheet to be done, as a page."""
        return self.sheet().html()

    def moodle(self) -> str:
        """The exercises as Moodle XML: cloze questions that mark themselves."""
        from glassnet.lab.worksheets.moodle import quiz

        return quiz([self])

    def save(self, folder: str | os.PathLike[str], formats: Sequence[str] = KEPT) -> list[Path]:
        """Writes sheet and solution in these formats, and the problems for `mark`; the files' names."""
        stem, written = f"{self.topic}-{self.student}", []
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for format in formats:
            if format not in KEPT:
                raise unknown_name("format of a worksheet", format, KEPT)
            ending, write = FORMATS[format]
            for name, document in ((stem, self.sheet()), (f"{stem}-solution", self.solution())):
                written.append(folder / f"{name}{ending}")
                replace_file(written[-1], [write(document).encode()])
        for exercise in self.exercises:
            written.append(folder / f"{stem}-{exercise.place}.json")
            replace_file(written[-1], [json.dumps(exercise.plain, indent=1).encode()])
        return written

    def __str__(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        has = f"{len(self.exercises)} exercises, {self.marks} marks"
        return f"Worksheet({self.topic!r}, {self.student!r}, seed={self.seed}: {has})"

    def _repr_markdown_(self) -> str:
        return self.markdown()


def worksheet(topic: str, student: str | int = 1, *, seed: int = 0) -> Worksheet:
    """A worksheet with a student's own numbers, found so that the results on the way are short.

    Args:
        topic: perceptron, gates, forward, backward, update, softmax, optimizers or descent.
        student: a number or a name in letters, digits, points and dashes; each has other numbers.
        seed: another one gives everybody other numbers.

    Returns:
        The sheet: `.sheet()` and `.solution()` are documents (`.html()`, `.latex()`, `.markdown()`), `.problems()` what
        `gn.mark` reads, `.moodle()` questions that mark themselves, `.save(folder)` writes them all.

    Raises:
        SettingError: a topic or a student that cannot be used.

    Example:
        >>> import glassnet as gn
        >>> sheet = gn.worksheet("backward", 7)
        >>> sheet
        Worksheet('backward', '7', seed=0: 3 exercises, 50 marks)
        >>> [exercise.marks for exercise in sheet.exercises]
        [5, 18, 27]
        >>> report = gn.mark(sheet.problems()[0], sheet.exercises[0].answers())
        >>> report.marks == report.out_of
        True

    Source: the exercises are those of the lecture; how numbers are chosen is the project's own.
    """
    return worksheets(topic, [str(student)], seed=seed)[0]


def worksheets(topic: str, students: Iterable[str | int], *, seed: int = 0) -> list[Worksheet]:
    """A worksheet for each of these students, no two of them with the same numbers.

    Args, Source: as of `worksheet`.

    Raises:
        SettingError: an unknown topic, a student twice, a name that is none, more than 2000 students.

    Example:
        >>> [sheet.title for sheet in worksheets("descent", ["anna", 1017], seed=7)]
        ['Gradient descent on a function', 'Gradient descent on a function']
    """
    if topic not in TOPICS:
        raise unknown_name("topic", topic, TOPICS)
    names = [str(student) for student in students]
    for name in names:
        if not STUDENT.fullmatch(name):
            raise SettingError(
                f"A student is a number or a name of letters, digits, points and dashes; given {name!r:.60}."
            )
    twice = next((name for name in names if names.count(name) > 1), None) if len(names) <= MOST_STUDENTS else None
    if twice is not None or not names or len(names) > MOST_STUDENTS:
        why = f"{twice} is there twice" if twice else f"given are {len(names)}"
        raise SettingError(f"Worksheets are for 1 to {MOST_STUDENTS} different students; {why}.")
    used: set[str] = set()
    return [_of_student(topic, name, seed, used) for name in names]


def _of_student(topic: str, student: str, seed: int, used: set[str]) -> Worksheet:
    exercises = []
    for place, level in enumerate(TOPICS[topic], 1):
        for attempt in range(ATTEMPTS):
            chosen = found(level, seed, f"{topic}/{student}", place, attempt)
            key = json.dumps([place, chosen.plain], sort_keys=True)
            if key not in used:
                break
        used.add(key)
        exercises.append(Exercise(place, level.task, chosen))
    return Worksheet(topic, student, seed, tuple(exercises))


# ---- numbers and words -----------------------------------------------------------------------------------------------


def in_digits(value: float) -> str:
    """A number as it is written: whole where it ends within six digits, else with four significant ones.

    >>> in_digits(0.4150000), in_digits(1 / 3), in_digits(-2.0), in_digits(123456.7)
    ('0.415', '0.3333', '-2', '123457')
    """
    if not isfinite(value) or value == 0:
        return "0" if value == 0 else str(value)
    short = f"{value:.6g}"
    if abs(float(short) - value) <= 1e-12 * abs(value) and "e" not in short:
        return short
    places = max(SIGNIFICANT - 1 - floor(log10(abs(value))), 0)
    return f"{value:.{places}f}"


def _minus(value: Any) -> str:
    return str(value).replace("-", "−")


def label(shown: str) -> str:
    """What the student writes before the answer, and what `mark` understands.

    >>> label("step2.W1.new"), label("W1.new[0,1]")
    ('step 2: W1 new', 'W1[0,1] new')
    """
    step, _, rest = shown.partition(".")
    if step.startswith("step"):
        return f"step {step[4:]}: {label(rest)}"
    return re.sub(r"\.new(\[.*\])?$", r"\1 new", shown)


def _rule_words(given: Mapping[str, Any]) -> str:
    learned = "threshold" not in given
    start = ", ".join(f"w{i + (0 if learned else 1)} = {_minus(w)}" for i, w in enumerate(given["start"]))
    if learned:
        return WORKSHEET["learned"].format(start=start)
    return WORKSHEET["fixed"].format(threshold=_minus(given["threshold"]), start=start)


def _optimizer_words(given: Mapping[str, Any]) -> str:
    settings = ", ".join(f"{WORKSHEET.get(key, key)} = {value:g}" for key, value in given.items() if key != "name")
    return f"{WORKSHEET[given['name']]}; {settings}"
