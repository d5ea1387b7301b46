"""The slips of hand-written code: each yields what a quantity becomes by it, from the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.lab.code.reference import Step, Variants, applied, backward, output_delta, parts, right
from glassnet.maths import activations
from glassnet.typing import Array


@dataclass(frozen=True)
class CodeSlip:
    """A slip by name, and the kinds of quantities it happens at."""

    name: str
    at: tuple[str, ...]
    variants: Callable[[Step, str], Variants]


CATALOGUE: dict[str, CodeSlip] = {}
ACTIVATIONS = ("sigmoid", "tanh", "relu", "identity", "leaky_relu")


def slip(name: str, *at: str) -> Callable[[Callable[[Step, str], Variants]], Callable[[Step, str], Variants]]:
    """Enters a function in the catalogue; of two that fit equally the first is named first."""

    def enter(variants: Callable[[Step, str], Variants]) -> Callable[[Step, str], Variants]:
        CATALOGUE[name] = CodeSlip(name, at, variants)
        return variants

    return enter


def square(array: Array) -> bool:
    """Whether the transpose has the same shape."""
    return array.ndim == 2 and array.shape[0] == array.shape[1]


# ---- forward -------------------------------------------------------------------------------------------------------


@slip("bias-omitted", "Z")
def bias_omitted(n: Step, q: str) -> Variants:
    """Z = W A."""
    yield right(n, q) - n[f"b{parts(q)[1]}"]


@slip("bias-subtracted", "Z")
def bias_subtracted(n: Step, q: str) -> Variants:
    """Z = W A - b."""
    yield right(n, q) - 2 * n[f"b{parts(q)[1]}"]


@slip("z-for-a", "Z", "dW")
def z_for_a(n: Step, q: str) -> Variants:
    """Z of the layer below where its A belongs."""
    kind, k = parts(q)
    if k > 1 and kind == "Z":
        yield n[f"W{k}"] @ n[f"Z{k - 1}"] + n[f"b{k}"]
    elif k > 1:
        yield n[f"dZ{k}"] @ n[f"Z{k - 1}"].T / n.m


@slip("input-for-activation", "Z", "dW")
def input_for_activation(n: Step, q: str) -> Variants:
    """X where A of the layer below belongs, if the shapes allow it."""
    kind, k = parts(q)
    if k > 1 and kind == "dW":
        yield n[f"dZ{k}"] @ n["X"].T / n.m
    elif k > 1 and n["X"].shape[0] == n[f"W{k}"].shape[1]:
        yield n[f"W{k}"] @ n["X"] + n[f"b{k}"]


@slip("activation-for-input", "dW")
def activation_for_input(n: Step, q: str) -> Variants:
    """A of the layer itself where what comes into it belongs."""
    _, k = parts(q)
    yield n[f"dZ{k}"] @ n[f"A{k}"].T / n.m


@slip("transposed-weights", "Z", "dZ")
def transposed_weights(n: Step, q: str) -> Variants:
    """W for its transpose, if the shapes allow it."""
    kind, k = parts(q)
    if kind == "Z" and square(n[f"W{k}"]):
        yield n[f"W{k}"].T @ n.below(k) + n[f"b{k}"]
    if kind == "dZ" and k < n.net.layers and square(n[f"W{k + 1}"]):
        yield backward(n, k, n[f"W{k + 1}"] @ n[f"dZ{k + 1}"])


@slip("activation-omitted", "A")
def activation_omitted(n: Step, q: str) -> Variants:
    """A = Z."""
    yield n[f"Z{parts(q)[1]}"]


@slip("another-activation", "A")
def another_activation(n: Step, q: str) -> Variants:
    """Another function than the layer has."""
    _, k = parts(q)
    Z = n[f"Z{k}"]
    for name in ACTIVATIONS[:3]:
        if name != n.net.g(k).name:
            yield applied(activations.get(name), Z)
    yield applied(activations.softmax, Z)
    yield from (np.abs(Z), np.minimum(Z, 0), np.maximum(0.01 * Z, Z), np.maximum(0.1 * Z, Z), (Z > 0) * 1.0)


@slip("softmax-axis", "A")
def softmax_axis(n: Step, q: str) -> Variants:
    """The sum of e^z over the examples, or over everything, for that over the classes."""
    _, k = parts(q)
    if n.net.g(k).name == "softmax":
        Z = n[f"Z{k}"]
        for shift in (0, Z.max(axis=0), Z.max(axis=1, keepdims=True), Z.max()):
            powers = np.exp(Z - shift)
            yield powers / powers.sum(axis=1, keepdims=True)
            yield powers / powers.sum()
            yield powers / powers.sum(axis=0)


@slip("softmax-not-divided", "A")
def softmax_not_divided(n: Step, q: str) -> Variants:
    """e^z, shifted or not."""
    _, k = parts(q)
    if n.net.g(k).name == "softmax":
        yield np.exp(n[f"Z{k}"])
        yield np.exp(n[f"Z{k}"] - n[f"Z{k}"].max(axis=0))


@slip("in-place", "Z")
def in_place(n: Step, q: str) -> Variants:
    """Z that the activation has written over: it is A."""
    _, k = parts(q)
    yield applied(n.net.g(k), right(n, q))


# ---- backward ------------------------------------------------------------------------------------------------------


@slip("sign", "dZ", "dW", "db")
def sign(n: Step, q: str) -> Variants:
    """The opposite sign: Y - A for A - Y."""
    yield -right(n, q)


@slip("one-hot-shifted", "dZ", "Y")
def one_hot_shifted(n: Step, q: str) -> Variants:
    """One class too far or too near in the one-hot columns."""
    if q == "Y":
        yield from shifted(right(n, q))
    elif parts(q)[1] == n.net.layers and n.net.classes:
        yield from (n[f"A{n.net.layers}"] - Y for Y in shifted(n["Y"]))


@slip("target-omitted", "dZ")
def target_omitted(n: Step, q: str) -> Variants:
    """A alone for A - Y."""
    if parts(q)[1] == n.net.layers:
        yield n[f"A{n.net.layers}"]


@slip("factor-two", "dZ", "dW")
def factor_two(n: Step, q: str) -> Variants:
    """Twice as much, or half."""
    yield 2 * right(n, q)
    yield right(n, q) / 2


@slip("derivative-added", "dZ")
def derivative_added(n: Step, q: str) -> Variants:
    """The derivative of the last activation once more: A - Y contains it."""
    k = n.net.layers
    if parts(q)[1] == k and n.net.fused:
        A = n[f"A{k}"]
        yield output_delta(n) * A * (1 - A)
        yield output_delta(n) * (n[f"Z{k}"] > 0)


@slip("missed-derivative", "dZ")
def missed_derivative(n: Step, q: str) -> Variants:
    """W^T dZ, without g'(Z)."""
    _, k = parts(q)
    if k < n.net.layers:
        yield _from_above(n, k)
    elif not n.net.fused:
        yield n.net.loss.gradient(n["Y"].T, n[f"A{k}"].T).T * n.m


@slip("derivative-elsewhere", "dZ")
def derivative_elsewhere(n: Step, q: str) -> Variants:
    """g' of another array than Z: of what comes from above, of A, of the layer's own input."""
    _, k = parts(q)
    if k < n.net.layers:
        above, g = _from_above(n, k), n.net.g(k)
        for array in (above, n[f"A{k}"], n[f"dZ{k + 1}"], n.below(k), n[f"Z{k + 1}"], n[f"A{k + 1}"], n["X"]):
            if _fits(array, above):
                yield above * g.gradient(array)


@slip("activation-for-derivative", "dZ")
def activation_for_derivative(n: Step, q: str) -> Variants:
    """A, or g(Z) otherwise, where g'(Z) belongs."""
    _, k = parts(q)
    if k < n.net.layers:
        above, Z = _from_above(n, k), n[f"Z{k}"]
        yield above * n[f"A{k}"]
        yield above * Z
        yield above * (Z <= 0)


@slip("another-derivative", "dZ")
def another_derivative(n: Step, q: str) -> Variants:
    """The slope of another activation."""
    _, k = parts(q)
    if k < n.net.layers:
        for name in ("sigmoid", "tanh", "relu"):
            if name != n.net.g(k).name:
                yield _from_above(n, k) * activations.get(name).gradient(n[f"Z{k}"])


@slip("new-weights", "dZ")
def new_weights(n: Step, q: str) -> Variants:
    """The weights after the update."""
    _, k = parts(q)
    if k < n.net.layers and "alpha" in n.known:
        yield backward(n, k, right(n, f"W{k + 1}.new").T @ n[f"dZ{k + 1}"])


@slip("sum-for-mean", "dW", "db")
def sum_for_mean(n: Step, q: str) -> Variants:
    """Not divided by the number of examples."""
    yield right(n, q) * n.m


@slip("mean-twice", "dW", "db", "dZ")
def mean_twice(n: Step, q: str) -> Variants:
    """Divided by m once too often."""
    yield right(n, q) / n.m


@slip("another-count", "dW", "db")
def another_count(n: Step, q: str) -> Variants:
    """Divided by the number of inputs, of units, of classes, for that of examples."""
    _, k = parts(q)
    for count in {n["X"].shape[0], n[f"dZ{k}"].shape[0], n[f"A{n.net.layers}"].shape[0], n[f"dZ{k}"].size}:
        if count != n.m:
            yield right(n, q) * n.m / count


@slip("transposed-gradient", "dW")
def transposed_gradient(n: Step, q: str) -> Variants:
    """dW as (inputs, outputs)."""
    yield right(n, q).T


@slip("axis", "db")
def axis(n: Step, q: str) -> Variants:
    """One sum over everything, or over the units for the examples."""
    dZ = n[f"dZ{parts(q)[1]}"]
    for scale in (1 / n.m, 1.0):
        yield dZ.sum() * scale
        yield np.full_like(right(n, q), dZ.sum() * scale)
        yield dZ.sum(axis=0) * scale
        yield dZ.sum(axis=0, keepdims=True) * scale
    yield dZ.mean()
    yield dZ / n.m


@slip("keepdims", "db", "b.new")
def keepdims(n: Step, q: str) -> Variants:
    """The right numbers as a flat row: taken from a column they make a matrix."""
    if parts(q)[0] == "db":
        yield right(n, q)[:, 0]
    else:
        yield n[q[:-4]] - n["alpha"] * n[f"d{q[:-4]}"][:, 0]


# ---- update --------------------------------------------------------------------------------------------------------


@slip("not-updated", "W.new", "b.new")
def not_updated(n: Step, q: str) -> Variants:
    """The weight as it was."""
    yield n[q[:-4]]


@slip("ascent", "W.new", "b.new")
def ascent(n: Step, q: str) -> Variants:
    """W + alpha dW."""
    yield n[q[:-4]] + n["alpha"] * n[f"d{q[:-4]}"]


@slip("learning-rate-omitted", "W.new", "b.new")
def learning_rate_omitted(n: Step, q: str) -> Variants:
    """W - dW."""
    yield n[q[:-4]] - n[f"d{q[:-4]}"]


@slip("step-alone", "W.new", "b.new")
def step_alone(n: Step, q: str) -> Variants:
    """alpha dW for the new weight."""
    yield from (factor * n["alpha"] * n[f"d{q[:-4]}"] for factor in (1, -1))


@slip("rate-twice", "W.new", "b.new")
def rate_twice(n: Step, q: str) -> Variants:
    """alpha on the weight as well, or twice on the gradient."""
    yield n["alpha"] * (n[q[:-4]] - n[f"d{q[:-4]}"])
    yield n[q[:-4]] - n["alpha"] ** 2 * n[f"d{q[:-4]}"]


@slip("mean-in-update", "W.new", "b.new")
def mean_in_update(n: Step, q: str) -> Variants:
    """Divided by the number of examples once more."""
    if "X" in n.known:
        yield n[q[:-4]] - n["alpha"] * n[f"d{q[:-4]}"] / n.m


@slip("another-gradient", "W.new", "b.new")
def another_gradient(n: Step, q: str) -> Variants:
    """The gradient, or the weight, of another layer; db for dW."""
    own = q[:-4]
    others = [f"{letter}{k}" for k in range(1, n.net.layers + 1) for letter in "Wb"]
    for other in others:
        if other != own and _fits(n[f"d{other}"], n[own]):
            yield n[own] - n["alpha"] * n[f"d{other}"]
    for other in others:
        if other != own and _fits(n[f"d{own}"], n[other]):
            yield n[other] - n["alpha"] * n[f"d{own}"]


# ---- helpers -------------------------------------------------------------------------------------------------------


def _from_above(n: Step, k: int) -> Array:
    return np.asarray(n[f"W{k + 1}"].T @ n[f"dZ{k + 1}"])


def _fits(array: Any, into: Array) -> bool:
    """Whether NumPy combines the two without a word."""
    try:
        return np.broadcast_shapes(np.shape(array), into.shape) == into.shape
    except ValueError:
        return False


def shifted(Y: Array) -> Variants:
    """The ones a class further, or nearer, round the end or falling out."""
    for by in (1, -1):
        around = np.roll(Y, by, axis=0)
        yield around
        out = around.copy()
        out[0 if by == 1 else -1] = 0
        yield out
