"""Tensors: arrays with derivatives, readable from end to end.

What a Tensor is, and what may be asked of it:

    handle       the Tensor itself              derivatives  grad, jacobian, hessian, vjp, jvp
    methods      what arrays can do by method   checks       derivatives against differences
    display      text, tables, formulas         graph        the graph as DOT, JSON and picture

How it works, from the ground up:

    tape         what was computed from what, and the two sweeps along it
    kinds        what an operation must say about itself
    rules        the table of derivatives
    functions    functions of NumPy that need no rule of their own
    own          a user's own activations and losses, differentiated by the tape
    dispatch     what a NumPy function does when it meets a Tensor
    runs         a function run on fresh inputs, so that gradients have gradients

Nothing here knows of layers or training.
"""

from glassnet.tensors import rules
from glassnet.tensors.checks import check_gradients
from glassnet.tensors.derivatives import grad, hessian, jacobian, jvp, no_grad, value_and_grad, vjp
from glassnet.tensors.handle import Tensor, tensor

__all__ = [
    "Tensor",
    "check_gradients",
    "grad",
    "hessian",
    "jacobian",
    "jvp",
    "no_grad",
    "tensor",
    "value_and_grad",
    "vjp",
]

del rules
