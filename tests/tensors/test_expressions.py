"""Random expressions: NumPy's bits, and derivatives that agree whichever way they are taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassnet as gn
from glassnet.maths.activations import relu, sigmoid, softmax
from glassnet.maths.differences import directional

Expression = tuple[str, Callable[[Any, Any], Any]]  # how it is written, and the function of x (3, 4) and y (4,)

LEAVES: list[Expression] = [
    ("x", lambda x, y: x), ("y", lambda x, y: y), ("0.7", lambda x, y: 0.7), ("c", lambda x, y: np.linspace(-1, 1, 4)),
]  # fmt: skip

# Smooth everywhere and bounded, or nearly so: random trees of them stay within what differences can judge.
UNARY: list[tuple[str, Callable[[Any], Any]]] = [
    ("sin", np.sin), ("tanh", np.tanh), ("arctan", np.arctan), ("sigmoid", sigmoid), ("-", lambda a: -a),
    ("exp(-sq)", lambda a: np.exp(-np.square(a))), ("sqrt(1+sq)", lambda a: np.sqrt(1 + a * a)),
    ("1/(2+cos)", lambda a: 1 / (2 + np.cos(a))), ("softmax", lambda a: softmax(a) if np.ndim(a) else sigmoid(a)),
    ("mean", lambda a: np.mean(a, axis=-1, keepdims=True) if np.ndim(a) else a * 0.5),
    ("flip", lambda a: np.flip(a, -1) if np.ndim(a) else a), ("first", lambda a: a[..., :1] if np.ndim(a) else a),
    ("cumsum", lambda a: np.cumsum(a, axis=-1) * 0.3 if np.ndim(a) else a),
    ("gram", lambda a: np.tanh(a @ np.swapaxes(a, -1, -2))[..., :1] if np.ndim(a) == 2 else a),
    ("var", lambda a: np.var(a, axis=-1, keepdims=True) if np.ndim(a) else a * a),
    ("pow", lambda a: (1.2 + np.sin(a)) ** 1.7), ("index", lambda a: a[..., [0, 0, -1, 0]] if np.ndim(a) else a),
]  # fmt: skip

BINARY: list[tuple[str, Callable[[Any, Any], Any]]] = [
    ("+", lambda a, b: a + b), ("-", lambda a, b: a - b), ("*", lambda a, b: a * b),
    ("/", lambda a, b: a / (1.5 + b * b)), ("hypot", lambda a, b: np.hypot(a, 1 + b * b)),
    ("logaddexp", np.logaddexp), ("where", lambda a, b: np.where([True, False, True, True], a, b)),
    ("arctan2", lambda a, b: np.arctan2(a, 2 + np.sin(b))),
    ("einsum", lambda a, b: np.einsum("...i,...i->...i", a + np.zeros(4), b + np.zeros(4))),
    ("dots", lambda a, b: 0.2 * np.sum(a * b, axis=-1, keepdims=True) if np.ndim(a * b) else a * b),
]  # fmt: skip


# These have corners or jumps: differences cannot judge them, but bits and the two directions must agree all the same.
CORNERED: list[tuple[str, Callable[[Any], Any]]] = [
    ("max", lambda a: np.max(a, axis=-1, keepdims=True) if np.ndim(a) else a),
    ("min", lambda a: np.min(a, axis=-1, keepdims=True) if np.ndim(a) else a),
    ("sort", lambda a: np.sort(a, axis=-1) if np.ndim(a) else a), ("abs", np.abs), ("relu", relu), ("floor", np.floor),
    ("clip", lambda a: np.clip(a, -0.5, 0.8)), ("positive", lambda a: np.where(a > 0, a, 0.1 * a)),
    ("norm", lambda a: np.linalg.norm(a, axis=-1, keepdims=True) if np.ndim(a) else a),
    ("joined", lambda a: np.concatenate([a, np.flip(-a, -1)], axis=-1)[..., ::2] if np.shape(a)[-1:] == (4,) else a),
    ("roll", lambda a: np.roll(a, 1, axis=-1) if np.ndim(a) else a), ("cumprod", lambda a: np.cumprod(np.tanh(a), -1)
                                                                        if np.ndim(a) else a),
]  # fmt: skip
CORNERED_BINARY: list[tuple[str, Callable[[Any, Any], Any]]] = [
    ("maximum", np.maximum), ("minimum", np.minimum), ("larger", lambda a, b: np.where(a > b, a, b)),
    ("stack", lambda a, b: np.stack([a + 0 * b, b + 0 * a]).mean(axis=0)),
]  # fmt: skip


def one(part: tuple[tuple[str, Any], Expression]) -> Expression:
    (name, f), (written, a) = part
    return f"{name}({written})", lambda x, y: f(a(x, y))


def two(part: tuple[tuple[str, Any], Expression, Expression]) -> Expression:
    (name, f), (left, a), (right, b) = part
    return f"({left} {name} {right})", lambda x, y: f(a(x, y), b(x, y))


def trees(unary: list[Any], binary: list[Any]) -> st.SearchStrategy[Expression]:
    return st.recursive(
        st.sampled_from(LEAVES),
        lambda inner: (
            st.tuples(st.sampled_from(unary), inner).map(one)
            | st.tuples(st.sampled_from(binary), inner, inner).map(two)
        ),
        max_leaves=8,
    )


expressions = trees(UNARY, BINARY)
any_expressions = trees(UNARY + CORNERED, BINARY + CORNERED_BINARY)
numbers = st.integers(0, 2**32 - 1).map(
    lambda seed: tuple(np.random.default_rng(seed).uniform(-1.5, 1.5, n) for n in ((3, 4), (4,)))
)

# x and y take part in every expression, so that there is something to differentiate.
WEIGHTS = np.random.default_rng(3).uniform(0.5, 1.5, (3, 4))


def whole(expression: Expression) -> Callable[[Any, Any], Any]:
    return lambda x, y: expression[1](x, y) * np.cos(x) + y


def number(expression: Expression) -> Callable[[Any, Any], Any]:
    return lambda x, y: (whole(expression)(x, y) * WEIGHTS).sum()


def inner(left: Any, right: Any) -> float:
    return float((np.asarray(left) * np.asarray(right)).sum())


@settings(max_examples=150, deadline=None)
@given(expression=any_expressions, values=numbers, narrow=st.booleans())
def test_the_bits_are_those_of_numpy(expression: Expression, values: Any, narrow: bool) -> None:
    arrays = [v.astype(np.float32) if narrow else v for v in values]
    expected = whole(expression)(*arrays)
    given_ = whole(expression)(*(gn.tensor(a, requires_grad=True) for a in arrays))
    assert given_.dtype == expected.dtype
    assert np.asarray(given_).tobytes() == expected.tobytes()


@settings(max_examples=150, deadline=None)
@given(expression=expressions, values=numbers)
def test_reverse_forward_and_differences_agree(expression: Expression, values: Any) -> None:
    f, directions = whole(expression), (np.cos(np.arange(12)).reshape(3, 4), np.sin(np.arange(4)))
    back = gn.vjp(f, *values)[1](WEIGHTS)
    reverse = inner(back[0], directions[0]) + inner(back[1], directions[1])
    forward = inner(gn.jvp(f, values, directions)[1], WEIGHTS)
    assert forward == pytest.approx(reverse, rel=1e-11, abs=1e-11)
    slope = directional(
        lambda t: inner(f(*(v + t * d for v, d in zip(values, directions, strict=True))), WEIGHTS), 0.0, 1.0
    )
    assert forward == pytest.approx(slope, rel=1e-7, abs=1e-7)


@settings(max_examples=100, deadline=None)
@given(expression=any_expressions, values=numbers)
def test_reverse_and_forward_agree_at_corners_too(expression: Expression, values: Any) -> None:
    f, directions = whole(expression), (np.cos(np.arange(12)).reshape(3, 4), np.sin(np.arange(4)))
    back = gn.vjp(f, *values)[1](WEIGHTS)
    reverse = inner(back[0], directions[0]) + inner(back[1], directions[1])
    assert inner(gn.jvp(f, values, directions)[1], WEIGHTS) == pytest.approx(reverse, rel=1e-11, abs=1e-11)
    x, y = values
    gradient, d = gn.grad(number(expression)), directions[0]
    forward_over_reverse = inner(gn.jvp(lambda x: gradient(x, y), x, d)[1], d)
    reverse_over_reverse = inner(gn.grad(lambda x: (gradient(x, y) * d).sum())(x), d)
    assert forward_over_reverse == pytest.approx(reverse_over_reverse, rel=1e-10, abs=1e-10)


@settings(max_examples=100, deadline=None)
@given(expression=expressions, values=numbers)
def test_second_derivatives_agree_three_ways(expression: Expression, values: Any) -> None:
    """d^T H d by forward over reverse, by reverse over reverse, and by forward over forward."""
    f, (x, y) = number(expression), values
    d = np.cos(np.arange(12)).reshape(3, 4)
    gradient = gn.grad(f)
    forward_over_reverse = inner(gn.jvp(lambda x: gradient(x, y), x, d)[1], d)
    reverse_over_reverse = inner(gn.grad(lambda x: (gradient(x, y) * d).sum())(x), d)
    forward_over_forward = float(gn.jvp(lambda x: gn.jvp(lambda x: f(x, y), x, d)[1], x, d)[1])
    reverse_over_forward = inner(gn.grad(lambda x: gn.jvp(lambda x: f(x, y), x, d)[1])(x), d)
    assert forward_over_reverse == pytest.approx(reverse_over_reverse, rel=1e-10, abs=1e-10)
    assert forward_over_forward == pytest.approx(reverse_over_reverse, rel=1e-10, abs=1e-10)
    assert reverse_over_forward == pytest.approx(reverse_over_reverse, rel=1e-10, abs=1e-10)
    curvature = directional(lambda t: inner(gradient(x + t * d, y), d), 0.0, 1.0)
    assert reverse_over_reverse == pytest.approx(curvature, rel=1e-6, abs=1e-6)
