"""Pixels and weights as small pictures.

Images are (H, W) in grey or (3, H, W) in colour, whatever their range; weights of a unit that sees an image are laid
out as that image.
"""

from __future__ import annotations

import numpy as np

from glassnet.errors import ShapeError
from glassnet.plots import png
from glassnet.plots.theme import diverging
from glassnet.typing import Array, Floats, Indices, Shape


def pixels(image: Array) -> png.Bytes:
    """An image as bytes, (H, W) or (H, W, 3): uint8 as it is, 0..1 times 255, any other range stretched to 0..255.

    ``image``: (H, W), (1, H, W) or (3, H, W). What is not finite is shown black. Raises: ShapeError.

    >>> pixels(np.array([[0.0, 1.0]])).tolist(), pixels(np.array([[-1.0, 0.0, 1.0]])).tolist()
    ([[0, 255]], [[0, 128, 255]])
    """
    if image.ndim == 3 and image.shape[0] == 1:
        image = image[0]
    if image.ndim == 3 and image.shape[0] == 3:
        image = np.moveaxis(image, 0, -1)
    elif image.ndim != 2:
        raise ShapeError(f"A picture is shown from (H, W), (1, H, W) or (3, H, W), not {image.shape}.")
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    values = np.where(np.isfinite(image), image, np.nan).astype(np.float64)
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if low < 0 or high > 1:
        values = (values - low) / (high - low) if high > low else values * 0
    return np.nan_to_num(values * 255).round().astype(np.uint8)


def strongest(W: Floats, most: int) -> Indices:
    """The units (columns of W (I, O)) with the largest norms, at most ``most``, in their own order.

    >>> strongest(np.array([[1.0, -5.0, 3.0]]), 2).tolist()
    [1, 2]
    """
    norms = np.linalg.norm(np.nan_to_num(np.asarray(W, np.float64), posinf=0, neginf=0), axis=0)
    return np.sort(np.argsort(-norms, kind="stable")[:most]).astype(np.int64)


def span(W: Floats, share: float = 0.995) -> float:
    """The magnitude within which ``share`` of the finite weights lie, where colours are full; 1 where all are zero.

    >>> span(np.array([[0.5, -2.0], [1.0, np.nan]]), 1.0)
    2.0
    """
    finite = np.abs(W[np.isfinite(W)])
    return float(np.quantile(finite, share)) or 1.0 if finite.size else 1.0


def weight_picture(w: Floats, shape: Shape, full: float, levels: int = 63) -> str:
    """The weights (I,) of one unit as the image it sees, a data URI.

    Grey images (1, H, W): the diverging palette, white at zero and full at +-``full``. Colour images (3, H, W): each
    channel's weight as that channel, mid-grey at zero. Raises: ShapeError where I is not the size of the image.
    """
    if len(shape) != 3 or shape[0] not in (1, 3) or w.size != np.prod(shape):
        raise ShapeError(f"{w.size} weights do not lie on an image of shape {shape}.")
    share = np.clip(np.nan_to_num(np.asarray(w, np.float64), posinf=0, neginf=0).reshape(shape) / full, -1, 1)
    if shape[0] == 3:
        return png.data_uri(np.moveaxis((share + 1) * 127.5, 0, -1).round().astype(np.uint8))
    return png.data_uri(((share[0] + 1) / 2 * (levels - 1)).round().astype(np.uint8), diverging(levels))


def colour_bar(levels: int = 63) -> str:
    """The diverging palette from the strongest negative to the strongest positive weight, a data URI."""
    return png.data_uri(np.arange(levels, dtype=np.uint8)[None], diverging(levels))
