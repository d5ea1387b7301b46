"""The tape: what was computed from what, and the two ways to carry derivatives along it.

Every recorded operation is a Node that knows its operands' nodes (its parents) and is newer than they are. The nodes
between some inputs and an output, sorted by age, are therefore in the order in which they were computed: derivatives
go through that list from its end (``reverse``) or from its start (``forward``), without recursion, however deep the
graph is. What a single operation does with them stands in the rules.

Nothing on the tape is ever changed: an operation in place makes a new node, and the Tensor moves to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glassnet.typing import Array

if TYPE_CHECKING:
    from glassnet.tensors.kinds import Operation

# One flag a thread and a task, so that no_grad() in one of them leaves the others recording.
_recording: ContextVar[bool] = ContextVar("recording", default=True)
_serials = count()


def is_recording() -> bool:
    """Whether operations are recorded here."""
    return _recording.get()


@contextmanager
def recording(on: bool) -> Iterator[None]:
    """Record operations inside the block, or do not."""
    before = _recording.set(on)
    try:
        yield
    finally:
        _recording.reset(before)


class Call(NamedTuple):
    """One application of an operation: function(*operands, *extra, **settings) = result."""

    function: Callable[..., Any]
    operands: tuple[Any, ...]
    extra: tuple[Any, ...]
    settings: dict[str, Any]
    result: Any


class Leaf:
    """The place where gradients of a Tensor that asked for them are collected."""

    __slots__ = ("grad",)

    def __init__(self) -> None:
        self.grad: Any = None


class Node:
    """A value on the tape; ``parents`` stand beside ``call.operands``, None for constants. A leaf has no call."""

    __slots__ = ("__weakref__", "call", "labels", "leaf", "name", "operation", "parents", "serial", "value")

    def __init__(
        self,
        value: Array,
        operation: Operation | None = None,
        call: Call | None = None,
        parents: tuple[Node | None, ...] = (),
        leaf: Leaf | None = None,
    ) -> None:
        self.value, self.operation, self.call, self.parents, self.leaf = value, operation, call, parents, leaf
        self.serial = next(_serials)
        self.name: str | None = None
        self.labels: tuple[str | None, ...] = ()  # the names of the operands, where they have some


Present = Callable[[Any, Node | None], Any]  # how values of the tape are handed to the rules: as arrays or as Tensors


def as_arrays(value: Any, node: Node | None) -> Any:
    """The values themselves: derivatives come out as arrays, and are not recorded."""
    return value


def presented(node: Node, present: Present) -> Call:
    """The call of a node with its values as the rules are to see them."""
    call = node.call
    assert call is not None
    if present is as_arrays:
        return call
    operands = tuple(
        value if parent is None else present(value, parent)
        for value, parent in zip(call.operands, node.parents, strict=True)
    )
    return Call(call.function, operands, call.extra, call.settings, present(call.result, node))


# ---- the way from the inputs to an output --------------------------------------------------------------------------


class Path(NamedTuple):
    """The nodes that depend on the inputs and lead to the output, oldest first, the inputs among them.

    ``outside``: something else that asks for derivatives takes part, so that the derivatives must be recorded, too.
    """

    nodes: list[Node]
    members: set[Node]
    outside: bool


def path(output: Node, inputs: Sequence[Node]) -> Path:
    """How the output came from the inputs."""
    ends, oldest = set(inputs), min(node.serial for node in inputs)
    outside = any(node.parents for node in inputs)
    seen: set[Node] = set()
    stack = [output]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        if node.serial < oldest or (node.leaf is not None and node not in ends):  # no input can lead to it
            outside = True
            continue
        seen.add(node)
        if node not in ends:
            stack.extend(parent for parent in node.parents if parent is not None)
    members: set[Node] = set()
    nodes = sorted(seen, key=lambda node: node.serial)
    for node in nodes:
        if node in ends or any(parent in members for parent in node.parents):
            members.add(node)
    return Path([node for node in nodes if node in members], members, outside)


def leaves(output: Node) -> list[Node]:
    """The leaves an output was computed from."""
    seen, stack, found = {output}, [output], []
    while stack:
        node = stack.pop()
        if node.leaf is not None:
            found.append(node)
        for parent in node.parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return found


# ---- the two sweeps ------------------------------------------------------------------------------------------------

# Derivatives may be infinite (sqrt at 0) or undefined (inf - inf); what IEEE arithmetic gives is the answer.
quiet = np.errstate(all="ignore")


@quiet
def reverse(output: Node, gradient: Any, along: Path, present: Present, keep: Sequence[Node] = ()) -> dict[Node, Any]:
    """Gradients of <output, gradient> with respect to the nodes in ``keep``, by the chain rule, newest node first.

    The gradient of a node is complete when it is reached: everything computed from it is newer.
    """
    kept = set(keep)
    gradients = {output: gradient} if output in along.members else {}
    for node in reversed(along.nodes):
        G = gradients[node] if node in kept else gradients.pop(node)
        if node.operation is None or not along.members.intersection(node.parents):
            continue
        call = presented(node, present)
        for position, parent in enumerate(node.parents):
            if parent is not None and parent in along.members:
                part = node.operation.vjp(position, G, call)
                gradients[parent] = gradients[parent] + part if parent in gradients else part
    return gradients


@quiet
def forward(output: Node, tangents: dict[Node, Any], along: Path, present: Present) -> Any:
    """The tangent of the output from those of the inputs, by the chain rule, oldest node first; None for zero."""
    found = dict(tangents)
    for node in along.nodes:
        if node in found or node.operation is None:
            continue
        incoming = tuple(found.get(parent) if parent is not None else None for parent in node.parents)
        found[node] = node.operation.jvp(incoming, presented(node, present))
    return found.get(output)
