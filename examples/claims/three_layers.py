"""Slides: "3rd layer can generate arbitrarily complex boundaries." A ring with an island, by one to three layers."""

from __future__ import annotations

import numpy as np
from claim import Tried, beside, show

import glassnet as gn
from glassnet.lab.boundary import layers_of
from glassnet.plots.plane import Plane

NETWORKS = {"one layer": (), "two layers": (32,), "three layers": (16, 16)}


def points() -> tuple[np.ndarray, np.ndarray]:
    """A grid of points; positive are a ring with a hole, and an island beside it."""
    axis = np.linspace(-1.9, 1.9, 20)
    X = np.stack([part.ravel() for part in np.meshgrid(axis, axis)], 1)
    radius, island = np.hypot(X[:, 0] + 0.6, X[:, 1]), np.hypot(X[:, 0] - 1.4, X[:, 1] - 1.2)
    return X, ((radius > 0.4) & (radius < 1.1) | (island < 0.45)).astype(int)


def experiment() -> Tried:
    """Networks of one, two and three layers of neurons on the same points."""
    X, y = points()
    plane = Plane((-2.0, 2.0), (-2.0, 2.0))
    right, pictures = {}, []
    for name, widths in NETWORKS.items():
        net = gn.Network([*(gn.Dense(width, activation="tanh") for width in widths), gn.Dense(1)])
        net.fit(X, y, optimizer=gn.optimizers.Adam(0.03), epochs=150, batch_size=100, seed=2, dtype="float64",
                engine="reference")  # fmt: skip
        right[name] = float((net.predict(X) == y).mean())
        z = layers_of(net, plane.corners())[-1].Z[:, 0]
        dots = [plane.dot((a, b), bool(label), radius=3) for (a, b), label in zip(X.tolist(), y, strict=True)]
        pictures.append((f"{name}: {100 * right[name]:.1f} %", plane.drawn(plane.shade(z), plane.contour(z), dots,
                                                                          title=name)))  # fmt: skip
    shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in right.items())
    verdict = (f"A ring with a hole and an island beside it: {shares} of 400 points right after as "
               "many passes. Three layers make such a boundary. They are not the least there is: one "
               "hidden layer comes as near to any boundary if it is wide enough (Cybenko 1989), it "
               "only learns it less easily here.")  # fmt: skip
    answer = "holds" if right["three layers"] > 0.99 else "does not hold"
    return Tried("Three layers make any boundary", answer, verdict, beside(*pictures, title="One, two, three layers"))


if __name__ == "__main__":
    show(experiment)
