"""Activations: each value with its derivative beside it.

A network needs them because without one a stack of layers is a single matrix, however deep (COURSE D2). Every
function takes Z (the weighted sums, of any shape; rows are examples) and gives A = g(Z) in the same floating dtype
(integers become float64). Beside the value stand two more:

    g.gradient(Z)                    g'(Z) entry by entry; for softmax and log_softmax the Jacobian
                                     J[..., i, j] = dA_i / dZ_j, of shape (..., C, C)
    g.backward(dA, Z, A, out=None)   dZ from dA by the chain rule; ``out`` may be dA itself

    linear          identity, step                     exponentials   exponential, elu, selu, celu
    sigmoids        sigmoid, tanh, softsign,           gated          softplus, silu, mish, gelu
                    hard_tanh, hard_sigmoid            classes        softmax, log_softmax
    rectifiers      relu, leaky_relu, relu6, prelu     activation     what they have in common

NaN in gives NaN out; +-inf give the limits; nothing warns.
"""

from glassnet.maths.activations.activation import CATALOGUE, Activation, get
from glassnet.maths.activations.classes import log_softmax, softmax
from glassnet.maths.activations.exponentials import celu, elu, exponential, selu
from glassnet.maths.activations.gated import gelu, mish, silu, softplus
from glassnet.maths.activations.linear import identity, step
from glassnet.maths.activations.rectifiers import leaky_relu, prelu, relu, relu6
from glassnet.maths.activations.sigmoids import hard_sigmoid, hard_tanh, sigmoid, softsign, tanh

__all__ = [
    "CATALOGUE",
    "Activation",
    "celu",
    "elu",
    "exponential",
    "gelu",
    "get",
    "hard_sigmoid",
    "hard_tanh",
    "identity",
    "leaky_relu",
    "log_softmax",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "step",
    "tanh",
]
