"""What made a logit: the share of every pixel and of every unit, exactly.

A network of ReLUs is linear where its units stay on their sides, so a logit is a sum: every input times the slope of
the logit by it, and what the biases add on their open paths. The slopes are products and sums of weights, computed as
whole numbers over a power of two and so without rounding; what is left of the logit that the network computed is its
rounding, and is shown. The same holds from the units of any layer on.

Source: the decomposition is exact for piecewise linear networks, Montavon, Samek and Müller (2018), "Methods for
interpreting and understanding deep neural networks", section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import SettingError, ShapeError
from glassnet.lab.explaining import LARGEST
from glassnet.lab.links import Link
from glassnet.layers import Concatenate, Dropout, GaussianNoise, Layer, Residual
from glassnet.typing import Array, ArrayLike

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace
    from glassnet.training.network import Network

Exact = Any  # an array of whole numbers of any size (dtype object), over a common power of two
Sides = tuple[Array, Array]  # slope and intercept of each unit, where it stands


def attribute(network: Network, x: ArrayLike, *, output: int | None = None, scale: str | None = "unit") -> Attribution:
    """What every input and every unit contributes to a logit, exactly.

    Args:
        network: of layers that are piecewise linear: Dense with relu, leaky_relu, relu6, hard_tanh, identity; PReLU,
            Residual, Concatenate, Columns, Rescale, Flatten; Dropout and GaussianNoise, which do nothing in prediction.
        x: one row (d,), or (1, d).
        output: which logit; by default the largest.
        scale: as for `fit`, for a network that has not been trained.

    Returns:
        The contributions level by level: `levels[0]` of the inputs, the others of the units of each layer. The exact
        sum of a level's contributions, its bias and its rounding is the logit.

    Raises:
        SettingError: a network that is not piecewise linear, or an output it does not have.

    Example:
        >>> import glassnet as gn
        >>> net = gn.Network([gn.Dense(2, activation="relu"), gn.Dense(1)])
        >>> weights = net.build(2, dtype="float64").parameters()
        >>> weights["W1"][...], weights["W2"][...] = [[1.0, -1.0], [2.0, 0.5]], [[0.5], [3.0]]
        >>> found = attribute(net, [1.0, 0.25])
        >>> found.logit, found.levels[0].contributions.tolist(), float(found.levels[0].rounding)
        (0.75, [0.5, 0.25], 0.0)
    """
    from glassnet.lab.dissect import dissect

    row = np.asarray(x)
    row = row[None] if row.ndim == 1 else row
    if len(row) != 1:
        raise ShapeError(f"One row is attributed at a time; given are {len(row)}.")
    outputs = network.logits(row).shape[-1]
    target = np.zeros((1, outputs))
    trace = dissect(_predicting(network), row, target, loss="mse", optimizer="sgd", scale=scale)
    return of_trace(trace, 0, output)


def _predicting(network: Network) -> Network:
    """The network as it predicts: with the same weights, and dropout that drops nothing."""
    twin = copy(network)
    twin.layers = tuple(map(_quiet, network.layers))
    if network.specification is not None:
        twin.specification = replace(network.specification, layers=twin.layers)
    return twin


def _quiet(layer: Layer) -> Layer:
    """The layer, and those inside it, without what chance does in training."""
    if isinstance(layer, Dropout):
        return replace(layer, rate=0.0)
    if isinstance(layer, GaussianNoise):
        return replace(layer, deviation=0.0)
    if isinstance(layer, Residual):
        return replace(layer, layers=tuple(map(_quiet, layer.layers)))
    if isinstance(layer, Concatenate):
        return replace(layer, branches=tuple(tuple(map(_quiet, branch)) for branch in layer.branches))
    return layer


@dataclass(frozen=True)
class Level:
    """Where a logit is taken apart: the inputs, or the units of a layer; `exact` are the contributions as fractions."""

    name: str
    contributions: Array
    exact: tuple[Fraction, ...]
    bias: Fraction
    rounding: Fraction

    @property
    def total(self) -> Fraction:
        """The exact sum of contributions, bias and rounding: the logit."""
        return sum(self.exact, Fraction()) + self.bias + self.rounding

    def largest(self, most: int = LARGEST) -> list[int]:
        """The entries that contribute most, for or against."""
        return [int(i) for i in np.argsort(-np.abs(self.contributions), kind="stable")[:most]]


@dataclass(frozen=True)
class Attribution:
    """A logit and what it is made of."""

    output: int
    logit: float
    levels: tuple[Level, ...]

    def __str__(self) -> str:
        lines = [f"The logit of output {self.output} is {self.logit!r}."]
        for level in self.levels:
            lines += ["", f"From {level.name}:"]
            shown = level.largest()
            lines += [f"    {level.contributions[i]:+.7g}   {level.name}[{i}]" for i in shown]
            if len(level.exact) > len(shown):
                rest = sum((e for i, e in enumerate(level.exact) if i not in set(shown)), Fraction())
                lines.append(f"    {float(rest):+.7g}   the other {len(level.exact) - len(shown)} together, exactly")
            lines.append(f"    {float(level.bias):+.7g}   the biases")
            lines.append(f"    {float(level.rounding):+.3g}   rounding")
            lines.append(f"    = {float(level.total)!r}, exactly")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The attribution as plain data; bias and rounding also as exact fractions."""
        levels = [
            {
                "name": level.name,
                "contributions": level.contributions.tolist(),
                "bias": float(level.bias),
                "rounding": float(level.rounding),
                "bias_exact": str(level.bias),
                "rounding_exact": str(level.rounding),
            }
            for level in self.levels
        ]
        return {"output": self.output, "logit": self.logit, "levels": levels}


# ---- computing it ----------------------------------------------------------------------------------------------------


def of_trace(trace: Trace, example: int = 0, output: int | None = None) -> Attribution:
    """See `Trace.attribution`."""
    rows = trace.formulas.rows
    if not 0 <= example < rows:
        raise SettingError(f"There is no example {example}: the batch has the examples 0 to {rows - 1}.")
    links = _before_the_head(trace)
    logits = np.asarray(trace.quantities[links[-1].name].value)[example]
    chosen = int(logits.argmax()) if output is None else output
    if isinstance(chosen, bool) or not isinstance(chosen, (int, np.integer)) or not 0 <= chosen < len(logits):
        raise SettingError(f"There is no output {output!r}: the network has the outputs 0 to {len(logits) - 1}.")
    logit = float(logits[chosen])
    levels = tuple(_levels(trace, links, example, int(chosen), Fraction(logit)))
    return Attribution(int(chosen), logit, levels[::-1])


def _before_the_head(trace: Trace) -> tuple[Link, ...]:
    """The chain up to the logits: without a softmax or sigmoid that turns them into probabilities."""
    links = list(trace.formulas.links)
    last = links[-1]
    if last.kind == "activation" and (last.function.name in ("softmax", "log_softmax") or trace.formulas.head):
        links.pop()
    if links and links[-1].kind == "activation" and links[-1].function.name == "sigmoid":
        links.pop()
    for link in links:
        _check(link)
    return tuple(links)


def _check(link: Link) -> None:
    """Raises SettingError for an operation that is not piecewise linear, or not as it is in a prediction."""
    if link.kind not in THROUGH:
        raise SettingError(
            f"{type(link.function).__name__} is not piecewise linear: a logit is no sum over its inputs."
        )
    if link.kind == "activation" and link.function.name not in PIECES:
        raise SettingError(
            f"{link.function.name} is not piecewise linear: a logit is no sum over its inputs. It is for "
            f"{', '.join(PIECES)}."
        )
    if (link.kind == "dropout" and link.function.rate > 0) or (link.kind == "noise" and link.function.deviation > 0):
        name = type(link.function).__name__
        raise SettingError(f"{name} is at work in a step of training; gn.attribute(network, x) takes a prediction.")


def _levels(trace: Trace, links: tuple[Link, ...], example: int, output: int, logit: Fraction) -> Iterator[Level]:
    """From the last layer down: the slopes of the logit by the quantities passed, and what the biases add.

    Where branches run side by side no quantity of theirs alone makes the logit, so there is no level.
    """
    slopes = {links[-1].name: Whole.of(np.eye(links[-1].outputs)[output])}
    bias, shown = Fraction(), ""
    for link in reversed(links):
        if link.name not in slopes:
            continue  # a branch whose columns nobody uses
        passed, more = THROUGH[link.kind](At(trace, link, example), slopes.pop(link.name))
        bias += more
        for source, part in passed.items():
            slopes[source] = slopes[source] + part if source in slopes else part
        if set(slopes) == {link.source} and (link.kind == "affine" or link.source == "X") and shown != link.source:
            shown = link.source
            yield _level(trace, shown, example, slopes[shown], bias, logit)


def _level(trace: Trace, name: str, example: int, slopes: Whole, bias: Fraction, logit: Fraction) -> Level:
    exact = tuple((Whole.of(np.asarray(trace.quantities[name].value)[example]) * slopes).fractions())
    contributions = np.array([float(each) for each in exact])
    return Level(trace.view.quantity(name), contributions, exact, bias, logit - sum(exact, Fraction()) - bias)


@dataclass(frozen=True)
class Whole:
    """Floats as whole numbers over one power of two: sums and products of them are exact."""

    numerators: Exact
    power: int

    @classmethod
    def of(cls, values: Array) -> Whole:
        """The floats as they are."""
        mantissas, exponents = np.frexp(np.asarray(values, np.float64))
        whole = np.ldexp(mantissas, 53).astype(np.int64).astype(object)
        exponents = exponents.astype(np.int64) - 53
        lowest = int(exponents.min(initial=0))
        shifts = (exponents - lowest).astype(object)
        return cls(np.asarray(whole << shifts, object), lowest)

    def __add__(self, other: Whole) -> Whole:
        lowest = min(self.power, other.power)
        parts = (each.numerators << np.asarray(each.power - lowest, object) for each in (self, other))
        return Whole(np.asarray(sum(parts), object), lowest)

    def __mul__(self, other: Whole) -> Whole:
        return Whole(self.numerators * other.numerators, self.power + other.power)

    def __matmul__(self, other: Whole) -> Whole:
        return Whole(self.numerators @ other.numerators, self.power + other.power)

    def fractions(self) -> list[Fraction]:
        """The numbers one by one."""
        return [self._fraction(int(each)) for each in np.ravel(self.numerators)]

    def total(self) -> Fraction:
        """Their sum."""
        return self._fraction(int(np.sum(self.numerators)) if np.size(self.numerators) else 0)

    def _fraction(self, numerator: int) -> Fraction:
        return Fraction(numerator) * Fraction(2) ** self.power


@dataclass(frozen=True)
class At:
    """An operation at one example: where a slope passes."""

    trace: Trace
    link: Link
    example: int

    def values(self, name: str) -> Array:
        """The numbers of a quantity, of this example where it has examples."""
        value = np.asarray(self.trace.quantities[name].value, np.float64)
        return value if name in self.link.weights() else value[self.example]

    def has(self, name: str) -> bool:
        """Whether there is such a quantity."""
        return name in self.trace.quantities


Passed = tuple[dict[str, Whole], Fraction]  # the slopes by the sources, and what the operation's own constants add


def _affine(at: At, slopes: Whole) -> Passed:
    W, b = f"W{at.link.k}", f"b{at.link.k}"
    bias = (slopes * Whole.of(at.values(b))).total() if at.has(b) else Fraction()
    return {at.link.source: Whole.of(at.values(W)) @ slopes}, bias


def _activated(at: At, slopes: Whole) -> Passed:
    slope, intercept = PIECES[at.link.function.name](at.values(at.link.source), at.link.function.settings)
    return {at.link.source: slopes * Whole.of(slope)}, (slopes * Whole.of(intercept)).total()


def _rescaled(at: At, slopes: Whole) -> Passed:
    factor, offset = (Whole.of(np.asarray(numbers)) for numbers in at.link.constants().values())
    return {at.link.source: slopes * factor}, (slopes * offset).total()


def _rectified(at: At, slopes: Whole) -> Passed:
    z, slope = at.values(at.link.source), at.values(at.link.weights()[0])
    return {at.link.source: slopes * Whole.of(np.where(z > 0, 1.0, slope))}, Fraction()


def _unchanged(at: At, slopes: Whole) -> Passed:
    """To every source as it is: dropout and noise of a prediction, and both parts of a sum."""
    both = [at.link.source] if len(at.link.sources) == 1 else list(at.link.sources)
    passed: dict[str, Whole] = {}
    for source in both:
        passed[source] = passed[source] + slopes if source in passed else slopes
    return passed, Fraction()


def _joined(at: At, slopes: Whole) -> Passed:
    passed: dict[str, Whole] = {}
    start = 0
    for name, width in at.link.parts:  # type: ignore[attr-defined]
        part = Whole(slopes.numerators[start : start + width], slopes.power)
        passed[name] = passed[name] + part if name in passed else part
        start += width
    return passed, Fraction()


def _chosen(at: At, slopes: Whole) -> Passed:
    spread = np.zeros(at.link.inputs, object)
    spread[list(at.link.function.columns)] = slopes.numerators
    return {at.link.source: Whole(spread, slopes.power)}, Fraction()


THROUGH: dict[str, Callable[[At, Whole], Passed]] = {
    "affine": _affine,
    "activation": _activated,
    "rescale": _rescaled,
    "prelu": _rectified,
    "dropout": _unchanged,
    "noise": _unchanged,
    "added": _unchanged,
    "joined": _joined,
    "columns": _chosen,
}


def _relu6(z: Array, _: Any) -> Sides:
    return ((z > 0) & (z < 6)).astype(float), np.where(z >= 6, 6.0, 0.0)


def _hard_tanh(z: Array, _: Any) -> Sides:
    return (np.abs(z) < 1).astype(float), np.where(np.abs(z) < 1, 0.0, np.sign(z))


PIECES: dict[str, Any] = {
    "identity": lambda z, _: (np.ones_like(z), np.zeros_like(z)),
    "relu": lambda z, _: ((z > 0).astype(float), np.zeros_like(z)),
    "leaky_relu": lambda z, settings: (np.where(z > 0, 1.0, settings["slope"]), np.zeros_like(z)),
    "relu6": _relu6,
    "hard_tanh": _hard_tanh,
}
