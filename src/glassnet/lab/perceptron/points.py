"""Points of two classes, as they are written: what a perceptron learns from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.data.csv import read_csv
from glassnet.data.encoding import as_labels
from glassnet.errors import DataError, SettingError, ShapeError, unknown_name
from glassnet.files.atomic import PathLike
from glassnet.lab.perceptron.exact import Vector, short, vector
from glassnet.typing import Array, ArrayLike

LONE = {0: False, -1: False, 1: True}  # what a label means where it is the only one


@dataclass(frozen=True)
class Points:
    """n rows of d numbers, which of them are positive, and what the two classes and the inputs are called."""

    rows: tuple[Vector, ...]
    positive: tuple[bool, ...]
    classes: tuple[Any, Any] = (0, 1)
    names: tuple[str, ...] = ()
    title: str = ""

    @classmethod
    def of(cls, X: ArrayLike, y: ArrayLike, *, positive: Any = None, title: str = "") -> Points:
        """The rows of X (n, d) with their labels y (n,): two words or numbers, of which the later one is positive.

        Raises:
            ShapeError: no rows, or rows and labels that do not belong together.
            DataError: more than two classes, a number that is not finite.

        >>> Points.of([[0.1], [0.9]], ["N", "P"]).positive
        (False, True)
        """
        rows, labels = rows_of(X), as_labels(y)
        if len(rows) != len(labels):
            raise ShapeError(f"X has {len(rows)} rows and y has {len(labels)} labels.")
        classes = classes_of(labels, positive)
        return cls(rows, tuple(bool(label == classes[1]) for label in labels), classes, title=title)

    @classmethod
    def read(cls, path: PathLike, *, target: str | None = None) -> Points:
        """The rows of a CSV file; the target is the last column, or the one that is named.

        Raises: MissingFileError, DataError and SettingError, as `glassnet.data.csv.read_csv`.
        """
        table = read_csv(path, target=target)
        assert table.y is not None
        points = cls.of(table.X, table.y, title=str(path))
        return cls(points.rows, points.positive, points.classes, table.feature_names, points.title)

    @property
    def dimension(self) -> int:
        """How many numbers a row has."""
        return len(self.rows[0])

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """What the columns are called: x1, x2, ... unless a table named them."""
        return self.names or tuple(f"x{k}" for k in range(1, self.dimension + 1))

    def label(self, positive: bool) -> str:
        """The name of a class."""
        return str(self.classes[positive])

    def at(self, row: int) -> str:
        """A row as it is written: (0, 1)."""
        return f"({', '.join(map(short, self.rows[row]))})"


def rows_of(X: ArrayLike) -> tuple[Vector, ...]:
    """The rows of X (n, d) as they are written; of a single column (n,) is enough.

    Raises:
        ShapeError: no rows, rows without numbers, or of different lengths.
        DataError: a number that is not finite.
    """
    if isinstance(X, np.ndarray) or not isinstance(X, Sequence):
        array: Array = np.asarray(X)
        if array.ndim == 0:
            raise ShapeError(f"X has the shape (n, d), a row for each point; given {X!r:.60}.")
        given: Sequence[Any] = list(array)
    else:
        given = X
    rows = tuple(vector(row) if isinstance(row, (Sequence, np.ndarray)) and not isinstance(row, str)
                 and np.ndim(row) else vector([row]) for row in given)  # fmt: skip
    if not rows or not rows[0]:
        raise ShapeError("X has the shape (n, d) with at least one row and one column; it is empty.")
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise ShapeError(f"The rows of X have different lengths: {', '.join(map(str, sorted(lengths)))}.")
    return rows


def classes_of(labels: Array, positive: Any = None) -> tuple[Any, Any]:
    """(negative, positive): the labels in their order, unless the positive one is named.

    Raises:
        DataError: more than two, or a single one that does not say which it is.
        SettingError: a positive label that does not occur.
    """
    found = np.unique(labels).tolist()
    if len(found) > 2:
        raise DataError(f"A perceptron tells two classes apart; y has {len(found)}: {', '.join(map(str, found[:6]))}.")
    if positive is not None and positive not in found:
        if len(found) == 2:
            raise SettingError(f"The positive label is {positive!r}; y has {found[0]!r} and {found[1]!r}.")
        return found[0], positive
    if len(found) == 2:
        return (found[0], found[1]) if positive in (None, found[1]) else (found[1], found[0])
    lone = found[0]
    if positive is not None:
        return None, lone
    if lone not in LONE:
        raise DataError(f"Every row has the label {lone!r}; say whether it is the positive one by positive=.")
    return (0, 1) if lone != -1 else (-1, 1)


# ---- gates ---------------------------------------------------------------------------------------------------------

# The output for the rows 00, 01, 10, 11. All 16 functions of two inputs, by their usual names.
GATES = {
    "false": "0000",
    "nor": "1000",
    "x2-not-x1": "0100",
    "not-x1": "1100",
    "x1-not-x2": "0010",
    "not-x2": "1010",
    "xor": "0110",
    "nand": "1110",
    "and": "0001",
    "xnor": "1001",
    "x2": "0101",
    "implies": "1101",
    "x1": "0011",
    "implied-by": "1011",
    "or": "0111",
    "true": "1111",
}
# Gates of any number of inputs, by how many of them are 1.
MANY: dict[str, Callable[[int, int], bool]] = {
    "and": lambda ones, inputs: ones == inputs,
    "or": lambda ones, inputs: ones > 0,
    "nand": lambda ones, inputs: ones < inputs,
    "nor": lambda ones, inputs: ones == 0,
    "majority": lambda ones, inputs: 2 * ones > inputs,
    "parity": lambda ones, inputs: ones % 2 == 1,
    "xor": lambda ones, inputs: ones % 2 == 1,
}
ALIKE = {"parity": "xor"}  # of two inputs
MOST_INPUTS = 10


def gate(name: str) -> Points:
    """The truth table of a gate of two inputs by its name, or of more: and-3, or-4, nand-3, majority-5, parity-3.

    Any other is named by its outputs, for the rows 0...00, 0...01, ..., 1...11: 01101001 is parity-3.

    Raises:
        SettingError: a name that is none, or more inputs than a table is written for.

    >>> gate("nand").positive
    (True, True, True, False)
    >>> sum(gate("majority-3").positive)
    4
    >>> gate("01101001").positive == gate("parity-3").positive
    True
    """
    if re.fullmatch("[01]{2,}", name):
        return _table(name)
    stem, _, inputs = name.lower().replace("_", "-").rpartition("-")
    if inputs.isdigit() and stem in MANY:
        return _many(stem, int(inputs))
    known = ALIKE.get(name.lower(), name.lower())
    if known not in GATES:
        raise unknown_name("gate", name, [*GATES, *(f"{many}-N" for many in MANY)])
    rows = _rows(2)
    return Points(rows, tuple(output == "1" for output in GATES[known]), title=name.upper())


def _table(outputs: str) -> Points:
    inputs = len(outputs).bit_length() - 1
    if len(outputs) != 2**inputs or inputs > MOST_INPUTS:
        raise SettingError(f"A truth table has 2, 4, 8, ... up to {2**MOST_INPUTS} outputs; given {len(outputs)}.")
    return Points(_rows(inputs), tuple(output == "1" for output in outputs), title=outputs)


def _many(name: str, inputs: int) -> Points:
    if not 1 <= inputs <= MOST_INPUTS:
        raise SettingError(f"A truth table is written for 1 to {MOST_INPUTS} inputs, which is {2**MOST_INPUTS} rows; "
                           f"given {inputs}.")  # fmt: skip
    rows = _rows(inputs)
    outputs = tuple(MANY[name](int(sum(row)), inputs) for row in rows)
    return Points(rows, outputs, title=f"{name.upper()} of {inputs} inputs")


def _rows(inputs: int) -> tuple[Vector, ...]:
    """0...00, 0...01, ..., 1...11."""
    return tuple(vector(number >> place & 1 for place in reversed(range(inputs))) for number in range(2**inputs))
