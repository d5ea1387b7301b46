"""IDX: the file format of MNIST, read and written. Every dtype, any rank, packed by gzip or not.

A file is ``00 00 <type> <rank>``, then ``rank`` sizes as big-endian 32-bit integers, then the values in C order,
big-endian. Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section FILE FORMATS.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np

from glassnet.data.reader import ByteReader, PathLike, open_reader
from glassnet.errors import DataError, Fault, FormatError
from glassnet.typing import Array

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
RANK_LIMIT = 32  # what every supported NumPy can hold


def read_idx(path: PathLike) -> Array:
    """The array in an IDX file, in the machine's byte order.

    Raises: MissingFileError; DataError for a file that is not IDX, is cut short, goes on after its values, holds no
    value at all, or announces more than may be read.

    >>> import tempfile; folder = tempfile.mkdtemp()
    >>> write_idx(f"{folder}/rows.gz", np.array([[1, 2], [3, 4]], np.int16))
    >>> read_idx(f"{folder}/rows.gz")
    array([[1, 2],
           [3, 4]], dtype=int16)
    """
    with open_reader(path) as reader:
        return parse_idx(reader)


def parse_idx(reader: ByteReader) -> Array:
    """The array in the bytes of an IDX file."""
    zeros, kind, rank = struct.unpack(">HBB", reader.exactly(4, "IDX header"))
    if zeros != 0 or kind not in TYPES:
        raise FormatError(
            Fault.FOREIGN, f"{reader.name} is not an IDX file: it begins with {zeros:04x}{kind:02x}{rank:02x}."
        )
    if rank > RANK_LIMIT:
        raise FormatError(
            Fault.TOO_LARGE, f"{reader.name} announces {rank} dimensions; at most {RANK_LIMIT} can be used."
        )
    shape = struct.unpack(f">{rank}I", reader.exactly(4 * rank, "IDX sizes"))
    if 0 in shape:
        raise FormatError(Fault.UNUSABLE, f"{reader.name} holds no values: its shape is {'x'.join(map(str, shape))}.")
    values = reader.array(shape, TYPES[kind], "values")
    reader.finish()
    return values


def idx_header(values: Array) -> bytes:
    """The bytes before the values: ``00 00 <type> <rank>`` and the sizes."""
    kinds = {np.dtype(dtype).newbyteorder("="): kind for kind, dtype in TYPES.items()}
    kind = kinds.get(values.dtype.newbyteorder("="))
    if kind is None:
        raise DataError(f"IDX has no type for {values.dtype}; it knows {', '.join(map(str, kinds))}.")
    if max(values.shape, default=0) > 2**32 - 1 or values.size == 0:
        raise DataError(f"IDX cannot hold an array of shape {values.shape}.")
    return struct.pack(f">HBB{values.ndim}I", 0, kind, values.ndim, *values.shape)


def write_idx(path: PathLike, values: Array) -> None:
    """Writes an array as IDX; packed where the name ends in ``.gz``. The file appears whole or not at all."""
    array = np.asarray(values)
    content = idx_header(array) + array.astype(array.dtype.newbyteorder(">"), order="C", copy=False).tobytes()
    if os.fspath(path).endswith(".gz"):
        import gzip

        content = gzip.compress(content, compresslevel=9, mtime=0)  # the same bytes at any time of day
    place_whole(Path(path), content)


def place_whole(path: Path, content: bytes) -> None:
    """Puts a file in its place by rename, so that nobody ever sees half of it."""
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with beside.open("xb") as file:
            file.write(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
