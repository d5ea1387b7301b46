"""The drawing of a graph: operands above, results below, every value with its numbers and its gradient.

The layers are by distance from the inputs, but a leaf stands right above its first use. Edges that pass a layer get a
place in it, so that no line runs through a box; the order within the layers and the places come from the neighbours'.

Source: Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of hierarchical system structures".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from glassnet.plots import theme
from glassnet.plots.readable import significant
from glassnet.plots.svg import Markup, clip, element, number, picture, standalone, text_width
from glassnet.tensors.graph import Graph, Vertex, _shape
from glassnet.typing import Array

_LINE = 15.0  # height of a line of text
_GAP, _BETWEEN = 22.0, 46.0  # between boxes, between layers
_ROWS, _COLUMNS = 4, 5  # numbers shown of a matrix; larger ones by their smallest and largest entry
_SMALL = 11 / 13  # the width of small text
_ROUNDS = 24


@dataclass(eq=False)
class Box:
    """A vertex in the drawing, or (without one) a place where an edge passes a layer."""

    vertex: Vertex | None
    lines: list[tuple[str, str]] = field(default_factory=list)  # (class, text)
    layer: int = 0
    x: float = 0.0  # of its middle
    y: float = 0.0  # of its top
    passage: float = 0.0  # the height of the layer that an edge passes
    above: list[Box] = field(default_factory=list)
    below: list[Box] = field(default_factory=list)

    @property
    def width(self) -> float:
        return max((text_width(text) * _SMALL for _, text in self.lines), default=-14.0) + 22.0

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE + 10.0 if self.lines else self.passage


def draw(graph: Graph) -> str:
    """The picture as a file of its own."""
    boxes = [Box(vertex, _lines(vertex)) for vertex in graph.vertices]
    edges = list(dict.fromkeys(graph.edges))  # in the order of the operands
    for a, b in edges:
        boxes[b].above.append(boxes[a])
        boxes[a].below.append(boxes[b])
    _layer(boxes)
    chains = [_chain(boxes[a], boxes[b], boxes) for a, b in edges]
    layers = _ordered(boxes)
    _place(layers)
    width = max(box.x + box.width / 2 for box in boxes) + 12
    height = max(box.y + box.height for box in boxes) + 12
    lines = "".join(_curve(upper, lower) for chain in chains for upper, lower in pairwise(chain))
    drawn = picture(
        width,
        height,
        element(
            "polygon",
            points=f"0,0 {number(width)},0 {number(width)},{number(height)} 0,{number(height)}",
            style="fill:var(--paper)",
        ),  # legible on a page of any colour
        element("path", d=lines, style="fill:none;stroke:var(--muted);stroke-width:1.25"),
        [_drawn(box) for box in boxes if box.vertex is not None],
        title="The computation graph",
        description="; ".join(f"{v.label} {_shape(v.value)}" for v in graph.vertices),
    )
    return standalone(drawn, theme.css())


# ---- what stands in a box ------------------------------------------------------------------------------------------


def _lines(vertex: Vertex) -> list[tuple[str, str]]:
    title = f"{clip(vertex.label, 48)}  {_shape(vertex.value)}" if vertex.value.ndim else clip(vertex.label, 48)
    lines = [("strong", title), *(("", text) for text in _numbers(vertex.value))]
    if vertex.gradient is not None:
        first, *rest = _numbers(vertex.gradient)
        lines += [("wrong", f"gradient {first}"), *(("wrong", text) for text in rest)]
    return lines


def _numbers(value: Array) -> list[str]:
    """The rows of a small matrix; the range of a larger one."""
    if value.size == 0:
        return ["no entries"]
    table = value.reshape(1, -1) if value.ndim < 2 else value
    if table.ndim > 2 or table.shape[0] > _ROWS or table.shape[1] > _COLUMNS:
        low, high = significant(float(value.min())), significant(float(value.max()))
        return [f"all {low}" if value.min() == value.max() else f"{low} to {high}"]
    return [", ".join(significant(float(entry)) for entry in row) for row in np.asarray(table)]


def _drawn(box: Box) -> Markup:
    left, vertex = box.x - box.width / 2, box.vertex
    assert vertex is not None
    outline = {"leaf": "ring s1", "constant": "unit", "operation": "unit"}[vertex.kind]
    texts = [
        element("text", text, x=box.x, y=box.y + _LINE * (k + 1), class_=f"middle small {style}".strip())
        for k, (style, text) in enumerate(box.lines)
    ]
    rounding = box.height / 2.6 if vertex.kind == "operation" else 3.0
    dashes = "3 3" if vertex.kind == "constant" else None
    frame = element("rect", x=left, y=box.y, width=box.width, height=box.height, rx=min(rounding, 14.0),
                    class_=outline, stroke_dasharray=dashes)  # fmt: skip
    return element("g", frame, texts)


def _curve(upper: Box, lower: Box) -> str:
    start, end = upper.y + upper.height, lower.y
    bend = (end - start) / 2
    points = ((upper.x, start), (upper.x, start + bend), (lower.x, end - bend), (lower.x, end))
    (x0, y0), *others = points
    through = " ".join(f"{number(x)} {number(y)}" for x, y in others)
    passing = f"M{number(upper.x)} {number(upper.y)}V{number(start)}" if upper.vertex is None else ""
    return f"{passing}M{number(x0)} {number(y0)}C{through}"


# ---- where the boxes stand -----------------------------------------------------------------------------------------


def _layer(boxes: list[Box]) -> None:
    """Below everything it was computed from; what was not computed, right above its first use."""
    for box in boxes:  # in the order of computation
        box.layer = max((source.layer + 1 for source in box.above), default=0)
    for box in boxes:
        if not box.above and box.below:
            box.layer = min(target.layer for target in box.below) - 1


def _chain(upper: Box, lower: Box, boxes: list[Box]) -> list[Box]:
    """The edge as a chain of boxes from layer to layer."""
    chain = [upper]
    for layer in range(upper.layer + 1, lower.layer):
        chain.append(Box(None, layer=layer))
    chain.append(lower)
    if len(chain) > 2:
        upper.below.remove(lower)
        lower.above.remove(upper)
        for a, b in pairwise(chain):
            a.below.append(b)
            b.above.append(a)
        boxes.extend(chain[1:-1])
    return chain


def _ordered(boxes: list[Box]) -> list[list[Box]]:
    """The layers, each in the order in which the middles of its neighbours stand."""
    layers: list[list[Box]] = [[] for _ in range(max(box.layer for box in boxes) + 1)]
    for box in _by_operands(boxes):
        layers[box.layer].append(box)
    for sweep in range(8):
        down = sweep % 2 == 0
        place = {id(box): k for layer in layers for k, box in enumerate(layer)}
        for layer in layers if down else reversed(layers):
            middles = {id(box): _mean(place[id(n)] for n in (box.above if down else box.below)) for box in layer}
            layer.sort(key=lambda box: place[id(box)] if (m := middles[id(box)]) is None else m)
            place.update({id(box): k for k, box in enumerate(layer)})
    return layers


def _by_operands(boxes: list[Box]) -> list[Box]:
    """From the results up, first operands first: what is written on the left starts on the left."""
    found: dict[int, Box] = {}
    stack = [box for box in boxes if not box.below]
    while stack:
        box = stack.pop()
        if id(box) not in found:
            found[id(box)] = box
            stack.extend(reversed(box.above))
    return list(found.values())


def _place(layers: list[list[Box]]) -> None:
    """Side by side without overlap, near the middle of the neighbours; layers one below the other."""
    y = 12.0
    for layer in layers:
        tallest = max(box.height for box in layer)
        for box in layer:
            box.passage = tallest
            box.y = y + (tallest - box.height) / 2
        y += tallest + _BETWEEN
        _apart(layer, [0.0] * len(layer))
    for _ in range(_ROUNDS):
        for layer in layers:
            wanted = [box.x if (m := _mean(n.x for n in (*box.above, *box.below))) is None else m for box in layer]
            _apart(layer, wanted)
    left = min(box.x - box.width / 2 for layer in layers for box in layer)
    for layer in layers:
        for box in layer:
            box.x += 12 - left


def _apart(layer: list[Box], wanted: list[float]) -> None:
    """As near as possible to the places wanted, in order, without overlap.

    Boxes that would overlap form a block around the mean of what they want (pool adjacent violators).
    """
    offsets = [0.0]
    for a, b in pairwise(layer):
        offsets.append(offsets[-1] + (a.width + b.width) / 2 + _GAP)
    blocks: list[tuple[float, int]] = []  # (where the first box would stand, how many boxes)
    for offset, place in zip(offsets, wanted, strict=True):
        start, count = place - offset, 1
        while blocks and blocks[-1][0] >= start:
            earlier, size = blocks.pop()
            start, count = (earlier * size + start * count) / (size + count), size + count
        blocks.append((start, count))
    starts = [start for start, count in blocks for _ in range(count)]
    for box, offset, start in zip(layer, offsets, starts, strict=True):
        box.x = start + offset


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None
