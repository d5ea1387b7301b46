"""`glassnet worksheet`: exercises with each student's own numbers, their solutions, the problems that `mark` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from glassnet.cli.options import AsJson, Plain, option
from glassnet.cli.output import Output
from glassnet.errors import SettingError, unknown_name
from glassnet.files.atomic import replace_file
from glassnet.lab.worksheets import TOPICS, worksheets
from glassnet.lab.worksheets.moodle import quiz
from glassnet.lab.worksheets.sheet import KEPT, MOST_STUDENTS

FORMATS = (*KEPT, "moodle")


def worksheet(
    topic: Annotated[str, option("|".join(TOPICS), "What the exercises are about.")],
    students: Annotated[str, option("N|NAMES", "How many students, or their numbers: 30, or 1017,1023,anna.")] = "1",
    seed: Annotated[int, option("S", "Another one gives everybody other numbers.")] = 0,
    format: Annotated[list[str] | None, option("|".join(FORMATS), "How they are written; html by default.")] = None,
    out: Annotated[Path | None, option("FOLDER", "Where to: worksheets/TOPIC by default.")] = None,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Write worksheets: other numbers for each student, the solutions beside them, and the problems for `mark`."""
    formats = [each.strip() for given in format or ["html"] for each in given.split(",")]
    for each in formats:
        if each not in FORMATS:
            raise unknown_name("format of a worksheet", each, FORMATS)
    output = Output.of(as_json, plain)
    sheets = worksheets(topic, _students(students), seed=seed)
    folder = out or Path("worksheets") / topic
    if folder.exists() and not folder.is_dir():
        raise SettingError(f"{folder} is a file; worksheets need a folder.")
    files = [path for sheet in sheets for path in sheet.save(folder, [each for each in formats if each in KEPT])]
    if "moodle" in formats:
        files.append(folder / f"{topic}.xml")
        replace_file(files[-1], [quiz(sheets).encode()])
    output.result({"files": [str(path) for path in files]})
    many = f"{len(sheets)} worksheets" if len(sheets) > 1 else "A worksheet"
    output.show(f"{many} on {topic}, with solutions and problems, in {folder}: {len(files)} files.")
    first = f"{topic}-{sheets[0].student}"
    output.show(f"Answers are marked by: glassnet mark {folder / f'{first}-1.json'} ANSWERS.json")
    return 0


def _students(given: str) -> list[str]:
    """ "3" is the students 1, 2 and 3; "1017,1023" is these two."""
    if "," in given:
        return [part.strip() for part in given.split(",") if part.strip()]
    if not given.strip().isdigit():
        return [given.strip()]
    count = int(given)
    if not 1 <= count <= MOST_STUDENTS:
        raise SettingError(f"--students is how many there are, from 1 to {MOST_STUDENTS}, or their names, with commas.")
    return [str(number) for number in range(1, count + 1)]
