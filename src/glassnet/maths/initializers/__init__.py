"""How weights start: formulas of the shape (in, out), drawn from the counter-based generator.

Numbers are drawn in float64 and then rounded, so that a float32 network starts from the float64 one, rounded. Each
weight has a stream of its own, (seed, layer), so a layer's start does not depend on the sizes of the layers before it.

    plain         zeros, ones, constant, uniform, normal, truncated_normal
    scaled        glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal
    matrices      orthogonal, identity
    initializer   what they have in common
"""

from glassnet.maths.initializers.initializer import CATALOGUE, Initializer, describe, from_description, get
from glassnet.maths.initializers.matrices import identity, orthogonal
from glassnet.maths.initializers.plain import constant, normal, ones, truncated_normal, uniform, zeros
from glassnet.maths.initializers.scaled import (
    fans,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
)

__all__ = [
    "CATALOGUE",
    "Initializer",
    "constant",
    "describe",
    "fans",
    "from_description",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "truncated_normal",
    "uniform",
    "zeros",
]
