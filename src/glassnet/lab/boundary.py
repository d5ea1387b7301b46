"""What each neuron of a network with two inputs sees of the plane: layer 1 draws lines, layer 2 combines them, ...

For every neuron one picture: its side (z >= 0; for one class of several, where it is the likeliest) shaded, darker
where its activation is larger, its boundary drawn, the data on top. The numbers are those of the network's own forward
pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.data.encoding import as_labels
from glassnet.engine.plan import Plan
from glassnet.errors import NotFittedError, SettingError, ShapeError
from glassnet.lab.show.document import Document, Part, Picture, Pictures, Words
from glassnet.layers import Activation, Dense
from glassnet.plots.plane import Plane, Range, ranges
from glassnet.plots.readable import plural, significant
from glassnet.plots.svg import Markup
from glassnet.training.network import Network
from glassnet.typing import Array, ArrayLike, Floats

WITHOUT_DATA: tuple[Range, Range] = ((-0.5, 1.5), (-0.5, 1.5))
MOST_NEURONS = 24  # of a layer that have a picture
MOST_POINTS = 400  # of the data that are drawn
BANDS = (1 / 3, 2 / 3)  # of the way from the activation on the boundary to the largest: from here on darker


@dataclass(frozen=True)
class Seen:
    """A layer's weighted sums Z and activations A for some rows: (n, units) each."""

    name: str
    Z: Floats
    A: Floats
    W: Array
    b: Array


def layers_of(network: Network, rows: ArrayLike) -> list[Seen]:
    """What each layer of neurons makes of the rows (n, d), as `predict` would.

    Raises:
        NotFittedError: a network without weights.
        SettingError: a network of other layers than Dense, Activation, and those without weights.
    """
    if network.state is None or network.specification is None:
        raise NotFittedError("This network has no weights yet: call fit(X, y), or build(input_size).")
    specification, parameters = network.specification, network.state.used(network.optimizer)
    A = np.ascontiguousarray(rows, parameters.flat.dtype)
    if A.shape[1:] != specification.input_shape:
        raise ShapeError(f"The rows have the shape {A.shape[1:]}, the network takes {specification.input_shape}.")
    found: list[Seen] = []
    frames = Plan(specification, parameters, None, len(A), A.dtype).frames(len(A))
    for frame in frames:
        A = frame.layer.forward(A, frame)
        if isinstance(frame.layer, Dense):
            Z = (A if frame.layer.linear else frame.buffers["Z"][: len(A)]).copy()
            found.append(Seen(f"Layer {len(found) + 1}", Z, A.copy(), *(frame.weights[key] for key in ("W", "b"))))
        elif isinstance(frame.layer, Activation) and found:
            last = found[-1]
            found[-1] = Seen(last.name, last.Z, A.copy(), last.W, last.b)
        elif frame.weights:
            raise SettingError(f"A {type(frame.layer).__name__} layer is no layer of neurons with a boundary each.")
    return found


def boundary(
    network: Network,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    within: tuple[Range, Range] | None = None,
) -> Document:
    """A picture for every neuron of a network with two inputs, layer by layer.

    Args:
        X, y: data to be drawn on top, (n, 2) and (n,), with labels as `fit` was given them.
        within: the ranges of x1 and x2; by default those of X with some room.

    Raises:
        SettingError: a network of another number of inputs.
        NotFittedError: a network without weights.

    Source: Lippmann, "An introduction to computing with neural nets", IEEE ASSP Magazine (1987), figure 14.

    >>> import glassnet as gn
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> net = gn.Network([gn.Dense(3, activation="tanh"), gn.Dense(1)])
    >>> _ = net.fit(X, y, epochs=5)
    >>> [(part.title, len(part.blocks[-1].of)) for part in boundary(net, X, y).parts]
    [('Layer 1', 3), ('Layer 2', 1)]
    """
    if network.input_shape not in (None, (2,)):
        raise SettingError(f"A plane has two inputs; the network's rows have the shape {network.input_shape}.")
    data = np.zeros((0, 2)) if X is None else np.asarray(X, np.float64)
    if data.ndim != 2 or data.shape[1] != 2:
        raise ShapeError(f"X has the shape (n, 2), a row for each point; given {data.shape}.")
    labels = None if y is None else as_labels(y)
    if labels is not None and len(labels) != len(data):
        raise ShapeError(f"X has {len(data)} rows and y has {len(labels)} labels.")
    across, up = within or (ranges(data.tolist(), 0.25) if len(data) else WITHOUT_DATA)
    plane = Plane(across, up)
    seen = layers_of(network, plane.corners())
    classes = network.classes
    parts = [
        _part(plane, layer, k, len(seen), data, labels, classes if k == len(seen) else None)
        for k, layer in enumerate(seen, 1)
    ]
    widths = "-".join(str(layer.Z.shape[1]) for layer in seen)
    lead = f"Two inputs, then {plural(len(seen), 'layer')} of {widths} neurons: what each of them sees of the plane."
    return Document("Boundary", "What each neuron draws", lead, tuple(parts), data=lambda: _data(seen, plane))


TOLD = {
    1: "Each neuron of the first layer draws a straight line, w1 x1 + w2 x2 + b = 0, and is large on one side.",
    2: "Each neuron of the second layer combines the lines: its boundary is made of pieces that follow them.",
    3: "From the third layer on boundaries are combined once more: they can take any shape, with holes and islands.",
}


def _part(
    plane: Plane, layer: Seen, k: int, of: int, data: Floats, labels: Array | None, classes: Sequence[object] | None
) -> Part:
    several = classes is not None and layer.Z.shape[1] == len(classes) > 1
    pictures = [
        _picture(plane, layer, k, unit, data, labels, classes, several)
        for unit in range(min(layer.Z.shape[1], MOST_NEURONS))
    ]
    said = TOLD[min(k, 3)]
    if k == of:
        said += " It is the output."
    if layer.Z.shape[1] > MOST_NEURONS:
        said += f" The first {MOST_NEURONS} of {layer.Z.shape[1]} are shown."
    return Part(layer.name, (Words(said), Pictures(tuple(pictures))))


def _picture(
    plane: Plane,
    layer: Seen,
    k: int,
    unit: int,
    data: Floats,
    labels: Array | None,
    classes: Sequence[object] | None,
    several: bool,
) -> Picture:
    z = layer.Z[:, unit].astype(np.float64)
    if several:
        z = z - np.delete(layer.Z, unit, axis=1).max(1)
    parts = [plane.shade(z), *_bands(plane, z, layer.A[:, unit]), plane.contour(z)]
    positive = None if classes is None else classes[unit] if several else classes[-1]
    parts += _dots(plane, data, labels, positive)
    title = f"the class {classes[unit]}" if several and classes is not None else f"neuron {unit + 1}"
    caption = f"{layer.name}, {title}" + (f": {equation(layer.W[:, unit], layer.b[unit])}" if k == 1 else "")
    return Picture(plane.drawn(parts, title=caption), caption)


def _bands(plane: Plane, z: Floats, a: Floats) -> list[Markup]:
    """Darker sides where the activation is larger than on the boundary, by shares of the way to its largest."""
    inside = z >= 0
    if not inside.any() or not np.isfinite(a).all():
        return []
    on_it, largest = float(a[np.abs(z).argmin()]), float(a[inside].max())
    if largest - on_it <= 1e-6 * max(abs(largest), 1.0):
        return []
    return [plane.shade(np.where(inside, a, on_it), on_it + share * (largest - on_it)) for share in BANDS]


def _dots(plane: Plane, data: Floats, labels: Array | None, positive: object) -> list[Markup]:
    stride = -(-len(data) // MOST_POINTS) or 1
    values = labels if labels is not None else np.zeros(len(data))
    known = positive if positive is not None else (np.unique(values)[-1] if labels is not None else None)
    return [
        plane.dot(
            (float(p[0]), float(p[1])),
            bool(label == known),
            said=f"({p[0]:g}, {p[1]:g}): {label}",
            radius=5.5 if len(data) < 50 else 3.5,
        )
        for p, label in zip(data[::stride], values[::stride].tolist(), strict=True)
    ]


def equation(w: Array, b: float) -> str:
    """A neuron's line in rounded numbers.

    >>> equation(np.array([1.25, -0.5]), 0.1)
    '1.25 x1 − 0.5 x2 + 0.1 = 0'
    """
    terms = [(float(value), f" x{k}") for k, value in enumerate(w, 1)] + [(float(b), "")]
    shown = "".join(
        f"{(' − ' if value < 0 else ' + ') if place else ('−' if value < 0 else '')}{significant(abs(value))}{name}"
        for place, (value, name) in enumerate(terms)
    )
    return f"{shown} = 0"


def _data(seen: Sequence[Seen], plane: Plane) -> dict[str, object]:
    layers = [{"name": layer.name, "W": layer.W.tolist(), "b": layer.b.tolist()} for layer in seen]
    return {"x": list(plane.x), "y": list(plane.y), "layers": layers}
