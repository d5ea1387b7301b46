"""What a step does around the optimizer's rule: penalties, limits of the gradient and the weights, and their mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from glassnet.engine.interface import Rule, State
from glassnet.layers.parameters import Parameters, Slot
from glassnet.layers.penalty import Penalty
from glassnet.layers.specification import Specification
from glassnet.maths.penalties import (
    clip_by_norm,
    clip_by_value,
    l1,
    l1_gradient,
    l2,
    l2_gradient,
    max_norm,
    running_mean,
)
from glassnet.typing import Array, Floats


def penalties(specification: Specification) -> Iterator[tuple[str, Penalty]]:
    """The weights that have penalties or limits, by name."""
    for node in specification.nodes:
        yield from ((node.weights[spec.symbol], spec.penalty) for spec in node.built.parameters if spec.penalty)


def penalised(specification: Specification, parameters: Parameters) -> list[tuple[Slot, Penalty]]:
    """Where the weights lie that have a penalty which adds to the loss."""
    places = {slot.name: slot for slot in parameters.slots}
    return [(places[name], each) for name, each in penalties(specification) if each.l1 or each.l2 or each.l2_shared]


def penalty(penalised: Sequence[tuple[Slot, Penalty]], flat: Floats, weight: float) -> float:
    """What the penalties add to the loss under these weights, in a step whose rows weigh so much in all."""
    with np.errstate(over="ignore"):  # a diverging training is the loop's to report
        return sum(added(slot.of(flat), each, weight) for slot, each in penalised)


def added(W: Array, each: Penalty, weight: float) -> float:
    """What the penalties of one array of weights add to the loss."""
    strength = each.l2_over(weight)
    return (l1(W, each.l1) if each.l1 else 0.0) + (l2(W, strength) if strength else 0.0)


class Around:
    """The penalties and limits of one training, bound to its weights and gradients (which it changes in place)."""

    def __init__(self, named: Iterable[tuple[str, Penalty]], optimizer: Rule, state: State, gradients: Floats) -> None:
        self.optimizer, self.state, self.gradients = optimizer, state, gradients
        views = state.parameters.views_of(gradients)
        self.named = list(named)
        self.penalised: list[tuple[Array, Array, Penalty]] = [
            (state.parameters[name], views[name], each) for name, each in self.named
        ]

    def penalise(self, weight: float) -> float:
        """Adds the gradients of the penalties to those of the loss; what the penalties are.

        `weight` is that of the step's rows in all.
        """
        total = 0.0
        for W, dW, each in self.penalised:
            total += added(W, each, weight)
            if each.l1:
                dW += l1_gradient(W, each.l1)
            if strength := each.l2_over(weight):
                dW += l2_gradient(W, strength)
        return total

    def curvature(self, weight: float) -> Floats:
        """The diagonal of the penalties' second derivatives: 2 l2 at every weight that has one, flat."""
        diagonal = np.zeros(self.gradients.size)
        views = self.state.parameters.views_of(diagonal)
        for name, each in self.named:
            views[name][...] = 2 * each.l2_over(weight)
        return diagonal

    def before(self, rate: float) -> None:
        """Limits the gradient, by value first, and lets the weights decay."""
        by_value, by_norm = self.optimizer.clip_value, self.optimizer.clip_norm
        if by_value is not None:
            self.gradients[:] = clip_by_value(self.gradients, by_value)
        if by_norm is not None:
            self.gradients[:] = clip_by_norm(self.gradients, by_norm)
        for W, _, each in self.penalised:
            if each.weight_decay:
                W -= (rate * each.weight_decay) * W

    def after(self) -> None:
        """Limits the weights, and takes them into their running mean."""
        for W, _, each in self.penalised:
            if each.max_norm is not None:
                W[...] = max_norm(W, each.max_norm)
        decay, theta = self.optimizer.ema, self.state.parameters.flat
        if decay is not None:
            mean = self.state.moments["ema"]
            with np.errstate(over="ignore", invalid="ignore"):
                mean[:] = running_mean(mean, theta, decay, self.state.scalars["ema_power"])
