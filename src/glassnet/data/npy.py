"""NPY and NPZ, NumPy's own file formats, read without pickle and without believing their headers.

``numpy.load`` takes memory for whatever shape a header announces, and evaluates the header. Here the header is matched
against the few forms that an array of numbers or words has, and its size is checked before memory is taken. A member of
an NPZ (a zip file) is only ever read into an array; no name in it becomes a path.

Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
"""

from __future__ import annotations

import os
import re
import struct
from typing import TYPE_CHECKING

import numpy as np

from glassnet.data.reader import ByteReader, PathLike, open_reader, opened
from glassnet.errors import DataError
from glassnet.typing import Array, Shape

if TYPE_CHECKING:
    import zipfile

MAGIC = b"\x93NUMPY"
HEADER_LIMIT = 10_000  # bytes; NumPy's own limit
RANK_LIMIT = 32
WORD_LIMIT = 1000  # characters of a word
MEMBER_LIMIT = 1000  # arrays in an NPZ
TYPES = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})

_PATTERNS = {
    "descr": re.compile(r"""['"]descr['"]\s*:\s*(['"][^'"]*['"])\s*[,}]"""),
    "fortran_order": re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)\s*[,}]"""),
    "shape": re.compile(r"""['"]shape['"]\s*:\s*\(([\d\s,]*)\)\s*[,}]"""),
}


def read_npy(path: PathLike) -> Array:
    """The array in an NPY file: numbers or words of fixed length, in the machine's byte order and C order.

    Raises: MissingFileError; DataError for what is no NPY file, is cut short, or would need pickle.

    >>> import tempfile; path = tempfile.mkdtemp() + "/x.npy"
    >>> np.save(path, np.arange(6.0).reshape(2, 3))
    >>> read_npy(path)
    array([[0., 1., 2.],
           [3., 4., 5.]])
    """
    with open_reader(path) as reader:
        return parse_npy(reader)


def parse_npy(reader: ByteReader) -> Array:
    """The array in the bytes of an NPY file."""
    dtype, fortran_order, shape = _header(reader)
    if 0 in shape:
        raise DataError(f"{reader.name} holds no values: its shape is {shape}.")
    # Fortran order is C order of the transposed array.
    values = reader.array(shape[::-1] if fortran_order else shape, dtype, "values")
    reader.finish()
    if dtype.kind == "b":
        values = values != 0  # a truth value is 0 or 1; a file can hold other bytes
    if dtype.kind == "U":
        _check_words(values, reader.name)
    array: Array = np.ascontiguousarray(values.T if fortran_order else values, dtype=dtype.newbyteorder("="))
    return array.reshape(shape)


def _header(reader: ByteReader) -> tuple[np.dtype[np.generic], bool, Shape]:
    if reader.exactly(6, "NPY header") != MAGIC:
        raise DataError(f"{reader.name} is not an NPY file.")
    version, _ = reader.exactly(2, "NPY header")
    if version not in (1, 2, 3):
        raise DataError(f"{reader.name} is of version {version} of the NPY format; 1 to 3 are known.")
    form = "<H" if version == 1 else "<I"
    (length,) = struct.unpack(form, reader.exactly(struct.calcsize(form), "NPY header"))
    if length > HEADER_LIMIT:
        raise DataError(f"{reader.name} announces a header of {length} bytes; at most {HEADER_LIMIT} are read.")
    text = reader.exactly(length, "NPY header").decode("latin1").strip()
    found = {key: pattern.findall(text) for key, pattern in _PATTERNS.items()}
    if re.search(r"""['"]descr['"]\s*:\s*\[""", text):
        raise DataError(f"{reader.name} holds records of several fields; an array of numbers or words is needed.")
    if not (text.startswith("{") and text.endswith("}")) or any(len(values) != 1 for values in found.values()):
        raise DataError(f"{reader.name} has no valid NPY header.")
    sizes = [size for size in re.split(r"[\s,]+", found["shape"][0]) if size]
    if len(sizes) > RANK_LIMIT or any(len(size) > 18 for size in sizes):
        raise DataError(f"{reader.name} announces a shape that cannot be used.")
    dtype = _dtype(found["descr"][0][1:-1], reader.name)
    return dtype, found["fortran_order"][0] == "True", tuple(int(size) for size in sizes)


def _dtype(description: str, name: str) -> np.dtype[np.generic]:
    match = re.fullmatch(r"([<>|=]?)(U(\d{1,4})|[a-z]\d)", description)
    if description in ("|O", "O"):
        raise DataError(f"{name} holds Python objects, which would need pickle; save numbers or words.")
    words = match is not None and match[3] is not None and 1 <= int(match[3]) <= WORD_LIMIT
    if match is None or not (words or match[2] in TYPES):
        raise DataError(f"{name} holds values of type {description[:40]!r}; numbers or words are needed.")
    return np.dtype(description)


def _check_words(values: Array, name: str) -> None:
    """A word is stored as 32-bit characters, and not every 32-bit number is one."""
    codes = values.reshape(-1).view(values.dtype.str[0] + "u4")
    if (codes > 0x10FFFF).any() or ((codes >= 0xD800) & (codes <= 0xDFFF)).any():
        raise DataError(f"{name} holds words with characters that do not exist.")


def read_npz(path: PathLike) -> dict[str, Array]:
    """The arrays in an NPZ file, by name.

    Raises: MissingFileError; DataError for what is no zip file of NPY arrays, or announces too much.

    >>> import tempfile; path = tempfile.mkdtemp() + "/x.npz"
    >>> np.savez_compressed(path, X=np.eye(2), y=np.array(["cat", "dog"]))
    >>> {name: array.tolist() for name, array in read_npz(path).items()}
    {'X': [[1.0, 0.0], [0.0, 1.0]], 'y': ['cat', 'dog']}
    """
    import zipfile
    import zlib

    with opened(path) as file:
        stored = os.fstat(file.fileno()).st_size
        try:
            with zipfile.ZipFile(file) as archive:
                return {
                    name: _member(archive, info, f"{os.fspath(path)}: {name}", stored)
                    for name, info in _members(archive, os.fspath(path)).items()
                }
        except DataError:
            raise
        # What a forged zip makes zipfile raise; each was met by a test.
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            raise DataError(f"{os.fspath(path)} is not a whole NPZ file: {str(error)[:80]}.") from None


def _members(archive: zipfile.ZipFile, path: str) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name == info.filename:
            raise DataError(f"{path} holds {info.filename[:40]!r}, which is no NPY array.")
        if name in members:
            raise DataError(f"{path} holds the array {name[:40]!r} twice.")
        members[name] = info
    if len(members) > MEMBER_LIMIT:
        raise DataError(f"{path} holds {len(members)} arrays; at most {MEMBER_LIMIT} are read.")
    return members


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, stored: int) -> Array:
    import zipfile

    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{name} is packed by a method that NumPy does not use.")
    with archive.open(info) as stream:
        # Both sizes in a zip's directory are only announced: the file's own size is the one that is certain.
        return parse_npy(ByteReader(stream, name, min(info.compress_size, stored), packed=True))  # type: ignore[arg-type]
