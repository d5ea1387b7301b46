"""The table of operations: every generic test runs over all of its rows.

A row is a function, arguments at which it is smooth, and the operation it stands for. To test a new operation, add its
row: ``test_every_operation_has_a_row`` fails until it is there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import glassnet as gn
import table.activations
import table.losses
from glassnet.maths import activations, losses, special
from glassnet.tensors.rules.elementwise import STEPS, astype, clip, power, select
from glassnet.tensors.rules.products import einsum
from glassnet.tensors.rules.reductions import vector_norm
from glassnet.tensors.rules.shapes import concatenated, getitem, place, scatter, stacked

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Row:
    """One use of one operation."""

    name: str
    operation: Any  # what of RULES, of WRITTEN or of a catalogue it stands for
    function: Callable[..., Any]
    arguments: Arrays = field(repr=False)
    empty: tuple[tuple[int, ...], ...] | None = None  # shapes without entries that it must take
    elementwise: bool = False

    def __str__(self) -> str:
        return self.name


def spread_out(name: str, shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    """Numbers between low and high, all different by far more than a difference step: no ties, no kinks."""
    size = int(np.prod(shape))
    order = np.random.default_rng(zlib.crc32(name.encode())).permutation(size)
    return (low + (high - low) * (order + 0.37) / size).reshape(shape)


def entrywise() -> Iterator[Row]:
    """Functions entry by entry, with a range in which each is smooth."""
    anywhere, positive, inside = (-1.73, 1.61), (0.2, 2.3), (-0.83, 0.79)
    one: list[tuple[Any, tuple[float, float]]] = [
        (np.positive, anywhere), (np.negative, anywhere), (np.absolute, anywhere), (np.fabs, anywhere),
        (np.square, anywhere), (np.sqrt, positive), (np.cbrt, positive), (np.reciprocal, positive),
        (np.exp, anywhere), (np.exp2, anywhere), (np.expm1, anywhere),
        (np.log, positive), (np.log2, positive), (np.log10, positive), (np.log1p, inside),
        (np.sin, anywhere), (np.cos, anywhere), (np.tan, inside),
        (np.arcsin, inside), (np.arccos, inside), (np.arctan, anywhere),
        (np.sinh, anywhere), (np.cosh, anywhere), (np.tanh, anywhere),
        (np.arcsinh, anywhere), (np.arccosh, (1.2, 3.1)), (np.arctanh, inside),
        (special.erf, anywhere), (special.erfc, anywhere),
        (special.normal_cdf, anywhere), (special.normal_density, anywhere),
        (np.degrees, anywhere), (np.rad2deg, anywhere), (np.radians, anywhere), (np.deg2rad, anywhere),
    ]  # fmt: skip
    two: list[tuple[Any, tuple[float, float], tuple[float, float]]] = [
        (np.add, anywhere, anywhere), (np.subtract, anywhere, anywhere), (np.multiply, anywhere, anywhere),
        (np.divide, anywhere, positive), (np.power, positive, anywhere), (np.float_power, positive, anywhere),
        (power, positive, anywhere), (np.hypot, positive, anywhere), (np.arctan2, anywhere, positive),
        (np.logaddexp, anywhere, anywhere), (np.logaddexp2, anywhere, anywhere),
        (np.maximum, anywhere, (-1.5, 1.44)), (np.minimum, anywhere, (-1.5, 1.44)),
        (np.fmax, anywhere, (-1.5, 1.44)), (np.fmin, anywhere, (-1.5, 1.44)),
        (np.remainder, (0.1, 0.9), (1.1, 2.3)), (np.fmod, (2.4, 3.2), (1.7, 2.3)), (np.copysign, positive, positive),
    ]  # fmt: skip
    for f, (low, high) in one:
        yield Row(f.__name__, f, f, (spread_out(f.__name__, (3, 4), low, high),), ((0, 3),), True)
    for f, (a, b), (c, d) in two:
        x, y = spread_out(f"{f.__name__}.x", (3, 4), a, b), spread_out(f"{f.__name__}.y", (3, 4), c, d)
        name = "**" if f is power else f.__name__
        yield Row(name, f, f, (x, y), ((0, 3), (0, 3)), True)


def row(operation: Any, function: Any, *shapes: tuple[int, ...], name: str = "", **settings: Any) -> Row:
    """A row whose arguments lie in -1.73..1.61."""
    name = name or operation.__name__
    arguments = tuple(spread_out(f"{name}{k}", shape, -1.73, 1.61) for k, shape in enumerate(shapes))
    return Row(name, operation, function, arguments, **settings)


MASK = np.array([[True, False, True, True]] * 3)
PLACES = np.array([2, 0, 2])


def reductions() -> Iterator[Row]:
    """Along axes."""
    for f in (np.sum, np.mean, np.max, np.amax, np.min, np.amin, np.prod, np.var, np.std):
        yield row(f, f, (3, 4))
        yield row(f, lambda x, f=f: f(x, axis=-1), (3, 4), name=f"{f.__name__} axis=-1")
        yield row(f, lambda x, f=f: f(x, axis=(0, 2), keepdims=True), (2, 3, 2), name=f"{f.__name__} keepdims")
    yield row(np.sum, lambda x: np.sum(x, axis=0), (3, 4), name="sum of none", empty=((0, 3),))
    yield row(np.prod, lambda x: np.prod(x, axis=0), (3, 4), name="prod of none", empty=((0, 3),))
    yield Row("prod with zeros", np.prod, lambda x: np.prod(x, axis=1), (np.array([[0.0, 2, 3], [0, 0, 4]]),))
    yield row(np.var, lambda x: np.var(x, axis=0, ddof=1), (3, 4), name="var ddof=1")
    yield row(np.std, lambda x: np.std(x, axis=0, ddof=1), (3, 4), name="std ddof=1")
    for f in (np.cumsum, np.cumprod):
        yield row(f, f, (3, 4), empty=((0,),))
        yield row(f, lambda x, f=f: f(x, axis=0), (3, 4), name=f"{f.__name__} axis=0", empty=((0, 3),))
    yield Row("cumprod with zeros", np.cumprod, lambda x: np.cumprod(x), (np.array([2.0, 0, 3, 0, 4]),))
    for order in (None, 1, 2, 3, 2.5, np.inf, -np.inf):
        yield row(np.linalg.norm, lambda x, p=order: np.linalg.norm(x, p, axis=1), (3, 4), name=f"norm {order}")
    yield row(vector_norm, np.linalg.norm, (3, 4), name="norm of all")
    yield row(np.linalg.norm, lambda x: np.linalg.norm(x, "fro"), (3, 4), name="norm fro")
    yield row(np.ptp, lambda x: np.ptp(x, axis=1), (3, 4))
    yield row(np.trace, np.trace, (3, 4))
    yield row(np.trace, lambda x: np.trace(x, 1, 0, 2), (3, 2, 4), name="trace of axes")


def shapes() -> Iterator[Row]:
    """Entries in other places."""
    yield row(np.reshape, lambda x: np.reshape(x, (2, 6)), (3, 4))
    yield row(np.reshape, lambda x: np.reshape(x, (2, 6), order="F"), (3, 4), name="reshape F")
    yield row(np.reshape, lambda x: np.reshape(x.T, (2, 6), order="A"), (3, 4), name="reshape A")
    yield row(np.ravel, np.ravel, (3, 4), empty=((0, 2),))
    yield row(np.ravel, lambda x: np.ravel(x.T, order="K"), (3, 4), name="ravel K")
    yield row(np.transpose, np.transpose, (3, 4), empty=((0, 2),))
    yield row(np.transpose, lambda x: np.transpose(x, (2, 0, -2)), (2, 3, 4), name="transpose axes")
    yield row(np.matrix_transpose, np.matrix_transpose, (2, 3, 4))
    yield row(np.swapaxes, lambda x: np.swapaxes(x, 0, 2), (2, 3, 4))
    yield row(np.moveaxis, lambda x: np.moveaxis(x, (0, 1), (-1, 0)), (2, 3, 4))
    yield row(np.expand_dims, lambda x: np.expand_dims(x, (0, 2)), (3, 4), empty=((0, 2),))
    yield row(np.squeeze, lambda x: np.squeeze(x, axis=1), (3, 1, 4))
    yield row(np.copy, np.copy, (3, 4), empty=((0,),))
    yield row(np.broadcast_to, lambda x: np.broadcast_to(x, (2, 3, 4)), (3, 1))
    yield row(np.atleast_1d, np.atleast_1d, ())
    yield row(np.atleast_2d, np.atleast_2d, (3,))
    yield row(np.flip, lambda x: np.flip(x, 1), (3, 4))
    yield row(np.flip, np.flip, (3, 4), name="flip all")
    yield row(np.fliplr, np.fliplr, (3, 4))
    yield row(np.flipud, np.flipud, (3, 4))
    yield row(np.roll, lambda x: np.roll(x, 2, 1), (3, 4))
    yield row(np.roll, lambda x: np.roll(x, (1, 2), (0, 1)), (3, 4), name="roll two axes")
    yield row(np.tril, lambda x: np.tril(x, -1), (3, 4))
    yield row(np.triu, np.triu, (3, 4))
    yield row(np.diag, lambda x: np.diag(x, 1), (3,), name="diag of a vector")
    yield row(np.diag, lambda x: np.diag(x, 1), (3, 4), name="diag of a matrix")
    yield row(np.diagonal, lambda x: np.diagonal(x, 0, 0, 2), (3, 2, 4))
    yield row(np.take, lambda x: np.take(x, PLACES, 1), (3, 4))
    yield row(np.take, lambda x: np.take(x, [5, 5, 0]), (3, 4), name="take of all")
    yield row(np.take_along_axis, lambda x: np.take_along_axis(x, PLACES[:, None], 1), (3, 4))
    yield row(np.repeat, lambda x: np.repeat(x, 2, 0), (3, 4))
    yield row(np.repeat, lambda x: np.repeat(x, [1, 0, 2], 0), (3, 4), name="repeat each its own")
    yield row(np.tile, lambda x: np.tile(x, (2, 3)), (3, 4))
    yield row(np.sort, np.sort, (3, 4), empty=((0, 2),))
    yield row(np.sort, lambda x: np.sort(x, axis=0), (3, 4), name="sort axis=0")
    yield row(np.sort, lambda x: np.sort(x, axis=None), (3, 4), name="sort all")
    yield row(np.diff, np.diff, (3, 4))
    yield row(np.diff, lambda x: np.diff(x, 2, 0), (3, 4), name="diff twice")
    yield row(astype, lambda x: x.astype(np.float64), (3, 4))


def indexing() -> Iterator[Row]:
    """x[key], and x[key] = value."""
    keys: dict[str, Any] = {
        "a number": 1, "a slice": slice(None, None, -2), "two": (0, slice(1, 3)), "none": (None, 1),
        "dots": (..., 2), "a list": [2, 0, 2], "two lists": ([0, 0, 2], [1, 1, 3]), "a mask": MASK,
        "a mask of rows": np.array([True, False, True]), "a list and a slice": (slice(0, 2), PLACES),
    }  # fmt: skip
    for name, key in keys.items():
        yield row(getitem, lambda x, key=key: x[key], (3, 4), name=f"index by {name}")

    def put(x: Any, value: Any, key: Any) -> Any:
        x = x * 1.0  # the argument itself stays
        x[key] = value
        return x

    yield row(place, lambda x, v: put(x, v, (slice(None), 1)), (3, 4), (3,), name="set a column")
    yield row(place, lambda x, v: put(x, v, MASK), (3, 4), (9,), name="set by a mask")
    yield row(place, lambda x, v: put(x, v, [2, 0]), (3, 4), (4,), name="set rows to one")
    yield row(place, lambda x, v: put(x, v, ([0, 0], [1, 1])), (3, 4), (2,), name="set an entry twice")
    yield row(np.copyto, lambda x, v: copied(x, v), (3, 4), (4,))
    yield row(scatter, lambda g: scatter(g, ([0, 0, 2],), (3,)), (3,))


def copied(x: Any, values: Any) -> Any:
    """np.copyto under a mask."""
    x = x * 1.0
    np.copyto(x, values, where=MASK)
    return x


def joining() -> Iterator[Row]:
    """Several arrays to one, one to several."""
    yield row(concatenated, lambda x, y: np.concatenate([x, y], axis=1), (3, 2), (3, 4), empty=((3, 0), (3, 0)))
    yield row(np.concatenate, lambda x, y: np.concatenate((x, y, x), None), (3, 2), (4,))
    yield row(stacked, lambda x, y: np.stack([x, y], axis=-1), (3, 4), (3, 4), empty=((0,), (0,)))
    yield row(np.stack, lambda x, y: np.stack([x, y, x]), (3, 4), (3, 4))
    yield row(np.vstack, lambda x, y: np.vstack([x, y]), (4,), (3, 4))
    yield row(np.hstack, lambda x, y: np.hstack([x, y]), (3, 2), (3, 4))
    yield row(np.hstack, lambda x, y: np.hstack([x, y]), (2,), (4,), name="hstack of vectors")
    yield row(np.column_stack, lambda x, y: np.column_stack([x, y]), (3,), (3, 4))
    yield row(np.append, lambda x, y: np.append(x, y), (3,), (2, 2))
    yield row(np.split, lambda x: np.split(x, 2, axis=1)[1], (3, 4))
    yield row(np.array_split, lambda x: np.array_split(x, 3)[0] * np.array_split(x, 3)[1], (6, 2))
    yield row(select, lambda x, y: np.where(MASK, x, y), (3, 4), (4,))
    yield row(np.where, lambda x: np.where(x > 0.0, x * x, 0.0), (3, 4), name="where of one")
    yield row(clip, lambda x: np.clip(x, -1.0, 0.9), (3, 4))
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":  # where the keyword came
        yield row(np.clip, lambda x: np.clip(x, min=-1.0), (3, 4), name="clip min=")


def products() -> Iterator[Row]:
    """Sums of products."""
    for name, x, y in (
        ("matrices", (3, 4), (4, 2)), ("a vector and a matrix", (4,), (4, 2)), ("a matrix and a vector", (3, 4), (4,)),
        ("vectors", (4,), (4,)), ("batches", (2, 3, 4), (2, 4, 2)), ("a batch and a matrix", (2, 3, 4), (4, 2)),
        ("broadcast batches", (2, 1, 3, 4), (5, 4, 2)), ("a vector and a batch", (4,), (2, 4, 3)),
    ):  # fmt: skip
        yield row(np.matmul, np.matmul, x, y, name=f"matmul of {name}")
    yield row(np.matmul, np.matmul, (3, 4), (4, 2), name="matmul of none", empty=((0, 4), (4, 2)))
    for name, x, y in (("matrices", (3, 4), (4, 2)), ("vectors", (4,), (4,)), ("more axes", (2, 4), (3, 4, 2)),
                       ("a number", (), (3, 2))):  # fmt: skip
        yield row(np.dot, np.dot, x, y, name=f"dot of {name}")
    yield row(np.inner, np.inner, (2, 3, 4), (5, 4))
    yield row(np.inner, np.inner, (), (5, 4), name="inner with a number")
    yield row(np.outer, np.outer, (3,), (2, 2))
    yield row(np.vdot, np.vdot, (3, 2), (3, 2))
    yield row(np.vecdot, np.vecdot, (3, 4), (4,))
    yield row(np.vecdot, np.vecdot, (1, 4), (3, 4), name="vecdot stretched")
    yield row(np.tensordot, lambda x, y: np.tensordot(x, y, 1), (3, 4), (4, 2))
    yield row(
        np.tensordot, lambda x, y: np.tensordot(x, y, ([0, 2], [1, 0])), (3, 2, 4), (4, 3, 2), name="tensordot axes"
    )
    yield row(np.tensordot, lambda x, y: np.tensordot(x, y, axes=0), (3,), (2,), name="tensordot 0")
    for subscripts, shapes in {
        "ij,jk->ik": ((3, 4), (4, 2)), "ij,jk": ((3, 4), (4, 2)), "i,j->ij": ((3,), (4,)), "ij->": ((3, 4),),
        "ii->i": ((3, 3),), "ii": ((3, 3),), "ij->ji": ((3, 4),), "bij,bjk->bik": ((2, 3, 4), (2, 4, 2)),
        "i,i,i->": ((4,), (4,), (4,)), "...ij,...j->...i": ((2, 3, 4), (4,)), "ij,ij->i": ((3, 4), (3, 4)),
        "iij,jk->k": ((2, 2, 3), (3, 2)), "ij,kj->ik": ((3, 4), (1, 4)), "ij,j->j": ((3, 4), (1,)),
        "ij,j->i": ((3, 4), (1,)),
    }.items():  # fmt: skip
        call = lambda *xs, s=subscripts: np.einsum(s, *xs)  # noqa: E731
        yield row(einsum, call, *shapes, name=f"einsum {subscripts}")
    yield row(np.einsum, lambda x, y: np.einsum("ij,jk", x, y, optimize=True), (3, 4), (4, 2), name="einsum optimize")


def steps() -> Iterator[Row]:
    """Functions whose derivative is 0."""
    for f in STEPS:
        call = {np.heaviside: lambda x: np.heaviside(x, 0.5), np.floor_divide: lambda x: x // 0.41}.get(f, f)
        yield row(f, lambda x, f=call: f(x) * x, (3, 4), name=f.__name__, empty=((0,),))


def library() -> Iterator[Row]:
    """Every activation and loss, with every reduction, from probabilities and from logits."""
    for r in table.activations.ROWS:
        base = activations.CATALOGUE[r.name]
        yield row(base, r.function, (3, 4), name=f"{r} activation", empty=((0, 4),), elementwise=base.elementwise)
    yield row(activations.prelu, activations.prelu, (3, 4), (4,), empty=((0, 4), (4,)))
    yield row(activations.prelu, activations.prelu, (3, 4), (1, 1), name="prelu, one slope")
    for r in table.losses.ROWS:
        for logits in (False, True) if r.head else (False,):
            # The reduction is shared: with other settings of a loss one of the three is enough.
            for reduction in ("mean",) if r.settings or r.name == "likelihood" else ("mean", "sum", "none"):
                yield _loss_row(r, logits, reduction)
    weighted = {"sample_weight": [1.0, 0.0, 3.0, 0.5, 2.0]}
    yield row(losses.mse, lambda P: losses.mse(TARGETS["real"], P, **weighted), (5, 3), name="mse weighted")
    yield row(losses.rmse, lambda P: losses.rmse(TARGETS["real"], P, **weighted), (5, 3), name="rmse weighted")
    yield row(losses.mse, lambda P: losses.mse(TARGETS["real"][:, 0], P), (5,), name="mse of a vector")
    yield row(losses.huber, lambda P: losses.huber(TARGETS["real"], P, delta=0.4), (5, 3), name="huber 0.4")


_rng = np.random.default_rng(11)
TARGETS: dict[str, np.ndarray] = {
    "real": _rng.uniform(2.0, 3.0, (5, 3)),
    "binary": np.float64(_rng.random((5, 3)) > 0.5),
    "one_hot": np.eye(3)[[0, 2, 1, 1, 0]],
    "classes": np.array([0, 2, 1, 1, 0]),
}


def _loss_row(r: table.losses.Row, logits: bool, reduction: str) -> Row:
    """A loss as a function of the prediction; where its formula allows, of the target, too."""
    T, P = table.losses.example(r, 5, logits=logits, seed=2)
    title = f"{r}{' from logits' if logits else ''} {reduction}"
    settings = {"from_logits": logits, "reduction": reduction}
    return Row(title, losses.CATALOGUE[r.name], lambda P: r.function(T, P, **settings), (P,))


def methods() -> Iterator[Row]:
    """The methods of Tensor, which must be those of arrays."""
    calls: dict[str, Callable[[Any], Any]] = {
        "sum": lambda x: x.sum(axis=1), "mean": lambda x: x.mean(0), "max": lambda x: x.max(),
        "min": lambda x: x.min(1),
        "prod": lambda x: x.prod(axis=0), "var": lambda x: x.var(ddof=1), "std": lambda x: x.std(axis=1),
        "cumsum": lambda x: x.cumsum(1), "cumprod": lambda x: x.cumprod(), "trace": lambda x: x.trace(),
        "reshape": lambda x: x.reshape(2, -1), "ravel": lambda x: x.ravel(), "flatten": lambda x: x.flatten(),
        "flat": lambda x: x.flat[[3, 3, 1]],
        "transpose": lambda x: x.transpose(1, 0), "T": lambda x: x.T, "mT": lambda x: x.mT,
        "swapaxes": lambda x: x.swapaxes(0, 1), "squeeze": lambda x: x[:1].squeeze(0),
        "diagonal": lambda x: x.diagonal(1), "repeat": lambda x: x.repeat(2, axis=0), "take": lambda x: x.take([1, 1]),
        "dot": lambda x: x.dot(x.T), "clip": lambda x: x.clip(-1.0, 0.9), "round": lambda x: x.round(1) * x,
        "astype": lambda x: x.astype(float), "copy": lambda x: x.copy() * x,
    }  # fmt: skip
    for name, call in calls.items():
        yield row(name, call, (3, 4), name=f"x.{name}")
    operators: dict[str, Callable[[Any], Any]] = {
        "x + 2": lambda x: x + 2, "2 - x": lambda x: 2 - x, "3 * x": lambda x: 3 * x, "1 / x": lambda x: 1 / x,
        "x**2": lambda x: x**2, "x**3": lambda x: x**3, "x**0": lambda x: x**0 * x, "2**x": lambda x: 2**x,
        "x**-1": lambda x: x**-1, "(x * x)**0.5": lambda x: (x * x) ** 0.5, "abs(x)": abs, "-x": lambda x: -x,
        "+x": lambda x: +x, "x % 2.7": lambda x: (x + 0.9) % 2.7, "x @ M": lambda x: x @ np.eye(4)[:, :2],
        "M @ x": lambda x: np.ones((2, 3)) @ x, "array - x": lambda x: np.ones(4) - x,
        "f32 * x": lambda x: np.float32(3) * x,
        "[...] + x": lambda x: [1.0, 2.0, 3.0, 4.0] + x,  # noqa: RUF005
    }  # fmt: skip
    for name, call in operators.items():
        yield row(name, call, (3, 4), name=name)


ROWS: list[Row] = [
    *entrywise(), *reductions(), *shapes(), *indexing(), *joining(), *products(), *steps(), *library(), *methods(),
]  # fmt: skip

# Derivatives that are 0 everywhere: a planted wrong factor changes nothing.
FLAT = {row.name for row in ROWS if row.operation is activations.step} | {"x**0"}


def tensors(row: Row, dtype: Any = np.float64, requires_grad: bool = True) -> list[gn.Tensor]:
    """The row's arguments as tensors."""
    return [gn.tensor(a.astype(dtype), requires_grad=requires_grad) for a in row.arguments]
