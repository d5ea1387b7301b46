"""What a path did, and why: minimum, maximum, saddle, diverging, oscillating or unfinished.

A quadratic function under plain gradient descent is judged by its factors 1 - learning_rate lambda, which are exact
after one step as after a thousand; every other path by how its steps grow, turn back and shrink at its end. A path that
comes so near to a level point that nothing of the way can be read any more has arrived there (`approach`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.lab.descent.approach import MILESTONES, TAIL, Approach, approach
from glassnet.lab.descent.numbers import digits, point_words
from glassnet.lab.descent.quadratic import is_quadratic
from glassnet.lab.descent.stationary import Level, classify
from glassnet.lab.descent.way import End, Way
from glassnet.optim.descent import SGD
from glassnet.plots.readable import plural
from glassnet.typing import Floats

VERDICTS = ("minimum", "maximum", "saddle", "diverging", "oscillating", "unfinished")
FAR = 100.0  # times the size of the start: how far a path has run that is not coming back
EVEN = 1e-9  # how near 1 a factor is that neither grows nor shrinks


WORDS = {
    "minimum": "a minimum",
    "maximum": "a maximum",
    "saddle": "a saddle",
    "inflection": "a point of inflection",
    "flat": "on a level stretch",
}


@dataclass(frozen=True)
class Verdict:
    """The verdict in a word, its cause in sentences, and what the path comes nearer to."""

    word: str
    sentences: tuple[str, ...]
    approach: Approach | None = None

    @property
    def explanation(self) -> str:
        """The cause as one text."""
        return " ".join(self.sentences)


def judge(way: Way, corners: Sequence[Level] = ()) -> Verdict:
    """What this path did, on a function with these corners."""
    if way.end is End.LEVEL:
        return _at_rest(way, classify(way.function, way.points[-1]))
    if way.end is End.UNDEFINED:
        said = f"Step {way.steps + 1} leads to where {way.function} has no value, from {shown(way, way.points[-1])}."
        return Verdict("diverging", (said, "A smaller learning rate stays where the function is defined."))
    if isinstance(way.optimizer, SGD) and is_quadratic(way.function) and not callable(way.optimizer.learning_rate):
        return _of_quadratic(way)
    return _of_any(way, corners)


def shown(way: Way, point: Sequence[float] | Floats) -> str:
    """A point in words: x = -1; (2, 3)."""
    return point_words(way.function.variables, point)


# ---- at rest -------------------------------------------------------------------------------------------------------


def _at_rest(way: Way, level: Level) -> Verdict:
    where = shown(way, way.points[-1])
    taken = f"After {plural(way.steps, 'step')}" if way.steps else "Already at the start"
    rest = f"{taken} the gradient is no longer than {way.tolerance:g}: the path rests at {where}, where f = "
    rest += f"{digits(level.value)}."
    return Verdict(_word(level), (rest, _kind(way, level)))


def _word(level: Level) -> str:
    return {"inflection": "saddle", "flat": "unfinished"}.get(level.kind, level.kind)


def _kind(way: Way, level: Level) -> str:
    """Why a level point is what it is."""
    if level.corner:
        between = "0 lies between" if level.kind != "inflection" else "0 does not lie between"
        valley = "" if level.alone else ", at the edge of a level stretch"
        return f"It is {WORDS[level.kind]} at a corner{valley}: {jump_words(level)}, and {between}."
    values = ", ".join(f"{value:.5g}" for value in level.eigenvalues)
    one = len(level.point) == 1
    of = f"the second derivative is {values}" if one else f"the Hessian has the eigenvalues {values}"
    sentences = {
        "minimum": f"It is a minimum: {of}{', and the tangent is level' if one else ''}.",
        "maximum": f"It is a maximum, from which no gradient leads away: {of}. A start beside it runs down.",
        "saddle": f"It is a saddle, not a minimum: {of}, so the function falls in one direction and rises in another. "
        "The start lay exactly on the line that leads to it; a start beside that line runs past it.",
        "inflection": f"It is a point of inflection, not a minimum: {of}, and the function falls on one of its sides.",
        "flat": "The function does not change around it, so no gradient leads anywhere.",
    }
    if level.kind == "minimum" and not level.alone:
        return f"It is a minimum, one of a whole valley of them: {of}."
    if level.kind in ("minimum", "maximum") and min(abs(value) for value in level.eigenvalues) == 0 and one:
        return f"It is a {level.kind}: {of}, and the values around it say so."
    return sentences[level.kind]


def jump_words(level: Level) -> str:
    """How the gradient jumps at a corner: the slope jumps from -1 to 1."""
    if len(level.point) == 1:
        slopes = [slope for (slope,) in level.gradients]
        return f"the slope jumps from {digits(slopes[0], 5)} to {digits(slopes[-1], 5)}"
    named = [f"({', '.join(digits(x, 4) for x in gradient)})" for gradient in level.gradients]
    return f"the gradient jumps between {', '.join(named[:-1])} and {named[-1]}"


# ---- on the way ----------------------------------------------------------------------------------------------------


def _arrived(way: Way, coming: Approach, pace: str) -> Verdict:
    """A path that is as good as there."""
    what = f"{WORDS[coming.level.kind].replace('a ', 'the ', 1)} {shown(way, coming.level.point)}"
    near = f"It converges to {what} and is {coming.left:.2g} from it."
    sentences = (_reached(way), near, pace, _kind(way, coming.level), _until_level(way, coming))
    return Verdict(_word(coming.level), tuple(filter(None, sentences)), coming)


def _pace(coming: Approach, factor: str, *, swinging: bool = False) -> str:
    """By how much each step brings it nearer, and when it is within a hundredth and a millionth."""
    if coming.factor is None:
        return ""
    known = [(distance, coming.steps_to(distance)) for distance in MILESTONES]
    within = [_milestone(distance, steps) for distance, steps in known if steps is not None]
    sides = ", from one side to the other" if swinging else ""
    said = f"Each step takes the distance times {factor} (linear convergence){sides}"
    return f"{said}: {' and '.join(within)}." if within else f"{said}."


def _milestone(distance: float, steps: tuple[int, bool]) -> str:
    count, been = steps
    return f"within {distance:g} after {'' if been else 'about '}{plural(count, 'step')}{'' if been else ' in all'}"


def _until_level(way: Way, coming: Approach) -> str:
    """When the gradient will be as short as the tolerance, at which a path ends."""
    if coming.factor is None or not 0 < way.tolerance < way.slopes[-1] or coming.level.corner:
        return ""
    more = math.ceil(math.log(way.tolerance / way.slopes[-1]) / math.log(coming.factor))
    return f"In {plural(more, 'more step')} the gradient would be shorter than the tolerance {way.tolerance:g}."


# ---- quadratic functions -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Direction:
    """An eigenvector of the Hessian, its eigenvalue, what a step does along it, the gradient along it at the start."""

    vector: Floats
    eigenvalue: float
    factor: float
    slope: float

    def named(self, variables: Sequence[str]) -> str:
        """Along y; along (0.8, -0.6)."""
        large = np.flatnonzero(np.abs(self.vector) > 1e-9)
        if len(large) == 1:
            return f"along {variables[int(large[0])]}"
        sign = 1 if self.vector[large[0]] > 0 else -1
        return f"along ({', '.join(f'{sign * float(part):.3g}' for part in self.vector)})"


def directions(way: Way) -> list[Direction]:
    """The directions along which the path moves at all."""
    values, vectors = np.linalg.eigh(way.function.hessian(way.points[0]))
    rate = way.optimizer.rate(0)
    slopes = vectors.T @ way.gradients[0]
    size = float(np.abs(slopes).max())
    return [
        Direction(vectors[:, k], float(value), 1 - rate * float(value), float(slopes[k]))
        for k, value in enumerate(values)
        if abs(slopes[k]) > 1e-13 * size
    ]


def _of_quadratic(way: Way) -> Verdict:
    moving = directions(way)
    growing = [d for d in moving if abs(d.factor) > 1 + EVEN]
    if growing:
        return Verdict("diverging", (_reached(way), *(_growth(way, d) for d in growing), *_shrinking(way, moving)))
    straight = [d for d in moving if abs(d.eigenvalue) <= EVEN]
    if straight and way.optimizer.rate(0) > 0:
        said = "the slope there is the same everywhere, so the function falls without end and has no minimum."
        return Verdict("diverging", (_reached(way), f"{_sentence(straight[0].named(way.function.variables))} {said}"))
    swinging = [d for d in moving if abs(d.factor + 1) <= EVEN]
    slowest = max(moving, key=lambda d: abs(d.factor), default=None)
    coming = None if slowest is None or swinging else approach(way, factor=abs(slowest.factor))
    if coming is not None and slowest is not None:
        times = f"1 - {way.optimizer.rate(0):g} * {_bracketed(slowest.eigenvalue)} = {slowest.factor:.6g}"
        where = f" {slowest.named(way.function.variables)}" if len(moving) > 1 else ""
        pace = _pace(coming, times + where, swinging=slowest.factor < 0)
        if coming.arrived:
            return _arrived(way, coming, pace)
    if swinging or _swings(way.points) >= 0.5:
        widest = swinging[0] if swinging else min(moving, key=lambda d: d.factor)
        return Verdict("oscillating", (_reached(way), _swing_of(way, widest)), coming)
    return _unfinished(way, coming, pace if coming is not None else "")


def _reached(way: Way) -> str:
    steps = plural(way.steps, "step")
    if way.end is End.OVERFLOW:
        at = shown(way, way.points[-1])
        return f"The path runs away: after {steps}, at {at}, its numbers are too large to go on."
    return f"After {steps} the path is at {shown(way, way.points[-1])}, where f = {digits(float(way.values[-1]))}."


def _growth(way: Way, d: Direction) -> str:
    """Why the path runs away in this direction: down a slope without end, or over a minimum in growing swings."""
    rate, where = way.optimizer.rate(0), _sentence(d.named(way.function.variables))
    times = f"1 - {rate:g} * {_bracketed(d.eigenvalue)} = {d.factor:.6g}"
    if d.eigenvalue < 0:
        return (
            f"{where} the function falls without end (second derivative {d.eigenvalue:.6g}): each step takes the "
            f"distance times {times}. There is no minimum, and no learning rate makes one."
        )
    return (
        f"{where} the learning rate is too large: each step takes the distance from the minimum times {times}, so it "
        f"lands on the other side, farther away. Below 2 / {d.eigenvalue:.6g} = {2 / d.eigenvalue:.6g} it converges."
    )


def _shrinking(way: Way, moving: list[Direction]) -> list[str]:
    quiet = [d for d in moving if abs(d.factor) < 1 - EVEN]
    return [f"{_sentence(d.named(way.function.variables))} it shrinks, times {d.factor:.6g} a step." for d in quiet]


def _swing_of(way: Way, d: Direction) -> str:
    where = _sentence(d.named(way.function.variables))
    times = f"times 1 - {way.optimizer.rate(0):g} * {_bracketed(d.eigenvalue)} = {d.factor:.6g}"
    said = f"{where} each step takes the distance from the minimum {times}: it jumps from one side to the other"
    if abs(d.factor + 1) <= EVEN:
        return f"{said} and comes no nearer. Below the learning rate {2 / d.eigenvalue:.6g} it converges."
    return f"{said}, a little nearer each time. A smaller learning rate, such as {1 / d.eigenvalue:.6g}, goes straight."


def _bracketed(value: float) -> str:
    return f"({value:.6g})" if value < 0 else f"{value:.6g}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


# ---- any other path ------------------------------------------------------------------------------------------------


def _of_any(way: Way, corners: Sequence[Level]) -> Verdict:
    if way.end is End.OVERFLOW or _runs_away(way):
        return Verdict("diverging", (_reached(way), _cause_of_running(way)))
    coming = approach(way, corners)
    pace = "" if coming is None else _pace(coming, f"about {coming.factor:.4g}" if coming.factor is not None else "")
    if coming is not None and coming.arrived:
        return _arrived(way, coming, pace)
    if _swings(way.points) >= 0.5 and way.steps >= 4:
        return Verdict("oscillating", (_reached(way), _cause_of_swinging(way, corners)), coming)
    return _unfinished(way, coming, pace)


def _runs_away(way: Way) -> bool:
    """Far from the start, with steps that do not get shorter."""
    lengths = way.lengths[-TAIL:]
    size = max(1.0, float(np.abs(way.points[0]).max()))
    far = float(np.abs(way.points[-1] - way.points[0]).max()) > FAR * size
    return len(lengths) > 1 and far and bool(lengths[-1] >= 0.99 * lengths[0])


def _swings(points: Floats) -> float:
    """The share of the last steps that turn back on the one before."""
    steps = np.diff(points[-TAIL - 1 :], axis=0)
    if len(steps) < 2:
        return 0.0
    return float((np.einsum("ki,ki->k", steps[1:], steps[:-1]) < 0).mean())


def _ratio(numbers: Floats) -> float:
    """By how much the numbers of the path's end change each step, on average."""
    tail = numbers[-TAIL:]
    tail = tail[tail > 0]
    return float((tail[-1] / tail[0]) ** (1 / (len(tail) - 1))) if len(tail) > 1 else 1.0


def _slows(slopes: Floats) -> bool:
    """Whether the gradient shrinks more slowly in the last quarter of the path than in the one before it."""
    quarter = len(slopes) // 4
    if quarter < 4 or not (slopes[-2 * quarter :] > 0).all():
        return False
    before, after = np.log(slopes[-2 * quarter] / slopes[-quarter]), np.log(slopes[-quarter] / slopes[-1])
    return bool(0 < after < 0.85 * before)


def _cause_of_running(way: Way) -> str:
    if _swings(way.points) >= 0.5 or way.values[-1] > way.values[0]:
        return (
            f"Each step leaps over where the function is low and lands higher, {_ratio(way.lengths):.3g} times as long "
            "as the one before: the learning rate is too large here. Try a tenth of it."
        )
    return (
        "The function falls along the path without end, and the steps get no shorter: there is no minimum this way, "
        "and a smaller learning rate would only be slower."
    )


def _cause_of_swinging(way: Way, corners: Sequence[Level]) -> str:
    ratio, longest = _ratio(way.lengths), float(way.lengths[-TAIL:].max())
    for corner in corners:
        if corner.kind == "minimum" and math.dist(corner.point, way.points[-1]) <= 1.5 * longest and ratio > 0.9:
            return (
                f"It swings around the minimum {shown(way, corner.point)}, which is a corner: {jump_words(corner)}, so "
                f"however near it is, a step is about {longest:.3g} long. A falling rate settles it."
            )
    back = "Step after step turns back on the one before"
    if ratio < 0.999:
        return (
            f"{back}, each about {ratio:.4g} times as long: the swings shrink, and more steps or a smaller learning "
            "rate would bring it to rest."
        )
    return f"{back} and is no shorter: the steps are too long for the valley. A smaller or falling rate settles it."


def _unfinished(way: Way, coming: Approach | None, pace: str) -> Verdict:
    """A path that was on its way: how far it has to go, and how long the gradient still is."""
    left = f"The gradient is still {way.slopes[-1]:.3g} long"
    ratio = _ratio(way.slopes)
    if way.steps == 0:
        return Verdict("unfinished", (f"No step was taken. {left}.",))
    if _slows(way.slopes):
        rest = f"{left} and shrinks ever more slowly{': the steps bring it nearer by less and less' if coming else ''}."
    elif 0 < ratio < 1 - 1e-6 and way.tolerance > 0:
        more = math.ceil(math.log(way.tolerance / way.slopes[-1]) / math.log(ratio))
        need = f"at that pace about {plural(more, 'more step')} would do"
        rest = f"{left} and shrinks to {ratio:.4g} of itself each step: {need}."
    elif way.optimizer.rate(way.steps - 1) == 0:
        rest = f"{left}, and the learning rate is 0."
    else:
        rest = f"{left} and does not shrink yet."
    near = [] if coming is None else [_on_its_way(way, coming), pace]
    return Verdict("unfinished", tuple(filter(None, (_reached(way), *near, rest))), coming)


def _on_its_way(way: Way, coming: Approach) -> str:
    what = f"{WORDS[coming.level.kind].replace('a ', 'the ', 1)} {shown(way, coming.level.point)}"
    return f"It is {coming.left:.3g} from {what}, of {coming.distances[0]:.3g} at the start."
