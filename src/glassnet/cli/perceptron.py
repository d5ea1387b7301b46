"""`glassnet perceptron`: the course's rule on a gate or a table, and whether a line can do it at all."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.options import AsJson, Plain, option
from glassnet.cli.output import Output
from glassnet.cli.writing import Format, Out, check_format
from glassnet.errors import DataError, SettingError
from glassnet.lab.expressions import written as number
from glassnet.lab.perceptron.beside import gates_report
from glassnet.lab.perceptron.exact import Vector
from glassnet.lab.perceptron.learner import Perceptron
from glassnet.lab.perceptron.points import Points
from glassnet.lab.perceptron.points import gate as gate_of
from glassnet.lab.perceptron.report import report
from glassnet.lab.show import save, written
from glassnet.lab.show.document import Document, terminal

MOST_PRESENTED = 1_000_000  # rows that are presented unless it is said how many passes there are
GATES = "and, or, nand, nor, xor, ..., majority-5, parity-3; all: all of two inputs"


def perceptron(
    gate: Annotated[str | None, option("NAME", f"What it learns: {GATES}.")] = None,
    data: Annotated[Path | None, option("CSV", "Or the rows of a table.")] = None,
    target: Annotated[str | None, option("COLUMN", "The table's column of classes; by default the last.")] = None,
    threshold: Annotated[str | None, option("NUMBER", "A fixed threshold; without it, it is learned.")] = None,
    start: Annotated[str | None, option("1,1", "The start: w1,w2,..., with a learned threshold also w0,w1,...")] = None,
    order: Annotated[str, option("given|random|1,3,0,2", "How rows are presented: as they stand, or these.")] = "given",
    tie: Annotated[str, option("positive|negative", "What z = 0 is; scikit-learn's is negative.")] = "positive",
    rate: Annotated[str, typer.Option("--learning-rate", metavar="NUMBER", help="What a row is multiplied by.")] = "1",
    epochs: Annotated[
        int | None, option("N", "Passes over the rows at most; by default 1000, of large tables fewer.")
    ] = None,
    seed: Annotated[int | None, option("N", "Of the random order.")] = None,
    sklearn: Annotated[bool, typer.Option("--sklearn", help="With --gate all: scikit-learn's beside it.")] = False,
    format: Format = "terminal",
    out: Out = None,
    as_json: AsJson = False,
    plain: Plain = False,
) -> int:
    """Learn a gate or a table by the course's rule: every presentation, the boundary, or a proof that there is none."""
    check_format(format, out)
    output = Output.of(as_json, plain)
    if gate == "all":
        _refuse(
            data=data,
            target=target,
            threshold=threshold,
            start=start,
            seed=seed,
            order=order != "given",
            tie=tie != "positive",
            learning_rate=rate != "1",
            epochs=epochs,
        )
        document = gates_report(sklearn=sklearn)
    else:
        if sklearn:
            raise SettingError("--sklearn runs scikit-learn's beside ours on the gates: --gate all --sklearn.")
        if seed is not None and order != "random":
            raise SettingError("--seed is for --order random; in another order nothing is drawn.")
        points = _points(gate, data, target)
        learner = Perceptron(
            None if threshold is None else _number("--threshold", threshold),
            tie=tie,
            order=_order(order),
            start=None if start is None else _numbers("--start", start),
            learning_rate=_number("--learning-rate", rate),
            epochs=max(10, min(1000, MOST_PRESENTED // len(points.rows))) if epochs is None else epochs,
            seed=seed or 0,
        )
        document = report(learner.fit(points))
    _show(document, output, format, out)
    return 0


def _refuse(**given: object) -> None:
    """Raises SettingError for options that would change nothing on the sixteen gates together."""
    named = [f"--{name.replace('_', '-')}" for name, value in given.items() if value not in (None, False)]
    if named:
        raise SettingError(f"--gate all takes no {named[0]}: it shows all gates from the same start; name one gate.")


def _show(document: Document, output: Output, format: str, out: Path | None) -> None:
    if out is not None:
        save(document, out, "A perceptron")
        output.result({"file": str(out)})
        output.show(f"The perceptron is written to {out}.")
    elif output.as_json:
        output.result(document.to_json())
    elif format != "terminal":
        output.show_text(written(document, format))
    elif output.plain:
        output.show_text(document.markdown())
    else:
        output.show(terminal.drawn(document))


def _points(gate: str | None, data: Path | None, target: str | None) -> Points:
    if (gate is None) == (data is None):
        raise SettingError("Say what it learns: --gate NAME, such as xor or majority-5, or --data CSV; one of them.")
    if data is not None:
        return Points.read(data, target=target)
    if target is not None:
        raise SettingError("--target names a column of --data; a gate has its own outputs.")
    assert gate is not None
    return gate_of(gate)


def _number(option: str, text: str) -> Fraction:
    """A number as it is written: 2.5 or 1/3."""
    try:
        return number(text)
    except DataError:
        raise SettingError(f"{option} is a number, such as 2.5 or 1/3; given {text!r}.") from None


def _numbers(option: str, text: str) -> Vector:
    """Numbers with commas between them.

    >>> _numbers("--start", "1, -0.5")
    (Fraction(1, 1), Fraction(-1, 2))
    """
    return tuple(_number(option, part) for part in text.split(","))


def _order(text: str) -> str | tuple[int, ...]:
    """A word, or the rows' numbers.

    >>> _order("random"), _order("1,3,0,2")
    ('random', (1, 3, 0, 2))
    """
    if not re.fullmatch(r"[0-9 ]+(,[0-9 ]+)*", text) or len(text) > 10_000:
        return text
    return tuple(int(part) for part in text.split(","))
