"""The slides' two tables: every presentation with its arithmetic, and every row against the line that was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from glassnet.lab.expressions import MINUS, Expression, Name, Number, plus, times
from glassnet.lab.perceptron.exact import short
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.points import Points
from glassnet.lab.perceptron.rule import Learned, Presentation
from glassnet.lab.show.document import Block, Cell, PutIn, Table, Words
from glassnet.plots.readable import count, plural

MOST_ROWS = 40  # of a table
MOST_WEIGHTS = 4  # inputs up to which every weight has a column, and z its arithmetic


def trace_table(learned: Learned) -> Iterator[Block]:
    """The first presentations, and below them the weights that they led to."""
    rule, points = learned.rule, learned.rule.points
    presented = learned.trace(MOST_ROWS)
    wide = points.dimension > MOST_WEIGHTS
    weights = ("w",) if wide else (*(("w0",) if rule.learned else ()),
                                   *(f"w{k}" for k in range(1, points.dimension + 1)),
                                   *(() if rule.learned else ("-θ",)))  # fmt: skip
    header = ("", *weights, "x", "class", "z", "says", "")
    rows = [_presentation(points, p, rule.learned, wide) for p in presented]
    last = presented[-1].after
    rows.append(("", *_weights(last, rule.learned, wide), "", "", "", "", ""))
    marked = {k: "wrong" for k, p in enumerate(presented) if not p.right}
    words = (1 + len(weights), 2 + len(weights), 3 + len(weights), 4 + len(weights), 5 + len(weights))
    yield Table(header, tuple(rows), words=(*((1,) if wide else ()), *words), marked=marked)
    if learned.presentations > len(presented):
        rest = learned.presentations - len(presented)
        yield Words(f"And {plural(rest, 'presentation')} more, with {_mistakes(learned, presented)} in them.")


def _mistakes(learned: Learned, presented: Sequence[Presentation]) -> str:
    rest = learned.mistakes - sum(not p.right for p in presented)
    return plural(rest, "mistake") if rest else "no mistake"


def _presentation(points: Points, p: Presentation, learned: bool, wide: bool) -> tuple[Cell, ...]:
    z: Cell = short(p.z) if wide else arithmetic(p.before, points.rows[p.row], p.z, learned)
    verdict = "right" if p.right else f"wrong, w {'+' if p.target else '-'} x"
    x = f"row {p.row}" if wide else points.at(p.row)
    return (str(p.number), *_weights(p.before, learned, wide), x, points.label(p.target), z, points.label(p.output),
            verdict)  # fmt: skip


def _weights(line: Line, learned: bool, wide: bool) -> tuple[Cell, ...]:
    values = [line.w0, *line.weights] if learned else [*line.weights, -line.threshold]
    if not wide:
        return tuple(map(short, values))
    cut = [short(value) for value in values[: MOST_WEIGHTS + 1]]
    return (f"({', '.join(cut)}{', ...' if len(values) > len(cut) else ''})",)


def arithmetic(line: Line, x: Sequence[Fraction], z: Fraction, learned: bool) -> PutIn:
    """z with its numbers put in: -3 + 2×1 + 1×0 = -1, or 2×1 + 2×0 - 2.5 = -0.5.

    >>> from glassnet.lab.show.document import plain
    >>> line = Line((Fraction(2), Fraction(2)), Fraction(5, 2))
    >>> plain(arithmetic(line, (Fraction(1), Fraction(0)), Fraction(-1, 2), False))
    '2×1 + 2×0 - 2.5 = -0.5'
    """
    numbers: dict[Name, str] = {}
    terms: list[Expression] = []
    for k, (w, value) in enumerate(zip(line.weights, x, strict=True), 1):
        numbers |= {Name("w", (k,)): short(w), Name("x", (k,)): short(value)}
        terms.append(times(Name("w", (k,)), Name("x", (k,))))
    numbers[Name("theta")] = short(abs(line.threshold))
    if learned:
        numbers[Name("w", (0,))] = short(line.w0)
        return PutIn(plus(Name("w", (0,)), *terms), numbers, short(z))
    constant = Name("theta") if line.threshold < 0 else times(MINUS, Name("theta"))
    return PutIn(plus(*terms, constant), numbers, short(z))


def check(line: Line, points: Points) -> Table:
    """Every row (the first of many), its z, what the perceptron says, and the class it has."""
    rows: list[tuple[Cell, ...]] = []
    marked: dict[int, str] = {}
    wide = points.dimension > MOST_WEIGHTS
    for k, (x, positive) in enumerate(zip(points.rows[:MOST_ROWS], points.positive, strict=False)):
        says = line.positive(x)
        marked |= {} if says == positive else {k: "wrong"}
        place = (f"row {k}",) if wide else tuple(map(short, x))
        rows.append((*place, short(line.z(x)), points.label(says), points.label(positive)))
    header = ("row",) if wide else points.inputs
    left = (0,) if wide else ()
    more = len(points.rows) - len(rows)
    caption = f"The first {len(rows)} of {count(len(points.rows))} rows" if more else ""
    return Table((*header, "z", "says", "is"), tuple(rows), caption, left, marked)


def number(value: Fraction) -> Expression:
    """A number in a formula."""
    return times(MINUS, Number(short(-value))) if value < 0 else Number(short(value))
