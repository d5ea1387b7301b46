"""A hand-written NumPy loop: what a careful student writes, every array operation in place where that is easy."""

from __future__ import annotations

import numpy as np

from glassnet.typing import Array, Floats
from peers.side import Side


class Peer(Side):
    def setup(self) -> None:
        self.hold(self.data.X)
        self.y = self.data.y
        self.layers = self.start()
        self.theta = [p for layer in self.layers for p in layer]
        self.m, self.v = [np.zeros_like(p) for p in self.theta], [np.zeros_like(p) for p in self.theta]
        self.power1, self.power2 = 1.0, 1.0

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            order = self.order()
            for start in range(0, self.rows, self.batch):
                if self.batch == self.rows:
                    self.step(self.X, self.y)
                else:
                    rows = order[start : start + self.batch]
                    self.step(self.X[rows], self.y[rows])

    def step(self, X: Floats, y: Array) -> None:
        activations = self.forward(X)
        dZ = softmax(activations.pop())
        dZ[np.arange(len(y)), y] -= 1
        dZ /= len(y)
        gradients: list[Array] = []
        for (W, _), A in zip(reversed(self.layers), reversed(activations), strict=True):
            gradients[:0] = [A.T @ dZ, dZ.sum(axis=0)]
            if A is not X:
                dZ = dZ @ W.T * (A > 0)
        (self.adam if self.workload.rule == "adam" else self.sgd)(gradients)

    def forward(self, X: Floats) -> list[Floats]:
        """The input of each layer, and the logits."""
        activations = [X]
        for W, b in self.layers:
            Z = activations[-1] @ W
            Z += b
            activations.append(np.maximum(Z, 0, out=Z) if b is not self.layers[-1][1] else Z)
        return activations

    def sgd(self, gradients: list[Array]) -> None:
        for w, g in zip(self.theta, gradients, strict=True):
            g *= self.workload.rate
            w -= g

    def adam(self, gradients: list[Array]) -> None:
        self.power1, self.power2 = self.power1 * 0.9, self.power2 * 0.999
        for w, g, m, v in zip(self.theta, gradients, self.m, self.v, strict=True):
            m *= 0.9
            m += 0.1 * g
            v *= 0.999
            v += 0.001 * (g * g)
            w -= self.workload.rate * (m / (1 - self.power1)) / (np.sqrt(v / (1 - self.power2)) + 1e-8)

    def probabilities(self, X: Floats) -> Floats:
        return softmax(self.forward(X)[-1])


def softmax(Z: Floats) -> Floats:
    Z -= Z.max(axis=1, keepdims=True)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=1, keepdims=True)
    return Z
