"""The search for numbers that calculate well: of the candidates drawn, the first that is short, or the shortest.

Short is a result with few digits that ends; a result that cannot end (a sigmoid's) counts the same for all candidates,
so what decides there are the numbers on the way to it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import SettingError
from glassnet.lab.worksheets.exact import ENDLESS, Numbers, digits, numbers_of
from glassnet.lab.worksheets.topics import Level, Plain

DRAWS = 80
GOOD = 2.2  # digits that the results of a sheet have on the average, where they end
LARGEST = 60


@dataclass(frozen=True)
class Found:
    """A problem as plain data, and its results in fractions."""

    plain: Plain
    numbers: Numbers

    @property
    def length(self) -> float:
        """How many digits its results have on the average, those that end."""
        ending = [digits(x) for x in self.numbers.values() if x is not None and digits(x) < ENDLESS]
        return sum(ending) / len(ending) if ending else ENDLESS

    @property
    def longest(self) -> float:
        """The digits of the longest result that ends."""
        return max((d for x in self.numbers.values() if (d := digits(x)) < ENDLESS), default=1)


def found(level: Level, seed: int, whose: str, place: int, attempt: int) -> Found:
    """The problem of one student on one topic (`whose`): the same for the same seed, student and place.

    Raises:
        SettingError: a level of which no candidate is fit, which is a mistake in the level.
    """
    rng = np.random.default_rng([seed, zlib.crc32(whose.encode()), place, attempt])
    best: Found | None = None
    for _ in range(DRAWS):
        plain = level.draw(rng)
        candidate = Found(plain, numbers_of(plain))
        if not _fit(level, candidate):
            continue
        if best is None or _order(candidate) < _order(best):
            best = candidate
        if candidate.longest <= level.digits and candidate.length <= GOOD:
            break
    if best is None:
        raise SettingError(f"No numbers were found for the exercise {level.task!r}.")
    return best


def _order(candidate: Found) -> tuple[int, float, float]:
    """Results that do not end first, then the longest, then the average."""
    endless = sum(digits(x) == ENDLESS for x in candidate.numbers.values())
    return endless, candidate.longest, candidate.length


def _fit(level: Level, candidate: Found) -> bool:
    """Whether the results teach something: not too large, not all the same, nothing dead that has to live."""
    known = {name: x for name, x in candidate.numbers.items() if x is not None}
    if any(abs(x) > LARGEST for x in known.values()):
        return False
    if len(set(known.values())) < min(3, len(known)) and len(known) > 2 and not _binary(known):
        return False
    for quantity in level.alive:
        entries = [x for name, x in known.items() if name == quantity or name.startswith(f"{quantity}[")]
        if entries and (not any(entries) or (set(entries) == {1} and len(entries) > 1)):
            return False
    return _walks(candidate)


def _binary(known: Mapping[str, Any]) -> bool:
    return any(name.startswith("A") for name in known) and set(known.values()) <= {0, 1}


def _walks(candidate: Found) -> bool:
    """Whether something happens: a path that does not start at its end, a rule that corrects at least once."""
    plain, numbers = candidate.plain, candidate.numbers
    if "perceptron" in plain:
        start = plain["perceptron"]["start"]
        learned = "threshold" not in plain["perceptron"]
        names = [f"w{i + (0 if learned else 1)}.new" for i in range(len(start))]
        last = plain["perceptron"]["presentations"]
        end = [numbers[f"step{last}.{name}" if last > 1 else name] for name in names]
        both = len(set(plain["perceptron"]["targets"])) == 2
        return both and any(float(a) != float(b) for a, b in zip(start, end, strict=True) if b is not None)
    if "function" in plain:
        slopes = [x for name, x in numbers.items() if name.startswith("d")]
        return all(x is None or x != 0 for x in slopes)
    return True
