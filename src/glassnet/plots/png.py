"""The smallest PNG encoder that does the work: 8 bits, grey, colour, or a palette; no filter, one zlib stream.

Source: PNG (Portable Network Graphics) Specification, Third Edition, W3C 2025, sections 5 and 11.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import numpy.typing as npt

from glassnet.errors import ShapeError

Bytes = npt.NDArray[np.uint8]

_GREY, _COLOUR, _PALETTE = 0, 2, 3


def encode(pixels: Bytes, palette: Bytes | None = None) -> bytes:
    """A PNG file from pixels (H, W) in grey, (H, W, 3) in colour, or (H, W) as indices into ``palette`` (P, 3).

    dtype uint8. Raises: ShapeError for any other shape, and for a side of length zero.

    >>> encode(np.zeros((2, 3), np.uint8))[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3) or 0 in pixels.shape:
        raise ShapeError(f"A PNG takes pixels (H, W) or (H, W, 3) with no empty side; these are {pixels.shape}.")
    if palette is not None and (pixels.ndim != 2 or palette.ndim != 2 or palette.shape[1] != 3 or len(palette) > 256):
        raise ShapeError(f"A palette is (P, 3) with P <= 256 for pixels (H, W), not {palette.shape}, {pixels.shape}.")
    height, width = pixels.shape[:2]
    kind = _COLOUR if pixels.ndim == 3 else _GREY if palette is None else _PALETTE
    # Each row starts with the number of its filter; 0 is none.
    rows = np.zeros((height, 1 + pixels[0].size), np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            b"" if palette is None else _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def data_uri(pixels: Bytes, palette: Bytes | None = None) -> str:
    """The PNG as an address that holds it, so that a page shows it without loading anything.

    >>> data_uri(np.zeros((1, 1), np.uint8))[:22]
    'data:image/png;base64,'
    """
    return "data:image/png;base64," + base64.b64encode(encode(pixels, palette)).decode("ascii")
