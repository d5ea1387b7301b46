"""Batches: chosen rows of the data, scaled, written into the buffer that the network reads.

The data stays as it came (pixels as bytes, sparse rows sparse); only the rows of one batch become floats. That keeps
MNIST at 47 MB instead of 188 MB, and a batch of 64 small enough for a core's own cache.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from glassnet.data.images import as_rows
from glassnet.errors import DataError, ShapeError, TypeNotUsableError, unknown_name
from glassnet.typing import Array, ArrayLike, Floats, Indices, Shape

SCALES = ("unit", "symmetric")
BLOCK = 256  # rows converted at a time: the bytes of a block stay in the cache between gathering and scaling


@runtime_checkable
class SparseRows(Protocol):
    """What a compressed sparse row matrix has; SciPy's is one, and SciPy is not needed."""

    data: Array
    indices: Array
    indptr: Array
    shape: tuple[int, int]


def scale_pixels(out: Floats, scale: str | None) -> Floats:
    """Pixels 0..255 to 0..1 ("unit": x / 255) or to -1..1 ("symmetric": (x - 127.5) / 127.5), in place.

    Every value is correctly rounded: x - 127.5 is exact in float32, so only the division rounds.

    >>> scale_pixels(np.array([0.0, 51.0, 255.0], np.float32), "symmetric")
    array([-1. , -0.6,  1. ], dtype=float32)
    """
    if scale == "unit":
        np.divide(out, out.dtype.type(255), out=out)
    elif scale == "symmetric":
        np.subtract(out, out.dtype.type(127.5), out=out)
        np.divide(out, out.dtype.type(127.5), out=out)
    return out


class Rows:
    """The rows of X, ready to be gathered into batches.

    X: (n, d) numbers, pictures (n, H, W) or (n, C, H, W), or a sparse matrix. scale: "unit", "symmetric" or None; it
    acts on uint8 only. Attributes: shape (n, d), dtype, image_shape, scale (None where it does not act).

    One thread at a time: a Rows has one scratch buffer.

    >>> pixels = np.array([[0, 255], [51, 102], [255, 0]], np.uint8)
    >>> batch = np.empty((2, 2), np.float32)
    >>> Rows(pixels, scale="unit").gather(np.array([2, 1]), batch)
    array([[1. , 0. ],
           [0.2, 0.4]], dtype=float32)
    """

    def __init__(self, X: ArrayLike | SparseRows, *, scale: str | None = "unit") -> None:
        if scale is not None and scale not in SCALES:
            raise unknown_name("scale", scale, SCALES)
        self.image_shape: Shape | None = None
        self.sparse: SparseRows | None = None
        if hasattr(X, "tocsr"):  # any of SciPy's sparse formats
            X = X.tocsr()
        if not isinstance(X, np.ndarray) and isinstance(X, SparseRows):
            self.sparse = _checked(X)
            self.values = np.asarray(self.sparse.data)
            self.shape = (int(X.shape[0]), int(X.shape[1]))
        else:
            rows, self.image_shape = as_rows(X)
            # take() copies the whole of an array that is not contiguous, for every batch.
            self.values = np.ascontiguousarray(rows, dtype=rows.dtype.newbyteorder("="))
            self.shape = (rows.shape[0], rows.shape[1])
        self.dtype = self.values.dtype
        self.scale = scale if self.dtype == np.uint8 else None
        self._scratch = np.empty((0, self.shape[1]), self.dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def gather(self, order: Indices, out: Floats) -> Floats:
        """Writes row order[i], scaled, to out[i]; out is (len(order), d), float32 or float64, and is returned."""
        if out.shape != (len(order), self.shape[1]) or out.dtype.kind != "f":
            raise ShapeError(
                f"A batch of {len(order)} rows needs floats {(len(order), self.shape[1])}, not {out.dtype} {out.shape}."
            )
        # As unsigned numbers, negative ones are the largest: one comparison finds both.
        if len(order) and int(order.view(np.uint64).max()) >= self.shape[0]:
            raise ShapeError(f"The order names a row outside 0 .. {self.shape[0] - 1}.")
        if self.sparse is not None:
            _scatter(self.sparse, order, out)
        elif self.dtype == out.dtype:
            # mode="clip" lets take() write to out directly; "raise" fills a copy first.
            self.values.take(order, axis=0, out=out, mode="clip")
            return out
        else:
            self._convert(order, out)
        return scale_pixels(out, self.scale)

    def check(self, dtype: npt.DTypeLike = np.float32) -> None:
        """Refuses numbers that a network of this dtype cannot hold: NaN, infinities, too large ones."""
        if self.dtype.kind == "f":
            require_finite(self.values if self.sparse is None else self.values[None, :], "X", dtype)

    def _convert(self, order: Indices, out: Floats) -> None:
        if len(self._scratch) < min(BLOCK, len(order)):
            self._scratch = np.empty((min(BLOCK, len(order)), self.shape[1]), self.dtype)
        for start in range(0, len(order), BLOCK):
            part = order[start : start + BLOCK]
            block = self._scratch[: len(part)]
            self.values.take(part, axis=0, out=block, mode="clip")
            if block.dtype == np.uint8:
                np.copyto(out[start : start + BLOCK], block)
            else:
                with np.errstate(over="ignore"):  # check() is where numbers beyond float32 are refused
                    np.copyto(out[start : start + BLOCK], block, casting="same_kind")


def require_finite(values: Array, name: str, dtype: npt.DTypeLike = np.float64) -> None:
    """Refuses the first number of (n, d) values that is not finite in ``dtype``, naming row and column.

    >>> require_finite(np.array([[1.0, 2.0], [3.0, np.nan]]), "X")
    Traceback (most recent call last):
    glassnet.errors.DataError: X holds nan in row 1, column 1; every value must be a finite number.
    """
    largest = np.finfo(dtype).max
    step = max(1, 2**20 // max(1, values.shape[-1]))  # in pieces, so that no second matrix is made
    for start in range(0, len(values), step):
        piece = values[start : start + step]
        with np.errstate(over="ignore", invalid="ignore"):
            if np.can_cast(piece.dtype, dtype) and np.isfinite(np.add.reduce(piece, axis=None)):
                continue  # one look at each number; a sum may overflow, and then says nothing
        if piece.size == 0 or (-largest <= piece.min() and piece.max() <= largest):  # both are NaN where one number is
            continue
        strange = ~(np.abs(piece) <= largest)  # "not at most", so that NaN is caught as well
        if strange.any():
            row, column = (int(i) for i in np.argwhere(strange)[0])
            raise DataError(
                f"{name} holds {piece[row, column]} in row {start + row}, column {column}; "
                f"every value must be a finite number{_of(dtype, piece[row, column])}."
            )


def _of(dtype: npt.DTypeLike, value: Any) -> str:
    return f" of {np.dtype(dtype)}" if np.isfinite(value) else ""


def _scatter(matrix: SparseRows, order: Indices, out: Floats) -> None:
    """Writes sparse rows into the dense batch: zero, then the entries of every row at once."""
    out.fill(0)
    starts = matrix.indptr[order].astype(np.int64)
    lengths = matrix.indptr[order + 1] - starts
    ends = np.cumsum(lengths)
    # Entry j of the batch is entry j - (entries of the rows before) of its row.
    entries = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)
    rows = np.repeat(np.arange(len(order)), lengths)
    with np.errstate(over="ignore"):
        out[rows, matrix.indices[entries]] = matrix.data[entries]


class _Canonical:
    """A CSR matrix whose arrays have been checked and whose repeated entries have been added up."""

    def __init__(self, data: Array, indices: Array, indptr: Array, shape: tuple[int, int]) -> None:
        self.data, self.indices, self.indptr, self.shape = data, indices, indptr, shape


def _checked(matrix: SparseRows) -> SparseRows:
    data, indices, indptr = (np.asarray(part) for part in (matrix.data, matrix.indices, matrix.indptr))
    n, d = matrix.shape
    if data.dtype.kind not in "biuf" or indices.dtype.kind not in "iu" or indptr.dtype.kind not in "iu":
        raise TypeNotUsableError(f"A sparse X holds numbers, not {data.dtype} at {indices.dtype}.")
    if data.ndim != 1 or data.shape != indices.shape or indptr.shape != (n + 1,):
        raise ShapeError("A sparse X needs as many data as indices and one row pointer more than rows.")
    if indptr[0] != 0 or indptr[-1] != len(data) or (np.diff(indptr.astype(np.int64)) < 0).any():
        raise DataError("The row pointers of a sparse X must rise from 0 to the number of its entries.")
    if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < d:
        raise DataError(f"A sparse X names a column outside 0 .. {d - 1}.")
    rising = indices[1:] > indices[:-1]
    rising[indptr[(indptr > 0) & (indptr < len(data))] - 1] = True  # from the end of a row to the next one
    if rising.all():
        return _Canonical(data, indices, indptr, (n, d))
    # The format allows entries in any order, and repeated ones, which add up.
    place = np.repeat(np.arange(n), np.diff(indptr)) * d + indices
    order = np.argsort(place, kind="stable")
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    place, total = place[order][first], np.add.reduceat(data[order], first, dtype=data.dtype)
    pointers = np.searchsorted(place, np.arange(n + 1) * d)
    return _Canonical(total, place % d, pointers, (n, d))
