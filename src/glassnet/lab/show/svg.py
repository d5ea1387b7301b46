"""The network as a picture of its step: small ones with every number, large ones with a heat map for each array."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glassnet.lab.expressions import Name
from glassnet.lab.links import Link
from glassnet.lab.show.notation import symbol
from glassnet.lab.show.numbers import as_rows, picture
from glassnet.lab.trace import size_of
from glassnet.plots import svg, theme
from glassnet.plots.svg import Markup, element, number

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace

MOST_UNITS, MOST_EDGES = 6, 24  # of a network that is drawn with all its numbers
MOST_NAMED = 4  # edges between two layers whose names have room beside their numbers
RADIUS, GAP, ROW = 36.0, 240.0, 158.0
CSS = """
.step-picture text{font-variant-numeric:tabular-nums}
.step-picture .edge{stroke:var(--line);stroke-width:1.5;fill:none}
.step-picture .node{fill:var(--paper);stroke:var(--ink);stroke-width:1.75}
.step-picture .halo{paint-order:stroke;stroke:var(--paper);stroke-width:5px;stroke-linejoin:round}
.step-picture .ahead{fill:var(--right)}
.step-picture .behind{fill:var(--wrong)}
.step-picture .sub{font-size:9px}
"""


@dataclass(frozen=True)
class Column:
    """A layer as it is drawn: its units' values, what they came from, and their deltas (quantities as stored)."""

    value: str
    before: str | None
    units: int

    def delta(self, trace: Trace) -> str | None:
        """The loss's derivative by what the units collected."""
        name = f"d{self.before or self.value}"
        return name if name in trace.quantities else None


def columns(trace: Trace) -> list[Column] | None:
    """The layers where the network is nothing but dense layers, else None."""
    links = trace.formulas.links
    found = [Column("X", None, trace.quantities["X"].shape[1])]
    for before, link in zip((None, *links), links, strict=False):
        if link.kind == "affine":
            continue
        if link.kind != "activation" or before is None:
            return None
        if found[-1].value == link.source:  # a linear layer, and the loss's own activation after it
            found[-1] = Column(link.name, found[-1].before, link.outputs)
            continue
        found.append(Column(link.name, link.source, link.outputs))
    return found


def small(trace: Trace) -> bool:
    """Whether every number of the network has room in its picture."""
    layers = columns(trace)
    if layers is None or any(layer.units > MOST_UNITS for layer in layers):
        return False
    affine = [link for link in trace.formulas.links if link.kind == "affine"]
    return len(affine) == len(layers) - 1 and sum(link.inputs * link.outputs for link in affine) <= MOST_EDGES


def network(trace: Trace, example: int = 0) -> Markup:
    """The picture, for a page that has the style sheet."""
    return _numbered(trace, example) if small(trace) else _mapped(trace)


def standalone_picture(trace: Trace, example: int = 0) -> str:
    """The picture as a file of its own."""
    return str(svg.standalone(network(trace, example), theme.css() + CSS))


# ---- small networks --------------------------------------------------------------------------------------------------


def _numbered(trace: Trace, example: int) -> Markup:
    layers = columns(trace) or []
    tallest = max(layer.units for layer in layers)
    height = ROW * tallest + 40
    gap = GAP if tallest <= 2 else 1.35 * GAP
    places = [
        [(70 + k * gap, height / 2 - 36 + ROW * (i - (layer.units - 1) / 2)) for i in range(layer.units)]
        for k, layer in enumerate(layers)
    ]
    affine = [link for link in trace.formulas.links if link.kind == "affine"]
    edges = [_edges(trace, link, places[k], places[k + 1]) for k, link in enumerate(affine)]
    nodes = [_nodes(trace, layer, places[k], example, k) for k, layer in enumerate(layers)]
    last = 70 + (len(layers) - 1) * gap
    width = last + GAP * 0.75 + 40
    return _picture(
        trace,
        width,
        height,
        [lines for lines, _ in edges],
        nodes,
        [labels for _, labels in edges],
        _loss(trace, last + GAP * 0.62, height / 2 - 36, last, places[-1]),
        _legend(trace, height - 10, example),
    )


Places = list[tuple[float, float]]


def _edges(trace: Trace, link: Link, left: Places, right: Places) -> tuple[Markup, Markup]:
    """The lines, and on each the weight and below it its derivative, where there is most room along the line."""
    weight, lines, labels = f"W{link.k}", [], []
    taken = [(x, y) for x, y in (*left, *right)] + [(x, y + RADIUS + 38) for x, y in (*left, *right)]
    named = len(left) * len(right) <= MOST_NAMED
    for i, (x0, y0) in enumerate(left):
        for o, (x1, y1) in enumerate(right):
            lines.append(element("line", x1=x0 + RADIUS, y1=y0, x2=x1 - RADIUS, y2=y1, class_="edge"))
            start, end = (x0 + RADIUS, y0), (x1 - RADIUS, y1)
            x, y = _freest(start, end, taken) if not named else ((start[0] + end[0]) / 2, (y0 + y1) / 2)
            taken.append((x, y))
            for name, dy, kind in ((weight, -5, "ahead"), (f"d{weight}", 13, "behind")):
                labels.append(_label(trace, Name(name, (i, o)), x, y + dy, kind, named=named))
    return svg.join(lines), svg.join(labels)


def _freest(start: tuple[float, float], end: tuple[float, float], taken: Places) -> tuple[float, float]:
    """The place on a line that is furthest from all labels, measured in their widths and heights."""

    def room(share: float) -> float:
        x, y = start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
        return min(max(abs(x - a) / 62, abs(y - b) / 34) for a, b in taken)

    share = max(np.linspace(0.12, 0.88, 39).tolist(), key=room)
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _label(trace: Trace, entry: Name, x: float, y: float, kind: str, *, named: bool = True) -> Markup:
    """A name and its number; where there is no room for the name, it is said to whoever points at the number."""
    value = f"{trace.shown_number(entry):.{4 if named else 3}g}".replace("-", "−")
    words = (_named(trace, entry), f" {value}") if named else (element("title", str(trace.view.name(entry))), value)
    return element("text", *words, x=x, y=y, class_=f"middle halo small {kind}")


def _named(trace: Trace, entry: Name) -> Markup:
    """The name of an entry, its layer and index raised and lowered."""
    parts = symbol(trace.view.name(entry))
    head = ("d" if parts.derivative else "") + parts.plain_letter
    raised = "".join(part.strip("()") if part != "new" else " new" for part in parts.above)
    lowered = ",".join(parts.below)
    index = f"{raised}{f'[{lowered}]' if lowered else ''}"
    return svg.join(element("tspan", head, class_="strong"), element("tspan", index, class_="sub", dx=1))


def _nodes(trace: Trace, layer: Column, places: Places, example: int, k: int) -> Markup:
    drawn = []
    for o, (x, y) in enumerate(places):
        entry = (example, o)
        drawn.append(element("circle", cx=x, cy=y, r=RADIUS, class_="node"))
        drawn.append(element("text", _named(trace, Name(layer.value, entry)), x=x, y=y - 9, class_="middle small"))
        value = f"{trace.shown_number(Name(layer.value, entry)):.4g}".replace("-", "−")
        drawn.append(element("text", value, x=x, y=y + 10, class_="middle strong ahead"))
        lines = [(Name(layer.before, entry), "ahead")] if layer.before else []
        bias = f"b{layer.before[1:]}" if layer.before else ""
        if bias in trace.quantities:
            lines += [(Name(bias, (o,)), "ahead"), (Name(f"d{bias}", (o,)), "behind")]
        delta = layer.delta(trace)
        if delta is not None and layer.before:
            lines.insert(1, (Name(delta, entry), "behind"))
        for row, (name, kind) in enumerate(lines):
            drawn.append(_label(trace, name, x, y + RADIUS + 16 + 15 * row, kind))
    return svg.join(drawn)


def _loss(trace: Trace, x: float, y: float, last: float, outputs: Places) -> Markup:
    lines = [element("line", x1=last + RADIUS, y1=y0, x2=x - 30, y2=y, class_="edge") for _, y0 in outputs]
    value = f"{trace.number(Name('loss', ())):.4g}"
    return svg.join(
        lines,
        element("rect", x=x - 30, y=y - 26, width=76, height=52, rx=10, class_="node"),
        element("text", "loss", x=x + 8, y=y - 6, class_="middle small"),
        element("text", value, x=x + 8, y=y + 13, class_="middle strong"),
    )


def _legend(trace: Trace, y: float, example: int) -> Markup:
    rows = trace.formulas.rows
    which = f"Units show example {example + trace.convention.base} of {rows}. " if rows > 1 else ""
    return svg.join(
        element("text", which, element("tspan", "Blue", class_="ahead strong"), " goes forward, ",
                element("tspan", "orange", class_="behind strong"), " comes back: the loss's derivatives.",
                x=20, y=y, class_="muted small"),
    )  # fmt: skip


def _picture(trace: Trace, width: float, height: float, *drawn: svg.Child) -> Markup:
    described = " ".join(_described(trace))
    whole = svg.picture(width, height, *drawn, title="The network with the numbers of this step", description=described,
                        narrowest=min(width, 560))  # fmt: skip
    return Markup(whole.replace('class="picture"', 'class="picture step-picture"', 1))


def _described(trace: Trace) -> Iterator[str]:
    layers = [link for link in trace.formulas.links if link.kind == "affine"]
    widths = [layers[0].inputs, *(link.outputs for link in layers)] if layers else []
    yield f"Layers of {', '.join(map(str, widths))} units." if widths else "The layers of the network."
    yield f"The loss is {trace.number(Name('loss', ())):.7g}."


# ---- large networks --------------------------------------------------------------------------------------------------

PANEL, SPACE = 132.0, 26.0


def _mapped(trace: Trace) -> Markup:
    """For each link of the chain what came out, what was learned, and its gradient, as heat maps."""
    columns_of = list(_panels(trace))
    tallest = max(len(names) for names in columns_of)
    width = 20 + len(columns_of) * (PANEL + SPACE)
    height = tallest * (PANEL + 48) + 40
    drawn: list[Markup] = []
    for k, names in enumerate(columns_of):
        x = 16 + k * (PANEL + SPACE)
        for row, name in enumerate(names):
            drawn.append(_panel(trace, name, x, 26 + row * (PANEL + 48)))
    return _picture(trace, width, height, drawn, _scale(height - 14))


def _panels(trace: Trace) -> Iterator[list[str]]:
    yield ["X"]
    for link in trace.formulas.links:
        names = [name for name in link.weights() if trace.quantities[name].value.ndim == 2]
        if names or link.kind != "affine":
            column = [*names, *(f"d{name}" for name in names)] if names else [link.name, f"d{link.name}"]
            yield [name for name in column if name in trace.quantities]


def _panel(trace: Trace, name: str, x: float, y: float) -> Markup:
    """One array: its name, its heat map, its shape and its largest magnitude."""
    value = trace.view.value(name, trace.quantities[name].value)
    rows, wide = as_rows(value).shape
    share = min(1.0, max(0.18, rows / wide)), min(1.0, max(0.18, wide / rows))
    height, width = PANEL * share[0], PANEL * share[1]
    return element(
        "g",
        element("text", trace.view.quantity(name), x=x, y=y - 7, class_="strong"),
        element(
            "image", href=picture(value), x=x, y=y, width=width, height=height, preserveAspectRatio="none",
            style="image-rendering:pixelated",
        ),
        element("rect", x=x, y=y, width=width, height=height, class_="axis"),
        element("text", f"{size_of(value.shape)}, up to {float(np.abs(value).max()):.3g}", x=x, y=y + height + 15,
                class_="muted small"),
    )  # fmt: skip


def _scale(y: float) -> Markup:
    return element("text", "Orange below zero, white at zero, blue above; each picture has its own scale.", x=16,
                   y=number(y), class_="muted small")  # fmt: skip
