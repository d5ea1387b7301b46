"""A descent as a document: what the path did, two steps by hand, every step, the level points, the learning rates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from glassnet.lab.descent.formulas import derivatives, typeset
from glassnet.lab.descent.numbers import digits, point_words
from glassnet.lab.descent.pictures import pictures
from glassnet.lab.descent.quadratic import Rates
from glassnet.lab.descent.stationary import Level
from glassnet.lab.descent.verdict import WORDS, jump_words
from glassnet.lab.descent.way import End, Way
from glassnet.lab.expressions import Expression, Name, replaced
from glassnet.lab.rules import update_formulas
from glassnet.lab.show.document import Block, Cell, Document, Line, Lines, Part, PutIn, Table, Words
from glassnet.plots.readable import plural

if TYPE_CHECKING:
    from glassnet.lab.descent.descend import Descent

BY_HAND = 2  # steps that are shown with their numbers put in
MOST_ROWS = 2000  # of a table of steps; of a longer one the first and the last
LEADS = {
    "minimum": "The path comes to rest at a minimum.",
    "maximum": "The path rests on a maximum.",
    "saddle": "The path comes to rest at a saddle: no minimum.",
    "diverging": "The path diverges.",
    "oscillating": "The path oscillates.",
    "unfinished": "The path has not arrived yet.",
}


def document(descent: Descent, most_rows: int = MOST_ROWS, *, pictured: bool = True) -> Document:
    """All that there is to say, with tables of at most so many steps; for a terminal without pictures, and narrow."""
    parts = [
        Part("What the path did", tuple(told(descent, pictured))),
        Part("The function", tuple(_function(descent))),
        Part("Step by step", tuple(_by_hand(descent.ways[0]))),
        *(Part(_heading(descent, way), (every_step(way, most_rows, 7 if pictured else 5),)) for way in descent.ways),
        Part("Where the function is level", tuple(level_points(descent))),
    ]
    if descent.rates is not None:
        parts.append(Part("Learning rates", tuple(rates_of(descent, descent.rates))))
    title = f"Descent on {_call(descent.function.variables)} = {descent.function}"
    kept = tuple(part for part in parts if part.blocks)
    return Document("Descent", title, lead(descent), kept, tuple(facts(descent)), descent.to_json())


def lead(descent: Descent) -> str:
    """The answer in a sentence."""
    verdict, way = descent.verdicts[0], descent.ways[0]
    if way.end is End.LEVEL and verdict.word == "unfinished":
        return "The path lies on a level stretch: no gradient leads on."
    if verdict.approach is None or way.end is End.LEVEL or verdict.word not in ("minimum", "saddle", "unfinished"):
        return LEADS[verdict.word]
    coming = verdict.approach
    what = (
        f"{WORDS[coming.level.kind].replace('a ', 'the ', 1)} {point_words(way.function.variables, coming.level.point)}"
    )
    if coming.arrived:
        return f"The path converges to {what}{': no minimum' * (verdict.word == 'saddle')}."
    return f"The path has not arrived yet: it is {digits(coming.left, 3)} from {what}."


def _call(variables: Sequence[str]) -> str:
    return f"f({', '.join(variables)})"


def facts(descent: Descent) -> Iterator[tuple[str, str]]:
    """Start, end, and how."""
    way, variables = descent.ways[0], descent.function.variables
    yield "start", point_words(variables, way.points[0])
    yield "steps", f"{way.steps}"
    yield "end", point_words(variables, way.points[-1], 3)
    yield "f there", digits(float(way.values[-1]), 4)
    if len(descent.ways) == 1:
        yield "learning rate", digits(way.optimizer.rate(0))
        yield "optimizer", short(way)


def short(way: Way) -> str:
    """The optimizer's name: gradient descent."""
    return way.optimizer.name.replace("_", " ")


def settings(way: Way) -> str:
    """The optimizer's settings: learning_rate=0.1, eta=0.9."""
    return repr(way.optimizer).partition("(")[2].removesuffix(")")


def told(descent: Descent, pictured: bool, explained: bool = True) -> Iterator[Block]:
    """The explanation, the pictures, and the optimizers beside each other."""
    if explained:
        yield Words(descent.explanation)
    if pictured:
        yield from pictures(descent)
    if len(descent.ways) > 1:
        rows = [
            (short(way), verdict.word, str(way.steps), point_words(way.function.variables, way.points[-1], 4),
             digits(float(way.values[-1]), 4), settings(way))
            for way, verdict in zip(descent.ways, descent.verdicts, strict=True)
        ]  # fmt: skip
        header = ("optimizer", "verdict", "steps", "end", "f there", "settings")
        yield Table(header, tuple(rows), words=(0, 1, 3, 5))


# ---- the function --------------------------------------------------------------------------------------------------


def slope_name(variable: str) -> Name:
    """df/dx."""
    return Name(f"df/d{variable[:1]}", (int(variable[1:]),) if variable[1:] else ())


def _function(descent: Descent) -> Iterator[Block]:
    function, known = descent.function, derivatives(descent.function)
    lines = [Line(_call(function.variables), "=", typeset(function.tree))]
    if known.gradient is not None:
        pairs = zip(function.variables, known.gradient, strict=True)
        lines += [Line(slope_name(name), "=", typeset(slope)) for name, slope in pairs]
    if known.hessian is not None:
        lines += [
            Line(_second(a, b), "=", typeset(known.hessian[i][j]))
            for i, a in enumerate(function.variables)
            for j, b in enumerate(function.variables)
            if i <= j
        ]
    yield Lines(tuple(lines))
    if known.note:
        yield Words(known.note)


def _second(a: str, b: str) -> str:
    return f"d²f/d{a}²" if a == b else f"d²f/d{a}d{b}"


# ---- two steps by hand ---------------------------------------------------------------------------------------------


def _by_hand(way: Way) -> Iterator[Block]:
    slopes = derivatives(way.function).gradient
    rule = update_formulas(way.optimizer, way.function.variables[0], ())
    if slopes is None or not rule or not way.steps:
        return
    symbols = [(name, _with_slope(tree, way.function.variables[0])) for name, tree in rule.items()]
    yield Words(f"The rule of {short(way)}, for each variable:")
    yield Lines(tuple(Line(typeset(Name(name)), "=", tree) for name, tree in symbols))
    for step in range(min(BY_HAND, way.steps)):
        yield Words(f"Step {step + 1}, from {point_words(way.function.variables, way.points[step])}:")
        yield Lines(tuple(_step(way, step, slopes)))


def _with_slope(tree: Expression, variable: str) -> Expression:
    named = replaced(tree, lambda part: slope_name(variable) if part == Name(f"d{variable}") else part)
    return typeset(named)


def _step(way: Way, step: int, slopes: Sequence[Expression]) -> Iterator[Line]:
    numbers = _numbers(way, step)
    for k, (variable, slope) in enumerate(zip(way.function.variables, slopes, strict=True)):
        yield Line(slope_name(variable), "=", PutIn(slope, numbers))
        yield Line("", "=", digits(float(way.gradients[step, k])))
        for name, tree in update_formulas(way.optimizer, variable, ()).items():
            yield Line(typeset(Name(name)), "=", PutIn(tree, numbers))
            yield Line("", "=", numbers[Name(name)], total=False)


def _numbers(way: Way, step: int) -> dict[Name, str]:
    """What every name of a step's formulas is."""
    optimizer, scalars = way.optimizer, way.optimizer.start()
    for _ in range(step + 1):
        scalars = optimizer.advance(scalars)
    numbers = {key: float(value) for key, value in vars(optimizer).items() if isinstance(value, float)}
    numbers |= scalars | {"learning_rate": optimizer.rate(step)}
    for k, variable in enumerate(way.function.variables):
        numbers[variable], numbers[f"{variable}.new"] = way.points[step, k], way.points[step + 1, k]
        numbers[f"d{variable}"] = way.gradients[step, k]
        for moment, values in way.moments.items():
            numbers[f"{moment}.{variable}"], numbers[f"{moment}.{variable}.new"] = values[step, k], values[step + 1, k]
    return {Name(name): digits(float(value)) for name, value in numbers.items()} | {
        Name("e"): "2.718282",
        Name("pi"): "3.141593",
    }


# ---- every step ----------------------------------------------------------------------------------------------------


def _heading(descent: Descent, way: Way) -> str:
    return "Every step" if len(descent.ways) == 1 else f"Every step of {short(way)}"


def every_step(way: Way, most: int, significant: int) -> Table:
    """A row a step: the point, the value, the gradient, the moments."""
    variables = way.function.variables
    header = ["step", *variables, "f", *(f"df/d{name}" for name in variables)]
    header += [f"{moment}.{name}" for moment in way.moments for name in variables]
    rows = [tuple(_row(way, step, significant)) for step in range(way.steps + 1)]
    if len(rows) > most:
        first = 2 * most // 3
        left_out = plural(len(rows) - most, "step")
        rows = [*rows[:first], ("...", *[""] * (len(header) - 1)), *rows[len(rows) - most + first :]]
        return Table(tuple(header), tuple(rows), caption=f"{left_out} in the middle are left out here")
    return Table(tuple(header), tuple(rows))


def _row(way: Way, step: int, significant: int) -> Iterator[Cell]:
    yield str(step)
    yield from (digits(float(x), significant) for x in way.points[step])
    yield digits(float(way.values[step]), significant)
    yield from (digits(float(slope), 5) for slope in way.gradients[step])
    yield from (digits(float(x), 5) for values in way.moments.values() for x in values[step])


# ---- level points, rates -------------------------------------------------------------------------------------------


def level_points(descent: Descent) -> Iterator[Block]:
    """A row a level point."""
    reach = descent.search.reach
    where = (
        f"Searched from {-reach:g} to {reach:g}{' in every variable' if len(descent.function.variables) > 1 else ''}."
    )
    if not descent.stationary:
        yield Words(f"No point was found where the gradient is zero. {where}")
        return
    rows = [tuple(_level_row(descent, level)) for level in descent.stationary]
    header = ("point", "exactly", "f there", "kind", "eigenvalues of the Hessian", "rates below")
    kept = [k for k in range(len(header)) if k != 1 or any(row[1] for row in rows)]
    yield Table(tuple(header[k] for k in kept), tuple(tuple(row[k] for k in kept) for row in rows),
                words=tuple(place for place, k in enumerate(kept) if k in (0, 1, 3, 4)))  # fmt: skip
    if descent.search.left_out:
        where += f" {plural(descent.search.left_out, 'more level point')} in this range are left out."
    signs = "all positive a minimum, all negative a maximum, both a saddle"
    said = f" The Hessian's eigenvalues say the kind: {signs}."
    if any(level.corner for level in descent.stationary):
        said += " At a corner there are none: 0 lies between the gradients around it, and the values say the kind."
    yield Words(f"{where}{said}")


def _level_row(descent: Descent, level: Level) -> Iterator[str]:
    yield point_words(descent.function.variables, level.point)
    yield "" if level.exact is None else level.exact[0] if len(level.exact) == 1 else f"({', '.join(level.exact)})"
    yield digits(level.value)
    yield WORDS[level.kind] + " at a corner" * level.corner + ("" if level.alone else ", one of a valley")
    yield jump_words(level) if level.corner else ", ".join(digits(value, 5) for value in level.eigenvalues)
    smooth = level.kind == "minimum" and not level.corner
    largest = Rates.of(descent.function.hessian(level.point)).largest if smooth else None
    yield "" if largest is None else digits(largest, 5)


def rates_of(descent: Descent, rates: Rates) -> Iterator[Block]:
    """The largest and the best rate, and what others would do."""
    yield Words("The function is quadratic: along an eigenvector of the Hessian, whose eigenvalue is lambda, a step of "
                "gradient descent takes the distance from the level point times 1 - rate lambda.")  # fmt: skip
    if rates.largest is None:
        yield Words(
            "An eigenvalue is not positive: there the function does not rise, and no rate brings a path to rest."
        )
        return
    positive = [value for value in rates.eigenvalues if value > 1e-12 * max(rates.eigenvalues)]
    low, high = min(positive), max(positive)
    shown = f"{digits(rates.largest * high, 5)} / {digits(high, 5)} = {digits(rates.largest, 6)}"
    lines = [Line("largest rate", "<", shown, "2 / lambda_max" if rates.best is not None else "with this momentum")]
    if rates.best is not None:
        shown = f"2 / ({digits(low, 5)} + {digits(high, 5)}) = {digits(rates.best, 6)}"
        lines.append(Line("best rate", "=", shown, "2 / (lambda_min + lambda_max)"))
    yield Lines(tuple(lines))
    if rates.factors and rates.best is not None:
        yield _table_of_rates(rates, descent.ways[0].optimizer.rate(0), low, high)


def _table_of_rates(rates: Rates, used: float, low: float, high: float) -> Table:
    """What other rates would do: the slowest direction's factor, and how many steps it takes to a millionth."""
    assert rates.largest is not None
    assert rates.best is not None
    largest, best = rates.largest, rates.best
    notes = {best / 4: "", best: "the best", 0.95 * largest: "", largest: "the largest", 1.05 * largest: ""}
    notes[used] = " ".join(filter(None, ["this one", notes.get(used, "")]))
    factors = {rate: max((1 - rate * low, 1 - rate * high), key=abs) for rate in sorted(notes)}
    rows = [(digits(rate, 5), digits(f, 5), _steps_to_a_millionth(f), notes[rate]) for rate, f in factors.items()]
    return Table(("rate", "factor of the slowest direction", "steps to a millionth", ""), tuple(rows), words=(3,))


def _steps_to_a_millionth(factor: float) -> str:
    if factor == 0:
        return "1"
    if abs(abs(factor) - 1) <= 1e-12:
        return "swings for ever" if factor < 0 else "does not move"
    return "diverges" if abs(factor) > 1 else f"{math.ceil(-6 * math.log(10) / math.log(abs(factor))):,}"
