"""A trace's numbers against what they should be: what tells a formula from a guess.

Three ways, none of which uses the engine's backward pass. Every tensor is laid against its formula, evaluated anew in
float64 from the quantities before it; the two must agree along a random direction. Every derivative must be the slope
of the loss along that direction, by differences with Richardson's extrapolation: the forward pass is run on from the
quantity, a little moved. And small steps are computed anew from their given numbers in any number of digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from glassnet.errors import SettingError
from glassnet.lab.expressions import Name, evaluate
from glassnet.lab.whole import evaluate_whole
from glassnet.maths.differences import directional
from glassnet.typing import Array

DIRECTIONS = 3

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace


def check(trace: Trace, name: str | None, seed: int, digits: int | None) -> dict[str, float]:
    """See `Trace.check`."""
    if digits is not None:
        from glassnet.lab.precise import check_digits

        return check_digits(trace, name, digits)
    if name is not None:
        entry = trace.entry(name)
        return {str(trace.view.name(entry)): _of_entry(trace, entry)}
    errors: dict[str, float] = {}
    loss = Loss(trace)
    for quantity in trace.formulas.names:
        found = (_by_formula(trace, quantity, seed), loss.by_slope(quantity, seed))
        known = [error for error in found if error is not None]
        if known:
            errors[trace.view.quantity(quantity)] = max(known)
    return errors


def _by_formula(trace: Trace, quantity: str, seed: int) -> float | None:
    """The relative difference, along a random direction, between a tensor and its formula."""
    if trace.formulas.given(quantity) or quantity in trace.formulas.opaque:
        return None
    recomputed = evaluate_whole(quantity, trace)
    if recomputed is None:
        return None
    value = np.asarray(trace.quantities[quantity].value, np.float64)
    direction = np.random.default_rng(seed).uniform(-1, 1, size=value.shape)
    difference = abs(float(((value - recomputed) * direction).sum()))
    size = _usual_size(value, direction)
    if not np.isfinite(difference):
        return float("inf")
    return difference / size if size else float(difference > 0)


def _usual_size(value: Array, direction: Array) -> float:
    """The size that a tensor has along a random direction, on the average."""
    return float(np.sqrt(np.square(value).sum() * np.square(direction).sum() / max(value.size, 1)))


class Loss:
    """The loss as a function of any quantity of the forward pass, in float64, the rest of the pass after it."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.formulas = trace, trace.formulas
        self.chain = [*(name for link in self.formulas.links for name in (*link.sides(), link.name)), "loss"]

    def of(self, quantity: str) -> Callable[[Array], float] | None:
        """loss(value of this quantity); None where part of the way has no formula."""
        after = self.chain[self.chain.index(quantity) + 1 :] if quantity in self.chain else self.chain

        def loss(value: Array) -> float:
            moved = {quantity: value}
            for name in after:
                result = evaluate_whole(name, self.trace, moved)
                if result is None:
                    return float("nan")
                moved[name] = result
            return float(moved["loss"])

        here = np.asarray(self.trace.quantities[quantity].value, np.float64)
        return loss if np.isfinite(loss(here)) else None

    def by_slope(self, name: str, seed: int) -> float | None:
        """The relative difference between a derivative and slopes of the loss."""
        if name[0] != "d" or name[1:] not in self.trace.quantities or name in self.formulas.opaque:
            return None
        loss = self.of(name[1:])
        if loss is None:
            return None
        value = np.asarray(self.trace.quantities[name[1:]].value, np.float64)
        gradient, rng = self.gradient(name), np.random.default_rng(seed)
        errors = []
        for _ in range(DIRECTIONS):
            direction = rng.uniform(-1, 1, size=value.shape)
            slope = directional(loss, value, direction, step=step_for(value))
            usual = _usual_size(gradient, direction)  # of such a projection, which may be small by chance
            floor = max(usual, self.noise(value))
            errors.append(relative(float((gradient * direction).sum()), slope, floor))
        return max(errors)

    def noise(self, value: Array) -> float:
        """What the rounding of the loss leaves in a slope that is zero."""
        return 1e-14 / step_for(value) * (1 + abs(float(self.trace.quantities["loss"].value)))

    def gradient(self, name: str) -> Array:
        """The derivative with the mean's 1/m in it, wherever the trace has it."""
        value = np.asarray(self.trace.quantities[name].value, np.float64)
        weight = name[1:] in self.formulas.weights()
        return value if weight or self.formulas.mean_in == "dZ" else value / self.formulas.rows


def _of_entry(trace: Trace, entry: Name) -> float:
    """One number: against its formula, and a derivative against differences of the loss in that one direction."""
    errors = []
    tree = trace.formulas.entry(entry.quantity, entry.index)
    if tree is not None:
        errors.append(relative(trace.number(entry), evaluate(tree, trace.number)))
    if entry.quantity[0] == "d" and entry.quantity[1:] in trace.quantities:
        loss = Loss(trace)
        function = loss.of(entry.quantity[1:])
        if function is not None:
            here = np.asarray(trace.quantities[entry.quantity[1:]].value, np.float64)
            direction = np.zeros_like(here)
            direction[entry.index] = 1.0
            slope = directional(function, here, direction)
            errors.append(
                relative(float(loss.gradient(entry.quantity)[entry.index]), slope, loss.noise(here[entry.index]))
            )
    if not errors:
        shown = trace.view.name(entry)
        raise SettingError(f"{shown} is given, or has no formula here: there is nothing to check it by.")
    return max(errors)


def step_for(value: Array) -> float:
    """How far a tensor is moved: the more entries move together, the sooner one of many units meets its kink."""
    return max(1e-3 / max(1, np.size(value)), 1e-6)


def relative(a: float, b: float, noise: float = 0.0) -> float:
    """|a - b| as a share of the larger of the two, or of the noise where both are smaller."""
    if not (np.isfinite(a) and np.isfinite(b)):
        return float("inf")
    size = max(abs(a), abs(b), noise)
    return abs(a - b) / size if size else 0.0
