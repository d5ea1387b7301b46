"""Where a function that is given on a grid has the value zero: the lines, and the outlines of the side above it.

In a cell whose corners lie on both sides, the function is taken as linear along the edges, and the zeros of two edges
are joined (marching squares; Lorensen and Cline 1987). The pieces of neighbouring cells share an edge, so they are
strung together into few long lines, of which points that hardly bend them are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glassnet.typing import Floats

Edge = tuple[int, int, bool]  # row, column, and whether it goes up from there (else across)
TOLERANCE = 0.08  # on paper: how far a line may pass by a point that is left out


def lines(table: Floats, xs: Floats, ys: Floats, tolerance: float = TOLERANCE) -> list[Floats]:
    """The lines on which the table (ys, xs) is zero, each as its points (k, 2); a closed one ends where it begins.

    >>> xs = np.array([0.0, 2.0])
    >>> [line.tolist() for line in lines(np.array([[-1.0, 1.0], [-1.0, 1.0]]), xs, xs)]
    [[[1.0, 2.0], [1.0, 0.0]]]
    """
    return [simplified(points, tolerance) for points in _chains(table, xs, ys)]


def outlines(table: Floats, xs: Floats, ys: Floats, tolerance: float = TOLERANCE) -> list[Floats]:
    """Closed polygons around the side on which the table is at least zero, the inside always on the same hand.

    Beyond the frame everything is taken to lie below, so the frame closes what it cuts.

    >>> xs = np.array([0.0, 2.0])
    >>> [polygon.tolist() for polygon in outlines(np.array([[-1.0, 1.0], [-1.0, 1.0]]), xs, xs)]
    [[[1.0, 0.0], [2.0, 0.0], [2.0, 2.0], [1.0, 2.0], [1.0, 0.0]]]
    """
    return lines(np.pad(table, 1, constant_values=-1.0), np.pad(xs, 1, mode="edge"), np.pad(ys, 1, mode="edge"),
                 tolerance)  # fmt: skip


def simplified(points: Floats, tolerance: float) -> Floats:
    """The line without points that lie within the tolerance of it all the same (Ramer 1972; Douglas and Peucker 1973).

    >>> simplified(np.array([[0.0, 0.0], [1.0, 0.001], [2.0, 0.0], [2.0, 1.0]]), 0.01).tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0]]
    """
    kept, pieces = {0, len(points) - 1}, [(0, len(points) - 1)]
    while pieces:
        first, last = pieces.pop()
        if last - first < 2:
            continue
        far = _distances(points[first + 1 : last], points[first], points[last])
        place = first + 1 + int(far.argmax())
        if far.max() > tolerance:
            kept.add(place)
            pieces += [(first, place), (place, last)]
    return points[sorted(kept)]


def _distances(points: Floats, start: Floats, end: Floats) -> Floats:
    """How far points are from a straight piece; from its start where that is all of it."""
    along, beside = end - start, points - start
    length = float(along @ along)
    share = np.clip(beside @ along / length, 0, 1) if length else np.zeros(len(points))
    far: Floats = np.linalg.norm(beside - share[:, None] * along, axis=1)
    return far


def _chains(table: Floats, xs: Floats, ys: Floats) -> Iterator[Floats]:
    """The pieces of all cells strung together: the open lines, then the closed ones."""
    pieces = {start: end for i, j in _crossed(table) for start, end in _pieces(table, i, j)}
    entered = set(pieces.values())
    for start in [edge for edge in pieces if edge not in entered] + list(pieces):
        if start not in pieces:
            continue
        chain = [start]
        while chain[-1] in pieces:
            chain.append(pieces.pop(chain[-1]))
        yield np.array([_zero(table, xs, ys, edge) for edge in chain])


def _crossed(table: Floats) -> list[tuple[int, int]]:
    """The cells with corners on both sides."""
    inside = (table >= 0).astype(int)
    count = inside[:-1, :-1] + inside[:-1, 1:] + inside[1:, :-1] + inside[1:, 1:]
    return [(i, j) for i, j in np.argwhere((count > 0) & (count < 4)).tolist()]


def _pieces(table: Floats, i: int, j: int) -> Iterator[tuple[Edge, Edge]]:
    """In a cell, walked around: from each edge on which the inside ends to the next on which it begins."""
    around: tuple[tuple[bool, bool, Edge], ...] = tuple(
        (bool(table[a] >= 0), bool(table[b] >= 0), edge)
        for a, b, edge in (
            ((i, j), (i, j + 1), (i, j, False)),
            ((i, j + 1), (i + 1, j + 1), (i, j + 1, True)),
            ((i + 1, j + 1), (i + 1, j), (i + 1, j, False)),
            ((i + 1, j), (i, j), (i, j, True)),
        )
    )
    crossed = [(before, edge) for before, after, edge in around if before != after]
    for k, (before, edge) in enumerate(crossed):
        if before:
            yield edge, crossed[(k + 1) % len(crossed)][1]


def _zero(table: Floats, xs: Floats, ys: Floats, edge: Edge) -> tuple[float, float]:
    """Where the function is zero on an edge."""
    i, j, up = edge
    k, l = (i + 1, j) if up else (i, j + 1)  # noqa: E741
    share = table[i, j] / (table[i, j] - table[k, l])
    return float(xs[j] + share * (xs[l] - xs[j])), float(ys[i] + share * (ys[k] - ys[i]))
