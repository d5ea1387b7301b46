"""The right numbers of a step in the form of the exercise: examples are columns, W (outputs, inputs), b (outputs, 1).

    Z1 = W1 X + b1,  A1 = g(Z1),  Z2 = W2 A1 + b2,  A2 = softmax(Z2)
    dZ2 = A2 - Y,  dW2 = 1/m dZ2 A1^T,  db2 = 1/m sum dZ2,  dZ1 = W2^T dZ2 * g'(Z1),  dW1 = 1/m dZ1 X^T, ...
    W.new = W - alpha dW,  b.new = b - alpha db

A `Step` computes what is asked of it from what is known, with at most one slip in one quantity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from glassnet.errors import SettingError
from glassnet.lab.problem import Problem
from glassnet.typing import Array

HEADS = {
    "softmax": ("categorical_crossentropy", "sparse_categorical_crossentropy"),
    "sigmoid": ("binary_crossentropy",),
}
Variants = Iterator[Any]


@dataclass(frozen=True)
class Net:
    """The network's functions; its sizes are chosen for each test."""

    activations: tuple[Any, ...]
    loss: Any

    @classmethod
    def of(cls, problem: Problem) -> Net:
        """The network of a problem."""
        links = [link for link in problem.trace.formulas.links if link.kind == "activation"]
        affine = [link for link in problem.trace.formulas.links if link.kind == "affine"]
        if len(links) != len(affine):
            raise SettingError("Code is marked for networks of dense layers, each with its activation.")
        return cls(tuple(link.function for link in links), problem.trace.formulas.loss)

    @property
    def layers(self) -> int:
        """How many there are."""
        return len(self.activations)

    @property
    def fused(self) -> bool:
        """Whether the loss and the last activation together have the derivative A - Y."""
        return self.loss.name in HEADS.get(self.activations[-1].name, ())

    @property
    def classes(self) -> bool:
        """Whether the targets are classes."""
        return bool(self.activations[-1].name == "softmax")

    def g(self, k: int) -> Any:
        """The activation of layer k."""
        return self.activations[k - 1]


@dataclass
class Step:
    """Quantities by name: known ones, else computed; the `site` by a way of the slip, where it has that many."""

    net: Net
    known: Mapping[str, Any]
    slip: Callable[[Step, str], Variants] | None = None
    site: str = ""
    way: int = 0
    reached: bool = False
    made: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name in self.known:
            return self.known[name]
        if name not in self.made:
            self.made[name] = self._slipped(name) if self.slip and name == self.site else right(self, name)
        return self.made[name]

    def _slipped(self, name: str) -> Any:
        assert self.slip is not None
        for way, value in enumerate(self.slip(self, name)):
            if way == self.way:
                self.reached = True
                return value
        return right(self, name)

    def below(self, k: int) -> Array:
        """What comes into layer k."""
        return np.asarray(self["X"] if k == 1 else self[f"A{k - 1}"])

    @property
    def m(self) -> int:
        """How many examples there are."""
        return int(self["X"].shape[1])


def parts(name: str) -> tuple[str, int]:
    """The kind of a quantity and its layer.

    >>> parts("dW2"), parts("W1.new"), parts("Z1")
    (('dW', 2), ('W.new', 1), ('Z', 1))
    """
    stem, dot, new = name.partition(".")
    return stem.rstrip("0123456789") + dot + new, int(stem.lstrip("dWbZAY") or 0)


def right(step: Step, name: str) -> Any:
    """A quantity by its formula."""
    kind, k = parts(name)
    if kind == "Y":
        labels = np.asarray(step["labels"])
        return np.eye(labels.max() + 1)[labels].T
    if kind == "Z":
        return step[f"W{k}"] @ step.below(k) + step[f"b{k}"]
    if kind == "A":
        return applied(step.net.g(k), step[f"Z{k}"])
    if kind == "dZ" and k == step.net.layers:
        return output_delta(step)
    if kind == "dZ":
        return backward(step, k, step[f"W{k + 1}"].T @ step[f"dZ{k + 1}"])
    if kind == "dW":
        return step[f"dZ{k}"] @ step.below(k).T / step.m
    if kind == "db":
        return step[f"dZ{k}"].sum(axis=1, keepdims=True) / step.m
    return step[name[:-4]] - step["alpha"] * step[f"d{name[:-4]}"]


def output_delta(step: Step) -> Array:
    """dZ of the last layer, for the sum over the examples: A - Y where the loss fits the activation."""
    k = step.net.layers
    A, Y = step[f"A{k}"], step["Y"]
    if step.net.fused:
        return np.asarray(A - Y)
    return backward(step, k, step.net.loss.gradient(Y.T, A.T).T * step.m)


def backward(step: Step, k: int, dA: Array) -> Array:
    """dA * g'(Z), column by column."""
    return np.asarray(step.net.g(k).backward(dA.T, step[f"Z{k}"].T, step[f"A{k}"].T).T)


def applied(g: Any, Z: Array) -> Array:
    """g(Z), column by column."""
    return np.asarray(g(Z.T).T)


def sizes(net: Net, width: tuple[int, ...], examples: int, seed: int, *, whole: bool = False) -> dict[str, Any]:
    """Random inputs of a step for these widths: X, labels, Y, W1, b1, ..., alpha, m; or small whole numbers."""
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> Array:
        return rng.integers(-2, 3, shape).astype(float) if whole else rng.uniform(-1, 1, shape).round(2)

    known: dict[str, Any] = {"X": numbers(width[0], examples), "alpha": 0.5 if whole else 0.1, "m": examples}
    for k, (inputs, outputs) in enumerate(pairwise(width), 1):
        known[f"W{k}"], known[f"b{k}"] = numbers(outputs, inputs), numbers(outputs, 1)
    return known | targets(net, width[-1], examples, rng)


def targets(net: Net, outputs: int, examples: int, rng: np.random.Generator) -> dict[str, Any]:
    """Labels and their one-hot columns, the last class among them; or numbers."""
    if not net.classes:
        two = net.activations[-1].name == "sigmoid"
        Y = rng.integers(0, 2, (outputs, examples)).astype(float) if two else rng.uniform(-1, 1, (outputs, examples))
        return {"Y": Y.round(2), "labels": Y.round(2)}
    labels = rng.integers(0, outputs, examples)
    labels[rng.integers(examples)] = outputs - 1
    return {"labels": labels, "Y": np.eye(outputs)[labels].T.copy()}
