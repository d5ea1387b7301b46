"""What every activation must be: its formula at 50 digits, its limits, and where it has corners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import mpmath

from glassnet.maths.activations import CATALOGUE

mp = mpmath.mp.clone()
mp.dps = 50
inf = float("inf")


@dataclass(frozen=True)
class Row:
    """An activation with some settings."""

    name: str
    formula: Callable[[list], list]  # at high precision, of one row of numbers
    limits: tuple[float, float]  # at -inf and at inf; of rowwise ones, of that entry in a row beside a 0
    corners: tuple[float, ...] = ()  # of the value or of its slope: where differences must not look
    settings: dict[str, Any] = field(default_factory=dict)
    relative: float = 1e-15  # of the error
    absolute: float = 1e-307  # of the error: by default everything but the subnormal numbers is right relatively

    @property
    def function(self) -> Any:
        return CATALOGUE[self.name].configured(**self.settings)

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.settings.items())])


def each(f: Callable[[Any], Any]) -> Callable[[list], list]:
    return lambda row: [f(z) for z in row]


def softmax(row: list) -> list:
    total = mp.fsum(mp.exp(z) for z in row)
    return [mp.exp(z) / total for z in row]


def between(low: float, z: Any, high: float) -> Any:
    return max(mp.mpf(low), min(mp.mpf(high), z))


def elu(alpha: float) -> Callable[[Any], Any]:
    return lambda z: z if z > 0 else mp.mpf(alpha) * mp.expm1(z)


def celu(alpha: float) -> Callable[[Any], Any]:
    return lambda z: z if z > 0 else mp.mpf(alpha) * mp.expm1(z / mp.mpf(alpha))


def selu(z: Any) -> Any:
    """From the paper: the scale and alpha that keep mean 0 and variance 1."""
    root, tail = mp.sqrt(mp.e), mp.erfc(1 / mp.sqrt(2))
    alpha = -mp.sqrt(2 / mp.pi) / (tail * root - 1)
    far = 2 * mp.erfc(mp.sqrt(2)) * mp.e**2
    rest = far + mp.pi * tail**2 * mp.e - 2 * (2 + mp.pi) * tail * root + mp.pi + 2
    scale = (1 - tail * root) * mp.sqrt(2 * mp.pi) / mp.sqrt(rest)
    return scale * (z if z > 0 else alpha * mp.expm1(z))


def gelu(z: Any) -> Any:
    return z * mp.erfc(-z / mp.sqrt(2)) / 2


def gelu_by_tanh(z: Any) -> Any:
    return z / (1 + mp.exp(-2 * mp.sqrt(2 / mp.pi) * (z + mp.mpf("0.044715") * z**3)))


ROWS = [
    Row("identity", each(lambda z: z), (-inf, inf)),
    Row("step", each(lambda z: mp.mpf(z >= 0)), (0, 1), corners=(0,)),
    Row("step", each(lambda z: mp.mpf(z > 0)), (0, 1), corners=(0,), settings={"at_zero": 0.0}),
    Row("sigmoid", each(lambda z: 1 / (1 + mp.exp(-z))), (0, 1)),
    Row("tanh", each(mp.tanh), (-1, 1)),
    Row("softsign", each(lambda z: z / (1 + abs(z))), (-1, 1), corners=(0,)),
    Row("hard_tanh", each(lambda z: between(-1, z, 1)), (-1, 1), corners=(-1, 1)),
    Row("hard_sigmoid", each(lambda z: between(0, z / 6 + mp.mpf(1) / 2, 1)), (0, 1), corners=(-3, 3)),
    Row(
        "hard_sigmoid",
        each(lambda z: between(0, mp.mpf(0.2) * z + mp.mpf(1) / 2, 1)),
        (0, 1),
        corners=(-2.5, 2.5),
        settings={"slope": 0.2},
        absolute=1e-16,  # next to the corner z = -2.5 the result is a difference
    ),
    Row("relu", each(lambda z: max(z, mp.mpf(0))), (0, inf), corners=(0,)),
    Row("relu6", each(lambda z: between(0, z, 6)), (0, 6), corners=(0, 6)),
    Row("leaky_relu", each(lambda z: z if z > 0 else mp.mpf(0.1) * z), (-inf, inf), corners=(0,)),
    Row(
        "leaky_relu",
        each(lambda z: z if z > 0 else mp.mpf(0.3) * z),
        (-inf, inf),
        corners=(0,),
        settings={"slope": 0.3},
    ),
    Row("exponential", each(mp.exp), (0, inf)),
    Row("elu", each(elu(1)), (-1, inf), corners=(0,)),
    Row("elu", each(elu(0.5)), (-0.5, inf), corners=(0,), settings={"alpha": 0.5}),
    Row("selu", each(selu), (-1.7580993408473766, inf), corners=(0,)),
    Row("celu", each(celu(1)), (-1, inf), corners=(0,)),
    Row("celu", each(celu(2.5)), (-2.5, inf), corners=(0,), settings={"alpha": 2.5}),
    Row("softplus", each(lambda z: mp.log1p(mp.exp(z))), (0, inf)),
    Row("silu", each(lambda z: z / (1 + mp.exp(-z))), (0, inf)),
    Row("mish", each(lambda z: z * mp.tanh(mp.log1p(mp.exp(z)))), (0, inf)),
    Row("gelu", each(gelu), (0, inf)),
    Row("gelu", each(gelu_by_tanh), (0, inf), settings={"approximate": True}, absolute=1e-16),  # z^3 is rounded
    Row("softmax", softmax, (0, 1)),
    Row("log_softmax", lambda row: [mp.log(a) for a in softmax(row)], (-inf, 0), absolute=2e-16),
]
