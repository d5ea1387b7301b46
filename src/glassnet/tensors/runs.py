"""A function run once: fresh inputs, the output, and the way between them along which derivatives go.

Where something outside asks for derivatives too (an outer ``grad``, a tensor with requires_grad=True that the function
uses), what the sweeps compute is recorded like anything else. That is all there is to gradients of gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import TypeNotUsableError
from glassnet.tensors import tape
from glassnet.tensors.handle import Tensor, at_node, constant, tensor
from glassnet.tensors.kinds import RULES, Operation, linear
from glassnet.tensors.tape import Call, Leaf, Node, Path

Function = Callable[..., Any]


def same(x: Any) -> Any:
    """x: how an input is tied to the tape outside of the function."""
    return x


linear(same, lambda G, X: G)


def fresh(x: Any) -> Tensor:
    """x as an input of its own, tied to where it came from."""
    given = x if isinstance(x, Tensor) else tensor(x)
    value, outer = given._value, given._node
    if outer is None:
        node = Node(value, leaf=Leaf())
    else:
        node = Node(value, RULES[same], Call(same, (value,), (), {}, value), (outer,))
    node.name = given._name
    return Tensor(value, node, given._name)


def node_of(x: Tensor) -> Node:
    """The node of a Tensor that has one."""
    assert x._node is not None
    return x._node


class Run(NamedTuple):
    """A function run once on fresh inputs, with the way from them to its output."""

    inputs: list[Node]
    output: Tensor
    along: Path | None  # None: the output does not depend on the inputs
    record: bool  # whether the derivatives themselves are recorded

    def back(self, gradient: Any) -> list[Tensor]:
        """The gradients of <output, gradient> by the inputs."""
        found: dict[Node, Any] = {}
        if self.along is not None:
            record, (start,) = self._starts([gradient])
            with tape.recording(record):
                found = tape.reverse(node_of(self.output), start, self.along, present_as(record), keep=self.inputs)
        return [_tensor(found.get(node), node.value) for node in self.inputs]

    def ahead(self, tangents: Sequence[Any]) -> Tensor:
        """The tangent of the output from those of the inputs."""
        found = None
        if self.along is not None:
            record, starts = self._starts(tangents)
            tangent_of = dict(zip(self.inputs, starts, strict=True))
            with tape.recording(record):
                found = tape.forward(node_of(self.output), tangent_of, self.along, present_as(record))
        return _tensor(found, self.output._value)

    def _starts(self, values: Sequence[Any]) -> tuple[bool, list[Any]]:
        """Whether to record a sweep that starts from these values, and the values as it takes them."""
        asked = any(isinstance(v, Tensor) and v.requires_grad for v in values) and tape.is_recording()
        record = self.record or asked
        return record, list(values) if record else [np.asarray(v) for v in values]


def present_as(record: bool) -> tape.Present:
    """How rules see the tape: as Tensors while derivatives are recorded, else as arrays."""
    return at_node if record else tape.as_arrays


def _tensor(derivative: Any, like: Any) -> Tensor:
    """The derivative as a Tensor; None is zero."""
    if derivative is None:
        return constant(np.zeros_like(like))
    return derivative if isinstance(derivative, Tensor) else constant(derivative)


def run_on_fresh(f: Function, arguments: Sequence[Any], argnums: Sequence[int], keywords: dict[str, Any]) -> Run:
    """Run f on its arguments, those in argnums as fresh inputs."""
    record = tape.is_recording()
    placed = list(arguments)
    with tape.recording(True):
        for k in argnums:
            placed[k] = fresh(arguments[k])
        inputs = [node_of(placed[k]) for k in argnums]
        output = f(*placed, **keywords)
    if not isinstance(output, Tensor):
        raise TypeNotUsableError(
            f"The function must return a tensor to be differentiated; it returned {type(output).__name__}. Derivatives "
            "do not pass through float(x), math.exp(x) or np.asarray(x): use NumPy's functions on x itself."
        )
    along = None if output._node is None else tape.path(output._node, inputs)
    for node in inputs:
        node.leaf = None  # nobody else will ask for derivatives by it
    return Run(inputs, output, along, record and along is not None and along.outside)


def seen_outside(run: Run) -> Tensor:
    """The value of a run, as whoever called sees it: without the fresh inputs unless something outside asks."""
    return run.output if run.record else run.output.detach()


def transposed(operation: Operation, position: int, tangent: Any, call: Call) -> Any:
    """The way forward of a rule that knows only the way back.

    G -> vjp(G) is linear, so the gradient of <vjp(G), tangent> by G, at any G, is the Jacobian times the tangent.

    Source: Townsend 2017, "A new trick for calculating Jacobian vector products".
    """
    zeros = np.zeros(np.shape(call.result), call.result.dtype)
    run = run_on_fresh(lambda G: operation.vjp(position, G, call), [zeros], [0], {})
    (found,) = run.back(tangent)
    return found if isinstance(call.result, Tensor) else found._value
