"""Generated worksheets, answered by the engine and rounded by rule: every one has to have full marks.

    python benchmarks/worksheets.py [SHEETS] [SEED]

A sheet is one student's three exercises of one topic; the topics take turns, and every processor takes classes of its
own. Counted are sheets and answers, how many results end, and how many digits those have. A sheet that is not marked
full is shown, and the status is 1.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from environment import arguments

from glassnet.lab.marking import mark
from glassnet.lab.worksheets import TOPICS, Worksheet, worksheets
from glassnet.lab.worksheets.exact import ENDLESS, digits

CLASS = 50  # sheets made at a time: no two of a class have the same numbers

Counts = tuple[Counter[str], Counter[int], float]


def main(sheets: int, seed: int) -> int:
    counted: Counter[str] = Counter()
    lengths: Counter[int] = Counter()
    started, seconds, topics = time.perf_counter(), 0.0, list(TOPICS)
    with ProcessPoolExecutor() as pool:
        classes = range(0, sheets, CLASS)
        for counts, of_digits, busy in pool.map(of_class, classes, [sheets] * len(classes), [seed] * len(classes)):
            counted.update(counts)
            lengths.update(of_digits)
            seconds += busy
    ending = sum(n for length, n in lengths.items() if length < ENDLESS)
    taken = f"{time.perf_counter() - started:.0f} s, {seconds:.0f} s of processor time"
    print(f"{counted['sheets']} sheets ({counted['answers']} answers) of {len(topics)} topics, seed {seed}, {taken}: "
          f"{counted['full']} marked full")  # fmt: skip
    shares = ", ".join(f"{length} {n / ending:.1%}" for length, n in sorted(lengths.items()) if length < ENDLESS)
    print(f"{ending / sum(lengths.values()):.1%} of the results end; digits of those: {shares}")
    return 0 if counted["full"] == counted["sheets"] == sheets else 1


def of_class(number: int, sheets: int, seed: int) -> Counts:
    """The sheets of a class, from this number on: what was counted, the digits of the results, the processor time."""
    counted: Counter[str] = Counter()
    lengths: Counter[int] = Counter()
    started, topics = time.process_time(), list(TOPICS)
    topic = topics[number // CLASS % len(topics)]
    for sheet in worksheets(topic, range(number + 1, min(number + CLASS, sheets) + 1), seed=seed):
        full(sheet, counted)
        lengths.update(int(digits(x)) for exercise in sheet.exercises for x in exercise.found.numbers.values())
    return counted, lengths, time.process_time() - started


def full(sheet: Worksheet, counted: Counter[str]) -> None:
    """Counts a sheet, and shows it where a mark is missing."""
    reports = [mark(exercise.problem, exercise.answers()) for exercise in sheet.exercises]
    lost = sum(report.out_of - report.marks for report in reports)
    counted.update(sheets=1, answers=sum(report.out_of for report in reports), full=lost == 0)
    if lost:
        print(f"{sheet.topic}, student {sheet.student}: {lost} marks lost", *map(str, reports), sep="\n")


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("sheets", type=int, nargs="?", default=10000)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    given = parser.parse_args()
    sys.exit(main(given.sheets, given.seed))
