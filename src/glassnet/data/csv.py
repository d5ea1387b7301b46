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
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NoReturn

import numpy as np

from glassnet.data.reader import FREE, RATIO, ByteReader, PathLike, open_reader, readable
from glassnet.errors import Fault, FormatError, unknown_name
from glassnet.typing import Array

CSV_LIMIT = 2**29  # bytes of text that are read
WORD_LIMIT = 1000  # different words that a feature column may hold
LENGTH_LIMIT = 100  # characters of a word or a name; NumPy gives every word the room of the longest
PIXEL_COLUMNS = 49  # a picture has at least 7 x 7 pixels
DELIMITERS = ",;\t"
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
    X, columns = cells.matrix(columns)
    y = None if target_name is None else cells.target(target_name)
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
    """The cells of a CSV file, read once from front to back: numbers as floats, words as positions in a list.

    That takes 8 bytes a cell, where a list of Python's strings would take 60.
    """

    def __init__(self, reader: ByteReader) -> None:
        self.reader = reader
        self.name = reader.name
        self.delimiter, lines = _begin(reader)
        rows = _rows(lines, self.delimiter, self.name)
        self.header = _header(next(rows, (1, []))[1], self.name)
        line, first = next(rows, (0, []))
        if line == 0:
            raise FormatError(Fault.UNUSABLE, f"{self.name} has a header but no rows.")
        self.is_number = [self._number(cell) is not None for cell in first]
        self.number_at = [i for i, number in enumerate(self.is_number) if number]
        self.word_at = [i for i, number in enumerate(self.is_number) if not number]
        self.numbers = array("d")
        self.codes = array("q")
        self.words: dict[int, dict[str, int]] = {i: {} for i in self.word_at}
        self.lines = array("q")
        for number, cells in chain([(line, first)], rows):
            self._add(number, cells)
        n = len(self.lines)
        self.number_matrix = np.frombuffer(self.numbers, np.float64).reshape(n, len(self.number_at))
        self.code_matrix = np.frombuffer(self.codes, np.int64).reshape(n, len(self.word_at))
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
        self.numbers.extend(values)
        for i in self.word_at:
            word = cells[i].strip()
            code = self.words[i].get(word)
            self.codes.append(self._new_word(line, i, word) if code is None else code)
        self.lines.append(line)

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
        return self.words[i].setdefault(word, len(self.words[i]))

    def _refuse(self, line: int, i: int, cell: str, reason: str) -> NoReturn:
        what = f"is {cell[:40]!r}, {reason}" if cell.strip() else "is empty; a missing value is not filled in"
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

    def matrix(self, columns: Iterable[Column]) -> tuple[Array, tuple[Column, ...]]:
        """The data matrix of these columns; they come back marked where they are pixels."""
        columns = tuple(columns)
        width = sum(len(column.feature_names) for column in columns)
        size = 8 * width * len(self.lines)
        if size > max(FREE, RATIO * self.reader.taken):
            raise FormatError(
                Fault.TOO_LARGE,
                f"{self.name} would become {readable(size)} of one-hot columns; leave columns of words out.",
            )
        X = np.zeros((len(self.lines), width))
        left = 0
        for column in columns:
            right = left + len(column.feature_names)
            self._fill(X[:, left:right], column)
            left = right
        known_pixels = any(column.pixels for column in columns)
        if known_pixels or _are_pixels(X, columns):
            if known_pixels and not _are_bytes(X):
                raise FormatError(
                    Fault.UNUSABLE,
                    f"{self.name} holds other numbers than the pixels 0..255 that the network was trained on.",
                )
            return X.astype(np.uint8), tuple(Column(column.name, pixels=True) for column in columns)
        return X, columns

    def _fill(self, part: Array, column: Column) -> None:
        i = self.place[column.name]
        if self.is_number[i] != (column.categories is None):
            kinds = ("numbers", "words") if self.is_number[i] else ("words", "numbers")
            raise FormatError(
                Fault.UNUSABLE,
                f"{self.name}: column {column.name!r} holds {kinds[0]}; the network was trained on {kinds[1]}.",
            )
        if column.categories is None:
            part[:, 0] = self.number_matrix[:, self.number_at.index(i)]
            return
        position = {category: p for p, category in enumerate(column.categories)}
        places = np.array([position.get(word, -1) for word in self.words[i]])[
            self.code_matrix[:, self.word_at.index(i)]
        ]
        if (places < 0).any():
            row = int((places < 0).argmax())
            word = list(self.words[i])[self.code_matrix[row, self.word_at.index(i)]]
            self._refuse(self.lines[row], i, word, f"a word that is none of the {len(position)} known ones")
        part[np.arange(len(part)), places] = 1.0

    def target(self, name: str) -> Array:
        """The labels or numbers of the target column, (n,)."""
        i = self.place[name]
        if self.is_number[i]:
            values = self.number_matrix[:, self.number_at.index(i)].copy()
            whole = (values == np.floor(values)).all() and np.abs(values).max() < 2**53
            return values.astype(np.int64) if whole else values
        words: Array = np.array(list(self.words[i]))[self.code_matrix[:, self.word_at.index(i)]]
        return words


def _are_bytes(X: Array) -> bool:
    return bool(X.size and X.min() >= 0 and X.max() <= 255 and (np.floor(X) == X).all())


def _are_pixels(X: Array, columns: tuple[Column, ...]) -> bool:
    numbers = all(column.categories is None for column in columns)
    return numbers and X.shape[1] >= PIXEL_COLUMNS and X.max() > 127 and _are_bytes(X)


def _begin(reader: ByteReader) -> tuple[str, Iterator[str]]:
    """The separator, judged by the header line, and all lines."""
    lines = reader.lines()
    first = next(lines, "")
    if not first.strip():
        state = "begins with an empty line" if first else "is empty"
        raise FormatError(Fault.FOREIGN, f"{reader.name} {state}; a table begins with the names of its columns.")
    if "\0" in first:
        raise FormatError(Fault.FOREIGN, f"{reader.name} is not a text file.")
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(DELIMITERS, key=unquoted.count), chain([first], lines)


def _rows(lines: Iterator[str], delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with a cell in them, each with the number of its (last) line in the file."""
    rows = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        for cells in rows:
            if cells:
                yield rows.line_num, cells
    except csv.Error as error:
        raise FormatError(Fault.MALFORMED, f"{name}, line {rows.line_num}: {error}.") from None


def _header(cells: list[str], name: str) -> list[str]:
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
