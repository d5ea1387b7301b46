"""Slides: "A network without activations is linear." Six layers without any, and one matrix."""

from __future__ import annotations

import numpy as np
from claim import Tried, beside, show

import glassnet as gn
from glassnet.lab.boundary import layers_of
from glassnet.plots.plane import Plane, ranges

ROUNDING = 1e-12


def rings() -> tuple[np.ndarray, np.ndarray]:
    """200 points, half of them in a disc and half in a ring around it."""
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    angle, radius = rng.uniform(0, 2 * np.pi, 200), np.where(y == 1, rng.uniform(0, 0.8, 200), rng.uniform(1.2, 2, 200))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), y


def drawn(net, X, y):
    """The side that the network calls 1."""
    plane = Plane(*ranges(X.tolist(), 0.1))
    z = layers_of(net, plane.corners())[-1].Z[:, 0]
    dots = [plane.dot((a, b), bool(label), radius=3) for (a, b), label in zip(X.tolist(), y, strict=True)]
    return plane.drawn(plane.shade(z), plane.contour(z), dots, title="What it calls 1")


def experiment() -> Tried:
    """A deep linear network and its matrix; and on rings beside the same network with tanh."""
    X, y = rings()
    pictures, right = [], {}
    for name in ("identity", "tanh"):
        layers = [gn.Dense(16, activation=name) for _ in range(5)]
        net = gn.Network([*layers, gn.Dense(1)])
        net.fit(X, y, optimizer=gn.optimizers.Adam(0.01), epochs=60, seed=1, dtype="float64", engine="reference")
        right[name] = float((net.predict(X) == y).mean())
        pictures.append(("no activations" if name == "identity" else "tanh", drawn(net, X, y)))
        if name == "identity":
            seen = layers_of(net, X)
            W, b = np.eye(2), np.zeros(2)
            for layer in seen:
                W, b = W @ layer.W, b @ layer.W + layer.b
            apart = np.abs(X @ W + b - seen[-1].Z).max()
    verdict = ("Six layers without activations equal one matrix of two numbers and a bias: their "
               f"outputs differ by less than {ROUNDING:.0e}, which is rounding. A disc in a ring they "
               f"cannot tell apart ({100 * right['identity']:.0f} % right); the same layers with tanh "
               f"can ({100 * right['tanh']:.0f} %).")  # fmt: skip
    picture = beside(*pictures, title="Six layers, without and with activations")
    answer = "holds" if apart < ROUNDING else "does not hold"
    return Tried("A network without activations is linear", answer, verdict, picture)


if __name__ == "__main__":
    show(experiment)
