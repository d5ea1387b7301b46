"""What a column of a table becomes, and what is remembered of it: numbers, words, or nothing at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from math import isfinite
from typing import Any, ClassVar, cast

import numpy as np

from glassnet.errors import DataError
from glassnet.estimators.frames import Column
from glassnet.typing import Array, ArrayLike, Floats

ONE_HOT = 16  # words, at most, of a column that becomes one-hot columns, where nothing else is said
MOST_WORDS = 10_000  # of a column that have a place of their own, the most frequent ones
FEWEST_BINS = 3  # with fewer a column holds hardly more than what its scaled value says
LARGEST = 1e300  # beyond it squares and quotients overflow; bent in, it is 3 like any other far number


def smooth_clip(z: ArrayLike) -> Floats:
    """Numbers of about -1 .. 1 stay as they are, far ones approach -3 and 3.

    Formula:
        z / sqrt(1 + (z / 3)^2)

    Shapes: any. Raises: nothing; infinite numbers become -3 and 3.

    Example:
        >>> smooth_clip([0.0, 1.0, 1000.0]).round(3)
        array([0.   , 0.949, 3.   ])

    Source: Holzmueller, Grinsztajn and Steinwart (2024), "Better by default", arXiv 2407.04491, section 3.
    """
    held = np.clip(np.asarray(z, np.float64), -LARGEST, LARGEST)
    bent: Floats = held / np.hypot(1.0, held / 3)  # a square root that does not overflow
    return bent


def piecewise(A: ArrayLike, edges: ArrayLike) -> Floats:
    """How far a number has gone through each bin: 1/2 behind it, -1/2 before it, on a line within.

    Formula:
        B[:, k] = min(1, max(0, (A - e[k]) / (e[k + 1] - e[k]))) - 1/2

    Shapes: A (n,), edges (bins + 1,) and rising, B (n, bins). Raises: nothing.

    Example:
        >>> piecewise([0.0, 1.5, 9.0], edges=[0.0, 1.0, 2.0])
        array([[-0.5, -0.5],
               [ 0.5,  0. ],
               [ 0.5,  0.5]])

    Source: Gorishniy, Rubachev and Babenko (2022), arXiv 2203.05556, section 3.2, "piecewise linear encoding".
    """
    e = np.asarray(edges, np.float64)
    gone: Floats = np.clip((np.asarray(A, np.float64)[:, None] - e[:-1]) / np.diff(e), 0.0, 1.0) - 0.5
    return gone


@dataclass(frozen=True)
class Numbers:
    """A column of numbers: its middle, its size, whether it has gaps, and where asked for the edges of its bins.

    Formula:
        A = smooth_clip((x - median) factor), factor = 1 / (third quartile - first quartile), or 2 / (max - min) where
        the quartiles are equal; 0 in a gap, and beside it 1 where there is one, 0 elsewhere
        edges: the quantiles of A at 0, 1 / bins, ..., 1, without repetitions; none where they make fewer than 3 bins

    Raises: nothing.

    Example:
        >>> from glassnet.estimators.frames import columns_of
        >>> Numbers.learn(columns_of([[1.0], [2.0], [3.0], [4.0], [None], [500.0]])[0])
        Numbers(name='x0', median=3.0, factor=0.5, gaps=True)

    Source: Holzmueller et al. (2024), arXiv 2407.04491, section 3: "robust scaling and smooth clipping".
    """

    name: str
    median: float
    factor: float
    gaps: bool
    edges: tuple[float, ...] = field(default=(), repr=False)
    kind: ClassVar[str] = "numbers"

    @classmethod
    def learn(cls, column: Column, bins: int = 0) -> Numbers:
        """Median, quartiles and edges of the values that are there."""
        present = column.values[~column.missing]
        first, median, third = np.quantile(present, [0.25, 0.5, 0.75])
        low, high = present.min(), present.max()
        # halves, since the difference of two large numbers may be none
        spread = third / 2 - first / 2 or (high / 2 - low / 2) / 2
        found = cls(column.name, float(median), float(0.5 / spread) if spread else 0.0, bool(column.missing.any()))
        if not bins or not spread:
            return found
        edges = np.unique(np.quantile(found._scaled(column), np.linspace(0, 1, bins + 1)))
        return replace(found, edges=tuple(edges.tolist())) if len(edges) > FEWEST_BINS else found

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of what it becomes."""
        return (self.name,) * bool(self.factor) + (f"{self.name} is missing",) * self.gaps

    def read(self, column: Column) -> Iterator[Floats]:
        """The column scaled, its gaps filled by the median, and where it has gaps."""
        if self.factor:
            yield self._scaled(column)
        if self.gaps:
            yield column.missing.astype(np.float64)

    @property
    def binned(self) -> tuple[str, ...]:
        """The names of its bins."""
        return tuple(f"{self.name} in bin {k}" for k in range(1, len(self.edges)))

    def read_bins(self, column: Column) -> Floats:
        """How far each value has gone through each of the bins, (n, bins)."""
        return piecewise(self._scaled(column), self.edges)

    def _scaled(self, column: Column) -> Floats:
        filled = np.where(column.missing, self.median, column.values)
        with np.errstate(over="ignore"):
            return smooth_clip((filled - self.median) * self.factor)


@dataclass(frozen=True)
class Words:
    """A column of words: those that have a place of their own, in alphabetical order, and whether it has gaps.

    Formula:
        two words alone: -1 and 1, 0 for any other; up to `one_hot` places: a column for each, 1 where the word stands;
        more: a code, 0 for any other word, 1, 2, ... for the words, the last for a gap

    Raises: nothing.

    Example:
        >>> from glassnet.estimators.frames import columns_of
        >>> Words.learn(columns_of([["cat"], ["dog"], ["cat"], [None], ["dog"], ["emu"]])[0])
        Words(name='x0', words=('cat', 'dog'), gaps=True)

    Source: Guo and Berkhahn (2016), arXiv 1604.06737, for codes that are embedded.
    """

    name: str
    words: tuple[str, ...]
    gaps: bool
    one_hot: int = field(default=ONE_HOT, repr=False)
    kind: ClassVar[str] = "words"

    @classmethod
    def learn(cls, column: Column, one_hot: int = ONE_HOT) -> Words:
        """The words that stand in two rows or more."""
        counts = Counter(column.values[~column.missing].tolist())
        frequent = [str(word) for word, count in counts.most_common(MOST_WORDS) if count > 1]
        return cls(column.name, tuple(sorted(frequent)), bool(column.missing.any()), one_hot)

    @property
    def places(self) -> tuple[str, ...]:
        """What is told apart: the words, and a gap."""
        named = tuple(f"{self.name}={word}" for word in self.words)
        return (*named, f"{self.name} is missing") if self.gaps else named

    @property
    def coded(self) -> bool:
        """Whether it becomes a code."""
        return len(self.places) > self.one_hot

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of what it becomes."""
        if self.coded:
            return (self.name,)
        return self.places[1:] if len(self.places) == 2 else self.places

    @property
    def categories(self) -> int:
        """How many codes there are."""
        return len(self.places) + 1

    def codes(self, column: Column) -> Array:
        """Each value's code, (n,)."""
        known = {word: code for code, word in enumerate(self.words, start=1)}
        codes = np.array([known.get(word, 0) for word in column.values.tolist()])
        codes[column.missing] = len(self.words) + 1 if self.gaps else 0
        return codes

    def read(self, column: Column) -> Iterator[Floats]:
        """The column as codes, as -1 and 1, or as one column for each word."""
        codes = self.codes(column)
        if self.coded:
            yield codes.astype(np.float64)
        elif len(self.places) == 2:
            yield np.array([0.0, -1.0, 1.0])[codes]
        else:
            yield from (np.equal(codes, place).astype(np.float64) for place in range(1, self.categories))


@dataclass(frozen=True)
class LeftOut:
    """A column that says nothing: one value, no value, or a word that is another in every row.

    Raises: nothing.

    Example:
        >>> LeftOut("country").columns
        ()

    Source: Guyon and Elisseeff (2003), JMLR 3, 1157-1182: a variable without variance tells nothing.
    """

    name: str
    kind: ClassVar[str] = "left out"
    columns: ClassVar[tuple[str, ...]] = ()

    def read(self, column: Column) -> Iterator[Floats]:
        """Nothing of it."""
        return iter(())


Learned = Numbers | Words | LeftOut
KINDS: dict[str, Any] = {kind.kind: kind for kind in (Numbers, Words, LeftOut)}


def learn(column: Column, one_hot: int = ONE_HOT, bins: int = 0) -> Learned:
    """What is remembered of a column; more words than `one_hot` become codes, and numbers have so many bins.

    >>> from glassnet.estimators.frames import columns_of
    >>> [learn(column).kind for column in columns_of([["CH", 1, 5], ["CH", 2, None], ["CH", 3, None]])]
    ['left out', 'numbers', 'numbers']
    """
    if column.kind == "empty":
        return LeftOut(column.name)
    found = Numbers.learn(column, bins) if column.kind == "numbers" else Words.learn(column, one_hot)
    says_something = found.columns and (column.missing.any() or (column.values != column.values[0]).any())
    return found if says_something else LeftOut(column.name)


def config(column: Learned) -> dict[str, Any]:
    """A column as plain data; `recalled` is the inverse.

    >>> config(Words("city", ("Chur", "Thun"), gaps=False))
    {'kind': 'words', 'name': 'city', 'words': ['Chur', 'Thun'], 'gaps': False, 'one_hot': 16}
    """
    settings = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(column).items()}
    return {"kind": column.kind, **settings}


def recalled(given: Any) -> Learned:
    """A column from its description.

    Raises:
        DataError: a description of something else.

    >>> recalled({"kind": "left out", "name": "country"})
    LeftOut(name='country')
    """
    try:
        settings = dict(given)
        kind = KINDS[settings.pop("kind")]
        found = kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()})
        sound = isinstance(found.name, str) and _sound(found)
    except (KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        raise DataError(f"This describes no column of a table: {ascii(given)[:60]}.")
    return cast(Learned, found)


def _sound(column: Learned) -> bool:
    if isinstance(column, Numbers):
        numbers = (column.median, column.factor, *column.edges)
        rising = all(low < high for low, high in pairwise(column.edges)) and len(column.edges) != 1
        return type(column.gaps) is bool and rising and all(type(n) in (int, float) and isfinite(n) for n in numbers)
    if isinstance(column, Words):
        sound = type(column.gaps) is bool and type(column.one_hot) is int
        return sound and all(isinstance(word, str) for word in column.words)
    return True
