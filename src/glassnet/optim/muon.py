"""Muon: a step for each layer's weights as a matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from glassnet.engine.interface import Objective, State
from glassnet.maths.updates import muon
from glassnet.optim.adam import Adam
from glassnet.optim.base import Optimizer, Rate
from glassnet.typing import Floats


@dataclass(frozen=True, repr=False)
class Muon(Optimizer):
    """Momentum, its step made orthogonal: every direction of a layer's weights moves as far as every other.

    Formula:
        M = momentum M + G,   W = W - learning_rate max(1, out / in)^(1/2) orthogonalized(G + momentum M)

    The rule is for matrices: biases, and whatever else is no matrix, take Adam's step with the rate learning_rate
    times `vector_share`. The last layer is a matrix like the others here.

    Args:
        learning_rate: of the matrices; about 0.02, whatever their shapes.
        momentum: what stays of M.
        nesterov: whether the step looks one step of momentum ahead.
        vector_share: the rate of Adam, as a share of the learning rate.
        beta1, beta2, epsilon: Adam's.

    Raises:
        SettingError: a setting outside its range.

    Example:
        >>> Muon().vector_share * 0.02
        0.001

    Source: Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks; see `maths.updates.muon`.
    """

    learning_rate: Rate = 0.02
    momentum: float = 0.95
    nesterov: bool = True
    vector_share: float = 0.05
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    name: ClassVar[str] = "muon"
    moments: ClassVar[tuple[str, ...]] = ("m", "v")
    powers: ClassVar[tuple[str, ...]] = ("beta1", "beta2")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_fraction("momentum", "beta1", "beta2")
        self._check_not_negative("vector_share")
        self._check_epsilon()
        self._check_flag("nesterov")

    def apply(self, state: State, gradients: Floats, learning_rate: float, objective: Objective) -> None:
        state.scalars = self.advance(state.scalars)
        adam = Adam(beta1=self.beta1, beta2=self.beta2, epsilon=self.epsilon)
        for slot in state.parameters.slots:
            here = slice(slot.start, slot.stop)
            theta, g, m, v = (flat[here] for flat in (state.parameters.flat, gradients, *self._own(state)))
            if len(slot.shape) == 2:
                W, G, M = (flat.reshape(slot.shape) for flat in (theta, g, m))
                W[...], M[...] = muon(
                    W, G, M, learning_rate=learning_rate, momentum=self.momentum, nesterov=self.nesterov
                )
            else:
                adam.update(theta, g, [m, v], state.scalars, learning_rate * self.vector_share)

    def _own(self, state: State) -> list[Floats]:
        return [state.moments[name] for name in self.moments]
