"""The graph of a computation: every value with its shape and its gradient, as DOT, as JSON, as a picture."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.tensors import tape
from glassnet.tensors.handle import Tensor
from glassnet.tensors.tape import Call, Node
from glassnet.typing import Array

_SYMBOLS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "matmul": "@", "pow": "**", "negative": "−"}
_FEW = 12  # entries whose numbers are written in DOT
_MOST_DRAWN = 400


@dataclass(frozen=True)
class Vertex:
    """A value of the computation: a leaf, a constant, or the result of an operation."""

    kind: str  # "leaf", "constant" or "operation"
    label: str  # its name, or the operation with its settings
    value: Array
    gradient: Array | None  # of the output by it, where the output is one number
    operation: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """The vertices in the order of their computation, and who was computed from whom: (from, to) by number."""

    vertices: tuple[Vertex, ...]
    edges: tuple[tuple[int, int], ...]

    def to_dict(self) -> dict[str, Any]:
        """The graph as plain data; numbers that are not finite are strings, as everywhere in glassnet's JSON."""
        return {
            "vertices": [
                {
                    "id": k,
                    "kind": v.kind,
                    "label": v.label,
                    "operation": v.operation,
                    "settings": {key: _plain(value) for key, value in v.settings.items()},
                    "shape": list(v.value.shape),
                    "dtype": str(v.value.dtype),
                    "value": _plain(v.value),
                    "gradient": None if v.gradient is None else _plain(v.gradient),
                }
                for k, v in enumerate(self.vertices)
            ],
            "edges": [{"from": a, "to": b} for a, b in self.edges],
        }

    def to_json(self) -> str:
        """The graph as JSON: vertices with shape, value and gradient, and edges."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def to_dot(self) -> str:
        """The graph in the language of Graphviz."""
        shapes = {"leaf": "box", "constant": "plaintext", "operation": "ellipse"}
        lines = ["digraph {", "  rankdir=TB", '  node [fontname="sans-serif"]']
        for k, v in enumerate(self.vertices):
            text = "\n".join([f"{v.label}  {_shape(v.value)}", *_dot_numbers(v)])
            lines.append(f"  n{k} [shape={shapes[v.kind]}, label={_quoted(text)}]")
        lines += [f"  n{a} -> n{b}" for a, b in self.edges]
        return "\n".join([*lines, "}"])

    def to_svg(self) -> str:
        """The graph as a picture that stands alone, with values in black and gradients in orange.

        Raises: SettingError for a graph too large to be read.
        """
        from glassnet.tensors.picture import draw

        if len(self.vertices) > _MOST_DRAWN:
            raise SettingError(
                f"A picture of {len(self.vertices)} values could not be read; up to {_MOST_DRAWN} are drawn. Take "
                "to_json() or to_dot()."
            )
        return draw(self)

    def _repr_svg_(self) -> str:
        return self.to_svg()


def graph(output: Tensor) -> Graph:
    """What a tensor was computed from, with every value and every gradient.

    Formula:
        beside each value v stands the gradient d output / d v, where the output is one number.

    Shapes:
        any; without gradients where the output is more than one number.

    Raises:
        TypeNotUsableError: what is given is no Tensor.
        SettingError: a tensor without a history: nothing was recorded.

    Example:
        >>> import glassnet as gn
        >>> from glassnet.tensors.graph import graph
        >>> w = gn.tensor([2.0, 3.0], requires_grad=True, name="w")
        >>> g = graph((w * w).sum())
        >>> [(v.label, v.value.tolist(), v.gradient.tolist()) for v in g.vertices]
        [('w', [2.0, 3.0], [4.0, 6.0]), ('×', [4.0, 9.0], [1.0, 1.0]), ('sum', 13.0, 1.0)]
        >>> g.edges
        ((0, 1), (0, 1), (1, 2))

    Source: Bauer 1974, "Computational graphs and rounding error".
    """
    if not isinstance(output, Tensor):
        raise TypeNotUsableError(f"A graph is of a tensor; given was {type(output).__name__}.")
    if output._node is None:
        raise SettingError("This tensor has no history: nothing it was computed from asks for derivatives.")
    nodes = _history(output._node)
    gradients = _gradients(output._node, nodes)
    vertices: list[Vertex] = []
    edges: list[tuple[int, int]] = []
    places: dict[Node, int] = {}
    for node in nodes:
        if node.call is None or node.operation is None:
            places[node] = len(vertices)
            vertices.append(Vertex("leaf", node.name or "leaf", node.value, gradients.get(node)))
            continue
        sources = []
        for position, parent in enumerate(node.parents):
            value = node.call.operands[position]
            if parent is not None:
                sources.append(places[parent])
            elif np.ndim(value):
                name = node.labels[position] if node.labels else None
                sources.append(len(vertices))
                vertices.append(Vertex("constant", name or "constant", np.asarray(value), None))
        places[node] = len(vertices)
        name, settings = node.operation.name, _settings(node.call)
        vertices.append(
            Vertex("operation", _label(name, node.call, settings), node.value, gradients.get(node), name, settings)
        )
        edges += [(source, places[node]) for source in sources]
    return Graph(tuple(vertices), tuple(edges))


def _history(output: Node) -> list[Node]:
    """All nodes an output was computed from, oldest first."""
    seen, stack = {output}, [output]
    while stack:
        for parent in stack.pop().parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return sorted(seen, key=lambda node: node.serial)


def _gradients(output: Node, nodes: list[Node]) -> dict[Node, Array]:
    leaves = [node for node in nodes if not node.parents]
    if output.value.size != 1:
        return {}
    along = tape.path(output, leaves)
    found = tape.reverse(output, np.ones_like(output.value), along, tape.as_arrays, keep=nodes)
    return {node: np.asarray(gradient) for node, gradient in found.items()}


def _settings(call: Call) -> dict[str, Any]:
    """The settings of a call that are short enough to be read; axis=None and the like say nothing."""
    numbered = {f"{k}": value for k, value in enumerate(call.extra)}
    return {key: value for key, value in {**numbered, **call.settings}.items() if value is not None}


def _label(name: str, call: Call, settings: dict[str, Any]) -> str:
    """The operation as it is written: "× 3" where the other operand is a number, "sum axis=0"."""
    words = [_SYMBOLS.get(name, name)]
    if len(call.operands) == 2:
        first, second = call.operands
        if np.ndim(second) == 0 and not isinstance(second, np.ndarray):
            words.append(f"{float(second):.6g}")
        elif np.ndim(first) == 0 and not isinstance(first, np.ndarray):
            words.insert(0, f"{float(first):.6g}")
    for key, value in settings.items():
        text = _written(value) if isinstance(value, int | float | str | tuple | slice) else ""
        if 0 < len(text) <= 20:
            words.append(text if key.isdigit() else f"{key}={text}")
    return " ".join(words)


def _written(value: Any) -> str:
    """A key or a shape as it is written in Python."""
    if isinstance(value, slice):
        return f"{'' if value.start is None else value.start}:{'' if value.stop is None else value.stop}"
    if isinstance(value, tuple):
        return f"({', '.join('...' if part is Ellipsis else _written(part) for part in value)})"
    return str(value)


def _plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if isinstance(value, bool | int | str | None) else str(value)


def _shape(value: Array) -> str:
    return f"({', '.join(map(str, value.shape))})"


def _dot_numbers(vertex: Vertex) -> list[str]:
    lines = [_few(vertex.value)]
    return lines if vertex.gradient is None else [*lines, f"gradient {_few(vertex.gradient)}"]


def _few(value: Array) -> str:
    if value.size > _FEW:
        return f"{value.min():.4g} to {value.max():.4g}"
    return np.array2string(value, precision=4, separator=", ").replace("\n", "")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
