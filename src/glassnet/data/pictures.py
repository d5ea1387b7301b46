"""Reading a picture file as grey levels.

PGM and PPM, the formats that a few lines can write and read, are read here. All others (PNG, JPEG, GIF, BMP, TIFF,
WebP) need Pillow, the extra ``images``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from glassnet.data.reader import ByteReader, PathLike, open_reader, opened
from glassnet.errors import DataError, Fault, FormatError, MissingExtraError
from glassnet.typing import Array

if TYPE_CHECKING:
    from PIL import Image

PIXEL_LIMIT = 25_000_000  # pixels that are unpacked; photographs (JPEG) may have more
TEXT_LIMIT = 4 * 2**20  # bytes of a PGM or PPM in figures, which takes 40 times that while it is read
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")  # no format that would start another program
LUMA = (0.299, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601)


def read_picture(path: PathLike) -> Array:
    """The grey levels of a picture file, (H, W), 0 black to 255 white: uint8, or float32 where the file has finer ones.

    Colours count by their brightness; what is transparent becomes paper, white under dark ink and black under light
    ink; a photograph is turned as its camera says.

    Raises: MissingFileError; DataError for what is no picture or too large; MissingExtraError without Pillow.
    """
    with open_reader(path) as reader:
        if reader.some(2) in (b"P2", b"P3", b"P5", b"P6"):
            with open_reader(path) as again:
                return parse_netpbm(again)
    return _read_with_pillow(path)


def parse_netpbm(reader: ByteReader) -> Array:
    """The grey levels in a PGM or PPM file: P2 and P5 are grey, P3 and P6 coloured; P2 and P3 are written in figures.

    >>> parse_netpbm(ByteReader.over(b"P2 # a comment\\n3 1 15\\n0 3 15\\n")).tolist()
    [[0.0, 51.0, 255.0]]
    """
    kind = reader.exactly(2, "PGM or PPM header")
    width, height, largest = (_header_number(reader) for _ in range(3))
    if width == 0 or height == 0:
        raise FormatError(Fault.UNUSABLE, f"{reader.name} has no pixels: its size is {width}x{height}.")
    _check_size(reader.name, width, height)
    if not 0 < largest < 2**16:
        raise FormatError(
            Fault.MALFORMED, f"{reader.name} announces {largest} as its largest level; 1 to 65535 are possible."
        )
    shape = (height, width, 3) if kind in (b"P3", b"P6") else (height, width)
    if kind in (b"P5", b"P6"):
        values = reader.array(shape, "u1" if largest < 256 else ">u2", "pixels")
    else:
        values = _figures(reader).reshape(-1)
        if values.size != int(np.prod(shape)):
            raise FormatError(
                Fault.CUT_SHORT, f"{reader.name} announces {np.prod(shape)} levels, but {values.size} follow."
            )
        values = values.reshape(shape)
    if values.max() > largest:
        raise FormatError(
            Fault.DAMAGED,
            f"{reader.name} has the level {values.max()}, above the largest that it announces, {largest}.",
        )
    grey = values if values.ndim == 2 else _brightness(values)
    if largest == 255:
        return grey
    finer = grey.astype(np.float32)
    finer *= np.float32(255)
    finer /= np.float32(largest)
    return finer


def _header_number(reader: ByteReader) -> int:
    """The next number of the header, and the one white space after it; a comment runs from # to the end of its line."""
    digits = b""
    while True:
        byte = reader.exactly(1, "PGM or PPM header")
        if byte == b"#":
            while byte not in b"\r\n":
                byte = reader.exactly(1, "PGM or PPM header")
        if byte.isdigit() and len(digits) < 9:
            digits += byte
        elif not byte.isspace():
            raise FormatError(Fault.MALFORMED, f"{reader.name} has no valid PGM or PPM header.")
        elif digits:
            return int(digits)


def _figures(reader: ByteReader) -> Array:
    text = bytearray()
    while piece := reader.some(2**16):
        text += piece
        if len(text) > TEXT_LIMIT:
            raise FormatError(
                Fault.TOO_LARGE, f"{reader.name} is too large for a picture in figures; save it as P5 or P6."
            )
    try:
        values = np.array([int(figure) for figure in text.split()], np.int64)
    except (ValueError, OverflowError):
        raise FormatError(Fault.MALFORMED, f"{reader.name} holds something else than figures.") from None
    if values.size and values.min() < 0:
        raise FormatError(Fault.MALFORMED, f"{reader.name} holds a negative level.")
    return values


def _read_with_pillow(path: PathLike) -> Array:
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ImportError:
        raise MissingExtraError(
            f"Reading {path} needs Pillow: pip install 'glassnet[images]'. (PGM and PPM are read without it.)"
        ) from None
    with opened(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about large and about odd pictures: the first are refused, the second read
        try:
            with Image.open(file, formats=FORMATS) as picture:
                picture.draft(None, (2048, 2048))  # a large JPEG is unpacked in a fraction of its size
                _check_size(str(path), *picture.size)
                return _grey(ImageOps.exif_transpose(picture))
        except DataError:
            raise
        except UnidentifiedImageError:
            raise FormatError(
                Fault.FOREIGN, f"{path} is not a picture of a known format ({', '.join(FORMATS)}, PGM, PPM)."
            ) from None
        except Image.DecompressionBombError:
            raise FormatError(
                Fault.TOO_LARGE, f"{path} has more pixels than the {PIXEL_LIMIT} that are read."
            ) from None
        # Pillow's readers raise errors of every kind at damaged files.
        except Exception as error:
            raise FormatError(Fault.DAMAGED, f"{path} cannot be read as a picture: {str(error)[:80]}.") from None


def _check_size(name: str, width: int, height: int) -> None:
    if width * height > PIXEL_LIMIT:
        raise FormatError(Fault.TOO_LARGE, f"{name} has {width}x{height} pixels; at most {PIXEL_LIMIT} are read.")


def _grey(picture: Image.Image) -> Array:
    if picture.mode.startswith("I"):  # 16 bits a pixel, sometimes kept in 32
        levels = np.asarray(picture, np.float32)
        finer: Array = np.clip(levels / np.float32(257 if levels.max() > 255 else 1), 0, 255)
        return finer
    if picture.mode == "F":
        values = np.nan_to_num(np.asarray(picture, np.float64))
        stretched: Array = (values - values.min()) * (255 / max(np.ptp(values), 1e-300))
        return stretched.astype(np.float32)
    if "transparency" in picture.info or picture.mode.endswith(("A", "a")):
        return _on_paper(np.asarray(picture.convert("RGBA")))
    return np.asarray(picture.convert("L"))


def _on_paper(pixels: Array) -> Array:
    """Red, green, blue and opacity on white paper, or on black where what is opaque is light."""
    grey, opacity = _brightness(pixels[..., :3]), pixels[..., 3]
    seen = grey[opacity > 127]
    paper = 0 if seen.size and seen.mean() > 127.5 else 255
    mixed = np.empty_like(grey)
    for rows in _bands(grey):
        clear = opacity[rows] / np.float32(255)
        mixed[rows] = np.rint(grey[rows] * clear + paper * (1 - clear))
    return mixed


def _brightness(colours: Array) -> Array:
    """How bright each pixel (red, green, blue) looks, in the same dtype."""
    grey = np.empty(colours.shape[:2], colours.dtype)
    for rows in _bands(grey):
        grey[rows] = np.rint(colours[rows] @ np.array(LUMA, np.float32))
    return grey


def _bands(grey: Array) -> Iterator[slice]:
    """Bands of rows of about a million pixels, so that a large picture is never in memory as floats."""
    height = max(1, 2**20 // grey.shape[1])
    for top in range(0, grey.shape[0], height):
        yield slice(top, top + height)
