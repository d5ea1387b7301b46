"""Layers that hold layers: a block with its input added (Residual), and branches side by side (Concatenate)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from typing import Any, ClassVar

import numpy as np

from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.layers.dense import Dense
from glassnet.layers.layer import (
    Built,
    Frame,
    Layer,
    Part,
    chain_backward,
    chain_forward,
    chained,
    checked,
    width,
)
from glassnet.typing import Array, Shape


@dataclass(frozen=True, repr=False)
class Residual(Layer):
    """A block of layers with its input added to its output.

    Formula:
        A = F(X) + X,   dX = dF + dA;   with a projection A = F(X) + X P and dX = dF + dA P^T
        (dF is the gradient that the block passes down)

    Shapes: X (B, I), F(X) and A (B, O); O must be I, or the projection P (I, O) is needed.

    Args:
        layers: the block F: a layer, or several in a list.
        projection: a learned matrix P that brings the input to the width of the block's output.

    Raises:
        ShapeError: a block that changes the width, without a projection.
        TypeNotUsableError, SettingError: something that is no layer, or none at all.

    Example:
        >>> from glassnet.layers import Dense, Residual
        >>> Residual([Dense(64, activation="relu"), Dense(20)]).build((20,)).output_shape
        (20,)

    In files the weights are `layers.2.inner.0.weight` and so on, P is `layers.2.projection.weight`; by name they are
    counted on as everywhere: W3, W4, and last P.

    Source: He, Zhang, Ren and Sun (2016), arXiv 1512.03385, equations 1 and 2.
    """

    layers: Any
    projection: bool = False
    kind: ClassVar[str] = "residual"

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", checked(self.layers, "Residual"))
        if not isinstance(self.projection, bool):
            raise SettingError(f"Residual's projection is True or False; given {self.projection!r}.")

    def nested(self) -> Iterator[Layer]:
        return iter(self.layers)

    def build(self, input_shape: Shape) -> Built:
        block, shape = chained(self.layers, input_shape, "inner.")
        entry, out = width(input_shape), width(shape)
        if entry != out and not self.projection:
            raise ShapeError(
                f"A residual block adds its input to its output, and this one turns {entry} numbers a row into {out}: "
                f"let it end with {entry}, or give Residual(..., projection=True)."
            )
        inside: tuple[tuple[Part, ...], ...] = (block,)
        if self.projection:
            project = Dense(out, bias=False)
            inside += ((Part("projection", project, input_shape, project.build(input_shape)),),)
        return Built(shape, buffers={"A": out, "dX": entry}, inside=inside)

    def forward(self, X: Array, frame: Frame) -> Array:
        block, *projection = frame.inside
        F = chain_forward(block, X)
        return np.add(F, chain_forward(projection[0], X) if projection else X, out=frame.buffers["A"])

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        block, *projection = frame.inside
        dF = chain_backward(block, dA)
        added = chain_backward(projection[0], dA) if projection else dA
        if not frame.needs_input_gradient:
            return None
        assert dF is not None
        assert added is not None
        return np.add(dF, added, out=frame.buffers["dX"])

    def config(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "layers": [layer.config() for layer in self.layers],
            "projection": self.projection,
        }

    @property
    def title(self) -> str:
        return f"Residual{'(projection=True)' if self.projection else ''}"

    def __repr__(self) -> str:
        return f"Residual({list(self.layers)!r}{', projection=True' if self.projection else ''})"


@dataclass(frozen=True, repr=False)
class Concatenate(Layer):
    """Branches over the same input, their outputs side by side.

    Formula:
        A = [F1(X), F2(X), ...],   dX = sum of dFk, each from its own part of dA

    A branch is a layer, or a list of layers; an empty list hands the input on. `Columns` at its beginning gives a
    branch some of the columns only: so a wide and deep network is made.

    Shapes: X (B, I), Fk(X) (B, Ok), A (B, O1 + O2 + ...).

    Args:
        branches: a list of branches.

    Raises:
        SettingError: no branches. TypeNotUsableError: a branch that is no list of layers.

    Example:
        >>> from glassnet.layers import Columns, Concatenate, Dense
        >>> wide, deep = [Columns([0, 1])], [Dense(16, activation="relu"), Dense(8, activation="relu")]
        >>> Concatenate([wide, deep]).build((5,)).output_shape
        (10,)

    In files the weights are `layers.0.branches.1.0.weight` and so on.

    Source: Cheng et al. (2016), arXiv 1606.07792 (wide and deep); Szegedy et al. (2015), arXiv 1409.4842.
    """

    branches: Any
    kind: ClassVar[str] = "concatenate"

    def __post_init__(self) -> None:
        given = self.branches
        if isinstance(given, (Layer, str)) or not isinstance(given, Iterable):
            raise TypeNotUsableError(f"Concatenate takes a list of branches, each a list of layers; given {given!r}.")
        branches = tuple(checked(branch, f"Branch {k} of Concatenate", least=0) for k, branch in enumerate(given))
        if not branches:
            raise SettingError("Concatenate needs at least one branch, for example [gn.Dense(10)].")
        object.__setattr__(self, "branches", branches)

    def nested(self) -> Iterator[Layer]:
        return (layer for branch in self.branches for layer in branch)

    def build(self, input_shape: Shape) -> Built:
        made = [chained(branch, input_shape, f"branches.{k}.") for k, branch in enumerate(self.branches)]
        out = sum(width(shape) for _, shape in made)
        return Built((out,), buffers={"A": out, "dX": width(input_shape)}, inside=tuple(parts for parts, _ in made))

    def _ends(self, frame: Frame) -> list[int]:
        """Where each branch's part of the output ends."""
        shapes = [frames[-1].out_shape if frames else frame.shape for frames in frame.inside]
        return list(accumulate(prod(shape) for shape in shapes))

    def forward(self, X: Array, frame: Frame) -> Array:
        A, start = frame.buffers["A"], 0
        for frames, end in zip(frame.inside, self._ends(frame), strict=True):
            A[:, start:end] = chain_forward(frames, X)
            start = end
        return A

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        dX, start = frame.buffers["dX"], 0
        dX[...] = 0
        for frames, end in zip(frame.inside, self._ends(frame), strict=True):
            part = chain_backward(frames, np.ascontiguousarray(dA[:, start:end]))
            if frame.needs_input_gradient:
                assert part is not None
                np.add(dX, part, out=dX)
            start = end
        return dX if frame.needs_input_gradient else None

    def config(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "branches": [[layer.config() for layer in branch] for branch in self.branches],
        }

    @property
    def title(self) -> str:
        return f"Concatenate ({len(self.branches)} branch{'es' if len(self.branches) != 1 else ''})"

    def __repr__(self) -> str:
        return f"Concatenate({[list(branch) for branch in self.branches]!r})"
