"""Activations and losses as operations: their derivatives stand in glassnet.maths and nowhere else.

``f.backward(dA, Z, A)`` and ``loss.gradient(target, prediction)`` are formulas of NumPy functions. Called with arrays
they are what engines run; called with Tensors they are recorded, and so have derivatives themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np

from glassnet.maths.activations import prelu
from glassnet.maths.dispatch import overridable
from glassnet.tensors.kinds import General, Operation, elementwise, fit, spread
from glassnet.tensors.tape import Call


class ActivationRule(General):
    """A = g(Z): dZ = g.backward(dA, Z, A)."""

    def __init__(self, activation: Any) -> None:
        super().__init__(activation.name, 1, ())
        self.activation = activation

    @cached_property
    def accepts(self) -> frozenset[str]:
        """The settings of the activation."""
        return frozenset(self.activation.settings)

    def vjp(self, position: int, G: Any, call: Call) -> Any:
        Z = call.operands[0]
        dZ = self.activation.backward(G, Z, call.result, **call.settings)
        return fit(dZ.reshape(np.shape(Z)), Z)

    def jvp(self, tangents: Sequence[Any], call: Call) -> Any:
        if self.activation.elementwise:  # a diagonal Jacobian is its own transpose
            return spread(self.vjp(0, tangents[0], call), call.result)
        return super().jvp(tangents, call)


class LossRule(General):
    """The loss of the prediction P: dP = G loss.gradient(target, P); with reduction "none" each row has its own G."""

    def __init__(self, loss: Any) -> None:
        super().__init__(loss.name, 1, ())
        self.loss = loss

    @cached_property
    def accepts(self) -> frozenset[str]:
        """What every loss takes, and the settings of this one."""
        return frozenset({"from_logits", "reduction", "sample_weight", *self.loss.settings})

    def vjp(self, position: int, G: Any, call: Call) -> Any:
        P, target = call.operands[0], call.extra[0]
        gradient = self.loss.gradient(target, P, **call.settings)
        rows = np.reshape(G, (-1, 1))
        dP = rows * np.reshape(gradient, (len(rows), -1))
        return fit(np.reshape(dP, np.shape(P)), P)


@cache
def loss_of_prediction(loss: Any) -> Callable[..., Any]:
    """The loss as a function of the prediction, its only operand."""

    def of_prediction(prediction: Any, target: Any, **settings: Any) -> Any:
        value = loss(target, prediction, **settings)
        floating = np.asarray(prediction).dtype
        return np.asarray(value, dtype=floating if floating.kind == "f" else np.float64)

    of_prediction.__name__ = loss.name
    return overridable(of_prediction)


@cache
def operation_of_loss(loss: Any) -> Operation:
    """The operation of ``loss_of_prediction(loss)``."""
    return LossRule(loss)


@cache
def operation_of_activation(activation: Any) -> Operation:
    """The operation that an activation is."""
    return ActivationRule(activation)


# The slope of a prelu is an operand like Z: it is learned.
elementwise(prelu, lambda A, Z, slope: prelu.gradient(Z, slope), lambda A, Z, slope: np.minimum(Z, 0))
