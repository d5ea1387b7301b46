"""Tables: CSV with a header line, numbers and words, to a data matrix.

The rules, all of them:

- Cells are separated by commas, semicolons or tabs, whichever the header has most of; quotes are as in RFC 4180.
  Where the separator is no comma, a decimal comma is read too (1,5).
- A column is what its first cell is: numbers or words. A number among words or a word among numbers is refused, and so
  are empty cells, NaN and infinities: nothing is filled in silently.
- A column of words becomes one column for each different word, named ``colour=red``, that is 1 where the word stands.
- The target is the last column, or the one that is named.
- Pixels: a table of at least 49 number columns with nothing but whole numbers 0..255, some above 127, is kept as
  uint8, so that it is scaled as pictures are.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import NoReturn

import numpy as np

from glassnet.data.growing import Growing
from glassnet.data.reader import ByteReader, PathLike, open_reader
from glassnet.errors import Fault, FormatError, unknown_name
from glassnet.typing import Array

CSV_LIMIT = 2**29  # bytes of text that are read
WORD_LIMIT = 1000  # different words that a feature column may hold
LENGTH_LIMIT = 100  # characters of a word or a name; NumPy gives every word the room of the longest
DIFFERENT = 200_000  # different words in all columns together
LINE_LIMIT = 2**22  # characters of a line, and of a row over several lines
COLUMN_LIMIT = 100_000
PIXEL_COLUMNS = 49  # a picture has at least 7 x 7 pixels
DELIMITERS = ",;\t"
MISSING = "fill it in or leave the row out; the estimators do it with preprocess='auto'"
AS_NUMBERS = "an NPY or NPZ file holds them as they are"
SHOWN, LISTED = 12, 1000  # names in a sentence, and names compared for it


@dataclass(frozen=True)
class Column:
    """A column of a table: numbers, pixels, or words with the categories that became one-hot columns."""

    name: str
    categories: tuple[str, ...] | None = None
    pixels: bool = False

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the columns that it has in the data matrix."""
        if self.categories is None:
            return (self.name,)
        return tuple(f"{self.name}={category}" for category in self.categories)


@dataclass(frozen=True)
class Table:
    """A table as a data matrix X (n, d) and, where it has one, its target y (n,), words or numbers."""

    X: Array
    y: Array | None
    columns: tuple[Column, ...]
    target: str | None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the columns of X."""
        return tuple(name for column in self.columns for name in column.feature_names)


def read_csv(path: PathLike, *, target: str | None = None, columns: Sequence[Column] | None = None) -> Table:
    """Reads a table by the rules above.

    columns: those of an earlier table (of the training data): the same columns are looked up by name, words get the
    same one-hot columns, and the target may be missing.

    Raises: MissingFileError; DataError that names line and column; SettingError for an unknown target.

    >>> import tempfile, pathlib; path = pathlib.Path(tempfile.mkdtemp(), "pets.csv")
    >>> _ = path.write_text("weight,colour,animal\\n4.5,red,cat\\n20,black,dog\\n")
    >>> table = read_csv(path)
    >>> table.X
    array([[ 4.5,  0. ,  1. ],
           [20. ,  1. ,  0. ]])
    >>> table.feature_names, table.y
    (('weight', 'colour=black', 'colour=red'), array(['cat', 'dog'], dtype='<U3'))
    """
    with open_reader(path, limit=CSV_LIMIT) as reader:
        return parse_csv(reader, target=target, columns=columns)


def parse_csv(reader: ByteReader, *, target: str | None = None, columns: Sequence[Column] | None = None) -> Table:
    """The table in the bytes of a CSV file."""
    cells = _Cells(reader)
    target_name: str | None
    if columns is None:
        target_name = _target(cells.header, target, reader.name)
        columns = [cells.column(name) for name in cells.header if name != target_name]
    else:
        target_name = _optional_target(cells.header, target, columns, reader.name)
    y = None if target_name is None else cells.target(target_name)
    X, columns = cells.matrix(columns)
    return Table(X, y, columns, target_name)


def _target(header: Sequence[str], target: str | None, name: str) -> str:
    if len(header) < 2:
        raise FormatError(
            Fault.UNUSABLE,
            f"{name} has only one column, {header[0]!r}; it needs a target and something to tell it from.",
        )
    if target is None:
        return header[-1]
    if target not in header:
        from difflib import get_close_matches

        near = header if len(header) <= SHOWN else get_close_matches(target, header[:LISTED], SHOWN, 0.0)
        raise unknown_name("column", target, near)
    return target


def _optional_target(header: Sequence[str], target: str | None, columns: Sequence[Column], name: str) -> str | None:
    """The target among the columns that are not those of the training data."""
    needed, there = {column.name for column in columns}, set(header)
    missing = [column.name for column in columns if column.name not in there]
    if missing:
        raise FormatError(Fault.UNUSABLE, f"{name} has no column {missing[0]!r}, which the network was trained on.")
    rest = [column for column in header if column not in needed]
    if target is not None:
        return target if target in rest else None
    return rest[-1] if rest else None


class _Cells:
    """The cells of a CSV file, read once from front to back: numbers as floats, words as positions in a list."""

    def __init__(self, reader: ByteReader) -> None:
        self.reader = reader
        self.name = reader.name
        lines = _Lines(reader)
        self.delimiter = lines.delimiter
        rows = _rows(lines, self.name)
        self.header = _header(next(rows, (1, []))[1], self.name)
        line, first = next(rows, (0, []))
        if line == 0:
            raise FormatError(Fault.UNUSABLE, f"{self.name} has a header but no rows.")
        self.is_number = [self._number(cell) is not None for cell in first]
        self.number_at = [i for i, number in enumerate(self.is_number) if number]
        self.word_at = [i for i, number in enumerate(self.is_number) if not number]
        self.numbers = Growing(len(self.number_at), "d", self._grown)
        self.codes = Growing(len(self.word_at), "q", self._grown)
        self.words: dict[int, dict[str, int]] = {i: {} for i in self.word_at}
        self.met: dict[int, list[int]] = {i: [] for i in self.word_at}  # the line in which each word stood first
        self.rows = self.different = 0
        for number, cells in chain([(line, first)], rows):
            self._add(number, cells)
        self.place = {name: i for i, name in enumerate(self.header)}

    def _add(self, line: int, cells: list[str]) -> None:
        if len(cells) != len(self.header):
            raise FormatError(
                Fault.MALFORMED, f"{self.name}, line {line}: {len(cells)} cells, but the header has {len(self.header)}."
            )
        texts = [cells[i] for i in self.number_at] if self.word_at else cells
        try:
            values = list(map(float, texts))
        except ValueError:  # a decimal comma, or no number
            values = [self._one_number(line, i, cells[i]) for i in self.number_at]
        if not math.isfinite(sum(values)):
            for i, value in zip(self.number_at, values, strict=True):
                if not math.isfinite(value):
                    self._refuse(line, i, cells[i], "not a finite number")
        self.numbers.add(values)
        if self.word_at:
            self.codes.add([self._code(line, i, cells[i].strip()) for i in self.word_at])
        self.rows += 1

    def _grown(self) -> None:
        target = 8 * self.rows
        self.reader.grow(self.numbers.nbytes + self.codes.nbytes + target, "numbers", AS_NUMBERS)

    def _code(self, line: int, i: int, word: str) -> int:
        code = self.words[i].get(word)
        return self._new_word(line, i, word) if code is None else code

    def _number(self, cell: str) -> float | None:
        if self.delimiter != "," and "." not in cell:
            cell = cell.replace(",", ".", 1)
        return _number(cell)

    def _one_number(self, line: int, i: int, cell: str) -> float:
        value = self._number(cell)
        if value is None:
            self._refuse(line, i, cell, "not a number as in the rows above")
        return value

    def _new_word(self, line: int, i: int, word: str) -> int:
        if word == "" or word.lower() == "nan":
            self._refuse(line, i, word, "not a word")
        if len(word) > LENGTH_LIMIT:
            self._refuse(line, i, word, f"a text of {len(word)} characters, too long for the name of a class")
        if self._number(word) is not None:
            self._refuse(line, i, word, "a number, not a word as in the rows above")
        self.different += 1
        if self.different > DIFFERENT:
            raise FormatError(
                Fault.TOO_LARGE, f"{self.name}, line {line}: the table holds more than {DIFFERENT} different words."
            )
        self.met[i].append(line)
        return self.words[i].setdefault(word, len(self.words[i]))

    def _refuse(self, line: int, i: int, cell: str, reason: str) -> NoReturn:
        what = f"is {cell[:40]!r}, {reason}" if cell.strip() else f"is empty; {MISSING}"
        raise FormatError(Fault.UNUSABLE, f"{self.name}, line {line}, column {self.header[i]!r} {what}.")

    def column(self, name: str) -> Column:
        """What is to be remembered of a column: its name and its words."""
        words = self.words.get(self.place[name])
        if words is not None and len(words) > WORD_LIMIT:
            raise FormatError(
                Fault.TOO_LARGE,
                f"{self.name}: column {name!r} holds {len(words)} different words; at most {WORD_LIMIT} become "
                "one-hot columns. Leave the column out, or group its words.",
            )
        return Column(name, None if words is None else tuple(sorted(words)))

    def matrix(self, columns: Sequence[Column]) -> tuple[Array, tuple[Column, ...]]:
        """The data matrix of these columns; they come back marked where they are pixels. The cells are then gone."""
        for column in columns:
            self._check(column)
        pixels = self._are_pixels(columns)
        lefts = list(accumulate((len(column.feature_names) for column in columns), initial=0))
        what = (
            ("numbers", AS_NUMBERS) if len(columns) == lefts[-1] else ("one-hot columns", "leave columns of words out")
        )
        self.reader.grow(((1 if pixels else 8) * lefts[-1] + 8) * self.rows, *what)  # and the target
        X = np.zeros((self.rows, lefts[-1]), np.uint8 if pixels else np.float64)
        place = {self.place[column.name]: left for column, left in zip(columns, lefts, strict=False)}
        numbers = [(k, place[i]) for k, i in enumerate(self.number_at) if i in place]
        for rows, block in self.numbers.released():
            X[rows, [left for _, left in numbers]] = block[:, [k for k, _ in numbers]]
        positions = {i: self._positions(columns, i) for i in place if not self.is_number[i]}
        for rows, block in self.codes.released():
            for k, i in enumerate(self.word_at):
                if i in place:
                    X[np.arange(rows.start, rows.stop), place[i] + positions[i][block[:, k]]] = 1.0
        return X, tuple(Column(column.name, pixels=True) for column in columns) if pixels else tuple(columns)

    def _positions(self, columns: Sequence[Column], i: int) -> Array:
        """Where among a column's one-hot columns each of its words has its 1."""
        (categories,) = (column.categories for column in columns if self.place[column.name] == i)
        position = {category: p for p, category in enumerate(categories or ())}
        return np.array([position[word] for word in self.words[i]])

    def _check(self, column: Column) -> None:
        """Refuses a column of another kind than is asked for, or with words that are not known."""
        i = self.place[column.name]
        if self.is_number[i] != (column.categories is None):
            kinds = ("numbers", "words") if self.is_number[i] else ("words", "numbers")
            raise FormatError(
                Fault.UNUSABLE,
                f"{self.name}: column {column.name!r} holds {kinds[0]}; the network was trained on {kinds[1]}.",
            )
        if column.categories is not None:
            known = set(column.categories)
            for line, word in zip(self.met[i], self.words[i], strict=True):
                if word not in known:
                    self._refuse(line, i, word, f"a word that is none of the {len(known)} known ones")

    def _are_pixels(self, columns: Sequence[Column]) -> bool:
        known = any(column.pixels for column in columns)
        if not known and (len(columns) < PIXEL_COLUMNS or any(column.categories is not None for column in columns)):
            return False
        places = [self.number_at.index(self.place[column.name]) for column in columns if column.categories is None]
        whole = self.numbers.are_bytes(places)
        if known and not (whole and len(places) == len(columns)):
            raise FormatError(
                Fault.UNUSABLE,
                f"{self.name} holds other numbers than the pixels 0..255 that the network was trained on.",
            )
        return known or (whole and self.numbers.largest(places) > 127)

    def target(self, name: str) -> Array:
        """The labels or numbers of the target column, (n,)."""
        i = self.place[name]
        if self.is_number[i]:
            return self.numbers.column(self.number_at.index(i))
        words = np.array(list(self.words[i]))
        self.reader.grow(
            words.itemsize * self.rows + self.numbers.nbytes + self.codes.nbytes,
            "words",
            "shorter names of the classes take less",
        )
        labels: Array = words[self.codes.column(self.word_at.index(i))]
        return labels


class _Lines:
    """The lines of a table, as the CSV reader takes them: no line, and no row of many lines, without end."""

    def __init__(self, reader: ByteReader) -> None:
        self.reader, self.lines, self.since = reader, reader.lines(LINE_LIMIT), 0
        first = next(self.lines, "")
        if not first.strip():
            state = "begins with an empty line" if first else "is empty"
            raise FormatError(Fault.FOREIGN, f"{reader.name} {state}; a table begins with the names of its columns.")
        if "\0" in first:
            raise FormatError(Fault.FOREIGN, f"{reader.name} is not a text file.")
        unquoted = re.sub(r'"[^"]*"', "", first)
        self.delimiter = max(DELIMITERS, key=unquoted.count)
        self.lines = chain([first], self.lines)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.since += len(line)
        if self.since > LINE_LIMIT:
            raise FormatError(Fault.TOO_LARGE, f"{self.reader.name} has a row of more than {LINE_LIMIT} characters.")
        return line


def _rows(lines: _Lines, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with a cell in them, each with the number of its (last) line in the file."""
    rows = csv.reader(lines, delimiter=lines.delimiter, strict=True, skipinitialspace=True)
    try:
        for cells in rows:
            lines.since = 0
            if cells:
                yield rows.line_num, cells
    except csv.Error as error:
        raise FormatError(Fault.MALFORMED, f"{name}, line {rows.line_num}: {error}.") from None


def _header(cells: list[str], name: str) -> list[str]:
    if len(cells) > COLUMN_LIMIT:
        raise FormatError(
            Fault.TOO_LARGE, f"{name} has {len(cells)} columns; at most {COLUMN_LIMIT} of a table in text are read."
        )
    header = [cell.strip() for cell in cells]
    if "" in header:
        raise FormatError(Fault.MALFORMED, f"{name}: column {header.index('') + 1} of the header has no name.")
    seen: set[str] = set()
    for cell in header:
        if len(cell) > LENGTH_LIMIT:
            raise FormatError(
                Fault.TOO_LARGE,
                f"{name}: the name of a column has {len(cell)} characters; at most {LENGTH_LIMIT} are read.",
            )
        if cell in seen:
            raise FormatError(Fault.MALFORMED, f"{name}: the header has the column {cell!r} twice.")
        seen.add(cell)
    # Columns named 0, 1, 2, ... are what pandas writes for columns without names.
    if all(_number(cell) is not None for cell in header) and header != [str(i) for i in range(len(header))]:
        raise FormatError(
            Fault.MALFORMED, f"{name} begins with numbers, not with the names of its columns: add a header line."
        )
    return header


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
