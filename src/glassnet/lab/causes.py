"""What may have happened to a wrong number, and which of it is the likeliest.

Every slip is tried at every formula that may have led to the number without standing on the sheet, with the student's
own numbers and with the true ones. What gives the number as written is a possible cause. Causes are ranked by how many
of the sheet's wrong numbers they explain, then by how likely they are: a slip that could have come out in many ways
says less by coming out in this one, a number rounded says more than one that is off by a unit, and a slip in the
number's own formula more than one further back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, isfinite, log

from glassnet.lab.digits import Written, exchanges, rounding
from glassnet.lab.expressions import Name
from glassnet.lab.sheet import Sheet, Slipped
from glassnet.lab.slips import CATALOGUE, Slip

MOST_VARIANTS = 40
LANDED = {"exact": 0.7, "rounded": 0.7, "cut": 0.28, "up": 0.02}  # how people come from a number to its digits
TRUE_NUMBERS = 0.15  # how often somebody goes on with another number than the one on the sheet
FURTHER_BACK = 0.3
POWERS = (1, -1, 2, -2, 3, -3)
MISREAD = {
    "sign": 0.5,
    "decimal-point": 1.0,
    "digits-swapped": 1.0,
    "too-few-digits": 0.5,
    "digit": 0.5,
    "inexact": 0.02,
}


@dataclass(frozen=True)
class Cause:
    """A slip, the quantity in whose formula it happened, and in which way."""

    slip: str
    site: str
    way: int


Causes = dict[Cause, float]  # with the logarithm of how likely each is


def possible(entry: Name, value: str, own: Sheet, true: Sheet, digits: int) -> Causes:
    """The causes that give this value for this entry."""
    given = Written.of(value)
    found: dict[Cause, float] = defaultdict(float)
    sheets = [(own, 1.0)]
    if not own.answered.isdisjoint(own.solution.behind[entry.quantity]):
        sheets.append((true, TRUE_NUMBERS))
    for site in sites(entry.quantity, own):
        step, local = own.solution.local(site)
        nearness = 1.0 if site == entry.quantity else FURTHER_BACK
        for slip in CATALOGUE.values():
            if slip.fits(own.solution.steps[step], local):
                for sheet, weight in sheets:
                    for way, how, ways in _ways(slip, site, entry, sheet, given, digits):
                        found[Cause(slip.name, site, way)] += slip.likely * nearness * weight * LANDED[how] / ways
    for slip_name, way, weight in _misread(entry, given, sheets, digits):
        found[Cause(slip_name, entry.quantity, way)] += MISREAD[slip_name] * weight
    return {cause: log(weight) for cause, weight in found.items()}


def sites(quantity: str, own: Sheet) -> list[str]:
    """The quantity, and those behind it that lie behind nothing on the sheet: where the slip may have happened."""
    found, seen = [quantity], {quantity}
    for site in found:
        for name in sorted(own.solution.direct(site)):
            if name not in seen and name not in own.answered:
                seen.add(name)
                found.append(name)
    return found


def _ways(
    slip: Slip, site: str, entry: Name, sheet: Sheet, given: Written, digits: int
) -> Iterator[tuple[int, str, int]]:
    """(which way, how it is rounded, of how many) for each variant of the slip that gives the number."""
    fits: list[tuple[int, str]] = []
    ways = 0
    while ways < MOST_VARIANTS:
        slipped = Slipped(sheet, slip, site, ways)
        value = slipped.computed(entry)
        if not slipped.reached:
            break
        how = given.rounding(value, digits)
        if how:
            fits.append((ways, how))
        ways += 1
    yield from ((way, how, ways) for way, how in fits)


def _misread(
    entry: Name, given: Written, sheets: Sequence[tuple[Sheet, float]], digits: int
) -> Iterator[tuple[str, int, float]]:
    """What happened to the digits alone: the point, two digits exchanged, one miscopied, a sign, too few of them."""
    if given.step is None:
        return
    for sheet, weight in sheets:
        reference = sheet.computed(entry)
        if not reference or not isfinite(reference):
            continue
        how = given.rounding(-reference, digits)
        if how:
            yield "sign", 0, weight * LANDED[how]
        for way, power in enumerate(POWERS):
            how = given.rounding(reference * 10.0**power, digits)
            if how:
                yield "decimal-point", way, weight * LANDED[how] / len(POWERS)
        swaps = list(exchanges(given.text))
        for way, text in enumerate(swaps):
            how = rounding(text, reference, digits)
            if how:
                yield "digits-swapped", way, weight * LANDED[how] / len(swaps)
        if given.digits < digits and rounding(given.text, reference, 1) in ("rounded", "cut"):
            yield "too-few-digits", 0, weight
        if _one_digit(given, reference):
            yield "digit", 0, weight / (9 * given.digits)
        if abs(given.value - Fraction(reference)) <= 3 * given.step:
            yield "inexact", 0, weight


def _one_digit(given: Written, reference: float) -> bool:
    """Whether one digit before the last is another than that of the right number, rounded or cut as long."""
    assert given.step is not None
    scaled = Fraction(reference) / given.step
    mine = int(given.value / given.step)
    for whole in {round(scaled), int(scaled)}:
        difference = abs(mine - whole)
        if mine * whole > 0 and difference >= 10 and len(str(abs(mine))) == len(str(abs(whole))):
            one = [a != b for a, b in zip(str(abs(mine)), str(abs(whole)), strict=True)]
            if sum(one) == 1:
                return True
    return False


def ranked(answers: Sequence[Causes]) -> list[list[Cause]]:
    """For each wrong answer its causes, the likeliest first, each slip once."""
    explained: dict[Cause, int] = defaultdict(int)
    together: dict[Cause, float] = defaultdict(float)
    for causes in answers:
        for cause, likely in causes.items():
            explained[cause] += 1
            together[cause] += likely
    return [_in_order(causes, explained, together) for causes in answers]


def _in_order(causes: Causes, explained: dict[Cause, int], together: dict[Cause, float]) -> list[Cause]:
    """A slip's ways add up; the slip stands where its best cause stands."""
    total: dict[tuple[str, int], float] = defaultdict(float)
    for cause, likely in causes.items():
        total[cause.slip, explained[cause]] += exp(likely)
    order = sorted(causes, key=lambda c: (-explained[c], -total[c.slip, explained[c]], -together[c]))
    best: dict[str, Cause] = {}
    for cause in order:
        best.setdefault(cause.slip, cause)
    return list(best.values())
