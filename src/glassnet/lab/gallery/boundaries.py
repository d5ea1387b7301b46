"""What each neuron of a network with two inputs sees: of a given network, or of two that are trained for the purpose.

The first of those learns XOR by one hidden layer: two lines and their combination. The second learns a ring by two.
"""

from __future__ import annotations

import numpy as np

from glassnet.lab.boundary import boundary
from glassnet.lab.show.document import Document, Part, Words
from glassnet.layers import Dense
from glassnet.optim import Adam
from glassnet.training.network import Network
from glassnet.typing import ArrayLike, Floats

RING, RADIUS = 240, 1.15  # points in a square, and the circle that parts them


def document(network: Network | None = None, X: ArrayLike | None = None, y: ArrayLike | None = None) -> Document:
    """The pictures of this network with these points on them; of the two examples where none is given."""
    if network is not None:
        return boundary(network, X, y)
    shown = []
    for name, said, (net, rows, labels) in (
        ("XOR", "No line does it: the first layer draws two, the output combines them.", xor()),
        ("A ring", "The second layer combines lines, the third what the second makes of them.", ring()),
    ):
        parts = boundary(net, rows, labels).parts
        shown += [Part(f"{name}: {part.title[:1].lower()}{part.title[1:]}", part.blocks) for part in parts]
        shown[-len(parts)] = Part(shown[-len(parts)].title, (Words(said), *shown[-len(parts)].blocks))
    lead = "Layer 1 draws boundaries, layer 2 combines them, layer 3 makes what has any shape."
    return Document("Functions", "Boundaries, neuron by neuron", lead, tuple(shown),
                    data={"parts": [part.title for part in shown]})  # fmt: skip


def xor() -> tuple[Network, Floats, list[int]]:
    """A network 2-2-1 that has learned XOR, and its four rows.

    >>> network, rows, labels = xor()
    >>> network.predict(rows).tolist() == labels
    True
    """
    rows, labels = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), [0, 1, 1, 0]
    net = Network([Dense(2, activation="tanh"), Dense(1)])
    net.fit(rows, labels, optimizer=Adam(0.1), epochs=250, batch_size="full", seed=2, engine="reference")
    return net, rows, labels


def ring() -> tuple[Network, Floats, list[int]]:
    """A network 2-6-4-1 that has learned what lies inside a circle, and its rows."""
    k = np.arange(1, RING + 1)
    rows = 4 * np.stack([(k * 0.7548776662466927) % 1, (k * 0.5698402909980532) % 1], axis=1) - 2  # spread evenly
    labels = (np.hypot(*rows.T) < RADIUS).astype(int).tolist()
    net = Network([Dense(6, activation="tanh"), Dense(4, activation="tanh"), Dense(1)])
    net.fit(rows, labels, optimizer=Adam(0.05), epochs=60, batch_size=40, seed=0, engine="reference")
    return net, rows, labels
