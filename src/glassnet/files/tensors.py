"""Named arrays in one file: the safetensors format, written and read here so that equal arrays are equal bytes and no
announced size is believed.

A file is: 8 bytes, the length of the header, little-endian; the header, a JSON object that gives each array's dtype,
shape and place, and texts under ``__metadata__``; the arrays' bytes, little-endian, one after the other. Nothing in it
can be run. Source: the format's description at github.com/huggingface/safetensors.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np

from glassnet.data import reader
from glassnet.data.reader import ByteReader, PathLike
from glassnet.errors import DataError, Fault, FormatError
from glassnet.files import plain
from glassnet.typing import Array, Shape

# fmt: off
DTYPES = {
    "F16": "<f2", "F32": "<f4", "F64": "<f8", "I8": "|i1", "I16": "<i2", "I32": "<i4", "I64": "<i8",
    "U8": "|u1", "U16": "<u2", "U32": "<u4", "U64": "<u8", "BOOL": "|b1",
}
# fmt: on
NAMES = {np.dtype(code): name for name, code in DTYPES.items()}
RANK_LIMIT = 8
FILE_LIMIT = 64 * 2**30


def pack(tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> Iterator[Any]:
    """The pieces of a file: its header, then each array's own memory.

    >>> data = b"".join(pack({"W": np.ones((1, 2), np.float32)}, {"made_by": "hand"}))
    >>> data[8:].split(b" ", 1)[0]
    b'{"__metadata__":'
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    arrays, place = [], 0
    for name, tensor in tensors.items():
        array = np.ascontiguousarray(tensor, tensor.dtype.newbyteorder("<")).reshape(tensor.shape)
        header[name] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [place, place + array.nbytes],
        }
        place += array.nbytes
        arrays.append(array)
    text = plain.write(header)
    text += b" " * (-len(text) % 8)  # the arrays begin where a machine likes to read them
    yield struct.pack("<Q", len(text)) + text
    yield from (array.reshape(-1).view(np.uint8) for array in arrays)


@contextmanager
def opened(path: PathLike, kind: str) -> Iterator[Contents]:
    """The contents of a file; `kind` says in sentences what it should be ("model file")."""
    with reader.opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        yield Contents(ByteReader(file, os.fspath(path), size, packed=False, limit=FILE_LIMIT), kind)


def read(path: PathLike, kind: str) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and texts of a file."""
    with opened(path, kind) as contents:
        return contents.arrays(), contents.texts


class Contents:
    """What the header of a file announces, found to fit the file. The arrays are read afterwards, into their places.

    `texts` are the file's, `shapes` holds (shape, dtype) of each array by its name.

    Raises: DataError for a file that is no safetensors file, is cut short, goes on after its end, or whose header
    announces arrays that overlap, leave gaps or are not in the file.

    >>> data = b"".join(pack({"W": np.ones((1, 2), np.float32)}, {"made_by": "hand"}))
    >>> contents = Contents(ByteReader.over(data), "model file")
    >>> contents.texts, contents.shapes
    ({'made_by': 'hand'}, {'W': ((1, 2), dtype('float32'))})
    >>> contents.arrays()
    {'W': array([[1., 1.]], dtype=float32)}
    """

    def __init__(self, source: ByteReader, kind: str) -> None:
        self.reader = source
        header, self.texts = _header(source, kind)
        entries = sorted(_entries(header, source.name, kind), key=lambda entry: entry[3])
        self.shapes: dict[str, tuple[Shape, np.dtype[Any]]] = {}
        place = 0
        for name, dtype, shape, (start, stop) in entries:
            if start != place or stop - start != prod(shape) * np.dtype(dtype).itemsize:
                raise FormatError(
                    Fault.MALFORMED,
                    f"{source.name} is a damaged {kind}: the place of {_quoted(name)} does not fit its shape.",
                )
            source.allow(stop - start, f"the array {_quoted(name)}", ahead=start)
            self.shapes[name] = shape, np.dtype(dtype)
            place = stop

    def arrays(self, room: Callable[[Shape, np.dtype[Any]], Array] = np.empty) -> dict[str, Array]:
        """All arrays by name; `room` makes the memory for one."""
        found = {name: room(shape, dtype.newbyteorder("=")) for name, (shape, dtype) in self.shapes.items()}
        self.into(found)
        return found

    def into(self, places: Mapping[str, Array]) -> None:
        """Reads every array straight into the one of its name in `places`, which has its shape."""
        for name, (_, dtype) in self.shapes.items():
            self.reader.fill(places[name], dtype, f"the array {_quoted(name)}")
        self.reader.finish()


def _header(source: ByteReader, kind: str) -> tuple[dict[str, Any], dict[str, str]]:
    foreign = f"{source.name} is not a {kind} of glassnet"
    if source.capacity < 10:
        raise FormatError(Fault.FOREIGN, f"{foreign}: it is only {source.capacity} bytes long.")
    (length,) = struct.unpack("<Q", source.exactly(8, "header"))
    if not 2 <= length <= min(plain.LIMIT, source.capacity - 8):
        raise FormatError(Fault.FOREIGN, f"{foreign}: it does not begin with a header's length.")
    try:
        header = plain.parse(source.exactly(length, "header"), "its header")
    except DataError as error:
        raise FormatError(Fault.FOREIGN, f"{foreign}: {error}") from None
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise FormatError(Fault.MALFORMED, f"{foreign}: its metadata are not texts.")
    return header, metadata


def _entries(
    header: dict[str, Any], file: str, kind: str
) -> Iterator[tuple[str, str, tuple[int, ...], tuple[int, int]]]:
    for name, entry in header.items():
        if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
            raise FormatError(
                Fault.MALFORMED, f"{file} is a damaged {kind}: its header does not describe the array {_quoted(name)}."
            )
        dtype, shape, place = entry["dtype"], entry["shape"], entry["data_offsets"]
        if not isinstance(dtype, str) or dtype not in DTYPES:
            raise FormatError(
                Fault.UNUSABLE, f"{file} holds {_quoted(name)} as {_quoted(dtype)}; known are {', '.join(DTYPES)}."
            )
        if not _sizes(shape) or len(shape) > RANK_LIMIT or not _sizes(place) or len(place) != 2:
            raise FormatError(
                Fault.MALFORMED, f"{file} is a damaged {kind}: its header does not describe the array {_quoted(name)}."
            )
        yield name, DTYPES[dtype], tuple(shape), (place[0], place[1])


def _sizes(value: object) -> bool:
    """Whether this is a list of sizes: whole numbers, not negative, not beyond what 63 bits hold."""
    return isinstance(value, list) and all(type(size) is int and 0 <= size < 2**63 for size in value)


def _quoted(value: object) -> str:
    """Something out of a file, safe and short enough to be shown."""
    return ascii(value)[:60]
