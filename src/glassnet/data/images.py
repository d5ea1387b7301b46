"""Pictures as rows of a data matrix, one row an example."""

from __future__ import annotations

from math import isqrt

import numpy as np

from glassnet.errors import ShapeError, TypeNotUsableError
from glassnet.typing import Array, ArrayLike, Shape


def as_rows(X: ArrayLike) -> tuple[Array, Shape | None]:
    """Examples as rows, and the shape that each row had as a picture.

    X: (N, D) rows, (N, H, W) pictures, or (N, C, H, W) pictures of C channels. Returns ((N, D), None),
    ((N, H * W), (H, W)) or ((N, C * H * W), (C, H, W)), a view where memory allows it.

    Raises: ShapeError for another rank, TypeNotUsableError for what are no real numbers.

    >>> rows, image_shape = as_rows(np.zeros((600, 3, 28, 28), np.uint8))
    >>> rows.shape, image_shape
    ((600, 2352), (3, 28, 28))
    """
    values = np.asarray(X)
    if values.dtype.kind not in "biuf":
        raise TypeNotUsableError(f"X holds numbers, not {values.dtype}.")
    if values.ndim not in (2, 3, 4):
        raise ShapeError(
            f"X has the shape (n, d), or for pictures (n, rows, columns) or (n, channels, rows, columns), "
            f"not {values.shape}."
        )
    if values.ndim == 2:
        return values, None
    image_shape = values.shape[1:]
    return values.reshape(len(values), int(np.prod(image_shape))), image_shape


def square(width: int) -> Shape | None:
    """The shape of rows that are square pictures: 784 numbers are 28x28.

    >>> square(784), square(10)
    ((28, 28), None)
    """
    side = isqrt(width)
    return (side, side) if side * side == width else None
