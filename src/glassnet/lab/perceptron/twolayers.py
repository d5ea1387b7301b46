"""A hidden layer on paper: each unit's line, their combination, the truth table through the layers."""

from __future__ import annotations

import numpy as np

from glassnet.lab.perceptron.exact import short
from glassnet.lab.perceptron.layers import Hidden, hidden_layer
from glassnet.lab.perceptron.line import Line
from glassnet.lab.perceptron.pictures import Scene, described
from glassnet.lab.perceptron.points import Points
from glassnet.lab.show.document import Block, Cell, Part, Picture, Pictures, Table, Words
from glassnet.plots.plane import Plane
from glassnet.typing import Floats

COUNTED = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def hidden_part(points: Points) -> Part | None:
    """How a hidden layer solves it; None for points for which none is known here."""
    hidden = hidden_layer(points)
    if hidden is None:
        return None
    many = COUNTED[len(hidden.lines)]
    lines = zip(hidden.names, hidden.lines, strict=True)
    units = "; ".join(f"h{k} says {name}: {described(line)}" for k, (name, line) in enumerate(lines, 1))
    output = described(hidden.output).replace("x", "h")
    fewer = " No fewer can." if hidden.fewest else ""
    blocks: list[Block] = [
        Words(f"What one boundary cannot do {many} can. A hidden layer of {many} units draws them, and one unit "
              f"more combines what they say.{fewer}"),
        Words(f"{units}. The output is {hidden.output_name} of them: {output}."),
        table(points, hidden),
    ]  # fmt: skip
    if points.dimension == 2:
        blocks.append(Pictures(tuple(pictures(points, hidden))))
    return Part("A hidden layer can", tuple(blocks))


def table(points: Points, hidden: Hidden) -> Table:
    """The truth table through the layers."""
    units = range(1, len(hidden.lines) + 1)
    header = (*points.inputs, *(f"z of h{k}" for k in units), *(f"h{k}" for k in units), "z", "says", "is")
    rows: list[tuple[Cell, ...]] = []
    marked: dict[int, str] = {}
    for place, (x, positive) in enumerate(zip(points.rows, points.positive, strict=True)):
        h = hidden.outputs(x)
        says = hidden.output.decides(hidden.output.z(h))
        marked |= {} if says == positive else {place: "wrong"}
        rows.append((*map(short, x), *(short(line.z(x)) for line in hidden.lines), *map(short, h),
                     short(hidden.output.z(h)), points.label(says), points.label(positive)))  # fmt: skip
    return Table(header, tuple(rows), "The truth table through the layers", (), marked)


def pictures(points: Points, hidden: Hidden) -> list[Picture]:
    """Each hidden unit in the plane, the output in the plane, and the output unit's own line over h1 and h2."""
    scene = Scene(points)
    found = []
    for k, (line, name) in enumerate(zip(hidden.lines, hidden.names, strict=True), 1):
        seen = Points(points.rows, tuple(line.positive(x) for x in points.rows), points.classes)
        found.append(Scene(seen).of(line, caption=f"Layer 1, h{k} says {name}: {described(line)}"))
    found.append(_through(scene, hidden))
    if len(hidden.lines) == 2:
        after = Points(tuple(hidden.outputs(x) for x in points.rows), points.positive, points.classes, ("h1", "h2"))
        caption = (
            f"Layer 2 over what layer 1 says: {hidden.output_name}, {described(hidden.output).replace('x', 'h')}. "
        )
        many, few = _count(len(points.rows)), _count(len(set(after.rows)))
        caption += f"The {many} rows have become {few} points, and a line tells them apart."
        found.append(Scene(after).of(hidden.output, caption=caption))
    return found


def _through(scene: Scene, hidden: Hidden) -> Picture:
    """The output unit in the plane of the inputs: the sides of the hidden lines, combined."""
    plane = scene.plane
    values = combined(plane, hidden)
    parts = [plane.shade(values), *(plane.line(*half) for line in hidden.lines if (half := scene.half(line)))]
    for row in scene.rows:
        place = float(scene.points.rows[row][0]), float(scene.points.rows[row][1])
        parts.append(plane.dot(place, scene.points.positive[row], said=scene.points.at(row)))
    them = "both" if len(hidden.lines) == 2 else "them"
    caption = f"Layer 2, {hidden.output_name} of {them}: the side that the network calls {scene.points.label(True)}"
    return Picture(plane.drawn(parts, title=caption), caption)


def _count(number: int) -> str:
    return COUNTED[number] if number < len(COUNTED) else str(number)


def combined(plane: Plane, hidden: Hidden) -> Floats:
    """A number at each corner of the plane that is at least 0 where the output is 1: the smaller or larger distance."""
    corners = plane.corners()
    distances = [_distances(line, corners) for line in hidden.lines]
    pick = np.maximum if hidden.any else np.minimum
    result: Floats = pick.reduce(distances)
    return result


def _distances(line: Line, corners: Floats) -> Floats:
    w = np.array([float(value) for value in line.weights])
    result: Floats = (corners @ w - float(line.threshold)) / np.linalg.norm(w)
    return result
